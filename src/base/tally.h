/*
 * Numbers that one thread counts and any thread reads. An addition is a plain load and a plain
 * store, no locked instruction; who reads sees each number whole, and several of them of nearly
 * one moment.
 */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
    _Atomic(uint64_t) value;
};

static inline uint64_t tally_read(const struct tally *tally)
{
    return atomic_load_explicit(&tally->value, memory_order_relaxed);
}

/* The counting thread only; so is all that changes one. */
static inline void tally_set(struct tally *tally, uint64_t value)
{
    atomic_store_explicit(&tally->value, value, memory_order_relaxed);
}

static inline void tally_add(struct tally *tally, uint64_t n)
{
    tally_set(tally, tally_read(tally) + n);
}

/* Of what goes up and down. */
static inline void tally_subtract(struct tally *tally, uint64_t n)
{
    tally_set(tally, tally_read(tally) - n);
}

/* ---- how long something took ---- */

/* Upper ends of the buckets; the last bucket, behind them, has none. */
static const uint32_t duration_bounds_us[] = {
    50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000};
#define DURATION_BOUNDS (sizeof(duration_bounds_us) / sizeof(duration_bounds_us[0]))

struct durations {
    struct tally buckets[DURATION_BOUNDS + 1];
    struct tally sum_us;
};

/* What was read of one. */
struct durations_read {
    uint64_t buckets[DURATION_BOUNDS + 1]; /* each by itself, not cumulative */
    uint64_t sum_us;
};

static inline void durations_add(struct durations *durations, uint64_t us)
{
    size_t at = 0;

    while (at < DURATION_BOUNDS && us > duration_bounds_us[at])
        at++;
    tally_add(&durations->buckets[at], 1);
    tally_add(&durations->sum_us, us);
}

static inline void durations_read(const struct durations *durations, struct durations_read *ret)
{
    for (size_t i = 0; i <= DURATION_BOUNDS; i++)
        ret->buckets[i] = tally_read(&durations->buckets[i]);
    ret->sum_us = tally_read(&durations->sum_us);
}

#endif
