/* A real gateway with real sockets; the test that includes this is its clients and its shard. */
#ifndef TESTS_UNIT_GATEWAY_WORLD_H
#define TESTS_UNIT_GATEWAY_WORLD_H

#include "gateway/gateway.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"
#include "command/command.h"
#include "core/message/sync.h"
#include "core/session/login.h"
#include "gateway/gateway_internal.h"
#include "gateway/sig_lock.h"
#include "support/test.h"
#include "wire/a2.h"
#include "wire/ws.h"

#define APP 1400000001u
#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct {
    struct gateway *gateway;
    struct bus_link *link;
    struct app_registry *registry;
    struct sig_lock *locks;
    struct journal *journal;
    struct disk *disk;
    struct usersig_key server_key;
    sem_t requests;
    char directory[64];
} world;

static inline void wake_shard(void *arg)
{
    (void)arg;
    sem_post(&world.requests);
}

static inline void put_app(void)
{
    struct app_row row = {.admin_count = 1};

    memcpy(row.key, SECRET, sizeof(row.key));
    memcpy(row.admins[0], "administrator", 13);
    app_registry_put(world.registry, (struct app_id){APP}, &row);
}

static inline int setup(void **state)
{
    const struct gateway_config config = {.listen = "127.0.0.1:0",
                                          .admin_listen = "127.0.0.1:0",
                                          .locks = world.locks = sig_lock_new()};
    struct bus_link_config link = {.max_requests = GATEWAY_MAX_REQUESTS,
                                   .max_pushes = 1024,
                                   .wake_shard = wake_shard,
                                   .wake_gateway = gateway_wake};
    struct journal_config journal = {.segment_bytes = 65536};
    struct gateway_services services;

    (void)state;
    sem_init(&world.requests, 0, 0);
    snprintf(world.directory, sizeof(world.directory), "/tmp/magpie-gateway-XXXXXX");
    CHECK(mkdtemp(world.directory));
    CHECK(disk_posix_new(world.directory, &world.disk) == IM_OK);
    journal.disk = world.disk;
    CHECK(journal_open(&journal, &world.journal) == IM_OK);
    world.registry = app_registry_new();
    put_app();
    usersig_key_init(&world.server_key, SPAN_LIT("server key"));
    world.gateway = gateway_new(&config);
    CHECK(gateway_start(world.gateway) == IM_OK);
    link.wake_gateway_arg = world.gateway;
    world.link = bus_link_new(&link);
    services = (struct gateway_services){.link = world.link,
                                         .registry = world.registry,
                                         .journal = world.journal,
                                         .server_key = &world.server_key};
    CHECK(gateway_serve(world.gateway, &services) == IM_OK);
    return 0;
}

static inline int teardown(void **state)
{
    char command[128];

    (void)state;
    gateway_stop(world.gateway);
    gateway_join(world.gateway);
    gateway_free(world.gateway);
    bus_link_free(world.link);
    journal_close(world.journal);
    disk_posix_free(world.disk);
    app_registry_free(world.registry);
    sig_lock_free(world.locks);
    snprintf(command, sizeof(command), "rm -rf %s", world.directory);
    return system(command);
}

/* ---- the shard's side ---- */

static inline struct request *next_request(void)
{
    struct timespec until;
    struct request *req;

    while (!(req = bus_take_request(world.link))) {
        if (!bus_shard_may_sleep(world.link))
            continue;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 10;
        CHECK(sem_timedwait(&world.requests, &until) == 0);
    }
    return req;
}

static inline void put_output(const struct output *output)
{
    bus_put_output(world.link, output);
    bus_notify_durable(world.link, 0);
}

static inline void answer(struct request *req, enum im_err err)
{
    const struct output output = {.req = req, .to = req->from, .kind = OUTPUT_REPLY};

    req->err = err;
    put_output(&output);
}

/* ---- the client's side ---- */

