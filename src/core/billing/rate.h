/*
 * Rating: from a plan and what an app used in one month to the bill of that month. Pure; whole
 * numbers of fen only. Rules: docs/price-plan.md.
 */
#ifndef CORE_BILLING_RATE_H
#define CORE_BILLING_RATE_H

#include "base/err.h"
#include "core/billing/plan.h"
#include "core/rows.h"

/* The lines of every bill, always in this order; behind the first as in enum limit. */
enum bill_item {
    BILL_DAU,
    BILL_ROAMING,
    BILL_MULTI_TERMINAL,
    BILL_PUSH,
    BILL_CALL_RATE,
    BILL_GROUPS_PER_DAY,
    BILL_GROUPS_TOTAL,
    BILL_RECENTS,
    BILL_LINE_COUNT
};

struct month_usage {
    uint64_t peak_dau;
    uint32_t peak_day;            /* day number of the peak; nothing is charged by it */
    uint64_t limits[LIMIT_COUNT]; /* the highest in force at any moment of the month */
    bool two_terminals;           /* an account had two terminals online at once */
    uint64_t largest_push;        /* targets */
    uint64_t most_pushes;         /* accepted in one day */
};

enum bill_status { BILL_OK, BILL_NEEDS_CONTRACT };

/*
 * quantity and units of each line; where a line is not charged its units and amount are 0:
 *
 *   dau              peak DAU of the month                    units of DAU
 *   roaming          months of C2C roaming, 0: not extended   quarters x units of DAU
 *   multi_terminal   1: used (or granted, as the plan says)   0 or 1
 *   push             see below                                0 or 1
 *   the step lines   the highest limit granted                steps
 *
 * The quantity of push is the number of targets of the largest push; pushes a day where they
 * alone make it charged.
 */
struct bill_line {
    uint64_t quantity;
    uint64_t units;
    int64_t amount_fen;
};

/* With BILL_NEEDS_CONTRACT the plan has no prices for the month: units and amounts are 0 and mean
   "unknown", quantities hold. */
struct bill {
    int64_t total_fen;
    enum bill_status status;
    struct bill_line lines[BILL_LINE_COUNT];
};

/* IM_ERR_OVERFLOW: an amount does not fit; *ret_bill is untouched. */
enum im_err bill_rate(const struct plan *plan, const struct month_usage *usage,
                      struct bill *ret_bill);

struct month_usage month_usage_of(const struct month_row *row);

/* "dau", "roaming", ...: the names of limits, and "dau". */
const char *bill_item_name(enum bill_item item);

#endif
