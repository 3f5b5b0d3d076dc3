#include "core/group/join.h"

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/poll.h"
#include "core/group/room.h"
#include "core/group/tip.h"
#include "core/quota/entitlement.h"
#include "core/session/session.h"

/* ---- caps ---- */

enum im_err group_may_grow(struct shard *shard, const struct group *group,
                           struct account_no account)
{
    uint64_t members_most = group_member_cap(shard, group);
    uint64_t groups_most = cap_of(shard, group->app, CAP_GROUPS_PER_ACCOUNT);
    uint32_t groups = 0;

    member_groups_of(shard, group->app, account, &groups);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (group->head.members >= members_most)
        return group_full_error(shard, group);
    if (groups >= groups_most)
        return IM_ERR_GROUP_JOINED_MAX;
    return IM_OK;
}

/* ---- joining ---- */

/* The members as they were, and the newcomer: its list then has the conversation at once. */
static struct audience with_newcomer(struct shard *shard, struct request *req,
                                     const struct group *group, struct account_no newcomer)
{
    struct session *first = session_first(shard, group->app, newcomer);
    struct audience members, all;
    uint32_t more = 0;

    CHECK(group_audience(shard, req, group, (struct account_no){0}, &members) == STATE_HIT);
    for (struct session *s = first; s; s = s->next_of_account)
        more++;
    all = members;
    all.sessions = ARENA_ARRAY(&req->arena, struct session *, members.count + more + 1);
    if (members.count)
        memcpy(all.sessions, members.sessions, members.count * sizeof(all.sessions[0]));
    for (struct session *s = first; s; s = s->next_of_account)
        all.sessions[all.count++] = s;
    all.accounts += first != NULL;
    return all;
}

void group_tell_joined(struct shard *shard, struct request *req, const struct group *group,
                       struct account_no newcomer, const struct tip_member *by,
                       struct tip_member *who)
{
    const struct group_tip tip = {.kind = TIP_JOINED,
                                  .operator_name = by->name,
                                  .operator_nick = by->nick,
                                  .operator_face = by->face,
                                  .member_num = group->head.members + 1,
                                  .members = who,
                                  .member_count = 1};
    struct audience audience;

    if (!tip_wanted(group, TIP_JOINED))
        return;
    audience = with_newcomer(shard, req, group, newcomer);
    tip_send(shard, req, group, &tip, &audience);
}

/* Who applies: to a ChatRoom anybody, to a Private group nobody (server-api §5.1). */
static enum im_err join_option(const struct group *group, bool *ret_waits)
{
    uint8_t option = group->info.join_option;

    if (group->info.type == GROUP_PRIVATE)
        return IM_ERR_GROUP_RIGHT;
    if (group->info.type == GROUP_CHAT_ROOM)
        option = JOIN_FREE;
    if (option == JOIN_DISABLED)
        return IM_ERR_GROUP_RIGHT;
    *ret_waits = option == JOIN_NEEDS_PERMISSION;
    return IM_OK;
}

/* The client of whoever joins knows; the other terminals hear it as of an application. */
static void join_now(struct shard *shard, struct request *req, const struct group *group,
                     const struct group_actor *actor, struct tip_member *who)
{
    const struct newcomer newcomer = {.account = req->account, .role = ROLE_MEMBER};
    const struct notice notice = notice_of(shard, group, NOTICE_JOIN_ACCEPTED, actor->name);

    members_join(shard, group, &newcomer, 1, false);
    notice_send(shard, req, req->account, &notice, req->session);
    group_tell_joined(shard, req, group, req->account, who, who);
}

static enum im_err need_to_join(struct shard *shard, struct request *req, const struct group *group,
                                bool waits, struct tip_member *who,
                                struct pendency_deciders *deciders)
{
    enum im_err err = group_may_grow(shard, group, req->account);

    if (waits) {
        pendency_need(shard, group, req->account);
        pendency_deciders_need(shard, group, deciders);
    } else {
        member_need(shard, group, req->account);
        notice_need(shard, req->app, req->account);
        tip_need(shard, req, group, TIP_JOINED);
        tip_member_find(shard, req, req->account, who);
    }
    return shard_missing(shard) ? IM_AGAIN : err;
}

/* The last messages of before, if they are asked for; and a key for polling, unless the client
   says that it takes pushes. */
static enum im_err join_room(struct shard *shard, struct request *req, const struct group *group,
                             struct group_join_result *result)
{
    const struct group_join_req *ask = req->body;
    enum im_err err = room_join(shard, req, group);

