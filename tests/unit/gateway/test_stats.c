/* What a gateway counts, as another thread reads it while it works. */
#include "world.h"

#include "gateway/stats.h"

#define PATIENCE_S 10
#define PUSH_BYTES 60000u
#define PUSHES 900u /* more than the sockets' buffers and what is queued hold */

static uint64_t counted(enum gateway_count count)
{
    struct gateway_stats stats;

    gateway_stats(world.gateway, &stats);
    return stats.counts[count];
}

static uint64_t requests_timed(void)
{
    struct gateway_stats stats;
    uint64_t total = 0;

    gateway_stats(world.gateway, &stats);
    for (size_t i = 0; i <= DURATION_BOUNDS; i++)
        total += stats.requests.buckets[i];
    return total;
}

/* What is counted behind the last thing that a client can see. */
static void wait_until(enum gateway_count count, uint64_t value)
{
    time_t end = time(NULL) + PATIENCE_S;

    while (counted(count) != value && time(NULL) < end)
        sched_yield();
    assert_int_equal(counted(count), value);
}

static void post_state(int fd, const char *identifier, const char *usersig)
{
    char text[2048];

    snprintf(text, sizeof(text),
             "POST /v4/openim/querystate?sdkappid=%u&identifier=%s&usersig=%s HTTP/1.1\r\n"
             "Host: x\r\nContent-Length: 22\r\n\r\n{\"To_Account\":[\"bob\"]}",
             APP, identifier, usersig);
    send_text(fd, text);
}

static struct address join(int fd)
{
    struct request *req;
    struct address at;

    send_hello(fd, a2_text(5), "1");
    req = next_request();
    at = req->from;
    answer(req, IM_ERR_OPENIM_TO);
    assert_frame(fd, WS_BINARY, "90003");
    tell_all(fd);
    return at;
}

