/* The threads, on a real directory. Meant for TSan; no sleeps: who waits, waits for progress. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fixture.h"

#define RECORDS 30000u

struct bench {
    char path[64];
    struct disk *disk;
    struct journal *journal;
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    uint64_t durable; /* as on_durable says */
    int failures;
    atomic_uint_fast64_t dropped;
    atomic_bool done;
};

static void on_durable(void *arg, uint64_t number)
{
    struct bench *bench = arg;

    pthread_mutex_lock(&bench->mutex);
    CHECK(number >= bench->durable);
    bench->durable = number;
    bench->failures += bench->journal && journal_failed(bench->journal);
    pthread_cond_signal(&bench->moved);
    pthread_mutex_unlock(&bench->mutex);
}

static void open_bench(struct bench *bench, struct replayed *replayed)
{
    struct journal_config config = {.disk = bench->disk,
                                    .shard = 1,
                                    .segment_bytes = 256 << 10,
                                    .replay_after = atomic_load(&bench->dropped),
                                    .replay = on_replay,
                                    .replay_arg = replayed,
                                    .on_durable = on_durable,
                                    .on_durable_arg = bench};

    *replayed = (struct replayed){0};
    assert_int_equal(journal_open(&config, &bench->journal), IM_OK);
}

static void remove_file(void *arg, const char *name)
{
    struct disk *disk = arg;

    disk->ops->remove(disk, name);
}

static void start_bench(struct bench *bench)
{
    *bench = (struct bench){0};
    strcpy(bench->path, "/tmp/magpie-journal-XXXXXX");
    assert_non_null(mkdtemp(bench->path));
    assert_int_equal(disk_posix_new(bench->path, &bench->disk), IM_OK);
    pthread_mutex_init(&bench->mutex, NULL);
    pthread_cond_init(&bench->moved, NULL);
}

static void end_bench(struct bench *bench)
{
    bench->disk->ops->list(bench->disk, remove_file, bench->disk);
    disk_posix_free(bench->disk);
    assert_int_equal(rmdir(bench->path), 0);
    pthread_mutex_destroy(&bench->mutex);
    pthread_cond_destroy(&bench->moved);
}

static void wait_durable(struct bench *bench, uint64_t number)
{
    while (!journal_submit(bench->journal) || journal_durable(bench->journal) < number) {
        CHECK(!journal_failed(bench->journal));
        pthread_mutex_lock(&bench->mutex);
        while (bench->durable < journal_durable(bench->journal))
            pthread_cond_wait(&bench->moved, &bench->mutex);
        pthread_mutex_unlock(&bench->mutex);
        sched_yield();
    }
}

/* Reads all over what is held, also where it is being dropped. */
static void *read_around(void *arg)
{
    struct bench *bench = arg;
    uint64_t random = 1, reads = 0;
    struct buf buf;

    buf_init(&buf, JOURNAL_MAX_RECORD_BYTES);
    while (!atomic_load(&bench->done) || reads < 1000) {
        uint64_t durable = journal_durable(bench->journal);
        uint64_t number, time_us;
        enum im_err err;

        if (durable == 0)
            continue;
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        number = 1 + (random >> 33) % durable;
        err = journal_read(bench->journal, number, &buf, &time_us);
        if (err == IM_OK)
            check_record(number, time_us, buf.p, buf.n);
        else
            CHECK(err == IM_ERR_NOT_FOUND && number <= atomic_load(&bench->dropped));
        reads++;
    }
    buf_release(&buf);
    return NULL;
}

TEST(one_thread_appends_while_others_read_and_segments_are_dropped)
{
    struct bench bench;
    struct replayed replayed;
    struct journal_stats stats;
    pthread_t readers[2];

    start_bench(&bench);
    open_bench(&bench, &replayed);
    journal_start(bench.journal);
    for (int i = 0; i < 2; i++)
        pthread_create(&readers[i], NULL, read_around, &bench);
    while (journal_next(bench.journal) <= RECORDS) {
        append(bench.journal, 25);
        journal_submit(bench.journal);
        if (journal_next(bench.journal) % 2000 == 1 && journal_durable(bench.journal) > 8000) {
            uint64_t drop = journal_durable(bench.journal) - 8000;

            atomic_store(&bench.dropped, drop);
            assert_int_equal(journal_drop(bench.journal, drop, UINT64_MAX), IM_OK);
        }
        if (journal_pending_bytes(bench.journal) > 100000)
            wait_durable(&bench, journal_next(bench.journal) - 200);
    }
    wait_durable(&bench, RECORDS);
    assert_int_equal(journal_pending_bytes(bench.journal), 0);
    journal_stats(bench.journal, &stats);
    assert_true(stats.oldest_number > 1 && stats.segments > 1 && stats.commits > 10);
    atomic_store(&bench.done, true);
    for (int i = 0; i < 2; i++)
        pthread_join(readers[i], NULL);
    append(bench.journal, 7);
    journal_close(bench.journal);

    open_bench(&bench, &replayed);
    assert_int_equal(replayed.last, RECORDS + 7);
    check_reads(bench.journal, atomic_load(&bench.dropped) + 1, RECORDS + 7);
    journal_close(bench.journal);
    end_bench(&bench);
}

TEST(a_full_batch_waits_for_the_commit_under_way)
{
    struct bench bench;
    struct replayed replayed;
    char *record = calloc(1, JOURNAL_MAX_RECORD_BYTES);

    start_bench(&bench);
    open_bench(&bench, &replayed);
    journal_start(bench.journal);
    for (int i = 0; i < 30; i++)
        journal_append(bench.journal, 1, record, JOURNAL_MAX_RECORD_BYTES);
    wait_durable(&bench, 30);
    journal_close(bench.journal);
    free(record);
    end_bench(&bench);
}

TEST(a_failure_on_the_commit_thread_is_told_once)
{
    struct bench bench;
    struct replayed replayed;

    quiet();
    start_bench(&bench);
    disk_posix_free(bench.disk);
    bench.disk = sim_disk_new();
    open_bench(&bench, &replayed);
    journal_start(bench.journal);
    append(bench.journal, 10);
    wait_durable(&bench, 10);
    sim_disk_fail_after(bench.disk, 1, IM_ERR_IO);
    append(bench.journal, 10);
    while (!journal_submit(bench.journal))
        sched_yield();
    pthread_mutex_lock(&bench.mutex);
    while (!bench.failures)
        pthread_cond_wait(&bench.moved, &bench.mutex);
    pthread_mutex_unlock(&bench.mutex);
    append(bench.journal, 10);
    assert_true(journal_submit(bench.journal));
    assert_int_equal(journal_next(bench.journal), 31);
    assert_int_equal(journal_durable(bench.journal), 10);
    journal_close(bench.journal);
    assert_int_equal(bench.failures, 1);
    sim_disk_free(bench.disk);
    assert_int_equal(disk_posix_new(bench.path, &bench.disk), IM_OK);
    end_bench(&bench);
    log_set_level(LOG_INFO);
}

int main(void)
{
    return RUN_TESTS(T(one_thread_appends_while_others_read_and_segments_are_dropped),
                     T(a_full_batch_waits_for_the_commit_under_way),
                     T(a_failure_on_the_commit_thread_is_told_once));
}
