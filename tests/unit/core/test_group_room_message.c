/* Messages and notifications in live rooms, through whole commands. */
#include "support/test.h"

#include <string.h>

#include "core/group/rows.h"
#include "support/group_fixture.h"

static const char SEND[] = "group_open_http_svc.send_group_msg";
static const char NOTIFY[] = "group_open_http_svc.send_group_system_notification";

/* alice owns the room "r"; nobody is in it yet. */
static struct shard_fixture *people_and_a_room(const char *type)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    fixture_account(f, "administrator");
    fixture_account(f, "alice");
    fixture_account(f, "bob");
    fixture_account(f, "carol");
    fixture_account(f, "dave");
    group_make(f, type, "r", "alice", "");
    return f;
}

static int enters(struct shard_fixture *f, const char *name)
{
    int terminal = fixture_login(f, name, PLATFORM_WEB);

    fixture_user(f, terminal, "group_open_http_svc.apply_join_group", "{\"GroupId\":\"r\"}");
    assert_int_equal(f->err, IM_OK);
    return terminal;
}

static uint32_t says(struct shard_fixture *f, int terminal, uint32_t random, const char *more)
{
    fixture_user(f, terminal, SEND,
                 "{\"GroupId\":\"r\",\"Random\":%u,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
                 "\"MsgContent\":{\"Text\":\"hi\"}}]%s}",
                 random, more);
    return f->err ? 0 : (uint32_t)fixture_number(f, "MsgSeq");
}

static const void *row_of(struct shard_fixture *f, struct span key)
{
    const void *value;
    size_t n;

    return state_get(shard_state(f->shard), key, &value, &n) == STATE_HIT ? value : NULL;
}

TEST(a_room_numbers_its_messages_and_keeps_none)
{
    struct shard_fixture *f = people_and_a_room("AVChatRoom");
    int bob = enters(f, "bob"), carol = enters(f, "carol");
    int dave = fixture_login(f, "dave", PLATFORM_WEB);
    const struct group_head_row *head;
    struct row_key key;
    uint64_t digest;

    fixture_forget(f);
    assert_int_equal(says(f, bob, 1, ""), 1);
    assert_int_equal(says(f, carol, 1, ""), 2);
    /* Ignored in rooms. */
    assert_int_equal(says(f, bob, 2, ",\"OnlineOnlyFlag\":1"), 3);
    assert_int_equal(fixture_pushed(f, carol, "\"Event\":3"), 3);
    assert_int_equal(fixture_pushed(f, carol, "\"GroupType\":\"AVChatRoom\""), 3);
    assert_int_equal(fixture_pushed(f, carol, "\"MsgLifeTime\":0"), 0);
    assert_int_equal(fixture_pushed(f, dave, "\"Event\":3"), 0);
    head = row_of(f, row_key_group_head(&key, f->app, (struct group_no){1}));
    assert_int_equal(head->last_seq, 3);
    assert_int_equal(head->listed_seq, 0);
    assert_null(row_of(f, row_key_group_page(&key, f->app, (struct group_no){1}, 1)));
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_true(digest == fixture_digest(f));
    bob = enters(f, "bob");
    assert_int_equal(says(f, bob, 3, ""), 4);
    fixture_free(f);
}

TEST(only_who_is_in_a_room_speaks_there)
{
    struct shard_fixture *f = people_and_a_room("AVChatRoom");
    int bob = enters(f, "bob"), dave = fixture_login(f, "dave", PLATFORM_WEB);

    assert_int_equal(says(f, dave, 1, ""), 0);
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    assert_int_equal(says(f, bob, 1, ""), 1);
    fixture_user(f, bob, "group_open_http_svc.quit_group", "{\"GroupId\":\"r\"}");
    assert_int_equal(says(f, bob, 2, ""), 0);
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    assert_int_equal(group_say(f, "r", "dave", "by REST"), 2);
    fixture_free(f);
}

TEST(in_a_broadcast_room_only_administrators_of_the_app_speak)
{
    struct shard_fixture *f = people_and_a_room("BChatRoom");
    int bob = enters(f, "bob");

    assert_int_equal(says(f, bob, 1, ""), 0);
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_forget(f);
    assert_int_equal(group_say(f, "r", "alice", "hear ye"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"Event\":3"), 1);
    fixture_free(f);
}

