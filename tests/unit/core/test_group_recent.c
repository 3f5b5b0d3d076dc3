/* Groups among the recent contacts, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/group_fixture.h"

#define DAY_S 86400u

static struct shard_fixture *people(void)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    fixture_limit(f, "multi_terminal", 1);
    fixture_account(f, "alice");
    fixture_account(f, "bob");
    fixture_account(f, "carol");
    return f;
}

static void page(struct shard_fixture *f, int terminal)
{
    fixture_user(f, terminal, "recentcontact.page_get",
                 "{\"TimeStamp\":0,\"StartIndex\":0,\"TopTimeStamp\":0,\"TopStartIndex\":0}");
    assert_int_equal(f->err, IM_OK);
}

static struct json item_at(struct shard_fixture *f, unsigned i)
{
    char path[32];

    snprintf(path, sizeof(path), "SessionItem.%u", i);
    return fixture_at(f, path);
}

static void assert_item(struct shard_fixture *f, unsigned i, const char *peer)
{
    struct json item = item_at(f, i);
    struct json group = json_member(item, "ToAccount");
    char quoted[80];

    snprintf(quoted, sizeof(quoted), "\"%s\"", peer);
    if (group.type == JSON_NONE)
        group = json_member(item, "To_Account");
    if (!span_is(group.text, quoted))
        fail_msg("item %u is %.*s, not %s", i, SPAN_FMT(group.text), peer);
}

/* The item of a group in the page of a terminal; fails the test if it is not listed. */
static struct json group_item(struct shard_fixture *f, int terminal, const char *id)
{
    struct json value;
    char quoted[80];

    page(f, terminal);
    snprintf(quoted, sizeof(quoted), "\"%s\"", id);
    for (unsigned i = 0; i < fixture_count(f, "SessionItem"); i++) {
        value = json_member(item_at(f, i), "ToAccount");
        if (value.type == JSON_STRING && span_is(value.text, quoted))
            return item_at(f, i);
    }
    fail_msg("%s is not listed", id);
    return (struct json){0};
}

static uint64_t number(struct json item, const char *path)
{
    uint64_t value = UINT64_MAX;

    assert_true(json_to_u64(fixture_path(item, path), &value));
    return value;
}

static bool text_is(struct json item, const char *path, const char *text)
{
    char quoted[80];

    snprintf(quoted, sizeof(quoted), "\"%s\"", text);
    return span_is(fixture_path(item, path).text, quoted);
}

static void change(struct shard_fixture *f, int terminal, const char *command, const char *json)
{
    fixture_user(f, terminal, command, "%s", json);
    assert_int_equal(f->err, IM_OK);
}

TEST(groups_and_persons_are_listed_together_by_their_last_message)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);

    group_make(f, "Public", "old", "alice", "{\"Member_Account\":\"bob\"}");
    group_make(f, "Public", "new", "alice", "{\"Member_Account\":\"bob\"}");
    group_say(f, "old", "bob", "1");
    fixture_advance(f, 1);
    fixture_send_rest(f, "carol", "alice", "2", "");
    fixture_advance(f, 1);
    group_say(f, "new", "bob", "3");
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 3);
    assert_item(f, 0, "new");
    assert_item(f, 1, "carol");
    assert_item(f, 2, "old");
    fixture_admin(f, "recentcontact.get_list",
                  "{\"From_Account\":\"alice\",\"TimeStamp\":0,\"StartIndex\":0,"
                  "\"TopTimeStamp\":0,\"TopStartIndex\":0,\"AssistFlags\":7}");
    assert_int_equal(fixture_number(f, "SessionItem.0.Type"), 2);
    assert_string_equal(fixture_text(f, "SessionItem.0.GroupId"), "new");
    assert_int_equal(fixture_number(f, "SessionItem.1.Type"), 1);
    assert_string_equal(fixture_text(f, "SessionItem.1.To_Account"), "carol");
    assert_string_equal(fixture_text(f, "SessionItem.2.GroupId"), "old");
    fixture_free(f);
}

TEST(an_item_tells_the_last_message_and_what_is_unread)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    struct json item;
    uint32_t seq;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "one");
    seq = group_say(f, "g", "bob", "two");
    item = group_item(f, alice, "g");
    assert_int_equal(number(item, "Type"), 2);
    assert_int_equal(number(item, "MsgSeq"), seq);
    assert_int_equal(number(item, "GroupNextMsgSeq"), seq + 1);
    assert_int_equal(number(item, "UnreadMsgCount"), 2);
    assert_int_equal(number(item, "GroupIgnoredUnreadSeqCount"), 0);
    assert_int_equal(number(item, "LastMsgFlags"), 0);
    assert_int_equal(number(item, "MsgRecvOption"), 0);
    assert_int_equal(number(item, "TopFlags"), 0);
    assert_true(text_is(item, "GroupType", "Public"));
    assert_true(text_is(item, "GroupNick", "g"));
    assert_true(text_is(item, "MsgGroupFrom_Account", "bob"));
    assert_true(text_is(item, "LastMsg.MsgBody.0.MsgContent.Text", "two"));
    fixture_user(f, alice, "group_open_http_svc.msg_read_report",
                 "{\"GroupId\":\"g\",\"MsgReadedSeq\":%u}", seq);
    item = group_item(f, alice, "g");
    assert_int_equal(number(item, "UnreadMsgCount"), 0);
    assert_int_equal(number(item, "MsgGroupReadedSeq"), seq);
    fixture_free(f);
}

