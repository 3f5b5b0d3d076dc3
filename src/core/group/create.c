#include "core/account/account.h"
#include "core/group/join.h"
#include "core/group/lifecycle.h"
#include "core/group/notice.h"
#include "core/group/usage.h"
#include "core/quota/entitlement.h"
#include "core/quota/limit.h"
#include "core/warning/warning.h"

struct creating {
    struct request *req;
    struct group group; /* as it will be */
    struct group_actor actor;
    const struct app_groups_row *groups; /* NULL: the app's first */
    struct create_caps {
        uint64_t groups, groups_per_account, av_chat_rooms, b_chat_rooms;
    } caps;
    struct account_no owner;
    struct newcomer *newcomers; /* the owner first */
    uint32_t count;
    struct group_create_result *result;
};

/* ---- ids ---- */

#define GENERATED_ID_BYTES 24

/* Unique by the number; the random part keeps ids from being guessed one after the other. */
static struct span make_id(struct shard *shard, struct arena *arena, uint8_t type,
                           struct group_no no)
{
    static const char digits[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    char id[GENERATED_ID_BYTES + 8];
    uint8_t random[6];
    uint32_t number = no.v;
    size_t n = 0;

    shard_random(shard, random, sizeof(random));
    memcpy(id, "@TGS#", 5);
    n = 5;
    if (type == GROUP_COMMUNITY)
        id[n++] = '_';
    for (size_t i = 0; i < sizeof(random); i++)
        id[n++] = digits[random[i] & 31];
    do {
        id[n++] = digits[number & 31];
        number >>= 5;
    } while (number);
    return arena_copy(arena, (struct span){id, n});
}

static enum im_err choose_id(struct shard *shard, struct creating *creating)
{
    const struct group_create_req *ask = creating->req->body;
    struct group *group = &creating->group, taken;
    enum im_err err;

    if (!ask->id.n) {
        struct row_key key;

        group->id = make_id(shard, &creating->req->arena, ask->type, group->no);
        row_declare_absent(shard, row_key_group_id(&key, group->app, group->id));
        return IM_OK;
    }
    if (!group_id_valid(ask->id, true))
        return IM_ERR_GROUP_ID;
    group->id = ask->id;
    err = group_find(shard, group->app, ask->id, &taken);
    if (err == IM_ERR_GROUP_NOT_FOUND)
        return IM_OK;
    if (err)
        return err;
    return taken.info.owner && taken.info.owner == creating->owner.v ? IM_ERR_GROUP_ID_OWN
                                                                     : IM_ERR_GROUP_ID_TAKEN;
}

/* ---- limits ---- */

static enum im_err rooms_check(const struct creating *creating, uint8_t type)
{
    uint64_t count = creating->groups ? creating->groups->of_type[type] : 0;

    if (type == GROUP_AV_CHAT_ROOM && count >= creating->caps.av_chat_rooms)
        return IM_ERR_GROUP_ROOMS;
    return type == GROUP_B_CHAT_ROOM && count >= creating->caps.b_chat_rooms ? IM_ERR_GROUP_ROOMS
                                                                             : IM_OK;
}

/* Net groups of the day, and groups in total: N means N. */
static enum im_err limits_check(struct shard *shard, const struct creating *creating)
{
    struct app_id app = creating->req->app;
    const struct day_groups_row *today = usage_groups_today(shard, app);
    uint64_t total = creating->groups ? creating->groups->total : 0;
    uint64_t made = today ? today->made : 0, dissolved = today ? today->dissolved : 0;

