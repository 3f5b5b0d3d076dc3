#include "wire/a2.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/check.h"

#define A2_VERSION 1
#define CLAIMS_BYTES 25 /* version, app, account, instance, generation, issue time */
#define MAC_BYTES 32
#define TOKEN_BYTES (CLAIMS_BYTES + MAC_BYTES)
#define TOKEN_TEXT (TOKEN_BYTES / 3 * 4)

/* Whole groups of three bytes: the text has no padding and each token one spelling only. */
_Static_assert(TOKEN_BYTES % 3 == 0 && TOKEN_TEXT <= A2_MAX_TEXT, "a2 text");

static void claims_put(uint8_t *at, const struct a2_token *token)
{
    at[0] = A2_VERSION;
    put_be32(at + 1, token->app);
    put_be32(at + 5, token->account);
    put_be32(at + 9, token->instance);
    put_be32(at + 13, token->generation);
    put_be64(at + 17, token->issued_s);
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
}

void a2_make(const struct usersig_key *server_key, const struct a2_token *token, struct buf *into)
{
    uint8_t bytes[TOKEN_BYTES];
    unsigned char text[TOKEN_TEXT + 1]; /* EVP_EncodeBlock writes a NUL */

    claims_put(bytes, token);
    usersig_hmac(server_key, span_make(bytes, CLAIMS_BYTES), bytes + CLAIMS_BYTES);
    CHECK(EVP_EncodeBlock(text, bytes, TOKEN_BYTES) == TOKEN_TEXT);
    for (size_t i = 0; i < TOKEN_TEXT; i++) {
        if (text[i] == '+')
            text[i] = '-';
        else if (text[i] == '/')
            text[i] = '_';
    }
    buf_add(into, text, TOKEN_TEXT);
}

/* OpenSSL skips white space around the text and takes '+', '/' and '=': refuse those first. */
static bool token_decode(struct span text, uint8_t ret_bytes[TOKEN_BYTES])
{
    unsigned char standard[TOKEN_TEXT];

    if (text.n != TOKEN_TEXT)
        return false;
    for (size_t i = 0; i < TOKEN_TEXT; i++) {
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
    return EVP_DecodeBlock(ret_bytes, standard, TOKEN_TEXT) == TOKEN_BYTES;
}

bool a2_verify(const struct usersig_key *server_key, struct span text, struct a2_token *ret_token)
{
    uint8_t bytes[TOKEN_BYTES];
    uint8_t mac[MAC_BYTES];

    if (!token_decode(text, bytes) || bytes[0] != A2_VERSION)
        return false;
    usersig_hmac(server_key, span_make(bytes, CLAIMS_BYTES), mac);
    if (CRYPTO_memcmp(mac, bytes + CLAIMS_BYTES, MAC_BYTES) != 0)
        return false;
    claims_get(bytes, ret_token);
    return true;
}
