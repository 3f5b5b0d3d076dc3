/*
 * The price tables of every shipped plan written out a second time, plan by plan and in yuan, from
 * their text alone: nothing here includes or calls the rating engine, and no plan file is read.
 * What both say must agree to the fen (tests/sim/test_rate_model.c).
 */
#ifndef TESTS_SUPPORT_RATE_MODEL_H
#define TESTS_SUPPORT_RATE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* The lines of a bill in their order. */
enum model_line {
    MODEL_DAU,
    MODEL_ROAMING,
    MODEL_TERMINALS,
    MODEL_PUSH,
    MODEL_CALLS,
    MODEL_GROUPS_A_DAY,
    MODEL_GROUPS,
    MODEL_RECENTS,
    MODEL_EDITION,
    MODEL_PACKS,
    MODEL_BANDWIDTH,
    MODEL_BANDWIDTH_ABROAD,
    MODEL_LINES
};

enum model_plan {
    MODEL_CLOUD_2018,
    MODEL_TRIAL_2018_09,
    MODEL_PRO_2018_09,
    MODEL_PRO_2018_12,
    MODEL_PRO_2019_02,
    MODEL_PRO_2019_05,
    MODEL_PRO_2019_11,
    MODEL_TRIAL_2020_01,
    MODEL_PRO_2020_01,
    MODEL_FLAGSHIP_2020_01,
    MODEL_PLANS
};
extern const char *const model_plan_ids[MODEL_PLANS];

/* What an app did and was granted in a month. */
struct model_month {
    uint64_t dau;       /* of the highest day */
    uint64_t months;    /* of roaming */
    bool two_terminals; /* really used */
    uint64_t targets;   /* of the largest push */
    uint64_t pushes;    /* most pushes of a day */
    uint64_t may_push;  /* pushes a day that are granted */
    uint64_t calls;     /* a second, granted */
    uint64_t groups_a_day;
    uint64_t may_groups; /* groups in total that are granted */
    uint64_t recents;
    uint64_t groups_on_the_1st;
    uint64_t most_groups;
    uint64_t mbps; /* daily peaks added up */
    uint64_t mbps_abroad;
    uint32_t packs; /* bit i: model_pack_of(plan, i) */
};

struct model_pack {
    const char *id;
    uint64_t yuan;
};
/* NULL behind the last one. */
const struct model_pack *model_pack_of(enum model_plan plan, unsigned i);

/* What a limit comes to that was asked for: whole steps above what is included. */
uint64_t model_granted(enum model_plan plan, enum model_line line, uint64_t wanted);

/* A line of a contract. */
struct model_deal_line {
    enum { MODEL_NOT_NAMED, MODEL_FEE, MODEL_UNITS } shape;
    bool every_month;
    uint64_t fee_fen;
    bool deducts; /* the included part */
    bool part_counts;
    uint64_t included, unit, unit_price_fen, minimum_fen;
    uint64_t dau_unit; /* roaming; 0: not by DAU */
};
struct model_deal {
    bool by_total;
    uint64_t total_fen;
    struct model_deal_line lines[MODEL_LINES];
};

enum model_outcome { MODEL_OK, MODEL_NEEDS_CONTRACT, MODEL_TOO_LARGE, MODEL_MISFIT };

struct model_bill {
    enum model_outcome outcome;
    bool by_contract;
    uint64_t fen[MODEL_LINES]; /* of MODEL_OK */
    uint64_t total_fen;
};

/* deal: the contract in force, or NULL. */
struct model_bill model_rate(enum model_plan plan, const struct model_deal *deal,
                             const struct model_month *month);

#endif
