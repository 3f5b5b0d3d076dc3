/* Who may call what: tokens, roles, whose objects, and what is noted of it. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/admin/customer.h"
#include "core/admin/rate.h"
#include "core/admin/token.h"
#include "support/app_shard.h"

struct world {
    struct app_shard *t;
    /* Two customers with an app each, and a token of every role. */
    unsigned app[3];
    char token[3][8][TOKEN_TEXT_MAX];
    char operator[TOKEN_TEXT_MAX];
};

static const char *const roles[] = {"owner", "developer", "finance", "viewer"};

static struct json reply(struct world *w)
{
    struct json json;

    assert_true(json_parse(span_of(w->t->text), &json));
    return json;
}

static uint64_t number(struct world *w, const char *name)
{
    uint64_t value = 0;

    if (!json_to_u64(json_member(reply(w), name), &value))
        fail_msg("no number %s in %s", name, w->t->text);
    return value;
}

static unsigned http(struct world *w, const char *token, const char *method, const char *body,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));
static unsigned http(struct world *w, const char *token, const char *method, const char *body,
                     const char *format, ...)
{
    char target[128];
    va_list args;

    va_start(args, format);
    vsnprintf(target, sizeof(target), format, args);
    va_end(args);
    return app_shard_http(w->t, token, method, target, body, NULL);
}

/* The last reply's text, for later. */
static void keep(const struct world *w, char *into, size_t room)
{
    assert_true(strlen(w->t->text) < room);
    memcpy(into, w->t->text, strlen(w->t->text) + 1);
}

/* Makes a token and writes its text. */
static void make_token(struct world *w, const char *by, unsigned customer, const char *role,
                       char into[TOKEN_TEXT_MAX])
{
    char target[64], body[128];
    struct json secret;

    snprintf(target, sizeof(target), "/admin/v1/customers/%u/tokens", customer);
    snprintf(body, sizeof(body), "{\"name\":\"%s\",\"role\":\"%s\"}", role, role);
    if (app_shard_http(w->t, by, "POST", target, body, NULL) != 201)
        fail_msg("%s", w->t->text);
    secret = json_member(reply(w), "secret");
    assert_true(secret.text.n > 2 && secret.text.n < TOKEN_TEXT_MAX);
    memcpy(into, secret.text.p + 1, secret.text.n - 2);
    into[secret.text.n - 2] = 0;
}

static struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof(*w));

    w->t = app_shard_new("2026-11-22", 9);
    make_token(w, NULL, 0, "operator", w->operator);
    for (unsigned customer = 1; customer <= 2; customer++) {
        assert_int_equal(app_shard_http(w->t, NULL, "POST", "/admin/v1/customers",
                                        "{\"name\":\"Some company\"}", NULL),
                         201);
        assert_int_equal(number(w, "customer"), customer);
        for (unsigned i = 0; i < 4; i++)
            make_token(w, NULL, customer, roles[i], w->token[customer][i]);
        assert_int_equal(app_shard_http(w->t, w->token[customer][0], "POST", "/admin/v1/apps",
                                        "{\"name\":\"Own\"}", NULL),
                         201);
        w->app[customer] = (unsigned)number(w, "sdkappid");
    }
    return w;
}

static void world_free(struct world *w)
{
    app_shard_free(w->t);
    free(w);
}

/* ---- tokens ---- */

TEST(a_token_is_good_until_it_is_revoked)
{
    struct world *w = world_new();
    const char *viewer = w->token[1][3];

    assert_int_equal(http(w, viewer, "GET", NULL, "/admin/v1/server"), 200);
    assert_int_equal(http(w, w->token[1][0], "DELETE", NULL, "/admin/v1/customers/1/tokens/%u", 4),
                     200);
    assert_int_equal(http(w, viewer, "GET", NULL, "/admin/v1/server"), 401);
    app_shard_restart(w->t);
    assert_int_equal(http(w, viewer, "GET", NULL, "/admin/v1/server"), 401);
    assert_int_equal(http(w, w->token[1][0], "GET", NULL, "/admin/v1/server"), 200);
    world_free(w);
}

