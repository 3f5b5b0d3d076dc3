/* Warnings: when they are made, once, and how they leave the outbox. */
#include "support/test.h"

#include <stdio.h>

#include "core/shard_stats.h"
#include "core/warning/outbox.h"
#include "core/warning/queue.h"
#include "core/warning/warning.h"
#include "support/shard_fixture.h"

#define CACHE (8u << 20)
#define DAY 86400u

static size_t warnings(struct shard_fixture *f)
{
    fixture_operator(f, "admin.warning_list", "{\"app\":%u}", f->app.v);
    return fixture_count(f, "Result.items");
}

static void groups(struct shard_fixture *f, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        if (i % 40 == 0)
            fixture_advance(f, 1);
        fixture_admin(f, "group_open_http_svc.create_group",
                      "{\"Type\":\"Public\",\"Name\":\"g\",\"GroupId\":\"g%u\"}", i);
    }
}

TEST(a_limit_is_warned_of_at_eighty_and_at_a_hundred_percent_once_a_day)
{
    struct shard_fixture *f = fixture_new(CACHE);

    groups(f, 0, 399);
    assert_int_equal(warnings(f), 0);
    groups(f, 399, 400);
    assert_int_equal(warnings(f), 1);
    assert_string_equal(fixture_text(f, "Result.items.0.kind"), "near");
    assert_string_equal(fixture_text(f, "Result.items.0.limit"), "groups_per_day");
    assert_int_equal(fixture_number(f, "Result.items.0.used"), 400);
    assert_int_equal(fixture_number(f, "Result.items.0.value"), 500);
    groups(f, 400, 505);
    assert_int_equal(warnings(f), 2);
    assert_string_equal(fixture_text(f, "Result.items.0.kind"), "reached");
    fixture_restart(f);
    groups(f, 505, 507);
    assert_int_equal(warnings(f), 2);
    fixture_advance(f, DAY);
    groups(f, 600, 1001);
    assert_int_equal(warnings(f), 3);
    fixture_free(f);
}

TEST(calls_that_come_too_fast_are_warned_of)
{
    struct shard_fixture *f = fixture_new(CACHE);

    for (int i = 0; i < 120; i++)
        fixture_post(f, -1, "openim.querystate", "{\"To_Account\":[\"a\"]}");
    fixture_drain(f);
    fixture_advance(f, 1);
    assert_int_equal(warnings(f), 2);
    assert_string_equal(fixture_text(f, "Result.items.1.limit"), "call_rate");
    fixture_free(f);
}

TEST(a_price_that_passes_the_amount_is_said_once_a_month)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.warning_hook_set", "{\"app\":%u,\"amount_fen\":600000}", f->app.v);
    fixture_limit(f, "call_rate", 1000); /* 6,000 yuan: not above */
    fixture_advance(f, 1);
    assert_int_equal(warnings(f), 0);
    fixture_limit(f, "recents", 100);
    fixture_advance(f, 1);
    assert_int_equal(warnings(f), 1);
    assert_string_equal(fixture_text(f, "Result.items.0.kind"), "amount");
    assert_int_equal(fixture_number(f, "Result.items.0.price_fen"), 800000);
    fixture_limit(f, "recents", 500);
    fixture_advance(f, 7200);
    assert_int_equal(warnings(f), 1);
    /* The new month begins with the limits in force: the hourly look finds it. */
    fixture_advance(f, 18 * DAY);
    fixture_advance(f, 3600);
    fixture_advance(f, 3600);
    assert_int_equal(warnings(f), 2);
    fixture_free(f);
}

