/* A scenario's days, lived through by a world. */
#ifndef CLI_SIMULATE_RUN_H
#define CLI_SIMULATE_RUN_H

#include "cli/simulate/scenario.h"
#include "cli/simulate/world.h"

struct run_options {
    uint32_t crash_every; /* days; 0: only where the scenario says so */
    bool progress;        /* a line a month on stderr once it takes long */
    bool notes;           /* who logs in is noted, for sets_report */
};

struct stayer {
    uint64_t session;
    struct a2_claims a2;
};

struct run {
    struct world world;
    const struct scenario *scenario;
    struct run_options options;
    uint64_t logins, messages, refused; /* done; refused ones of any kind */
    uint64_t made, dissolved;           /* groups; their ids are numbers in this order */
    struct stayer *stayers;             /* owned */
    uint64_t stayer_count;
    uint32_t next_event;
    double started_s;
    struct login_notes notes; /* with options.notes */
};

/* Lives through all days, and into the first hour behind them if they end with a month, so that it
   is closed. False: world.problem. */
bool run_scenario(struct run *run, const struct scenario *scenario, struct span plan,
                  const char *zone, const struct run_options *options);
void run_release(struct run *run);

/* For run_event.c: what happens at one moment. */
bool run_event(struct run *run, const struct scenario_event *event);

/* A group is made (or imported), or refused by a limit; the oldest one is dissolved. */
bool run_make_group(struct run *run, uint8_t type, bool import);
bool run_dissolve_group(struct run *run);

#endif
