/* Ids as types of one field, so that they cannot be mixed up. 0 is never a valid id. */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include <stdint.h>

struct app_id {
    uint32_t v; /* the SDKAppID */
};

/* Dense number of an account in its app, from 1, never reused. */
struct account_no {
    uint32_t v;
};

/* Dense number of a group in its app, in the order of creation, from 1, never reused. */
struct group_no {
    uint32_t v;
};

#endif
