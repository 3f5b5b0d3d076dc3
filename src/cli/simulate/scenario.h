/*
 * A scenario: what happens to an app day by day, read from a file as strictly as a plan
 * (docs/simulate.md). Plain data, never changed after it is read.
 */
#ifndef CLI_SIMULATE_SCENARIO_H
#define CLI_SIMULATE_SCENARIO_H

#include "base/err.h"
#include "core/billing/plan.h"
#include "core/billing/rate.h"
#include "core/usage/calendar.h"

#define SCENARIO_MAX_BYTES (1u << 20)
#define SCENARIO_ABOUT_MAX 300
#define SCENARIO_PLAN_MAX 200
#define SCENARIO_MAX_DAYS 3660u
#define SCENARIO_MAX_ACCOUNTS 10000000u
#define SCENARIO_MAX_A_DAY 10000000u
#define SCENARIO_MAX_PHASES 400u
#define SCENARIO_MAX_EVENTS 4000u
#define SCENARIO_MAX_PLATFORMS 4u
#define SCENARIO_LIMIT_MAX 40

enum scenario_growth { GROWTH_LINEAR, GROWTH_EXPONENTIAL, GROWTH_LISTED };

/* Days that follow one another and how many there are on each. */
struct scenario_phase {
    uint32_t first, last;
    uint64_t count, to_count; /* on the first and on the last of them */
    uint8_t growth;           /* enum scenario_growth */
    uint32_t *daily;          /* of GROWTH_LISTED, owned */
};

/* A number for each day; 0 on days of no phase. */
struct scenario_series {
    struct scenario_phase *phases; /* owned, in their order, without overlap */
    uint32_t count;
};
uint64_t series_on(const struct scenario_series *series, uint32_t day);

enum scenario_order {
    ORDER_FIRST,  /* N logins of a day are those of accounts 1 to N */
    ORDER_RANDOM, /* of N distinct accounts drawn anew each day */
};

/* "do" of an event. */
enum scenario_act {
    ACT_SET_LIMIT,
    ACT_OPEN_TICKET,
    ACT_CONFIRM_TICKET,
    ACT_REFUSE_TICKET,
    ACT_FILE_CONTRACT,
    ACT_ISSUE_BILL,
    ACT_CALLS,
    ACT_IMPORT_ACCOUNTS,
    ACT_KICK,
    ACT_TERMINALS,
    ACT_STAY,
    ACT_RETURN,
    ACT_MAKE_GROUPS,
    ACT_IMPORT_GROUPS,
    ACT_DISSOLVE_GROUPS,
    ACT_CRASH,
    ACT_CHECKPOINT,
    ACT_COUNT,
};
const char *scenario_act_name(unsigned act);

struct scenario_event {
    uint32_t day;
    uint32_t second; /* of the day, on the local clock of a day of 24 hours */
    uint32_t index;  /* in the file */
    uint8_t act;     /* enum scenario_act */
    uint8_t platform_count;
    uint8_t platforms[SCENARIO_MAX_PLATFORMS]; /* enum platform */
    uint8_t group_type;                        /* index in scenario_group_types */
    bool checkpoint;
    char limit[SCENARIO_LIMIT_MAX];
    uint64_t value, ticket, accounts, count, per_second, seconds;
    uint32_t month;
    char *contract; /* JSON, owned */
};
extern const char *const scenario_group_types[];

/* What a month must come to. */
struct scenario_expect {
    uint32_t month;
    bool has_total, has_peak, has_state;
    bool no_total; /* the total must be unknown: a contract is needed */
    int64_t total_fen;
    uint64_t peak_dau;
    uint8_t state;       /* enum bill_state, 0: open */
    uint32_t line_count; /* lines that are named */
    struct scenario_expect_line {
        uint8_t item; /* enum bill_item */
        int64_t amount_fen;
    } lines[BILL_LINE_COUNT];
};

struct scenario {
    char id[PLAN_ID_MAX + 1];
    char about[SCENARIO_ABOUT_MAX + 1];
    char plan[SCENARIO_PLAN_MAX + 1];
    char zone[ZONE_NAME_MAX + 1]; /* empty: the plan's */
    uint64_t seed;
    uint32_t first_day, last_day;
    uint64_t accounts;
    uint8_t order; /* enum scenario_order */
    struct scenario_series logins, messages, groups_made, groups_dissolved;
    struct scenario_event *events; /* owned, in the order of time */
    uint32_t event_count;
    struct scenario_expect *expects; /* owned */
    uint32_t expect_count;
};

/*
 * Reads a scenario. IM_ERR_INVALID: `problem` is one sentence of printable ASCII that names the
 * place in the file and what is wrong there; *ret then holds nothing.
 */
enum im_err scenario_parse(struct span file, struct scenario *ret,
                           char problem[PLAN_PROBLEM_BYTES]);
void scenario_release(struct scenario *scenario);

/* "2026-01-31"; returns `into`. */
const char *scenario_day_text(uint32_t day, char into[CALENDAR_TEXT_BYTES]);

#endif
