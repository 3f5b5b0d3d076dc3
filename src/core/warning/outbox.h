/*
 * The outbox of warnings: at least once, in no order, each with its id. A warning leaves it when
 * the target took it (2xx) or after OUTBOX_MAX_ATTEMPTS. The server's thread takes what is due and
 * says how it went; the shard never waits for a target.
 */
#ifndef CORE_WARNING_OUTBOX_H
#define CORE_WARNING_OUTBOX_H

#include "core/warning/rows.h"

#define OUTBOX_BATCH 64u
#define OUTBOX_MAX_ATTEMPTS 20u    /* over about four days */
#define OUTBOX_MAX_WAITING 100000u /* of all apps; beyond, warnings are only listed */

struct outbox_item {
    struct app_id app;
    uint32_t month, number;
    struct span url;
    uint8_t secret[HOOK_SECRET_BYTES];
    struct span id;   /* "1400000001-2026-11-3" */
    struct span body; /* JSON */
};

/* CALLER_SYSTEM, without a body. Result: struct outbox_batch. */
struct outbox_batch {
    struct outbox_item items[OUTBOX_BATCH];
    uint32_t count;
};
extern const struct operation outbox_take;

/* CALLER_SYSTEM: one of them was tried. */
struct outbox_done_req {
    struct app_id app;
    uint32_t month, number;
    bool taken; /* by the target */
};
extern const struct operation outbox_done;

#endif
