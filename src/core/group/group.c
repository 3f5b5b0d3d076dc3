#include "core/group/group.h"

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/member.h"
#include "core/quota/entitlement.h"

#define RETENTION_S 604800u
/* What a group without any cap may have: account numbers are 32 bits. */
#define NO_CAP UINT32_MAX

/* ---- ids and names ---- */

bool group_id_valid(struct span id, bool own)
{
    static const char generated[] = "@TGS#";

    if (!id.n || id.n > GROUP_ID_MAX)
        return false;
    for (size_t i = 0; i < id.n; i++) {
        if (id.p[i] < 0x20 || id.p[i] > 0x7e)
            return false;
    }
    return !own || id.n < sizeof(generated) - 1 ||
           memcmp(id.p, generated, sizeof(generated) - 1) != 0;
}

static const char *const type_names[GROUP_TYPE_END] = {
    [GROUP_PRIVATE] = "Private",       [GROUP_PUBLIC] = "Public",
    [GROUP_CHAT_ROOM] = "ChatRoom",    [GROUP_AV_CHAT_ROOM] = "AVChatRoom",
    [GROUP_B_CHAT_ROOM] = "BChatRoom", [GROUP_COMMUNITY] = "Community",
};

uint8_t group_type_find(struct span name)
{
    for (uint8_t type = GROUP_PRIVATE; type < GROUP_TYPE_END; type++) {
        if (span_is(name, type_names[type]))
            return type;
    }
    if (span_is(name, "Work"))
        return GROUP_PRIVATE;
    return span_is(name, "Meeting") ? GROUP_CHAT_ROOM : 0;
}

const char *group_type_name(uint8_t type)
{
    CHECK(type && type < GROUP_TYPE_END);
    return type_names[type];
}

bool group_is_room(uint8_t type)
{
    return type == GROUP_AV_CHAT_ROOM || type == GROUP_B_CHAT_ROOM;
}

const char *group_role_name(uint8_t role)
{
    static const char *const names[] = {
        [ROLE_NONE] = "NotMember",
        [ROLE_MEMBER] = "Member",
        [ROLE_ADMIN] = "Admin",
        [ROLE_OWNER] = "Owner",
    };

    CHECK(role <= ROLE_OWNER);
    return names[role];
}

