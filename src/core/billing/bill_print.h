/* A bill as JSON and as a table for people. Pure. */
#ifndef CORE_BILLING_BILL_PRINT_H
#define CORE_BILLING_BILL_PRINT_H

#include "base/buf.h"
#include "core/billing/rate.h"

/* {"total_fen":N,"status":"ok","lines":[{"item":"dau","quantity":N,"units":N,"amount_fen":N},..]}
   with all eight lines; total_fen and every amount_fen are null with "needs_contract". */
void bill_write_json(struct buf *into, const struct bill *bill);

/* Line by line, in yuan, each with how it came about. The plan and the usage that were rated. */
void bill_write_table(struct buf *into, const struct plan *plan, const struct month_usage *usage,
                      const struct bill *bill);

#endif
