#include "cli/bench/bench.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/options.h"

static const char help[] =
    "usage: magpie bench c2c   [--users N] [--window W] [--seconds S] [--body B] [--warmup S]\n"
    "       magpie bench group [--members N] [--senders S] [--window W] [--rate R] [--body B]\n"
    "                          [--seconds S] [--warmup S]\n"
    "       magpie bench room  [--members N] [--senders S] [--rate R] [--body B] [--seconds S]\n"
    "                          [--warmup S]\n"
    "       magpie bench history [--groups N] [--history N] [--rate R] [--burst N] [--body B]\n"
    "                          [--seconds S] [--warmup S]\n"
    "       magpie bench close [--apps N] [--large N] [--dau N] [--rate R] [--users N]\n"
    "                          [--seconds S] [--warmup S]\n"
    "       magpie bench apps  [--count N]\n"
    "       magpie bench login [--conns N] [--concurrency N]\n"
    "       magpie bench idle  [--conns N] [--seconds S]\n"
    "\n"
    "Measures a server with clients that speak the real protocol. Starts one of its own in a\n"
    "temporary directory, unless --url names one.\n"
    "\n"
    "  c2c     users in pairs, each with W messages of B bytes under way (1000, 16, 128);\n"
    "          afterwards every acknowledged message is read back\n"
    "  group   a group whose members are online, each on a connection of its own (500); each of\n"
    "          the senders (1) has W messages (16) under way that not all have received, or they\n"
    "          send R a second together. Over 2000 members it is a ChatRoom. Checks that each\n"
    "          member receives every acknowledged message once and in order\n"
    "  room    the same of a live room (AVChatRoom): 10000 members, 30 messages a second\n"
    "  history the 20 newest messages of a random one of N groups (1000) with so many messages in\n"
    "          all (100000), 500 reads a second while R messages a second are sent (1000), N in a\n"
    "          row over one connection (1): first warm, then after a restart with an empty page\n"
    "          cache. Beside it heartbeats, which no shard sees, tell what the machine costs\n"
    "  close   the end of a month for N apps (10000), of which so many (1000) had more than N\n"
    "          logins of different accounts a day (100000), while users (100) send R messages a\n"
    "          second (2000): how long it takes, and the sends' latency for S seconds before "
    "(20),\n"
    "          during and after it. Makes the deployment first, with the core on a clock of its "
    "own\n"
    "  apps    making N apps (10000) over the admin API, and what each costs in memory and on the\n"
    "          disk while nobody uses it\n"
    "  login   so many logins, one connection each (10000)\n"
    "  idle    memory of so many logged-in connections that do nothing (10000)\n"
    "\n"
    "  --preload-accounts N   accounts that are there before (0)\n"
    "  --preload-messages N   messages that are there before (0)\n"
    "  --url ADDR:PORT --app ID --key KEY   a running server and an app of it\n"
    "  --keep                 keep the temporary directory\n"
    "  --json                 one JSON object instead of lines\n";

void bench_progress(const char *format, ...)
{
    static uint64_t next_us;
    uint64_t now = bench_now_us();
    bool terminal = isatty(STDERR_FILENO);
    va_list args;

    if (now < next_us)
        return;
    next_us = now + (terminal ? 200000 : 5000000);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs(terminal ? "\033[K\r" : "\n", stderr);
}

static void print_json(const struct bench_report *r)
{
    printf("{\"mode\":\"%s\",\"seconds\":%.2f,\"sent\":%llu,\"delivered_per_s\":%.0f,"
           "\"members\":%u,\"messages_per_s\":%.0f,\"acked\":%llu,\"delivered\":%llu,\"read_back\":"
           "%llu,\"logins_per_s\":%.0f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"cold_p50_ms\":%.3f,"
           "\"cold_p99_ms\":%.3f,\"fsyncs_per_s\":%.0f,"
           "\"server_cpu\":%.2f,\"server_rss_bytes\":%llu,\"bytes_per_conn\":%.0f,"
           "\"ok\":%s}\n",
           r->mode, r->seconds, (unsigned long long)r->sent, r->delivered_per_s, r->members,
           r->messages_per_s, (unsigned long long)r->acked, (unsigned long long)r->delivered,
           (unsigned long long)r->read_back, r->logins_per_s,
           histogram_quantile_ms(&r->latency, 0.5), histogram_quantile_ms(&r->latency, 0.99),
           histogram_quantile_ms(&r->latency, 0.999), histogram_quantile_ms(&r->cold, 0.5),
           histogram_quantile_ms(&r->cold, 0.99), r->fsyncs_per_s, r->server_cpu,
           (unsigned long long)r->server_rss_bytes, r->bytes_per_conn,
           r->broken ? "false" : "true");
}

