/* Facts of bills and contracts; conventions as in core/facts.h. */
#ifndef CORE_BILLING_FACTS_H
#define CORE_BILLING_FACTS_H

#include "core/billing/rows.h"

/* An app's month is over: its usage is frozen, rated, and the bill made; the close goes on behind
   this app. */
struct fact_month_closed {
    uint32_t app;
    uint32_t month;
    struct bill_row bill;
};

/* A draft that was rated again and issued (bill holds all of it), or a bill that became void. */
struct fact_bill_state {
    uint32_t app;
    uint32_t month;
    uint16_t reason_bytes;
    uint16_t zero0;
    uint32_t zero1;
    char by[32];
    struct bill_row bill;
    /* reason */
};

struct fact_bill_note {
    uint32_t app;
    uint32_t month;
    uint32_t number; /* of the document among those of the bill, from 1 */
    uint32_t zero;
    struct bill_document_row document;
    /* reference, reason */
};

/* The whole row as it is from now on. */
struct fact_close_state {
    struct close_row close;
};

struct fact_contract {
    uint32_t app;
    uint32_t number; /* of the app's contracts, from 1 */
    struct contract_row contract;
    /* file */
};

#endif
