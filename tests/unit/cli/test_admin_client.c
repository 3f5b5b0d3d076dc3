#include "support/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/admin_client.h"
#include "cli/cli.h"

/* A server for one request: keeps what it was asked, answers what it was told, in two pieces. */
struct answering {
    char directory[64];
    int listener;
    pthread_t thread;
    char reply[4096];
    char asked[8192];
    size_t asked_bytes;
};

static void *answer(void *arg)
{
    struct answering *server = arg;
    int fd = accept(server->listener, NULL, NULL);
    size_t half = strlen(server->reply) / 2;

    /* A body ends with its object, a request without one with its head. */
    while (!memmem(server->asked, server->asked_bytes, "\r\n\r\n", 4) ||
           (strstr(server->asked, "Content-Length") &&
            server->asked[server->asked_bytes - 1] != '}')) {
        ssize_t got = recv(fd, server->asked + server->asked_bytes,
                           sizeof(server->asked) - 1 - server->asked_bytes, 0);

        if (got <= 0)
            break;
        server->asked_bytes += (size_t)got;
    }
    if (send(fd, server->reply, half, MSG_NOSIGNAL) > 0)
        send(fd, server->reply + half, strlen(server->reply) - half, MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

/* The head promises `missing` bytes more than the body has. */
static void answering_start(struct answering *server, const char *status, const char *body,
                            size_t missing)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memset(server, 0, sizeof(*server));
    snprintf(server->reply, sizeof(server->reply),
             "HTTP/1.1 %s\r\nServer: x\r\ncontent-length: %zu\r\n\r\n%s", status,
             strlen(body) + missing, body);
    memcpy(server->directory, "/tmp/magpie_cli_XXXXXX", sizeof("/tmp/magpie_cli_XXXXXX"));
    assert_non_null(mkdtemp(server->directory));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/" ADMIN_SOCKET_NAME,
             server->directory);
    server->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)(void *)&address, sizeof(address)),
                     0);
    assert_int_equal(listen(server->listener, 1), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, answer, server), 0);
}

static void answering_stop(struct answering *server)
{
    char path[128];

    pthread_join(server->thread, NULL);
    close(server->listener);
    snprintf(path, sizeof(path), "%s/" ADMIN_SOCKET_NAME, server->directory);
    unlink(path);
    rmdir(server->directory);
}

/* Runs the program with stdout and stderr caught. */
struct run {
    int status;
    char out[4096];
    char err[4096];
};

static void slurp(FILE *file, char *into, size_t room)
{
    rewind(file);
    into[fread(into, 1, room - 1, file)] = 0;
    fclose(file);
}

static struct run run(int argc, char **argv)
{
    struct run result;
    FILE *out = tmpfile(), *err = tmpfile();
    int real_out = dup(1), real_err = dup(2);

    fflush(stdout);
    dup2(fileno(out), 1);
    dup2(fileno(err), 2);
    result.status = cli_main(argc, argv);
    fflush(stdout);
    dup2(real_out, 1);
    dup2(real_err, 2);
    close(real_out);
    close(real_err);
    slurp(out, result.out, sizeof(result.out));
    slurp(err, result.err, sizeof(result.err));
    return result;
}

#define RUN(...)                                              \
    ({                                                        \
        const char *words_[] = {"magpie", __VA_ARGS__, NULL}; \
        char *argv_[16] = {0};                                \
        int argc_ = 0;                                        \
        struct run run_;                                      \
        for (; words_[argc_]; argc_++)                        \
            argv_[argc_] = strdup(words_[argc_]);             \
        run_ = run(argc_, argv_);                             \
        for (int i_ = 0; i_ < argc_; i_++)                    \
            free(argv_[i_]);                                  \
        run_;                                                 \
    })

TEST(app_create_prints_exactly_the_servers_result_with_json)
{
    struct answering server;
    struct run result;

    answering_start(&server, "201 Created",
                    "{\"sdkappid\":1400000001,\"key\":\"ab\",\"admin\":\"administrator\"}", 0);
    result = RUN("app", "create", "--name", "my \"app\"", "--json", "--data", server.directory);
    answering_stop(&server);
    assert_int_equal(result.status, 0);
    assert_string_equal(result.out,
                        "{\"sdkappid\":1400000001,\"key\":\"ab\",\"admin\":\"administrator\"}\n");
    assert_string_equal(result.err, "");
    assert_ptr_equal(strstr(server.asked, "POST /admin/v1/apps HTTP/1.1\r\n"), server.asked);
    assert_non_null(strstr(server.asked, "Content-Length: 21\r\n"));
    assert_non_null(strstr(server.asked, "\r\n\r\n{\"name\":\"my \\\"app\\\"\"}"));
}

TEST(a_refusal_is_one_line_on_stderr_and_status_1)
{
    struct answering server;
    struct run result;

    answering_start(&server, "404 Not Found",
                    "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                    "\"detail\":\"what is wrong\",\"code\":\"not_found\"}",
                    0);
    result = RUN("app", "show", "--app=7", "--data", server.directory);
    answering_stop(&server);
    assert_int_equal(result.status, 1);
    assert_string_equal(result.out, "");
    assert_string_equal(result.err, "magpie: what is wrong\n");
    assert_ptr_equal(strstr(server.asked, "GET /admin/v1/apps/7 HTTP/1.1\r\n"), server.asked);
    assert_null(strstr(server.asked, "Authorization"));
}

