/* Numbers in an order that is drawn, without a table of them. */
#ifndef CLI_SIMULATE_SHUFFLE_H
#define CLI_SIMULATE_SHUFFLE_H

#include "base/map.h"

/* The i-th of 0..count-1 in the order that `key` says, each once: a Feistel network of four
   rounds, walked until it is in range. */
static inline uint64_t shuffle_at(uint64_t i, uint64_t count, uint64_t key)
{
    unsigned half = 1;

    while ((UINT64_C(1) << (2 * half)) < count)
        half++;
    do {
        uint64_t mask = (UINT64_C(1) << half) - 1, left = i >> half, right = i & mask;

        for (uint64_t round = 0; round < 4; round++) {
            uint64_t next = left ^ (map_mix(right ^ key ^ round << 56) & mask);

            left = right;
            right = next;
        }
        i = left << half | right;
    } while (i >= count);
    return i;
}

#endif
