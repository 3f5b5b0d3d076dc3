/* Group messages read by members and administrators, deleted for all and for oneself, through
   whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/group_fixture.h"

#define WEEK_S 604800u
#define DAY_S 86400u

static const char GET[] = "group_open_http_svc.group_msg_get";
static const char SIMPLE[] = "group_open_http_svc.group_msg_get_simple";
static const char HIDE[] = "group_open_http_svc.delete_group_ramble_msg_by_seq";
static const char DELETE[] = "group_open_http_svc.delete_group_msg_by_sender";

/* alice owns a group of the type with bob. */
static struct shard_fixture *two_in(const char *type)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    fixture_account(f, "carol");
    group_make(f, type, "g", "alice", "{\"Member_Account\":\"bob\"}");
    return f;
}

/* The group takes 40 messages a second. */
static void say_many(struct shard_fixture *f, const char *from, unsigned count)
{
    char text[16];

    for (unsigned i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "m%u", i + 1);
        if (i % 30 == 29)
            fixture_advance(f, 1);
        assert_true(group_say(f, "g", from, text));
    }
}

static unsigned list(struct shard_fixture *f, int terminal, unsigned number, unsigned seq)
{
    fixture_user(f, terminal, GET,
                 "{\"GroupId\":\"g\",\"ReqMsgNumber\":%u,\"ReqMsgSeq\":%u,\"WithRecalledMsg\":1}",
                 number, seq);
    assert_int_equal(f->err, IM_OK);
    return (unsigned)fixture_count(f, "RspMsgList");
}

static unsigned simple(struct shard_fixture *f, unsigned number, const char *more)
{
    fixture_admin(f, SIMPLE, "{\"GroupId\":\"g\",\"ReqMsgNumber\":%u%s}", number, more);
    assert_int_equal(f->err, IM_OK);
    return (unsigned)fixture_count(f, "RspMsgList");
}

static uint64_t number_of(struct shard_fixture *f, unsigned i, const char *member)
{
    char path[64];

    snprintf(path, sizeof(path), "RspMsgList.%u.%s", i, member);
    return fixture_number(f, path);
}

static const char *text_of(struct shard_fixture *f, unsigned i)
{
    char path[64];

    snprintf(path, sizeof(path), "RspMsgList.%u.MsgBody.0.MsgContent.Text", i);
    return fixture_text(f, path);
}

static const char *body_of(struct shard_fixture *f, unsigned i)
{
    static char text[512];
    char path[64];

    snprintf(path, sizeof(path), "RspMsgList.%u.MsgBody", i);
    snprintf(text, sizeof(text), "%.*s", SPAN_FMT(fixture_at(f, path).text));
    return text;
}

static uint64_t seq_of(struct shard_fixture *f, unsigned i)
{
    return number_of(f, i, "MsgSeq");
}

TEST(a_member_reads_the_newest_first_with_all_that_a_push_shows)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    group_say(f, "g", "alice", "one");
    fixture_user(f, bob, "group_open_http_svc.send_group_msg",
                 "{\"GroupId\":\"g\",\"Random\":77,\"MsgClientTime\":%u,\"CloudCustomData\":\"c\","
                 "\"MsgPriority\":\"High\",\"NeedReadReceipt\":1,\"MsgBody\":[{\"MsgType\":"
                 "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"two\"}}],\"GroupAtInfo\":[{"
                 "\"GroupAtAllFlag\":0,\"GroupAt_Account\":\"alice\"}]}",
                 fixture_now(f) - 3);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(list(f, bob, 20, 2), 2);
    assert_string_equal(fixture_text(f, "GroupId"), "g");
    assert_int_equal(fixture_number(f, "IsFinished"), 1);
    assert_int_equal(fixture_number(f, "NextReqMsgSeq"), 0);
    assert_string_equal(text_of(f, 0), "two");
    assert_string_equal(text_of(f, 1), "one");
    assert_int_equal(seq_of(f, 0), 2);
    assert_string_equal(fixture_text(f, "RspMsgList.0.From_Account"), "bob");
    assert_string_equal(fixture_text(f, "RspMsgList.1.From_Account"), "alice");
    assert_int_equal(number_of(f, 0, "MsgRandom"), 77);
    assert_int_equal(number_of(f, 0, "MsgTimeStamp"), fixture_now(f));
    assert_int_equal(number_of(f, 0, "MsgClientTime"), fixture_now(f) - 3);
    assert_int_equal(number_of(f, 0, "NeedReadReceipt"), 1);
    assert_int_equal(number_of(f, 0, "IsPlaceMsg"), 0);
    assert_string_equal(fixture_text(f, "RspMsgList.0.CloudCustomData"), "c");
    assert_string_equal(fixture_text(f, "RspMsgList.0.GroupAtInfo.0.GroupAt_Account"), "alice");
    assert_string_equal(fixture_text(f, "RspMsgList.0.GroupInfo.GroupId"), "g");
    fixture_free(f);
}

