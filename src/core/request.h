/*
 * One command on its way: made and decoded by a gateway (or a test), run by the shard, encoded by
 * the gateway. Owned by one thread at a time: crossing is a message. After the shard has queued
 * it, it is read-only and reference-counted, because pushes made by it point into its arena.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ids.h"
#include "core/rows.h"

struct shard;
struct admin_actor; /* core/admin/actor.h */
struct admin_call;  /* core/admin/call.h */
struct admin_route;
struct request;
struct session;

/* Who calls. */
enum caller_kind {
    CALLER_NOBODY,   /* a socket before its login */
    CALLER_USER,     /* an account through one of its terminals */
    CALLER_ADMIN,    /* an administrator of the app, by REST */
    CALLER_OPERATOR, /* the operator, over the local admin socket */
    CALLER_TOKEN,    /* the admin API: whoever the token in req->admin is found to be */
    CALLER_SYSTEM,   /* the server itself: a closed socket, refused calls, a timer */
};

/* How often it may be called, relative to the app's limit N (server-api §1.8), as the shipped plan
   says it: the app's own plan decides. RATE_NONE: never refused. */
enum rate_class { RATE_NONE, RATE_STANDARD, RATE_TENFOLD, RATE_TENTH };

/* The core's part of a row of the command table. */
struct operation {
    uint16_t number; /* stored in usage rows: never reused, 0 is not counted */
    uint8_t rate;    /* enum rate_class */
    bool may_hold;   /* run may return IM_HELD: a server that stops does not wait for it */
    /* All that run shows is in rows and in message bodies that they name, not in sessions, rosters,
       rings or counters: its reply need not wait until newer records, of which it shows nothing,
       are durable (core/output.h). */
    bool shows_rows;
    /*
     * Decides, emits facts, sets req->result. Any error: nothing was emitted.
     * IM_AGAIN: rows are being loaded, it runs again from its beginning.
     */
    enum im_err (*run)(struct shard *shard, struct request *req);
    /* Of operators and customers: run only behind the door (core/admin/door.h). Else NULL. */
    const struct admin_route *admin;
};

enum platform {
    PLATFORM_UNKNOWN = 0,
    PLATFORM_ANDROID = 1,
    PLATFORM_IPHONE = 2,
    PLATFORM_IPAD = 3,
    PLATFORM_WINDOWS = 4,
    PLATFORM_MAC = 5,
    PLATFORM_WEB = 6,
    PLATFORM_COUNT
};

/* Where replies and pushes go: a socket of a gateway. `generation` tells reuses of a slot apart. */
struct address {
    uint16_t gateway;
    uint16_t zero;
    uint32_t slot;
    uint32_t generation;
};

static inline bool address_same(struct address a, struct address b)
{
    return a.gateway == b.gateway && a.slot == b.slot && a.generation == b.generation;
}

/* What a verified a2 value says; the shard checks that it still holds. */
struct a2_claims {
    struct app_id app;
    struct account_no account;
    uint32_t instance;
    uint32_t generation;
};

/* A body in the journal that the gateway fetches before it encodes the reply. */
struct message_body {
    uint64_t position;
    struct span body;       /* filled by history_fetch; MsgBody, "[]" if the record is gone */
    struct span cloud;      /* CloudCustomData with quotes, or empty */
    struct span at;         /* GroupAtInfo array of a group message, or empty */
    struct span by, reason; /* who recalled it, why: of a withdrawn group message */
    uint64_t time_us;       /* of the record */
    uint32_t client_time;
    bool found;
};

struct request {
    const struct operation *operation;
    struct request *next; /* of the queue that it is in */
    struct arena arena;
    _Atomic(uint32_t) references;

    struct address from; /* where the reply goes; gateway UINT16_MAX: nowhere */
    uint64_t tag;        /* the gateway's own, as is the next */
    uint64_t posted_us;  /* by its monotonic clock */

    enum caller_kind caller;
    struct app_id app;
    struct span identifier;          /* REST: the administrator's account name */
    uint64_t sig_time_s;             /* REST: when the administrator's UserSig was made */
    struct admin_call *admin;        /* operations of operators and customers; else NULL */
    const struct admin_actor *actor; /* set by the door; see admin_actor() */
    bool has_a2; /* CALLER_USER on a socket that is not bound yet, or with another a2 */
    struct a2_claims a2;
    uint64_t session_id; /* CALLER_USER on a bound socket: what the login's reply gave; else 0 */

    void *body;   /* the operation's decoded request, in the arena */
    void *result; /* the operation's result, in the arena */
    enum im_err err;

    /* Set by the shard when it is done. */
    struct account_no account; /* CALLER_USER: who it was */
    struct session *session;
    uint64_t bound_session_id;   /* not 0: the socket now belongs to this session */
    struct message_body *bodies; /* to fetch before encoding */
    uint32_t body_count;
    bool counted;       /* REST: passed the call limit, its call is to be counted */
    uint64_t counted_s; /* the second of core time whose limit it passed */
};

/* A request with one reference, its arena partly inside the same allocation. */
struct request *request_new(void);
void request_ref(struct request *req);
void request_unref(struct request *req); /* frees with the last reference; any thread */

#endif
