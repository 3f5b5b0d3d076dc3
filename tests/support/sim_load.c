/* The commands. What must come of them: sim_load_expect.c. */
#include "support/test.h"

#include "support/sim_load.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/app/app.h"
#include "core/quota/grant.h"
#include "core/session/login.h"
#include "core/usage/usage.h"
#include "support/sim_load_internal.h"

static const struct operation login_operation = {.run = session_login};
static const struct operation logout_operation = {.run = session_logout};
static const struct operation hello_operation = {.run = session_hello};

static uint64_t draw(struct sim_load *load, uint64_t below)
{
    return sim_world_draw(load->world, below);
}

static bool toss(struct sim_load *load)
{
    return draw(load, 2) == 0;
}

/* ---- requests ---- */

static struct request *request_for(struct sim_load *load, const struct load_op *op)
{
    struct request *req = request_new();

    if (load->op_count == load->op_room) {
        load->op_room = load->op_room ? load->op_room * 2 : 256;
        load->ops = mem_realloc(load->ops, load->op_room * sizeof(*load->ops));
    }
    load->ops[load->op_count++] = *op;
    req->from.gateway = 0;
    req->tag = load->op_count;
    req->app = load->model.app;
    return req;
}

static struct request *admin_request(struct sim_load *load, const struct load_op *op)
{
    struct request *req = request_for(load, op);

    req->caller = CALLER_ADMIN;
    req->identifier = span_of(model_name(0));
    return req;
}

/* As a gateway: the a2 is verified with the key of the server that runs now. */
static struct request *user_request(struct sim_load *load, const struct load_op *op)
{
    struct load_token *token = &load->tokens[op->token];
    struct request *req = request_for(load, op);
    struct a2_token claims;

    assert_true(a2_verify(shard_server_key(load->world->shard),
                          (struct span){token->text, token->text_bytes}, &claims));
    assert_int_equal(claims.instance, token->instance);
    req->caller = CALLER_USER;
    req->identifier = span_of(model_name(op->a));
    req->has_a2 = true;
    req->a2 =
        (struct a2_claims){{claims.app}, {claims.account}, claims.instance, claims.generation};
    if (draw(load, 8))
        req->session_id = token->session;
    req->from = (struct address){.slot = op->token + 1, .generation = 1};
    return req;
}

__attribute__((format(printf, 4, 5))) static void run(struct sim_load *load, struct request *req,
                                                      const char *name, const char *format, ...)
{
    char json[1024];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(json, sizeof(json), format, args);
    va_end(args);
    assert_true(n > 0 && n < (int)sizeof(json));
    sim_world_run(load->world, req, name, span_make(json, (size_t)n));
}

static uint8_t some_account(struct sim_load *load)
{
    return (uint8_t)draw(load, MODEL_ACCOUNTS);
}

static uint8_t some_user(struct sim_load *load)
{
    return (uint8_t)(1 + draw(load, MODEL_ACCOUNTS - 1));
}

/* One that a client holds, mostly one of the newest; false: nobody has logged in yet. */
static bool some_token(struct sim_load *load, struct load_op *op)
{
    size_t first = load->token_count > 12 && draw(load, 16) ? load->token_count - 12 : 0;

    for (int i = 0; i < 8 && load->token_count; i++) {
        op->token = (uint32_t)(first + draw(load, load->token_count - first));
        op->a = load->tokens[op->token].account;
        if (load->tokens[op->token].known)
            return true;
    }
    return false;
}

/* ---- accounts and terminals ---- */

static void post_import(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_IMPORT, .a = some_user(load)};
    struct request *req;

    if (toss(load))
        op.number = ++load->next_text;
    req = admin_request(load, &op);
    if (op.number)
        run(load, req, "im_open_login_svc.account_import",
            "{\"Identifier\":\"%s\",\"Nick\":\"n%llu\"}", model_name(op.a),
            (unsigned long long)op.number);
    else
        run(load, req, "im_open_login_svc.account_import", "{\"Identifier\":\"%s\"}",
            model_name(op.a));
}

/* "u1","u3" of the bits of a mask. */
static void names_of(uint8_t mask, char into[128])
{
    size_t n = 0;

    into[0] = 0;
    for (unsigned i = 0; i < MODEL_ACCOUNTS; i++) {
        if (mask & 1u << i)
            n += (size_t)snprintf(into + n, 128 - n, "%s\"%s\"", n ? "," : "", model_name(i));
    }
}

static void post_import_many(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_IMPORT_MANY, .mask = (uint8_t)(1 + draw(load, 127))};
    char names[128];

    names_of(op.mask, names);
    run(load, admin_request(load, &op), "im_open_login_svc.multiaccount_import",
        "{\"Accounts\":[%s]}", names);
}