TEST(a_range_that_reaches_beyond_the_newest_is_clipped)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    say_many(f, "alice", 7);
    /* As after a reconnect: the SDK has 5 and asks for 15 up to 19. */
    assert_int_equal(list(f, bob, 15, 19), 7);
    assert_int_equal(seq_of(f, 0), 7);
    assert_int_equal(list(f, bob, 3, UINT32_MAX), 3);
    assert_int_equal(seq_of(f, 0), 7);
    assert_int_equal(fixture_number(f, "NextReqMsgSeq"), 4);
    fixture_user(f, bob, GET, "{\"GroupId\":\"g\"}");
    assert_int_equal(fixture_count(f, "RspMsgList"), 7);
    /* The way forward ends: what comes after 7. */
    assert_int_equal(list(f, bob, 20, 27), 0);
    assert_int_equal(fixture_number(f, "NextReqMsgSeq"), 0);
    fixture_free(f);
}

/* Follows NextReqMsgSeq from the newest; returns how many came, each below the one before. */
static unsigned page_back(struct shard_fixture *f, int terminal, unsigned number, bool gaps)
{
    unsigned total = 0, rounds = 0;
    uint64_t before = 0, next = UINT32_MAX;

    while (next) {
        unsigned count = list(f, terminal, number, (unsigned)next);

        for (unsigned i = 0; i < count; i++) {
            assert_true(!before || (gaps ? seq_of(f, i) < before : seq_of(f, i) == before - 1));
            before = seq_of(f, i);
        }
        total += count;
        next = fixture_number(f, "NextReqMsgSeq");
        assert_true(++rounds <= 2000);
    }
    return total;
}

static unsigned page_back_simple(struct shard_fixture *f, unsigned number)
{
    unsigned total = 0, rounds = 0, count;
    uint64_t before = 1001;
    char more[64] = "";

    do {
        if (rounds++ % 90 == 0)
            fixture_advance(f, 1);
        count = simple(f, number, more);
        for (unsigned i = 0; i < count; i++, before--)
            assert_int_equal(seq_of(f, i), before - 1);
        assert_int_equal(fixture_number(f, "IsFinished"), number <= 20 || before == 1);
        total += count;
        snprintf(more, sizeof(more), ",\"ReqMsgSeq\":%u", (unsigned)before - 1);
    } while (before > 1);
    return total;
}

TEST(a_thousand_messages_are_paged_through_without_a_gap)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob;

    say_many(f, "alice", 1000);
    fixture_checkpoint(f);
    fixture_restart(f);
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    assert_int_equal(page_back(f, bob, 20, false), 1000);
    assert_int_equal(page_back(f, bob, 32, false), 1000);
    assert_int_equal(page_back(f, bob, 7, false), 1000);
    assert_int_equal(page_back(f, bob, 500, false), 1000);
    assert_int_equal(page_back_simple(f, 20), 1000);
    assert_int_equal(page_back_simple(f, 9), 1000);
    assert_int_equal(page_back_simple(f, 21), 1000);
    fixture_free(f);
}

