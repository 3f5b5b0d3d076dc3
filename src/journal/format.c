#include "journal/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

#include "base/bytes.h"
#include "base/check.h"

#define FORMAT_VERSION 1u
#define SEGMENT_MAGIC "MGPJSEG\n"
#define INDEX_MAGIC "MGPJIDX\n"
#define MAGIC_BYTES ((size_t)8)
#define WRITE_MAGIC 0x52574a4du /* "MJWR" */
#define SEGMENT_HEAD_USED ((size_t)80)
#define WRITE_HEAD_USED ((size_t)48)
#define INDEX_HEAD_USED ((size_t)40)

void segment_head_encode(const struct segment_head *head, void *block)
{
    char *p = block;

    memset(p, 0, SEGMENT_HEAD_BYTES);
    memcpy(p, SEGMENT_MAGIC, MAGIC_BYTES);
    put_le32(p + 8, FORMAT_VERSION);
    put_le32(p + 12, head->shard);
    put_le64(p + 16, head->before.record + 1);
    put_le64(p + 24, head->before.write + 1);
    put_le64(p + 32, head->before.checksum);
    put_le64(p + 40, head->before.time_us);
    put_le64(p + 48, head->previous_segment);
    put_le64(p + 56, head->bytes);
    put_le64(p + 64, head->salt);
    put_le32(p + 72, head->day);
    put_le64(p + SEGMENT_HEAD_USED, XXH3_64bits(p, SEGMENT_HEAD_USED));
}

enum im_err segment_head_decode(const void *block, struct segment_head *ret_head)
{
    static const char zeroes[SEGMENT_HEAD_USED];
    const char *p = block;
    struct segment_head head;

    if (memcmp(p, zeroes, sizeof(zeroes)) == 0)
        return IM_ERR_CORRUPT;
    if (memcmp(p, SEGMENT_MAGIC, MAGIC_BYTES) != 0 || get_le32(p + 8) != FORMAT_VERSION)
        return IM_ERR_VERSION;
    if (get_le64(p + SEGMENT_HEAD_USED) != XXH3_64bits(p, SEGMENT_HEAD_USED))
        return IM_ERR_CORRUPT;
    head = (struct segment_head){
        .shard = get_le32(p + 12),
        .day = get_le32(p + 72),
        .before = {.record = get_le64(p + 16) - 1,
                   .write = get_le64(p + 24) - 1,
                   .checksum = get_le64(p + 32),
                   .time_us = get_le64(p + 40)},
        .previous_segment = get_le64(p + 48),
        .bytes = get_le64(p + 56),
        .salt = get_le64(p + 64),
    };
    if (head.before.record == UINT64_MAX || head.before.write == UINT64_MAX ||
        head.bytes < 2 * SEGMENT_HEAD_BYTES || head.bytes > SEGMENT_MAX_BYTES || head.bytes % 512)
        return IM_ERR_CORRUPT;
    *ret_head = head;
    return IM_OK;
}

void write_head_encode(struct write_head *head, uint64_t salt, void *to)
{
    char *p = to;

    put_le32(p, WRITE_MAGIC);
    put_le32(p + 4, head->records);
    put_le64(p + 8, head->number);
    put_le64(p + 16, head->first_record);
    put_le32(p + 24, head->payload_bytes);
    put_le32(p + 28, 0);
    put_le64(p + 32, head->before);
    put_le64(p + 40, head->payload_checksum);
    head->checksum = XXH3_64bits_withSeed(p, WRITE_HEAD_USED, salt);
    put_le64(p + WRITE_HEAD_USED, head->checksum);
}

bool write_head_decode(const void *from, uint64_t salt, struct write_head *ret_head)
{
    const char *p = from;
    uint64_t checksum;

    if (get_le32(p) != WRITE_MAGIC)
        return false;
    checksum = XXH3_64bits_withSeed(p, WRITE_HEAD_USED, salt);
    if (get_le64(p + WRITE_HEAD_USED) != checksum)
        return false;
    *ret_head = (struct write_head){
        .number = get_le64(p + 8),
        .first_record = get_le64(p + 16),
        .records = get_le32(p + 4),
        .payload_bytes = get_le32(p + 24),
        .before = get_le64(p + 32),
        .payload_checksum = get_le64(p + 40),
        .checksum = checksum,
    };
    return true;
}

