/* Long polling of live rooms, by guests and by users. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/room_fixture.h"

#define SERVICE "group_open_http_svc."
#define POLL "group_open_long_polling_http_svc.get_msg"
#define GUEST_POLL "group_open_long_polling_http_noauth_svc.get_msg"
#define GUEST_JOIN "group_open_http_noauth_svc.apply_join_group"

struct poller {
    char key[160];
    unsigned long long start;
};

static struct poller guest_new(struct shard_fixture *f, uint32_t socket)
{
    struct poller p;

    room_guest(f, socket, GUEST_JOIN, "{\"GroupId\":\"" ROOM_ID "\",\"WebPushFlag\":1}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "HugeGroupFlag"), 1);
    snprintf(p.key, sizeof(p.key), "%s", fixture_text(f, "LongPollingKey"));
    p.start = fixture_number(f, "StartSeq");
    return p;
}

static void guest_poll(struct shard_fixture *f, uint32_t socket, const struct poller *p)
{
    room_guest(f, socket, GUEST_POLL,
               "{\"USP\":1,\"StartSeq\":%llu,\"HoldTime\":90,\"Key\":\"%s\"}", p->start, p->key);
}

static void user_poll(struct shard_fixture *f, int terminal, const struct poller *p)
{
    fixture_user(f, terminal, POLL,
                 "{\"USP\":1,\"StartSeq\":%llu,\"StartBroadcastSeq\":1,\"HoldTime\":90,\"Key\":"
                 "\"%s\"}",
                 p->start, p->key);
}

static struct poller user_new(struct shard_fixture *f, int terminal)
{
    struct poller p;

    fixture_user(f, terminal, SERVICE "apply_join_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    snprintf(p.key, sizeof(p.key), "%s", fixture_text(f, "LongPollingKey"));
    p.start = fixture_number(f, "StartSeq");
    return p;
}

TEST(a_guest_reads_what_is_said_after_it_came)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    struct poller guest;

    room_enter(f, anna);
    room_speak(f, anna, "before");
    guest = guest_new(f, 50);
    room_speak(f, anna, "one");
    room_speak(f, anna, "two");
    guest_poll(f, 50, &guest);
    assert_false(room_held(f));
    assert_int_equal(fixture_count(f, "RspMsgList"), 2);
    assert_int_equal(fixture_number(f, "RspMsgList.0.Event"), 3);
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgSeq"), 2);
    assert_string_equal(fixture_text(f, "RspMsgList.0.ToGroupId"), ROOM_ID);
    assert_string_equal(fixture_text(f, "RspMsgList.1.MsgBody.0.MsgContent.Text"), "two");
    assert_string_equal(fixture_text(f, "Key"), guest.key);
    guest.start = fixture_number(f, "NextSeq");
    guest_poll(f, 50, &guest);
    assert_true(room_held(f));
    fixture_free(f);
}

TEST(a_held_poll_is_answered_when_something_is_said)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    struct poller guest;

    room_enter(f, anna);
    guest = guest_new(f, 50);
    guest_poll(f, 50, &guest);
    assert_true(room_held(f));
    fixture_post(f, anna, SERVICE "send_group_msg",
                 "{\"GroupId\":\"" ROOM_ID "\",\"Random\":9,\"MsgBody\":[{\"MsgType\":"
                 "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"now\"}}]}");
    fixture_drain(f);
    assert_false(room_held(f));
    /* The sender's reply goes first. */
    assert_string_equal(fixture_text(f, "RspMsgList.0.MsgBody.0.MsgContent.Text"), "now");
    fixture_free(f);
}

TEST(a_held_poll_is_answered_empty_when_its_time_is_over)
{
    struct shard_fixture *f = room_fixture();
    struct poller guest = guest_new(f, 50);

    guest_poll(f, 50, &guest);
    fixture_advance(f, 7);
    assert_true(room_held(f));
    fixture_advance(f, 2);
    assert_false(room_held(f));
    assert_int_equal(fixture_count(f, "RspMsgList"), 0);
    assert_int_equal(fixture_count(f, "RspBroadcastMsgList"), 0);
    assert_true(fixture_number(f, "NextSeq") >= guest.start);
    fixture_free(f);
}

TEST(a_socket_holds_one_poll)
{
    struct shard_fixture *f = room_fixture();
    struct poller guest = guest_new(f, 50);

    guest_poll(f, 50, &guest);
    guest_poll(f, 50, &guest);
    assert_int_equal(shard_held(f->shard), 1);
    assert_int_equal(f->err, IM_OK);
    guest_poll(f, 51, &guest);
    assert_int_equal(shard_held(f->shard), 2);
    fixture_free(f);
}

