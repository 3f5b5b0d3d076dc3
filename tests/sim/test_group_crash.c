/* Crashes under a load of groups: support/sim_crash.h, support/sim_group_load.h. */
#include "support/test.h"

#include "support/sim_crash.h"
#include "support/sim_group_load.h"
#include "support/sim_run.h"

#define CRASHES 20000

_Static_assert(GL_COUNTS <= SIM_CRASH_COUNTS, "room for all counts");

TEST(groups_are_after_every_crash_what_was_acknowledged_and_decided)
{
    struct sim_crash t = {.ops = &sim_group_load_ops};
    uint64_t worlds = 0;

    for (; t.crashes < sim_run_amount(CRASHES); worlds++) {
        sim_crash_world(&t, sim_run_seed(worlds));
        sim_run_done();
    }
    sim_crash_print(&t, worlds);
    sim_group_load_judge(t.counts);
}

int main(void)
{
    sim_run_begin();
    return RUN_TESTS(T(groups_are_after_every_crash_what_was_acknowledged_and_decided));
}
