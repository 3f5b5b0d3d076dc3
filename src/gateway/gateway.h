/*
 * A gateway: one thread with a libuv loop that speaks TCP, TLS, HTTP/1.1, WebSocket and JSON with
 * clients, and structs with the shard. Each has listeners of its own (SO_REUSEPORT, the kernel
 * spreads connections) and a descriptor table of its own (unshare(2)), so that the limit of open
 * files is one a gateway and not one a process.
 *
 *   gateway_new     main thread
 *   gateway_start   its thread binds the listeners; before any other file is opened
 *   gateway_serve   it listens and accepts
 *   gateway_stop    it finishes what is under way, at most 5 seconds, and ends
 *   gateway_join    waits for that
 *   gateway_free    once nobody calls gateway_wake any more
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "base/err.h"
#include "bus/bus.h"
#include "core/app/registry.h"
#include "journal/journal.h"
#include "wire/usersig.h"

struct buf;
struct shard_stats; /* core/shard_stats.h */
struct ssl_ctx_st;
struct sig_lock;
struct gateway;

/* Under way at once between one gateway and the shard. */
#define GATEWAY_MAX_REQUESTS 8192u

struct gateway_config {
    uint16_t index;
    bool share_port;          /* other gateways bind the same addresses */
    const char *listen;       /* ADDR:PORT or [ADDR]:PORT; NULL: none */
    const char *tls_listen;   /* NULL: none */
    struct ssl_ctx_st *tls;   /* borrowed */
    const char *admin_listen; /* the admin API; NULL: none */
    const char *admin_socket; /* path of the operator's socket; NULL: none */
    struct sig_lock *locks;   /* borrowed, shared by all gateways */
};

/* What exists only after recovery; borrowed until gateway_free. */
struct gateway_services {
    struct bus_link *link;
    struct app_registry *registry;
    struct journal *journal;
    const struct usersig_key *server_key;
    /* Writes the text of GET /metrics; on the thread of the gateway that has the admin listener.
       NULL: there is no such path. */
    void (*write_metrics)(void *arg, const struct shard_stats *shard, struct buf *into);
    void *write_metrics_arg;
};

struct gateway *gateway_new(const struct gateway_config *config);

/* IM_ERR_IO: a listener cannot be bound; one line in the log says which. The texts stay good
   until gateway_free and hold the ports that were picked; empty if there is no such listener. */
enum im_err gateway_start(struct gateway *gateway);
const char *gateway_address(const struct gateway *gateway);
const char *gateway_tls_address(const struct gateway *gateway);
const char *gateway_admin_address(const struct gateway *gateway);

enum im_err gateway_serve(struct gateway *gateway, const struct gateway_services *services);

/* Any thread; for struct bus_link_config.wake_gateway. */
void gateway_wake(void *gateway);

void gateway_stop(struct gateway *gateway); /* any thread */
void gateway_join(struct gateway *gateway);
void gateway_free(struct gateway *gateway);

#endif
