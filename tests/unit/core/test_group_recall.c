/* Group messages recalled and edited, and who is told, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/group_fixture.h"

#define WEEK_S 604800u

static const char GET[] = "group_open_http_svc.group_msg_get";
static const char SIMPLE[] = "group_open_http_svc.group_msg_get_simple";
static const char RECALL[] = "group_open_http_svc.group_msg_recall";
static const char NOTIFY[] = "group_open_http_svc.batch_get_group_notify";
static const char EDIT[] = "openim.modify_group_msg";

/* alice owns a group of the type with bob and carol; dave is no member. */
static struct shard_fixture *three_in(const char *type)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    fixture_account(f, "carol");
    fixture_account(f, "dave");
    group_make(f, type, "g", "alice",
               "{\"Member_Account\":\"bob\"},{\"Member_Account\":\"carol\"}");
    return f;
}

static uint64_t recall(struct shard_fixture *f, int terminal, uint32_t seq)
{
    static const char json[] = "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}],"
                               "\"TopicId\":\"\",\"Reason\":\"why\"}";

    if (terminal < 0)
        fixture_admin(f, RECALL, json, seq);
    else
        fixture_user(f, terminal, RECALL, json, seq);
    if (f->err)
        return (uint64_t)f->err;
    assert_int_equal(fixture_count(f, "RecallRetList"), 1);
    assert_int_equal(fixture_number(f, "RecallRetList.0.MsgSeq"), seq);
    return fixture_number(f, "RecallRetList.0.RetCode");
}

/* The newest message as a member's history shows it. */
static void read_one(struct shard_fixture *f, int terminal, uint32_t seq)
{
    fixture_user(f, terminal, GET,
                 "{\"GroupId\":\"g\",\"ReqMsgNumber\":1,\"ReqMsgSeq\":%u,\"WithRecalledMsg\":1}",
                 seq);
    assert_int_equal(fixture_count(f, "RspMsgList"), 1);
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgSeq"), seq);
}

static const char *text(struct shard_fixture *f)
{
    return fixture_text(f, "RspMsgList.0.MsgBody.0.MsgContent.Text");
}

TEST(a_recalled_message_is_a_place_with_who_recalled_it)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    uint32_t seq = group_say(f, "g", "bob", "secret");
    uint64_t digest;

    fixture_forget(f);
    assert_int_equal(recall(f, bob, seq), 0);
    assert_int_equal(fixture_pushed(f, carol, "\"ReportType\":14"), 1);
    assert_int_equal(fixture_pushed(f, carol, "\"Revoker_Account\":\"bob\",\"Reason\":\"why\""), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"ReportType\":14"), 0);
    read_one(f, carol, seq);
    assert_int_equal(fixture_number(f, "RspMsgList.0.IsPlaceMsg"), 2);
    assert_string_equal(fixture_text(f, "RspMsgList.0.RevokerInfo.Revoker_Account"), "bob");
    assert_string_equal(fixture_text(f, "RspMsgList.0.RevokerInfo.Reason"), "why");
    assert_null(strstr(f->text, "secret"));
    fixture_user(f, carol, GET, "{\"GroupId\":\"g\",\"ReqMsgNumber\":1,\"ReqMsgSeq\":%u}", seq);
    assert_int_equal(fixture_number(f, "RspMsgList.0.IsPlaceMsg"), 1);
    fixture_admin(f, SIMPLE, "{\"GroupId\":\"g\",\"ReqMsgNumber\":1}");
    assert_int_equal(fixture_number(f, "RspMsgList.0.IsPlaceMsg"), 1);
    assert_int_equal(fixture_count(f, "RspMsgList.0.MsgBody"), 0);
    fixture_admin(f, SIMPLE, "{\"GroupId\":\"g\",\"ReqMsgNumber\":1,\"WithRecalledMsg\":1}");
    assert_int_equal(fixture_number(f, "RspMsgList.0.IsPlaceMsg"), 2);
    assert_int_equal(recall(f, bob, seq), 10030);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    carol = fixture_login(f, "carol", PLATFORM_WEB);
    read_one(f, carol, seq);
    assert_string_equal(fixture_text(f, "RspMsgList.0.RevokerInfo.Revoker_Account"), "bob");
    fixture_free(f);
}

