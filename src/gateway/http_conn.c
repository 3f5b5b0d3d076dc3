#include "gateway/http_conn.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "command/admin_route.h"
#include "command/command.h"
#include "gateway/admin_api.h"
#include "gateway/gateway_internal.h"
#include "gateway/rest.h"
#include "gateway/ws_conn.h"

#define HEAD_S 10u
#define BODY_S 60u
#define IDLE_S 75u

struct http_state {
    void (*handle)(const struct http_call *call);
    enum http_side side;
    bool source_known;
    bool reading_head, reading_body; /* a deadline runs for this part */
    bool ending;                     /* the request before `next` is the last one */
    bool continue_owed;              /* 100 Continue, once its turn has come */
    uint64_t first, next;            /* first unanswered request, next to come */
    /* Chunked body under way: what was decoded of it, and from how many bytes. */
    struct buf body;
    size_t chunks_read;
    struct source_address source;
    struct buf *early[HTTP_MAX_PIPELINE]; /* answers that wait for those before them */
    bool is_head[HTTP_MAX_PIPELINE];      /* answered without a body (RFC 9110 §9.3.2) */
};

static const struct conn_layer http_layer;

/* ---- replies ---- */

/* Web pages of other origins may call the REST API; the admin API is for programs. */
static const char cross_origin[] = "\r\nAccess-Control-Allow-Origin: *"
                                   "\r\nAccess-Control-Allow-Headers: X-Requested-With"
                                   "\r\nAccess-Control-Allow-Methods: POST";

struct reply {
    uint16_t status;
    bool last, is_head;
    const char *content_type;
    struct span headers, body;
};

static void put_reply(const struct http_state *state, struct buf *out, const struct reply *reply)
{
    buf_add_span(out, SPAN_LIT("HTTP/1.1 "));
    buf_add_u64(out, reply->status);
    buf_add_char(out, ' ');
    buf_add_span(out, span_of(admin_status_text(reply->status)));
    BUF_LIT(out, "\r\nServer: magpie\r\nContent-Type: ");
    buf_add_span(out, span_of(reply->content_type));
    BUF_LIT(out, "\r\nContent-Length: ");
    buf_add_u64(out, reply->body.n);
    if (reply->last)
        BUF_LIT(out, "\r\nConnection: close");
    else
        BUF_LIT(out, "\r\nConnection: keep-alive");
    if (state->side == HTTP_CLIENTS)
        buf_add(out, cross_origin, sizeof(cross_origin) - 1);
    BUF_LIT(out, "\r\n");
    buf_add_span(out, reply->headers);
    BUF_LIT(out, "\r\n");
    if (!reply->is_head)
        buf_add_span(out, reply->body);
}

static bool is_last(const struct conn *conn, uint64_t number)
{
    const struct http_state *state = conn->state;

    return conn->gateway->stopping || (state->ending && number + 1 == state->next);
}

static void release_early(struct conn *conn)
{
    struct http_state *state = conn->state;
    struct buf **early = &state->early[state->first % HTTP_MAX_PIPELINE];

    while (state->first < state->next && *early) {
        buf_add_span(conn_out(conn), buf_span(*early));
        buf_release(*early);
        free(*early);
        *early = NULL;
        state->first++;
        early = &state->early[state->first % HTTP_MAX_PIPELINE];
    }
}

static void after_reply(struct conn *conn)
{
    struct http_state *state = conn->state;

    if (state->first < state->next)
        return;
    if (state->ending || conn->gateway->stopping) {
        conn_finish(conn);
        return;
    }
    if (state->continue_owed) {
        BUF_LIT(conn_out(conn), "HTTP/1.1 100 Continue\r\n\r\n");
        state->continue_owed = false;
    }
    if (!state->reading_head && !state->reading_body)
        conn_set_deadline(conn, IDLE_S);
}

void http_reply_with(struct conn *conn, uint64_t number, uint16_t status, const char *content_type,
                     struct span headers, struct span body)
{
    struct http_state *state = conn->state;
    const struct reply reply = {.status = status,
                                .last = is_last(conn, number),
                                .is_head = state->is_head[number % HTTP_MAX_PIPELINE],
                                .content_type = content_type,
                                .headers = headers,
                                .body = body};
    struct buf *early;

