/* Rows of what was granted (docs/formats.md, "State"); conventions as in core/rows.h. */
#ifndef CORE_QUOTA_ROWS_H
#define CORE_QUOTA_ROWS_H

#include "core/rows.h"

/* A cap or service that was ever changed. */
struct grant_row {
    uint64_t value; /* PLAN_UNLIMITED: nothing bounds it */
    uint64_t since_us;
    uint8_t source; /* enum limit_source; LIMIT_FROM_PLAN: the plan decides again */
    uint8_t zero[3];
    uint32_t document; /* the ticket or contract that gave it; 0: none */
};

struct grant_change_row {
    uint64_t at_us;
    uint64_t before;
    uint64_t value;
    uint8_t source; /* enum limit_source */
    uint8_t zero;
    uint16_t reason_bytes;
    uint32_t document;
    char by[32];
    /* reason */
};

struct span row_key_grant(struct row_key *key, struct app_id app, uint8_t entitlement);
struct span row_key_grant_change(struct row_key *key, struct app_id app, uint32_t month,
                                 uint64_t record, uint8_t entitlement);
struct span row_prefix_grant_changes(struct row_key *key, struct app_id app, uint32_t month);

#endif
