/*
 * Fills a server by REST over one connection, so many calls ahead of their replies: accounts p0,
 * p1, ... a hundred a call; then messages, five hundred a call, ten to each conversation.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/bench/bench.h"

#define AHEAD 16
#define ACCOUNTS_A_CALL 100
#define RECEIVERS_A_CALL 500
#define MESSAGES_A_CONVERSATION 10
#define MAX_REPLY (1u << 20)

struct rest {
    int fd;
    uint32_t under_way;
    const struct bench_server *server;
    struct buf sig, request, in;
    bool failed;
};

static bool rest_open(struct rest *rest, const struct bench_server *server)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(server->target.port)};
    int one = 1;

    *rest = (struct rest){.server = server};
    buf_init(&rest->sig, USERSIG_MAX_TEXT);
    buf_init(&rest->request, 1u << 20);
    buf_init(&rest->in, MAX_REPLY);
    if (usersig_make(&server->target.key, server->target.sdkappid, SPAN_LIT("administrator"),
                     (uint64_t)time(NULL), 86400, (struct span){0}, &rest->sig))
        return false;
    inet_pton(AF_INET, server->target.host, &to.sin_addr);
    rest->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (rest->fd < 0 || connect(rest->fd, (struct sockaddr *)&to, sizeof(to)))
        return false;
    setsockopt(rest->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return true;
}

static void rest_close(struct rest *rest)
{
    if (rest->fd >= 0)
        close(rest->fd);
    buf_release(&rest->sig);
    buf_release(&rest->request);
    buf_release(&rest->in);
}

/* Takes one reply from the front of what was read; false: not complete. */
static bool take_reply(struct rest *rest)
{
    static const char name[] = "Content-Length:";
    const char *head_end = memmem(rest->in.p, rest->in.n, "\r\n\r\n", 4);
    const char *length;
    size_t total;

    if (!head_end)
        return false;
    length = memmem(rest->in.p, (size_t)(head_end - rest->in.p), name, sizeof(name) - 1);
    if (!length) {
        rest->failed = true;
        return false;
    }
    total = (size_t)(head_end + 4 - rest->in.p) + strtoul(length + sizeof(name) - 1, NULL, 10);
    if (rest->in.n < total)
        return false;
    if (!memmem(head_end, total - (size_t)(head_end - rest->in.p), "\"ErrorCode\":0", 13)) {
        fprintf(stderr, "magpie bench: preloading was refused: %.*s\n",
                (int)(total - (size_t)(head_end - rest->in.p) - 4), head_end + 4);
        rest->failed = true;
    }
    memmove(rest->in.p, rest->in.p + total, rest->in.n - total);
    rest->in.n -= total;
    rest->under_way--;
    return true;
}

/* Reads until at most `left` calls are under way. */
static bool rest_wait(struct rest *rest, uint32_t left)
{
    while (rest->under_way > left && !rest->failed) {
        ssize_t n;

        if (rest->in.n && take_reply(rest))
            continue;
        if (!buf_reserve(&rest->in, 65536))
            return false;
        n = read(rest->fd, rest->in.p + rest->in.n, 65536);
        if (n <= 0) {
            fprintf(stderr, "magpie bench: the server closed the connection\n");
            return false;
        }
        rest->in.n += (size_t)n;
    }
    return !rest->failed;
}

static bool rest_call(struct rest *rest, const char *command, struct span body)
{
    size_t at = 0;

    buf_reset(&rest->request);
    buf_printf(&rest->request,
               "POST /v4/%s?sdkappid=%u&identifier=administrator&usersig=%.*s&random=1&"
               "contenttype=json HTTP/1.1\r\nHost: bench\r\nContent-Length: %zu\r\n\r\n",
               command, rest->server->target.sdkappid, SPAN_FMT(buf_span(&rest->sig)), body.n);
    buf_add_span(&rest->request, body);
    while (at < rest->request.n) {
        ssize_t n = write(rest->fd, rest->request.p + at, rest->request.n - at);

        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    rest->under_way++;
    return rest_wait(rest, AHEAD - 1);
}

static void put_names(struct buf *body, uint64_t first, uint64_t count, uint64_t modulo)
{
    for (uint64_t i = 0; i < count; i++)
        buf_printf(body, "%s\"p%llu\"", i ? "," : "", (unsigned long long)((first + i) % modulo));
}

static bool preload_accounts(struct rest *rest, uint64_t accounts)
{
    struct buf body;
    bool ok = true;

    buf_init(&body, 65536);
    for (uint64_t at = 0; ok && at < accounts; at += ACCOUNTS_A_CALL) {
        uint64_t count = accounts - at < ACCOUNTS_A_CALL ? accounts - at : ACCOUNTS_A_CALL;

        buf_reset(&body);
        BUF_LIT(&body, "{\"Accounts\":[");
        put_names(&body, at, count, UINT64_MAX);
        BUF_LIT(&body, "]}");
        ok = rest_call(rest, "im_open_login_svc/multiaccount_import", buf_span(&body));
        bench_progress("preloading accounts: %llu of %llu", (unsigned long long)(at + count),
                       (unsigned long long)accounts);
    }
    buf_release(&body);
    return ok && rest_wait(rest, 0);
}

static bool preload_messages(struct rest *rest, uint64_t accounts, uint64_t messages)
{
    static const char text[] = "a message that was there before, as long as those that are "
                               "measured: one hundred and twenty-eight bytes of text in all, "
                               "or so";
    struct buf body;
    bool ok = true;

    buf_init(&body, 65536);
    for (uint64_t call = 0; ok && call * RECEIVERS_A_CALL < messages; call++) {
        uint64_t round = call / MESSAGES_A_CONVERSATION;
        uint64_t sender = round * 7919 % accounts;

        buf_reset(&body);
        buf_printf(&body, "{\"SyncOtherMachine\":1,\"From_Account\":\"p%llu\",\"To_Account\":[",
                   (unsigned long long)sender);
        put_names(&body, sender + 1, RECEIVERS_A_CALL, accounts);
        buf_printf(&body,
                   "],\"MsgRandom\":%llu,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
                   "\"MsgContent\":{\"Text\":\"%s\"}}]}",
                   (unsigned long long)call, text);
        ok = rest_call(rest, "openim/batchsendmsg", buf_span(&body));
        bench_progress("preloading messages: %llu of %llu",
                       (unsigned long long)((call + 1) * RECEIVERS_A_CALL),
                       (unsigned long long)messages);
    }
    buf_release(&body);
    return ok && rest_wait(rest, 0);
}

bool bench_preload(const struct bench_server *server, uint64_t accounts, uint64_t messages)
{
    struct rest rest;
    bool ok;

    if (messages && accounts < 2 * RECEIVERS_A_CALL) {
        fprintf(stderr, "magpie bench: --preload-messages needs at least %d --preload-accounts\n",
                2 * RECEIVERS_A_CALL);
        return false;
    }
    ok = rest_open(&rest, server) && preload_accounts(&rest, accounts) &&
         preload_messages(&rest, accounts, messages);
    rest_close(&rest);
    if (!ok)
        fprintf(stderr, "magpie bench: preloading failed\n");
    return ok;
}