TEST(an_administrator_gets_twenty_at_most_and_is_told)
{
    struct shard_fixture *f = two_in("ChatRoom");

    assert_int_equal(simple(f, 5, ""), 0);
    assert_int_equal(fixture_number(f, "IsFinished"), 1);
    say_many(f, "alice", 25);
    assert_int_equal(simple(f, 20, ""), 20);
    assert_int_equal(fixture_number(f, "IsFinished"), 1);
    assert_int_equal(seq_of(f, 0), 25);
    assert_string_equal(text_of(f, 0), "m25");
    assert_int_equal(simple(f, 21, ""), 20);
    assert_int_equal(fixture_number(f, "IsFinished"), 0);
    assert_int_equal(simple(f, 3, ",\"ReqMsgSeq\":10"), 3);
    assert_int_equal(seq_of(f, 0), 10);
    assert_int_equal(simple(f, 20, ",\"ReqMsgSeq\":5"), 5);
    assert_int_equal(simple(f, 20, ",\"ReqMsgSeq\":999"), 20);
    assert_int_equal(seq_of(f, 0), 25);
    fixture_free(f);
}

static const char *big_text(unsigned bytes)
{
    static char text[8192];

    memset(text, 'x', bytes);
    text[bytes] = 0;
    return text;
}

TEST(a_reply_holds_64_KB_of_bodies_and_the_next_page_the_rest)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    for (unsigned i = 0; i < 20; i++)
        group_say(f, "g", "alice", big_text(7000));
    assert_int_equal(list(f, bob, 20, 20), 9);
    assert_int_equal(fixture_number(f, "IsFinished"), 0);
    assert_int_equal(fixture_number(f, "NextReqMsgSeq"), 11);
    assert_int_equal(page_back(f, bob, 20, false), 20);
    assert_int_equal(simple(f, 20, ""), 9);
    assert_int_equal(fixture_number(f, "IsFinished"), 0);
    fixture_free(f);
}

TEST(members_of_most_groups_do_not_see_what_was_before_them)
{
    static const char *const types[] = {"Private", "Public", "ChatRoom"};

    for (unsigned i = 0; i < 3; i++) {
        struct shard_fixture *f = two_in(types[i]);
        int carol = fixture_login(f, "carol", PLATFORM_WEB);
        uint32_t old, new;

        old = group_say(f, "g", "alice", "old");
        fixture_admin(f, "group_open_http_svc.add_group_member",
                      "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"carol\"}]}");
        assert_int_equal(f->err, IM_OK);
        new = group_say(f, "g", "alice", "new");
        list(f, carol, 20, UINT32_MAX);
        assert_int_equal(seq_of(f, 0), new);
        assert_int_equal(seq_of(f, (unsigned)fixture_count(f, "RspMsgList") - 1) == old, i == 2);
        assert_int_equal(fixture_number(f, "NextReqMsgSeq"), 0);
        assert_int_equal(simple(f, 20, ""), new);
        fixture_free(f);
    }
}

TEST(tips_are_messages_of_event_4_with_an_object)
{
    struct shard_fixture *f = two_in("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    unsigned before = 0;

    group_say(f, "g", "alice", "x");
    before = list(f, alice, 20, UINT32_MAX);
    fixture_admin(f, "group_open_http_svc.add_group_member",
                  "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"carol\"}]}");
    assert_int_equal(list(f, alice, 20, UINT32_MAX), before + 1);
    assert_int_equal(number_of(f, 0, "Event"), 4);
    assert_int_equal(number_of(f, 0, "MsgBody.OpType"), 1);
    assert_string_equal(fixture_text(f, "RspMsgList.0.MsgBody.List_Account.0"), "carol");
    fixture_free(f);
}

TEST(an_expired_message_is_gone_for_members_and_a_hole_for_administrators)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    group_say(f, "g", "alice", "old");
    fixture_advance(f, 10);
    group_say(f, "g", "alice", "new");
    fixture_advance(f, WEEK_S - 11);
    assert_int_equal(list(f, bob, 20, 2), 2);
    fixture_advance(f, 1);
    assert_int_equal(list(f, bob, 20, 2), 1);
    assert_int_equal(seq_of(f, 0), 2);
    assert_int_equal(fixture_number(f, "NextReqMsgSeq"), 0);
    assert_int_equal(simple(f, 20, ""), 2);
    assert_int_equal(number_of(f, 0, "IsPlaceMsg"), 0);
    assert_int_equal(number_of(f, 1, "IsPlaceMsg"), 1);
    assert_int_equal(seq_of(f, 1), 1);
    assert_int_equal(fixture_count(f, "RspMsgList.1.MsgBody"), 0);
    fixture_advance(f, 10);
    assert_int_equal(list(f, bob, 20, 2), 0);
    assert_int_equal(simple(f, 21, ""), 2);
    assert_int_equal(fixture_number(f, "IsFinished"), 1);
    fixture_advance(f, DAY_S);
    fixture_checkpoint(f);
    fixture_compact(f);
    fixture_restart(f);
    assert_int_equal(simple(f, 20, ""), 2);
    assert_int_equal(number_of(f, 0, "IsPlaceMsg"), 1);
    assert_int_equal(group_say(f, "g", "alice", "again"), 3);
    assert_int_equal(simple(f, 20, ""), 3);
    assert_string_equal(text_of(f, 0), "again");
    fixture_free(f);
}

