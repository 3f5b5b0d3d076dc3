/* Rows of warnings and of what is posted of them (docs/formats.md, "State"). */
#ifndef CORE_WARNING_ROWS_H
#define CORE_WARNING_ROWS_H

#include "core/quota/entitlement.h"
#include "core/rows.h"

#define HOOK_URL_MAX 512
#define HOOK_SECRET_BYTES 32

/* Where an app wants its warnings posted, and from which month's price on. */
struct hook_row {
    uint64_t set_us;
    int64_t amount_fen; /* 0: no amount was set */
    uint16_t url_bytes; /* 0: nowhere, warnings are only listed */
    uint8_t zero[6];
    uint8_t secret[HOOK_SECRET_BYTES]; /* of the signature */
    char by[32];
    /* url */
};

enum warning_kind {
    WARNING_NEAR = 1,    /* 80 % of a limit */
    WARNING_REACHED = 2, /* 100 %: the next one is refused, or was */
    WARNING_AMOUNT = 3,  /* the month's price passed the amount set */
};

struct warning_row {
    uint64_t at_us;
    uint8_t kind;        /* enum warning_kind */
    uint8_t entitlement; /* unless WARNING_AMOUNT */
    uint8_t zero[6];
    uint64_t used; /* unless WARNING_AMOUNT */
    uint64_t limit;
    int64_t price_fen; /* of WARNING_AMOUNT: the month's price so far; -1: by contract */
    int64_t amount_fen;
};

/* What was warned of in a month, so that each is said once a day, or once a month. */
struct warned_row {
    uint32_t count; /* numbers given out */
    uint8_t amount; /* 1: of the price */
    uint8_t zero[3];
    /* Day of the month, 0: not in this month. */
    uint8_t near[ENTITLEMENT_END];
    uint8_t reached[ENTITLEMENT_END];
};

/* A warning that waits to be posted. */
struct outbox_row {
    uint64_t next_us;
    uint32_t attempts;
    uint32_t zero;
};

struct span row_key_hook(struct row_key *key, struct app_id app);
struct span row_prefix_hooks(struct row_key *key);
struct span row_key_warned(struct row_key *key, struct app_id app, uint32_t month);
struct span row_key_warning(struct row_key *key, struct app_id app, uint32_t month,
                            uint32_t number);
struct span row_prefix_warnings(struct row_key *key, struct app_id app, uint32_t month);
struct span row_key_outbox(struct row_key *key, struct app_id app, uint32_t month, uint32_t number);
struct span row_prefix_outbox(struct row_key *key);

#endif
