/* Pushes to many sockets. */
#include "world.h"

#include <errno.h>

#define MEMBERS 400u /* more than the gateway writes in one turn of its loop */

struct member {
    int fd;
    struct address at;
};

/* A socket whose address is known. */
static struct member join(enum ws_opcode kind)
{
    struct member member = {.fd = connect_ws()};
    struct request *req;

    send_hello(member.fd, a2_text(5), "1");
    req = next_request();
    member.at = req->from;
    answer(req, IM_ERR_OPENIM_TO);
    assert_frame(member.fd, WS_BINARY, "90003");
    tell_all(member.fd);
    if (kind == WS_TEXT) {
        send_frame(member.fd, WS_TEXT, true, "{\"head\":{\"servcmd\":\"heartbeat.alive\"}}");
        assert_frame(member.fd, WS_TEXT, "heartbeat.alive");
    }
    return member;
}

/* A C2C message is the smallest push with a text of its own. */
static void push_text(const struct member *members, uint32_t count, const char *text, bool relaxed)
{
    struct request *req = request_new();
    struct push_message *push = ARENA_NEW(&req->arena, struct push_message);
    struct address *many = ARENA_ARRAY(&req->arena, struct address, count);
    struct output output = {.req = req,
                            .push = push,
                            .many = many,
                            .many_count = count,
                            .kind = OUTPUT_PUSH,
                            .push_kind = PUSH_MESSAGE,
                            .relaxed = relaxed};

    for (uint32_t i = 0; i < count; i++)
        many[i] = members[i].at;
    push->from = SPAN_LIT("amy");
    push->body = arena_copy(&req->arena, span_of(text));
    put_output(&output);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

TEST(each_socket_gets_a_push_to_many_in_the_kind_it_speaks)
{
    static const enum ws_opcode kinds[] = {WS_BINARY, WS_TEXT, WS_BINARY};
    struct member members[4];

    for (int i = 0; i < 3; i++)
        members[i] = join(kinds[i]);
    /* One that is gone, and whose place another may have taken. */
    members[3] = members[0];
    members[3].at.generation++;
    push_text(members, 4, "[\"one\"]", false);
    push_text(members, 4, "[\"two\"]", false);
    for (int i = 0; i < 3; i++) {
        assert_frame(members[i].fd, kinds[i], "\"MsgBody\":[\"one\"]");
        assert_frame(members[i].fd, kinds[i], "\"MsgBody\":[\"two\"]");
        close(members[i].fd);
    }
}

TEST(more_sockets_than_are_written_in_one_turn_all_get_it)
{
    static struct member members[MEMBERS];

    for (uint32_t i = 0; i < MEMBERS; i++)
        members[i] = join(WS_BINARY);
    push_text(members, MEMBERS, "[1]", false);
    push_text(members, MEMBERS, "[2]", true);
    push_text(members, MEMBERS, "[3]", false);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        assert_frame(members[i].fd, WS_BINARY, "\"MsgBody\":[1]");
        assert_frame(members[i].fd, WS_BINARY, "\"MsgBody\":[2]");
        assert_frame(members[i].fd, WS_BINARY, "\"MsgBody\":[3]");
        close(members[i].fd);
    }
}

TEST(a_relaxed_push_waits_for_a_moment_and_then_leaves_by_itself)
{
    struct member member = join(WS_BINARY);
    uint64_t started = now_ms();

    push_text(&member, 1, "[1]", true);
    push_text(&member, 1, "[2]", true);
    assert_frame(member.fd, WS_BINARY, "\"MsgBody\":[1]");
    assert_true(now_ms() - started >= 50);
    assert_frame(member.fd, WS_BINARY, "\"MsgBody\":[2]");
    close(member.fd);
}

