/* Live rooms: who comes, goes, comes back, and what they hear. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/group/rows.h"
#include "support/room_fixture.h"

#define SERVICE "group_open_http_svc."
#define ROOMS "group_open_avchatroom_http_svc."

static void same_after_restart(struct shard_fixture *f)
{
    uint64_t digest = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
}

/* ---- coming and going ---- */

TEST(who_joins_gets_what_is_said_by_pushes_and_no_key)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);

    assert_int_equal(room_enter(f, anna), IM_OK);
    assert_int_equal(fixture_number(f, "HugeGroupFlag"), 1);
    assert_true(fixture_text(f, "AVChatRoomKey")[0]);
    assert_int_equal(fixture_at(f, "LongPollingKey").type, JSON_NONE);
    assert_int_equal(room_enter(f, ben), IM_OK);
    fixture_forget(f);
    assert_int_equal(room_speak(f, anna, "hello"), IM_OK);
    assert_int_equal(fixture_number(f, "MsgSeq"), 1);
    assert_int_equal(fixture_pushed(f, ben, "hello"), 1);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_client_without_pushes_gets_a_key)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);

    fixture_user(f, anna, SERVICE "apply_join_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(f->err, IM_OK);
    assert_true(fixture_text(f, "LongPollingKey")[0]);
    fixture_free(f);
}

TEST(who_is_not_in_the_room_neither_speaks_nor_hears)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);

    assert_int_equal(room_speak(f, ben, "x"), IM_ERR_GROUP_RIGHT);
    room_enter(f, anna);
    room_enter(f, ben);
    assert_int_equal(room_leave(f, ben), IM_OK);
    assert_int_equal(room_leave(f, ben), IM_OK);
    fixture_forget(f);
    assert_int_equal(room_speak(f, anna, "hello"), IM_OK);
    assert_int_equal(fixture_pushed(f, ben, "hello"), 0);
    assert_int_equal(room_speak(f, ben, "x"), IM_ERR_GROUP_RIGHT);
    same_after_restart(f);
    fixture_free(f);
}

TEST(newcomers_get_the_last_messages)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    char text[24];

    room_enter(f, anna);
    for (int i = 1; i <= 22; i++) {
        snprintf(text, sizeof(text), "text %d", i);
        assert_int_equal(room_speak(f, anna, text), IM_OK);
        fixture_advance(f, 1);
    }
    room_enter(f, ben);
    assert_int_equal(fixture_count(f, "RspMsgList"), 20);
    assert_int_equal(fixture_number(f, "RspMsgList.0.Event"), 3);
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgSeq"), 3);
    assert_string_equal(fixture_text(f, "RspMsgList.19.MsgBody.0.MsgContent.Text"), "text 22");
    fixture_free(f);
}

TEST(an_account_counts_once_and_leaves_with_its_last_terminal)
{
    struct shard_fixture *f = room_fixture();
    int web, phone, ben = fixture_login(f, "ben", PLATFORM_WEB);

    fixture_limit(f, "multi_terminal", 1);
    web = fixture_login(f, "anna", PLATFORM_WEB);
    phone = fixture_login(f, "anna", PLATFORM_IPHONE);
    room_enter(f, ben);
    fixture_forget(f);
    room_enter(f, web);
    assert_int_equal(fixture_pushed(f, ben, "\"OpType\":1"), 1);
    assert_int_equal(fixture_pushed(f, ben, "\"OnlineMemberNum\":2"), 1);
    room_enter(f, phone);
    assert_int_equal(fixture_pushed(f, ben, "\"OpType\":1"), 1);
    assert_int_equal(room_count(f), 2);
    room_leave(f, web);
    assert_int_equal(fixture_pushed(f, ben, "\"OpType\":2"), 0);
    assert_int_equal(room_count(f), 2);
    room_leave(f, phone);
    assert_int_equal(fixture_pushed(f, ben, "\"OpType\":2"), 1);
    assert_int_equal(room_count(f), 1);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_full_room_takes_nobody_more)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);

    fixture_admin(f, SERVICE "modify_group_base_info",
                  "{\"GroupId\":\"" ROOM_ID "\",\"MaxMemberNum\":1}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(room_enter(f, anna), IM_OK);
    assert_int_equal(room_enter(f, ben), IM_ERR_GROUP_FULL);
    fixture_free(f);
}

