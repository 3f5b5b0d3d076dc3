#include "core/session/login.h"

#include "base/check.h"
#include "core/account/account.h"
#include "core/apply.h"
#include "core/group/room.h"
#include "core/quota/limit.h"
#include "core/session/presence.h"
#include "core/shard_internal.h"
#include "core/usage/usage.h"
#include "wire/a2.h"

#define MAX_WEB_TERMINALS 10u

struct session *session_first(struct shard *shard, struct app_id app, struct account_no account)
{
    return session_table_first(shard->sessions, app, account);
}

uint64_t session_online_accounts(struct shard *shard, struct app_id app)
{
    return session_table_presence(shard->sessions, app)->accounts;
}

/* ---- who calls ---- */

static struct session *session_of_instance(struct shard *shard, struct app_id app,
                                           struct account_no account, uint32_t instance)
{
    struct session *session = session_first(shard, app, account);

    while (session && session->instance != instance)
        session = session->next_of_account;
    return session;
}

static const struct terminal *terminal_find(const struct account_row *row, uint32_t instance)
{
    for (int i = 0; i < ACCOUNT_MAX_TERMINALS; i++) {
        if (instance && row->terminals[i].instance == instance)
            return &row->terminals[i];
    }
    return NULL;
}

/* An a2 binds its socket to the session of its terminal, which comes back online if it was not:
   no login (decision 17). */
static enum im_err resolve_a2(struct shard *shard, struct request *req)
{
    const struct a2_claims *a2 = &req->a2;
    const struct account_row *row;
    const struct terminal *terminal;
    enum state_found found;

    if (a2->app.v != req->app.v)
        return IM_ERR_SIG_EXPIRED;
    found = account_row_find(shard, a2->app, a2->account, &row);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    terminal = found == STATE_HIT ? terminal_find(row, a2->instance) : NULL;
    if (!terminal || row->generation != a2->generation)
        return IM_ERR_SIG_EXPIRED;
    req->account = a2->account;
    req->session = session_of_instance(shard, a2->app, a2->account, a2->instance);
    if (req->session) {
        req->session->at = req->from;
    } else {
        if (room_session_need(shard, a2->app, a2->account, row, a2->instance) == STATE_UNKNOWN)
            return IM_AGAIN;
        req->session = session_table_add(shard->sessions, shard->boot, a2->app, a2->account,
                                         a2->instance, terminal->platform, req->from);
        /* Else its places were not asked for above. */
        if (row->in_rooms)
            room_session_back(shard, req->session);
    }
    req->bound_session_id = req->session->id;
    session_presence_changed(shard, req->app);
    return IM_OK;
}

enum im_err session_resolve(struct shard *shard, struct request *req)
{
    /* It may have waited behind a command that ended the session found before. */
    req->session = NULL;
    req->bound_session_id = 0;
    /* A first login is by UserSig: the gateway has verified it. */
    if (!req->has_a2 && !req->session_id)
        return req->operation->run == session_login ? IM_OK : IM_ERR_SIG_EXPIRED;
    if (req->session_id) {
        struct session *session = session_table_find(shard->sessions, req->session_id);

        if (session && session->app.v == req->app.v) {
            req->session = session;
            req->account = session->account;
            return IM_OK;
        }
    }
    if (req->has_a2) {
        enum im_err err = resolve_a2(shard, req);

        if (err != IM_ERR_SIG_EXPIRED)
            return err;
    }
    /* A kicked client says goodbye with its dead a2 and waits for the answer
       (websocket-behaviour §3). */
    return req->operation->run == session_logout ? IM_OK : IM_ERR_SIG_EXPIRED;
}

/* ---- login ---- */

/* Logins of one batch have one time; instances are given out in order. */
static bool logged_in_before(const struct terminal *a, const struct terminal *b)
{
    if (a->login_us != b->login_us)
        return a->login_us < b->login_us;
    return a->instance < b->instance;
}

static bool same_class(uint64_t mode, uint8_t a, uint8_t b)
{
    return mode == 0 || a == b;
}

/* Terminals that a login on this platform pushes out: all but the newest places that its class
   may still hold beside it. Returns how many, oldest login first, in instances[]. */
static uint32_t replaced_by(const struct account_row *row, uint64_t mode, uint8_t platform,
                            uint32_t instances[ACCOUNT_MAX_TERMINALS])
{
    const struct terminal *class[ACCOUNT_MAX_TERMINALS];
    uint32_t count = 0, replaced = 0, keep = 0;

    if (mode && platform == PLATFORM_WEB)
        keep = (uint32_t)(mode < MAX_WEB_TERMINALS ? mode : MAX_WEB_TERMINALS) - 1;
    for (uint32_t i = 0; i < ACCOUNT_MAX_TERMINALS; i++) {
        const struct terminal *terminal = &row->terminals[i];
        uint32_t at = count;

        if (!terminal->instance || !same_class(mode, terminal->platform, platform))
            continue;
        while (at && logged_in_before(terminal, class[at - 1])) {
            class[at] = class[at - 1];
            at--;
        }
        class[at] = terminal;
        count++;
    }
    while (count - replaced > keep) {
        instances[replaced] = class[replaced]->instance;
        replaced++;
    }
    return replaced;
}

