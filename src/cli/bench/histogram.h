/* Latencies in microseconds: 64 buckets a power of two, so quantiles are right within 2 %. */
#ifndef CLI_BENCH_HISTOGRAM_H
#define CLI_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 40)

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count;
};

void histogram_add(struct histogram *histogram, uint64_t us);
/* The value that a share of all (0 to 1) does not exceed, in milliseconds; 0 if there is none. */
double histogram_quantile_ms(const struct histogram *histogram, double share);

#endif
