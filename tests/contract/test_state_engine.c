/* What every engine under the rows promises. Each test runs for the memory engine and RocksDB. */
#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/engine.h"
#include "state/state.h"
#include "support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
    bool rocks;
    char directory[64];
    struct state_engine *engine;
};

/* Rows whose value starts with 'x' have expired. */
static bool is_expired(void *arg, struct span key, struct span value)
{
    (void)arg;
    (void)key;
    return value.n && value.p[0] == 'x';
}

static void open_engine(struct fixture *fixture)
{
    if (fixture->rocks) {
        assert_int_equal(
            engine_rocksdb_open(fixture->directory, is_expired, NULL, &fixture->engine), IM_OK);
    } else {
        fixture->engine = engine_memory_new();
        engine_memory_expire(fixture->engine, is_expired, NULL);
    }
}

static struct fixture *new_fixture(bool rocks)
{
    struct fixture *fixture = mem_zalloc(sizeof(*fixture));

    fixture->rocks = rocks;
    snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/magpie-engine-XXXXXX");
    if (rocks)
        assert_non_null(mkdtemp(fixture->directory));
    open_engine(fixture);
    return fixture;
}

static int set_up_memory(void **state)
{
    *state = new_fixture(false);
    return 0;
}

static int set_up_rocks(void **state)
{
    *state = new_fixture(true);
    return 0;
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        char name[512];

        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        unlink(name);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    state_engine_close(fixture->engine);
    if (fixture->rocks)
        remove_directory(fixture->directory);
    free(fixture);
    return 0;
}

static struct state_change put(const char *key, const char *value)
{
    return (struct state_change){span_of(key), span_of(value), false};
}

static struct state_change deletion(const char *key)
{
    return (struct state_change){.key = span_of(key), .deleted = true};
}

static void apply(struct fixture *fixture, const struct state_change *changes, size_t n)
{
    assert_int_equal(fixture->engine->ops->apply(fixture->engine, changes, n), IM_OK);
}

/* Everything found, as text: "key=value " or "index=value ". */
struct found {
    char text[1024];
    int stop_after; /* 0: never */
};

static void on_found(void *arg, size_t i, struct span value)
{
    struct found *found = arg;
    size_t n = strlen(found->text);

    snprintf(found->text + n, sizeof(found->text) - n, "%zu=%.*s ", i, SPAN_FMT(value));
}

static bool on_row(void *arg, struct span key, struct span value)
{
    struct found *found = arg;
    size_t n = strlen(found->text);

    snprintf(found->text + n, sizeof(found->text) - n, "%.*s=%.*s ", SPAN_FMT(key),
             SPAN_FMT(value));
    return --found->stop_after != 0;
}

static void assert_scan(struct fixture *fixture, const char *prefix, const char *expected)
{
    struct found found = {.text = ""};

    assert_int_equal(fixture->engine->ops->scan(fixture->engine, span_of(prefix), on_row, &found),
                     IM_OK);
    assert_string_equal(found.text, expected);
}

static void fill(struct fixture *fixture)
{
    struct state_change changes[] = {put("b2", "two"), put("a1", "one"), put("b10", "ten"),
                                     put("b1", ""),    put("c", "sea"),  put("b2\xff", "high")};

    apply(fixture, changes, 6);
}

static void get_reads_the_rows_that_exist(void **state)
{
    struct fixture *fixture = *state;
    struct span keys[] = {SPAN_LIT("c"), SPAN_LIT("b"), SPAN_LIT("b1"), SPAN_LIT("b2")};
    struct found found = {.text = ""};

    fill(fixture);
    assert_int_equal(fixture->engine->ops->get(fixture->engine, keys, 4, on_found, &found), IM_OK);
    assert_string_equal(found.text, "0=sea 2= 3=two ");
}