TEST(a_range_that_is_cut_and_all_expired_says_so)
{
    struct shard_fixture *f = two_in("ChatRoom");

    say_many(f, "alice", 22);
    assert_int_equal(simple(f, 21, ""), 20);
    assert_int_equal(fixture_number(f, "IsFinished"), 0);
    fixture_advance(f, WEEK_S + 60);
    assert_int_equal(simple(f, 21, ""), 20);
    assert_int_equal(fixture_number(f, "IsFinished"), 2);
    fixture_free(f);
}

TEST(messages_are_read_by_their_seqs)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    say_many(f, "alice", 40);
    fixture_user(f, bob, GET, "{\"GroupId\":\"g\",\"GetType\":3,\"ReqMsgSeqList\":[3,39,41,0]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_count(f, "RspMsgList"), 2);
    assert_int_equal(seq_of(f, 0), 3);
    assert_int_equal(seq_of(f, 1), 39);
    fixture_free(f);
}

static enum im_err refused(struct shard_fixture *f, int terminal, const char *command,
                           const char *json)
{
    if (terminal < 0)
        fixture_admin(f, command, "%s", json);
    else
        fixture_user(f, terminal, command, "%s", json);
    return f->err;
}

TEST(reading_is_refused_to_strangers_in_rooms_and_for_what_is_not_there)
{
    struct shard_fixture *f = two_in("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);

    group_make(f, "AVChatRoom", "live", "alice", "");
    assert_int_equal(refused(f, carol, GET, "{\"GroupId\":\"g\",\"ReqMsgNumber\":1}"), 10007);
    assert_int_equal(refused(f, bob, GET, "{\"GroupId\":\"live\",\"ReqMsgNumber\":1}"), 10007);
    assert_int_equal(refused(f, bob, GET, "{\"GroupId\":\"none\",\"ReqMsgNumber\":1}"), 10010);
    assert_int_equal(refused(f, bob, GET, "{\"ReqMsgNumber\":1}"), 10004);
    assert_int_equal(refused(f, bob, GET, "{\"GroupId\":\"g\",\"ReqMsgSeqList\":[\"x\"]}"), 10004);
    assert_int_equal(refused(f, bob, GET, "["), 10011);
    assert_int_equal(refused(f, -1, SIMPLE, "{\"GroupId\":\"live\",\"ReqMsgNumber\":1}"), 10007);
    assert_int_equal(refused(f, -1, SIMPLE, "{\"GroupId\":\"none\",\"ReqMsgNumber\":1}"), 10010);
    assert_int_equal(refused(f, -1, SIMPLE, "{\"GroupId\":\"\",\"ReqMsgNumber\":1}"), 10015);
    assert_int_equal(refused(f, -1, SIMPLE, "{\"GroupId\":\"g\"}"), 10004);
    assert_int_equal(refused(f, -1, SIMPLE, "{\"GroupId\":\"g\",\"ReqMsgNumber\":0}"), 10004);
    assert_int_equal(refused(f, -1, SIMPLE, "[]"), 10011);
    fixture_free(f);
}

/* ---- deleting for oneself ---- */

TEST(a_message_deleted_for_oneself_is_there_for_all_others)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint64_t digest;

    say_many(f, "alice", 70);
    fixture_user(f, bob, HIDE,
                 "{\"GroupId\":\"g\",\"Deleter_Account\":\"alice\",\"Seqs\":[\"70\",\"33\",\"32\","
                 "\"1\",\"71\",\"0\"]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(list(f, bob, 2, 70), 2);
    assert_int_equal(seq_of(f, 0), 69);
    assert_int_equal(fixture_number(f, "InvisibleMsgSeq.0"), 70);
    assert_int_equal(fixture_number(f, "NextReqMsgSeq"), 67);
    assert_int_equal(page_back(f, bob, 20, true), 66);
    assert_int_equal(page_back(f, alice, 20, false), 70);
    assert_int_equal(simple(f, 1, ""), 1);
    assert_int_equal(seq_of(f, 0), 70);
    fixture_user(f, bob, GET, "{\"GroupId\":\"g\",\"GetType\":3,\"ReqMsgSeqList\":[32,31]}");
    assert_int_equal(fixture_count(f, "RspMsgList"), 1);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    bob = fixture_login(f, "bob", PLATFORM_WEB);
    assert_int_equal(page_back(f, bob, 20, true), 66);
    fixture_free(f);
}

TEST(deleting_for_oneself_takes_thirty_seqs_of_a_member)
{
    struct shard_fixture *f = two_in("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);
    char seqs[1024] = "";

    say_many(f, "alice", 35);
    for (unsigned i = 1; i <= 30; i++)
        snprintf(seqs + strlen(seqs), sizeof(seqs) - strlen(seqs), "%s\"%u\"", i > 1 ? "," : "", i);
    fixture_user(f, bob, HIDE, "{\"GroupId\":\"g\",\"Seqs\":[%s]}", seqs);
    assert_int_equal(f->err, IM_OK);
    list(f, bob, 100, UINT32_MAX);
    assert_int_equal(seq_of(f, (unsigned)fixture_count(f, "RspMsgList") - 1), 31);
    fixture_user(f, bob, HIDE, "{\"GroupId\":\"g\",\"Seqs\":[%s,\"31\"]}", seqs);
    assert_int_equal(f->err, 10004);
    fixture_user(f, bob, HIDE, "{\"GroupId\":\"g\",\"Seqs\":[]}");
    assert_int_equal(f->err, 10004);
    fixture_user(f, bob, HIDE, "{\"GroupId\":\"g\",\"Seqs\":[\"x\"]}");
    assert_int_equal(f->err, 10004);
    fixture_user(f, carol, HIDE, "{\"GroupId\":\"g\",\"Seqs\":[\"1\"]}");
    assert_int_equal(f->err, 10007);
    fixture_user(f, carol, HIDE, "{\"GroupId\":\"none\",\"Seqs\":[\"1\"]}");
    assert_int_equal(f->err, 10010);
    fixture_free(f);
}

/* ---- deleting for all ---- */

TEST(what_an_account_sent_becomes_holes)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint64_t digest;

    say_many(f, "alice", 20);
    say_many(f, "bob", 3);
    group_say(f, "g", "alice", "last");
    fixture_admin(f, DELETE, "{\"GroupId\":\"g\",\"Sender_Account\":\"bob\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(list(f, bob, 5, 24), 5);
    assert_int_equal(number_of(f, 0, "IsPlaceMsg"), 0);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(number_of(f, i, "IsPlaceMsg"), 1);
        assert_int_equal(seq_of(f, i), 24 - i);
        assert_string_equal(body_of(f, i), "[]");
    }
    assert_int_equal(number_of(f, 4, "IsPlaceMsg"), 0);
    assert_int_equal(simple(f, 5, ""), 5);
    assert_int_equal(number_of(f, 1, "IsPlaceMsg"), 1);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
    fixture_free(f);
}

TEST(the_newest_thousand_are_looked_at_when_a_senders_messages_are_deleted)
{
    struct shard_fixture *f = two_in("ChatRoom");

    say_many(f, "alice", 1001);
    fixture_checkpoint(f);
    fixture_restart(f);
    fixture_admin(f, DELETE, "{\"GroupId\":\"g\",\"Sender_Account\":\"alice\"}");
    assert_int_equal(f->err, IM_OK);
    simple(f, 2, ",\"ReqMsgSeq\":2");
    assert_int_equal(number_of(f, 0, "IsPlaceMsg"), 1);
    assert_int_equal(number_of(f, 1, "IsPlaceMsg"), 0);
    for (unsigned seq = 1001; seq > 20; seq -= 20) {
        char more[32];

        snprintf(more, sizeof(more), ",\"ReqMsgSeq\":%u", seq);
        simple(f, 20, more);
        for (unsigned i = 0; i < 20; i++)
            assert_int_equal(number_of(f, i, "IsPlaceMsg"), seq_of(f, i) > 1);
    }
    fixture_free(f);
}

TEST(deleting_by_sender_does_nothing_in_rooms_and_for_strangers)
{
    struct shard_fixture *f = two_in("Public");

    group_make(f, "AVChatRoom", "live", "alice", "");
    group_say(f, "g", "alice", "stays");
    assert_int_equal(refused(f, -1, DELETE, "{\"GroupId\":\"live\",\"Sender_Account\":\"alice\"}"),
                     0);
    assert_int_equal(refused(f, -1, DELETE, "{\"GroupId\":\"g\",\"Sender_Account\":\"nobody\"}"),
                     0);
    assert_int_equal(refused(f, -1, DELETE, "{\"GroupId\":\"none\",\"Sender_Account\":\"bob\"}"),
                     10010);
    assert_int_equal(refused(f, -1, DELETE, "{\"GroupId\":\"g\"}"), 10004);
    assert_int_equal(refused(f, -1, DELETE, "[]"), 10011);
    simple(f, 1, "");
    assert_string_equal(text_of(f, 0), "stays");
    fixture_free(f);
}

TEST(many_readers_at_once_see_the_same_however_rows_are_loaded)
{
    struct shard_fixture *f = two_in("ChatRoom");
    int bob;

    say_many(f, "alice", 200);
    fixture_checkpoint(f);
    for (unsigned seed = 1; seed <= 20; seed++) {
        fixture_restart(f);
        bob = fixture_login(f, "bob", PLATFORM_WEB);
        f->chance = seed * 7919;
        f->shuffle = true;
        for (unsigned i = 0; i < 10; i++)
            fixture_post(f, bob, GET, "{\"GroupId\":\"g\",\"ReqMsgNumber\":50,\"ReqMsgSeq\":%u}",
                         200 - i * 17);
        fixture_drain(f);
        f->shuffle = false;
        assert_int_equal(f->err, IM_OK);
        assert_int_equal(page_back(f, bob, 40, false), 200);
    }
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_member_reads_the_newest_first_with_all_that_a_push_shows),
                     T(a_range_that_reaches_beyond_the_newest_is_clipped),
                     T(a_thousand_messages_are_paged_through_without_a_gap),
                     T(an_administrator_gets_twenty_at_most_and_is_told),
                     T(a_reply_holds_64_KB_of_bodies_and_the_next_page_the_rest),
                     T(members_of_most_groups_do_not_see_what_was_before_them),
                     T(tips_are_messages_of_event_4_with_an_object),
                     T(an_expired_message_is_gone_for_members_and_a_hole_for_administrators),
                     T(a_range_that_is_cut_and_all_expired_says_so),
                     T(messages_are_read_by_their_seqs),
                     T(reading_is_refused_to_strangers_in_rooms_and_for_what_is_not_there),
                     T(a_message_deleted_for_oneself_is_there_for_all_others),
                     T(deleting_for_oneself_takes_thirty_seqs_of_a_member),
                     T(what_an_account_sent_becomes_holes),
                     T(the_newest_thousand_are_looked_at_when_a_senders_messages_are_deleted),
                     T(deleting_by_sender_does_nothing_in_rooms_and_for_strangers),
                     T(many_readers_at_once_see_the_same_however_rows_are_loaded));
}
