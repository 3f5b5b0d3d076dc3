/*
 * What GET /metrics answers (docs/metrics.md): one table says each metric, its help and where its
 * value is read. Nothing here is asked of the shard's thread but struct shard_stats, which came
 * with the call.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "core/shard_stats.h"
#include "gateway/gateway.h"
#include "server/shard_host.h"

struct metrics;

/* The gateways are added as they begin to serve. Both are borrowed. */
struct metrics *metrics_new(struct shard_host *host);
void metrics_free(struct metrics *metrics);
void metrics_add_gateway(struct metrics *metrics, const struct gateway *gateway);

/* For struct gateway_services; `metrics` is one of them. One thread at a time. */
void metrics_write(void *metrics, const struct shard_stats *shard, struct buf *into);

#endif
