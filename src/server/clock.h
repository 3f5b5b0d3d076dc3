/*
 * Core time: starts at the later of the last record and the wall clock, advances with the boot
 * clock (which counts suspension and knows no jumps), leans towards the wall clock by at most a
 * twentieth of what passes, and never goes back. Pure: the caller reads the clocks.
 */
#ifndef SERVER_CLOCK_H
#define SERVER_CLOCK_H

#include <stdint.h>

struct core_clock {
    uint64_t now_us;
    uint64_t boot_us; /* of the last reading */
};

void core_clock_init(struct core_clock *clock, uint64_t last_us, uint64_t boot_us,
                     uint64_t wall_us);
uint64_t core_clock_read(struct core_clock *clock, uint64_t boot_us, uint64_t wall_us);

/* The system's clocks in microseconds. */
uint64_t system_boot_us(void);
uint64_t system_wall_us(void);

#endif