    CHECK(number >= state->first && number < state->next);
    if (number == state->first) {
        put_reply(state, conn_out(conn), &reply);
        state->first++;
        release_early(conn);
        after_reply(conn);
        return;
    }
    early = mem_alloc(sizeof(*early));
    buf_init(early, MAX_REPLY_BYTES + 1024);
    put_reply(state, early, &reply);
    state->early[number % HTTP_MAX_PIPELINE] = early;
}

void http_reply(struct conn *conn, uint64_t number, uint16_t status, const char *content_type,
                struct span body)
{
    http_reply_with(conn, number, status, content_type, (struct span){0}, body);
}

void http_reply_json(struct conn *conn, uint64_t number, struct span body)
{
    http_reply(conn, number, 200, "application/json; charset=utf-8", body);
}

void http_reply_error(struct conn *conn, uint64_t number, uint8_t envelope, enum im_err err)
{
    struct buf *scratch = &conn->gateway->scratch;

    buf_reset(scratch);
    command_encode_error(envelope, err, scratch);
    http_reply_json(conn, number, buf_span(scratch));
}

void http_reply_health(const struct http_call *call)
{
    bool well = !journal_failed(call->conn->gateway->services.journal);

    http_reply(call->conn, call->number, well ? 200 : 503, "text/plain",
               well ? SPAN_LIT("ok\n") : SPAN_LIT("the journal has failed\n"));
}

const struct source_address *http_source(struct conn *conn)
{
    struct http_state *state = conn->state;

    if (!state->source_known) {
        conn_source(conn, &state->source);
        state->source_known = true;
    }
    return &state->source;
}

/* ---- requests ---- */

/* Nothing more is read: answers with `status` in the request's turn, then closes. */
static void refuse(struct conn *conn, uint16_t status)
{
    struct http_state *state = conn->state;
    struct buf *scratch = &conn->gateway->scratch;
    uint64_t number = state->next++;

    state->is_head[number % HTTP_MAX_PIPELINE] = false;
    state->ending = true;
    state->continue_owed = false;
    if (state->side != HTTP_CLIENTS) {
        admin_refuse(conn, number, status);
        return;
    }
    buf_reset(scratch);
    command_encode_error(ENVELOPE_PLAIN, IM_ERR_HTTP, scratch);
    http_reply(conn, number, status, "application/json; charset=utf-8", buf_span(scratch));
}

static void upgrade(struct conn *conn, const struct http_request *head)
{
    struct http_state *state = conn->state;

    if (state->side != HTTP_CLIENTS || state->first < state->next) {
        refuse(conn, 400);
        return;
    }
    ws_attach(conn, head);
    buf_release(&state->body);
    free(state);
}

static void handle(struct conn *conn, const struct http_request *head, struct span body)
{
    struct http_state *state = conn->state;
    struct http_call call = {.conn = conn, .number = state->next++, .head = head, .body = body};

    state->reading_head = state->reading_body = state->continue_owed = false;
    state->is_head[call.number % HTTP_MAX_PIPELINE] = head->method == HTTP_HEAD;
    state->ending = !head->keep_alive;
    gateway_count(conn->gateway, state->side == HTTP_CLIENTS ? GATEWAY_REST : GATEWAY_ADMIN, 1);
    if (head->method == HTTP_OPTIONS && state->side == HTTP_CLIENTS)
        http_reply(conn, call.number, 200, "text/plain", (struct span){0});
    else
        state->handle(&call);
}

/* Finds the end of the body. HTTP_MORE: not all there yet. */
static enum http_parse body_end(struct http_state *state, const struct http_request *head,
                                struct span rest, struct span *ret_body, size_t *ret_bytes)
{
    enum http_parse parse;
    size_t took = 0;

    if (!head->chunked) {
        if (head->content_length > HTTP_MAX_BODY)
            return HTTP_TOO_LARGE;
        if (rest.n < head->content_length)
            return HTTP_MORE;
        *ret_body = (struct span){rest.p, head->content_length};
        *ret_bytes = head->content_length;
        return HTTP_DONE;
    }
    parse =
        http_parse_chunked((struct span){rest.p + state->chunks_read, rest.n - state->chunks_read},
                           &state->body, &took);
    state->chunks_read += took;
    if (parse == HTTP_DONE) {
        *ret_body = buf_span(&state->body);
        *ret_bytes = state->chunks_read;
    }
    return parse;
}

