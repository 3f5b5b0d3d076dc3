/* Rows of tickets and policies (docs/formats.md, "State"); conventions as in core/rows.h. */
#ifndef CORE_TICKET_ROWS_H
#define CORE_TICKET_ROWS_H

#include "core/rows.h"

enum ticket_kind {
    TICKET_LIMIT = 1,    /* another value of a limit, cap or service */
    TICKET_CONTRACT = 2, /* prices by contract */
};

enum ticket_state {
    TICKET_OPEN = 1,
    TICKET_CONFIRMED = 2,
    TICKET_REFUSED = 3,
    TICKET_CANCELLED = 4,
};

struct ticket_row {
    uint64_t opened_us;
    uint64_t decided_us; /* 0: open */
    uint8_t kind;        /* enum ticket_kind */
    uint8_t state;       /* enum ticket_state */
    uint8_t entitlement; /* of TICKET_LIMIT: enum entitlement */
    uint8_t zero;
    uint32_t messages; /* numbers given out */
    uint64_t wanted;
    uint64_t before;  /* in force when it was confirmed; until then when it was opened */
    uint64_t granted; /* what wanted comes to; of a confirmed one what came into force */
    /* What the running month cost without and with it when it was opened; -1: by contract. */
    int64_t month_before_fen;
    int64_t month_after_fen;
    uint32_t contract; /* that was agreed on; 0: none */
    uint32_t policy;   /* that decided; 0: a person did */
    char opened_by[32];
    char decided_by[32];
};

enum ticket_message_kind {
    TICKET_SAID_OPENING = 1, /* what the ticket was opened with */
    TICKET_SAID_REPLY = 2,
    TICKET_SAID_DECISION = 3, /* the reason of whoever ended it */
};

#define TICKET_TEXT_MAX 2000
/* Replies end here; the decision always finds room behind them. */
#define TICKET_REPLIES_MAX 999u

struct ticket_message_row {
    uint64_t at_us;
    char by[32];
    uint8_t kind; /* enum ticket_message_kind */
    uint8_t zero0;
    uint16_t text_bytes;
    uint32_t zero1;
    /* text */
};

/* What is confirmed without a person. */
struct policy_row {
    uint64_t made_us;
    uint64_t most;    /* up to this value, steps and all */
    int64_t most_fen; /* and while the month with it costs at most this; -1: whatever */
    uint32_t app;     /* 0: of every app */
    uint8_t entitlement;
    uint8_t zero[3];
    char by[32];
};

struct span row_key_ticket(struct row_key *key, struct app_id app, uint32_t ticket);
struct span row_key_ticket_message(struct row_key *key, struct app_id app, uint32_t ticket,
                                   uint32_t number);
struct span row_prefix_ticket_messages(struct row_key *key, struct app_id app, uint32_t ticket);
struct span row_key_ticket_open(struct row_key *key, struct app_id app, uint32_t ticket);
struct span row_prefix_tickets_open(struct row_key *key);
struct span row_key_policy(struct row_key *key, uint32_t policy);
struct span row_prefix_policies(struct row_key *key);

#endif
