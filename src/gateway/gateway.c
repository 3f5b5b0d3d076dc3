/*
 * One turn of the loop: libuv reads every socket that has something, each request is decoded and
 * posted; then, in the check phase, outputs that may leave are taken and encoded, the shard is
 * woken once, and each connection with output gets one write.
 * No room in the bus: connections are held (not read) until answers were taken.
 */
#include "gateway/gateway.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "command/admin_route.h"
#include "core/session/login.h"
#include "core/shard.h"
#include "gateway/admin_socket.h"
#include "gateway/flush.h"
#include "gateway/gateway_internal.h"
#include "gateway/listen.h"

#define STOP_MS 5000u
#define STOP_TICK_MS 20u
#define FLUSH_EVERY 64u
/* Connections go on when this much of the bus is free again. */
#define RESUME_UNDER (GATEWAY_MAX_REQUESTS / 4 * 3)
_Static_assert(SHARD_MAX_HELD * 4 <= GATEWAY_MAX_REQUESTS, "polls leave room for the rest");

uint64_t gateway_wall_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint64_t)now.tv_sec;
}

/* ---- to the shard ---- */

/* Replies that wait to be fetched hold memory as requests do. */
static uint32_t load(const struct gateway *gateway)
{
    return gateway->under_way + gateway->history_waiting;
}

bool gateway_has_room(struct gateway *gateway, struct conn *conn)
{
    if (conn->under_way + conn->fetching >= CONN_MAX_REQUESTS) {
        conn->full = true;
        conn_hold(conn);
        return false;
    }
    if (load(gateway) < GATEWAY_MAX_REQUESTS)
        return true;
    if (gateway->waiting_count == gateway->waiting_room) {
        gateway->waiting_room = gateway->waiting_room ? gateway->waiting_room * 2 : 64;
        gateway->waiting =
            mem_realloc(gateway->waiting, gateway->waiting_room * sizeof(*gateway->waiting));
    }
    gateway->waiting[gateway->waiting_count++] = conn_address(conn);
    conn_hold(conn);
    return false;
}

void gateway_request_done(struct gateway *gateway, struct address at)
{
    struct conn *conn = conn_find(gateway, at);

    if (!conn || !conn->full || conn->under_way + conn->fetching >= CONN_MAX_REQUESTS / 2)
        return;
    conn->full = false;
    conn_resume(conn);
}

void gateway_post_from(struct gateway *gateway, struct request *req, struct address from)
{
    req->from = from;
    req->posted_us = gateway_turn_us(gateway);
    CHECK(bus_post(gateway->services.link, req));
    gateway->under_way++;
    gateway->may_hold += req->operation->may_hold;
    if (++gateway->unflushed >= FLUSH_EVERY) {
        gateway->unflushed = 0;
        bus_flush_requests(gateway->services.link);
    }
}

void gateway_post(struct gateway *gateway, struct conn *conn, struct request *req)
{
    conn->under_way++;
    gateway_post_from(gateway, req, conn_address(conn));
}

static void post_gone(struct gateway *gateway, const struct gone_session *gone)
{
    struct request *req = request_new();

    req->operation = &session_closed;
    req->caller = CALLER_SYSTEM;
    req->app = gone->app;
    req->session_id = gone->session_id;
    gateway_post_from(gateway, req, gone->at);
}

static void add_gone(struct gateway *gateway, struct gone_session gone)
{
    if (gateway->stopping)
        return;
    if (gateway->gone_count == gateway->gone_room) {
        gateway->gone_room = gateway->gone_room ? gateway->gone_room * 2 : 64;
        gateway->gone = mem_realloc(gateway->gone, gateway->gone_room * sizeof(*gateway->gone));
    }
    gateway->gone[gateway->gone_count++] = gone;
}

void gateway_session_gone(struct gateway *gateway, struct conn *conn, uint64_t session_id,
                          struct app_id app)
{
    add_gone(gateway, (struct gone_session){session_id, app, conn_address(conn)});
}

static void post_all_gone(struct gateway *gateway)
{
    uint32_t n = 0;

    while (n < gateway->gone_count && gateway->under_way < GATEWAY_MAX_REQUESTS)
        post_gone(gateway, &gateway->gone[n++]);
    if (!n)
        return;
    gateway->gone_count -= n;
    memmove(gateway->gone, gateway->gone + n, gateway->gone_count * sizeof(*gateway->gone));
}

static void resume_waiting(struct gateway *gateway)
{
    struct address *waiting = gateway->waiting;
    uint32_t n = gateway->waiting_count;

    if (!n || load(gateway) >= RESUME_UNDER)
        return;
    /* Those that find no room again join a new list. */
    gateway->waiting = NULL;
    gateway->waiting_count = gateway->waiting_room = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct conn *conn = conn_find(gateway, waiting[i]);

        if (conn)
            conn_resume(conn);
    }
    free(waiting);
}

