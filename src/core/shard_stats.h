/*
 * What a shard counts, and where it stands: for those who watch the server (docs/metrics.md).
 * Counted since this start, on the shard's thread, never in recovery; nothing here is part of the
 * state. What a look costs does not grow with the apps.
 */
#ifndef CORE_SHARD_STATS_H
#define CORE_SHARD_STATS_H

#include "core/shard.h"

#define CALLER_KINDS (CALLER_SYSTEM + 1)

struct shard_counts {
    uint64_t requests[CALLER_KINDS]; /* answered, or held; once each */
    uint64_t refused[CALLER_KINDS];  /* of them: with an error */
    uint64_t parked;                 /* times that a request had to wait for rows */
    uint64_t parked_now;
    uint64_t facts;
    uint64_t pushes; /* sockets that something was pushed to */

    /* Of all apps, what usage counts for each. */
    uint64_t c2c_messages, group_messages, group_messages_refused;
    uint64_t calls, calls_refused;
    uint64_t logins, registered;

    uint64_t apps, accounts;        /* there are now */
    uint64_t bills;                 /* made */
    uint64_t outbox_waiting;        /* now */
    uint64_t outbox_taken;          /* by their targets */
    uint64_t outbox_failed;         /* attempts */
    uint64_t outbox_given_up;       /* after the last attempt */
    uint64_t checkpoints_failed;    /* to be written */
    uint64_t checkpoint_written_us; /* core time of the picture that is stored */
    uint64_t checkpoint_position;   /* its record */
};

/* For apply functions and those that count. */
struct shard_counts *shard_counts(struct shard *shard);

/* Behind recovery: all begins at 0 but what there is. */
void shard_counts_start(struct shard *shard, uint64_t position);

/* ---- a look ---- */

#define STATS_MAX_APPS 32u

struct app_stats {
    struct app_id app;
    struct span name;
    uint64_t accounts, online;
    /* Of today, in the server's zone. */
    uint64_t login_users, active_users, logins, online_peak;
    uint64_t c2c_messages, group_messages, calls, calls_refused;
};

struct shard_stats {
    struct shard_counts counts;
    uint64_t now_us;
    uint64_t held, timers;
    uint64_t sessions, accounts_online;
    uint64_t busy; /* 1: takes no requests until what is undurable and dirty is less */

    uint64_t records;                      /* appended in all, since the first start */
    uint64_t records_behind, bytes_behind; /* of them: not durable yet */
    uint64_t checkpoint_records;           /* that a restart would replay */
    uint64_t checkpoint_age_us;            /* 0 if there are none */
    struct journal_stats journal;
    struct state_stats state;
    uint64_t cache_limit_bytes;

    uint64_t close_held; /* 1: the clock jumped, no month is closed */
    uint64_t bills_left, closed_us;

    struct app_stats *apps; /* those of the request that exist */
    uint32_t app_count;
};

/* The apps to tell of as well; one that does not exist is left out. */
struct shard_stats_req {
    struct app_id apps[STATS_MAX_APPS];
    uint32_t app_count;
};

/* Result: struct shard_stats. Changes nothing. */
enum im_err shard_stats_show(struct shard *shard, struct request *req);

#endif
