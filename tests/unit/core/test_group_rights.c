/* Who may do what in which type of group: the matrix of server-api §5.1 and §5.2, cell by cell,
   written here once more as the documents tell it. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/group/group.h"

#define YES IM_OK
#define NO IM_ERR_GROUP_RIGHT

/* Of somebody who is no member, a member, an administrator, the owner, the app's administrator. */
enum { ACTORS = 5 };

struct expected {
    enum group_action action;
    enum im_err of[GROUP_TYPE_END - 1][ACTORS]; /* by type, from GROUP_PRIVATE */
};

#define NOBODY             \
    {                      \
        NO, NO, NO, NO, NO \
    }
#define APP_ADMIN           \
    {                       \
        NO, NO, NO, NO, YES \
    }
#define OWNER_UP             \
    {                        \
        NO, NO, NO, YES, YES \
    }
#define ADMIN_UP              \
    {                         \
        NO, NO, YES, YES, YES \
    }
#define MEMBER_UP              \
    {                          \
        NO, YES, YES, YES, YES \
    }
#define ALL                     \
    {                           \
        YES, YES, YES, YES, YES \
    }
#define NO_KICKS                                                                        \
    {                                                                                   \
        IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM                                                          \
    }
/* An owner must hand the group over or dissolve it. */
#define QUIT_BUT_OWNER                              \
    {                                               \
        NO, YES, YES, IM_ERR_GROUP_OWNER_QUITS, YES \
    }
#define QUIT_ROOM                                    \
    {                                                \
        YES, YES, YES, IM_ERR_GROUP_OWNER_QUITS, YES \
    }

/* Private, Public, ChatRoom, AVChatRoom, BChatRoom, Community. */
static const struct expected matrix[] = {
    {ACTION_READ, {MEMBER_UP, MEMBER_UP, MEMBER_UP, ALL, ALL, MEMBER_UP}},
    {ACTION_SEND, {MEMBER_UP, MEMBER_UP, MEMBER_UP, ALL, APP_ADMIN, MEMBER_UP}},
    {ACTION_EDIT_INFO, {MEMBER_UP, ADMIN_UP, ADMIN_UP, OWNER_UP, APP_ADMIN, ADMIN_UP}},
    {ACTION_INVITE, {MEMBER_UP, APP_ADMIN, APP_ADMIN, NOBODY, NOBODY, MEMBER_UP}},
    {ACTION_APPROVE, {OWNER_UP, ADMIN_UP, ADMIN_UP, NOBODY, NOBODY, ADMIN_UP}},
    {ACTION_KICK, {OWNER_UP, ADMIN_UP, ADMIN_UP, NO_KICKS, NO_KICKS, ADMIN_UP}},
    {ACTION_MUTE, {NOBODY, ADMIN_UP, ADMIN_UP, ADMIN_UP, NOBODY, ADMIN_UP}},
    {ACTION_SET_ADMIN, {NOBODY, OWNER_UP, OWNER_UP, NOBODY, NOBODY, OWNER_UP}},
    {ACTION_TRANSFER, {OWNER_UP, OWNER_UP, OWNER_UP, NOBODY, NOBODY, OWNER_UP}},
    {ACTION_DISSOLVE, {APP_ADMIN, OWNER_UP, OWNER_UP, OWNER_UP, APP_ADMIN, OWNER_UP}},
    {ACTION_QUIT,
     {MEMBER_UP, QUIT_BUT_OWNER, QUIT_BUT_OWNER, QUIT_ROOM, QUIT_ROOM, QUIT_BUT_OWNER}},
    {ACTION_RECALL_OTHERS, {OWNER_UP, ADMIN_UP, ADMIN_UP, ADMIN_UP, APP_ADMIN, ADMIN_UP}},
    {ACTION_ATTRIBUTES, {MEMBER_UP, MEMBER_UP, MEMBER_UP, ALL, APP_ADMIN, MEMBER_UP}},
};

static struct group group_of(uint8_t type)
{
    struct group group = {.app = {1}, .no = {1}};

    group.info.type = type;
    group.info.invite_option =
        type == GROUP_PRIVATE || type == GROUP_COMMUNITY ? JOIN_FREE : JOIN_DISABLED;
    return group;
}

static struct group_actor actor_of(unsigned i)
{
    static const uint8_t roles[ACTORS] = {ROLE_NONE, ROLE_MEMBER, ROLE_ADMIN, ROLE_OWNER,
                                          ROLE_NONE};

    return (struct group_actor){
        .is_app_admin = i == ACTORS - 1, .account = {i + 1}, .role = roles[i]};
}

TEST(every_action_of_every_role_in_every_type)
{
    assert_int_equal(sizeof(matrix) / sizeof(matrix[0]), ACTION_COUNT);
    for (size_t a = 0; a < ACTION_COUNT; a++) {
        for (uint8_t type = GROUP_PRIVATE; type < GROUP_TYPE_END; type++) {
            for (unsigned i = 0; i < ACTORS; i++) {
                struct group group = group_of(type);
                struct group_actor actor = actor_of(i);
                enum im_err expected = matrix[a].of[type - 1][i];
                enum im_err err = group_may(&group, &actor, matrix[a].action);

                if (err != expected)
                    fail_msg("action %d, %s, actor %u: %d, not %d", matrix[a].action,
                             group_type_name(type), i, err, expected);
            }
        }
    }
}

