/*
 * Base64 (RFC 4648 §4) in the two alphabets that are in use. Pure.
 * Decoding is strict: padding required, no white space, and the bits that padding leaves over are
 * zero, so that each byte string has one text only.
 */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "base/span.h"

enum base64_alphabet {
    BASE64_STANDARD, /* + / = */
    BASE64_USERSIG,  /* * - _ in their places (server-api §2.1); not RFC 4648's base64url */
};

static inline size_t base64_text_bytes(size_t bytes)
{
    return (bytes + 2) / 3 * 4;
}

/* Writes base64_text_bytes(bytes.n) characters, no NUL; returns that number. */
size_t base64_encode(enum base64_alphabet alphabet, struct span bytes, char *into);

/* Writes at most text.n / 4 * 3 bytes. False: not such a text; what is in `into` is undefined. */
bool base64_decode(enum base64_alphabet alphabet, struct span text, void *into, size_t *ret_bytes);

#endif
