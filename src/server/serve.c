/*
 * Start: the data directory is locked, each gateway's thread binds its listeners (before any
 * other file is open, since it leaves the process's descriptor table), the shard recovers, its
 * threads start, the gateways accept, the ready file is written.
 * Stop (SIGTERM, SIGINT): gateways finish what is under way, the shard makes everything durable
 * and writes a last checkpoint. A failed journal ends the process with status 1 after a grace in
 * which clients hear what is known.
 */
#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"
#include "core/app/registry.h"
#include "core/billing/shipped.h"
#include "core/usage/calendar.h"
#include "gateway/gateway.h"
#include "gateway/sig_lock.h"
#include "gateway/tls.h"
#include "server/clock.h"
#include "server/data_dir.h"
#include "server/metrics.h"
#include "server/options.h"
#include "server/outbox.h"
#include "server/shard_host.h"
#include "wire/json.h"

#define MAX_PLAN_BYTES ((size_t)1 << 20)
#define FAILURE_GRACE_S 2u

struct server {
    struct serve_options options;
    struct data_dir dir;
    bool dir_open;
    struct zone *zone;
    struct app_registry *registry;
    struct sig_lock *locks;
    struct ssl_ctx_st *tls;
    struct buf plan;
    struct shard_host *host;
    struct outbox *outbox;
    struct metrics *metrics;
    struct gateway *gateways[MAX_GATEWAYS];
    char http[80], https[80], admin[80];
    pthread_t main_thread;
    _Atomic(bool) failed;
};

/* ---- signals ---- */

/* SIGUSR1 is how other threads of this process wake the main one. */
static void signals_block(sigset_t *ret_set)
{
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(ret_set);
    sigaddset(ret_set, SIGTERM);
    sigaddset(ret_set, SIGINT);
    sigaddset(ret_set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, ret_set, NULL);
}

static void on_failed(void *arg)
{
    struct server *server = arg;

    atomic_store(&server->failed, true);
    pthread_kill(server->main_thread, SIGUSR1);
}

static void wait_for_end(struct server *server, const sigset_t *set)
{
    int number = 0;

    while (!atomic_load(&server->failed) && number != SIGTERM && number != SIGINT) {
        if (sigwait(set, &number) != 0)
            number = 0;
    }
}

/* ---- start ---- */

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void do_nothing(uv_work_t *work)
{
    (void)work;
}

/* libuv's pool belongs to the descriptor table of the thread that first uses it, and the journal
   that it reads is open in this one. */
