/* What a scenario may say, and what is said about one that is wrong. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/simulate/memory_disk.h"
#include "cli/simulate/scenario.h"

#define HEAD                                                                             \
    "{\"format\":1,\"id\":\"try\",\"about\":\"a try\",\"plan\":\"cloud-2018\",\"from\":" \
    "\"2026-01-01\",\"to\":\"2026-01-31\",\"accounts\":100"
#define PHASE "\"from\":\"2026-01-01\",\"to\":\"2026-01-10\""
#define LOGINS(phases) HEAD ",\"logins\":[" phases "]}"
#define EVENT(members) HEAD ",\"events\":[{\"day\":\"2026-01-02\"," members "}]}"

static void is_wrong(const char *text, const char *problem)
{
    char said[PLAN_PROBLEM_BYTES] = "";
    struct scenario scenario;

    if (scenario_parse(span_of(text), &scenario, said) != IM_ERR_INVALID)
        fail_msg("accepted: %s", text);
    if (!strstr(said, problem))
        fail_msg("\"%s\" is not in \"%s\"", problem, said);
}

static struct scenario read(const char *text)
{
    char said[PLAN_PROBLEM_BYTES] = "";
    struct scenario scenario;

    if (scenario_parse(span_of(text), &scenario, said))
        fail_msg("%s", said);
    return scenario;
}

TEST(what_is_no_json_is_refused_with_its_line)
{
    is_wrong("", "line 1");
    is_wrong("{\"format\":1,\n", "line 2");
    is_wrong("[]", "the file: must be an object");
    is_wrong("{\"format\":1,\"format\":1}", "line 1");
}

TEST(fields_that_are_missing_or_unknown_are_named)
{
    is_wrong("{\"format\":1}", "id: is missing");
    is_wrong(HEAD ",\"loggins\":[]}", "loggins: is not a known field");
    is_wrong(LOGINS("{" PHASE ",\"count\":1,\"cuont\":2}"),
             "logins[0].cuont: is not a known field");
    is_wrong(LOGINS("{" PHASE "}"), "logins[0].count: is missing");
    is_wrong(EVENT("\"do\":\"crash\",\"checkpoint\":true,\"count\":3"),
             "events[0].count: is not a known field");
    is_wrong(EVENT("\"do\":\"crash\""), "events[0].checkpoint: is missing");
    is_wrong(HEAD ",\"expect\":{\"2026-01\":{\"sum\":1}}}", "expect.2026-01.sum: is not a known");
}

TEST(numbers_that_are_negative_or_huge_are_refused)
{
    is_wrong(LOGINS("{" PHASE ",\"count\":-1}"), "logins[0].count: must be a whole number from 0");
    is_wrong(LOGINS("{" PHASE ",\"count\":1.5}"), "logins[0].count: must be a whole number");
    is_wrong(LOGINS("{" PHASE ",\"count\":10000001}"), "logins[0].count: must be a whole number");
    is_wrong(LOGINS("{" PHASE ",\"count\":99999999999999999999}"), "line 1");
    is_wrong(LOGINS("{\"from\":\"2026-01-01\",\"to\":\"2026-01-01\",\"daily\":[-1]}"),
             "logins[0].daily[0]: must be a whole number");
    is_wrong(EVENT("\"do\":\"calls\",\"per_second\":0,\"seconds\":1"),
             "events[0].per_second: must be a whole number from 1");
    is_wrong(EVENT("\"do\":\"set_limit\",\"limit\":\"recents\",\"value\":1000000000001"),
             "events[0].value: must be a whole number");
    is_wrong(HEAD ",\"expect\":{\"2026-01\":{\"total_fen\":-1}}}",
             "expect.2026-01.total_fen: must be fen");
}

TEST(dates_and_times_that_do_not_exist_are_refused)
{
    is_wrong(LOGINS("{\"from\":\"2026-01-32\",\"to\":\"2026-02-01\",\"count\":1}"),
             "logins[0].from: must be a day");
    is_wrong(LOGINS("{\"from\":\"2026-1-2\",\"to\":\"2026-02-01\",\"count\":1}"),
             "logins[0].from: must be a day");
    is_wrong(LOGINS("{\"from\":20260101,\"to\":\"2026-02-01\",\"count\":1}"),
             "logins[0].from: must be a day");
    is_wrong(LOGINS("{\"from\":\"2026-01-10\",\"to\":\"2026-01-01\",\"count\":1}"),
             "logins[0]: \"to\" lies before \"from\"");
    is_wrong(EVENT("\"at\":\"24:00\",\"do\":\"return\""), "events[0].at: must be a time");
    is_wrong(EVENT("\"at\":\"1:00\",\"do\":\"return\""), "events[0].at: must be a time");
    is_wrong(EVENT("\"at\":\"23:59\",\"do\":\"calls\",\"per_second\":1,\"seconds\":61"),
             "events[0]: goes on into the next day");
    is_wrong(HEAD ",\"expect\":{\"January\":{}}}", "expect.January: must be a month");
    is_wrong("{\"format\":1,\"id\":\"a\",\"about\":\"a\",\"plan\":\"a\",\"from\":\"2026-01-02\","
             "\"to\":\"2026-01-01\",\"accounts\":1}",
             "to: lies before");
    is_wrong("{\"format\":1,\"id\":\"a\",\"about\":\"a\",\"plan\":\"a\",\"from\":\"1990-01-02\","
             "\"to\":\"2026-01-01\",\"accounts\":1}",
             "to: lies more than 3660 days");
}

TEST(phases_that_overlap_or_leave_the_scenario_are_refused)
{
    is_wrong(LOGINS("{" PHASE ",\"count\":1},{\"from\":\"2026-01-10\",\"to\":\"2026-01-11\","
                    "\"count\":2}"),
             "logins[1]: begins before the phase in front of it has ended (2026-01-10)");
    is_wrong(LOGINS("{\"from\":\"2025-12-31\",\"to\":\"2026-01-01\",\"count\":1}"),
             "logins[0]: lies outside");
    is_wrong(HEAD ",\"events\":[{\"day\":\"2026-02-01\",\"do\":\"return\"}]}",
             "events[0]: lies outside");
    is_wrong(HEAD ",\"expect\":{\"2026-02\":{\"total_fen\":1}}}", "expect.2026-02: lies outside");
}

TEST(growth_needs_two_numbers_and_lists_one_for_each_day)
{
    is_wrong(LOGINS("{" PHASE ",\"count\":1,\"growth\":\"linear\"}"), "\"growth\" needs");
    is_wrong(LOGINS("{" PHASE ",\"count\":1,\"to_count\":2,\"growth\":\"fast\"}"),
             "logins[0].growth: must be \"linear\" or \"exponential\"");
    is_wrong(LOGINS("{" PHASE ",\"count\":0,\"to_count\":2,\"growth\":\"exponential\"}"),
             "exponential growth has no number 0");
    is_wrong(LOGINS("{" PHASE ",\"daily\":[1,2]}"), "\"daily\" has 2 numbers, the phase 10 days");
    is_wrong(LOGINS("{" PHASE ",\"daily\":7}"), "logins[0].daily: must be an array");
}

TEST(more_logins_than_accounts_and_messages_of_nobody_are_refused)
{
    is_wrong(LOGINS("{" PHASE ",\"count\":99,\"to_count\":101}"), "logins: 101 on 2026-01-08");
    is_wrong(HEAD ",\"messages\":[{" PHASE ",\"count\":1}]}", "messages: on 2026-01-01");
    is_wrong(EVENT("\"do\":\"stay\",\"accounts\":101"), "events[0]: 101 accounts");
}

TEST(events_that_nobody_knows_are_refused)
{
    is_wrong(EVENT("\"do\":\"dance\""), "events[0].do: says nothing that can be done");
    is_wrong(HEAD ",\"events\":[7]}", "events[0]: must be an object");
    is_wrong(EVENT("\"do\":\"set_limit\",\"limit\":\"speed\",\"value\":1"),
             "events[0].limit: is no limit");
    is_wrong(EVENT("\"do\":\"terminals\",\"accounts\":1,\"platforms\":[\"toaster\"]"),
             "events[0].platforms: must be platforms");
    is_wrong(EVENT("\"do\":\"terminals\",\"accounts\":1,\"platforms\":[]"),
             "events[0].platforms: must name");
    is_wrong(EVENT("\"do\":\"make_groups\",\"count\":1,\"type\":\"Club\""),
             "events[0].type: must be");
    is_wrong(EVENT("\"do\":\"file_contract\",\"contract\":{\"format\":1}"), "events[0].contract: ");
}

TEST(expectations_name_what_a_bill_has)
{
    is_wrong(HEAD ",\"expect\":{\"2026-01\":{\"state\":\"lost\"}}}",
             "expect.2026-01.state: must be");
    is_wrong(HEAD ",\"expect\":{\"2026-01\":{\"lines\":{\"beer\":1}}}}",
             "expect.2026-01.lines.beer: is no line");
    is_wrong(HEAD ",\"expect\":[]}", "expect: must be an object");
}

TEST(a_series_is_constant_linear_exponential_or_listed)
{
    struct scenario scenario =
        read(HEAD ",\"logins\":[{\"from\":\"2026-01-01\",\"to\":\"2026-01-02\",\"count\":7},"
                  "{\"from\":\"2026-01-03\",\"to\":\"2026-01-07\",\"count\":10,\"to_count\":20},"
                  "{\"from\":\"2026-01-08\",\"to\":\"2026-01-10\",\"count\":1,\"to_count\":100,"
                  "\"growth\":\"exponential\"},"
                  "{\"from\":\"2026-01-12\",\"to\":\"2026-01-13\",\"daily\":[3,5]}]}");
    static const uint64_t expected[] = {7, 7, 10, 13, 15, 18, 20, 1, 10, 100, 0, 3, 5, 0};

    for (uint32_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_int_equal(series_on(&scenario.logins, scenario.first_day + i), expected[i]);
    scenario_release(&scenario);
}

TEST(events_happen_in_the_order_of_time_and_then_of_the_file)
{
    struct scenario scenario =
        read(HEAD ",\"events\":[{\"day\":\"2026-01-05\",\"do\":\"return\"},"
                  "{\"day\":\"2026-01-02\",\"at\":\"12:00:01\",\"do\":\"return\"},"
                  "{\"day\":\"2026-01-02\",\"do\":\"return\"},"
                  "{\"day\":\"2026-01-05\",\"do\":\"checkpoint\"}]}");
    static const uint32_t expected[] = {2, 1, 0, 3};

    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(scenario.events[i].index, expected[i]);
    scenario_release(&scenario);
}

TEST(the_disk_in_memory_keeps_what_was_written_and_renamed)
{
    static char text[300000], back[sizeof(text)];
    struct disk *disk = memory_disk_new();
    struct disk_file *file, *again;
    uint64_t bytes;
    size_t n;

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7 + i / 251);
    assert_int_equal(disk->ops->open(disk, "a", 0, &file), IM_ERR_NOT_FOUND);
    assert_int_equal(disk->ops->open(disk, "a", 1, &file), IM_OK);
    assert_int_equal(disk->ops->write(file, 600000, text, sizeof(text)), IM_OK);
    assert_int_equal(disk->ops->rename(disk, "a", "b"), IM_OK);
    assert_int_equal(disk->ops->open(disk, "b", 0, &again), IM_OK);
    assert_int_equal(disk->ops->size(again, &bytes), IM_OK);
    assert_int_equal(bytes, 900000);
    assert_int_equal(disk->ops->read(again, 600000, back, sizeof(back), &n), IM_OK);
    assert_int_equal(n, sizeof(back));
    assert_memory_equal(text, back, sizeof(text));
    assert_int_equal(disk->ops->read(again, 599990, back, 20, &n), IM_OK);
    assert_int_equal(back[9], 0);
    assert_int_equal(back[11], text[1]);
    assert_int_equal(disk->ops->remove(disk, "b"), IM_OK);
    assert_int_equal(disk->ops->read(again, 899999, back, 20, &n), IM_OK);
    assert_int_equal(n, 1);
    disk->ops->close(file);
    disk->ops->close(again);
    memory_disk_free(disk);
}

int main(void)
{
    return RUN_TESTS(T(what_is_no_json_is_refused_with_its_line),
                     T(fields_that_are_missing_or_unknown_are_named),
                     T(numbers_that_are_negative_or_huge_are_refused),
                     T(dates_and_times_that_do_not_exist_are_refused),
                     T(phases_that_overlap_or_leave_the_scenario_are_refused),
                     T(growth_needs_two_numbers_and_lists_one_for_each_day),
                     T(more_logins_than_accounts_and_messages_of_nobody_are_refused),
                     T(events_that_nobody_knows_are_refused), T(expectations_name_what_a_bill_has),
                     T(a_series_is_constant_linear_exponential_or_listed),
                     T(events_happen_in_the_order_of_time_and_then_of_the_file),
                     T(the_disk_in_memory_keeps_what_was_written_and_renamed));
}