TEST(a_token_ends_with_its_days)
{
    struct world *w = world_new();
    char token[TOKEN_TEXT_MAX];
    struct json secret;

    assert_int_equal(app_shard_http(w->t, NULL, "POST", "/admin/v1/customers/1/tokens",
                                    "{\"name\":\"short\",\"role\":\"viewer\",\"days\":2}", NULL),
                     201);
    secret = json_member(reply(w), "secret");
    snprintf(token, sizeof(token), "%.*s", (int)secret.text.n - 2, secret.text.p + 1);
    app_shard_at(w->t, "2026-11-24", 8);
    assert_int_equal(http(w, token, "GET", NULL, "/admin/v1/server"), 200);
    app_shard_at(w->t, "2026-11-24", 9);
    assert_int_equal(http(w, token, "GET", NULL, "/admin/v1/server"), 401);
    world_free(w);
}

TEST(every_bad_token_is_refused_with_the_same_words)
{
    struct world *w = world_new();
    char bad[6][TOKEN_TEXT_MAX], first[512];

    for (unsigned i = 0; i < 6; i++)
        memcpy(bad[i], w->token[1][0], TOKEN_TEXT_MAX);
    bad[0][strlen(bad[0]) - 1] ^= 1;   /* another secret */
    bad[1][6] = '9';                   /* a token that is not there */
    bad[2][4] = '7';                   /* a customer that is not there */
    bad[3][strlen(bad[3]) - 1] = 0;    /* truncated */
    memcpy(bad[4], w->token[2][0], 8); /* the secret of another customer's token */
    memcpy(bad[5], "mgp_0_1_", 8);     /* as if it were the operator's */
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(http(w, bad[i], "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 401);
        if (i == 0)
            keep(w, first, sizeof(first));
        assert_string_equal(w->t->text, first);
    }
    world_free(w);
}

TEST(a_tokens_text_is_read_strictly)
{
    static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    static const struct {
        const char *head;
        bool good;
    } texts[] = {
        {"mgp_1_1_", true},  {"mgp_0_1_", true},           {"mgp_4294967295_4294967295_", true},
        {"mgp_1_0_", false}, {"mgp_01_1_", false},         {"mgp_1_01_", false},
        {"mgp_1_", false},   {"mgp__1_", false},           {"mgp_1__", false},
        {"mgq_1_1_", false}, {"mgp_4294967296_1_", false}, {"mgp_-1_1_", false},
        {"", false},         {"mgp_1_1_0", false}};
    struct token_claims claims;
    char text[128];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        snprintf(text, sizeof(text), "%s%s", texts[i].head, hex);
        assert_int_equal(token_parse(span_of(text), &claims, NULL), texts[i].good);
    }
    snprintf(text, sizeof(text), "mgp_1_1_%.62sAA", hex);
    assert_false(token_parse(span_of(text), &claims, NULL));
    assert_false(token_parse((struct span){0}, &claims, NULL));
}

TEST(roles_fit_their_customers)
{
    struct world *w = world_new();

    assert_int_equal(http(w, NULL, "POST", "{\"name\":\"x\",\"role\":\"owner\"}",
                          "/admin/v1/customers/0/tokens"),
                     400);
    assert_int_equal(http(w, NULL, "POST", "{\"name\":\"x\",\"role\":\"operator\"}",
                          "/admin/v1/customers/1/tokens"),
                     400);
    assert_int_equal(http(w, NULL, "POST", "{\"name\":\"x\",\"role\":\"owner\"}",
                          "/admin/v1/customers/9/tokens"),
                     404);
    assert_int_equal(http(w, w->token[1][0], "POST", "{\"name\":\"x\",\"role\":\"operator\"}",
                          "/admin/v1/customers/0/tokens"),
                     404);
    assert_int_equal(http(w, w->token[1][0], "POST", "{\"name\":\"x\",\"role\":\"operator\"}",
                          "/admin/v1/customers/1/tokens"),
                     400);
    assert_int_equal(http(w, w->token[1][1], "POST", "{\"name\":\"x\",\"role\":\"owner\"}",
                          "/admin/v1/customers/1/tokens"),
                     403);
    world_free(w);
}

