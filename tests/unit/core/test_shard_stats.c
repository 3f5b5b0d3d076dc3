/* What a shard counts for those who watch it, and what it costs it to tell. */
#include "core/shard_stats.h"

#include "support/test.h"

#include "core/warning/outbox.h"
#include "support/group_fixture.h"

#define CACHE (8u << 20)
#define DAY 86400u

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

/* With the fixture's app and, before and behind it, apps that do not exist. */
static struct shard_stats look(struct shard_fixture *f, struct app_stats *ret_app)
{
    static const struct operation operation = {.run = shard_stats_show};
    struct shard_stats_req body = {.apps = {{7}, f->app, {UINT32_MAX}}, .app_count = 3};
    struct request *req = system_run(f, &operation, &body);
    struct shard_stats stats = *(const struct shard_stats *)req->result;

    assert_int_equal(stats.app_count, 1);
    if (ret_app)
        *ret_app = stats.apps[0];
    request_unref(req);
    stats.apps = NULL;
    return stats;
}

TEST(what_was_done_is_counted_once_and_what_was_refused_apart)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct shard_stats before, after;
    struct app_stats app;
    int alice, bob;

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    group_make(f, "Public", "g", "alice", "{\"Member_Account\":\"bob\"}");
    fixture_forget(f);
    before = look(f, NULL);
    for (int i = 0; i < 5; i++)
        fixture_send(f, alice, "bob", "hello");
    fixture_send(f, bob, "alice", "hello");
    group_say(f, "g", "alice", "all");
    fixture_admin(f, "openim.sendmsg", "{}");
    assert_int_not_equal(f->err, IM_OK);
    fixture_user(f, bob, "group_open_http_svc.get_group_info", "{\"GroupIdList\":[\"g\"]}");
    after = look(f, &app);

    assert_int_equal(after.counts.c2c_messages - before.counts.c2c_messages, 6);
    assert_int_equal(after.counts.group_messages - before.counts.group_messages, 1);
    assert_int_equal(after.counts.requests[CALLER_USER] - before.counts.requests[CALLER_USER], 7);
    assert_int_equal(after.counts.refused[CALLER_USER], before.counts.refused[CALLER_USER]);
    assert_int_equal(after.counts.logins, 2);
    assert_int_equal(after.counts.registered, 3); /* the administrator is one */
    assert_int_equal(after.counts.accounts, 3);
    assert_int_equal(after.counts.apps, 1);
    assert_int_equal(after.sessions, 2);
    assert_int_equal(after.accounts_online, 2);
    assert_int_equal(after.counts.pushes - before.counts.pushes,
                     fixture_pushed(f, alice, "") + fixture_pushed(f, bob, ""));
    assert_int_equal(app.c2c_messages, 6);
    assert_int_equal(app.group_messages, 1);
    assert_int_equal(app.logins, 2);
    assert_int_equal(app.login_users, 2);
    assert_int_equal(app.online, 2);
    assert_int_equal(app.online_peak, 2);
    assert_int_equal(app.accounts, 3);
    assert_int_equal(app.calls, after.counts.calls);
    fixture_advance(f, DAY);
    after = look(f, &app);
    assert_int_equal(app.c2c_messages, 0);
    assert_int_equal(app.logins, 0);
    assert_int_equal(app.online, 2);
    fixture_free(f);
}

TEST(a_start_counts_from_zero_and_knows_what_there_is)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct shard_stats stats;
    struct app_stats app;
    uint64_t records;

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    fixture_send(f, fixture_login(f, "alice", PLATFORM_WEB), "bob", "hello");
    fixture_operator(f, "admin.app_create", "{\"name\":\"another\"}");
    records = look(f, NULL).records;
    for (int round = 0; round < 2; round++) {
        fixture_restart(f); /* all of it is replayed, then none */
        stats = look(f, &app);
        assert_int_equal(stats.counts.apps, 2);
        assert_int_equal(stats.counts.accounts, 4);
        assert_int_equal(stats.counts.registered, 0);
        assert_int_equal(stats.counts.c2c_messages, 0);
        assert_int_equal(stats.counts.logins, 0);
        assert_int_equal(stats.counts.calls, 0);
        assert_int_equal(stats.sessions, 0);
        assert_int_equal(app.c2c_messages, 1);
        assert_true(stats.records > records);
        fixture_checkpoint(f);
    }
    fixture_free(f);
}

TEST(a_look_writes_nothing_and_waits_for_rows_as_others_do)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct shard_stats before, after;
    uint64_t digest;

    fixture_account(f, "alice");
    fixture_checkpoint(f);
    fixture_restart(f);
    before = look(f, NULL);
    assert_true(before.counts.parked > 0);
    assert_int_equal(before.counts.parked_now, 0);
    digest = fixture_digest(f);
    after = look(f, NULL);
    assert_int_equal(after.records, before.records);
    assert_int_equal(after.counts.parked, before.counts.parked);
    assert_int_equal(after.counts.facts, before.counts.facts);
    assert_int_equal(fixture_digest(f), digest);
    fixture_free(f);
}

