/* The admin API's listener: who is let through to the shard, and how its answers look. */
#include "world.h"

#include "command/admin_route.h"
#include "core/admin/customer.h"
#include "core/admin/token.h"
#include "core/app/app.h"

#define HEX_REST "112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX "00" HEX_REST

static int connect_admin(void)
{
    return connect_at(gateway_admin_address(world.gateway));
}

static void ask(int fd, const char *line, const char *fields, const char *body)
{
    char text[4096];

    snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", line,
             fields, strlen(body), body);
    send_text(fd, text);
}

static const char *ask_status(int fd, const char *line, const char *fields, const char *until)
{
    ask(fd, line, fields, "");
    return read_until(fd, until);
}

#define AS(token) "Authorization: Bearer mgp_" token "_" HEX "\r\n"
/* The end of a problem's reply. */
#define CODE(code) "\"code\":\"" code "\"}"

TEST(a_call_comes_to_the_shard_with_its_tokens_claims)
{
    int fd = connect_admin();
    struct request *req;
    uint8_t secret[TOKEN_SECRET_BYTES];
    struct token_claims claims;

    ask(fd, "GET /admin/v1/apps?limit=7", AS("3_12"), "");
    req = next_request();
    assert_int_equal(req->caller, CALLER_TOKEN);
    assert_true(token_parse(SPAN_LIT("mgp_3_12_" HEX), &claims, secret));
    assert_true(req->admin->has_token);
    assert_int_equal(req->admin->claims.customer, 3);
    assert_int_equal(req->admin->claims.token, 12);
    assert_memory_equal(req->admin->claims.secret_sha256, claims.secret_sha256, 32);
    assert_false(req->admin->has_key);
    assert_int_equal(((const struct app_list_req *)req->body)->limit, 7);
    req->result = ARENA_NEW(&req->arena, struct app_list_result);
    answer(req, IM_OK);
    assert_non_null(strstr(read_until(fd, "null}"), "HTTP/1.1 200 OK\r\n"));
    close(fd);
}

TEST(a_refusal_of_the_shard_is_a_problem)
{
    int fd = connect_admin();
    struct request *req;
    const char *reply;

    ask(fd, "GET /admin/v1/apps/77", AS("3_1"), "");
    req = next_request();
    answer(req, operator_refuse(req, IM_ERR_APP_NOT_FOUND, "there is no app %u", 77));
    reply = read_until(fd, CODE("not_found"));
    assert_ptr_equal(strstr(reply, "HTTP/1.1 404 Not Found\r\n"), reply);
    assert_non_null(strstr(reply, "Content-Type: application/problem+json\r\n"));
    assert_non_null(strstr(reply, "\"detail\":\"there is no app 77\""));
    assert_null(strstr(reply, "Access-Control"));
    close(fd);
}

TEST(answers_keep_the_order_of_the_calls)
{
    int fd = connect_admin();
    struct request *first, *second;
    const char *reply;

    ask(fd, "GET /admin/v1/apps/1", AS("3_1"), "");
    ask(fd, "GET /admin/v1/apps/2", AS("3_1"), "");
    ask(fd, "GET /admin/v1/nothing", AS("3_1"), "");
    first = next_request();
    second = next_request();
    answer(second, operator_refuse(second, IM_ERR_APP_NOT_FOUND, "the second"));
    answer(first, operator_refuse(first, IM_ERR_ROLE, "the first"));
    reply = read_until(fd, "there is no such path");
    assert_true(strstr(reply, "the first") < strstr(reply, "the second"));
    assert_non_null(strstr(reply, "the second"));
    close(fd);
}

TEST(the_answer_to_a_head_has_no_body)
{
    int fd = connect_admin();
    const char *reply;

    ask(fd, "HEAD /admin/v1/apps", "", "");
    ask(fd, "HEAD /healthz", "", "");
    ask(fd, "HEAD /admin/v1/apps", AS("3_1"), "");
    ask(fd, "GET /healthz", "", "");
    reply = read_until(fd, "ok\n");
    assert_null(strstr(reply, "{"));
    assert_non_null(strstr(reply, "\r\n\r\nHTTP/1.1 405 Method Not Allowed\r\n"));
    assert_non_null(strstr(reply, "\r\n\r\nHTTP/1.1 200 OK\r\n"));
    close(fd);
}

TEST(what_has_not_the_form_of_a_token_never_comes_to_the_shard)
{
    static const char *const fields[] = {"", "Authorization: Bearer\r\n",
                                         "Authorization: Bearer mgp_1_1_00\r\n",
                                         "Authorization: Basic mgp_1_1_" HEX "\r\n"};
    int fd = connect_admin();

    for (size_t i = 0; i < 4; i++)
        assert_non_null(
            strstr(ask_status(fd, "GET /admin/v1/apps", fields[i], CODE("unauthorized")),
                   "HTTP/1.1 401 Unauthorized\r\n"));
    close(fd);
}

