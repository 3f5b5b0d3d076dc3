/* What apps may do: where it comes from, how it changes, and that N means N. */
#include "support/test.h"

#include <stdio.h>

#include "core/quota/entitlement.h"
#include "core/quota/limit.h"
#include "core/usage/calendar.h"
#include "core/usage/usage.h"
#include "support/app_shard.h"
#include "support/group_fixture.h"

#define GROUPS "group_open_http_svc."
#define MONTH_S (31 * 86400u)

/* ---- handlers of the tests' own ---- */

/* A grant as tickets and contracts make it. */
struct granting {
    struct grant grant;
    uint64_t before, granted;
};

static enum im_err grant_run(struct shard *shard, struct request *req)
{
    struct granting *granting = *(struct granting **)req->body;
    enum im_err err =
        grant_check(shard, req, &granting->grant, &granting->before, &granting->granted);

    if (!err)
        grant_emit(shard, &granting->grant, granting->before, granting->granted);
    return err;
}

/* The fact that the first version wrote. */
static enum im_err old_fact_run(struct shard *shard, struct request *req)
{
    struct granting *granting = *(struct granting **)req->body;
    struct span reason = granting->grant.reason;
    struct fact_limit_set *fact;

    usage_need_limits(shard, granting->grant.app);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_LIMIT_SET, sizeof(*fact) + reason.n);
    fact->app = granting->grant.app.v;
    fact->limit = granting->grant.entitlement;
    fact->source = LIMIT_FROM_OPERATOR;
    fact->reason_bytes = (uint16_t)reason.n;
    fact->before = granting->before;
    fact->value = granting->granted;
    memcpy(fact + 1, reason.p, reason.n);
    return IM_OK;
}

struct reading {
    struct app_id app;
    uint32_t month;
    uint8_t limit;
    struct entitlement_value value;
    struct entitlement_change peak;
    char reason[64];
    bool found;
};

static enum im_err peak_run(struct shard *shard, struct request *req)
{
    struct reading *reading = *(struct reading **)req->body;
    enum im_err err = entitlement_peak(shard, req, reading->app, reading->month, reading->limit,
                                       &reading->peak, &reading->found);

    if (!err && reading->found)
        snprintf(reading->reason, sizeof(reading->reason), "%.*s", SPAN_FMT(reading->peak.reason));
    return err;
}

static enum im_err value_run(struct shard *shard, struct request *req)
{
    struct reading *reading = *(struct reading **)req->body;

    switch (entitlement_get(shard, reading->app, reading->limit, &reading->value)) {
    case STATE_HIT:
        return IM_OK;
    case STATE_ABSENT:
        return IM_ERR_APP_NOT_FOUND;
    case STATE_UNKNOWN:
        break;
    }
    return IM_AGAIN;
}

static void run(struct shard_fixture *f, enum im_err (*handler)(struct shard *, struct request *),
                void *argument)
{
    struct operation operation = {.run = handler};
    struct request *req = request_new();

    req->operation = &operation;
    req->caller = CALLER_SYSTEM;
    req->from.gateway = UINT16_MAX;
    req->body = &argument;
    shard_begin(f->shard, f->now_us);
    shard_run(f->shard, req);
    fixture_drain(f);
}

/* ---- what the tests say ---- */

static uint64_t grant(struct shard_fixture *f, uint8_t entitlement, enum limit_source source,
                      uint32_t document, uint64_t wanted)
{
    struct granting granting = {.grant = {.app = f->app,
                                          .entitlement = entitlement,
                                          .source = (uint8_t)source,
                                          .document = document,
                                          .wanted = wanted,
                                          .by = SPAN_LIT("token 7"),
                                          .reason = SPAN_LIT("asked for")},
                                .granted = 424242};

    run(f, grant_run, &granting);
    return granting.granted;
}

static struct entitlement_value value_of(struct shard_fixture *f, uint8_t entitlement)
{
    struct reading reading = {.app = f->app, .limit = entitlement};

    run(f, value_run, &reading);
    return reading.value;
}

