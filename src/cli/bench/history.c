/*
 * The newest messages of groups, read while others are written: many groups with a history, each
 * with one reader online. Reads go out at a fixed rate, so that their latency is not their own
 * queue; messages go to the upper half of the groups at --rate. Afterwards the server starts
 * again with nothing in memory, and each group of the lower half is read once. With each read a
 * heartbeat is asked, answered before any shard: what the machine and the load alone cost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "cli/bench/rest.h"

#define GROUPS_A_READER 40u
#define MESSAGES_A_CALL 20u
#define READS_A_SECOND 500u
#define READ_COUNT 20
#define DAY_S 86400u
#define DRAIN_DEADLINE_S 20
#define READ_SEQ 2u
#define CONTROL_SEQ 3u
#define BUSY_GROUPS 500u /* that are written to after the restart */
#define FIRST_SEQ 1000u  /* of sends */

struct run {
    const struct bench_options *options;
    struct bench_server *server;
    struct bench_report *report;
    uint32_t groups, readers;
    uint32_t now_s; /* when it began */
    struct client_loop *loop;
    struct bench_logins logins;
    uint64_t *asked_us;   /* by reader: 0: idle */
    uint64_t *control_us; /* the same of heartbeats, which no shard sees */
    uint64_t chance;
    struct histogram *into; /* NULL: warming up */
    uint64_t reads, answered, refused, random;
    uint32_t writer, burst_left; /* whose groups are written to, and how often still */
    uint32_t next_cold;          /* the next group that is read once */
    bool cold;
    bool only_writes;
    struct buf body;
    char filler[8192];
};

static uint32_t draw(struct run *run, uint32_t below)
{
    run->chance ^= run->chance << 13;
    run->chance ^= run->chance >> 7;
    run->chance ^= run->chance << 17;
    return (uint32_t)(run->chance % below);
}

/* ---- what is there before ---- */

static bool import_group(struct run *run, struct rest *rest, uint32_t i)
{
    char name[24];

    buf_reset(&run->body);
    buf_printf(&run->body,
               "{\"Type\":\"Public\",\"GroupId\":\"h%u\",\"Name\":\"h\",\"Owner_Account\":\"%s\","
               "\"CreateTime\":%u}",
               i, client_name(i % run->readers, name), run->now_s - 2 * DAY_S);
    return rest_call(rest, "group_open_http_svc/import_group", buf_span(&run->body));
}

static bool import_member(struct run *run, struct rest *rest, uint32_t i)
{
    char name[24];

    buf_reset(&run->body);
    buf_printf(&run->body, "{\"GroupId\":\"h%u\",\"MemberList\":[{\"Member_Account\":\"%s\"}]}", i,
               client_name(i % run->readers, name));
    return rest_call(rest, "group_open_http_svc/import_group_member", buf_span(&run->body));
}

/* Messages of group i from number `at` on, of the last but one half day. */
static bool import_messages(struct run *run, struct rest *rest, uint32_t i, uint64_t at)
{
    uint64_t each = run->options->history / run->groups;
    uint64_t end = at + MESSAGES_A_CALL < each ? at + MESSAGES_A_CALL : each;
    char name[24];

    client_name(i % run->readers, name);
    buf_reset(&run->body);
    buf_printf(&run->body, "{\"GroupId\":\"h%u\",\"MsgList\":[", i);
    for (uint64_t j = at; j < end; j++) {
        buf_printf(&run->body,
                   "%s{\"From_Account\":\"%s\",\"SendTime\":%u,\"Random\":%u,\"MsgBody\":[{"
                   "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"",
                   j > at ? "," : "", name, run->now_s - DAY_S + (uint32_t)(j * (DAY_S / 2) / each),
                   (uint32_t)j + 1);
        buf_add(&run->body, run->filler, run->options->body);
        BUF_LIT(&run->body, "\"}}]}");
    }
    BUF_LIT(&run->body, "]}");
    return rest_call(rest, "group_open_http_svc/import_group_msg", buf_span(&run->body));
}

/* Calls of a connection may overtake each other while rows are read; two for the same group are
   never under way together. */
static bool preload(struct run *run)
{
    uint64_t each = run->options->history / run->groups;
    struct rest rest;
    bool ok = rest_open(&rest, run->server) && rest_import_accounts(&rest, "bench", run->readers);

    for (uint32_t i = 0; ok && i < run->groups; i++)
        ok = import_group(run, &rest, i);
    ok = ok && rest_wait(&rest, 0);
    for (uint64_t at = 0; ok && at < each; at += MESSAGES_A_CALL) {
        for (uint32_t i = 0; ok && i < run->groups; i++)
            ok = import_messages(run, &rest, i, at);
        bench_progress("messages in groups: %llu of %llu", (unsigned long long)(at * run->groups),
                       (unsigned long long)run->options->history);
    }
    ok = ok && rest_wait(&rest, 0);
    for (uint32_t i = 0; ok && i < run->groups; i++)
        ok = import_member(run, &rest, i);
    ok = ok && rest_wait(&rest, 0);
    rest_close(&rest);
    return ok;
}

