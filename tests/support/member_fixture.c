#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/member_fixture.h"

void members_create(struct shard_fixture *f, const char *id, const char *type, const char *more)
{
    fixture_admin(f, GROUPS "create_group",
                  "{\"Type\":\"%s\",\"Name\":\"Group\",\"GroupId\":\"%s\","
                  "\"Owner_Account\":\"olga\"%s}",
                  type, id, more);
    if (f->err)
        fail_msg("%s", f->text);
}

struct shard_fixture *members_fixture(void)
{
    static const char *const names[] = {"olga", "anna", "ben", "carl", "dora"};
    struct shard_fixture *f = fixture_new(1 << 20);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fixture_account(f, names[i]);
    return f;
}

/* u0, u1, ... */
void members_accounts(struct shard_fixture *f, uint32_t count)
{
    char list[4096];

    for (uint32_t i = 0; i < count; i += 100) {
        size_t n = 0;

        for (uint32_t j = i; j < i + 100 && j < count; j++)
            n += (size_t)snprintf(list + n, sizeof(list) - n, "%s\"u%u\"", j > i ? "," : "", j);
        if (i % 1000 == 900)
            fixture_advance(f, 1); /* calls a second */
        fixture_admin(f, "im_open_login_svc.multiaccount_import", "{\"Accounts\":[%s]}", list);
        assert_int_equal(f->err, IM_OK);
    }
}

/* `format` of u<i> for each of `count`, joined by commas. */
char *members_many(const char *before, const char *after, uint32_t first, uint32_t count)
{
    size_t room = (strlen(before) + strlen(after) + 16) * count + 1, n = 0;
    char *list = malloc(room);

    list[0] = 0;
    for (uint32_t i = 0; i < count; i++)
        n += (size_t)snprintf(list + n, room - n, "%s%su%u%s", i ? "," : "", before, first + i,
                              after);
    return list;
}

enum im_err members_add(struct shard_fixture *f, int terminal, const char *id, const char *names)
{
    char list[1024];
    size_t n = 0;

    for (const char *at = names; *at;) {
        size_t length = strcspn(at, " ");

        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s{\"Member_Account\":\"%.*s\"}",
                              n ? "," : "", (int)length, at);
        at += length + (at[length] == ' ');
    }
    if (terminal < 0)
        fixture_admin(f, GROUPS "add_group_member", "{\"GroupId\":\"%s\",\"MemberList\":[%s]}", id,
                      list);
    else
        fixture_user(f, terminal, GROUPS "add_group_member",
                     "{\"GroupId\":\"%s\",\"Silence\":0,\"MemberList\":[%s]}", id, list);
    return f->err;
}

/* The results of the last add, as digits. */
const char *members_results(struct shard_fixture *f)
{
    static char text[64];
    size_t count = fixture_count(f, "MemberList");

    assert_true(count < sizeof(text));
    for (size_t i = 0; i < count; i++) {
        char path[48];

        snprintf(path, sizeof(path), "MemberList.%zu.Result", i);
        text[i] = (char)('0' + fixture_number(f, path));
    }
    text[count] = 0;
    return text;
}

enum im_err members_kick(struct shard_fixture *f, int terminal, const char *id, const char *list,
                         const char *more)
{
    if (terminal < 0)
        fixture_admin(f, GROUPS "delete_group_member",
                      "{\"GroupId\":\"%s\",\"MemberToDel_Account\":[%s]%s}", id, list, more);
    else
        fixture_user(f, terminal, GROUPS "delete_group_member",
                     "{\"GroupId\":\"%s\",\"MemberToDel_Account\":[%s]%s}", id, list, more);
    return f->err;
}

enum im_err members_modify(struct shard_fixture *f, int terminal, const char *id, const char *who,
                           const char *what)
{
    if (terminal < 0)
        fixture_admin(f, GROUPS "modify_group_member_info",
                      "{\"GroupId\":\"%s\",\"Member_Account\":\"%s\",%s}", id, who, what);
    else
        fixture_user(f, terminal, GROUPS "modify_group_member_info",
                     "{\"GroupId\":\"%s\",\"Member_Account\":\"%s\",%s}", id, who, what);
    return f->err;
}

enum im_err members_mute(struct shard_fixture *f, const char *id, const char *list,
                         const char *time)
{
    fixture_admin(f, GROUPS "forbid_send_msg",
                  "{\"GroupId\":\"%s\",\"Members_Account\":[%s],\"ShutUpTime\":%s}", id, list,
                  time);
    return f->err;
}

enum im_err members_own(struct shard_fixture *f, int terminal, const char *id, const char *who)
{
    if (terminal < 0)
        fixture_admin(f, GROUPS "change_group_owner",
                      "{\"GroupId\":\"%s\",\"NewOwner_Account\":\"%s\"}", id, who);
    else
        fixture_user(f, terminal, GROUPS "change_group_owner",
                     "{\"GroupId\":\"%s\",\"NewOwner_Account\":\"%s\"}", id, who);
    return f->err;
}

const char *members_role(struct shard_fixture *f, const char *id, const char *account)
{
    fixture_admin(f, GROUPS "get_role_in_group", "{\"GroupId\":\"%s\",\"User_Account\":[\"%s\"]}",
                  id, account);
    assert_int_equal(f->err, IM_OK);
    return fixture_text(f, "UserIdList.0.Role");
}

/* Loads what is shown of one member: MemberList.0. */
void members_look(struct shard_fixture *f, const char *id, const char *account)
{
    fixture_admin(f, GROUPS "get_specified_group_member_info",
                  "{\"GroupId\":\"%s\",\"Member_List_Account\":[\"%s\"]}", id, account);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "MemberList"), 1);
}

uint64_t members_count(struct shard_fixture *f, const char *id)
{
    fixture_admin(f, GROUPS "get_group_member_info", "{\"GroupId\":\"%s\",\"Limit\":1}", id);
    assert_int_equal(f->err, IM_OK);
    return fixture_number(f, "MemberNum");
}

void members_same_after_restart(struct shard_fixture *f)
{
    uint64_t digest = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    fixture_checkpoint(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
}

void members_say(struct shard_fixture *f, const char *id)
{
    fixture_admin(f, GROUPS "send_group_msg",
                  "{\"GroupId\":\"%s\",\"From_Account\":\"olga\",\"Random\":%u,\"MsgBody\":[{"
                  "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"x\"}}]}",
                  id, ++f->seq);
    assert_int_equal(f->err, IM_OK);
}
