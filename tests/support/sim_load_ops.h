/* What a test of crashes or of replay needs of a random load and its model. */
#ifndef TESTS_SUPPORT_SIM_LOAD_OPS_H
#define TESTS_SUPPORT_SIM_LOAD_OPS_H

#include "support/sim_world.h"

struct sim_load_ops {
    size_t bytes; /* of the load */
    /* The world is open. */
    void (*init)(void *load, struct sim_world *world);
    void (*release)(void *load);
    void (*command)(void *load);
    /* The process has died and is open again; `position` is the last record that was found. */
    void (*reopened)(void *load, uint64_t position);
    /* The state is what the model says. Nothing is under way. */
    void (*check)(void *load);
    /* The world has lived long enough, and is open: what must be true in the end; or NULL. */
    void (*end)(void *load);
    /* The highest position that anybody was told of, and how many answers there were. */
    uint64_t (*acknowledged)(const void *load, uint64_t *ret_answers);
    uint64_t (*decisions)(const void *load);
    /* What the load has done is added to the counts of all worlds; or NULL. */
    void (*count)(const void *load, uint64_t *counts);
};

#endif
