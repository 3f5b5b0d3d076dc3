/* Read marks and unread counts of groups, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/group_fixture.h"

static struct shard_fixture *two_people(const char *type)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    fixture_limit(f, "multi_terminal", 1);
    fixture_account(f, "alice");
    fixture_account(f, "bob");
    group_make(f, type, "g", "alice", "{\"Member_Account\":\"bob\"}");
    return f;
}

static unsigned self_number(struct shard_fixture *f, const char *account, const char *name)
{
    char path[64];

    fixture_admin(f, "group_open_http_svc.get_joined_group_list",
                  "{\"Member_Account\":\"%s\",\"WithNoActiveGroups\":1,\"ResponseFilter\":{"
                  "\"SelfInfoFilter\":[\"UnreadMsgNum\",\"MsgSeq\"]}}",
                  account);
    snprintf(path, sizeof(path), "GroupIdList.0.SelfInfo.%s", name);
    return (unsigned)fixture_number(f, path);
}

static unsigned unread(struct shard_fixture *f, const char *account)
{
    return self_number(f, account, "UnreadMsgNum");
}

static void report(struct shard_fixture *f, int terminal, unsigned seq)
{
    fixture_user(f, terminal, "group_open_http_svc.msg_read_report",
                 "{\"GroupId\":\"g\",\"MsgReadedSeq\":%u}", seq);
}

static void set_unread(struct shard_fixture *f, const char *account, unsigned count)
{
    fixture_admin(f, "group_open_http_svc.set_unread_msg_num",
                  "{\"GroupId\":\"g\",\"Member_Account\":\"%s\",\"UnreadMsgNum\":%u}", account,
                  count);
}

TEST(a_read_report_moves_the_mark_forward_only_and_never_past_the_last_message)
{
    struct shard_fixture *f = two_people("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint32_t first = group_say(f, "g", "alice", "1");
    uint32_t second = group_say(f, "g", "alice", "2");

    assert_int_equal(unread(f, "bob"), 2);
    report(f, bob, first);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(unread(f, "bob"), 1);
    report(f, bob, first - 1);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(unread(f, "bob"), 1);
    report(f, bob, 4000000000u);
    assert_int_equal(unread(f, "bob"), 0);
    assert_int_equal(self_number(f, "bob", "MsgSeq"), second);
    group_say(f, "g", "alice", "3");
    assert_int_equal(unread(f, "bob"), 1);
    fixture_free(f);
}

TEST(the_readers_other_terminals_hear_of_it_and_nobody_else)
{
    struct shard_fixture *f = two_people("Public");
    int web = fixture_login(f, "bob", PLATFORM_WEB);
    int phone = fixture_login(f, "bob", PLATFORM_IPHONE);
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    uint32_t seq = group_say(f, "g", "alice", "1");
    char expected[64];

    fixture_forget(f);
    report(f, web, seq);
    snprintf(expected, sizeof(expected), "\"LastReadMsgSeq\":%u", seq);
    assert_int_equal(fixture_pushed(f, phone, expected), 1);
    assert_int_equal(fixture_pushed(f, phone, "\"ReportType\":15"), 1);
    assert_int_equal(fixture_pushed(f, web, "GroupReadInfoArray"), 0);
    assert_int_equal(fixture_pushed(f, alice, "GroupReadInfoArray"), 0);
    fixture_forget(f);
    report(f, web, seq);
    assert_int_equal(fixture_pushed(f, phone, "GroupReadInfoArray"), 0);
    fixture_free(f);
}

TEST(who_is_no_member_reports_nothing)
{
    struct shard_fixture *f = two_people("Public");
    int eve;

    fixture_account(f, "eve");
    eve = fixture_login(f, "eve", PLATFORM_WEB);
    report(f, eve, 1);
    assert_int_equal(fixture_number(f, "ErrorCode"), 10007);
    fixture_user(f, eve, "group_open_http_svc.msg_read_report",
                 "{\"GroupId\":\"none\",\"MsgReadedSeq\":1}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10010);
    fixture_user(f, eve, "group_open_http_svc.msg_read_report", "{\"GroupId\":\"g\"}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10004);
    fixture_user(f, eve, "group_open_http_svc.msg_read_report",
                 "{\"GroupId\":\"\\u0001\",\"MsgReadedSeq\":1}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10015);
    fixture_free(f);
}

TEST(unread_is_set_back_and_forth_and_capped_at_what_there_is)
{
    struct shard_fixture *f = two_people("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint32_t last = 0;

    for (int i = 0; i < 5; i++)
        last = group_say(f, "g", "alice", "x");
    report(f, bob, last);
    assert_int_equal(unread(f, "bob"), 0);
    set_unread(f, "bob", 3);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(unread(f, "bob"), 3);
    set_unread(f, "bob", 0);
    assert_int_equal(unread(f, "bob"), 0);
    set_unread(f, "bob", 4000000000u);
    assert_true(unread(f, "bob") >= 5 && unread(f, "bob") <= last);
    fixture_restart(f);
    assert_true(unread(f, "bob") >= 5 && unread(f, "bob") <= last);
    fixture_free(f);
}

TEST(set_unread_counts_as_the_list_does_and_passes_over_ones_own_messages)
{
    struct shard_fixture *f = two_people("Public");

    for (int i = 0; i < 4; i++) {
        group_say(f, "g", "alice", "x");
        group_say(f, "g", "bob", "y");
    }
    set_unread(f, "bob", 3);
    assert_int_equal(unread(f, "bob"), 3);
    fixture_free(f);
}

TEST(beyond_the_exact_count_sequence_numbers_are_counted)
{
    struct shard_fixture *f = two_people("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint32_t last = 0;

    for (int i = 0; i < 300; i++) {
        last = group_say(f, "g", "alice", "x");
        if (i % 20 == 19)
            fixture_advance(f, 1);
    }
    report(f, bob, last);
    set_unread(f, "bob", 250);
    assert_int_equal(unread(f, "bob"), 250);
    set_unread(f, "bob", 128);
    assert_int_equal(unread(f, "bob"), 128);
    fixture_free(f);
}

TEST(chat_rooms_have_no_unread_messages)
{
    struct shard_fixture *f = two_people("ChatRoom");

    group_say(f, "g", "alice", "x");
    assert_int_equal(unread(f, "bob"), 0);
    set_unread(f, "bob", 1);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(unread(f, "bob"), 0);
    fixture_free(f);
}

TEST(set_unread_refuses_strangers_and_broken_requests)
{
    struct shard_fixture *f = two_people("Public");

    fixture_account(f, "eve");
    set_unread(f, "eve", 1);
    assert_int_equal(fixture_number(f, "ErrorCode"), 10007);
    set_unread(f, "nobody", 1);
    assert_int_equal(fixture_number(f, "ErrorCode"), 10019);
    fixture_admin(f, "group_open_http_svc.set_unread_msg_num",
                  "{\"GroupId\":\"none\",\"Member_Account\":\"bob\",\"UnreadMsgNum\":1}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10010);
    fixture_admin(f, "group_open_http_svc.set_unread_msg_num",
                  "{\"GroupId\":\"g\",\"Member_Account\":\"bob\"}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10004);
    fixture_admin(f, "group_open_http_svc.set_unread_msg_num", "1");
    assert_int_equal(fixture_number(f, "ErrorCode"), 10011);
    fixture_free(f);
}

TEST(everything_is_read_at_once_in_the_groups_that_are_named)
{
    struct shard_fixture *f = two_people("Public");
    int web = fixture_login(f, "bob", PLATFORM_WEB);
    int phone = fixture_login(f, "bob", PLATFORM_IPHONE);
    uint32_t seq;

    group_make(f, "Public", "other", "alice", "");
    group_say(f, "g", "alice", "x");
    seq = group_say(f, "g", "alice", "y");
    fixture_send_rest(f, "alice", "bob", "c2c", "");
    fixture_forget(f);
    fixture_user(f, web, "openim.read_all_unread_msg",
                 "{\"C2CReadAllMsg\":1,\"GroupReadInfo\":[{\"GroupId\":\"g\",\"MsgSeq\":%u},"
                 "{\"GroupId\":\"other\",\"MsgSeq\":1},{\"GroupId\":\"none\",\"MsgSeq\":1}]}",
                 seq + 7);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "C2CReadAllMsg"), 1);
    assert_int_equal(fixture_number(f, "GroupReadInfoArray.0.MsgSeq"), seq);
    assert_int_equal(fixture_number(f, "GroupReadInfoArray.0.RetCode"), 0);
    assert_int_equal(fixture_number(f, "GroupReadInfoArray.1.RetCode"), 10007);
    assert_int_equal(fixture_number(f, "GroupReadInfoArray.2.RetCode"), 10010);
    assert_int_equal(fixture_pushed(f, phone, "\"Event\":14"), 1);
    assert_int_equal(fixture_pushed(f, phone, "\"LastReadMsgSeq\""), 1);
    assert_int_equal(fixture_pushed(f, phone, "ReadC2cMsgNotify"), 0);
    assert_int_equal(fixture_pushed(f, web, "\"Event\":14"), 0);
    assert_int_equal(unread(f, "bob"), 0);
    fixture_admin(f, "openim.get_c2c_unread_msg_num", "{\"To_Account\":\"bob\"}");
    assert_int_equal(fixture_number(f, "AllC2CUnreadMsgNum"), 0);
    fixture_free(f);
}

TEST(marks_are_the_same_after_a_restart)
{
    struct shard_fixture *f = two_people("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint32_t seq = group_say(f, "g", "alice", "1");
    uint64_t digest;

    group_say(f, "g", "alice", "2");
    report(f, bob, seq);
    fixture_checkpoint(f);
    set_unread(f, "bob", 2);
    report(f, bob, seq);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_true(fixture_digest(f) == digest);
    assert_int_equal(unread(f, "bob"), 1);
    fixture_free(f);
}

TEST(reports_that_wait_for_rows_lose_nothing)
{
    struct shard_fixture *f = two_people("Public");
    uint32_t seqs[8];
    int bob;

    for (int i = 0; i < 8; i++)
        seqs[i] = group_say(f, "g", "alice", "x");
    fixture_checkpoint(f);
    fixture_restart(f);
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    f->shuffle = true;
    for (int i = 0; i < 7; i++)
        fixture_post(f, bob, "group_open_http_svc.msg_read_report",
                     "{\"GroupId\":\"g\",\"MsgReadedSeq\":%u}", seqs[i]);
    fixture_drain(f);
    f->shuffle = false;
    assert_int_equal(unread(f, "bob"), 1);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(a_read_report_moves_the_mark_forward_only_and_never_past_the_last_message),
        T(the_readers_other_terminals_hear_of_it_and_nobody_else),
        T(who_is_no_member_reports_nothing),
        T(unread_is_set_back_and_forth_and_capped_at_what_there_is),
        T(set_unread_counts_as_the_list_does_and_passes_over_ones_own_messages),
        T(beyond_the_exact_count_sequence_numbers_are_counted),
        T(chat_rooms_have_no_unread_messages), T(set_unread_refuses_strangers_and_broken_requests),
        T(everything_is_read_at_once_in_the_groups_that_are_named),
        T(marks_are_the_same_after_a_restart), T(reports_that_wait_for_rows_lose_nothing));
}
