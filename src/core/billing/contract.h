/*
 * A contract: what an app pays in months for which the plan has no list price, read from a file
 * (docs/price-plan.md, "The contract file"). Plain data without pointers, as a plan. Pure.
 */
#ifndef CORE_BILLING_CONTRACT_H
#define CORE_BILLING_CONTRACT_H

#include "core/billing/rate.h"

#define CONTRACT_MAX_BYTES (16 << 10)
/* last_month of a contract without an end. */
#define CONTRACT_OPEN UINT32_MAX

enum contract_price_kind {
    CONTRACT_LIST,  /* not named: the plan's own price; never of the eight lines of every bill */
    CONTRACT_FEE,   /* a fee a month */
    CONTRACT_UNITS, /* units times a price */
};

enum contract_fee_charged { CONTRACT_EVERY_MONTH, CONTRACT_WHEN_USED };

struct contract_price {
    uint8_t kind; /* enum contract_price_kind */

    /* CONTRACT_FEE */
    uint8_t charged; /* enum contract_fee_charged */
    int64_t fee_fen;

    /* CONTRACT_UNITS: charged when the line's quantity is above the included one. */
    uint64_t included;
    uint64_t unit;
    uint64_t dau_unit; /* roaming: also times the units of the month's peak DAU, at least one;
                          PLAN_UNLIMITED: not by DAU */
    int64_t unit_price_fen;
    int64_t minimum_fen; /* where charged */
    uint8_t quantity;    /* enum plan_quantity */
    uint8_t round;       /* enum plan_round */
};

struct contract {
    char id[PLAN_ID_MAX + 1];
    uint8_t sha256[32];   /* of the file's bytes */
    uint32_t first_month; /* both belong to it; numbers of core/usage/calendar.h */
    uint32_t last_month;
    bool by_total;
    int64_t total_fen;                             /* a month, for all lines */
    struct contract_price prices[BILL_LINE_COUNT]; /* unless by_total */
    struct plan_gifts limits;                      /* granted while it is in force */
};

/* Reads a contract file. IM_ERR_INVALID: as plan_parse. */
enum im_err contract_parse(struct span file, struct contract *ret_contract,
                           char problem[PLAN_PROBLEM_BYTES]);

bool contract_in_force(const struct contract *contract, uint32_t month);

/* False: it prices a line that bills of this plan do not have; `problem` says which. */
bool contract_fits(const struct contract *contract, const struct plan *plan,
                   char problem[PLAN_PROBLEM_BYTES]);

#endif
