/* Every operation of the admin API under what a hostile caller sends. */
#include "support/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "command/admin_route.h"
#include "core/admin/token.h"
#include "support/app_shard.h"

struct hostile {
    struct app_shard *t;
    unsigned own, others;       /* apps */
    char token[TOKEN_TEXT_MAX]; /* of customer 1's owner */
    char target[16384], body[65536];
};

static void text_of(struct hostile *h, const char *name, char *into, size_t room)
{
    struct json reply, value;

    assert_true(json_parse(span_of(h->t->text), &reply));
    value = json_member(reply, name);
    assert_true(value.text.n > 0 && value.text.n < room);
    snprintf(into, room, "%.*s", SPAN_FMT(value.text));
}

static unsigned call(struct hostile *h, const char *token, const char *method, const char *target,
                     const char *body)
{
    return app_shard_http(h->t, token, method, target, body, NULL);
}

static unsigned app_of(struct hostile *h, const char *body)
{
    char text[32];

    assert_int_equal(call(h, NULL, "POST", "/admin/v1/apps", body), 201);
    text_of(h, "sdkappid", text, sizeof(text));
    return (unsigned)strtoul(text, NULL, 10);
}

static struct hostile *hostile_new(void)
{
    struct hostile *h = calloc(1, sizeof(*h));
    char text[TOKEN_TEXT_MAX + 2], target[64];

    h->t = app_shard_new("2026-11-22", 9);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(call(h, NULL, "POST", "/admin/v1/customers", "{\"name\":\"c\"}"), 201);
    assert_int_equal(call(h, NULL, "POST", "/admin/v1/customers/1/tokens",
                          "{\"name\":\"t\",\"role\":\"owner\"}"),
                     201);
    text_of(h, "secret", text, sizeof(text));
    snprintf(h->token, sizeof(h->token), "%.*s", (int)strlen(text) - 2, text + 1);
    h->own = app_of(h, "{\"name\":\"a\",\"customer\":1}");
    h->others = app_of(h, "{\"name\":\"b\",\"customer\":2}");
    snprintf(target, sizeof(target), "/admin/v1/apps/%u/tickets", h->others);
    assert_int_equal(call(h, NULL, "POST", target, "{\"kind\":\"contract\",\"text\":\"hidden\"}"),
                     201);
    return h;
}

static void hostile_free(struct hostile *h)
{
    app_shard_free(h->t);
    free(h);
}

/* ---- requests ---- */

static const char *const numbers[] = {"0",
                                      "1",
                                      "2",
                                      "50",
                                      "500",
                                      "501",
                                      "1001",
                                      "4294967295",
                                      "4294967296",
                                      "-1",
                                      "1.5",
                                      "1e3",
                                      "\"1\"",
                                      "null",
                                      "true",
                                      "[]",
                                      "{}",
                                      "9223372036854775807",
                                      "9223372036854775808",
                                      "18446744073709551615",
                                      "18446744073709551616"};
static const char *const texts[] = {"\"\"",
                                    "\"a\"",
                                    "\"call_rate\"",
                                    "\"recents\"",
                                    "\"groups\"",
                                    "\"roaming\"",
                                    "\"all_member_push\"",
                                    "\"dau\"",
                                    "\"2026-11\"",
                                    "\"2026-10\"",
                                    "\"current\"",
                                    "\"0000-00\"",
                                    "\"9999-12\"",
                                    "\"1970-01\"",
                                    "\"2026-13\"",
                                    "\"1-1\"",
                                    "\"contract\"",
                                    "\"open\"",
                                    "\"owner\"",
                                    "\"operator\"",
                                    "\"http://a\"",
                                    "\"-\"",
                                    "\"4294967295-4294967295\"",
                                    "\"4294967295\"",
                                    "\"1-18446744073709551615\"",
                                    "\"18446744073709551615\"",
                                    "\"\\u0000\"",
                                    "\"\\ud800\"",
                                    "\"\\u202e\\ud83d\\ude00\"",
                                    "\"administrator\"",
                                    "7",
                                    "null",
                                    "[]",
                                    "{}"};
static const char *const objects[] = {"{}",
                                      "[]",
                                      "null",
                                      "{\"id\":\"x\"}",
                                      "[[[[]]]]",
                                      "[{}]",
                                      "{\"id\":\"x\",\"months\":{\"from\":\"2026-11\"}}"};

#define PICK(list, random) (list)[(random) % (sizeof(list) / sizeof((list)[0]))]

static const char *value_of(const struct hostile *h, const struct field *field, char into[32])
{
    uint32_t random = (uint32_t)rand();

    if (strcmp(field->name, "app") == 0 && random % 8) {
        snprintf(into, 32, "%u", random % 3 ? h->own : h->others);
        return into;
    }
    switch ((enum field_type)field->type) {
    case FIELD_STRING:
    case FIELD_ACCOUNT:
        return PICK(texts, random);
    case FIELD_U32:
    case FIELD_U64:
        return random % 2 ? PICK(numbers, random / 2) : random % 4 ? "1" : "100";
    default:
        return PICK(objects, random);
    }
}