static void post_login(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_LOGIN,
                         .a = some_user(load),
                         .platform = (uint8_t)(1 + draw(load, PLATFORM_COUNT - 1))};
    struct request *req;
    struct login_req *body;

    if (draw(load, 3) == 0)
        op.platform = PLATFORM_WEB;
    op.second = (uint32_t)(load->world->now_us / 1000000 - draw(load, 3));
    req = request_for(load, &op);
    body = ARENA_NEW(&req->arena, struct login_req);
    body->platform = op.platform;
    body->sig_time_s = op.second;
    req->operation = &login_operation;
    req->caller = CALLER_NOBODY;
    req->identifier = span_of(model_name(op.a));
    req->body = body;
    req->from = (struct address){.slot = (uint32_t)load->token_count + 1, .generation = 1};
    sim_world_start(load->world, req);
}

/* Back on a socket with an a2, gone, or only there. */
static void post_session(struct sim_load *load)
{
    static const struct {
        uint8_t kind;
        const struct operation *operation;
    } ways[] = {{LOAD_RETURN, &login_operation},  {LOAD_RETURN, &login_operation},
                {LOAD_HELLO, &hello_operation},   {LOAD_HELLO, &hello_operation},
                {LOAD_LOGOUT, &logout_operation}, {LOAD_CLOSED, &session_closed}};
    struct load_op op = {0};
    struct request *req;
    uint64_t way = draw(load, 6);

    if (!some_token(load, &op))
        return;
    op.kind = ways[way].kind;
    req = user_request(load, &op);
    req->operation = ways[way].operation;
    if (op.kind == LOAD_CLOSED)
        req->caller = CALLER_SYSTEM;
    if (op.kind == LOAD_CLOSED || op.kind == LOAD_RETURN)
        load->tokens[op.token].session = 0;
    if (op.kind == LOAD_RETURN) {
        req->session_id = 0;
        req->body = ARENA_NEW(&req->arena, struct login_req);
    }
    sim_world_start(load->world, req);
}

static void post_kick(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_KICK, .a = some_user(load)};

    run(load, admin_request(load, &op), "im_open_login_svc.kick", "{\"Identifier\":\"%s\"}",
        model_name(op.a));
}

static void post_nick(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_NICK, .a = some_user(load), .rest = toss(load)};

    if (!op.rest && !some_token(load, &op))
        return;
    op.number = ++load->next_text;
    run(load, op.rest ? admin_request(load, &op) : user_request(load, &op), "profile.portrait_set",
        "{\"From_Account\":\"%s\",\"ProfileItem\":[{\"Tag\":\"Tag_Profile_IM_Nick\","
        "\"Value\":\"n%llu\"}]}",
        model_name(op.a), (unsigned long long)op.number);
}

/* ---- messages ---- */

static void send_again(struct sim_load *load, const struct load_op *op)
{
    struct request *req = op->rest ? admin_request(load, op) : user_request(load, op);
    char seq[32] = "";

    if (op->with_seq)
        snprintf(seq, sizeof(seq), "\"MsgSeq\":%u,", op->seq);
    run(load, req, "openim.sendmsg",
        "{\"From_Account\":\"%s\",\"To_Account\":\"%s\",%s\"MsgRandom\":%u,\"MsgBody\":[{"
        "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%llu\"}}]}",
        model_name(op->a), model_name(op->b), seq, op->random, (unsigned long long)op->number);
}

static void post_send(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_SEND, .rest = draw(load, 3) == 0, .b = some_account(load)};

    if (op.rest)
        op.a = some_account(load);
    else if (!some_token(load, &op))
        return;
    op.number = ++load->next_text;
    op.random = (uint32_t)op.number;
    op.with_seq = !op.rest || toss(load);
    op.seq = op.random * 7;
    /* Numbers that stand in other messages, too. */
    if (draw(load, 8) == 0) {
        op.random = 1;
        op.seq = 1;
    }
    send_again(load, &op);
}

/* The same message once more: its client had no answer in time. */
static void post_resend(struct sim_load *load)
{
    size_t first = load->op_count > 40 ? load->op_count - 40 : 0;

    for (int i = 0; i < 8 && load->op_count; i++) {
        struct load_op op = load->ops[first + draw(load, load->op_count - first)];

        if (op.kind != LOAD_SEND)
            continue;
        send_again(load, &op);
        return;
    }
}