static struct reading peak_of(struct shard_fixture *f, uint32_t month, uint8_t limit)
{
    struct reading reading = {.app = f->app, .month = month, .limit = limit};

    run(f, peak_run, &reading);
    return reading;
}

static uint32_t this_month(const struct shard_fixture *f)
{
    return zone_month(f->zone, f->now_us);
}

/* By the operator; value "null": none. */
static void set(struct shard_fixture *f, const char *limit, const char *value)
{
    fixture_operator(f, "admin.limit_set",
                     "{\"app\":%u,\"limit\":\"%s\",\"value\":%s,\"reason\":\"test\"}", f->app.v,
                     limit, value);
}

static void reset(struct shard_fixture *f, const char *limit)
{
    fixture_operator(f, "admin.limit_reset", "{\"app\":%u,\"limit\":\"%s\",\"reason\":\"back\"}",
                     f->app.v, limit);
}

static void same_after_restart(struct shard_fixture *f)
{
    uint64_t before = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), before);
}

static enum im_err create(struct shard_fixture *f, const char *type, const char *id,
                          const char *members)
{
    fixture_admin(f, GROUPS "create_group",
                  "{\"Type\":\"%s\",\"GroupId\":\"%s\",\"Name\":\"x\"%s%s%s}", type, id,
                  *members ? ",\"MemberList\":[" : "", members, *members ? "]" : "");
    return f->err;
}

static enum im_err add(struct shard_fixture *f, const char *id, const char *name)
{
    fixture_admin(f, GROUPS "add_group_member",
                  "{\"GroupId\":\"%s\",\"MemberList\":[{\"Member_Account\":\"%s\"}]}", id, name);
    return f->err;
}

#define MEMBER(name) "{\"Member_Account\":\"" name "\"}"

static struct shard_fixture *with_accounts(const struct plan_edit *edits)
{
    static const char *const names[] = {"anna", "ben", "carl", "dora", "emil"};
    struct shard_fixture *f = edits ? fixture_new_plan(1 << 20, edits) : fixture_new(1 << 20);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fixture_account(f, names[i]);
    fixture_advance(f, 1);
    return f;
}

/* ---- values ---- */

TEST(everything_that_can_be_granted_has_a_name_of_its_own)
{
    unsigned count = 0;

    for (unsigned i = 0; i <= ENTITLEMENT_END; i++) {
        uint8_t found;

        if (!entitlement_name(i))
            continue;
        assert_true(entitlement_find_name(span_of(entitlement_name(i)), &found));
        assert_int_equal(found, i);
        count++;
    }
    assert_int_equal(count, LIMIT_COUNT + 11 + 4);
}

TEST(without_a_grant_the_plan_decides)
{
    struct shard_fixture *f = fixture_new(1 << 20);
    struct entitlement_value value = value_of(f, CAP_MEMBERS_OF_PUBLIC);

    assert_int_equal(value.value, 2000);
    assert_int_equal(value.source, LIMIT_FROM_PLAN);
    assert_int_equal(value.since_us, f->now_us);
    assert_int_equal(value_of(f, LIMIT_CALL_RATE).value, 100);
    assert_int_equal(value_of(f, SERVICE_ROOM_BANS).value, 1);
    assert_true(value_of(f, CAP_ACCOUNTS).value == PLAN_UNLIMITED);
    assert_int_equal(cap_of(f->shard, f->app, CAP_B_CHAT_ROOMS), 5);
    fixture_free(f);
}

