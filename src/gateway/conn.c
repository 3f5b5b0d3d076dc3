#include "gateway/conn.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/mem.h"
#include "gateway/admin_socket.h"
#include "gateway/flush.h"
#include "gateway/gateway_internal.h"
#include "gateway/http_conn.h"
#include "gateway/tls.h"

#define HANDSHAKE_S 10u

/* ---- slots ---- */

static void slot_take(struct conn *conn)
{
    struct gateway *gateway = conn->gateway;
    struct conn_slot *slot;

    if (gateway->free_slot == UINT32_MAX) {
        uint32_t room = gateway->slot_room ? gateway->slot_room * 2 : 64;

        gateway->slots = mem_realloc(gateway->slots, room * sizeof(*gateway->slots));
        for (uint32_t i = room; i-- > gateway->slot_room;) {
            gateway->slots[i] =
                (struct conn_slot){.generation = 1, .next_free = gateway->free_slot};
            gateway->free_slot = i;
        }
        gateway->slot_room = room;
    }
    conn->slot = gateway->free_slot;
    slot = &gateway->slots[conn->slot];
    gateway->free_slot = slot->next_free;
    slot->conn = conn;
    conn->generation = slot->generation;
    gateway->conn_count++;
}

static void slot_give(struct conn *conn)
{
    struct gateway *gateway = conn->gateway;
    struct conn_slot *slot = &gateway->slots[conn->slot];

    slot->conn = NULL;
    slot->generation++;
    slot->next_free = gateway->free_slot;
    gateway->free_slot = conn->slot;
    gateway->conn_count--;
}

struct conn *conn_find(struct gateway *gateway, struct address at)
{
    struct conn *conn;

    if (at.slot >= gateway->slot_room)
        return NULL;
    conn = gateway->slots[at.slot].conn;
    return conn && conn->generation == at.generation && !conn->closing ? conn : NULL;
}

struct address conn_address(const struct conn *conn)
{
    return (struct address){
        .gateway = conn->gateway->config.index, .slot = conn->slot, .generation = conn->generation};
}

bool conn_source(const struct conn *conn, struct source_address *ret_source)
{
    struct sockaddr_storage peer;
    int n = sizeof(peer);

    memset(ret_source, 0, sizeof(*ret_source));
    if (conn->io.handle.type != UV_TCP ||
        uv_tcp_getpeername(&conn->io.tcp, (struct sockaddr *)&peer, &n) != 0)
        return false;
    if (peer.ss_family == AF_INET6) {
        memcpy(ret_source->bytes, &((struct sockaddr_in6 *)&peer)->sin6_addr, 16);
    } else {
        ret_source->bytes[10] = ret_source->bytes[11] = 0xff;
        memcpy(ret_source->bytes + 12, &((struct sockaddr_in *)&peer)->sin_addr, 4);
    }
    return true;
}

/* ---- deadlines ---- */

static void wheel_remove(struct conn *conn)
{
    if (!conn->wheel_link)
        return;
    *conn->wheel_link = conn->wheel_next;
    if (conn->wheel_next)
        conn->wheel_next->wheel_link = conn->wheel_link;
    conn->wheel_link = NULL;
}

static void wheel_add(struct conn *conn, uint32_t at_s)
{
    struct conn **bucket = &conn->gateway->wheel[at_s % WHEEL_SECONDS];

    conn->wheel_s = at_s;
    conn->wheel_next = *bucket;
    conn->wheel_link = bucket;
    if (*bucket)
        (*bucket)->wheel_link = &conn->wheel_next;
    *bucket = conn;
}

void conn_set_deadline(struct conn *conn, uint32_t seconds)
{
    CHECK(seconds < WHEEL_SECONDS);
    conn->deadline_s = gateway_now_s(conn->gateway) + seconds;
    if (conn->closing || (conn->wheel_link && conn->wheel_s <= conn->deadline_s))
        return;
    wheel_remove(conn);
    wheel_add(conn, conn->deadline_s);
}

static void check_bucket(struct gateway *gateway, uint32_t second, uint32_t now_s)
{
    struct conn *conn = gateway->wheel[second % WHEEL_SECONDS];

    while (conn) {
        struct conn *next = conn->wheel_next;

        wheel_remove(conn);
        if (conn->deadline_s > now_s)
            wheel_add(conn, conn->deadline_s);
        else if (conn->lingering)
            conn_close(conn);
        else
            conn->layer->timeout(conn);
        conn = next;
    }
}