static void post_batch(struct sim_load *load)
{
    struct load_op op = {
        .kind = LOAD_BATCH, .a = some_account(load), .mask = (uint8_t)(1 + draw(load, 127))};
    char names[128];

    op.number = ++load->next_text;
    op.random = (uint32_t)op.number;
    op.seq = op.random * 7;
    names_of(op.mask, names);
    run(load, admin_request(load, &op), "openim.batchsendmsg",
        "{\"From_Account\":\"%s\",\"To_Account\":[%s],\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgBody\":"
        "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%llu\"}}]}",
        model_name(op.a), names, op.seq, op.random, (unsigned long long)op.number);
}

static void post_withdraw(struct sim_load *load)
{
    const struct model *model = &load->model;
    const struct model_message *message;
    struct load_op op = {.kind = LOAD_WITHDRAW};
    size_t first = model->message_count > 12 ? model->message_count - 12 : 0;

    op.rest = !some_token(load, &op) || toss(load);
    if (!model->message_count)
        return;
    message = &model->messages[first + draw(load, model->message_count - first)];
    if (op.rest)
        op.a = message->from;
    else if (op.a != message->from)
        return;
    op.b = message->to;
    op.key = message->key;
    if (op.rest)
        run(load, admin_request(load, &op), "openim.admin_msgwithdraw",
            "{\"From_Account\":\"%s\",\"To_Account\":\"%s\",\"MsgKey\":\"%u_%u_%u\"}",
            model_name(op.a), model_name(op.b), op.key.seq, op.key.random, op.key.time);
    else
        run(load, user_request(load, &op), "openim.msgwithdraw",
            "{\"MsgInfo\":{\"To_Account\":\"%s\",\"MsgSeq\":%u,\"MsgRandom\":%u,"
            "\"MsgTimeStamp\":%u}}",
            model_name(op.b), op.key.seq, op.key.random, op.key.time);
}

static void post_read(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_READ, .rest = toss(load), .b = some_account(load)};

    if (op.rest)
        op.a = some_account(load);
    else if (!some_token(load, &op))
        return;
    if (toss(load))
        op.second = (uint32_t)(load->world->now_us / 1000000 - 5 + draw(load, 8));
    if (op.rest)
        run(load, admin_request(load, &op), "openim.admin_set_msg_read",
            "{\"Report_Account\":\"%s\",\"Peer_Account\":\"%s\",\"MsgReadTime\":%u}",
            model_name(op.a), model_name(op.b), op.second);
    else
        run(load, user_request(load, &op), "openim.msgreaded",
            "{\"C2CMsgReaded\":{\"C2CMsgReadedItem\":[{\"To_Account\":\"%s\","
            "\"LastedMsgTime\":%u}]}}",
            model_name(op.b), op.second);
}

static void post_unlist(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_UNLIST, .a = some_account(load), .b = some_account(load)};

    run(load, admin_request(load, &op), "recentcontact.delete",
        "{\"From_Account\":\"%s\",\"Type\":1,\"To_Account\":\"%s\"}", model_name(op.a),
        model_name(op.b));
}

/* ---- the app ---- */

static void post_limit(struct sim_load *load)
{
    static const struct {
        uint8_t limit;
        uint32_t steps, step;
    } choices[] = {{LIMIT_MULTI_TERMINAL, 4, 1},
                   {LIMIT_CALL_RATE, 12, 50},
                   {LIMIT_RECENTS, 6, 100},
                   {LIMIT_ROAMING, 5, 3},
                   {LIMIT_GROUPS_PER_DAY, 4, 9000}};
    uint64_t choice = draw(load, 5);
    struct load_op op = {.kind = LOAD_LIMIT, .platform = choices[choice].limit};
    struct request *req;

    op.number = choices[choice].step * draw(load, choices[choice].steps);
    req = request_for(load, &op);
    req->app = (struct app_id){0};
    req->caller = CALLER_OPERATOR;
    run(load, req, "admin.limit_set",
        "{\"app\":%u,\"limit\":\"%s\",\"value\":%llu,\"reason\":\"simulated\"}", load->model.app.v,
        limit_name((enum limit)op.platform), (unsigned long long)op.number);
}

static void post_app(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_APP};
    struct request *req = request_for(load, &op);

    req->app = (struct app_id){0};
    req->caller = CALLER_OPERATOR;
    run(load, req, "admin.app_create", "{\"name\":\"Another\"}");
}

static void post_check(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_CHECK};

    run(load, admin_request(load, &op), "im_open_login_svc.account_check",
        "{\"CheckItem\":[{\"UserID\":\"u1\"}]}");
}

