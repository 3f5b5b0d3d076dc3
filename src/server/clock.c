#include "server/clock.h"

#include <time.h>

#define SLEW_DIVISOR 20u

void core_clock_init(struct core_clock *clock, uint64_t last_us, uint64_t boot_us, uint64_t wall_us)
{
    clock->now_us = last_us > wall_us ? last_us : wall_us;
    clock->boot_us = boot_us;
}

uint64_t core_clock_read(struct core_clock *clock, uint64_t boot_us, uint64_t wall_us)
{
    uint64_t passed = boot_us > clock->boot_us ? boot_us - clock->boot_us : 0;
    uint64_t most = passed / SLEW_DIVISOR, plain = clock->now_us + passed;

    if (passed < SLEW_DIVISOR)
        return clock->now_us; /* too little to lean; it is counted with what follows */
    clock->boot_us = boot_us;
    if (plain < wall_us)
        plain += wall_us - plain < most ? wall_us - plain : most;
    else
        plain -= plain - wall_us < most ? plain - wall_us : most;
    clock->now_us = plain;
    return plain;
}

static uint64_t read_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t system_boot_us(void)
{
    return read_us(CLOCK_BOOTTIME);
}

uint64_t system_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}
