/*
 * HTTP/1.1 request heads, bounded (RFC 9112). Pure.
 * Only what the gateway needs is kept; a head that is ambiguous about its body is refused.
 */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/span.h"

#define HTTP_MAX_HEAD_BYTES 16384
#define HTTP_MAX_HEADERS 64

enum http_method {
    HTTP_GET,
    HTTP_POST,
    HTTP_OPTIONS,
    HTTP_HEAD,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OTHER
};
/* "GET"; "" of HTTP_OTHER. */
const char *http_method_name(enum http_method method);

enum http_parse {
    HTTP_DONE,      /* a whole head; ret_head_bytes consumed */
    HTTP_MORE,      /* not complete yet */
    HTTP_MALFORMED, /* answer 400 and close */
    HTTP_TOO_LARGE, /* head over the bounds: answer 431 and close */
};

struct http_request {
    enum http_method method;
    bool http_1_0;
    bool keep_alive; /* after Connection and version */
    bool expect_continue;
    bool chunked;            /* Transfer-Encoding: chunked (Content-Length then refused) */
    uint64_t content_length; /* 0 if absent */
    bool upgrade_websocket;  /* RFC 6455 §4.2.1: every condition of an upgrade holds */
    /* Before '?', undecoded, starts with '/': of an absolute-form target what follows the
       authority; "/" for `OPTIONS *`. */
    struct span path;
    struct span query;         /* after '?', undecoded, may be empty */
    struct span host;          /* of the target if that has one, else of the Host field */
    struct span websocket_key; /* 24 characters if upgrade_websocket */
    struct span content_type;
    struct span origin;
    struct span authorization;   /* p is NULL where absent */
    struct span idempotency_key; /* likewise */
};

/* `text` is what has been read so far; spans point into it. */
enum http_parse http_parse_head(struct span text, struct http_request *ret_request,
                                size_t *ret_head_bytes);

/*
 * Takes the next name=value of a query string: percent-decoded ('+' is a plus sign, as usersigs
 * have '*' and '-' but old clients send '+' unencoded) into `scratch`, which must have the
 * query's length of room and is used from *used on. False at the end. Malformed escapes are kept
 * as they are.
 */
bool http_query_next(struct span *query, char *scratch, size_t *used, struct span *ret_name,
                     struct span *ret_value);

/* Decodes %XX into `scratch` as http_query_next does. */
struct span http_percent_decode(struct span s, char *scratch, size_t *used);

/*
 * Chunked bodies (RFC 9112 §7.1): decodes from the front of `text`, which starts at a chunk's size
 * line, and appends the content of whole chunks to `into`.
 * HTTP_DONE: *ret_bytes consumed including the trailer section. HTTP_MORE: *ret_bytes (whole
 * chunks, may be 0) are consumed and appended already; call again with what follows them.
 * HTTP_TOO_LARGE: over into->max, known from the size line on.
 */
struct buf;
enum http_parse http_parse_chunked(struct span text, struct buf *into, size_t *ret_bytes);

#endif
