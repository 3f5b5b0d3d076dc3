#include "cli/admin_client.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "command/admin_route.h"

#define MAX_REPLY_BYTES (64u << 20)
#define TIMEOUT_S 30
#define URL_SCHEME "http://"

/* ---- the connection ---- */

static int set_timeout(int fd)
{
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    return fd;
}

static int connect_socket(const char *data, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
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
    if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) == 0)
        return set_timeout(fd);
    if (errno == ENOENT || errno == ECONNREFUSED)
        fprintf(stderr,
                "magpie: no server answers at %s: start one with `magpie serve --data %s`\n", path,
                data);
    else
        fprintf(stderr, "magpie: cannot reach the server at %s: %s\n", path, strerror(errno));
    close(fd);
    return -1;
}

/* "http://HOST[:PORT]" with or without a '/' at the end. */
static bool split_url(const char *url, char host[256], char port[8])
{
    const char *at = url + sizeof(URL_SCHEME) - 1, *colon;
    size_t n = strcspn(at, "/");

    if (!n || n >= 256 || (at[n] && at[n + 1]))
        return false;
    memcpy(host, at, n);
    host[n] = 0;
    colon = strrchr(host, ':');
    if (!colon || strchr(colon, ']')) {
        memcpy(port, "80", 3);
        return true;
    }
    if (!colon[1] || strlen(colon + 1) > 5)
        return false;
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    host[colon - host] = 0;
    return true;
}

static int connect_url(const char *url)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[256], port[8];
    int fd = -1, err;

    if (!split_url(url, host, port)) {
        fprintf(stderr, "magpie: --server takes http://HOST:PORT, not \"%s\"\n", url);
        return -1;
    }
    /* An IPv6 address stands in brackets in a URL. */
    if (host[0] == '[') {
        memmove(host, host + 1, strlen(host));
        host[strcspn(host, "]")] = 0;
    }
    err = getaddrinfo(host, port, &hints, &found);
    if (err) {
        fprintf(stderr, "magpie: cannot find %s: %s\n", host, gai_strerror(err));
        return -1;
    }
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (fd >= 0 && connect(set_timeout(fd), at->ai_addr, at->ai_addrlen) != 0) {
            err = errno;
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0)
        fprintf(stderr, "magpie: cannot reach the server at %s: %s\n", url, strerror(err));
    return fd;
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

/* The status of a reply's head, 0 if it is none. */
static unsigned head_status(struct span head)
{
    static const char version[] = "HTTP/1.1 ";
    size_t n = sizeof(version) - 1;
    uint64_t status;

    if (head.n < n + 3 || memcmp(head.p, version, n) != 0 ||
        !span_to_u64((struct span){head.p + n, 3}, &status))
        return 0;
    return (unsigned)status;
}

/* Reads until head and body are there; the body alone remains in `into`. */
static bool receive(int fd, struct buf *into, unsigned *ret_status)
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
        *ret_status = head_status((struct span){into->p, head_bytes});
    }
    memmove(into->p, into->p + head_bytes, length);
    into->n = length;
    return true;
}

static bool exchange(const char *where, int fd, const struct buf *request, struct buf *reply,
                     unsigned *ret_status)
{
    bool ok;

    errno = 0;
    ok = send_all(fd, buf_span(request)) && receive(fd, reply, ret_status);
    if (!ok)
        fprintf(stderr, "magpie: the server at %s did not answer: %s\n", where,
                errno == EAGAIN ? "it took too long"
                : errno         ? strerror(errno)
                                : "it closed the connection");
    return ok;
}

/* ---- the request ---- */

static void put_percent(struct buf *into, struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
            (c && strchr("-._~", c)))
            buf_add_char(into, (char)c);
        else
            buf_printf(into, "%%%02X", c);
    }
}

/* A member's value in a path or query. */
static void put_value(struct buf *into, struct json value)
{
    struct arena arena;
    struct span text = value.text;

    arena_init(&arena);
    if (value.type == JSON_STRING)
        json_to_string(value, &arena, &text);
    put_percent(into, text);
    arena_release(&arena);
}

static void put_path(struct buf *into, const struct admin_route *route, struct json body)
{
    struct span path = span_of(route->path), segment, name;

    BUF_LIT(into, ADMIN_PREFIX);
    while (admin_segment_next(&path, &segment)) {
        char text[64] = "";

        buf_add_char(into, '/');
        if (!admin_segment_name(segment, &name)) {
            buf_add_span(into, segment);
            continue;
        }
        memcpy(text, name.p, name.n < sizeof(text) ? name.n : sizeof(text) - 1);
        put_value(into, json_member(body, text));
    }
}