TEST(unread_is_exact_right_after_a_reconnect_and_after_a_restart)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    uint32_t seq;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    seq = group_say(f, "g", "bob", "one");
    fixture_user(f, alice, "group_open_http_svc.msg_read_report",
                 "{\"GroupId\":\"g\",\"MsgReadedSeq\":%u}", seq);
    fixture_user(f, alice, "im_open_status.wslogout", "{}");
    group_say(f, "g", "bob", "two");
    group_say(f, "g", "alice", "mine");
    group_say(f, "g", "bob", "three");
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    assert_int_equal(number(group_item(f, alice, "g"), "UnreadMsgCount"), 2);
    fixture_restart(f);
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    assert_int_equal(number(group_item(f, alice, "g"), "UnreadMsgCount"), 2);
    fixture_free(f);
}

TEST(pinned_groups_come_first_and_other_terminals_hear_of_the_pin)
{
    struct shard_fixture *f = people();
    int web = fixture_login(f, "alice", PLATFORM_WEB);
    int phone = fixture_login(f, "alice", PLATFORM_IPHONE);

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "x");
    fixture_advance(f, 1);
    fixture_send_rest(f, "carol", "alice", "y", "");
    fixture_forget(f);
    change(f, web, "recentcontact.top",
           "{\"OperationType\":1,\"RecentContactItem\":[{\"Type\":2,\"GroupId\":\"g\"}]}");
    assert_int_equal(fixture_number(f, "ResultItem.0.ResultCode"), 0);
    assert_int_equal(fixture_pushed(f, phone, "\"PushType\":2"), 1);
    assert_int_equal(fixture_pushed(f, phone, "{\"Type\":2,\"GroupId\":\"g\"}"), 1);
    assert_int_equal(fixture_pushed(f, web, "RecentContactMod"), 0);
    page(f, web);
    assert_item(f, 0, "g");
    assert_int_equal(fixture_number(f, "SessionItem.0.TopFlags"), 1);
    fixture_restart(f);
    web = fixture_login(f, "alice", PLATFORM_WEB);
    page(f, web);
    assert_item(f, 0, "g");
    change(f, web, "recentcontact.top",
           "{\"OperationType\":2,\"RecentContactItem\":[{\"Type\":2,\"GroupId\":\"g\"}]}");
    page(f, web);
    assert_item(f, 0, "carol");
    assert_item(f, 1, "g");
    fixture_free(f);
}

TEST(a_deleted_conversation_comes_back_with_the_next_message_and_only_that_unread)
{
    struct shard_fixture *f = people();
    int web = fixture_login(f, "alice", PLATFORM_WEB);
    int phone = fixture_login(f, "alice", PLATFORM_IPHONE);
    struct json item;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "x");
    fixture_forget(f);
    change(f, web, "recentcontact.batch_delete",
           "{\"ContactItem\":[{\"Type\":2,\"ToGroupid\":\"g\"}],\"ClearRamble\":0}");
    assert_string_equal(fixture_text(f, "ResultItem.0.ToGroupid"), "g");
    assert_int_equal(fixture_pushed(f, phone,
                                    "\"RecentContactDeleteItem\":{\"RecentContactList\":"
                                    "[{\"Type\":2,\"GroupId\":\"g\"}]"),
                     1);
    page(f, web);
    assert_int_equal(fixture_count(f, "SessionItem"), 0);
    fixture_restart(f);
    web = fixture_login(f, "alice", PLATFORM_WEB);
    page(f, web);
    assert_int_equal(fixture_count(f, "SessionItem"), 0);
    group_say(f, "g", "bob", "again");
    item = group_item(f, web, "g");
    assert_int_equal(number(item, "UnreadMsgCount"), 1);
    assert_true(text_is(item, "LastMsg.MsgBody.0.MsgContent.Text", "again"));
    fixture_free(f);
}

