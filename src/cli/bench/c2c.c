/*
 * Pairs of users who write to each other, each with `window` messages on their way: a message
 * makes room for the next when it has been delivered. Each carries its sender, its number and its
 * time, so that deliveries are matched and timed. Afterwards the histories are read back: every
 * acknowledged message must have been delivered and must be there, once.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "cli/bench/bench.h"
#include "wire/json.h"

#define DRAIN_DEADLINE_S 20
#define READ_BACK_DEADLINE_S 600
#define FIRST_SEQ 1000u
#define PAGE_MESSAGES 100
#define STAMP_BYTES 32 /* 16 hex of time, 8 of the sender, 8 of the number */

enum { ACKED = 1, DELIVERED = 2, READ_ONCE = 4, READ_TWICE = 8 };

struct user {
    uint32_t sent;
    uint32_t room;
    uint8_t *marks; /* of each message */
};

struct c2c {
    const struct bench_options *options;
    struct client_loop *loop;
    struct bench_logins logins;
    struct user *users;
    struct bench_report *report;
    bool sending, measuring, reading;
    uint64_t acked, delivered; /* all */
    uint64_t measured_delivered;
    uint32_t readers; /* pairs whose history is still being read */
    uint32_t next_reader;
    struct buf body;
    char filler[8192];
    uint32_t closed;
    uint64_t refused;
};

static uint8_t *mark_of(struct c2c *run, uint32_t user, uint32_t number)
{
    if (user >= run->options->users || number >= run->users[user].sent)
        return NULL;
    return &run->users[user].marks[number];
}

static void send_one(struct c2c *run, uint32_t index)
{
    struct user *user = &run->users[index];
    uint32_t number = user->sent++;
    char to[24];

    if (number == user->room) {
        user->room = user->room ? user->room * 2 : 1024;
        user->marks = mem_realloc(user->marks, user->room);
    }
    user->marks[number] = 0;
    buf_reset(&run->body);
    buf_printf(&run->body,
               "{\"From_Account\":\"\",\"To_Account\":\"%s\",\"MsgSeq\":%u,\"MsgRandom\":%u,"
               "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\""
               "%016llx%08x%08x",
               client_name(index ^ 1, to), FIRST_SEQ + number, number * 2654435761u,
               (unsigned long long)bench_now_us(), index, number);
    buf_add(&run->body, run->filler, run->options->body - STAMP_BYTES);
    buf_printf(&run->body,
               "\"}}],\"CloudCustomData\":\"\",\"From_AccountNick\":\"\","
               "\"From_AccountHeadurl\":\"\",\"MsgClientTime\":%u,\"IsNeedReadReceipt\":0,"
               "\"SupportMessageExtension\":0,\"IsRelayMsg\":0}",
               (unsigned)(bench_now_us() / 1000000));
    client_send(run->loop, client_at(run->loop, index), "openim.sendmsg", FIRST_SEQ + number,
                buf_span(&run->body));
    if (run->measuring)
        run->report->sent++;
}

