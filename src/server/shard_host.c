/*
 * One turn of the shard's thread:
 *   1 core time; rows that were read, the checkpoint that was written;
 *   2 requests of all links in turn, a bounded run;
 *   3 rows to read and checkpoints to write are handed to their threads;
 *   4 the batch goes to the journal's writer if that one is idle, at most 4,000 times a second;
 *   5 gateways are told what may leave.
 * It sleeps when all of this found nothing, and is woken by posts, commits, reads, checkpoints.
 *
 * The journal fails: requests are refused as overloaded, what waited for durability is answered
 * by the gateways as of unknown outcome, and the process ends after a grace (serve.c).
 */
#include "server/shard_host.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "command/command.h"
#include "core/history/expiry.h"
#include "server/clock.h"
#include "server/handoff.h"

#define LOADERS 4 /* threads that wait for the disk: cold rows of many groups at once */
#define SEGMENT_BYTES (64u << 20)
#define CHECKPOINT_BYTES (64u << 20)
#define CHECKPOINT_ROWS 400000u
#define CHECKPOINT_RECORDS 250000u /* about a second of replay */
#define CHECKPOINT_AGE_US (60u * 1000000)
/* Steps of core time that nobody expects: a suspended machine, a clock set wrong. */
#define JUMP_US (3600u * UINT64_C(1000000))
#define JUMP_AT_START_US (40u * 86400u * UINT64_C(1000000))
#define TURN_REQUESTS 1024u /* of all links together */
#define LINK_REQUESTS 64u   /* of one link, then the next has its turn */
/* A commit takes about 131 us; more than 4,000 a second cost more than they help. */
#define COMMIT_US 250u
#define IDLE_US 100000u
/* Pushes on their way to the gateways, all together; 56 bytes each. */
#define MAX_PUSHES (256u << 10)
#define MIN_LINK_PUSHES 8192u

struct shard_host {
    struct shard_host_config config;
    struct shard *shard;
    struct disk *disk;
    struct state_engine *engine;
    struct history_expiry *expiry; /* what the engine may drop */
    struct bus_link **links;
    struct core_clock clock;

    pthread_t thread, loaders[LOADERS], writer;
    struct loader {
        struct shard_host *host;
        struct durations loads;
    } loading[LOADERS];
    struct durations checkpoints;
    bool started;
    _Atomic(bool) stop, failed;
    bool failure_told;

    pthread_mutex_t mutex;
    pthread_cond_t wake;
    _Atomic(bool) woken;

    struct handoff to_load, loaded;   /* struct state_load */
    struct handoff to_write, written; /* struct state_frozen */
    _Atomic(bool) write_ok;
    bool writing;
    uint64_t submitted_us; /* boot clock, last batch handed over */
};

/* ---- waking ---- */

static void wake(void *arg)
{
    struct shard_host *host = arg;

    if (atomic_exchange(&host->woken, true))
        return;
    pthread_mutex_lock(&host->mutex);
    pthread_cond_signal(&host->wake);
    pthread_mutex_unlock(&host->mutex);
}

static void sleep_at_most(struct shard_host *host, uint64_t us)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(us % 1000000) * 1000;
    until.tv_sec += (time_t)(us / 1000000) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&host->mutex);
    while (!atomic_load(&host->woken)) {
        if (pthread_cond_timedwait(&host->wake, &host->mutex, &until) != 0)
            break;
    }
    pthread_mutex_unlock(&host->mutex);
}

/* ---- callbacks ---- */

/* Sync thread. */
static void on_durable(void *arg, uint64_t number)
{
    struct shard_host *host = arg;

    if (host->shard && journal_failed(shard_journal(host->shard)) &&
        !atomic_exchange(&host->failed, true))
        host->config.on_failed(host->config.on_failed_arg);
    for (uint32_t i = 0; i < host->config.link_count; i++)
        bus_notify_durable(host->links[i], atomic_load(&host->failed) ? UINT64_MAX - 8 : number);
    wake(host);
}

static void put_output(void *arg, const struct output *output)
{
    struct shard_host *host = arg;

    if (output->to.gateway < host->config.link_count)
        bus_put_output(host->links[output->to.gateway], output);
    else if (output->req)
        request_unref(output->req);
}

static void random_bytes(void *arg, void *p, size_t n)
{
    (void)arg;
    while (n) {
        ssize_t got = getrandom(p, n, 0);

        CHECK(got > 0);
        p = (char *)p + got;
        n -= (size_t)got;
    }
}

/* ---- helpers' threads ---- */

static void *loader_main(void *arg)
{
    struct loader *loader = arg;
    struct shard_host *host = loader->host;
    struct state_load *load;

    thread_name("loader");
    while ((load = handoff_take(&host->to_load))) {
        uint64_t before_us = system_boot_us();

        state_load_read(load);
        durations_add(&loader->loads, system_boot_us() - before_us);
        handoff_put(&host->loaded, load);
        wake(host);
    }
    return NULL;
}

