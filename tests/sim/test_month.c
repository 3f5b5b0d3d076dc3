/*
 * A month through commands alone, on a clock that the test moves: what accounts do, limits set on
 * given days, then the bill, line by line. No usage is written by hand.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/app/app.h"
#include "core/billing/bill.h"
#include "core/session/login.h"
#include "core/usage/calendar.h"
#include "core/usage/report.h"
#include "support/sim_run.h"
#include "support/sim_world.h"
#include "wire/a2.h"

#define PEAK_ACCOUNTS 200000
#define LOGINS_A_TURN 500

static const struct operation login_operation = {.run = session_login};
static const struct operation hello_operation = {.run = session_hello};

struct month_test {
    struct sim_world *world;
    struct app_id app;
};

/* What a client keeps of its login. */
struct terminal_a2 {
    uint64_t session;
    struct a2_claims a2;
};

/* ---- commands ---- */

static struct request *new_request(struct month_test *t, enum caller_kind caller, const char *name)
{
    struct request *req = request_new();

    req->from = (struct address){.slot = 1, .generation = 1};
    req->caller = caller;
    req->app = t->app;
    req->identifier = arena_copy(&req->arena, span_of(name));
    request_ref(req); /* the caller's own */
    return req;
}

static void settle(struct month_test *t)
{
    assert_true(sim_world_settle(t->world));
}

/* An answered operator command, to be unreferenced; it must not be refused. */
static struct request *operate(struct month_test *t, const char *command, const char *json)
{
    struct request *req = new_request(t, CALLER_OPERATOR, "");

    req->app = (struct app_id){0};
    sim_world_run(t->world, req, command, span_of(json));
    settle(t);
    assert_int_equal(req->err, IM_OK);
    return req;
}

static void set_limit(struct month_test *t, const char *limit, unsigned value)
{
    char json[160];

    snprintf(json, sizeof(json),
             "{\"app\":%u,\"limit\":\"%s\",\"value\":%u,\"reason\":\"as agreed\"}", t->app.v, limit,
             value);
    request_unref(operate(t, "admin.limit_set", json));
}

static struct request *post_login(struct month_test *t, const char *name, enum platform platform)
{
    struct request *req = new_request(t, CALLER_NOBODY, name);
    struct login_req *login = ARENA_NEW(&req->arena, struct login_req);

    login->platform = (uint8_t)platform;
    login->sig_time_s = t->world->now_us / 1000000;
    req->operation = &login_operation;
    req->body = login;
    sim_world_start(t->world, req);
    return req;
}

static struct terminal_a2 log_in(struct month_test *t, const char *name, enum platform platform)
{
    struct request *req = post_login(t, name, platform);
    struct terminal_a2 terminal;
    struct a2_token token;

    settle(t);
    assert_int_equal(req->err, IM_OK);
    assert_true(a2_verify(shard_server_key(t->world->shard),
                          ((const struct login_result *)req->result)->a2, &token));
    terminal.session = req->bound_session_id;
    terminal.a2 =
        (struct a2_claims){{token.app}, {token.account}, token.instance, token.generation};
    request_unref(req);
    return terminal;
}

static void as_user(struct month_test *t, const struct terminal_a2 *terminal, bool on_its_socket,
                    const struct operation *operation)
{
    struct request *req = new_request(t, CALLER_USER, "");

    req->has_a2 = true;
    req->a2 = terminal->a2;
    req->session_id = on_its_socket ? terminal->session : 0;
    req->operation = operation;
    req->body = ARENA_NEW(&req->arena, struct login_req);
    sim_world_start(t->world, req);
    settle(t);
    assert_int_equal(req->err, IM_OK);
    request_unref(req);
}

/* Its socket is gone, the login stays. */
static void hang_up(struct month_test *t, const struct terminal_a2 *terminal)
{
    struct request *req = new_request(t, CALLER_SYSTEM, "");

    req->session_id = terminal->session;
    req->operation = &session_closed;
    sim_world_start(t->world, req);
    settle(t);
    request_unref(req);
}

/* Accounts first to last log in, each from its phone; those that have no answer are `unanswered`
   when the server dies at the end of it. */
static void log_in_many(struct month_test *t, unsigned first, unsigned last, bool dies)
{
    for (unsigned i = first; i <= last; i++) {
        char name[16];

        snprintf(name, sizeof(name), "user%u", i);
        request_unref(post_login(t, name, PLATFORM_ANDROID));
        if (i % LOGINS_A_TURN == 0)
            settle(t);
    }
    if (!dies)
        settle(t);
}

