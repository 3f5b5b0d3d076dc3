/*
 * Request heads. Lines are taken one after the other as far as they are there, each once, so what
 * is malformed is known before the head is complete and the time is linear in the bytes read.
 *
 * Whatever two readers could understand differently is refused instead of repaired: that is what
 * lets a request be smuggled past a proxy in front of us (RFC 9112 §11.2).
 */
#include "wire/http.h"

#include "wire/base64.h"
#include "wire/http_line.h"

#define LENGTH_MAX_DIGITS 15

/* Fields that may stand in a request at most once. */
enum field {
    FIELD_HOST,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_CONTENT_TYPE,
    FIELD_ORIGIN,
    FIELD_WEBSOCKET_KEY,
    FIELD_WEBSOCKET_VERSION,
    FIELD_EXPECT,
    FIELD_AUTHORIZATION,
    FIELD_IDEMPOTENCY_KEY,
    SINGLE_FIELDS
};

static const char *const field_names[SINGLE_FIELDS] = {
    [FIELD_HOST] = "host",
    [FIELD_CONTENT_LENGTH] = "content-length",
    [FIELD_TRANSFER_ENCODING] = "transfer-encoding",
    [FIELD_CONTENT_TYPE] = "content-type",
    [FIELD_ORIGIN] = "origin",
    [FIELD_WEBSOCKET_KEY] = "sec-websocket-key",
    [FIELD_WEBSOCKET_VERSION] = "sec-websocket-version",
    [FIELD_EXPECT] = "expect",
    [FIELD_AUTHORIZATION] = "authorization",
    [FIELD_IDEMPOTENCY_KEY] = "idempotency-key",
};

struct head {
    struct http_request request;
    struct span fields[SINGLE_FIELDS]; /* p is NULL where absent */
    struct span authority;             /* of an absolute-form target; p is NULL otherwise */
    bool close, keep_alive, upgrade;   /* tokens of Connection */
    bool websocket;                    /* token of Upgrade */
};

/* ---- the request line ---- */

static const char *const method_names[] = {
    [HTTP_GET] = "GET", [HTTP_POST] = "POST",   [HTTP_OPTIONS] = "OPTIONS", [HTTP_HEAD] = "HEAD",
    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",   [HTTP_OTHER] = "",
};

const char *http_method_name(enum http_method method)
{
    return method_names[method];
}

/* Method names are case-sensitive (RFC 9110 §9.1). */
static enum http_method method_of(struct span token)
{
    unsigned method = 0;

    while (method < HTTP_OTHER && !span_is(token, method_names[method]))
        method++;
    return (enum http_method)method;
}

/* Up to the next space, which is stepped over; false if there is none. */
static bool take_word(struct span *line, struct span *ret_word)
{
    const char *space = line->n ? memchr(line->p, ' ', line->n) : NULL;

    if (!space)
        return false;
    *ret_word = (struct span){line->p, (size_t)(space - line->p)};
    line->n -= ret_word->n + 1;
    line->p = space + 1;
    return true;
}

static bool host_valid(struct span host)
{
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];

        if (c <= 0x20 || c >= 0x7f || strchr("\"#/<>?@\\^`{|}", c))
            return false;
    }
    return true;
}

/* absolute-form (RFC 9112 §3.2.2): cuts scheme and authority off the target. */
static bool take_authority(struct head *head, struct span *target)
{
    size_t scheme, end;

    if (target->n > 7 && http_same((struct span){target->p, 7}, "http://"))
        scheme = 7;
    else if (target->n > 8 && http_same((struct span){target->p, 8}, "https://"))
        scheme = 8;
    else
        return false;
    end = scheme;
    while (end < target->n && target->p[end] != '/' && target->p[end] != '?')
        end++;
    head->authority = (struct span){target->p + scheme, end - scheme};
    target->p += end;
    target->n -= end;
    return head->authority.n > 0 && host_valid(head->authority);
}

static bool parse_target(struct head *head, struct span target)
{
    struct http_request *request = &head->request;
    const char *mark;

    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];

        if (c <= 0x20 || c >= 0x7f || c == '#')
            return false;
    }
    if (request->method == HTTP_OPTIONS && span_is(target, "*")) {
        request->path = SPAN_LIT("/");
        return true;
    }
    if (target.n == 0 || (target.p[0] != '/' && !take_authority(head, &target)))
        return false;
    mark = target.n ? memchr(target.p, '?', target.n) : NULL;
    request->path = target;
    if (mark) {
        request->path.n = (size_t)(mark - target.p);
        request->query = (struct span){mark + 1, target.n - request->path.n - 1};
    }
    if (request->path.n == 0)
        request->path = SPAN_LIT("/");
    return true;
}

static bool parse_request_line(struct head *head, struct span line)
{
    struct span method, target;

    if (!take_word(&line, &method) || !take_word(&line, &target) || !http_is_token(method))
        return false;
    /* A later minor version is one that we answer as 1.1 (RFC 9110 §2.5). */
    if (line.n != 8 || !span_starts(line, SPAN_LIT("HTTP/1.")) || line.p[7] < '0' ||
        line.p[7] > '9')
        return false;
    head->request.http_1_0 = line.p[7] == '0';
    head->request.method = method_of(method);
    return parse_target(head, target);
}

/* ---- fields ---- */

/* The next element of a comma-separated list; empty ones are skipped. False at the end. */
static bool take_element(struct span *list, struct span *ret_element)
{
    while (list->n) {
        const char *comma = memchr(list->p, ',', list->n);
        size_t n = comma ? (size_t)(comma - list->p) : list->n;

        *ret_element = http_trim((struct span){list->p, n});
        n += comma ? 1 : 0;
        list->p += n;
        list->n -= n;
        if (ret_element->n)
            return true;
    }
    return false;
}

