/* Lines of an HTTP/1.1 message, for the files http*.c only. Pure. */
#ifndef WIRE_HTTP_LINE_H
#define WIRE_HTTP_LINE_H

#include "wire/http.h"

enum http_line {
    HTTP_LINE,
    HTTP_LINE_PARTIAL, /* no line end yet */
    HTTP_LINE_BAD, /* a bare LF; RFC 9112 §2.2 lets a server take it, and none has to send it */
};

/* Takes the next line, without its CRLF, from the front of *text. */
enum http_line http_take_line(struct span *text, struct span *ret_line);

/*
 * Splits a field line. False: no token before the colon (white space there is how requests are
 * smuggled, RFC 9112 §5.1), a folded line (§5.2), or a control character in the value (§5.5 of
 * RFC 9110), which covers the bare CR.
 */
bool http_split_field(struct span line, struct span *ret_name, struct span *ret_value);

/* One or more token characters (RFC 9110 §5.6.2) and nothing else. */
bool http_is_token(struct span s);

struct span http_trim(struct span s);

/* Without regard to case; `lower` is in lower case. */
bool http_same(struct span s, const char *lower);

#endif