static void wait_for_head(struct conn *conn)
{
    struct http_state *state = conn->state;

    if (!state->reading_head)
        conn_set_deadline(conn, HEAD_S);
    state->reading_head = true;
}

static void wait_for_body(struct conn *conn, const struct http_request *head, struct span rest)
{
    struct http_state *state = conn->state;

    if (state->reading_body)
        return;
    state->reading_body = true;
    conn_set_deadline(conn, BODY_S);
    if (!head->expect_continue || rest.n)
        return;
    if (state->first == state->next)
        BUF_LIT(conn_out(conn), "HTTP/1.1 100 Continue\r\n\r\n");
    else
        state->continue_owed = true;
}

/* Handles one request; returns the bytes used, 0 if it is not complete. */
static size_t one_request(struct conn *conn, char *p, size_t n)
{
    struct http_state *state = conn->state;
    struct http_request head;
    struct span body = {0}, rest;
    size_t head_bytes = 0, body_bytes = 0;
    enum http_parse parse;

    if (!gateway_has_room(conn->gateway, conn))
        return 0;
    parse = http_parse_head(span_make(p, n), &head, &head_bytes);
    if (parse == HTTP_MORE) {
        wait_for_head(conn);
        return 0;
    }
    if (parse != HTTP_DONE) {
        refuse(conn, parse == HTTP_TOO_LARGE ? 431 : 400);
        return n;
    }
    if (head.upgrade_websocket) {
        upgrade(conn, &head);
        return head_bytes;
    }
    rest = (struct span){p + head_bytes, n - head_bytes};
    parse = body_end(state, &head, rest, &body, &body_bytes);
    if (parse == HTTP_MORE) {
        wait_for_body(conn, &head, rest);
        return 0;
    }
    if (parse != HTTP_DONE) {
        refuse(conn, parse == HTTP_TOO_LARGE ? 413 : 400);
        return n;
    }
    handle(conn, &head, body);
    buf_release(&state->body);
    state->chunks_read = 0;
    return head_bytes + body_bytes;
}

static size_t http_input(struct conn *conn, char *p, size_t n)
{
    struct http_state *state = conn->state;
    size_t used = 0;

    while (used < n && !conn->held && !conn->closing && !state->ending) {
        size_t took;

        /* Empty lines before a request are passed over (RFC 9112 §2.2). */
        if (!state->reading_body && (p[used] == '\r' || p[used] == '\n')) {
            used++;
            continue;
        }
        if (state->next - state->first >= HTTP_MAX_PIPELINE) {
            conn_hold(conn);
            break;
        }
        took = one_request(conn, p + used, n - used);
        used += took;
        if (!took || conn->layer != &http_layer)
            break;
    }
    return !conn->closing && conn->layer == &http_layer && state->ending ? n : used;
}

/* ---- the layer ---- */

static void http_answered(struct conn *conn, const struct request *req, struct span body)
{
    struct http_state *state = conn->state;

    if (req->operation->admin)
        admin_answered(conn, req, body);
    else
        http_reply_json(conn, req->tag, body);
    if (!conn->closing && state->next - state->first < HTTP_MAX_PIPELINE / 2)
        conn_resume(conn);
}

static void http_timeout(struct conn *conn)
{
    const struct http_state *state = conn->state;

    if (state->first < state->next)
        conn_set_deadline(conn, IDLE_S);
    else
        conn_close(conn);
}

static void http_finish(struct conn *conn)
{
    const struct http_state *state = conn->state;

    if (state->first == state->next)
        conn_finish(conn);
}

static void http_release(struct conn *conn)
{
    struct http_state *state = conn->state;

    for (uint32_t i = 0; i < HTTP_MAX_PIPELINE; i++) {
        if (state->early[i])
            buf_release(state->early[i]);
        free(state->early[i]);
    }
    buf_release(&state->body);
    free(state);
}

static const struct conn_layer http_layer = {
    .input = http_input,
    .reply = http_answered,
    .timeout = http_timeout,
    .finish = http_finish,
    .release = http_release,
};

void http_attach(struct conn *conn, enum http_side side)
{
    struct http_state *state = mem_zalloc(sizeof(*state));

    state->handle = side == HTTP_CLIENTS  ? rest_handle
                    : side == HTTP_TOKENS ? admin_token_handle
                                          : admin_operator_handle;
    state->side = side;
    buf_init(&state->body, HTTP_MAX_BODY);
    conn_set_layer(conn, &http_layer, state);
}
