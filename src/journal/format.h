/*
 * The bytes of segments, writes and records (docs/formats.md, chapter Journal), and file names.
 * Pure; any thread.
 */
#ifndef JOURNAL_FORMAT_H
#define JOURNAL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The head has a sector of its own, so that no torn write can reach it. */
#define SEGMENT_HEAD_BYTES ((size_t)512)
#define SEGMENT_MAX_BYTES (UINT64_C(1) << 31)
#define WRITE_HEAD_BYTES ((size_t)56)
#define RECORD_HEAD_BYTES ((size_t)24)
#define INDEX_HEAD_BYTES ((size_t)48)
/* Head and one padded byte: bounds the records that a segment can hold. */
#define RECORD_MIN_BYTES ((size_t)32)
#define FORMAT_NAME_ROOM 48

#define DAY_US UINT64_C(86400000000)

/* Where the journal stands after a write: what the next one must continue. All 0 at the start. */
struct chain {
    uint64_t write;    /* its number */
    uint64_t record;   /* its last record */
    uint64_t checksum; /* of its head */
    uint64_t time_us;  /* of its last record */
};

struct segment_head {
    uint32_t shard;
    uint32_t day;              /* days since 1970 in UTC, of the first record */
    struct chain before;       /* the segment continues this */
    uint64_t previous_segment; /* first record of the segment before, 0 if none */
    uint64_t bytes;            /* size of the file */
    uint64_t salt;             /* random; seeds the checksums of write heads */
};

struct write_head {
    uint64_t number;
    uint64_t first_record;
    uint32_t records;
    uint32_t payload_bytes;
    uint64_t before; /* checksum of the head before */
    uint64_t payload_checksum;
    uint64_t checksum; /* of this head */
};

struct record_head {
    uint32_t bytes;
    uint64_t checksum;
    uint64_t time_us;
};

struct index_head {
    uint32_t shard;
    uint32_t records;
    uint64_t first_record;
    uint64_t salt; /* of the segment: an index of another file of that name is not taken */
    uint64_t checksum;
};

/* Writes SEGMENT_HEAD_BYTES. */
void segment_head_encode(const struct segment_head *head, void *block);
/* IM_ERR_VERSION: not a segment of this format. IM_ERR_CORRUPT: it is, but damaged. */
enum im_err segment_head_decode(const void *block, struct segment_head *ret_head);

/* Fills head->checksum too. */
void write_head_encode(struct write_head *head, uint64_t salt, void *p);
/* False: no whole head of a write of this segment lies here. */
bool write_head_decode(const void *p, uint64_t salt, struct write_head *ret_head);

uint64_t payload_checksum(const void *p, size_t n);

/* What a record of n bytes takes, head and padding included. */
static inline size_t record_room(size_t n)
{
    return RECORD_HEAD_BYTES + ((n + 7) & ~(size_t)7);
}

/* Writes record_room(n) bytes. */
void record_encode(void *to, uint64_t number, uint64_t time_us, const void *record, size_t n);
void record_head_decode(const void *p, struct record_head *ret_head);
bool record_matches(const struct record_head *head, uint64_t number, const void *record);

/* Writes INDEX_HEAD_BYTES; offsets are the little-endian words that follow it. */
void index_head_encode(struct index_head *head, const void *offsets, void *p);
bool index_matches(const void *p, size_t n, const struct index_head *expected);

/* `suffix` without the dot. */
void segment_name(char name[FORMAT_NAME_ROOM], uint32_t shard, uint64_t first, const char *suffix);
/* True if it is a name that segment_name gives for this shard and suffix. */
bool segment_name_parse(const char *name, uint32_t shard, const char *suffix, uint64_t *ret_first);
/* Unfinished files: removed by the next open. */
void temporary_name(char name[FORMAT_NAME_ROOM], uint32_t shard, const char *purpose);
bool temporary_name_is(const char *name, uint32_t shard);

#endif
