#include "core/message/dedup.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/test.h"

#define START_S 1700000000u
#define GENERATION_S (DEDUP_WINDOW_S / 5)

static uint64_t fingerprint(uint64_t i)
{
    uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

    x ^= x >> 32;
    return x * UINT64_C(0xd6e8feb86659fd93);
}

static struct dedup *new_dedup(void)
{
    struct dedup *dedup = dedup_new();

    dedup_advance(dedup, START_S);
    return dedup;
}

TEST(what_was_added_is_known_and_nothing_else)
{
    struct dedup *dedup = new_dedup();

    for (uint64_t i = 0; i < 100000; i++) {
        assert_false(dedup_has(dedup, fingerprint(i)));
        dedup_add(dedup, fingerprint(i));
    }
    for (uint64_t i = 0; i < 100000; i++)
        assert_true(dedup_has(dedup, fingerprint(i)));
    for (uint64_t i = 100000; i < 200000; i++)
        assert_false(dedup_has(dedup, fingerprint(i)));
    dedup_free(dedup);
}

TEST(fingerprints_of_few_bits_are_told_apart)
{
    struct dedup *dedup = new_dedup();

    for (uint64_t i = 0; i < 3000; i++)
        dedup_add(dedup, i << 8);
    assert_true(dedup_has(dedup, 0));
    assert_false(dedup_has(dedup, 3000 << 8));
    assert_false(dedup_has(dedup, UINT64_C(1) << 56 | 5 << 8));
    dedup_add(dedup, UINT64_C(255) << 56 | 5 << 8);
    assert_true(dedup_has(dedup, UINT64_C(255) << 56 | 5 << 8));
    assert_false(dedup_has(dedup, UINT64_C(254) << 56 | 5 << 8));
    dedup_free(dedup);
}

/* A plain memory of when each was added, over days: more than generations have numbers. */
#define PLAIN 500u

TEST(each_is_known_for_five_minutes_and_gone_after_six_over_days)
{
    struct dedup *dedup = new_dedup();
    uint32_t *added_s = mem_zalloc(PLAIN * sizeof(*added_s)), now_s = START_S;
    uint64_t chance = 1;

    for (uint32_t step = 0; step < 200000; step++) {
        uint32_t i;

        chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        i = (uint32_t)(chance >> 33) % PLAIN;
        if (added_s[i] && now_s - added_s[i] <= DEDUP_WINDOW_S)
            assert_true(dedup_has(dedup, fingerprint(i)));
        else if (!added_s[i] || now_s - added_s[i] > DEDUP_WINDOW_S + GENERATION_S)
            assert_false(dedup_has(dedup, fingerprint(i)));
        if (chance >> 60 == 0) {
            dedup_add(dedup, fingerprint(i));
            added_s[i] = now_s;
        }
        now_s += (chance >> 20 & 7) == 0;
        now_s += (chance >> 40 & 1023) == 0 ? (uint32_t)(chance >> 24) % 400 : 0;
        dedup_advance(dedup, now_s);
    }
    assert_true(now_s - START_S > 50000);
    free(added_s);
    dedup_free(dedup);
}

/* The whole round of generations in single seconds, with one look at the end. */
TEST(nothing_comes_back_when_the_generations_begin_again)
{
    struct dedup *dedup = new_dedup();

    for (uint64_t i = 0; i < 2000; i++)
        dedup_add(dedup, fingerprint(i));
    for (uint32_t s = 1; s <= 256 * GENERATION_S; s++) {
        dedup_advance(dedup, START_S + s);
        if (s > DEDUP_WINDOW_S + GENERATION_S)
            assert_false(dedup_has(dedup, fingerprint(s % 2000)));
    }
    for (uint64_t i = 0; i < 2000; i++)
        assert_false(dedup_has(dedup, fingerprint(i)));
    dedup_free(dedup);
}

TEST(a_clock_that_stands_or_jumps_changes_nothing_wrongly)
{
    struct dedup *dedup = new_dedup();

    dedup_add(dedup, fingerprint(1));
    dedup_advance(dedup, START_S - 1000);
    dedup_advance(dedup, START_S);
    assert_true(dedup_has(dedup, fingerprint(1)));
    dedup_advance(dedup, START_S + 256 * GENERATION_S);
    assert_false(dedup_has(dedup, fingerprint(1)));
    dedup_add(dedup, fingerprint(2));
    dedup_advance(dedup, UINT32_MAX);
    assert_false(dedup_has(dedup, fingerprint(2)));
    dedup_free(dedup);
}

int main(void)
{
    return RUN_TESTS(T(what_was_added_is_known_and_nothing_else),
                     T(fingerprints_of_few_bits_are_told_apart),
                     T(each_is_known_for_five_minutes_and_gone_after_six_over_days),
                     T(nothing_comes_back_when_the_generations_begin_again),
                     T(a_clock_that_stands_or_jumps_changes_nothing_wrongly));
}
