/* What one line of a bill says about itself: its unit and the rule behind its amount. Pure. */
#ifndef CORE_BILLING_BILL_LINE_H
#define CORE_BILLING_BILL_LINE_H

#include "base/buf.h"
#include "core/billing/contract.h"

/* "18,446,744,073,709,551,615", and its last two digits behind a point. */
#define NUMBER_TEXT_BYTES 32
struct number_text {
    char text[NUMBER_TEXT_BYTES];
};

/* Digits in groups of three, and hundredths behind a point if asked for. */
struct number_text number_format(uint64_t number, bool hundredths);

/*
 * A bill with all that it was rated from: what is needed to explain it. contract: the one in
 * force, or NULL.
 */
struct rated_bill {
    const struct plan *plan;
    const struct contract *contract;
    const struct month_usage *usage;
    const struct bill *bill;
};

/* What the line's quantity counts: "DAU", "months", "users", ... Static memory. */
const char *bill_line_unit(const struct rated_bill *rated, enum bill_item item);

/* How the amount came about, one line of printable ASCII without quotes or backslashes:
   "2 x 100,000 DAU x 10,000.00". At most BILL_RULE_BYTES. */
#define BILL_RULE_BYTES 4096
void bill_line_rule(struct buf *into, const struct rated_bill *rated, enum bill_item item);

#endif
