/* Between the commands of a sim_load and what must come of them. */
#ifndef TESTS_SUPPORT_SIM_LOAD_INTERNAL_H
#define TESTS_SUPPORT_SIM_LOAD_INTERNAL_H

#include "support/sim_load.h"

enum load_kind {
    LOAD_IMPORT = 1,  /* a, number: nick or 0 */
    LOAD_IMPORT_MANY, /* mask */
    LOAD_LOGIN,       /* a, platform, second: of the UserSig */
    LOAD_RETURN,      /* token, a */
    LOAD_HELLO,
    LOAD_LOGOUT,
    LOAD_CLOSED,   /* token: its socket is gone */
    LOAD_KICK,     /* a */
    LOAD_NICK,     /* a, number, rest or token */
    LOAD_SEND,     /* a to b, seq, random, number; rest or token */
    LOAD_BATCH,    /* a to mask, seq, random, number */
    LOAD_WITHDRAW, /* a to b, key; rest or token */
    LOAD_READ,     /* a of b, second; rest or token */
    LOAD_UNLIST,   /* a, b */
    LOAD_LIMIT,    /* platform: enum limit; number */
    LOAD_APP,
    LOAD_CHECK,
    LOAD_REFUSED, /* number */
};

extern const struct sim_world_ops sim_load_hears;

#endif