TEST(members_travel_in_the_path_and_the_query)
{
    struct answering server;

    answering_start(&server, "200 OK", "{\"items\":[],\"next\":null}", 0);
    assert_int_equal(RUN("token", "list", "--customer", "3", "--limit", "5", "--cursor", "a b&c/d",
                         "--json", "--data", server.directory)
                         .status,
                     0);
    answering_stop(&server);
    assert_ptr_equal(
        strstr(server.asked,
               "GET /admin/v1/customers/3/tokens?limit=5&cursor=a%20b%26c%2Fd HTTP/1.1\r\n"),
        server.asked);

    answering_start(&server, "200 OK", "{\"level\":\"group\"}", 0);
    assert_int_equal(RUN("group-field", "set", "--app", "7", "--level", "group", "--key", "a/b",
                         "--read", "x", "--write", "y", "--json", "--data", server.directory)
                         .status,
                     0);
    answering_stop(&server);
    assert_ptr_equal(strstr(server.asked, "PUT /admin/v1/apps/7/group-fields/group/a%2Fb HTTP"),
                     server.asked);
    assert_non_null(strstr(server.asked, "\r\n\r\n{\"read\":\"x\",\"write\":\"y\"}"));
}

TEST(a_servers_url_is_checked)
{
    assert_int_equal(RUN("app", "list", "--server", "https://x").status, 2);
    assert_int_equal(RUN("app", "list", "--server", "http://x/path").status, 1);
    assert_int_equal(RUN("app", "list", "--server", "http://127.0.0.1:1").status, 1);
}

TEST(an_answer_cut_short_is_a_failure)
{
    struct answering server;
    struct run result;

    answering_start(&server, "200 OK", "{\"items\":[]}", 470);
    result = RUN("app", "list", "--data", server.directory);
    answering_stop(&server);
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.err, "did not answer: it closed the connection"));
}

TEST(an_answer_that_is_not_json_is_a_failure)
{
    struct answering server;
    struct run result;

    answering_start(&server, "200 OK", "hello", 0);
    result = RUN("app", "list", "--data", server.directory);
    answering_stop(&server);
    assert_int_equal(result.status, 1);
    assert_string_equal(result.err, "magpie: the server's answer is not understood\n");
}

TEST(without_a_server_the_message_says_how_to_start_one)
{
    struct run result = RUN("app", "list", "--data", "/nonexistent/magpie");

    assert_int_equal(result.status, 1);
    assert_string_equal(result.err,
                        "magpie: no server answers at /nonexistent/magpie/admin.sock: start one "
                        "with `magpie serve --data /nonexistent/magpie`\n");
}

TEST(wrong_usage_is_status_2_and_asks_no_server)
{
    assert_int_equal(RUN("app").status, 2);
    assert_int_equal(RUN("app", "make").status, 2);
    assert_int_equal(RUN("app", "create").status, 2);
    assert_int_equal(RUN("app", "create", "--name").status, 2);
    assert_int_equal(RUN("app", "create", "--nam", "x").status, 2);
    assert_int_equal(RUN("app", "create", "x").status, 2);
    assert_int_equal(RUN("app", "list", "--json=1").status, 2);
    assert_int_equal(RUN("app", "show", "--app", "4294967296").status, 2);
    assert_int_equal(RUN("usersig", "--app", "1").status, 2);
    assert_int_equal(RUN("limit", "set", "--app", "1", "--limit", "push").status, 2);
    assert_int_equal(RUN("group-field", "set", "--app", "1", "--level", "group").status, 2);
    assert_int_equal(RUN("group-field", "list", "--app", "x").status, 2);
    assert_int_equal(RUN("bill", "--app", "1", "--month", "2026-13").status, 2);
    assert_int_equal(RUN("usage", "--app", "1", "--month", "202611").status, 2);
    assert_int_equal(RUN("nothing").status, 2);
}

TEST(every_subcommand_has_help)
{
    static const char *const subcommands[] = {"app",      "usersig", "limit", "usage",
                                              "bill",     "price",   "serve", "group-field",
                                              "customer", "token",   "audit"};

    for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
        struct run direct = RUN(subcommands[i], "--help");
        struct run asked = RUN("help", subcommands[i]);

        assert_int_equal(direct.status, 0);
        assert_non_null(strstr(direct.out, "usage: magpie "));
        assert_string_equal(direct.out, asked.out);
    }
    assert_int_equal(RUN("help").status, 0);
    assert_non_null(strstr(RUN("version").out, "magpie "));
}

int main(void)
{
    return RUN_TESTS(T(app_create_prints_exactly_the_servers_result_with_json),
                     T(a_refusal_is_one_line_on_stderr_and_status_1),
                     T(members_travel_in_the_path_and_the_query), T(a_servers_url_is_checked),
                     T(an_answer_cut_short_is_a_failure),
                     T(an_answer_that_is_not_json_is_a_failure),
                     T(without_a_server_the_message_says_how_to_start_one),
                     T(wrong_usage_is_status_2_and_asks_no_server), T(every_subcommand_has_help));
}
