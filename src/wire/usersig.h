/*
 * UserSig version 2.0 (HMAC-SHA256): making and verifying. Pure; the caller gives the time.
 * Rules: server-api §2.1 with its safety bounds.
 */
#ifndef WIRE_USERSIG_H
#define WIRE_USERSIG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define USERSIG_MAX_TEXT 2048
#define USERSIG_MAX_JSON 4096
#define IDENTIFIER_MAX 32

/* An app's secret with the HMAC states computed once; copied by value. */
struct usersig_key {
    uint64_t inner[14]; /* room for a SHA-256 midstate, opaque */
    uint64_t outer[14];
};
void usersig_key_init(struct usersig_key *key, struct span secret);

struct usersig_claims {
    char identifier[IDENTIFIER_MAX + 1];
    uint32_t sdkappid;
    uint64_t time_s;
    uint64_t expire_s;
};

/* A printable identifier: 1 to 32 bytes, each 0x20 to 0x7e (server-api §2.3). */
bool identifier_valid(struct span identifier);

/* Appends the text of a UserSig. userbuf may be empty (then the line is left out). */
enum im_err usersig_make(const struct usersig_key *key, uint32_t sdkappid, struct span identifier,
                         uint64_t now_s, uint64_t expire_s, struct span userbuf, struct buf *into);

/*
 * Decodes without trusting: IM_ERR_SIG_EMPTY, IM_ERR_SIG_MALFORMED, IM_ERR_SIG_V1 (a version 1
 * document). Then verifies, in this order: signature (IM_ERR_SIG_WRONG, compared in constant
 * time), identifier (IM_ERR_SIG_IDENTIFIER), app (IM_ERR_SIG_APP), expiry (IM_ERR_SIG_EXPIRED).
 * ret_claims is set on IM_OK only.
 */
enum im_err usersig_verify(const struct usersig_key *key, uint32_t sdkappid, struct span identifier,
                           struct span text, uint64_t now_s, struct usersig_claims *ret_claims);

/* HMAC-SHA256 with a prepared key; also used for a2. */
void usersig_hmac(const struct usersig_key *key, struct span content, uint8_t ret_mac[32]);

#endif
