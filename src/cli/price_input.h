/* What `magpie price` reads: plans and contracts. All complain on stderr. */
#ifndef CLI_PRICE_INPUT_H
#define CLI_PRICE_INPUT_H

#include <stdbool.h>

#include "core/billing/contract.h"
#include "core/billing/plan.h"

/* "magpie price: about: what" on stderr; always false. */
bool price_complain(const char *about, const char *what);

/* Whether a plan is named by the path of its file: with a slash or .json. */
bool price_is_path(const char *plan);
/* A plan file, or a shipped plan by its id. */
bool price_plan(const char *name, struct plan *ret_plan);
/* A contract file that fits the plan. */
bool price_contract(const char *path, const struct plan *plan, struct contract *ret_contract);

#endif