TEST(without_a_start_a_poll_says_where_to_start)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct poller p = user_new(f, anna);

    room_enter(f, ben);
    room_speak(f, ben, "early");
    p.start = 0;
    user_poll(f, anna, &p);
    assert_false(room_held(f));
    assert_int_equal(fixture_count(f, "RspMsgList"), 0);
    p.start = fixture_number(f, "NextSeq");
    room_speak(f, ben, "late");
    user_poll(f, anna, &p);
    assert_int_equal(fixture_count(f, "RspMsgList"), 1);
    fixture_free(f);
}

TEST(the_first_poll_of_a_guest_begins_where_it_joined)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    struct poller guest;

    room_enter(f, anna);
    room_speak(f, anna, "before");
    guest = guest_new(f, 50);
    room_speak(f, anna, "meanwhile");
    guest.start = 0;
    guest_poll(f, 50, &guest);
    assert_int_equal(fixture_count(f, "RspMsgList"), 1);
    guest_poll(f, 50, &guest);
    assert_int_equal(fixture_count(f, "RspMsgList"), 0);
    assert_false(room_held(f));
    fixture_free(f);
}

TEST(tips_recalls_and_values_come_by_polls_too)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    struct poller guest = guest_new(f, 50);

    room_enter(f, anna);
    room_speak(f, anna, "said");
    fixture_user(f, anna, SERVICE "group_msg_recall",
                 "{\"GroupId\":\"" ROOM_ID "\",\"MsgSeqList\":[{\"MsgSeq\":1}]}");
    assert_int_equal(f->err, IM_OK);
    fixture_user(f, anna, SERVICE "set_group_attr",
                 "{\"GroupId\":\"" ROOM_ID "\",\"GroupAttr\":[{\"key\":\"k\",\"value\":\"v\"}]}");
    assert_int_equal(f->err, IM_OK);
    guest_poll(f, 50, &guest);
    assert_int_equal(fixture_count(f, "RspMsgList"), 3);
    assert_int_equal(fixture_number(f, "RspMsgList.0.Event"), 6);
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgBody.OpType"), 1);
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgBody.OnlineMemberInfo.OnlineMemberNum"), 2);
    assert_int_equal(fixture_number(f, "RspMsgList.1.Event"), 20);
    assert_string_equal(fixture_text(f, "RspMsgList.1.GId"), ROOM_ID);
    assert_int_equal(fixture_number(f, "RspMsgList.1.MsgBody.RevokeMsgList.0.MsgSeq"), 1);
    assert_string_equal(fixture_text(f, "RspMsgList.1.RevokerInfo.Revoker_Account"), "anna");
    assert_int_equal(fixture_number(f, "RspMsgList.2.Event"), 6);
    assert_string_equal(
        fixture_text(f, "RspMsgList.2.MsgBody.MsgGroupNewInfo.GroupAttrOption.GroupAttrInfo.0.key"),
        "k");
    fixture_free(f);
}

TEST(broadcasts_come_by_polls)
{
    struct shard_fixture *f = room_fixture();
    struct poller guest = guest_new(f, 50);

    guest_poll(f, 50, &guest);
    assert_true(room_held(f));
    fixture_admin(f, SERVICE "send_broadcast_msg",
                  "{\"From_Account\":\"olga\",\"Random\":5,\"MsgBody\":[{\"MsgType\":"
                  "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"to all\"}}]}");
    assert_false(room_held(f));
    assert_int_equal(fixture_count(f, "RspMsgList"), 0);
    assert_int_equal(fixture_count(f, "RspBroadcastMsgList"), 1);
    assert_int_equal(fixture_number(f, "RspBroadcastMsgList.0.Event"), 17);
    assert_string_equal(fixture_text(f, "RspBroadcastMsgList.0.ToGroupId"), ROOM_ID);
    assert_int_equal(fixture_number(f, "NextBroadcastSeq"), fixture_now(f) + 1);
    fixture_free(f);
}

TEST(a_user_may_poll_and_is_put_back_after_a_restart)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct a2_claims a2 = room_a2(f, anna);
    struct poller p = user_new(f, anna);

    fixture_checkpoint(f);
    fixture_restart(f);
    anna = room_return(f, "anna", a2);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    room_enter(f, ben);
    room_speak(f, ben, "after");
    user_poll(f, anna, &p);
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(fixture_text(f, "RspMsgList.1.MsgBody.0.MsgContent.Text"), "after");
    fixture_free(f);
}

TEST(a_login_that_polls_with_its_old_key_comes_back_into_the_room)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    struct poller p = user_new(f, anna);

    anna = fixture_login(f, "anna", PLATFORM_WEB);
    assert_int_equal(room_count(f), 0);
    p.start = 0;
    user_poll(f, anna, &p);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(room_count(f), 1);
    fixture_free(f);
}

TEST(keys_are_of_one_caller_one_app_and_a_week)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct poller p = user_new(f, anna), guest = guest_new(f, 50);

    user_poll(f, ben, &p);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    guest_poll(f, 50, &p);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    user_poll(f, anna, &guest);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    p.key[10] ^= 1;
    user_poll(f, anna, &p);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_advance(f, 604801);
    guest_poll(f, 50, &guest);
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_free(f);
}