void conn_check_deadlines(struct gateway *gateway)
{
    uint32_t now_s = gateway_now_s(gateway);

    if (now_s - gateway->wheel_at_s > WHEEL_SECONDS)
        gateway->wheel_at_s = now_s - WHEEL_SECONDS;
    while (gateway->wheel_at_s < now_s)
        check_bucket(gateway, ++gateway->wheel_at_s, now_s);
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;

    flush_forget(conn);
    if (conn->kind) {
        tally_subtract(&conn->gateway->counts.of[conn->kind], 1);
        gateway_count(conn->gateway, GATEWAY_CLOSED, 1);
    }
    slot_give(conn);
    tls_free(conn->tls);
    buf_release(&conn->in);
    buf_release(&conn->out);
    free(conn);
}

void conn_close(struct conn *conn)
{
    if (conn->closing)
        return;
    conn->closing = true;
    wheel_remove(conn);
    conn->layer->release(conn);
    conn->state = NULL;
    uv_close(&conn->io.handle, on_closed);
}

void conn_finish(struct conn *conn)
{
    if (conn->closing || conn->finishing)
        return;
    conn->finishing = true;
    conn_out(conn);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    struct conn *conn = shutdown->data;

    free(shutdown);
    if (status < 0)
        conn_close(conn);
}

static void linger(struct conn *conn)
{
    uv_shutdown_t *shutdown = mem_zalloc(sizeof(*shutdown));

    conn->lingering = true;
    buf_release(&conn->in);
    if (conn->tls)
        tls_finish(conn);
    shutdown->data = conn;
    conn_set_deadline(conn, CONN_LINGER_S);
    if (uv_shutdown(shutdown, &conn->io.stream, on_shutdown) != 0) {
        free(shutdown);
        conn_close(conn);
    } else if (conn->held) {
        conn_resume(conn);
    }
}

/* ---- writing ---- */

struct conn_write {
    uv_write_t write;
    struct conn *conn;
    size_t n;
    char bytes[];
};

static void on_written(uv_write_t *write, int status)
{
    struct conn_write *queued = (struct conn_write *)write;

    queued->conn->gateway->queued_bytes -= queued->n;
    if (status < 0)
        conn_close(queued->conn);
    free(queued);
}

static size_t max_queued(const struct gateway *gateway)
{
    return gateway->queued_bytes < GATEWAY_MAX_QUEUED ? CONN_MAX_QUEUED : CONN_MAX_QUEUED_THEN;
}

static void cut_off(struct conn *conn)
{
    gateway_count(conn->gateway, GATEWAY_CUT, !conn->closing);
    conn_close(conn);
}

void conn_send(struct conn *conn, const char *p, size_t n)
{
    size_t waiting = uv_stream_get_write_queue_size(&conn->io.stream);
    struct conn_write *queued;
    uv_buf_t bytes;

    if (!waiting) {
        uv_buf_t now = {.base = (char *)(uintptr_t)p, .len = n};
        int sent = uv_try_write(&conn->io.stream, &now, 1);

        if (sent < 0 && sent != UV_EAGAIN) {
            conn_close(conn);
            return;
        }
        if (sent > 0) {
            gateway_count(conn->gateway, GATEWAY_SENT, (uint64_t)sent);
            p += sent;
            n -= (size_t)sent;
        }
    } else if (waiting + n > max_queued(conn->gateway)) {
        cut_off(conn);
        return;
    }
    if (!n)
        return;
    queued = mem_alloc(sizeof(*queued) + n);
    queued->conn = conn;
    queued->n = n;
    memcpy(queued->bytes, p, n);
    bytes = uv_buf_init(queued->bytes, (unsigned)n);
    if (uv_write(&queued->write, &conn->io.stream, &bytes, 1, on_written) != 0) {
        free(queued);
        conn_close(conn);
    } else {
        conn->gateway->queued_bytes += n;
        gateway_count(conn->gateway, GATEWAY_SENT, n);
    }
}

void conn_flush(struct conn *conn)
{
    if (conn->out.overflow)
        cut_off(conn);
    if (!conn->closing && !conn->lingering && conn->out.n) {
        if (conn->tls)
            tls_output(conn, buf_span(&conn->out));
        else
            conn_send(conn, conn->out.p, conn->out.n);
    }
    buf_release(&conn->out);
    if (conn->finishing && !conn->closing && !conn->lingering)
        linger(conn);
}

/* ---- reading ---- */

static void run_input(struct conn *conn, char *p, size_t n, size_t *ret_used)
{
    size_t used = 0;

    while (used < n && !conn->held && !conn->closing && !conn->finishing) {
        const struct conn_layer *layer = conn->layer;
        size_t took = layer->input(conn, p + used, n - used);

        CHECK(took <= n - used);
        used += took;
        if (conn->layer == layer)
            break;
    }
    *ret_used = conn->finishing ? n : used;
}

