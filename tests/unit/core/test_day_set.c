#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/usage/day_set.h"

/* A row under test: what the state would keep. */
struct row {
    _Alignas(8) uint8_t bytes[DAY_SET_BITMAP_BYTES];
    size_t n;
};

static bool add(struct row *row, uint16_t offset)
{
    if (row->n && day_set_has(row->bytes, row->n, offset))
        return false;
    day_set_add(row->bytes, row->n, offset);
    row->n = day_set_grown(row->n);
    return true;
}

TEST(an_account_is_in_the_set_exactly_after_it_was_added)
{
    struct row row = {0};

    assert_true(add(&row, 7));
    assert_true(add(&row, 0));
    assert_true(add(&row, 32767));
    assert_false(add(&row, 7));
    assert_true(day_set_has(row.bytes, row.n, 0));
    assert_true(day_set_has(row.bytes, row.n, 32767));
    assert_false(day_set_has(row.bytes, row.n, 8));
    assert_int_equal(row.n, 6);
    assert_int_equal(day_set_count(row.bytes, row.n), 3);
}

TEST(two_thousand_and_forty_seven_accounts_are_an_array_and_one_more_a_bitmap)
{
    struct row row = {0};

    for (uint16_t i = 0; i < 2047; i++)
        assert_true(add(&row, (uint16_t)(i * 16)));
    assert_int_equal(row.n, 4094);
    assert_true(add(&row, 5));
    assert_int_equal(row.n, DAY_SET_BITMAP_BYTES);
    assert_int_equal(day_set_count(row.bytes, row.n), 2048);
    for (uint16_t i = 0; i < 2047; i++)
        assert_true(day_set_has(row.bytes, row.n, (uint16_t)(i * 16)));
    assert_true(day_set_has(row.bytes, row.n, 5));
    assert_false(day_set_has(row.bytes, row.n, 6));
}

TEST(a_full_chunk_holds_every_account_and_does_not_grow)
{
    struct row row = {0};

    for (uint32_t i = 0; i < 1u << DAY_SET_CHUNK_BITS; i++)
        assert_true(add(&row, (uint16_t)(i * 12345 % (1u << DAY_SET_CHUNK_BITS))));
    assert_int_equal(row.n, DAY_SET_BITMAP_BYTES);
    assert_int_equal(day_set_count(row.bytes, row.n), 1u << DAY_SET_CHUNK_BITS);
}

TEST(random_additions_agree_with_an_array_of_flags)
{
    static bool model[1u << DAY_SET_CHUNK_BITS];
    struct row row = {0};
    uint32_t seed = 1, count = 0;

    for (int i = 0; i < 20000; i++) {
        uint16_t offset;

        seed = seed * 1664525 + 1013904223;
        offset = (uint16_t)(seed >> 17);
        assert_int_equal(add(&row, offset), !model[offset]);
        count += !model[offset];
        model[offset] = true;
    }
    assert_int_equal(day_set_count(row.bytes, row.n), count);
    for (uint32_t i = 0; i < 1u << DAY_SET_CHUNK_BITS; i++)
        assert_int_equal(day_set_has(row.bytes, row.n, (uint16_t)i), model[i]);
}

TEST(sets_of_several_days_and_chunks_combine_to_their_union)
{
    struct row monday = {0}, tuesday = {0}, second_chunk = {0};
    roaring_bitmap_t *all = roaring_bitmap_create();

    for (uint16_t i = 0; i < 3000; i++)
        add(&monday, i);
    for (uint16_t i = 1000; i < 2000; i++)
        add(&tuesday, (uint16_t)(i * 2));
    add(&second_chunk, 3);
    day_set_union(monday.bytes, monday.n, 0, all);
    day_set_union(tuesday.bytes, tuesday.n, 0, all);
    day_set_union(second_chunk.bytes, second_chunk.n, 1, all);
    /* 3000, the even ones from 3000 to 3998, and one. */
    assert_int_equal(roaring_bitmap_get_cardinality(all), 3000 + 500 + 1);
    assert_true(roaring_bitmap_contains(all, (1u << DAY_SET_CHUNK_BITS) + 3));
    assert_false(roaring_bitmap_contains(all, 3001));
    roaring_bitmap_free(all);
}

TEST(neighbouring_accounts_share_a_chunk_up_to_its_last)
{
    struct account_no last = {32767}, next = {32768};

    assert_int_equal(day_set_chunk(last), 0);
    assert_int_equal(day_set_offset(last), 32767);
    assert_int_equal(day_set_chunk(next), 1);
    assert_int_equal(day_set_offset(next), 0);
}

int main(void)
{
    return RUN_TESTS(T(an_account_is_in_the_set_exactly_after_it_was_added),
                     T(two_thousand_and_forty_seven_accounts_are_an_array_and_one_more_a_bitmap),
                     T(a_full_chunk_holds_every_account_and_does_not_grow),
                     T(random_additions_agree_with_an_array_of_flags),
                     T(sets_of_several_days_and_chunks_combine_to_their_union),
                     T(neighbouring_accounts_share_a_chunk_up_to_its_last));
}
