#include "support/test.h"

#include "support/shard_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "core/app/registry.h"
#include "core/billing/shipped.h"
#include "core/history/page.h"
#include "core/session/login.h"
#include "core/session/session.h"
#include "core/usage/calendar.h"
#include "support/sim_disk.h"

#define MAX_TEXT (8u << 20)
#define MAX_LOADS 256

static uint64_t draw(struct shard_fixture *f, uint64_t below)
{
    f->chance ^= f->chance << 13;
    f->chance ^= f->chance >> 7;
    f->chance ^= f->chance << 17;
    return f->chance % below;
}

static void random_bytes(void *arg, void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)draw(arg, 256);
}

/* ---- what the shard says ---- */

static char *text_copy(const struct buf *text)
{
    char *copy = mem_alloc(text->n + 1);

    memcpy(copy, text->p, text->n);
    copy[text->n] = 0;
    return copy;
}

static void sync_journal(struct shard_fixture *f)
{
    if (!f->stuck && journal_sync(shard_journal(f->shard)) != IM_OK && !f->disk_fails)
        fail_msg("the journal has failed");
}

static void keep_reply(struct shard_fixture *f, const struct output *output, struct buf *text)
{
    struct request *req = output->req;

    f->waiting--;
    f->err = req->err;
    f->shows = output->shows;
    if (req->bound_session_id && req->tag)
        f->terminal[req->tag - 1].session = req->bound_session_id;
    if (!command_of(req)->service)
        return;
    sync_journal(f);
    history_fetch(shard_journal(f->shard), req);
    command_encode(req, text);
    assert_false(text->overflow);
    free(f->text);
    f->text = text_copy(text);
    if (!json_parse(span_of(f->text), &f->reply))
        fail_msg("not JSON: %s", f->text);
}

static void keep_push(struct shard_fixture *f, const struct output *output, struct buf *text)
{
    const struct address *to = output->many ? output->many : &output->to;
    uint32_t count = output->many ? output->many_count : 1;
    struct json parsed;

    push_encode(output, text);
    assert_true(json_parse(buf_span(text), &parsed));
    for (uint32_t i = 0; i < count; i++) {
        struct fixture_push *push = &f->push[f->pushes++];

        assert_true(f->pushes <= FIXTURE_PUSHES);
        *push = (struct fixture_push){
            .terminal = (int)to[i].slot, .position = output->position, .text = text_copy(text)};
    }
}

static void put(void *arg, const struct output *output)
{
    struct shard_fixture *f = arg;
    struct buf text;

    buf_init(&text, MAX_TEXT);
    if (output->kind == OUTPUT_REPLY)
        keep_reply(f, output, &text);
    else if (output->kind == OUTPUT_PUSH)
        keep_push(f, output, &text);
    buf_release(&text);
    request_unref(output->req);
}

/* ---- opening ---- */

static void open_shard(struct shard_fixture *f)
{
    struct shard_config config = {.journal = {.disk = f->disk, .segment_bytes = 1 << 20},
                                  .engine = f->engine,
                                  .cache_bytes = f->cache_bytes,
                                  .sink = {put, f},
                                  .zone = f->zone,
                                  .registry = f->registry,
                                  .command_number = command_number,
                                  .expiry = f->expiry,
                                  .random_bytes = random_bytes,
                                  .random_arg = f,
                                  .checkpoint_bytes = UINT64_MAX,
                                  .checkpoint_rows = UINT64_MAX,
                                  .jump_us = f->jump_us,
                                  .jump_at_start_us = f->jump_at_start_us,
                                  .checkpoint_age_us = UINT64_MAX};

    if (f->plan.n)
        config.plan = buf_span(&f->plan);
    else
        assert_true(shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &config.plan));
    assert_int_equal(shard_open(&config, f->now_us, &f->shard), IM_OK);
}

static void drain(struct shard_fixture *f)
{
    struct state_load *loads[MAX_LOADS];
    int count = 0;

    for (;;) {
        struct state_load *load;
        int at;

        while (count < MAX_LOADS && (load = shard_take_load(f->shard)))
            loads[count++] = load;
        if (!count)
            break;
        at = f->shuffle ? (int)draw(f, (uint64_t)count) : 0;
        load = loads[at];
        memmove(&loads[at], &loads[at + 1], (size_t)(--count - at) * sizeof(loads[0]));
        f->loads++;
        state_load_read(load);
        if (f->shuffle && draw(f, 2))
            state_trim(shard_state(f->shard));
        shard_loaded(f->shard, load);
    }
    sync_journal(f);
}

