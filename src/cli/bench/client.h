/*
 * Client terminals of the load generator: WebSocket connections that log in and send and receive
 * frames of the client protocol, many on one epoll loop. One thread.
 * All writing is gathered: a connection's frames of one loop turn leave in one call.
 */
#ifndef CLI_BENCH_CLIENT_H
#define CLI_BENCH_CLIENT_H

#include "base/buf.h"
#include "wire/usersig.h"

enum client_state {
    CLIENT_IDLE,
    CLIENT_CONNECTING,
    CLIENT_UPGRADING,
    CLIENT_LOGGING_IN,
    CLIENT_READY,
    CLIENT_CLOSED
};

struct client {
    int fd;
    enum client_state state;
    uint32_t index;
    bool dirty;      /* has something to write this turn */
    bool want_write; /* the socket was full */
    struct buf in;   /* an incomplete frame */
    struct buf out;
    char a2[160];
    char tinyid[24];
    uint64_t started_us; /* of the connect */
};

struct client_loop;

struct client_events {
    void (*on_ready)(void *arg, struct client *client);
    /* One frame's text: a reply or a push. */
    void (*on_frame)(void *arg, struct client *client, struct span text);
    /* The connection ended; what was under way is lost. */
    void (*on_closed)(void *arg, struct client *client);
    void *arg;
};

struct client_target {
    char host[64]; /* an IPv4 address */
    uint16_t port;
    uint32_t sdkappid;
    struct usersig_key key;
};

struct client_loop *client_loop_new(const struct client_target *target,
                                    const struct client_events *events, uint32_t clients);
void client_loop_free(struct client_loop *loop);
struct client *client_at(struct client_loop *loop, uint32_t index);

/* Account name of a client. */
const char *client_name(uint32_t index, char into[24]);

/* Starts connecting and logging in. False: the connection could not be begun. */
bool client_start(struct client_loop *loop, struct client *client);
void client_stop(struct client_loop *loop, struct client *client);

/* Appends a frame: head with this servcmd and seq, then the body text. */
void client_send(struct client_loop *loop, struct client *client, const char *servcmd, uint64_t seq,
                 struct span body);

/* Waits for events at most timeout_ms, handles them, writes what was gathered. */
void client_loop_turn(struct client_loop *loop, int timeout_ms);

uint64_t bench_now_us(void);

#endif
