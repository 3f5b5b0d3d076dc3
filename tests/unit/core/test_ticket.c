/* Tickets: asking, seeing the price, deciding, and what holds from then on. */
#include "support/test.h"

#include <stdio.h>

#include "support/shard_fixture.h"

#define CACHE (8u << 20)

static enum im_err open_ticket(struct shard_fixture *f, const char *limit, unsigned value)
{
    return fixture_operator_try(f, "admin.ticket_open",
                                "{\"app\":%u,\"limit\":\"%s\",\"value\":%u,\"text\":\"we grow\"}",
                                f->app.v, limit, value);
}

static enum im_err decide(struct shard_fixture *f, const char *how, unsigned ticket,
                          const char *members)
{
    char command[32];

    snprintf(command, sizeof(command), "admin.ticket_%s", how);
    return fixture_operator_try(f, command, "{\"app\":%u,\"ticket\":%u,\"reason\":\"because\"%s}",
                                f->app.v, ticket, members);
}

/* The value in force of a limit, by its place in the list. */
static uint64_t in_force(struct shard_fixture *f, unsigned limit)
{
    char path[40];

    fixture_operator(f, "admin.limit_list", "{\"app\":%u}", f->app.v);
    snprintf(path, sizeof(path), "Result.limits.%u.value", limit);
    return fixture_number(f, path);
}

TEST(a_ticket_tells_the_price_and_grants_at_once)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.ticket_price", "{\"app\":%u,\"limit\":\"call_rate\",\"value\":950}",
                     f->app.v);
    assert_int_equal(fixture_number(f, "Result.granted"), 1000);
    assert_int_equal(fixture_number(f, "Result.line_after_fen"), 600000);
    assert_int_equal(fixture_number(f, "Result.month_before_fen"), 0);
    assert_int_equal(fixture_number(f, "Result.month_after_fen"), 600000);
    assert_int_equal(open_ticket(f, "call_rate", 950), IM_OK);
    assert_int_equal(fixture_number(f, "Result.ticket"), 1);
    assert_string_equal(fixture_text(f, "Result.state"), "open");
    assert_int_equal(in_force(f, 3), 100);
    fixture_restart(f);
    assert_int_equal(decide(f, "confirm", 1, ""), IM_OK);
    assert_string_equal(fixture_text(f, "Result.state"), "confirmed");
    assert_int_equal(fixture_number(f, "Result.before"), 100);
    assert_int_equal(fixture_number(f, "Result.granted"), 1000);
    assert_int_equal(in_force(f, 3), 1000);
    assert_string_equal(fixture_text(f, "Result.limits.3.source"), "ticket");
    assert_int_equal(fixture_number(f, "Result.limits.3.document"), 1);
    fixture_operator(f, "admin.limit_history", "{\"app\":%u}", f->app.v);
    assert_string_equal(fixture_text(f, "Result.items.0.by"), "operator");
    assert_int_equal(fixture_number(f, "Result.items.0.document"), 1);
    fixture_free(f);
}

TEST(a_ticket_is_decided_once)
{
    struct shard_fixture *f = fixture_new(CACHE);

    open_ticket(f, "recents", 100);
    assert_int_equal(decide(f, "confirm", 1, ""), IM_OK);
    assert_int_equal(decide(f, "confirm", 1, ""), IM_ERR_EXISTS);
    assert_non_null(strstr(f->text, "ticket 1 is confirmed already"));
    assert_int_equal(decide(f, "refuse", 1, ""), IM_ERR_EXISTS);
    assert_int_equal(decide(f, "cancel", 1, ""), IM_ERR_EXISTS);
    open_ticket(f, "recents", 200);
    assert_int_equal(decide(f, "refuse", 2, ""), IM_OK);
    fixture_restart(f);
    assert_int_equal(decide(f, "confirm", 2, ""), IM_ERR_EXISTS);
    assert_int_equal(in_force(f, 6), 100);
    open_ticket(f, "recents", 200);
    assert_int_equal(decide(f, "cancel", 3, ""), IM_OK);
    assert_int_equal(decide(f, "confirm", 4, ""), IM_ERR_NOT_FOUND);
    fixture_free(f);
}

