/* What must come of each command, at the moment of its decision. */
#include "support/test.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/app/app.h"
#include "core/message/dedup.h"
#include "core/message/message.h"
#include "core/message/withdraw.h"
#include "core/quota/grant.h"
#include "core/session/login.h"
#include "support/sim_load_internal.h"

struct decision {
    struct sim_load *load;
    struct model *model;
    const struct load_op *op;
    struct request *req;
    uint64_t position;
    uint64_t now_us;
    uint32_t now_s;
};

/* The event of a decision, in its last record unless something else is said. */
static struct model_event event_of(const struct decision *d, enum model_kind kind)
{
    return (struct model_event){.position = d->position,
                                .now_us = d->now_us,
                                .kind = (uint8_t)kind,
                                .a = d->op->a,
                                .b = d->op->b,
                                .platform = d->op->platform,
                                .number = d->op->number,
                                .key = d->op->key};
}

static void add(const struct decision *d, struct model_event event)
{
    model_add(d->model, &event);
}

static bool exists(const struct decision *d, unsigned account)
{
    return d->model->accounts[account].no != 0;
}

static bool token_lives(const struct decision *d)
{
    const struct load_token *token = &d->load->tokens[d->op->token];

    return model_terminal_lives(d->model, token->account, token->instance, token->generation);
}

static void expect(const struct decision *d, enum im_err err)
{
    if (d->req->err != err)
        fail_msg("command of kind %u was answered with %d, not %d", d->op->kind, d->req->err, err);
}

/* ---- accounts and terminals ---- */

static void decided_import(const struct decision *d)
{
    struct model_event made = event_of(d, MODEL_ACCOUNT_MADE);

    expect(d, IM_OK);
    made.number = 0;
    if (!exists(d, d->op->a))
        add(d, made);
    if (d->op->number)
        add(d, event_of(d, MODEL_NICK));
}

/* A record an account; the call is counted with the last one that stands in the list, if that is
   new, else in a record of its own. */
static void decided_import_many(const struct decision *d)
{
    struct model_event made = event_of(d, MODEL_ACCOUNT_MADE);
    uint32_t count = 0, last = 31 - (uint32_t)__builtin_clz(d->op->mask);

    expect(d, IM_OK);
    for (unsigned i = 0; i < MODEL_ACCOUNTS; i++)
        count += d->op->mask >> i & 1 && !exists(d, i);
    made.position = d->position - count + !exists(d, last);
    for (uint8_t i = 0; i < MODEL_ACCOUNTS; i++) {
        if (!(d->op->mask >> i & 1) || exists(d, i))
            continue;
        made.a = i;
        add(d, made);
        made.position++;
    }
}

static void keep_token(const struct decision *d)
{
    struct sim_load *load = d->load;
    const struct login_result *result = d->req->result;
    struct load_token *token;

    if (load->token_count == load->token_room) {
        load->token_room = load->token_room ? load->token_room * 2 : 64;
        load->tokens = mem_realloc(load->tokens, load->token_room * sizeof(*load->tokens));
    }
    token = &load->tokens[load->token_count++];
    *token = (struct load_token){.account = d->op->a,
                                 .instance = result->instance,
                                 .generation = d->model->accounts[d->op->a].generation,
                                 .session = d->req->bound_session_id,
                                 .text_bytes = (uint32_t)result->a2.n};
    assert_true(result->a2.n <= sizeof(token->text));
    memcpy(token->text, result->a2.p, result->a2.n);
    load->ops[d->req->tag - 1].token = (uint32_t)load->token_count; /* from 1: 0 is none */
}

static void decided_login(const struct decision *d)
{
    const struct model_account *account = &d->model->accounts[d->op->a];
    struct model_event made = event_of(d, MODEL_ACCOUNT_MADE), login = event_of(d, MODEL_LOGIN);

    if (account->kicked_us && d->op->second <= account->kicked_us / 1000000) {
        expect(d, IM_ERR_SIG_KICKED);
        return;
    }
    expect(d, IM_OK);
    made.number = 1;
    if (!exists(d, d->op->a))
        add(d, made);
    login.number = ((const struct login_result *)d->req->result)->instance;
    add(d, login);
    keep_token(d);
}

static void decided_return(const struct decision *d)
{
    if (!token_lives(d)) {
        expect(d, IM_ERR_SIG_EXPIRED);
        return;
    }
    expect(d, IM_OK);
    assert_int_equal(((const struct login_result *)d->req->result)->instance,
                     d->load->tokens[d->op->token].instance);
}