TEST(a_grant_says_who_gave_it_since_when_and_by_what_document)
{
    struct shard_fixture *f = fixture_new(1 << 20);
    struct entitlement_value value;

    fixture_advance(f, 60);
    assert_int_equal(grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 12, 150), 200);
    assert_int_equal(grant(f, CAP_B_CHAT_ROOMS, LIMIT_FROM_CONTRACT, 3, 7), 7);
    same_after_restart(f);
    value = value_of(f, LIMIT_CALL_RATE);
    assert_int_equal(value.value, 200);
    assert_int_equal(value.source, LIMIT_FROM_TICKET);
    assert_int_equal(value.document, 12);
    assert_int_equal(value.since_us, f->now_us);
    value = value_of(f, CAP_B_CHAT_ROOMS);
    assert_int_equal(value.value, 7);
    assert_int_equal(value.source, LIMIT_FROM_CONTRACT);
    assert_int_equal(value.document, 3);
    fixture_advance(f, 60);
    reset(f, "b_chat_rooms");
    reset(f, "call_rate");
    value = value_of(f, CAP_B_CHAT_ROOMS);
    assert_int_equal(value.value, 5);
    assert_int_equal(value.source, LIMIT_FROM_PLAN);
    assert_int_equal(value.document, 0);
    assert_int_equal(value.since_us, f->now_us);
    assert_int_equal(value_of(f, LIMIT_CALL_RATE).value, 100);
    assert_int_equal(value_of(f, LIMIT_CALL_RATE).source, LIMIT_FROM_PLAN);
    same_after_restart(f);
    fixture_checkpoint(f);
    same_after_restart(f);
    fixture_free(f);
}

TEST(what_cannot_be_granted_is_refused_with_a_sentence)
{
    static const struct {
        const char *limit, *value, *sentence;
    } refused[] = {
        {"members_of_public", "10001", "members_of_public takes a whole number from 0 to 10000"},
        {"room_bans", "2", "room_bans takes a whole number from 0 to 1"},
        {"room_bans", "null", "room_bans takes a whole number from 0 to 1"},
        {"call_rate", "null", "call_rate takes a whole number from 0 to 10000000"},
        {"call_rate", "\"9\"", "call_rate needs a value"},
        {"call_rate", "-1", "call_rate needs a value"},
        {"caps", "1", "there is no such limit"},
    };
    struct shard_fixture *f = fixture_new(1 << 20);

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        fixture_operator_try(f, "admin.limit_set",
                             "{\"app\":%u,\"limit\":\"%s\",\"value\":%s,\"reason\":\"x\"}",
                             f->app.v, refused[i].limit, refused[i].value);
        assert_int_equal(f->err, IM_ERR_INVALID);
        if (!strstr(f->text, refused[i].sentence))
            fail_msg("%s", f->text);
    }
    fixture_operator_try(f, "admin.limit_reset", "{\"app\":%u,\"limit\":\"groups\"}", f->app.v);
    assert_non_null(strstr(f->text, "needs a reason"));
    set(f, "accounts", "5");
    set(f, "accounts", "null");
    assert_true(value_of(f, CAP_ACCOUNTS).value == PLAN_UNLIMITED);
    fixture_free(f);
}