/* ---- what outlives a socket and a boot ---- */

TEST(a_dropped_socket_keeps_the_place_for_the_terminal_that_comes_back)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct a2_claims a2 = room_a2(f, ben);

    room_enter(f, anna);
    room_enter(f, ben);
    room_drop(f, ben);
    assert_int_equal(room_count(f), 1);
    ben = room_return(f, "ben", a2);
    assert_int_equal(room_count(f), 2);
    fixture_forget(f);
    room_speak(f, anna, "again");
    assert_int_equal(fixture_pushed(f, ben, "again"), 1);
    fixture_free(f);
}

TEST(terminals_are_in_their_rooms_again_after_a_restart)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct a2_claims of_anna = room_a2(f, anna), of_ben = room_a2(f, ben);

    room_enter(f, anna);
    room_enter(f, ben);
    room_speak(f, ben, "before");
    fixture_checkpoint(f);
    fixture_restart(f);
    anna = room_return(f, "anna", of_anna);
    ben = room_return(f, "ben", of_ben);
    assert_int_equal(room_count(f), 2);
    fixture_forget(f);
    assert_int_equal(room_speak(f, ben, "after"), IM_OK);
    assert_int_equal(fixture_number(f, "MsgSeq"), 2);
    assert_int_equal(fixture_pushed(f, anna, "after"), 1);
    fixture_free(f);
}