/* ---- reading and writing ---- */

static void read_group(struct run *run, struct client *client, uint32_t group)
{
    buf_reset(&run->body);
    buf_printf(&run->body,
               "{\"GroupId\":\"h%u\",\"ReqMsgNumber\":%d,\"ReqMsgSeq\":%u,\"WithRecalledMsg\":1}",
               group, READ_COUNT, UINT32_MAX);
    run->asked_us[client->index] = bench_now_us();
    run->reads++;
    client_send(run->loop, client, "group_open_http_svc.group_msg_get", READ_SEQ,
                buf_span(&run->body));
}

/* What the machine and the load alone cost: asked with a read, of another connection. */
static void ask_control(struct run *run, uint32_t reader)
{
    if (run->control_us[reader])
        return;
    run->control_us[reader] = bench_now_us();
    client_send(run->loop, client_at(run->loop, reader), "heartbeat.alive", CONTROL_SEQ,
                SPAN_LIT("{}"));
}

/* False: everybody has a read under way, or all were read once. */
static bool read_next(struct run *run)
{
    uint32_t group = run->cold ? run->next_cold : draw(run, run->groups);

    if (run->cold && run->next_cold >= run->groups / 2)
        return false;
    if (run->asked_us[group % run->readers])
        return false;
    run->next_cold += run->cold;
    read_group(run, client_at(run->loop, group % run->readers), group);
    ask_control(run, (group + 1) % run->readers);
    return true;
}

/* A group of the upper half; --burst of them in a row are of one reader, so that their messages
   leave in one write: fewer system calls on both sides. */
static uint32_t group_to_write(struct run *run)
{
    uint32_t half = run->groups / 2, others = run->groups - half, each, first;

    /* After the restart the writers are in groups that are soon warm again: what is measured is
       reading cold groups, not a server that meets its whole load with empty caches. */
    if (run->cold && others > BUSY_GROUPS)
        others = BUSY_GROUPS;
    if (!run->burst_left) {
        run->burst_left = run->options->burst;
        run->writer = draw(run, run->readers < others ? run->readers : others);
    }
    run->burst_left--;
    first = run->writer % run->readers;
    each = others / run->readers;
    return half + first + (each > 1 ? draw(run, each) * run->readers : 0);
}

static void send_next(struct run *run)
{
    uint32_t group = group_to_write(run);

    buf_reset(&run->body);
    buf_printf(&run->body,
               "{\"From_Account\":\"\",\"GroupId\":\"h%u\",\"Random\":%u,\"MsgPriority\":\"High\","
               "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"",
               group, (uint32_t)++run->random * 2654435761u);
    buf_add(&run->body, run->filler, run->options->body);
    BUF_LIT(&run->body, "\"}}],\"CloudCustomData\":\"\",\"OnlineOnlyFlag\":0}");
    client_send(run->loop, client_at(run->loop, group % run->readers),
                "group_open_http_svc.send_group_msg", FIRST_SEQ + run->random,
                buf_span(&run->body));
    run->report->sent++;
}

static uint64_t number_behind(struct span text, const char *name)
{
    const char *at = memmem(text.p, text.n, name, strlen(name));

    return at ? strtoull(at + strlen(name), NULL, 10) : UINT64_MAX;
}

static void on_frame(void *arg, struct client *client, struct span text)
{
    struct run *run = arg;
    uint64_t seq, now = bench_now_us();

    if (span_starts(text, SPAN_LIT("{\"head\":{\"servcmd\":\"im_open_push")))
        return;
    seq = number_behind(text, "\"seq\":");
    if (seq == CONTROL_SEQ && run->control_us[client->index]) {
        if (run->into == &run->report->latency) {
            histogram_add(&run->report->control, now - run->control_us[client->index]);
            histogram_seconds_add(&run->report->control_seconds, now,
                                  now - run->control_us[client->index]);
        }
        run->control_us[client->index] = 0;
        return;
    }
    if (seq != READ_SEQ && (seq < FIRST_SEQ || seq == UINT64_MAX))
        return;
    if (number_behind(text, "\"ErrorCode\":")) {
        if (!run->refused++)
            fprintf(stderr, "magpie bench: refused: %.*s\n", SPAN_FMT(text));
        return;
    }
    if (seq != READ_SEQ) {
        run->report->acked++;
        return;
    }
    run->answered++;
    run->report->read_back += !!memmem(text.p, text.n, "\"RspMsgList\":[{", 15);
    if (run->into)
        histogram_add(run->into, now - run->asked_us[client->index]);
    if (run->into == &run->report->latency)
        histogram_seconds_add(&run->report->latency_seconds, now,
                              now - run->asked_us[client->index]);
    run->asked_us[client->index] = 0;
}

