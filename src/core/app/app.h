/*
 * Apps, and what the operator does with them over the admin socket. These requests name their app
 * in the body; req->app is 0. A refusal's result is a struct operator_refusal (or NULL).
 */
#ifndef CORE_APP_APP_H
#define CORE_APP_APP_H

#include "core/billing/plans.h"
#include "core/shard.h"

#define APP_FIRST_ID 1400000001u
#define APP_ADMIN_NAME "administrator"
#define USERSIG_DEFAULT_EXPIRE_S 15552000u /* 180 days */

/* A sentence for the operator about what is wrong with the request. */
struct operator_refusal {
    struct span detail;
};
enum im_err operator_refuse(struct request *req, enum im_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The row of an app that the operator named. IM_AGAIN; IM_ERR_APP_NOT_FOUND is refused with a
   sentence. */
enum im_err app_named(struct shard *shard, struct request *req, struct app_id app,
                      const struct app_row **ret_row);

struct app_info {
    struct app_id app;
    struct span name, key, admin, plan;
    uint32_t customer; /* 0: the operator's */
    uint32_t accounts;
    uint64_t created_us;
};

/* A new app of the plan that the server was started with, its limits those of the plan, with the
   account of its administrator. Result: struct app_info. */
struct app_create_req {
    struct span name;
    uint32_t customer; /* 0: the caller's own */
};
enum im_err app_create(struct shard *shard, struct request *req);

/* Result: struct app_info. */
struct app_req {
    struct app_id app;
};
enum im_err app_show(struct shard *shard, struct request *req);

/* What an app's row says, without its key: a struct app_info in the request's arena. */
void app_info_of(struct request *req, struct app_id app, const struct app_row *row,
                 void **ret_info);

/* Apps in the order of their ids, keys left out; a customer's token sees its own. A page may be
   shorter than asked for, even empty, while there is a next one. */
struct app_list_req {
    uint32_t limit;    /* 1 to 500; 0: 50 */
    uint32_t after;    /* the cursor; 0: from the first */
    uint32_t customer; /* of has_customer */
    bool has_customer; /* else any that the caller may see */
};
struct app_list_result {
    struct app_info *apps;
    uint32_t count;
    uint32_t next; /* 0: that was all */
};
enum im_err app_list(struct shard *shard, struct request *req);

/* Signs for any account name, at core time. Result: struct app_usersig_result. */
struct app_usersig_req {
    struct app_id app;
    struct span user;
    uint64_t expire_s; /* 0: USERSIG_DEFAULT_EXPIRE_S */
};
struct app_usersig_result {
    struct span usersig;
    uint64_t expire_s;
};
enum im_err app_usersig(struct shard *shard, struct request *req);

#endif