TEST(a_checkpoint_has_an_age_while_something_is_newer)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct shard_stats stats;

    fixture_checkpoint(f);
    stats = look(f, NULL);
    assert_int_equal(stats.checkpoint_records, 0);
    fixture_advance(f, 30);
    assert_int_equal(look(f, NULL).checkpoint_age_us, 0);
    fixture_account(f, "alice");
    fixture_advance(f, 5);
    stats = look(f, NULL);
    assert_int_equal(stats.checkpoint_records, 1);
    assert_int_equal(stats.checkpoint_age_us, 35u * 1000000);
    assert_true(stats.state.dirty_bytes > 0);
    fixture_checkpoint(f);
    stats = look(f, NULL);
    assert_int_equal(stats.checkpoint_records, 0);
    assert_int_equal(stats.checkpoint_age_us, 0);
    assert_int_equal(stats.state.dirty_bytes, 0);
    fixture_free(f);
}

static uint32_t due(struct shard_fixture *f, struct outbox_item *ret_first)
{
    struct request *req = system_run(f, &outbox_take, NULL);
    const struct outbox_batch *batch = req->result;
    uint32_t count = batch->count;

    *ret_first = batch->items[0];
    request_unref(req);
    return count;
}

static void tried(struct shard_fixture *f, const struct outbox_item *item, bool taken)
{
    struct outbox_done_req body = {item->app, item->month, item->number, taken};

    request_unref(system_run(f, &outbox_done, &body));
}

static void assert_outbox(struct shard_fixture *f, uint64_t waiting, uint64_t taken,
                          uint64_t failed)
{
    struct shard_counts counts = look(f, NULL).counts;

    assert_int_equal(counts.outbox_waiting, waiting);
    assert_int_equal(counts.outbox_taken, taken);
    assert_int_equal(counts.outbox_failed, failed);
    assert_int_equal(counts.outbox_given_up, 0);
}

TEST(what_waits_in_the_outbox_is_known_over_restarts)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct outbox_item item;

    fixture_operator(f, "admin.warning_hook_set",
                     "{\"app\":%u,\"url\":\"http://127.0.0.1:9/w\",\"amount_fen\":1}", f->app.v);
    fixture_limit(f, "call_rate", 1000);
    fixture_advance(f, 1);
    assert_outbox(f, 1, 0, 0);
    fixture_restart(f);
    assert_outbox(f, 1, 0, 0);
    fixture_checkpoint(f);
    fixture_restart(f);
    assert_outbox(f, 1, 0, 0);
    assert_int_equal(due(f, &item), 1);
    tried(f, &item, false);
    assert_outbox(f, 1, 0, 1);
    fixture_advance(f, 10);
    assert_int_equal(due(f, &item), 1);
    tried(f, &item, true);
    assert_outbox(f, 0, 1, 1);
    tried(f, &item, true); /* said twice */
    assert_outbox(f, 0, 1, 1);
    fixture_free(f);
}

TEST(a_month_that_is_closed_and_a_clock_that_jumped_are_seen)
{
    struct shard_fixture *f = fixture_new(CACHE);
    struct shard_stats stats;

    fixture_operator(f, "admin.app_create", "{\"name\":\"another\"}");
    stats = look(f, NULL);
    assert_int_equal(stats.counts.bills, 0);
    assert_int_equal(stats.closed_us, 0);
    for (int day = 0; day < 31; day++)
        fixture_advance(f, DAY);
    for (int turn = 0; turn < 8; turn++)
        fixture_advance(f, 11);
    stats = look(f, NULL);
    assert_int_equal(stats.counts.bills, 2);
    assert_int_equal(stats.bills_left, 0);
    assert_true(stats.closed_us > 0);
    assert_int_equal(stats.close_held, 0);

    f->jump_us = 3600u * UINT64_C(1000000);
    fixture_restart(f);
    fixture_advance(f, 3 * DAY);
    assert_int_equal(look(f, NULL).close_held, 1);
    fixture_operator(f, "admin.close_accept", "{\"reason\":\"it is right\"}");
    assert_int_equal(look(f, NULL).close_held, 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(what_was_done_is_counted_once_and_what_was_refused_apart),
                     T(a_start_counts_from_zero_and_knows_what_there_is),
                     T(a_look_writes_nothing_and_waits_for_rows_as_others_do),
                     T(a_checkpoint_has_an_age_while_something_is_newer),
                     T(what_waits_in_the_outbox_is_known_over_restarts),
                     T(a_month_that_is_closed_and_a_clock_that_jumped_are_seen));
}
