/*
 * The threads around a shard: the one that runs it, two that read rows for it, one that writes
 * checkpoints. Requests come from the gateways' links, outputs go back through them.
 */
#ifndef SERVER_SHARD_HOST_H
#define SERVER_SHARD_HOST_H

#include "base/tally.h"
#include "bus/bus.h"
#include "core/shard.h"

struct shard_host;

struct shard_host_config {
    const char *journal_dir, *state_dir; /* exist */
    uint64_t cache_bytes;
    const struct zone *zone;       /* borrowed */
    struct app_registry *registry; /* borrowed */
    struct span plan;              /* borrowed */
    uint32_t link_count;
    uint32_t max_requests; /* of each link */
    /* The journal has failed: nothing more becomes durable. Any thread, once. */
    void (*on_failed)(void *arg);
    void *on_failed_arg;
};

struct shard_host *shard_host_new(const struct shard_host_config *config);
/* The link of gateway i; for each one once, before shard_host_start. */
struct bus_link *shard_host_link(struct shard_host *host, uint32_t i, void (*wake)(void *arg),
                                 void *arg);

/* Recovery. Errors as of shard_open; logged. */
enum im_err shard_host_open(struct shard_host *host);
void shard_host_start(struct shard_host *host);

/* After shard_host_open. */
struct shard *shard_host_shard(struct shard_host *host);

struct shard_host_stats {
    struct durations_read checkpoints; /* written, well or not */
    struct durations_read loads;       /* of rows, on all threads that read them */
    uint64_t cpu_us;                   /* of the shard's thread */
};
/* Any thread, between shard_host_start and shard_host_stop. */
void shard_host_stats(const struct shard_host *host, struct shard_host_stats *ret_stats);

/* Ends the threads: what was accepted is made durable, then a last checkpoint. No gateway may
   post any more. */
void shard_host_stop(struct shard_host *host);
void shard_host_free(struct shard_host *host);

#endif
