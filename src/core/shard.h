/*
 * One shard: the only writer of its apps' state. No sockets, no JSON text, no locks, no clock of
 * its own. Same commands, same times and same random bytes: same facts.
 *
 *   shard_begin(now)           the time of the commands that follow; timers up to it fire
 *   shard_run(request) ...     decide -> facts -> apply; replies and pushes go to the sink
 *   shard_flush                hands the journal what was appended; checkpoints when it is due
 *
 * A request that needs rows which are not in the cache waits inside the shard; the host (a thread
 * in the server, a loop in a simulation) reads them: shard_take_load / shard_loaded.
 * Commands of one session keep their order: those behind a waiting one wait with it.
 */
#ifndef CORE_SHARD_H
#define CORE_SHARD_H

#include "core/facts.h"
#include "core/output.h"
#include "core/request.h"
#include "journal/journal.h"
#include "state/state.h"

struct history_expiry; /* core/history/expiry.h */
struct zone;           /* core/usage/calendar.h */

/* Where a shard's output goes. Called on the shard's thread, in order; takes the reference. */
struct output_sink {
    void (*put)(void *arg, const struct output *output);
    void *arg;
};

struct shard_config {
    struct journal_config journal; /* replay fields are filled in by shard_open */
    struct state_engine *engine;   /* borrowed */
    uint64_t cache_bytes;
    struct output_sink sink;
    const struct zone *zone;       /* days and months; borrowed */
    struct app_registry *registry; /* told of every app; borrowed */
    struct history_expiry *expiry; /* told what the engine may drop; borrowed; NULL: nothing */
    struct span plan; /* bytes of the plan that new apps get; imported at the first start */
    /* The number of the command "service.name" that a plan names, 0: there is none. NULL: no
       command is an exception among a plan's call limits. */
    uint16_t (*command_number)(struct span name);
    /* Chance: fills p with n unpredictable bytes (in simulations: from the seed). */
    void (*random_bytes)(void *arg, void *p, size_t n);
    void *random_arg;
    /* A step of core time beyond this, while running and at the start, holds the closing of months
       (core/billing/close.h); 0: none does. */
    uint64_t jump_us, jump_at_start_us;
    /* Start a checkpoint at so many changed bytes or rows, at so many records that a restart would
       have to replay (0: any number), or when the last one is so old. */
    uint64_t checkpoint_bytes, checkpoint_rows, checkpoint_records, checkpoint_age_us;
};

struct shard;

/* Opens journal and state, replays, writes the boot fact at time now_us (at least the last
   record's). Errors as of journal_open and state_position; nothing is left open then. */
enum im_err shard_open(const struct shard_config *config, uint64_t now_us,
                       struct shard **ret_shard);
void shard_close(struct shard *shard); /* without a last checkpoint: what is durable is durable */

/* Sets core time (microseconds since 1970 UTC); earlier than before is taken as unchanged. */
void shard_begin(struct shard *shard, uint64_t now_us);

/* Takes the request. Its reply reaches the sink now or after loading, exactly once. */
void shard_run(struct shard *shard, struct request *req);

/* Rows to read on another thread: state_load_read(load), then shard_loaded. NULL: none waiting. */
struct state_load *shard_take_load(struct shard *shard);
void shard_loaded(struct shard *shard, struct state_load *load);

/* True if what was appended went to the journal's writer (journal_submit). */
bool shard_flush(struct shard *shard);

/* A checkpoint that is due, to be written by state_write on another thread; NULL: none is.
   `force` makes one due whenever something changed. Afterwards shard_checkpointed. */
struct state_frozen *shard_take_checkpoint(struct shard *shard, bool force);
void shard_checkpointed(struct shard *shard, struct state_frozen *frozen, bool written);

/* Undurable and dirty bytes together have reached the budget: take no more commands until less. */
bool shard_busy(const struct shard *shard);

struct journal *shard_journal(struct shard *shard);
struct state *shard_state(struct shard *shard);
uint64_t shard_now_us(const struct shard *shard);
static inline uint32_t shard_now_s(const struct shard *shard)
{
    return (uint32_t)(shard_now_us(shard) / 1000000);
}
/* Bodies of messages accepted up to this second may be gone from the journal; 0: none is. */
uint32_t shard_dropped_s(const struct shard *shard);
const struct zone *shard_zone(const struct shard *shard);
struct app_registry *shard_registry(struct shard *shard);
uint64_t shard_boot(const struct shard *shard);
void shard_random(struct shard *shard, void *p, size_t n);
struct usersig_key;
const struct usersig_key *
shard_server_key(const struct shard *shard); /* a2 values are made with it */

