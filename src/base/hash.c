#include "base/hash.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

static unsigned char secret[crypto_shorthash_KEYBYTES];

void hash_init(void)
{
    CHECK(sodium_init() >= 0);
    crypto_shorthash_keygen(secret);
}

uint64_t hash_bytes(const void *p, size_t n)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t value;

    crypto_shorthash(out, p, n, secret);
    memcpy(&value, out, sizeof(value));
    return value;
}
