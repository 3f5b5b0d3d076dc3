#include "gateway/ws_conn.h"

#include <stdlib.h>

#include "base/mem.h"
#include "command/command.h"
#include "core/session/login.h"
#include "gateway/envelope.h"
#include "gateway/gateway_internal.h"
#include "gateway/ws_keep.h"

#define CLOSE_NORMAL 1000
#define CLOSE_PROTOCOL 1002
#define CLOSE_NOT_TEXT 1007
#define CLOSE_TOO_LARGE 1009
#define CLOSE_NO_CODE 1005
#define HEADER_BYTES 10u /* at most, without a mask */

static const struct conn_layer ws_layer;

/* ---- writing ---- */

static void append_frame(struct buf *out, uint8_t opcode, struct span payload)
{
    uint8_t head[HEADER_BYTES];

    buf_add(out, head, ws_put_header(head, opcode, payload.n));
    buf_add_span(out, payload);
}

void ws_send(struct conn *conn, struct span text)
{
    const struct ws_state *ws = conn->state;

    if (!conn->closing && !ws->closing)
        append_frame(conn_out(conn), ws->kind, text);
}

static void start_close(struct conn *conn, struct span payload)
{
    struct ws_state *ws = conn->state;

    if (ws->closing)
        return;
    append_frame(conn_out(conn), WS_CLOSE, payload);
    ws->closing = true;
    conn_set_deadline(conn, CONN_LINGER_S);
}

void ws_close(struct conn *conn, uint16_t code)
{
    const char payload[2] = {(char)(code >> 8), (char)(code & 0xff)};

    start_close(conn, span_make(payload, sizeof(payload)));
}

/* ---- reading ---- */

static void set_silence(struct conn *conn, struct ws_state *ws)
{
    uint32_t left_s = ws_keep_left_s(conn, ws);

    if (!left_s)
        ws_keep_end(conn, ws);
    conn_set_deadline(conn, left_s                        ? left_s
                            : ws->session_id || ws->guest ? WS_SILENCE_S
                                                          : WS_GUEST_S);
}

static size_t message_limit(const struct ws_state *ws)
{
    return ws->session_id ? WS_MAX_BYTES : WS_MAX_GUEST_BYTES;
}

static void on_message(struct conn *conn, struct request *req, struct span text)
{
    struct ws_state *ws = conn->state;
    bool valid = ws->kind != WS_TEXT || utf8_valid(text);

    gateway_count(conn->gateway, GATEWAY_MESSAGES, 1);
    if (!valid)
        request_unref(req);
    else
        valid = envelope_request(conn, ws, req, text);
    if (!valid)
        ws_close(conn, CLOSE_NOT_TEXT);
}

static void on_whole(struct conn *conn, const struct ws_frame *frame)
{
    struct ws_state *ws = conn->state;
    struct request *req = request_new();
    char *text = arena_alloc(&req->arena, frame->payload.n);

    ws->kind = (uint8_t)frame->opcode;
    if (frame->payload.n)
        memcpy(text, frame->payload.p, frame->payload.n);
    ws_unmask(text, frame->payload.n, frame->mask);
    on_message(conn, req, span_make(text, frame->payload.n));
}

static void drop_fragments(struct ws_state *ws)
{
    if (!ws->message)
        return;
    buf_release(ws->message);
    free(ws->message);
    ws->message = NULL;
}

static void on_fragment(struct conn *conn, const struct ws_frame *frame)
{
    struct ws_state *ws = conn->state;
    struct request *req;
    size_t before;

    if (!ws->message) {
        ws->message = mem_alloc(sizeof(*ws->message));
        buf_init(ws->message, WS_MAX_BYTES);
        ws->kind = (uint8_t)frame->opcode;
    }
    before = ws->message->n;
    buf_add_span(ws->message, frame->payload);
    if (ws->message->overflow || ws->message->n > message_limit(ws)) {
        ws_close(conn, CLOSE_TOO_LARGE);
        return;
    }
    if (frame->payload.n)
        ws_unmask(ws->message->p + before, frame->payload.n, frame->mask);
    if (!frame->fin)
        return;
    req = request_new();
    on_message(conn, req, arena_copy(&req->arena, buf_span(ws->message)));
    drop_fragments(ws);
}