TEST(rest_deletes_a_conversation_of_an_account)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "x");
    fixture_admin(f, "recentcontact.delete",
                  "{\"From_Account\":\"alice\",\"Type\":2,\"ToGroupid\":\"g\",\"ClearRamble\":1}");
    assert_int_equal(f->err, IM_OK);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 0);
    /* What is not there is deleted already. */
    fixture_admin(f, "recentcontact.delete",
                  "{\"From_Account\":\"carol\",\"Type\":2,\"ToGroupid\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, "recentcontact.delete",
                  "{\"From_Account\":\"carol\",\"Type\":2,\"ToGroupid\":\"none\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, "recentcontact.delete", "{\"From_Account\":\"carol\",\"Type\":2}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 50002);
    fixture_free(f);
}

TEST(a_cleared_conversation_stays_listed_without_a_message)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    struct json item;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "alice", "x");
    change(f, alice, "recentcontact.clear_msg", "{\"Type\":2,\"ToGroupid\":\"g\"}");
    item = group_item(f, alice, "g");
    assert_int_equal(json_member(item, "LastMsg").type, JSON_NONE);
    assert_int_equal(number(item, "UnreadMsgCount"), 0);
    assert_true(text_is(group_item(f, bob, "g"), "LastMsg.MsgBody.0.MsgContent.Text", "x"));
    fixture_admin(f, "recentcontact.get_list",
                  "{\"From_Account\":\"alice\",\"TimeStamp\":0,\"StartIndex\":0,"
                  "\"AssistFlags\":5}");
    assert_int_equal(fixture_count(f, "SessionItem"), 0);
    group_say(f, "g", "bob", "y");
    item = group_item(f, alice, "g");
    assert_true(text_is(item, "LastMsg.MsgBody.0.MsgContent.Text", "y"));
    fixture_free(f);
}

TEST(who_joins_late_does_not_see_the_conversation_of_before)
{
    struct shard_fixture *f = people();
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    struct json item;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "secret");
    fixture_admin(f, "group_open_http_svc.add_group_member",
                  "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"carol\"}],"
                  "\"Silence\":1}");
    assert_int_equal(f->err, IM_OK);
    page(f, carol);
    assert_null(strstr(f->text, "secret"));
    group_say(f, "g", "bob", "hello");
    item = group_item(f, carol, "g");
    assert_true(text_is(item, "LastMsg.MsgBody.0.MsgContent.Text", "hello"));
    fixture_free(f);
}

TEST(a_recalled_last_message_is_shown_as_recalled)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    struct json item;
    uint32_t seq;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    seq = group_say(f, "g", "bob", "oops");
    fixture_admin(f, "group_open_http_svc.group_msg_recall",
                  "{\"GroupId\":\"g\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}", seq);
    assert_int_equal(f->err, IM_OK);
    item = group_item(f, alice, "g");
    assert_null(strstr(f->text, "oops"));
    assert_int_equal(number(item, "LastMsgFlags"), 2);
    assert_int_equal(number(item, "UnreadMsgCount"), 0);
    assert_int_equal(json_member(json_member(item, "LastMsg"), "RevokerInfo").type, JSON_OBJECT);
    fixture_free(f);
}

TEST(a_message_that_the_member_deleted_gives_way_to_the_one_before)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int carol;
    uint32_t seq;

    group_make(f, "Public", "g", "bob",
               "{\"Member_Account\":\"alice\"},{\"Member_Account\":\"carol\"}");
    carol = fixture_login(f, "carol", PLATFORM_WEB);
    group_say(f, "g", "bob", "first");
    seq = group_say(f, "g", "bob", "second");
    fixture_user(f, alice, "group_open_http_svc.delete_group_ramble_msg_by_seq",
                 "{\"GroupId\":\"g\",\"Seqs\":[\"%u\"]}", seq);
    assert_int_equal(f->err, IM_OK);
    assert_true(text_is(group_item(f, alice, "g"), "LastMsg.MsgBody.0.MsgContent.Text", "first"));
    assert_true(text_is(group_item(f, carol, "g"), "LastMsg.MsgBody.0.MsgContent.Text", "second"));
    fixture_free(f);
}

TEST(a_tip_that_is_last_has_the_form_of_a_tip)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    struct json item;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "hello");
    fixture_admin(f, "group_open_http_svc.add_group_member",
                  "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"carol\"}]}");
    assert_int_equal(f->err, IM_OK);
    item = group_item(f, alice, "g");
    assert_int_equal(number(item, "LastMsg.Event"), 4);
    assert_true(text_is(item, "LastMsg.GroupTips.ToGroupId", "g"));
    assert_int_equal(number(item, "LastMsg.GroupTips.MsgBody.OpType"), 1);
    assert_true(text_is(item, "LastMsg.GroupTips.GroupInfo.GroupName", "g"));
    fixture_free(f);
}

