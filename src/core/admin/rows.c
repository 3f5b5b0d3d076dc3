#include "core/admin/rows.h"

#include "core/row_key.h"

_Static_assert(sizeof(struct customer_row) == 96, "no padding");
_Static_assert(sizeof(struct token_row) == 128, "no padding");
_Static_assert(sizeof(struct audit_row) == 64, "no padding");
_Static_assert(sizeof(struct idempotent_row) == 64, "no padding");

#define DAY_S 86400u

struct span row_key_customer(struct row_key *key, uint32_t customer)
{
    return key_end(key_add32(key_start(key, ROW_CUSTOMER), customer));
}

struct span row_key_customer_list(struct row_key *key, uint32_t customer)
{
    return key_end(key_add32(key_start(key, ROW_CUSTOMER_LIST), customer));
}

struct span row_prefix_customer_list(struct row_key *key)
{
    return key_end(key_start(key, ROW_CUSTOMER_LIST));
}

struct span row_key_token(struct row_key *key, uint32_t customer, uint32_t token)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_TOKEN), customer), token));
}

struct span row_prefix_token(struct row_key *key, uint32_t customer)
{
    return key_end(key_add32(key_start(key, ROW_TOKEN), customer));
}

struct span row_key_audit(struct row_key *key, uint32_t hour, uint64_t record)
{
    return key_end(key_add64(key_add32(key_start(key, ROW_AUDIT), hour), record));
}

struct span row_prefix_audit(struct row_key *key, uint32_t hour)
{
    return key_end(key_add32(key_start(key, ROW_AUDIT), hour));
}

struct span row_key_idempotent(struct row_key *key, uint32_t day, uint32_t customer, uint32_t token,
                               const uint8_t key_sha256[32], uint8_t part)
{
    struct key_builder at = key_add32(key_start(key, ROW_IDEMPOTENT), day);

    at = key_add32(key_add32(at, customer), token);
    return key_end(key_add8(key_add_bytes(at, span_make(key_sha256, 32)), part));
}

/* Calls look at today and yesterday; a day later nobody does. */
bool idempotent_row_expired(struct span key, uint32_t now_s)
{
    return key.n >= 5 && key.p[0] == ROW_IDEMPOTENT && get_be32(key.p + 1) + 3 <= now_s / DAY_S;
}