TEST(all_of_them_are_listed_with_what_the_plan_includes)
{
    struct shard_fixture *f = fixture_new(1 << 20);

    grant(f, CAP_ACCOUNTS, LIMIT_FROM_CONTRACT, 4, 1000);
    grant(f, LIMIT_RECENTS, LIMIT_FROM_TICKET, 2, 51);
    fixture_operator(f, "admin.limit_list", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.limits"), LIMIT_COUNT + 11 + 4);
    assert_non_null(strstr(f->text, "{\"limit\":\"accounts\",\"value\":1000,\"included\":null,"
                                    "\"source\":\"contract\",\"document\":4,"));
    assert_non_null(strstr(f->text, "{\"limit\":\"recents\",\"value\":100,\"included\":50,"
                                    "\"source\":\"ticket\",\"document\":2,"));
    assert_non_null(strstr(f->text, "\"step\":50,\"step_price_fen\":60000,\"minimum_fen\":200000"));
    assert_non_null(strstr(f->text, "{\"limit\":\"room_bans\",\"value\":1,\"included\":1,"));
    fixture_free(f);
}

/* ---- history ---- */

TEST(every_change_is_kept_in_its_month)
{
    struct shard_fixture *f = fixture_new(1 << 20);

    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 1, 200);
    set(f, "members_of_public", "3");
    fixture_advance(f, MONTH_S);
    reset(f, "members_of_public");
    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_CONTRACT, 2, 1000);
    same_after_restart(f);
    fixture_operator(f, "admin.limit_history", "{\"app\":%u}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 4);
    assert_string_equal(fixture_text(f, "Result.items.0.limit"), "call_rate");
    assert_int_equal(fixture_number(f, "Result.items.0.before"), 200);
    assert_int_equal(fixture_number(f, "Result.items.0.value"), 1000);
    assert_string_equal(fixture_text(f, "Result.items.0.source"), "contract");
    assert_int_equal(fixture_number(f, "Result.items.0.document"), 2);
    assert_string_equal(fixture_text(f, "Result.items.0.by"), "token 7");
    assert_string_equal(fixture_text(f, "Result.items.0.reason"), "asked for");
    assert_string_equal(fixture_text(f, "Result.items.1.source"), "plan");
    assert_int_equal(fixture_number(f, "Result.items.1.before"), 3);
    assert_int_equal(fixture_number(f, "Result.items.1.value"), 2000);
    assert_string_equal(fixture_text(f, "Result.items.2.by"), "operator");
    assert_non_null(strstr(f->text, "\"next\":null"));

    fixture_operator(f, "admin.limit_history", "{\"app\":%u,\"limit\":1}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 2);
    assert_string_equal(fixture_text(f, "Result.next"), "2020-09");
    fixture_operator(f, "admin.limit_history", "{\"app\":%u,\"cursor\":\"2020-09\"}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 2);
    assert_string_equal(fixture_text(f, "Result.items.1.limit"), "call_rate");
    assert_non_null(strstr(f->text, "\"next\":null"));
    fixture_operator(f, "admin.limit_history",
                     "{\"app\":%u,\"month\":\"2020-10\",\"name\":\"call_rate\"}", f->app.v);
    assert_int_equal(fixture_count(f, "Result.items"), 1);
    assert_non_null(strstr(f->text, "\"next\":null"));
    fixture_free(f);
}

TEST(the_peak_of_a_month_is_the_change_that_began_it)
{
    struct shard_fixture *f = fixture_new(1 << 20);
    uint32_t month = this_month(f);

    assert_false(peak_of(f, month, LIMIT_CALL_RATE).found);
    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 1, 300);
    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 2, 500);
    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 3, 200);
    assert_int_equal(peak_of(f, month, LIMIT_CALL_RATE).peak.document, 2);
    assert_false(peak_of(f, month, LIMIT_RECENTS).found);
    fixture_advance(f, MONTH_S);
    /* It began with 200. */
    assert_int_equal(peak_of(f, month + 1, LIMIT_CALL_RATE).peak.document, 3);
    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 4, 100);
    assert_int_equal(peak_of(f, month + 1, LIMIT_CALL_RATE).peak.document, 3);
    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 5, 200);
    assert_int_equal(peak_of(f, month + 1, LIMIT_CALL_RATE).peak.document, 3);
    grant(f, LIMIT_CALL_RATE, LIMIT_FROM_TICKET, 6, 900);
    assert_int_equal(peak_of(f, month + 1, LIMIT_CALL_RATE).peak.document, 6);
    fixture_advance(f, 2 * MONTH_S);
    assert_int_equal(peak_of(f, month + 3, LIMIT_CALL_RATE).peak.document, 6);
    /* Months of before are told as ever, from a cold cache too. */
    fixture_checkpoint(f);
    fixture_restart(f);
    assert_int_equal(peak_of(f, month, LIMIT_CALL_RATE).peak.document, 2);
    assert_int_equal(peak_of(f, month + 1, LIMIT_CALL_RATE).peak.document, 6);
    assert_int_equal(peak_of(f, month + 2, LIMIT_CALL_RATE).peak.document, 6);
    assert_int_not_equal(peak_of(f, month, LIMIT_CALL_RATE).peak.record, 0);
    fixture_free(f);
}

