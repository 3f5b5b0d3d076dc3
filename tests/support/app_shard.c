#include "support/test.h"

#include "support/app_shard.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/sha.h>

#include "base/hash.h"
#include "base/mem.h"
#include "command/admin_route.h"
#include "core/admin/token.h"
#include "core/app/registry.h"
#include "core/billing/shipped.h"
#include "core/session/login.h"
#include "core/usage/calendar.h"
#include "support/sim_disk.h"

static void random_bytes(void *arg, void *p, size_t n)
{
    struct app_shard *t = arg;

    for (size_t i = 0; i < n; i++) {
        t->chance = t->chance * 1664525 + 1013904223;
        ((uint8_t *)p)[i] = (uint8_t)(t->chance >> 24);
    }
}

static void put(void *arg, const struct output *output)
{
    struct app_shard *t = arg;

    if (output->kind == OUTPUT_REPLY) {
        assert_null(t->reply);
        t->reply = output->req;
        return;
    }
    t->pushes += output->kind == OUTPUT_PUSH;
    request_unref(output->req);
}

static void open_shard(struct app_shard *t)
{
    struct shard_config config = {.journal = {.disk = t->disk, .segment_bytes = 1 << 20},
                                  .engine = t->engine,
                                  .cache_bytes = 16 << 20,
                                  .sink = {put, t},
                                  .zone = t->zone,
                                  .registry = t->registry,
                                  .command_number = command_number,
                                  .random_bytes = random_bytes,
                                  .random_arg = t,
                                  .checkpoint_bytes = 1 << 30,
                                  .checkpoint_rows = 1 << 30,
                                  .checkpoint_age_us = UINT64_MAX};

    if (!t->without_plan)
        assert_true(shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &config.plan));
    assert_int_equal(shard_open(&config, t->now_us, &t->shard), IM_OK);
}

static uint64_t time_of(const struct app_shard *t, const char *date, unsigned hour)
{
    char digits[9];
    uint32_t day;

    snprintf(digits, sizeof(digits), "%.4s%.2s%.2s", date, date + 5, date + 8);
    assert_true(day_parse(span_of(digits), &day));
    return zone_day_start_us(t->zone, day) + hour * 3600000000ull;
}

struct app_shard *app_shard_new(const char *date, unsigned hour)
{
    struct app_shard *t = mem_zalloc(sizeof(*t));

    hash_init();
    t->chance = 1;
    t->disk = sim_disk_new();
    t->engine = engine_memory_new();
    t->registry = app_registry_new();
    assert_int_equal(zone_open(ZONE_DEFAULT, &t->zone), IM_OK);
    t->now_us = time_of(t, date, hour);
    open_shard(t);
    app_shard_operator(t, "admin.app_create", "{\"name\":\"Test\"}");
    t->app = (struct app_id){(uint32_t)app_shard_number(t, "sdkappid")};
    return t;
}

static void drop_reply(struct app_shard *t)
{
    if (t->reply)
        request_unref(t->reply);
    t->reply = NULL;
}

void app_shard_free(struct app_shard *t)
{
    drop_reply(t);
    shard_close(t->shard);
    state_engine_close(t->engine);
    sim_disk_free(t->disk);
    zone_free(t->zone);
    app_registry_free(t->registry);
    free(t);
}

void app_shard_at(struct app_shard *t, const char *date, unsigned hour)
{
    uint64_t now_us = time_of(t, date, hour);

    assert_true(now_us >= t->now_us);
    t->now_us = now_us;
}

static void sync_journal(struct app_shard *t)
{
    assert_int_equal(journal_sync(shard_journal(t->shard)), IM_OK);
}

void app_shard_checkpoint(struct app_shard *t)
{
    struct state_frozen *frozen;

    sync_journal(t);
    frozen = shard_take_checkpoint(t->shard, true);
    assert_non_null(frozen);
    assert_int_equal(state_write(frozen), IM_OK);
    shard_checkpointed(t->shard, frozen, true);
}

void app_shard_restart(struct app_shard *t)
{
    drop_reply(t);
    sync_journal(t);
    shard_close(t->shard);
    app_registry_free(t->registry);
    t->registry = app_registry_new();
    open_shard(t);
}

/* Takes the request's reference; its reply is in t->reply. */
static void run(struct app_shard *t, struct request *req)
{
    struct state_load *load;

    drop_reply(t);
    t->pushes = 0;
    req->from.gateway = 0;
    shard_begin(t->shard, t->now_us);
    shard_run(t->shard, req);
    while ((load = shard_take_load(t->shard))) {
        state_load_read(load);
        shard_loaded(t->shard, load);
    }
    sync_journal(t);
    assert_non_null(t->reply);
}

