#include "server/clock.h"

#include "support/test.h"

#define SECOND UINT64_C(1000000)

TEST(core_time_starts_at_the_later_of_record_and_wall)
{
    struct core_clock clock;

    core_clock_init(&clock, 500 * SECOND, 7, 400 * SECOND);
    assert_int_equal(clock.now_us, 500 * SECOND);
    core_clock_init(&clock, 300 * SECOND, 7, 400 * SECOND);
    assert_int_equal(clock.now_us, 400 * SECOND);
}

TEST(core_time_follows_an_agreeing_wall_exactly)
{
    struct core_clock clock;

    core_clock_init(&clock, 0, 0, 1000 * SECOND);
    assert_int_equal(core_clock_read(&clock, 3 * SECOND, 1003 * SECOND), 1003 * SECOND);
}

TEST(a_wall_clock_set_forward_is_approached_by_a_twentieth)
{
    struct core_clock clock;

    core_clock_init(&clock, 0, 0, 1000 * SECOND);
    assert_int_equal(core_clock_read(&clock, 20 * SECOND, 9000 * SECOND), 1021 * SECOND);
}

TEST(a_wall_clock_set_back_slows_core_time_but_never_turns_it)
{
    struct core_clock clock;
    uint64_t before, now;

    core_clock_init(&clock, 0, 0, 1000 * SECOND);
    before = clock.now_us;
    for (uint64_t s = 1; s < 100; s++) {
        now = core_clock_read(&clock, s * SECOND, 10 * SECOND);
        assert_true(now > before);
        before = now;
    }
    assert_int_equal(now, 1000 * SECOND + 99 * SECOND / 20 * 19);
}

TEST(readings_in_quick_succession_lose_no_time)
{
    struct core_clock clock;

    core_clock_init(&clock, 0, 0, 1000 * SECOND);
    for (uint64_t us = 1; us <= SECOND; us++)
        core_clock_read(&clock, us, 1000 * SECOND + us);
    assert_true(1001 * SECOND - clock.now_us < 20);
}

int main(void)
{
    return RUN_TESTS(T(core_time_starts_at_the_later_of_record_and_wall),
                     T(core_time_follows_an_agreeing_wall_exactly),
                     T(a_wall_clock_set_forward_is_approached_by_a_twentieth),
                     T(a_wall_clock_set_back_slows_core_time_but_never_turns_it),
                     T(readings_in_quick_succession_lose_no_time));
}
