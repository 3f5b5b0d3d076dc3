#include "support/test.h"

#include "core/quota/limit.h"

#define SECOND 1000000u
#define NOW (1790000000ull * SECOND)

static const struct app_id app = {1400000001}, other_app = {1400000002};
static const struct operation standard = {.number = 1, .rate = RATE_STANDARD};
static const struct operation standard_too = {.number = 2, .rate = RATE_STANDARD};
static const struct operation tenfold = {.number = 3, .rate = RATE_TENFOLD};
static const struct operation unlimited = {.number = 5, .rate = RATE_NONE};

/* As the shipped plan makes them of a call rate. */
static struct call_limits limits_of(uint64_t n, const struct operation *operation)
{
    return (struct call_limits){operation->rate == RATE_TENFOLD ? 10 * n : n, 10 * n};
}

static enum im_err admit(struct rate_table *table, uint64_t now_us, struct app_id of, uint64_t n,
                         const struct operation *operation)
{
    return rate_admit(table, now_us, of, limits_of(n, operation), operation);
}

/* Calls until the first refusal; *ret_err is it. */
static uint32_t admitted(struct rate_table *table, uint64_t now_us, struct app_id of, uint64_t n,
                         const struct operation *operation, uint32_t most, enum im_err *ret_err)
{
    uint32_t count = 0;

    *ret_err = IM_OK;
    while (count < most) {
        *ret_err = admit(table, now_us, of, n, operation);
        if (*ret_err)
            break;
        count++;
    }
    return count;
}

TEST(a_command_gets_n_calls_a_second_and_the_next_second_again)
{
    struct rate_table *table = rate_table_new();
    enum im_err err;

    assert_int_equal(admitted(table, NOW, app, 100, &standard, 1000, &err), 100);
    assert_int_equal(err, IM_ERR_CALL_RATE);
    assert_int_equal(admit(table, NOW + SECOND - 1, app, 100, &standard), IM_ERR_CALL_RATE);
    assert_int_equal(admit(table, NOW + SECOND, app, 100, &standard), IM_OK);
    assert_int_equal(admitted(table, NOW + SECOND, app, 100, &standard, 1000, &err), 99);
    rate_table_free(table);
}

TEST(commands_and_apps_do_not_use_up_each_other)
{
    struct rate_table *table = rate_table_new();
    enum im_err err;

    assert_int_equal(admitted(table, NOW, app, 100, &standard, 1000, &err), 100);
    assert_int_equal(admitted(table, NOW, app, 100, &standard_too, 1000, &err), 100);
    assert_int_equal(admitted(table, NOW, other_app, 200, &standard, 1000, &err), 200);
    rate_table_free(table);
}

TEST(the_whole_app_stops_a_command_before_its_own_limit)
{
    struct rate_table *table = rate_table_new();
    enum im_err err;

    assert_int_equal(admitted(table, NOW, app, 100, &standard, 10, &err), 10);
    assert_int_equal(admitted(table, NOW, app, 100, &tenfold, 5000, &err), 990);
    assert_int_equal(err, IM_ERR_APP_CALL_RATE);
    rate_table_free(table);
}

TEST(an_app_as_a_whole_gets_ten_times_n)
{
    struct rate_table *table = rate_table_new();
    enum im_err err;

    for (uint16_t i = 0; i < 10; i++) {
        const struct operation operation = {.number = (uint16_t)(10 + i), .rate = RATE_STANDARD};

        assert_int_equal(admitted(table, NOW, app, 100, &operation, 1000, &err), 100);
    }
    assert_int_equal(admit(table, NOW, app, 100, &standard), IM_ERR_APP_CALL_RATE);
    assert_int_equal(admit(table, NOW, other_app, 100, &standard), IM_OK);
    assert_int_equal(admit(table, NOW + SECOND, app, 100, &standard), IM_OK);
    rate_table_free(table);
}

TEST(refused_calls_use_nothing_up)
{
    struct rate_table *table = rate_table_new();
    enum im_err err;

    assert_int_equal(admitted(table, NOW, app, 10, &standard, 1000, &err), 10);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(admit(table, NOW, app, 10, &standard), IM_ERR_CALL_RATE);
    assert_int_equal(admitted(table, NOW, app, 10, &tenfold, 1000, &err), 90);
    rate_table_free(table);
}

TEST(a_raised_limit_holds_at_once)
{
    struct rate_table *table = rate_table_new();
    enum im_err err;

    assert_int_equal(admitted(table, NOW, app, 100, &standard, 1000, &err), 100);
    assert_int_equal(admitted(table, NOW, app, 200, &standard, 1000, &err), 100);
    rate_table_free(table);
}

TEST(commands_without_a_class_are_never_refused)
{
    struct rate_table *table = rate_table_new();
    enum im_err err;

    assert_int_equal(admitted(table, NOW, app, 1, &unlimited, 5000, &err), 5000);
    assert_int_equal(admit(table, NOW, app, 1, &standard), IM_OK);
    rate_table_free(table);
}

TEST(many_apps_in_one_second_are_counted_apart)
{
    struct rate_table *table = rate_table_new();

    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 1; i <= 20000; i++) {
            const struct app_id one = {1400000000 + i};

            assert_int_equal(admit(table, NOW, one, 2, &standard), IM_OK);
        }
    }
    for (uint32_t i = 1; i <= 20000; i++) {
        const struct app_id one = {1400000000 + i};

        assert_int_equal(admit(table, NOW, one, 2, &standard), IM_ERR_CALL_RATE);
    }
    /* A quiet second makes the table small again, and it still counts. */
    assert_int_equal(admit(table, NOW + SECOND, app, 1, &standard), IM_OK);
    assert_int_equal(admit(table, NOW + 2 * SECOND, app, 1, &standard), IM_OK);
    assert_int_equal(admit(table, NOW + 2 * SECOND, app, 1, &standard), IM_ERR_CALL_RATE);
    rate_table_free(table);
}

TEST(limits_are_found_by_the_names_of_the_bill)
{
    static const char *const names[] = {"roaming",   "multi_terminal", "push",
                                        "call_rate", "groups_per_day", "groups_total",
                                        "recents",   "group_messages"};
    enum limit limit;

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_true(limit_find(span_of(names[i]), &limit));
        assert_int_equal(limit, i);
        assert_string_equal(limit_name(limit), names[i]);
    }
    assert_false(limit_find(SPAN_LIT("dau"), &limit));
    assert_null(limit_name(LIMIT_COUNT));
}

int main(void)
{
    return RUN_TESTS(T(a_command_gets_n_calls_a_second_and_the_next_second_again),
                     T(commands_and_apps_do_not_use_up_each_other),
                     T(the_whole_app_stops_a_command_before_its_own_limit),
                     T(an_app_as_a_whole_gets_ten_times_n), T(refused_calls_use_nothing_up),
                     T(a_raised_limit_holds_at_once), T(commands_without_a_class_are_never_refused),
                     T(many_apps_in_one_second_are_counted_apart),
                     T(limits_are_found_by_the_names_of_the_bill));
}
