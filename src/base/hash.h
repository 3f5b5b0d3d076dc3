/*
 * Hashes for tables that outsiders can fill: keyed with a secret drawn once a process
 * (SipHash-2-4, libsodium). Not for anything that is stored or sent. Any thread after hash_init.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Draws the secret; call once before the first hash_bytes. */
void hash_init(void);
uint64_t hash_bytes(const void *p, size_t n);

#endif
