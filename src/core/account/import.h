/* Accounts made and looked up by administrators (server-api §3.1). */
#ifndef CORE_ACCOUNT_IMPORT_H
#define CORE_ACCOUNT_IMPORT_H

#include "core/shard.h"

#define ACCOUNT_MAX_BATCH 100

/* im_open_login_svc.account_import. An existing account is no error; nick and face, where given,
   replace those of its profile. */
struct account_import_req {
    struct span name;
    struct span nick; /* at most PROFILE_MAX_BYTES, empty: not given */
    struct span face;
};
enum im_err account_import(struct shard *shard, struct request *req);

/* im_open_login_svc.multiaccount_import. Names that cannot be accounts fail, the rest is made. */
struct account_batch_req {
    struct span *names;
    uint32_t count;
};
struct account_batch_result {
    struct span *failed;
    uint32_t failed_count;
};
enum im_err account_import_batch(struct shard *shard, struct request *req);

/* im_open_login_svc.account_check, struct account_batch_req. */
struct account_check_result {
    bool *exists; /* one for each name of the request */
};
enum im_err account_check(struct shard *shard, struct request *req);

#endif