static void run(struct shard_fixture *f, struct request *req)
{
    f->waiting++;
    shard_begin(f->shard, f->now_us);
    shard_run(f->shard, req);
    if (!f->shuffle)
        drain(f);
}

void fixture_drain(struct shard_fixture *f)
{
    drain(f);
    assert_int_equal(f->waiting, shard_held(f->shard));
    state_trim(shard_state(f->shard));
}

static void call(struct shard_fixture *f, struct request *req, const char *name, const char *json,
                 va_list args) __attribute__((format(printf, 4, 0)));
static void call(struct shard_fixture *f, struct request *req, const char *name, const char *json,
                 va_list args)
{
    const char *point = strchr(name, '.');
    const struct command *command =
        command_find((struct span){name, (size_t)(point - name)}, span_of(point + 1));
    struct buf text;
    char *body;
    enum im_err err;

    if (!command)
        fail_msg("no command %s", name);
    assert_true(vasprintf(&body, json, args) >= 0);
    err = command_decode(command, req, arena_copy(&req->arena, span_of(body)));
    free(body);
    if (!err) {
        run(f, req);
        return;
    }
    buf_init(&text, MAX_TEXT);
    command_encode_error(command->envelope, err, &text);
    free(f->text);
    f->text = text_copy(&text);
    f->err = err;
    buf_release(&text);
    assert_true(json_parse(span_of(f->text), &f->reply));
    request_unref(req);
}

static struct request *admin_request(struct shard_fixture *f)
{
    struct request *req = request_new();

    req->caller = CALLER_ADMIN;
    req->app = f->app;
    req->identifier = SPAN_LIT("administrator");
    req->from = (struct address){.slot = FIXTURE_TERMINALS, .generation = 1};
    return req;
}

static struct request *user_request(struct shard_fixture *f, int terminal)
{
    struct request *req = request_new();

    assert_true(terminal < f->terminals);
    req->caller = CALLER_USER;
    req->app = f->app;
    req->session_id = f->terminal[terminal].session;
    req->identifier = arena_copy(&req->arena, span_of(f->terminal[terminal].name));
    req->from = (struct address){.slot = (uint32_t)terminal, .generation = 1};
    return req;
}

const char *fixture_admin(struct shard_fixture *f, const char *command, const char *json, ...)
{
    va_list args;

    va_start(args, json);
    call(f, admin_request(f), command, json, args);
    va_end(args);
    fixture_drain(f);
    return f->text;
}

const char *fixture_user(struct shard_fixture *f, int terminal, const char *command,
                         const char *json, ...)
{
    va_list args;

    va_start(args, json);
    call(f, user_request(f, terminal), command, json, args);
    va_end(args);
    fixture_drain(f);
    return f->text;
}

void fixture_post(struct shard_fixture *f, int terminal, const char *command, const char *json, ...)
{
    va_list args;

    va_start(args, json);
    call(f, terminal < 0 ? admin_request(f) : user_request(f, terminal), command, json, args);
    va_end(args);
}

static void operator_call(struct shard_fixture *f, const char *command, const char *json,
                          va_list args) __attribute__((format(printf, 3, 0)));
static void operator_call(struct shard_fixture *f, const char *command, const char *json,
                          va_list args)
{
    struct request *req = admin_request(f);

    req->caller = CALLER_OPERATOR;
    req->app = (struct app_id){0};
    call(f, req, command, json, args);
    fixture_drain(f);
}

void fixture_operator(struct shard_fixture *f, const char *command, const char *json, ...)
{
    va_list args;

    va_start(args, json);
    operator_call(f, command, json, args);
    va_end(args);
    if (f->err)
        fail_msg("%s", f->text);
}

enum im_err fixture_operator_try(struct shard_fixture *f, const char *command, const char *json,
                                 ...)
{
    va_list args;

    va_start(args, json);
    operator_call(f, command, json, args);
    va_end(args);
    return f->err;
}

struct shard_fixture *fixture_new(uint64_t cache_bytes)
{
    static const struct plan_edit none = {NULL, NULL};

    return fixture_new_plan(cache_bytes, &none);
}

