/*
 * What an app may do: each limit and service of the price table and each cap and switch of the
 * plan, with its value, where that came from, and since when (price-plan decisions 5, 11, 18).
 * Values that differ from the plan are rows (or, for the limits, in the app's row); every change
 * is kept for ever, by month.
 */
#ifndef CORE_QUOTA_ENTITLEMENT_H
#define CORE_QUOTA_ENTITLEMENT_H

#include "core/app/app.h"
#include "core/billing/plan.h"
#include "core/limits.h"

/* The first LIMIT_COUNT are enum limit. Numbers are stored; never reuse one. */
enum entitlement {
    CAP_ACCOUNTS = 16,
    CAP_FRIENDS_PER_ACCOUNT = 17,
    CAP_GROUPS_PER_ACCOUNT = 18,
    CAP_GROUPS = 19,
    CAP_AV_CHAT_ROOMS = 20,
    CAP_B_CHAT_ROOMS = 21,
    CAP_MEMBERS_OF_PRIVATE = 22,
    CAP_MEMBERS_OF_PUBLIC = 23,
    CAP_MEMBERS_OF_CHAT_ROOM = 24,
    CAP_MEMBERS_OF_AV_CHAT_ROOM = 25,
    CAP_MEMBERS_OF_B_CHAT_ROOM = 26,
    SERVICE_ALL_MEMBER_PUSH = 48, /* services: 0 or 1 */
    SERVICE_GROUP_COUNTERS = 49,
    SERVICE_ROOM_BANS = 50,
    SERVICE_ROOM_BROADCASTS = 51,
    ENTITLEMENT_END = 64,
};

/* Names as in the plan file: "call_rate", "members_of_public", "room_bans"; NULL: no such number.
 */
const char *entitlement_name(unsigned entitlement);
bool entitlement_find_name(struct span name, uint8_t *ret_entitlement);

/* What a plan gives. */
uint64_t entitlement_of_plan(const struct plan *plan, uint8_t entitlement);

/* PLAN_UNLIMITED where nothing bounds it. */
struct entitlement_value {
    uint64_t value;
    uint64_t since_us;
    uint8_t source;    /* enum limit_source */
    uint32_t document; /* number of the ticket or contract; 0: none */
};

/* Handlers: the value in force. STATE_UNKNOWN: return IM_AGAIN. STATE_ABSENT: no such app, or its
   plan cannot be read. */
enum state_found entitlement_get(struct shard *shard, struct app_id app, uint8_t entitlement,
                                 struct entitlement_value *ret_value);

/* The same for a check of a command: the value alone; 0 and shard_missing() while it is loading.
   Nothing bounds an app whose plan this version cannot read. */
uint64_t cap_of(struct shard *shard, struct app_id app, uint8_t entitlement);

#define GRANT_MAX_REASON_BYTES 500

/* A change asked for by a ticket, a contract, the operator. */
struct grant {
    struct app_id app;
    uint8_t entitlement;
    uint8_t source;    /* enum limit_source; LIMIT_FROM_PLAN: back to what the plan gives */
    uint32_t document; /* ticket or contract */
    uint64_t wanted;
    struct span by;     /* admin_actor()->text */
    struct span reason; /* 1 to GRANT_MAX_REASON_BYTES bytes */
};

/*
 * Who is recorded where the close of a month gives and takes what contracts granted. Such a change
 * holds from the month's first moment, though it is made some moments later: if it is the first of
 * its limit in the month, what was in force before it is of the month that ended, and the new one
 * is not charged by it.
 */
#define GRANT_BY_CLOSE "system"
static inline bool grant_is_of_month_start(uint8_t source, struct span by)
{
    return (source == LIMIT_FROM_CONTRACT || source == LIMIT_FROM_PLAN) &&
           span_is(by, GRANT_BY_CLOSE);
}

/*
 * Handlers: whether it can be granted, and what it comes to: limits in whole steps of the plan and
 * never below what it includes; caps and services exactly as wanted. Also loads all rows that
 * grant_emit changes. IM_AGAIN; refusals with a sentence. *ret_before is the value in force.
 */
enum im_err grant_check(struct shard *shard, struct request *req, const struct grant *grant,
                        uint64_t *ret_before, uint64_t *ret_granted);

/* In force for the next command. After grant_check of the same grant, in the same run; each
   entitlement of an app at most once a record. */
void grant_emit(struct shard *shard, const struct grant *grant, uint64_t before, uint64_t granted);

/* ---- history ---- */

struct entitlement_change {
    uint64_t at_us;
    uint64_t record; /* journal record */
    uint8_t entitlement;
    uint8_t source;
    uint32_t document;
    uint64_t before, value;
    struct span by, reason; /* in the arena */
};

/* All changes of one month, in their order, copied into req's arena. IM_AGAIN. */
enum im_err entitlement_changes(struct shard *shard, struct request *req, struct app_id app,
                                uint32_t month, struct entitlement_change **ret_changes,
                                uint32_t *ret_count);

/*
 * The change that put the month's highest value of a limit in force: the first of the month that
 * reached it, or the last before the month. *ret_found false: it comes from the plan as the app
 * was made. What a bill names as evidence. IM_AGAIN.
 */
enum im_err entitlement_peak(struct shard *shard, struct request *req, struct app_id app,
                             uint32_t month, uint8_t limit, struct entitlement_change *ret_change,
                             bool *ret_found);

#endif