TEST(an_operator_may_grant_another_value)
{
    struct shard_fixture *f = fixture_new(CACHE);

    open_ticket(f, "groups_per_day", 10000);
    assert_int_equal(decide(f, "confirm", 1, ",\"value\":1001"), IM_OK);
    assert_int_equal(in_force(f, 4), 1500);
    assert_int_equal(decide(f, "confirm", 1, ",\"value\":99999999999"), IM_ERR_EXISTS);
    open_ticket(f, "groups_per_day", 10000);
    assert_int_equal(decide(f, "confirm", 2, ",\"value\":99999999999"), IM_ERR_INVALID);
    assert_int_equal(in_force(f, 4), 1500);
    fixture_free(f);
}

TEST(the_conversation_stays_with_the_ticket)
{
    struct shard_fixture *f = fixture_new(CACHE);

    open_ticket(f, "call_rate", 500);
    fixture_operator(f, "admin.ticket_reply",
                     "{\"app\":%u,\"ticket\":1,\"text\":\"for how long?\"}", f->app.v);
    assert_int_equal(decide(f, "refuse", 1, ""), IM_OK);
    fixture_operator(f, "admin.ticket_reply", "{\"app\":%u,\"ticket\":1,\"text\":\"a pity\"}",
                     f->app.v);
    fixture_checkpoint(f);
    fixture_restart(f);
    fixture_operator(f, "admin.ticket_show", "{\"app\":%u,\"ticket\":1}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.messages"), 4);
    assert_string_equal(fixture_text(f, "Result.messages.0.text"), "we grow");
    assert_string_equal(fixture_text(f, "Result.messages.1.kind"), "reply");
    assert_string_equal(fixture_text(f, "Result.messages.2.kind"), "decision");
    assert_string_equal(fixture_text(f, "Result.messages.3.text"), "a pity");
    fixture_free(f);
}

TEST(a_ticket_that_is_full_of_replies_can_still_be_decided_and_shown)
{
    struct shard_fixture *f = fixture_new(CACHE);
    char text[2001];

    for (size_t i = 0; i < 2000; i += 2)
        memcpy(text + i, "\\n", 2); /* the most that a text grows */
    text[2000] = 0;
    open_ticket(f, "call_rate", 500);
    for (unsigned i = 1; i < 999; i++)
        assert_int_equal(fixture_operator_try(f, "admin.ticket_reply",
                                              "{\"app\":%u,\"ticket\":1,\"text\":\"%s%s\"}",
                                              f->app.v, text, text),
                         IM_OK);
    assert_int_equal(fixture_operator_try(f, "admin.ticket_reply",
                                          "{\"app\":%u,\"ticket\":1,\"text\":\"more\"}", f->app.v),
                     IM_ERR_INVALID);
    assert_int_equal(decide(f, "confirm", 1, ""), IM_OK);
    assert_int_equal(in_force(f, 3), 500);
    fixture_restart(f);
    fixture_operator(f, "admin.ticket_show", "{\"app\":%u,\"ticket\":1}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.messages"), 1000);
    fixture_free(f);
}

TEST(a_text_of_control_characters_is_refused)
{
    struct shard_fixture *f = fixture_new(CACHE);

    open_ticket(f, "call_rate", 500);
    assert_int_equal(fixture_operator_try(f, "admin.ticket_reply",
                                          "{\"app\":%u,\"ticket\":1,\"text\":\"a\\u0001\"}",
                                          f->app.v),
                     IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.ticket_reply",
                                          "{\"app\":%u,\"ticket\":1,\"text\":\"a\\u0000\"}",
                                          f->app.v),
                     IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.ticket_reply",
                                          "{\"app\":%u,\"ticket\":1,\"text\":\"a\\r\\n\\tb\"}",
                                          f->app.v),
                     IM_OK);
    fixture_free(f);
}

