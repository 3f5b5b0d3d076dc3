/* Building the keys of rows (core/rows.h): the table byte, then big-endian integers and bytes. */
#ifndef CORE_ROW_KEY_H
#define CORE_ROW_KEY_H

#include "base/check.h"
#include "core/rows.h"

struct key_builder {
    struct row_key *key;
    size_t n;
};

static inline struct key_builder key_start(struct row_key *key, enum row_table table)
{
    key->bytes[0] = (uint8_t)table;
    return (struct key_builder){key, 1};
}

static inline struct key_builder key_add8(struct key_builder b, uint8_t v)
{
    CHECK(b.n + 1 <= sizeof(b.key->bytes));
    b.key->bytes[b.n++] = v;
    return b;
}

static inline struct key_builder key_add16(struct key_builder b, uint16_t v)
{
    CHECK(b.n + 2 <= sizeof(b.key->bytes));
    put_be16(b.key->bytes + b.n, v);
    b.n += 2;
    return b;
}

static inline struct key_builder key_add32(struct key_builder b, uint32_t v)
{
    CHECK(b.n + 4 <= sizeof(b.key->bytes));
    put_be32(b.key->bytes + b.n, v);
    b.n += 4;
    return b;
}

static inline struct key_builder key_add64(struct key_builder b, uint64_t v)
{
    return key_add32(key_add32(b, (uint32_t)(v >> 32)), (uint32_t)v);
}

static inline struct key_builder key_add_bytes(struct key_builder b, struct span bytes)
{
    CHECK(bytes.n <= sizeof(b.key->bytes) - b.n);
    if (bytes.n)
        memcpy(b.key->bytes + b.n, bytes.p, bytes.n);
    b.n += bytes.n;
    return b;
}

static inline struct span key_end(struct key_builder b)
{
    return span_make(b.key->bytes, b.n);
}

#endif
