/* What operators and customers see and change of an app's limits (core/quota/entitlement.h). */
#ifndef CORE_QUOTA_GRANT_H
#define CORE_QUOTA_GRANT_H

#include "core/quota/entitlement.h"

/* limit_set: rounded up as the app's plan sells it, never below what it includes; limit_reset:
   back to what the plan gives. Result: struct limit_set_result. Refused with a sentence: a name
   that is no limit, a value out of bounds, no reason. */
struct limit_set_req {
    struct app_id app;
    struct span limit;
    uint64_t value;
    bool has_value;
    bool unlimited; /* caps only; goes before value */
    struct span reason;
};
struct limit_set_result {
    struct app_id app;
    uint8_t entitlement;
    uint64_t before, asked, value;
};
enum im_err limit_set(struct shard *shard, struct request *req);
enum im_err limit_reset(struct shard *shard, struct request *req);

/* limit_list, of a struct app_req: every entitlement. */
struct limit_item {
    uint8_t entitlement;
    struct entitlement_value value;
    uint64_t included;                 /* what the plan gives */
    const struct plan_step_line *line; /* how more of it is sold; NULL: not in steps */
};
struct limit_list_result {
    struct app_id app;
    struct span plan;
    struct limit_item *items;
    uint32_t count;
};
enum im_err limit_list(struct shard *shard, struct request *req);

/* The changes of whole months, newest month first, until there are `page` of them. */
struct limit_history_req {
    struct app_id app;
    struct span limit;   /* only of this one; empty: of all */
    uint32_t from_month; /* to begin with; 0: the running one */
    bool one_month;      /* and no month before it */
    uint32_t page;
};
struct limit_history_month {
    uint32_t month;
    struct entitlement_change *changes; /* in their order */
    uint32_t count;
};
struct limit_history_result {
    struct app_id app;
    struct limit_history_month *months;
    uint32_t month_count;
    uint32_t count; /* changes in all */
    uint32_t next;  /* from_month of what follows; 0: nothing does */
};
enum im_err limit_history(struct shard *shard, struct request *req);

#endif
