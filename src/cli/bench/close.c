/*
 * The end of a month under load. A deployment of many apps whose month has just ended is made
 * (deployment.h), a server started on it, and users of the first app send one-to-one messages at a
 * fixed rate: a while before the operator lets the close begin, while it runs, a while behind it.
 * The latency of a message is from its sending to its reply, which leaves once it is durable. A
 * message belongs to the close if any moment of it does. Afterwards each app's bill is looked at.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/admin_client.h"
#include "cli/bench/bench.h"
#include "cli/bench/deployment.h"
#include "core/usage/calendar.h"

#define FIRST_SEQ 1000u
#define RING (1u << 20) /* messages under way at most */
#define POLL_MS 20
#define CLOSE_DEADLINE_S 600
#define DRAIN_DEADLINE_S 20
#define AFTER_S 5u

enum phase { WARMING_UP, BEFORE, DURING, AFTER, PHASES };

struct sent {
    uint64_t us;
    enum phase phase;
};

struct run {
    const struct bench_options *options;
    struct deployment deployment;
    struct bench_server server;
    struct client_loop *loop;
    struct bench_logins logins;
    struct buf body;
    char filler[8192];
    enum phase phase;
    struct sent *ring;
    uint64_t sent, acked, refused, lost;
    struct histogram latency[PHASES];
    uint64_t phase_sent[PHASES];
    double phase_s[PHASES];
    double server_cpu; /* cores, while it closes */
    /* Of the thread that asks how far it is. */
    uint64_t accepted_us;
    _Atomic(uint64_t) closed_us; /* 0: not yet, 1: it failed */
    uint64_t bills, drafts, wrong;
};

/* ---- messages ---- */

static void send_next(struct run *run)
{
    uint64_t number = run->sent++;
    uint32_t from = (uint32_t)(number * 7919 % run->options->users);
    char to[24];

    run->ring[number % RING] = (struct sent){bench_now_us(), run->phase};
    run->phase_sent[run->phase]++;
    buf_reset(&run->body);
    buf_printf(&run->body,
               "{\"From_Account\":\"\",\"To_Account\":\"%s\",\"MsgSeq\":%u,\"MsgRandom\":%u,"
               "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"",
               client_name(from ^ 1, to), (uint32_t)(FIRST_SEQ + number % RING),
               (uint32_t)number * 2654435761u);
    buf_add(&run->body, run->filler, run->options->body);
    buf_printf(&run->body, "\"}}],\"CloudCustomData\":\"\",\"MsgClientTime\":%u}",
               (unsigned)time(NULL));
    client_send(run->loop, client_at(run->loop, from), "openim.sendmsg", FIRST_SEQ + number,
                buf_span(&run->body));
}

static uint64_t number_behind(struct span text, const char *name)
{
    const char *at = memmem(text.p, text.n, name, strlen(name));

    return at ? strtoull(at + strlen(name), NULL, 10) : UINT64_MAX;
}

static enum phase phase_of(enum phase sent, enum phase answered)
{
    return sent != answered && answered >= DURING && sent <= DURING ? DURING : sent;
}

static void on_frame(void *arg, struct client *client, struct span text)
{
    struct run *run = arg;
    const struct sent *sent;
    uint64_t seq;

    (void)client;
    if (span_starts(text, SPAN_LIT("{\"head\":{\"servcmd\":\"im_open_push")))
        return;
    seq = number_behind(text, "\"seq\":");
    if (seq < FIRST_SEQ || seq - FIRST_SEQ >= run->sent)
        return;
    if (number_behind(text, "\"ErrorCode\":")) {
        if (!run->refused++)
            fprintf(stderr, "magpie bench: a message was refused: %.*s\n", SPAN_FMT(text));
        return;
    }
    sent = &run->ring[(seq - FIRST_SEQ) % RING];
    histogram_add(&run->latency[phase_of(sent->phase, run->phase)], bench_now_us() - sent->us);
    run->acked++;
}

static void on_ready(void *arg, struct client *client)
{
    bench_logins_on_ready(&((struct run *)arg)->logins, client);
}

static void on_closed(void *arg, struct client *client)
{
    (void)client;
    ((struct run *)arg)->lost++;
    bench_logins_on_closed(&((struct run *)arg)->logins);
}

