/* Bans of live rooms. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/group/ban.h"
#include "support/room_fixture.h"

#define SERVICE "group_open_http_svc."
#define BAN SERVICE "ban_group_member"
#define UNBAN SERVICE "unban_group_member"
#define BANNED SERVICE "get_group_ban_member"

#define BAN_JSON                                                             \
    "{\"GroupId\":\"" ROOM_ID "\",\"Members_Account\":[%s],\"Duration\":%u," \
    "\"Description\":\"enough\"}"

static enum im_err ban(struct shard_fixture *f, int terminal, const char *names, unsigned seconds)
{
    if (terminal < 0)
        fixture_admin(f, BAN, BAN_JSON, names, seconds);
    else
        fixture_user(f, terminal, BAN, BAN_JSON, names, seconds);
    return f->err;
}

static void same_after_restart(struct shard_fixture *f)
{
    uint64_t digest = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
}

TEST(who_is_banned_is_put_out_and_comes_back_after_the_end)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);

    room_enter(f, anna);
    room_enter(f, ben);
    fixture_forget(f);
    assert_int_equal(ban(f, -1, "\"ben\"", 60), IM_OK);
    assert_int_equal(fixture_pushed(f, ben, "\"ReportType\":4"), 1);
    assert_int_equal(fixture_pushed(f, ben, "enough"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":3"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":4"), 0);
    assert_int_equal(room_count(f), 1);
    assert_int_equal(room_speak(f, ben, "x"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(room_enter(f, ben), IM_ERR_GROUP_RIGHT);
    fixture_advance(f, 59);
    assert_int_equal(room_enter(f, ben), IM_ERR_GROUP_RIGHT);
    fixture_advance(f, 1);
    assert_int_equal(room_enter(f, ben), IM_OK);
    same_after_restart(f);
    fixture_free(f);
}

TEST(who_is_offline_does_not_come_back_by_its_a2)
{
    struct shard_fixture *f = room_fixture();
    int ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct a2_claims a2 = room_a2(f, ben);

    room_enter(f, ben);
    room_drop(f, ben);
    assert_int_equal(ban(f, -1, "\"ben\"", 60), IM_OK);
    room_return(f, "ben", a2);
    assert_int_equal(room_count(f), 0);
    same_after_restart(f);
    fixture_free(f);
}

TEST(bans_are_listed_until_they_end_or_are_lifted)
{
    struct shard_fixture *f = room_fixture();

    assert_int_equal(ban(f, -1, "\"anna\",\"ben\"", 60), IM_OK);
    assert_int_equal(ban(f, -1, "\"carl\"", 10), IM_OK);
    fixture_admin(f, BANNED, "{\"GroupId\":\"" ROOM_ID "\",\"Limit\":2,\"Offset\":0}");
    assert_int_equal(fixture_count(f, "BannedAccountList"), 2);
    assert_string_equal(fixture_text(f, "BannedAccountList.0.Member_Account"), "anna");
    assert_int_equal(fixture_number(f, "BannedAccountList.0.BannedUntil"), fixture_now(f) + 60);
    assert_int_equal(fixture_number(f, "NextOffset"), 2);
    fixture_admin(f, BANNED, "{\"GroupId\":\"" ROOM_ID "\",\"Limit\":2,\"Offset\":2}");
    assert_int_equal(fixture_count(f, "BannedAccountList"), 1);
    assert_int_equal(fixture_number(f, "NextOffset"), 0);
    fixture_admin(f, UNBAN,
                  "{\"GroupId\":\"" ROOM_ID "\",\"Members_Account\":[\"anna\",\"olga\",\"who\"]}");
    assert_int_equal(f->err, IM_OK);
    fixture_advance(f, 10);
    fixture_admin(f, BANNED, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "BannedAccountList"), 1);
    assert_string_equal(fixture_text(f, "BannedAccountList.0.Member_Account"), "ben");
    same_after_restart(f);
    fixture_free(f);
}

TEST(the_owner_bans_and_is_not_banned)
{
    struct shard_fixture *f = room_fixture();
    int olga = fixture_login(f, "olga", PLATFORM_WEB),
        anna = fixture_login(f, "anna", PLATFORM_WEB);

    room_enter(f, anna);
    assert_int_equal(ban(f, anna, "\"ben\"", 60), IM_ERR_GROUP_RIGHT);
    assert_int_equal(ban(f, anna, "\"nobody\"", 60), IM_ERR_GROUP_RIGHT);
    assert_int_equal(ban(f, olga, "\"ben\"", 60), IM_OK);
    assert_int_equal(ban(f, -1, "\"olga\"", 60), IM_ERR_GROUP_RIGHT);
    assert_int_equal(ban(f, -1, "\"carl\",\"nobody\"", 60), IM_ERR_GROUP_ACCOUNT);
    fixture_user(f, anna, BANNED, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_admin(f, BANNED, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "BannedAccountList"), 1);
    same_after_restart(f);
    fixture_free(f);
}

TEST(bans_have_limits)
{
    struct shard_fixture *f = room_fixture();
    char names[1024] = "", text[1200];
    size_t n = 0;

    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof(text), "user%d", i);
        fixture_account(f, text);
        n += (size_t)snprintf(names + n, sizeof(names) - n, "%s\"user%d\"", i ? "," : "", i);
    }
    assert_int_equal(ban(f, -1, names, 60), IM_OK);
    fixture_admin(f, BANNED, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "BannedAccountList"), 20);
    snprintf(names + n, sizeof(names) - n, ",\"anna\"");
    assert_int_equal(ban(f, -1, names, 60), IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    assert_int_equal(ban(f, -1, "\"anna\"", 0), IM_ERR_GROUP_PARAM);
    memset(text, 'x', 1001);
    text[1001] = 0;
    fixture_admin(f, BAN,
                  "{\"GroupId\":\"" ROOM_ID "\",\"Members_Account\":[\"anna\"],\"Duration\":5,"
                  "\"Description\":\"%s\"}",
                  text);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, BAN,
                  "{\"GroupId\":\"" ROOM_ID "\",\"Members_Account\":[\"anna\"],\"Duration\":5,"
                  "\"Description\":\"%s\"}",
                  text + 1);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(ban(f, -1, "\"anna\"", 4294967295u), IM_OK);
    fixture_admin(f, BANNED, "{\"GroupId\":\"" ROOM_ID "\",\"Limit\":101}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    same_after_restart(f);
    fixture_free(f);
}

TEST(only_live_rooms_have_bans)
{
    struct shard_fixture *f = room_fixture();

    fixture_admin(f, SERVICE "create_group",
                  "{\"Type\":\"Public\",\"Name\":\"P\",\"GroupId\":\"pub\",\"Owner_Account\":"
                  "\"olga\"}");
    fixture_admin(f, BAN, "{\"GroupId\":\"pub\",\"Members_Account\":[\"anna\"],\"Duration\":5}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(a_plan_may_be_without_bans)
{
    static const struct plan_edit edits[] = {
        {"id", "\"plain\""}, {"services.room_bans", "false"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);

    assert_int_equal(ban(f, -1, "\"anna\"", 5), IM_ERR_GROUP_PLAN);
    fixture_admin(f, BANNED, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PLAN);
    fixture_free(f);
}

TEST(ended_bans_are_swept_by_later_ones)
{
    struct shard_fixture *f = room_fixture();
    uint64_t before;

    before = fixture_digest(f);
    assert_int_equal(ban(f, -1, "\"anna\",\"ben\"", 5), IM_OK);
    assert_int_not_equal(fixture_digest(f), before);
    fixture_advance(f, 6);
    assert_int_equal(ban(f, -1, "\"carl\"", 5), IM_OK);
    fixture_admin(f, UNBAN, "{\"GroupId\":\"" ROOM_ID "\",\"Members_Account\":[\"carl\"]}");
    same_after_restart(f);
    fixture_free(f);
}

TEST(bans_in_any_order_of_loads_hold)
{
    struct shard_fixture *f = room_fixture();
    int ben = fixture_login(f, "ben", PLATFORM_WEB);

    room_enter(f, ben);
    fixture_checkpoint(f);
    fixture_restart(f);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    f->shuffle = true;
    fixture_post(f, ben, SERVICE "apply_join_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    fixture_post(f, -1, BAN,
                 "{\"GroupId\":\"" ROOM_ID "\",\"Members_Account\":[\"ben\"],\"Duration\":50}");
    fixture_post(f, ben, SERVICE "apply_join_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    fixture_drain(f);
    f->shuffle = false;
    assert_int_equal(room_enter(f, ben), IM_ERR_GROUP_RIGHT);
    assert_int_equal(room_count(f), 0);
    same_after_restart(f);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(who_is_banned_is_put_out_and_comes_back_after_the_end),
                     T(who_is_offline_does_not_come_back_by_its_a2),
                     T(bans_are_listed_until_they_end_or_are_lifted),
                     T(the_owner_bans_and_is_not_banned), T(bans_have_limits),
                     T(only_live_rooms_have_bans), T(a_plan_may_be_without_bans),
                     T(ended_bans_are_swept_by_later_ones), T(bans_in_any_order_of_loads_hold));
}