/* The kick comes first, so a replaced terminal never counts as a second one (decision 21). */
static void kick_replaced(struct shard *shard, struct request *req, const uint32_t *instances,
                          uint32_t count, uint64_t mode, uint32_t new_instance)
{
    const struct login_req *login = req->body;

    for (uint32_t i = 0; i < count; i++) {
        struct session *session = session_of_instance(shard, req->app, req->account, instances[i]);
        struct push_kicked *push;

        if (!session)
            continue;
        push = ARENA_NEW(&req->arena, struct push_kicked);
        push->kick_type = mode ? 2 : 1;
        push->new_platform = login->platform;
        push->new_instance = new_instance;
        push_to_session(shard, req, session, PUSH_KICKED, push);
        session_end(shard, session);
    }
}

static void set_result(struct shard *shard, struct request *req, struct span name,
                       uint32_t instance, uint32_t generation)
{
    struct login_result *result = ARENA_NEW(&req->arena, struct login_result);
    struct a2_token token = {.app = req->app.v,
                             .account = req->account.v,
                             .instance = instance,
                             .generation = generation,
                             .issued_s = shard_now_s(shard)};
    struct buf text;

    CHECK(name.n <= IDENTIFIER_MAX);
    memcpy(token.name, name.p, name.n);
    buf_init(&text, A2_MAX_TEXT);
    a2_make(&shard->server_key, &token, &text);
    result->a2 = arena_copy(&req->arena, buf_span(&text));
    buf_release(&text);
    result->account = req->account;
    result->instance = instance;
    result->now_s = shard_now_s(shard);
    req->result = result;
}

/* A return with an a2: session_resolve has bound the socket already. */
static enum im_err login_again(struct shard *shard, struct request *req)
{
    set_result(shard, req, req->identifier, req->session->instance, req->a2.generation);
    req->bound_session_id = req->session->id;
    return IM_OK;
}

static void emit_login(struct shard *shard, const struct request *req, uint32_t instance,
                       const uint32_t *replaced, uint32_t count)
{
    const struct login_req *login = req->body;
    struct fact_logged_in *fact = fact_emit(shard, FACT_LOGGED_IN, sizeof(*fact) + count * 4);

    *fact = (struct fact_logged_in){.app = req->app.v,
                                    .account = req->account.v,
                                    .instance = instance,
                                    .platform = login->platform,
                                    .replaced_count = (uint8_t)count};
    memcpy(fact + 1, replaced, count * 4);
}

static uint32_t next_instance(struct shard *shard)
{
    struct row_key key;
    const struct meta_row *meta = row_get(shard, row_key_meta(&key), NULL);

    return meta->next_instance ? meta->next_instance : 1;
}

enum im_err session_login(struct shard *shard, struct request *req)
{
    const struct login_req *login = req->body;
    const struct account_row *row = NULL;
    uint32_t replaced[ACCOUNT_MAX_TERMINALS], count = 0, instance, generation = 0;
    uint64_t mode = limit_of(shard, req->app, LIMIT_MULTI_TERMINAL);
    uint64_t left;
    struct row_key key;
    const void *value;
    enum state_found found;

    if (req->session)
        return login_again(shard, req);
    left = accounts_left(shard, req->app);
    if (row_find(shard, row_key_meta(&key), &value, NULL) == STATE_UNKNOWN)
        return IM_AGAIN;
    found = account_find(shard, req->app, req->identifier, &req->account);
    if (found == STATE_HIT && account_row_find(shard, req->app, req->account, &row) != STATE_HIT)
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        req->account = account_next(shard, req->app);
    if (row)
        room_session_need(shard, req->app, req->account, row, UINT32_MAX);
    if (found != STATE_UNKNOWN)
        usage_need(shard, req->app, 1u << DAY_SET_LOGIN | 1u << DAY_SET_ACTIVE, req->account, 0);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (row && row->kicked_us && login->sig_time_s <= row->kicked_us / 1000000)
        return IM_ERR_SIG_KICKED;
    if (!row && !left)
        return IM_ERR_ACCOUNT_COUNT;

    instance = next_instance(shard);
    if (row) {
        count = replaced_by(row, mode, login->platform, replaced);
        generation = row->generation;
    } else {
        account_create(shard, req->app, req->identifier, true, &req->account);
    }
    emit_login(shard, req, instance, replaced, count);
    for (uint32_t i = 0; i < count; i++)
        room_terminal_gone(shard, req->app, req->account, row, replaced[i]);
    kick_replaced(shard, req, replaced, count, mode, instance);
    req->session = session_table_add(shard->sessions, shard->boot, req->app, req->account, instance,
                                     login->platform, req->from);
    req->bound_session_id = req->session->id;
    presence_emit(shard, req->app, req->account);
    set_result(shard, req, req->identifier, instance, generation);
    return IM_OK;
}

