/* Read receipts of group messages, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/group_fixture.h"

static const char READ[] = "group_open_http_svc.group_msg_receipt";
static const char COUNTS[] = "group_open_http_svc.get_group_msg_receipt";
static const char DETAIL[] = "group_open_http_svc.get_group_msg_receipt_detail";

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

/* A message that asks for receipts. */
static uint32_t ask(struct shard_fixture *f, int terminal)
{
    fixture_user(f, terminal, "group_open_http_svc.send_group_msg",
                 "{\"GroupId\":\"g\",\"Random\":%u,\"NeedReadReceipt\":1,\"MsgBody\":[{"
                 "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"x\"}}]}",
                 ++f->seq);
    assert_int_equal(f->err, IM_OK);
    return (uint32_t)fixture_number(f, "MsgSeq");
}

static enum im_err report(struct shard_fixture *f, int terminal, uint32_t seq)
{
    fixture_user(f, terminal, READ, "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}", seq);
    return f->err;
}

static void check_counts(struct shard_fixture *f, int terminal, uint32_t seq, unsigned code,
                         unsigned read, unsigned unread)
{
    static const char json[] = "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}";

    if (terminal < 0)
        fixture_admin(f, COUNTS, json, seq);
    else
        fixture_user(f, terminal, COUNTS, json, seq);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "GroupMsgReceiptList.0.MsgSeq"), seq);
    assert_int_equal(fixture_number(f, "GroupMsgReceiptList.0.Code"), code);
    assert_int_equal(fixture_number(f, "GroupMsgReceiptList.0.ReadNum"), read);
    assert_int_equal(fixture_number(f, "GroupMsgReceiptList.0.UnreadNum"), unread);
}

TEST(a_member_counts_once_and_the_sender_is_told)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    uint32_t seq = ask(f, alice);
    uint64_t digest;

    check_counts(f, alice, seq, 0, 0, 2);
    fixture_forget(f);
    assert_int_equal(report(f, bob, seq), IM_OK);
    assert_int_equal(fixture_pushed(f, alice, "\"ReportType\":16"), 1);
    assert_int_equal(fixture_pushed(f, alice, "\"ReadNum\":1,\"UnreadNum\":1"), 1);
    assert_int_equal(fixture_pushed(f, carol, "\"ReportType\":16"), 0);
    check_counts(f, alice, seq, 0, 1, 1);
    fixture_forget(f);
    assert_int_equal(report(f, bob, seq), IM_OK);
    assert_int_equal(fixture_pushed(f, alice, "\"ReportType\":16"), 0);
    check_counts(f, alice, seq, 0, 1, 1);
    report(f, carol, seq);
    check_counts(f, -1, seq, 0, 2, 0);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    check_counts(f, -1, seq, 0, 2, 0);
    fixture_free(f);
}

TEST(only_messages_of_others_that_ask_for_it_take_receipts)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);
    uint32_t plain = group_say(f, "g", "alice", "x"), seq = ask(f, alice);
    uint64_t digest = fixture_digest(f);

    assert_int_equal(report(f, bob, plain), IM_OK);
    assert_int_equal(report(f, bob, seq + 1), IM_OK);
    assert_int_equal(report(f, alice, seq), IM_OK);
    assert_int_equal(report(f, dave, seq), 10007);
    assert_int_equal(fixture_digest(f), digest);
    check_counts(f, alice, plain, 10030, 0, 0);
    check_counts(f, alice, seq + 1, 10030, 0, 0);
    check_counts(f, bob, seq, 10007, 0, 0);
    check_counts(f, alice, seq, 0, 0, 2);
    fixture_user(f, dave, COUNTS, "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}", seq);
    assert_int_equal(f->err, 10007);
    fixture_user(f, dave, DETAIL, "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Flag\":0}", seq);
    assert_int_equal(f->err, 10007);
    fixture_user(f, bob, DETAIL, "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Flag\":0}", seq);
    assert_int_equal(f->err, 10007);
    fixture_user(f, alice, DETAIL, "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Flag\":0}", plain);
    assert_int_equal(f->err, 10030);
    fixture_admin(f, "group_open_http_svc.group_msg_recall",
                  "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}", seq);
    check_counts(f, alice, seq, 10030, 0, 0);
    fixture_free(f);
}

TEST(unread_are_the_members_of_now_who_could_see_it)
{
    static const char *const types[] = {"Public", "ChatRoom"};

    for (unsigned i = 0; i < 2; i++) {
        struct shard_fixture *f = three_in(types[i]);
        int alice = fixture_login(f, "alice", PLATFORM_WEB);
        int dave = fixture_login(f, "dave", PLATFORM_WEB);
        uint32_t seq = ask(f, alice);

        fixture_advance(f, 5);
        fixture_admin(f, "group_open_http_svc.add_group_member",
                      "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"dave\"}]}");
        assert_int_equal(f->err, IM_OK);
        check_counts(f, alice, seq, 0, 0, i == 0 ? 2 : 3);
        report(f, dave, seq);
        check_counts(f, alice, seq, 0, i == 0 ? 0 : 1, 2);
        fixture_admin(f, "group_open_http_svc.delete_group_member",
                      "{\"GroupId\":\"g\",\"MemberToDel_Account\":[\"carol\"]}");
        assert_int_equal(f->err, IM_OK);
        check_counts(f, alice, seq, 0, i == 0 ? 0 : 1, 1);
        fixture_free(f);
    }
}

