/* Recent contacts, read marks and unread counts, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/recent/contact.h"
#include "support/shard_fixture.h"

#define DAY_S 86400u

static struct shard_fixture *people(unsigned count)
{
    struct shard_fixture *f = fixture_new(1 << 20);
    char name[16];

    fixture_account(f, "alice");
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "p%u", i);
        fixture_account(f, name);
        if (i % 50 == 49)
            fixture_advance(f, 1);
    }
    return f;
}

static const char *page(struct shard_fixture *f, int terminal)
{
    return fixture_user(f, terminal, "recentcontact.page_get",
                        "{\"From_Account\":\"alice\",\"TimeStamp\":0,\"StartIndex\":0,"
                        "\"TopTimeStamp\":0,\"TopStartIndex\":0,\"OrderType\":1}");
}

static const char *peer_at(struct shard_fixture *f, unsigned i)
{
    char path[64];

    snprintf(path, sizeof(path), "SessionItem.%u.To_Account", i);
    return fixture_text(f, path);
}

static unsigned unread_from(struct shard_fixture *f, const char *peer)
{
    fixture_admin(f, "openim.get_c2c_unread_msg_num",
                  "{\"To_Account\":\"alice\",\"Peer_Account\":[\"%s\"]}", peer);
    return (unsigned)fixture_number(f, "C2CUnreadMsgNumList.0.C2CUnreadMsgNum");
}

static unsigned unread_all(struct shard_fixture *f)
{
    fixture_admin(f, "openim.get_c2c_unread_msg_num", "{\"To_Account\":\"alice\"}");
    return (unsigned)fixture_number(f, "AllC2CUnreadMsgNum");
}

TEST(conversations_are_listed_by_their_last_message_pinned_ones_first)
{
    struct shard_fixture *f = people(4);
    int alice = fixture_login(f, "alice", PLATFORM_WEB);

    fixture_send_rest(f, "p0", "alice", "a", "");
    fixture_advance(f, 1);
    fixture_send(f, alice, "p1", "b");
    fixture_advance(f, 1);
    fixture_send_rest(f, "p2", "alice", "c", "");
    fixture_advance(f, 1);
    fixture_send_rest(f, "p3", "alice", "d", ",\"SendMsgControl\":[\"NoLastMsg\"]");
    fixture_user(
        f, alice, "recentcontact.top",
        "{\"OperationType\":1,\"RecentContactItem\":[{\"Type\":1,\"To_Account\":\"p0\"}]}");
    assert_int_equal(fixture_number(f, "ResultItem.0.ResultCode"), 0);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 3);
    assert_int_equal(fixture_number(f, "CompleteFlag"), 1);
    assert_string_equal(peer_at(f, 0), "p0");
    assert_string_equal(peer_at(f, 1), "p2");
    assert_string_equal(peer_at(f, 2), "p1");
    assert_int_equal(fixture_number(f, "SessionItem.0.TopFlags"), 1);
    assert_int_equal(fixture_number(f, "SessionItem.1.TopFlags"), 0);
    assert_string_equal(fixture_text(f, "SessionItem.2.LastC2CMsgFrom_Account"), "alice");
    assert_string_equal(fixture_text(f, "SessionItem.2.LastMsg.MsgBody.0.MsgContent.Text"), "b");
    assert_string_equal(fixture_text(f, "SessionItem.1.LastC2CMsgFrom_Account"), "p2");
    assert_int_equal(fixture_number(f, "SessionItem.1.MsgTimeStamp"), FIXTURE_START_S + 2);
    fixture_user(
        f, alice, "recentcontact.top",
        "{\"OperationType\":2,\"RecentContactItem\":[{\"Type\":1,\"To_Account\":\"p0\"}]}");
    page(f, alice);
    assert_string_equal(peer_at(f, 0), "p2");
    fixture_free(f);
}

TEST(each_item_carries_nick_avatar_and_what_the_peer_has_read)
{
    struct shard_fixture *f = people(1);
    int alice = fixture_login(f, "alice", PLATFORM_WEB), p0 = fixture_login(f, "p0", PLATFORM_WEB);

    fixture_admin(f, "im_open_login_svc.account_import",
                  "{\"Identifier\":\"p0\",\"Nick\":\"Zoe \\\"0\\\"\",\"FaceUrl\":\"http://f\"}");
    fixture_send(f, alice, "p0", "hi");
    page(f, alice);
    assert_int_equal(fixture_number(f, "SessionItem.0.C2cPeerReadTime"), 0);
    fixture_advance(f, 10);
    fixture_user(
        f, p0, "openim.msgreaded",
        "{\"C2CMsgReaded\":{\"Cookie\":\"\",\"C2CMsgReadedItem\":[{\"To_Account\":\"alice\","
        "\"LastedMsgTime\":%u,\"Receipt\":1}]}}",
        FIXTURE_START_S);
    assert_int_equal(fixture_pushed(f, alice, "C2cReadedReceipt"), 1);
    assert_int_equal(fixture_pushed(f, alice, "\"To_Account\":\"p0\""), 1);
    page(f, alice);
    assert_int_equal(fixture_number(f, "SessionItem.0.C2cPeerReadTime"), FIXTURE_START_S);
    assert_string_equal(fixture_text(f, "SessionItem.0.C2cNick"), "Zoe \"0\"");
    assert_string_equal(fixture_text(f, "SessionItem.0.C2cImage"), "http://f");
    fixture_user(f, alice, "openim.get_peer_read_time", "{\"To_Account\":[\"nobody\",\"p0\"]}");
    assert_int_equal(fixture_number(f, "ReadTime.0"), 0);
    assert_int_equal(fixture_number(f, "ReadTime.1"), FIXTURE_START_S);
    fixture_user(f, alice, "openim.getroammsg", "{\"Peer_Account\":\"p0\"}");
    assert_int_equal(fixture_number(f, "MsgList.0.IsPeerRead"), 1);
    fixture_free(f);
}

TEST(a_deleted_conversation_returns_with_the_next_message_and_nothing_old_unread)
{
    struct shard_fixture *f = people(2);
    int alice = fixture_login(f, "alice", PLATFORM_WEB);

    fixture_send_rest(f, "p0", "alice", "a", "");
    fixture_send_rest(f, "p0", "alice", "b", "");
    fixture_user(f, alice, "recentcontact.batch_delete",
                 "{\"ContactItem\":[{\"Type\":1,\"To_Account\":\"p0\"},{\"Type\":1,\"To_Account\":"
                 "\"p1\"},{\"Type\":2,\"ToGroupid\":\"g\"}],\"ClearRamble\":0}");
    assert_int_equal(fixture_count(f, "ResultItem"), 3);
    assert_int_equal(fixture_number(f, "ResultItem.0.ResultCode"), 0);
    assert_string_equal(fixture_text(f, "ResultItem.2.ToGroupid"), "g");
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 0);
    fixture_advance(f, 1);
    fixture_send_rest(f, "p0", "alice", "c", "");
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 1);
    assert_int_equal(unread_from(f, "p0"), 1);
    fixture_user(f, alice, "openim.getroammsg", "{\"Peer_Account\":\"p0\"}");
    assert_int_equal(fixture_count(f, "MsgList"), 3);
    fixture_free(f);
}

TEST(clearing_empties_the_history_of_one_side_and_keeps_the_conversation)
{
    struct shard_fixture *f = people(1);
    int alice = fixture_login(f, "alice", PLATFORM_WEB), p0;

    fixture_send_rest(f, "p0", "alice", "a", "");
    fixture_user(f, alice, "recentcontact.clear_msg", "{\"Type\":1,\"To_Account\":\"p0\"}");
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 1);
    assert_int_equal(fixture_at(f, "SessionItem.0.LastMsg").type, JSON_NONE);
    fixture_user(f, alice, "openim.getroammsg", "{\"Peer_Account\":\"p0\"}");
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    assert_int_equal(unread_all(f), 0);
    p0 = fixture_login(f, "p0", PLATFORM_WEB);
    fixture_user(f, p0, "openim.getroammsg", "{\"Peer_Account\":\"alice\"}");
    assert_int_equal(fixture_count(f, "MsgList"), 1);
    fixture_advance(f, 1);
    fixture_send(f, p0, "alice", "new");
    fixture_admin(
        f, "recentcontact.delete",
        "{\"From_Account\":\"alice\",\"Type\":1,\"To_Account\":\"p0\",\"ClearRamble\":1}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    assert_string_equal(fixture_text(f, "ErrorDisplay"), "");
    assert_int_equal(fixture_pushed(f, alice, "RecentContactDeleteItem"), 1);
    fixture_user(f, alice, "openim.getroammsg", "{\"Peer_Account\":\"p0\"}");
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    fixture_free(f);
}

TEST(an_entry_goes_when_its_last_message_has_expired)
{
    struct shard_fixture *f = people(2);
    int alice = fixture_login(f, "alice", PLATFORM_WEB);

    fixture_send_rest(f, "p0", "alice", "a", "");
    fixture_advance(f, DAY_S);
    fixture_send_rest(f, "p1", "alice", "b", "");
    fixture_advance(f, 6 * DAY_S - 1);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 2);
    fixture_advance(f, 1);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 1);
    fixture_free(f);
}

TEST(the_list_is_cut_to_what_the_app_is_sold)
{
    struct shard_fixture *f = people(120);
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    char name[16];

    for (unsigned i = 0; i < 120; i++) {
        snprintf(name, sizeof(name), "p%u", i);
        fixture_send_rest(f, name, "alice", "x", "");
        fixture_advance(f, 1);
    }
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 50);
    assert_string_equal(peer_at(f, 0), "p119");
    assert_string_equal(peer_at(f, 49), "p70");
    fixture_user(f, alice, "openim.getmsg", "{\"Cookie\":\"\",\"SyncFlag\":0}");
    assert_int_equal(fixture_count(f, "C2CPairUnreadCount"), 50);
    fixture_limit(f, "recents", 100);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 100);
    fixture_user(f, alice, "openim.getmsg", "{\"Cookie\":\"\",\"SyncFlag\":0}");
    assert_int_equal(fixture_count(f, "C2CPairUnreadCount"), 100);
    assert_int_equal(unread_all(f), 100);
    fixture_free(f);
}

TEST(rest_reads_the_list_100_at_a_time_without_gaps_within_one_second)
{
    struct shard_fixture *f = people(230);
    unsigned total = 0, pages = 0;
    uint64_t time = 0, start = 0, top_time = 0, top_start = 0;
    char name[16];
    bool seen[230] = {false};

    for (unsigned i = 0; i < 230; i++) {
        snprintf(name, sizeof(name), "p%u", i);
        fixture_send_rest(f, name, "alice", "x", "");
        if (i % 80 == 79)
            fixture_advance(f, 1);
    }
    fixture_limit(f, "recents", 250);
    do {
        fixture_admin(f, "recentcontact.get_list",
                      "{\"From_Account\":\"alice\",\"TimeStamp\":%u,\"StartIndex\":%u,"
                      "\"TopTimeStamp\":%u,\"TopStartIndex\":%u,\"AssistFlags\":15}",
                      (unsigned)time, (unsigned)start, (unsigned)top_time, (unsigned)top_start);
        for (unsigned i = 0; i < fixture_count(f, "SessionItem"); i++) {
            unsigned at;

            assert_int_equal(sscanf(peer_at(f, i), "p%u", &at), 1);
            assert_false(seen[at]);
            seen[at] = true;
            total++;
        }
        time = fixture_number(f, "TimeStamp");
        start = fixture_number(f, "StartIndex");
        top_time = fixture_number(f, "TopTimeStamp");
        top_start = fixture_number(f, "TopStartIndex");
        pages++;
    } while (!fixture_number(f, "CompleteFlag"));
    assert_int_equal(total, 230);
    assert_int_equal(pages, 3);
    assert_int_equal(time, 0);
    fixture_admin(
        f, "recentcontact.get_list",
        "{\"From_Account\":\"nobody\",\"TimeStamp\":0,\"StartIndex\":0,\"AssistFlags\":7}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 50001);
    fixture_admin(f, "recentcontact.get_list", "{\"From_Account\":\"alice\"}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 50002);
    fixture_admin(f, "recentcontact.delete", "{\"From_Account\":\"alice\",\"Type\":3}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 50002);
    fixture_free(f);
}

/* ---- unread ---- */

