/* Facts about customers, their tokens, and what was done by whom; rules in core/facts.h. */
#ifndef CORE_ADMIN_FACTS_H
#define CORE_ADMIN_FACTS_H

#include "core/admin/rows.h"
#include "core/facts.h"

/* A customer is made. */
struct fact_customer {
    uint32_t customer;
    uint16_t name_bytes;
    uint16_t zero;
    /* name */
};

/* A token is made or revoked: its whole row, but for the times, which are the record's. */
struct fact_token {
    uint32_t customer;
    uint32_t token;
    uint64_t expires_us; /* 0: never */
    uint8_t revoked;     /* 1: it existed and ends now; the rest is not looked at */
    uint8_t role;        /* enum admin_role */
    uint8_t name_bytes;
    uint8_t zero0;
    uint32_t zero1;
    uint8_t secret_sha256[32];
    /* name */
};

/* Who did what, in the record of what it did. */
struct fact_audit {
    uint32_t app;
    uint32_t customer;
    uint32_t by_customer;
    uint32_t by_token;
    uint8_t by_role;
    uint8_t operation_bytes;
    uint16_t text_bytes;
    uint32_t zero;
    char actor[AUDIT_ACTOR_BYTES];
    /* operation, text */
};

/* What a write with an Idempotency-Key was answered, in the record of what it did. */
struct fact_idempotent {
    uint32_t customer; /* of the token; 0 and 0: the admin socket */
    uint32_t token;
    uint8_t key_sha256[32];
    uint8_t request_sha256[32];
    uint8_t nonce[IDEMPOTENT_NONCE_BYTES];
    uint32_t sealed_bytes;
    uint32_t zero;
    /* the sealed reply */
};

/* An app belongs to a customer from now on. */
struct fact_app_customer {
    uint32_t app;
    uint32_t customer; /* 0: the operator */
};

#endif