TEST(a_policy_confirms_under_its_bound_and_not_above)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.policy_add", "{\"limit\":\"call_rate\",\"most\":1000}");
    assert_int_equal(open_ticket(f, "call_rate", 1000), IM_OK);
    assert_string_equal(fixture_text(f, "Result.state"), "confirmed");
    assert_string_equal(fixture_text(f, "Result.decided_by"), "policy 1");
    assert_int_equal(in_force(f, 3), 1000);
    assert_int_equal(open_ticket(f, "call_rate", 1001), IM_OK);
    assert_string_equal(fixture_text(f, "Result.state"), "open");
    fixture_operator(f, "admin.policy_add",
                     "{\"app\":%u,\"limit\":\"recents\",\"most\":5000,\"most_fen\":1200000}",
                     f->app.v);
    /* 6,000 of the call rate and 6,000 of this. */
    assert_int_equal(open_ticket(f, "recents", 500), IM_OK);
    assert_string_equal(fixture_text(f, "Result.state"), "confirmed");
    assert_int_equal(open_ticket(f, "recents", 550), IM_OK);
    assert_string_equal(fixture_text(f, "Result.state"), "open");
    fixture_operator(f, "admin.policy_remove", "{\"policy\":1}");
    fixture_operator(f, "admin.policy_list", "{}");
    assert_int_equal(fixture_count(f, "Result.items"), 1);
    assert_int_equal(fixture_operator_try(f, "admin.policy_remove", "{\"policy\":1}"),
                     IM_ERR_NOT_FOUND);
    fixture_free(f);
}

TEST(tickets_are_listed_by_app_and_by_what_waits)
{
    struct shard_fixture *f = fixture_new(CACHE);

    for (unsigned i = 2; i < 9; i++)
        assert_int_equal(open_ticket(f, "call_rate", i * 100), IM_OK);
    decide(f, "refuse", 3, "");
    fixture_operator(f, "admin.ticket_list", "{\"app\":%u,\"limit\":4}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 4);
    assert_int_equal(fixture_number(f, "Result.items.0.ticket"), 7);
    assert_string_equal(fixture_text(f, "Result.next"), "4");
    fixture_operator(f, "admin.ticket_list", "{\"app\":%u,\"cursor\":\"4\",\"state\":\"open\"}",
                     f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 2);
    assert_int_equal(fixture_at(f, "Result.next").type, JSON_NULL);
    fixture_operator(f, "admin.ticket_waiting", "{\"limit\":5}");
    assert_int_equal(fixture_count(f, "Result.items"), 5);
    assert_int_equal(fixture_number(f, "Result.items.0.ticket"), 1);
    assert_int_equal(
        fixture_operator_try(f, "admin.ticket_list", "{\"app\":%u,\"state\":\"odd\"}", f->app.v),
        IM_ERR_INVALID);
    fixture_free(f);
}

TEST(what_cannot_be_asked_for_is_refused)
{
    struct shard_fixture *f = fixture_new(CACHE);

    assert_int_equal(open_ticket(f, "dau", 5), IM_ERR_INVALID);
    assert_int_equal(open_ticket(f, "call_rate", 100), IM_ERR_INVALID); /* it is so already */
    assert_int_equal(open_ticket(f, "multi_terminal", 4000), IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.ticket_open",
                                          "{\"app\":%u,\"limit\":\"recents\",\"value\":100}",
                                          f->app.v),
                     IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.ticket_open",
                                          "{\"app\":%u,\"kind\":\"gift\",\"text\":\"x\"}",
                                          f->app.v),
                     IM_ERR_INVALID);
    fixture_operator(f, "admin.ticket_list", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 0);
    fixture_free(f);
}

