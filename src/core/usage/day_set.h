/*
 * Exact sets of accounts of one day, a row for each 2^15 account numbers (ROW_DAY_SET). A row is
 * a sorted array of uint16 while that is smaller than 4096 bytes, else a bitmap of exactly 4096
 * bytes; so its size says its form (docs/formats.md, "Day sets"). Pure, except that whole sets are
 * combined as roaring bitmaps.
 */
#ifndef CORE_USAGE_DAY_SET_H
#define CORE_USAGE_DAY_SET_H

#include <roaring/roaring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ids.h"

#define DAY_SET_CHUNK_BITS 15
#define DAY_SET_BITMAP_BYTES 4096

static inline uint32_t day_set_chunk(struct account_no account)
{
    return account.v >> DAY_SET_CHUNK_BITS;
}

static inline uint16_t day_set_offset(struct account_no account)
{
    return (uint16_t)(account.v & ((1u << DAY_SET_CHUNK_BITS) - 1));
}

bool day_set_has(const void *row, size_t n, uint16_t offset);

/* The row's size once one more account is in it; n is 0 for a row that does not exist. */
static inline size_t day_set_grown(size_t n)
{
    return n == DAY_SET_BITMAP_BYTES ? n : n + 2;
}

/* Adds an offset that is not there. `row` has room for day_set_grown(n) bytes, holds the old n,
   and then has the grown size. */
void day_set_add(void *row, size_t n, uint16_t offset);

uint32_t day_set_count(const void *row, size_t n);

/* Adds the accounts of one row to a set. */
void day_set_union(const void *row, size_t n, uint32_t chunk, roaring_bitmap_t *into);

#endif
