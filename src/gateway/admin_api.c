#include "gateway/admin_api.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <sodium.h>

#include "command/admin_route.h"
#include "core/admin/token.h"
#include "core/app/app.h"
#include "gateway/gateway_internal.h"
#include "gateway/metrics.h"
#include "gateway/sig_lock.h"

#define KEY_MAX 64u
#define JSON_TYPE "application/json"
#define PROBLEM_TYPE "application/problem+json"

/* ---- replies ---- */

static struct span headers_of(uint16_t status)
{
    switch (status) {
    case 401:
        return SPAN_LIT("WWW-Authenticate: Bearer\r\n");
    case 429: /* of a customer's rate */
    case 503:
        return SPAN_LIT("Retry-After: 1\r\n");
    default:
        return (struct span){0};
    }
}

static void reply_problem(struct conn *conn, uint64_t number, uint16_t status, struct span headers,
                          const char *code, struct span detail)
{
    struct buf *scratch = &conn->gateway->scratch;

    buf_reset(scratch);
    admin_problem(status, code, detail, scratch);
    http_reply_with(conn, number, status, PROBLEM_TYPE, headers, buf_span(scratch));
}

void admin_refuse(struct conn *conn, uint64_t number, uint16_t status)
{
    reply_problem(conn, number, status, (struct span){0}, status == 400 ? "invalid" : "too_large",
                  status == 400 ? SPAN_LIT("the request is not HTTP/1.1 as this server takes it")
                                : SPAN_LIT("the request is too large"));
}

/* A refusal before the shard. Takes the request's reference. */
static void reply_refused(struct conn *conn, struct request *req, enum im_err err)
{
    struct buf *scratch = &conn->gateway->scratch;
    uint16_t status;

    req->err = err;
    status = admin_status(req);
    buf_reset(scratch);
    admin_encode(req, scratch);
    http_reply_with(conn, req->tag, status, PROBLEM_TYPE, headers_of(status), buf_span(scratch));
    request_unref(req);
}

/* ---- who keeps guessing ---- */

/* Failures are counted by the address and the whole token that was claimed: whoever guesses at one
   does not lock out its holder, who may come from the same address, that of a proxy. */
static struct span claimed_name(const struct admin_call *call, char text[32])
{
    struct buf into = {.p = text, .room = 32, .max = 32};

    if (!call->has_token)
        return SPAN_LIT("");
    buf_printf(&into, "%u_%u_%08x", call->claims.customer, call->claims.token,
               get_be32((const char *)call->claims.secret_sha256));
    return buf_span(&into);
}

static bool is_locked(struct conn *conn, const struct admin_call *call)
{
    char text[32];

    return sig_lock_closed(conn->gateway->config.locks, (struct app_id){0},
                           claimed_name(call, text), http_source(conn), gateway_wall_s());
}

static void note_failure(struct conn *conn, const struct admin_call *call)
{
    char text[32];

    sig_lock_failed(conn->gateway->config.locks, (struct app_id){0}, claimed_name(call, text),
                    http_source(conn), gateway_wall_s());
}

void admin_answered(struct conn *conn, const struct request *req, struct span body)
{
    uint16_t status = admin_status(req);
    const char *type = req->operation == &metrics_operation ? METRICS_TYPE : JSON_TYPE;

    if (req->err == IM_ERR_TOKEN)
        note_failure(conn, req->admin);
    http_reply_with(conn, req->tag, status, req->err ? PROBLEM_TYPE : type, headers_of(status),
                    body);
}

/* ---- reading a call ---- */

/* "Bearer <token>" (RFC 6750 §2.1). */
static bool read_token(struct span authorization, struct admin_call *call,
                       uint8_t ret_secret[TOKEN_SECRET_BYTES])
{
    static const char scheme[] = "bearer ";
    size_t n = sizeof(scheme) - 1;

    if (authorization.n <= n || strncasecmp(authorization.p, scheme, n) != 0)
        return false;
    call->has_token = token_parse((struct span){authorization.p + n, authorization.n - n},
                                  &call->claims, ret_secret);
    return call->has_token;
}

static bool key_valid(struct span key)
{
    if (!key.n || key.n > KEY_MAX)
        return false;
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] < 0x20 || key.p[i] > 0x7e)
            return false;
    }
    return true;
}

static void digest(const struct span *parts, size_t count, uint8_t ret_digest[32])
{
    crypto_hash_sha256_state sha;

    crypto_hash_sha256_init(&sha);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[8];

        put_le64(length, parts[i].n);
        crypto_hash_sha256_update(&sha, length, sizeof(length));
        crypto_hash_sha256_update(&sha, (const unsigned char *)parts[i].p, parts[i].n);
    }
    crypto_hash_sha256_final(&sha, ret_digest);
}

/* `secret` is the token's, empty on the admin socket. */
static void key_note(const struct http_call *call, struct span secret, struct admin_call *admin)
{
    const struct http_request *head = call->head;
    struct span key = head->idempotency_key;
    const struct span of_key[] = {key};
    const struct span of_request[] = {span_of(http_method_name(head->method)), head->path,
                                      head->query, call->body};
    const struct span of_seal[] = {SPAN_LIT("magpie idempotent reply"), secret, key};

    admin->has_key = true;
    digest(of_key, 1, admin->key_sha256);
    digest(of_request, 4, admin->request_sha256);
    digest(of_seal, 3, admin->seal);
}