TEST(a_new_login_is_in_no_room)
{
    struct shard_fixture *f = room_fixture();
    int ben = fixture_login(f, "ben", PLATFORM_WEB);

    room_enter(f, ben);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    assert_int_equal(room_count(f), 0);
    assert_int_equal(room_speak(f, ben, "x"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(room_enter(f, ben), IM_OK);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_kick_by_rest_takes_all_places)
{
    struct shard_fixture *f = room_fixture();
    int ben = fixture_login(f, "ben", PLATFORM_WEB);
    uint64_t before = fixture_digest(f), after;

    room_enter(f, ben);
    fixture_admin(f, "im_open_login_svc.kick", "{\"Identifier\":\"ben\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(room_count(f), 0);
    after = fixture_digest(f);
    assert_int_not_equal(before, after);
    same_after_restart(f);
    fixture_free(f);
}

TEST(whoever_is_in_a_room_hears_of_its_end)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    struct a2_claims a2 = room_a2(f, anna);

    room_enter(f, anna);
    fixture_forget(f);
    fixture_admin(f, SERVICE "destroy_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":5"), 1);
    room_drop(f, anna);
    room_return(f, "anna", a2);
    assert_int_equal(f->err, IM_OK);
    same_after_restart(f);
    fixture_free(f);
}

/* ---- broadcast rooms ---- */

TEST(in_a_broadcast_room_only_administrators_speak)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);

    fixture_admin(f, SERVICE "create_group",
                  "{\"Type\":\"BChatRoom\",\"Name\":\"All\",\"GroupId\":\"all\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_user(f, anna, SERVICE "apply_join_group", "{\"GroupId\":\"all\",\"WebPushFlag\":1}");
    assert_int_equal(f->err, IM_OK);
    fixture_user(f, anna, SERVICE "send_group_msg",
                 "{\"GroupId\":\"all\",\"Random\":1,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
                 "\"MsgContent\":{\"Text\":\"x\"}}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_admin(f, SERVICE "send_group_msg",
                  "{\"GroupId\":\"all\",\"Random\":2,\"From_Account\":\"olga\",\"MsgBody\":[{"
                  "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"news\"}}]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "news"), 1);
    fixture_free(f);
}

TEST(a_broadcast_reaches_everybody_in_live_rooms)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);

    room_enter(f, anna);
    fixture_forget(f);
    fixture_admin(f, SERVICE "send_broadcast_msg",
                  "{\"From_Account\":\"olga\",\"Random\":5,\"MsgBody\":[{\"MsgType\":"
                  "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"to all\"}}]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "to all"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"Event\":17"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"GroupId\":\"" ROOM_ID "\""), 1);
    assert_int_equal(fixture_pushed(f, ben, "to all"), 0);
    fixture_admin(f, SERVICE "send_broadcast_msg",
                  "{\"From_Account\":\"nobody\",\"Random\":6,\"MsgBody\":[{\"MsgType\":"
                  "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"x\"}}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_ACCOUNT);
    fixture_admin(f, SERVICE "send_broadcast_msg", "{\"Random\":6,\"MsgBody\":[]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_free(f);
}

#define MANY_ROOMS 1150u /* more than one turn tells */

static void enter_many(struct shard_fixture *f)
{
    int terminal = -1;

    fixture_limit(f, "call_rate", 10000);
    fixture_limit(f, "groups_per_day", 10000);
    for (uint32_t i = 0; i < MANY_ROOMS; i++) {
        char name[16];

        if (i % ROOMS_MAX == 0) {
            snprintf(name, sizeof(name), "fan%u", i);
            fixture_account(f, name);
            terminal = fixture_login(f, name, PLATFORM_WEB);
        }
        fixture_admin(f, SERVICE "create_group",
                      "{\"Type\":\"AVChatRoom\",\"Name\":\"r\",\"GroupId\":\"room%04u\"}", i);
        assert_int_equal(f->err, IM_OK);
        fixture_user(f, terminal, SERVICE "apply_join_group",
                     "{\"GroupId\":\"room%04u\",\"WebPushFlag\":1,"
                     "\"HugeGroupHistoryMsgFlag\":1}",
                     i);
        assert_int_equal(f->err, IM_OK);
    }
}

static void broadcast(struct shard_fixture *f, const char *text)
{
    fixture_admin(f, SERVICE "send_broadcast_msg",
                  "{\"From_Account\":\"olga\",\"Random\":%u,\"MsgBody\":[{\"MsgType\":"
                  "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]}",
                  ++f->seq, text);
    assert_int_equal(f->err, IM_OK);
}

/* Where the text was pushed to the room's terminal: its only one, that must be there. */
static uint32_t pushed_at(const struct shard_fixture *f, uint32_t room, const char *text)
{
    uint32_t at = 0, times = 0;
    char id[24];

    snprintf(id, sizeof(id), "\"room%04u\"", room);
    for (uint32_t i = 0; i < f->pushes; i++) {
        if (strstr(f->push[i].text, id) && strstr(f->push[i].text, text)) {
            at = i;
            times++;
        }
    }
    assert_int_equal(times, 1);
    return at;
}

TEST(a_broadcast_to_very_many_rooms_takes_turns_and_the_next_one_comes_behind_it)
{
    struct shard_fixture *f = room_fixture();

    enter_many(f);
    fixture_forget(f);
    broadcast(f, "first words");
    assert_in_range(f->pushes, 1, MANY_ROOMS - 1);
    broadcast(f, "second words");
    for (uint32_t i = 0; i < 4; i++)
        fixture_advance(f, 1);
    assert_int_equal(f->pushes, 2 * MANY_ROOMS);
    for (uint32_t i = 0; i < MANY_ROOMS; i++)
        assert_true(pushed_at(f, i, "first words") < pushed_at(f, i, "second words"));
    fixture_free(f);
}

TEST(broadcasts_that_come_faster_than_rooms_are_told_are_refused)
{
    struct shard_fixture *f = room_fixture();
    uint32_t taken = 0;

    enter_many(f);
    fixture_forget(f);
    f->now_us -= f->now_us % 1000000;
    do {
        fixture_admin(f, SERVICE "send_broadcast_msg",
                      "{\"From_Account\":\"olga\",\"Random\":%u,\"MsgBody\":[{\"MsgType\":"
                      "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"x\"}}]}",
                      ++f->seq);
        taken += f->err == IM_OK;
    } while (f->err == IM_OK && taken < 100);
    assert_int_equal(f->err, IM_ERR_OVERLOADED);
    assert_int_equal(taken, 16);
    fixture_free(f);
}

TEST(a_plan_may_be_without_broadcasts)
{
    static const struct plan_edit edits[] = {
        {"id", "\"plain\""}, {"services.room_broadcasts", "false"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);

    fixture_admin(f, SERVICE "send_broadcast_msg",
                  "{\"Random\":5,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{"
                  "\"Text\":\"x\"}}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PLAN);
    fixture_free(f);
}

/* ---- who is there ---- */

TEST(who_is_there_is_listed_with_its_marks)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct a2_claims a2 = room_a2(f, anna);

    room_enter(f, anna);
    fixture_advance(f, 1);
    room_enter(f, ben);
    fixture_user(f, ben, ROOMS "modify_user_info",
                 "{\"GroupId\":\"" ROOM_ID "\",\"CommandType\":1,\"MemberList\":[{"
                 "\"Member_Account\":\"anna\",\"Marks\":[1001]}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_admin(f, ROOMS "modify_user_info",
                  "{\"GroupId\":\"" ROOM_ID "\",\"CommandType\":1,\"MemberList\":[{"
                  "\"Member_Account\":\"anna\",\"Marks\":[1001,1031]},{\"Member_Account\":"
                  "\"olga\",\"Marks\":[1000]}]}");
    assert_int_equal(f->err, IM_OK);
    fixture_user(f, ben, ROOMS "get_members", "{\"GroupId\":\"" ROOM_ID "\",\"Timestamp\":0}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "MemberList"), 2);
    assert_string_equal(fixture_text(f, "MemberList.0.Member_Account"), "anna");
    assert_int_equal(fixture_number(f, "MemberList.0.Marks.1"), 1031);
    assert_int_equal(fixture_number(f, "NextTimestamp"), 0);
    fixture_checkpoint(f);
    fixture_restart(f);
    anna = room_return(f, "anna", a2);
    fixture_user(f, anna, ROOMS "get_members",
                 "{\"GroupId\":\"" ROOM_ID "\",\"Timestamp\":0,\"Mark\":1001}");
    assert_int_equal(fixture_count(f, "MemberList"), 1);
    fixture_admin(f, ROOMS "modify_user_info",
                  "{\"GroupId\":\"" ROOM_ID "\",\"CommandType\":2,\"MemberList\":[{"
                  "\"Member_Account\":\"anna\",\"Marks\":[1001]}]}");
    fixture_user(f, anna, ROOMS "get_members",
                 "{\"GroupId\":\"" ROOM_ID "\",\"Timestamp\":0,\"Mark\":1001}");
    assert_int_equal(fixture_count(f, "MemberList"), 0);
    fixture_admin(f, ROOMS "modify_user_info",
                  "{\"GroupId\":\"" ROOM_ID "\",\"CommandType\":1,\"MemberList\":[{"
                  "\"Member_Account\":\"anna\",\"Marks\":[1032]}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    same_after_restart(f);
    fixture_free(f);
}

TEST(who_is_there_by_two_terminals_is_listed_once)
{
    struct shard_fixture *f = room_fixture();
    int web, phone;

    fixture_limit(f, "multi_terminal", 1);
    web = fixture_login(f, "anna", PLATFORM_WEB);
    phone = fixture_login(f, "anna", PLATFORM_IPHONE);
    room_enter(f, web);
    fixture_advance(f, 1);
    room_enter(f, phone);
    fixture_admin(f, ROOMS "get_members", "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "MemberList"), 1);
    assert_int_equal(fixture_number(f, "MemberList.0.JoinTime"), fixture_now(f) - 1);
    fixture_admin(f, ROOMS "get_members", "{\"GroupId\":\"" ROOM_ID "\",\"Timestamp\":%u}",
                  (unsigned)fixture_now(f));
    assert_int_equal(fixture_count(f, "MemberList"), 0);
    room_leave(f, web);
    fixture_admin(f, ROOMS "get_members", "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "MemberList"), 1);
    fixture_free(f);
}

TEST(who_is_not_in_it_does_not_see_who_is)
{
    struct shard_fixture *f = room_fixture();
    int ben = fixture_login(f, "ben", PLATFORM_WEB);

    fixture_user(f, ben, ROOMS "get_members", "{\"GroupId\":\"" ROOM_ID "\",\"Timestamp\":0}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(in_a_large_room_few_tips_a_second_are_sent_each_with_the_number_of_all)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), terminals[105];
    char name[16];

    room_enter(f, anna);
    for (int i = 0; i < 105; i++) {
        snprintf(name, sizeof(name), "many%d", i);
        terminals[i] = fixture_login(f, name, PLATFORM_WEB);
        room_enter(f, terminals[i]);
        if (i < 98)
            fixture_forget(f);
    }
    /* From the hundredth on, three. */
    assert_int_equal(fixture_pushed(f, anna, "\"OpType\":1"), 3);
    assert_int_equal(fixture_pushed(f, anna, "\"OnlineMemberNum\":102"), 1);
    assert_int_equal(room_count(f), 106);
    fixture_advance(f, 1);
    fixture_forget(f);
    room_leave(f, terminals[3]);
    assert_int_equal(fixture_pushed(f, anna, "\"OnlineMemberNum\":105"), 1);
    fixture_free(f);
}

TEST(who_came_first_is_listed_first_whoever_has_left)
{
    struct shard_fixture *f = room_fixture();
    int terminals[40];
    char name[16], path[64];
    uint32_t at = 0;

    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "many%d", i);
        terminals[i] = fixture_login(f, name, PLATFORM_WEB);
        room_enter(f, terminals[i]);
        fixture_forget(f);
        fixture_advance(f, 1);
    }
    for (int i = 0; i < 40; i++) {
        if (i % 3)
            room_leave(f, terminals[i]);
        fixture_forget(f);
    }
    assert_int_equal(room_count(f), 14);
    fixture_admin(f, ROOMS "get_members", "{\"GroupId\":\"" ROOM_ID "\",\"Timestamp\":0}");
    assert_int_equal(fixture_count(f, "MemberList"), 14);
    for (int i = 0; i < 40; i += 3) {
        snprintf(name, sizeof(name), "many%d", i);
        snprintf(path, sizeof(path), "MemberList.%u.Member_Account", at++);
        assert_string_equal(fixture_text(f, path), name);
    }
    room_speak(f, terminals[0], "to the rest");
    for (int i = 0; i < 40; i++)
        assert_int_equal(fixture_pushed(f, terminals[i], "to the rest"), i % 3 == 0);
    fixture_free(f);
}

TEST(coming_and_going_in_any_order_of_loads_is_the_same)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);

    fixture_checkpoint(f);
    fixture_restart(f);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    f->shuffle = true;
    for (int i = 0; i < 5; i++) {
        fixture_post(f, anna, SERVICE "apply_join_group", "{\"GroupId\":\"" ROOM_ID "\"}");
        fixture_post(f, ben, SERVICE "apply_join_group", "{\"GroupId\":\"" ROOM_ID "\"}");
        fixture_post(f, ben, SERVICE "quit_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    }
    fixture_drain(f);
    f->shuffle = false;
    assert_int_equal(room_count(f), 1);
    same_after_restart(f);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(who_joins_gets_what_is_said_by_pushes_and_no_key), T(a_client_without_pushes_gets_a_key),
        T(who_is_not_in_the_room_neither_speaks_nor_hears), T(newcomers_get_the_last_messages),
        T(an_account_counts_once_and_leaves_with_its_last_terminal),
        T(a_full_room_takes_nobody_more),
        T(a_dropped_socket_keeps_the_place_for_the_terminal_that_comes_back),
        T(terminals_are_in_their_rooms_again_after_a_restart), T(a_new_login_is_in_no_room),
        T(a_kick_by_rest_takes_all_places), T(whoever_is_in_a_room_hears_of_its_end),
        T(in_a_broadcast_room_only_administrators_speak),
        T(a_broadcast_reaches_everybody_in_live_rooms),
        T(a_broadcast_to_very_many_rooms_takes_turns_and_the_next_one_comes_behind_it),
        T(broadcasts_that_come_faster_than_rooms_are_told_are_refused),
        T(a_plan_may_be_without_broadcasts), T(who_is_there_is_listed_with_its_marks),
        T(who_is_there_by_two_terminals_is_listed_once), T(who_is_not_in_it_does_not_see_who_is),
        T(in_a_large_room_few_tips_a_second_are_sent_each_with_the_number_of_all),
        T(who_came_first_is_listed_first_whoever_has_left),
        T(coming_and_going_in_any_order_of_loads_is_the_same));
}
