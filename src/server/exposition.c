#include "server/exposition.h"

#include <stdio.h>

/* A value of a label escapes the quote as well. */
static void put_escaped(struct buf *into, struct span text, bool quoted)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '\n') {
            BUF_LIT(into, "\\n");
            continue;
        }
        if (c == '\\' || (c == '"' && quoted))
            buf_add_char(into, '\\');
        buf_add_char(into, c);
    }
}

void exposition_head(struct buf *into, const char *name, enum metric_type type, const char *help)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};

    buf_printf(into, "# HELP %s ", name);
    put_escaped(into, span_of(help), false);
    buf_printf(into, "\n# TYPE %s %s\n", name, types[type]);
}

static void put_labels(struct buf *into, const struct label *labels, size_t count)
{
    if (!count)
        return;
    for (size_t i = 0; i < count; i++) {
        buf_add_char(into, i ? ',' : '{');
        buf_add_span(into, span_of(labels[i].name));
        BUF_LIT(into, "=\"");
        put_escaped(into, labels[i].value, true);
        buf_add_char(into, '"');
    }
    buf_add_char(into, '}');
}

static void put_seconds(struct buf *into, uint64_t us)
{
    char part[8];
    size_t n;

    buf_add_u64(into, us / 1000000);
    if (!(us % 1000000))
        return;
    n = (size_t)snprintf(part, sizeof(part), ".%06u", (unsigned)(us % 1000000));
    while (part[n - 1] == '0')
        n--;
    buf_add(into, part, n);
}

void exposition_number(struct buf *into, const char *name, const struct label *labels, size_t count,
                       uint64_t value)
{
    buf_add_span(into, span_of(name));
    put_labels(into, labels, count);
    buf_add_char(into, ' ');
    buf_add_u64(into, value);
    buf_add_char(into, '\n');
}

void exposition_seconds(struct buf *into, const char *name, const struct label *labels,
                        size_t count, uint64_t us)
{
    buf_add_span(into, span_of(name));
    put_labels(into, labels, count);
    buf_add_char(into, ' ');
    put_seconds(into, us);
    buf_add_char(into, '\n');
}

/* `end` in microseconds; UINT64_MAX: the bucket without an end. */
static void put_bucket(struct buf *into, const char *name, const struct label *labels, size_t count,
                       uint64_t end, uint64_t value)
{
    buf_printf(into, "%s_bucket{", name);
    for (size_t i = 0; i < count; i++) {
        buf_printf(into, "%s=\"", labels[i].name);
        put_escaped(into, labels[i].value, true);
        BUF_LIT(into, "\",");
    }
    BUF_LIT(into, "le=\"");
    if (end == UINT64_MAX)
        BUF_LIT(into, "+Inf");
    else
        put_seconds(into, end);
    buf_printf(into, "\"} %llu\n", (unsigned long long)value);
}

void exposition_histogram(struct buf *into, const char *name, const struct label *labels,
                          size_t count, const struct durations_read *durations)
{
    uint64_t total = 0;
    char part[128];

    for (size_t i = 0; i <= DURATION_BOUNDS; i++) {
        total += durations->buckets[i];
        put_bucket(into, name, labels, count,
                   i < DURATION_BOUNDS ? duration_bounds_us[i] : UINT64_MAX, total);
    }
    snprintf(part, sizeof(part), "%s_sum", name);
    exposition_seconds(into, part, labels, count, durations->sum_us);
    snprintf(part, sizeof(part), "%s_count", name);
    exposition_number(into, part, labels, count, total);
}
