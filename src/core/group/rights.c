/* The matrix of server-api §5.1 and §5.2 as a table: the lowest role that may, by type. */
#include "base/check.h"
#include "core/group/group.h"

enum {
    ANYONE = ROLE_NONE, /* also who is no member; rooms keep members in memory only */
    MEMBER = ROLE_MEMBER,
    ADMIN = ROLE_ADMIN,
    OWNER = ROLE_OWNER,
    APP = ROLE_OWNER + 1, /* administrators of the app */
    NEVER = ROLE_OWNER + 2,
};

static const uint8_t lowest_role[ACTION_COUNT][GROUP_TYPE_END] = {
    /*                        -      Private Public ChatRoom AVChatRoom BChatRoom Community */
    [ACTION_READ] = {NEVER, MEMBER, MEMBER, MEMBER, ANYONE, ANYONE, MEMBER},
    [ACTION_SEND] = {NEVER, MEMBER, MEMBER, MEMBER, ANYONE, APP, MEMBER},
    [ACTION_EDIT_INFO] = {NEVER, MEMBER, ADMIN, ADMIN, OWNER, APP, ADMIN},
    [ACTION_INVITE] = {NEVER, MEMBER, APP, APP, NEVER, NEVER, MEMBER},
    [ACTION_APPROVE] = {NEVER, OWNER, ADMIN, ADMIN, NEVER, NEVER, ADMIN},
    [ACTION_KICK] = {NEVER, OWNER, ADMIN, ADMIN, NEVER, NEVER, ADMIN},
    [ACTION_MUTE] = {NEVER, NEVER, ADMIN, ADMIN, ADMIN, NEVER, ADMIN},
    [ACTION_SET_ADMIN] = {NEVER, NEVER, OWNER, OWNER, NEVER, NEVER, OWNER},
    [ACTION_TRANSFER] = {NEVER, OWNER, OWNER, OWNER, NEVER, NEVER, OWNER},
    [ACTION_DISSOLVE] = {NEVER, APP, OWNER, OWNER, OWNER, APP, OWNER},
    [ACTION_QUIT] = {NEVER, MEMBER, MEMBER, MEMBER, ANYONE, ANYONE, MEMBER},
    [ACTION_RECALL_OTHERS] = {NEVER, OWNER, ADMIN, ADMIN, ADMIN, APP, ADMIN},
    /* Voice rooms keep their seats in attributes, written by whoever sits down. */
    [ACTION_ATTRIBUTES] = {NEVER, MEMBER, MEMBER, MEMBER, ANYONE, APP, MEMBER},
};

static uint8_t needed(const struct group *group, enum group_action action)
{
    uint8_t role = lowest_role[action][group->info.type];

    /* A group may open itself for invitations by its members (InviteJoinOption, later era). */
    if (action == ACTION_INVITE && role == APP &&
        (group->info.invite_option == JOIN_FREE ||
         group->info.invite_option == JOIN_NEEDS_PERMISSION))
        return MEMBER;
    return role;
}

static enum im_err refusal(const struct group *group, enum group_action action)
{
    return action == ACTION_KICK && group_is_room(group->info.type) ? IM_ERR_GROUP_PARAM
                                                                    : IM_ERR_GROUP_RIGHT;
}

enum im_err group_may(const struct group *group, const struct group_actor *actor,
                      enum group_action action)
{
    uint8_t role = actor->is_app_admin ? APP : actor->role;

    CHECK(action < ACTION_COUNT && group->info.type < GROUP_TYPE_END);
    if (role < needed(group, action))
        return refusal(group, action);
    if (action == ACTION_QUIT && actor->role == ROLE_OWNER && group->info.type != GROUP_PRIVATE)
        return IM_ERR_GROUP_OWNER_QUITS;
    return IM_OK;
}
