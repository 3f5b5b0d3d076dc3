#include "server/metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "gateway/stats.h"
#include "server/clock.h"
#include "server/exposition.h"
#include "server/options.h"
#include "server/process.h"

/* Of the server as a whole. */
struct server_look {
    struct process_stats process;
    struct shard_host_stats host;
    uint64_t one, well;
    uint64_t started_us;
};

struct metrics {
    struct shard_host *host;
    const struct gateway *gateways[MAX_GATEWAYS];
    _Atomic(uint32_t) gateway_count;

    /* Of the scrape that runs. */
    struct server_look server;
    const struct shard_stats *shard;
    struct gateway_stats looks[MAX_GATEWAYS];
    uint32_t look_count;
};

/* ---- the table ---- */

/* Whose value it is, and with it the labels that its samples have. */
enum source {
    SERVER,
    SHARD,
    GATEWAY, /* gateway="0", one sample each */
    APP,     /* app="1400000001", for the apps that were asked for */
};

enum unit {
    NUMBER,
    MICROSECONDS, /* shown as seconds */
    DURATIONS,    /* struct durations_read */
    NAMED,        /* of an app: 1, with its name as a label */
};

/* Rows with one name stand together; the first has the help. */
struct metric {
    const char *name;
    enum metric_type type;
    enum unit unit;
    enum source source;
    size_t offset;
    const char *label, *value; /* NULL: no label of its own */
    const char *help;
};

#define COUNTER METRIC_COUNTER
#define GAUGE METRIC_GAUGE
#define HISTOGRAM METRIC_HISTOGRAM
#define IN_SERVER(member) SERVER, offsetof(struct server_look, member)
#define IN_SHARD(member) SHARD, offsetof(struct shard_stats, member)
#define IN_GATEWAY(member) GATEWAY, offsetof(struct gateway_stats, member)
#define COUNTED(count) GATEWAY, offsetof(struct gateway_stats, counts) + (count) * sizeof(uint64_t)
#define CALLER(array, kind) SHARD, offsetof(struct shard_stats, counts.array) + (kind)*8
#define IN_APP(member) APP, offsetof(struct app_stats, member)