static const char *call(struct app_shard *t, struct request *req, const char *name,
                        const char *json)
{
    const char *point = strchr(name, '.');
    const struct command *command =
        command_find((struct span){name, (size_t)(point - name)}, span_of(point + 1));
    struct buf text;
    enum im_err err;

    assert_non_null(command);
    buf_init(&text, sizeof(t->text) - 1);
    err = command_decode(command, req, arena_copy(&req->arena, span_of(json)));
    if (err) {
        drop_reply(t);
        command_encode_error(command->envelope, err, &text);
        request_unref(req);
    } else {
        run(t, req);
        command_encode(t->reply, &text);
    }
    assert_false(text.overflow);
    memcpy(t->text, text.p, text.n);
    t->text[text.n] = 0;
    buf_release(&text);
    return t->text;
}

const char *app_shard_admin(struct app_shard *t, const char *command, const char *json)
{
    struct request *req = request_new();

    req->caller = CALLER_ADMIN;
    req->app = t->app;
    req->identifier = SPAN_LIT("administrator");
    return call(t, req, command, json);
}

const char *app_shard_operator(struct app_shard *t, const char *command, const char *json)
{
    struct request *req = request_new();

    req->caller = CALLER_OPERATOR;
    return call(t, req, command, json);
}

/* What a gateway makes of the header fields; the digests differ from its, and need not be the
   same. */
static void claim(struct admin_call *call, const char *token, const char *key, struct span request)
{
    uint8_t secret[TOKEN_SECRET_BYTES] = {0};

    if (token)
        call->has_token = token_parse(span_of(token), &call->claims, secret);
    if (!key)
        return;
    call->has_key = true;
    SHA256((const unsigned char *)key, strlen(key), call->key_sha256);
    SHA256((const unsigned char *)request.p, request.n, call->request_sha256);
    SHA256(secret, sizeof(secret), call->seal);
}

unsigned app_shard_http(struct app_shard *t, const char *token, const char *method,
                        const char *target, const char *body, const char *key)
{
    struct request *req = request_new();
    struct span path = arena_copy(&req->arena, span_of(target)), query = {0};
    const char *mark = memchr(path.p, '?', path.n);
    struct buf allow, text;
    const struct command *command;
    unsigned status;

    if (mark) {
        query = (struct span){mark + 1, path.n - (size_t)(mark + 1 - path.p)};
        path.n = (size_t)(mark - path.p);
    }
    buf_init(&allow, 256);
    buf_init(&text, sizeof(t->text) - 1);
    command = admin_route_find(span_of(method), path, &allow);
    assert_non_null(command);
    req->caller = token ? CALLER_TOKEN : CALLER_OPERATOR;
    req->admin = ARENA_NEW(&req->arena, struct admin_call);
    buf_printf(&text, "%s %s %s", method, target, body ? body : "");
    claim(req->admin, token, key, buf_span(&text));
    buf_reset(&text);
    req->err =
        admin_decode(command, req, path, query, arena_copy(&req->arena, span_of(body ? body : "")));
    if (req->err) {
        drop_reply(t);
        t->reply = req;
    } else {
        run(t, req);
    }
    admin_encode(t->reply, &text);
    status = admin_status(t->reply);
    assert_false(text.overflow);
    memcpy(t->text, text.p, text.n);
    t->text[text.n] = 0;
    buf_release(&text);
    buf_release(&allow);
    return status;
}

static enum im_err login(struct app_shard *t, const char *user, enum platform platform)
{
    static const struct operation operation = {.run = session_login};
    struct request *req = request_new();
    struct login_req *body = ARENA_NEW(&req->arena, struct login_req);

    req->operation = &operation;
    req->caller = CALLER_NOBODY;
    req->app = t->app;
    req->identifier = arena_copy(&req->arena, span_of(user));
    body->sig_time_s = t->now_us / 1000000;
    body->platform = (uint8_t)platform;
    req->body = body;
    run(t, req);
    return t->reply->err;
}

enum im_err app_shard_login(struct app_shard *t, const char *user, enum platform platform)
{
    return login(t, user, platform);
}

/* Each call comes from a fresh Web terminal of the account. */
const char *app_shard_user(struct app_shard *t, const char *user, const char *command,
                           const char *json)
{
    uint64_t session;
    struct request *req;

    assert_int_equal(login(t, user, PLATFORM_WEB), IM_OK);
    session = t->reply->bound_session_id;
    assert_true(session != 0);
    req = request_new();
    req->caller = CALLER_USER;
    req->app = t->app;
    req->session_id = session;
    req->identifier = arena_copy(&req->arena, span_of(user));
    return call(t, req, command, json);
}

uint64_t app_shard_number(struct app_shard *t, const char *name)
{
    struct json reply;
    uint64_t number = 0;

    assert_true(json_parse(span_of(t->text), &reply));
    if (!json_to_u64(json_member(json_member(reply, "Result"), name), &number))
        fail_msg("no number %s in %s", name, t->text);
    return number;
}