/* Gives the layer what is in the buffer and keeps what it leaves. */
static void run_buffer(struct conn *conn)
{
    size_t used;

    run_input(conn, conn->in.p, conn->in.n, &used);
    if (conn->closing)
        return;
    if (used == conn->in.n) {
        buf_release(&conn->in);
    } else if (used) {
        memmove(conn->in.p, conn->in.p + used, conn->in.n - used);
        conn->in.n -= used;
    }
}

void conn_feed(struct conn *conn, char *p, size_t n)
{
    size_t used = 0;

    if (conn->closing || conn->lingering || conn->finishing)
        return;
    if (!conn->in.n) {
        run_input(conn, p, n, &used);
        if (conn->closing)
            return;
        if (used < n)
            buf_add(&conn->in, p + used, n - used);
    } else {
        buf_add(&conn->in, p, n);
        if (!conn->held && !conn->in.overflow)
            run_buffer(conn);
    }
    if (!conn->closing && conn->in.overflow)
        conn_close(conn);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    const struct conn *conn = handle->data;

    (void)suggested;
    *ret_buf = uv_buf_init(conn->gateway->read_buffer, (unsigned)READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *into)
{
    struct conn *conn = stream->data;

    if (n > 0)
        gateway_count(conn->gateway, GATEWAY_RECEIVED, (uint64_t)n);
    if (n < 0)
        conn_close(conn);
    else if (n > 0 && conn->tls)
        tls_input(conn, into->base, (size_t)n);
    else if (n > 0)
        conn_feed(conn, into->base, (size_t)n);
}

void conn_hold(struct conn *conn)
{
    if (conn->held || conn->closing)
        return;
    conn->held = true;
    uv_read_stop(&conn->io.stream);
}

void conn_resume(struct conn *conn)
{
    if (!conn->held || conn->closing || (conn->gateway->stopping && !conn->lingering))
        return;
    conn->held = false;
    if (conn->in.n && !conn->lingering)
        run_buffer(conn);
    if (!conn->held && !conn->closing && uv_read_start(&conn->io.stream, on_room, on_read) != 0)
        conn_close(conn);
}

/* ---- opening ---- */

void conn_set_layer(struct conn *conn, const struct conn_layer *layer, void *state)
{
    conn->layer = layer;
    conn->state = state;
}

static struct conn *conn_new(struct gateway *gateway, uv_stream_t *listener)
{
    struct conn *conn = mem_zalloc(sizeof(*conn));

    conn->gateway = gateway;
    buf_init(&conn->in, CONN_MAX_INPUT);
    buf_init(&conn->out, MAX_REPLY_BYTES * 2);
    if (listener->type == UV_TCP)
        CHECK(uv_tcp_init(&gateway->loop, &conn->io.tcp) == 0);
    else
        CHECK(uv_pipe_init(&gateway->loop, &conn->io.pipe, 0) == 0);
    conn->io.handle.data = conn;
    slot_take(conn);
    return conn;
}

void conn_set_kind(struct conn *conn, uint8_t kind)
{
    if (conn->kind)
        tally_subtract(&conn->gateway->counts.of[conn->kind], 1);
    conn->kind = kind;
    gateway_count(conn->gateway, kind, 1);
}

void conn_accept(struct gateway *gateway, uv_stream_t *listener, bool tls)
{
    struct conn *conn = conn_new(gateway, listener);
    bool admin = listener->type != UV_TCP;
    enum http_side side = admin                                             ? HTTP_OPERATOR
                          : listener == (uv_stream_t *)&gateway->tokens.tcp ? HTTP_TOKENS
                                                                            : HTTP_CLIENTS;

    http_attach(conn, side);
    if (uv_accept(listener, &conn->io.stream) != 0 ||
        (admin && !admin_peer_allowed(&conn->io.pipe))) {
        gateway_count(gateway, GATEWAY_REFUSED, 1);
        conn_close(conn);
        return;
    }
    gateway_count(gateway, GATEWAY_ACCEPTED, 1);
    conn_set_kind(conn, side == HTTP_CLIENTS ? GATEWAY_HTTP_NOW : GATEWAY_ADMIN_NOW);
    if (!admin)
        uv_tcp_nodelay(&conn->io.tcp, 1);
    if (tls)
        conn->tls = tls_new(conn, gateway->config.tls);
    conn_set_deadline(conn, HANDSHAKE_S);
    if (uv_read_start(&conn->io.stream, on_room, on_read) != 0)
        conn_close(conn);
}
