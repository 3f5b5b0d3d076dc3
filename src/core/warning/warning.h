/*
 * Warnings: a limit is nearly or wholly used up, the month's price passed an amount. Each is said
 * once a day (of a price: once a month), kept as a record, and posted to the app's webhook from a
 * durable outbox (outbox.h).
 */
#ifndef CORE_WARNING_WARNING_H
#define CORE_WARNING_WARNING_H

#include "core/warning/rows.h"

#define WARNING_NEAR_PERCENT 80u

/* Handlers, behind their decision: so much of an entitlement is used now. Cheap; what is worth a
   warning becomes a command of its own behind this one. */
void warning_used(struct shard *shard, struct app_id app, uint8_t entitlement, uint64_t used,
                  uint64_t limit);

/* Handlers: something changed what the month costs. */
void warning_price_soon(struct shard *shard, struct app_id app);

/* The shard asks for it every hour of core time, and once after a start: the price of apps that set
   an amount, because logins move it. */
extern const struct operation warning_sweep;

/* Memory of a shard: what was looked at lately. */
struct warned_lately;
void warned_lately_free(struct warned_lately *lately);

/* "near", "reached", "amount". */
const char *warning_kind_name(unsigned kind);

/* ---- for customers ---- */

struct warning_view {
    uint32_t month;
    uint32_t number;
    struct warning_row row;
    bool waits; /* in the outbox */
    uint32_t attempts;
};

/* Of whole months, newest first, until there are so many. Result: struct warning_list_result. */
struct warning_list_req {
    struct app_id app;
    uint32_t month; /* to begin with; 0: the running one */
    uint32_t limit;
};
struct warning_list_result {
    struct app_id app;
    struct warning_view *items; /* newest first */
    uint32_t count;
    uint32_t next; /* `month` of what follows; 0: nothing does */
};
enum im_err warning_list(struct shard *shard, struct request *req);

/* Where to post, and from which price on. Result: struct hook_result. Refused with a sentence: a
   URL that is none, nothing set at all. */
struct hook_set_req {
    struct app_id app;
    struct span url; /* http or https; empty: nowhere */
    uint64_t amount_fen;
    bool has_amount;
    bool new_secret; /* else the one that there is stays */
};
struct hook_result {
    struct app_id app;
    struct hook_row row;
    struct span url;
    bool shows_secret; /* it was made just now */
};
enum im_err hook_set(struct shard *shard, struct request *req);
/* Of a struct app_req; refused with a sentence if there is none. */
enum im_err hook_get(struct shard *shard, struct request *req);
enum im_err hook_remove(struct shard *shard, struct request *req);

/* Handlers, when an app becomes another customer's: its webhook goes, or the one before would hear
   what the next one uses. Asks for the row with `emits` false; takes it away with true. */
void hook_drop(struct shard *shard, struct app_id app, bool emits);

#endif