static uint64_t hex(const char *p, int digits)
{
    uint64_t value = 0;

    for (int i = 0; i < digits; i++)
        value = value << 4 | (uint64_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
    return value;
}

/* Calls fn with sender, number and time of each stamped text in a frame. */
static void each_stamp(struct c2c *run, struct span text,
                       void (*fn)(struct c2c *run, uint32_t user, uint32_t number, uint64_t us))
{
    static const char name[] = "\"Text\":\"";
    const char *at = text.p, *end = text.p + text.n;

    while ((at = memmem(at, (size_t)(end - at), name, sizeof(name) - 1))) {
        at += sizeof(name) - 1;
        if (end - at < STAMP_BYTES)
            return;
        fn(run, (uint32_t)hex(at + 16, 8), (uint32_t)hex(at + 24, 8), hex(at, 16));
    }
}

static void on_delivered(struct c2c *run, uint32_t user, uint32_t number, uint64_t us)
{
    uint8_t *mark = mark_of(run, user, number);

    if (!mark || *mark & DELIVERED)
        return;
    *mark |= DELIVERED;
    run->delivered++;
    if (run->measuring) {
        run->measured_delivered++;
        histogram_add(&run->report->latency, bench_now_us() - us);
    }
    if (run->sending)
        send_one(run, user);
}

static void on_read(struct c2c *run, uint32_t user, uint32_t number, uint64_t us)
{
    uint8_t *mark = mark_of(run, user, number);

    (void)us;
    if (mark)
        *mark |= *mark & READ_ONCE ? READ_TWICE : READ_ONCE;
}

/* ---- reading back ---- */

static void ask_page(struct c2c *run, uint32_t index, uint64_t time, struct span key)
{
    char peer[24];

    buf_reset(&run->body);
    buf_printf(&run->body,
               "{\"Peer_Account\":\"%s\",\"MaxCnt\":%d,\"LastMsgTime\":%llu,\"MsgKey\":\"%.*s\","
               "\"WithRecalledMsg\":1,\"GetDirection\":0}",
               client_name(index ^ 1, peer), PAGE_MESSAGES, (unsigned long long)time,
               SPAN_FMT(key));
    client_send(run->loop, client_at(run->loop, index), "openim.getroammsg", 7,
                buf_span(&run->body));
}

static void next_reader(struct c2c *run)
{
    if (run->next_reader >= run->options->users)
        return;
    ask_page(run, run->next_reader, 0, (struct span){0});
    run->next_reader += 2;
}

static void on_page(struct c2c *run, struct client *client, struct span text)
{
    struct json frame, body, key;
    uint64_t complete = 1, time = 0;

    if (!json_parse(text, &frame))
        return;
    body = json_member(frame, "body");
    each_stamp(run, body.text, on_read);
    json_to_u64(json_member(body, "Complete"), &complete);
    json_to_u64(json_member(body, "LastMsgTime"), &time);
    key = json_member(body, "MsgKey");
    if (complete || key.type != JSON_STRING) {
        run->readers--;
        next_reader(run);
    } else {
        ask_page(run, client->index, time, span_make(key.text.p + 1, key.text.n - 2));
    }
}

/* ---- events ---- */

static uint64_t number_behind(struct span text, const char *name)
{
    const char *at = memmem(text.p, text.n, name, strlen(name));

    return at ? strtoull(at + strlen(name), NULL, 10) : UINT64_MAX;
}

static void on_reply(struct c2c *run, struct client *client, struct span text)
{
    uint64_t seq = number_behind(text, "\"seq\":");
    uint64_t code = number_behind(text, "\"ErrorCode\":");
    uint8_t *mark;

    if (run->reading) {
        on_page(run, client, text);
        return;
    }
    if (seq < FIRST_SEQ || seq == UINT64_MAX)
        return;
    mark = mark_of(run, client->index, (uint32_t)(seq - FIRST_SEQ));
    if (code) {
        if (!run->refused++)
            fprintf(stderr, "magpie bench: a message was refused: %.*s\n", SPAN_FMT(text));
        return;
    }
    if (mark && !(*mark & ACKED)) {
        *mark |= ACKED;
        run->acked++;
    }
}

static void on_frame(void *arg, struct client *client, struct span text)
{
    struct c2c *run = arg;
    static const char push[] = "{\"head\":{\"servcmd\":\"im_open_push";

    if (span_starts(text, SPAN_LIT(push)))
        each_stamp(run, text, on_delivered);
    else
        on_reply(run, client, text);
}

static void on_ready(void *arg, struct client *client)
{
    struct c2c *run = arg;

    bench_logins_on_ready(&run->logins, client);
}

static void on_closed(void *arg, struct client *client)
{
    struct c2c *run = arg;

    (void)client;
    run->closed++;
    bench_logins_on_closed(&run->logins);
}

/* ---- the run ---- */

static uint64_t sum_sent(const struct c2c *run)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < run->options->users; i++)
        sum += run->users[i].sent;
    return sum;
}

static void run_for(struct c2c *run, uint32_t seconds, const char *what)
{
    uint64_t started = bench_now_us(), until = started + seconds * 1000000ull, now;
    uint64_t before = run->delivered;

    while ((now = bench_now_us()) < until && !run->closed) {
        client_loop_turn(run->loop, 50);
        bench_progress("%s: %2.0f of %u s, %.0f delivered/s", what, (double)(now - started) / 1e6,
                       seconds,
                       (double)(run->delivered - before) * 1e6 / (double)(now - started + 1));
    }
}

