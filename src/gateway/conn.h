/*
 * A connection: a socket of a gateway with its input not yet understood, its output not yet
 * written, its deadline and its layer. Buffers exist only while they hold something, so an idle
 * connection is this struct and its layer's state.
 *
 * Writing: a layer appends to conn_out(); everything appended in a turn of the loop leaves with
 * one write at its end, what goes to many connections soon after (conn_out_later). What the socket
 * does not take is queued in libuv; over CONN_MAX_QUEUED the reader is too slow and is cut off (its
 * messages are safe in history).
 *
 * Deadlines are lazy: moving one into the future touches one field; a wheel with a bucket a
 * second looks again when the old one comes. Gateway thread only.
 */
#ifndef GATEWAY_CONN_H
#define GATEWAY_CONN_H

#include <uv.h>

#include "base/buf.h"
#include "core/output.h"
#include "gateway/sig_lock.h"

#define CONN_MAX_QUEUED ((size_t)1 << 20)
/* When all of a gateway's connections together have this much queued, each may have only so much:
   thousands of slow readers do not take the memory. */
#define GATEWAY_MAX_QUEUED ((size_t)256 << 20)
#define CONN_MAX_QUEUED_THEN ((size_t)64 << 10)
/* A whole REST request (head, 1 MB of chunked body) and one read behind it. */
#define CONN_MAX_INPUT ((size_t)3 << 20)
#define CONN_LINGER_S 5u

struct conn;
struct gateway;

/* How soon its output is to be written; the higher, the sooner. */
enum conn_hurry {
    CONN_WRITTEN, /* there is none */
    CONN_RELAXED, /* in a moment, with what comes until then */
    CONN_BULK,    /* when its turn comes among many */
    CONN_URGENT,  /* at the end of this turn of the loop */
    CONN_HURRIES
};

/* One message for many connections, made once by push_frame_of (ws_conn.h). */
struct push_frame {
    struct span head, text;
    enum conn_hurry hurry;
};

struct conn_layer {
    /* Takes whole units from the front of p[0..n), which it may change; returns the bytes used.
       The rest comes again with more behind it. Returns early when conn->held is set. */
    size_t (*input)(struct conn *conn, char *p, size_t n);
    /* The answer to one of its requests: `body` is the JSON object. */
    void (*reply)(struct conn *conn, const struct request *req, struct span body);
    /* NULL where pushes make no sense. */
    void (*push)(struct conn *conn, enum push_kind kind, struct span body);
    void (*push_frame)(struct conn *conn, const struct push_frame *frame);
    void (*bind)(struct conn *conn, const struct request *req);
    /* The deadline has passed. */
    void (*timeout)(struct conn *conn);
    /* The server wants it closed, after what was written before. */
    void (*finish)(struct conn *conn);
    /* Frees conn->state; the socket is gone. */
    void (*release)(struct conn *conn);
};

struct conn {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } io;
    struct gateway *gateway;
    const struct conn_layer *layer;
    void *state;                           /* the layer's */
    struct tls_state *tls;                 /* NULL: plain */
    struct buf in;                         /* units not yet complete */
    struct buf out;                        /* plain text to write */
    struct conn *out_next, *out_previous;  /* of the queue that it is in */
    uint64_t unwritten_ms;                 /* since when */
    struct conn *wheel_next, **wheel_link; /* link NULL: not in the wheel */
    uint32_t deadline_s;                   /* loop seconds */
    uint32_t wheel_s;                      /* when the wheel looks at it */
    uint32_t slot;
    uint32_t generation;
    uint32_t under_way; /* its requests that the shard has */
    uint32_t fetching;  /* replies whose messages are being read from the journal */
    uint8_t hurry;      /* enum conn_hurry: the queue that it is in */
    uint8_t kind;       /* enum gateway_count: among which it counts now; 0: not accepted */
    bool held;          /* input stopped until conn_resume */
    bool full;          /* held until enough of its own requests are answered */
    bool finishing;     /* close once `out` is written */
    bool lingering;     /* written and shut down; what still comes is thrown away */
    bool closing;
};

/* Takes a connection that `listener` announced. */
void conn_accept(struct gateway *gateway, uv_stream_t *listener, bool tls);

/* It counts as another kind from now on: GATEWAY_HTTP_NOW, GATEWAY_WS_NOW, GATEWAY_ADMIN_NOW. */
void conn_set_kind(struct conn *conn, uint8_t kind);

/* The connection of an address, NULL if it is gone. */
struct conn *conn_find(struct gateway *gateway, struct address at);
struct address conn_address(const struct conn *conn);
/* False for the operator's socket. */
bool conn_source(const struct conn *conn, struct source_address *ret_source);

/* Where to append output; flushed at the end of the loop's turn. */
struct buf *conn_out(struct conn *conn);
/* The same, flushed when `hurry` says, or with what else is written to it. */
struct buf *conn_out_later(struct conn *conn, enum conn_hurry hurry);
void conn_flush(struct conn *conn);

/* Replaces the layer; the old one's state is the caller's to free. */
void conn_set_layer(struct conn *conn, const struct conn_layer *layer, void *state);
void conn_set_deadline(struct conn *conn, uint32_t seconds);
/* Called once a second. */
void conn_check_deadlines(struct gateway *gateway);

/* Stops reading and parsing; conn_resume goes on with what is in the buffer. */
void conn_hold(struct conn *conn);
void conn_resume(struct conn *conn);

/* For tls.c: plain bytes that were read, encrypted bytes to write. */
void conn_feed(struct conn *conn, char *p, size_t n);
void conn_send(struct conn *conn, const char *p, size_t n);

/* Closes once everything is written, and then reads the peer's rest for a moment, so that a reset
   does not destroy the last words. */
void conn_finish(struct conn *conn);
/* Now. The struct lives until the loop's turn is over. */
void conn_close(struct conn *conn);

#endif