static void scan_is_in_byte_order_and_keeps_to_the_prefix(void **state)
{
    struct fixture *fixture = *state;
    struct found found = {.stop_after = 2};

    fill(fixture);
    assert_scan(fixture, "b", "b1= b10=ten b2=two b2\xff=high ");
    assert_scan(fixture, "b1", "b1= b10=ten ");
    assert_scan(fixture, "b2\xff", "b2\xff=high ");
    assert_scan(fixture, "bb", "");
    assert_scan(fixture, "\xff", "");
    assert_scan(fixture, "", "a1=one b1= b10=ten b2=two b2\xff=high c=sea ");
    assert_int_equal(fixture->engine->ops->scan(fixture->engine, SPAN_LIT("b"), on_row, &found),
                     IM_OK);
    assert_string_equal(found.text, "b1= b10=ten ");
}

static void a_prefix_of_high_bytes_has_no_end_key(void **state)
{
    struct fixture *fixture = *state;
    struct state_change changes[] = {put("\xff\xff", "1"), put("\xff\xff\x01", "2"),
                                     put("\xfe", "3")};

    apply(fixture, changes, 3);
    assert_scan(fixture, "\xff\xff", "\xff\xff=1 \xff\xff\x01=2 ");
}

static void keys_are_bytes_zeroes_included(void **state)
{
    struct fixture *fixture = *state;
    struct state_change change = {{"\x01\x00\x02", 3}, {"a\x00z", 3}, false};
    struct found found = {.text = ""};

    apply(fixture, &change, 1);
    assert_int_equal(fixture->engine->ops->get(fixture->engine, &change.key, 1, on_found, &found),
                     IM_OK);
    assert_string_equal(found.text, "0=a ");
    change.key.n = 2;
    found.text[0] = 0;
    fixture->engine->ops->get(fixture->engine, &change.key, 1, on_found, &found);
    assert_string_equal(found.text, "");
}

static void a_batch_replaces_and_deletes(void **state)
{
    struct fixture *fixture = *state;
    struct state_change changes[] = {deletion("b10"), put("b2", "longer than before"),
                                     deletion("never there"), deletion("a1"), put("a1", "again")};

    fill(fixture);
    apply(fixture, changes, 5);
    assert_scan(fixture, "", "a1=again b1= b2=longer than before b2\xff=high c=sea ");
}

static void assert_seek(struct fixture *fixture, const char *prefix, const char *key,
                        const char *expected)
{
    char at[STATE_MAX_KEY + 1] = {0};
    size_t n = 0;
    enum im_err err =
        fixture->engine->ops->seek_back(fixture->engine, span_of(prefix), span_of(key), at, &n);

    assert_int_equal(err, expected ? IM_OK : IM_ERR_NOT_FOUND);
    if (expected) {
        assert_int_equal(n, strlen(expected));
        assert_memory_equal(at, expected, n);
    }
}

static void seek_back_finds_the_greatest_key_not_above(void **state)
{
    struct fixture *fixture = *state;

    assert_seek(fixture, "b", "b2", NULL);
    fill(fixture);
    assert_seek(fixture, "b", "b2", "b2");
    assert_seek(fixture, "b", "b1z", "b10");
    assert_seek(fixture, "b", "b\xff\xff", "b2\xff");
    assert_seek(fixture, "b", "b0", NULL);
    assert_seek(fixture, "b1", "b2", "b10");
    assert_seek(fixture, "a", "z", "a1");
    assert_seek(fixture, "bx", "bz", NULL);
    assert_seek(fixture, "", "b", "a1");
}

static void expired_rows_vanish_with_compaction_and_only_they(void **state)
{
    struct fixture *fixture = *state;
    struct state_change older[] = {put("k1", "x old"), put("k2", "live"), put("k3", "x old")};
    struct state_change newer[] = {put("k1", "renewed"), put("k4", "x new")};

    apply(fixture, older, 3);
    apply(fixture, newer, 2);
    assert_int_equal(fixture->engine->ops->compact(fixture->engine), IM_OK);
    assert_scan(fixture, "", "k1=renewed k2=live ");
}

static bool on_counted(void *arg, struct span key, struct span value)
{
    uint32_t *sum = arg;

    assert_int_equal(key.n, 5);
    assert_int_equal(value.n, 40);
    *sum += get_be32(key.p + 1) + get_le32(value.p);
    return true;
}