TEST(the_facts_of_the_first_version_still_hold)
{
    struct shard_fixture *f = fixture_new(1 << 20);
    struct granting old = {
        .grant = {.app = f->app, .entitlement = LIMIT_ROAMING, .reason = SPAN_LIT("of old")},
        .before = 0,
        .granted = 12};
    struct reading peak;

    run(f, old_fact_run, &old);
    same_after_restart(f);
    assert_int_equal(value_of(f, LIMIT_ROAMING).value, 12);
    assert_int_equal(value_of(f, LIMIT_ROAMING).source, LIMIT_FROM_OPERATOR);
    peak = peak_of(f, this_month(f), LIMIT_ROAMING);
    assert_true(peak.found);
    assert_int_equal(peak.peak.value, 12);
    assert_string_equal(peak.reason, "of old");
    fixture_free(f);
}

/* ---- N means N ---- */

TEST(a_group_of_each_type_has_as_many_members_as_were_granted)
{
    static const struct {
        const char *type, *cap;
    } types[] = {{"Private", "members_of_private"},
                 {"Public", "members_of_public"},
                 {"ChatRoom", "members_of_chat_room"}};
    struct shard_fixture *f = with_accounts(NULL);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *id = types[i].type;

        set(f, types[i].cap, "2");
        assert_int_equal(create(f, types[i].type, id, MEMBER("anna") "," MEMBER("ben")), IM_OK);
        assert_int_equal(add(f, id, "carl"), IM_ERR_GROUP_MEMBERS_PLAN);
        assert_int_equal(
            create(f, types[i].type, "more", MEMBER("anna") "," MEMBER("ben") "," MEMBER("carl")),
            IM_ERR_GROUP_MEMBERS_PLAN);
        fixture_admin(f, GROUPS "import_group_member",
                      "{\"GroupId\":\"%s\",\"MemberList\":[" MEMBER("carl") "]}", id);
        assert_int_equal(fixture_number(f, "MemberList.0.Result"), 0);
        fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[\"%s\"]}", id);
        assert_int_equal(fixture_number(f, "GroupInfo.0.MaxMemberNum"), 2);
        /* Raised: for the very next command. */
        set(f, types[i].cap, "3");
        assert_int_equal(add(f, id, "carl"), IM_OK);
        assert_int_equal(add(f, id, "dora"), IM_ERR_GROUP_MEMBERS_PLAN);
        /* Lowered: only what is new is refused. */
        set(f, types[i].cap, "1");
        fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[\"%s\"]}", id);
        assert_int_equal(fixture_number(f, "GroupInfo.0.MemberNum"), 3);
        assert_int_equal(add(f, id, "dora"), IM_ERR_GROUP_MEMBERS_PLAN);
        assert_int_equal(add(f, id, "carl"), IM_OK);
        fixture_restart(f);
        assert_int_equal(add(f, id, "dora"), IM_ERR_GROUP_MEMBERS_PLAN);
        reset(f, types[i].cap);
        assert_int_equal(add(f, id, "dora"), IM_OK);
        fixture_advance(f, 1);
    }
    fixture_free(f);
}

static enum im_err enter(struct shard_fixture *f, int terminal, const char *id)
{
    fixture_user(f, terminal, GROUPS "apply_join_group", "{\"GroupId\":\"%s\",\"WebPushFlag\":1}",
                 id);
    return f->err;
}

TEST(a_room_has_as_many_members_as_were_granted)
{
    struct shard_fixture *f = with_accounts(NULL);
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);

    assert_int_equal(create(f, "AVChatRoom", "live", ""), IM_OK);
    set(f, "members_of_av_chat_room", "0");
    assert_int_equal(enter(f, anna, "live"), IM_ERR_GROUP_MEMBERS_PLAN);
    set(f, "members_of_av_chat_room", "1");
    assert_int_equal(enter(f, anna, "live"), IM_OK);
    assert_int_equal(enter(f, ben, "live"), IM_ERR_GROUP_MEMBERS_PLAN);
    set(f, "members_of_av_chat_room", "null");
    assert_int_equal(enter(f, ben, "live"), IM_OK);
    fixture_free(f);
}

