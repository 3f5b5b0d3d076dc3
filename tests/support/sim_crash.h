/*
 * Crashes at every point under a random load: between commands, inside the writes and syncs of
 * the journal, between a checkpoint's steps, and while the server is starting again. After each,
 * the shard must hold exactly what was decided up to the last record that was found: all that
 * anybody was told of is before it, and nothing is half there.
 */
#ifndef TESTS_SUPPORT_SIM_CRASH_H
#define TESTS_SUPPORT_SIM_CRASH_H

#include "support/sim_load_ops.h"

#define SIM_CRASH_A_WORLD 40
#define SIM_CRASH_DIGESTS 8
#define SIM_CRASH_COUNTS 64

struct sim_crash {
    const struct sim_load_ops *ops;
    struct sim_world *world;
    void *load;
    uint64_t crashes, interrupted_starts, compared, lost, checkpoints, failed_checkpoints, answers;
    struct {
        uint64_t position, digest;
    } digests[SIM_CRASH_DIGESTS]; /* of the state at some positions before the crash */
    uint32_t digest_count;
    uint64_t counts[SIM_CRASH_COUNTS]; /* of the loads of all worlds */
};

/* One world with SIM_CRASH_A_WORLD crashes. */
void sim_crash_world(struct sim_crash *t, uint64_t seed);
void sim_crash_print(const struct sim_crash *t, uint64_t worlds);

#endif
