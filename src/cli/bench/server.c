/* The server under test: started in a temporary directory, asked for an app over its admin
   socket, watched through /proc. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/admin_client.h"
#include "cli/bench/bench.h"
#include "wire/json.h"

#define START_DEADLINE_S 30
/* Granted to the app, so that neither preloading nor a group is refused. */
#define CALLS_A_SECOND 10000000
#define GROUP_MESSAGES_A_SECOND 1000000
#define GROUPS_A_DAY 100000

static bool parse_address(const char *text, struct client_target *target)
{
    const char *colon = strrchr(text, ':');
    uint64_t port;

    if (!colon || (size_t)(colon - text) >= sizeof(target->host) ||
        !span_to_u64(span_of(colon + 1), &port) || port == 0 || port > 65535)
        return false;
    memcpy(target->host, text, (size_t)(colon - text));
    target->host[colon - text] = '\0';
    target->port = (uint16_t)port;
    return true;
}

static bool use_running(const struct bench_options *options, struct bench_server *server)
{
    const char *address = options->url;

    if (!strncmp(address, "http://", 7) || !strncmp(address, "ws://", 5))
        address = strstr(address, "://") + 3;
    if (!options->sdkappid || !options->key) {
        fprintf(stderr, "magpie bench: --url needs --app and --key\n");
        return false;
    }
    if (!parse_address(address, &server->target)) {
        fprintf(stderr, "magpie bench: --url must be ADDR:PORT with an IPv4 address\n");
        return false;
    }
    server->target.sdkappid = options->sdkappid;
    usersig_key_init(&server->target.key, span_of(options->key));
    return true;
}

static void exec_server(const char *directory, const char *ready, const char *log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd >= 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
    }
    execl("/proc/self/exe", "magpie", "serve", "--data", directory, "--listen", "127.0.0.1:0",
          "--admin-listen", "none", "--ready-file", ready, (char *)NULL);
    _exit(127);
}

static bool read_ready(const char *path, struct client_target *target)
{
    char text[512];
    struct json ready, http;
    char address[128];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, text, sizeof(text));
    close(fd);
    if (n <= 0 || !json_parse(span_make(text, (size_t)n), &ready))
        return false;
    http = json_member(ready, "http");
    if (http.type != JSON_STRING || http.text.n >= sizeof(address))
        return false;
    snprintf(address, sizeof(address), "%.*s", (int)http.text.n - 2, http.text.p + 1);
    return parse_address(address, target);
}

static bool wait_ready(const char *path, struct bench_server *server)
{
    const struct timespec pause = {0, 20000000};
    uint64_t deadline = bench_now_us() + START_DEADLINE_S * 1000000ull;

    while (bench_now_us() < deadline) {
        if (read_ready(path, &server->target))
            return true;
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
            server->pid = 0;
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool set_limit(const char *data, uint32_t app, const char *limit, uint64_t value)
{
    struct admin_reply reply;
    struct buf body;
    bool ok;

    admin_body_init(&body);
    admin_body_number(&body, "app", app);
    admin_body_text(&body, "limit", limit);
    admin_body_number(&body, "value", value);
    admin_body_text(&body, "reason", "load generator");
    ok = admin_call(data, "limit_set", admin_body_end(&body), &reply);
    if (ok)
        admin_reply_release(&reply);
    buf_release(&body);
    return ok;
}

static bool grant(const char *data, uint32_t app)
{
    return set_limit(data, app, "call_rate", CALLS_A_SECOND) &&
           set_limit(data, app, "group_messages", GROUP_MESSAGES_A_SECOND) &&
           set_limit(data, app, "groups_per_day", GROUPS_A_DAY);
}

static bool make_app(struct bench_server *server, const char *data)
{
    struct admin_reply reply;
    struct buf body;
    uint32_t app;

    admin_body_init(&body);
    admin_body_text(&body, "name", "bench");
    if (!admin_call(data, "app_create", admin_body_end(&body), &reply))
        return false;
    app = (uint32_t)admin_u64(reply.result, "sdkappid");
    usersig_key_init(&server->target.key, span_of(admin_text(reply.result, "key")));
    server->target.sdkappid = app;
    admin_reply_release(&reply);
    buf_release(&body);
    return grant(data, app);
}

bool bench_server_prepare(struct bench_server *server)
{
    *server = (struct bench_server){0};
    snprintf(server->directory, sizeof(server->directory), "%s/magpie-bench-XXXXXX",
             getenv("TMPDIR") && strlen(getenv("TMPDIR")) < 32 ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(server->directory)) {
        fprintf(stderr, "magpie bench: no temporary directory: %s\n", strerror(errno));
        server->directory[0] = '\0';
        return false;
    }
    snprintf(server->data, sizeof(server->data), "%s/data", server->directory);
    return true;
}

/* Each start of the directory's server has its own log. */
bool bench_server_again(struct bench_server *server)
{
    char ready[80], log[80];

    server->starts++;
    snprintf(ready, sizeof(ready), "%s/ready%u", server->directory, server->starts);
    snprintf(log, sizeof(log), "%s/log%u", server->directory, server->starts);
    server->pid = fork();
    if (server->pid == 0)
        exec_server(server->data, ready, log);
    if (server->pid > 0 && wait_ready(ready, server))
        return true;
    fprintf(stderr, "magpie bench: the server did not start, see %s\n", log);
    return false;
}

bool bench_server_launch(struct bench_server *server, uint32_t app, const char *key)
{
    if (!bench_server_again(server))
        return false;
    server->target.sdkappid = app;
    usersig_key_init(&server->target.key, span_of(key));
    return grant(server->data, app);
}

bool bench_server_start(const struct bench_options *options, struct bench_server *server)
{
    if (options->url) {
        *server = (struct bench_server){0};
        return use_running(options, server);
    }
    if (!bench_server_prepare(server))
        return false;
    if (bench_server_again(server) && make_app(server, server->data))
        return true;
    bench_server_stop(server, true);
    return false;
}

/* A clean page leaves the cache; what the server wrote is on the disk when it has ended. */
static int forget_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    int fd = flag == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    (void)st, (void)ftw;
    if (fd >= 0) {
        fdatasync(fd);
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    return 0;
}

void bench_server_end(struct bench_server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGTERM);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}

bool bench_server_restart_cold(struct bench_server *server)
{
    bench_server_end(server);
    nftw(server->data, forget_entry, 16, FTW_PHYS);
    return bench_server_again(server);
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

void bench_server_stop(struct bench_server *server, bool keep)
{
    bench_server_end(server);
    if (server->directory[0] && !keep)
        nftw(server->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

bool bench_server_usage(const struct bench_server *server, double *ret_cpu_s, uint64_t *ret_rss)
{
    char path[64], line[1024];
    unsigned long user, system, pages;
    const char *at;
    FILE *file;

    if (server->pid <= 0)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/stat", server->pid);
    file = fopen(path, "re");
    if (!file || !fgets(line, sizeof(line), file)) {
        if (file)
            fclose(file);
        return false;
    }
    fclose(file);
    at = strrchr(line, ')');
    if (!at || sscanf(at + 1,
                      " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d "
                      "%*d %*d %*d %*u %*u %lu",
                      &user, &system, &pages) != 3)
        return false;
    *ret_cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    *ret_rss = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}

uint64_t bench_server_commits(const struct bench_server *server)
{
    struct admin_reply reply;
    uint64_t commits;

    if (server->pid <= 0 || !admin_call(server->data, "stats", SPAN_LIT("{}"), &reply))
        return 0;
    commits = admin_u64(reply.result, "commits");
    admin_reply_release(&reply);
    return commits;
}
