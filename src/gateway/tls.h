/*
 * TLS under a connection: OpenSSL between the socket and the layers. It reads straight from the
 * loop's read buffer and writes into the loop's, so a connection at rest holds OpenSSL's own
 * session and nothing else (SSL_MODE_RELEASE_BUFFERS). Gateway thread only, except tls_context_*.
 */
#ifndef GATEWAY_TLS_H
#define GATEWAY_TLS_H

#include "base/err.h"
#include "gateway/conn.h"

struct ssl_ctx_st;

/* TLS 1.2 and later, P-256 first. IM_ERR_INVALID: a file cannot be read or they do not belong
   together; one log line says which. Any thread; free with tls_context_free. */
enum im_err tls_context_new(const char *cert_file, const char *key_file,
                            struct ssl_ctx_st **ret_context);
void tls_context_free(struct ssl_ctx_st *context);

struct tls_state *tls_new(struct conn *conn, struct ssl_ctx_st *context);
void tls_free(struct tls_state *tls);

/* Bytes from the socket: hands what they decrypt to, to conn_feed. */
void tls_input(struct conn *conn, const char *p, size_t n);
/* Encrypts and sends what a layer wrote. */
void tls_output(struct conn *conn, struct span text);
/* Sends close_notify. */
void tls_finish(struct conn *conn);

#endif
