#include "gateway/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/gateway_internal.h"

struct tls_state {
    SSL *ssl;
    const char *input; /* only while tls_input runs */
    size_t input_bytes;
    struct buf *output; /* the loop's */
};

/* ---- the BIO: input from a span, output into the loop's buffer ---- */

static int bio_read(BIO *bio, char *into, int room)
{
    struct tls_state *tls = BIO_get_data(bio);
    size_t n = tls->input_bytes < (size_t)room ? tls->input_bytes : (size_t)room;

    BIO_clear_retry_flags(bio);
    if (!n) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(into, tls->input, n);
    tls->input += n;
    tls->input_bytes -= n;
    return (int)n;
}

static int bio_write(BIO *bio, const char *p, int n)
{
    struct tls_state *tls = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    buf_add(tls->output, p, (size_t)n);
    return tls->output->overflow ? -1 : n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *p)
{
    (void)bio, (void)number, (void)p;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;
static pthread_once_t method_once = PTHREAD_ONCE_INIT;

static void method_init(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "magpie");
    CHECK(method);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
}

/* ---- contexts ---- */

static void log_openssl(const char *what, const char *file)
{
    char reason[160] = "";

    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof(reason));
    log_error("tls: %s %s: %s", what, file, reason);
    ERR_clear_error();
}

enum im_err tls_context_new(const char *cert_file, const char *key_file,
                            struct ssl_ctx_st **ret_context)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    char groups[] = "P-256:X25519:P-384"; /* the macro casts a const away */

    CHECK(context);
    pthread_once(&method_once, method_init);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set1_groups_list(context, groups);
    if (SSL_CTX_use_certificate_chain_file(context, cert_file) != 1) {
        log_openssl("cannot read the certificate", cert_file);
    } else if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1) {
        log_openssl("cannot read the private key", key_file);
    } else if (SSL_CTX_check_private_key(context) != 1) {
        log_openssl("the key does not belong to the certificate", cert_file);
    } else {
        *ret_context = context;
        return IM_OK;
    }
    SSL_CTX_free(context);
    return IM_ERR_INVALID;
}

void tls_context_free(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

/* ---- connections ---- */

struct tls_state *tls_new(struct conn *conn, struct ssl_ctx_st *context)
{
    struct tls_state *tls = mem_zalloc(sizeof(*tls));
    BIO *bio = BIO_new(method);

    tls->ssl = SSL_new(context);
    CHECK(tls->ssl && bio);
    tls->output = &conn->gateway->cipher;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void tls_free(struct tls_state *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    free(tls);
}

static void send_cipher(struct conn *conn)
{
    struct buf *cipher = &conn->gateway->cipher;

    if (cipher->n && !conn->closing)
        conn_send(conn, cipher->p, cipher->n);
    buf_reset(cipher);
}

void tls_input(struct conn *conn, const char *p, size_t n)
{
    struct tls_state *tls = conn->tls;
    char *plain = conn->gateway->plain_buffer;
    int got, why;

    tls->input = p;
    tls->input_bytes = n;
    ERR_clear_error();
    while ((got = SSL_read(tls->ssl, plain, (int)READ_BYTES)) > 0 && !conn->closing)
        conn_feed(conn, plain, (size_t)got);
    why = got > 0 ? SSL_ERROR_NONE : SSL_get_error(tls->ssl, got);
    tls->input = NULL;
    tls->input_bytes = 0;
    send_cipher(conn);
    if (why == SSL_ERROR_ZERO_RETURN)
        conn_finish(conn);
    else if (why != SSL_ERROR_NONE && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        conn_close(conn);
    ERR_clear_error();
}

void tls_output(struct conn *conn, struct span text)
{
    struct tls_state *tls = conn->tls;

    ERR_clear_error();
    while (text.n) {
        int n = SSL_write(tls->ssl, text.p, text.n < INT32_MAX ? (int)text.n : INT32_MAX);

        if (n <= 0) {
            conn_close(conn);
            break;
        }
        text.p += n;
        text.n -= (size_t)n;
    }
    send_cipher(conn);
    ERR_clear_error();
}

void tls_finish(struct conn *conn)
{
    ERR_clear_error();
    if (SSL_is_init_finished(conn->tls->ssl))
        SSL_shutdown(conn->tls->ssl);
    send_cipher(conn);
    ERR_clear_error();
}