/* ---- for the handlers (core/ only) ---- */

/*
 * Rows. row_find: STATE_HIT as from state_get. On STATE_UNKNOWN the row joins the command's set
 * to load, and the handler returns IM_AGAIN before it emits anything; it may first ask for all
 * else that it needs, so that one load serves (see NEED).
 * n is checked to be at least sizeof the row's struct.
 */
enum state_found row_find(struct shard *shard, struct span key, const void **ret_value,
                          size_t *ret_n);
/* Declares a collection needed: STATE_HIT when complete in the cache. */
enum state_found row_need_collection(struct shard *shard, struct span prefix);
/* True if something is missing so far in this run of the command: return IM_AGAIN. */
bool shard_missing(const struct shard *shard);

/*
 * Starts a fact of this kind with n payload bytes (zeroed struct part and all) in the command's
 * record and returns the payload to fill in at once. Facts are applied after the handler has
 * returned IM_OK, in this order; on any other return they are dropped.
 */
void *fact_emit(struct shard *shard, enum fact_kind kind, size_t n);

/*
 * Ends the command's record here: applies it and opens a new one. For commands that are many in
 * one (batches), so that no record touches many rows. Returns the number of the closed record.
 * What is emitted before it stays even if the handler fails later, so it must not fail later.
 */
uint64_t fact_commit(struct shard *shard);

/* The number that the record being built will have. */
uint64_t fact_record_number(const struct shard *shard);

/* In apply functions only: changes the row (state_put / state_delete of a loaded row). */
void *row_put(struct shard *shard, struct span key, size_t n);
void row_delete(struct shard *shard, struct span key);
/* The row's key was never used: row_put may follow although nobody looked for the row. */
void row_declare_absent(struct shard *shard, struct span key);
/* In apply functions: reads a row that the handler had loaded; NULL if it does not exist. In
   recovery it is read from the engine. */
const void *row_get(struct shard *shard, struct span key, size_t *ret_n);

/*
 * Queues a push to one session's socket, tagged with this command's position; `push` lives in
 * req's arena. Handlers call it after their facts; dropped if the handler does not return IM_OK.
 */
void push_to_session(struct shard *shard, struct request *req, struct session *session,
                     enum push_kind kind, const void *push);

/*
 * The same push to many sessions: encoded once by each gateway, one NoticeSeq for all. `relaxed`:
 * gateways may keep it back for a moment, to send it with what comes next (rooms).
 */
void push_to_many(struct shard *shard, struct request *req, struct session *const *sessions,
                  uint32_t count, enum push_kind kind, const void *push, bool relaxed);

/*
 * Long polling. A handler that returns IM_HELD keeps its request, without a reply, until somebody
 * calls shard_answer with it; facts and pushes of the handler are as with IM_OK. shard_answer may
 * be called by another command's handler or by a timer: the reply leaves behind that command's
 * record, and also if that command fails; it must not be called before IM_AGAIN. The holder has
 * the only reference; req->session is NULL from then on. While the shard closes it only lets go
 * of the request.
 *
 * Only operations with may_hold, and only after shard_may_hold said yes: what is held takes room
 * from all others, so no gateway's requests may be held beyond SHARD_MAX_HELD.
 */
void shard_answer(struct shard *shard, struct request *held, enum im_err err);
#define SHARD_MAX_HELD 2048u
bool shard_may_hold(struct shard *shard, const struct request *req);
uint32_t shard_held(const struct shard *shard); /* requests held now, of all gateways */

/*
 * At core time due_us or soon after (the host's idle turns are 100 ms apart) a CALLER_SYSTEM
 * request of this operation runs; its tag is the argument. In the order of (due_us, when it was
 * set); memory only; not from apply functions. False: SHARD_MAX_TIMERS are set already.
 */
#define SHARD_MAX_TIMERS 65536u
bool shard_at(struct shard *shard, uint64_t due_us, const struct operation *operation,
              struct app_id app, uint64_t argument);

#endif
