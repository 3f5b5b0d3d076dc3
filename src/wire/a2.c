#include "wire/a2.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/check.h"

#define A2_VERSION 1
#define MAC_BYTES 32
#define NAME_AT                                                                      \
    26 /* behind version, app, account, instance, generation, issue time, its length \
        */
/* Zeros behind the name make whole groups of three bytes: the text has no padding and each token
   one spelling only. */
#define TOKEN_BYTES(name_bytes) ((NAME_AT + (name_bytes) + MAC_BYTES + 2) / 3 * 3)
#define MAX_TOKEN_BYTES TOKEN_BYTES(IDENTIFIER_MAX)
#define MAX_TEXT (MAX_TOKEN_BYTES / 3 * 4)

_Static_assert(MAX_TEXT <= A2_MAX_TEXT, "a2 text");

/* Returns the number of bytes before the MAC. */
static size_t claims_put(uint8_t *at, const struct a2_token *token)
{
    size_t name_bytes = strnlen(token->name, IDENTIFIER_MAX);
    size_t n = TOKEN_BYTES(name_bytes) - MAC_BYTES;

    memset(at, 0, n);
    at[0] = A2_VERSION;
    put_be32(at + 1, token->app);
    put_be32(at + 5, token->account);
    put_be32(at + 9, token->instance);
    put_be32(at + 13, token->generation);
    put_be64(at + 17, token->issued_s);
    at[25] = (uint8_t)name_bytes;
    memcpy(at + NAME_AT, token->name, name_bytes);
    return n;
}

static void claims_get(const uint8_t *at, struct a2_token *ret_token)
{
    *ret_token = (struct a2_token){
        .app = get_be32(at + 1),
        .account = get_be32(at + 5),
        .instance = get_be32(at + 9),
        .generation = get_be32(at + 13),
        .issued_s = get_be64(at + 17),
    };
    memcpy(ret_token->name, at + NAME_AT, at[25]);
}

void a2_make(const struct usersig_key *server_key, const struct a2_token *token, struct buf *into)
{
    uint8_t bytes[MAX_TOKEN_BYTES];
    unsigned char text[MAX_TEXT + 1]; /* EVP_EncodeBlock writes a NUL */
    size_t n = claims_put(bytes, token);
    size_t text_bytes;

    usersig_hmac(server_key, span_make(bytes, n), bytes + n);
    text_bytes = (size_t)EVP_EncodeBlock(text, bytes, (int)(n + MAC_BYTES));
    CHECK(text_bytes == (n + MAC_BYTES) / 3 * 4);
    for (size_t i = 0; i < text_bytes; i++) {
        if (text[i] == '+')
            text[i] = '-';
        else if (text[i] == '/')
            text[i] = '_';
    }
    buf_add(into, text, text_bytes);
}

/* OpenSSL skips white space around the text and takes '+', '/' and '=': refuse those first. */
static bool token_decode(struct span text, uint8_t ret_bytes[MAX_TOKEN_BYTES], size_t *ret_n)
{
    unsigned char standard[MAX_TEXT];

    if (text.n % 4 || text.n < TOKEN_BYTES(0) / 3 * 4 || text.n > MAX_TEXT)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            standard[i] = (unsigned char)c;
        else if (c == '-')
            standard[i] = '+';
        else if (c == '_')
            standard[i] = '/';
        else
            return false;
    }
    *ret_n = text.n / 4 * 3;
    return EVP_DecodeBlock(ret_bytes, standard, (int)text.n) == (int)(text.n / 4 * 3);
}

bool a2_verify(const struct usersig_key *server_key, struct span text, struct a2_token *ret_token)
{
    uint8_t bytes[MAX_TOKEN_BYTES];
    uint8_t mac[MAC_BYTES];
    size_t n;

    if (!token_decode(text, bytes, &n) || bytes[0] != A2_VERSION)
        return false;
    usersig_hmac(server_key, span_make(bytes, n - MAC_BYTES), mac);
    if (CRYPTO_memcmp(mac, bytes + n - MAC_BYTES, MAC_BYTES) != 0)
        return false;
    if (bytes[25] > IDENTIFIER_MAX || (size_t)TOKEN_BYTES(bytes[25]) != n)
        return false;
    claims_get(bytes, ret_token);
    return true;
}
