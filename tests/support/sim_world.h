/*
 * A shard in a world that fails: journal on a simulated disk, rows in the memory engine, a clock
 * that the test moves, chance from a seed. As gateways do, it lets a reply out only when the
 * journal is durable up to the reply's position; what was not let out when the process dies was
 * never said.
 *
 *   sim_world_new, sim_world_open
 *   sim_world_run(command) ... sim_world_stir ...    loads end late and out of order, the journal
 *                                                    syncs now and then, checkpoints are taken,
 *                                                    held, written, or fail
 *   sim_world_crash                                  the process dies; what was durable is left
 *   sim_world_open                                   and is found again
 *
 * One thread. Everything is drawn from the seed, so a run repeats.
 */
#ifndef TESTS_SUPPORT_SIM_WORLD_H
#define TESTS_SUPPORT_SIM_WORLD_H

#include "command/command.h"
#include "core/shard.h"

#define SIM_WORLD_LOADS 64

/* What the test hears; called on the way of a command, must not run others. */
struct sim_world_ops {
    /* The shard has decided. `position` is that of the reply. */
    void (*decided)(void *arg, struct request *req, uint64_t position);
    /* The caller has the answer. */
    void (*acknowledged)(void *arg, struct request *req, uint64_t position);
};

struct sim_world {
    struct shard *shard; /* NULL: not running */
    struct disk *disk;
    struct state_engine *engine;
    struct zone *zone;
    struct app_registry *registry;
    struct span plan;
    uint64_t segment_bytes, cache_bytes;
    uint64_t checkpoint_rows; /* UINT64_MAX: no checkpoints but by sim_world_checkpoint */
    bool patient;             /* loads end at once and in order; nothing is left to chance */
    uint64_t now_us;
    uint64_t random;
    const struct sim_world_ops *ops;
    void *arg;

    struct output *outputs; /* not let out yet, in order */
    size_t output_first, output_end, output_room;
    uint64_t replies;    /* of them */
    uint64_t pushes_out; /* let out since the world began */
    struct state_load *loads[SIM_WORLD_LOADS];
    uint32_t load_count;
    struct state_frozen *frozen; /* a checkpoint that is being written */
    bool frozen_written;
    uint64_t checkpoints, checkpoints_failed;
    uint64_t waiting; /* commands that are not decided yet */
};

struct sim_world *sim_world_new(uint64_t seed, const char *date, unsigned hour);
void sim_world_free(struct sim_world *world);

/* A number below `below`, from the seed. */
uint64_t sim_world_draw(struct sim_world *world, uint64_t below);

/* The time of a local date, "2026-11-22", and seconds into it. */
uint64_t sim_world_time(const struct sim_world *world, const char *date, uint32_t second);

/* Starts the process. IM_ERR_IO: the disk failed meanwhile; the world can be crashed and opened
   again. */
enum im_err sim_world_open(struct sim_world *world);

/*
 * The process dies here, and with power_lost the machine with it: the disk then keeps what it
 * likes of what was not synced. Also ends what a crash point of the disk has begun.
 */
void sim_world_crash(struct sim_world *world, bool power_lost);

/* A command by its name, "service.name", and its JSON text; app, caller and so on are the
   caller's to fill in before. The request's reference is taken. Decoding must not fail. */
void sim_world_run(struct sim_world *world, struct request *req, const char *name,
                   struct span json);
/* An operation without a command. */
void sim_world_start(struct sim_world *world, struct request *req);

/* Some of what the other threads do. False: the disk has failed, the process must die. */
bool sim_world_stir(struct sim_world *world);
/* All of it, until every command is answered. */
bool sim_world_settle(struct sim_world *world);
/* Syncs the journal and lets out what may go. */
bool sim_world_sync(struct sim_world *world);
/* Writes a checkpoint of everything; false: nothing had changed, or it cannot be taken now. */
bool sim_world_checkpoint(struct sim_world *world);

/* The last record that is durable or will be with the next sync. */
uint64_t sim_world_position(const struct sim_world *world);
/* A number for all rows, without what every start changes (boot number, time). False: not now,
   a checkpoint is under way. */
bool sim_world_digest(struct sim_world *world, uint64_t *ret_digest);
/* The row of a key, from cache or engine; NULL: none. Good until the next command. */
const void *sim_world_row(struct sim_world *world, struct span key, size_t *ret_n);

#endif