TEST(a_user_recalls_its_own_for_two_minutes)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint32_t first = group_say(f, "g", "bob", "first");
    uint32_t second = group_say(f, "g", "bob", "second");

    fixture_advance(f, 120);
    assert_int_equal(recall(f, bob, first), 0);
    fixture_advance(f, 1);
    assert_int_equal(recall(f, bob, second), 10031);
    fixture_free(f);
}

TEST(others_messages_are_recalled_by_owner_and_admins_only)
{
    struct shard_fixture *f = three_in("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);
    uint32_t a = group_say(f, "g", "carol", "a");
    uint32_t b = group_say(f, "g", "carol", "b");

    assert_int_equal(recall(f, bob, a), 10007);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(recall(f, alice, a), 0);
    fixture_admin(f, "group_open_http_svc.modify_group_member_info",
                  "{\"GroupId\":\"g\",\"Member_Account\":\"bob\",\"Role\":\"Admin\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(recall(f, bob, b), 0);
    /* A stranger hears the same of every message. */
    assert_int_equal(recall(f, dave, b), 10007);
    assert_int_equal(f->err, 10007);
    assert_int_equal(recall(f, dave, 999), 10007);
    assert_int_equal(f->err, 10007);
    fixture_free(f);
}

TEST(an_administrator_recalls_while_the_message_lives)
{
    struct shard_fixture *f = three_in("ChatRoom");
    uint32_t first = group_say(f, "g", "bob", "first");
    uint32_t second = group_say(f, "g", "bob", "second");

    fixture_advance(f, WEEK_S - 1);
    assert_int_equal(recall(f, -1, first), 0);
    fixture_advance(f, 1);
    assert_int_equal(recall(f, -1, second), 10031);
    assert_int_equal(recall(f, -1, 0), 10030);
    assert_int_equal(recall(f, -1, second + 1), 10030);
    fixture_free(f);
}

TEST(tips_and_messages_of_rooms_cannot_be_recalled)
{
    struct shard_fixture *f = three_in("Public");

    group_say(f, "g", "bob", "x");
    fixture_admin(f, "group_open_http_svc.add_group_member",
                  "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"dave\"}]}");
    fixture_admin(f, SIMPLE, "{\"GroupId\":\"g\",\"ReqMsgNumber\":1}");
    assert_int_equal(fixture_number(f, "RspMsgList.0.Event"), 4);
    assert_int_equal(recall(f, -1, (uint32_t)fixture_number(f, "RspMsgList.0.MsgSeq")), 10032);
    group_make(f, "BChatRoom", "wide", "alice", "");
    fixture_admin(f, RECALL, "{\"GroupId\":\"wide\",\"MsgSeqList\":[{\"MsgSeq\":1}]}");
    assert_int_equal(fixture_number(f, "RecallRetList.0.RetCode"), 10033);
    fixture_free(f);
}

TEST(ten_seqs_are_recalled_at_once_each_with_its_code)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    char seqs[512] = "";

    for (unsigned i = 0; i < 40; i++) {
        if (i == 30)
            fixture_advance(f, 1);
        group_say(f, "g", "bob", "x");
    }
    fixture_forget(f);
    for (unsigned i = 0; i < 10; i++)
        snprintf(seqs + strlen(seqs), sizeof(seqs) - strlen(seqs), "%s{\"MsgSeq\":%u}",
                 i ? "," : "", i < 2 ? 40 : 45 - i * 2);
    fixture_admin(f, RECALL, "{\"GroupId\":\"g\",\"MsgSeqList\":[%s]}", seqs);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "RecallRetList"), 10);
    for (unsigned i = 0; i < 10; i++) {
        char path[64];

        snprintf(path, sizeof(path), "RecallRetList.%u.RetCode", i);
        assert_int_equal(fixture_number(f, path), i == 2 ? 10030 : 0); /* 41 */
    }
    assert_int_equal(fixture_pushed(f, carol, "\"ReportType\":14"), 1);
    fixture_admin(f, RECALL, "{\"GroupId\":\"g\",\"MsgSeqList\":[%s,{\"MsgSeq\":1}]}", seqs);
    assert_int_equal(f->err, 10004);
    fixture_admin(f, RECALL, "{\"GroupId\":\"g\",\"MsgSeqList\":[]}");
    assert_int_equal(f->err, 10004);
    fixture_admin(f, RECALL, "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"Seq\":1}]}");
    assert_int_equal(f->err, 10004);
    fixture_admin(f, RECALL, "{\"GroupId\":\"none\",\"MsgSeqList\":[{\"MsgSeq\":1}]}");
    assert_int_equal(f->err, 10010);
    fixture_admin(f, RECALL, "x");
    assert_int_equal(f->err, 10011);
    fixture_free(f);
}

