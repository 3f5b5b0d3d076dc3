/* What a gateway counts, for those who watch the server (docs/metrics.md). */
#ifndef GATEWAY_STATS_H
#define GATEWAY_STATS_H

#include "base/tally.h"
#include "bus/bus.h"

/* Since the start; from GATEWAY_HTTP_NOW on: how many there are now. */
enum gateway_count {
    GATEWAY_ACCEPTED, /* connections */
    GATEWAY_CLOSED,
    GATEWAY_REFUSED,   /* could not be taken, or may not come in */
    GATEWAY_CUT,       /* read too slowly */
    GATEWAY_UPGRADES,  /* to WebSocket */
    GATEWAY_REST,      /* HTTP requests */
    GATEWAY_ADMIN,     /* the same on the admin listeners */
    GATEWAY_MESSAGES,  /* of WebSocket: requests of clients */
    GATEWAY_RECEIVED,  /* bytes, as they came from sockets */
    GATEWAY_SENT,      /* bytes, as they went to sockets */
    GATEWAY_PUSHES,    /* to sockets */
    GATEWAY_SIG_VALID, /* UserSigs */
    GATEWAY_SIG_INVALID,
    GATEWAY_SIG_EXPIRED,
    GATEWAY_SIG_LOCKED, /* not looked at: too many wrong ones before */
    GATEWAY_HISTORIES,  /* replies with messages of the journal, read at once from memory */
    GATEWAY_FETCHED,    /* the same, fetched by a reader thread */
    GATEWAY_HTTP_NOW,   /* connections of clients that speak HTTP */
    GATEWAY_WS_NOW,
    GATEWAY_ADMIN_NOW,
    GATEWAY_UNDER_WAY, /* requests posted and not answered */
    GATEWAY_HELD,      /* of them: polls that the shard may hold */
    GATEWAY_STOPPED,   /* connections that are not read until the bus has room */
    GATEWAY_QUEUED,    /* bytes that sockets did not take yet */
    GATEWAY_KEPT,      /* bytes that clients that came back are not told yet */
    GATEWAY_HISTORY,   /* replies that wait for messages from the journal */
    GATEWAY_COUNTS
};

struct gateway_counts {
    struct tally of[GATEWAY_COUNTS];
    struct durations requests; /* from posted until the reply is taken; without polls */
};

struct gateway;

struct gateway_stats {
    uint64_t counts[GATEWAY_COUNTS];
    struct durations_read requests;
    struct bus_stats bus;
    uint64_t cpu_us; /* of its thread */
};
/* Any thread, between gateway_serve and gateway_join. */
void gateway_stats(const struct gateway *gateway, struct gateway_stats *ret_stats);

#endif