static void *writer_main(void *arg)
{
    struct shard_host *host = arg;
    struct state_frozen *frozen;

    thread_name("checkpoints");
    thread_in_background();
    while ((frozen = handoff_take(&host->to_write))) {
        uint64_t before_us = system_boot_us();

        atomic_store(&host->write_ok, state_write(frozen) == IM_OK);
        durations_add(&host->checkpoints, system_boot_us() - before_us);
        handoff_put(&host->written, frozen);
        wake(host);
    }
    return NULL;
}

/* ---- the shard's thread ---- */

static void refuse(struct shard_host *host, struct request *req)
{
    const struct output output = {.req = req, .to = req->from, .kind = OUTPUT_REPLY};

    req->err = IM_ERR_OVERLOADED;
    put_output(host, &output);
}

static uint32_t run_link(struct shard_host *host, struct bus_link *link)
{
    struct request *req;
    uint32_t n = 0;

    while (n < LINK_REQUESTS && (req = bus_take_request(link))) {
        if (atomic_load(&host->failed))
            refuse(host, req);
        else
            shard_run(host->shard, req);
        n++;
    }
    return n;
}

/* What a failed journal holds back never becomes less, and its requests are only refused. */
static bool takes_requests(const struct shard_host *host)
{
    return atomic_load(&host->failed) || !shard_busy(host->shard);
}

static void run_requests(struct shard_host *host)
{
    uint32_t total = 0, round;

    do {
        round = 0;
        for (uint32_t i = 0; i < host->config.link_count; i++)
            round += run_link(host, host->links[i]);
        total += round;
    } while (round && total < TURN_REQUESTS && takes_requests(host));
}

static void take_results(struct shard_host *host)
{
    struct state_load *load;
    struct state_frozen *frozen;

    while ((load = handoff_try_take(&host->loaded)))
        shard_loaded(host->shard, load);
    frozen = handoff_try_take(&host->written);
    if (frozen) {
        if (!atomic_load(&host->write_ok))
            log_error("a checkpoint could not be written; it is tried again");
        shard_checkpointed(host->shard, frozen, atomic_load(&host->write_ok));
        host->writing = false;
    }
}

static void hand_out_work(struct shard_host *host, bool force)
{
    struct state_load *load;
    struct state_frozen *frozen;

    while ((load = shard_take_load(host->shard)))
        handoff_put(&host->to_load, load);
    if (host->writing)
        return;
    frozen = shard_take_checkpoint(host->shard, force);
    if (frozen) {
        host->writing = true;
        handoff_put(&host->to_write, frozen);
    }
}

/* Returns how long the thread may sleep before it should commit. */
static uint64_t commit(struct shard_host *host)
{
    bool pending = journal_pending_bytes(shard_journal(host->shard)) > 0;
    uint64_t now_us, since_us;

    if (!pending) {
        shard_flush(host->shard);
        return IDLE_US;
    }
    now_us = system_boot_us();
    since_us = now_us - host->submitted_us;
    if (since_us < COMMIT_US)
        return COMMIT_US - since_us;
    if (shard_flush(host->shard))
        host->submitted_us = now_us;
    return IDLE_US;
}

static void notify_links(struct shard_host *host)
{
    uint64_t durable = journal_durable(shard_journal(host->shard));

    if (atomic_load(&host->failed))
        durable = UINT64_MAX - 8;
    for (uint32_t i = 0; i < host->config.link_count; i++)
        bus_notify_durable(host->links[i], durable);
}

static bool may_sleep(struct shard_host *host)
{
    bool may = true;

    /* Taking no requests: what makes room again wakes it. */
    if (!takes_requests(host))
        return true;
    for (uint32_t i = 0; i < host->config.link_count; i++)
        may &= bus_shard_may_sleep(host->links[i]);
    return may;
}

static uint64_t turn(struct shard_host *host, bool force_checkpoint)
{
    uint64_t sleep_us;

    atomic_store(&host->woken, false);
    shard_begin(host->shard, core_clock_read(&host->clock, system_boot_us(), system_wall_us()));
    take_results(host);
    if (takes_requests(host))
        run_requests(host);
    hand_out_work(host, force_checkpoint);
    sleep_us = commit(host);
    notify_links(host);
    return sleep_us;
}

static bool all_durable(const struct shard_host *host)
{
    struct journal *journal = shard_journal(host->shard);

    return journal_failed(journal) || journal_durable(journal) + 1 == journal_next(journal);
}

/* Everything durable, then one last picture, so that the next start replays nothing. */
static void last_turns(struct shard_host *host)
{
    while (!all_durable(host))
        sleep_at_most(host, turn(host, false));
    while (host->writing)
        sleep_at_most(host, turn(host, false));
    if (journal_failed(shard_journal(host->shard)))
        return;
    turn(host, true);
    while (host->writing)
        sleep_at_most(host, turn(host, false));
}

static void *shard_main(void *arg)
{
    struct shard_host *host = arg;

    thread_name("shard");
    while (!atomic_load(&host->stop)) {
        uint64_t sleep_us = turn(host, false);

        if (may_sleep(host))
            sleep_at_most(host, sleep_us);
    }
    last_turns(host);
    return NULL;
}

/* ---- life ---- */

