/* How much a simulation does and from which seed: MAGPIE_SIM_SCALE (percent of the full amount),
   MAGPIE_SIM_SEED (the seed of its first world). Says on a failure which seed brings it back. */
#ifndef TESTS_SUPPORT_SIM_RUN_H
#define TESTS_SUPPORT_SIM_RUN_H

#include <stdint.h>

/* Silences the log, which would tell of every crash. */
void sim_run_begin(void);
/* `full` at 100 percent, at least 1. */
uint64_t sim_run_amount(uint64_t full);
/* The seed of the i-th world. It is the one that a failure names until the next call. */
uint64_t sim_run_seed(uint64_t i);
/* The world of the last seed is done. */
void sim_run_done(void);

#endif