TEST(who_was_away_asks_what_was_recalled_since)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);
    uint32_t first = group_say(f, "g", "bob", "1"), second = group_say(f, "g", "bob", "2");
    uint64_t between;

    recall(f, -1, first);
    fixture_advance(f, 5);
    between = f->now_us;
    fixture_advance(f, 5);
    recall(f, -1, second);
    fixture_user(f, carol, NOTIFY,
                 "{\"NotifyReqList\":[{\"NotifyType\":1,\"Limit\":20,\"GroupId\":\"g\","
                 "\"BeginTime\":0,\"EndTime\":1},{\"GroupId\":\"none\",\"BeginTime\":0}]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "NotifyRspList"), 2);
    assert_int_equal(fixture_number(f, "NotifyRspList.0.NextMsgTime"), 0);
    assert_int_equal(fixture_count(f, "NotifyRspList.0.NotifyMsgList"), 2);
    assert_int_equal(fixture_number(f, "NotifyRspList.0.NotifyMsgList.0.MsgSeq"), second);
    assert_string_equal(
        fixture_text(f, "NotifyRspList.0.NotifyMsgList.0.RevokerInfo.Revoker_Account"),
        "administrator");
    assert_int_equal(fixture_count(f, "NotifyRspList.1.NotifyMsgList"), 0);
    fixture_user(f, carol, "million_group_open_http_svc.batch_get_group_notify",
                 "{\"NotifyReqList\":[{\"GroupId\":\"g\",\"BeginTime\":%llu}]}",
                 (unsigned long long)between);
    assert_int_equal(fixture_count(f, "NotifyRspList.0.NotifyMsgList"), 1);
    fixture_user(f, carol, NOTIFY, "{\"NotifyReqList\":[{\"GroupId\":\"g\",\"BeginTime\":%llu}]}",
                 (unsigned long long)(f->now_us + 2000000));
    assert_int_equal(fixture_count(f, "NotifyRspList.0.NotifyMsgList"), 0);
    fixture_user(f, dave, NOTIFY, "{\"NotifyReqList\":[{\"GroupId\":\"g\",\"BeginTime\":0}]}");
    assert_int_equal(fixture_count(f, "NotifyRspList.0.NotifyMsgList"), 0);
    fixture_user(f, carol, NOTIFY, "{}");
    assert_int_equal(f->err, 10004);
    fixture_user(f, carol, NOTIFY, "{\"NotifyReqList\":[{}]}");
    assert_int_equal(f->err, 10004);
    fixture_free(f);
}

/* ---- edits ---- */

#define BODY(text) "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"" text "\"}}]"