static void note_connection(struct head *head, struct span list)
{
    struct span element;

    while (take_element(&list, &element)) {
        head->close |= http_same(element, "close");
        head->keep_alive |= http_same(element, "keep-alive");
        head->upgrade |= http_same(element, "upgrade");
    }
}

static void note_upgrade(struct head *head, struct span list)
{
    struct span element;

    while (take_element(&list, &element))
        head->websocket |= http_same(element, "websocket");
}

static bool parse_field(struct head *head, struct span line)
{
    struct span name, value;

    if (!http_split_field(line, &name, &value))
        return false;
    for (unsigned i = 0; i < SINGLE_FIELDS; i++) {
        if (!http_same(name, field_names[i]))
            continue;
        if (head->fields[i].p)
            return false;
        head->fields[i] = value;
        return true;
    }
    if (http_same(name, "connection"))
        note_connection(head, value);
    else if (http_same(name, "upgrade"))
        note_upgrade(head, value);
    return true;
}

/* ---- the whole head ---- */

/* How long the body is (RFC 9112 §6.3). Other transfer codings than chunked alone are refused. */
static bool settle_body(struct head *head)
{
    struct span length = head->fields[FIELD_CONTENT_LENGTH];
    struct span coding = head->fields[FIELD_TRANSFER_ENCODING];

    if (coding.p) {
        if (length.p || head->request.http_1_0 || !http_same(coding, "chunked"))
            return false;
        head->request.chunked = true;
    }
    return !length.p ||
           (length.n <= LENGTH_MAX_DIGITS && span_to_u64(length, &head->request.content_length));
}

static bool settle_host(struct head *head)
{
    struct span host = head->fields[FIELD_HOST];

    if ((!host.p && !head->request.http_1_0) || !host_valid(host))
        return false;
    /* The target's own authority replaces the field (RFC 9112 §3.2.2). */
    head->request.host = head->authority.p ? head->authority : host;
    return true;
}

/* RFC 6455 §4.2.1, and no body: the bytes behind the head are frames. */
static bool is_websocket_upgrade(const struct head *head)
{
    const struct http_request *request = &head->request;
    uint8_t nonce[18];
    size_t n;

    return request->method == HTTP_GET && !request->http_1_0 && head->websocket && head->upgrade &&
           span_is(head->fields[FIELD_WEBSOCKET_VERSION], "13") &&
           head->fields[FIELD_WEBSOCKET_KEY].n == 24 &&
           base64_decode(BASE64_STANDARD, head->fields[FIELD_WEBSOCKET_KEY], nonce, &n) &&
           n == 16 && !request->chunked && request->content_length == 0;
}

static bool settle(struct head *head)
{
    struct http_request *request = &head->request;

    if (!settle_host(head) || !settle_body(head))
        return false;
    request->keep_alive = !head->close && (!request->http_1_0 || head->keep_alive);
    request->expect_continue =
        !request->http_1_0 && http_same(head->fields[FIELD_EXPECT], "100-continue");
    request->content_type = head->fields[FIELD_CONTENT_TYPE];
    request->origin = head->fields[FIELD_ORIGIN];
    request->authorization = head->fields[FIELD_AUTHORIZATION];
    request->idempotency_key = head->fields[FIELD_IDEMPOTENCY_KEY];
    request->websocket_key = head->fields[FIELD_WEBSOCKET_KEY];
    request->upgrade_websocket = is_websocket_upgrade(head);
    return true;
}

/* What to say while the head is not complete. */
static enum http_parse incomplete(struct span text, struct span line)
{
    /* Another protocol's first byte, such as that of TLS, needs no more bytes to be refused. */
    if (line.n && line.p == text.p && line.p[0] != '\r' && !http_is_token((struct span){line.p, 1}))
        return HTTP_MALFORMED;
    return text.n >= HTTP_MAX_HEAD_BYTES ? HTTP_TOO_LARGE : HTTP_MORE;
}

enum http_parse http_parse_head(struct span text, struct http_request *ret_request,
                                size_t *ret_head_bytes)
{
    struct head head = {0};
    struct span rest = text, line;
    enum http_line kind;
    unsigned fields = 0;

    /* Some clients send one CRLF too many behind a body (RFC 9112 §2.2). */
    if (span_starts(rest, SPAN_LIT("\r\n")))
        rest = (struct span){rest.p + 2, rest.n - 2};
    kind = http_take_line(&rest, &line);
    if (kind == HTTP_LINE && !parse_request_line(&head, line))
        return HTTP_MALFORMED;
    while (kind == HTTP_LINE) {
        kind = http_take_line(&rest, &line);
        if (kind != HTTP_LINE || line.n == 0)
            break;
        if (++fields > HTTP_MAX_HEADERS)
            return HTTP_TOO_LARGE;
        if (!parse_field(&head, line))
            return HTTP_MALFORMED;
    }
    if (kind == HTTP_LINE_BAD)
        return HTTP_MALFORMED;
    if (kind == HTTP_LINE_PARTIAL)
        return incomplete(text, rest);
    if ((size_t)(rest.p - text.p) > HTTP_MAX_HEAD_BYTES)
        return HTTP_TOO_LARGE;
    if (!settle(&head))
        return HTTP_MALFORMED;
    *ret_request = head.request;
    *ret_head_bytes = (size_t)(rest.p - text.p);
    return HTTP_DONE;
}
