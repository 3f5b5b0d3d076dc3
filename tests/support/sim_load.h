/*
 * A random load of real commands on a sim_world with one app, all that an app's servers and its
 * users' terminals do, and what must come of each, kept in a model. Each answer is compared with
 * what the model expects at the moment of the decision.
 */
#ifndef TESTS_SUPPORT_SIM_LOAD_H
#define TESTS_SUPPORT_SIM_LOAD_H

#include "support/sim_load_ops.h"
#include "support/sim_model.h"
#include "wire/a2.h"

/* A terminal's login as its client knows it. */
struct load_token {
    uint8_t account;
    bool known; /* the client has the answer to its login */
    uint32_t instance, generation;
    uint64_t session; /* its socket belongs to this one; 0: to none in this boot */
    uint32_t text_bytes;
    char text[A2_MAX_TEXT];
};

struct load_op {
    uint8_t kind;
    uint8_t a, b, mask, platform;
    bool rest, with_seq;
    uint32_t token;
    uint32_t seq, random, second;
    uint64_t number;
    struct message_key key;
};

struct sim_load {
    struct sim_world *world;
    struct model model;
    struct load_op *ops;
    size_t op_count, op_room;
    struct load_token *tokens;
    size_t token_count, token_room;
    uint32_t next_text;
    uint64_t acknowledged;       /* the highest position that anybody was told of */
    uint64_t acknowledged_count; /* answers */
    uint64_t latest_us;          /* the clock does not go beyond */
};

/* The world is open. Makes the app; the clock may run for some days. */
void sim_load_init(struct sim_load *load, struct sim_world *world);
void sim_load_release(struct sim_load *load);

/* Lets the clock go on a little and posts one command, sometimes a burst of them. */
void sim_load_command(struct sim_load *load);

/* The process has died and is open again; `position` is the last record that was found. */
void sim_load_reopened(struct sim_load *load, uint64_t position);

extern const struct sim_load_ops sim_load_ops;

#endif
