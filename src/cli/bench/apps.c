/*
 * What an app costs that nobody uses. A server with a hundred apps is started anew, as many apps
 * as asked for are made over its admin socket, one after the other, each timed; then it ends, which
 * writes a checkpoint, and starts again. Memory is compared with that of the start with a hundred,
 * the store with what lay on the disk then.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/admin_client.h"
#include "cli/bench/bench.h"

#define FIRST 100u
#define LAST 1000u /* of those that are timed: with nearly all the others there */

struct costs {
    uint64_t rss, stored, journal; /* bytes */
};

static uint64_t disk_bytes;

static int add_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)path, (void)ftw;
    disk_bytes += flag == FTW_F ? (uint64_t)st->st_blocks * 512 : 0;
    return 0;
}

/* What the files in the store take of the disk. */
static uint64_t stored_bytes(const struct bench_server *server)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/state", server->data);
    disk_bytes = 0;
    nftw(path, add_entry, 16, FTW_PHYS);
    return disk_bytes;
}

/* What the server has appended to its journal since it began; segments take more, in advance. */
static uint64_t journal_bytes(const struct bench_server *server)
{
    struct admin_reply reply;
    uint64_t bytes;

    if (!admin_call(server->data, "stats", SPAN_LIT("{}"), &reply))
        return 0;
    bytes = admin_u64(reply.result, "committed_bytes");
    admin_reply_release(&reply);
    return bytes;
}

static bool make_app(const struct bench_server *server, uint32_t i)
{
    struct admin_reply reply;
    char body[64];

    snprintf(body, sizeof(body), "{\"name\":\"app %u\"}", i);
    if (!admin_call(server->data, "app_create", span_of(body), &reply))
        return false;
    admin_reply_release(&reply);
    return true;
}

static bool make_apps(const struct bench_server *server, uint32_t count, struct histogram *all,
                      struct histogram *last)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t started = bench_now_us(), us;

        if (!make_app(server, i))
            return false;
        us = bench_now_us() - started;
        histogram_add(all, us);
        if (count - i <= LAST)
            histogram_add(last, us);
        bench_progress("making apps: %u of %u", i + 1, count);
    }
    return true;
}

/* Ends the server, looks at its store, starts it again and looks at its memory. */
static bool restart(struct bench_server *server, struct costs *ret_costs)
{
    double cpu;

    bench_server_end(server);
    ret_costs->stored = stored_bytes(server);
    return bench_server_again(server) && bench_server_usage(server, &cpu, &ret_costs->rss);
}

static void print(const struct bench_options *options, const struct histogram *last,
                  const struct costs *before, const struct costs *made, const struct costs *after)
{
    double count = options->count;
    double p50 = histogram_quantile_ms(last, 0.5), p99 = histogram_quantile_ms(last, 0.99);
    double rss_made = ((double)made->rss - (double)before->rss) / count;
    double rss_after = ((double)after->rss - (double)before->rss) / count;
    double stored = ((double)after->stored - (double)before->stored) / count;
    double journal = ((double)made->journal - (double)before->journal) / count;

    if (options->json) {
        printf("{\"mode\":\"apps\",\"count\":%u,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
               "\"rss_per_app\":%.0f,\"rss_per_app_after_restart\":%.0f,\"stored_per_app\":%.0f,"
               "\"journal_per_app\":%.0f}\n",
               options->count, p50, p99, rss_made, rss_after, stored, journal);
        return;
    }
    printf("%-22s %u\n%-22s p50 %.2f  p99 %.2f\n", "apps", options->count, "making the last, ms",
           p50, p99);
    printf("%-22s %.0f as they were made, %.0f after a restart\n", "memory of an app, B", rss_made,
           rss_after);
    printf("%-22s %.0f after a checkpoint, and %.0f of the journal\n", "disk of an app, B", stored,
           journal);
}

bool bench_apps(const struct bench_options *options, struct bench_server *server)
{
    static struct histogram first, all, last;
    struct costs before = {0}, made = {0}, after = {0};
    double cpu;

    if (!server->pid) {
        fprintf(stderr, "magpie bench: apps are made on a server of its own, not on --url\n");
        return false;
    }
    if (!make_apps(server, FIRST, &first, &first) || !restart(server, &before))
        return false;
    before.journal = journal_bytes(server);
    if (!make_apps(server, options->count, &all, &last) ||
        !bench_server_usage(server, &cpu, &made.rss))
        return false;
    made.journal = journal_bytes(server);
    if (!restart(server, &after))
        return false;
    print(options, &last, &before, &made, &after);
    return true;
}
