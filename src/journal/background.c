/*
 * Two threads. The first commits what it is handed. The second works ahead and tidies up behind:
 * it keeps one zeroed segment ready (an overwrite's sync is 2 to 3 times cheaper than an
 * append's), writes the indexes of sealed segments and removes dropped ones.
 *
 * Zeroing paces itself by the commits: it stays ahead of twice the used part of the active
 * segment and pauses whenever it is, because unthrottled zeroing makes the worst commits.
 */
#include <errno.h>
#include <time.h>

#include "base/check.h"
#include "base/log.h"
#include "base/thread.h"
#include "journal/internal.h"

#define ZERO_PIECE_BYTES ((uint64_t)256 << 10)
#define FAST_SYNC_BYTES ((uint64_t)4 << 20)
#define ZERO_PAUSE_MS 20
#define RETRY_MS 1000

static void *commit_loop(void *arg)
{
    struct journal *journal = arg;
    struct turn *turn = &journal->turn;
    bool told = false;

    thread_name("journal");
    pthread_mutex_lock(&turn->mutex);
    for (;;) {
        enum im_err err;

        while (!turn->in_flight && !turn->stop)
            pthread_cond_wait(&turn->work, &turn->mutex);
        if (!turn->in_flight)
            break;
        pthread_mutex_unlock(&turn->mutex);

        err = commit_batch(journal, turn->in_flight);
        batch_reset(turn->in_flight);

        pthread_mutex_lock(&turn->mutex);
        turn->in_flight = NULL;
        pthread_cond_broadcast(&turn->idle);
        pthread_mutex_unlock(&turn->mutex);
        /* After in_flight: who was refused by journal_submit hears of this commit. */
        if (journal->config.on_durable && !(err && told))
            journal->config.on_durable(journal->config.on_durable_arg, journal_durable(journal));
        told = err;
        pthread_mutex_lock(&turn->mutex);
    }
    pthread_mutex_unlock(&turn->mutex);
    return NULL;
}

void background_spare_name(const struct journal *journal, char name[FORMAT_NAME_ROOM])
{
    temporary_name(name, journal->config.shard, "spare");
}

/* Waits until woken or `ms` have passed. Under the mutex. */
static void wait_ms(struct background *bg, long ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&bg->wake, &bg->mutex, &until);
}

enum pace { PACE_SLOW, PACE_FAST, PACE_STOP };

/* Pauses, unless the commits come near or the thread shall stop. */
static enum pace pace_zeroing(struct journal *journal, uint64_t done)
{
    struct background *bg = &journal->background;
    enum pace pace = PACE_FAST;

    pthread_mutex_lock(&bg->mutex);
    if (!bg->stop && !bg->hurry && done > 2 * atomic_load(&journal->active_used) &&
        atomic_load(&journal->active_bytes)) {
        wait_ms(bg, ZERO_PAUSE_MS);
        pace = PACE_SLOW;
    }
    if (bg->stop)
        pace = PACE_STOP;
    pthread_mutex_unlock(&bg->mutex);
    return pace;
}

/* Slowly: small pieces, each synced, so that no commit's sync finds much to do. In a hurry that
   many syncs would take longest themselves. */
static enum im_err zero_file(struct journal *journal, struct disk_file *file, enum pace *pace)
{
    const struct disk_ops *ops = journal->disk->ops;
    uint64_t bytes = journal->config.segment_bytes, unsynced = 0, at = 0;

    while (at < bytes && *pace != PACE_STOP) {
        uint64_t n = bytes - at < ZERO_PIECE_BYTES ? bytes - at : ZERO_PIECE_BYTES;
        enum im_err err = commit_zero(file, at, at + n);

        at += n;
        unsynced += n;
        if (!err && (*pace == PACE_SLOW || at == bytes || unsynced >= FAST_SYNC_BYTES)) {
            err = ops->sync(file);
            unsynced = 0;
        }
        if (err)
            return err;
        if (at < bytes)
            *pace = pace_zeroing(journal, at);
    }
    return IM_OK;
}

/* ret_file stays NULL, with IM_OK, if the thread shall stop. */
static enum im_err zero_ahead(struct journal *journal, struct disk_file **ret_file)
{
    const struct disk_ops *ops = journal->disk->ops;
    enum pace pace = PACE_FAST;
    char name[FORMAT_NAME_ROOM];
    struct disk_file *file;
    enum im_err err;

    background_spare_name(journal, name);
    err = ops->open(journal->disk, name, 1, &file);
    if (err)
        return err;
    err = zero_file(journal, file, &pace);
    if (!err && pace != PACE_STOP) {
        *ret_file = file;
        return IM_OK;
    }
    ops->close(file);
    ops->remove(journal->disk, name);
    return err;
}