static bool name_find(const char *const *names, uint8_t count, struct span name, uint8_t *ret)
{
    for (uint8_t i = 0; i < count; i++) {
        if (names[i] && span_is(name, names[i])) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static const char *const option_names[] = {
    [OPTION_NOTIFY] = "AcceptAndNotify",
    [OPTION_DISCARD] = "Discard",
    [OPTION_NO_NOTIFY] = "AcceptNotNotify",
};

const char *group_option_name(uint8_t option)
{
    CHECK(option <= OPTION_NO_NOTIFY);
    return option_names[option];
}

bool group_option_find(struct span name, uint8_t *ret_option)
{
    return name_find(option_names, OPTION_NO_NOTIFY + 1, name, ret_option);
}

static const char *const join_names[] = {
    [JOIN_FREE] = "FreeAccess",
    [JOIN_NEEDS_PERMISSION] = "NeedPermission",
    [JOIN_DISABLED] = "DisableApply",
};

const char *group_join_option_name(uint8_t option)
{
    CHECK(option >= JOIN_FREE && option <= JOIN_DISABLED);
    return join_names[option];
}

bool group_join_option_find(struct span name, uint8_t *ret_option)
{
    if (span_is(name, "DisableInvite")) {
        *ret_option = JOIN_DISABLED;
        return true;
    }
    return name_find(join_names, JOIN_DISABLED + 1, name, ret_option);
}

/* ---- rows ---- */

static struct span take(const char **at, size_t n)
{
    struct span text = {*at, n};

    *at += n;
    return text;
}

/* Points into the row. */
static void texts_set(struct group *group, const struct group_row *row, size_t n)
{
    const char *at = (const char *)(row + 1);

    group->id = take(&at, row->id_bytes);
    group->name = take(&at, row->name_bytes);
    group->face = take(&at, row->face_bytes);
    group->introduction = take(&at, row->introduction_bytes);
    group->notification = take(&at, row->notification_bytes);
    CHECK(at <= (const char *)row + n);
}

enum im_err group_get(struct shard *shard, struct app_id app, struct group_no no, struct group *ret)
{
    struct row_key key;
    const void *value, *head;
    size_t n;
    enum state_found found = row_find(shard, row_key_group(&key, app, no), &value, &n);
    enum state_found head_found = row_find(shard, row_key_group_head(&key, app, no), &head, NULL);

    if (found == STATE_UNKNOWN || head_found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT || head_found == STATE_ABSENT)
        return IM_ERR_GROUP_NOT_FOUND;
    CHECK(n >= sizeof(ret->info));
    *ret = (struct group){.app = app, .no = no};
    memcpy(&ret->info, value, sizeof(ret->info));
    memcpy(&ret->head, head, sizeof(ret->head));
    texts_set(ret, value, n);
    return ret->info.flags & GROUP_DISSOLVED ? IM_ERR_GROUP_NOT_FOUND : IM_OK;
}

enum im_err group_find(struct shard *shard, struct app_id app, struct span id, struct group *ret)
{
    struct row_key key;
    const void *value;
    enum state_found found;

    if (!group_id_valid(id, false))
        return IM_ERR_GROUP_ID;
    found = row_find(shard, row_key_group_id(&key, app, id), &value, NULL);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_NOT_FOUND;
    return group_get(shard, app, (struct group_no){((const struct group_id_row *)value)->group},
                     ret);
}

/* ---- what holds for it ---- */

static uint8_t cap_of_type(uint8_t type)
{
    switch ((enum group_type)type) {
    case GROUP_PRIVATE:
        return CAP_MEMBERS_OF_PRIVATE;
    case GROUP_PUBLIC:
        return CAP_MEMBERS_OF_PUBLIC;
    case GROUP_AV_CHAT_ROOM:
        return CAP_MEMBERS_OF_AV_CHAT_ROOM;
    case GROUP_B_CHAT_ROOM:
        return CAP_MEMBERS_OF_B_CHAT_ROOM;
    case GROUP_CHAT_ROOM:
    case GROUP_COMMUNITY:
    case GROUP_TYPE_END:
        break;
    }
    return CAP_MEMBERS_OF_CHAT_ROOM;
}

/* What a type has where nothing is said (server-api §5.1). */
static uint64_t members_of_type(uint8_t type)
{
    switch ((enum group_type)type) {
    case GROUP_PRIVATE:
        return 200;
    case GROUP_PUBLIC:
        return 2000;
    case GROUP_CHAT_ROOM:
    case GROUP_COMMUNITY:
        return 10000;
    case GROUP_AV_CHAT_ROOM:
    case GROUP_B_CHAT_ROOM:
    case GROUP_TYPE_END:
        break;
    }
    return NO_CAP;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint32_t group_member_cap(struct shard *shard, const struct group *group)
{
    uint64_t cap = cap_of(shard, group->app, cap_of_type(group->info.type));

    if (cap == PLAN_UNLIMITED)
        cap = members_of_type(group->info.type);
    if (group->info.max_members)
        cap = less(cap, group->info.max_members);
    return (uint32_t)less(cap, NO_CAP);
}

enum im_err group_full_error(struct shard *shard, const struct group *group)
{
    uint32_t cap = group_member_cap(shard, group), max = group->info.max_members;

    return cap >= members_of_type(group->info.type) || (max && cap >= max)
               ? IM_ERR_GROUP_FULL
               : IM_ERR_GROUP_MEMBERS_PLAN;
}

uint64_t group_retention_s(struct shard *shard, struct app_id app)
{
    (void)shard, (void)app;
    return RETENTION_S;
}

/* ---- who acts ---- */

enum im_err group_actor_find(struct shard *shard, const struct request *req,
                             const struct group *group, struct group_actor *ret)
{
    const struct member_row *row;
    enum state_found found = STATE_HIT;

    *ret = (struct group_actor){.is_app_admin = req->caller == CALLER_ADMIN,
                                .account = req->account,
                                .name = req->identifier};
    if (ret->is_app_admin) {
        ret->account.v = 0;
        found = account_find(shard, req->app, req->identifier, &ret->account);
    }
    if (found == STATE_HIT)
        found = member_find(shard, group, ret->account, &row);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_HIT)
        ret->role = row->role;
    return IM_OK;
}
