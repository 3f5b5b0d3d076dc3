/* Reading usage: the last 30 days for administrators, a whole month for the operator. */
#ifndef CORE_USAGE_REPORT_H
#define CORE_USAGE_REPORT_H

#include "core/app/app.h"
#include "core/group/rows.h"

#define METRICS_DAYS 30

struct usage_day {
    uint32_t day;
    struct day_row row; /* zeros for a day without use */
    struct day_groups_row groups;
};

/* openconfigsvr.getappinfo: today first (server-api §3.9); the totals of accounts and of
   groups are set for each day. */
struct metrics_result {
    struct span app_name;
    struct usage_day days[METRICS_DAYS];
};
enum im_err metrics_read(struct shard *shard, struct request *req);

/* The operator's `usage`. Result: struct usage_month. */
struct usage_month_req {
    struct app_id app;
    uint32_t month; /* 0: the running one */
    uint32_t day;   /* of the month: of this day alone; 0: of all */
    /* Count the distinct accounts of the month too, from the days' sets. Refused for apps of more
       than USAGE_DISTINCT_MAX accounts, whose sets would fill the cache. */
    bool distinct;
};
#define USAGE_DISTINCT_MAX 4000000u
struct usage_calls {
    uint16_t command;
    uint64_t count;
};
struct usage_month {
    struct app_id app;
    uint32_t month;
    struct month_row totals;
    struct usage_day *days; /* from the first of the month to its last, or today; groups.total is
                               set for each */
    uint32_t day_count;
    struct usage_calls *calls; /* accepted ones, by command number */
    uint32_t call_count;
    bool has_distinct;
    uint64_t login_users, active_users, c2c_senders, group_senders; /* distinct in it */
};
enum im_err usage_month_read(struct shard *shard, struct request *req);

/* Whether the app has a month: IM_ERR_INVALID with a sentence for one that has not begun or that
   lies before the app. */
enum im_err usage_month_check(struct shard *shard, struct request *req, const struct app_row *app,
                              uint32_t month);

/* The month's row, or what it would be if there was no use. IM_AGAIN. */
enum im_err usage_month_row(struct shard *shard, struct app_id app, uint32_t month,
                            struct month_row *ret_row);

/* How many groups there were at the end of a day; 0 and shard_missing() while rows are loading. */
uint64_t usage_groups_at_end_of(struct shard *shard, struct app_id app, uint32_t day);

#endif