TEST(an_edited_message_shows_its_new_body_and_what_was_not_changed)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    uint64_t digest;

    fixture_user(f, bob, "group_open_http_svc.send_group_msg",
                 "{\"GroupId\":\"g\",\"Random\":5,\"CloudCustomData\":\"c0\",\"MsgBody\":" BODY(
                     "b0") ",\"GroupAtInfo\":[{\"GroupAtAllFlag\":0,\"GroupAt_Account\":\"carol\"}]"
                           ",\"MsgClientTime\":%u}",
                 fixture_now(f) - 7);
    fixture_forget(f);
    fixture_user(f, bob, EDIT,
                 "{\"GroupId\":\"g\",\"MsgSeq\":1,\"MsgVersion\":0,\"MsgBody\":" BODY("b1") "}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "MsgVersion"), 1);
    assert_string_equal(fixture_text(f, "MsgBody.0.MsgContent.Text"), "b1");
    assert_string_equal(fixture_text(f, "CloudCustomData"), "c0");
    assert_int_equal(fixture_pushed(f, carol, "GroupMsgModNotifys"), 1);
    assert_int_equal(fixture_pushed(f, carol, "\"b1\""), 1);
    assert_int_equal(fixture_pushed(f, carol, "\"MsgVersion\":1"), 1);
    assert_int_equal(fixture_pushed(f, bob, "GroupMsgModNotifys"), 0);
    fixture_user(f, bob, EDIT,
                 "{\"GroupId\":\"g\",\"MsgSeq\":1,\"MsgVersion\":1,\"CloudCustomData\":\"c2\"}");
    assert_int_equal(fixture_number(f, "MsgVersion"), 2);
    assert_string_equal(fixture_text(f, "MsgBody.0.MsgContent.Text"), "b1");
    for (unsigned i = 3; i <= 6; i++)
        fixture_admin(f, EDIT, "{\"GroupId\":\"g\",\"MsgSeq\":1,\"MsgBody\":" BODY("b%u") "}", i);
    read_one(f, carol, 1);
    assert_string_equal(text(f), "b6");
    assert_string_equal(fixture_text(f, "RspMsgList.0.CloudCustomData"), "c2");
    assert_string_equal(fixture_text(f, "RspMsgList.0.GroupAtInfo.0.GroupAt_Account"), "carol");
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgVersion"), 6);
    assert_int_equal(fixture_number(f, "RspMsgList.0.MsgClientTime"), fixture_now(f) - 7);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    carol = fixture_login(f, "carol", PLATFORM_WEB);
    read_one(f, carol, 1);
    assert_string_equal(text(f), "b6");
    fixture_free(f);
}

TEST(an_edit_of_an_old_version_is_told_what_is_stored)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    group_say(f, "g", "bob", "b0");
    fixture_admin(
        f, EDIT,
        "{\"GroupId\":\"g\",\"MsgSeq\":1,\"CloudCustomData\":\"c1\",\"MsgBody\":" BODY("b1") "}");
    fixture_user(f, bob, EDIT,
                 "{\"GroupId\":\"g\",\"MsgSeq\":1,\"MsgVersion\":0,\"MsgBody\":" BODY("mine") "}");
    assert_int_equal(f->err, 20027);
    assert_int_equal(fixture_number(f, "MsgVersion"), 1);
    assert_string_equal(fixture_text(f, "MsgBody.0.MsgContent.Text"), "b1");
    assert_string_equal(fixture_text(f, "CloudCustomData"), "c1");
    read_one(f, bob, 1);
    assert_string_equal(text(f), "b1");
    fixture_free(f);
}

static enum im_err edit(struct shard_fixture *f, int terminal, const char *members)
{
    if (terminal < 0)
        fixture_admin(f, EDIT, "{\"GroupId\":\"g\"%s}", members);
    else
        fixture_user(f, terminal, EDIT, "{\"GroupId\":\"g\"%s}", members);
    return f->err;
}

