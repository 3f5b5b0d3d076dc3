#include "gateway/envelope.h"

#include <stdio.h>

#include "base/hash.h"
#include "command/command.h"
#include "core/session/login.h"
#include "gateway/gateway_internal.h"
#include "gateway/ws_keep.h"
#include "wire/a2.h"

/* What the gateway keeps about a request until its answer; in the arena, request.tag. */
struct ws_call {
    struct span servcmd, seq; /* raw JSON texts, to be echoed */
    struct span a2;           /* of the head; empty if none */
};

enum head_member {
    HEAD_SERVCMD,
    HEAD_SEQ,
    HEAD_SDKAPPID,
    HEAD_A2,
    HEAD_TINYID,
    HEAD_IDENTIFIER,
    HEAD_USERSIG,
    HEAD_PLATFORM,
    HEAD_COUNT
};

static const char *const head_names[HEAD_COUNT] = {"servcmd", "seq",        "sdkappid", "a2",
                                                   "tinyid",  "identifier", "usersig",  "platform"};

/* ---- writing ---- */

static void put_head(const struct ws_call *call, struct buf *into)
{
    BUF_LIT(into, "{\"head\":{\"servcmd\":");
    buf_add_span(into, call->servcmd);
    BUF_LIT(into, ",\"seq\":");
    buf_add_span(into, call->seq);
    BUF_LIT(into, "},\"body\":");
}

static const struct ws_call *call_of(const struct request *req)
{
    return (const struct ws_call *)(uintptr_t)req->tag;
}

void envelope_reply(const struct request *req, struct span body, struct buf *into)
{
    put_head(call_of(req), into);
    buf_add_span(into, body);
    BUF_LIT(into, "}");
}

void envelope_push(uint32_t seq, struct span body, struct buf *into)
{
    BUF_LIT(into, "{\"head\":{\"servcmd\":\"im_open_push.msg_push\",\"seq\":");
    buf_add_u64(into, seq);
    BUF_LIT(into, "},\"body\":");
    buf_add_span(into, body);
    BUF_LIT(into, "}");
}

static void answer_error(struct conn *conn, const struct ws_call *call, uint8_t envelope,
                         enum im_err err)
{
    struct buf *scratch = &conn->gateway->scratch;

    buf_reset(scratch);
    put_head(call, scratch);
    command_encode_error(envelope, err, scratch);
    BUF_LIT(scratch, "}");
    ws_send(conn, buf_span(scratch));
}

static void answer_now(struct conn *conn, const struct ws_call *call, struct request *req)
{
    struct buf *scratch = &conn->gateway->scratch;

    buf_reset(scratch);
    put_head(call, scratch);
    command_encode(req, scratch);
    BUF_LIT(scratch, "}");
    ws_send(conn, buf_span(scratch));
}

/* ---- who calls ---- */

/* Numbers may come as strings: clients write sdkappid and tinyid both ways. */
static bool to_number(struct json value, struct arena *arena, uint64_t *ret)
{
    struct span text;

    return json_to_u64(value, ret) ||
           (json_to_string(value, arena, &text) && span_to_u64(text, ret));
}

static enum im_err find_app(const struct ws_state *ws, const struct json *head, struct request *req)
{
    uint64_t number = ws->app.v;

    if (head[HEAD_SDKAPPID].type != JSON_NONE &&
        (!to_number(head[HEAD_SDKAPPID], &req->arena, &number) || number > UINT32_MAX))
        return IM_ERR_APP_INVALID;
    if (!number)
        return IM_ERR_APP_MISSING;
    if (ws->app.v && number != ws->app.v)
        return IM_ERR_APP_INVALID;
    req->app.v = (uint32_t)number;
    return IM_OK;
}

static uint64_t a2_hash(struct span a2)
{
    return hash_bytes(a2.p, a2.n);
}

/* By a2 and tinyid. IM_ERR_SIG_EXPIRED is the only answer after which the client logs in again
   (websocket-behaviour §2). */
static enum im_err by_a2(struct conn *conn, const struct ws_state *ws, const struct json *head,
                         const struct ws_call *call, struct request *req)
{
    struct a2_token token;
    struct account_no tinyid;
    struct span text;

    if (!call->a2.n || !json_to_string(head[HEAD_TINYID], &req->arena, &text) ||
        !tinyid_parse(text, &tinyid))
        return IM_ERR_SIG_EXPIRED;
    req->caller = CALLER_USER;
    if (ws->session_id && ws->a2_hash == a2_hash(call->a2)) {
        req->session_id = ws->session_id;
        req->account = ws->account;
        req->identifier = arena_copy(&req->arena, span_of(ws->name));
        return tinyid.v == ws->account.v ? IM_OK : IM_ERR_SIG_EXPIRED;
    }
    if (!a2_verify(conn->gateway->services.server_key, call->a2, &token) ||
        token.app != req->app.v || tinyid.v != token.account)
        return IM_ERR_SIG_EXPIRED;
    req->has_a2 = true;
    req->identifier = arena_copy(&req->arena, span_of(token.name));
    req->a2 = (struct a2_claims){.app = {token.app},
                                 .account = {token.account},
                                 .instance = token.instance,
                                 .generation = token.generation};
    return IM_OK;
}

static enum im_err by_usersig(struct conn *conn, const struct json *head, struct request *req,
                              struct usersig_claims *ret_claims)
{
    struct sig_lock *locks = conn->gateway->config.locks;
    uint64_t now_s = gateway_wall_s();
    struct source_address source;
    struct app_entry app;
    struct span usersig;
    enum im_err err;

