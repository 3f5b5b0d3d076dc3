/*
 * What a client that came back is not told yet. It has its a2 and a socket that is new, and asks
 * in this order (websocket-behaviour §2):
 *
 *   1. again what was not answered on the old socket, then wslogin;
 *   2. recentcontact.page_get, and compares the last message of each group with the last one that
 *      it has itself: the messages between them it fetches (group_msg_get);
 *   3. openim.getmsg, once it has compared.
 *
 * If anything newer reaches it before it compares, be it a push or the number of a message of its
 * own, it believes that it has all before that, and never fetches what it missed. So pushes, and
 * the answers to messages that it sends, are kept from its first request on until getmsg comes
 * behind an answered page_get, and leave then in their order: behind the answers to what it has
 * asked until then, since it shows messages in the order in which they come. What it fetches may
 * be among what was kept: it lets go of a message that it has.
 *
 * Who asks otherwise than that gets what was kept after some seconds. Gateway thread only.
 */
#ifndef GATEWAY_WS_KEEP_H
#define GATEWAY_WS_KEEP_H

#include "gateway/ws_conn.h"

/* Before wslogin, which who came back sends at once, and behind getmsg, when nothing can be lost
   any more. */
#define WS_KEEP_MOMENT_S 1u
/* Between them: as long as the SDK itself waits for an answer. */
#define WS_KEEP_S 15u
/* So much of one group is more than it would fetch (300 messages). */
#define WS_KEEP_BYTES ((size_t)512 << 10)

/* A request with an a2 or of a session, before it goes to the shard. */
void ws_keep_asked(struct conn *conn, struct ws_state *ws, const struct request *req);

/* Its reply was written. */
void ws_keep_answered(struct conn *conn, struct ws_state *ws, const struct request *req);

/* Where a frame of n bytes is kept; NULL: it may leave. */
struct buf *ws_keep_room(struct conn *conn, struct ws_state *ws, size_t n);

/* Whether the reply is kept like a push. */
bool ws_keeps_reply(const struct request *req);

/* What was kept is sent, or thrown away. Either does nothing where nothing is kept. */
void ws_keep_end(struct conn *conn, struct ws_state *ws);
void ws_keep_drop(struct conn *conn, struct ws_state *ws);

/* Seconds until it ends by itself, not less; 0: now, or nothing is kept. */
uint32_t ws_keep_left_s(const struct conn *conn, const struct ws_state *ws);

#endif