    if (total >= creating->caps.groups)
        return IM_ERR_GROUP_TRIAL;
    if (total >= limit_of(shard, app, LIMIT_GROUPS_TOTAL) ||
        (made > dissolved && made - dissolved >= limit_of(shard, app, LIMIT_GROUPS_PER_DAY)))
        return IM_ERR_GROUP_RATE;
    return IM_OK;
}

/* What is used with this group. */
static void limits_warn(struct shard *shard, const struct creating *creating)
{
    struct app_id app = creating->req->app;
    const struct day_groups_row *today = usage_groups_today(shard, app);
    uint64_t total = creating->groups ? creating->groups->total : 0;
    uint64_t made = today ? today->made + 1 : 1, dissolved = today ? today->dissolved : 0;

    warning_used(shard, app, LIMIT_GROUPS_TOTAL, total + 1,
                 limit_of(shard, app, LIMIT_GROUPS_TOTAL));
    warning_used(shard, app, CAP_GROUPS, total + 1, creating->caps.groups);
    if (made > dissolved)
        warning_used(shard, app, LIMIT_GROUPS_PER_DAY, made - dissolved,
                     limit_of(shard, app, LIMIT_GROUPS_PER_DAY));
}

/* True if the account is in as many groups as it may be. */
static bool joined_enough(struct shard *shard, const struct creating *creating,
                          struct account_no account)
{
    uint32_t count = 0;

    if (member_groups_of(shard, creating->req->app, account, &count) != STATE_HIT)
        return false;
    return count >= creating->caps.groups_per_account;
}

/* ---- who is in it ---- */

static enum im_err find_owner(struct shard *shard, struct creating *creating)
{
    const struct group_create_req *ask = creating->req->body;

    if (creating->req->caller == CALLER_USER) {
        creating->owner = creating->req->account;
        return IM_OK;
    }
    if (!ask->owner.n)
        return IM_OK;
    switch (account_find(shard, creating->req->app, ask->owner, &creating->owner)) {
    case STATE_HIT:
        return IM_OK;
    case STATE_ABSENT:
        return IM_ERR_GROUP_ACCOUNT;
    case STATE_UNKNOWN:
        break;
    }
    return IM_AGAIN;
}

static bool is_in(const struct creating *creating, struct account_no account)
{
    for (uint32_t i = 0; i < creating->count; i++) {
        if (creating->newcomers[i].account.v == account.v)
            return true;
    }
    return false;
}

static enum im_err add_member(struct shard *shard, struct creating *creating,
                              const struct create_member *member)
{
    struct group_create_result *result = creating->result;
    struct newcomer newcomer = {.role = member->admin ? ROLE_ADMIN : ROLE_MEMBER};
    enum state_found found =
        account_find(shard, creating->req->app, member->name, &newcomer.account);
    enum im_err err = IM_OK;

    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_ACCOUNT;
    if (member->admin && creating->group.info.type == GROUP_PRIVATE)
        newcomer.role = ROLE_MEMBER;
    if (member->field_count)
        err = fields_check(shard, creating->req->app, FIELD_OF_MEMBER, member->fields,
                           member->field_count, field_access_of(&creating->actor));
    if (err && err != IM_AGAIN)
        return err;
    if (found == STATE_UNKNOWN || is_in(creating, newcomer.account))
        return err;
    if (joined_enough(shard, creating, newcomer.account)) {
        result->over_limit[result->over_limit_count++] = member->name;
        return err;
    }
    newcomer.fields = member_fields_merge(&creating->req->arena, (struct span){0}, member->fields,
                                          member->field_count);
    member_need(shard, &creating->group, newcomer.account);
    if (creating->group.info.flags & GROUP_ACTIVE)
        notice_need(shard, creating->req->app, newcomer.account);
    creating->newcomers[creating->count++] = newcomer;
    return err;
}

static enum im_err find_members(struct shard *shard, struct creating *creating)
{
    const struct group_create_req *ask = creating->req->body;
    bool again = false;

