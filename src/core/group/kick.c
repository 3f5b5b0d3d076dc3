/* Members removed by owner, admins and administrators of the app (server-api §3.6
   delete_group_member): records of MEMBERS_A_RECORD, each with the tip that names them. */
#include "base/check.h"
#include "core/account/account.h"
#include "core/group/change.h"
#include "core/group/notice.h"
#include "core/group/tip.h"

struct kicking {
    struct request *req;
    struct group group;
    struct group_actor actor;
    struct tip_member by;
    bool tell; /* those who are removed */
    bool tip;
    struct account_no *accounts; /* members, each once */
    struct tip_member *names;
    uint32_t count;
};

static enum im_err start(struct shard *shard, struct request *req, struct kicking *kicking)
{
    const struct member_kick_req *ask = req->body;
    struct group *group = &kicking->group;
    enum im_err err = member_command_start(shard, req, ask->group, group, &kicking->actor);

    if (!err && group_is_room(group->info.type))
        err = IM_ERR_GROUP_PARAM;
    if (!err)
        err = group_may(group, &kicking->actor, ACTION_KICK);
    if (err)
        return err;
    kicking->req = req;
    kicking->tell = group_is_active(group);
    kicking->tip = tip_wanted(group, TIP_KICKED) && !(ask->silent && kicking->actor.is_app_admin);
    kicking->accounts = ARENA_ARRAY(&req->arena, struct account_no, ask->count);
    kicking->names = ARENA_ARRAY(&req->arena, struct tip_member, ask->count);
    return IM_OK;
}

/* Strangers are left out. */
static enum im_err take_one(struct shard *shard, struct kicking *kicking, struct span name)
{
    const struct member_row *row;
    struct account_no account;

    if (account_find(shard, kicking->req->app, name, &account) != STATE_HIT ||
        named_before(kicking->accounts, kicking->count, account))
        return IM_OK;
    member_need(shard, &kicking->group, account);
    if (member_find(shard, &kicking->group, account, &row) != STATE_HIT)
        return IM_OK;
    if (row->role == ROLE_OWNER || !actor_outranks(&kicking->actor, row->role))
        return IM_ERR_GROUP_RIGHT;
    if (kicking->tell)
        notice_need(shard, kicking->req->app, account);
    tip_member_find(shard, kicking->req, account, &kicking->names[kicking->count]);
    kicking->accounts[kicking->count++] = account;
    return IM_OK;
}

static void kick_some(struct shard *shard, struct kicking *kicking, uint32_t first, uint32_t count)
{
    const struct member_kick_req *ask = kicking->req->body;
    struct group *group = &kicking->group;
    const struct group_tip tip = {.kind = TIP_KICKED,
                                  .operator_name = kicking->by.name,
                                  .operator_nick = kicking->by.nick,
                                  .operator_face = kicking->by.face,
                                  .member_num = group->head.members - count,
                                  .members = kicking->names + first,
                                  .member_count = count};
    struct notice notice = notice_of(shard, group, NOTICE_KICKED, kicking->actor.name);

    notice.remark = ask->reason;
    members_leave(shard, group, kicking->accounts + first, count, true);
    if (kicking->tip)
        tip_send(shard, kicking->req, group, &tip, NULL);
    /* Behind the tip, from which the clients of the kicked would make a new conversation. */
    for (uint32_t i = 0; kicking->tell && i < count; i++)
        notice_send(shard, kicking->req, kicking->accounts[first + i], &notice, NULL);
    fact_commit(shard);
    member_command_reload(shard, group);
}

enum im_err group_member_kick(struct shard *shard, struct request *req)
{
    const struct member_kick_req *ask = req->body;
    struct kicking kicking = {.req = NULL};
    enum im_err err = start(shard, req, &kicking), refused = IM_OK;

    if (err)
        return err;
    for (uint32_t i = 0; i < ask->count; i++) {
        err = take_one(shard, &kicking, ask->accounts[i]);
        refused = err ? err : refused;
    }
    if (kicking.tip && kicking.count) {
        tip_need(shard, req, &kicking.group, TIP_KICKED);
        actor_tip_member(shard, req, &kicking.actor, &kicking.by);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    if (refused)
        return refused;
    for (uint32_t i = 0; i < kicking.count; i += MEMBERS_A_RECORD) {
        uint32_t left = kicking.count - i;

        kick_some(shard, &kicking, i, left < MEMBERS_A_RECORD ? left : MEMBERS_A_RECORD);
    }
    return IM_OK;
}