static void decided_hello(const struct decision *d)
{
    expect(d, token_lives(d) ? IM_OK : IM_ERR_SIG_EXPIRED);
    if (!d->req->err)
        add(d, event_of(d, MODEL_ACTIVE));
}

/* A dead terminal is told that it is gone, too. */
static void decided_logout(const struct decision *d)
{
    struct model_event gone = event_of(d, MODEL_LOGOUT);

    expect(d, IM_OK);
    gone.number = d->load->tokens[d->op->token].instance;
    if (token_lives(d))
        add(d, gone);
}

static void decided_kick(const struct decision *d)
{
    expect(d, exists(d, d->op->a) ? IM_OK : IM_ERR_ACCOUNT_MISSING);
    if (!d->req->err)
        add(d, event_of(d, MODEL_KICK));
}

static void decided_nick(const struct decision *d)
{
    if (!d->op->rest && !token_lives(d))
        expect(d, IM_ERR_SIG_EXPIRED);
    else
        expect(d, exists(d, d->op->a) ? IM_OK : IM_ERR_PROFILE_ACCOUNT_MISSING);
    if (!d->req->err)
        add(d, event_of(d, MODEL_NICK));
}

/* ---- messages ---- */

static enum im_err send_refusal(const struct decision *d)
{
    const struct load_op *op = d->op;

    if (!op->rest && !token_lives(d))
        return IM_ERR_SIG_EXPIRED;
    if (!exists(d, op->a))
        return IM_ERR_OPENIM_FROM_MISSING;
    if (!exists(d, op->b))
        return op->rest ? IM_ERR_OPENIM_TO_MISSING : IM_ERR_MSG_ACCOUNT;
    return op->a == op->b ? IM_ERR_MSG_PACKET : IM_OK;
}

/* A key that the conversation has moves on a second. */
static struct message_key key_expected(const struct decision *d, struct message_key key)
{
    while (model_message(d->model, d->op->a, d->op->b, key) ||
           model_message(d->model, d->op->b, d->op->a, key))
        key.time++;
    return key;
}

static void decided_send(const struct decision *d)
{
    const struct load_op *op = d->op;
    const struct message_send_result *result = d->req->result;
    const struct model_message *first;
    struct model_event event = event_of(d, MODEL_MESSAGE);
    struct message_key key;

    /* Both missing: either may be noticed first. */
    if (op->rest && !exists(d, op->a) && !exists(d, op->b) &&
        d->req->err == IM_ERR_OPENIM_TO_MISSING)
        return;
    expect(d, send_refusal(d));
    if (d->req->err)
        return;
    first = model_resent(d->model, op->a, op->b, op->with_seq, op->seq, op->random,
                         op->rest ? d->now_s : d->now_s - DEDUP_WINDOW_S);
    if (first) {
        if (message_key_compare(first->key, result->key))
            fail_msg("a resend of %u_%u_%u was taken for %u_%u_%u", first->key.seq,
                     first->key.random, first->key.time, result->key.seq, result->key.random,
                     result->key.time);
        return;
    }
    key = key_expected(
        d, (struct message_key){d->now_s, op->with_seq ? op->seq : result->key.seq, op->random});
    assert_int_equal(message_key_compare(result->key, key), 0);
    event.key = result->key;
    event.platform = op->rest;
    add(d, event);
}

/* A record a message, then the call in one of its own. */
static void decided_batch(const struct decision *d)
{
    const struct load_op *op = d->op;
    struct model_event event = event_of(d, MODEL_MESSAGE);
    uint32_t count = 0;

    if (!exists(d, op->a)) {
        expect(d, IM_ERR_OPENIM_FROM_MISSING);
        return;
    }
    for (unsigned i = 0; i < MODEL_ACCOUNTS; i++)
        count += op->mask >> i & 1 && i != op->a && exists(d, i);
    expect(d, count ? IM_OK : IM_ERR_OPENIM_TO_MISSING);
    event.position = d->position - count;
    event.platform = true;
    event.key = (struct message_key){d->now_s, op->seq, op->random};
    for (uint8_t i = 0; i < MODEL_ACCOUNTS; i++) {
        if (!(op->mask >> i & 1) || i == op->a || !exists(d, i))
            continue;
        event.b = i;
        add(d, event);
        event.position++;
    }
}

static void decided_withdraw(const struct decision *d)
{
    const struct load_op *op = d->op;
    const struct model_message *message = model_message(d->model, op->a, op->b, op->key);

    assert_non_null(message);
    if (!op->rest && !token_lives(d))
        expect(d, IM_ERR_SIG_EXPIRED);
    else if (message->withdrawn)
        expect(d, IM_ERR_MSG_WITHDRAWN);
    else if (!op->rest && d->now_s > message->accepted_s + WITHDRAW_WINDOW_S)
        expect(d, IM_ERR_MSG_WITHDRAW_WINDOW);
    else
        expect(d, IM_OK);
    if (!d->req->err)
        add(d, event_of(d, MODEL_WITHDRAWN));
}

