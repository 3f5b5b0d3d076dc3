/*
 * One group, or one live room, whose members are each on a connection of their own. A message
 * makes room for the sender's next one when every member has it; with --rate, messages are sent
 * at that rate whatever becomes of them. Members count what they receive by MsgSeq, which must
 * only rise: so many different ones, none outside of what was acknowledged, are all of them, once
 * and in order. Every eighth member also reads the time in the text.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "cli/bench/rest.h"
#include "wire/json.h"

#define GROUP "bench"
#define MEMBERS_A_CALL 100
#define PUBLIC_MEMBERS 2000u
#define JOINS_AHEAD 64u
#define JOIN_DEADLINE_S 120
#define DRAIN_DEADLINE_S 20
#define PROBE_US 500000u
#define FIRST_SEQ 1000u
#define STAMP_BYTES 32 /* 16 hex of time, 8 of the sender, 8 of the number */
#define SAMPLE_EVERY 8u
#define HEARTBEAT_SEQ 8u

struct member {
    uint64_t received;
    uint32_t last_seq;
    uint32_t sent, acked; /* its own messages */
    bool joined;
    bool wrong; /* a seq that did not rise */
};

/* A message of the group by its seq. */
struct message {
    uint32_t receivers;
    uint32_t sender; /* UINT32_MAX: nobody has received it yet */
};

struct run {
    const struct bench_options *options;
    const struct bench_server *server;
    struct bench_report *report;
    bool room;
    struct client_loop *loop;
    struct bench_logins logins;
    struct member *members;
    uint32_t joined, next_join;

    bool echoed; /* the sender receives its own messages */
    bool sending, measuring;
    struct message *messages; /* from first_seq */
    uint32_t message_room;
    uint32_t first_seq, highest_seq; /* acknowledged; 0: none */
    uint64_t sent, acked, refused, received, measured, measured_messages;
    uint32_t complete; /* messages that all have received */
    uint32_t closed;
    struct buf body;
    char filler[8192];
};

/* ---- sending ---- */

static void send_one(struct run *run, uint32_t sender)
{
    uint32_t number = run->members[sender].sent++;

    buf_reset(&run->body);
    buf_printf(&run->body,
               "{\"From_Account\":\"\",\"GroupId\":\"" GROUP "\",\"Random\":%u,\"ClientSeq\":%u,"
               "\"MsgPriority\":\"High\",\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
               "\"MsgContent\":{\"Text\":\"%016llx%08x%08x",
               number * 2654435761u, number, (unsigned long long)bench_now_us(), sender, number);
    buf_add(&run->body, run->filler, run->options->body - STAMP_BYTES);
    buf_printf(&run->body,
               "\"}}],\"CloudCustomData\":\"\",\"OnlineOnlyFlag\":0,\"MsgClientTime\":%u,"
               "\"NeedReadReceipt\":0,\"SupportMessageExtension\":0,\"IsRelayMsg\":0}",
               (unsigned)(bench_now_us() / 1000000));
    client_send(run->loop, client_at(run->loop, sender), "group_open_http_svc.send_group_msg",
                FIRST_SEQ + number, buf_span(&run->body));
    run->sent++;
    if (run->measuring)
        run->report->sent++;
}

/* ---- receiving ---- */

