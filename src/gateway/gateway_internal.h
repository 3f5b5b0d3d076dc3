/* What the files of the gateway share. Everything belongs to the gateway's thread. */
#ifndef GATEWAY_GATEWAY_INTERNAL_H
#define GATEWAY_GATEWAY_INTERNAL_H

#include <uv.h>

#include "base/map.h"
#include "gateway/conn.h"
#include "gateway/gateway.h"
#include "gateway/stats.h"

#define READ_BYTES ((size_t)64 << 10)
#define WHEEL_SECONDS 512u /* more than the longest deadline */
#define CONN_MAX_REQUESTS 256u
#define MAX_REPLY_BYTES ((size_t)8 << 20)

struct conn_slot {
    struct conn *conn;
    uint32_t generation;
    uint32_t next_free;
};

struct listener {
    uv_tcp_t tcp;
    bool open;
    bool tls;
    char address[80];
};

/* A session whose socket is gone, told to the shard as soon as the bus has room. */
struct gone_session {
    uint64_t session_id;
    struct app_id app;
    struct address at;
};

struct gateway {
    struct gateway_config config;
    struct gateway_services services;

    uv_loop_t loop;
    uv_async_t wake;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t tick;
    struct listener plain, tls, tokens;
    uv_pipe_t admin;
    bool admin_open;

    uv_thread_t thread;
    bool thread_started;
    uv_sem_t bound, go, serving;
    enum im_err start_err;
    _Atomic(bool) stop_asked;
    bool stopping;
    uint64_t stop_deadline_ms;
    bool closed_all;

    struct conn_slot *slots;
    uint32_t slot_room;
    uint32_t free_slot; /* UINT32_MAX: none */
    uint32_t conn_count;
    struct conn *wheel[WHEEL_SECONDS];
    uint32_t wheel_at_s;
    struct conn_queue {
        struct conn *first, *last;
    } unwritten[CONN_HURRIES];
    uv_idle_t more;      /* runs while a slice of them is left to write */
    uv_timer_t relaxed;  /* the moment of the first relaxed one */
    uint32_t appended;   /* by pushes to many, in this turn of the loop */
    size_t queued_bytes; /* what sockets did not take, of all connections */
    size_t kept_bytes;   /* what clients that came back are not told yet, of all */

    uint32_t under_way; /* posted and not yet answered */
    uint32_t may_hold;  /* of them: those that the shard may be holding */
    uint32_t unflushed;
    struct address *waiting; /* connections held until the bus has room */
    uint32_t waiting_count, waiting_room;
    struct gone_session *gone;
    uint32_t gone_count, gone_room;
    struct map refused; /* app: its calls over a limit that are not reported yet */

    uint32_t bodies_read; /* on the loop, in this turn of it */
    uint32_t history_jobs;
    uint32_t history_waiting;
    struct history_job *history_first, *history_last; /* behind the jobs that run */

    struct gateway_counts counts;
    uint64_t turn_us; /* monotonic, read once a turn of the loop; 0: not yet */

    uint32_t push_seq;
    struct buf scratch; /* one reply or push at a time */
    struct buf frame;
    struct buf cipher;
    char *read_buffer;  /* READ_BYTES, shared by all connections */
    char *plain_buffer; /* what TLS made of it */
};

static inline uint32_t gateway_now_s(const struct gateway *gateway)
{
    return (uint32_t)(uv_now(&gateway->loop) / 1000);
}

static inline void gateway_count(struct gateway *gateway, enum gateway_count count, uint64_t n)
{
    tally_add(&gateway->counts.of[count], n);
}

/* How the check of a UserSig went. stats.c */
void gateway_count_sig(struct gateway *gateway, enum im_err err);
/* Shows other threads what is counted elsewhere; once a turn. */
void gateway_show_counts(struct gateway *gateway);
/* The monotonic clock, read once a turn and once more for what it takes from the bus. */
uint64_t gateway_turn_us(struct gateway *gateway);

/* True if a request can be posted now. Else the connection is held until there is room: in the
   bus, or among its own requests, of which no more than CONN_MAX_REQUESTS are under way, so that
   no client takes all of the room. */
bool gateway_has_room(struct gateway *gateway, struct conn *conn);

/* One more of the connection's requests is answered. */
void gateway_request_done(struct gateway *gateway, struct address at);

/* Posts after gateway_has_room said yes; sets where the reply goes. Takes the reference. */
void gateway_post(struct gateway *gateway, struct conn *conn, struct request *req);

/* The same without a connection: `from` only names the gateway. The reply is dropped if the caller
   is CALLER_SYSTEM. */
void gateway_post_from(struct gateway *gateway, struct request *req, struct address from);

/* Calls over a limit (server-api §1.8): counted here, told to the shard once a second, so that a
   flood of them writes no records. refused.c */
void refused_count(struct gateway *gateway, struct app_id app);
void refused_report(struct gateway *gateway);

/* The socket of a session is gone: presence changes. */
void gateway_session_gone(struct gateway *gateway, struct conn *conn, uint64_t session_id,
                          struct app_id app);

/* A push to many sockets. fanout.c */
void gateway_push_many(struct gateway *gateway, const struct output *output);

/* Fetches the bodies at once if that waits for nothing and the turn is not long already; else
   false, and gateway_fetch_history runs history_fetch and encode off the loop, which takes the
   reference. history.c */
bool gateway_fetch_cached(struct gateway *gateway, struct request *req);
void gateway_fetch_history(struct gateway *gateway, struct request *req, struct address to);

/* Sends an encoded body to the connection if it is still there. */
void gateway_reply(struct gateway *gateway, struct address to, const struct request *req,
                   struct span body);

/* Seconds since 1970; the check of signatures needs no better clock. */
uint64_t gateway_wall_s(void);

#endif
