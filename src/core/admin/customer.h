/* Customers: who owns apps. Number 0 is the operator, who needs no row until something is counted
   in it. */
#ifndef CORE_ADMIN_CUSTOMER_H
#define CORE_ADMIN_CUSTOMER_H

#include "core/admin/rows.h"
#include "core/app/app.h"
#include "core/shard.h"

#define ADMIN_LIST_DEFAULT 50u
#define ADMIN_LIST_MAX 500u

/* That it may have before its own tokens make no more (server-api §9). */
#define APPS_A_CUSTOMER 300u

/* How many items a page has, of what was asked for; 0 is the default. */
static inline uint32_t admin_limit(uint32_t asked)
{
    return !asked ? ADMIN_LIST_DEFAULT : asked < ADMIN_LIST_MAX ? asked : ADMIN_LIST_MAX;
}

/* 1 to max bytes of UTF-8 without control characters. */
bool name_valid(struct span name, size_t max);

/* The row of a customer that the request names; of customer 0 it may be NULL. IM_AGAIN;
   IM_ERR_NOT_FOUND is refused with a sentence. */
enum im_err customer_named(struct shard *shard, struct request *req, uint32_t customer,
                           const struct customer_row **ret_row);

struct customer_info {
    uint32_t customer;
    struct span name;
    uint64_t created_us;
};

/* Result: struct customer_info. */
struct customer_create_req {
    struct span name;
};
enum im_err customer_create(struct shard *shard, struct request *req);

struct customer_show_req {
    uint32_t customer;
};
enum im_err customer_show(struct shard *shard, struct request *req);

/* In the order of their numbers; a customer's token sees its own alone. */
struct customer_list_req {
    uint32_t limit; /* 1 to 500; 0: 50 */
    uint32_t after; /* the cursor; 0: from the first */
};
struct customer_list_result {
    struct customer_info *items;
    uint32_t count;
    uint32_t next; /* 0: that was all */
};
enum im_err customer_list(struct shard *shard, struct request *req);

/* Gives an app to a customer, 0: to the operator. Result: struct app_info without its key. */
struct app_assign_req {
    struct app_id app;
    uint32_t customer;
    bool has_customer;
};
enum im_err app_assign(struct shard *shard, struct request *req);

#endif
