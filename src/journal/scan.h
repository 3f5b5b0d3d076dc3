/*
 * Reads a segment write by write and proves each one: recovery, rebuilding of an index, export.
 *
 * A scan ends at scan->until, or (until == SCAN_TO_END) where no whole write follows. What lies
 * there is then for scan_tail to judge: nothing, a torn write, or damage.
 */
#ifndef JOURNAL_SCAN_H
#define JOURNAL_SCAN_H

#include "journal/disk.h"
#include "journal/format.h"

#define SCAN_TO_END UINT64_MAX

struct scan_record {
    uint64_t number;
    uint64_t time_us;
    uint64_t offset;   /* of its head, in the segment */
    const char *bytes; /* valid for the call */
    size_t n;
    struct record_head head;
};

struct scan {
    /* Set by the caller. */
    struct disk_file *file;
    const struct segment_head *head;
    const char *name;
    uint64_t until; /* the last record wanted */
    enum im_err (*on_record)(void *arg, const struct scan_record *record);
    void *arg;

    /* Results, valid also after an error. */
    struct chain chain;    /* after the last whole write */
    uint64_t last_offset;  /* of the last whole write; 0 if there is none */
    uint64_t end;          /* behind the last whole write */
    uint64_t unproven_end; /* end of the write whose head is whole and whose payload is not; or 0 */

    char *window;
    size_t window_room;
    uint64_t window_at;
    size_t window_bytes;
};

void scan_release(struct scan *scan);

/*
 * IM_ERR_CORRUPT (logged, with file and offset): a write that does not continue the one before,
 * or none where `until` promises one. Errors of on_record and of the disk end it.
 */
enum im_err scan_run(struct scan *scan);

/*
 * After a scan to the end. ret_end: the end of what must be zeroed, counted from scan->end; equal
 * to scan->end if only zeroes follow.
 * IM_ERR_CORRUPT (logged): something proves that the write at scan->end was durable once.
 */
enum im_err scan_tail(struct scan *scan, uint64_t *ret_end);

#endif