    if (err)
        return err;
    result->room = true;
    result->start_seq = group_poll_start(shard);
    result->room_key = poll_key_make(shard, &req->arena, group, req->account, 0);
    result->polls = !ask->takes_pushes;
    if (ask->history)
        room_history(shard, &req->arena, group, ROOM_HISTORY, &result->messages,
                     &result->message_count);
    req->result = result;
    return IM_OK;
}

enum im_err group_join(struct shard *shard, struct request *req)
{
    const struct group_join_req *ask = req->body;
    struct group_join_result *result = ARENA_NEW(&req->arena, struct group_join_result);
    struct tip_member *who = ARENA_NEW(&req->arena, struct tip_member);
    struct pendency_deciders deciders = {.count = 0};
    struct group_actor actor;
    struct group group;
    enum im_err err = group_find(shard, req->app, ask->group, &group);

    if (!err)
        err = group_actor_find(shard, req, &group, &actor);
    if (err)
        return err;
    if (group_is_room(group.info.type))
        return join_room(shard, req, &group, result);
    if (actor.role != ROLE_NONE)
        return IM_ERR_GROUP_MEMBER_ALREADY;
    err = join_option(&group, &result->waits);
    if (!err)
        err = need_to_join(shard, req, &group, result->waits, who, &deciders);
    if (err)
        return err;
    if (result->waits)
        pendency_apply(shard, req, &group, &deciders, actor.name, &ask->words);
    else
        join_now(shard, req, &group, &actor, who);
    req->result = result;
    return IM_OK;
}

/* ---- quitting ---- */

static void emit_ownerless(struct shard *shard, const struct group *group, struct account_no owner)
{
    struct fact_group_owner *fact = fact_emit(shard, FACT_GROUP_OWNER, sizeof(*fact));

    *fact = (struct fact_group_owner){.app = group->app.v, .group = group->no.v, .from = owner.v};
}

/* Those that stay: a client that has quit takes a tip for a new conversation. */
static struct audience without_leaver(struct shard *shard, struct request *req,
                                      const struct group *group, struct account_no leaver)
{
    struct audience members, rest;

    CHECK(group_audience(shard, req, group, leaver, &members) == STATE_HIT);
    rest = members;
    rest.sessions = ARENA_ARRAY(&req->arena, struct session *, members.count + 1);
    rest.count = 0;
    for (uint32_t i = 0; i < members.count; i++) {
        if (members.sessions[i]->account.v != leaver.v)
            rest.sessions[rest.count++] = members.sessions[i];
    }
    return rest;
}

static void tell_quit(struct shard *shard, struct request *req, const struct group *group,
                      const struct group_actor *actor, struct tip_member *who)
{
    const struct notice notice = notice_of(shard, group, NOTICE_QUIT, actor->name);
    const struct group_tip tip = {.kind = TIP_QUIT,
                                  .operator_name = who->name,
                                  .operator_nick = who->nick,
                                  .operator_face = who->face,
                                  .member_num = group->head.members - 1,
                                  .members = who,
                                  .member_count = 1};

    struct audience audience;

    notice_send(shard, req, req->account, &notice, req->session);
    if (!tip_wanted(group, TIP_QUIT))
        return;
    audience = without_leaver(shard, req, group, req->account);
    tip_send(shard, req, group, &tip, &audience);
}

enum im_err group_quit(struct shard *shard, struct request *req)
{
    const struct group_quit_req *ask = req->body;
    struct tip_member *who = ARENA_NEW(&req->arena, struct tip_member);
    struct group_actor actor;
    struct group group;
    enum im_err err = group_find(shard, req->app, ask->group, &group);

    if (!err)
        err = group_actor_find(shard, req, &group, &actor);
    if (!err)
        err = group_may(&group, &actor, ACTION_QUIT);
    if (err)
        return err;
    if (group_is_room(group.info.type))
        return room_quit(shard, req, &group);
    member_need(shard, &group, req->account);
    notice_need(shard, req->app, req->account);
    tip_need(shard, req, &group, TIP_QUIT);
    tip_member_find(shard, req, req->account, who);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (actor.role == ROLE_OWNER)
        emit_ownerless(shard, &group, req->account);
    members_leave(shard, &group, &req->account, 1, false);
    tell_quit(shard, req, &group, &actor, who);
    return IM_OK;
}
