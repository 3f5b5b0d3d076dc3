/* Facts of tickets and policies; conventions as in core/facts.h. */
#ifndef CORE_TICKET_FACTS_H
#define CORE_TICKET_FACTS_H

#include "core/ticket/rows.h"

struct fact_ticket_opened {
    uint32_t app;
    uint32_t number; /* of the app's tickets, from 1 */
    struct ticket_row ticket;
};

/* Behind the others of a ticket. */
struct fact_ticket_message {
    uint32_t app;
    uint32_t ticket;
    uint32_t number; /* of the ticket's messages, from 1 */
    uint32_t zero;
    struct ticket_message_row message;
    /* text */
};

/* An open ticket ended; what was granted is in an entitlement fact of the same record. */
struct fact_ticket_decided {
    uint32_t app;
    uint32_t number;
    struct ticket_row ticket; /* as it is from now on */
};

struct fact_policy {
    uint32_t number;
    uint32_t gone; /* 1: it was withdrawn */
    struct policy_row policy;
};

#endif
