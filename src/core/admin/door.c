#include "core/admin/door.h"

#include "base/check.h"
#include "core/admin/audit.h"
#include "core/admin/idempotent.h"
#include "core/admin/rate.h"
#include "core/admin/token.h"
#include "core/app/app.h"

/* Asks for every row that the door itself reads, so that one load serves. */
static void need_rows(struct shard *shard, const struct request *req)
{
    const struct admin_call *call = req->admin;
    struct row_key key;
    const void *row;

    if (req->caller == CALLER_TOKEN)
        row_find(shard, row_key_token(&key, call->claims.customer, call->claims.token), &row, NULL);
    if (call->names_app)
        row_find(shard, row_key_app(&key, (struct app_id){call->app}), &row, NULL);
    if (!admin_route_writes(req->operation->admin))
        return;
    audit_need(shard);
    if (call->has_key)
        idempotent_need(shard, call);
}

static enum im_err refuse_role(struct request *req)
{
    return operator_refuse(req, IM_ERR_ROLE, "the role of this token may not do that");
}

/* A token of a customer sees what belongs to that customer; all else does not exist. */
static enum im_err check_names(struct shard *shard, struct request *req)
{
    const struct admin_call *call = req->admin;
    struct row_key key;
    const void *row;

    if (call->actor.role == ADMIN_OPERATOR)
        return IM_OK;
    if (call->names_customer && call->customer != call->actor.customer)
        return operator_refuse(req, IM_ERR_NOT_FOUND, "there is no customer %u", call->customer);
    if (!call->names_app)
        return IM_OK;
    if (row_find(shard, row_key_app(&key, (struct app_id){call->app}), &row, NULL) == STATE_HIT &&
        ((const struct app_row *)row)->customer == call->actor.customer)
        return IM_OK;
    return operator_refuse(req, IM_ERR_APP_NOT_FOUND, "there is no app %u", call->app);
}

static enum im_err admit(struct shard *shard, struct request *req)
{
    const struct admin_route *route = req->operation->admin;
    struct admin_call *call = req->admin;
    enum im_err err;

    need_rows(shard, req);
    if (shard_missing(shard))
        return IM_AGAIN;
    err = token_resolve(shard, req, &call->actor);
    if (err)
        return err;
    req->actor = &call->actor;
    err = admin_rate_check(shard, req);
    if (err)
        return err;
    if (call->actor.role != ADMIN_OPERATOR && !(call->actor.role & route->roles))
        return refuse_role(req);
    err = check_names(shard, req);
    if (err || !call->has_key || !admin_route_writes(route))
        return err;
    return idempotent_replay(shard, req);
}

enum im_err admin_run(struct shard *shard, struct request *req)
{
    const struct admin_route *route = req->operation->admin;
    enum im_err err;

    CHECK(route);
    if (!req->admin)
        req->admin = ARENA_NEW(&req->arena, struct admin_call);
    err = admit(shard, req);
    if (err || req->admin->replayed)
        return err;
    err = req->operation->run(shard, req);
    if (err || !admin_route_writes(route))
        return err;
    if (req->admin->has_key)
        err = idempotent_store(shard, req);
    if (!err)
        audit_store(shard, req);
    return err;
}