TEST(unread_counts_what_the_peer_sent_and_stops_at_100)
{
    struct shard_fixture *f = people(2);
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    struct message_key key = {0};
    char text[51];

    for (unsigned i = 0; i < 5; i++)
        key = fixture_send_rest(f, "p0", "alice", "x", "");
    fixture_send_rest(f, "p0", "alice", "silent", ",\"SendMsgControl\":[\"NoUnread\"]");
    fixture_send_rest(f, "p1", "alice", "short", ",\"MsgLifeTime\":60");
    fixture_send(f, alice, "p0", "mine");
    assert_int_equal(unread_from(f, "p0"), 5);
    assert_int_equal(unread_all(f), 6);
    fixture_admin(f, "openim.admin_msgwithdraw",
                  "{\"From_Account\":\"p0\",\"To_Account\":\"alice\",\"MsgKey\":\"%s\"}",
                  fixture_key_text(key, text));
    assert_int_equal(unread_from(f, "p0"), 4);
    fixture_advance(f, 59);
    assert_int_equal(unread_from(f, "p1"), 1);
    fixture_advance(f, 1);
    assert_int_equal(unread_from(f, "p1"), 0);
    for (unsigned i = 0; i < 120; i++) {
        if (i % 60 == 0)
            fixture_advance(f, 1);
        fixture_send_rest(f, "p0", "alice", "x", "");
    }
    assert_int_equal(unread_from(f, "p0"), 100);
    fixture_admin(f, "openim.get_c2c_unread_msg_num",
                  "{\"To_Account\":\"alice\",\"Peer_Account\":[\"nobody\",\"p1\"]}");
    assert_int_equal(fixture_count(f, "C2CUnreadMsgNumList"), 1);
    assert_int_equal(fixture_number(f, "ErrorList.0.ErrorCode"), 70107);
    fixture_free(f);
}