/* Sends at the rate for so long, or until the close has ended. */
static void send_for(struct run *run, enum phase phase, uint32_t seconds, const char *what)
{
    uint64_t started = bench_now_us(), until = started + seconds * 1000000ull, now;
    uint64_t sends = 0;

    run->phase = phase;
    while ((now = bench_now_us()) < until && !run->refused && !run->lost &&
           !(phase == DURING && atomic_load(&run->closed_us))) {
        for (; sends * 1000000 / run->options->rate < now - started; sends++)
            send_next(run);
        client_loop_turn(run->loop, 1);
        bench_progress("%s: %.0f s", what, (double)(now - started) / 1e6);
    }
    run->phase_s[phase] = (double)(bench_now_us() - started) / 1e6;
}

static bool drain(struct run *run)
{
    uint64_t until = bench_now_us() + DRAIN_DEADLINE_S * 1000000ull;

    while (run->acked < run->sent && bench_now_us() < until && !run->refused && !run->lost)
        client_loop_turn(run->loop, 50);
    if (run->acked == run->sent)
        return true;
    fprintf(stderr, "magpie bench: of %llu messages %llu were acknowledged\n",
            (unsigned long long)run->sent, (unsigned long long)run->acked);
    return false;
}

/* ---- the close ---- */

/* False: it cannot be asked. */
static bool ask_closing(const struct run *run, const char *command, struct span body, bool *ret_is)
{
    struct admin_reply reply;

    if (!admin_call(run->server.data, command, body, &reply))
        return false;
    *ret_is = json_member(reply.result, "closing").type == JSON_STRING ||
              json_member(reply.result, "held").type == JSON_TRUE;
    admin_reply_release(&reply);
    return true;
}

static void *watch_main(void *arg)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
    struct run *run = arg;
    bool closing = true;
    bool ok =
        ask_closing(run, "close_accept", SPAN_LIT("{\"reason\":\"load generator\"}"), &closing);

    while (ok && closing) {
        nanosleep(&pause, NULL);
        ok = ask_closing(run, "close_show", SPAN_LIT("{}"), &closing);
    }
    atomic_store(&run->closed_us, ok ? bench_now_us() : 1);
    return NULL;
}

static bool close_month(struct run *run)
{
    double cpu_before = 0, cpu_after = 0;
    uint64_t rss;
    pthread_t thread;

    run->accepted_us = bench_now_us();
    if (pthread_create(&thread, NULL, watch_main, run))
        return false;
    bench_server_usage(&run->server, &cpu_before, &rss);
    send_for(run, DURING, CLOSE_DEADLINE_S, "closing");
    if (bench_server_usage(&run->server, &cpu_after, &rss))
        run->server_cpu = (cpu_after - cpu_before) / run->phase_s[DURING];
    if (!atomic_load(&run->closed_us))
        fprintf(stderr, "magpie bench: the month was not closed in %d s\n", CLOSE_DEADLINE_S);
    pthread_join(thread, NULL);
    return atomic_load(&run->closed_us) > 1;
}

static bool measure(struct run *run)
{
    const struct client_events events = {on_ready, on_frame, on_closed, run};
    bool ok;

    run->loop = client_loop_new(&run->server.target, &events, run->options->users);
    run->logins = (struct bench_logins){
        .loop = run->loop, .count = run->options->users, .concurrency = run->options->concurrency};
    ok = bench_logins_run(&run->logins);
    if (ok) {
        send_for(run, WARMING_UP, run->options->warmup, "warming up");
        send_for(run, BEFORE, run->options->seconds, "before the close");
        ok = close_month(run);
        send_for(run, AFTER, AFTER_S, "after the close");
        ok = drain(run) && ok;
    }
    client_loop_free(run->loop);
    return ok;
}

/* ---- what came of it ---- */

static bool look_at_bill(struct run *run, uint32_t i)
{
    const struct deployment *deployment = &run->deployment;
    uint64_t peak = i < deployment->large ? deployment->large_peak : deployment->small_peak;
    char body[64], month[CALENDAR_TEXT_BYTES];
    struct admin_reply reply;
    struct json_iter items;
    struct span key;
    struct json bill;
    bool right;

    snprintf(body, sizeof(body), "{\"app\":%u}", APP_FIRST_ID + i);
    if (!admin_call(run->server.data, "bill_list", span_of(body), &reply))
        return false;
    items = json_iter(json_member(reply.result, "items"));
    if (json_next(&items, &key, &bill)) {
        right = !strcmp(admin_text(bill, "month"), month_format(deployment->month, month)) &&
                admin_u64(bill, "peak_dau") == peak;
        run->bills++;
        run->wrong += !right;
        run->drafts += !strcmp(admin_text(bill, "state"), "draft");
    }
    admin_reply_release(&reply);
    return true;
}