static inline int connect_at(const char *address)
{
    const char *colon = strrchr(address, ':');
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static inline int connect_client(void)
{
    return connect_at(gateway_address(world.gateway));
}

static inline void send_bytes(int fd, const void *p, size_t n)
{
    CHECK(send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n);
}

static inline void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

/* Reads until `until` was seen or the peer closed; the text stays good until the next call. */
static inline const char *read_until(int fd, const char *until)
{
    static char text[1 << 16];
    size_t n = 0;

    text[0] = '\0';
    while (n + 1 < sizeof(text) && !strstr(text, until)) {
        ssize_t got = recv(fd, text + n, 1, 0);

        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
    }
    return text;
}

static inline bool is_closed(int fd)
{
    char rest[4096];
    ssize_t n;

    while ((n = recv(fd, rest, sizeof(rest), 0)) > 0)
        ;
    return n == 0;
}

static inline const char *usersig_for(const char *identifier)
{
    static char text[1024];
    struct usersig_key key;
    struct buf buf;

    usersig_key_init(&key, SPAN_LIT(SECRET));
    buf_init(&buf, sizeof(text) - 1);
    CHECK(usersig_make(&key, APP, span_of(identifier), (uint64_t)time(NULL), 3600, (struct span){0},
                       &buf) == IM_OK);
    memcpy(text, buf.p, buf.n);
    text[buf.n] = '\0';
    buf_release(&buf);
    return text;
}

static inline int connect_ws(void)
{
    int fd = connect_client();

    send_text(fd, "GET /binfo?sdkappid=1400000001&instanceid=1 HTTP/1.1\r\nHost: x\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assert_non_null(strstr(read_until(fd, "\r\n\r\n"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    return fd;
}

static inline void send_frame(int fd, enum ws_opcode opcode, bool fin, const char *text)
{
    const uint8_t mask[4] = {1, 2, 3, 4};
    size_t n = strlen(text);
    uint8_t *frame = malloc(n + 14);
    size_t head = ws_put_masked_header(frame, opcode, n, mask);

    if (!fin)
        frame[0] &= 0x7f;
    memcpy(frame + head, text, n);
    ws_unmask(frame + head, n, mask);
    send_bytes(fd, frame, head + n);
    free(frame);
}

/* Returns the payload, NUL-terminated, good until the next call. */
static inline const char *read_frame(int fd, int *ret_opcode)
{
    static char payload[1 << 16];
    uint8_t head[4];
    size_t n;

    CHECK(recv(fd, head, 2, MSG_WAITALL) == 2);
    *ret_opcode = head[0] & 0x0f;
    n = head[1];
    if (n == 126) {
        CHECK(recv(fd, head, 2, MSG_WAITALL) == 2);
        n = (size_t)head[0] << 8 | head[1];
    }
    CHECK(n < sizeof(payload));
    CHECK(n == 0 || recv(fd, payload, n, MSG_WAITALL) == (ssize_t)n);
    payload[n] = '\0';
    return payload;
}

static inline void assert_frame(int fd, int opcode, const char *text)
{
    int got;
    const char *payload = read_frame(fd, &got);

    assert_int_equal(got, opcode);
    if (!strstr(payload, text))
        fail_msg("%s is not in %s", text, payload);
}

static inline const char *a2_text(uint32_t account)
{
    static char text[A2_MAX_TEXT + 1];
    const struct a2_token token = {.app = APP, .account = account, .instance = 9};
    struct buf buf;

    buf_init(&buf, A2_MAX_TEXT);
    a2_make(&world.server_key, &token, &buf);
    memcpy(text, buf.p, buf.n);
    text[buf.n] = '\0';
    buf_release(&buf);
    return text;
}

static inline const char *tinyid_text(uint32_t account)
{
    static char text[21];
    struct buf buf;

    buf_init(&buf, sizeof(text) - 1);
    tinyid_put(&buf, (struct account_no){account});
    memcpy(text, buf.p, buf.n);
    text[buf.n] = '\0';
    buf_release(&buf);
    return text;
}

static inline void send_command(int fd, const char *servcmd, const char *a2, const char *seq)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "{\"head\":{\"servcmd\":\"%s\",\"seq\":%s,\"sdkappid\":%u,"
             "\"a2\":\"%s\",\"tinyid\":\"%s\"},\"body\":{}}",
             servcmd, seq, APP, a2, tinyid_text(5));
    send_frame(fd, WS_BINARY, true, text);
}

static inline void send_hello(int fd, const char *a2, const char *seq)
{
    send_command(fd, "im_open_status.wshello", a2, seq);
}

/* A socket that begins with an a2 is told nothing before it has asked what it missed, unless it
   is refused (ws_keep.h). */
static inline void tell_all(int fd)
{
    send_command(fd, "recentcontact.page_get", a2_text(5), "1");
    answer(next_request(), IM_ERR_OPENIM_TO);
    assert_frame(fd, WS_BINARY, "90003");
}

static inline void bind_ws(int fd, uint64_t session_id)
{
    struct request *req;

    send_hello(fd, a2_text(5), "1");
    req = next_request();
    assert_true(req->has_a2);
    req->bound_session_id = session_id;
    req->account.v = 5;
    answer(req, IM_ERR_CALL_RATE);
    assert_frame(fd, WS_BINARY, "60007");
}

#endif