/* More calls than one second takes. */
static void post_burst(struct sim_load *load)
{
    uint64_t count = 90 + draw(load, 40);

    for (uint64_t i = 0; i < count; i++)
        post_check(load);
}

static void post_refused(struct sim_load *load)
{
    struct load_op op = {.kind = LOAD_REFUSED, .number = 1 + draw(load, 1000)};
    struct request *req = request_for(load, &op);
    struct calls_refused_req *body = ARENA_NEW(&req->arena, struct calls_refused_req);

    body->count = op.number;
    req->operation = &calls_refused_report;
    req->caller = CALLER_SYSTEM;
    req->body = body;
    sim_world_start(load->world, req);
}

/* ---- the mix ---- */

static void pass_time(struct sim_load *load)
{
    struct sim_world *world = load->world;
    uint64_t us = draw(load, 300000);

    if (draw(load, 30) == 0)
        us = draw(load, 20000000);
    else if (draw(load, 150) == 0)
        us = 290000000 + draw(load, 30000000);
    else if (draw(load, 400) == 0)
        us = draw(load, 40000000000);
    if (world->now_us + us < load->latest_us)
        world->now_us += us;
}

void sim_load_command(struct sim_load *load)
{
    static const struct {
        uint32_t weight;
        void (*post)(struct sim_load *load);
    } mix[] = {{30, post_send},   {12, post_resend},     {12, post_login}, {14, post_session},
               {4, post_import},  {2, post_kick},        {4, post_nick},   {5, post_batch},
               {6, post_read},    {5, post_withdraw},    {4, post_unlist}, {3, post_limit},
               {2, post_refused}, {2, post_import_many}, {2, post_check}};
    uint32_t total = 0;
    uint64_t at;

    pass_time(load);
    for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++)
        total += mix[i].weight;
    at = draw(load, total * 4);
    if (at == total * 4 - 1) {
        post_app(load);
        return;
    }
    if (at == total * 4 - 2) {
        post_burst(load);
        return;
    }
    at %= total;
    for (size_t i = 0;; i++) {
        if (at < mix[i].weight) {
            mix[i].post(load);
            return;
        }
        at -= mix[i].weight;
    }
}

/* ---- life ---- */

void sim_load_init(struct sim_load *load, struct sim_world *world)
{
    struct request *req = request_new();
    const struct app_info *info;

    *load = (struct sim_load){.world = world};
    load->latest_us = world->now_us + 5 * 86400000000ull;
    req->from.gateway = 0;
    req->caller = CALLER_OPERATOR;
    request_ref(req);
    sim_world_run(world, req, "admin.app_create", SPAN_LIT("{\"name\":\"Simulated\"}"));
    assert_true(sim_world_settle(world));
    assert_int_equal(req->err, IM_OK);
    info = req->result;
    model_init(&load->model, world, info->app);
    request_unref(req);
    load->acknowledged = sim_world_position(world);
    world->ops = &sim_load_hears;
    world->arg = load;
}

void sim_load_release(struct sim_load *load)
{
    model_release(&load->model);
    free(load->ops);
    free(load->tokens);
}

void sim_load_reopened(struct sim_load *load, uint64_t position)
{
    if (position < load->acknowledged)
        fail_msg("record %llu was acknowledged, the last one found is %llu",
                 (unsigned long long)load->acknowledged, (unsigned long long)position);
    model_forget_after(&load->model, position);
    for (size_t i = 0; i < load->token_count; i++)
        load->tokens[i].session = 0;
}

/* ---- for crashes and replays ---- */

static void ops_init(void *load, struct sim_world *world)
{
    sim_load_init(load, world);
}

static void ops_release(void *load)
{
    sim_load_release(load);
}

static void ops_command(void *load)
{
    sim_load_command(load);
}

static void ops_reopened(void *load, uint64_t position)
{
    sim_load_reopened(load, position);
}

static void ops_check(void *load)
{
    model_check(&((struct sim_load *)load)->model);
}

static uint64_t ops_acknowledged(const void *arg, uint64_t *ret_answers)
{
    const struct sim_load *load = arg;

    if (ret_answers)
        *ret_answers = load->acknowledged_count;
    return load->acknowledged;
}

static uint64_t ops_decisions(const void *load)
{
    return ((const struct sim_load *)load)->model.event_count;
}

const struct sim_load_ops sim_load_ops = {.bytes = sizeof(struct sim_load),
                                          .init = ops_init,
                                          .release = ops_release,
                                          .command = ops_command,
                                          .reopened = ops_reopened,
                                          .check = ops_check,
                                          .acknowledged = ops_acknowledged,
                                          .decisions = ops_decisions};