static void decided_read(const struct decision *d)
{
    const struct load_op *op = d->op;
    struct model_event event = event_of(d, MODEL_READ);

    if (!op->rest && !token_lives(d))
        expect(d, IM_ERR_SIG_EXPIRED);
    else if (op->rest && (!exists(d, op->a) || !exists(d, op->b)))
        expect(d, IM_ERR_MSG_ACCOUNT);
    else
        expect(d, IM_OK);
    event.number = op->second && op->second < d->now_s ? op->second : d->now_s;
    if (!d->req->err && d->model->contacts[op->a][op->b].exists)
        add(d, event);
}

static void decided_unlist(const struct decision *d)
{
    const struct load_op *op = d->op;

    expect(d, exists(d, op->a) ? IM_OK : IM_ERR_RECENT_ACCOUNT);
    if (!d->req->err && d->model->contacts[op->a][op->b].exists)
        add(d, event_of(d, MODEL_UNLISTED));
}

/* ---- the app ---- */

static void decided_limit(const struct decision *d)
{
    const struct limit_set_result *result = d->req->result;
    struct model_event event = event_of(d, MODEL_LIMIT);

    expect(d, IM_OK);
    assert_true(result->value >= d->op->number);
    assert_int_equal(result->before, d->model->limits[d->op->platform]);
    event.number = result->value;
    add(d, event);
}

static void decided_app(const struct decision *d)
{
    struct model_event event = event_of(d, MODEL_APP);

    expect(d, IM_OK);
    event.number = ((const struct app_info *)d->req->result)->app.v;
    add(d, event);
}

static void decided_ok(const struct decision *d)
{
    expect(d, IM_OK);
    if (d->op->kind == LOAD_REFUSED)
        add(d, event_of(d, MODEL_REFUSED));
}

/* ---- hearing ---- */

static void decide(const struct decision *d)
{
    static void (*const table[])(const struct decision *d) = {
        [LOAD_IMPORT] = decided_import, [LOAD_IMPORT_MANY] = decided_import_many,
        [LOAD_LOGIN] = decided_login,   [LOAD_RETURN] = decided_return,
        [LOAD_HELLO] = decided_hello,   [LOAD_LOGOUT] = decided_logout,
        [LOAD_CLOSED] = decided_ok,     [LOAD_KICK] = decided_kick,
        [LOAD_NICK] = decided_nick,     [LOAD_SEND] = decided_send,
        [LOAD_BATCH] = decided_batch,   [LOAD_WITHDRAW] = decided_withdraw,
        [LOAD_READ] = decided_read,     [LOAD_UNLIST] = decided_unlist,
        [LOAD_LIMIT] = decided_limit,   [LOAD_APP] = decided_app,
        [LOAD_CHECK] = decided_ok,      [LOAD_REFUSED] = decided_ok,
    };

    table[d->op->kind](d);
}

static void on_decided(void *arg, struct request *req, uint64_t position)
{
    struct sim_load *load = arg;
    struct load_op op;
    struct decision d = {.load = load,
                         .model = &load->model,
                         .op = &op,
                         .req = req,
                         .position = position,
                         .now_us = shard_now_us(load->world->shard),
                         .now_s = shard_now_s(load->world->shard)};
    struct model_event call;

    if (!req->tag)
        return;
    op = load->ops[req->tag - 1];
    if (req->caller == CALLER_ADMIN && !req->counted) {
        assert_true(req->err == IM_ERR_CALL_RATE || req->err == IM_ERR_APP_CALL_RATE);
        return;
    }
    decide(&d);
    if (req->caller == CALLER_USER && req->bound_session_id)
        load->tokens[op.token].session = req->bound_session_id;
    call = event_of(&d, MODEL_CALL);
    call.number = req->operation->number;
    if (req->counted)
        add(&d, call);
}

static void on_acknowledged(void *arg, struct request *req, uint64_t position)
{
    struct sim_load *load = arg;
    const struct load_op *op;

    if (position > load->acknowledged)
        load->acknowledged = position;
    load->acknowledged_count++;
    if (!req->tag)
        return;
    op = &load->ops[req->tag - 1];
    if (op->kind == LOAD_LOGIN && op->token)
        load->tokens[op->token - 1].known = true;
}

const struct sim_world_ops sim_load_hears = {.decided = on_decided,
                                             .acknowledged = on_acknowledged};
