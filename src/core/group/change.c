/* Roles, cards, options, custom fields, mutes and owners of members (server-api §3.6, §5.2). */
#include "core/group/change.h"

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/notice.h"
#include "core/group/tip.h"

/* ---- shared ---- */

enum im_err member_command_start(struct shard *shard, const struct request *req, struct span id,
                                 struct group *ret_group, struct group_actor *ret_actor)
{
    enum im_err err = group_find(shard, req->app, id, ret_group);

    if (!err)
        err = group_actor_find(shard, req, ret_group, ret_actor);
    if (err)
        return err;
    return ret_actor->is_app_admin || ret_actor->role != ROLE_NONE ? IM_OK : IM_ERR_GROUP_RIGHT;
}

void member_command_reload(struct shard *shard, struct group *group)
{
    CHECK(group_get(shard, group->app, group->no, group) == IM_OK);
}

bool actor_outranks(const struct group_actor *actor, uint8_t role)
{
    return actor->is_app_admin || (actor->role >= ROLE_ADMIN && actor->role > role);
}

enum state_found actor_tip_member(struct shard *shard, struct request *req,
                                  const struct group_actor *actor, struct tip_member *ret)
{
    *ret = (struct tip_member){.name = actor->name};
    return actor->account.v ? tip_member_find(shard, req, actor->account, ret) : STATE_HIT;
}

bool named_before(const struct account_no *accounts, uint32_t count, struct account_no account)
{
    for (uint32_t i = 0; i < count; i++) {
        if (accounts[i].v == account.v)
            return true;
    }
    return false;
}

static struct group_tip tip_by(enum tip_kind kind, const struct tip_member *by,
                               struct tip_member *members, uint32_t count)
{
    return (struct group_tip){.kind = (uint8_t)kind,
                              .operator_name = by->name,
                              .operator_nick = by->nick,
                              .operator_face = by->face,
                              .members = members,
                              .member_count = count};
}

/* ---- mutes ---- */

static uint32_t mute_until(struct shard *shard, uint32_t mute_s)
{
    uint32_t now_s = shard_now_s(shard);

    if (!mute_s)
        return 0;
    return mute_s < UINT32_MAX - now_s ? now_s + mute_s : UINT32_MAX;
}

static void emit_muted(struct shard *shard, const struct group *group, uint32_t until_s,
                       const struct account_no *accounts, uint32_t count)
{
    struct fact_member_muted *fact =
        fact_emit(shard, FACT_MEMBER_MUTED, sizeof(*fact) + count * sizeof(uint32_t));
    uint32_t *muted = (uint32_t *)(fact + 1);

    *fact = (struct fact_member_muted){
        .app = group->app.v, .group = group->no.v, .until_s = until_s, .count = count};
    for (uint32_t i = 0; i < count; i++)
        muted[i] = accounts[i].v;
}

struct muting {
    struct request *req;
    struct group group;
    struct group_actor actor;
    struct tip_member by;
    bool tip;
    struct account_no *accounts;
    uint32_t count;
    struct tip_member *names; /* of those whom the tip names */
    bool *named;
};

static enum im_err mute_one(struct shard *shard, struct muting *muting, struct span name)
{
    const struct member_mute_req *ask = muting->req->body;
    bool is_room = group_is_room(muting->group.info.type);
    const struct member_row *row;
    struct account_no account;
    enum state_found found = account_find(shard, muting->req->app, name, &account);
    uint32_t until_s, i = muting->count;

    if (found != STATE_HIT)
        return found == STATE_ABSENT ? IM_ERR_GROUP_ACCOUNT : IM_OK;
    if (named_before(muting->accounts, muting->count, account))
        return IM_OK;
    member_muted_until(shard, &muting->group, account, &until_s);
    found = member_find(shard, &muting->group, account, &row);
    if (found == STATE_HIT && !actor_outranks(&muting->actor, row->role))
        return IM_ERR_GROUP_RIGHT;
    muting->named[i] = muting->tip && (found == STATE_HIT || is_room);
    if (muting->tip)
        tip_member_find(shard, muting->req, account, &muting->names[i]);
    muting->names[i].mute_s = ask->mute_s;
    muting->accounts[muting->count++] = account;
    return IM_OK;
}

static void mute_some(struct shard *shard, struct muting *muting, uint32_t first, uint32_t count)
{
    const struct member_mute_req *ask = muting->req->body;
    struct tip_member names[MEMBERS_A_RECORD];
    struct group_tip tip = tip_by(TIP_MEMBER_MUTED, &muting->by, names, 0);

    emit_muted(shard, &muting->group, mute_until(shard, ask->mute_s), muting->accounts + first,
               count);
    for (uint32_t i = first; i < first + count; i++) {
        if (muting->named[i])
            names[tip.member_count++] = muting->names[i];
    }
    if (tip.member_count)
        tip_send(shard, muting->req, &muting->group, &tip, NULL);
    fact_commit(shard);
    member_command_reload(shard, &muting->group);
}