struct shard_fixture *fixture_new_plan(uint64_t cache_bytes, const struct plan_edit *edits)
{
    struct shard_fixture *f = mem_zalloc(sizeof(*f));

    hash_init();
    buf_init(&f->plan, 1 << 16);
    if (edits->path)
        plan_edit_text(edits, &f->plan);
    f->cache_bytes = cache_bytes;
    f->chance = 88172645463325252u;
    f->now_us = FIXTURE_START_S * UINT64_C(1000000);
    f->disk = sim_disk_new();
    f->engine = engine_memory_new();
    f->expiry = history_expiry_new();
    engine_memory_expire(f->engine, history_row_expired, f->expiry);
    f->registry = app_registry_new();
    assert_int_equal(zone_open(ZONE_DEFAULT, &f->zone), IM_OK);
    open_shard(f);
    fixture_operator(f, "admin.app_create", "{\"name\":\"Test\"}");
    f->app = (struct app_id){(uint32_t)fixture_number(f, "Result.sdkappid")};
    return f;
}

void fixture_forget(struct shard_fixture *f)
{
    for (uint32_t i = 0; i < f->pushes; i++)
        free(f->push[i].text);
    f->pushes = 0;
}

void fixture_free(struct shard_fixture *f)
{
    fixture_forget(f);
    shard_close(f->shard);
    state_engine_close(f->engine);
    history_expiry_free(f->expiry);
    sim_disk_free(f->disk);
    zone_free(f->zone);
    app_registry_free(f->registry);
    buf_release(&f->plan);
    free(f->text);
    free(f);
}

/* ---- time ---- */

void fixture_advance(struct shard_fixture *f, uint32_t seconds)
{
    f->now_us += seconds * UINT64_C(1000000);
    shard_begin(f->shard, f->now_us);
    fixture_drain(f);
}

uint32_t fixture_now(const struct shard_fixture *f)
{
    return (uint32_t)(f->now_us / 1000000);
}

void fixture_checkpoint(struct shard_fixture *f)
{
    struct state_frozen *frozen;

    fixture_drain(f);
    frozen = shard_take_checkpoint(f->shard, true);
    if (!frozen)
        return;
    assert_int_equal(state_write(frozen), IM_OK);
    shard_checkpointed(f->shard, frozen, true);
    state_trim(shard_state(f->shard));
}

void fixture_compact(struct shard_fixture *f)
{
    assert_int_equal(f->engine->ops->compact(f->engine), IM_OK);
}

static void start_again(struct shard_fixture *f)
{
    shard_close(f->shard);
    app_registry_free(f->registry);
    f->registry = app_registry_new();
    f->terminals = 0;
    f->waiting = 0;
    sim_disk_fail_after(f->disk, 0, IM_OK);
    open_shard(f);
}

void fixture_restart(struct shard_fixture *f)
{
    fixture_drain(f);
    start_again(f);
}

void fixture_crash(struct shard_fixture *f)
{
    sim_disk_fail_after(f->disk, 1, IM_ERR_IO);
    start_again(f);
}

/* ---- accounts and terminals ---- */

void fixture_limit(struct shard_fixture *f, const char *limit, unsigned value)
{
    fixture_operator(f, "admin.limit_set",
                     "{\"app\":%u,\"limit\":\"%s\",\"value\":%u,\"reason\":\"test\"}", f->app.v,
                     limit, value);
}

void fixture_account(struct shard_fixture *f, const char *name)
{
    fixture_admin(f, "im_open_login_svc.account_import", "{\"Identifier\":\"%s\"}", name);
    assert_int_equal(f->err, IM_OK);
}

int fixture_login(struct shard_fixture *f, const char *name, enum platform platform)
{
    static const struct command login = {.operation = {.run = session_login}};
    struct request *req = request_new();
    struct login_req *body = ARENA_NEW(&req->arena, struct login_req);
    int terminal = f->terminals++;

    assert_true(f->terminals <= FIXTURE_TERMINALS);
    snprintf(f->terminal[terminal].name, sizeof(f->terminal[0].name), "%s", name);
    req->operation = &login.operation;
    req->caller = CALLER_NOBODY;
    req->app = f->app;
    req->identifier = arena_copy(&req->arena, span_of(name));
    req->from = (struct address){.slot = (uint32_t)terminal, .generation = 1};
    req->tag = (uint64_t)terminal + 1;
    body->sig_time_s = fixture_now(f);
    body->platform = (uint8_t)platform;
    req->body = body;
    run(f, req);
    fixture_drain(f);
    assert_int_equal(f->err, IM_OK);
    return terminal;
}

