/* Reading and writing profiles (server-api §3.3). */
#ifndef CORE_ACCOUNT_PORTRAIT_H
#define CORE_ACCOUNT_PORTRAIT_H

#include "core/account/profile.h"

#define PORTRAIT_MAX_ACCOUNTS 100

/* A field and its value, of the type of its tag. */
struct portrait_item {
    uint16_t tag;
    bool is_number;
    uint32_t number;
    struct span text;
};

/* profile.portrait_set. Values are checked by the decoder. IM_ERR_PROFILE_WRITE: a user sets what
   only administrators may. */
struct portrait_set_req {
    struct span account;
    struct portrait_item *items; /* a tag once, at most PROFILE_TAG_END */
    uint32_t count;
};
enum im_err portrait_set(struct shard *shard, struct request *req);

/* profile.portrait_get, and profile.portrait_get_all with all_tags. */
struct portrait_get_req {
    struct span *accounts;
    uint32_t count;
    bool all_tags;
    bool tags[PROFILE_TAG_END];
    /* Accounts that do not exist: left out, or reported each, and IM_ERR_PROFILE_ACCOUNT_MISSING
       if there is no other. */
    bool skip_missing;
};
struct portrait_get_result {
    struct portrait_account {
        struct span account;
        bool exists;
        struct portrait_item *items; /* those that are set */
        uint32_t count;
    } * accounts;
    uint32_t count;
};
enum im_err portrait_get(struct shard *shard, struct request *req);

#endif