TEST(a_relaxed_push_leaves_with_and_before_what_is_written_next)
{
    struct member member = join(WS_BINARY);

    push_text(&member, 1, "[1]", true);
    push_text(&member, 1, "[2]", false);
    assert_frame(member.fd, WS_BINARY, "\"MsgBody\":[1]");
    assert_frame(member.fd, WS_BINARY, "\"MsgBody\":[2]");
    push_text(&member, 1, "[3]", true);
    send_hello(member.fd, a2_text(5), "4");
    answer(next_request(), IM_ERR_OPENIM_TO);
    assert_frame(member.fd, WS_BINARY, "\"MsgBody\":[3]");
    assert_frame(member.fd, WS_BINARY, "\"seq\":4}");
    close(member.fd);
}

/* Bytes that come until the peer ends it, whichever way. */
static size_t read_rest(int fd)
{
    static char rest[1 << 16];
    size_t total = 0;
    ssize_t n;

    while ((n = recv(fd, rest, sizeof(rest), 0)) > 0)
        total += (size_t)n;
    assert_true(n == 0 || errno == ECONNRESET);
    return total;
}

TEST(a_member_that_never_reads_is_cut_off_and_the_others_get_everything)
{
    static char text[60001] = "[\"";
    struct member members[3] = {join(WS_BINARY), join(WS_BINARY), join(WS_BINARY)};
    size_t sent = 0;

    memset(text + 2, 'x', sizeof(text) - 5);
    memcpy(text + sizeof(text) - 3, "\"]", 3);
    for (int i = 0; i < 400; i++) {
        push_text(members, 3, text, i % 32 == 0);
        sent += sizeof(text);
        assert_frame(members[0].fd, WS_BINARY, "xxxx");
        assert_frame(members[2].fd, WS_BINARY, "xxxx");
    }
    assert_true(read_rest(members[1].fd) < sent);
    for (int i = 0; i < 3; i++)
        close(members[i].fd);
}

TEST(sockets_that_close_while_a_push_waits_to_be_written_are_passed_over)
{
    static struct member members[MEMBERS];

    for (uint32_t i = 0; i < MEMBERS; i++)
        members[i] = join(WS_BINARY);
    push_text(members, MEMBERS, "[1]", true);
    for (uint32_t i = 0; i < MEMBERS; i += 2)
        close(members[i].fd);
    push_text(members, MEMBERS, "[2]", false);
    for (uint32_t i = 1; i < MEMBERS; i += 2) {
        assert_frame(members[i].fd, WS_BINARY, "\"MsgBody\":[1]");
        assert_frame(members[i].fd, WS_BINARY, "\"MsgBody\":[2]");
        close(members[i].fd);
    }
}

/* ---- a gateway of its own ---- */

TEST(stopping_does_not_wait_for_polls_that_the_shard_holds)
{
    struct request *poll;
    uint64_t started;
    int fd;

    assert_int_equal(setup(NULL), 0);
    fd = connect_ws();
    send_frame(fd, WS_BINARY, true,
               "{\"head\":{\"servcmd\":\"group_open_long_polling_http_noauth_svc.get_msg\","
               "\"seq\":1,\"sdkappid\":1400000001},\"body\":{\"USP\":1,\"StartSeq\":0,"
               "\"HoldTime\":90,\"Key\":\"k\"}}");
    poll = next_request();
    assert_true(poll->operation->may_hold);
    started = now_ms();
    assert_int_equal(teardown(NULL), 0);
    /* Its patience with requests that are under way is 5 seconds. */
    assert_true(now_ms() - started < 4000);
    request_unref(poll);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest alone[] = {T(stopping_does_not_wait_for_polls_that_the_shard_holds)};
    const struct CMUnitTest tests[] = {
        T(each_socket_gets_a_push_to_many_in_the_kind_it_speaks),
        T(more_sockets_than_are_written_in_one_turn_all_get_it),
        T(a_relaxed_push_waits_for_a_moment_and_then_leaves_by_itself),
        T(a_relaxed_push_leaves_with_and_before_what_is_written_next),
        T(a_member_that_never_reads_is_cut_off_and_the_others_get_everything),
        T(sockets_that_close_while_a_push_waits_to_be_written_are_passed_over),
    };

    hash_init();
    return cmocka_run_group_tests(tests, setup, teardown) +
           cmocka_run_group_tests(alone, NULL, NULL);
}
