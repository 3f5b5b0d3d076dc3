#include "wire/http.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

#define HOST "Host: im.example.com\r\n"
#define UPGRADE_BUT_KEY                                                                   \
    "GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" \
    "Sec-WebSocket-Version: 13\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static enum http_parse parse(const char *text, struct http_request *ret_request)
{
    size_t bytes = 0;
    enum http_parse result = http_parse_head(span_of(text), ret_request, &bytes);

    if (result == HTTP_DONE)
        assert_int_equal(bytes, strlen(text));
    return result;
}

static struct http_request accepted(const char *text)
{
    struct http_request request = {0};

    if (parse(text, &request) != HTTP_DONE)
        fail_msg("not accepted: %s", text);
    return request;
}

static void refused(const char *text)
{
    struct http_request request;

    if (parse(text, &request) != HTTP_MALFORMED)
        fail_msg("not refused: %s", text);
}

/* A request of HTTP/1.1 with a Host and these field lines. */
static const char *with_fields(const char *fields)
{
    static char text[4096];

    snprintf(text, sizeof(text), "POST /v4/openim/sendmsg?a=b HTTP/1.1\r\n" HOST "%s\r\n", fields);
    return text;
}

/* ---- request line ---- */

TEST(a_rest_call_is_read)
{
    struct http_request request =
        accepted("POST /v4/openim/sendmsg?sdkappid=1&identifier=admin "
                 "HTTP/1.1\r\nHOST:im.example.com:8080\r\n"
                 "content-type: application/json \r\nContent-Length:12\r\nOrigin: "
                 "https://a.example\r\n\r\n");

    assert_int_equal(request.method, HTTP_POST);
    assert_true(span_is(request.path, "/v4/openim/sendmsg"));
    assert_true(span_is(request.query, "sdkappid=1&identifier=admin"));
    assert_true(span_is(request.host, "im.example.com:8080"));
    assert_true(span_is(request.content_type, "application/json"));
    assert_true(span_is(request.origin, "https://a.example"));
    assert_int_equal(request.content_length, 12);
    assert_true(request.keep_alive);
    assert_false(request.http_1_0 || request.chunked || request.expect_continue ||
                 request.upgrade_websocket);
}

