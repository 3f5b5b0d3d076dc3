/*
 * Who calls an operation of operators and customers: the operator over the admin socket, a token
 * of the admin API, or the server itself.
 */
#ifndef CORE_ADMIN_ACTOR_H
#define CORE_ADMIN_ACTOR_H

#include "core/request.h"

/* Roles; stored in tokens, never reuse one. A customer's roles see its own apps only. */
enum admin_role {
    ADMIN_OPERATOR = 1 << 0,  /* everything, of all customers */
    ADMIN_OWNER = 1 << 1,     /* all of one customer: apps, tokens, tickets, bills */
    ADMIN_DEVELOPER = 1 << 2, /* apps, limits, usage, tickets; no bills */
    ADMIN_FINANCE = 1 << 3,   /* bills, contracts, usage, prices; no keys */
    ADMIN_VIEWER = 1 << 4,    /* reads; neither keys nor secrets */
};
#define ADMIN_ANY_CUSTOMER (ADMIN_OWNER | ADMIN_DEVELOPER | ADMIN_FINANCE | ADMIN_VIEWER)

#define ACTOR_TEXT_MAX 32

struct admin_actor {
    uint8_t role;      /* enum admin_role, one of them */
    uint32_t customer; /* 0: the operator's own */
    uint32_t token;    /* 0: the admin socket, or the server itself */
    /* How records name it: "operator", "token 12", "system"; zero padded. */
    char text[ACTOR_TEXT_MAX];
};

/* Never NULL: without a token it is the operator of the admin socket, or the system. */
const struct admin_actor *admin_actor(const struct request *req);

#endif