TEST(a_ticket_for_a_contract_is_confirmed_with_one)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.ticket_open",
                     "{\"app\":%u,\"kind\":\"contract\",\"text\":\"above 800,000\"}", f->app.v);
    assert_int_equal(decide(f, "confirm", 1, ""), IM_ERR_INVALID);
    assert_int_equal(decide(f, "confirm", 1, ",\"contract\":1"), IM_ERR_INVALID);
    fixture_operator(f, "admin.contract_file",
                     "{\"app\":%u,\"file\":{\"format\":1,\"id\":\"c\",\"currency\":\"CNY\","
                     "\"cycle\":\"calendar_month\",\"from\":\"2020-10\",\"to\":null,"
                     "\"total_fen\":100}}",
                     f->app.v);
    assert_int_equal(decide(f, "confirm", 1, ",\"contract\":1"), IM_OK);
    assert_int_equal(fixture_number(f, "Result.contract"), 1);
    fixture_free(f);
}

TEST(a_list_goes_on_over_tickets_that_are_left_out)
{
    struct shard_fixture *f = fixture_new(CACHE);
    unsigned pages = 0, found = 0;
    char cursor[16] = "";

    assert_int_equal(open_ticket(f, "call_rate", 200), IM_OK);
    for (unsigned i = 2; i <= 2500; i++) {
        assert_int_equal(open_ticket(f, "call_rate", 200), IM_OK);
        assert_int_equal(decide(f, "cancel", i, ""), IM_OK);
    }
    fixture_checkpoint(f);
    fixture_restart(f);
    for (;; pages++) {
        fixture_operator(f, "admin.ticket_list",
                         "{\"app\":%u,\"state\":\"open\",\"cursor\":\"%s\"}", f->app.v, cursor);
        found += (unsigned)fixture_count(f, "Result.items");
        if (fixture_at(f, "Result.next").type == JSON_NULL)
            break;
        snprintf(cursor, sizeof(cursor), "%s", fixture_text(f, "Result.next"));
    }
    assert_int_equal(found, 1);
    assert_int_equal(pages, 2);
    fixture_free(f);
}

TEST(open_tickets_of_an_app_are_bounded)
{
    struct shard_fixture *f = fixture_new(CACHE);

    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(open_ticket(f, "call_rate", 200), IM_OK);
    assert_int_equal(open_ticket(f, "call_rate", 200), IM_ERR_INVALID);
    assert_int_equal(decide(f, "cancel", 50, ""), IM_OK);
    fixture_restart(f);
    assert_int_equal(open_ticket(f, "call_rate", 200), IM_OK);
    assert_int_equal(open_ticket(f, "call_rate", 200), IM_ERR_INVALID);
    for (unsigned i = 1; i < 50; i++)
        assert_int_equal(decide(f, i % 2 ? "confirm" : "refuse", i, ""), IM_OK);
    fixture_operator(f, "admin.policy_add", "{\"limit\":\"recents\",\"most\":5000}");
    for (unsigned i = 1; i < 50; i++)
        assert_int_equal(open_ticket(f, "recents", i * 50 + 50), IM_OK);
    for (unsigned i = 1; i < 50; i++)
        assert_int_equal(open_ticket(f, "groups_per_day", 1000), IM_OK);
    assert_int_equal(open_ticket(f, "groups_per_day", 1000), IM_ERR_INVALID);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(a_ticket_tells_the_price_and_grants_at_once), T(a_ticket_is_decided_once),
        T(an_operator_may_grant_another_value), T(the_conversation_stays_with_the_ticket),
        T(a_ticket_that_is_full_of_replies_can_still_be_decided_and_shown),
        T(a_text_of_control_characters_is_refused),
        T(a_policy_confirms_under_its_bound_and_not_above),
        T(tickets_are_listed_by_app_and_by_what_waits), T(what_cannot_be_asked_for_is_refused),
        T(a_ticket_for_a_contract_is_confirmed_with_one),
        T(a_list_goes_on_over_tickets_that_are_left_out), T(open_tickets_of_an_app_are_bounded));
}