TEST(an_account_is_in_as_many_groups_as_were_granted)
{
    struct shard_fixture *f = with_accounts(NULL);

    set(f, "groups_per_account", "2");
    assert_int_equal(create(f, "Public", "g1", MEMBER("anna")), IM_OK);
    assert_int_equal(create(f, "Private", "g2", MEMBER("anna")), IM_OK);
    assert_int_equal(create(f, "Public", "g3", ""), IM_OK);
    add(f, "g3", "anna");
    assert_non_null(strstr(f->text, "\"OverJoinedGroupLimit_Account\":[\"anna\"]"));
    fixture_admin(f, GROUPS "import_group_member",
                  "{\"GroupId\":\"g3\",\"MemberList\":[" MEMBER("anna") "," MEMBER("ben") "]}");
    assert_int_equal(fixture_number(f, "MemberList.0.Result"), 0);
    assert_int_equal(fixture_number(f, "MemberList.1.Result"), 1);
    fixture_admin(f, GROUPS "create_group",
                  "{\"Type\":\"Public\",\"Name\":\"x\",\"Owner_Account\":\"anna\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_JOINED_MAX);
    set(f, "groups_per_account", "3");
    assert_int_equal(add(f, "g3", "anna"), IM_OK);
    fixture_free(f);
}

TEST(there_are_as_many_groups_and_rooms_as_were_granted)
{
    struct shard_fixture *f = with_accounts(NULL);

    set(f, "av_chat_rooms", "1");
    set(f, "b_chat_rooms", "1");
    set(f, "groups", "3");
    assert_int_equal(create(f, "AVChatRoom", "a1", ""), IM_OK);
    assert_int_equal(create(f, "AVChatRoom", "a2", ""), IM_ERR_GROUP_ROOMS);
    assert_int_equal(create(f, "BChatRoom", "b1", ""), IM_OK);
    assert_int_equal(create(f, "BChatRoom", "b2", ""), IM_ERR_GROUP_ROOMS);
    assert_int_equal(create(f, "Public", "p1", ""), IM_OK);
    assert_int_equal(create(f, "Public", "p2", ""), IM_ERR_GROUP_TRIAL);
    set(f, "groups", "4");
    assert_int_equal(create(f, "Public", "p2", ""), IM_OK);
    assert_int_equal(create(f, "Public", "p3", ""), IM_ERR_GROUP_TRIAL);
    fixture_restart(f);
    assert_int_equal(create(f, "Public", "p3", ""), IM_ERR_GROUP_TRIAL);
    fixture_free(f);
}

TEST(an_app_has_as_many_accounts_as_were_granted)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    char json[128];

    /* Its administrator is one of them. */
    snprintf(json, sizeof(json),
             "{\"app\":%u,\"limit\":\"accounts\",\"value\":3,\"reason\":\"test\"}", t->app.v);
    app_shard_operator(t, "admin.limit_set", json);
    app_shard_admin(t, "im_open_login_svc.account_import", "{\"UserID\":\"anna\"}");
    assert_int_equal(t->reply->err, IM_OK);
    app_shard_admin(t, "im_open_login_svc.multiaccount_import",
                    "{\"Accounts\":[\"anna\",\"ben\",\"carl\",\"dora\"]}");
    assert_int_equal(t->reply->err, IM_OK);
    assert_non_null(strstr(t->text, "\"FailAccounts\":[\"carl\",\"dora\"]"));
    app_shard_admin(t, "im_open_login_svc.account_import", "{\"UserID\":\"carl\"}");
    assert_int_equal(t->reply->err, IM_ERR_ACCOUNT_COUNT);
    assert_non_null(strstr(t->text, "70398"));
    assert_int_equal(app_shard_login(t, "carl", PLATFORM_WEB), IM_ERR_ACCOUNT_COUNT);
    assert_int_equal(app_shard_login(t, "ben", PLATFORM_WEB), IM_OK);
    app_shard_admin(t, "im_open_login_svc.account_import", "{\"UserID\":\"anna\"}");
    assert_int_equal(t->reply->err, IM_OK);
    app_shard_restart(t);
    assert_int_equal(app_shard_login(t, "carl", PLATFORM_WEB), IM_ERR_ACCOUNT_COUNT);
    snprintf(json, sizeof(json),
             "{\"app\":%u,\"limit\":\"accounts\",\"value\":4,\"reason\":\"test\"}", t->app.v);
    app_shard_operator(t, "admin.limit_set", json);
    assert_int_equal(app_shard_login(t, "carl", PLATFORM_WEB), IM_OK);
    assert_int_equal(app_shard_login(t, "dora", PLATFORM_WEB), IM_ERR_ACCOUNT_COUNT);
    app_shard_free(t);
}

