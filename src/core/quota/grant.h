/* What the operator grants to an app (price-plan decisions 5, 11, 18). */
#ifndef CORE_QUOTA_GRANT_H
#define CORE_QUOTA_GRANT_H

#include "core/app/app.h"

#define GRANT_MAX_REASON_BYTES 500

/* limit_set: rounded up as the app's plan sells it, never below what it includes. Result: struct
   limit_set_result. Refused with a sentence: a name that is no limit, a value out of bounds. */
struct limit_set_req {
    struct app_id app;
    struct span limit;
    uint64_t value;
    bool has_value;
    struct span reason;
};
struct limit_set_result {
    struct app_id app;
    enum limit limit;
    uint64_t before, asked, value;
};
enum im_err limit_set(struct shard *shard, struct request *req);

/* limit_list, of a struct app_req. */
struct limit_list_result {
    struct app_id app;
    struct span plan;
    struct limit_value limits[LIMIT_COUNT];
};
enum im_err limit_list(struct shard *shard, struct request *req);

#endif