/* ---- from the shard ---- */

void gateway_reply(struct gateway *gateway, struct address to, const struct request *req,
                   struct span body)
{
    struct conn *conn = conn_find(gateway, to);

    if (conn && !conn->lingering)
        conn->layer->reply(conn, req, body);
}

static void bind_session(struct gateway *gateway, const struct output *output)
{
    struct conn *conn = conn_find(gateway, output->to);

    if (conn && conn->layer->bind)
        conn->layer->bind(conn, output->req);
    else
        add_gone(gateway, (struct gone_session){output->req->bound_session_id, output->req->app,
                                                output->to});
}

/* True if the output was given away together with its reference. */
static bool on_reply(struct gateway *gateway, const struct output *output, bool outcome_known)
{
    struct request *req = output->req;
    struct conn *conn;

    gateway->under_way--;
    gateway->may_hold -= req->operation->may_hold;
    if (req->caller == CALLER_SYSTEM)
        return false;
    if (!req->operation->may_hold)
        durations_add(&gateway->counts.requests, gateway_turn_us(gateway) - req->posted_us);
    if (req->err == IM_ERR_CALL_RATE || req->err == IM_ERR_APP_CALL_RATE)
        refused_count(gateway, req->app);
    if (outcome_known && req->bound_session_id)
        bind_session(gateway, output);
    conn = conn_find(gateway, output->to);
    if (!conn)
        return false;
    conn->under_way--;
    buf_reset(&gateway->scratch);
    if (req->operation->admin) {
        if (!outcome_known) {
            req->err = IM_ERR_UNKNOWN_OUTCOME;
            req->result = NULL;
        }
        admin_encode(req, &gateway->scratch);
    } else if (!outcome_known) {
        command_encode_error(command_of(req)->envelope, IM_ERR_UNKNOWN_OUTCOME, &gateway->scratch);
    } else if (req->body_count && !gateway_fetch_cached(gateway, req)) {
        /* Also of an error: 20027 tells what is stored. */
        gateway_fetch_history(gateway, req, output->to);
        return true;
    } else {
        command_encode(req, &gateway->scratch);
    }
    gateway_reply(gateway, output->to, req, buf_span(&gateway->scratch));
    return false;
}

/* A reply that is still being fetched comes after this push. An ack says that all before it has
   arrived, so it is not asked for until then. */
static void on_push(struct gateway *gateway, const struct output *output)
{
    struct conn *conn = conn_find(gateway, output->to);
    struct output push = *output;

    if (!conn || !conn->layer->push)
        return;
    push.need_ack &= !conn->fetching;
    buf_reset(&gateway->scratch);
    push_encode(&push, &gateway->scratch);
    gateway_count(gateway, GATEWAY_PUSHES, 1);
    conn->layer->push(conn, (enum push_kind)output->push_kind, buf_span(&gateway->scratch));
}

static void finish_all(struct gateway *gateway)
{
    for (uint32_t i = 0; i < gateway->slot_room; i++) {
        struct conn *conn = gateway->slots[i].conn;

        if (conn && !conn->closing)
            conn->layer->finish(conn);
    }
}

static void on_close(struct gateway *gateway, const struct output *output)
{
    struct conn *conn = conn_find(gateway, output->to);

    if (output->to.slot == UINT32_MAX)
        finish_all(gateway);
    else if (conn)
        conn->layer->finish(conn);
}

static void take_outputs(struct gateway *gateway)
{
    struct journal *journal = gateway->services.journal;
    bool failed = journal_failed(journal);
    uint64_t durable = journal_durable(journal);
    struct output output;

    while (flush_wants_more(gateway) &&
           bus_take_output(gateway->services.link, failed ? UINT64_MAX : durable, &output)) {
        bool known = true;

        /* Also what the bus gave out beyond the position read above: it may have learned of a
           later commit, or of the journal's failure. */
        if (output.position > durable) {
            durable = journal_durable(journal);
            known = output.position <= durable;
        }

        if (output.kind == OUTPUT_REPLY) {
            bool given_away = on_reply(gateway, &output, known);

            gateway_request_done(gateway, output.to);
            if (given_away)
                continue;
        } else if (output.kind == OUTPUT_PUSH && known) {
            if (output.many)
                gateway_push_many(gateway, &output);
            else
                on_push(gateway, &output);
        } else if (output.kind == OUTPUT_CLOSE) {
            on_close(gateway, &output);
        }
        if (output.req)
            request_unref(output.req);
    }
}

/* ---- the loop ---- */

static void end_of_turn(struct gateway *gateway)
{
    gateway->turn_us = 0;
    take_outputs(gateway);
    resume_waiting(gateway);
    post_all_gone(gateway);
    gateway->unflushed = 0;
    gateway->bodies_read = 0;
    bus_flush_requests(gateway->services.link);
    flush_slice(gateway);
    gateway_show_counts(gateway);
    gateway->turn_us = 0;
}

