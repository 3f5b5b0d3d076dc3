/*
 * One segment file and the map from its records to their places.
 *
 * The newest segment keeps the map in memory (offsets); a sealed one has it in an index file
 * beside it, which is written when there is time and rebuilt by a scan when missing or wrong. The
 * files of a sealed segment are opened at the first read.
 *
 * `file`, `index_file` and `offsets` change only under `lock` or while nobody uses the segment;
 * a user (journal_acquire) may read them once `ready` is true.
 */
#ifndef JOURNAL_SEGMENT_H
#define JOURNAL_SEGMENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "journal/disk.h"
#include "journal/format.h"
#include "journal/scan.h"

/*
 * Where records begin. One thread adds; others may get an entry once they know from the journal's
 * durable number that it is there: entries never move.
 */
struct offsets {
    uint64_t count;
    size_t chunks;
    uint32_t *chunk[];
};

struct segment {
    struct segment_head head;
    char name[FORMAT_NAME_ROOM];
    struct disk *disk;

    /* Under the journal's lock. */
    uint64_t last;         /* last record once sealed; 0 before */
    uint64_t last_time_us; /* of that, or later */
    unsigned users;
    bool listed;       /* in the journal's list, or waiting for its removal */
    bool counted_open; /* in journal->open_segments */
    bool sealed_here;  /* sealed since the start: its index is still to be written */

    pthread_mutex_t lock;
    atomic_bool ready;   /* file is open, index_file or offsets are there */
    atomic_bool indexed; /* index_file is open and complete */
    struct disk_file *file;
    struct disk_file *index_file;
    struct offsets *offsets;
};

static inline uint64_t segment_first(const struct segment *segment)
{
    return segment->head.before.record + 1;
}

struct segment *segment_new(struct disk *disk, const struct segment_head *head);
void segment_free(struct segment *segment);

/* For a segment that is written to: `file` is taken, the map starts empty. */
void segment_activate(struct segment *segment, struct disk_file *file);
void segment_add_offset(struct segment *segment, uint64_t offset);

/* The record of that number, which must lie in it. Errors as of journal_read. Any user. */
enum im_err segment_read(struct segment *segment, uint64_t number, struct buf *into,
                         uint64_t *ret_time_us);
/* The same without waiting for the device or for another user; IM_AGAIN: one would have to. */
enum im_err segment_read_cached(struct segment *segment, uint64_t number, struct buf *into,
                                uint64_t *ret_time_us);

/* Opens the file of a sealed segment if it is not open. IM_ERR_NOT_FOUND: removed. Any user. */
enum im_err segment_prepare(struct segment *segment);

/* Writes the index of a sealed segment from `offsets`; readers turn to it when it is complete.
   What fails is logged and the offsets stay. One thread at a time, a user. */
void segment_save_index(struct segment *segment);

/* Nobody uses it: frees what the index file replaces. */
void segment_free_offsets(struct segment *segment);
/* Nobody uses it: closes the files, if nothing is kept in memory alone. */
bool segment_close_files(struct segment *segment);

#endif
