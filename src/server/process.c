#include "server/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static uint64_t entries(const char *path)
{
    DIR *directory = opendir(path);
    uint64_t count = 0;
    const struct dirent *entry;

    if (!directory)
        return 0;
    while ((entry = readdir(directory)))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void read_memory(struct process_stats *stats)
{
    unsigned long long pages, resident;
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    FILE *in = fopen("/proc/self/statm", "re");

    if (!in)
        return;
    if (fscanf(in, "%llu %llu", &pages, &resident) == 2) {
        stats->virtual_bytes = pages * page_bytes;
        stats->resident_bytes = resident * page_bytes;
    }
    fclose(in);
}

void process_stats(struct process_stats *ret_stats)
{
    struct timespec used;
    struct rlimit limit;

    *ret_stats = (struct process_stats){.open_fds = entries("/proc/self/fd"),
                                        .threads = entries("/proc/self/task")};
    read_memory(ret_stats);
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
        ret_stats->cpu_us = (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        ret_stats->max_fds = limit.rlim_cur;
}
