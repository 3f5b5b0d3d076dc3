/*
 * Members brought in by somebody else (server-api §3.6 add_group_member, §5.1). Those that fit
 * join in records of MEMBERS_A_RECORD, each with the invited ones' notices; the tip that names
 * them follows in a record of its own, so that they hear it themselves.
 */
#include "base/check.h"
#include "core/account/account.h"
#include "core/group/change.h"
#include "core/group/join.h"
#include "core/group/tip.h"

struct adding {
    struct request *req;
    struct group group;
    struct group_actor actor;
    struct tip_member by;
    bool waits;                        /* for an owner's or admin's permission */
    struct pendency_deciders deciders; /* if it waits: who they are */
    bool tell;                         /* the invited ones */
    bool tip;
    enum im_err full; /* why nobody more may join; IM_OK: there is room */
    uint32_t cap;     /* of members */
    struct account_no *accounts;
    struct tip_member *names;
    struct member_add_result *result;
};

/* ---- deciding ---- */

static void need_newcomer(struct shard *shard, struct adding *adding, uint32_t i)
{
    if (adding->waits) {
        pendency_need(shard, &adding->group, adding->accounts[i]);
        return;
    }
    member_need(shard, &adding->group, adding->accounts[i]);
    if (adding->tell)
        notice_need(shard, adding->req->app, adding->accounts[i]);
    tip_member_find(shard, adding->req, adding->accounts[i], &adding->names[i]);
}

/* What becomes of the account, room left aside: ADD_WAITS or ADD_ADDED if it may come. */
static uint8_t decide_one(struct shard *shard, struct adding *adding, uint32_t i)
{
    const struct member_add_req *ask = adding->req->body;
    struct account_no *account = &adding->accounts[i];
    const struct member_row *row;
    enum im_err err;

    if (account_find(shard, adding->req->app, ask->accounts[i], account) != STATE_HIT)
        return ADD_FAILED;
    switch (member_find(shard, &adding->group, *account, &row)) {
    case STATE_HIT:
        return ADD_WAS_MEMBER;
    case STATE_UNKNOWN:
        need_newcomer(shard, adding, i);
        return ADD_FAILED;
    case STATE_ABSENT:
        break;
    }
    need_newcomer(shard, adding, i);
    err = group_may_grow(shard, &adding->group, *account);
    if (err == IM_OK)
        return adding->waits ? ADD_WAITS : ADD_ADDED;
    if (err == IM_ERR_GROUP_JOINED_MAX)
        adding->result->over_limit[adding->result->over_limit_count++] = ask->accounts[i];
    else
        adding->full = err;
    return ADD_FAILED;
}

static enum im_err start(struct shard *shard, struct request *req, struct adding *adding)
{
    const struct member_add_req *ask = req->body;
    struct group *group = &adding->group;
    enum im_err err = member_command_start(shard, req, ask->group, group, &adding->actor);
    bool silent = ask->silent && adding->actor.is_app_admin;

    if (!err)
        err = group_may(group, &adding->actor, ACTION_INVITE);
    if (err)
        return err;
    if (group_is_room(group->info.type))
        return IM_ERR_GROUP_RIGHT;
    if (!adding->actor.is_app_admin && group->info.invite_option == JOIN_DISABLED)
        return IM_ERR_GROUP_RIGHT;
    adding->req = req;
    adding->cap = group_member_cap(shard, group);
    adding->waits = !adding->actor.is_app_admin && adding->actor.role == ROLE_MEMBER &&
                    group->info.invite_option == JOIN_NEEDS_PERMISSION;
    adding->tell = group_is_active(group) && !silent;
    adding->tip = tip_wanted(group, TIP_JOINED) && !silent && !adding->waits;
    adding->accounts = ARENA_ARRAY(&req->arena, struct account_no, ask->count);
    adding->names = ARENA_ARRAY(&req->arena, struct tip_member, ask->count);
    adding->result = ARENA_NEW(&req->arena, struct member_add_result);
    adding->result->results = ARENA_ARRAY(&req->arena, uint8_t, ask->count);
    adding->result->over_limit = ARENA_ARRAY(&req->arena, struct span, ask->count);
    return IM_OK;
}