TEST(settings_are_checked_and_the_secret_is_shown_once)
{
    struct shard_fixture *f = fixture_new(CACHE);
    static const char *const bad[] = {"ftp://a", "http://", "https:///x", "http://u@h/",
                                      "http://a b"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(fixture_operator_try(f, "admin.warning_hook_set",
                                              "{\"app\":%u,\"url\":\"%s\"}", f->app.v, bad[i]),
                         IM_ERR_INVALID);
    assert_int_equal(fixture_operator_try(f, "admin.warning_hook_set", "{\"app\":%u}", f->app.v),
                     IM_ERR_INVALID);
    fixture_operator(f, "admin.warning_hook_set", "{\"app\":%u,\"url\":\"http://127.0.0.1:9/w\"}",
                     f->app.v);
    assert_int_equal(strlen(fixture_text(f, "Result.secret")), 64);
    fixture_operator(f, "admin.warning_hook_set",
                     "{\"app\":%u,\"url\":\"http://127.0.0.1:9/w\",\"amount_fen\":5}", f->app.v);
    assert_int_equal(fixture_at(f, "Result.secret").type, JSON_NONE);
    fixture_operator(f, "admin.warning_hook_show", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_at(f, "Result.secret").type, JSON_NONE);
    assert_int_equal(fixture_number(f, "Result.amount_fen"), 5);
    fixture_operator(f, "admin.warning_hook_remove", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_operator_try(f, "admin.warning_hook_show", "{\"app\":%u}", f->app.v),
                     IM_ERR_NOT_FOUND);
    fixture_free(f);
}

/* ---- the outbox ---- */

static struct request *system_run(struct shard_fixture *f, const struct operation *operation,
                                  void *body)
{
    struct request *req = request_new();

    request_ref(req);
    req->operation = operation;
    req->caller = CALLER_SYSTEM;
    req->body = body;
    shard_run(f->shard, req);
    fixture_drain(f);
    assert_int_equal(req->err, IM_OK);
    return req;
}

static uint32_t due(struct shard_fixture *f, struct outbox_item *ret_first)
{
    struct request *req = system_run(f, &outbox_take, NULL);
    const struct outbox_batch *batch = req->result;
    uint32_t count = batch->count;

    if (count && ret_first) {
        char text[1024];

        *ret_first = batch->items[0];
        snprintf(text, sizeof(text), "%.*s", SPAN_FMT(ret_first->body));
        assert_non_null(strstr(text, "\"type\":\"limit_near\""));
        assert_non_null(strstr(text, "\"limit\":\"groups_per_day\",\"used\":400,\"value\":500"));
        assert_string_equal(text + strlen(text) - 1, "}");
    }
    request_unref(req);
    return count;
}

static void done(struct shard_fixture *f, const struct outbox_item *item, bool taken)
{
    struct outbox_done_req body = {item->app, item->month, item->number, taken};

    request_unref(system_run(f, &outbox_done, &body));
}

TEST(what_is_posted_waits_in_the_outbox_until_it_is_taken)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct outbox_item item;

    fixture_operator(f, "admin.warning_hook_set", "{\"app\":%u,\"url\":\"http://127.0.0.1:9/w\"}",
                     f->app.v);
    groups(f, 0, 400);
    assert_int_equal(due(f, &item), 1);
    fixture_restart(f);
    assert_int_equal(due(f, &item), 1);
    done(f, &item, false);
    assert_int_equal(due(f, NULL), 0);
    fixture_advance(f, 4);
    assert_int_equal(due(f, NULL), 0);
    fixture_advance(f, 2);
    assert_int_equal(due(f, &item), 1);
    warnings(f);
    assert_int_equal(fixture_number(f, "Result.items.0.attempts"), 1);
    done(f, &item, true);
    fixture_advance(f, DAY);
    assert_int_equal(due(f, NULL), 0);
    warnings(f);
    assert_int_equal(fixture_at(f, "Result.items.0.waits").type, JSON_FALSE);
    /* Said twice: nothing is left to say it of. */
    done(f, &item, true);
    fixture_free(f);
}

