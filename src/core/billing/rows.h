/*
 * Rows of bills (docs/formats.md, "State"); conventions as in core/rows.h. A bill is never edited
 * after issue: what changes its balance are documents beside it.
 */
#ifndef CORE_BILLING_ROWS_H
#define CORE_BILLING_ROWS_H

#include "core/billing/rate.h"
#include "core/rows.h"

/* How far the closing of months has come; one row. */
struct close_row {
    uint32_t month;    /* the one that is closed next; 0: nothing was ever closed */
    uint32_t next_app; /* its apps before this one have their bills; 0: none has */
    uint8_t held;      /* 1: the clock jumped, months stay open until the operator accepts it */
    uint8_t zero[7];
    uint64_t jump_from_us; /* core time before and after the jump */
    uint64_t jump_to_us;
    uint64_t closed_us; /* when the last month was closed */
    uint64_t reserved[4];
};

enum bill_state {
    BILL_DRAFT = 1,  /* needs a contract */
    BILL_ISSUED = 2, /* to be paid */
    BILL_PAID = 3,   /* settled by payments and credit notes; a bill of 0 stays issued */
    BILL_VOID = 4,
};

/* What a month was billed by, as it was when the month ended. */
struct frozen_usage {
    uint64_t peak_dau;
    uint32_t peak_day; /* 0: no login */
    uint8_t two_terminals;
    uint8_t zero[3];
    uint64_t largest_push; /* targets */
    uint64_t most_pushes;  /* in a day */
    uint64_t peak_groups;
    uint64_t groups_at_end;
    uint64_t limits[LIMIT_COUNT]; /* the highest in force */
    uint64_t mbps_days;           /* of audio-video chat rooms */
    uint64_t mbps_days_abroad;
    uint32_t packs; /* bits, as in struct month_usage */
    uint32_t zero1;
    uint64_t reserved;
};

/* Where the highest value of a limit came from. */
struct limit_evidence {
    uint64_t record; /* of the change; 0: as the app was made */
    uint64_t at_us;
    uint32_t document; /* ticket or contract; 0: none */
    uint8_t source;    /* enum limit_source */
    uint8_t zero[3];
};

struct stored_line {
    uint8_t item; /* enum bill_item */
    uint8_t zero[7];
    uint64_t quantity;
    uint64_t units;
    int64_t amount_fen;
};

#define BILL_MAX_LINES 16

struct bill_row {
    uint64_t closed_us; /* the usage was frozen and rated */
    uint64_t issued_us; /* 0: a draft */
    uint64_t ended_us;  /* paid or void; 0: not yet */
    char plan_id[32];
    uint8_t plan_sha256[32];
    uint32_t contract; /* number; 0: none */
    uint8_t state;     /* enum bill_state */
    uint8_t line_count;
    uint16_t documents; /* numbers given out */
    int64_t total_fen;
    int64_t added_fen; /* by adjustments */
    int64_t credited_fen;
    int64_t paid_fen;
    struct frozen_usage usage;
    struct limit_evidence evidence[LIMIT_COUNT];
    struct stored_line lines[BILL_MAX_LINES];
};

enum bill_document_kind {
    DOCUMENT_CREDIT_NOTE = 1, /* less is due */
    DOCUMENT_ADJUSTMENT = 2,  /* more is due */
    DOCUMENT_PAYMENT = 3,
};

#define BILL_MAX_DOCUMENTS 1000u /* a bill is shown with all of them in one reply */
#define DOCUMENT_REFERENCE_MAX 64
#define DOCUMENT_REASON_MAX 500

struct bill_document_row {
    uint64_t at_us;
    int64_t amount_fen; /* above 0 */
    uint8_t kind;       /* enum bill_document_kind */
    uint8_t reference_bytes;
    uint16_t reason_bytes;
    uint32_t zero;
    char by[32]; /* who recorded it */
    /* reference, reason */
};

/* A contract as it was filed: this is part 0, its bytes are the parts behind it. */
#define CONTRACT_PART_BYTES 4000u
struct contract_row {
    uint64_t filed_us;
    uint32_t first_month;
    uint32_t last_month; /* UINT32_MAX: no end */
    uint32_t file_bytes;
    uint32_t zero;
    uint8_t sha256[32];
    char id[32];
    char by[32];
};

struct span row_key_close(struct row_key *key);
struct span row_key_bill(struct row_key *key, struct app_id app, uint32_t month);
struct span row_prefix_bills(struct row_key *key, struct app_id app);
struct span row_key_bill_document(struct row_key *key, struct app_id app, uint32_t month,
                                  uint32_t number);
struct span row_prefix_bill_documents(struct row_key *key, struct app_id app, uint32_t month);
struct span row_key_contract(struct row_key *key, struct app_id app, uint32_t number,
                             uint16_t part);
struct span row_prefix_contracts(struct row_key *key, struct app_id app);

#endif
