/* What the reading of a ledger has found so far. Inside core/ledger only. */
#ifndef CORE_LEDGER_VERIFY_INTERNAL_H
#define CORE_LEDGER_VERIFY_INTERNAL_H

#include "core/billing/bill_line.h"
#include "core/ledger/verify.h"

/* A file that came in parts. */
struct ledger_file {
    uint8_t sha256[32]; /* as promised */
    uint32_t bytes;
    uint32_t parts;
    struct buf text;
};

struct ledger_verifier {
    struct ledger_chain chain;
    uint8_t kind;       /* of the last line; 0: none yet */
    uint64_t other_n;   /* the line behind the chain has this number instead of its own; 0: no */
    struct arena arena; /* of that line */
    struct ledger_frame frame;
    char problem[LEDGER_PROBLEM_BYTES];

    struct app_id app;
    uint32_t month;
    bool is_final;
    uint32_t through;
    char plan_id[PLAN_ID_MAX + 1];
    struct ledger_file plan;

    struct ledger_limit limits[LIMIT_COUNT]; /* the first that reached the highest value */
    uint64_t running[LIMIT_COUNT];           /* in force behind the last change */
    bool changed[LIMIT_COUNT];               /* in the month so far */
    uint32_t limit_count;
    uint64_t last_record;
    uint8_t last_entitlement;

    struct ledger_month whole;
    struct ledger_day day; /* the last one; day 0: none */
    uint64_t counted;      /* its logins */
    uint32_t next_chunk;
    uint64_t peak_dau;
    uint32_t peak_day;
    uint64_t groups, peak_groups;

    uint32_t contract_number; /* 0: none */
    struct ledger_file contract;
    bool has_bill;
    struct bill_row bill;
    uint32_t documents;
    uint64_t document_fen[DOCUMENT_PAYMENT + 1];
    struct ledger_status status;

    struct ledger_check checks[LEDGER_MAX_CHECKS];
    uint32_t check_count, differing;
};

/* A row of what was compared. Beyond LEDGER_MAX_CHECKS only those that differ are counted. */
void ledger_check(struct ledger_verifier *v, bool fits, const char *file, const char *found,
                  const char *item, ...) __attribute__((format(printf, 5, 6)));
void ledger_check_u64(struct ledger_verifier *v, uint64_t file, uint64_t found, const char *item);

/* All lines are read: the bill and its balance. */
void ledger_check_bill(struct ledger_verifier *v);

#endif
