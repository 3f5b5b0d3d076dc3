/*
 * The a2 value of a client's login: a token that names account and terminal and is proven by the
 * server key, so that it survives a restart. Text: URL-safe base64 without padding, at most
 * A2_MAX_TEXT bytes. Pure.
 * a2 = version, app, account number, instance, generation, issue time, account name, HMAC-SHA256
 * over them. The name is there because a client that comes back says nothing but its a2, on a
 * socket that nobody knows yet, and its commands are decoded in its own name.
 */
#ifndef WIRE_A2_H
#define WIRE_A2_H

#include "base/buf.h"
#include "wire/usersig.h"

#define A2_MAX_TEXT 128

struct a2_token {
    uint32_t app;
    uint32_t account;
    uint32_t instance;
    uint32_t generation;
    uint64_t issued_s;
    char name[IDENTIFIER_MAX + 1]; /* NUL-terminated, at most IDENTIFIER_MAX bytes */
};

void a2_make(const struct usersig_key *server_key, const struct a2_token *token, struct buf *into);

/* False: not made with this key, or malformed. Compared in constant time. */
bool a2_verify(const struct usersig_key *server_key, struct span text, struct a2_token *ret_token);

#endif