/* ---- what needs no token ---- */

static pthread_once_t document_once = PTHREAD_ONCE_INIT;
static struct buf document;

static void document_make(void)
{
    buf_init(&document, MAX_REPLY_BYTES);
    admin_openapi(&document);
}

static bool handle_open(const struct http_call *call)
{
    if (call->head->method != HTTP_GET)
        return false;
    if (span_is(call->head->path, "/healthz")) {
        http_reply_health(call);
        return true;
    }
    if (!span_is(call->head->path, ADMIN_PREFIX "/openapi.json"))
        return false;
    pthread_once(&document_once, document_make);
    http_reply(call->conn, call->number, 200, JSON_TYPE, buf_span(&document));
    return true;
}

/* ---- calls ---- */

static void reply_no_route(const struct http_call *call, const struct buf *allow)
{
    char text[128];
    struct buf header = {.p = text, .room = sizeof(text), .max = sizeof(text)};

    if (!allow->n) {
        reply_problem(call->conn, call->number, 404, (struct span){0}, "not_found",
                      SPAN_LIT("there is no such path"));
        return;
    }
    buf_printf(&header, "Allow: %.*s\r\n", SPAN_FMT(buf_span(allow)));
    reply_problem(call->conn, call->number, 405, buf_span(&header), "method_not_allowed",
                  SPAN_LIT("the path has no such method"));
}

static void post(const struct http_call *call, struct request *req, enum im_err err)
{
    if (err)
        reply_refused(call->conn, req, err);
    else
        gateway_post(call->conn->gateway, call->conn, req);
}

/* Not of /admin/v1. Takes the request's reference. */
static void run_metrics(const struct http_call *call, struct request *req)
{
    req->operation = &metrics_operation;
    post(call, req, metrics_decode(call, req));
}

static bool is_metrics(const struct http_call *call)
{
    return call->head->method == HTTP_GET && metrics_path_is(call);
}

static const struct command *find_route(const struct http_call *call)
{
    const struct http_request *head = call->head;
    char text[64];
    struct buf allow = {.p = text, .room = sizeof(text), .max = sizeof(text)};
    const struct command *command =
        admin_route_find(span_of(http_method_name(head->method)), head->path, &allow);

    if (metrics_path_is(call))
        BUF_LIT(&allow, "GET");
    if (!command)
        reply_no_route(call, &allow);
    return command;
}

/* Decodes and posts; takes the request's reference. */
static void run(const struct http_call *call, const struct command *command, struct request *req,
                struct span secret)
{
    const struct http_request *head = call->head;
    bool writes = admin_route_writes(command->operation.admin);
    enum im_err err = IM_OK;

    req->operation = &command->operation;
    if (writes && head->idempotency_key.p && !key_valid(head->idempotency_key))
        err = operator_refuse(req, IM_ERR_INVALID,
                              "Idempotency-Key is 1 to %u printable ASCII characters", KEY_MAX);
    else if (writes && head->idempotency_key.p)
        key_note(call, secret, req->admin);
    if (!err)
        err =
            admin_decode(command, req, arena_copy(&req->arena, head->path),
                         arena_copy(&req->arena, head->query), arena_copy(&req->arena, call->body));
    post(call, req, err);
}

static struct request *request_of(const struct http_call *call, enum caller_kind caller)
{
    struct request *req = request_new();

    req->caller = caller;
    req->tag = call->number;
    req->admin = ARENA_NEW(&req->arena, struct admin_call);
    return req;
}

void admin_operator_handle(const struct http_call *call)
{
    const struct command *command;

    if (handle_open(call))
        return;
    if (is_metrics(call)) {
        run_metrics(call, request_of(call, CALLER_OPERATOR));
        return;
    }
    command = find_route(call);
    if (command)
        run(call, command, request_of(call, CALLER_OPERATOR), (struct span){0});
}

void admin_token_handle(const struct http_call *call)
{
    uint8_t secret[TOKEN_SECRET_BYTES];
    const struct command *command;
    struct admin_call claimed = {0};
    struct request *req;

    if (handle_open(call))
        return;
    read_token(call->head->authorization, &claimed, secret);
    if (is_locked(call->conn, &claimed)) {
        reply_problem(call->conn, call->number, 429, SPAN_LIT("Retry-After: 60\r\n"),
                      "too_many_requests",
                      SPAN_LIT("too many calls without a valid token; wait a minute"));
        return;
    }
    if (!claimed.has_token) {
        note_failure(call->conn, &claimed);
        reply_problem(call->conn, call->number, 401, headers_of(401), "unauthorized",
                      SPAN_LIT("a valid token is needed"));
        return;
    }
    command = is_metrics(call) ? NULL : find_route(call);
    if (command || is_metrics(call)) {
        req = request_of(call, CALLER_TOKEN);
        req->admin->has_token = true;
        req->admin->claims = claimed.claims;
        if (command)
            run(call, command, req, span_make(secret, sizeof(secret)));
        else
            run_metrics(call, req);
    }
    OPENSSL_cleanse(secret, sizeof(secret));
}