static const struct metric table[] = {
    {"magpie_build_info", GAUGE, NUMBER, IN_SERVER(one), "version", MAGPIE_VERSION,
     "The version that runs; always 1."},
    {"magpie_up", GAUGE, NUMBER, IN_SERVER(well), NULL, NULL,
     "1 while the journal takes what is written."},

    /* The process. */
    {"process_start_time_seconds", GAUGE, MICROSECONDS, IN_SERVER(started_us), NULL, NULL,
     "When the server started, in seconds since 1970."},
    {"process_cpu_seconds_total", COUNTER, MICROSECONDS, IN_SERVER(process.cpu_us), NULL, NULL,
     "Processor time of all threads."},
    {"process_resident_memory_bytes", GAUGE, NUMBER, IN_SERVER(process.resident_bytes), NULL, NULL,
     "Memory in use."},
    {"process_virtual_memory_bytes", GAUGE, NUMBER, IN_SERVER(process.virtual_bytes), NULL, NULL,
     "Address space in use."},
    {"process_open_fds", GAUGE, NUMBER, IN_SERVER(process.open_fds), NULL, NULL,
     "Open files, without the sockets: each gateway has a table of its own."},
    {"process_max_fds", GAUGE, NUMBER, IN_SERVER(process.max_fds), NULL, NULL,
     "Files that may be open, of the process and again of each gateway."},
    {"process_threads", GAUGE, NUMBER, IN_SERVER(process.threads), NULL, NULL, "Threads."},
    {"magpie_thread_cpu_seconds_total", COUNTER, MICROSECONDS, IN_SERVER(host.cpu_us), "thread",
     "shard",
     "Processor time of the threads that clients wait for; a whole second a second is all."},
    {"magpie_thread_cpu_seconds_total", COUNTER, MICROSECONDS, IN_GATEWAY(cpu_us), "thread",
     "gateway", NULL},

    /* Gateways. */
    {"magpie_connections", GAUGE, NUMBER, COUNTED(GATEWAY_HTTP_NOW), "kind", "http",
     "Connections that are open."},
    {"magpie_connections", GAUGE, NUMBER, COUNTED(GATEWAY_WS_NOW), "kind", "ws", NULL},
    {"magpie_connections", GAUGE, NUMBER, COUNTED(GATEWAY_ADMIN_NOW), "kind", "admin", NULL},
    {"magpie_connections_accepted_total", COUNTER, NUMBER, COUNTED(GATEWAY_ACCEPTED), NULL, NULL,
     "Connections that were taken."},
    {"magpie_connections_closed_total", COUNTER, NUMBER, COUNTED(GATEWAY_CLOSED), NULL, NULL,
     "Of them: those that have ended."},
    {"magpie_connections_refused_total", COUNTER, NUMBER, COUNTED(GATEWAY_REFUSED), NULL, NULL,
     "Connections that could not be taken (no descriptors left) or may not come in."},
    {"magpie_connections_cut_total", COUNTER, NUMBER, COUNTED(GATEWAY_CUT), NULL, NULL,
     "Connections cut off because they read too slowly."},
    {"magpie_connections_stopped", GAUGE, NUMBER, COUNTED(GATEWAY_STOPPED), NULL, NULL,
     "Connections that are not read until the shard has answered others."},
    {"magpie_websocket_upgrades_total", COUNTER, NUMBER, COUNTED(GATEWAY_UPGRADES), NULL, NULL,
     "Connections that became WebSockets."},
    {"magpie_gateway_requests_total", COUNTER, NUMBER, COUNTED(GATEWAY_REST), "kind", "http",
     "Requests read from sockets: HTTP of clients, messages of WebSockets, the admin API."},
    {"magpie_gateway_requests_total", COUNTER, NUMBER, COUNTED(GATEWAY_MESSAGES), "kind", "ws",
     NULL},
    {"magpie_gateway_requests_total", COUNTER, NUMBER, COUNTED(GATEWAY_ADMIN), "kind", "admin",
     NULL},
    {"magpie_received_bytes_total", COUNTER, NUMBER, COUNTED(GATEWAY_RECEIVED), NULL, NULL,
     "Bytes read from sockets, with TLS as they came."},
    {"magpie_sent_bytes_total", COUNTER, NUMBER, COUNTED(GATEWAY_SENT), NULL, NULL,
     "Bytes given to sockets, with TLS as they went."},
    {"magpie_pushes_sent_total", COUNTER, NUMBER, COUNTED(GATEWAY_PUSHES), NULL, NULL,
     "Pushes written to sockets; one to a thousand sockets is a thousand."},
    {"magpie_pushes_lost_total", COUNTER, NUMBER, IN_GATEWAY(bus.pushes_lost), NULL, NULL,
     "Pushes for which the gateway had no room; their sockets are closed, and ask again."},
    {"magpie_early_replies_total", COUNTER, NUMBER, IN_GATEWAY(bus.early_replies), NULL, NULL,
     "Replies of reads that did not wait for the commit under way."},
    {"magpie_histories_total", COUNTER, NUMBER, COUNTED(GATEWAY_HISTORIES), "read", "at_once",
     "Replies with messages of the journal; at_once: all of them lay in memory, else a thread "
     "that may wait for the disk read them."},
    {"magpie_histories_total", COUNTER, NUMBER, COUNTED(GATEWAY_FETCHED), "read", "by_thread",
     NULL},
    {"magpie_signature_checks_total", COUNTER, NUMBER, COUNTED(GATEWAY_SIG_VALID), "result",
     "valid", "UserSigs that were checked; locked: not looked at, after too many invalid ones."},
    {"magpie_signature_checks_total", COUNTER, NUMBER, COUNTED(GATEWAY_SIG_INVALID), "result",
     "invalid", NULL},
    {"magpie_signature_checks_total", COUNTER, NUMBER, COUNTED(GATEWAY_SIG_EXPIRED), "result",
     "expired", NULL},
    {"magpie_signature_checks_total", COUNTER, NUMBER, COUNTED(GATEWAY_SIG_LOCKED), "result",
     "locked", NULL},
    {"magpie_request_duration_seconds", HISTOGRAM, DURATIONS, IN_GATEWAY(requests), NULL, NULL,
     "From a request that was read until its reply may be written, with the commit; without "
     "polls that wait for something to happen."},
    {"magpie_gateway_requests_pending", GAUGE, NUMBER, COUNTED(GATEWAY_UNDER_WAY), NULL, NULL,
     "Requests that the shard has not answered, polls among them."},
    {"magpie_gateway_polls_pending", GAUGE, NUMBER, COUNTED(GATEWAY_HELD), NULL, NULL,
     "Of them: polls."},
    {"magpie_gateway_requests_queued", GAUGE, NUMBER, IN_GATEWAY(bus.requests_waiting), NULL, NULL,
     "Requests that the shard has not taken yet."},
    {"magpie_gateway_outputs_queued", GAUGE, NUMBER, IN_GATEWAY(bus.outputs_waiting), NULL, NULL,
     "Replies and pushes that wait for their commit or for the gateway."},
    {"magpie_gateway_histories_pending", GAUGE, NUMBER, COUNTED(GATEWAY_HISTORY), NULL, NULL,
     "Replies whose messages are being read from the journal."},
    {"magpie_gateway_queued_bytes", GAUGE, NUMBER, COUNTED(GATEWAY_QUEUED), NULL, NULL,
     "Bytes that sockets did not take yet."},
    {"magpie_gateway_kept_bytes", GAUGE, NUMBER, COUNTED(GATEWAY_KEPT), NULL, NULL,
     "Bytes kept for clients that came back, until they have compared."},

    /* The shard. */
    {"magpie_core_time_seconds", GAUGE, MICROSECONDS, IN_SHARD(now_us), NULL, NULL,
     "The clock that days and months go by, in seconds since 1970."},
    {"magpie_requests_total", COUNTER, NUMBER, CALLER(requests, CALLER_NOBODY), "caller", "nobody",
     "Requests that the shard has run, by who calls."},
    {"magpie_requests_total", COUNTER, NUMBER, CALLER(requests, CALLER_USER), "caller", "user",
     NULL},
    {"magpie_requests_total", COUNTER, NUMBER, CALLER(requests, CALLER_ADMIN), "caller",
     "administrator", NULL},
    {"magpie_requests_total", COUNTER, NUMBER, CALLER(requests, CALLER_OPERATOR), "caller",
     "operator", NULL},
    {"magpie_requests_total", COUNTER, NUMBER, CALLER(requests, CALLER_TOKEN), "caller", "token",
     NULL},
    {"magpie_requests_total", COUNTER, NUMBER, CALLER(requests, CALLER_SYSTEM), "caller", "system",
     NULL},
    {"magpie_requests_refused_total", COUNTER, NUMBER, CALLER(refused, CALLER_NOBODY), "caller",
     "nobody", "Of them: those that were answered with an error."},
    {"magpie_requests_refused_total", COUNTER, NUMBER, CALLER(refused, CALLER_USER), "caller",
     "user", NULL},
    {"magpie_requests_refused_total", COUNTER, NUMBER, CALLER(refused, CALLER_ADMIN), "caller",
     "administrator", NULL},
    {"magpie_requests_refused_total", COUNTER, NUMBER, CALLER(refused, CALLER_OPERATOR), "caller",
     "operator", NULL},
    {"magpie_requests_refused_total", COUNTER, NUMBER, CALLER(refused, CALLER_TOKEN), "caller",
     "token", NULL},
    {"magpie_requests_refused_total", COUNTER, NUMBER, CALLER(refused, CALLER_SYSTEM), "caller",
     "system", NULL},
    {"magpie_requests_parked_total", COUNTER, NUMBER, IN_SHARD(counts.parked), NULL, NULL,
     "Times that a request had to wait for rows from the disk."},
    {"magpie_requests_parked", GAUGE, NUMBER, IN_SHARD(counts.parked_now), NULL, NULL,
     "Requests that wait for rows now."},
    {"magpie_requests_held", GAUGE, NUMBER, IN_SHARD(held), NULL, NULL,
     "Polls that wait for something to happen."},
    {"magpie_timers", GAUGE, NUMBER, IN_SHARD(timers), NULL, NULL, "Timers that are set."},
    {"magpie_shard_busy", GAUGE, NUMBER, IN_SHARD(busy), NULL, NULL,
     "1 while the shard takes nothing new, until the disk has caught up."},
    {"magpie_facts_total", COUNTER, NUMBER, IN_SHARD(counts.facts), NULL, NULL,
     "Facts that were applied."},
    {"magpie_pushes_total", COUNTER, NUMBER, IN_SHARD(counts.pushes), NULL, NULL,
     "Pushes that commands made, one for each socket."},

    /* The journal. */
    {"magpie_journal_records_total", COUNTER, NUMBER, IN_SHARD(records), NULL, NULL,
     "Records appended since the first start; it goes on over restarts."},
    {"magpie_journal_lag_records", GAUGE, NUMBER, IN_SHARD(records_behind), NULL, NULL,
     "Of them: those that are not durable yet."},
    {"magpie_journal_lag_bytes", GAUGE, NUMBER, IN_SHARD(bytes_behind), NULL, NULL, "Their bytes."},
    {"magpie_journal_commit_duration_seconds", HISTOGRAM, DURATIONS, IN_SHARD(journal.commit), NULL,
     NULL, "Each write to the journal with its sync."},
    {"magpie_journal_written_bytes_total", COUNTER, NUMBER, IN_SHARD(journal.committed_bytes), NULL,
     NULL, "Bytes of all commits."},
    {"magpie_journal_segments", GAUGE, NUMBER, IN_SHARD(journal.segments), NULL, NULL,
     "Files of the journal."},
    {"magpie_journal_ready_bytes", GAUGE, NUMBER, IN_SHARD(journal.room_bytes), NULL, NULL,
     "Room in files that are zeroed already: commits that need no more disk."},

    /* Rows. */
    {"magpie_cache_rows", GAUGE, NUMBER, IN_SHARD(state.cached_rows), NULL, NULL,
     "Rows in memory."},
    {"magpie_cache_bytes", GAUGE, NUMBER, IN_SHARD(state.cached_bytes), NULL, NULL,
     "Their bytes, changed ones among them."},
    {"magpie_cache_limit_bytes", GAUGE, NUMBER, IN_SHARD(cache_limit_bytes), NULL, NULL,
     "The bound of unchanged rows (--cache-mb)."},
    {"magpie_cache_dirty_rows", GAUGE, NUMBER, IN_SHARD(state.dirty_rows), NULL, NULL,
     "Rows changed since the last checkpoint began."},
    {"magpie_cache_dirty_bytes", GAUGE, NUMBER, IN_SHARD(state.dirty_bytes), NULL, NULL,
     "Their bytes."},
    {"magpie_cache_hits_total", COUNTER, NUMBER, IN_SHARD(state.hits), NULL, NULL,
     "Rows that were asked for and were in memory."},
    {"magpie_cache_loads_total", COUNTER, NUMBER, IN_SHARD(state.loads), NULL, NULL,
     "Rows and collections that had to be read."},
    {"magpie_cache_evicted_total", COUNTER, NUMBER, IN_SHARD(state.evicted), NULL, NULL,
     "Rows that made room for others."},
    {"magpie_row_load_duration_seconds", HISTOGRAM, DURATIONS, IN_SERVER(host.loads), NULL, NULL,
     "Each reading of the rows that a request waits for."},
    {"magpie_checkpoint_duration_seconds", HISTOGRAM, DURATIONS, IN_SERVER(host.checkpoints), NULL,
     NULL, "Each writing of a checkpoint."},
    {"magpie_checkpoints_failed_total", COUNTER, NUMBER, IN_SHARD(counts.checkpoints_failed), NULL,
     NULL, "Checkpoints that could not be written and were tried again."},
    {"magpie_checkpoint_age_seconds", GAUGE, MICROSECONDS, IN_SHARD(checkpoint_age_us), NULL, NULL,
     "Since the stored checkpoint was taken, or the start; 0 if nothing was recorded since."},
    {"magpie_checkpoint_lag_records", GAUGE, NUMBER, IN_SHARD(checkpoint_records), NULL, NULL,
     "Records that a start would have to replay."},

    /* Months and warnings. */
    {"magpie_close_held", GAUGE, NUMBER, IN_SHARD(close_held), NULL, NULL,
     "1: the clock jumped, and no month is closed until the operator accepts it."},
    {"magpie_close_bills_left", GAUGE, NUMBER, IN_SHARD(bills_left), NULL, NULL,
     "Bills of a month that is over and are not made yet."},
    {"magpie_close_time_seconds", GAUGE, MICROSECONDS, IN_SHARD(closed_us), NULL, NULL,
     "When the last month was closed, in seconds since 1970; 0: none was."},
    {"magpie_bills_total", COUNTER, NUMBER, IN_SHARD(counts.bills), NULL, NULL,
     "Bills that were made."},
    {"magpie_outbox_waiting", GAUGE, NUMBER, IN_SHARD(counts.outbox_waiting), NULL, NULL,
     "Warnings that their targets have not taken yet."},
    {"magpie_outbox_posts_total", COUNTER, NUMBER, IN_SHARD(counts.outbox_taken), "result", "taken",
     "Posts of warnings, by what became of them."},
    {"magpie_outbox_posts_total", COUNTER, NUMBER, IN_SHARD(counts.outbox_failed), "result",
     "failed", NULL},
    {"magpie_outbox_given_up_total", COUNTER, NUMBER, IN_SHARD(counts.outbox_given_up), NULL, NULL,
     "Warnings that no target took in all attempts."},

    /* All apps together. */
    {"magpie_apps", GAUGE, NUMBER, IN_SHARD(counts.apps), NULL, NULL, "Apps."},
    {"magpie_accounts", GAUGE, NUMBER, IN_SHARD(counts.accounts), NULL, NULL,
     "Accounts of all apps."},
    {"magpie_accounts_online", GAUGE, NUMBER, IN_SHARD(accounts_online), NULL, NULL,
     "Accounts with a terminal that is online."},
    {"magpie_sessions", GAUGE, NUMBER, IN_SHARD(sessions), NULL, NULL,
     "Terminals that are online."},
    {"magpie_accounts_registered_total", COUNTER, NUMBER, IN_SHARD(counts.registered), NULL, NULL,
     "Accounts that were made."},
    {"magpie_logins_total", COUNTER, NUMBER, IN_SHARD(counts.logins), NULL, NULL, "Logins."},
    {"magpie_messages_total", COUNTER, NUMBER, IN_SHARD(counts.c2c_messages), "kind", "c2c",
     "Messages that were accepted and count as usage, each once."},
    {"magpie_messages_total", COUNTER, NUMBER, IN_SHARD(counts.group_messages), "kind", "group",
     NULL},
    {"magpie_group_messages_refused_total", COUNTER, NUMBER,
     IN_SHARD(counts.group_messages_refused), NULL, NULL,
     "Messages over the limit of a group, which were not stored."},
    {"magpie_calls_total", COUNTER, NUMBER, IN_SHARD(counts.calls), NULL, NULL,
     "Calls of the REST API that were admitted."},
    {"magpie_calls_refused_total", COUNTER, NUMBER, IN_SHARD(counts.calls_refused), NULL, NULL,
     "Calls over a limit of their app."},

    /* The apps that were asked for. */
    {"magpie_app_info", GAUGE, NAMED, IN_APP(app), NULL, NULL, "The name of the app; always 1."},
    {"magpie_app_accounts", GAUGE, NUMBER, IN_APP(accounts), NULL, NULL, "Accounts of the app."},
    {"magpie_app_accounts_online", GAUGE, NUMBER, IN_APP(online), NULL, NULL,
     "Accounts with a terminal that is online."},
    {"magpie_app_online_peak_today", GAUGE, NUMBER, IN_APP(online_peak), NULL, NULL,
     "Most accounts online at once today."},
    {"magpie_app_login_users_today", GAUGE, NUMBER, IN_APP(login_users), NULL, NULL,
     "Accounts that logged in today: the DAU."},
    {"magpie_app_active_users_today", GAUGE, NUMBER, IN_APP(active_users), NULL, NULL,
     "Accounts that logged in, sent or were otherwise active today."},
    {"magpie_app_logins_today", GAUGE, NUMBER, IN_APP(logins), NULL, NULL, "Logins of today."},
    {"magpie_app_messages_today", GAUGE, NUMBER, IN_APP(c2c_messages), "kind", "c2c",
     "Messages of today, as usage counts them."},
    {"magpie_app_messages_today", GAUGE, NUMBER, IN_APP(group_messages), "kind", "group", NULL},
    {"magpie_app_calls_today", GAUGE, NUMBER, IN_APP(calls), NULL, NULL,
     "Calls of the REST API of today."},
    {"magpie_app_calls_refused_today", GAUGE, NUMBER, IN_APP(calls_refused), NULL, NULL,
     "Calls of today over a limit."},
};
#define TABLE_ROWS (sizeof(table) / sizeof(table[0]))

