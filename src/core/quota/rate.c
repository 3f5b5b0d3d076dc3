/*
 * Call counters of the running second: an open hash table of (app, command), command 0 being the
 * app as a whole. A new second makes all of it stale at once, so idle apps hold no memory; it
 * grows with the pairs seen in one second and shrinks to its first size after a quiet one. What a
 * start finds of its own second is in the journal: each accepted call is in a record.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "core/quota/limit.h"

#define FIRST_SLOTS 256u
#define MAX_SLOTS (1u << 20)

struct counter {
    uint64_t second; /* other than the table's: free */
    uint32_t app;
    uint16_t command;
    uint16_t zero;
    uint64_t calls;
};

struct rate_table {
    uint64_t second;
    uint32_t slots; /* a power of two */
    uint32_t used;  /* at most half of them */
    uint64_t last_calls;
    struct counter *counters;
};

struct rate_table *rate_table_new(void)
{
    return mem_zalloc(sizeof(struct rate_table));
}

void rate_table_free(struct rate_table *table)
{
    if (!table)
        return;
    free(table->counters);
    free(table);
}

static void resize(struct rate_table *table, uint32_t slots)
{
    free(table->counters);
    table->counters = mem_zalloc(slots * sizeof(*table->counters));
    table->slots = slots;
    table->used = 0;
}

static void start_second(struct rate_table *table, uint64_t second)
{
    table->second = second;
    if (!table->slots || (table->slots > FIRST_SLOTS && table->used < table->slots / 16))
        resize(table, FIRST_SLOTS);
    table->used = 0;
}

/* The slot of a pair or the free one where it belongs. Both numbers are ours, nobody outside can
   choose them to collide. */
static struct counter *find(const struct rate_table *table, uint32_t app, uint16_t command)
{
    uint64_t hash = ((uint64_t)app << 16 | command) * 0x9e3779b97f4a7c15u;
    uint32_t i = (uint32_t)(hash >> 32) & (table->slots - 1);

    while (table->counters[i].second == table->second &&
           (table->counters[i].app != app || table->counters[i].command != command))
        i = (i + 1) & (table->slots - 1);
    return &table->counters[i];
}

static void grow(struct rate_table *table)
{
    struct counter *old = table->counters;
    uint32_t old_slots = table->slots;

    table->counters = NULL;
    resize(table, old_slots * 2);
    for (uint32_t i = 0; i < old_slots; i++) {
        if (old[i].second == table->second) {
            *find(table, old[i].app, old[i].command) = old[i];
            table->used++;
        }
    }
    free(old);
}

/* NULL: no room, which takes half a million pairs in one second. */
static struct counter *counter_of(struct rate_table *table, uint32_t app, uint16_t command)
{
    struct counter *counter = find(table, app, command);

    if (counter->second == table->second)
        return counter;
    if (table->used >= table->slots / 2) {
        if (table->slots >= MAX_SLOTS)
            return NULL;
        grow(table);
        counter = find(table, app, command);
    }
    *counter = (struct counter){.second = table->second, .app = app, .command = command};
    table->used++;
    return counter;
}

static uint64_t start(struct rate_table *table, uint64_t now_us)
{
    uint64_t second = now_us / 1000000 + 1; /* 0 marks slots that were never used */

    if (second != table->second)
        start_second(table, second);
    return second;
}

enum im_err rate_admit(struct rate_table *table, uint64_t now_us, struct app_id app,
                       struct call_limits limits, const struct operation *operation)
{
    struct counter *command = NULL, *whole;

    if (operation->rate == RATE_NONE)
        return IM_OK;
    start(table, now_us);
    /* The app's counter first: making one may move the other. */
    if (!counter_of(table, app.v, 0) || !counter_of(table, app.v, operation->number))
        return IM_ERR_OVERLOADED;
    whole = find(table, app.v, 0);
    command = find(table, app.v, operation->number);
    table->last_calls = command->calls;
    if (command->calls >= limits.of_command)
        return IM_ERR_CALL_RATE;
    if (whole->calls >= limits.of_app)
        return IM_ERR_APP_CALL_RATE;
    table->last_calls = ++command->calls;
    whole->calls++;
    return IM_OK;
}

uint64_t rate_last_calls(const struct rate_table *table)
{
    return table->last_calls;
}

/* ---- after a restart ---- */

static void count(struct rate_table *table, const struct fact_call *fact)
{
    const uint16_t commands[] = {0, fact->command};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        struct counter *counter = counter_of(table, fact->app, commands[i]);

        if (counter)
            counter->calls++;
    }
}

static void count_calls(struct rate_table *table, struct span record)
{
    while (record.n >= sizeof(struct fact_head)) {
        struct fact_call fact;
        struct fact_head head;
        size_t bytes;

        memcpy(&head, record.p, sizeof(head));
        bytes = sizeof(head) + (((size_t)head.payload_bytes + 7) & ~(size_t)7);
        if (bytes > record.n)
            return;
        if (head.kind == FACT_CALL && head.payload_bytes >= sizeof(fact)) {
            memcpy(&fact, record.p + sizeof(head), sizeof(fact));
            count(table, &fact);
        }
        record.p += bytes;
        record.n -= bytes;
    }
}

void rate_table_recover(struct rate_table *table, uint64_t now_us, struct journal *journal)
{
    uint64_t second = start(table, now_us), time_us = 0;
    uint64_t number = journal_next(journal);
    struct buf record;

    if (journal_last_time_us(journal) / 1000000 + 1 != second)
        return;
    buf_init(&record, JOURNAL_MAX_RECORD_BYTES);
    while (--number && journal_read(journal, number, &record, &time_us) == IM_OK &&
           time_us / 1000000 + 1 == second)
        count_calls(table, buf_span(&record));
    buf_release(&record);
}
