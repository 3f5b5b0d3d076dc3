/* Query strings and chunked bodies. */
#include <stdlib.h>

#include "base/buf.h"
#include "support/test.h"
#include "wire/http.h"

/* ---- query strings ---- */

static void next_is(struct span *query, char *scratch, size_t *used, const char *name,
                    struct span value)
{
    struct span got_name, got_value;

    assert_true(http_query_next(query, scratch, used, &got_name, &got_value));
    assert_true(span_is(got_name, name));
    assert_true(span_eq(got_value, value));
}

TEST(pairs_of_a_query_come_decoded_and_in_order)
{
    struct span query = SPAN_LIT("sdkappid=1&&usersig=eJ*-_+%2B%2a&a=b=c&empty=&flag&%61%3d=%00");
    size_t used = 0, room = query.n;
    char *scratch = malloc(room);
    struct span name, value;

    next_is(&query, scratch, &used, "sdkappid", SPAN_LIT("1"));
    next_is(&query, scratch, &used, "usersig", SPAN_LIT("eJ*-_++*"));
    next_is(&query, scratch, &used, "a", SPAN_LIT("b=c"));
    next_is(&query, scratch, &used, "empty", SPAN_LIT(""));
    next_is(&query, scratch, &used, "flag", SPAN_LIT(""));
    next_is(&query, scratch, &used, "a=", SPAN_LIT("\0"));
    assert_false(http_query_next(&query, scratch, &used, &name, &value));
    assert_true(used <= room);
    free(scratch);
}

TEST(malformed_escapes_stay_as_they_are)
{
    struct span query = SPAN_LIT("a=%&b=%4&c=%zz%41&d=%%41&e=%g1");
    char scratch[64];
    size_t used = 0;

    next_is(&query, scratch, &used, "a", SPAN_LIT("%"));
    next_is(&query, scratch, &used, "b", SPAN_LIT("%4"));
    next_is(&query, scratch, &used, "c", SPAN_LIT("%zzA"));
    next_is(&query, scratch, &used, "d", SPAN_LIT("%A"));
    next_is(&query, scratch, &used, "e", SPAN_LIT("%g1"));
}

TEST(an_empty_query_has_no_pairs)
{
    struct span empty = {0}, ands = SPAN_LIT("&&"), name, value;
    char scratch[8];
    size_t used = 0;

    assert_false(http_query_next(&empty, scratch, &used, &name, &value));
    assert_false(http_query_next(&ands, scratch, &used, &name, &value));
}

/* ---- chunked bodies ---- */

static const char wikipedia[] =
    "4\r\nWiki\r\n6;name=\"v\"\r\npedia \r\nE \t; x\r\nin \r\n\r\nchunks.\r\n"
    "00\r\nTrailer: x\r\n\r\n";

static enum http_parse decode(const char *text, size_t max, struct buf *body)
{
    size_t bytes;

    buf_init(body, max);
    return http_parse_chunked(span_of(text), body, &bytes);
}

TEST(a_chunked_body_is_decoded_with_its_trailers_consumed)
{
    struct span text = {wikipedia, sizeof(wikipedia) - 1};
    struct buf body;
    size_t bytes;

    buf_init(&body, 100);
    assert_int_equal(http_parse_chunked(text, &body, &bytes), HTTP_DONE);
    assert_int_equal(bytes, text.n);
    assert_true(span_is(buf_span(&body), "Wikipedia in \r\n\r\nchunks."));
    buf_release(&body);
}

/* As a reader does it: what was consumed is dropped, what follows is tried again with more. */
static void decode_split(struct span text, size_t first)
{
    struct buf body;
    size_t bytes, at = 0, n = first;
    enum http_parse result;

    buf_init(&body, 100);
    for (;;) {
        char *part = malloc(n - at ? n - at : 1);

        memcpy(part, text.p + at, n - at);
        result = http_parse_chunked((struct span){part, n - at}, &body, &bytes);
        free(part);
        at += bytes;
        if (result != HTTP_MORE)
            break;
        assert_true(n < text.n);
        n++;
    }
    assert_int_equal(result, HTTP_DONE);
    assert_int_equal(at, text.n);
    assert_true(span_is(buf_span(&body), "Wikipedia in \r\n\r\nchunks."));
    buf_release(&body);
}

