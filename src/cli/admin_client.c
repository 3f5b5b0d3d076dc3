#include "cli/admin_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"

#define MAX_REPLY_BYTES (64u << 20)
#define TIMEOUT_S 30

/* ---- the socket ---- */

static int connect_to(const char *data, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        fprintf(stderr, "magpie: the path %s is too long for a socket\n", path);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fprintf(stderr, "magpie: cannot make a socket: %s\n", strerror(errno));
        return -1;
    }
    if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
        return fd;
    }
    if (errno == ENOENT || errno == ECONNREFUSED)
        fprintf(stderr,
                "magpie: no server answers at %s: start one with `magpie serve --data %s`\n", path,
                data);
    else
        fprintf(stderr, "magpie: cannot reach the server at %s: %s\n", path, strerror(errno));
    close(fd);
    return -1;
}

static bool send_all(int fd, struct span bytes)
{
    while (bytes.n) {
        ssize_t sent = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes = (struct span){bytes.p + sent, bytes.n - (size_t)sent};
    }
    return true;
}

/* The value of Content-Length in a reply's head; false: none, or not a number. */
static bool content_length(struct span head, size_t *ret_length)
{
    static const char name[] = "\r\ncontent-length:";
    const char *at = memmem(head.p, head.n, "\r\n", 2);

    for (; at; at = memmem(at + 2, head.n - (size_t)(at + 2 - head.p), "\r\n", 2)) {
        size_t left = head.n - (size_t)(at - head.p);
        struct span digits;
        uint64_t length;

        if (left < sizeof(name) || strncasecmp(at, name, sizeof(name) - 1) != 0)
            continue;
        digits.p = at + sizeof(name) - 1;
        while (*digits.p == ' ')
            digits.p++;
        digits.n = strspn(digits.p, "0123456789");
        if (!span_to_u64(digits, &length) || length > MAX_REPLY_BYTES)
            return false;
        *ret_length = (size_t)length;
        return true;
    }
    return false;
}

/* Reads until head and body are there; the body alone remains in `into`. */
static bool receive(int fd, struct buf *into)
{
    size_t length = 0, head_bytes = 0;

    while (!head_bytes || into->n < head_bytes + length) {
        const char *end;
        ssize_t got;

        if (!buf_reserve(into, 65537))
            return false;
        got = recv(fd, into->p + into->n, 65536, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        into->n += (size_t)got;
        into->p[into->n] = 0;
        end = head_bytes ? NULL : memmem(into->p, into->n, "\r\n\r\n", 4);
        if (!end)
            continue;
        head_bytes = (size_t)(end - into->p) + 4;
        if (!content_length((struct span){into->p, head_bytes}, &length))
            return false;
    }
    memmove(into->p, into->p + head_bytes, length);
    into->n = length;
    return true;
}

static bool exchange(const char *path, int fd, const char *command, struct span body,
                     struct buf *reply)
{
    struct buf request;
    bool ok;

    buf_init(&request, body.n + 512);
    buf_printf(&request,
               "POST /admin/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
               "Connection: close\r\nContent-Length: %zu\r\n\r\n",
               command, body.n);
    buf_add_span(&request, body);
    errno = 0;
    ok = send_all(fd, buf_span(&request)) && receive(fd, reply);
    buf_release(&request);
    if (!ok)
        fprintf(stderr, "magpie: the server at %s did not answer: %s\n", path,
                errno == EAGAIN ? "it took too long"
                : errno         ? strerror(errno)
                                : "it closed the connection");
    return ok;
}

/* ---- calls ---- */

/* True if the reply says that it worked; else one line on stderr. */
static bool reply_check(struct admin_reply *reply)
{
    struct json object;
    uint64_t code;

    if (!json_parse(buf_span(&reply->text), &object) || object.type != JSON_OBJECT ||
        !json_to_u64(json_member(object, "ErrorCode"), &code)) {
        fprintf(stderr, "magpie: the server's answer is not understood\n");
        return false;
    }
    if (code) {
        const char *detail = admin_text(object, "Detail");

        fprintf(stderr, "magpie: %s\n", detail[0] ? detail : admin_text(object, "ErrorInfo"));
        return false;
    }
    reply->object = object;
    reply->result = json_member(object, "Result");
    return true;
}

bool admin_call(const char *data, const char *command, struct span body, struct admin_reply *ret)
{
    struct admin_reply reply = {0};
    struct buf path;
    int fd;
    bool ok = false;

    buf_init(&path, 8192);
    buf_init(&reply.text, MAX_REPLY_BYTES + 131072);
    buf_printf(&path, "%s/" ADMIN_SOCKET_NAME, data);
    buf_add_char(&path, 0);
    fd = path.overflow ? -1 : connect_to(data, path.p);
    if (fd >= 0) {
        ok = exchange(path.p, fd, command, body, &reply.text) && reply_check(&reply);
        close(fd);
    }
    buf_release(&path);
    if (ok)
        *ret = reply;
    else
        buf_release(&reply.text);
    return ok;
}

void admin_reply_release(struct admin_reply *reply)
{
    buf_release(&reply->text);
}

/* ---- requests ---- */

void admin_body_init(struct buf *body)
{
    buf_init(body, 65536);
    buf_add_char(body, '{');
}

static void member(struct buf *body, const char *name)
{
    if (body->n > 1)
        buf_add_char(body, ',');
    json_put_string(body, span_of(name));
    buf_add_char(body, ':');
}

void admin_body_text(struct buf *body, const char *name, const char *value)
{
    member(body, name);
    json_put_string(body, span_of(value));
}

void admin_body_number(struct buf *body, const char *name, uint64_t value)
{
    member(body, name);
    buf_add_u64(body, value);
}

struct span admin_body_end(struct buf *body)
{
    buf_add_char(body, '}');
    return buf_span(body);
}

/* ---- replies ---- */

const char *admin_text(struct json object, const char *name)
{
    static char text[4096];
    struct json value = json_member(object, name);
    struct arena arena;
    struct span span = value.text;

    arena_init(&arena);
    text[0] = 0;
    if (value.type == JSON_STRING)
        json_to_string(value, &arena, &span);
    if (value.type != JSON_NONE && value.type != JSON_NULL) {
        size_t n = span.n < sizeof(text) ? span.n : sizeof(text) - 1;

        memcpy(text, span.p, n);
        text[n] = 0;
    }
    arena_release(&arena);
    return text;
}

uint64_t admin_u64(struct json object, const char *name)
{
    uint64_t value = 0;

    json_to_u64(json_member(object, name), &value);
    return value;
}
