/* Latencies in microseconds: 64 buckets a power of two, so quantiles are right within 2 %. */
#ifndef CLI_BENCH_HISTOGRAM_H
#define CLI_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 40)

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count;
};

/* The 99 % quantile of each second by itself: on a machine that is shared the median second says
   more than all of them together. */
#define HISTOGRAM_SECONDS 3600
struct histogram_seconds {
    struct histogram current;
    uint64_t until_us; /* 0: none has begun */
    double p99_ms[HISTOGRAM_SECONDS];
    uint32_t count;
};
/* now_us never goes back; the last, unfinished second does not count. */
void histogram_seconds_add(struct histogram_seconds *seconds, uint64_t now_us, uint64_t us);
/* In milliseconds; a share of 0 is the best second, 0.5 the median. Sorts them. */
double histogram_seconds_ms(struct histogram_seconds *seconds, double share);

void histogram_add(struct histogram *histogram, uint64_t us);
/* The value that a share of all (0 to 1) does not exceed, in milliseconds; 0 if there is none. */
double histogram_quantile_ms(const struct histogram *histogram, double share);

#endif
