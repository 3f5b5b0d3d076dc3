/*
 * The order of things of one shard, and its message store: an append-only sequence of records,
 * numbered from 1 without gaps, in day-stamped segment files (docs/formats.md).
 *
 *   shard thread   journal_append ... journal_append, journal_submit, journal_append ...
 *   sync thread    one write and one fdatasync a batch, then on_durable
 *   any thread     journal_read of a record that is durable; journal_durable
 *
 * Each write starts with a header: its number, its length, the number of its first record, the
 * checksum of the header before and a checksum over the write. One write is in flight at a time,
 * so write N proves that N-1 is durable. Bad bytes inside the last write are a torn tail, cut
 * whole; before it they are damage: IM_ERR_CORRUPT, never skipped. Each record has a checksum of
 * its own, verified again by journal_read. A number is logical: where its record lies is known
 * here alone.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/tally.h"
#include "journal/disk.h"

#define JOURNAL_MAX_RECORD_BYTES (1u << 20)
#define JOURNAL_MAX_BATCH_BYTES (8u << 20)

struct journal;

struct journal_config {
    struct disk *disk;
    uint32_t shard;
    uint64_t segment_bytes; /* 64 MiB in production; 4096 to 1 GiB */
    /* Records after this number are handed to replay (the position of the state's picture). */
    uint64_t replay_after;
    /* Called in order, before journal_open returns. Anything but IM_OK ends the open with it.
       `record` is borrowed for the call; time_us is the time given to journal_append. */
    enum im_err (*replay)(void *arg, uint64_t number, uint64_t time_us, const void *record,
                          size_t n);
    void *replay_arg;
    /* Called on the sync thread (or inside journal_sync) after each commit, and once when the
       journal has failed: then journal_failed() is true and nothing more becomes durable. */
    void (*on_durable)(void *arg, uint64_t number);
    void *on_durable_arg;
};

/*
 * Opens or creates the journal: verifies the segments that hold records after replay_after,
 * cuts a torn tail (zeroes it, durably, before anything new is written), replays.
 * What it hands to replay is durable, also if it had not been before.
 * IM_ERR_CORRUPT: damage before the last write, records between replay_after and the oldest
 * segment are missing, or the records end before replay_after; one log line says which file and
 * offset. IM_ERR_VERSION: another format. IM_ERR_INVALID: segment_bytes out of range.
 */
enum im_err journal_open(const struct journal_config *config, struct journal **ret_journal);

/* Stops the threads, writes what was appended, syncs, closes. on_durable is called for what was
   handed over, not for what was not. No reader may be at work. NULL is fine. */
void journal_close(struct journal *journal);

/* Starts the sync thread and the thread that zeroes segments ahead of need (throttled). Without
   it, as in simulations, journal_sync does the work on the caller's thread. */
void journal_start(struct journal *journal);

/*
 * Adds one record to the open batch and returns its number. The bytes are copied. time_us must
 * not go back, neither here nor behind journal_last_time_us. n is 1 to JOURNAL_MAX_RECORD_BYTES.
 * A batch that would exceed JOURNAL_MAX_BATCH_BYTES is handed over first, for which append waits
 * until the commit under way has ended (without threads it commits, and the next journal_sync
 * calls on_durable): a shard that must not wait looks at journal_pending_bytes.
 * Shard thread only. After a failure it still numbers records, which never become durable.
 */
uint64_t journal_append(struct journal *journal, uint64_t time_us, const void *record, size_t n);

/* The number that the next journal_append returns. Shard thread only. */
uint64_t journal_next(const struct journal *journal);

/* The time of the last record, recovered or appended; 0 if none. Shard thread only. */
uint64_t journal_last_time_us(const struct journal *journal);

/*
 * Hands the open batch to the sync thread if that one is idle; true if it was handed over or
 * there was nothing to hand over. False: a commit is under way; on_durable follows, call again
 * then. Shard thread only.
 */
bool journal_submit(struct journal *journal);

/* Bytes appended and not yet durable. Shard thread only. */
uint64_t journal_pending_bytes(const struct journal *journal);

/* Writes and syncs the open batch here and now. Only when journal_start was not called. */
enum im_err journal_sync(struct journal *journal);

/* The last durable record, 0 if none. Any thread. */
uint64_t journal_durable(const struct journal *journal);
bool journal_failed(const struct journal *journal);

/*
 * Reads a durable record into `into` (emptied first) and its time. Any thread; never blocks the
 * writer; a segment being read stays open until the read is done.
 * IM_ERR_NOT_FOUND: dropped or not yet durable. IM_ERR_CORRUPT: checksum. IM_ERR_FULL: longer
 * than the maximum of `into`. After an error `into` is empty.
 */
enum im_err journal_read(struct journal *journal, uint64_t number, struct buf *into,
                         uint64_t *ret_time_us);

/* The same for one who must not wait for the device: IM_AGAIN if it would have to. */
enum im_err journal_read_cached(struct journal *journal, uint64_t number, struct buf *into,
                                uint64_t *ret_time_us);

/* Calls fn for every record from `from` to the durable end, in order; for export and proof tests.
   Same thread rules and errors as journal_read; every write and record is verified. Stops with
   fn's error. */
enum im_err journal_scan(struct journal *journal, uint64_t from,
                         enum im_err (*fn)(void *arg, uint64_t number, uint64_t time_us,
                                           const void *record, size_t n),
                         void *arg);

/*
 * Removes whole segments all of whose records are numbered `number` or lower and are older than
 * before_us. Never the newest segment. With threads the files go in the background; what a crash
 * brings back is dropped by the next call. Shard thread only.
 */
enum im_err journal_drop(struct journal *journal, uint64_t number, uint64_t before_us);

struct journal_stats {
    uint64_t commits;
    uint64_t committed_bytes;
    uint64_t oldest_number; /* of the records still held; 0 if none */
    uint64_t segments;
    uint64_t room_bytes; /* left in files that are zeroed already: commits that need no space */
    bool disk_full;      /* the last attempt to zero a segment ahead, or a commit, found no space */
    struct durations_read commit; /* how long each write and sync took */
};
/* Any thread; figures of nearly one moment. */
void journal_stats(const struct journal *journal, struct journal_stats *ret_stats);

#endif
