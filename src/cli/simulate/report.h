/* What a scenario came to: its months with their bills, its days, and whether both are as expected.
 */
#ifndef CLI_SIMULATE_REPORT_H
#define CLI_SIMULATE_REPORT_H

#include "base/buf.h"
#include "cli/simulate/run.h"

enum report_form { REPORT_TABLE, REPORT_JSON, REPORT_CSV };

/* All months of the run in one of the forms; with `days` each day's usage too (as CSV: instead).
   False: run->world.problem. */
bool report_write(struct run *run, enum report_form form, bool days, struct buf *into);

/* Compares the bills with what the scenario expects; says in `into` what differs, a line each.
 *ret_months is how many were compared. False: something differs, or could not be read. */
bool report_check(struct run *run, uint32_t *ret_months, struct buf *into);

#endif