    creating->newcomers =
        ARENA_ARRAY(&creating->req->arena, struct newcomer, ask->member_count + 1);
    creating->result->over_limit =
        ARENA_ARRAY(&creating->req->arena, struct span, ask->member_count + 1);
    if (creating->owner.v) {
        /* Rooms are no part of it. */
        if (!group_is_room(ask->type) && joined_enough(shard, creating, creating->owner))
            return IM_ERR_GROUP_JOINED_MAX;
        member_need(shard, &creating->group, creating->owner);
        creating->newcomers[creating->count++] =
            (struct newcomer){.account = creating->owner, .role = ROLE_OWNER};
    }
    for (uint32_t i = 0; i < ask->member_count; i++) {
        enum im_err err = add_member(shard, creating, &ask->members[i]);

        if (err && err != IM_AGAIN)
            return err;
        again |= err == IM_AGAIN;
    }
    return again || shard_missing(shard) ? IM_AGAIN : IM_OK;
}

/* ---- deciding ---- */

static uint8_t join_option_of(const struct group_create_req *ask)
{
    switch (ask->type) {
    case GROUP_PRIVATE:
        return JOIN_DISABLED;
    case GROUP_PUBLIC:
        return ask->join_option ? ask->join_option : JOIN_NEEDS_PERMISSION;
    case GROUP_COMMUNITY:
        return ask->join_option ? ask->join_option : JOIN_FREE;
    default:
        return JOIN_FREE;
    }
}

static uint8_t invite_option_of(const struct group_create_req *ask)
{
    if (group_is_room(ask->type))
        return JOIN_DISABLED;
    if (ask->invite_option)
        return ask->invite_option;
    return ask->type == GROUP_PRIVATE || ask->type == GROUP_COMMUNITY ? JOIN_FREE : JOIN_DISABLED;
}

static void describe(struct shard *shard, struct creating *creating)
{
    const struct group_create_req *ask = creating->req->body;
    struct group *group = &creating->group;

    *group = (struct group){.app = creating->req->app,
                            .no = {(creating->groups ? creating->groups->last_group : 0) + 1},
                            .name = ask->name,
                            .face = ask->face,
                            .introduction = ask->introduction,
                            .notification = ask->notification};
    group->info =
        (struct group_row){.created_us = shard_now_us(shard),
                           .created_s = ask->created_s ? ask->created_s : shard_now_s(shard),
                           .owner = creating->owner.v,
                           .max_members = ask->max_members,
                           .flags = (uint16_t)((ask->type == GROUP_PRIVATE ? 0 : GROUP_ACTIVE) |
                                               (ask->import ? GROUP_IMPORTED : 0)),
                           .type = ask->type,
                           .join_option = join_option_of(ask),
                           .invite_option = invite_option_of(ask)};
}

static enum im_err type_check(struct shard *shard, const struct request *req)
{
    const struct group_create_req *ask = req->body;

    if (ask->created_s > shard_now_s(shard))
        return IM_ERR_GROUP_PARAM;
    if (group_is_room(ask->type) && (ask->member_count || ask->import))
        return IM_ERR_GROUP_RIGHT;
    if (ask->type == GROUP_B_CHAT_ROOM && req->caller == CALLER_USER)
        return IM_ERR_GROUP_RIGHT;
    return IM_OK;
}

static enum im_err decide(struct shard *shard, struct creating *creating)
{
    struct request *req = creating->req;
    const struct group_create_req *ask = req->body;
    struct row_key key;
    const void *value;
    enum state_found found;
    enum im_err err = find_owner(shard, creating);

