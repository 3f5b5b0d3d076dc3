#include "cli/bench/histogram.h"

#include <stdlib.h>
#include <string.h>

/* Values below 64 have a bucket each; above, the 6 bits behind the leading one choose it. */
static uint32_t bucket_of(uint64_t us)
{
    uint32_t shift;

    if (us < 64)
        return (uint32_t)us;
    shift = 63 - (uint32_t)__builtin_clzll(us) - 6;
    if (shift > 37)
        return HISTOGRAM_BUCKETS - 1;
    return (shift + 1) * 64 + (uint32_t)(us >> shift & 63);
}

static uint64_t bucket_value(uint32_t bucket)
{
    uint32_t shift = bucket / 64;

    return shift == 0 ? bucket : (uint64_t)(64 + bucket % 64) << (shift - 1);
}

void histogram_add(struct histogram *histogram, uint64_t us)
{
    histogram->buckets[bucket_of(us)]++;
    histogram->count++;
}

double histogram_quantile_ms(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->count), seen = 0;

    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > wanted)
            return (double)bucket_value(i) / 1000.0;
    }
    return 0;
}

void histogram_seconds_add(struct histogram_seconds *seconds, uint64_t now_us, uint64_t us)
{
    if (!seconds->until_us)
        seconds->until_us = now_us + 1000000;
    if (now_us >= seconds->until_us) {
        if (seconds->count < HISTOGRAM_SECONDS)
            seconds->p99_ms[seconds->count++] = histogram_quantile_ms(&seconds->current, 0.99);
        memset(&seconds->current, 0, sizeof(seconds->current));
        seconds->until_us = now_us + 1000000;
    }
    histogram_add(&seconds->current, us);
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double histogram_seconds_ms(struct histogram_seconds *seconds, double share)
{
    if (!seconds->count)
        return 0;
    qsort(seconds->p99_ms, seconds->count, sizeof(seconds->p99_ms[0]), compare);
    return seconds->p99_ms[(uint32_t)(share * (seconds->count - 1))];
}