TEST(who_has_read_and_who_has_not_is_listed_page_by_page)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint32_t seq = ask(f, alice);

    fixture_admin(f, "group_open_http_svc.add_group_member",
                  "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"dave\"}]}");
    report(f, bob, seq);
    fixture_user(f, alice, DETAIL,
                 "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Flag\":0,\"Cursor\":\"\",\"Num\":100}", seq);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "ReadList"), 1);
    assert_int_equal(fixture_count(f, "UnreadList"), 0);
    assert_string_equal(fixture_text(f, "ReadList.0.Read_Account"), "bob");
    assert_string_equal(fixture_text(f, "Cursor"), "");
    assert_int_equal(fixture_number(f, "IsFinish"), 1);
    fixture_user(f, alice, DETAIL,
                 "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Flag\":1,\"Cursor\":0,\"Num\":1}", seq);
    assert_int_equal(fixture_count(f, "UnreadList"), 1);
    assert_string_equal(fixture_text(f, "UnreadList.0.Unread_Account"), "carol");
    assert_int_equal(fixture_number(f, "IsFinish"), 0);
    fixture_admin(f, DETAIL,
                  "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Flag\":1,\"Cursor\":\"%s\",\"Num\":1}", seq,
                  fixture_text(f, "Cursor"));
    assert_string_equal(fixture_text(f, "UnreadList.0.Unread_Account"), "dave");
    assert_int_equal(fixture_number(f, "IsFinish"), 1);
    fixture_user(f, alice, DETAIL, "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Flag\":2}", seq);
    assert_int_equal(f->err, 10004);
    fixture_user(f, alice, DETAIL, "{\"GroupId\":\"g\",\"MsgSeq\":%u,\"Cursor\":\"x\"}", seq);
    assert_int_equal(f->err, 10004);
    fixture_free(f);
}

TEST(thirty_receipts_go_in_one_report_and_one_push)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    char seqs[1024] = "";

    for (unsigned i = 1; i <= 30; i++) {
        uint32_t seq = ask(f, alice);

        snprintf(seqs + strlen(seqs), sizeof(seqs) - strlen(seqs), "%s{\"MsgSeq\":%u}",
                 i > 1 ? "," : "", seq);
    }
    fixture_forget(f);
    fixture_user(f, bob, READ, "{\"GroupId\":\"g\",\"MsgSeqList\":[%s]}", seqs);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, alice, "\"ReportType\":16"), 1);
    fixture_user(f, alice, COUNTS, "{\"GroupId\":\"g\",\"MsgSeqList\":[%s]}", seqs);
    assert_int_equal(fixture_count(f, "GroupMsgReceiptList"), 30);
    assert_int_equal(fixture_number(f, "GroupMsgReceiptList.29.ReadNum"), 1);
    fixture_user(f, bob, READ, "{\"GroupId\":\"g\",\"MsgSeqList\":[%s,{\"MsgSeq\":1}]}", seqs);
    assert_int_equal(f->err, 10004);
    fixture_user(f, bob, READ, "{\"GroupId\":\"g\",\"MsgSeqList\":[]}");
    assert_int_equal(f->err, 10004);
    fixture_user(f, bob, READ, "{\"GroupId\":\"none\",\"MsgSeqList\":[{\"MsgSeq\":1}]}");
    assert_int_equal(f->err, 10010);
    fixture_user(f, bob, READ, "[]");
    assert_int_equal(f->err, 10011);
    fixture_free(f);
}

TEST(reports_that_wait_for_rows_count_once_too)
{
    struct shard_fixture *f = three_in("ChatRoom");
    int alice = fixture_login(f, "alice", PLATFORM_WEB), bob, carol;
    uint32_t seq = ask(f, alice);

    fixture_checkpoint(f);
    fixture_restart(f);
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    carol = fixture_login(f, "carol", PLATFORM_WEB);
    f->shuffle = true;
    for (unsigned i = 0; i < 5; i++) {
        fixture_post(f, bob, READ, "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}", seq);
        fixture_post(f, carol, READ, "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}", seq);
    }
    fixture_drain(f);
    assert_int_equal(fixture_pushed(f, alice, "\"ReportType\":16"), 2);
    check_counts(f, alice, seq, 0, 2, 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_member_counts_once_and_the_sender_is_told),
                     T(only_messages_of_others_that_ask_for_it_take_receipts),
                     T(unread_are_the_members_of_now_who_could_see_it),
                     T(who_has_read_and_who_has_not_is_listed_page_by_page),
                     T(thirty_receipts_go_in_one_report_and_one_push),
                     T(reports_that_wait_for_rows_count_once_too));
}