/* ---- looking ---- */

static void look(struct metrics *metrics, const struct shard_stats *shard)
{
    process_stats(&metrics->server.process);
    shard_host_stats(metrics->host, &metrics->server.host);
    metrics->server.well = !journal_failed(shard_journal(shard_host_shard(metrics->host)));
    metrics->shard = shard;
    metrics->look_count = atomic_load(&metrics->gateway_count);
    for (uint32_t i = 0; i < metrics->look_count; i++)
        gateway_stats(metrics->gateways[i], &metrics->looks[i]);
}

static uint32_t samples_of(const struct metrics *metrics, enum source source)
{
    if (source == GATEWAY)
        return metrics->look_count;
    return source == APP ? metrics->shard->app_count : 1;
}

static const void *place_of(const struct metrics *metrics, const struct metric *metric, uint32_t i)
{
    const char *base = metric->source == SERVER    ? (const char *)&metrics->server
                       : metric->source == SHARD   ? (const char *)metrics->shard
                       : metric->source == GATEWAY ? (const char *)&metrics->looks[i]
                                                   : (const char *)&metrics->shard->apps[i];

    return base + metric->offset;
}

/* ---- writing ---- */

static void write_value(struct buf *into, const struct metric *metric, const void *place,
                        const struct label *labels, size_t count)
{
    switch (metric->unit) {
    case NUMBER:
        exposition_number(into, metric->name, labels, count, *(const uint64_t *)place);
        break;
    case MICROSECONDS:
        exposition_seconds(into, metric->name, labels, count, *(const uint64_t *)place);
        break;
    case DURATIONS:
        exposition_histogram(into, metric->name, labels, count, place);
        break;
    case NAMED:
        exposition_number(into, metric->name, labels, count, 1);
        break;
    }
}

