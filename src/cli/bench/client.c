#include "cli/bench/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/json.h"
#include "wire/ws.h"

#define READ_BYTES (512u * 1024)
#define MAX_FRAME (4u << 20)
#define EVENTS_A_TURN 512

struct client_loop {
    struct client_target target;
    struct client_events events;
    int epoll;
    struct client *clients;
    uint32_t count;
    uint32_t *dirty;
    uint32_t dirty_count;
    char *read_buffer;
};

uint64_t bench_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

const char *client_name(uint32_t index, char into[24])
{
    snprintf(into, 24, "bench%u", index);
    return into;
}

struct client_loop *client_loop_new(const struct client_target *target,
                                    const struct client_events *events, uint32_t clients)
{
    struct client_loop *loop = mem_zalloc(sizeof(*loop));

    loop->target = *target;
    loop->events = *events;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK(loop->epoll >= 0);
    loop->clients = mem_zalloc(clients * sizeof(*loop->clients));
    loop->dirty = mem_zalloc(clients * sizeof(*loop->dirty));
    loop->count = clients;
    loop->read_buffer = mem_alloc(READ_BYTES);
    for (uint32_t i = 0; i < clients; i++) {
        loop->clients[i].index = i;
        loop->clients[i].fd = -1;
        buf_init(&loop->clients[i].in, MAX_FRAME);
        buf_init(&loop->clients[i].out, MAX_FRAME);
    }
    return loop;
}

void client_loop_free(struct client_loop *loop)
{
    if (!loop)
        return;
    for (uint32_t i = 0; i < loop->count; i++) {
        client_stop(loop, &loop->clients[i]);
        buf_release(&loop->clients[i].in);
        buf_release(&loop->clients[i].out);
    }
    close(loop->epoll);
    free(loop->clients);
    free(loop->dirty);
    free(loop->read_buffer);
    free(loop);
}

struct client *client_at(struct client_loop *loop, uint32_t index)
{
    return &loop->clients[index];
}

/* ---- writing ---- */

static void mark_dirty(struct client_loop *loop, struct client *client)
{
    if (client->dirty)
        return;
    client->dirty = true;
    loop->dirty[loop->dirty_count++] = client->index;
}

static void watch(struct client_loop *loop, struct client *client, bool write)
{
    struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0),
                                .data.u32 = client->index};

    client->want_write = write;
    CHECK(epoll_ctl(loop->epoll, EPOLL_CTL_MOD, client->fd, &event) == 0);
}

static void closed(struct client_loop *loop, struct client *client)
{
    client_stop(loop, client);
    loop->events.on_closed(loop->events.arg, client);
}

static void flush(struct client_loop *loop, struct client *client)
{
    size_t at = 0;

    while (client->fd >= 0 && at < client->out.n) {
        ssize_t n = write(client->fd, client->out.p + at, client->out.n - at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            closed(loop, client);
            return;
        }
        at += (size_t)n;
    }
    memmove(client->out.p, client->out.p + at, client->out.n - at);
    client->out.n -= at;
    if ((client->out.n > 0) != client->want_write)
        watch(loop, client, client->out.n > 0);
}

static void flush_dirty(struct client_loop *loop)
{
    for (uint32_t i = 0; i < loop->dirty_count; i++) {
        struct client *client = &loop->clients[loop->dirty[i]];

        client->dirty = false;
        if (client->fd >= 0 && client->out.n)
            flush(loop, client);
    }
    loop->dirty_count = 0;
}

/* Fixed parts of a head, as the official SDK sends them (websocket-protocol, "Envelope"). */
static size_t put_head(const struct client_loop *loop, const struct client *client, char *into,
                       size_t room, const char *servcmd, uint64_t seq)
{
    char name[24];
    int n = snprintf(into, room,
                     "{\"head\":{\"ver\":\"v4\",\"platform\":7,\"websdkappid\":537048168,"
                     "\"websdkversion\":\"1.7.3\",\"a2\":\"%s\",\"tinyid\":\"%s\","
                     "\"sdkappid\":%u,\"contenttype\":\"json\",\"reqtime\":%ld,"
                     "\"identifier\":\"%s\",\"sdkability\":75689843,\"cs\":0,"
                     "\"servcmd\":\"%s\",\"seq\":%llu},\"body\":",
                     client->a2, client->tinyid, loop->target.sdkappid, (long)time(NULL),
                     client_name(client->index, name), servcmd, (unsigned long long)seq);

    CHECK(n > 0 && (size_t)n < room);
    return (size_t)n;
}

