/* What a gateway makes of requests, replies and single pushes. */
#include "world.h"

static void post_query(int fd, const char *path, const char *query, const char *body)
{
    char text[4096];

    snprintf(text, sizeof(text), "POST %s%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s",
             path, query, strlen(body), body);
    send_text(fd, text);
}

static void post_state(int fd, const char *body)
{
    char query[2048];

    snprintf(query, sizeof(query), "?sdkappid=%u&identifier=administrator&usersig=%s", APP,
             usersig_for("administrator"));
    post_query(fd, "/v4/openim/querystate", query, body);
}

static void assert_code(int fd, int code)
{
    char want[64];

    snprintf(want, sizeof(want), "\"ErrorCode\":%d", code);
    assert_non_null(strstr(read_until(fd, "\"ErrorCode\":"), "HTTP/1.1 200 OK"));
    assert_int_equal(strtol(read_until(fd, "}"), NULL, 10), code);
}

/* ---- REST ---- */

#define STATE_BODY "{\"To_Account\":[\"bob\"]}"

TEST(an_administrators_call_reaches_the_shard_and_its_answer_comes_back)
{
    int fd = connect_client();
    struct request *req;

    post_state(fd, STATE_BODY);
    req = next_request();
    assert_int_equal(req->caller, CALLER_ADMIN);
    assert_int_equal(req->app.v, APP);
    assert_true(span_is(req->identifier, "administrator"));
    answer(req, IM_ERR_CALL_RATE);
    assert_code(fd, 60007);
    close(fd);
}

TEST(pipelined_requests_are_answered_in_their_order)
{
    int fd = connect_client();
    struct request *req[3];

    for (int i = 0; i < 3; i++)
        post_state(fd, STATE_BODY);
    post_query(fd, "/v4/openim/none", "", "{}");
    for (int i = 0; i < 3; i++)
        req[i] = next_request();
    answer(req[2], IM_ERR_OPENIM_TO);
    answer(req[1], IM_ERR_OPENIM_FROM);
    answer(req[0], IM_ERR_CALL_RATE);
    assert_code(fd, 60007);
    assert_code(fd, 90008);
    assert_code(fd, 90003);
    assert_code(fd, 60009);
    close(fd);
}

TEST(whoever_may_not_call_hears_the_documented_code)
{
    static const struct {
        const char *path, *query;
        int code;
    } calls[] = {
        {"/v5/openim/querystate", "", 60009},
        {"/v4/openim/nothing", "", 60009},
        {"/v4/admin/app_create", "", 60009},
        {"/v4/openim/querystate", "", 60012},
        {"/v4/openim/querystate", "?sdkappid=abc", 60006},
        {"/v4/openim/querystate", "?sdkappid=77", 60006},
        {"/v4/openim/querystate", "?SdkAppid=1400000001", 60012},
        {"/v4/openim/querystate", "?sdkappid=1400000001", 60004},
        {"/v4/openim/querystate", "?sdkappid=1400000001&identifier=a", 60004},
        {"/v4/openim/querystate", "?sdkappid=1400000001&identifier=a&usersig=", 70002},
        {"/v4/openim/querystate", "?sdkappid=1400000001&identifier=a&usersig=xx", 70003},
    };
    int fd = connect_client();

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        post_query(fd, calls[i].path, calls[i].query, "{}");
        assert_code(fd, calls[i].code);
    }
    close(fd);
}

TEST(an_ordinary_account_is_no_administrator)
{
    int fd = connect_client();
    char query[2048];

    snprintf(query, sizeof(query), "?sdkappid=%u&identifier=bob&usersig=%s", APP,
             usersig_for("bob"));
    post_query(fd, "/v4/openim/querystate", query, "{}");
    assert_code(fd, 60010);
    snprintf(query, sizeof(query), "?sdkappid=%u&identifier=administrator&usersig=%s", APP,
             usersig_for("bob"));
    post_query(fd, "/v4/openim/querystate", query, "{}");
    assert_code(fd, 70013);
    close(fd);
}

TEST(ten_wrong_signatures_lock_the_account_for_this_address)
{
    int fd = connect_client();
    char query[2048];

    for (int i = 0; i < 10; i++) {
        post_query(fd, "/v4/openim/querystate",
                   "?sdkappid=1400000001&identifier=mallory&usersig=xx", "{}");
        assert_code(fd, 70003);
    }
    snprintf(query, sizeof(query), "?sdkappid=%u&identifier=mallory&usersig=%s", APP,
             usersig_for("mallory"));
    post_query(fd, "/v4/openim/querystate", query, "{}");
    assert_code(fd, 70050);
    close(fd);
}