static void at(struct month_test *t, const char *date, unsigned hour, unsigned minute,
               unsigned second)
{
    uint64_t now_us = sim_world_time(t->world, date, hour * 3600 + minute * 60 + second);

    assert_true(now_us >= t->world->now_us);
    t->world->now_us = now_us;
    /* The server's turns begin without commands, too. */
    shard_begin(t->world->shard, now_us);
    settle(t);
}

static void die_and_start(struct month_test *t, bool power_lost)
{
    sim_world_crash(t->world, power_lost);
    assert_int_equal(sim_world_open(t->world), IM_OK);
}

/* ---- looking ---- */

static void check_bill(struct month_test *t, const char *month,
                       const int64_t expected[BILL_LINE_COUNT])
{
    char json[80];
    struct request *req;
    const struct bill_view *bill;
    int64_t total = 0;

    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"%s\"}", t->app.v, month);
    req = operate(t, "admin.bill", json);
    bill = req->result;
    assert_int_equal(bill->bill.status, BILL_OK);
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        if (bill->bill.lines[i].amount_fen != expected[i])
            fail_msg("%s: %s is %lld fen, not %lld", month, bill_item_name((enum bill_item)i),
                     (long long)bill->bill.lines[i].amount_fen, (long long)expected[i]);
        total += expected[i];
    }
    assert_int_equal(bill->bill.total_fen, total);
    request_unref(req);
}

static struct day_row usage_of(struct month_test *t, const char *month, uint32_t day_of_month)
{
    char json[80];
    struct request *req;
    const struct usage_month *usage;
    struct day_row row;

    snprintf(json, sizeof(json), "{\"app\":%u,\"month\":\"%s\"}", t->app.v, month);
    req = operate(t, "admin.usage", json);
    usage = req->result;
    assert_true(day_of_month <= usage->day_count);
    row = usage->days[day_of_month - 1].row;
    request_unref(req);
    return row;
}

/* ---- the month ---- */

static void open_world(struct month_test *t)
{
    struct request *req;

    t->world = sim_world_new(2018, "2026-11-02", 10);
    t->world->patient = true;
    t->world->segment_bytes = 8 << 20;
    t->world->cache_bytes = 256 << 20;
    assert_int_equal(sim_world_open(t->world), IM_OK);
    req = operate(t, "admin.app_create", "{\"name\":\"A month\"}");
    t->app = ((const struct app_info *)req->result)->app;
    request_unref(req);
}

/* Up to the peak day. The limits of the agreed month, each on a day of its own. */
static void first_half(struct month_test *t)
{
    struct terminal_a2 phone, page;

    at(t, "2026-11-03", 9, 0, 0);
    set_limit(t, "roaming", 12);
    at(t, "2026-11-04", 9, 0, 0);
    set_limit(t, "call_rate", 1000);
    set_limit(t, "groups_per_day", 10000);
    at(t, "2026-11-05", 12, 0, 0);
    log_in_many(t, 1, 1000, false);
    log_in_many(t, 1, 500, false); /* once more on the same day */
    at(t, "2026-11-06", 9, 0, 0);
    set_limit(t, "groups_total", 1000000);
    set_limit(t, "multi_terminal", 1);
    at(t, "2026-11-07", 9, 0, 0);
    set_limit(t, "recents", 500);
    /* Two terminals of one account at once. */
    page = log_in(t, "user7", PLATFORM_WEB);
    phone = log_in(t, "user7", PLATFORM_IPHONE);
    /* Else December would have two terminals, too. */
    hang_up(t, &page);
    hang_up(t, &phone);
    at(t, "2026-11-16", 20, 0, 0);
    log_in_many(t, 1001, 4000, false);
}

/* 200,000 accounts on the 17th, the first and the last of them at its edges; whoever logs in a
   second before or after belongs to another day. */
static void peak_day(struct month_test *t, bool crashes)
{
    unsigned middle = crashes ? 120250 : 120000;

    at(t, "2026-11-16", 23, 59, 59);
    log_in(t, "of the 16th", PLATFORM_WEB);
    at(t, "2026-11-17", 0, 0, 1);
    log_in_many(t, 1, 60000, false);
    at(t, "2026-11-17", 11, 0, 0);
    log_in_many(t, 60001, middle, crashes);
    if (crashes) {
        die_and_start(t, true);
        log_in_many(t, 120001, middle, false); /* whoever had no answer tries again */
    }
    log_in_many(t, middle + 1, PEAK_ACCOUNTS - 1, false);
    if (crashes) {
        assert_true(sim_world_checkpoint(t->world));
        die_and_start(t, false);
    }
    log_in_many(t, 1, 300, false);
    at(t, "2026-11-17", 23, 59, 59);
    log_in(t, "of the 17th", PLATFORM_WEB);
    at(t, "2026-11-18", 0, 0, 1);
    log_in(t, "of the 18th", PLATFORM_WEB);
}