    if (!app_registry_find(conn->gateway->services.registry, req->app, &app))
        return IM_ERR_APP_NOT_FOUND;
    if (!json_to_string(head[HEAD_IDENTIFIER], &req->arena, &req->identifier) ||
        !json_to_string(head[HEAD_USERSIG], &req->arena, &usersig))
        return IM_ERR_SIG_EXPIRED;
    if (!usersig.n)
        return IM_ERR_SIG_EMPTY;
    conn_source(conn, &source);
    if (sig_lock_closed(locks, req->app, req->identifier, &source, now_s)) {
        gateway_count_sig(conn->gateway, IM_ERR_SIG_LOCKED);
        return IM_ERR_SIG_LOCKED;
    }
    err = usersig_verify(&app.key, req->app.v, req->identifier, usersig, now_s, ret_claims);
    gateway_count_sig(conn->gateway, err);
    if (err && err != IM_ERR_SIG_EXPIRED)
        sig_lock_failed(locks, req->app, req->identifier, &source, now_s);
    req->caller = CALLER_USER;
    return err;
}

/* head.platform (websocket-protocol "Envelope"). Whoever speaks this protocol and is none of the
   others is a web client. */
static uint8_t platform_of(struct json value, struct arena *arena)
{
    uint64_t number = 0;

    to_number(value, arena, &number);
    switch (number) {
    case 2:
        return PLATFORM_ANDROID;
    case 3:
        return PLATFORM_IPHONE;
    case 4:
        return PLATFORM_MAC;
    case 13:
        return PLATFORM_IPAD;
    case 1:
        return PLATFORM_WINDOWS;
    default:
        return PLATFORM_WEB;
    }
}

/* ---- requests ---- */

static const struct command *find_command(struct json servcmd, struct arena *arena)
{
    struct span text, service;
    const struct command *command;
    const char *dot;

    if (!json_to_string(servcmd, arena, &text) || !(dot = memchr(text.p, '.', text.n)))
        return NULL;
    service = (struct span){text.p, (size_t)(dot - text.p)};
    command = command_find(service, (struct span){dot + 1, text.n - service.n - 1});
    return command && (command->callers & (BY_USER | BY_ANYONE)) ? command : NULL;
}

/* Decodes into req. IM_OK: to be posted, or answered at once if it is a placeholder. */
static enum im_err prepare(struct conn *conn, const struct ws_state *ws,
                           const struct command *command, const struct json *head,
                           const struct ws_call *call, struct span body, struct request *req)
{
    bool login = command->operation.run == session_login;
    struct usersig_claims claims = {0};
    enum im_err err = find_app(ws, head, req);

    req->operation = &command->operation;
    if (command->placeholder && (command->callers & BY_ANYONE))
        return IM_OK;
    if (!err && login && !call->a2.n)
        err = by_usersig(conn, head, req, &claims);
    else if (!err && (login || !(command->callers & BY_ANYONE) || call->a2.n))
        err = by_a2(conn, ws, head, call, req);
    if (err || command->placeholder)
        return err;
    err = command_decode(command, req, body);
    if (!err && login) {
        struct login_req *fields = req->body;

        fields->sig_time_s = claims.time_s;
        fields->platform = platform_of(head[HEAD_PLATFORM], &req->arena);
    }
    return err;
}

static struct ws_call *call_new(struct request *req, const struct json *head)
{
    struct ws_call *call = ARENA_NEW(&req->arena, struct ws_call);

    call->servcmd = head[HEAD_SERVCMD].type ? head[HEAD_SERVCMD].text : SPAN_LIT("\"\"");
    call->seq = head[HEAD_SEQ].type ? head[HEAD_SEQ].text : SPAN_LIT("0");
    json_to_string(head[HEAD_A2], &req->arena, &call->a2);
    req->tag = (uint64_t)(uintptr_t)call;
    return call;
}

bool envelope_request(struct conn *conn, struct ws_state *ws, struct request *req, struct span text)
{
    static const char *const parts[2] = {"head", "body"};
    struct json whole, part[2], head[HEAD_COUNT];
    const struct command *command;
    const struct ws_call *call;
    struct span body;
    enum im_err err;

    if (!json_parse(text, &whole)) {
        request_unref(req);
        return false;
    }
    json_members(whole, parts, part, 2);
    json_members(part[0], head_names, head, HEAD_COUNT);
    body = part[1].type == JSON_NONE ? SPAN_LIT("{}") : part[1].text;
    call = call_new(req, head);
    command = find_command(head[HEAD_SERVCMD], &req->arena);
    err = command ? prepare(conn, ws, command, head, call, body, req) : IM_ERR_UNKNOWN_COMMAND;
    if (!err && !command->placeholder) {
        ws_keep_asked(conn, ws, req);
        gateway_post(conn->gateway, conn, req);
        return true;
    }
    if (err)
        answer_error(conn, call, command ? command->envelope : ENVELOPE_PLAIN, err);
    else
        answer_now(conn, call, req);
    request_unref(req);
    return true;
}

void envelope_bind(struct ws_state *ws, const struct request *req)
{
    struct span a2 = call_of(req)->a2;

    if (!a2.n && req->operation->run == session_login && req->result)
        a2 = ((const struct login_result *)req->result)->a2;
    ws->session_id = req->bound_session_id;
    ws->a2_hash = a2_hash(a2);
    ws->app = req->app;
    ws->account = req->account;
    snprintf(ws->name, sizeof(ws->name), "%.*s", SPAN_FMT(req->identifier));
}
