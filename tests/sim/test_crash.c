/* Crashes under a load of accounts, terminals and C2C messages: support/sim_crash.h. */
#include "support/test.h"

#include "support/sim_crash.h"
#include "support/sim_load.h"
#include "support/sim_run.h"

#define CRASHES 100000

TEST(what_was_acknowledged_survives_every_crash_and_nothing_is_half_there)
{
    struct sim_crash t = {.ops = &sim_load_ops};
    uint64_t worlds = 0;

    for (; t.crashes < sim_run_amount(CRASHES); worlds++) {
        sim_crash_world(&t, sim_run_seed(worlds));
        sim_run_done();
    }
    sim_crash_print(&t, worlds);
}

int main(void)
{
    sim_run_begin();
    return RUN_TESTS(T(what_was_acknowledged_survives_every_crash_and_nothing_is_half_there));
}