/* Called and returns under the mutex. False: it failed. */
static bool make_spare(struct journal *journal)
{
    struct background *bg = &journal->background;
    struct disk_file *file = NULL;
    enum im_err err;

    bg->spare_state = SPARE_MAKING;
    pthread_mutex_unlock(&bg->mutex);
    err = zero_ahead(journal, &file);
    if (err)
        log_warn("journal of shard %u: no segment zeroed ahead (%s); trying again",
                 journal->config.shard, err_text(err));
    atomic_store(&journal->disk_full, err == IM_ERR_FULL);
    atomic_store(&journal->spare_bytes, file ? journal->config.segment_bytes : 0);
    pthread_mutex_lock(&bg->mutex);
    bg->spare = file;
    bg->spare_state = file ? SPARE_READY : SPARE_NONE;
    pthread_cond_broadcast(&bg->done);
    return !err;
}

static void *background_loop(void *arg)
{
    struct journal *journal = arg;
    struct background *bg = &journal->background;

    thread_name("journal files");
    thread_in_background();
    pthread_mutex_lock(&bg->mutex);
    while (!bg->stop) {
        bool retry = false;

        bg->work = false;
        if (bg->spare_state == SPARE_NONE && !atomic_load(&journal->failed))
            retry = !make_spare(journal);
        pthread_mutex_unlock(&bg->mutex);
        journal_save_indexes(journal);
        if (journal_remove_doomed(journal))
            retry = true;
        pthread_mutex_lock(&bg->mutex);
        if (retry && !bg->stop)
            wait_ms(bg, RETRY_MS);
        else
            while (!bg->work && !bg->stop)
                pthread_cond_wait(&bg->wake, &bg->mutex);
    }
    pthread_mutex_unlock(&bg->mutex);
    return NULL;
}

void background_wake(struct journal *journal)
{
    struct background *bg = &journal->background;

    pthread_mutex_lock(&bg->mutex);
    bg->work = true;
    pthread_cond_signal(&bg->wake);
    pthread_mutex_unlock(&bg->mutex);
}

void background_segment_placed(struct journal *journal)
{
    struct background *bg = &journal->background;

    pthread_mutex_lock(&bg->mutex);
    if (bg->spare_state == SPARE_TAKEN)
        bg->spare_state = SPARE_NONE;
    bg->work = true;
    pthread_cond_signal(&bg->wake);
    pthread_mutex_unlock(&bg->mutex);
}

struct disk_file *background_take_spare(struct journal *journal)
{
    struct background *bg = &journal->background;
    struct disk_file *file;

    if (!journal->started)
        return NULL;
    pthread_mutex_lock(&bg->mutex);
    bg->hurry = true;
    pthread_cond_signal(&bg->wake);
    while (bg->spare_state == SPARE_MAKING && !bg->stop)
        pthread_cond_wait(&bg->done, &bg->mutex);
    bg->hurry = false;
    file = bg->spare;
    bg->spare = NULL;
    if (bg->spare_state == SPARE_READY)
        bg->spare_state = SPARE_TAKEN;
    pthread_mutex_unlock(&bg->mutex);
    atomic_store(&journal->spare_bytes, 0);
    return file;
}

void background_start(struct journal *journal)
{
    struct background *bg = &journal->background;
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&bg->mutex, NULL);
    pthread_cond_init(&bg->wake, &monotonic);
    pthread_cond_init(&bg->done, NULL);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&journal->turn.mutex, NULL);
    pthread_cond_init(&journal->turn.work, NULL);
    pthread_cond_init(&journal->turn.idle, NULL);
    CHECK(pthread_create(&bg->thread, NULL, background_loop, journal) == 0);
    CHECK(pthread_create(&journal->turn.thread, NULL, commit_loop, journal) == 0);
}

void background_stop(struct journal *journal)
{
    struct background *bg = &journal->background;
    char name[FORMAT_NAME_ROOM];

    pthread_mutex_lock(&journal->turn.mutex);
    journal->turn.stop = true;
    pthread_cond_signal(&journal->turn.work);
    pthread_mutex_unlock(&journal->turn.mutex);
    pthread_join(journal->turn.thread, NULL);

    pthread_mutex_lock(&bg->mutex);
    bg->stop = true;
    pthread_cond_signal(&bg->wake);
    pthread_mutex_unlock(&bg->mutex);
    pthread_join(bg->thread, NULL);
    if (bg->spare) {
        journal->disk->ops->close(bg->spare);
        background_spare_name(journal, name);
        journal->disk->ops->remove(journal->disk, name);
        bg->spare = NULL;
    }
    pthread_mutex_destroy(&bg->mutex);
    pthread_cond_destroy(&bg->wake);
    pthread_cond_destroy(&bg->done);
    pthread_mutex_destroy(&journal->turn.mutex);
    pthread_cond_destroy(&journal->turn.work);
    pthread_cond_destroy(&journal->turn.idle);
}