/* ---- messages ---- */

const char *fixture_key_text(struct message_key key, char *into)
{
    snprintf(into, 51, "%u_%u_%u", key.seq, key.random, key.time);
    return into;
}

static struct message_key sent_key(struct shard_fixture *f)
{
    struct message_key key;

    if (f->err)
        fail_msg("%s", f->text);
    assert_true(msgkey_parse(span_of(fixture_text(f, "MsgKey")), &key));
    return key;
}

struct message_key fixture_send(struct shard_fixture *f, int from, const char *to, const char *text)
{
    fixture_user(f, from, "openim.sendmsg",
                 "{\"To_Account\":\"%s\",\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgClientTime\":%u,"
                 "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]}",
                 to, ++f->seq, (unsigned)draw(f, 1u << 31), fixture_now(f) - 3, text);
    return sent_key(f);
}

struct message_key fixture_send_rest(struct shard_fixture *f, const char *from, const char *to,
                                     const char *text, const char *members)
{
    fixture_admin(f, "openim.sendmsg",
                  "{\"From_Account\":\"%s\",\"To_Account\":\"%s\",\"MsgRandom\":%u,"
                  "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]%s}",
                  from, to, (unsigned)draw(f, 1u << 31), text, members);
    return sent_key(f);
}

/* ---- looking at replies ---- */

struct json fixture_path(struct json value, const char *path)
{
    while (*path) {
        size_t n = strcspn(path, ".");
        char name[64];

        assert_true(n < sizeof(name));
        memcpy(name, path, n);
        name[n] = 0;
        path += n + (path[n] == '.');
        if (value.type == JSON_ARRAY) {
            struct json_iter it = json_iter(value);
            struct json item = {.type = JSON_NONE};
            struct span key;
            unsigned long at = strtoul(name, NULL, 10), i = 0;

            value = item;
            while (json_next(&it, &key, &item)) {
                if (i++ == at)
                    value = item;
            }
        } else {
            value = json_member(value, name);
        }
    }
    return value;
}

struct json fixture_at(const struct shard_fixture *f, const char *path)
{
    return fixture_path(f->reply, path);
}

uint64_t fixture_number(const struct shard_fixture *f, const char *path)
{
    uint64_t number = 0;

    if (!json_to_u64(fixture_at(f, path), &number))
        fail_msg("no number %s in %s", path, f->text);
    return number;
}

const char *fixture_text(struct shard_fixture *f, const char *path)
{
    static char text[16384];
    struct arena arena;
    struct span span;

    arena_init(&arena);
    if (!json_to_string(fixture_at(f, path), &arena, &span) || span.n >= sizeof(text))
        fail_msg("no string %s in %s", path, f->text);
    memcpy(text, span.p, span.n);
    text[span.n] = 0;
    arena_release(&arena);
    return text;
}

size_t fixture_count(const struct shard_fixture *f, const char *path)
{
    struct json value = fixture_at(f, path);

    if (value.type != JSON_ARRAY)
        fail_msg("no array %s in %s", path, f->text);
    return json_count(value);
}

uint32_t fixture_pushed(const struct shard_fixture *f, int terminal, const char *part)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->pushes; i++)
        count += f->push[i].terminal == terminal && strstr(f->push[i].text, part);
    return count;
}

/* ---- comparing ---- */

static void digest_row(void *arg, struct span key, const void *value, size_t n)
{
    uint64_t *digest = arg;

    /* A start raises the boot number, and nothing else. FNV-1a: the same in every process. */
    if (key.p[0] == ROW_META)
        return;
    for (size_t i = 0; i < key.n; i++)
        *digest = (*digest ^ (uint8_t)key.p[i]) * 1099511628211u;
    for (size_t i = 0; i < n; i++)
        *digest = (*digest ^ ((const uint8_t *)value)[i]) * 1099511628211u;
}

uint64_t fixture_digest(struct shard_fixture *f)
{
    uint64_t digest = 14695981039346656037u;

    assert_int_equal(state_dump(shard_state(f->shard), digest_row, &digest), IM_OK);
    return digest;
}