TEST(guests_get_into_live_rooms_only)
{
    struct shard_fixture *f = room_fixture();

    fixture_admin(f, SERVICE "create_group",
                  "{\"Type\":\"Public\",\"Name\":\"P\",\"GroupId\":\"pub\",\"Owner_Account\":"
                  "\"olga\"}");
    room_guest(f, 50, GUEST_JOIN, "{\"GroupId\":\"pub\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    room_guest(f, 50, GUEST_JOIN, "{\"GroupId\":\"none\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(guests_are_counted_while_they_poll)
{
    struct shard_fixture *f = room_fixture();
    struct poller guest = guest_new(f, 50);

    assert_int_equal(room_count(f), 1);
    guest_poll(f, 50, &guest);
    fixture_advance(f, 9);
    guest_poll(f, 50, &guest);
    fixture_advance(f, 9);
    assert_int_equal(room_count(f), 1);
    fixture_advance(f, 31);
    assert_int_equal(room_count(f), 0);
    fixture_admin(f, "openconfigsvr.getappinfo", "{}");
    /* The owner, who came with the room, and the guest. */
    assert_string_equal(fixture_text(f, "Result.0.GroupJoinGroupTimes"), "2");
    fixture_free(f);
}

TEST(polls_hear_of_the_end_of_the_room)
{
    struct shard_fixture *f = room_fixture();
    struct poller guest = guest_new(f, 50);

    guest_poll(f, 50, &guest);
    assert_true(room_held(f));
    fixture_admin(f, SERVICE "destroy_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_false(room_held(f));
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgBody.ReportType"), 5);
    guest_poll(f, 50, &guest);
    assert_int_equal(f->err, IM_ERR_GROUP_NOT_FOUND);
    fixture_free(f);
}

TEST(a_room_keeps_its_last_256_things)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);
    struct poller guest = guest_new(f, 50);
    uint32_t seen = 0, count;

    room_enter(f, anna);
    for (int i = 0; i < 300; i++) {
        room_speak(f, anna, "x");
        if (i % 30 == 29) {
            fixture_forget(f);
            fixture_advance(f, 1);
        }
    }
    do {
        guest_poll(f, 50, &guest);
        if (room_held(f))
            break;
        count = (uint32_t)fixture_count(f, "RspMsgList");
        assert_true(count <= 50);
        if (!seen)
            assert_int_equal(fixture_number(f, "RspMsgList.0.MsgSeq"), 45);
        seen += count;
        guest.start = fixture_number(f, "NextSeq");
    } while (count);
    assert_int_equal(seen, 256);
    fixture_free(f);
}

TEST(who_is_banned_hears_no_more_by_a_poll_that_is_held)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    struct poller p = user_new(f, ben);

    room_enter(f, anna);
    p.start = 0;
    user_poll(f, ben, &p);
    p.start = fixture_number(f, "NextSeq");
    user_poll(f, ben, &p);
    assert_true(room_held(f));
    fixture_post(f, -1, SERVICE "ban_group_member",
                 "{\"GroupId\":\"" ROOM_ID "\",\"Members_Account\":[\"ben\"],\"Duration\":60}");
    fixture_drain(f);
    assert_false(room_held(f));
    assert_int_equal(f->err, IM_OK);
    assert_true(fixture_number(f, "NextSeq") > 0);       /* the poll's answer, behind the ban's */
    assert_int_equal(fixture_count(f, "RspMsgList"), 0); /* not even that it was banned */
    user_poll(f, ben, &p);
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    assert_false(room_held(f));
    fixture_free(f);
}

TEST(a_server_that_stops_lets_go_of_held_polls)
{
    struct shard_fixture *f = room_fixture();
    struct poller guest = guest_new(f, 50);

    guest_poll(f, 50, &guest);
    assert_true(room_held(f));
    f->waiting = 0;
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_guest_reads_what_is_said_after_it_came),
                     T(a_held_poll_is_answered_when_something_is_said),
                     T(a_held_poll_is_answered_empty_when_its_time_is_over),
                     T(a_socket_holds_one_poll), T(without_a_start_a_poll_says_where_to_start),
                     T(the_first_poll_of_a_guest_begins_where_it_joined),
                     T(tips_recalls_and_values_come_by_polls_too), T(broadcasts_come_by_polls),
                     T(a_user_may_poll_and_is_put_back_after_a_restart),
                     T(a_login_that_polls_with_its_old_key_comes_back_into_the_room),
                     T(keys_are_of_one_caller_one_app_and_a_week),
                     T(guests_get_into_live_rooms_only), T(guests_are_counted_while_they_poll),
                     T(polls_hear_of_the_end_of_the_room), T(a_room_keeps_its_last_256_things),
                     T(who_is_banned_hears_no_more_by_a_poll_that_is_held),
                     T(a_server_that_stops_lets_go_of_held_polls));
}