TEST(a_secret_is_told_once)
{
    struct world *w = world_new();

    assert_int_equal(http(w, w->token[1][0], "GET", NULL, "/admin/v1/customers/1/tokens"), 200);
    assert_null(strstr(w->t->text, "secret"));
    assert_int_equal(json_count(json_member(reply(w), "items")), 4);
    world_free(w);
}

/* ---- whose it is ---- */

TEST(what_is_another_customers_does_not_exist)
{
    struct world *w = world_new();
    const char *owner = w->token[2][0];
    char foreign[512], none[512], *at;

    assert_int_equal(http(w, owner, "GET", NULL, "/admin/v1/apps/%u", w->app[2]), 200);
    assert_int_equal(http(w, owner, "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 404);
    keep(w, foreign, sizeof(foreign));
    assert_int_equal(http(w, owner, "GET", NULL, "/admin/v1/apps/%u", 1499999999), 404);
    keep(w, none, sizeof(none));
    /* The same but for the number that was asked for. */
    at = strstr(none, "1499999999");
    assert_non_null(at);
    memcpy(at, strstr(foreign, "14000000"), 10);
    assert_string_equal(foreign, none);

    assert_int_equal(http(w, owner, "GET", NULL, "/admin/v1/customers/1"), 404);
    keep(w, foreign, sizeof(foreign));
    assert_int_equal(http(w, owner, "GET", NULL, "/admin/v1/customers/7"), 404);
    at = strstr(w->t->text, "customer 7");
    assert_non_null(at);
    at[9] = '1';
    assert_string_equal(foreign, w->t->text);
    /* Not in a body either. */
    assert_int_equal(http(w, owner, "POST", "{\"name\":\"x\",\"customer\":1}", "/admin/v1/apps"),
                     404);
    world_free(w);
}

TEST(lists_hold_the_callers_own)
{
    struct world *w = world_new();
    struct json items;

    assert_int_equal(http(w, w->token[2][3], "GET", NULL, "/admin/v1/apps"), 200);
    items = json_member(reply(w), "items");
    assert_int_equal(json_count(items), 1);
    assert_non_null(strstr(w->t->text, "\"customer\":2"));
    assert_null(strstr(w->t->text, "key"));
    assert_int_equal(http(w, w->operator, "GET", NULL, "/admin/v1/apps"), 200);
    assert_int_equal(json_count(json_member(reply(w), "items")), 3);
    assert_int_equal(http(w, w->operator, "GET", NULL, "/admin/v1/apps?customer=1"), 200);
    assert_int_equal(json_count(json_member(reply(w), "items")), 1);
    assert_int_equal(http(w, w->token[1][1], "GET", NULL, "/admin/v1/customers"), 200);
    assert_int_equal(json_count(json_member(reply(w), "items")), 1);
    world_free(w);
}

TEST(an_app_changes_hands)
{
    struct world *w = world_new();

    assert_int_equal(
        http(w, w->token[1][0], "PUT", "{\"customer\":2}", "/admin/v1/apps/%u/customer", w->app[1]),
        403);
    assert_int_equal(http(w, NULL, "PUT", "{}", "/admin/v1/apps/%u/customer", w->app[1]), 400);
    assert_int_equal(
        http(w, NULL, "PUT", "{\"customer\":9}", "/admin/v1/apps/%u/customer", w->app[1]), 404);
    assert_int_equal(http(w, w->token[1][0], "PUT", "{\"url\":\"https://one.example\"}",
                          "/admin/v1/apps/%u/warnings/webhook", w->app[1]),
                     200);
    assert_int_equal(
        http(w, NULL, "PUT", "{\"customer\":1}", "/admin/v1/apps/%u/customer", w->app[1]), 200);
    assert_int_equal(
        http(w, w->token[1][0], "GET", NULL, "/admin/v1/apps/%u/warnings/webhook", w->app[1]), 200);
    assert_int_equal(
        http(w, NULL, "PUT", "{\"customer\":2}", "/admin/v1/apps/%u/customer", w->app[1]), 200);
    app_shard_restart(w->t);
    assert_int_equal(http(w, w->token[1][0], "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 404);
    /* The webhook of the one before hears nothing of the next. */
    assert_int_equal(
        http(w, w->token[2][0], "GET", NULL, "/admin/v1/apps/%u/warnings/webhook", w->app[1]), 404);
    assert_int_equal(http(w, w->token[2][0], "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 200);
    world_free(w);
}

TEST(a_customer_makes_so_many_apps_and_the_operator_as_many_as_he_likes)
{
    struct world *w = world_new();
    unsigned hour = 9, status = 201, made = 1, last = 0;

    while (status == 201 && made < 2000) {
        if (made % 100 == 0 && ++hour < 24)
            app_shard_at(w->t, "2026-11-22", hour);
        status = app_shard_http(w->t, w->token[1][0], "POST", "/admin/v1/apps", "{\"name\":\"a\"}",
                                NULL);
        if (status != 201)
            break;
        last = (unsigned)number(w, "sdkappid");
        made++;
    }
    assert_int_equal(status, 409);
    assert_int_equal(made, APPS_A_CUSTOMER);
    app_shard_restart(w->t);
    app_shard_at(w->t, "2026-11-23", 9);
    assert_int_equal(
        app_shard_http(w->t, w->token[1][0], "POST", "/admin/v1/apps", "{\"name\":\"a\"}", NULL),
        409);
    assert_int_equal(app_shard_http(w->t, w->operator, "POST", "/admin/v1/apps",
                                    "{\"name\":\"a\",\"customer\":1}", NULL),
                     201);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(
            http(w, w->operator, "PUT", "{\"customer\":2}", "/admin/v1/apps/%u/customer", last - i),
            200);
    assert_int_equal(
        app_shard_http(w->t, w->token[1][0], "POST", "/admin/v1/apps", "{\"name\":\"a\"}", NULL),
        201);
    assert_int_equal(
        app_shard_http(w->t, w->token[1][0], "POST", "/admin/v1/apps", "{\"name\":\"a\"}", NULL),
        409);
    world_free(w);
}

TEST(keys_are_for_owners_and_developers)
{
    struct world *w = world_new();

    assert_int_equal(http(w, w->token[1][0], "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 200);
    assert_int_equal(http(w, w->token[1][1], "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 200);
    assert_int_equal(http(w, w->token[1][2], "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 403);
    assert_int_equal(http(w, w->token[1][3], "GET", NULL, "/admin/v1/apps/%u", w->app[1]), 403);
    world_free(w);
}

/* ---- idempotency ---- */

TEST(a_repeated_write_hears_the_first_answer)
{
    struct world *w = world_new();
    const char *owner = w->token[1][0], *body = "{\"name\":\"Once\"}";
    char first[1024];

    assert_int_equal(app_shard_http(w->t, owner, "POST", "/admin/v1/apps", body, "k1"), 201);
    keep(w, first, sizeof(first));
    assert_int_equal(app_shard_http(w->t, owner, "POST", "/admin/v1/apps", body, "k1"), 201);
    assert_string_equal(w->t->text, first);
    app_shard_restart(w->t);
    assert_int_equal(app_shard_http(w->t, owner, "POST", "/admin/v1/apps", body, "k1"), 201);
    assert_string_equal(w->t->text, first);
    assert_int_equal(
        app_shard_http(w->t, owner, "POST", "/admin/v1/apps", "{\"name\":\"Other\"}", "k1"), 422);
    /* The key is the token's own. */
    assert_int_equal(app_shard_http(w->t, w->token[2][0], "POST", "/admin/v1/apps", body, "k1"),
                     201);
    assert_string_not_equal(w->t->text, first);
    assert_int_equal(http(w, owner, "GET", NULL, "/admin/v1/apps"), 200);
    assert_int_equal(json_count(json_member(reply(w), "items")), 2);
    world_free(w);
}

TEST(a_customer_calls_so_often_and_no_more_with_all_its_tokens)
{
    struct world *w = world_new();
    unsigned calls;

    app_shard_at(w->t, "2026-11-22", 10);
    for (calls = 0; calls < 1000; calls++) {
        unsigned status = http(w, w->token[1][calls % 4], "GET", NULL, "/admin/v1/server");

        if (status == 429)
            break;
        assert_int_equal(status, 200);
    }
    assert_int_equal(calls, ADMIN_CALLS_AT_ONCE);
    assert_non_null(strstr(w->t->text, "too_many_requests"));
    assert_int_equal(http(w, w->token[2][0], "GET", NULL, "/admin/v1/server"), 200);
    for (unsigned i = 0; i < 2 * ADMIN_CALLS_AT_ONCE; i++)
        assert_int_equal(http(w, w->operator, "GET", NULL, "/admin/v1/server"), 200);
    /* A wrong token takes nothing away. */
    app_shard_at(w->t, "2026-11-22", 11);
    for (unsigned i = 0; i < 2 * ADMIN_CALLS_AT_ONCE; i++)
        assert_int_equal(http(w,
                              "mgp_1_1_"
                              "0000000000000000000000000000000000000000000000000000000000000000",
                              "GET", NULL, "/admin/v1/server"),
                         401);
    assert_int_equal(http(w, w->token[1][0], "GET", NULL, "/admin/v1/server"), 200);
    world_free(w);
}

TEST(a_key_lives_for_a_day_and_not_for_three)
{
    struct world *w = world_new();
    const char *owner = w->token[1][0], *body = "{\"name\":\"Once\"}";
    char first[1024];

    assert_int_equal(app_shard_http(w->t, owner, "POST", "/admin/v1/apps", body, "k1"), 201);
    keep(w, first, sizeof(first));
    app_shard_at(w->t, "2026-11-23", 9);
    assert_int_equal(app_shard_http(w->t, owner, "POST", "/admin/v1/apps", body, "k1"), 201);
    assert_string_equal(w->t->text, first);
    app_shard_at(w->t, "2026-11-24", 9);
    assert_int_equal(app_shard_http(w->t, owner, "POST", "/admin/v1/apps", body, "k1"), 201);
    assert_string_not_equal(w->t->text, first);
    world_free(w);
}

TEST(a_refused_write_leaves_its_key_free)
{
    struct world *w = world_new();
    const char *owner = w->token[1][0];

    assert_int_equal(app_shard_http(w->t, owner, "POST", "/admin/v1/apps", "{\"name\":\"\"}", "k"),
                     400);
    assert_int_equal(
        app_shard_http(w->t, owner, "POST", "/admin/v1/apps", "{\"name\":\"Good\"}", "k"), 201);
    world_free(w);
}

TEST(a_long_answer_is_kept_whole_in_several_rows)
{
    struct world *w = world_new();
    char target[64], body[8192] = "{\"kind\":\"contract\",\"text\":\"", *at = body + strlen(body);
    char *first;

    for (int i = 0; i < 1990; i++, at += 2)
        memcpy(at, "\\n", 2);
    memcpy(at, "\"}", 3);
    snprintf(target, sizeof(target), "/admin/v1/apps/%u/tickets", w->app[1]);
    if (app_shard_http(w->t, w->token[1][0], "POST", target, body, "long") != 201)
        fail_msg("%s", w->t->text);
    first = strdup(w->t->text);
    assert_true(strlen(first) > STATE_MAX_VALUE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(app_shard_http(w->t, w->token[1][0], "POST", target, body, "long"), 201);
        assert_string_equal(w->t->text, first);
        app_shard_checkpoint(w->t);
        app_shard_restart(w->t);
    }
    free(first);
    world_free(w);
}

/* The row store's bytes must not hold what a token's text gives away. */
static void look_for(void *arg, struct span key, const void *value, size_t n)
{
    (void)key;
    assert_true(n < 32 || !memmem(value, n, arg, 32));
}

TEST(a_new_tokens_secret_is_stored_nowhere)
{
    struct world *w = world_new();
    char token[TOKEN_TEXT_MAX];
    struct json secret;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(app_shard_http(w->t, w->token[1][0], "POST",
                                        "/admin/v1/customers/1/tokens",
                                        "{\"name\":\"n\",\"role\":\"viewer\"}", "again"),
                         201);
        secret = json_member(reply(w), "secret");
        if (i == 0)
            snprintf(token, sizeof(token), "%.*s", (int)secret.text.n - 2, secret.text.p + 1);
        assert_memory_equal(token, secret.text.p + 1, strlen(token));
    }
    app_shard_restart(w->t);
    state_set_inline_loads(shard_state(w->t->shard), true);
    assert_int_equal(state_dump(shard_state(w->t->shard), look_for, token + strlen(token) - 64),
                     IM_OK);
    state_set_inline_loads(shard_state(w->t->shard), false);
    assert_int_equal(http(w, token, "GET", NULL, "/admin/v1/server"), 200);
    world_free(w);
}

/* ---- the audit ---- */

TEST(the_audit_tells_who_did_what)
{
    struct world *w = world_new();
    struct json_iter it;
    struct json entry;
    struct span key;

    assert_int_equal(
        http(w, NULL, "PUT", "{\"customer\":1}", "/admin/v1/apps/%u/customer", w->app[1]), 200);
    assert_int_equal(http(w, w->token[1][0], "POST", "{\"name\":\"Late\"}", "/admin/v1/apps"), 201);
    assert_int_equal(http(w, w->token[1][0], "POST", "{\"name\":\"\"}", "/admin/v1/apps"), 400);
    app_shard_restart(w->t);
    assert_int_equal(http(w, w->token[1][0], "GET", NULL, "/admin/v1/audit?limit=2"), 200);
    it = json_iter(json_member(reply(w), "items"));
    assert_true(json_next(&it, &key, &entry));
    assert_true(span_is(json_member(entry, "operation").text, "\"app_create\""));
    assert_true(span_is(json_member(entry, "actor").text, "\"token 1_1\""));
    assert_true(span_is(json_member(entry, "request").text, "\"{\\\"name\\\":\\\"Late\\\"}\""));
    assert_true(json_next(&it, &key, &entry));
    assert_true(span_is(json_member(entry, "operation").text, "\"app_assign\""));
    assert_true(span_is(json_member(entry, "actor").text, "\"operator\""));
    assert_true(span_is(json_member(entry, "request").text, "\"\"")); /* the operator's words */
    assert_false(json_next(&it, &key, &entry));
    assert_int_equal(json_member(reply(w), "next").type, JSON_STRING);
    world_free(w);
}

/* Walks the pages of the audit; the number of entries, each once and the newest first. */
static unsigned walk(struct world *w, const char *token, unsigned limit)
{
    char target[128];
    unsigned seen = 0, pages = 0;
    uint64_t last = UINT64_MAX;

    snprintf(target, sizeof(target), "/admin/v1/audit?limit=%u", limit);
    for (;;) {
        struct json_iter it;
        struct json entry, next;
        struct span key;
        uint64_t record;

        assert_int_equal(app_shard_http(w->t, token, "GET", target, NULL, NULL), 200);
        for (it = json_iter(json_member(reply(w), "items")); json_next(&it, &key, &entry); seen++) {
            assert_true(json_to_u64(json_member(entry, "record"), &record));
            assert_true(record < last);
            last = record;
        }
        next = json_member(reply(w), "next");
        if (next.type == JSON_NULL)
            return seen;
        snprintf(target, sizeof(target), "/admin/v1/audit?limit=%u&cursor=%.*s", limit,
                 (int)next.text.n - 2, next.text.p + 1);
        assert_true(++pages < 1000);
    }
}

TEST(the_audit_goes_on_page_by_page_over_hours)
{
    struct world *w = world_new();
    unsigned all = walk(w, NULL, 500), own = walk(w, w->token[2][0], 500);

    for (unsigned i = 0; i < 30; i++) {
        char date[16];

        snprintf(date, sizeof(date), "2026-11-%02u", 23 + i / 6);
        app_shard_at(w->t, date, 10 + i % 6);
        assert_int_equal(
            http(w, w->token[1 + i % 2][0], "POST", "{\"name\":\"n\"}", "/admin/v1/apps"), 201);
    }
    app_shard_checkpoint(w->t);
    app_shard_restart(w->t);
    for (unsigned limit = 1; limit < 40; limit += 7) {
        assert_int_equal(walk(w, NULL, limit), all + 30);
        assert_int_equal(walk(w, w->token[2][0], limit), own + 15);
    }
    assert_int_equal(http(w, w->token[1][1], "GET", NULL, "/admin/v1/audit"), 403);
    world_free(w);
}

/* All rows of customers, tokens, audit and keys, in one text. */
static void row_note(void *arg, struct span key, const void *value, size_t n)
{
    uint8_t table = (uint8_t)key.p[0];

    if (table < ROW_CUSTOMER || table > ROW_IDEMPOTENT)
        return;
    buf_add_span(arg, key);
    buf_add(arg, value, n);
}

static struct buf rows_of(struct world *w)
{
    struct buf rows;

    buf_init(&rows, 1 << 22);
    assert_int_equal(state_dump(shard_state(w->t->shard), row_note, &rows), IM_OK);
    assert_false(rows.overflow);
    return rows;
}

TEST(what_comes_behind_a_checkpoint_is_replayed_to_the_same_rows)
{
    struct world *w = world_new();

    for (int i = 0; i < 6; i++) {
        struct buf before, after;
        char key[16];

        snprintf(key, sizeof(key), "k%d", i);
        if (i % 3 != 2)
            app_shard_checkpoint(w->t);
        app_shard_at(w->t, "2026-11-22", 10 + i);
        assert_int_equal(
            app_shard_http(w->t, w->token[1][0], "POST", "/admin/v1/apps", "{\"name\":\"n\"}", key),
            201);
        assert_int_equal(http(w, NULL, "POST", "{\"name\":\"n\"}", "/admin/v1/customers"), 201);
        assert_int_equal(
            http(w, w->token[1][0], "DELETE", NULL, "/admin/v1/customers/1/tokens/%d", 2), 200);
        before = rows_of(w);
        app_shard_restart(w->t);
        after = rows_of(w);
        assert_true(span_eq(buf_span(&before), buf_span(&after)));
        buf_release(&before);
        buf_release(&after);
    }
    world_free(w);
}

int main(void)
{
    return RUN_TESTS(
        T(a_token_is_good_until_it_is_revoked), T(a_token_ends_with_its_days),
        T(every_bad_token_is_refused_with_the_same_words), T(a_tokens_text_is_read_strictly),
        T(roles_fit_their_customers), T(a_secret_is_told_once),
        T(what_is_another_customers_does_not_exist), T(lists_hold_the_callers_own),
        T(an_app_changes_hands),
        T(a_customer_makes_so_many_apps_and_the_operator_as_many_as_he_likes),
        T(keys_are_for_owners_and_developers), T(a_repeated_write_hears_the_first_answer),
        T(a_customer_calls_so_often_and_no_more_with_all_its_tokens),
        T(a_key_lives_for_a_day_and_not_for_three),
        T(what_comes_behind_a_checkpoint_is_replayed_to_the_same_rows),
        T(a_refused_write_leaves_its_key_free), T(a_long_answer_is_kept_whole_in_several_rows),
        T(a_new_tokens_secret_is_stored_nowhere), T(the_audit_tells_who_did_what),
        T(the_audit_goes_on_page_by_page_over_hours));
}
