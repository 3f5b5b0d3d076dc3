/*
 * The envelope of WebSocket messages (websocket-protocol "Envelope"): {"head":...,"body":...}.
 * servcmd and seq are echoed as they came; a2 and tinyid authenticate each request, not the
 * socket (websocket-behaviour §0). Gateway thread only.
 */
#ifndef GATEWAY_ENVELOPE_H
#define GATEWAY_ENVELOPE_H

#include "gateway/ws_conn.h"

/* One message; `text` lies in req's arena. Takes the reference. False: it is not JSON at all. */
bool envelope_request(struct conn *conn, struct ws_state *ws, struct request *req,
                      struct span text);

/* {"head":...,"body":BODY} for a request that envelope_request posted. */
void envelope_reply(const struct request *req, struct span body, struct buf *into);
void envelope_push(uint32_t seq, struct span body, struct buf *into);

/* The socket now belongs to the session that the shard named. */
void envelope_bind(struct ws_state *ws, const struct request *req);

#endif
