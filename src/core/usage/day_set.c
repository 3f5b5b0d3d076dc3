#include "core/usage/day_set.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

static uint16_t item(const void *row, size_t i)
{
    return get_le16((const char *)row + 2 * i);
}

/* Index of the first array element that is not below offset. */
static size_t lower_bound(const void *row, size_t count, uint16_t offset)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (item(row, middle) < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool day_set_has(const void *row, size_t n, uint16_t offset)
{
    size_t at;

    if (n == DAY_SET_BITMAP_BYTES)
        return ((const uint8_t *)row)[offset >> 3] >> (offset & 7) & 1;
    at = lower_bound(row, n / 2, offset);
    return at < n / 2 && item(row, at) == offset;
}

static void set_bit(uint8_t *bitmap, uint16_t offset)
{
    bitmap[offset >> 3] = (uint8_t)(bitmap[offset >> 3] | 1u << (offset & 7));
}

/* The array of n bytes becomes a bitmap in the same place. */
static void to_bitmap(void *row, size_t n)
{
    uint8_t array[DAY_SET_BITMAP_BYTES];

    memcpy(array, row, n);
    memset(row, 0, DAY_SET_BITMAP_BYTES);
    for (size_t i = 0; i < n / 2; i++)
        set_bit(row, item(array, i));
}

void day_set_add(void *row, size_t n, uint16_t offset)
{
    char *array = row;
    size_t at;

    CHECK(offset < 1u << DAY_SET_CHUNK_BITS && n <= DAY_SET_BITMAP_BYTES && n % 2 == 0);
    if (n < DAY_SET_BITMAP_BYTES && day_set_grown(n) == DAY_SET_BITMAP_BYTES) {
        to_bitmap(row, n);
        n = DAY_SET_BITMAP_BYTES;
    }
    if (n == DAY_SET_BITMAP_BYTES) {
        set_bit(row, offset);
        return;
    }
    at = lower_bound(row, n / 2, offset);
    memmove(array + 2 * (at + 1), array + 2 * at, n - 2 * at);
    put_le16(array + 2 * at, offset);
}

uint32_t day_set_count(const void *row, size_t n)
{
    uint32_t count = 0;

    if (n < DAY_SET_BITMAP_BYTES)
        return (uint32_t)(n / 2);
    for (size_t i = 0; i < DAY_SET_BITMAP_BYTES; i += 8)
        count += (uint32_t)__builtin_popcountll(get_le64((const char *)row + i));
    return count;
}

void day_set_union(const void *row, size_t n, uint32_t chunk, roaring_bitmap_t *into)
{
    uint32_t first = chunk << DAY_SET_CHUNK_BITS;
    uint32_t accounts[256];
    size_t count = 0;

    for (uint32_t i = 0; n < DAY_SET_BITMAP_BYTES && i < n / 2; i++) {
        accounts[count++] = first + item(row, i);
        if (count == sizeof(accounts) / sizeof(accounts[0])) {
            roaring_bitmap_add_many(into, count, accounts);
            count = 0;
        }
    }
    for (uint32_t i = 0; n == DAY_SET_BITMAP_BYTES && i < n / 8; i++) {
        uint64_t word = get_le64((const char *)row + 8 * i);

        for (; word; word &= word - 1)
            accounts[count++] = first + 64 * i + (uint32_t)__builtin_ctzll(word);
        if (count > sizeof(accounts) / sizeof(accounts[0]) - 64) {
            roaring_bitmap_add_many(into, count, accounts);
            count = 0;
        }
    }
    roaring_bitmap_add_many(into, count, accounts);
}
