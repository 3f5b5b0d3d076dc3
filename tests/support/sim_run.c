#include "support/sim_run.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"

static char failure[96];
static int failure_bytes;

static void say_seed(void)
{
    if (failure_bytes)
        (void)!write(STDERR_FILENO, failure, (size_t)failure_bytes);
    failure_bytes = 0;
}

static void on_abort(int signal_number)
{
    say_seed();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

void sim_run_begin(void)
{
    hash_init();
    log_set_level((enum log_level)(LOG_ERROR + 1));
    signal(SIGABRT, on_abort);
    atexit(say_seed);
}

uint64_t sim_run_amount(uint64_t full)
{
    uint64_t amount = full * number_of("MAGPIE_SIM_SCALE", 100) / 100;

    return amount ? amount : 1;
}

uint64_t sim_run_seed(uint64_t i)
{
    uint64_t seed = number_of("MAGPIE_SIM_SEED", 1) + i;

    say_seed();
    failure_bytes =
        snprintf(failure, sizeof(failure), "the world of MAGPIE_SIM_SEED=%llu did not end well\n",
                 (unsigned long long)seed);
    return seed;
}

void sim_run_done(void)
{
    failure_bytes = 0;
}
