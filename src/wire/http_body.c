/* Query strings and chunked bodies. */
#include "base/buf.h"
#include "wire/http_line.h"

#define CHUNK_LINE_MAX_BYTES 256 /* extensions included; nobody sends any */
#define CHUNK_MAX_DIGITS 15

/* Value of a hexadecimal digit, or above 15. */
static unsigned hex(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';
    unsigned letter = ((unsigned)(unsigned char)c | 0x20) - 'a';

    return digit <= 9 ? digit : letter <= 5 ? letter + 10 : 16;
}

/* ---- query strings ---- */

struct span http_percent_decode(struct span s, char *scratch, size_t *used)
{
    char *start = scratch + *used, *at = start;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '%' && s.n - i > 2 && hex(s.p[i + 1]) <= 15 && hex(s.p[i + 2]) <= 15) {
            c = (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
            i += 2;
        }
        *at++ = c;
    }
    *used += (size_t)(at - start);
    return (struct span){start, (size_t)(at - start)};
}

bool http_query_next(struct span *query, char *scratch, size_t *used, struct span *ret_name,
                     struct span *ret_value)
{
    while (query->n) {
        const char *amp = memchr(query->p, '&', query->n);
        struct span pair = {query->p, amp ? (size_t)(amp - query->p) : query->n};
        size_t taken = pair.n + (amp ? 1 : 0);
        struct span name = pair, value = {pair.p + pair.n, 0};
        const char *equals;

        query->p += taken;
        query->n -= taken;
        if (pair.n == 0)
            continue;
        equals = memchr(pair.p, '=', pair.n);
        if (equals) {
            name.n = (size_t)(equals - pair.p);
            value = (struct span){equals + 1, pair.n - name.n - 1};
        }
        *ret_name = http_percent_decode(name, scratch, used);
        *ret_value = http_percent_decode(value, scratch, used);
        return true;
    }
    return false;
}

/* ---- chunked bodies ---- */

/* chunk-size [ BWS chunk-ext ]; extensions are skipped (RFC 9112 §7.1.1). */
static bool chunk_size(struct span line, uint64_t *ret_size)
{
    uint64_t size = 0;
    size_t at = 0;

    while (at < line.n && hex(line.p[at]) <= 15)
        size = size << 4 | hex(line.p[at++]);
    if (at == 0 || at > CHUNK_MAX_DIGITS)
        return false;
    line = http_trim((struct span){line.p + at, line.n - at});
    if (line.n && line.p[0] != ';')
        return false;
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    *ret_size = size;
    return true;
}

/* The chunk's first line. */
static enum http_parse take_size(struct span *text, uint64_t *ret_size)
{
    struct span line;

    switch (http_take_line(text, &line)) {
    case HTTP_LINE_PARTIAL:
        /* One byte more may be there: the CR. */
        return text->n > CHUNK_LINE_MAX_BYTES + 1 ? HTTP_MALFORMED : HTTP_MORE;
    case HTTP_LINE_BAD:
        return HTTP_MALFORMED;
    case HTTP_LINE:
        break;
    }
    return line.n <= CHUNK_LINE_MAX_BYTES && chunk_size(line, ret_size) ? HTTP_DONE
                                                                        : HTTP_MALFORMED;
}

/* Trailer fields are checked for form and dropped. */
static enum http_parse take_trailers(struct span *text)
{
    struct span line, name, value;
    const char *start = text->p;
    size_t available = text->n;

    for (unsigned fields = 0;; fields++) {
        enum http_line kind = http_take_line(text, &line);

        if (kind == HTTP_LINE_PARTIAL)
            return available > HTTP_MAX_HEAD_BYTES ? HTTP_TOO_LARGE : HTTP_MORE;
        if (fields > HTTP_MAX_HEADERS || text->p - start > HTTP_MAX_HEAD_BYTES)
            return HTTP_TOO_LARGE;
        if (kind == HTTP_LINE_BAD)
            return HTTP_MALFORMED;
        if (line.n == 0)
            return HTTP_DONE;
        if (!http_split_field(line, &name, &value))
            return HTTP_MALFORMED;
    }
}

enum http_parse http_parse_chunked(struct span text, struct buf *into, size_t *ret_bytes)
{
    struct span rest = text;
    enum http_parse result;
    uint64_t size = 0;

    *ret_bytes = 0;
    for (;;) {
        result = take_size(&rest, &size);
        if (result != HTTP_DONE)
            return result;
        if (size == 0)
            break;
        if (into->overflow || size > into->max - into->n)
            return HTTP_TOO_LARGE;
        if ((rest.n > size && rest.p[size] != '\r') ||
            (rest.n > size + 1 && rest.p[size + 1] != '\n'))
            return HTTP_MALFORMED;
        if (rest.n < size + 2)
            return HTTP_MORE;
        buf_add(into, rest.p, size);
        rest.p += size + 2;
        rest.n -= size + 2;
        *ret_bytes = (size_t)(rest.p - text.p);
    }
    result = take_trailers(&rest);
    if (result == HTTP_DONE)
        *ret_bytes = (size_t)(rest.p - text.p);
    return result;
}
