/* The journal's files in memory, for simulations: nothing is lost, and all is gone at the end. */
#ifndef CLI_SIMULATE_MEMORY_DISK_H
#define CLI_SIMULATE_MEMORY_DISK_H

#include "journal/disk.h"

struct disk *memory_disk_new(void);
void memory_disk_free(struct disk *disk); /* no file is open; NULL is fine */

#endif