/* ---- doing it ---- */

static void join_some(struct shard *shard, struct adding *adding, const struct newcomer *newcomers,
                      struct tip_member *names, uint32_t count)
{
    struct group *group = &adding->group;
    const struct notice notice = notice_of(shard, group, NOTICE_INVITED, adding->actor.name);
    struct group_tip tip = {.kind = TIP_JOINED,
                            .operator_name = adding->by.name,
                            .operator_nick = adding->by.nick,
                            .operator_face = adding->by.face,
                            .members = names,
                            .member_count = count};

    members_join(shard, group, newcomers, count, false);
    for (uint32_t i = 0; adding->tell && i < count; i++)
        notice_send(shard, adding->req, newcomers[i].account, &notice, NULL);
    fact_commit(shard);
    member_command_reload(shard, group);
    if (!adding->tip)
        return;
    tip.member_num = group->head.members;
    tip_send(shard, adding->req, group, &tip, NULL);
    fact_commit(shard);
    member_command_reload(shard, group);
}

static void add_all(struct shard *shard, struct adding *adding, uint32_t count)
{
    struct newcomer newcomers[MEMBERS_A_RECORD];
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (adding->result->results[i] == ADD_WAITS &&
            !named_before(adding->accounts, i, adding->accounts[i]))
            pendency_invite(shard, adding->req, &adding->group, &adding->actor, &adding->deciders,
                            adding->accounts[i]);
        if (adding->result->results[i] != ADD_ADDED)
            continue;
        newcomers[n] = (struct newcomer){.account = adding->accounts[i], .role = ROLE_MEMBER};
        adding->names[n++] = adding->names[i];
        if (n == MEMBERS_A_RECORD) {
            join_some(shard, adding, newcomers, adding->names, n);
            n = 0;
        }
    }
    if (n)
        join_some(shard, adding, newcomers, adding->names, n);
}

/* Whether one that is named again did get in where it was named first. */
static bool got_in(const struct adding *adding, uint32_t again)
{
    uint32_t first = 0;

    while (adding->accounts[first].v != adding->accounts[again].v)
        first++;
    return adding->result->results[first] == ADD_ADDED;
}

/* Takes away what there is no room for, and who is named twice. */
static enum im_err fit(struct adding *adding, uint32_t count)
{
    uint32_t cap = adding->cap;
    uint32_t room = cap > adding->group.head.members ? cap - adding->group.head.members : 0;
    uint8_t *results = adding->result->results;

    if (adding->full)
        return adding->full;
    for (uint32_t i = 0; i < count; i++) {
        if (results[i] != ADD_ADDED)
            continue;
        if (named_before(adding->accounts, i, adding->accounts[i]))
            results[i] = got_in(adding, i) ? ADD_WAS_MEMBER : ADD_FAILED;
        else if (room)
            room--;
        else
            results[i] = ADD_FAILED;
    }
    return IM_OK;
}

enum im_err group_member_add(struct shard *shard, struct request *req)
{
    const struct member_add_req *ask = req->body;
    struct adding adding = {.req = NULL};
    enum im_err err = start(shard, req, &adding);

    if (err)
        return err;
    for (uint32_t i = 0; i < ask->count; i++)
        adding.result->results[i] = decide_one(shard, &adding, i);
    if (adding.waits)
        pendency_deciders_need(shard, &adding.group, &adding.deciders);
    if (adding.tip) {
        tip_need(shard, req, &adding.group, TIP_JOINED);
        actor_tip_member(shard, req, &adding.actor, &adding.by);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    err = fit(&adding, ask->count);
    if (err)
        return err;
    add_all(shard, &adding, ask->count);
    req->result = adding.result;
    return IM_OK;
}
