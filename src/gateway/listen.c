#include "gateway/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

#define BACKLOG 4096

static enum im_err parse(const char *text, struct sockaddr_storage *ret)
{
    const char *colon = strrchr(text, ':');
    struct span host = {text, colon ? (size_t)(colon - text) : 0}, port;
    char name[64];
    uint64_t number;

    port = span_of(colon ? colon + 1 : "");
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = (struct span){host.p + 1, host.n - 2};
    if (!host.n || host.n >= sizeof(name) || !span_to_u64(port, &number) || number > 65535)
        return IM_ERR_INVALID;
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    if (uv_ip4_addr(name, (int)number, (struct sockaddr_in *)ret) != 0 &&
        uv_ip6_addr(name, (int)number, (struct sockaddr_in6 *)ret) != 0)
        return IM_ERR_INVALID;
    return IM_OK;
}

static socklen_t address_bytes(const struct sockaddr_storage *at)
{
    return at->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int bind_socket(const struct sockaddr_storage *at, bool share)
{
    int on = 1, fd = socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (share)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)at, address_bytes(at)) == 0)
        return fd;
    on = errno;
    close(fd);
    errno = on;
    return -1;
}

/* The first of several gateways tries without SO_REUSEPORT: with it, two servers of one user
   would share a port unnoticed. */
static int bind_alone_first(const struct gateway *gateway, const struct sockaddr_storage *at,
                            bool share)
{
    if (share && gateway->config.index == 0) {
        int probe = bind_socket(at, false);

        if (probe < 0)
            return -1;
        close(probe);
    }
    return bind_socket(at, share);
}

static void write_address(struct listener *listener, int fd)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof(at);
    char name[INET6_ADDRSTRLEN] = "";

    getsockname(fd, (struct sockaddr *)&at, &n);
    if (at.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&at;

        uv_ip6_name(in6, name, sizeof(name));
        snprintf(listener->address, sizeof(listener->address), "[%s]:%u", name,
                 ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&at;

        uv_ip4_name(in, name, sizeof(name));
        snprintf(listener->address, sizeof(listener->address), "%s:%u", name, ntohs(in->sin_port));
    }
}

enum im_err listener_bind(struct gateway *gateway, struct listener *listener, const char *address)
{
    struct sockaddr_storage at = {0};
    int fd;

    if (parse(address, &at)) {
        log_error("%s is not ADDRESS:PORT with a numeric address", address);
        return IM_ERR_INVALID;
    }
    fd = bind_alone_first(gateway, &at, gateway->config.share_port && listener != &gateway->tokens);
    if (fd < 0) {
        log_error("cannot listen on %s: %s", address, strerror(errno));
        return IM_ERR_IO;
    }
    uv_tcp_init(&gateway->loop, &listener->tcp);
    listener->tcp.data = gateway;
    listener->open = true;
    write_address(listener, fd);
    if (uv_tcp_open(&listener->tcp, fd) != 0) {
        close(fd);
        return IM_ERR_IO;
    }
    return IM_OK;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct gateway *gateway = stream->data;
    const struct listener *listener = (const struct listener *)(const void *)stream;

    /* At the limit of descriptors libuv takes and drops what waits, so this does not spin. */
    if (status < 0) {
        gateway_count(gateway, GATEWAY_REFUSED, 1);
        log_warn("cannot accept a connection: %s", uv_strerror(status));
    } else {
        conn_accept(gateway, stream, listener->tls);
    }
}

enum im_err listener_start(struct listener *listener)
{
    int err = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);

    if (!err)
        return IM_OK;
    log_error("cannot listen on %s: %s", listener->address, uv_strerror(err));
    return IM_ERR_IO;
}