TEST(connections_are_counted_by_kind_until_they_are_gone)
{
    uint64_t accepted = counted(GATEWAY_ACCEPTED), closed = counted(GATEWAY_CLOSED);
    int plain[3], ws[2], admin;

    for (int i = 0; i < 3; i++)
        plain[i] = connect_client();
    for (int i = 0; i < 2; i++)
        ws[i] = connect_ws();
    admin = connect_at(gateway_admin_address(world.gateway));
    send_text(admin, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    read_until(admin, "ok\n");
    wait_until(GATEWAY_HTTP_NOW, 3);
    wait_until(GATEWAY_WS_NOW, 2);
    assert_int_equal(counted(GATEWAY_ADMIN_NOW), 1);
    assert_int_equal(counted(GATEWAY_ADMIN), 1);
    assert_int_equal(counted(GATEWAY_ACCEPTED), accepted + 6);
    assert_int_equal(counted(GATEWAY_UPGRADES), 2);
    for (int i = 0; i < 3; i++)
        close(plain[i]);
    close(ws[0]);
    close(admin);
    wait_until(GATEWAY_CLOSED, closed + 5);
    assert_int_equal(counted(GATEWAY_HTTP_NOW), 0);
    assert_int_equal(counted(GATEWAY_WS_NOW), 1);
    assert_int_equal(counted(GATEWAY_ADMIN_NOW), 0);
    close(ws[1]);
    wait_until(GATEWAY_WS_NOW, 0);
}

TEST(requests_are_counted_and_timed_and_seen_while_they_wait)
{
    uint64_t rest = counted(GATEWAY_REST), timed = requests_timed();
    uint64_t received = counted(GATEWAY_RECEIVED), sent = counted(GATEWAY_SENT);
    int fd = connect_client();
    struct request *req[2];
    size_t reply;

    for (int i = 0; i < 2; i++) {
        post_state(fd, "administrator", usersig_for("administrator"));
        req[i] = next_request();
    }
    wait_until(GATEWAY_UNDER_WAY, 2);
    assert_int_equal(counted(GATEWAY_REST), rest + 2);
    assert_true(counted(GATEWAY_RECEIVED) > received + 400);
    assert_int_equal(requests_timed(), timed);
    answer(req[0], IM_ERR_OPENIM_TO);
    reply = strlen(read_until(fd, "90003}"));
    assert_true(reply > 0);
    wait_until(GATEWAY_UNDER_WAY, 1);
    assert_int_equal(requests_timed(), timed + 1);
    assert_int_equal(counted(GATEWAY_SENT), sent + reply);
    answer(req[1], IM_ERR_OPENIM_TO);
    wait_until(GATEWAY_UNDER_WAY, 0);
    assert_int_equal(requests_timed(), timed + 2);
    close(fd);
}

TEST(signatures_are_counted_by_what_was_found)
{
    uint64_t valid = counted(GATEWAY_SIG_VALID), invalid = counted(GATEWAY_SIG_INVALID);
    uint64_t locked = counted(GATEWAY_SIG_LOCKED);
    int fd = connect_client();

    post_state(fd, "administrator", usersig_for("administrator"));
    answer(next_request(), IM_ERR_OPENIM_TO);
    read_until(fd, "90003}");
    assert_int_equal(counted(GATEWAY_SIG_VALID), valid + 1);
    for (int i = 0; i < 10; i++) {
        post_state(fd, "mallory", "xx");
        read_until(fd, "70003}");
    }
    assert_int_equal(counted(GATEWAY_SIG_INVALID), invalid + 10);
    post_state(fd, "mallory", usersig_for("mallory"));
    read_until(fd, "70050}");
    assert_int_equal(counted(GATEWAY_SIG_LOCKED), locked + 1);
    assert_int_equal(counted(GATEWAY_SIG_INVALID), invalid + 10);
    close(fd);
}

/* To `count` sockets, or to one by itself if that is 1. */
static void push_text(const struct address *at, uint32_t count, const char *text)
{
    struct request *req = request_new();
    struct push_message *push = ARENA_NEW(&req->arena, struct push_message);
    struct address *many = ARENA_ARRAY(&req->arena, struct address, count);
    struct output output = {.req = req,
                            .push = push,
                            .to = at[0],
                            .many = count > 1 ? many : NULL,
                            .many_count = count > 1 ? count : 0,
                            .kind = OUTPUT_PUSH,
                            .push_kind = PUSH_MESSAGE};

    memcpy(many, at, count * sizeof(*at));
    push->from = SPAN_LIT("amy");
    push->body = arena_copy(&req->arena, span_of(text));
    put_output(&output);
}

TEST(a_push_counts_for_each_socket_that_was_there)
{
    uint64_t pushes = counted(GATEWAY_PUSHES);
    struct address at[3];
    int fd[2];

    for (int i = 0; i < 2; i++) {
        fd[i] = connect_ws();
        at[i] = join(fd[i]);
    }
    at[2] = (struct address){.slot = 60000, .generation = 9};
    push_text(at, 1, "[1]");
    push_text(at, 3, "[2]");
    push_text(&at[2], 1, "[3]");
    assert_frame(fd[0], WS_BINARY, "[1]");
    for (int i = 0; i < 2; i++)
        assert_frame(fd[i], WS_BINARY, "[2]");
    assert_int_equal(counted(GATEWAY_PUSHES), pushes + 3);
    for (int i = 0; i < 2; i++)
        close(fd[i]);
    wait_until(GATEWAY_WS_NOW, 0);
}

TEST(a_reader_that_is_too_slow_is_counted_once)
{
    uint64_t cut = counted(GATEWAY_CUT);
    int fd = connect_ws();
    struct address at = join(fd);
    char *text = malloc(PUSH_BYTES);

    memset(text, '1', PUSH_BYTES);
    text[0] = '[';
    text[PUSH_BYTES - 2] = ']';
    text[PUSH_BYTES - 1] = '\0';
    for (uint32_t i = 0; i < PUSHES; i++)
        push_text(&at, 1, text);
    wait_until(GATEWAY_WS_NOW, 0);
    assert_int_equal(counted(GATEWAY_CUT), cut + 1);
    wait_until(GATEWAY_QUEUED, 0);
    free(text);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(connections_are_counted_by_kind_until_they_are_gone),
        T(requests_are_counted_and_timed_and_seen_while_they_wait),
        T(signatures_are_counted_by_what_was_found),
        T(a_push_counts_for_each_socket_that_was_there),
        T(a_reader_that_is_too_slow_is_counted_once),
    };

    hash_init();
    return cmocka_run_group_tests(tests, setup, teardown);
}