enum im_err group_member_mute(struct shard *shard, struct request *req)
{
    const struct member_mute_req *ask = req->body;
    struct muting muting = {.req = req};
    enum im_err err = member_command_start(shard, req, ask->group, &muting.group, &muting.actor);
    enum im_err refused = IM_OK;

    if (!err)
        err = group_may(&muting.group, &muting.actor, ACTION_MUTE);
    if (err)
        return err;
    muting.tip = tip_wanted(&muting.group, TIP_MEMBER_MUTED);
    muting.accounts = ARENA_ARRAY(&req->arena, struct account_no, ask->count);
    muting.names = ARENA_ARRAY(&req->arena, struct tip_member, ask->count);
    muting.named = ARENA_ARRAY(&req->arena, bool, ask->count);
    for (uint32_t i = 0; i < ask->count; i++) {
        err = mute_one(shard, &muting, ask->accounts[i]);
        refused = err ? err : refused;
    }
    tip_need(shard, req, &muting.group, TIP_MEMBER_MUTED);
    actor_tip_member(shard, req, &muting.actor, &muting.by);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (refused)
        return refused;
    for (uint32_t i = 0; i < muting.count; i += MEMBERS_A_RECORD) {
        uint32_t left = muting.count - i;

        mute_some(shard, &muting, i, left < MEMBERS_A_RECORD ? left : MEMBERS_A_RECORD);
    }
    return IM_OK;
}

/* ---- modify_group_member_info ---- */

struct modifying {
    struct request *req;
    struct group group;
    struct group_actor actor;
    struct tip_member by, who;
    struct account_no account;
    const struct member_row *row;
    bool self;
    uint8_t mask; /* what is really to change */
    struct span fields;
};

/* What can be refused without a look at the other one. */
static enum im_err check_actor(const struct modifying *m)
{
    const struct member_modify_req *ask = m->req->body;
    bool own_only = !m->actor.is_app_admin && m->actor.role < ROLE_ADMIN;
    enum im_err err = IM_OK;

    if (m->group.info.type == GROUP_B_CHAT_ROOM ||
        (group_is_room(m->group.info.type) && ask->mask & MEMBER_FIELDS))
        return IM_ERR_GROUP_RIGHT;
    if (ask->mask & MEMBER_ROLE)
        err = group_may(&m->group, &m->actor, ACTION_SET_ADMIN);
    if (!err && ask->has_mute)
        err = group_may(&m->group, &m->actor, ACTION_MUTE);
    if (!err && !m->self && (own_only || (!m->actor.is_app_admin && ask->mask & MEMBER_OPTION)))
        err = IM_ERR_GROUP_RIGHT;
    return err;
}

static enum im_err check_target(const struct modifying *m)
{
    const struct member_modify_req *ask = m->req->body;
    uint8_t role = m->row->role;

    if (ask->mask & MEMBER_ROLE && role == ROLE_OWNER)
        return IM_ERR_GROUP_RIGHT;
    if (ask->has_mute && !actor_outranks(&m->actor, role))
        return IM_ERR_GROUP_RIGHT;
    return m->self || actor_outranks(&m->actor, role) ? IM_OK : IM_ERR_GROUP_RIGHT;
}

/* Those in a room without a role have no row; they are muted all the same. */
static bool mutes_in_room(const struct modifying *m)
{
    const struct member_modify_req *ask = m->req->body;

    return group_is_room(m->group.info.type) && ask->has_mute && !ask->mask;
}

/* Finds the member and decides what changes. */
static enum im_err decide(struct shard *shard, struct modifying *m)
{
    const struct member_modify_req *ask = m->req->body;
    enum state_found found = account_find(shard, m->req->app, ask->account, &m->account);
    bool exists = found == STATE_HIT;
    enum im_err err;

    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    m->self = found == STATE_HIT && !m->actor.is_app_admin && m->account.v == m->actor.account.v;
    err = check_actor(m);
    if (err)
        return err;
    if (found == STATE_HIT) {
        uint32_t until_s;

        member_need(shard, &m->group, m->account);
        member_muted_until(shard, &m->group, m->account, &until_s);
        found = member_find(shard, &m->group, m->account, &m->row);
    }
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT && exists && mutes_in_room(m))
        return IM_OK;
    if (found == STATE_ABSENT)
        return group_is_room(m->group.info.type) ? IM_ERR_GROUP_RIGHT : IM_ERR_GROUP_PARAM;
    err = check_target(m);
    if (!err && ask->mask & MEMBER_FIELDS)
        err = fields_check(shard, m->req->app, FIELD_OF_MEMBER, ask->fields, ask->field_count,
                           field_access_of(&m->actor));
    if (!err && ask->mask & MEMBER_FIELDS)
        m->fields = member_fields_merge(&m->req->arena, member_fields(m->row), ask->fields,
                                        ask->field_count);
    m->mask = ask->mask;
    if (m->row->role == ask->role)
        m->mask &= (uint8_t)~MEMBER_ROLE;
    return err;
}

