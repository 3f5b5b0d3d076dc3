/* What a client that came back is told, and when. */
#include "world.h"

#include <poll.h>

#include "core/group/message.h"
#include "core/recent/list.h"
#include "gateway/ws_keep.h"

/* A socket that came back: `at` is where its pushes go. */
static int come_back(struct address *at)
{
    int fd = connect_ws();
    struct request *req;

    send_hello(fd, a2_text(5), "1");
    req = next_request();
    *at = req->from;
    answer(req, IM_ERR_OPENIM_TO);
    assert_frame(fd, WS_BINARY, "90003");
    return fd;
}

static void push(struct address at, const char *text, bool to_many)
{
    struct request *req = request_new();
    struct push_message *message = ARENA_NEW(&req->arena, struct push_message);
    struct address *many = ARENA_NEW(&req->arena, struct address);
    struct output output = {.req = req,
                            .push = message,
                            .to = at,
                            .many = to_many ? many : NULL,
                            .many_count = to_many,
                            .kind = OUTPUT_PUSH,
                            .push_kind = PUSH_MESSAGE};

    *many = at;
    message->from = SPAN_LIT("amy");
    message->body = arena_copy(&req->arena, span_of(text));
    put_output(&output);
}

static void push_kick(struct address at)
{
    struct request *req = request_new();
    struct push_kicked *kick = ARENA_NEW(&req->arena, struct push_kicked);
    const struct output output = {
        .req = req, .push = kick, .to = at, .kind = OUTPUT_PUSH, .push_kind = PUSH_KICKED};

    kick->kick_type = 1;
    put_output(&output);
}

/* Asks and is refused, which is all that the shard says to it here. */
static void ask(int fd, const char *command)
{
    send_command(fd, command, a2_text(5), "7");
    answer(next_request(), IM_ERR_OPENIM_TO);
}

/* The same; nothing that was put before may come before its answer. */
static void assert_told_nothing(int fd)
{
    ask(fd, "im_open_status.wshello");
    assert_frame(fd, WS_BINARY, "wshello");
}

static void get_list(int fd)
{
    struct request *req;

    send_command(fd, "recentcontact.page_get", a2_text(5), "3");
    req = next_request();
    req->result = ARENA_NEW(&req->arena, struct recent_result);
    answer(req, IM_OK);
    assert_frame(fd, WS_BINARY, "CompleteFlag");
}

/* Sends a message, which the shard accepts. */
static void say(int fd)
{
    char text[1024];
    struct request *req;

    snprintf(text, sizeof(text),
             "{\"head\":{\"servcmd\":\"group_open_http_svc.send_group_msg\",\"seq\":9,"
             "\"sdkappid\":%u,\"a2\":\"%s\",\"tinyid\":\"%s\"},\"body\":{\"GroupId\":\"g\","
             "\"Random\":1,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":"
             "{\"Text\":\"x\"}}]}}",
             APP, a2_text(5), tinyid_text(5));
    send_frame(fd, WS_BINARY, true, text);
    req = next_request();
    req->result = ARENA_NEW(&req->arena, struct group_send_result);
    ((struct group_send_result *)req->result)->seq = 15;
    answer(req, IM_OK);
}

TEST(who_came_back_is_told_once_it_has_compared_and_in_order)
{
    struct address at;
    int fd = come_back(&at);

    push(at, "[1]", true);
    push(at, "[2]", false);
    get_list(fd);
    push(at, "[3]", true);
    assert_told_nothing(fd);
    ask(fd, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[2]");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[3]");
    push(at, "[4]", true);
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[4]");
    close(fd);
}

