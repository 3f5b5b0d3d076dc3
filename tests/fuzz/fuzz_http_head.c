/*
 * Any bytes as a request: spans lie inside, the length of the body is unambiguous, and a head that
 * is known from a part of the bytes is the same from all of them. Then the query and a chunked
 * body, at once and in pieces.
 */
#include "base/buf.h"
#include "base/check.h"
#include "wire/http.h"

#define BODY_MAX ((size_t)4096)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span part, struct span text)
{
    CHECK(part.n <= text.n);
    for (size_t i = 0; i < part.n; i++)
        CHECK((unsigned char)part.p[i] != '\r' && (unsigned char)part.p[i] != '\n' && part.p[i]);
}

static void check_query(struct span query)
{
    char scratch[HTTP_MAX_HEAD_BYTES];
    struct span rest = query, name, value;
    size_t used = 0;

    CHECK(query.n <= sizeof(scratch));
    while (http_query_next(&rest, scratch, &used, &name, &value)) {
        CHECK(used <= query.n - rest.n);
        CHECK(name.p >= scratch && value.p + value.n <= scratch + used);
    }
}

static void check_body(struct span text)
{
    struct buf whole, pieces;
    size_t bytes, at = 0, taken;
    enum http_parse result, last = HTTP_MORE;

    buf_init(&whole, BODY_MAX);
    buf_init(&pieces, BODY_MAX);
    result = http_parse_chunked(text, &whole, &bytes);
    CHECK(whole.n <= BODY_MAX && bytes <= text.n);
    for (size_t n = 0; n <= text.n && last == HTTP_MORE; n++) {
        last = http_parse_chunked((struct span){text.p + at, n - at}, &pieces, &taken);
        at += taken;
    }
    CHECK(last == result);
    if (result == HTTP_DONE)
        CHECK(at == bytes && span_eq(buf_span(&whole), buf_span(&pieces)));
    buf_release(&whole);
    buf_release(&pieces);
}

static void check_request(struct span text, const struct http_request *request)
{
    CHECK(request->path.n && request->path.p[0] == '/');
    check_inside(request->path, text);
    check_inside(request->query, text);
    check_inside(request->host, text);
    check_inside(request->origin, text);
    check_inside(request->content_type, text);
    CHECK(!request->chunked || request->content_length == 0);
    if (request->upgrade_websocket)
        CHECK(request->method == HTTP_GET && request->websocket_key.n == 24 && !request->http_1_0 &&
              !request->chunked && request->content_length == 0);
    check_query(request->query);
}

/* A verdict, once given, is not changed by what comes later. */
static void check_prefixes(struct span text, enum http_parse whole, size_t head_bytes)
{
    struct http_request request;
    size_t bytes;

    for (size_t n = 0; n < text.n; n += n / 16 + 1) {
        enum http_parse part = http_parse_head((struct span){text.p, n}, &request, &bytes);

        if (part == HTTP_MORE)
            continue;
        CHECK(part == whole || (part == HTTP_TOO_LARGE && n >= HTTP_MAX_HEAD_BYTES));
        if (part == HTTP_DONE)
            CHECK(bytes == head_bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make(data, size);
    struct http_request request;
    size_t bytes = 0;
    enum http_parse result = http_parse_head(text, &request, &bytes);

    check_prefixes(text, result, bytes);
    if (result == HTTP_DONE) {
        CHECK(bytes >= 16 && bytes <= size && bytes <= HTTP_MAX_HEAD_BYTES);
        check_request(text, &request);
        if (request.chunked)
            check_body((struct span){text.p + bytes, text.n - bytes});
    }
    check_body(text);
    return 0;
}
