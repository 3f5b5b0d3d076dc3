#include "gateway/sig_lock.h"

#include "base/hash.h"
#include "support/test.h"

static const struct app_id app = {1400000001};
static const struct source_address here = {{1}}, there = {{2}};

static void fail_times(struct sig_lock *lock, int times, uint64_t now_s)
{
    for (int i = 0; i < times; i++)
        sig_lock_failed(lock, app, SPAN_LIT("administrator"), &here, now_s);
}

static bool closed(struct sig_lock *lock, const struct source_address *source, uint64_t now_s)
{
    return sig_lock_closed(lock, app, SPAN_LIT("administrator"), source, now_s);
}

TEST(the_tenth_failure_within_a_minute_locks_for_a_minute)
{
    struct sig_lock *lock = sig_lock_new();

    fail_times(lock, 9, 1000);
    assert_false(closed(lock, &here, 1000));
    fail_times(lock, 1, 1059);
    assert_true(closed(lock, &here, 1059));
    assert_true(closed(lock, &here, 1118));
    assert_false(closed(lock, &here, 1119));
    sig_lock_free(lock);
}

TEST(failures_of_the_minute_before_do_not_count)
{
    struct sig_lock *lock = sig_lock_new();

    fail_times(lock, 9, 1000);
    fail_times(lock, 1, 1060);
    assert_false(closed(lock, &here, 1060));
    sig_lock_free(lock);
}

TEST(a_stranger_does_not_lock_the_administrator_out)
{
    struct sig_lock *lock = sig_lock_new();

    fail_times(lock, 20, 1000);
    assert_true(closed(lock, &here, 1000));
    assert_false(closed(lock, &there, 1000));
    assert_false(sig_lock_closed(lock, app, SPAN_LIT("other"), &here, 1000));
    assert_false(sig_lock_closed(lock, (struct app_id){7}, SPAN_LIT("administrator"), &here, 1000));
    sig_lock_free(lock);
}

int main(void)
{
    hash_init();
    return RUN_TESTS(T(the_tenth_failure_within_a_minute_locks_for_a_minute),
                     T(failures_of_the_minute_before_do_not_count),
                     T(a_stranger_does_not_lock_the_administrator_out));
}