static void need(struct shard *shard, struct modifying *m)
{
    const struct member_modify_req *ask = m->req->body;
    bool role = m->mask & MEMBER_ROLE;

    if (!role && !ask->has_mute)
        return;
    tip_member_find(shard, m->req, m->account, &m->who);
    actor_tip_member(shard, m->req, &m->actor, &m->by);
    if (role) {
        notice_need(shard, m->req->app, m->account);
        tip_need(shard, m->req, &m->group, TIP_ADMIN_SET);
    }
    tip_need(shard, m->req, &m->group, TIP_MEMBER_MUTED);
}

static void emit_changed(struct shard *shard, const struct modifying *m)
{
    const struct member_modify_req *ask = m->req->body;
    struct span card = m->mask & MEMBER_CARD ? ask->card : (struct span){NULL, 0};
    struct span fields = m->mask & MEMBER_FIELDS ? m->fields : (struct span){NULL, 0};
    struct fact_member_changed *fact =
        fact_emit(shard, FACT_MEMBER_CHANGED, sizeof(*fact) + card.n + fields.n);
    char *tail = (char *)(fact + 1);

    *fact = (struct fact_member_changed){.app = m->group.app.v,
                                         .group = m->group.no.v,
                                         .account = m->account.v,
                                         .mask = m->mask,
                                         .role = ask->role,
                                         .option = ask->option,
                                         .card_bytes = (uint8_t)card.n,
                                         .field_bytes = (uint32_t)fields.n};
    if (card.n)
        memcpy(tail, card.p, card.n);
    if (fields.n)
        memcpy(tail + card.n, fields.p, fields.n);
}

static void change_role(struct shard *shard, struct modifying *m)
{
    const struct member_modify_req *ask = m->req->body;
    bool set = ask->role == ROLE_ADMIN;
    const struct notice notice =
        notice_of(shard, &m->group, set ? NOTICE_ADMIN_SET : NOTICE_ADMIN_UNSET, m->actor.name);
    const struct group_tip tip = tip_by(set ? TIP_ADMIN_SET : TIP_ADMIN_UNSET, &m->by, &m->who, 1);

    notice_send(shard, m->req, m->account, &notice, NULL);
    tip_send(shard, m->req, &m->group, &tip, NULL);
}

enum im_err group_member_modify(struct shard *shard, struct request *req)
{
    const struct member_modify_req *ask = req->body;
    struct modifying m = {.req = req};
    enum im_err err = member_command_start(shard, req, ask->group, &m.group, &m.actor);

    if (!err)
        err = decide(shard, &m);
    if (!err)
        need(shard, &m);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (err)
        return err;
    if (m.mask)
        emit_changed(shard, &m);
    if (m.mask & MEMBER_ROLE)
        change_role(shard, &m);
    if (ask->has_mute) {
        const struct group_tip tip = tip_by(TIP_MEMBER_MUTED, &m.by, &m.who, 1);

        fact_commit(shard); /* a record has one message */
        member_command_reload(shard, &m.group);
        m.who.mute_s = ask->mute_s;
        emit_muted(shard, &m.group, mute_until(shard, ask->mute_s), &m.account, 1);
        tip_send(shard, req, &m.group, &tip, NULL);
    }
    return IM_OK;
}

/* ---- change_group_owner ---- */

enum im_err group_owner_change(struct shard *shard, struct request *req)
{
    const struct owner_change_req *ask = req->body;
    struct group_tip tip = {.kind = TIP_INFO, .changed = CHANGE_OWNER};
    const struct member_row *row;
    struct fact_group_owner *fact;
    struct account_no account;
    struct group_actor actor;
    struct tip_member by;
    struct group group;
    enum im_err err = member_command_start(shard, req, ask->group, &group, &actor);
    enum state_found found;

    if (!err)
        err = group_may(&group, &actor, ACTION_TRANSFER);
    if (err)
        return err;
    found = account_find(shard, req->app, ask->account, &account);
    if (found == STATE_HIT) {
        member_need(shard, &group, account);
        found = member_find(shard, &group, account, &row);
    }
    if (group.info.owner)
        member_need(shard, &group, (struct account_no){group.info.owner});
    actor_tip_member(shard, req, &actor, &by);
    tip_need(shard, req, &group, TIP_INFO);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_PARAM;
    if (group.info.owner == account.v)
        return IM_OK;
    fact = fact_emit(shard, FACT_GROUP_OWNER, sizeof(*fact));
    *fact = (struct fact_group_owner){
        .app = group.app.v, .group = group.no.v, .from = group.info.owner, .to = account.v};
    tip.operator_name = by.name;
    tip.operator_nick = by.nick;
    tip.operator_face = by.face;
    tip.owner = ask->account;
    tip_send(shard, req, &group, &tip, NULL);
    return IM_OK;
}
