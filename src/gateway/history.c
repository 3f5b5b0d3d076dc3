/*
 * Replies whose messages lie in the journal. What lies in the page cache is read on the loop: two
 * changes of threads cost more than 20 messages, and most of all when the cores are busy. What
 * does not, and what is beyond a turn's share, is fetched and encoded in libuv's pool, so that a
 * disk read holds up nobody else's messages.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "command/command.h"
#include "core/history/page.h"
#include "gateway/gateway_internal.h"

/* At most so many at a time; the rest wait in order. */
#define MAX_JOBS 64u

/* About 2 us each. */
#define BODIES_A_TURN 200u

struct history_job {
    uv_work_t work;
    struct gateway *gateway;
    struct history_job *next;
    struct request *req;
    struct address to;
    struct buf body;
};

static void start(struct gateway *gateway, struct history_job *job);

static void run(uv_work_t *work)
{
    struct history_job *job = (struct history_job *)work;

    history_fetch(job->gateway->services.journal, job->req);
    command_encode(job->req, &job->body);
}

static void on_done(uv_work_t *work, int status)
{
    struct history_job *job = (struct history_job *)work, *next;
    struct gateway *gateway = job->gateway;
    struct conn *conn = conn_find(gateway, job->to);

    (void)status;
    gateway->history_jobs--;
    if (conn)
        conn->fetching--;
    gateway_reply(gateway, job->to, job->req, buf_span(&job->body));
    gateway_request_done(gateway, job->to);
    request_unref(job->req);
    buf_release(&job->body);
    free(job);
    next = gateway->history_first;
    if (!next)
        return;
    gateway->history_waiting--;
    gateway->history_first = next->next;
    if (!next->next)
        gateway->history_last = NULL;
    start(gateway, next);
}

static void start(struct gateway *gateway, struct history_job *job)
{
    gateway->history_jobs++;
    if (uv_queue_work(&gateway->loop, &job->work, run, on_done) != 0) {
        run(&job->work);
        on_done(&job->work, 0);
    }
}

bool gateway_fetch_cached(struct gateway *gateway, struct request *req)
{
    if (gateway->bodies_read + req->body_count > BODIES_A_TURN)
        return false;
    gateway->bodies_read += req->body_count;
    if (!history_fetch_cached(gateway->services.journal, req))
        return false;
    gateway_count(gateway, GATEWAY_HISTORIES, 1);
    return true;
}

void gateway_fetch_history(struct gateway *gateway, struct request *req, struct address to)
{
    struct history_job *job = mem_zalloc(sizeof(*job));
    struct conn *conn = conn_find(gateway, to);

    gateway_count(gateway, GATEWAY_FETCHED, 1);
    if (conn)
        conn->fetching++;
    job->gateway = gateway;
    job->req = req;
    job->to = to;
    buf_init(&job->body, MAX_REPLY_BYTES);
    if (gateway->history_jobs < MAX_JOBS) {
        start(gateway, job);
        return;
    }
    gateway->history_waiting++;
    if (gateway->history_last)
        gateway->history_last->next = job;
    else
        gateway->history_first = job;
    gateway->history_last = job;
}
