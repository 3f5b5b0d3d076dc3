/*
 * Between gateways and a shard in one process.
 *
 * gateway -> shard: a bounded queue of requests from each gateway, single producer and consumer.
 * shard -> gateway: a FIFO of outputs, single producer and consumer, whose room is kept for the
 * replies of all requests that are under way: a reply always fits, a push that does not fit is
 * dropped and its socket is closed, or its sockets are (their messages are safe in history). A
 * push to many takes one place, and of the allowance for pushes one more for every 64 sockets. The
 * shard never waits. Wake-ups are callbacks, made only when the other side may be asleep.
 *
 * A reply that shows nothing beyond what is durable (`shows` of struct output) overtakes what waits
 * in the FIFO, also what its own socket waits for; but never an output of a position that it may
 * show: who reads a message in a history has been pushed it, and told that it was accepted, before.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "core/output.h"

struct bus_link; /* one gateway and one shard */

/* wake_shard and wake_gateway are called on the other side's threads; they must be cheap and
   thread-safe (uv_async_send, an eventfd). `durable` is asked for the position that may leave. */
struct bus_link_config {
    uint32_t max_requests; /* under way at once: posted and not yet answered */
    uint32_t max_pushes;
    void (*wake_shard)(void *arg);
    void *wake_shard_arg;
    void (*wake_gateway)(void *arg);
    void *wake_gateway_arg;
};

struct bus_link *bus_link_new(const struct bus_link_config *config);
void bus_link_free(struct bus_link *link); /* unrefs what is left in it */

/* Gateway thread. False: max_requests are under way; stop reading until a reply was taken. The
   reference passes to the shard only on true. */
bool bus_post(struct bus_link *link, struct request *req);
/* Gateway thread: after a run of posts, wakes the shard once if it may sleep. */
void bus_flush_requests(struct bus_link *link);

/* Shard thread: the next request, NULL if there is none now. */
struct request *bus_take_request(struct bus_link *link);
/* Shard thread, before it sleeps: true if it may (nothing queued); the next post then wakes it. */
bool bus_shard_may_sleep(struct bus_link *link);

/* Shard thread; takes the output's reference. */
void bus_put_output(struct bus_link *link, const struct output *output);

/* Gateway thread: the next output whose position is <= durable; false if there is none. The
   reference passes to the caller. */
bool bus_take_output(struct bus_link *link, uint64_t durable, struct output *ret_output);
/* Gateway thread: true if outputs wait for durability (the host wakes it after each commit). */
bool bus_has_output(struct bus_link *link);
struct bus_stats {
    uint64_t requests_waiting, outputs_waiting;
    uint64_t early_replies; /* that overtook what waits */
    uint64_t pushes_lost;   /* sockets that a push without room was for */
};
/* Any thread; figures of nearly one moment. */
void bus_stats(const struct bus_link *link, struct bus_stats *ret_stats);
/* Any thread (the sync thread after a commit): wakes the gateway if outputs up to `durable` wait.
 */
void bus_notify_durable(struct bus_link *link, uint64_t durable);

#endif