TEST(a_target_that_never_answers_is_given_up_after_days)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct outbox_item item;
    uint32_t attempts = 0;

    fixture_operator(f, "admin.warning_hook_set", "{\"app\":%u,\"url\":\"http://127.0.0.1:9/w\"}",
                     f->app.v);
    groups(f, 0, 400);
    for (int hour = 0; hour < 24 * 30; hour++) {
        while (due(f, &item)) {
            attempts++;
            done(f, &item, false);
        }
        fixture_advance(f, 3600);
    }
    assert_int_equal(attempts, OUTBOX_MAX_ATTEMPTS);
    fixture_free(f);
}

/* Every limit of an app is at 80 %. */
static unsigned warn_of_all(struct shard_fixture *f, struct app_id app)
{
    unsigned count = 0;

    for (uint8_t i = 0; i < ENTITLEMENT_END; i++) {
        if (!entitlement_name(i))
            continue;
        warning_used(f->shard, app, i, 80, 100);
        count++;
    }
    fixture_advance(f, 1);
    return count;
}

TEST(an_app_with_many_warnings_leaves_room_for_another)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct app_id other;
    const struct outbox_batch *batch;
    struct outbox_item item = {0};
    struct request *req;
    unsigned of_other = 0, waiting, told = 0;
    bool waits;

    fixture_operator(f, "admin.app_create", "{\"name\":\"Other\"}");
    other = (struct app_id){(uint32_t)fixture_number(f, "Result.sdkappid")};
    fixture_operator(f, "admin.warning_hook_set", "{\"app\":%u,\"url\":\"http://a\"}", f->app.v);
    fixture_operator(f, "admin.warning_hook_set", "{\"app\":%u,\"url\":\"http://b\"}", other.v);
    waiting = warn_of_all(f, f->app);
    assert_true(waiting > OUTBOX_BATCH_OF_APP);
    warning_used(f->shard, other, 0, 80, 100);
    fixture_advance(f, 1);
    req = system_run(f, &outbox_take, NULL);
    batch = req->result;
    assert_int_equal(batch->count, OUTBOX_BATCH_OF_APP + 1);
    for (uint32_t i = 0; i < batch->count; i++)
        of_other += batch->items[i].app.v == other.v;
    assert_int_equal(of_other, 1);
    request_unref(req);
    /* Each is taken until it was told of, and once. */
    for (;;) {
        req = system_run(f, &outbox_take, NULL);
        batch = req->result;
        waits = batch->count != 0;
        if (waits)
            item = batch->items[batch->count - 1];
        request_unref(req);
        if (!waits)
            break;
        done(f, &item, true);
        told++;
    }
    assert_int_equal(told, waiting + 1);
    fixture_free(f);
}

TEST(what_does_not_fit_the_outbox_is_listed_only)
{
    struct shard_fixture *f = fixture_new(CACHE);

    fixture_operator(f, "admin.warning_hook_set", "{\"app\":%u,\"url\":\"http://a\"}", f->app.v);
    shard_counts(f->shard)->outbox_waiting = OUTBOX_MAX_WAITING;
    groups(f, 0, 400);
    assert_int_equal(warnings(f), 1);
    assert_int_equal(due(f, NULL), 0);
    fixture_free(f);
}

TEST(without_a_webhook_warnings_are_listed_only)
{
    struct shard_fixture *f = fixture_new(CACHE);

    groups(f, 0, 400);
    assert_int_equal(warnings(f), 1);
    assert_int_equal(due(f, NULL), 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_limit_is_warned_of_at_eighty_and_at_a_hundred_percent_once_a_day),
                     T(calls_that_come_too_fast_are_warned_of),
                     T(a_price_that_passes_the_amount_is_said_once_a_month),
                     T(settings_are_checked_and_the_secret_is_shown_once),
                     T(what_is_posted_waits_in_the_outbox_until_it_is_taken),
                     T(a_target_that_never_answers_is_given_up_after_days),
                     T(an_app_with_many_warnings_leaves_room_for_another),
                     T(what_does_not_fit_the_outbox_is_listed_only),
                     T(without_a_webhook_warnings_are_listed_only));
}