static struct account_row *account_put(struct shard *shard, uint32_t app, uint32_t account)
{
    struct row_key key;

    return row_put(shard, row_key_account(&key, (struct app_id){app}, (struct account_no){account}),
                   sizeof(struct account_row));
}

static void free_terminal(struct account_row *row, uint32_t instance)
{
    for (int i = 0; i < ACCOUNT_MAX_TERMINALS; i++) {
        if (row->terminals[i].instance == instance)
            row->terminals[i] = (struct terminal){0};
    }
}

/* A free place, or the oldest one if an app's mode was narrowed while many were in use. */
static struct terminal *terminal_place(struct account_row *row)
{
    struct terminal *oldest = &row->terminals[0];

    for (int i = 0; i < ACCOUNT_MAX_TERMINALS; i++) {
        struct terminal *terminal = &row->terminals[i];

        if (!terminal->instance)
            return terminal;
        if (logged_in_before(terminal, oldest))
            oldest = terminal;
    }
    return oldest;
}

void apply_logged_in(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_logged_in *fact = payload;
    const uint32_t *replaced = (const uint32_t *)(fact + 1);
    struct account_row *row = account_put(shard, fact->app, fact->account);
    struct meta_row *meta;
    struct row_key key;

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->replaced_count; i++)
        free_terminal(row, replaced[i]);
    *terminal_place(row) = (struct terminal){
        .instance = fact->instance, .platform = fact->platform, .login_us = shard_now_us(shard)};
    row->logged_in_once = 1;
    meta = row_put(shard, row_key_meta(&key), sizeof(*meta));
    meta->next_instance = fact->instance == UINT32_MAX ? 1 : fact->instance + 1;
    usage_login(shard, (struct app_id){fact->app}, (struct account_no){fact->account});
}

/* ---- logout and hello ---- */

enum im_err session_logout(struct shard *shard, struct request *req)
{
    struct fact_logged_out *fact;
    const struct account_row *row;

    if (!req->session)
        return IM_OK;
    if (account_row_find(shard, req->app, req->account, &row) != STATE_HIT ||
        room_session_need(shard, req->app, req->account, row, UINT32_MAX) == STATE_UNKNOWN)
        return IM_AGAIN;
    room_terminal_gone(shard, req->app, req->account, row, req->session->instance);
    fact = fact_emit(shard, FACT_LOGGED_OUT, sizeof(*fact));
    fact->app = req->app.v;
    fact->account = req->account.v;
    fact->instance = req->session->instance;
    session_end(shard, req->session);
    req->session = NULL;
    return IM_OK;
}

void apply_logged_out(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_logged_out *fact = payload;

    (void)n, (void)number;
    free_terminal(account_put(shard, fact->app, fact->account), fact->instance);
}

/* The periodic call of a client that is online; the first of a day makes it an active user. */
enum im_err session_hello(struct shard *shard, struct request *req)
{
    struct fact_active *fact;

    usage_need(shard, req->app, 1u << DAY_SET_ACTIVE, req->account, 0);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (usage_today_has(shard, req->app, DAY_SET_ACTIVE, req->account))
        return IM_OK;
    fact = fact_emit(shard, FACT_ACTIVE, sizeof(*fact));
    fact->app = req->app.v;
    fact->account = req->account.v;
    return IM_OK;
}

void apply_active(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_active *fact = payload;

    (void)n, (void)number;
    usage_active(shard, (struct app_id){fact->app}, (struct account_no){fact->account});
}

/* ---- REST kick ---- */

enum im_err session_kick(struct shard *shard, struct request *req)
{
    const struct kick_req *kick = req->body;
    const struct account_row *row;
    struct session *session;
    struct fact_kicked *fact;
    enum state_found found = account_find(shard, req->app, kick->user, &req->account);

    if (found == STATE_ABSENT)
        return IM_ERR_ACCOUNT_MISSING;
    if (found == STATE_UNKNOWN ||
        account_row_find(shard, req->app, req->account, &row) != STATE_HIT ||
        room_session_need(shard, req->app, req->account, row, UINT32_MAX) == STATE_UNKNOWN ||
        shard_missing(shard))
        return IM_AGAIN;
    room_terminal_gone(shard, req->app, req->account, row, 0);
    fact = fact_emit(shard, FACT_KICKED, sizeof(*fact));
    fact->app = req->app.v;
    fact->account = req->account.v;
    while ((session = session_first(shard, req->app, req->account))) {
        struct push_kicked *push = ARENA_NEW(&req->arena, struct push_kicked);

        push->kick_type = 3;
        push_to_session(shard, req, session, PUSH_KICKED, push);
        session_end(shard, session);
    }
    return IM_OK;
}

void apply_kicked(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_kicked *fact = payload;
    struct account_row *row = account_put(shard, fact->app, fact->account);

    (void)n, (void)number;
    row->generation++;
    row->kicked_us = shard_now_us(shard);
    memset(row->terminals, 0, sizeof(row->terminals));
}