uint64_t payload_checksum(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

/* Number and time go into the seed: the bytes of another record do not pass for this one. */
static uint64_t record_checksum(uint64_t number, uint64_t time_us, const void *record, size_t n)
{
    return XXH3_64bits_withSeed(record, n, number * UINT64_C(0x9e3779b97f4a7c15) + time_us);
}

void record_encode(void *to, uint64_t number, uint64_t time_us, const void *record, size_t n)
{
    char *p = to;
    size_t room = record_room(n);

    put_le64(p + room - 8, 0); /* the padding; overwritten as far as the record goes */
    put_le32(p, (uint32_t)n);
    put_le32(p + 4, 0);
    put_le64(p + 8, record_checksum(number, time_us, record, n));
    put_le64(p + 16, time_us);
    memcpy(p + RECORD_HEAD_BYTES, record, n);
}

void record_head_decode(const void *from, struct record_head *ret_head)
{
    const char *p = from;

    *ret_head = (struct record_head){get_le32(p), get_le64(p + 8), get_le64(p + 16)};
}

bool record_matches(const struct record_head *head, uint64_t number, const void *record)
{
    return head->checksum == record_checksum(number, head->time_us, record, head->bytes);
}

void index_head_encode(struct index_head *head, const void *offsets, void *to)
{
    char *p = to;

    memcpy(p, INDEX_MAGIC, MAGIC_BYTES);
    put_le32(p + 8, FORMAT_VERSION);
    put_le32(p + 12, head->shard);
    put_le64(p + 16, head->first_record);
    put_le32(p + 24, head->records);
    put_le32(p + 28, 0);
    put_le64(p + 32, head->salt);
    head->checksum =
        XXH3_64bits_withSeed(offsets, (size_t)head->records * 4, XXH3_64bits(p, INDEX_HEAD_USED));
    put_le64(p + INDEX_HEAD_USED, head->checksum);
}

bool index_matches(const void *from, size_t n, const struct index_head *expected)
{
    const char *p = from;
    struct index_head head = *expected;
    char right[INDEX_HEAD_BYTES];

    if (n != INDEX_HEAD_BYTES + (size_t)expected->records * 4)
        return false;
    index_head_encode(&head, p + INDEX_HEAD_BYTES, right);
    return memcmp(p, right, sizeof(right)) == 0;
}

void segment_name(char name[FORMAT_NAME_ROOM], uint32_t shard, uint64_t first, const char *suffix)
{
    int n =
        snprintf(name, FORMAT_NAME_ROOM, "%08" PRIx32 "-%016" PRIx64 ".%s", shard, first, suffix);

    CHECK(n > 0 && n < FORMAT_NAME_ROOM);
}

bool segment_name_parse(const char *name, uint32_t shard, const char *suffix, uint64_t *ret_first)
{
    char right[FORMAT_NAME_ROOM];
    uint64_t first = 0;

    if (strlen(name) < 25)
        return false;
    for (size_t i = 9; i < 25; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = strchr(digits, name[i]);

        if (!digit)
            return false;
        first = first << 4 | (uint64_t)(digit - digits);
    }
    segment_name(right, shard, first, suffix);
    if (first == 0 || strcmp(name, right) != 0)
        return false;
    *ret_first = first;
    return true;
}

void temporary_name(char name[FORMAT_NAME_ROOM], uint32_t shard, const char *purpose)
{
    int n = snprintf(name, FORMAT_NAME_ROOM, "%08" PRIx32 "-%s.tmp", shard, purpose);

    CHECK(n > 0 && n < FORMAT_NAME_ROOM);
}

bool temporary_name_is(const char *name, uint32_t shard)
{
    char start[FORMAT_NAME_ROOM];
    size_t n = strlen(name);

    snprintf(start, sizeof(start), "%08" PRIx32 "-", shard);
    return n > 13 && strncmp(name, start, 9) == 0 && strcmp(name + n - 4, ".tmp") == 0;
}
