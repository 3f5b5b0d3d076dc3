/*
 * `magpie bench`: a load generator that speaks the real client protocol. Each run starts a server
 * of its own in a temporary directory, unless --url names one, and measures from outside.
 */
#ifndef CLI_BENCH_BENCH_H
#define CLI_BENCH_BENCH_H

#include "cli/bench/client.h"
#include "cli/bench/histogram.h"

struct bench_options {
    const char *url;   /* ADDR:PORT of a running server, or NULL */
    uint32_t sdkappid; /* with --url */
    const char *key;
    uint32_t members, senders, rate; /* rate 0: as fast as windows allow */
    uint32_t users, window, seconds, body, warmup, conns, concurrency;
    uint64_t preload_accounts, preload_messages;
    uint32_t groups; /* of bench_history, and the messages in all of them */
    uint64_t history;
    uint32_t burst;            /* messages in a row over one connection */
    uint32_t apps, large, dau; /* of bench_close */
    uint32_t count;            /* of bench_apps */
    bool json;
    bool keep; /* the temporary directory */
};

/* The server under test and how to reach it. */
struct bench_server {
    int pid; /* 0: not ours */
    char directory[64];
    char data[72];   /* its data directory, in that one */
    uint32_t starts; /* of ours */
    struct client_target target;
};

/* What a run has to tell; printed as JSON or as lines. */
struct bench_report {
    const char *mode;
    double seconds;
    uint64_t sent, acked, delivered, read_back;
    uint32_t members; /* of a group: each message goes to so many */
    double delivered_per_s, messages_per_s, logins_per_s;
    struct histogram latency; /* from send to delivery, of a login, or of a read */
    struct histogram cold;    /* of reads after a restart, with nothing in memory */
    struct histogram_seconds latency_seconds, control_seconds;
    struct histogram control; /* of heartbeats beside the reads, which no shard sees */
    double fsyncs_per_s;
    double server_cpu; /* cores */
    uint64_t server_rss_bytes;
    double bytes_per_conn;
    bool broken; /* acknowledged, delivered and read back differ */
};

/* Starts a server and makes an app in it, or fills in what --url and its options say. False: a
   line on stderr says why. */
bool bench_server_start(const struct bench_options *options, struct bench_server *ret_server);
/* The same in two steps, for a data directory that is filled before: an empty directory, which
   bench_server_stop removes; a server on what lies in `data`, whose app the clients use. */
bool bench_server_prepare(struct bench_server *ret_server);
bool bench_server_launch(struct bench_server *server, uint32_t app, const char *key);
/* Ends ours, after its last checkpoint; starts one on the same data. */
void bench_server_end(struct bench_server *server);
bool bench_server_again(struct bench_server *server);
/* Ends ours and starts it again on its data, whose files no longer lie in the page cache. */
bool bench_server_restart_cold(struct bench_server *server);
void bench_server_stop(struct bench_server *server, bool keep);
/* CPU seconds used and resident bytes of the server; false if it is not ours. */
bool bench_server_usage(const struct bench_server *server, double *ret_cpu_s, uint64_t *ret_rss);
/* Journal commits since its start; 0 if it cannot be asked. */
uint64_t bench_server_commits(const struct bench_server *server);

/* Accounts p0, p1, ... and messages among them, by REST. */
bool bench_preload(const struct bench_server *server, uint64_t accounts, uint64_t messages);

bool bench_c2c(const struct bench_options *options, const struct bench_server *server,
               struct bench_report *report);
/* One group, or one live room, of options->members. */
bool bench_group(const struct bench_options *options, const struct bench_server *server,
                 struct bench_report *report, bool room);
/* Groups with a history that is read while messages are sent. */
bool bench_history(const struct bench_options *options, struct bench_server *server,
                   struct bench_report *report);
/* Closes a month while messages are sent; prints what it finds itself. */
bool bench_close(const struct bench_options *options);
/* What idle apps cost; prints what it finds itself. */
bool bench_apps(const struct bench_options *options, struct bench_server *server);
bool bench_login(const struct bench_options *options, const struct bench_server *server,
                 struct bench_report *report);
bool bench_idle(const struct bench_options *options, const struct bench_server *server,
                struct bench_report *report);

/* Logs all clients of the loop in, `concurrency` at a time; false if one fails. Latencies go to
   `latency` if it is not NULL. The loop's events must be those of bench_logins_events. */
struct bench_logins {
    struct client_loop *loop;
    uint32_t next, count, ready, failed, concurrency;
    struct histogram *latency;
};
void bench_logins_on_ready(struct bench_logins *logins, const struct client *client);
void bench_logins_on_closed(struct bench_logins *logins);
bool bench_logins_run(struct bench_logins *logins);

/* A progress line on stderr, when that is a terminal or at most once a second otherwise. */
void bench_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

int cli_bench(int argc, char **argv);

#endif