    if (err)
        return err;
    creating->actor = (struct group_actor){.is_app_admin = req->caller == CALLER_ADMIN,
                                           .account = req->account,
                                           .name = req->identifier,
                                           .role = ROLE_OWNER};
    usage_group_need(shard, req->app, (struct account_no){0});
    found = row_find(shard, row_key_app_groups(&key, req->app), &value, NULL);
    creating->caps =
        (struct create_caps){.groups = cap_of(shard, req->app, CAP_GROUPS),
                             .groups_per_account = cap_of(shard, req->app, CAP_GROUPS_PER_ACCOUNT),
                             .av_chat_rooms = cap_of(shard, req->app, CAP_AV_CHAT_ROOMS),
                             .b_chat_rooms = cap_of(shard, req->app, CAP_B_CHAT_ROOMS)};
    creating->group = (struct group){.app = req->app, .info.type = ask->type};
    group_member_cap(shard, &creating->group);
    if (found == STATE_UNKNOWN || shard_missing(shard))
        return IM_AGAIN;
    creating->groups = found == STATE_HIT ? value : NULL;
    describe(shard, creating);
    row_find(shard, row_key_group_list(&key, req->app, creating->group.no), &value, NULL);
    err = choose_id(shard, creating);
    if (err)
        return err;
    if (ask->field_count)
        err = fields_check(shard, req->app, FIELD_OF_GROUP, ask->fields, ask->field_count,
                           field_access_of(&creating->actor));
    if (err)
        return err;
    group_fields_need(shard, req->app, creating->group.no, ask->fields, ask->field_count);
    err = find_members(shard, creating);
    if (err)
        return err;
    if (creating->count > group_member_cap(shard, &creating->group))
        return group_full_error(shard, &creating->group);
    err = rooms_check(creating, ask->type);
    return err ? err : limits_check(shard, creating);
}

/* ---- doing it ---- */

static void emit_created(struct shard *shard, const struct creating *creating)
{
    const struct group *group = &creating->group;
    const struct span texts[] = {group->id, group->name, group->face, group->introduction,
                                 group->notification};
    struct fact_group_created *fact;
    size_t n = 0;
    char *at;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        n += texts[i].n;
    fact = fact_emit(shard, FACT_GROUP_CREATED, sizeof(*fact) + n);
    *fact = (struct fact_group_created){.app = group->app.v,
                                        .group = group->no.v,
                                        .owner = group->info.owner,
                                        .max_members = group->info.max_members,
                                        .created_s = group->info.created_s,
                                        .flags = group->info.flags,
                                        .type = group->info.type,
                                        .join_option = group->info.join_option,
                                        .invite_option = group->info.invite_option,
                                        .id_bytes = (uint8_t)group->id.n,
                                        .name_bytes = (uint8_t)group->name.n,
                                        .face_bytes = (uint8_t)group->face.n,
                                        .introduction_bytes = (uint16_t)group->introduction.n,
                                        .notification_bytes = (uint16_t)group->notification.n};
    at = (char *)(fact + 1);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].n)
            memcpy(at, texts[i].p, texts[i].n);
        at += texts[i].n;
    }
}

static void emit_fields(struct shard *shard, const struct creating *creating)
{
    const struct group_create_req *ask = creating->req->body;
    struct fact_group_changed *fact;

    if (!ask->field_count)
        return;
    fact = fact_emit(shard, FACT_GROUP_CHANGED, sizeof(*fact));
    *fact = (struct fact_group_changed){
        .app = creating->group.app.v, .group = creating->group.no.v, .mask = CHANGE_FIELDS};
    group_fields_emit(shard, creating->group.app, creating->group.no, ask->fields,
                      ask->field_count);
}

/* The creator's client knows; its other terminals see the group appear. */
static void tell(struct shard *shard, const struct creating *creating, struct newcomer *newcomers,
                 uint32_t count)
{
    const struct group *group = &creating->group;
    struct request *req = creating->req;
    const struct notice notice = notice_of(shard, group, NOTICE_INVITED, creating->actor.name);

    if (!(group->info.flags & GROUP_ACTIVE) || ((const struct group_create_req *)req->body)->import)
        return;
    for (uint32_t i = 0; i < count; i++) {
        if (newcomers[i].role != ROLE_OWNER)
            notice_send(shard, req, newcomers[i].account, &notice, NULL);
        else
            notice_push(shard, req, newcomers[i].account, &notice, req->session);
    }
}

static void emit_all(struct shard *shard, const struct creating *creating)
{
    const struct group_create_req *ask = creating->req->body;

    emit_created(shard, creating);
    emit_fields(shard, creating);
    for (uint32_t i = 0; i < creating->count; i += MEMBERS_A_RECORD) {
        uint32_t n =
            creating->count - i < MEMBERS_A_RECORD ? creating->count - i : MEMBERS_A_RECORD;

        members_join(shard, &creating->group, creating->newcomers + i, n, ask->import);
        tell(shard, creating, creating->newcomers + i, n);
        fact_commit(shard);
    }
}

enum im_err group_create(struct shard *shard, struct request *req)
{
    struct creating creating = {.req = req,
                                .result = ARENA_NEW(&req->arena, struct group_create_result)};
    enum im_err err = type_check(shard, req);

    if (!err)
        err = decide(shard, &creating);
    if (err)
        return err;
    if (shard_missing(shard))
        return IM_AGAIN;
    limits_warn(shard, &creating);
    emit_all(shard, &creating);
    creating.result->id = arena_copy(&req->arena, creating.group.id);
    req->result = creating.result;
    return IM_OK;
}