TEST(a_resend_in_a_room_gets_the_first_answer)
{
    struct shard_fixture *f = people_and_a_room("AVChatRoom");
    int bob = enters(f, "bob");

    assert_int_equal(says(f, bob, 5, ""), 1);
    assert_int_equal(says(f, bob, 6, ""), 2);
    assert_int_equal(says(f, bob, 5, ""), 1);
    fixture_restart(f); /* what was not checkpointed is replayed */
    bob = enters(f, "bob");
    assert_int_equal(says(f, bob, 5, ""), 1);
    assert_int_equal(says(f, bob, 7, ""), 3);
    fixture_free(f);
}

TEST(in_a_room_too_users_recall_for_two_minutes)
{
    static const char recall[] = "group_open_http_svc.group_msg_recall";
    static const char two[] = "{\"GroupId\":\"r\",\"MsgSeqList\":[{\"MsgSeq\":1},{\"MsgSeq\":2}]}";
    struct shard_fixture *f = people_and_a_room("AVChatRoom");
    int bob = enters(f, "bob"), alice = enters(f, "alice");

    assert_int_equal(says(f, bob, 5, ""), 1);
    fixture_advance(f, 1);
    assert_int_equal(says(f, bob, 6, ""), 2);
    assert_int_equal(says(f, bob, 7, ""), 3);
    fixture_advance(f, 120);
    fixture_user(f, bob, recall, two);
    assert_int_equal(fixture_number(f, "RecallRetList.0.RetCode"), 10031);
    assert_int_equal(fixture_number(f, "RecallRetList.1.RetCode"), 0);
    fixture_advance(f, 1);
    fixture_user(f, alice, recall, "{\"GroupId\":\"r\",\"MsgSeqList\":[{\"MsgSeq\":3}]}");
    assert_int_equal(fixture_number(f, "RecallRetList.0.RetCode"), 10031);
    fixture_admin(f, recall, two);
    assert_int_equal(fixture_number(f, "RecallRetList.0.RetCode"), 0);
    assert_int_equal(fixture_number(f, "RecallRetList.1.RetCode"), 10030);
    fixture_free(f);
}

/* Its account is known to be none, but the day's row of this command is still to be read. */
TEST(an_administrators_first_recall_of_the_day_waits_for_its_rows)
{
    struct shard_fixture *f = people_and_a_room("AVChatRoom");
    int bob = enters(f, "bob");

    fixture_admin(f, "group_open_http_svc.modify_group_base_info",
                  "{\"GroupId\":\"r\",\"Introduction\":\"i\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(says(f, bob, 5, ""), 1);
    fixture_forget(f);
    fixture_admin(f, "group_open_http_svc.group_msg_recall",
                  "{\"GroupId\":\"r\",\"MsgSeqList\":[{\"MsgSeq\":1}]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "RecallRetList.0.RetCode"), 0);
    assert_int_equal(fixture_pushed(f, bob, "\"MsgSeq\":1"), 1);
    fixture_free(f);
}

TEST(a_room_has_the_same_limit_as_a_group)
{
    struct shard_fixture *f = people_and_a_room("AVChatRoom");
    int bob = enters(f, "bob");
    uint32_t seq = 0;

    fixture_advance(f, 1);
    for (uint32_t i = 1; i <= 40; i++)
        assert_int_equal(says(f, bob, i, ""), i);
    assert_int_equal(says(f, bob, 41, ""), 0);
    assert_string_equal(fixture_text(f, "MsgDropReason"), "MsgFreqCtrl");
    fixture_advance(f, 1);
    seq = says(f, bob, 41, "");
    assert_int_equal(seq, 41);
    fixture_free(f);
}

TEST(a_notification_in_a_room_is_for_all)
{
    struct shard_fixture *f = people_and_a_room("AVChatRoom");
    int bob = enters(f, "bob"), dave = fixture_login(f, "dave", PLATFORM_WEB);

    fixture_forget(f);
    fixture_admin(f, NOTIFY, "{\"GroupId\":\"r\",\"Content\":\"x\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, bob, "\"ReportType\":255"), 1);
    assert_int_equal(fixture_pushed(f, dave, "\"ReportType\":255"), 0);
    fixture_admin(f, NOTIFY,
                  "{\"GroupId\":\"r\",\"Content\":\"x\",\"ToMembers_Account\":[\"bob\"]}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(a_room_numbers_its_messages_and_keeps_none), T(only_who_is_in_a_room_speaks_there),
        T(in_a_broadcast_room_only_administrators_of_the_app_speak),
        T(a_resend_in_a_room_gets_the_first_answer), T(in_a_room_too_users_recall_for_two_minutes),
        T(an_administrators_first_recall_of_the_day_waits_for_its_rows),
        T(a_room_has_the_same_limit_as_a_group), T(a_notification_in_a_room_is_for_all));
}