TEST(methods_are_told_apart_by_case)
{
    assert_int_equal(accepted("GET / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_GET);
    assert_int_equal(accepted("HEAD / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_HEAD);
    assert_int_equal(accepted("OPTIONS / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_OPTIONS);
    assert_int_equal(accepted("PUT / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_PUT);
    assert_int_equal(accepted("PATCH / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_PATCH);
    assert_int_equal(accepted("DELETE / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_DELETE);
    assert_int_equal(accepted("PURGE / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_OTHER);
    assert_int_equal(accepted("get / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_OTHER);
    refused("G(T / HTTP/1.1\r\n" HOST "\r\n");
    refused(" / HTTP/1.1\r\n" HOST "\r\n");
}

TEST(credentials_and_idempotency_keys_stand_once_or_not_at_all)
{
    struct http_request request = accepted("GET / HTTP/1.1\r\n" HOST "\r\n");

    assert_null(request.authorization.p);
    assert_null(request.idempotency_key.p);
    request =
        accepted("GET / HTTP/1.1\r\n" HOST "AUTHORIZATION: Bearer x\r\nidempotency-key:\r\n\r\n");
    assert_true(span_is(request.authorization, "Bearer x"));
    assert_non_null(request.idempotency_key.p);
    assert_int_equal(request.idempotency_key.n, 0);
    refused("GET / HTTP/1.1\r\n" HOST "Authorization: Bearer x\r\nAuthorization: y\r\n\r\n");
    refused("GET / HTTP/1.1\r\n" HOST "Idempotency-Key: x\r\nIdempotency-Key: x\r\n\r\n");
}

TEST(a_target_in_absolute_form_gives_path_and_host)
{
    struct http_request request =
        accepted("GET HTTP://other.example:81/a/b?c=d?e HTTP/1.1\r\n" HOST "\r\n");

    assert_true(span_is(request.host, "other.example:81"));
    assert_true(span_is(request.path, "/a/b"));
    assert_true(span_is(request.query, "c=d?e"));
    request = accepted("GET https://other.example?x HTTP/1.1\r\n" HOST "\r\n");
    assert_true(span_is(request.path, "/"));
    assert_true(span_is(request.query, "x"));
    assert_true(span_is(accepted("OPTIONS * HTTP/1.1\r\n" HOST "\r\n").path, "/"));
    refused("GET http:///a HTTP/1.1\r\n" HOST "\r\n");
    refused("GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n");
    refused("GET http://user@a/ HTTP/1.1\r\n" HOST "\r\n");
}

TEST(other_forms_of_request_lines_are_refused)
{
    refused("GET  / HTTP/1.1\r\n" HOST "\r\n");
    refused("GET /\tHTTP/1.1\r\n" HOST "\r\n");
    refused("GET / HTTP/1.1 \r\n" HOST "\r\n");
    refused("GET / HTTP/2.0\r\n" HOST "\r\n");
    refused("GET / http/1.1\r\n" HOST "\r\n");
    refused("GET / HTTP/1.11\r\n" HOST "\r\n");
    refused("GET /\r\n\r\n");
    refused("GET * HTTP/1.1\r\n" HOST "\r\n");
    refused("CONNECT a.example:443 HTTP/1.1\r\n" HOST "\r\n");
    refused("GET a HTTP/1.1\r\n" HOST "\r\n");
    refused("GET /a\x01 HTTP/1.1\r\n" HOST "\r\n");
    refused("GET /\xe4\xbd\xa0 HTTP/1.1\r\n" HOST "\r\n");
    refused("GET /a#b HTTP/1.1\r\n" HOST "\r\n");
    refused("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n");
}

TEST(one_line_end_before_the_request_is_forgiven)
{
    assert_int_equal(accepted("\r\nGET / HTTP/1.1\r\n" HOST "\r\n").method, HTTP_GET);
}

/* ---- form of the fields ---- */

TEST(fields_that_two_readers_could_read_differently_are_refused)
{
    refused(with_fields("A : b\r\n"));
    refused(with_fields("A\t: b\r\n"));
    refused(with_fields(" A: b\r\n"));
    refused(with_fields("A: b\r\n c\r\n"));
    refused(with_fields("A: b\r\n\tc\r\n"));
    refused(with_fields(": b\r\n"));
    refused(with_fields("A\r\n"));
    refused(with_fields("A: b\rc\r\n"));
    refused(with_fields("A: b\r\r\n"));
    refused(with_fields("A: b\n"));
    refused(with_fields("A: b\x01\r\n"));
    refused(with_fields("A: b\x7f\r\n"));
    refused("GET / HTTP/1.1\n" HOST "\r\n");
    refused("GET / HTTP/1.1\r\n" HOST "\n");
    refused("GET / HTTP/1.1\r\n " HOST "\r\n");
    accepted(with_fields("A:\r\nB: \t \r\nC: \xe4\xbd\xa0\tx\r\nX-_.~!: y\r\n"));
}

TEST(a_nul_byte_is_refused)
{
    struct http_request request;
    size_t bytes;

    assert_int_equal(
        http_parse_head(SPAN_LIT("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"), &request, &bytes),
        HTTP_MALFORMED);
    assert_int_equal(
        http_parse_head(SPAN_LIT("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), &request, &bytes),
        HTTP_MALFORMED);
    assert_int_equal(
        http_parse_head(SPAN_LIT("GET / HTTP/1.1\r\n" HOST "A\0: b\r\n\r\n"), &request, &bytes),
        HTTP_MALFORMED);
}

TEST(http_1_1_needs_exactly_one_valid_host)
{
    refused("GET / HTTP/1.1\r\n\r\n");
    refused("GET / HTTP/1.1\r\n" HOST HOST "\r\n");
    refused("GET http://a/ HTTP/1.1\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n");
    accepted("GET / HTTP/1.1\r\nHost:\r\n\r\n");
    accepted("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
    accepted("GET / HTTP/1.0\r\n\r\n");
    refused("GET / HTTP/1.0\r\n" HOST HOST "\r\n");
}

/* ---- length of the body ---- */

TEST(an_ambiguous_body_length_is_refused)
{
    refused(with_fields("Content-Length: 5\r\nContent-Length: 6\r\n"));
    refused(with_fields("Content-Length: 5\r\ncontent-length: 5\r\n"));
    refused(with_fields("Content-Length: 5, 5\r\n"));
    refused(with_fields("Content-Length:\r\n"));
    refused(with_fields("Content-Length: -1\r\n"));
    refused(with_fields("Content-Length: +1\r\n"));
    refused(with_fields("Content-Length: 0x10\r\n"));
    refused(with_fields("Content-Length: 1 2\r\n"));
    refused(with_fields("Content-Length: 1000000000000000\r\n"));
    refused(with_fields("Content-Length: 18446744073709551617\r\n"));
    refused(with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
    refused(with_fields("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"));
    refused(with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
    refused(with_fields("Transfer-Encoding: chunked, chunked\r\n"));
    refused(with_fields("Transfer-Encoding: gzip, chunked\r\n"));
    refused(with_fields("Transfer-Encoding: identity\r\n"));
    refused(with_fields("Transfer-Encoding: \x0b"
                        "chunked\r\n"));
    refused(with_fields("Transfer-Encoding:\r\n"));
    refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_true(accepted(with_fields("transfer-encoding: Chunked\r\n")).chunked);
    assert_int_equal(accepted(with_fields("Content-Length: 007\r\n")).content_length, 7);
}

/* ---- connection ---- */

TEST(the_connection_is_kept_as_version_and_fields_say)
{
    assert_true(accepted(with_fields("")).keep_alive);
    assert_false(accepted(with_fields("Connection: CLOSE\r\n")).keep_alive);
    assert_false(accepted(with_fields("Connection: x,, close\r\n")).keep_alive);
    assert_false(
        accepted(with_fields("Connection: keep-alive\r\nConnection: close\r\n")).keep_alive);
    assert_true(accepted(with_fields("Connection: closed\r\n")).keep_alive);
    assert_false(accepted("GET / HTTP/1.0\r\n\r\n").keep_alive);
    assert_true(accepted("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
    assert_true(accepted(with_fields("Expect: 100-Continue\r\n")).expect_continue);
    assert_false(accepted("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expect_continue);
}

TEST(a_websocket_upgrade_needs_every_condition)
{
    struct http_request request = accepted(UPGRADE_BUT_KEY KEY "\r\n");

    assert_true(request.upgrade_websocket);
    assert_true(span_is(request.websocket_key, "dGhlIHNhbXBsZSBub25jZQ=="));
    assert_true(accepted("GET / HTTP/1.1\r\n" HOST
                         "UPGRADE: h2c, WebSocket\r\nConnection: upgrade\r\n"
                         "sec-websocket-version: 13\r\n" KEY "\r\n")
                    .upgrade_websocket);
}

TEST(an_upgrade_that_lacks_a_condition_is_none)
{
    static const char *const lacking[] = {
        "POST / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\n" KEY "\r\n",
        "GET / HTTP/1.0\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\n" KEY "\r\n",
        "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" KEY "\r\n",
        "GET / HTTP/1.1\r\n" HOST "Upgrade: websockets\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\n" KEY "\r\n",
        "GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" KEY "\r\n",
        "GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY "\r\n",
        "GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 8\r\n" KEY "\r\n",
        UPGRADE_BUT_KEY "\r\n",
        UPGRADE_BUT_KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n\r\n",
        UPGRADE_BUT_KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=a\r\n\r\n",
        UPGRADE_BUT_KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTEy\r\n\r\n",
        UPGRADE_BUT_KEY KEY "Content-Length: 1\r\n\r\n",
        UPGRADE_BUT_KEY KEY "Transfer-Encoding: chunked\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
        assert_false(accepted(lacking[i]).upgrade_websocket);
    refused(UPGRADE_BUT_KEY KEY KEY "\r\n");
}

/* ---- pieces and bounds ---- */

TEST(every_prefix_wants_more_and_what_follows_is_left)
{
    static const char text[] = "\r\n" UPGRADE_BUT_KEY KEY "\r\n";
    size_t total = sizeof(text) - 1, bytes;
    struct http_request request;

    for (size_t n = 0; n < total; n++) {
        char *part = malloc(n ? n : 1);

        memcpy(part, text, n);
        assert_int_equal(http_parse_head((struct span){part, n}, &request, &bytes), HTTP_MORE);
        free(part);
    }
    assert_int_equal(
        http_parse_head(SPAN_LIT("GET / HTTP/1.1\r\n" HOST "\r\nrest"), &request, &bytes),
        HTTP_DONE);
    assert_int_equal(bytes, strlen("GET / HTTP/1.1\r\n" HOST "\r\n"));
}

TEST(another_protocol_is_refused_by_its_first_byte)
{
    refused("\x16");
    refused("\x80\x01");
    refused(" ");
}

/* A head of exactly n bytes, made long by one field. */
static char *head_of(size_t n)
{
    static const char start[] = "GET / HTTP/1.1\r\n" HOST "A: ";
    char *text = malloc(n + 1);

    memset(text, 'a', n);
    memcpy(text, start, sizeof(start) - 1);
    memcpy(text + n - 4, "\r\n\r\n", 5);
    return text;
}

TEST(a_head_over_the_byte_bound_is_too_large)
{
    struct http_request request;
    size_t bytes;
    char *text = head_of(HTTP_MAX_HEAD_BYTES);

    assert_int_equal(parse(text, &request), HTTP_DONE);
    assert_int_equal(
        http_parse_head((struct span){text, HTTP_MAX_HEAD_BYTES - 1}, &request, &bytes), HTTP_MORE);
    free(text);
    text = head_of(HTTP_MAX_HEAD_BYTES + 1);
    assert_int_equal(parse(text, &request), HTTP_TOO_LARGE);
    assert_int_equal(http_parse_head((struct span){text, HTTP_MAX_HEAD_BYTES}, &request, &bytes),
                     HTTP_TOO_LARGE);
    free(text);
}

TEST(a_head_of_too_many_fields_is_too_large)
{
    char text[2048] = "GET / HTTP/1.1\r\n" HOST;
    struct http_request request;
    size_t n = strlen(text);

    for (int i = 1; i < HTTP_MAX_HEADERS; i++, n += 6)
        memcpy(text + n, "a: b\r\n", 7);
    memcpy(text + n, "\r\n", 3);
    assert_int_equal(parse(text, &request), HTTP_DONE);
    memcpy(text + n, "a: b\r\n\r\n", 9);
    assert_int_equal(parse(text, &request), HTTP_TOO_LARGE);
}

int main(void)
{
    return RUN_TESTS(
        T(a_rest_call_is_read), T(methods_are_told_apart_by_case),
        T(credentials_and_idempotency_keys_stand_once_or_not_at_all),
        T(a_target_in_absolute_form_gives_path_and_host),
        T(other_forms_of_request_lines_are_refused), T(one_line_end_before_the_request_is_forgiven),
        T(fields_that_two_readers_could_read_differently_are_refused), T(a_nul_byte_is_refused),
        T(http_1_1_needs_exactly_one_valid_host), T(an_ambiguous_body_length_is_refused),
        T(the_connection_is_kept_as_version_and_fields_say),
        T(a_websocket_upgrade_needs_every_condition), T(an_upgrade_that_lacks_a_condition_is_none),
        T(every_prefix_wants_more_and_what_follows_is_left),
        T(another_protocol_is_refused_by_its_first_byte),
        T(a_head_over_the_byte_bound_is_too_large), T(a_head_of_too_many_fields_is_too_large));
}
