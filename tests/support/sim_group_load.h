/*
 * A random load of real group commands on a sim_world with one app: all that an app's servers do
 * by REST and its users by their terminals, and what must come of each, kept in a model. Rights
 * are the server's to decide (the matrix has tests of its own); what is done, is done as the
 * model says, and what is refused leaves no trace.
 */
#ifndef TESTS_SUPPORT_SIM_GROUP_LOAD_H
#define TESTS_SUPPORT_SIM_GROUP_LOAD_H

#include "support/sim_group_model.h"
#include "support/sim_load_ops.h"
#include "wire/a2.h"

#define GL_USERS 9 /* accounts from 1 to 8 have a terminal */
#define GL_RECALLS 3

enum gl_kind {
    GL_CREATE,
    GL_ADD,
    GL_KICK,
    GL_APPLY,
    GL_DECIDE,
    GL_QUIT,
    GL_ROLE,
    GL_CARD,
    GL_OPTION,
    GL_MUTE,
    GL_OWNER,
    GL_SEND,
    GL_RECALL,
    GL_DELETE,
    GL_EDIT,
    GL_READ,
    GL_UNREAD,
    GL_NAME,
    GL_MUTE_ALL,
    GL_IMPORT_MESSAGES,
    GL_IMPORT_MEMBERS,
    GL_ATTRIBUTE, /* count: which; option: 0 written, 1 deleted, 2 all cleared */
    GL_COUNTER,   /* option: 0 set, 1 raised, 2 deleted; count */
    GL_DISSOLVE,
    GL_RETURN, /* a terminal on a new socket */
    GL_CLOSED,
    GL_KINDS,
};

struct gl_op {
    uint8_t kind; /* enum gl_kind */
    uint8_t slot, type, a, b, option, invite_option;
    bool rest, import, no_unread;
    uint32_t mask; /* accounts */
    uint32_t number, random, time, count;
    uint32_t seqs[GL_RECALLS];
};

struct gl_token {
    uint64_t session; /* its socket belongs to this one; 0: to none in this boot */
    uint32_t text_bytes;
    char text[A2_MAX_TEXT];
};

struct sim_group_load {
    struct sim_world *world;
    struct gm_model model;
    struct gl_op *ops;
    size_t op_count, op_room;
    struct gl_token tokens[GL_USERS];
    uint32_t next_text;
    uint64_t acknowledged; /* the highest position that anybody was told of */
    uint64_t acknowledged_count;
    uint64_t latest_us;                                /* the clock does not go beyond */
    uint64_t done[GL_KINDS], refused[GL_KINDS], again; /* `again`: resends recognised */

    /* Of the command that is being decided. */
    uint32_t segment;    /* records of it so far */
    bool segment_filled; /* the last one has a fact */
};

/* The world is open. Makes the app, its accounts and their terminals. */
void sim_group_load_init(struct sim_group_load *load, struct sim_world *world);
void sim_group_load_release(struct sim_group_load *load);

/* Lets the clock go on a little and posts one command. */
void sim_group_load_command(struct sim_group_load *load);

/* The process has died and is open again; `position` is the last record that was found. */
void sim_group_load_reopened(struct sim_group_load *load, uint64_t position);

/* Lets every sweep of a dissolved group come to its end. */
void sim_group_load_sweep(struct sim_group_load *load);

/* What the shard has decided: adds the events. sim_group_expect.c */
void sim_group_expect(struct sim_group_load *load, const struct gl_op *op, struct request *req,
                      uint64_t position);

/* What the counts of all worlds are: done by kind, then refused by kind, then these. */
enum {
    GL_COUNT_AGAIN = GL_KINDS * 2,
    GL_COUNT_SWEEPING,
    GL_COUNT_SWEPT,
    GL_COUNT_MESSAGES,
    GL_COUNTS
};

/* Every kind of command was done, and what is rare happened. */
void sim_group_load_judge(const uint64_t *counts);

/* For sim_crash.h and test_replay.c. */
extern const struct sim_load_ops sim_group_load_ops;

#endif