static bool in_path(const struct admin_route *route, struct span key)
{
    struct span path = span_of(route->path), segment, name;

    while (admin_segment_next(&path, &segment)) {
        if (admin_segment_name(segment, &name) && span_eq(name, key))
            return true;
    }
    return false;
}

/* What is not in the path: of a GET the query, else a JSON object. */
static void put_rest(struct buf *into, const struct admin_route *route, struct json body)
{
    bool writes = admin_route_writes(route);
    struct json_iter it = json_iter(body);
    const char *between = writes ? "{" : "?";
    struct json value;
    struct span key;

    while (json_next(&it, &key, &value)) {
        if (in_path(route, key))
            continue;
        buf_add_span(into, span_of(between));
        between = writes ? "," : "&";
        if (writes) {
            buf_printf(into, "\"%.*s\":%.*s", SPAN_FMT(key), SPAN_FMT(value.text));
        } else {
            put_percent(into, key);
            buf_add_char(into, '=');
            put_value(into, value);
        }
    }
    if (writes)
        buf_add_span(into, between[0] == '{' ? SPAN_LIT("{}") : SPAN_LIT("}"));
}

static void put_request(struct buf *into, const struct admin_route *route, struct json body,
                        const char *token)
{
    struct buf rest;

    buf_init(&rest, body.text.n * 3 + 1024);
    put_rest(&rest, route, body);
    buf_printf(into, "%s ", route->method);
    put_path(into, route, body);
    if (!admin_route_writes(route))
        buf_add_span(into, buf_span(&rest));
    BUF_LIT(into, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    if (token)
        buf_printf(into, "Authorization: Bearer %s\r\n", token);
    if (admin_route_writes(route)) {
        buf_printf(into, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", rest.n);
        buf_add_span(into, buf_span(&rest));
    } else {
        BUF_LIT(into, "\r\n");
    }
    buf_release(&rest);
}

/* ---- calls ---- */

/* True if the reply says that it worked; else one line on stderr. */
static bool reply_check(struct admin_reply *reply, unsigned status)
{
    struct json object;

    if (!status || !json_parse(buf_span(&reply->text), &object) || object.type != JSON_OBJECT) {
        fprintf(stderr, "magpie: the server's answer is not understood\n");
        return false;
    }
    if (status / 100 != 2) {
        const char *detail = admin_text(object, "detail");

        fprintf(stderr, "magpie: %s\n", detail[0] ? detail : "the server refused");
        return false;
    }
    reply->object = reply->result = object;
    return true;
}

static bool call(const char *where, int fd, const struct admin_route *route, struct json body,
                 const char *token, struct admin_reply *reply)
{
    struct buf request;
    unsigned status = 0;
    bool ok;

    buf_init(&request, body.text.n * 6 + 8192);
    put_request(&request, route, body, token);
    ok = exchange(where, fd, &request, &reply->text, &status) && reply_check(reply, status);
    buf_release(&request);
    return ok;
}

/* Finds the command and reads the members; these are of this program's own making. */
static const struct admin_route *route_of(const char *name, struct span body, struct json *ret_body)
{
    const struct command *command = command_find(SPAN_LIT("admin"), span_of(name));

    CHECK(command && command->operation.admin);
    CHECK(json_parse(body, ret_body) && ret_body->type == JSON_OBJECT);
    return command->operation.admin;
}

bool admin_call(const char *data, const char *command, struct span body, struct admin_reply *ret)
{
    bool by_url = strncmp(data, URL_SCHEME, sizeof(URL_SCHEME) - 1) == 0, ok = false;
    struct admin_reply reply = {0};
    struct buf path;
    struct json members;
    const struct admin_route *route = route_of(command, body, &members);
    int fd;

    buf_init(&path, 8192);
    buf_init(&reply.text, MAX_REPLY_BYTES + 131072);
    buf_printf(&path, by_url ? "%s" : "%s/" ADMIN_SOCKET_NAME, data);
    buf_add_char(&path, 0);
    if (path.overflow)
        fd = -1;
    else
        fd = by_url ? connect_url(path.p) : connect_socket(data, path.p);
    if (fd >= 0) {
        ok = call(path.p, fd, route, members, by_url ? getenv(ADMIN_TOKEN_ENV) : NULL, &reply);
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

void admin_body_json(struct buf *body, const char *name, struct span json)
{
    member(body, name);
    buf_add_span(body, json);
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