static void on_ready(void *arg, struct client *client)
{
    bench_logins_on_ready(&((struct run *)arg)->logins, client);
}

static void on_closed(void *arg, struct client *client)
{
    (void)client;
    bench_logins_on_closed(&((struct run *)arg)->logins);
}

static bool run_for(struct run *run, uint32_t seconds, const char *what)
{
    uint64_t started = bench_now_us(), until = started + seconds * 1000000ull, now;
    uint64_t sends = 0, reads = 0, rate = run->options->rate;

    while ((now = bench_now_us()) < until && !run->refused && !run->logins.failed &&
           !(run->cold && run->next_cold >= run->groups / 2)) {
        for (; rate && sends * 1000000 / rate < now - started; sends++)
            send_next(run);
        while (!run->only_writes && reads * 1000000 / READS_A_SECOND < now - started &&
               read_next(run))
            reads++;
        client_loop_turn(run->loop, 1);
        bench_progress("%s: %llu reads", what, (unsigned long long)run->answered);
    }
    until = bench_now_us() + DRAIN_DEADLINE_S * 1000000ull;
    while ((run->answered < run->reads || run->report->acked < run->report->sent) &&
           bench_now_us() < until && !run->refused && !run->logins.failed)
        client_loop_turn(run->loop, 50);
    return run->answered == run->reads && run->report->acked == run->report->sent;
}

static bool log_in(struct run *run)
{
    const struct client_events events = {on_ready, on_frame, on_closed, run};

    memset(run->asked_us, 0, run->readers * sizeof(*run->asked_us));
    memset(run->control_us, 0, run->readers * sizeof(*run->control_us));
    run->loop = client_loop_new(&run->server->target, &events, run->readers);
    run->logins = (struct bench_logins){
        .loop = run->loop, .count = run->readers, .concurrency = run->options->concurrency};
    return bench_logins_run(&run->logins);
}

static bool measure_warm(struct run *run)
{
    double cpu_before = 0, cpu_after = 0;
    uint64_t started;
    bool ok = log_in(run) && run_for(run, run->options->warmup, "warming up");

    bench_server_usage(run->server, &cpu_before, &run->report->server_rss_bytes);
    started = bench_now_us();
    run->into = &run->report->latency;
    ok = ok && run_for(run, run->options->seconds, "warm");
    run->report->seconds = (double)(bench_now_us() - started) / 1e6;
    if (bench_server_usage(run->server, &cpu_after, &run->report->server_rss_bytes))
        run->report->server_cpu = (cpu_after - cpu_before) / run->report->seconds;
    client_loop_free(run->loop);
    return ok;
}

static bool measure_cold(struct run *run)
{
    bool ok;

    if (!bench_server_restart_cold(run->server))
        return false;
    run->into = &run->report->cold;
    run->cold = run->only_writes = true;
    ok = log_in(run) && run_for(run, run->options->warmup, "writing");
    run->only_writes = false;
    ok = ok && run_for(run, run->options->seconds, "cold");
    client_loop_free(run->loop);
    return ok;
}

bool bench_history(const struct bench_options *options, struct bench_server *server,
                   struct bench_report *report)
{
    struct run run = {.options = options,
                      .server = server,
                      .report = report,
                      .groups = options->groups,
                      .readers = (options->groups + GROUPS_A_READER - 1) / GROUPS_A_READER,
                      .now_s = (uint32_t)time(NULL),
                      .chance = 88172645463325252u};
    bool ok;

    memset(run.filler, 'x', sizeof(run.filler));
    buf_init(&run.body, 1u << 18);
    run.asked_us = mem_zalloc(run.readers * sizeof(*run.asked_us));
    run.control_us = mem_zalloc(run.readers * sizeof(*run.control_us));
    ok = preload(&run) && measure_warm(&run) && (!server->pid || measure_cold(&run));
    report->broken = !ok || report->read_back != run.reads;
    free(run.asked_us);
    free(run.control_us);
    buf_release(&run.body);
    return ok;
}
