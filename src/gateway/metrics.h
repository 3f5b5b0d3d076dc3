/*
 * GET /metrics on the admin listeners: what the server counts, in the text format that Prometheus
 * reads (docs/metrics.md). It goes to the shard as a call of the operator's, so that the shard says
 * whose token it is; the text is made here, of what the shard brought and what others count.
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include "gateway/http_conn.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

extern const struct operation metrics_operation;

bool metrics_path_is(const struct http_call *call);

/* Of the query, "app=1400000001" as often as STATS_MAX_APPS. IM_ERR_INVALID: with a sentence. */
enum im_err metrics_decode(const struct http_call *call, struct request *req);

#endif
