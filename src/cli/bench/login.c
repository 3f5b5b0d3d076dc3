/* Many clients that log in, and what they cost while they do nothing. */
#include <stdio.h>

#include "cli/bench/bench.h"

#define LOGIN_DEADLINE_S 120

static void start_next(struct bench_logins *logins)
{
    while (logins->next < logins->count &&
           logins->next - logins->ready - logins->failed < logins->concurrency) {
        if (!client_start(logins->loop, client_at(logins->loop, logins->next++)))
            logins->failed++;
    }
}

void bench_logins_on_ready(struct bench_logins *logins, const struct client *client)
{
    logins->ready++;
    if (logins->latency)
        histogram_add(logins->latency, bench_now_us() - client->started_us);
    start_next(logins);
}

void bench_logins_on_closed(struct bench_logins *logins)
{
    logins->failed++;
    start_next(logins);
}

bool bench_logins_run(struct bench_logins *logins)
{
    uint64_t deadline = bench_now_us() + LOGIN_DEADLINE_S * 1000000ull;

    start_next(logins);
    while (logins->ready + logins->failed < logins->count && bench_now_us() < deadline) {
        client_loop_turn(logins->loop, 100);
        bench_progress("logged in: %u of %u", logins->ready, logins->count);
    }
    if (logins->ready < logins->count)
        fprintf(stderr, "magpie bench: %u of %u clients could not log in\n",
                logins->count - logins->ready, logins->count);
    return logins->ready == logins->count;
}

/* ---- the two modes ---- */

static void on_ready(void *arg, struct client *client)
{
    bench_logins_on_ready(arg, client);
}

static void on_frame(void *arg, struct client *client, struct span text)
{
    (void)arg, (void)client, (void)text;
}

static void on_closed(void *arg, struct client *client)
{
    (void)client;
    bench_logins_on_closed(arg);
}

static bool all_log_in(const struct bench_options *options, const struct bench_server *server,
                       struct bench_report *report, struct bench_logins *logins)
{
    const struct client_events events = {on_ready, on_frame, on_closed, logins};
    double cpu_before = 0, cpu_after = 0;
    uint64_t rss_before = 0, rss_after = 0, started;
    bool ok;

    *logins = (struct bench_logins){
        .count = options->conns, .concurrency = options->concurrency, .latency = &report->latency};
    logins->loop = client_loop_new(&server->target, &events, options->conns);
    bench_server_usage(server, &cpu_before, &rss_before);
    started = bench_now_us();
    ok = bench_logins_run(logins);
    report->seconds = (double)(bench_now_us() - started) / 1e6;
    report->logins_per_s = logins->ready / report->seconds;
    if (bench_server_usage(server, &cpu_after, &rss_after)) {
        report->server_cpu = (cpu_after - cpu_before) / report->seconds;
        report->server_rss_bytes = rss_after;
        report->bytes_per_conn =
            options->conns ? ((double)rss_after - (double)rss_before) / options->conns : 0;
    }
    return ok;
}

bool bench_login(const struct bench_options *options, const struct bench_server *server,
                 struct bench_report *report)
{
    struct bench_logins logins;
    bool ok = all_log_in(options, server, report, &logins);

    client_loop_free(logins.loop);
    return ok;
}

/* Memory after the clients have been idle for a while; heartbeats are not needed before 400 s. */
bool bench_idle(const struct bench_options *options, const struct bench_server *server,
                struct bench_report *report)
{
    struct bench_logins logins;
    struct bench_logins warm;
    struct bench_options few = *options;
    uint64_t until, rss, before = 0;
    double cpu;
    bool ok;

    /* What the first logins load once (rows, buffers, threads) is not the price of a connection. */
    few.conns = 100;
    ok = all_log_in(&few, server, report, &warm);
    client_loop_free(warm.loop);
    bench_server_usage(server, &cpu, &before);
    report->latency = (struct histogram){0};
    ok = ok && all_log_in(options, server, report, &logins);
    if (!ok)
        return false;
    until = bench_now_us() + options->seconds * 1000000ull;
    while (bench_now_us() < until) {
        client_loop_turn(logins.loop, 100);
        bench_progress("idle: %u connections", options->conns);
    }
    if (bench_server_usage(server, &cpu, &rss)) {
        report->server_rss_bytes = rss;
        report->bytes_per_conn = ((double)rss - (double)before) / options->conns;
    }
    client_loop_free(logins.loop);
    return true;
}
