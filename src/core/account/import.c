#include "core/account/import.h"

#include "base/check.h"
#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/usage/usage.h"
#include "wire/usersig.h"

static const struct account_no no_account;

enum im_err account_import(struct shard *shard, struct request *req)
{
    const struct account_import_req *import = req->body;
    uint64_t left = accounts_left(shard, req->app);
    struct account_no no;
    enum state_found found = account_find(shard, req->app, import->name, &no);

    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        no = account_next(shard, req->app);
    if (import->nick.n)
        profile_need(shard, req->app, no, PROFILE_NICK);
    if (import->face.n)
        profile_need(shard, req->app, no, PROFILE_IMAGE);
    usage_need(shard, req->app, 0, no_account, 0);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (found == STATE_ABSENT && !left)
        return IM_ERR_ACCOUNT_COUNT;
    if (found == STATE_ABSENT)
        account_create(shard, req->app, import->name, false, &no);
    if (import->nick.n)
        profile_set(shard, req->app, no, PROFILE_NICK, import->nick);
    if (import->face.n)
        profile_set(shard, req->app, no, PROFILE_IMAGE, import->face);
    return IM_OK;
}

/* Asks for all that a batch reads and changes; sets the names that cannot be accounts apart. */
static void batch_need(struct shard *shard, struct request *req,
                       struct account_batch_result *result)
{
    const struct account_batch_req *batch = req->body;
    struct account_no no, next = account_next(shard, req->app);
    struct row_key key;
    const void *value;

    usage_need(shard, req->app, 0, no_account, 0);
    for (uint32_t i = 0; i < batch->count; i++) {
        struct account_no made = {next.v + i};

        row_find(shard, row_key_account(&key, req->app, made), &value, NULL);
        if (identifier_valid(batch->names[i]))
            account_find(shard, req->app, batch->names[i], &no);
        else
            result->failed[result->failed_count++] = batch->names[i];
    }
}

enum im_err account_import_batch(struct shard *shard, struct request *req)
{
    const struct account_batch_req *batch = req->body;
    struct account_batch_result *result = ARENA_NEW(&req->arena, struct account_batch_result);
    uint64_t left = accounts_left(shard, req->app);
    bool emitted = false;
    struct account_no no;

    result->failed = ARENA_ARRAY(&req->arena, struct span, batch->count);
    batch_need(shard, req, result);
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!identifier_valid(batch->names[i]))
            continue;
        /* A record an account: the next number is read from the row that the one before left, and
           a name that stands in the list twice is found. */
        if (emitted)
            fact_commit(shard);
        emitted = false;
        if (account_find(shard, req->app, batch->names[i], &no) == STATE_HIT)
            continue;
        if (!left) {
            result->failed[result->failed_count++] = batch->names[i];
            continue;
        }
        account_create(shard, req->app, batch->names[i], false, &no);
        emitted = true;
        left--;
    }
    req->result = result;
    return IM_OK;
}

enum im_err account_check(struct shard *shard, struct request *req)
{
    const struct account_batch_req *batch = req->body;
    struct account_check_result *result = ARENA_NEW(&req->arena, struct account_check_result);
    struct account_no no;

    result->exists = ARENA_ARRAY(&req->arena, bool, batch->count);
    for (uint32_t i = 0; i < batch->count; i++)
        result->exists[i] = account_find(shard, req->app, batch->names[i], &no) == STATE_HIT;
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}
