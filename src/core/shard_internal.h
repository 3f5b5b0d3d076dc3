/* What shard.c shares with the parts of the core that keep memory in it. Not for handlers. */
#ifndef CORE_SHARD_INTERNAL_H
#define CORE_SHARD_INTERNAL_H

#include "core/group/rate.h"
#include "core/group/sent.h"
#include "core/message/dedup.h"
#include "core/quota/limit.h"
#include "core/session/table.h"
#include "core/shard.h"
#include "core/shard_stats.h"
#include "wire/usersig.h"

/* A request that waits for rows. */
struct parked {
    struct parked *next;
    struct request *req;
    struct state_load *load; /* NULL: what it needs is being read for others */
    uint64_t session_id;     /* whose later commands wait with it; 0: none */
};

struct shard_timer {
    uint64_t due_us, key;
    const struct operation *operation;
    struct app_id app;
    uint64_t argument;
};

struct shard {
    struct shard_config config;
    struct journal *journal;
    struct state *state;
    uint64_t now_us;
    uint64_t boot;
    uint32_t boot_s; /* core time when this boot began */
    uint32_t notice_counter;
    uint32_t today; /* day of now_us in the zone */
    /* When the closing of months goes on; 0: nothing waits before the next day. */
    uint64_t close_at_us;
    uint64_t prices_at_us;             /* when prices are next looked at, to warn of them */
    uint64_t jump_from_us, jump_to_us; /* the clock jumped and nobody has taken note yet; 0: no */
    bool clock_trusted;                /* the close has looked, and does not hold months */
    uint32_t dropped_s;                /* see shard_dropped_s */
    bool recovering;
    bool closing; /* nobody hears any more */
    struct usersig_key server_key;

    struct session_table *sessions;
    struct rate_table *rates;
    struct call_plans *call_plans; /* core/quota/limit.h; NULL: none yet */
    struct dedup *dedup;
    struct group_rates *group_rates;
    struct group_sent *group_sent;
    struct value_rates *value_rates; /* core/group/value.h */
    struct room_table *rooms;
    struct roster_table *rosters;        /* core/group/member.h */
    struct warned_lately *warned_lately; /* core/warning/warning.h; NULL: none yet */
    struct outbox_queue *outbox_queue;   /* core/warning/queue.h; NULL: none yet */
    struct admin_rates *admin_rates;     /* core/admin/rate.h; NULL: none yet */
    struct plan_shelf *plans;            /* core/billing/plans.h; NULL: none yet */

    /* The command that runs now. */
    struct request *running; /* NULL: none */
    uint64_t shows;          /* struct output, of its reply */
    struct buf record;
    struct state_load *load; /* rows it found missing; NULL: none so far */
    struct output *pushes;
    uint32_t push_count, push_room;
    struct request *answers_first, *answers_last; /* held requests that it answered */
    uint32_t *held;                               /* by gateway: requests that are held */
    uint32_t held_room;

    struct parked *parked_first, *parked_last;
    struct parked *parked_untaken;            /* all before it are with a loader, or need none */
    struct request *again_first, *again_last; /* to run before anything new */

    struct shard_timer *timers;
    uint32_t timer_count, timer_room;
    uint64_t timer_key;

    struct state_frozen *frozen; /* closed, waits until the journal is durable up to it */
    uint64_t frozen_position;
    bool checkpoint_running;
    uint64_t checkpoint_us;
    uint64_t checkpoint_failed_us; /* 0: the last one did not fail */

    struct shard_counts counts;
};

/* Calls the apply function of each fact in the record. IM_ERR_CORRUPT: a kind or length that this
   version does not know. */
enum im_err shard_apply_record(struct shard *shard, const char *record, size_t n, uint64_t number);

/* Core time is about to go on from now_us of the shard to this, which nobody expected. */
void shard_jumped(struct shard *shard, uint64_t now_us);

/* How long an app's messages are kept, for the engine; no part of the state. */
void shard_tell_retention(struct shard *shard, struct app_id app);

/* Gives the sink what the command has queued. With `held` its holder keeps the reference. */
void shard_send_outputs(struct shard *shard, struct request *req, bool held);
/* The request counts as held until shard_answer. */
void shard_hold(struct shard *shard, struct request *req);

/* Puts the requests of the timers that are due behind those that run next. */
void shard_fire_timers(struct shard *shard);

/* Puts a request behind those that run next, before anything new. */
void shard_run_soon(struct shard *shard, struct request *req);

#endif
