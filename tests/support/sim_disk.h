/*
 * A disk in memory that loses what a real one may lose. It is harsher than a journaling file
 * system: whatever that allows, and more, happens here.
 *
 *   struct disk *disk = sim_disk_new();
 *   sim_disk_crash_at(disk, 17, seed);   the 17th operation from now is half done, then the power
 *   ... run: from there on every operation returns IM_ERR_IO ...     fails
 *   close everything (handles of before the crash stay valid to close, and only that)
 *   sim_disk_restart(disk);              what survived is what open and read now find
 *
 * What a crash does. Files: what was synced stays. Each 512-byte sector written since the last
 * sync of its file survives or is lost, each for itself; one of them, at random, is torn: its
 * front is new and its back old. Growth of a file may be lost from the end. Directory: each
 * creation, rename and removal since the last sync_dir survives or is lost, each for itself.
 * A sync that fails forgets: what was written before it can still be read, will never reach the
 * disk, and no later sync tells (as Linux does).
 *
 * Everything is drawn from the seed given, so a run repeats. Any thread (one mutex).
 */
#ifndef TESTS_SUPPORT_SIM_DISK_H
#define TESTS_SUPPORT_SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/disk.h"

struct disk *sim_disk_new(void);
/* All files must be closed. NULL is fine. */
void sim_disk_free(struct disk *disk);

/* Another disk with the same files, synced and unsynced, and no faults set. No handle moves. */
struct disk *sim_disk_clone(struct disk *disk);

/* The power fails now and comes back: sim_disk_crash_at and sim_disk_restart in one. Handles of
   before return IM_ERR_IO and must still be closed. */
void sim_disk_crash(struct disk *disk, uint64_t seed);

/* The k-th counted operation from now (1 is the next) is the last, perhaps half done. */
void sim_disk_crash_at(struct disk *disk, uint64_t k, uint64_t seed);
/* True after that, until sim_disk_restart. */
bool sim_disk_crashed(struct disk *disk);
/* Power on again; faults set before are forgotten. */
void sim_disk_restart(struct disk *disk);

/*
 * The n-th counted operation from now (1 is the next) and all after it return err (IM_ERR_IO or
 * IM_ERR_FULL) until sim_disk_fail_after(disk, 0, IM_OK). A failing write may have written its
 * front; a failing sync forgets, see above. With IM_ERR_FULL only creations and writes that make
 * a file longer fail and count: the rest needs no space.
 */
void sim_disk_fail_after(struct disk *disk, uint64_t n, enum im_err err);

/* Whether all files lie in memory, for read_cached. At first none does. */
void sim_disk_set_cached(struct disk *disk, bool on);

/* Operations that a crash point or fault counts, so far: open that creates, write, sync, rename,
   remove, sync_dir. */
uint64_t sim_disk_operations(struct disk *disk);

/* ---- for tests that look at or damage files ---- */

/* Names in byte order; false when there is no i-th one. */
bool sim_disk_name(struct disk *disk, size_t i, char *ret_name, size_t room);
/* UINT64_MAX if there is no such file. */
uint64_t sim_disk_size(struct disk *disk, const char *name);
/* The file must have these bytes. poke changes them as if they had been synced so. */
void sim_disk_peek(struct disk *disk, const char *name, uint64_t offset, void *p, size_t n);
void sim_disk_poke(struct disk *disk, const char *name, uint64_t offset, const void *p, size_t n);
/* Makes a file of these bytes, or replaces it; synced. */
void sim_disk_put(struct disk *disk, const char *name, const void *p, size_t n);
void sim_disk_delete(struct disk *disk, const char *name);

#endif
