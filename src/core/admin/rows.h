/*
 * Rows of customers, their tokens and what was done (docs/formats.md, "State"). Little-endian, no
 * implicit padding.
 */
#ifndef CORE_ADMIN_ROWS_H
#define CORE_ADMIN_ROWS_H

#include "core/rows.h"

#define CUSTOMER_NAME_MAX 64
#define TOKEN_NAME_MAX 64
#define TOKEN_SECRET_BYTES 32
#define AUDIT_ACTOR_BYTES 32
#define IDEMPOTENT_NONCE_BYTES 24

/* Customer 0 is the operator: its row also holds what is counted once for all. */
struct customer_row {
    uint64_t created_us;
    uint32_t last_token;    /* the highest number given to one of its tokens */
    uint32_t last_customer; /* row 0: the highest number given to a customer */
    uint32_t audit_hour;    /* row 0: hour of the newest entry of the audit; 0: none */
    uint16_t name_bytes;
    uint16_t zero;
    uint32_t apps; /* that it has; of row 0 not counted */
    uint32_t reserved;
    char name[CUSTOMER_NAME_MAX];
};

struct token_row {
    uint64_t created_us;
    uint64_t expires_us; /* 0: never */
    uint64_t revoked_us; /* 0: not */
    uint8_t role;        /* enum admin_role */
    uint8_t name_bytes;
    uint16_t zero0;
    uint32_t zero1;
    uint8_t secret_sha256[32];
    char name[TOKEN_NAME_MAX];
};

/* Entries are numbered by their record; the hours that have any are linked backwards. */
struct audit_row {
    uint64_t time_us;
    uint32_t previous_hour; /* of the entry before; 0: this is the first */
    uint32_t app;           /* what it was about; 0: no app */
    uint32_t customer;      /* whose app or token or account it was about; 0: the operator's */
    uint32_t by_customer;   /* whose token it was; 0: the operator's, or none */
    uint32_t by_token;      /* 0: the admin socket, or the server itself */
    uint8_t by_role;        /* enum admin_role */
    uint8_t operation_bytes;
    uint16_t text_bytes;
    char actor[AUDIT_ACTOR_BYTES]; /* zero padded */
    /* operation, text */
};

/* A write's reply, so that whoever repeats the write with the same key hears it again: part 0, and
   what does not fit in it in further rows of bytes alone. */
struct idempotent_row {
    uint8_t request_sha256[32];
    uint8_t nonce[IDEMPOTENT_NONCE_BYTES];
    uint32_t sealed_bytes; /* of all parts */
    uint32_t zero;
    /* the reply, sealed (XSalsa20-Poly1305) with a key that is not stored */
};

struct span row_key_customer(struct row_key *key, uint32_t customer);
struct span row_key_customer_list(struct row_key *key, uint32_t customer);
struct span row_prefix_customer_list(struct row_key *key);
struct span row_key_token(struct row_key *key, uint32_t customer, uint32_t token);
struct span row_prefix_token(struct row_key *key, uint32_t customer);
/* hour: since 1970; record: of the journal. */
struct span row_key_audit(struct row_key *key, uint32_t hour, uint64_t record);
struct span row_prefix_audit(struct row_key *key, uint32_t hour);
/* day: since 1970 in UTC; key_sha256: of the Idempotency-Key. */
struct span row_key_idempotent(struct row_key *key, uint32_t day, uint32_t customer, uint32_t token,
                               const uint8_t key_sha256[32], uint8_t part);

/* A row of such a day that may vanish; for the engine's compactions. `key` as stored. */
bool idempotent_row_expired(struct span key, uint32_t now_s);

#endif