TEST(only_post_calls_commands)
{
    int fd = connect_client();

    send_text(fd, "GET /v4/openim/querystate HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_code(fd, 60002);
    send_text(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(read_until(fd, "ok\n"), "200 OK"));
    send_text(fd, "OPTIONS /v4/openim/querystate HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(read_until(fd, "\r\n\r\n"), "Access-Control-Allow-Origin: *"));
    close(fd);
}

TEST(a_body_in_chunks_and_in_pieces_is_one_body)
{
    int fd = connect_client();
    char head[2048];
    struct request *req;

    snprintf(head, sizeof(head),
             "POST /v4/openim/querystate?sdkappid=%u&identifier=administrator&usersig=%s "
             "HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
             APP, usersig_for("administrator"));
    for (size_t i = 0; i < strlen(head); i++)
        send_bytes(fd, head + i, 1);
    send_text(fd, "11\r\n{\"To_Account\":[\"b\r");
    send_text(fd, "\n5\r\nob\"]}\r\n0\r\n");
    send_text(fd, "\r\n");
    req = next_request();
    answer(req, IM_ERR_CALL_RATE);
    assert_code(fd, 60007);
    close(fd);
}

TEST(a_body_over_a_megabyte_is_refused_and_the_connection_ends)
{
    int fd = connect_client();

    send_text(fd, "POST /v4/openim/querystate HTTP/1.1\r\nHost: x\r\n"
                  "Content-Length: 1048577\r\n\r\n");
    assert_non_null(strstr(read_until(fd, "}"), "HTTP/1.1 413"));
    assert_true(is_closed(fd));
    close(fd);
}

TEST(a_malformed_head_is_answered_and_the_connection_ends)
{
    int fd = connect_client();

    send_text(fd, "NONSENSE\r\n\r\n");
    assert_non_null(strstr(read_until(fd, "}"), "HTTP/1.1 400"));
    assert_true(is_closed(fd));
    close(fd);
}

TEST(expect_continue_is_answered_before_the_body)
{
    int fd = connect_client();

    send_text(fd, "POST /v4/openim/none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  "Content-Length: 2\r\n\r\n");
    assert_non_null(strstr(read_until(fd, "\r\n\r\n"), "100 Continue"));
    send_text(fd, "{}");
    assert_code(fd, 60009);
    close(fd);
}

/* ---- WebSocket ---- */

TEST(a_heartbeat_is_answered_at_once_in_the_kind_it_came)
{
    int fd = connect_ws();

    send_frame(fd, WS_BINARY, true,
               "{\"head\":{\"servcmd\":\"heartbeat.alive\",\"seq\":7},\"body\":{}}");
    assert_frame(fd, WS_BINARY, "{\"head\":{\"servcmd\":\"heartbeat.alive\",\"seq\":7},\"body\":{");
    send_frame(fd, WS_TEXT, true, "{\"head\":{\"servcmd\":\"heartbeat.alive\",\"seq\":\"a1\"}}");
    assert_frame(fd, WS_TEXT, "\"seq\":\"a1\"}");
    close(fd);
}

TEST(fragments_with_a_ping_between_them_are_one_message)
{
    int fd = connect_ws();

    send_frame(fd, WS_BINARY, false, "{\"head\":{\"servcmd\":\"heart");
    send_frame(fd, WS_PING, true, "hi");
    send_frame(fd, WS_CONTINUATION, false, "beat.alive\",\"se");
    send_frame(fd, WS_CONTINUATION, true, "q\":3},\"body\":{}}");
    assert_frame(fd, WS_PONG, "hi");
    assert_frame(fd, WS_BINARY, "\"seq\":3}");
    close(fd);
}

TEST(a_login_by_usersig_is_verified_before_the_shard_sees_it)
{
    int fd = connect_ws();
    char text[2048];
    struct request *req;

    snprintf(text, sizeof(text),
             "{\"head\":{\"servcmd\":\"im_open_status.wslogin\",\"seq\":1,\"platform\":2,"
             "\"identifier\":\"bob\",\"usersig\":\"%s\"},\"body\":{\"State\":\"Online\"}}",
             usersig_for("bob"));
    send_frame(fd, WS_BINARY, true, text);
    req = next_request();
    assert_true(span_is(req->identifier, "bob"));
    assert_int_equal(((struct login_req *)req->body)->platform, PLATFORM_ANDROID);
    assert_true(((struct login_req *)req->body)->sig_time_s > 0);
    answer(req, IM_ERR_SIG_KICKED);
    assert_frame(fd, WS_BINARY, "70052");
    snprintf(text, sizeof(text),
             "{\"head\":{\"servcmd\":\"im_open_status.wslogin\",\"seq\":2,"
             "\"identifier\":\"alice\",\"usersig\":\"%s\"},\"body\":{}}",
             usersig_for("bob"));
    send_frame(fd, WS_BINARY, true, text);
    assert_frame(fd, WS_BINARY, "70013");
    close(fd);
}

TEST(an_a2_binds_the_socket_and_its_end_is_told_to_the_shard)
{
    int fd = connect_ws();
    struct request *req;

    bind_ws(fd, 4711);
    send_hello(fd, a2_text(5), "2");
    req = next_request();
    assert_int_equal(req->session_id, 4711);
    assert_false(req->has_a2);
    answer(req, IM_ERR_CALL_RATE);
    assert_frame(fd, WS_BINARY, "\"seq\":2}");
    close(fd);
    req = next_request();
    assert_ptr_equal(req->operation, &session_closed);
    assert_int_equal(req->session_id, 4711);
    answer(req, IM_OK);
}

TEST(a_session_whose_socket_went_before_the_answer_is_closed_too)
{
    int fd = connect_ws();
    struct request *req;

    send_hello(fd, a2_text(5), "1");
    req = next_request();
    /* The close frame is answered, so the gateway has seen it. */
    send_frame(fd, WS_CLOSE, true, "");
    assert_true(is_closed(fd));
    close(fd);
    req->bound_session_id = 99;
    req->account.v = 5;
    answer(req, IM_ERR_CALL_RATE);
    req = next_request();
    assert_ptr_equal(req->operation, &session_closed);
    assert_int_equal(req->session_id, 99);
    answer(req, IM_OK);
}

TEST(whoever_has_no_valid_a2_hears_70001)
{
    int fd = connect_ws();

    send_hello(fd, "", "1");
    assert_frame(fd, WS_BINARY, "70001");
    send_hello(fd, "AAAA", "2");
    assert_frame(fd, WS_BINARY, "70001");
    send_hello(fd, a2_text(6), "3"); /* not the account of tinyid */
    assert_frame(fd, WS_BINARY, "70001");
    close(fd);
}

TEST(an_unknown_servcmd_is_60009_with_its_seq)
{
    int fd = connect_ws();

    send_frame(fd, WS_BINARY, true,
               "{\"head\":{\"servcmd\":\"no.such\",\"seq\":\"s\"},\"body\":{}}");
    assert_frame(fd, WS_BINARY, "{\"head\":{\"servcmd\":\"no.such\",\"seq\":\"s\"}");
    close(fd);
}

TEST(a_push_goes_to_its_socket_and_a_close_ends_it)
{
    int fd = connect_ws();
    struct request *req = request_new();
    struct push_read push = {.account = SPAN_LIT("bob"), .peer = SPAN_LIT("amy"), .read_s = 8};
    struct output output = {
        .req = req, .push = &push, .kind = OUTPUT_PUSH, .push_kind = PUSH_READ_RECEIPT};
    struct request *hello;

    send_hello(fd, a2_text(5), "1");
    hello = next_request();
    output.to = hello->from;
    answer(hello, IM_ERR_CALL_RATE);
    assert_frame(fd, WS_BINARY, "60007");
    tell_all(fd);
    request_ref(req);
    put_output(&output);
    output.kind = OUTPUT_CLOSE;
    put_output(&output);
    assert_frame(fd, WS_BINARY, "im_open_push.msg_push");
    assert_frame(fd, WS_CLOSE, "");
    assert_true(is_closed(fd));
    close(fd);
}

/* The reply of getmsg is fetched elsewhere, so a push that follows it mostly overtakes it. */
static void overtake(int fd)
{
    struct history_message item = {.from = SPAN_LIT("amy"), .to = SPAN_LIT("bob")};
    struct sync_result result = {.items = &item, .count = 1};
    struct push_message push = {.from = SPAN_LIT("amy"), .body = SPAN_LIT("[]")};
    struct message_body body = {.position = 77};
    struct output output = {.kind = OUTPUT_REPLY};
    const char *frame;
    bool replied = false;
    int opcode;

    send_command(fd, "openim.getmsg", a2_text(5), "8");
    output.req = next_request();
    output.to = output.req->from;
    output.req->result = &result;
    output.req->bodies = &body;
    output.req->body_count = 1;
    request_ref(output.req);
    request_ref(output.req);
    bus_put_output(world.link, &output);
    output.kind = OUTPUT_PUSH;
    output.push_kind = PUSH_MESSAGE;
    output.push = &push;
    output.need_ack = true;
    put_output(&output);
    for (int i = 0; i < 2; i++) {
        frame = read_frame(fd, &opcode);
        assert_true(replied || !strstr(frame, "NeedAck"));
        replied |= strstr(frame, "\"SyncFlag\"") != NULL;
    }
    assert_true(replied);
    /* The gateway is done with what lies on this stack. */
    while (atomic_load(&output.req->references) > 1)
        sched_yield();
    request_unref(output.req);
}

TEST(no_ack_is_asked_for_while_an_earlier_reply_is_still_being_fetched)
{
    int fd = connect_ws();

    tell_all(fd);
    for (int i = 0; i < 20; i++)
        overtake(fd);
    close(fd);
}

TEST(one_socket_does_not_take_the_room_of_all)
{
    int greedy = connect_ws(), modest;
    struct request *req[CONN_MAX_REQUESTS], *other;
    char seq[16];

    for (unsigned i = 0; i < CONN_MAX_REQUESTS + 1; i++) {
        snprintf(seq, sizeof(seq), "%u", i);
        send_hello(greedy, a2_text(5), seq);
    }
    for (unsigned i = 0; i < CONN_MAX_REQUESTS; i++)
        req[i] = next_request();
    modest = connect_ws();
    send_hello(modest, a2_text(5), "1");
    other = next_request();
    assert_int_not_equal(other->from.slot, req[0]->from.slot);
    answer(other, IM_ERR_CALL_RATE);
    for (unsigned i = 0; i < CONN_MAX_REQUESTS; i++)
        answer(req[i], IM_ERR_CALL_RATE);
    answer(next_request(), IM_ERR_CALL_RATE);
    for (unsigned i = 0; i < CONN_MAX_REQUESTS + 1; i++) {
        snprintf(seq, sizeof(seq), "\"seq\":%u}", i);
        assert_frame(greedy, WS_BINARY, seq);
    }
    close(greedy);
    close(modest);
}

TEST(broken_frames_end_the_connection_with_their_code)
{
    static const struct {
        const char *bytes;
        size_t n;
        int code;
    } broken[] = {
        {"\x82\x01x", 3, 1002},                         /* not masked */
        {"\x80\x80\1\2\3\4", 6, 1002},                  /* continues nothing */
        {"\x82\xff\0\0\0\0\0\2\0\0\1\2\3\4", 14, 1009}, /* 128 KB before a login */
        {"\x81\x82\0\0\0\0\xff\xff", 8, 1007},          /* text that is not UTF-8 */
    };

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        int fd = connect_ws(), opcode;
        const char *payload;

        send_bytes(fd, broken[i].bytes, broken[i].n);
        payload = read_frame(fd, &opcode);
        assert_int_equal(opcode, WS_CLOSE);
        assert_int_equal((uint8_t)payload[0] << 8 | (uint8_t)payload[1], broken[i].code);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_administrators_call_reaches_the_shard_and_its_answer_comes_back),
        T(pipelined_requests_are_answered_in_their_order),
        T(whoever_may_not_call_hears_the_documented_code),
        T(an_ordinary_account_is_no_administrator),
        T(ten_wrong_signatures_lock_the_account_for_this_address),
        T(only_post_calls_commands),
        T(a_body_in_chunks_and_in_pieces_is_one_body),
        T(a_body_over_a_megabyte_is_refused_and_the_connection_ends),
        T(a_malformed_head_is_answered_and_the_connection_ends),
        T(expect_continue_is_answered_before_the_body),
        T(a_heartbeat_is_answered_at_once_in_the_kind_it_came),
        T(fragments_with_a_ping_between_them_are_one_message),
        T(a_login_by_usersig_is_verified_before_the_shard_sees_it),
        T(an_a2_binds_the_socket_and_its_end_is_told_to_the_shard),
        T(a_session_whose_socket_went_before_the_answer_is_closed_too),
        T(whoever_has_no_valid_a2_hears_70001),
        T(an_unknown_servcmd_is_60009_with_its_seq),
        T(a_push_goes_to_its_socket_and_a_close_ends_it),
        T(no_ack_is_asked_for_while_an_earlier_reply_is_still_being_fetched),
        T(one_socket_does_not_take_the_room_of_all),
        T(broken_frames_end_the_connection_with_their_code),
    };

    hash_init();
    return cmocka_run_group_tests(tests, setup, teardown);
}