TEST(a_group_leaves_the_list_when_its_last_message_has_expired_or_one_is_no_member)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_make(f, "Public", "h", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "x");
    group_say(f, "h", "bob", "x");
    fixture_admin(f, "group_open_http_svc.delete_group_member",
                  "{\"GroupId\":\"h\",\"MemberToDel_Account\":[\"alice\"]}");
    assert_int_equal(f->err, IM_OK);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 1);
    fixture_advance(f, 7 * DAY_S - 1);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 1);
    fixture_advance(f, 1);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 0);
    fixture_free(f);
}

TEST(groups_and_persons_share_the_limit)
{
    struct shard_fixture *f = people();
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    char name[16];

    for (unsigned i = 0; i < 60; i++) {
        snprintf(name, sizeof(name), "g%u", i);
        group_make(f, "Public", name, "bob", "{\"Member_Account\":\"alice\"}");
        group_say(f, name, "bob", "x");
        snprintf(name, sizeof(name), "p%u", i);
        fixture_account(f, name);
        fixture_send_rest(f, name, "alice", "x", "");
        fixture_advance(f, 1);
    }
    change(f, alice, "recentcontact.top",
           "{\"OperationType\":1,\"RecentContactItem\":[{\"Type\":2,\"GroupId\":\"g0\"}]}");
    fixture_limit(f, "recents", 100);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 100);
    assert_int_equal(fixture_number(f, "CompleteFlag"), 1);
    assert_item(f, 0, "g0");
    /* Each second has a person before a group: 49 whole seconds and the person of the 50th. */
    assert_item(f, 1, "p59");
    assert_item(f, 2, "g59");
    assert_item(f, 99, "p10");
    fixture_free(f);
}

TEST(the_list_of_five_hundred_groups_takes_a_few_loads)
{
    struct shard_fixture *f = people();
    char name[16];
    uint32_t loads;
    int alice;

    fixture_limit(f, "recents", 1000);
    for (unsigned i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "g%u", i);
        group_make(f, "Public", name, "bob", "{\"Member_Account\":\"alice\"}");
        group_say(f, name, "bob", "x");
        if (i % 10 == 9)
            fixture_advance(f, 1);
    }
    fixture_checkpoint(f);
    fixture_restart(f);
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    loads = f->loads;
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 500);
    assert_int_equal(fixture_number(f, "SessionItem.499.UnreadMsgCount"), 1);
    assert_true(f->loads - loads <= 5);
    fixture_free(f);
}

TEST(changes_are_the_same_after_a_restart_and_when_rows_come_late)
{
    struct shard_fixture *f = people();
    uint64_t digest;
    int alice;

    group_make(f, "Public", "g", "bob", "{\"Member_Account\":\"alice\"}");
    group_make(f, "Public", "h", "bob", "{\"Member_Account\":\"alice\"}");
    group_say(f, "g", "bob", "x");
    group_say(f, "h", "bob", "x");
    fixture_checkpoint(f);
    fixture_restart(f);
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    f->shuffle = true;
    fixture_post(f, alice, "recentcontact.top",
                 "{\"OperationType\":1,\"RecentContactItem\":[{\"Type\":2,\"GroupId\":\"g\"}]}");
    fixture_post(f, alice, "recentcontact.clear_msg", "{\"Type\":2,\"ToGroupid\":\"g\"}");
    fixture_post(f, alice, "recentcontact.batch_delete",
                 "{\"ContactItem\":[{\"Type\":2,\"ToGroupid\":\"h\"}],\"ClearRamble\":1}");
    fixture_post(f, alice, "openim.read_all_unread_msg",
                 "{\"C2CReadAllMsg\":1,\"GroupReadInfo\":[{\"GroupId\":\"g\",\"MsgSeq\":9}]}");
    fixture_drain(f);
    f->shuffle = false;
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 1);
    assert_item(f, 0, "g");
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_true(fixture_digest(f) == digest);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(groups_and_persons_are_listed_together_by_their_last_message),
        T(an_item_tells_the_last_message_and_what_is_unread),
        T(unread_is_exact_right_after_a_reconnect_and_after_a_restart),
        T(pinned_groups_come_first_and_other_terminals_hear_of_the_pin),
        T(a_deleted_conversation_comes_back_with_the_next_message_and_only_that_unread),
        T(rest_deletes_a_conversation_of_an_account),
        T(a_cleared_conversation_stays_listed_without_a_message),
        T(who_joins_late_does_not_see_the_conversation_of_before),
        T(a_recalled_last_message_is_shown_as_recalled),
        T(a_message_that_the_member_deleted_gives_way_to_the_one_before),
        T(a_tip_that_is_last_has_the_form_of_a_tip),
        T(a_group_leaves_the_list_when_its_last_message_has_expired_or_one_is_no_member),
        T(groups_and_persons_share_the_limit), T(the_list_of_five_hundred_groups_takes_a_few_loads),
        T(changes_are_the_same_after_a_restart_and_when_rows_come_late));
}
