/*
 * What an operation of operators and customers is, and one call of it: filled in by the gateway
 * and by the decoding, read by the door (core/admin/door.h).
 */
#ifndef CORE_ADMIN_CALL_H
#define CORE_ADMIN_CALL_H

#include "base/buf.h"
#include "core/admin/actor.h"

/* A write's reply is stored with its Idempotency-Key: mostly in one row, at most in nine. */
#define ADMIN_MAX_WRITE_REPLY (32u << 10)
#define ADMIN_MAX_AUDIT_TEXT 512u

struct admin_route {
    const char *name;   /* of the command; in the audit */
    const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE"; all but GET write */
    /* Behind /admin/v1: "/apps/{app}/limits/{limit}"; names in braces are fields of the command. */
    const char *path;
    uint8_t roles;   /* enum admin_role besides ADMIN_OPERATOR, who may always */
    uint16_t status; /* of success: 200, 201 */
    /* Writes the result as one JSON object. On the shard's thread or the gateway's. */
    void (*object)(struct request *req, struct buf *into);
};

static inline bool admin_route_writes(const struct admin_route *route)
{
    return route->method[0] != 'G';
}

struct token_claims {
    uint32_t customer; /* 0: a token of the operator */
    uint32_t token;
    uint8_t secret_sha256[32];
};

struct admin_call {
    bool has_token; /* CALLER_TOKEN: without one it is refused */
    struct token_claims claims;

    /* Idempotency-Key of a write. */
    bool has_key;
    uint8_t key_sha256[32];
    uint8_t request_sha256[32]; /* of method, path, query and body */
    uint8_t seal[32];           /* seals the stored reply; made of what only the caller has */

    struct span audit; /* the members of the request, secrets masked */

    /* What its fields `app` and `customer` name, 0 if nothing; a handler that makes one sets it,
       for the audit. */
    bool names_app, names_customer;
    uint32_t app, customer;

    /* Set by the door. */
    struct admin_actor actor;
    bool counted;  /* against the customer's rate */
    bool replayed; /* `reply` is what the first call with this key was answered */
    struct span reply;
};

#endif
