/* Facts of warnings; conventions as in core/facts.h. */
#ifndef CORE_WARNING_FACTS_H
#define CORE_WARNING_FACTS_H

#include "core/warning/rows.h"

struct fact_warning {
    uint32_t app;
    uint32_t month;
    uint32_t number; /* of the app's warnings in the month, from 1 */
    uint32_t posted; /* 1: it goes into the outbox */
    struct warning_row warning;
};

struct fact_warning_setting {
    uint32_t app;
    uint32_t gone; /* 1: it was taken away */
    struct hook_row hook;
    /* url */
};

/* Posting was tried. */
struct fact_delivered {
    uint32_t app;
    uint32_t month;
    uint32_t number;
    uint32_t done; /* 1: it leaves the outbox: taken, or given up */
    struct outbox_row outbox;
};

#endif