/* A mask of zero is a mask: the frame is masked as RFC 6455 §5.3 asks, at no cost here. */
static void put_frame(struct client *client, struct span head, struct span body)
{
    static const uint8_t mask[4] = {0};
    uint8_t header[14];
    size_t n = ws_put_masked_header(header, WS_BINARY, head.n + body.n + 1, mask);

    buf_add(&client->out, header, n);
    buf_add_span(&client->out, head);
    buf_add_span(&client->out, body);
    buf_add_char(&client->out, '}');
    CHECK(!client->out.overflow);
}

void client_send(struct client_loop *loop, struct client *client, const char *servcmd, uint64_t seq,
                 struct span body)
{
    char head[1024];
    size_t n = put_head(loop, client, head, sizeof(head), servcmd, seq);

    put_frame(client, span_make(head, n), body);
    mark_dirty(loop, client);
}

/* ---- connecting ---- */

bool client_start(struct client_loop *loop, struct client *client)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(loop->target.port)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = client->index};
    int one = 1;

    inet_pton(AF_INET, loop->target.host, &to.sin_addr);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return false;
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    client->started_us = bench_now_us();
    client->state = CLIENT_CONNECTING;
    client->want_write = true;
    client->a2[0] = client->tinyid[0] = '\0';
    buf_reset(&client->in);
    buf_reset(&client->out);
    if (connect(client->fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS) {
        close(client->fd);
        client->fd = -1;
        return false;
    }
    CHECK(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, client->fd, &event) == 0);
    return true;
}

void client_stop(struct client_loop *loop, struct client *client)
{
    (void)loop;
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->state = CLIENT_CLOSED;
}

static void upgrade(struct client_loop *loop, struct client *client)
{
    buf_printf(&client->out,
               "GET /binfo?sdkappid=%u&instanceid=%032x&random=0.5&platform=7&host=unknown&"
               "version=-1&sdkversion=3.6.6 HTTP/1.1\r\nHost: %s:%u\r\nConnection: Upgrade\r\n"
               "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
               loop->target.sdkappid, client->index, loop->target.host, loop->target.port);
    client->state = CLIENT_UPGRADING;
    mark_dirty(loop, client);
}

static void log_in(struct client_loop *loop, struct client *client)
{
    char name[24], head[3072];
    struct buf sig;
    int n;

    client_name(client->index, name);
    buf_init(&sig, USERSIG_MAX_TEXT);
    CHECK(usersig_make(&loop->target.key, loop->target.sdkappid, span_of(name),
                       (uint64_t)time(NULL), 86400, (struct span){0}, &sig) == IM_OK);
    n = snprintf(head, sizeof(head),
                 "{\"head\":{\"ver\":\"v4\",\"platform\":7,\"websdkappid\":537048168,"
                 "\"websdkversion\":\"1.7.3\",\"sdkappid\":%u,\"contenttype\":\"json\","
                 "\"reqtime\":%ld,\"identifier\":\"%s\",\"usersig\":\"%.*s\",\"cs\":0,"
                 "\"servcmd\":\"im_open_status.wslogin\",\"seq\":1},\"body\":",
                 loop->target.sdkappid, (long)time(NULL), name, SPAN_FMT(buf_span(&sig)));
    CHECK(n > 0 && (size_t)n < sizeof(head));
    buf_release(&sig);
    put_frame(client, span_make(head, (size_t)n),
              SPAN_LIT("{\"State\":\"Online\",\"is_web_uniapp\":0,\"InstType\":0,"
                       "\"CustomInfo\":\"\"}"));
    client->state = CLIENT_LOGGING_IN;
    mark_dirty(loop, client);
}