/* Rows 0 to n-1, in an order that is not that of the keys, each with `round` in its value. */
static void apply_many(struct fixture *fixture, uint32_t n, uint32_t round)
{
    struct state_change *changes = mem_alloc(n * sizeof(*changes));
    char(*rows)[45] = mem_zalloc((size_t)n * sizeof(*rows));

    for (uint32_t i = 0; i < n; i++) {
        rows[i][0] = 'm';
        put_be32(rows[i] + 1, (uint32_t)((uint64_t)i * 7919 % n));
        put_le32(rows[i] + 5, round);
        changes[i] = (struct state_change){{rows[i], 5}, {rows[i] + 5, 40}, false};
    }
    apply(fixture, changes, n);
    free(changes);
    free(rows);
}

static void many_rows_over_several_batches(void **state)
{
    struct fixture *fixture = *state;
    uint32_t n = 20011;
    uint32_t sum = 0;

    for (uint32_t round = 1; round <= 6; round++)
        apply_many(fixture, n, round);
    fixture->engine->ops->scan(fixture->engine, SPAN_LIT("m"), on_counted, &sum);
    assert_int_equal(sum, n * (n - 1) / 2 + n * 6);
}

static void what_was_applied_is_there_after_reopening(void **state)
{
    struct fixture *fixture = *state;

    fill(fixture);
    state_engine_close(fixture->engine);
    open_engine(fixture);
    assert_scan(fixture, "b1", "b1= b10=ten ");
}

/* Runs this program again as `mode` on the fixture's directory; see main. A fork alone would have
   none of RocksDB's threads. */
static void run_again(struct fixture *fixture, const char *mode)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        execl("/proc/self/exe", "again", mode, fixture->directory, NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static int die_after_apply(const char *directory)
{
    struct fixture fixture = {.rocks = true};

    if (engine_rocksdb_open(directory, NULL, NULL, &fixture.engine))
        return 1;
    apply_many(&fixture, 5003, 3);
    _exit(7);
}

static int open_locked(const char *directory)
{
    struct state_engine *engine = NULL;

    return engine_rocksdb_open(directory, NULL, NULL, &engine) == IM_ERR_LOCKED ? 7 : 1;
}

static void what_was_applied_survives_sudden_death(void **state)
{
    struct fixture *fixture = *state;
    uint32_t sum = 0;

    state_engine_close(fixture->engine);
    run_again(fixture, "die");
    open_engine(fixture);
    fixture->engine->ops->scan(fixture->engine, SPAN_LIT("m"), on_counted, &sum);
    assert_int_equal(sum, 5003 * 5002 / 2 + 5003 * 3);
}

/* What a crash between the last two steps of an ingestion leaves: a second name of a live file. */
static void link_tables_as_batch(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    int linked = 0;

    while (directory && (entry = readdir(directory))) {
        size_t n = strlen(entry->d_name);
        char name[512], batch[512];

        if (n < 4 || strcmp(entry->d_name + n - 4, ".sst") != 0)
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        snprintf(batch, sizeof(batch), "%s/batch.new", path);
        linked += link(name, batch) == 0;
    }
    closedir(directory);
    assert_int_equal(linked, 1);
}

static void a_crash_within_an_ingestion_costs_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct state_change change = put("d", "new");

    fill(fixture);
    state_engine_close(fixture->engine);
    link_tables_as_batch(fixture->directory);
    open_engine(fixture);
    apply(fixture, &change, 1);
    state_engine_close(fixture->engine);
    open_engine(fixture);
    assert_scan(fixture, "", "a1=one b1= b10=ten b2=two b2\xff=high c=sea d=new ");
}

static void a_batch_that_cannot_be_written_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct state_change change = put("a1", "changed");
    char batch[512];

    fill(fixture);
    snprintf(batch, sizeof(batch), "%s/batch.new", fixture->directory);
    assert_int_equal(mkdir(batch, 0700), 0);
    assert_int_equal(fixture->engine->ops->apply(fixture->engine, &change, 1), IM_ERR_IO);
    assert_scan(fixture, "a", "a1=one ");
    assert_int_equal(rmdir(batch), 0);
    apply(fixture, &change, 1);
    assert_scan(fixture, "a", "a1=changed ");
}

