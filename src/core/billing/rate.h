/*
 * Rating: from a plan, what an app used in one month and its contract, if any, to the bill of that
 * month. Pure; whole numbers of fen only. Rules: docs/price-plan.md.
 *
 * A bill is a function of the month's usage alone, and the usage is made of maxima ("the highest
 * limit", "the largest push"), flags and one sum over days: in whichever order, and however often,
 * maxima and flags are told, the bill is the same; the sum needs every day once.
 */
#ifndef CORE_BILLING_RATE_H
#define CORE_BILLING_RATE_H

#include "base/err.h"
#include "core/billing/plan.h"
#include "core/rows.h"

struct contract;

/* The lines of a bill, always in this order: the first eight in every bill, behind the first of
   them as in enum limit; the others where the plan has them. Stored; never reuse a number. */
enum bill_item {
    BILL_DAU,
    BILL_ROAMING,
    BILL_MULTI_TERMINAL,
    BILL_PUSH,
    BILL_CALL_RATE,
    BILL_GROUPS_PER_DAY,
    BILL_GROUPS_TOTAL,
    BILL_RECENTS,
    BILL_PLAN,             /* the edition's fee, in advance */
    BILL_PACKS,            /* in advance */
    BILL_BANDWIDTH,        /* of audio-video chat rooms, mainland */
    BILL_BANDWIDTH_ABROAD, /* the same, sent abroad */
    BILL_LINE_COUNT
};

/* What is not known or not metered is 0. */
struct month_usage {
    uint64_t peak_dau;
    uint32_t peak_day;            /* day number of the peak; nothing is charged by it */
    uint64_t limits[LIMIT_COUNT]; /* the highest in force at any moment of the month */
    bool two_terminals;           /* an account had two terminals online at once */
    uint64_t largest_push;        /* targets */
    uint64_t most_pushes;         /* accepted in one day */
    uint64_t groups_at_end;       /* existing at 00:00 of the 1st of the next month; while the
                                     month runs: existing now */
    uint64_t peak_groups;         /* the most that existed at any moment */
    uint64_t mbps_days;           /* month_add_bandwidth */
    uint64_t mbps_days_abroad;
    uint32_t packs; /* bit i: plan->packs[i] was held at any moment of the month */
};

enum bill_status { BILL_OK, BILL_NEEDS_CONTRACT };

/*
 * quantity and units of each line; where a line is not charged its units and amount are 0:
 *
 *   dau              peak DAU of the month                    units of DAU
 *   roaming          months of roaming, 0: not extended       months in units x units of DAU
 *   multi_terminal   1: used (or granted, as the plan says)   0 or 1
 *   push             see below                                0 or 1
 *   the step lines   the highest limit granted, or for        steps
 *                    groups_total what the plan counts
 *   plan             1                                        0 or 1
 *   packs            packs held                               packs held
 *   bandwidth        Mbps of the daily peaks, added up        the same
 *
 * The quantity of push is the number of targets of the largest push; pushes a day where they
 * alone make it charged. A line that a contract charges by a fee has 1 unit.
 */
struct bill_line {
    uint64_t quantity;
    uint64_t units;
    int64_t amount_fen;
};

/* With BILL_NEEDS_CONTRACT there are no prices for the month: units and amounts are 0 and mean
   "unknown", quantities hold. */
struct bill {
    int64_t total_fen;
    enum bill_status status;
    bool by_contract; /* every price is the contract's */
    struct bill_line lines[BILL_LINE_COUNT];
};

/*
 * contract: the one in force in this month, or NULL. It decides the bill where the plan has no
 * list price (DAU in a contract tier, traffic abroad), and nothing elsewhere.
 *
 * IM_ERR_OVERFLOW: an amount does not fit; IM_ERR_INVALID: the usage has packs that the plan does
 * not sell, or the contract does not fit the plan (contract_fits). *ret_bill is then untouched.
 */
enum im_err bill_rate(const struct plan *plan, const struct contract *contract,
                      const struct month_usage *usage, struct bill *ret_bill);

/* True if only a contract can say what such a month costs. */
bool bill_needs_contract(const struct plan *plan, const struct month_usage *usage);

/* True if push is charged, and only because of the number of pushes a day. */
bool bill_push_by_day(const struct plan *plan, const struct month_usage *usage);

/* What is paid in advance of an OK bill; the rest of total_fen is paid afterwards. */
int64_t bill_prepaid_fen(const struct bill *bill);

/* Leaves what the row does not hold (groups, bandwidth, packs) 0. */
struct month_usage month_usage_of(const struct month_row *row);

/* Adds one day's peak to *mbps_days; part of a Mbps is for the caller to round up. Each day once,
   in any order. IM_ERR_OVERFLOW: untouched. */
enum im_err month_add_bandwidth(uint64_t *mbps_days, uint64_t day_peak_mbps);

/* True if bills of this plan have the line. The first eight are in all bills. */
bool bill_has_line(const struct plan *plan, enum bill_item item);

/* "dau", the names of limits, "plan", "packs", "bandwidth", "bandwidth_abroad". */
const char *bill_item_name(enum bill_item item);

#endif
