#include "cli/bench/rest.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define AHEAD 16
#define ACCOUNTS_A_CALL 100
#define MAX_REPLY (1u << 20)

bool rest_open(struct rest *rest, const struct bench_server *server)
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

void rest_close(struct rest *rest)
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
        fprintf(stderr, "magpie bench: a call was refused: %.*s\n",
                (int)(total - (size_t)(head_end - rest->in.p) - 4), head_end + 4);
        rest->failed = true;
    }
    memmove(rest->in.p, rest->in.p + total, rest->in.n - total);
    rest->in.n -= total;
    rest->under_way--;
    return true;
}

bool rest_wait(struct rest *rest, uint32_t left)
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

bool rest_call(struct rest *rest, const char *command, struct span body)
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

bool rest_import_accounts(struct rest *rest, const char *prefix, uint64_t count)
{
    struct buf body;
    bool ok = true;

    buf_init(&body, 65536);
    for (uint64_t at = 0; ok && at < count; at += ACCOUNTS_A_CALL) {
        uint64_t end = count - at < ACCOUNTS_A_CALL ? count : at + ACCOUNTS_A_CALL;

        buf_reset(&body);
        BUF_LIT(&body, "{\"Accounts\":[");
        for (uint64_t i = at; i < end; i++)
            buf_printf(&body, "%s\"%s%llu\"", i > at ? "," : "", prefix, (unsigned long long)i);
        BUF_LIT(&body, "]}");
        ok = rest_call(rest, "im_open_login_svc/multiaccount_import", buf_span(&body));
        bench_progress("importing accounts: %llu of %llu", (unsigned long long)end,
                       (unsigned long long)count);
    }
    buf_release(&body);
    return ok && rest_wait(rest, 0);
}