static bool copy_member(struct json body, const char *name, char *into, size_t room)
{
    struct json value = json_member(body, name);

    if (value.type != JSON_STRING || value.text.n - 2 >= room)
        return false;
    memcpy(into, value.text.p + 1, value.text.n - 2);
    into[value.text.n - 2] = '\0';
    return true;
}

static void on_login_frame(struct client_loop *loop, struct client *client, struct span text)
{
    struct json frame, body;

    if (!json_parse(text, &frame)) {
        closed(loop, client);
        return;
    }
    body = json_member(frame, "body");
    if (!copy_member(body, "A2Key", client->a2, sizeof(client->a2)) ||
        !copy_member(body, "TinyId", client->tinyid, sizeof(client->tinyid))) {
        fprintf(stderr, "magpie bench: login refused: %.*s\n", SPAN_FMT(text));
        closed(loop, client);
        return;
    }
    client->state = CLIENT_READY;
    loop->events.on_ready(loop->events.arg, client);
}

/* ---- reading ---- */

/* Handles whole frames at the front; returns how many bytes they were. */
static size_t take_frames(struct client_loop *loop, struct client *client, struct span text)
{
    size_t at = 0;

    while (client->fd >= 0) {
        struct ws_frame frame;
        size_t n;
        enum ws_parse parsed =
            ws_parse_frame(span_make(text.p + at, text.n - at), false, MAX_FRAME, &frame, &n);

        if (parsed == WS_MORE)
            break;
        if (parsed != WS_FRAME || frame.opcode == WS_CLOSE) {
            closed(loop, client);
            break;
        }
        at += n;
        if (frame.opcode != WS_BINARY && frame.opcode != WS_TEXT)
            continue;
        if (client->state == CLIENT_LOGGING_IN)
            on_login_frame(loop, client, frame.payload);
        else
            loop->events.on_frame(loop->events.arg, client, frame.payload);
    }
    return at;
}

static size_t take_upgrade(struct client_loop *loop, struct client *client, struct span text)
{
    const char *end = memmem(text.p, text.n, "\r\n\r\n", 4);

    if (!end)
        return 0;
    if (!span_starts(text, SPAN_LIT("HTTP/1.1 101"))) {
        fprintf(stderr, "magpie bench: no upgrade: %.*s\n", (int)(text.n < 200 ? text.n : 200),
                text.p);
        closed(loop, client);
        return text.n;
    }
    log_in(loop, client);
    return (size_t)(end - text.p) + 4;
}

static void on_bytes(struct client_loop *loop, struct client *client, struct span text)
{
    size_t used = 0;

    if (client->in.n) {
        buf_add_span(&client->in, text);
        text = buf_span(&client->in);
    }
    if (client->state == CLIENT_UPGRADING)
        used = take_upgrade(loop, client, text);
    if (client->state > CLIENT_UPGRADING && client->fd >= 0)
        used += take_frames(loop, client, span_make(text.p + used, text.n - used));
    if (client->fd < 0)
        return;
    if (text.p == client->in.p) {
        memmove(client->in.p, client->in.p + used, client->in.n - used);
        client->in.n -= used;
    } else if (used < text.n) {
        buf_add(&client->in, text.p + used, text.n - used);
    }
}

static void on_readable(struct client_loop *loop, struct client *client)
{
    ssize_t n = read(client->fd, loop->read_buffer, READ_BYTES);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        closed(loop, client);
    else
        on_bytes(loop, client, span_make(loop->read_buffer, (size_t)n));
}

void client_loop_turn(struct client_loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS_A_TURN];
    int n;

    flush_dirty(loop);
    n = epoll_wait(loop->epoll, events, EVENTS_A_TURN, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct client *client = &loop->clients[events[i].data.u32];

        if (client->fd >= 0 && client->state == CLIENT_CONNECTING)
            upgrade(loop, client);
        if (client->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            on_readable(loop, client);
        else if (client->fd >= 0 && events[i].events & EPOLLOUT)
            mark_dirty(loop, client);
    }
    flush_dirty(loop);
}