TEST(a_group_may_open_itself_for_invitations_by_members)
{
    static const uint8_t types[] = {GROUP_PUBLIC, GROUP_CHAT_ROOM};

    for (size_t i = 0; i < sizeof(types); i++) {
        struct group group = group_of(types[i]);
        struct group_actor member = actor_of(1), stranger = actor_of(0);

        assert_int_equal(group_may(&group, &member, ACTION_INVITE), IM_ERR_GROUP_RIGHT);
        group.info.invite_option = JOIN_FREE;
        assert_int_equal(group_may(&group, &member, ACTION_INVITE), IM_OK);
        group.info.invite_option = JOIN_NEEDS_PERMISSION;
        assert_int_equal(group_may(&group, &member, ACTION_INVITE), IM_OK);
        assert_int_equal(group_may(&group, &stranger, ACTION_INVITE), IM_ERR_GROUP_RIGHT);
    }
}

TEST(no_invitation_opens_a_room)
{
    for (uint8_t type = GROUP_AV_CHAT_ROOM; type <= GROUP_B_CHAT_ROOM; type++) {
        struct group group = group_of(type);
        struct group_actor app_admin = actor_of(4);

        group.info.invite_option = JOIN_FREE;
        assert_int_equal(group_may(&group, &app_admin, ACTION_INVITE), IM_ERR_GROUP_RIGHT);
    }
}

TEST(an_administrator_of_the_app_that_owns_a_group_cannot_quit_it_either)
{
    struct group group = group_of(GROUP_PUBLIC);
    struct group_actor actor = {.is_app_admin = true, .account = {1}, .role = ROLE_OWNER};

    assert_int_equal(group_may(&group, &actor, ACTION_QUIT), IM_ERR_GROUP_OWNER_QUITS);
}

/* ---- names ---- */

TEST(types_have_the_names_of_both_eras)
{
    static const char *const names[] = {"Private",    "Public",    "ChatRoom",
                                        "AVChatRoom", "BChatRoom", "Community"};

    for (uint8_t type = GROUP_PRIVATE; type < GROUP_TYPE_END; type++) {
        assert_int_equal(group_type_find(span_of(names[type - 1])), type);
        assert_string_equal(group_type_name(type), names[type - 1]);
        assert_int_equal(group_is_room(type),
                         type == GROUP_AV_CHAT_ROOM || type == GROUP_B_CHAT_ROOM);
    }
    assert_int_equal(group_type_find(SPAN_LIT("Work")), GROUP_PRIVATE);
    assert_int_equal(group_type_find(SPAN_LIT("Meeting")), GROUP_CHAT_ROOM);
    assert_int_equal(group_type_find(SPAN_LIT("private")), 0);
    assert_int_equal(group_type_find(SPAN_LIT("Publi")), 0);
    assert_int_equal(group_type_find(SPAN_LIT("")), 0);
}

TEST(roles_and_options_have_their_public_names)
{
    uint8_t option = 99;

    assert_string_equal(group_role_name(ROLE_NONE), "NotMember");
    assert_string_equal(group_role_name(ROLE_MEMBER), "Member");
    assert_string_equal(group_role_name(ROLE_ADMIN), "Admin");
    assert_string_equal(group_role_name(ROLE_OWNER), "Owner");
    for (uint8_t i = OPTION_NOTIFY; i <= OPTION_NO_NOTIFY; i++) {
        assert_true(group_option_find(span_of(group_option_name(i)), &option));
        assert_int_equal(option, i);
    }
    for (uint8_t i = JOIN_FREE; i <= JOIN_DISABLED; i++) {
        assert_true(group_join_option_find(span_of(group_join_option_name(i)), &option));
        assert_int_equal(option, i);
    }
    assert_true(group_join_option_find(SPAN_LIT("DisableInvite"), &option));
    assert_int_equal(option, JOIN_DISABLED);
    assert_false(group_join_option_find(SPAN_LIT("Free"), &option));
    assert_false(group_join_option_find(SPAN_LIT(""), &option));
    assert_false(group_option_find(SPAN_LIT("AcceptNothing"), &option));
}

/* ---- ids ---- */

TEST(an_id_is_up_to_48_printable_characters)
{
    char id[GROUP_ID_MAX + 1];

    memset(id, '~', sizeof(id));
    assert_true(group_id_valid((struct span){id, GROUP_ID_MAX}, true));
    assert_false(group_id_valid((struct span){id, GROUP_ID_MAX + 1}, true));
    assert_false(group_id_valid((struct span){id, 0}, true));
    assert_true(group_id_valid(SPAN_LIT("a b"), true));
    assert_false(group_id_valid(SPAN_LIT("a\x1f"), true));
    assert_false(group_id_valid(SPAN_LIT("a\x7f"), true));
    assert_false(group_id_valid(SPAN_LIT("\xe7\xbe\xa4"), true));
}

TEST(ids_that_look_generated_are_for_the_server_alone)
{
    assert_false(group_id_valid(SPAN_LIT("@TGS#"), true));
    assert_false(group_id_valid(SPAN_LIT("@TGS#1ABC"), true));
    assert_false(group_id_valid(SPAN_LIT("@TGS#_1ABC"), true));
    assert_true(group_id_valid(SPAN_LIT("@TGS#1ABC"), false));
    assert_true(group_id_valid(SPAN_LIT("@TGS"), true));
    assert_true(group_id_valid(SPAN_LIT("x@TGS#"), true));
}

int main(void)
{
    return RUN_TESTS(
        T(every_action_of_every_role_in_every_type),
        T(a_group_may_open_itself_for_invitations_by_members), T(no_invitation_opens_a_room),
        T(an_administrator_of_the_app_that_owns_a_group_cannot_quit_it_either),
        T(types_have_the_names_of_both_eras), T(roles_and_options_have_their_public_names),
        T(an_id_is_up_to_48_printable_characters),
        T(ids_that_look_generated_are_for_the_server_alone));
}