/* On the 21st a session that lives on over midnight and an a2 that comes back are no logins of
   the 22nd and 23rd. */
static void second_half(struct month_test *t, bool crashes)
{
    struct terminal_a2 terminal;

    at(t, "2026-11-20", 9, 0, 0);
    set_limit(t, "call_rate", 0);
    at(t, "2026-11-21", 23, 0, 0);
    terminal = log_in(t, "night owl", PLATFORM_WEB);
    at(t, "2026-11-22", 1, 0, 0);
    as_user(t, &terminal, true, &hello_operation);
    if (crashes)
        die_and_start(t, true);
    at(t, "2026-11-23", 1, 0, 0);
    as_user(t, &terminal, false, &login_operation);
    as_user(t, &terminal, false, &hello_operation);
}

static void check_days(struct month_test *t)
{
    assert_int_equal(usage_of(t, "2026-11", 4).login_users, 0);
    assert_int_equal(usage_of(t, "2026-11", 5).login_users, 1000);
    assert_int_equal(usage_of(t, "2026-11", 5).logins, 1500);
    assert_int_equal(usage_of(t, "2026-11", 7).login_users, 1);
    assert_int_equal(usage_of(t, "2026-11", 16).login_users, 3001);
    assert_int_equal(usage_of(t, "2026-11", 17).login_users, PEAK_ACCOUNTS);
    assert_true(usage_of(t, "2026-11", 17).logins >= PEAK_ACCOUNTS + 300);
    assert_int_equal(usage_of(t, "2026-11", 18).login_users, 1);
    assert_int_equal(usage_of(t, "2026-11", 21).login_users, 1);
    assert_int_equal(usage_of(t, "2026-11", 22).login_users, 0);
    assert_int_equal(usage_of(t, "2026-11", 22).active_users, 1);
    assert_int_equal(usage_of(t, "2026-11", 23).login_users, 0);
    assert_int_equal(usage_of(t, "2026-11", 23).logins, 0);
    assert_int_equal(usage_of(t, "2026-11", 23).active_users, 1);
}

static void check_bills(struct month_test *t)
{
    /* The plan of cloud-2018 for 200,000 DAU and these limits. */
    static const int64_t november[BILL_LINE_COUNT] = {
        [BILL_DAU] = 2000000,           [BILL_ROAMING] = 800000,
        [BILL_MULTI_TERMINAL] = 200000, [BILL_PUSH] = 0,
        [BILL_CALL_RATE] = 600000,      [BILL_GROUPS_PER_DAY] = 1200000,
        [BILL_GROUPS_TOTAL] = 600000,   [BILL_RECENTS] = 600000};
    /* Nobody there; the limits go on, roaming for the least DAU that it is sold for. */
    static const int64_t december[BILL_LINE_COUNT] = {[BILL_ROAMING] = 400000,
                                                      [BILL_GROUPS_PER_DAY] = 1200000,
                                                      [BILL_GROUPS_TOTAL] = 600000,
                                                      [BILL_RECENTS] = 600000};
    static const int64_t nothing[BILL_LINE_COUNT] = {0};

    at(t, "2026-11-30", 23, 59, 59);
    check_bill(t, "2026-11", november);
    at(t, "2026-12-05", 9, 0, 0);
    check_bill(t, "2026-11", november);
    set_limit(t, "roaming", 0);
    set_limit(t, "groups_per_day", 0);
    set_limit(t, "groups_total", 0);
    set_limit(t, "recents", 0);
    check_bill(t, "2026-12", december);
    at(t, "2027-03-01", 9, 0, 0);
    die_and_start(t, true);
    check_bill(t, "2026-11", november);
    check_bill(t, "2026-12", december);
    check_bill(t, "2027-01", nothing);
    check_bill(t, "2027-02", nothing);
    check_bill(t, "2027-03", nothing);
}

static void the_month(bool crashes)
{
    struct month_test t = {0};

    open_world(&t);
    first_half(&t);
    peak_day(&t, crashes);
    second_half(&t, crashes);
    check_days(&t);
    check_bills(&t);
    sim_world_free(t.world);
}

TEST(the_bill_of_a_month_of_commands_is_the_plan_line_by_line)
{
    the_month(false);
}

TEST(crashes_in_the_middle_of_the_month_change_nothing)
{
    the_month(true);
}

int main(void)
{
    sim_run_begin();
    return RUN_TESTS(T(the_bill_of_a_month_of_commands_is_the_plan_line_by_line),
                     T(crashes_in_the_middle_of_the_month_change_nothing));
}