TEST(a_chunked_body_may_arrive_in_any_pieces)
{
    struct span text = {wikipedia, sizeof(wikipedia) - 1};

    for (size_t first = 0; first <= text.n; first++)
        decode_split(text, first);
}

TEST(chunks_of_another_form_are_refused)
{
    static const char *const refused[] = {
        "\r\n",
        "x\r\n",
        "-1\r\n",
        " 4\r\nWiki\r\n",
        "4\nWiki",
        "4 4\r\nWiki",
        "4;\x01\r\n",
        "4\r\nWiki5",
        "4\r\nWiki\rx",
        "0x4\r\nWiki\r\n",
        "1000000000000000\r\n",
        "0\r\nA : b\r\n\r\n",
        "0\r\n A: b\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "4\rWiki\r\n",
    };
    struct buf body;

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (decode(refused[i], 100, &body) != HTTP_MALFORMED)
            fail_msg("not refused: %s", refused[i]);
        buf_release(&body);
    }
}

TEST(a_chunk_over_the_maximum_is_refused_by_its_size_line)
{
    struct buf body;

    assert_int_equal(decode("4\r\nWiki\r\n7\r\n", 10, &body), HTTP_TOO_LARGE);
    buf_release(&body);
    assert_int_equal(decode("4\r\nWiki\r\n6\r\npedia \r\n0\r\n\r\n", 10, &body), HTTP_DONE);
    buf_release(&body);
    assert_int_equal(decode("fffffffffffffff\r\n", 10, &body), HTTP_TOO_LARGE);
    buf_release(&body);
}

TEST(size_lines_and_trailers_are_bounded)
{
    char *text = malloc(40000);
    struct buf body;

    memset(text, '0', 300);
    text[300] = '\0';
    assert_int_equal(decode(text, 10, &body), HTTP_MALFORMED);
    memset(text, 'a', 40000);
    memcpy(text, "0\r\nA:", 5);
    text[39999] = '\0';
    assert_int_equal(decode(text, 10, &body), HTTP_TOO_LARGE);
    memcpy(text + 39990, "\r\n\r\n", 5);
    assert_int_equal(decode(text, 10, &body), HTTP_TOO_LARGE);
    free(text);
}

/* n characters of a size line that says 0, then its end. */
static enum http_parse decode_long_line(size_t n, size_t shown)
{
    char text[400];
    struct buf body;
    size_t bytes;

    memset(text, 'x', sizeof(text));
    memcpy(text, "0;", 2);
    memcpy(text + n, "\r\n\r\n", 4);
    buf_init(&body, 10);
    return http_parse_chunked((struct span){text, shown}, &body, &bytes);
}

TEST(the_bound_of_a_size_line_is_the_same_before_and_after_its_end)
{
    for (size_t shown = 0; shown < 260; shown++)
        assert_int_equal(decode_long_line(256, shown), HTTP_MORE);
    assert_int_equal(decode_long_line(256, 260), HTTP_DONE);
    assert_int_equal(decode_long_line(257, 261), HTTP_MALFORMED);
    assert_int_equal(decode_long_line(300, 258), HTTP_MALFORMED);
}

int main(void)
{
    return RUN_TESTS(
        T(pairs_of_a_query_come_decoded_and_in_order), T(malformed_escapes_stay_as_they_are),
        T(an_empty_query_has_no_pairs), T(a_chunked_body_is_decoded_with_its_trailers_consumed),
        T(a_chunked_body_may_arrive_in_any_pieces), T(chunks_of_another_form_are_refused),
        T(a_chunk_over_the_maximum_is_refused_by_its_size_line),
        T(size_lines_and_trailers_are_bounded),
        T(the_bound_of_a_size_line_is_the_same_before_and_after_its_end));
}
