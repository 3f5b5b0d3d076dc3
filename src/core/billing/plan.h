/*
 * A price plan: every number and decision by which an app is metered, limited and billed, read
 * from a file (plans/, docs/price-plan.md). Plain data without pointers; never changed after it
 * is parsed, so any thread may read it.
 */
#ifndef CORE_BILLING_PLAN_H
#define CORE_BILLING_PLAN_H

#include "base/err.h"
#include "base/span.h"
#include "core/limits.h"

#define PLAN_ID_MAX 32
#define PLAN_MAX_BYTES (64 << 10)
#define PLAN_PROBLEM_BYTES 256
#define PLAN_MAX_TIERS 8
#define PLAN_MAX_CALL_EXCEPTIONS 32
#define PLAN_COMMAND_MAX 63
/* Numbers and prices in fen are at most this, so that only absurd products overflow. */
#define PLAN_MAX_NUMBER 1000000000000u
/* A cap that the file gives as null. */
#define PLAN_UNLIMITED UINT64_MAX

/* What a part of a unit counts for. */
enum plan_round { PLAN_ROUND_UP, PLAN_ROUND_DOWN };

/* What is multiplied where a line is charged. */
enum plan_quantity { PLAN_WHOLE, PLAN_ABOVE_INCLUDED };

enum plan_tier_charge { PLAN_TIER_FREE, PLAN_TIER_PER_UNIT, PLAN_TIER_CONTRACT };

/* When a service without a number is charged. */
enum plan_service_charge { PLAN_WHEN_USED, PLAN_WHEN_GRANTED };

enum plan_grant { PLAN_GRANT_WHOLE_STEPS, PLAN_GRANT_EXACT };

enum plan_minimum { PLAN_MINIMUM_WHERE_CHARGED, PLAN_MINIMUM_ALWAYS };

/* Tiers follow one another without gap or overlap from 0 to UINT64_MAX. */
struct plan_tier {
    uint64_t first; /* both belong to the tier */
    uint64_t last;
    uint8_t charge;         /* enum plan_tier_charge */
    int64_t unit_price_fen; /* 0 unless per unit */
};

struct plan_dau {
    uint64_t included; /* counts with PLAN_ABOVE_INCLUDED only: what is free is a tier's matter */
    uint64_t unit;
    uint8_t quantity; /* enum plan_quantity */
    uint8_t round;    /* enum plan_round */
    uint32_t tier_count;
    struct plan_tier tiers[PLAN_MAX_TIERS];
};

/* units = months in units x DAU in units. */
struct plan_roaming {
    uint64_t included_days;
    uint64_t days_per_month; /* an extension of N months keeps a message N times as many days */
    uint64_t included_months;
    uint64_t months_per_unit;
    uint64_t dau_unit;
    uint64_t dau_units_min;
    int64_t unit_price_fen;
    uint8_t quantity;  /* enum plan_quantity */
    uint8_t round;     /* enum plan_round, of months */
    uint8_t dau_round; /* enum plan_round */
};

struct plan_multi_terminal {
    int64_t fee_fen;
    uint8_t charged; /* enum plan_service_charge */
};

struct plan_push {
    uint64_t free_below_targets; /* the first number of targets that is charged */
    uint64_t included_per_day;
    int64_t fee_fen;
    uint8_t more_charged; /* enum plan_service_charge: more pushes a day than included */
};

/* A limit that is sold in steps: charged when it is above the included one. */
struct plan_step_line {
    uint64_t included;
    uint64_t step;
    int64_t unit_price_fen; /* of a step */
    int64_t minimum_fen;
    uint8_t quantity; /* enum plan_quantity */
    uint8_t round;    /* enum plan_round */
    uint8_t grant;    /* enum plan_grant */
    uint8_t minimum;  /* enum plan_minimum */
};

/* A call limit made from the app's call rate N: N x times / divided_by, at least 1. */
struct plan_ratio {
    uint64_t times;
    uint64_t divided_by;
};

struct plan_call_exception {
    char command[PLAN_COMMAND_MAX + 1]; /* "service.name" */
    struct plan_ratio ratio;
};

struct plan_calls {
    struct plan_ratio app;     /* all commands of an app together */
    struct plan_ratio command; /* each command that is no exception */
    uint32_t exception_count;
    struct plan_call_exception exceptions[PLAN_MAX_CALL_EXCEPTIONS];
};

/* Hard numbers that no ticket raises; PLAN_UNLIMITED: none. Codes 10036, 10037, 10038, 10058,
   30010, 70398. */
struct plan_caps {
    uint64_t accounts;
    uint64_t friends_per_account;
    uint64_t groups_per_account;
    uint64_t groups;
    uint64_t av_chat_rooms;
    uint64_t b_chat_rooms;
    uint64_t members_of_private;
    uint64_t members_of_public;
    uint64_t members_of_chat_room;
    uint64_t members_of_av_chat_room;
    uint64_t members_of_b_chat_room;
};

/* Services that a plan may leave out (10059, 90045). */
struct plan_services {
    bool all_member_push;
    bool group_counters;
    bool room_bans;
    bool room_broadcasts;
};

struct plan {
    char id[PLAN_ID_MAX + 1]; /* a-z 0-9 - */
    uint8_t sha256[32];       /* of the file's bytes */
    char time_zone[64];       /* a zone name; whether it exists is not checked here */
    struct plan_dau dau;
    struct plan_roaming roaming;
    struct plan_multi_terminal multi_terminal;
    struct plan_push push;
    struct plan_step_line call_rate;
    struct plan_step_line groups_per_day;
    struct plan_step_line groups_total;
    struct plan_step_line recents;
    struct plan_calls calls;
    struct plan_caps caps;
    struct plan_services services;
};

/*
 * Reads a plan file. IM_ERR_INVALID: `problem` is one sentence of printable ASCII that names the
 * place in the file and what is wrong there.
 */
enum im_err plan_parse(struct span file, struct plan *ret_plan, char problem[PLAN_PROBLEM_BYTES]);

/* NULL if this limit is not sold in steps. */
const struct plan_step_line *plan_step_line(const struct plan *plan, enum limit limit);

/* What an app has without a ticket. */
uint64_t plan_included(const struct plan *plan, enum limit limit);

/*
 * What is granted to an app that wants so much: at least the included quantity, and whole steps
 * where the plan sells steps. IM_ERR_OVERFLOW: no such step exists in 64 bits.
 */
enum im_err plan_grant(const struct plan *plan, enum limit limit, uint64_t wanted,
                       uint64_t *ret_granted);

/* Calls a second, from the call rate that the app has: of one command ("service.name") and of
   the whole app. Never 0. */
uint64_t plan_calls_of_command(const struct plan *plan, struct span command, uint64_t call_rate);
uint64_t plan_calls_of_app(const struct plan *plan, uint64_t call_rate);

/* Days for which a C2C message is kept when roaming is extended to so many months. */
uint64_t plan_roaming_days(const struct plan *plan, uint64_t months);

/* count in units of that size, a part as `round` says. */
uint64_t plan_units(uint64_t count, uint64_t unit, enum plan_round round);

#endif