struct shard_host *shard_host_new(const struct shard_host_config *config)
{
    struct shard_host *host = mem_zalloc(sizeof(*host));
    pthread_condattr_t attributes;

    host->config = *config;
    host->links = mem_zalloc(config->link_count * sizeof(struct bus_link *));
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&host->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&host->mutex, NULL);
    handoff_init(&host->to_load);
    handoff_init(&host->loaded);
    handoff_init(&host->to_write);
    handoff_init(&host->written);
    return host;
}

struct bus_link *shard_host_link(struct shard_host *host, uint32_t i, void (*wake_gateway)(void *),
                                 void *arg)
{
    uint32_t pushes = MAX_PUSHES / host->config.link_count;
    const struct bus_link_config config = {.max_requests = host->config.max_requests,
                                           .max_pushes =
                                               pushes > MIN_LINK_PUSHES ? pushes : MIN_LINK_PUSHES,
                                           .wake_shard = wake,
                                           .wake_shard_arg = host,
                                           .wake_gateway = wake_gateway,
                                           .wake_gateway_arg = arg};

    CHECK(i < host->config.link_count && !host->links[i] && !host->started);
    host->links[i] = bus_link_new(&config);
    return host->links[i];
}

enum im_err shard_host_open(struct shard_host *host)
{
    struct shard_config config = {.journal = {.segment_bytes = SEGMENT_BYTES,
                                              .on_durable = on_durable,
                                              .on_durable_arg = host},
                                  .cache_bytes = host->config.cache_bytes,
                                  .sink = {put_output, host},
                                  .zone = host->config.zone,
                                  .registry = host->config.registry,
                                  .plan = host->config.plan,
                                  .command_number = command_number,
                                  .random_bytes = random_bytes,
                                  .checkpoint_bytes = CHECKPOINT_BYTES,
                                  .checkpoint_rows = CHECKPOINT_ROWS,
                                  .checkpoint_records = CHECKPOINT_RECORDS,
                                  .jump_us = JUMP_US,
                                  .jump_at_start_us = JUMP_AT_START_US,
                                  .checkpoint_age_us = CHECKPOINT_AGE_US};
    enum im_err err = disk_posix_new(host->config.journal_dir, &host->disk);

    config.expiry = host->expiry = history_expiry_new();
    if (!err)
        err = engine_rocksdb_open(host->config.state_dir, history_row_expired, host->expiry,
                                  &host->engine);
    config.journal.disk = host->disk;
    config.engine = host->engine;
    if (!err)
        err = shard_open(&config, system_wall_us(), &host->shard);
    if (err) {
        log_error("the shard cannot be opened: %s", err_text(err));
        return err;
    }
    core_clock_init(&host->clock, shard_now_us(host->shard), system_boot_us(), system_wall_us());
    return IM_OK;
}

void shard_host_start(struct shard_host *host)
{
    host->started = true;
    journal_start(shard_journal(host->shard));
    for (int i = 0; i < LOADERS; i++) {
        host->loading[i].host = host;
        CHECK(pthread_create(&host->loaders[i], NULL, loader_main, &host->loading[i]) == 0);
    }
    CHECK(pthread_create(&host->writer, NULL, writer_main, host) == 0);
    CHECK(pthread_create(&host->thread, NULL, shard_main, host) == 0);
}

struct shard *shard_host_shard(struct shard_host *host)
{
    return host->shard;
}

static void add_up(struct durations_read *sum, const struct durations *durations)
{
    struct durations_read part;

    durations_read(durations, &part);
    for (size_t i = 0; i <= DURATION_BOUNDS; i++)
        sum->buckets[i] += part.buckets[i];
    sum->sum_us += part.sum_us;
}

void shard_host_stats(const struct shard_host *host, struct shard_host_stats *ret_stats)
{
    struct durations_read loads = {0};

    for (int i = 0; i < LOADERS; i++)
        add_up(&loads, &host->loading[i].loads);
    ret_stats->loads = loads;
    durations_read(&host->checkpoints, &ret_stats->checkpoints);
    ret_stats->cpu_us = thread_cpu_us(host->thread);
}

void shard_host_stop(struct shard_host *host)
{
    if (!host->started)
        return;
    atomic_store(&host->stop, true);
    wake(host);
    pthread_join(host->thread, NULL);
    handoff_close(&host->to_load);
    handoff_close(&host->to_write);
    for (int i = 0; i < LOADERS; i++)
        pthread_join(host->loaders[i], NULL);
    pthread_join(host->writer, NULL);
    host->started = false;
}

void shard_host_free(struct shard_host *host)
{
    if (!host)
        return;
    shard_host_stop(host);
    shard_close(host->shard);
    for (uint32_t i = 0; i < host->config.link_count; i++)
        bus_link_free(host->links[i]);
    state_engine_close(host->engine);
    history_expiry_free(host->expiry);
    disk_posix_free(host->disk);
    handoff_release(&host->to_load);
    handoff_release(&host->loaded);
    handoff_release(&host->to_write);
    handoff_release(&host->written);
    pthread_cond_destroy(&host->wake);
    pthread_mutex_destroy(&host->mutex);
    free(host->links);
    free(host);
}
