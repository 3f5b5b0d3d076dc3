/* What only a real directory shows. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/check.h"
#include "journal/disk.h"
#include "support/test.h"

#define FILE_BYTES 65536u
#define TMPFS 0x01021994 /* keeps everything in memory (statfs(2)) */

static char directory[64];

static struct disk *new_disk(void)
{
    struct disk *disk;

    snprintf(directory, sizeof(directory), "/tmp/magpie-disk-XXXXXX");
    CHECK(mkdtemp(directory));
    CHECK(disk_posix_new(directory, &disk) == IM_OK);
    return disk;
}

static void end_disk(struct disk *disk)
{
    CHECK(disk->ops->remove(disk, "a") == IM_OK);
    disk_posix_free(disk);
    CHECK(rmdir(directory) == 0);
}

static struct disk_file *new_file(struct disk *disk)
{
    static char bytes[FILE_BYTES];
    struct disk_file *file;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7 + i / 256);
    CHECK(disk->ops->open(disk, "a", 1, &file) == IM_OK);
    CHECK(disk->ops->write(file, 0, bytes, sizeof(bytes)) == IM_OK);
    return file;
}

static void check_bytes(const char *p, size_t offset, size_t n)
{
    for (size_t i = offset; i < offset + n; i++)
        assert_int_equal(p[i - offset], (char)(i * 7 + i / 256));
}

struct other_thread {
    sem_t is_apart, may_read;
    struct disk_file *file;
    char bytes[1000];
    enum im_err err;
    bool has_own_table;
};

static void *read_apart(void *arg)
{
    struct other_thread *other = arg;
    size_t got = 0;

    other->has_own_table = unshare(CLONE_FILES) == 0;
    sem_post(&other->is_apart);
    sem_wait(&other->may_read);
    other->err = other->file->disk->ops->read_cached(other->file, 5000, other->bytes,
                                                     sizeof(other->bytes), &got);
    CHECK(other->err || got == sizeof(other->bytes));
    return NULL;
}

TEST(a_thread_with_descriptors_of_its_own_reads_what_lies_in_memory)
{
    struct disk *disk = new_disk();
    struct other_thread other = {0};
    char bytes[100];
    size_t got;
    pthread_t thread;

    sem_init(&other.is_apart, 0, 0);
    sem_init(&other.may_read, 0, 0);
    CHECK(pthread_create(&thread, NULL, read_apart, &other) == 0);
    sem_wait(&other.is_apart);
    other.file = new_file(disk);
    CHECK(disk->ops->read(other.file, 0, bytes, sizeof(bytes), &got) == IM_OK);
    sem_post(&other.may_read);
    pthread_join(thread, NULL);
    assert_true(other.has_own_table);
    assert_int_equal(other.err, IM_OK);
    check_bytes(other.bytes, 5000, sizeof(other.bytes));
    disk->ops->close(other.file);
    end_disk(disk);
}

TEST(what_is_written_later_is_read_from_memory_too)
{
    struct disk *disk = new_disk();
    struct disk_file *file = new_file(disk);
    char bytes[8];
    size_t got;

    assert_int_equal(disk->ops->read_cached(file, 0, bytes, 1, &got), IM_AGAIN);
    assert_int_equal(disk->ops->read(file, 0, bytes, 1, &got), IM_OK);
    assert_int_equal(disk->ops->write(file, 4094, "changed", 7), IM_OK);
    assert_int_equal(disk->ops->read_cached(file, 4094, bytes, 7, &got), IM_OK);
    assert_int_equal(got, 7);
    assert_memory_equal(bytes, "changed", 7);
    disk->ops->close(file);
    end_disk(disk);
}

TEST(nothing_is_read_from_memory_beyond_the_end)
{
    struct disk *disk = new_disk();
    struct disk_file *file = new_file(disk);
    char bytes[100];
    size_t got;

    assert_int_equal(disk->ops->read(file, 0, bytes, 1, &got), IM_OK);
    assert_int_equal(disk->ops->read_cached(file, FILE_BYTES - 100, bytes, 100, &got), IM_OK);
    check_bytes(bytes, FILE_BYTES - 100, 100);
    assert_int_equal(disk->ops->read_cached(file, FILE_BYTES - 99, bytes, 100, &got), IM_AGAIN);
    assert_int_equal(disk->ops->read_cached(file, UINT64_MAX - 10, bytes, 100, &got), IM_AGAIN);
    disk->ops->close(file);
    end_disk(disk);
}

TEST(pages_that_were_dropped_are_not_waited_for)
{
    struct disk *disk = new_disk();
    struct disk_file *file = new_file(disk);
    char bytes[100], path[80];
    struct statfs status;
    size_t got;
    int fd;

    CHECK(statfs(directory, &status) == 0);
    if (status.f_type == TMPFS) {
        disk->ops->close(file);
        end_disk(disk);
        skip();
    }
    assert_int_equal(disk->ops->read(file, 0, bytes, 1, &got), IM_OK);
    assert_int_equal(disk->ops->sync(file), IM_OK);
    snprintf(path, sizeof(path), "%s/a", directory);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
    close(fd);
    assert_int_equal(disk->ops->read_cached(file, 40000, bytes, 100, &got), IM_AGAIN);
    assert_int_equal(disk->ops->read(file, 40000, bytes, 100, &got), IM_OK);
    assert_int_equal(disk->ops->read_cached(file, 40000, bytes, 100, &got), IM_OK);
    check_bytes(bytes, 40000, 100);
    disk->ops->close(file);
    end_disk(disk);
}

int main(void)
{
    return RUN_TESTS(T(a_thread_with_descriptors_of_its_own_reads_what_lies_in_memory),
                     T(what_is_written_later_is_read_from_memory_too),
                     T(nothing_is_read_from_memory_beyond_the_end),
                     T(pages_that_were_dropped_are_not_waited_for));
}