TEST(a_getmsg_that_was_asked_on_the_old_socket_shows_nothing)
{
    struct address at;
    int fd = come_back(&at);

    push(at, "[1]", true);
    ask(fd, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "openim.getmsg");
    ask(fd, "im_open_status.wshello");
    assert_frame(fd, WS_BINARY, "wshello");
    get_list(fd);
    ask(fd, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    close(fd);
}

TEST(the_number_of_an_own_message_waits_with_the_pushes)
{
    struct address at;
    int fd = come_back(&at);

    push(at, "[1]", true);
    say(fd);
    get_list(fd);
    assert_told_nothing(fd);
    ask(fd, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    assert_frame(fd, WS_BINARY, "\"MsgSeq\":15");
    say(fd);
    assert_frame(fd, WS_BINARY, "\"MsgSeq\":15");
    close(fd);
}

TEST(what_it_fetches_comes_before_what_was_kept)
{
    struct address at;
    struct request *fetch;
    int fd = come_back(&at);

    push(at, "[1]", true);
    get_list(fd);
    send_command(fd, "im_open_status.wshello", a2_text(5), "8");
    fetch = next_request();
    ask(fd, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "openim.getmsg");
    answer(fetch, IM_ERR_OPENIM_TO);
    assert_frame(fd, WS_BINARY, "wshello");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    close(fd);
}

TEST(an_answer_that_is_never_given_delays_what_was_kept_for_a_moment_only)
{
    struct address at;
    struct request *poll;
    int fd = come_back(&at);

    push(at, "[1]", true);
    get_list(fd);
    send_command(fd, "im_open_status.wshello", a2_text(5), "8");
    poll = next_request();
    ask(fd, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    answer(poll, IM_ERR_OPENIM_TO);
    assert_frame(fd, WS_BINARY, "wshello");
    close(fd);
}

TEST(a_refused_list_ends_the_wait)
{
    struct address at;
    int fd = come_back(&at);

    push(at, "[1]", true);
    ask(fd, "recentcontact.page_get");
    assert_frame(fd, WS_BINARY, "90003");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    close(fd);
}

TEST(who_is_kicked_hears_of_it_at_once)
{
    struct address at;
    int fd = come_back(&at);

    push(at, "[1]", true);
    push_kick(at);
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    assert_frame(fd, WS_BINARY, "KickoutMsgNotify");
    close(fd);
}

TEST(who_never_asks_is_told_after_a_moment_though_it_is_never_silent)
{
    struct address at;
    int opcode, fd = come_back(&at);

    push(at, "[1]", true);
    do
        ask(fd, "im_open_status.wshello");
    while (!strstr(read_frame(fd, &opcode), "\"MsgBody\":[1]"));
    assert_frame(fd, WS_BINARY, "wshello");
    close(fd);
}

TEST(more_than_is_kept_is_told_at_once)
{
    static char text[60000];
    struct address at;
    int fd = come_back(&at);

    memset(text, ' ', sizeof(text) - 2);
    text[0] = '[';
    text[sizeof(text) - 2] = ']';
    for (size_t n = 0; n < WS_KEEP_BYTES; n += sizeof(text))
        push(at, text, n % 2);
    push(at, "[1]", true);
    for (size_t n = 0; n < WS_KEEP_BYTES; n += sizeof(text))
        assert_frame(fd, WS_BINARY, "\"MsgBody\":[  ");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    close(fd);
}

/* Its deadline was that of the keeping, a second; the wheel of deadlines turns once a second. */
TEST(who_was_told_may_be_silent_for_as_long_as_others)
{
    struct address at;
    int fd = come_back(&at);
    struct pollfd until = {.fd = fd, .events = POLLIN};

    push(at, "[1]", true);
    get_list(fd);
    ask(fd, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "openim.getmsg");
    assert_frame(fd, WS_BINARY, "\"MsgBody\":[1]");
    assert_int_equal(poll(&until, 1, (WS_KEEP_MOMENT_S + 2) * 1000), 0);
    ask(fd, "im_open_status.wshello");
    assert_frame(fd, WS_BINARY, "wshello");
    close(fd);
}

TEST(a_close_leaves_untold_what_the_client_will_ask_for)
{
    struct address at;
    int fd = come_back(&at);
    struct output output = {.kind = OUTPUT_CLOSE};

    push(at, "[1]", true);
    output.to = at;
    put_output(&output);
    assert_frame(fd, WS_CLOSE, "");
    assert_true(is_closed(fd));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(who_came_back_is_told_once_it_has_compared_and_in_order),
        T(a_getmsg_that_was_asked_on_the_old_socket_shows_nothing),
        T(the_number_of_an_own_message_waits_with_the_pushes),
        T(what_it_fetches_comes_before_what_was_kept),
        T(an_answer_that_is_never_given_delays_what_was_kept_for_a_moment_only),
        T(a_refused_list_ends_the_wait),
        T(who_is_kicked_hears_of_it_at_once),
        T(who_never_asks_is_told_after_a_moment_though_it_is_never_silent),
        T(more_than_is_kept_is_told_at_once),
        T(who_was_told_may_be_silent_for_as_long_as_others),
        T(a_close_leaves_untold_what_the_client_will_ask_for),
    };

    hash_init();
    return cmocka_run_group_tests(tests, setup, teardown);
}