static void write_sample(const struct metrics *metrics, struct buf *into,
                         const struct metric *metric, uint32_t i)
{
    struct label labels[3];
    char number[12];
    size_t count = 0;

    if (metric->source == GATEWAY) {
        snprintf(number, sizeof(number), "%u", i);
        labels[count++] = (struct label){"gateway", span_of(number)};
    } else if (metric->source == APP) {
        snprintf(number, sizeof(number), "%u", metrics->shard->apps[i].app.v);
        labels[count++] = (struct label){"app", span_of(number)};
    }
    if (metric->label)
        labels[count++] = (struct label){metric->label, span_of(metric->value)};
    if (metric->unit == NAMED)
        labels[count++] = (struct label){"name", metrics->shard->apps[i].name};
    write_value(into, metric, place_of(metrics, metric, i), labels, count);
}

void metrics_write(void *arg, const struct shard_stats *shard, struct buf *into)
{
    struct metrics *metrics = arg;

    look(metrics, shard);
    for (const struct metric *metric = table; metric < table + TABLE_ROWS; metric++) {
        uint32_t samples = samples_of(metrics, metric->source);

        if (metric->help && samples)
            exposition_head(into, metric->name, metric->type, metric->help);
        for (uint32_t i = 0; i < samples; i++)
            write_sample(metrics, into, metric, i);
    }
}

/* ---- life ---- */

struct metrics *metrics_new(struct shard_host *host)
{
    struct metrics *metrics = mem_zalloc(sizeof(*metrics));

    metrics->host = host;
    metrics->server.one = 1;
    metrics->server.started_us = system_wall_us();
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

void metrics_add_gateway(struct metrics *metrics, const struct gateway *gateway)
{
    uint32_t count = atomic_load(&metrics->gateway_count);

    metrics->gateways[count] = gateway;
    atomic_store(&metrics->gateway_count, count + 1);
}
