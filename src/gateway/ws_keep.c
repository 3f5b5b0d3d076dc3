#include "gateway/ws_keep.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/group/message.h"
#include "core/message/message.h"
#include "core/message/sync.h"
#include "core/recent/list.h"
#include "core/session/login.h"
#include "gateway/gateway_internal.h"

struct ws_kept {
    struct buf frames;
    size_t bytes; /* of them, as counted for the gateway */
    uint64_t until_ms;
    bool listed;   /* page_get was answered */
    bool compared; /* and getmsg came behind it */
};

static void keep_for(const struct conn *conn, struct ws_kept *kept, uint32_t seconds)
{
    kept->until_ms = uv_now(&conn->gateway->loop) + seconds * 1000;
}

void ws_keep_asked(struct conn *conn, struct ws_state *ws, const struct request *req)
{
    if (!ws->kept && !ws->told && !ws->session_id && req->has_a2) {
        ws->kept = mem_zalloc(sizeof(*ws->kept));
        buf_init(&ws->kept->frames, WS_KEEP_BYTES);
        keep_for(conn, ws->kept, WS_KEEP_MOMENT_S);
    }
    if (!ws->kept)
        return;
    if (req->operation->run == session_login) {
        keep_for(conn, ws->kept, WS_KEEP_S);
    } else if (req->operation->run == message_sync && ws->kept->listed && !ws->kept->compared) {
        ws->kept->compared = true;
        keep_for(conn, ws->kept, WS_KEEP_MOMENT_S);
    }
}

void ws_keep_answered(struct conn *conn, struct ws_state *ws, const struct request *req)
{
    bool list = req->operation->run == recent_page;
    bool login = req->operation->run == session_login;

    if (!ws->kept)
        return;
    if ((list || login) && req->err) {
        ws_keep_end(conn, ws); /* it has nothing to compare with, or is nobody */
    } else if (list && !ws->kept->listed) {
        ws->kept->listed = true;
        keep_for(conn, ws->kept, WS_KEEP_S);
    } else if (ws->kept->compared && !conn->under_way && !conn->fetching) {
        ws_keep_end(conn, ws);
    }
}

struct buf *ws_keep_room(struct conn *conn, struct ws_state *ws, size_t n)
{
    struct gateway *gateway = conn->gateway;

    if (!ws->kept)
        return NULL;
    if (n > WS_KEEP_BYTES - ws->kept->bytes || n > GATEWAY_MAX_QUEUED - gateway->kept_bytes) {
        ws_keep_end(conn, ws);
        return NULL;
    }
    ws->kept->bytes += n;
    gateway->kept_bytes += n;
    return &ws->kept->frames;
}

bool ws_keeps_reply(const struct request *req)
{
    return !req->err &&
           (req->operation->run == group_message_send || req->operation->run == message_send);
}

void ws_keep_end(struct conn *conn, struct ws_state *ws)
{
    if (!ws->kept)
        return;
    if (!ws->closing && !conn->closing) {
        buf_add_span(conn_out(conn), buf_span(&ws->kept->frames));
        /* Its deadline was that of the keeping. */
        conn_set_deadline(conn, ws->session_id || ws->guest ? WS_SILENCE_S : WS_GUEST_S);
    }
    ws_keep_drop(conn, ws);
}

void ws_keep_drop(struct conn *conn, struct ws_state *ws)
{
    if (!ws->kept)
        return;
    conn->gateway->kept_bytes -= ws->kept->bytes;
    buf_release(&ws->kept->frames);
    free(ws->kept);
    ws->kept = NULL;
    ws->told = true;
}

uint32_t ws_keep_left_s(const struct conn *conn, const struct ws_state *ws)
{
    uint64_t now_ms = uv_now(&conn->gateway->loop);

    if (!ws->kept || now_ms >= ws->kept->until_ms)
        return 0;
    return (uint32_t)((ws->kept->until_ms - now_ms) / 1000 + 1);
}
