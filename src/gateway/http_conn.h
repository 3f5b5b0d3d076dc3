/*
 * HTTP/1.1 over a connection (RFC 9112): keep-alive, pipelined requests answered in their order,
 * bodies by length or in chunks up to HTTP_MAX_BODY, upgrade to WebSocket on any path.
 * Gateway thread only.
 */
#ifndef GATEWAY_HTTP_CONN_H
#define GATEWAY_HTTP_CONN_H

#include "gateway/conn.h"
#include "wire/http.h"

#define HTTP_MAX_BODY ((size_t)1 << 20)
#define HTTP_MAX_PIPELINE 64u

/* One whole request; spans are good during the call only. */
struct http_call {
    struct conn *conn;
    uint64_t number; /* in its connection; what http_reply and request.tag take */
    const struct http_request *head;
    struct span body;
};

/* Whom a connection serves. */
enum http_side {
    HTTP_CLIENTS,  /* REST and WebSocket */
    HTTP_TOKENS,   /* the admin API: whoever has a token */
    HTTP_OPERATOR, /* the same over the admin socket: the operator */
};

/* Makes a fresh connection speak HTTP. */
void http_attach(struct conn *conn, enum http_side side);

/* Answers request `number`; held back until those before it are answered. */
void http_reply(struct conn *conn, uint64_t number, uint16_t status, const char *content_type,
                struct span body);
/* The same with further header lines, each with its CRLF. */
void http_reply_with(struct conn *conn, uint64_t number, uint16_t status, const char *content_type,
                     struct span headers, struct span body);
/* The usual answer: 200 with a JSON object. */
void http_reply_json(struct conn *conn, uint64_t number, struct span body);
/* 200 with the plain envelope of an error. */
void http_reply_error(struct conn *conn, uint64_t number, uint8_t envelope, enum im_err err);

/* GET /healthz: 200 "ok", or 503 with the reason. */
void http_reply_health(const struct http_call *call);

/* The address of the client, asked from the system once a connection. */
const struct source_address *http_source(struct conn *conn);

#endif