TEST(ten_failures_of_a_token_make_its_source_wait)
{
    int fd = connect_admin();

    for (int i = 0; i < 10; i++) {
        struct request *req;

        ask(fd, "GET /admin/v1/apps", AS("9_9"), "");
        req = next_request();
        answer(req, operator_refuse(req, IM_ERR_TOKEN, "a valid token is needed"));
        read_until(fd, CODE("unauthorized"));
    }
    assert_non_null(
        strstr(ask_status(fd, "GET /admin/v1/apps", AS("9_9"), CODE("too_many_requests")),
               "Retry-After: 60\r\n"));
    /* Whoever has another token goes on, or the right one of that number. */
    ask(fd, "GET /admin/v1/apps", "Authorization: Bearer mgp_9_9_11" HEX_REST "\r\n", "");
    answer(next_request(), IM_ERR_ROLE);
    assert_non_null(strstr(read_until(fd, CODE("forbidden")), "HTTP/1.1 403 "));
    ask(fd, "GET /admin/v1/apps", AS("9_8"), "");
    answer(next_request(), IM_ERR_ROLE);
    assert_non_null(strstr(read_until(fd, CODE("forbidden")), "HTTP/1.1 403 "));
    close(fd);
}

static struct request *write_with_key(int fd, const char *token_and_key, const char *body)
{
    ask(fd, "POST /admin/v1/customers", token_and_key, body);
    return next_request();
}

TEST(a_key_stands_for_a_request_and_a_token)
{
    int fd = connect_admin();
    struct request *req[4];

    req[0] = write_with_key(fd, AS("3_1") "Idempotency-Key: k\r\n", "{\"name\":\"a\"}");
    req[1] = write_with_key(fd, AS("3_1") "Idempotency-Key: k\r\n", "{\"name\":\"a\"}");
    req[2] = write_with_key(fd, AS("3_1") "Idempotency-Key: k\r\n", "{\"name\":\"b\"}");
    req[3] = write_with_key(fd, AS("3_1") "Idempotency-Key: l\r\n", "{\"name\":\"a\"}");
    for (int i = 0; i < 4; i++)
        assert_true(req[i]->admin->has_key);
    assert_memory_equal(req[0]->admin->key_sha256, req[1]->admin->key_sha256, 32);
    assert_memory_equal(req[0]->admin->request_sha256, req[1]->admin->request_sha256, 32);
    assert_memory_equal(req[0]->admin->seal, req[1]->admin->seal, 32);
    assert_memory_equal(req[0]->admin->key_sha256, req[2]->admin->key_sha256, 32);
    assert_memory_not_equal(req[0]->admin->request_sha256, req[2]->admin->request_sha256, 32);
    assert_memory_not_equal(req[0]->admin->key_sha256, req[3]->admin->key_sha256, 32);
    assert_memory_not_equal(req[0]->admin->seal, req[3]->admin->seal, 32);
    for (int i = 0; i < 4; i++)
        answer(req[i], IM_ERR_ROLE);
    close(fd);
}

TEST(what_a_first_call_was_answered_is_answered_again)
{
    int fd = connect_admin();
    struct request *req =
        write_with_key(fd, AS("3_1") "Idempotency-Key: k\r\n", "{\"name\":\"a\"}");

    req->admin->replayed = true;
    req->admin->reply = SPAN_LIT("{\"as\":\"before\"}");
    answer(req, IM_OK);
    assert_non_null(strstr(read_until(fd, "before\"}"), "HTTP/1.1 201 Created\r\n"));
    close(fd);
}

TEST(the_document_and_the_health_need_no_token)
{
    int fd = connect_admin();

    assert_non_null(strstr(ask_status(fd, "GET /healthz", "", "ok\n"), "200 OK"));
    assert_non_null(strstr(
        ask_status(fd, "GET /admin/v1/openapi.json", "", "\"openapi\":\"3.1.0\""), "200 OK"));
    close(fd);
}

TEST(a_head_that_is_no_http_is_a_problem_too)
{
    int fd = connect_admin();

    send_text(fd, "GET /admin/v1/apps HTTP/1.1\r\nHost : x\r\n\r\n");
    assert_non_null(strstr(read_until(fd, CODE("invalid")), "application/problem+json"));
    assert_true(is_closed(fd));
    close(fd);
}

TEST(no_websocket_is_opened_here)
{
    int fd = connect_admin();

    send_text(fd, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assert_non_null(strstr(read_until(fd, "\r\n\r\n"), "HTTP/1.1 400 "));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_call_comes_to_the_shard_with_its_tokens_claims),
        T(a_refusal_of_the_shard_is_a_problem),
        T(answers_keep_the_order_of_the_calls),
        T(the_answer_to_a_head_has_no_body),
        T(what_has_not_the_form_of_a_token_never_comes_to_the_shard),
        T(ten_failures_of_a_token_make_its_source_wait),
        T(a_key_stands_for_a_request_and_a_token),
        T(what_a_first_call_was_answered_is_answered_again),
        T(the_document_and_the_health_need_no_token),
        T(a_head_that_is_no_http_is_a_problem_too),
        T(no_websocket_is_opened_here),
    };

    hash_init();
    return cmocka_run_group_tests(tests, setup, teardown);
}