static void on_data(struct conn *conn, const struct ws_frame *frame)
{
    struct ws_state *ws = conn->state;

    /* A continuation needs a beginning, a beginning nothing before it (RFC 6455 §5.4). */
    if ((frame->opcode == WS_CONTINUATION) != (ws->message != NULL))
        ws_close(conn, CLOSE_PROTOCOL);
    else if (frame->fin && !ws->message)
        on_whole(conn, frame);
    else
        on_fragment(conn, frame);
}

static void on_control(struct conn *conn, const struct ws_frame *frame)
{
    char payload[125];
    struct span text = {payload, frame->payload.n};
    const struct ws_state *ws = conn->state;
    uint16_t code;

    if (text.n)
        memcpy(payload, frame->payload.p, text.n);
    ws_unmask(payload, text.n, frame->mask);
    if (frame->opcode == WS_PING) {
        if (!ws->closing)
            append_frame(conn_out(conn), WS_PONG, text);
    } else if (frame->opcode == WS_CLOSE) {
        if (!ws_close_code(text, &code))
            ws_close(conn, CLOSE_PROTOCOL);
        else if (code == CLOSE_NO_CODE)
            start_close(conn, (struct span){0});
        else
            start_close(conn, (struct span){payload, 2});
        conn_finish(conn);
    }
}

/* One frame from the front; 0: not complete, or no room for its request. */
static size_t one_frame(struct conn *conn, char *p, size_t n)
{
    struct ws_state *ws = conn->state;
    struct ws_frame frame;
    size_t bytes = 0;

    switch (ws_parse_frame(span_make(p, n), true, message_limit(ws), &frame, &bytes)) {
    case WS_MORE:
        return 0;
    case WS_PROTOCOL_ERROR:
        ws_close(conn, CLOSE_PROTOCOL);
        conn_finish(conn);
        return n;
    case WS_TOO_LARGE:
        ws_close(conn, CLOSE_TOO_LARGE);
        conn_finish(conn);
        return n;
    case WS_FRAME:
        break;
    }
    if (frame.opcode >= WS_CLOSE) {
        on_control(conn, &frame);
        return bytes;
    }
    if (ws->closing)
        return bytes;
    if (!gateway_has_room(conn->gateway, conn))
        return 0;
    on_data(conn, &frame);
    return bytes;
}

static size_t ws_input(struct conn *conn, char *p, size_t n)
{
    struct ws_state *ws = conn->state;
    size_t used = 0;

    while (used < n && !conn->held && !conn->closing && !conn->finishing) {
        size_t took = one_frame(conn, p + used, n - used);

        if (!took)
            break;
        used += took;
    }
    if (used && !conn->closing && !ws->closing)
        set_silence(conn, ws);
    return used;
}

/* ---- the layer ---- */

/* Browsers wake the timers of a hidden page once a minute: between two polls of a guest there may
   be more than a stranger's silence. */
static bool is_guests(const struct request *req)
{
    return req->caller == CALLER_NOBODY && !req->err &&
           !strcmp(command_of(req)->service, "group_open_http_noauth_svc");
}

/* Sends it, or keeps it (ws_keep.h). */
static void keep_or_send(struct conn *conn, struct ws_state *ws, struct span text)
{
    struct buf *kept;

    if (conn->closing || ws->closing)
        return;
    kept = ws_keep_room(conn, ws, HEADER_BYTES + text.n);
    append_frame(kept ? kept : conn_out(conn), ws->kind, text);
}

static void ws_reply(struct conn *conn, const struct request *req, struct span body)
{
    struct buf *frame = &conn->gateway->frame;
    struct ws_state *ws = conn->state;

    buf_reset(frame);
    envelope_reply(req, body, frame);
    if (ws_keeps_reply(req))
        keep_or_send(conn, ws, buf_span(frame));
    else
        ws_send(conn, buf_span(frame));
    ws_keep_answered(conn, ws, req);
    if (req->operation->run == session_logout && !req->err && req->session_id == ws->session_id)
        ws->session_id = 0;
    if (!ws->guest && !ws->closing && is_guests(req)) {
        ws->guest = true;
        set_silence(conn, ws);
    }
}

