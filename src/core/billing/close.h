/*
 * The end of the month: as soon as core time is past it, usage of every app is
 * frozen, rated and issued as a bill, once, in the order of the apps; a few
 * apps at a time, so that messages go on. Where it stands is a row, so a stop
 * at any point goes on behind the last bill. After a jump of the clock nothing
 * is closed until the operator accepts it (docs/operations.md).
 */
#ifndef CORE_BILLING_CLOSE_H
#define CORE_BILLING_CLOSE_H

#include "core/app/app.h"
#include "core/billing/rows.h"

/* The shard asks for it on a new day, at the start, and again until nothing is
 * left to do. */
extern const struct operation month_close;

/* Where it stands. Result: struct close_status. */
struct close_status {
    struct close_row row; /* month: the running one if none waits */
    uint32_t this_month;
    uint32_t bills_left; /* of the month that is being closed */
};
enum im_err close_show(struct shard *shard, struct request *req);

/* The operator takes the clock as it is now. Result: struct close_status.
   Refused with a sentence: nothing is held, or no reason. */
struct close_accept_req {
    struct span reason;
};
enum im_err close_accept(struct shard *shard, struct request *req);

#endif