static void on_check(uv_check_t *check)
{
    end_of_turn(check->data);
}

static void on_prepare(uv_prepare_t *prepare)
{
    flush_urgent(prepare->data);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_listeners(struct gateway *gateway)
{
    if (gateway->plain.open)
        close_handle((uv_handle_t *)&gateway->plain.tcp);
    if (gateway->tls.open)
        close_handle((uv_handle_t *)&gateway->tls.tcp);
    if (gateway->tokens.open)
        close_handle((uv_handle_t *)&gateway->tokens.tcp);
    if (gateway->admin_open)
        close_handle((uv_handle_t *)&gateway->admin);
}

static void close_all(struct gateway *gateway)
{
    gateway->closed_all = true;
    for (uint32_t i = 0; i < gateway->slot_room; i++) {
        if (gateway->slots[i].conn)
            conn_close(gateway->slots[i].conn);
    }
    close_handle((uv_handle_t *)&gateway->tick);
    close_handle((uv_handle_t *)&gateway->wake);
    close_handle((uv_handle_t *)&gateway->prepare);
    close_handle((uv_handle_t *)&gateway->check);
    close_handle((uv_handle_t *)&gateway->more);
    close_handle((uv_handle_t *)&gateway->relaxed);
}

/* While stopping: ends when nothing is under way any more but polls, which the shard answers when
   it has something to say, or when the time is over. */
static void check_stopping(struct gateway *gateway)
{
    bool idle = gateway->under_way == gateway->may_hold && !gateway->history_jobs &&
                !gateway->history_first;

    if (gateway->closed_all || (!idle && uv_now(&gateway->loop) < gateway->stop_deadline_ms))
        return;
    if (!idle)
        log_warn("gateway %u: %u requests were not answered in time", gateway->config.index,
                 gateway->under_way - gateway->may_hold);
    finish_all(gateway);
    flush_all(gateway);
    close_all(gateway);
}

static void on_tick(uv_timer_t *tick)
{
    struct gateway *gateway = tick->data;

    refused_report(gateway);
    if (gateway->stopping)
        check_stopping(gateway);
    else
        conn_check_deadlines(gateway);
}

static void start_stopping(struct gateway *gateway)
{
    gateway->stopping = true;
    gateway->stop_deadline_ms = uv_now(&gateway->loop) + STOP_MS;
    close_listeners(gateway);
    for (uint32_t i = 0; i < gateway->slot_room; i++) {
        if (gateway->slots[i].conn)
            conn_hold(gateway->slots[i].conn);
    }
    uv_timer_start(&gateway->tick, on_tick, 0, STOP_TICK_MS);
}

/* The work itself is done at the end of the turn. */
static void on_wake(uv_async_t *wake)
{
    struct gateway *gateway = wake->data;

    if (atomic_load(&gateway->stop_asked) && !gateway->stopping)
        start_stopping(gateway);
}

void gateway_wake(void *arg)
{
    struct gateway *gateway = arg;

    uv_async_send(&gateway->wake);
}

/* ---- the thread ---- */

static void on_admin(uv_stream_t *stream, int status)
{
    if (status == 0)
        conn_accept(stream->data, stream, false);
    else
        gateway_count(stream->data, GATEWAY_REFUSED, 1);
}

static enum im_err bind_all(struct gateway *gateway)
{
    const struct gateway_config *config = &gateway->config;
    enum im_err err = IM_OK;

    if (config->listen)
        err = listener_bind(gateway, &gateway->plain, config->listen);
    if (!err && config->tls_listen)
        err = listener_bind(gateway, &gateway->tls, config->tls_listen);
    if (!err && config->admin_listen)
        err = listener_bind(gateway, &gateway->tokens, config->admin_listen);
    if (!err && config->admin_socket)
        err = admin_bind(gateway, config->admin_socket);
    return err;
}

static enum im_err listen_all(struct gateway *gateway)
{
    enum im_err err = IM_OK;

    gateway->tls.tls = true;
    if (gateway->plain.open)
        err = listener_start(&gateway->plain);
    if (!err && gateway->tls.open)
        err = listener_start(&gateway->tls);
    if (!err && gateway->tokens.open)
        err = listener_start(&gateway->tokens);
    if (!err && gateway->admin_open && uv_listen((uv_stream_t *)&gateway->admin, 16, on_admin) != 0)
        err = IM_ERR_IO;
    return err;
}

static void run_loop(struct gateway *gateway)
{
    uv_update_time(&gateway->loop);
    gateway->wheel_at_s = gateway_now_s(gateway);
    uv_timer_start(&gateway->tick, on_tick, 1000, 1000);
    uv_prepare_start(&gateway->prepare, on_prepare);
    uv_check_start(&gateway->check, on_check);
    uv_run(&gateway->loop, UV_RUN_DEFAULT);
}

/* ThreadSanitizer follows descriptors by their numbers and knows of one table only. */
#if defined(__SANITIZE_THREAD__)
#define OWN_TABLE false
#elif defined(__has_feature)
#define OWN_TABLE (!__has_feature(thread_sanitizer))
#else
#define OWN_TABLE true
#endif

static void thread_main(void *arg)
{
    struct gateway *gateway = arg;
    char name[16];

    snprintf(name, sizeof(name), "gateway %u", gateway->config.index);
    thread_name(name);
    if (OWN_TABLE && unshare(CLONE_FILES) != 0)
        log_debug("gateway %u shares the process's descriptor table", gateway->config.index);
    gateway->start_err = bind_all(gateway);
    uv_sem_post(&gateway->bound);
    uv_sem_wait(&gateway->go);
    if (!gateway->start_err && gateway->services.link) {
        gateway->start_err = listen_all(gateway);
        uv_sem_post(&gateway->serving);
        if (!gateway->start_err) {
            run_loop(gateway);
            return;
        }
    }
    close_listeners(gateway);
    close_all(gateway);
    uv_run(&gateway->loop, UV_RUN_DEFAULT);
}

struct gateway *gateway_new(const struct gateway_config *config)
{
    struct gateway *gateway = mem_zalloc(sizeof(*gateway));

    gateway->config = *config;
    gateway->free_slot = UINT32_MAX;
    gateway->read_buffer = mem_alloc(READ_BYTES);
    gateway->plain_buffer = mem_alloc(READ_BYTES);
    map_init(&gateway->refused);
    buf_init(&gateway->scratch, MAX_REPLY_BYTES);
    buf_init(&gateway->frame, MAX_REPLY_BYTES + 1024);
    buf_init(&gateway->cipher, MAX_REPLY_BYTES * 3);
    CHECK(uv_loop_init(&gateway->loop) == 0);
    CHECK(uv_async_init(&gateway->loop, &gateway->wake, on_wake) == 0);
    uv_prepare_init(&gateway->loop, &gateway->prepare);
    uv_check_init(&gateway->loop, &gateway->check);
    uv_timer_init(&gateway->loop, &gateway->tick);
    uv_timer_init(&gateway->loop, &gateway->relaxed);
    uv_idle_init(&gateway->loop, &gateway->more);
    gateway->wake.data = gateway->prepare.data = gateway->check.data = gateway;
    gateway->tick.data = gateway;
    uv_sem_init(&gateway->bound, 0);
    uv_sem_init(&gateway->go, 0);
    uv_sem_init(&gateway->serving, 0);
    return gateway;
}

enum im_err gateway_start(struct gateway *gateway)
{
    if (uv_thread_create(&gateway->thread, thread_main, gateway) != 0) {
        log_error("cannot start a gateway thread");
        return IM_ERR_IO;
    }
    gateway->thread_started = true;
    uv_sem_wait(&gateway->bound);
    return gateway->start_err;
}

const char *gateway_address(const struct gateway *gateway)
{
    return gateway->plain.address;
}

const char *gateway_tls_address(const struct gateway *gateway)
{
    return gateway->tls.address;
}

const char *gateway_admin_address(const struct gateway *gateway)
{
    return gateway->tokens.address;
}

enum im_err gateway_serve(struct gateway *gateway, const struct gateway_services *services)
{
    gateway->services = *services;
    uv_sem_post(&gateway->go);
    uv_sem_wait(&gateway->serving);
    return gateway->start_err;
}

void gateway_stop(struct gateway *gateway)
{
    atomic_store(&gateway->stop_asked, true);
    if (gateway->services.link)
        gateway_wake(gateway);
}

void gateway_join(struct gateway *gateway)
{
    if (!gateway->thread_started)
        return;
    if (!gateway->services.link)
        uv_sem_post(&gateway->go);
    uv_thread_join(&gateway->thread);
    gateway->thread_started = false;
}

void gateway_free(struct gateway *gateway)
{
    if (!gateway)
        return;
    gateway_join(gateway);
    if (!gateway->closed_all) {
        close_all(gateway);
        uv_run(&gateway->loop, UV_RUN_DEFAULT);
    }
    uv_loop_close(&gateway->loop);
    uv_sem_destroy(&gateway->bound);
    uv_sem_destroy(&gateway->go);
    uv_sem_destroy(&gateway->serving);
    buf_release(&gateway->scratch);
    buf_release(&gateway->frame);
    buf_release(&gateway->cipher);
    free(gateway->read_buffer);
    free(gateway->plain_buffer);
    free(gateway->slots);
    free(gateway->waiting);
    free(gateway->gone);
    map_release(&gateway->refused);
    free(gateway);
}