static void print_lines(struct bench_report *r)
{
    printf("%-22s %.1f s\n", r->mode, r->seconds);
    if (r->members)
        printf("%-22s %.0f\n%-22s %.1f\n%-22s %llu acknowledged, %llu delivered to %u members\n",
               "delivered/s", r->delivered_per_s, "messages/s", r->messages_per_s, "messages",
               (unsigned long long)r->acked, (unsigned long long)r->delivered, r->members);
    else if (r->delivered)
        printf("%-22s %.0f\n%-22s %llu acknowledged, %llu delivered, %llu read back\n",
               "delivered/s", r->delivered_per_s, "messages", (unsigned long long)r->acked,
               (unsigned long long)r->delivered, (unsigned long long)r->read_back);
    if (r->logins_per_s > 0)
        printf("%-22s %.0f\n", "logins/s", r->logins_per_s);
    printf("%-22s p50 %.2f  p99 %.2f  p99.9 %.2f\n", "latency ms",
           histogram_quantile_ms(&r->latency, 0.5), histogram_quantile_ms(&r->latency, 0.99),
           histogram_quantile_ms(&r->latency, 0.999));
    if (r->control.count)
        printf("%-22s p50 %.2f  p99 %.2f  p99.9 %.2f\n", "control ms",
               histogram_quantile_ms(&r->control, 0.5), histogram_quantile_ms(&r->control, 0.99),
               histogram_quantile_ms(&r->control, 0.999));
    if (r->latency_seconds.count)
        printf("%-22s median %.2f  lowest %.2f; control median %.2f  lowest %.2f\n",
               "p99 of a second, ms", histogram_seconds_ms(&r->latency_seconds, 0.5),
               histogram_seconds_ms(&r->latency_seconds, 0),
               histogram_seconds_ms(&r->control_seconds, 0.5),
               histogram_seconds_ms(&r->control_seconds, 0));
    if (r->cold.count)
        printf("%-22s p50 %.2f  p99 %.2f  p99.9 %.2f\n", "cold ms",
               histogram_quantile_ms(&r->cold, 0.5), histogram_quantile_ms(&r->cold, 0.99),
               histogram_quantile_ms(&r->cold, 0.999));
    if (r->fsyncs_per_s > 0)
        printf("%-22s %.0f\n", "fsyncs/s", r->fsyncs_per_s);
    printf("%-22s %.2f cores, %.1f MB\n", "server", r->server_cpu,
           (double)r->server_rss_bytes / 1e6);
    if (r->bytes_per_conn > 0)
        printf("%-22s %.0f\n", "bytes a connection", r->bytes_per_conn);
}

/* Text of the options; numbers are parsed when all are known. */
struct texts {
    const char *users, *window, *seconds, *body, *warmup, *conns, *concurrency, *accounts,
        *messages, *app, *members, *senders, *rate, *groups, *history, *burst, *apps, *large, *dau,
        *count;
};

static bool number(const char *name, const char *text, uint64_t max, uint64_t normal, uint64_t *ret)
{
    *ret = normal;
    return !text || cli_number(name, text, max, ret);
}