TEST(reading_goes_up_to_its_second_and_never_back)
{
    struct shard_fixture *f = people(1);
    int phone, web;

    fixture_limit(f, "multi_terminal", 1);
    web = fixture_login(f, "alice", PLATFORM_WEB);
    phone = fixture_login(f, "alice", PLATFORM_IPHONE);
    for (unsigned i = 0; i < 4; i++) {
        fixture_send_rest(f, "p0", "alice", "x", "");
        fixture_advance(f, 1);
    }
    fixture_forget(f);
    fixture_admin(f, "openim.admin_set_msg_read",
                  "{\"Report_Account\":\"alice\",\"Peer_Account\":\"p0\",\"MsgReadTime\":%u}",
                  FIXTURE_START_S + 1);
    assert_int_equal(unread_from(f, "p0"), 2);
    assert_int_equal(fixture_pushed(f, web, "ReadC2cMsgNotify"), 1);
    assert_int_equal(fixture_pushed(f, phone, "ReadC2cMsgNotify"), 1);
    fixture_admin(f, "openim.admin_set_msg_read",
                  "{\"Report_Account\":\"alice\",\"Peer_Account\":\"p0\",\"MsgReadTime\":5}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    assert_int_equal(unread_from(f, "p0"), 2);
    fixture_restart(f);
    web = fixture_login(f, "alice", PLATFORM_WEB);
    phone = fixture_login(f, "alice", PLATFORM_IPHONE);
    assert_int_equal(unread_from(f, "p0"), 2);
    fixture_forget(f);
    fixture_user(f, web, "openim.msgreaded",
                 "{\"C2CMsgReaded\":{\"C2CMsgReadedItem\":[{\"To_Account\":\"p0\","
                 "\"LastedMsgTime\":4000000000}]}}");
    assert_int_equal(fixture_pushed(f, web, "ReadC2cMsgNotify"), 0);
    assert_int_equal(fixture_pushed(f, phone, "\"From_Account\":\"p0\",\"To_Account\":\"alice\""),
                     1);
    assert_int_equal(unread_from(f, "p0"), 0);
    fixture_advance(f, 1);
    fixture_send_rest(f, "p0", "alice", "x", "");
    assert_int_equal(unread_from(f, "p0"), 1);
    fixture_user(f, web, "openim.read_all_unread_msg",
                 "{\"C2CReadAllMsg\":1,\"GroupReadInfo\":[]}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 0);
    assert_int_equal(unread_all(f), 0);
    fixture_admin(f, "openim.admin_set_msg_read", "{\"Peer_Account\":\"p0\"}");
    assert_int_equal(fixture_number(f, "ErrorCode"), 90008);
    fixture_free(f);
}

TEST(the_last_visible_message_stands_in_for_a_deleted_one)
{
    struct shard_fixture *f = people(1);
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    struct message_key key;
    char text[51];

    fixture_send(f, alice, "p0", "first");
    fixture_advance(f, 1);
    key = fixture_send(f, alice, "p0", "second");
    fixture_user(f, alice, "openim.delete_c2c_msg_ramble",
                 "{\"To_Account\":\"p0\",\"MsgKeyList\":[\"%s\"]}", fixture_key_text(key, text));
    page(f, alice);
    assert_string_equal(fixture_text(f, "SessionItem.0.LastMsg.MsgBody.0.MsgContent.Text"),
                        "first");
    key = fixture_send(f, alice, "p0", "third");
    fixture_user(f, alice, "openim.msgwithdraw",
                 "{\"MsgInfo\":{\"To_Account\":\"p0\",\"MsgTimeStamp\":%u,\"MsgSeq\":%u,"
                 "\"MsgRandom\":%u}}",
                 key.time, key.seq, key.random);
    page(f, alice);
    assert_int_equal(fixture_number(f, "SessionItem.0.LastMsgFlags"), 8);
    fixture_free(f);
}

/* 5,064 contacts and one more: 64 fall out, the oldest that are not pinned. */
TEST(the_oldest_unpinned_contacts_fall_out_of_a_full_account)
{
    struct shard_fixture *f = fixture_new(64 << 20);
    const unsigned count = CONTACTS_MAX + CONTACTS_SLACK + 1;
    int alice;
    char name[16];

    fixture_account(f, "alice");
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    fixture_limit(f, "call_rate", 500);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "p%u", i);
        fixture_account(f, name);
        fixture_send(f, alice, name, "x");
        if (i == 0)
            fixture_user(
                f, alice, "recentcontact.top",
                "{\"OperationType\":1,\"RecentContactItem\":[{\"Type\":1,\"To_Account\":\"p0\"}]}");
        if (i % 100 == 0)
            fixture_advance(f, 1);
        if (i % 1000 == 0)
            fixture_checkpoint(f);
    }
    fixture_limit(f, "recents", 5000);
    page(f, alice);
    assert_int_equal(fixture_count(f, "SessionItem"), 5000);
    assert_string_equal(peer_at(f, 0), "p0");
    assert_null(strstr(f->text, "\"p1\""));
    assert_null(strstr(f->text, "\"p64\""));
    assert_non_null(strstr(f->text, "\"p66\""));
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(conversations_are_listed_by_their_last_message_pinned_ones_first),
                     T(each_item_carries_nick_avatar_and_what_the_peer_has_read),
                     T(a_deleted_conversation_returns_with_the_next_message_and_nothing_old_unread),
                     T(clearing_empties_the_history_of_one_side_and_keeps_the_conversation),
                     T(an_entry_goes_when_its_last_message_has_expired),
                     T(the_list_is_cut_to_what_the_app_is_sold),
                     T(rest_reads_the_list_100_at_a_time_without_gaps_within_one_second),
                     T(unread_counts_what_the_peer_sent_and_stops_at_100),
                     T(reading_goes_up_to_its_second_and_never_back),
                     T(the_last_visible_message_stands_in_for_a_deleted_one),
                     T(the_oldest_unpinned_contacts_fall_out_of_a_full_account));
}
