/*
 * WebSocket over a connection (RFC 6455), and whom it belongs to. Messages are JSON requests
 * (envelope.h); pushes go out in the kind of frame that the client sent last, binary at first.
 * Gateway thread only.
 */
#ifndef GATEWAY_WS_CONN_H
#define GATEWAY_WS_CONN_H

#include "gateway/conn.h"
#include "wire/http.h"
#include "wire/usersig.h"
#include "wire/ws.h"

#define WS_MAX_GUEST_BYTES ((size_t)64 << 10)
#define WS_MAX_BYTES ((size_t)256 << 10)
#define WS_GUEST_S 60u
#define WS_SILENCE_S 400u /* server-api §6.4 */

struct ws_state {
    uint64_t session_id; /* 0: not bound */
    uint64_t a2_hash;    /* of the a2 text that bound it */
    struct app_id app;   /* bound: the session's; else what the URL said, 0 if nothing */
    struct account_no account;
    char name[IDENTIFIER_MAX + 1]; /* of the account */
    struct buf *message;  /* the fragments so far of a message that comes in several frames */
    struct ws_kept *kept; /* what it is not told yet; NULL: it is told all (ws_keep.h) */
    bool told;            /* nothing is kept any more, whatever it asks */
    uint8_t kind;         /* enum ws_opcode of the last data message */
    bool guest;   /* nobody's, but let into a live room: silent as long as a session may be */
    bool closing; /* a close frame was sent */
};

/* Answers the upgrade and makes the connection speak WebSocket. The HTTP state is the caller's. */
void ws_attach(struct conn *conn, const struct http_request *head);

/* Sends one message; `text` must not lie in the connection's own output. */
void ws_send(struct conn *conn, struct span text);

/* A push for many sockets; it lies in the gateway's buffers until the next push or reply. */
struct push_frame push_frame_of(struct gateway *gateway, struct span body);

/* Sends a close frame with this code and closes after the peer's answer. */
void ws_close(struct conn *conn, uint16_t code);

#endif