TEST(edits_are_for_the_sender_and_those_who_run_the_group)
{
    struct shard_fixture *f = three_in("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);
    uint32_t seq = group_say(f, "g", "bob", "x");
    char change[128], big[9000], missing[128];

    snprintf(change, sizeof(change), ",\"MsgSeq\":%u,\"MsgBody\":" BODY("y"), seq);
    snprintf(missing, sizeof(missing), ",\"MsgSeq\":%u,\"MsgBody\":" BODY("y"), seq + 9);
    assert_int_equal(edit(f, bob, change), IM_OK);
    assert_int_equal(edit(f, alice, change), IM_OK);
    assert_int_equal(edit(f, -1, change), IM_OK);
    assert_int_equal(edit(f, carol, change), 10007);
    assert_int_equal(edit(f, dave, change), 10007);
    assert_int_equal(edit(f, dave, missing), 10007);
    assert_int_equal(edit(f, bob, missing), 10030);
    assert_int_equal(edit(f, bob, ",\"MsgSeq\":1"), 10004);
    assert_int_equal(edit(f, bob, ",\"MsgSeq\":1,\"MsgBody\":[]"), 10004);
    assert_int_equal(edit(f, bob, ",\"MsgSeq\":1,\"CloudCustomData\":1"), 10004);
    assert_int_equal(edit(f, bob, ",\"MsgBody\":" BODY("y")), 10004);
    snprintf(big, sizeof(big), ",\"MsgSeq\":%u,\"CloudCustomData\":\"%0*d\"", seq, 7998, 0);
    assert_int_equal(edit(f, bob, big), IM_OK);
    snprintf(big, sizeof(big), ",\"MsgSeq\":%u,\"CloudCustomData\":\"%0*d\"", seq, 7999, 0);
    assert_int_equal(edit(f, bob, big), 80002);
    recall(f, -1, seq);
    assert_int_equal(edit(f, bob, change), 10030);
    fixture_admin(f, EDIT, "{\"GroupId\":\"none\"%s}", change);
    assert_int_equal(f->err, 10010);
    fixture_free(f);
}

TEST(who_is_muted_does_not_speak_by_editing)
{
    struct shard_fixture *f = three_in("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    uint32_t seq = group_say(f, "g", "bob", "x");
    char change[128];

    snprintf(change, sizeof(change), ",\"MsgSeq\":%u,\"MsgBody\":" BODY("y"), seq);
    fixture_admin(f, "group_open_http_svc.forbid_send_msg",
                  "{\"GroupId\":\"g\",\"Members_Account\":[\"bob\"],\"ShutUpTime\":60}");
    assert_int_equal(edit(f, bob, change), IM_ERR_GROUP_MUTED);
    assert_int_equal(edit(f, carol, change), IM_ERR_GROUP_RIGHT);
    assert_int_equal(edit(f, alice, change), IM_OK);
    fixture_advance(f, 60);
    assert_int_equal(edit(f, bob, change), IM_OK);
    fixture_admin(f, "group_open_http_svc.modify_group_base_info",
                  "{\"GroupId\":\"g\",\"ShutUpAllMember\":\"On\"}");
    assert_int_equal(edit(f, bob, change), IM_ERR_GROUP_MUTED);
    assert_int_equal(edit(f, alice, change), IM_OK);
    assert_int_equal(edit(f, -1, change), IM_OK);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_recalled_message_is_a_place_with_who_recalled_it),
                     T(a_user_recalls_its_own_for_two_minutes),
                     T(others_messages_are_recalled_by_owner_and_admins_only),
                     T(an_administrator_recalls_while_the_message_lives),
                     T(tips_and_messages_of_rooms_cannot_be_recalled),
                     T(ten_seqs_are_recalled_at_once_each_with_its_code),
                     T(who_was_away_asks_what_was_recalled_since),
                     T(an_edited_message_shows_its_new_body_and_what_was_not_changed),
                     T(an_edit_of_an_old_version_is_told_what_is_stored),
                     T(edits_are_for_the_sender_and_those_who_run_the_group),
                     T(who_is_muted_does_not_speak_by_editing));
}
