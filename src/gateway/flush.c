/*
 * When what was appended to connections is written. Replies and pushes to one socket leave at the
 * end of the loop's turn. A push to thousands does not hold them up: its connections are written a
 * slice a turn, in order, and what comes for them meanwhile leaves with the same write. Relaxed
 * pushes stay for a moment before that, so that a busy room costs a write a moment and member,
 * not one a message. A connection is in one queue at most; the more urgent one counts.
 */
#include "gateway/flush.h"
#include "gateway/gateway_internal.h"

/* About 5 us each: what else there is to do waits no longer than 1 to 2 ms. */
#define SLICE 256u
/* And one write for so many appends, so that output leaves faster than it comes. */
#define APPENDS_A_WRITE 8u
#define APPENDS_A_TURN 8192u /* about as long as the writes for them */
#define RELAXED_MS 80u

static void queue_add(struct conn *conn, enum conn_hurry hurry)
{
    struct conn_queue *queue = &conn->gateway->unwritten[hurry];

    conn->hurry = (uint8_t)hurry;
    conn->out_next = NULL;
    conn->out_previous = queue->last;
    if (queue->last)
        queue->last->out_next = conn;
    else
        queue->first = conn;
    queue->last = conn;
}

void flush_forget(struct conn *conn)
{
    struct conn_queue *queue = &conn->gateway->unwritten[conn->hurry];

    if (conn->hurry == CONN_WRITTEN)
        return;
    if (conn->out_previous)
        conn->out_previous->out_next = conn->out_next;
    else
        queue->first = conn->out_next;
    if (conn->out_next)
        conn->out_next->out_previous = conn->out_previous;
    else
        queue->last = conn->out_previous;
    conn->hurry = CONN_WRITTEN;
}

struct buf *conn_out_later(struct conn *conn, enum conn_hurry hurry)
{
    if (conn->hurry < hurry && !conn->closing) {
        flush_forget(conn);
        queue_add(conn, hurry);
        conn->unwritten_ms = uv_now(&conn->gateway->loop);
    }
    return &conn->out;
}

struct buf *conn_out(struct conn *conn)
{
    return conn_out_later(conn, CONN_URGENT);
}

static bool flush_first(struct gateway *gateway, enum conn_hurry hurry)
{
    struct conn *conn = gateway->unwritten[hurry].first;

    if (!conn)
        return false;
    flush_forget(conn);
    conn_flush(conn);
    return true;
}

void flush_urgent(struct gateway *gateway)
{
    while (flush_first(gateway, CONN_URGENT))
        ;
}

void flush_all(struct gateway *gateway)
{
    flush_urgent(gateway);
    while (flush_first(gateway, CONN_BULK) || flush_first(gateway, CONN_RELAXED))
        ;
}

static bool relaxed_due(const struct gateway *gateway)
{
    const struct conn *first = gateway->unwritten[CONN_RELAXED].first;

    return first && uv_now(&gateway->loop) >= first->unwritten_ms + RELAXED_MS;
}

/* The loop comes round at once. */
static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_relaxed(uv_timer_t *timer)
{
    (void)timer;
}

bool flush_wants_more(const struct gateway *gateway)
{
    return gateway->appended < APPENDS_A_TURN;
}

static void plan_next_slice(struct gateway *gateway)
{
    const struct conn *relaxed = gateway->unwritten[CONN_RELAXED].first;

    if (gateway->unwritten[CONN_BULK].first || relaxed_due(gateway) || !flush_wants_more(gateway))
        uv_idle_start(&gateway->more, on_idle);
    else
        uv_idle_stop(&gateway->more);
    if (relaxed && !uv_is_active((uv_handle_t *)&gateway->relaxed) && !relaxed_due(gateway))
        uv_timer_start(&gateway->relaxed, on_relaxed,
                       relaxed->unwritten_ms + RELAXED_MS - uv_now(&gateway->loop), 0);
}

void flush_slice(struct gateway *gateway)
{
    uint32_t n = 0, slice = SLICE + gateway->appended / APPENDS_A_WRITE;

    flush_urgent(gateway);
    while (n < slice && flush_first(gateway, CONN_BULK))
        n++;
    while (n < slice && relaxed_due(gateway)) {
        flush_first(gateway, CONN_RELAXED);
        n++;
    }
    plan_next_slice(gateway);
    gateway->appended = 0;
}
