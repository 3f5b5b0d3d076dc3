/*
 * HMAC-SHA256 from states prepared once per key (RFC 2104 §4).
 *
 * OpenSSL's low-level SHA256_* functions are deprecated since 3.0, but a SHA256_CTX can be copied:
 * for the 110 signed bytes of a UserSig this takes 125 ns, a reused EVP_MAC_CTX 205 ns and HMAC()
 * 1,050 ns (OpenSSL 3.0.19, one core). Nothing else in the program uses deprecated functions.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "wire/usersig.h"

_Static_assert(sizeof(SHA256_CTX) == sizeof(((struct usersig_key *)0)->inner) &&
                   _Alignof(SHA256_CTX) <= _Alignof(uint64_t),
               "room for a SHA-256 state");

static void state_init(uint64_t state[14], const uint8_t block[64], uint8_t pad)
{
    uint8_t padded[64];
    SHA256_CTX ctx;

    for (size_t i = 0; i < sizeof(padded); i++)
        padded[i] = block[i] ^ pad;
    memset(&ctx, 0, sizeof(ctx));
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, padded, sizeof(padded));
    memcpy(state, &ctx, sizeof(ctx));
    OPENSSL_cleanse(padded, sizeof(padded));
    OPENSSL_cleanse(&ctx, sizeof(ctx));
}

void usersig_key_init(struct usersig_key *key, struct span secret)
{
    uint8_t block[64] = {0};
    SHA256_CTX ctx;

    if (secret.n > sizeof(block)) {
        SHA256_Init(&ctx);
        SHA256_Update(&ctx, secret.p, secret.n);
        SHA256_Final(block, &ctx);
    } else if (secret.n) {
        memcpy(block, secret.p, secret.n);
    }
    state_init(key->inner, block, 0x36);
    state_init(key->outer, block, 0x5c);
    OPENSSL_cleanse(block, sizeof(block));
}

void usersig_hmac(const struct usersig_key *key, struct span content, uint8_t ret_mac[32])
{
    SHA256_CTX ctx;

    memcpy(&ctx, key->inner, sizeof(ctx));
    SHA256_Update(&ctx, content.p, content.n);
    SHA256_Final(ret_mac, &ctx);
    memcpy(&ctx, key->outer, sizeof(ctx));
    SHA256_Update(&ctx, ret_mac, 32);
    SHA256_Final(ret_mac, &ctx);
}
