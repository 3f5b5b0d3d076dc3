/*
 * Locks out whoever keeps guessing signatures: ten failed verifications within a minute by one
 * app, identifier and source address close that triple for a minute (server-api §1.7, 70050).
 * A bounded table, shared by all gateways, its own lock. When it is full, the oldest entry of the
 * hash's bucket gives way. Any thread.
 */
#ifndef GATEWAY_SIG_LOCK_H
#define GATEWAY_SIG_LOCK_H

#include "base/ids.h"
#include "base/span.h"

struct sig_lock;

/* IPv4 addresses are mapped into IPv6. */
struct source_address {
    uint8_t bytes[16];
};

struct sig_lock *sig_lock_new(void);
void sig_lock_free(struct sig_lock *lock);

/* True while the triple is locked out. now_s: any clock that does not go back. */
bool sig_lock_closed(struct sig_lock *lock, struct app_id app, struct span identifier,
                     const struct source_address *source, uint64_t now_s);
void sig_lock_failed(struct sig_lock *lock, struct app_id app, struct span identifier,
                     const struct source_address *source, uint64_t now_s);

#endif
