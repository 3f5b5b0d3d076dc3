/* A bill as JSON and as a table for people. Pure. */
#ifndef CORE_BILLING_BILL_PRINT_H
#define CORE_BILLING_BILL_PRINT_H

#include "core/billing/bill_line.h"

/* {"total_fen":N,"status":"ok","lines":[{"item":"dau","quantity":N,"units":N,"amount_fen":N,
   "unit":"DAU","rule":"..."},..]} with all lines that bills of this plan have. Where some of them
   are paid in advance, "prepaid_fen" and "postpaid_fen" follow. All amounts are null with
   "needs_contract". */
void bill_write_json(struct buf *into, const struct rated_bill *rated);

/* Line by line, in yuan, each with how it came about. */
void bill_write_table(struct buf *into, const struct rated_bill *rated);

#endif