static void start_pool(void)
{
    uv_loop_t loop;
    uv_work_t work;

    CHECK(uv_loop_init(&loop) == 0);
    CHECK(uv_queue_work(&loop, &work, do_nothing, NULL) == 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

static enum im_err read_plan(struct server *server)
{
    const char *path = server->options.plan;
    FILE *in;
    size_t n;

    buf_init(&server->plan, MAX_PLAN_BYTES);
    if (!path) {
        struct span shipped;

        CHECK(shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &shipped));
        buf_add_span(&server->plan, shipped);
        return IM_OK;
    }
    in = fopen(path, "re");
    if (!in) {
        log_error("cannot read the plan %s: %s", path, strerror(errno));
        return IM_ERR_IO;
    }
    do {
        char part[4096];

        n = fread(part, 1, sizeof(part), in);
        buf_add(&server->plan, part, n);
    } while (n);
    fclose(in);
    if (server->plan.overflow || !server->plan.n) {
        log_error("the plan %s is empty or too long", path);
        return IM_ERR_INVALID;
    }
    return IM_OK;
}

static enum im_err open_settings(struct server *server)
{
    const struct serve_options *options = &server->options;
    enum im_err err = zone_open(options->zone, &server->zone);

    if (err) {
        log_error("cannot use the time zone %s: %s", options->zone, err_text(err));
        return err;
    }
    err = read_plan(server);
    if (!err && options->tls_listen)
        err = tls_context_new(options->tls_cert, options->tls_key, &server->tls);
    if (!err)
        err = data_dir_open(options->data, &server->dir);
    server->dir_open = !err;
    return err;
}

static enum im_err start_gateway(struct server *server, uint32_t i)
{
    struct gateway_config config = {.index = (uint16_t)i,
                                    .share_port = server->options.gateways > 1,
                                    .listen = server->options.listen,
                                    .tls_listen = server->options.tls_listen,
                                    .tls = server->tls,
                                    .admin_listen = i ? NULL : server->options.admin_listen,
                                    .admin_socket = i ? NULL : server->dir.admin_socket,
                                    .locks = server->locks};
    enum im_err err;

    /* The first one picks a port 0; the others take the same. */
    if (i && config.listen)
        config.listen = server->http;
    if (i && config.tls_listen)
        config.tls_listen = server->https;
    server->gateways[i] = gateway_new(&config);
    err = gateway_start(server->gateways[i]);
    if (!err && !i) {
        snprintf(server->http, sizeof(server->http), "%s", gateway_address(server->gateways[i]));
        snprintf(server->https, sizeof(server->https), "%s",
                 gateway_tls_address(server->gateways[i]));
        snprintf(server->admin, sizeof(server->admin), "%s",
                 gateway_admin_address(server->gateways[i]));
    }
    return err;
}

static void make_host(struct server *server)
{
    const struct shard_host_config config = {.journal_dir = server->dir.journal,
                                             .state_dir = server->dir.state,
                                             .cache_bytes = (uint64_t)server->options.cache_mb
                                                            << 20,
                                             .zone = server->zone,
                                             .registry = server->registry,
                                             .plan = buf_span(&server->plan),
                                             .link_count = server->options.gateways + 1,
                                             .max_requests = GATEWAY_MAX_REQUESTS,
                                             .on_failed = on_failed,
                                             .on_failed_arg = server};

    server->host = shard_host_new(&config);
}

static enum im_err serve_gateway(struct server *server, uint32_t i, struct bus_link *link)
{
    const struct gateway_services services = {
        .link = link,
        .registry = server->registry,
        .journal = shard_journal(shard_host_shard(server->host)),
        .server_key = shard_server_key(shard_host_shard(server->host)),
        .write_metrics = metrics_write,
        .write_metrics_arg = server->metrics};
    enum im_err err = gateway_serve(server->gateways[i], &services);

    if (!err)
        metrics_add_gateway(server->metrics, server->gateways[i]);
    return err;
}

static enum im_err start_shard(struct server *server)
{
    struct bus_link *links[MAX_GATEWAYS], *posts;
    uint64_t before_us = system_boot_us();
    enum im_err err;

    make_host(server);
    for (uint32_t i = 0; i < server->options.gateways; i++)
        links[i] = shard_host_link(server->host, i, gateway_wake, server->gateways[i]);
    /* The last link is the outbox's. */
    server->outbox = outbox_new((uint16_t)server->options.gateways);
    posts = shard_host_link(server->host, server->options.gateways, outbox_wake, server->outbox);
    err = shard_host_open(server->host);
    if (err)
        return err;
    log_info("data: %s, recovered to record %llu in %llu ms", server->options.data,
             (unsigned long long)journal_next(shard_journal(shard_host_shard(server->host))) - 1,
             (unsigned long long)(system_boot_us() - before_us) / 1000);
    shard_host_start(server->host);
    server->metrics = metrics_new(server->host);
    outbox_start(server->outbox, posts, shard_journal(shard_host_shard(server->host)),
                 server->options.private_webhooks);
    for (uint32_t i = 0; i < server->options.gateways && !err; i++)
        err = serve_gateway(server, i, links[i]);
    return err;
}

static void put_address(struct buf *into, const char *name, const char *address)
{
    buf_add_span(into, span_of(name));
    if (address[0])
        json_put_string(into, span_of(address));
    else
        BUF_LIT(into, "null");
}

static enum im_err write_ready(const struct server *server)
{
    char room[512] = "";
    struct buf text = {.p = room, .room = sizeof(room), .max = sizeof(room) - 1};

    if (!server->options.ready_file)
        return IM_OK;
    put_address(&text, "{\"http\":", server->http);
    put_address(&text, ",\"https\":", server->https);
    put_address(&text, ",\"admin\":", server->admin);
    BUF_LIT(&text, "}\n");
    room[text.n] = 0;
    return file_write_atomic(server->options.ready_file, room);
}

static enum im_err start(struct server *server)
{
    enum im_err err = open_settings(server);

    server->registry = app_registry_new();
    server->locks = sig_lock_new();
    for (uint32_t i = 0; i < server->options.gateways && !err; i++)
        err = start_gateway(server, i);
    if (!err)
        err = start_shard(server);
    if (err)
        return err;
    if (server->http[0])
        log_info("http and ws on %s", server->http);
    if (server->https[0])
        log_info("https and wss on %s", server->https);
    if (server->admin[0])
        log_info("the admin API on %s", server->admin);
    return write_ready(server);
}

/* ---- stop ---- */

static void stop(struct server *server)
{
    for (uint32_t i = 0; i < server->options.gateways; i++) {
        if (server->gateways[i])
            gateway_stop(server->gateways[i]);
    }
    for (uint32_t i = 0; i < server->options.gateways; i++) {
        if (server->gateways[i])
            gateway_join(server->gateways[i]);
    }
    outbox_free(server->outbox);
    if (server->host)
        shard_host_stop(server->host);
    /* Only now: the shard's threads wake gateways until they end. */
    for (uint32_t i = 0; i < server->options.gateways; i++)
        gateway_free(server->gateways[i]);
    metrics_free(server->metrics);
    shard_host_free(server->host);
    if (server->dir_open) {
        unlink(server->dir.admin_socket);
        data_dir_release(&server->dir);
    }
    tls_context_free(server->tls);
    sig_lock_free(server->locks);
    app_registry_free(server->registry);
    zone_free(server->zone);
    buf_release(&server->plan);
}

int serve_main(int argc, char **argv)
{
    struct server server = {.main_thread = pthread_self()};
    sigset_t signals;
    int status = 1;

    if (!options_parse(argc, argv, &server.options, &status))
        return status;
    log_set_level(server.options.log_level);
    signals_block(&signals);
    raise_descriptor_limit();
    hash_init();
    umask(0077);
    start_pool();
    log_info("magpie %s: %u gateway%s, days of %s", MAGPIE_VERSION, server.options.gateways,
             server.options.gateways > 1 ? "s" : "", server.options.zone);
    if (start(&server) == IM_OK) {
        log_info("ready");
        wait_for_end(&server, &signals);
        status = atomic_load(&server.failed);
        if (status) {
            log_error("the journal has failed: nothing more is accepted, the server ends");
            sleep(FAILURE_GRACE_S);
        } else {
            log_info("stopping");
        }
    }
    stop(&server);
    if (!status)
        log_info("stopped");
    return status;
}