/* As it stands in a path or a query: a string without its quotes, all else percent-encoded. */
static void plain_add(struct buf *into, const char *json)
{
    size_t n = strlen(json);

    if (json[0] == '"') {
        json++;
        n -= 2;
    }
    for (size_t i = 0; i < n; i++) {
        if (isalnum((unsigned char)json[i]))
            buf_add(into, json + i, 1);
        else
            buf_printf(into, "%%%02X", (unsigned char)json[i]);
    }
    if (!n)
        BUF_LIT(into, "%00");
}

static const struct field *field_named(const struct command *command, struct span name)
{
    for (size_t i = 0; i < command->field_count; i++) {
        if (span_is(name, command->fields[i].name))
            return &command->fields[i];
    }
    return NULL;
}

/* Where `field` stands: a bit of its index in the path. */
static uint32_t path_make(struct hostile *h, const struct command *command, const char *app,
                          struct buf *into)
{
    struct span path = span_of(command->operation.admin->path), segment, name;
    uint32_t in_path = 0;
    char text[32];

    BUF_LIT(into, "/admin/v1");
    while (admin_segment_next(&path, &segment)) {
        const struct field *field;

        BUF_LIT(into, "/");
        if (!admin_segment_name(segment, &name)) {
            buf_add_span(into, segment);
            continue;
        }
        field = field_named(command, name);
        assert_non_null(field);
        in_path |= 1u << (field - command->fields);
        plain_add(into, app && span_is(name, "app") ? app : value_of(h, field, text));
    }
    return in_path;
}

static void members_make(struct hostile *h, const struct command *command, uint32_t in_path,
                         bool query, struct buf *into)
{
    char text[32];

    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];

        if (rand() % 4 == 0 || (in_path >> i & 1 && rand() % 64))
            continue;
        if (query) {
            buf_printf(into, "&%s=", field->name);
            plain_add(into, value_of(h, field, text));
            continue;
        }
        if (into->p[into->n - 1] != '{')
            BUF_LIT(into, ",");
        buf_printf(into, "\"%s\":%s", field->name, value_of(h, field, text));
    }
}

/* One request to a command; `app`: in the path, NULL: drawn. */
static unsigned ask(struct hostile *h, const char *token, const struct command *command,
                    const char *app)
{
    const struct admin_route *route = command->operation.admin;
    bool writes = admin_route_writes(route);
    struct buf target = {
        .p = h->target, .room = sizeof(h->target) - 1, .max = sizeof(h->target) - 1};
    struct buf body = {.p = h->body, .room = sizeof(h->body) - 1, .max = sizeof(h->body) - 1};
    uint32_t in_path = path_make(h, command, app, &target);

    if (!writes)
        BUF_LIT(&target, "?");
    BUF_LIT(&body, "{");
    members_make(h, command, in_path, !writes, writes ? &body : &target);
    BUF_LIT(&body, "}");
    assert_false(target.overflow || body.overflow);
    h->target[target.n] = 0;
    h->body[body.n] = 0;
    return call(h, token, route->method, h->target, writes ? h->body : NULL);
}

/* ---- tests ---- */

TEST(no_member_of_any_operation_breaks_the_server)
{
    struct hostile *h = hostile_new();
    unsigned good = 0, hours = 10;

    srand(1);
    for (unsigned round = 0; round < 150; round++) {
        if (round % 20 == 0)
            app_shard_at(h->t, "2026-11-22", hours++);
        if (round % 50 == 49)
            app_shard_restart(h->t);
        for (size_t i = 0; i < command_count(); i++) {
            struct json reply;
            unsigned status;

            if (!command_at(i)->operation.admin)
                continue;
            status = ask(h, round % 3 ? NULL : h->token, command_at(i), NULL);
            if (!json_parse(span_of(h->t->text), &reply) || status >= 500)
                fail_msg("%u %s %s: %s", status, h->target, h->body, h->t->text);
            good += status < 300;
        }
    }
    assert_true(good > 1000);
    hostile_free(h);
}

TEST(every_operation_says_the_same_of_anothers_app_and_of_none)
{
    struct hostile *h = hostile_new();
    unsigned answered = 0;
    char others[16], none[16];

    snprintf(others, sizeof(others), "%u", h->others);
    snprintf(none, sizeof(none), "%u", h->others + 1);
    for (unsigned round = 0; round < 20; round++) {
        /* A new hour, so that the customer has its calls. */
        app_shard_at(h->t, "2026-11-23", round);
        for (size_t i = 0; i < command_count(); i++) {
            const struct admin_route *route = command_at(i)->operation.admin;
            unsigned status;
            char *at, *first;

            if (!route || !strstr(route->path, "{app}"))
                continue;
            srand(round);
            status = ask(h, h->token, command_at(i), others);
            assert_true(status >= 400);
            first = strdup(h->t->text);
            while ((at = strstr(first, others)))
                memcpy(at, none, strlen(none));
            srand(round);
            assert_int_equal(ask(h, h->token, command_at(i), none), status);
            assert_string_equal(h->t->text, first);
            answered += status == 404;
            free(first);
        }
    }
    assert_true(answered > 100);
    hostile_free(h);
}

int main(void)
{
    return RUN_TESTS(T(no_member_of_any_operation_breaks_the_server),
                     T(every_operation_says_the_same_of_anothers_app_and_of_none));
}