static void drain(struct c2c *run)
{
    uint64_t until = bench_now_us() + DRAIN_DEADLINE_S * 1000000ull, sent = sum_sent(run);

    while ((run->acked < sent || run->delivered < sent) && bench_now_us() < until && !run->closed)
        client_loop_turn(run->loop, 50);
}

static void read_back(struct c2c *run)
{
    uint64_t until = bench_now_us() + READ_BACK_DEADLINE_S * 1000000ull;

    run->reading = true;
    run->readers = run->options->users / 2;
    for (int i = 0; i < 16; i++)
        next_reader(run);
    while (run->readers && bench_now_us() < until && !run->closed) {
        client_loop_turn(run->loop, 50);
        bench_progress("reading back: %u conversations left", run->readers);
    }
}

/* Counts marks; says what is wrong. */
static void judge(struct c2c *run)
{
    uint64_t acked = 0, delivered = 0, read = 0, wrong = 0;

    for (uint32_t i = 0; i < run->options->users; i++) {
        for (uint32_t j = 0; j < run->users[i].sent; j++) {
            uint8_t mark = run->users[i].marks[j];

            acked += mark & ACKED ? 1 : 0;
            delivered += mark & DELIVERED ? 1 : 0;
            read += mark & READ_ONCE ? 1 : 0;
            if (mark & READ_TWICE ||
                (mark & ACKED && (mark & (DELIVERED | READ_ONCE)) != (DELIVERED | READ_ONCE)))
                wrong++;
        }
    }
    run->report->acked = acked;
    run->report->delivered = delivered;
    run->report->read_back = read;
    run->report->broken =
        wrong || run->closed || run->refused || acked != delivered || acked != read;
    if (run->report->broken)
        fprintf(stderr,
                "magpie bench: of %llu sent, %llu were acknowledged, %llu delivered, %llu read "
                "back; %llu are missing or double; %u connections were lost\n",
                (unsigned long long)sum_sent(run), (unsigned long long)acked,
                (unsigned long long)delivered, (unsigned long long)read, (unsigned long long)wrong,
                run->closed);
}

static void measure(struct c2c *run, const struct bench_server *server)
{
    struct bench_report *report = run->report;
    double cpu_before = 0, cpu_after = 0;
    uint64_t commits, started;

    bench_server_usage(server, &cpu_before, &report->server_rss_bytes);
    commits = bench_server_commits(server);
    started = bench_now_us();
    run->measuring = true;
    run_for(run, run->options->seconds, "measuring");
    run->measuring = false;
    report->seconds = (double)(bench_now_us() - started) / 1e6;
    report->delivered_per_s = (double)run->measured_delivered / report->seconds;
    report->fsyncs_per_s = (double)(bench_server_commits(server) - commits) / report->seconds;
    if (bench_server_usage(server, &cpu_after, &report->server_rss_bytes))
        report->server_cpu = (cpu_after - cpu_before) / report->seconds;
}

bool bench_c2c(const struct bench_options *options, const struct bench_server *server,
               struct bench_report *report)
{
    struct c2c run = {.options = options, .report = report};
    const struct client_events events = {on_ready, on_frame, on_closed, &run};
    bool ok;

    memset(run.filler, 'x', sizeof(run.filler));
    buf_init(&run.body, 65536);
    run.users = mem_zalloc(options->users * sizeof(*run.users));
    run.loop = client_loop_new(&server->target, &events, options->users);
    run.logins = (struct bench_logins){
        .loop = run.loop, .count = options->users, .concurrency = options->concurrency};
    ok = bench_logins_run(&run.logins);
    if (ok) {
        run.sending = true;
        for (uint32_t i = 0; i < options->users; i++) {
            for (uint32_t j = 0; j < options->window; j++)
                send_one(&run, i);
        }
        run_for(&run, options->warmup, "warming up");
        measure(&run, server);
        run.sending = false;
        drain(&run);
        read_back(&run);
        judge(&run);
    }
    for (uint32_t i = 0; i < options->users; i++)
        free(run.users[i].marks);
    free(run.users);
    client_loop_free(run.loop);
    buf_release(&run.body);
    return ok;
}