static uint64_t hex(const char *p, int digits)
{
    uint64_t value = 0;

    for (int i = 0; i < digits; i++)
        value = value << 4 | (uint64_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
    return value;
}

/* The digits behind the name; UINT64_MAX: there is no such member. */
static uint64_t number_behind(struct span text, const char *name)
{
    const char *at = memmem(text.p, text.n, name, strlen(name));

    return at ? strtoull(at + strlen(name), NULL, 10) : UINT64_MAX;
}

static const char *stamp_in(struct span text)
{
    static const char name[] = "\"Text\":\"";
    const char *at = memmem(text.p, text.n, name, sizeof(name) - 1);

    return at && at + sizeof(name) - 1 + STAMP_BYTES <= text.p + text.n ? at + sizeof(name) - 1
                                                                        : NULL;
}

static struct message *message_at(struct run *run, uint32_t seq)
{
    uint32_t at;

    if (!run->first_seq)
        run->first_seq = seq;
    if (seq < run->first_seq)
        return NULL;
    at = seq - run->first_seq;
    if (at >= run->message_room) {
        uint32_t room = run->message_room ? run->message_room : 4096;

        while (room <= at)
            room *= 2;
        run->messages = mem_realloc(run->messages, room * sizeof(*run->messages));
        for (uint32_t i = run->message_room; i < room; i++)
            run->messages[i] = (struct message){0, UINT32_MAX};
        run->message_room = room;
    }
    return &run->messages[at];
}

static void on_complete(struct run *run, uint32_t sender)
{
    run->complete++;
    if (run->measuring)
        run->measured_messages++;
    if (run->sending && !run->options->rate && sender < run->options->senders)
        send_one(run, sender);
}

static void on_message(struct run *run, struct client *client, struct span text)
{
    uint64_t seq = number_behind(text, "\"MsgSeq\":");
    struct member *member = &run->members[client->index];
    struct message *message;
    const char *stamp = NULL;

    if (seq == 0 || seq >= UINT32_MAX || (!run->first_seq && !stamp_in(text)) ||
        !(message = message_at(run, (uint32_t)seq)))
        return;
    if (message->sender == UINT32_MAX || client->index % SAMPLE_EVERY == 0) {
        if (!(stamp = stamp_in(text)))
            return; /* a tip */
        message->sender = (uint32_t)hex(stamp + 16, 8);
    }
    member->wrong |= seq <= member->last_seq;
    member->last_seq = (uint32_t)seq;
    member->received++;
    run->received++;
    if (run->measuring) {
        run->measured++;
        if (stamp)
            histogram_add(&run->report->latency, bench_now_us() - hex(stamp, 16));
    }
    if (++message->receivers == run->options->members - !run->echoed)
        on_complete(run, message->sender);
}

static void on_ack(struct run *run, struct client *client, struct span text)
{
    uint64_t seq = number_behind(text, "\"MsgSeq\":");
    uint64_t code = number_behind(text, "\"ErrorCode\":");

    if (code || !seq || seq >= UINT32_MAX) {
        if (!run->refused++)
            fprintf(stderr, "magpie bench: a message was refused: %.*s\n", SPAN_FMT(text));
        return;
    }
    run->acked++;
    run->members[client->index].acked++;
    message_at(run, (uint32_t)seq);
    if (seq > run->highest_seq)
        run->highest_seq = (uint32_t)seq;
}

static void join_more(struct run *run);

static void on_join(struct run *run, struct client *client, struct span text)
{
    if (number_behind(text, "\"ErrorCode\":")) {
        if (!run->refused++)
            fprintf(stderr, "magpie bench: a member was refused: %.*s\n", SPAN_FMT(text));
    } else if (!run->members[client->index].joined) {
        run->members[client->index].joined = true;
        run->joined++;
    }
    join_more(run);
}

static void on_frame(void *arg, struct client *client, struct span text)
{
    struct run *run = arg;
    uint64_t seq;

    /* Room tips and notices have no text. */
    if (span_starts(text, SPAN_LIT("{\"head\":{\"servcmd\":\"im_open_push"))) {
        on_message(run, client, text);
        return;
    }
    seq = number_behind(text, "\"seq\":");
    if (seq == UINT64_MAX || seq == HEARTBEAT_SEQ)
        return;
    if (seq >= FIRST_SEQ)
        on_ack(run, client, text);
    else
        on_join(run, client, text);
}

static void on_ready(void *arg, struct client *client)
{
    bench_logins_on_ready(&((struct run *)arg)->logins, client);
}

static void on_closed(void *arg, struct client *client)
{
    struct run *run = arg;

    (void)client;
    run->closed++;
    bench_logins_on_closed(&run->logins);
}

/* ---- the group ---- */

static bool add_members(struct rest *rest, uint32_t members)
{
    struct buf body;
    char name[24];
    bool ok = true;

    buf_init(&body, 65536);
    for (uint32_t at = 1; ok && at < members; at += MEMBERS_A_CALL) {
        uint32_t end = members - at < MEMBERS_A_CALL ? members : at + MEMBERS_A_CALL;

        buf_reset(&body);
        BUF_LIT(&body, "{\"GroupId\":\"" GROUP "\",\"Silence\":1,\"MemberList\":[");
        for (uint32_t i = at; i < end; i++)
            buf_printf(&body, "%s{\"Member_Account\":\"%s\"}", i > at ? "," : "",
                       client_name(i, name));
        BUF_LIT(&body, "]}");
        ok = rest_call(rest, "group_open_http_svc/add_group_member", buf_span(&body));
        bench_progress("adding members: %u of %u", end, members);
    }
    buf_release(&body);
    return ok && rest_wait(rest, 0);
}

static bool make_group(const struct run *run)
{
    uint32_t members = run->options->members;
    const char *type = run->room ? "AVChatRoom" : members <= PUBLIC_MEMBERS ? "Public" : "ChatRoom";
    struct rest rest;
    struct buf body;
    char name[24];
    bool ok;

    buf_init(&body, 1024);
    buf_printf(&body,
               "{\"Owner_Account\":\"%s\",\"Type\":\"%s\",\"GroupId\":\"" GROUP
               "\",\"Name\":\"bench\",\"ApplyJoinOption\":\"FreeAccess\"}",
               client_name(0, name), type);
    ok = rest_open(&rest, run->server) && rest_import_accounts(&rest, "bench", members) &&
         rest_call(&rest, "group_open_http_svc/create_group", buf_span(&body)) &&
         rest_wait(&rest, 0) && (run->room || add_members(&rest, members));
    rest_close(&rest);
    buf_release(&body);
    if (!ok)
        fprintf(stderr, "magpie bench: the group could not be made\n");
    return ok;
}

static void join_more(struct run *run)
{
    while (run->next_join < run->options->members && run->next_join < run->joined + JOINS_AHEAD)
        client_send(run->loop, client_at(run->loop, run->next_join++),
                    "group_open_http_svc.apply_join_group", 2,
                    SPAN_LIT("{\"GroupId\":\"" GROUP "\",\"ApplyMsg\":\"\",\"WebPushFlag\":1}"));
}

static bool enter_room(struct run *run)
{
    uint64_t until = bench_now_us() + JOIN_DEADLINE_S * 1000000ull;

    join_more(run);
    while (run->joined < run->options->members && bench_now_us() < until && !run->refused &&
           !run->closed) {
        client_loop_turn(run->loop, 50);
        bench_progress("in the room: %u of %u", run->joined, run->options->members);
    }
    if (run->joined < run->options->members)
        fprintf(stderr, "magpie bench: only %u of %u are in the room\n", run->joined,
                run->options->members);
    return run->joined == run->options->members;
}

/* ---- the run ---- */

/* One message to all, to learn whether its sender's own terminal receives it as well. */
static bool probe(struct run *run)
{
    uint64_t until = bench_now_us() + DRAIN_DEADLINE_S * 1000000ull, quiet;
    uint64_t others = run->options->members - 1;

    send_one(run, 0);
    while ((!run->acked || run->received < others) && bench_now_us() < until && !run->closed)
        client_loop_turn(run->loop, 50);
    quiet = bench_now_us() + PROBE_US;
    while (bench_now_us() < quiet)
        client_loop_turn(run->loop, 50);
    run->echoed = run->members[0].received > 0;
    if (run->received != others + run->echoed || !run->acked)
        fprintf(stderr, "magpie bench: of %u members %llu received the first message\n",
                run->options->members, (unsigned long long)run->received);
    return run->acked && run->received == others + run->echoed;
}

static void run_for(struct run *run, uint32_t seconds, const char *what)
{
    uint64_t started = bench_now_us(), until = started + seconds * 1000000ull, now;
    uint64_t before = run->received, due = 0;
    uint32_t rate = run->options->rate;

    while ((now = bench_now_us()) < until && !run->closed && !run->refused) {
        while (rate && due * 1000000 / rate <= now - started) {
            send_one(run, (uint32_t)(due % run->options->senders));
            due++;
        }
        client_loop_turn(run->loop, rate ? 1 : 50);
        bench_progress("%s: %2.0f of %u s, %.0f delivered/s", what, (double)(now - started) / 1e6,
                       seconds,
                       (double)(run->received - before) * 1e6 / (double)(now - started + 1));
    }
}

static void drain(struct run *run)
{
    uint64_t until = bench_now_us() + DRAIN_DEADLINE_S * 1000000ull;
    uint64_t each = run->options->members - !run->echoed;

    while ((run->acked < run->sent || run->received < run->sent * each) && bench_now_us() < until &&
           !run->closed && !run->refused)
        client_loop_turn(run->loop, 50);
}

static void judge(struct run *run)
{
    struct bench_report *report = run->report;
    uint64_t wrong = 0;

    report->members = run->options->members;
    report->acked = run->acked;
    report->delivered = run->received;
    for (uint32_t i = 0; i < run->options->members; i++) {
        const struct member *member = &run->members[i];
        uint64_t expected = run->acked - (run->echoed ? 0 : member->acked);

        wrong +=
            member->wrong || member->received != expected || member->last_seq > run->highest_seq;
    }
    report->broken = wrong || run->closed || run->refused || run->acked != run->sent ||
                     run->highest_seq - run->first_seq + 1 != run->acked;
    if (report->broken)
        fprintf(stderr,
                "magpie bench: of %llu sent, %llu were acknowledged, seq %u to %u, %llu delivered "
                "to %u members; %llu members miss some or had them twice or out of order; %u "
                "connections were lost\n",
                (unsigned long long)run->sent, (unsigned long long)run->acked, run->first_seq,
                run->highest_seq, (unsigned long long)run->received, run->options->members,
                (unsigned long long)wrong, run->closed);
}

static void measure(struct run *run)
{
    struct bench_report *report = run->report;
    double cpu_before = 0, cpu_after = 0;
    uint64_t commits, started;

    bench_server_usage(run->server, &cpu_before, &report->server_rss_bytes);
    commits = bench_server_commits(run->server);
    started = bench_now_us();
    run->measuring = true;
    run_for(run, run->options->seconds, "measuring");
    run->measuring = false;
    report->seconds = (double)(bench_now_us() - started) / 1e6;
    report->delivered_per_s = (double)run->measured / report->seconds;
    report->messages_per_s = (double)run->measured_messages / report->seconds;
    report->fsyncs_per_s = (double)(bench_server_commits(run->server) - commits) / report->seconds;
    if (bench_server_usage(run->server, &cpu_after, &report->server_rss_bytes))
        report->server_cpu = (cpu_after - cpu_before) / report->seconds;
}

static bool run_all(struct run *run)
{
    if (!make_group(run) || !bench_logins_run(&run->logins) || (run->room && !enter_room(run)) ||
        !probe(run))
        return false;
    run->sending = true;
    for (uint32_t i = 0; i < run->options->senders && !run->options->rate; i++) {
        for (uint32_t j = 0; j < run->options->window; j++)
            send_one(run, i);
    }
    run_for(run, run->options->warmup, "warming up");
    measure(run);
    run->sending = false;
    drain(run);
    judge(run);
    return true;
}

bool bench_group(const struct bench_options *options, const struct bench_server *server,
                 struct bench_report *report, bool room)
{
    struct run run = {.options = options, .server = server, .report = report, .room = room};
    const struct client_events events = {on_ready, on_frame, on_closed, &run};
    bool ok;

    memset(run.filler, 'x', sizeof(run.filler));
    buf_init(&run.body, 65536);
    run.members = mem_zalloc(options->members * sizeof(*run.members));
    run.loop = client_loop_new(&server->target, &events, options->members);
    run.logins = (struct bench_logins){
        .loop = run.loop, .count = options->members, .concurrency = options->concurrency};
    run.echoed = true;
    ok = run_all(&run);
    free(run.members);
    free(run.messages);
    client_loop_free(run.loop);
    buf_release(&run.body);
    return ok;
}
