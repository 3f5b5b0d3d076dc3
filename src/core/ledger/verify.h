/*
 * Proving a ledger without a server: each line fits the chain, stands where it belongs and says
 * what a server writes; then all that the bill was made of is counted anew, and the bill is worked
 * out from it.
 *
 *   ledger_verify_line     for each line of the file
 *   ledger_verify_end      when there is no more
 *
 * Anything but IM_OK ends it: `problem` names the line and what is wrong with it. What is in order
 * but does not agree (a count, an amount) is a row of `checks`. Input of any kind is refused or
 * checked, never trusted. Memory is bounded: the plan, a contract, one line, the rows.
 */
#ifndef CORE_LEDGER_VERIFY_H
#define CORE_LEDGER_VERIFY_H

#include "core/ledger/line.h"

#define LEDGER_MAX_CHECKS 160u
#define LEDGER_PROBLEM_BYTES 256
#define LEDGER_CHECK_TEXT 64

struct ledger_check {
    char item[LEDGER_CHECK_TEXT];
    char file[LEDGER_CHECK_TEXT];  /* what the file says */
    char found[LEDGER_CHECK_TEXT]; /* what comes out */
    bool fits;
};

struct ledger_verifier;

struct ledger_verifier *ledger_verifier_new(void);
void ledger_verifier_free(struct ledger_verifier *verifier);

/* `text`: without its line feed; a longer one than LEDGER_MAX_LINE is refused. */
enum im_err ledger_verify_line(struct ledger_verifier *verifier, struct span text);
/* `whole`: the last line ended with a line feed. */
enum im_err ledger_verify_end(struct ledger_verifier *verifier, bool whole);

/* What was found. After IM_OK of ledger_verify_end, except problem. */
struct ledger_finding {
    const char *problem; /* "" if none */
    struct app_id app;
    uint32_t month;
    bool is_final;
    uint64_t lines;
    uint8_t end_hash[32];
    const struct ledger_check *checks;
    uint32_t check_count;
    uint32_t differing;
};
struct ledger_finding ledger_finding(const struct ledger_verifier *verifier);

#endif