static bool look_at_bills(struct run *run)
{
    bool ok = true;

    for (uint32_t i = 0; ok && i < run->deployment.apps; i++) {
        ok = look_at_bill(run, i);
        bench_progress("bills: %u of %u", i + 1, run->deployment.apps);
    }
    if (run->wrong || run->drafts || run->bills != run->deployment.apps)
        fprintf(stderr, "magpie bench: of %u apps %llu have a bill, %llu of them a wrong one\n",
                run->deployment.apps, (unsigned long long)run->bills,
                (unsigned long long)(run->wrong + run->drafts));
    return ok && !run->wrong && !run->drafts && run->bills == run->deployment.apps;
}

static double ratio(const struct run *run)
{
    double before = histogram_quantile_ms(&run->latency[BEFORE], 0.99);

    return before > 0 ? histogram_quantile_ms(&run->latency[DURING], 0.99) / before : 0;
}

static void print_lines(const struct run *run, double close_s)
{
    static const char *const names[PHASES] = {
        [BEFORE] = "before, ms", [DURING] = "during the close, ms", [AFTER] = "after, ms"};
    const struct deployment *d = &run->deployment;

    printf("%-22s %u, %u of them with %u to %llu logins on each of 7 days\n", "apps", d->apps,
           d->large, d->dau + 1, (unsigned long long)d->large_peak);
    printf("%-22s %.2f s\n%-22s %llu of %u, as expected\n", "close", close_s, "bills",
           (unsigned long long)run->bills, d->apps);
    for (enum phase phase = BEFORE; phase <= AFTER; phase++)
        printf("%-22s p50 %.2f  p99 %.2f  p99.9 %.2f  (%.0f messages/s, %.1f s)\n", names[phase],
               histogram_quantile_ms(&run->latency[phase], 0.5),
               histogram_quantile_ms(&run->latency[phase], 0.99),
               histogram_quantile_ms(&run->latency[phase], 0.999),
               (double)run->phase_sent[phase] / run->phase_s[phase], run->phase_s[phase]);
    printf("%-22s %.2f\n%-22s %.2f cores while it closes\n", "p99 during / before", ratio(run),
           "server", run->server_cpu);
}

static void print_json(const struct run *run, double close_s)
{
    printf("{\"mode\":\"close\",\"apps\":%u,\"large\":%u,\"large_peak\":%llu,\"close_s\":%.3f,"
           "\"bills\":%llu,\"p99_before_ms\":%.3f,\"p99_during_ms\":%.3f,\"p99_after_ms\":%.3f,"
           "\"ratio\":%.2f,\"messages_per_s\":%.0f,\"acked\":%llu,\"server_cpu\":%.2f}\n",
           run->deployment.apps, run->deployment.large,
           (unsigned long long)run->deployment.large_peak, close_s, (unsigned long long)run->bills,
           histogram_quantile_ms(&run->latency[BEFORE], 0.99),
           histogram_quantile_ms(&run->latency[DURING], 0.99),
           histogram_quantile_ms(&run->latency[AFTER], 0.99), ratio(run),
           (double)run->phase_sent[DURING] / run->phase_s[DURING], (unsigned long long)run->acked,
           run->server_cpu);
}

bool bench_close(const struct bench_options *options)
{
    struct run *run = mem_zalloc(sizeof(*run));
    bool ok;

    run->options = options;
    run->deployment =
        (struct deployment){.apps = options->apps, .large = options->large, .dau = options->dau};
    run->ring = mem_zalloc(RING * sizeof(*run->ring));
    memset(run->filler, 'x', sizeof(run->filler));
    buf_init(&run->body, 65536);
    log_set_level(LOG_ERROR);
    ok = bench_server_prepare(&run->server) &&
         deployment_make(run->server.data, &run->deployment) &&
         bench_server_launch(&run->server, APP_FIRST_ID, run->deployment.key) && measure(run) &&
         look_at_bills(run);
    bench_server_stop(&run->server, options->keep);
    if (ok) {
        double close_s = (double)(run->closed_us - run->accepted_us) / 1e6;

        (options->json ? print_json : print_lines)(run, close_s);
    }
    free(run->ring);
    buf_release(&run->body);
    free(run);
    return ok;
}
