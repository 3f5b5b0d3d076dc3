/*
 * The inside of a journal, for the files of this folder only.
 *
 *   journal.c      the public functions: append, hand over, read, drop
 *   recover.c      open: find segments, prove them, cut the tail, replay
 *   commit.c       one batch to the disk; a new segment when one is needed
 *   background.c   the two threads: commits; zeroing, indexes, removals
 *   segment.c      one file and the map from records to places
 *   scan.c         reading a segment write by write
 *   format.c       bytes
 *
 * Locks, none taken inside another: `lock` for the list of segments (held for a lookup, never
 * over I/O); `turn` for handing batches over; `background` for the spare segment.
 */
#ifndef JOURNAL_INTERNAL_H
#define JOURNAL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "journal/journal.h"
#include "journal/segment.h"

/* Sealed segments whose files stay open between reads. */
#define JOURNAL_OPEN_SEGMENTS 256u

struct batch {
    char *bytes; /* room for the write head, then records */
    size_t used;
    size_t room;
    uint32_t records;
    uint64_t first_record;
    uint64_t first_time_us;
};

/* SPARE_TAKEN: its file still has the spare's name, so no other may be made. */
enum spare_state { SPARE_NONE, SPARE_MAKING, SPARE_READY, SPARE_TAKEN };

struct background {
    pthread_mutex_t mutex;
    pthread_cond_t wake; /* something to do, or stop */
    pthread_cond_t done; /* the spare is ready or will not be */
    pthread_t thread;
    bool work;
    bool stop;
    bool hurry; /* a commit waits for the spare */
    enum spare_state spare_state;
    struct disk_file *spare; /* SPARE_READY */
};

struct turn {
    pthread_mutex_t mutex;
    pthread_cond_t work;
    pthread_cond_t idle;
    pthread_t thread;
    struct batch *in_flight;
    bool stop;
};

struct journal {
    struct journal_config config;
    struct disk *disk;

    /* Shard thread. */
    struct batch batches[2];
    struct batch *open; /* the one that takes records */
    uint64_t next;
    uint64_t last_time_us;
    uint64_t appended_bytes;
    uint64_t told; /* journal_sync: on_durable was called up to here */
    bool told_failure;
    bool started;

    /* The committing thread. */
    struct chain chain; /* after the last durable write */
    struct segment *active;
    uint64_t active_end; /* where the next write goes */

    /* Under lock. */
    pthread_mutex_t lock;
    struct segment **segments; /* oldest first; the last one is active */
    size_t segment_count;
    size_t segment_room;
    struct segment **doomed; /* dropped, files not yet removed; oldest first */
    size_t doomed_count;
    unsigned open_segments;

    _Atomic uint64_t durable;
    _Atomic uint64_t durable_bytes; /* of appended_bytes */
    atomic_bool failed;
    atomic_bool disk_full;
    _Atomic uint64_t commits;
    _Atomic uint64_t committed_bytes;
    _Atomic uint64_t oldest;
    _Atomic uint64_t listed;
    _Atomic uint64_t active_bytes; /* of its file, 0 if none */
    _Atomic uint64_t active_used;
    _Atomic uint64_t spare_bytes;
    struct durations commit_durations; /* the committing thread's */

    struct turn turn;
    struct background background;
};

/* journal.c */
void batch_reset(struct batch *batch);
/* NULL: not held. The caller releases it. Any thread. */
struct segment *journal_acquire(struct journal *journal, uint64_t number);
void journal_release(struct journal *journal, struct segment *segment);
/* Adds it at the end; takes it. Under lock, or before there are threads. */
void journal_list_add(struct journal *journal, struct segment *segment);
/* Removes the files of what was dropped. One thread at a time. */
enum im_err journal_remove_doomed(struct journal *journal);
/* Writes the indexes of segments that were sealed since. One thread at a time. */
void journal_save_indexes(struct journal *journal);

/* commit.c: one write and one sync. After an error the journal has failed. */
enum im_err commit_batch(struct journal *journal, struct batch *batch);
/* Writes zeroes over [from, to). */
enum im_err commit_zero(struct disk_file *file, uint64_t from, uint64_t to);

/* background.c */
void background_start(struct journal *journal);
/* Returns when no thread is left. What was handed over is written. */
void background_stop(struct journal *journal);
void background_wake(struct journal *journal);
/* The new segment has its name: time for another spare, and for the index of the one before. */
void background_segment_placed(struct journal *journal);
/* The zeroed file named by background_spare_name, if there is or will soon be one; else NULL. */
struct disk_file *background_take_spare(struct journal *journal);
void background_spare_name(const struct journal *journal, char name[FORMAT_NAME_ROOM]);

#endif
