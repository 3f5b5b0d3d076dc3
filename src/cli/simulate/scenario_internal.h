/* Between the files that read scenarios. */
#ifndef CLI_SIMULATE_SCENARIO_INTERNAL_H
#define CLI_SIMULATE_SCENARIO_INTERNAL_H

#include "cli/simulate/scenario.h"
#include "core/billing/plan_field.h"

/* An array of at most `max`; false with a problem. *ret_count is how many. */
bool scenario_read_array(char *problem, json_t *value, const char *place, uint32_t max,
                         uint32_t *ret_count);
/* "logins[3]" */
void scenario_place(char into[PLAN_PLACE_BYTES], const char *place, uint32_t index);

/* "2026-01-31" into a uint32_t day; the same as a custom reader. */
bool scenario_read_day(char *problem, json_t *value, const char *place, void *into);
bool scenario_read_month(char *problem, json_t *value, const char *place, void *into);

/* Custom readers of members of struct scenario. */
bool scenario_read_series(char *problem, json_t *value, const char *place, void *into);
bool scenario_read_events(char *problem, json_t *value, const char *place, void *into);
bool scenario_read_expects(char *problem, json_t *value, const char *place, void *into);

#endif
