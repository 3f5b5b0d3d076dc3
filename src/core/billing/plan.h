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
#define PLAN_MAX_PACKS 24
#define PLAN_MAX_GIFTS 24
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

/* What the quantity of a line is. */
enum plan_counted {
    PLAN_COUNTED_GRANTED,   /* the highest limit granted in the month */
    PLAN_COUNTED_MONTH_END, /* what exists at 00:00 of the 1st of the next month */
    PLAN_COUNTED_PEAK,      /* the most that existed at any moment of the month */
};

/* Which messages a roaming extension keeps. */
enum plan_conversations { PLAN_C2C, PLAN_C2C_AND_GROUPS };

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
    uint8_t quantity;      /* enum plan_quantity */
    uint8_t round;         /* enum plan_round, of months */
    uint8_t dau_round;     /* enum plan_round */
    uint8_t conversations; /* enum plan_conversations */
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

/* A limit that is sold in steps: charged when its quantity is above the included one. */
struct plan_step_line {
    uint64_t included;
    uint64_t step;
    int64_t unit_price_fen; /* of a step */
    int64_t minimum_fen;
    uint8_t quantity; /* enum plan_quantity */
    uint8_t round;    /* enum plan_round */
    uint8_t grant;    /* enum plan_grant */
    uint8_t minimum;  /* enum plan_minimum */
    uint8_t counted;  /* enum plan_counted; other than granted only for groups_total */
};

/* What is paid in advance for the plan itself. Without a name the plan has no editions and its
   bills no such line. */
struct plan_edition {
    char name[PLAN_ID_MAX + 1]; /* "trial", "professional", "flagship" */
    int64_t fee_fen;
};

/* A number that a pack or a contract gives instead of the plan's own. */
struct plan_gift {
    uint8_t entitlement; /* enum entitlement (core/quota/entitlement.h), or enum limit */
    uint64_t value;      /* PLAN_UNLIMITED: none; services: 1 */
};
struct plan_gifts {
    uint32_t count; /* in the order of their numbers, each once */
    struct plan_gift of[PLAN_MAX_GIFTS];
};

/* A function pack, paid in advance by the month. */
struct plan_pack {
    char id[PLAN_ID_MAX + 1];
    char kind[PLAN_ID_MAX + 1]; /* of one kind an app holds one pack at a time */
    int64_t fee_fen;
    uint64_t groups; /* to how many groups of the app it applies; PLAN_UNLIMITED: to all */
    struct plan_gifts gives;
};

/* What audio-video chat rooms send, by Mbps and day. */
struct plan_bandwidth {
    bool sold; /* false: the plan's bills have no bandwidth lines */
    int64_t unit_price_fen;
    uint64_t abroad_unit_price_fen; /* PLAN_UNLIMITED: no list price, by contract */
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
    uint8_t format;           /* of the file: 1 has no edition, packs and bandwidth */
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
    struct plan_edition edition;
    struct plan_bandwidth bandwidth;
    uint32_t pack_count;
    struct plan_pack packs[PLAN_MAX_PACKS];
};

/*
 * Reads a plan file. IM_ERR_INVALID: `problem` is one sentence of printable ASCII that names the
 * place in the file and what is wrong there.
 */
enum im_err plan_parse(struct span file, struct plan *ret_plan, char problem[PLAN_PROBLEM_BYTES]);

/* NULL if this limit is not sold in steps. */
const struct plan_step_line *plan_step_line(const struct plan *plan, enum limit limit);

/* What an app has without a ticket; of what is charged by what exists, the plan's cap. */
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

/* True if the groups in total are charged by how many exist, not by the limit granted. */
bool plan_counts_groups(const struct plan *plan);

/*
 * The pack of this id: its place in plan->packs, which is also its bit in month_usage.packs.
 * False: the plan sells none.
 */
bool plan_find_pack(const struct plan *plan, struct span id, uint32_t *ret_pack);

/* True if one app may hold all of these packs (bits) at a time: all of the plan, no two of a kind.
 */
bool plan_packs_valid(const struct plan *plan, uint32_t packs);

/* The most that these packs (bits) give of an entitlement. False: none of them gives any. */
bool plan_packs_give(const struct plan *plan, uint32_t packs, uint8_t entitlement,
                     uint64_t *ret_value);

/* count in units of that size, a part as `round` says. */
uint64_t plan_units(uint64_t count, uint64_t unit, enum plan_round round);

#endif