static bool small(const char *name, const char *text, uint32_t max, uint32_t normal, uint32_t *ret)
{
    uint64_t value;

    if (!number(name, text, max, normal, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool parse_group(const char *mode, const struct texts *t, struct bench_options *o)
{
    bool room = !strcmp(mode, "room"), history = !strcmp(mode, "history");

    if (!small("--groups", t->groups, 100000, 1000, &o->groups) ||
        !small("--burst", t->burst, 1000, 1, &o->burst) ||
        !number("--history", t->history, 1000000000, 100000, &o->history))
        return false;
    if (o->groups < 32 || o->history / o->groups < 20 || !o->burst) {
        fprintf(stderr, "magpie bench: --groups is at least 32, --history 20 messages each, "
                        "--burst at least 1\n");
        return false;
    }
    if (!small("--members", t->members, 18000, room ? 10000 : 500, &o->members) ||
        !small("--senders", t->senders, 18000, 1, &o->senders) ||
        !small("--rate", t->rate, 1000000,
               room      ? 30
               : history ? 1000
                         : 0,
               &o->rate))
        return false;
    if (o->members < 2 || !o->senders || o->senders > o->members || (room && !o->rate)) {
        fprintf(stderr, "magpie bench: --members is at least 2, --senders at least 1 of them, "
                        "--rate of a room at least 1\n");
        return false;
    }
    return true;
}

static bool parse(const struct texts *t, struct bench_options *o)
{
    if (!small("--users", t->users, 18000, 1000, &o->users) ||
        !small("--window", t->window, 1000, 16, &o->window) ||
        !small("--seconds", t->seconds, 86400, 10, &o->seconds) ||
        !small("--body", t->body, 7000, 128, &o->body) ||
        !small("--warmup", t->warmup, 3600, 3, &o->warmup) ||
        !small("--conns", t->conns, 18000, 10000, &o->conns) ||
        !small("--concurrency", t->concurrency, 10000, 64, &o->concurrency) ||
        !small("--app", t->app, UINT32_MAX, 0, &o->sdkappid) ||
        !number("--preload-accounts", t->accounts, 100000000, 0, &o->preload_accounts) ||
        !number("--preload-messages", t->messages, 1000000000, 0, &o->preload_messages))
        return false;
    if (o->users < 2 || o->users % 2) {
        fprintf(stderr, "magpie bench: --users must be even: they work in pairs\n");
        return false;
    }
    if (o->body < 32 || !o->window || !o->concurrency || !o->conns) {
        fprintf(stderr, "magpie bench: --body is at least 32, --window, --conns and "
                        "--concurrency at least 1\n");
        return false;
    }
    return true;
}

static bool parse_large(const char *mode, const struct texts *t, struct bench_options *o)
{
    if (!small("--apps", t->apps, 100000, 10000, &o->apps) ||
        !small("--large", t->large, 100000, 1000, &o->large) ||
        !small("--count", t->count, 1000000, 10000, &o->count) ||
        !small("--dau", t->dau, 1000000, 100000, &o->dau))
        return false;
    if (strcmp(mode, "close") != 0)
        return true;
    if (!small("--users", t->users, 18000, 100, &o->users) ||
        !small("--seconds", t->seconds, 86400, 20, &o->seconds) ||
        !small("--rate", t->rate, 100000, 2000, &o->rate))
        return false;
    if (!o->large || o->large > o->apps || !o->dau || !o->rate || !o->seconds) {
        fprintf(stderr, "magpie bench: --large is 1 to --apps; --dau, --rate and --seconds are at "
                        "least 1\n");
        return false;
    }
    return true;
}

static bool run_mode(const char *mode, const struct bench_options *options,
                     struct bench_server *server, struct bench_report *report)
{
    if (!bench_preload(server, options->preload_accounts, options->preload_messages))
        return false;
    if (!strcmp(mode, "c2c"))
        return bench_c2c(options, server, report);
    if (!strcmp(mode, "group") || !strcmp(mode, "room"))
        return bench_group(options, server, report, !strcmp(mode, "room"));
    if (!strcmp(mode, "history"))
        return bench_history(options, server, report);
    if (!strcmp(mode, "apps"))
        return bench_apps(options, server);
    if (!strcmp(mode, "login"))
        return bench_login(options, server, report);
    return bench_idle(options, server, report);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int cli_bench(int argc, char **argv)
{
    static struct bench_report report;
    struct bench_options options = {0};
    struct bench_server server;
    struct texts t = {0};
    struct cli_common common;
    const struct cli_option list[] = {{"--users", &t.users, NULL},
                                      {"--members", &t.members, NULL},
                                      {"--senders", &t.senders, NULL},
                                      {"--rate", &t.rate, NULL},
                                      {"--groups", &t.groups, NULL},
                                      {"--history", &t.history, NULL},
                                      {"--burst", &t.burst, NULL},
                                      {"--window", &t.window, NULL},
                                      {"--seconds", &t.seconds, NULL},
                                      {"--body", &t.body, NULL},
                                      {"--warmup", &t.warmup, NULL},
                                      {"--conns", &t.conns, NULL},
                                      {"--concurrency", &t.concurrency, NULL},
                                      {"--preload-accounts", &t.accounts, NULL},
                                      {"--preload-messages", &t.messages, NULL},
                                      {"--apps", &t.apps, NULL},
                                      {"--large", &t.large, NULL},
                                      {"--dau", &t.dau, NULL},
                                      {"--count", &t.count, NULL},
                                      {"--url", &options.url, NULL},
                                      {"--app", &t.app, NULL},
                                      {"--key", &options.key, NULL},
                                      {"--keep", NULL, &options.keep}};
    const char *mode = argc > 1 ? argv[1] : "";
    bool known = !strcmp(mode, "c2c") || !strcmp(mode, "login") || !strcmp(mode, "idle") ||
                 !strcmp(mode, "group") || !strcmp(mode, "room") || !strcmp(mode, "history") ||
                 !strcmp(mode, "close") || !strcmp(mode, "apps");
    int status;
    bool ok;

    if (!known) {
        bool asked = !strcmp(mode, "--help") || !strcmp(mode, "-h");

        fputs(help, asked ? stdout : stderr);
        return asked ? 0 : EXIT_USAGE;
    }
    status = cli_options(argc - 1, argv + 1, help, list, sizeof(list) / sizeof(list[0]), &common);
    if (status >= 0)
        return status;
    if (!parse(&t, &options) || !parse_group(mode, &t, &options))
        return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    options.json = common.json;
    if (!parse_large(mode, &t, &options))
        return EXIT_USAGE;
    if (!strcmp(mode, "close"))
        return bench_close(&options) ? 0 : 1;
    report.mode = mode;
    if (!bench_server_start(&options, &server))
        return 1;
    ok = run_mode(mode, &options, &server, &report);
    bench_server_stop(&server, options.keep);
    if (ok && !strcmp(mode, "apps"))
        return 0;
    if (ok && common.json)
        print_json(&report);
    else if (ok)
        print_lines(&report);
    return ok && !report.broken ? 0 : 1;
}