/* Whoever is kicked hears of it at once: it compares nothing any more. */
static void ws_push(struct conn *conn, enum push_kind kind, struct span body)
{
    struct buf *frame = &conn->gateway->frame;
    struct ws_state *ws = conn->state;

    if (kind == PUSH_KICKED)
        ws_keep_end(conn, ws);
    buf_reset(frame);
    envelope_push(++conn->gateway->push_seq, body, frame);
    keep_or_send(conn, ws, buf_span(frame));
}

/* Made for binary messages; the first byte is all that is another one in text messages. */
struct push_frame push_frame_of(struct gateway *gateway, struct span body)
{
    struct buf *frame = &gateway->frame;
    size_t n;

    buf_reset(frame);
    envelope_push(++gateway->push_seq, body, frame);
    n = frame->n;
    buf_reserve(frame, HEADER_BYTES);
    return (struct push_frame){
        .text = {frame->p, n},
        .head = {frame->p + n, ws_put_header((uint8_t *)frame->p + n, WS_BINARY, n)}};
}

static void ws_push_frame(struct conn *conn, const struct push_frame *frame)
{
    struct ws_state *ws = conn->state;
    struct buf *kept, *out;
    size_t at;

    if (ws->closing)
        return;
    kept = ws_keep_room(conn, ws, frame->head.n + frame->text.n);
    out = kept ? kept : conn_out_later(conn, frame->hurry);
    at = out->n;
    buf_add_span(out, frame->head);
    buf_add_span(out, frame->text);
    if (!out->overflow)
        out->p[at] = (char)(((uint8_t)out->p[at] & 0xf0) | ws->kind);
}

static void ws_bind(struct conn *conn, const struct request *req)
{
    struct ws_state *ws = conn->state;

    if (ws->session_id && ws->session_id != req->bound_session_id)
        gateway_session_gone(conn->gateway, conn, ws->session_id, ws->app);
    envelope_bind(ws, req);
    set_silence(conn, ws);
}

static void ws_timeout(struct conn *conn)
{
    struct ws_state *ws = conn->state;

    if (ws->kept && !ws->closing) {
        ws_keep_end(conn, ws);
        set_silence(conn, ws);
    } else if (ws->closing)
        conn_close(conn);
    else
        ws_close(conn, CLOSE_NORMAL);
}

static void ws_finish(struct conn *conn)
{
    ws_close(conn, CLOSE_NORMAL);
    conn_finish(conn);
}

static void ws_release(struct conn *conn)
{
    struct ws_state *ws = conn->state;

    if (ws->session_id)
        gateway_session_gone(conn->gateway, conn, ws->session_id, ws->app);
    drop_fragments(ws);
    ws_keep_drop(conn, ws);
    free(ws);
}

static const struct conn_layer ws_layer = {
    .input = ws_input,
    .reply = ws_reply,
    .push = ws_push,
    .push_frame = ws_push_frame,
    .bind = ws_bind,
    .timeout = ws_timeout,
    .finish = ws_finish,
    .release = ws_release,
};

static struct app_id app_of_query(struct span query)
{
    char scratch[HTTP_MAX_HEAD_BYTES];
    struct span name, value;
    uint64_t number = 0;
    size_t used = 0;

    while (http_query_next(&query, scratch, &used, &name, &value)) {
        if (span_is(name, "sdkappid") && span_to_u64(value, &number) && number <= UINT32_MAX)
            break;
        number = 0;
    }
    return (struct app_id){(uint32_t)number};
}

void ws_attach(struct conn *conn, const struct http_request *head)
{
    struct ws_state *ws = mem_zalloc(sizeof(*ws));
    struct buf *out = conn_out(conn);
    char accept[28];

    ws->app = app_of_query(head->query);
    ws->kind = WS_BINARY;
    ws_accept_key(head->websocket_key, accept);
    BUF_LIT(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Accept: ");
    buf_add(out, accept, sizeof(accept));
    BUF_LIT(out, "\r\n\r\n");
    conn_set_layer(conn, &ws_layer, ws);
    conn_set_kind(conn, GATEWAY_WS_NOW);
    gateway_count(conn->gateway, GATEWAY_UPGRADES, 1);
    conn_set_deadline(conn, WS_GUEST_S);
}
