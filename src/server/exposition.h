/*
 * The text format that Prometheus reads, version 0.0.4: for each metric one HELP and one TYPE line,
 * then its samples. Names are the caller's and valid; values of labels may be any UTF-8.
 */
#ifndef SERVER_EXPOSITION_H
#define SERVER_EXPOSITION_H

#include "base/buf.h"
#include "base/tally.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct label {
    const char *name;
    struct span value;
};

void exposition_head(struct buf *into, const char *name, enum metric_type type, const char *help);

void exposition_number(struct buf *into, const char *name, const struct label *labels, size_t count,
                       uint64_t value);
/* Microseconds, shown as seconds. */
void exposition_seconds(struct buf *into, const char *name, const struct label *labels,
                        size_t count, uint64_t us);
/* Buckets (cumulative, in seconds), sum and count. */
void exposition_histogram(struct buf *into, const char *name, const struct label *labels,
                          size_t count, const struct durations_read *durations);

#endif