static void the_last_of_many_batches_is_read(void **state)
{
    struct fixture *fixture = *state;
    uint32_t sum = 0;

    for (uint32_t round = 1; round <= 60; round++)
        apply_many(fixture, 503, round);
    fixture->engine->ops->scan(fixture->engine, SPAN_LIT("m"), on_counted, &sum);
    assert_int_equal(sum, 503 * 502 / 2 + 503 * 60);
}

static void a_second_opening_is_refused_as_locked(void **state)
{
    struct fixture *fixture = *state;
    struct state_engine *second = NULL;

    run_again(fixture, "open");
    assert_int_equal(engine_rocksdb_open(fixture->directory, NULL, NULL, &second), IM_ERR_LOCKED);
    assert_null(second);
}

/* Cuts the file that holds the rows short, or overwrites it. */
static void damage_tables(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    int damaged = 0;

    while (directory && (entry = readdir(directory))) {
        char name[512];
        size_t n = strlen(entry->d_name);
        FILE *file;

        if (n < 4 || strcmp(entry->d_name + n - 4, ".sst") != 0)
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        file = fopen(name, "r+");
        assert_non_null(file);
        for (int i = 0; i < 60; i++)
            fputc(0x5a, file);
        fclose(file);
        damaged++;
    }
    closedir(directory);
    assert_true(damaged > 0);
}

static void damaged_rows_are_reported_and_not_read(void **state)
{
    struct fixture *fixture = *state;
    struct found found = {.text = ""};

    fill(fixture);
    state_engine_close(fixture->engine);
    damage_tables(fixture->directory);
    open_engine(fixture);
    assert_int_equal(fixture->engine->ops->scan(fixture->engine, SPAN_LIT("b"), on_row, &found),
                     IM_ERR_CORRUPT);
    assert_string_equal(found.text, "");
}

static void a_missing_directory_is_an_io_error(void **state)
{
    struct state_engine *engine = NULL;

    (void)state;
    assert_int_equal(engine_rocksdb_open("/proc/nowhere/at/all", NULL, NULL, &engine), IM_ERR_IO);
    assert_null(engine);
}

static void a_failed_apply_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct state_change change = put("a1", "changed");

    fill(fixture);
    engine_memory_fail(fixture->engine, 2);
    assert_int_equal(fixture->engine->ops->apply(fixture->engine, &change, 1), IM_ERR_IO);
    assert_int_equal(fixture->engine->ops->apply(fixture->engine, &change, 1), IM_ERR_IO);
    assert_scan(fixture, "a", "a1=one ");
    apply(fixture, &change, 1);
    assert_scan(fixture, "a", "a1=changed ");
}

#define MEMORY(name) cmocka_unit_test_setup_teardown(name, set_up_memory, tear_down)
#define ROCKS(name) cmocka_unit_test_setup_teardown(name, set_up_rocks, tear_down)
#define BOTH(name) MEMORY(name), ROCKS(name)

int main(int argc, char **argv)
{
    if (argc == 3)
        return strcmp(argv[1], "die") == 0 ? die_after_apply(argv[2]) : open_locked(argv[2]);
    return RUN_TESTS(
        BOTH(get_reads_the_rows_that_exist), BOTH(scan_is_in_byte_order_and_keeps_to_the_prefix),
        BOTH(a_prefix_of_high_bytes_has_no_end_key), BOTH(keys_are_bytes_zeroes_included),
        BOTH(a_batch_replaces_and_deletes), BOTH(seek_back_finds_the_greatest_key_not_above),
        BOTH(expired_rows_vanish_with_compaction_and_only_they),
        BOTH(many_rows_over_several_batches), MEMORY(a_failed_apply_leaves_nothing),
        ROCKS(what_was_applied_is_there_after_reopening),
        ROCKS(what_was_applied_survives_sudden_death), ROCKS(a_second_opening_is_refused_as_locked),
        ROCKS(a_crash_within_an_ingestion_costs_nothing),
        ROCKS(a_batch_that_cannot_be_written_leaves_nothing),
        BOTH(the_last_of_many_batches_is_read), ROCKS(damaged_rows_are_reported_and_not_read),
        ROCKS(a_missing_directory_is_an_io_error));
}
