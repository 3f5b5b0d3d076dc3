#include "gateway/metrics.h"

#include "core/admin/call.h"
#include "core/app/app.h"
#include "core/shard_stats.h"
#include "gateway/gateway_internal.h"

struct metrics_req {
    struct shard_stats_req stats; /* first: what the shard reads */
    const struct gateway_services *services;
};

static void put_text(struct request *req, struct buf *into)
{
    const struct gateway_services *services = ((const struct metrics_req *)req->body)->services;

    services->write_metrics(services->write_metrics_arg, req->result, into);
}

/* No role but the operator's. */
static const struct admin_route metrics_route = {
    .name = "metrics", .method = "GET", .path = "/metrics", .status = 200, .object = put_text};

const struct operation metrics_operation = {.run = shard_stats_show, .admin = &metrics_route};

bool metrics_path_is(const struct http_call *call)
{
    return call->conn->gateway->services.write_metrics && span_is(call->head->path, "/metrics");
}

/* One that is named twice is told once: no series may come twice. */
static bool is_named(const struct shard_stats_req *stats, uint64_t app)
{
    for (uint32_t i = 0; i < stats->app_count; i++) {
        if (stats->apps[i].v == app)
            return true;
    }
    return false;
}

enum im_err metrics_decode(const struct http_call *call, struct request *req)
{
    struct metrics_req *metrics = ARENA_NEW(&req->arena, struct metrics_req);
    struct shard_stats_req *stats = &metrics->stats;
    struct span query = call->head->query, name, value;
    char scratch[HTTP_MAX_HEAD_BYTES];
    size_t used = 0;

    metrics->services = &call->conn->gateway->services;
    req->body = metrics;
    while (http_query_next(&query, scratch, &used, &name, &value)) {
        uint64_t app;

        if (!span_is(name, "app"))
            return operator_refuse(req, IM_ERR_INVALID, "the query takes nothing but app");
        if (!span_to_u64(value, &app) || !app || app > UINT32_MAX)
            return operator_refuse(req, IM_ERR_INVALID, "app is a number");
        if (is_named(stats, app))
            continue;
        if (stats->app_count == STATS_MAX_APPS)
            return operator_refuse(req, IM_ERR_INVALID, "at most %u apps", STATS_MAX_APPS);
        stats->apps[stats->app_count++] = (struct app_id){(uint32_t)app};
    }
    return IM_OK;
}
