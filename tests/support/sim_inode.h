/* The bytes of one file of a sim_disk: what can be read, and what a crash would leave of it. */
#ifndef TESTS_SUPPORT_SIM_INODE_H
#define TESTS_SUPPORT_SIM_INODE_H

#include <stdbool.h>
#include <stdint.h>

/* now: what can be read. safe: what is on the platter. dirty: sectors that a sync would move. */
struct inode {
    unsigned refs; /* names in both directories, pending changes, handles */
    char *now;
    char *safe;
    unsigned char *dirty; /* one a sector */
    uint64_t now_bytes;
    uint64_t safe_bytes;
    uint64_t room;
    uint64_t first_dirty; /* sectors; first == end: none */
    uint64_t end_dirty;
};

struct inode *inode_new(void);
void inode_ref(struct inode *inode);
void inode_unref(struct inode *inode);
/* With no references of its own yet. */
struct inode *inode_copy(const struct inode *from);
void inode_write(struct inode *inode, uint64_t offset, const void *p, uint64_t n);
void inode_sync(struct inode *inode);
/* A sync that failed: what is dirty can be read and will not reach the platter. */
void inode_clean(struct inode *inode);
/* Leaves in `now` what a crash leaves, and nothing unsynced. */
void inode_crash(uint64_t *random, struct inode *inode);

/* splitmix64: the next number, and a coin. */
uint64_t sim_draw(uint64_t *random);
bool sim_toss(uint64_t *random);

#endif