static enum im_err counter_set(struct shard_fixture *f)
{
    fixture_admin(f, GROUPS "update_group_counter",
                  "{\"GroupId\":\"live\",\"GroupCounter\":[{\"Key\":\"k\",\"Value\":1}],"
                  "\"Mode\":\"Set\"}");
    return f->err;
}

static enum im_err ban(struct shard_fixture *f)
{
    fixture_admin(f, GROUPS "ban_group_member",
                  "{\"GroupId\":\"live\",\"Members_Account\":[\"anna\"],\"Duration\":5}");
    return f->err;
}

static enum im_err broadcast(struct shard_fixture *f)
{
    fixture_admin(f, GROUPS "send_broadcast_msg",
                  "{\"From_Account\":\"anna\",\"Random\":%u,\"MsgBody\":[{\"MsgType\":"
                  "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"x\"}}]}",
                  ++f->seq);
    return f->err;
}

/* Each service used, changed to `other`, used again, and set back. */
static void services_change(struct shard_fixture *f, const char *other, enum im_err with_plan,
                            enum im_err changed)
{
    static const struct {
        const char *name;
        enum im_err (*use)(struct shard_fixture *);
    } services[] = {
        {"group_counters", counter_set}, {"room_bans", ban}, {"room_broadcasts", broadcast}};

    assert_int_equal(create(f, "AVChatRoom", "live", ""), IM_OK);
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        assert_int_equal(services[i].use(f), with_plan);
        set(f, services[i].name, other);
        assert_int_equal(services[i].use(f), changed);
        fixture_restart(f);
        assert_int_equal(services[i].use(f), changed);
        reset(f, services[i].name);
        assert_int_equal(services[i].use(f), with_plan);
    }
    fixture_free(f);
}

TEST(services_can_be_taken_away_and_given)
{
    static const struct plan_edit edits[] = {{"id", "\"plain\""},
                                             {"services.group_counters", "false"},
                                             {"services.room_bans", "false"},
                                             {"services.room_broadcasts", "false"},
                                             {NULL, NULL}};

    services_change(with_accounts(NULL), "0", IM_OK, IM_ERR_GROUP_PLAN);
    services_change(with_accounts(edits), "1", IM_ERR_GROUP_PLAN, IM_OK);
}

TEST(a_plan_with_small_caps_is_kept_and_outbid_by_grants)
{
    static const struct plan_edit edits[] = {
        {"id", "\"small\""},         {"caps.accounts", "7"},          {"caps.groups", "3"},
        {"caps.av_chat_rooms", "1"}, {"caps.members_of_public", "2"}, {NULL, NULL}};
    struct shard_fixture *f = with_accounts(edits);

    fixture_account(f, "fred");
    fixture_admin(f, "im_open_login_svc.account_import", "{\"UserID\":\"gina\"}");
    assert_int_equal(f->err, IM_ERR_ACCOUNT_COUNT);
    assert_int_equal(create(f, "Public", "g", MEMBER("anna") "," MEMBER("ben")), IM_OK);
    assert_int_equal(add(f, "g", "carl"), IM_ERR_GROUP_MEMBERS_PLAN);
    assert_int_equal(create(f, "AVChatRoom", "a1", ""), IM_OK);
    assert_int_equal(create(f, "AVChatRoom", "a2", ""), IM_ERR_GROUP_ROOMS);
    grant(f, CAP_MEMBERS_OF_PUBLIC, LIMIT_FROM_CONTRACT, 1, 3);
    grant(f, CAP_AV_CHAT_ROOMS, LIMIT_FROM_CONTRACT, 1, PLAN_UNLIMITED);
    assert_int_equal(add(f, "g", "carl"), IM_OK);
    assert_int_equal(add(f, "g", "dora"), IM_ERR_GROUP_MEMBERS_PLAN);
    assert_int_equal(create(f, "AVChatRoom", "a2", ""), IM_OK);
    assert_int_equal(create(f, "AVChatRoom", "a3", ""), IM_ERR_GROUP_TRIAL);
    fixture_free(f);
}

