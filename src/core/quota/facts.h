/* Facts of what was granted; conventions as in core/facts.h. */
#ifndef CORE_QUOTA_FACTS_H
#define CORE_QUOTA_FACTS_H

#include <stdint.h>

struct fact_entitlement_set {
    uint32_t app;
    uint8_t entitlement; /* enum entitlement */
    uint8_t source;      /* enum limit_source; LIMIT_FROM_PLAN: back to what the plan gives */
    uint16_t reason_bytes;
    uint32_t document; /* ticket or contract; 0: none */
    uint32_t zero;
    uint64_t before;
    uint64_t value;
    char by[32];
    /* reason */
};

#endif
