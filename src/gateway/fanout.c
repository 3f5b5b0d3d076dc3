/* One push for many sockets of this gateway: encoded once, appended to each. */
#include "command/command.h"
#include "gateway/gateway_internal.h"
#include "gateway/ws_conn.h"

/* conn_find and the layer touch memory that is seldom in the cache. */
#define AHEAD 8u

static void prefetch(const struct gateway *gateway, struct address at)
{
    if (at.slot < gateway->slot_room)
        __builtin_prefetch(gateway->slots[at.slot].conn);
}

void gateway_push_many(struct gateway *gateway, const struct output *output)
{
    struct push_frame frame;
    uint32_t pushed = 0;

    buf_reset(&gateway->scratch);
    push_encode(output, &gateway->scratch);
    frame = push_frame_of(gateway, buf_span(&gateway->scratch));
    frame.hurry = output->relaxed ? CONN_RELAXED : CONN_BULK;
    gateway->appended += output->many_count;
    for (uint32_t i = 0; i < output->many_count; i++) {
        struct conn *conn;

        if (i + AHEAD < output->many_count)
            prefetch(gateway, output->many[i + AHEAD]);
        conn = conn_find(gateway, output->many[i]);
        if (conn && !conn->lingering && conn->layer->push_frame) {
            conn->layer->push_frame(conn, &frame);
            pushed++;
        }
    }
    gateway_count(gateway, GATEWAY_PUSHES, pushed);
}