/* Private groups of the first era hold 200; later plans sell larger ones. */
TEST(a_plan_may_give_a_type_more_members_than_it_had)
{
    static const struct plan_edit edits[] = {
        {"id", "\"large\""}, {"caps.members_of_private", "201"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);
    char name[16];

    assert_int_equal(create(f, "Private", "g", ""), IM_OK);
    for (unsigned i = 0; i < 201; i++) {
        snprintf(name, sizeof(name), "u%u", i);
        if (i % 50 == 49)
            fixture_advance(f, 1);
        fixture_account(f, name);
        assert_int_equal(add(f, "g", name), IM_OK);
    }
    fixture_account(f, "late");
    assert_int_equal(add(f, "g", "late"), IM_ERR_GROUP_FULL);
    fixture_free(f);
}

TEST(groups_of_a_day_in_total_and_messages_of_a_group_are_exact)
{
    static const struct plan_edit edits[] = {{"id", "\"few\""},
                                             {"groups_per_day.included", "1"},
                                             {"groups_per_day.step", "1"},
                                             {"groups_total.included", "1"},
                                             {"groups_total.step", "1"},
                                             {NULL, NULL}};
    struct shard_fixture *f = with_accounts(edits);
    unsigned accepted = 0;

    set(f, "groups_per_day", "2");
    set(f, "groups_total", "3");
    assert_int_equal(create(f, "Public", "g1", ""), IM_OK);
    assert_int_equal(create(f, "Public", "g2", ""), IM_OK);
    assert_int_equal(create(f, "Public", "g3", ""), IM_ERR_GROUP_RATE);
    fixture_advance(f, 86400);
    assert_int_equal(create(f, "Public", "g3", ""), IM_OK);
    assert_int_equal(create(f, "Public", "g4", ""), IM_ERR_GROUP_RATE);
    set(f, "groups_total", "4");
    assert_int_equal(create(f, "Public", "g4", ""), IM_OK);
    fixture_advance(f, 1);
    set(f, "group_messages", "43");
    for (unsigned i = 0; i < 60; i++) {
        fixture_admin(f, GROUPS "send_group_msg",
                      "{\"GroupId\":\"g1\",\"From_Account\":\"anna\",\"Random\":%u,\"MsgBody\":[{"
                      "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"x\"}}]}",
                      i + 1);
        assert_int_equal(f->err, IM_OK);
    }
    fixture_advance(f, 1);
    fixture_admin(f, GROUPS "get_group_info", "{\"GroupIdList\":[\"g1\"]}");
    accepted = (unsigned)fixture_number(f, "GroupInfo.0.NextMsgSeq") - 1;
    assert_int_equal(accepted, 43);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(everything_that_can_be_granted_has_a_name_of_its_own),
        T(without_a_grant_the_plan_decides),
        T(a_grant_says_who_gave_it_since_when_and_by_what_document),
        T(what_cannot_be_granted_is_refused_with_a_sentence),
        T(all_of_them_are_listed_with_what_the_plan_includes), T(every_change_is_kept_in_its_month),
        T(the_peak_of_a_month_is_the_change_that_began_it),
        T(the_facts_of_the_first_version_still_hold),
        T(a_group_of_each_type_has_as_many_members_as_were_granted),
        T(a_room_has_as_many_members_as_were_granted),
        T(an_account_is_in_as_many_groups_as_were_granted),
        T(there_are_as_many_groups_and_rooms_as_were_granted),
        T(an_app_has_as_many_accounts_as_were_granted), T(services_can_be_taken_away_and_given),
        T(a_plan_with_small_caps_is_kept_and_outbid_by_grants),
        T(a_plan_may_give_a_type_more_members_than_it_had),
        T(groups_of_a_day_in_total_and_messages_of_a_group_are_exact));
}
