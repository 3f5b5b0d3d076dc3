/* send_group_msg and send_group_system_notification, through whole commands. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/group/group.h"
#include "core/shard_internal.h"
#include "core/usage/calendar.h"
#include "support/group_fixture.h"

static const char SEND[] = "group_open_http_svc.send_group_msg";
static const char NOTIFY[] = "group_open_http_svc.send_group_system_notification";
static const char TEXT_BODY[] = "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]";

/* alice owns the Public group "g", in which bob and carol are; dave is in none. */
static struct shard_fixture *people_and_a_group(const char *type)
{
    struct shard_fixture *f = fixture_new(16 << 20);

    fixture_account(f, "administrator");
    fixture_account(f, "alice");
    fixture_account(f, "bob");
    fixture_account(f, "carol");
    fixture_account(f, "dave");
    group_make(f, type, "g", "alice",
               "{\"Member_Account\":\"bob\"},{\"Member_Account\":\"carol\"}");
    return f;
}

/* By a terminal, with further members of the request; 0: it failed, or was dropped. */
static uint32_t says(struct shard_fixture *f, int terminal, uint32_t random, const char *more)
{
    fixture_user(f, terminal, SEND, "{\"GroupId\":\"g\",\"Random\":%u,\"MsgBody\":%s%s}", random,
                 TEXT_BODY, more);
    return f->err ? 0 : (uint32_t)fixture_number(f, "MsgSeq");
}

static void fails(struct shard_fixture *f, int terminal, const char *more, enum im_err err)
{
    assert_int_equal(says(f, terminal, ++f->seq, more), 0);
    assert_int_equal(f->err, err);
}

static const void *row_of(struct shard_fixture *f, struct span key)
{
    const void *value;
    size_t n;

    return state_get(shard_state(f->shard), key, &value, &n) == STATE_HIT ? value : NULL;
}

/* Groups are numbered in the order of their making. */
static const struct group_head_row *head_of(struct shard_fixture *f, uint32_t group)
{
    struct row_key key;

    return row_of(f, row_key_group_head(&key, f->app, (struct group_no){group}));
}

static const struct day_groups_row *day_of(struct shard_fixture *f)
{
    struct row_key key;
    uint32_t day = zone_day(shard_zone(f->shard), shard_now_us(f->shard));

    return row_of(f, row_key_day_groups(&key, f->app, day));
}

/* ---- the happy path ---- */

TEST(messages_are_numbered_from_one_without_gaps)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);

    assert_int_equal(says(f, alice, 1, ""), 1);
    assert_int_equal(fixture_number(f, "MsgTime"), fixture_now(f));
    fails(f, alice, ",\"MsgPriority\":\"Urgent\"", IM_ERR_GROUP_PARAM);
    assert_int_equal(group_say(f, "g", "bob", "two"), 2);
    for (uint32_t seq = 3; seq <= 35; seq++)
        assert_int_equal(says(f, alice, 100 + seq, ""), seq);
    assert_int_equal(head_of(f, 1)->last_seq, 35);
    assert_int_equal(head_of(f, 1)->listed_seq, 35);
    assert_int_equal(head_of(f, 1)->last_s, fixture_now(f));
    fixture_free(f);
}

TEST(a_message_reaches_every_terminal_of_the_members_but_the_one_that_sent_it)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int phone = fixture_login(f, "alice", PLATFORM_IPHONE);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);

    fixture_limit(f, "multi_terminal", 1);
    phone = fixture_login(f, "alice", PLATFORM_IPHONE);
    alice = fixture_login(f, "alice", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(says(f, alice, 7,
                          ",\"MsgClientTime\":1234,\"CloudCustomData\":\"cc\",\"MsgPriority\":"
                          "\"Low\",\"NeedReadReceipt\":1"),
                     1);
    assert_int_equal(fixture_pushed(f, bob, "\"Event\":3,\"GroupMsgArray\""), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"MsgClientTime\":1234,"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"CloudCustomData\":\"cc\""), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"MsgPriority\":3"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"NeedReadReceipt\":1"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"MsgSeq\":1,\"MsgRandom\":7"), 1);
    assert_int_equal(fixture_pushed(f, phone, "\"Event\":3"), 1);
    assert_int_equal(fixture_pushed(f, alice, "\"Event\":3"), 0);
    assert_int_equal(fixture_pushed(f, dave, "\"Event\":3"), 0);
    fixture_free(f);
}

TEST(a_message_is_counted_with_its_receivers_online_and_its_sender)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    const struct day_groups_row *day;
    const struct member_row *member;
    struct row_key key;

    fixture_login(f, "bob", PLATFORM_WEB);
    fixture_login(f, "carol", PLATFORM_WEB);
    says(f, alice, 1, "");
    fixture_advance(f, 5);
    says(f, alice, 2, "");
    group_say(f, "g", "dave", "by REST");
    day = day_of(f);
    assert_int_equal(day->up, 3);
    assert_int_equal(day->down, 2 + 2 + 3);
    assert_int_equal(day->senders, 2);
    assert_int_equal(day->active, 1);
    member = row_of(f, row_key_of_group(&key, ROW_MEMBER, f->app, (struct group_no){1},
                                        (struct account_no){2}));
    assert_non_null(member);
    assert_int_equal(member->last_send_s, fixture_now(f));
    fixture_free(f);
}

/* ---- who may ---- */

TEST(users_send_as_themselves_and_only_as_members)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);

    assert_int_equal(says(f, bob, 1, ",\"From_Account\":\"alice\""), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"From_Account\":\"alice\""), 0);
    assert_int_equal(head_of(f, 1)->last.from, 3);
    fails(f, dave, "", IM_ERR_GROUP_RIGHT);
    /* The same, whoever it names. */
    fails(f, dave, ",\"From_Account\":\"alice\"", IM_ERR_GROUP_RIGHT);
    assert_int_equal(head_of(f, 1)->last_seq, 1);
    fixture_free(f);
}

TEST(administrators_send_as_any_account_member_or_not)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    fixture_forget(f);
    assert_int_equal(group_say(f, "g", "dave", "no member"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"From_Account\":\"dave\""), 1);
    fixture_admin(f, SEND, "{\"GroupId\":\"g\",\"Random\":1,\"MsgBody\":%s}", TEXT_BODY);
    assert_int_equal(fixture_number(f, "MsgSeq"), 2);
    assert_int_equal(fixture_pushed(f, bob, "\"From_Account\":\"administrator\""), 1);
    fixture_admin(f, SEND,
                  "{\"GroupId\":\"g\",\"From_Account\":\"nobody\",\"Random\":1,\"MsgBody\":%s}",
                  TEXT_BODY);
    assert_int_equal(f->err, IM_ERR_GROUP_ACCOUNT);
    fixture_free(f);
}

TEST(a_group_that_is_none_takes_no_message)
{
    struct shard_fixture *f = people_and_a_group("Public");
    char id[64];

    fixture_admin(f, SEND, "{\"GroupId\":\"h\",\"Random\":1,\"MsgBody\":%s}", TEXT_BODY);
    assert_int_equal(f->err, IM_ERR_GROUP_NOT_FOUND);
    memset(id, 'x', GROUP_ID_MAX + 1);
    id[GROUP_ID_MAX + 1] = '\0';
    fixture_admin(f, SEND, "{\"GroupId\":\"%s\",\"Random\":1,\"MsgBody\":%s}", id, TEXT_BODY);
    assert_int_equal(f->err, IM_ERR_GROUP_ID);
    fixture_free(f);
}

TEST(a_muted_member_cannot_send_nor_be_sent_for)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    fixture_admin(f, "group_open_http_svc.forbid_send_msg",
                  "{\"GroupId\":\"g\",\"Members_Account\":[\"bob\"],\"ShutUpTime\":60}");
    assert_int_equal(f->err, IM_OK);
    fails(f, bob, "", IM_ERR_GROUP_MUTED);
    fixture_admin(f, SEND,
                  "{\"GroupId\":\"g\",\"From_Account\":\"bob\",\"Random\":1,\"MsgBody\":%s}",
                  TEXT_BODY);
    assert_int_equal(f->err, IM_ERR_GROUP_MUTED);
    fixture_admin(f, SEND, "{\"GroupId\":\"g\",\"Random\":1,\"MsgBody\":%s}", TEXT_BODY);
    assert_int_equal(f->err, IM_OK);
    fixture_advance(f, 59);
    fails(f, bob, "", IM_ERR_GROUP_MUTED);
    fixture_advance(f, 1);
    assert_true(says(f, bob, 99, "") > 0);
    fixture_free(f);
}

TEST(in_a_muted_group_only_owner_and_administrators_speak)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int carol = fixture_login(f, "carol", PLATFORM_WEB);

    fixture_admin(f, "group_open_http_svc.modify_group_member_info",
                  "{\"GroupId\":\"g\",\"Member_Account\":\"carol\",\"Role\":\"Admin\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, "group_open_http_svc.modify_group_base_info",
                  "{\"GroupId\":\"g\",\"ShutUpAllMember\":\"On\"}");
    assert_int_equal(f->err, IM_OK);
    fails(f, bob, "", IM_ERR_GROUP_MUTED);
    assert_true(says(f, alice, 1, "") > 0);
    assert_true(says(f, carol, 1, "") > 0);
    group_say(f, "g", "bob", "by the administrator");
    fixture_admin(f, "group_open_http_svc.modify_group_base_info",
                  "{\"GroupId\":\"g\",\"ShutUpAllMember\":\"Off\"}");
    assert_true(says(f, bob, 2, "") > 0);
    fixture_free(f);
}

TEST(the_first_message_makes_a_private_group_visible)
{
    struct shard_fixture *f = people_and_a_group("Private");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    const struct group_row *group;
    struct row_key key;

    group = row_of(f, row_key_group(&key, f->app, (struct group_no){1}));
    assert_false(group->flags & GROUP_ACTIVE);
    assert_int_equal(says(f, alice, 1, ""), 1);
    group = row_of(f, row_key_group(&key, f->app, (struct group_no){1}));
    assert_true(group->flags & GROUP_ACTIVE);
    fixture_free(f);
}

/* ---- the request ---- */

TEST(what_is_wrong_in_a_request_has_its_code)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    static const char *const wrong[] = {
        "{\"Random\":1,\"MsgBody\":[]}",
        "{\"GroupId\":\"g\",\"MsgBody\":[]}",
        "{\"GroupId\":\"g\",\"Random\":1}",
        "{\"GroupId\":\"g\",\"Random\":-1,\"MsgBody\":[]}",
        "{\"GroupId\":\"g\",\"Random\":1,\"MsgBody\":{}}",
        "{\"GroupId\":\"g\",\"Random\":1,\"MsgBody\":[]}",
        "{\"GroupId\":\"g\",\"Random\":1,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\"}]}",
        "{\"GroupId\":\"g\",\"Random\":1,\"MsgBody\":[{\"MsgType\":\"None\",\"MsgContent\":{}}]}",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fixture_user(f, bob, SEND, "%s", wrong[i]);
        assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    }
    fixture_user(f, bob, SEND, "[]");
    assert_int_equal(f->err, IM_ERR_GROUP_JSON);
    fails(f, bob, ",\"CloudCustomData\":1", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"OfflinePushInfo\":\"x\"", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"SendMsgControl\":\"NoUnread\"", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"OnlineOnlyFlag\":1,\"SendMsgControl\":[\"NoLastMsg\"]", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"GroupAtInfo\":{}", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"GroupAtInfo\":[{\"GroupAtAllFlag\":0}]", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"GroupAtInfo\":[{\"GroupAtAllFlag\":2}]", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"TopicId\":\"t\"", IM_ERR_GROUP_PARAM);
    fails(f, bob, ",\"To_Account\":[\"alice\"]", IM_ERR_GROUP_PLAN);
    assert_int_equal(says(f, bob, 1, ",\"To_Account\":[],\"GroupAtInfo\":[],\"TopicId\":\"\""), 1);
    fixture_free(f);
}

static void sends_bytes(struct shard_fixture *f, int terminal, size_t bytes)
{
    char text[8100];
    size_t frame = strlen("[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\"}}]");

    memset(text, 'x', bytes - frame);
    text[bytes - frame] = '\0';
    fixture_user(f, terminal, SEND,
                 "{\"GroupId\":\"g\",\"Random\":%u,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
                 "\"MsgContent\":{\"Text\":\"%s\"}}]}",
                 ++f->seq, text);
}

TEST(a_body_has_at_most_8000_bytes)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    sends_bytes(f, bob, 8000);
    assert_int_equal(f->err, IM_OK);
    sends_bytes(f, bob, 8001);
    assert_int_equal(f->err, IM_ERR_GROUP_BODY_TOO_LONG);
    fixture_free(f);
}

TEST(an_online_only_message_is_seen_and_gone)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    says(f, alice, 1, "");
    fixture_forget(f);
    assert_int_equal(says(f, alice, 2, ",\"OnlineOnlyFlag\":1"), 0);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_at(f, "MsgDropReason").type, JSON_NONE);
    assert_int_equal(fixture_pushed(f, bob, "\"MsgLifeTime\":0"), 1);
    assert_int_equal(head_of(f, 1)->last_seq, 1);
    assert_int_equal(day_of(f)->up, 2);
    assert_int_equal(says(f, alice, 3, ""), 2);
    fixture_free(f);
}

TEST(what_is_not_to_be_counted_or_listed_says_so)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    says(f, alice, 1, "");
    assert_int_equal(says(f, alice, 2, ",\"SendMsgControl\":[\"NoUnread\",\"NoLastMsg\"]"), 2);
    assert_int_equal(fixture_pushed(f, bob, "\"SendMsgControl\":{\"NoUnread\":1,\"NoLastMsg\":1}"),
                     1);
    assert_int_equal(head_of(f, 1)->last_seq, 2);
    assert_int_equal(head_of(f, 1)->listed_seq, 1);
    assert_int_equal(head_of(f, 1)->last.random, 1);
    fixture_free(f);
}

/* ---- mentions ---- */

TEST(members_who_are_mentioned_hear_of_it)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);
    int carol;

    says(f, alice, 1,
         ",\"GroupAtInfo\":[{\"GroupAtAllFlag\":0,\"GroupAt_Account\":\"bob\"},"
         "{\"GroupAt_Account\":\"bob\"},{\"GroupAt_Account\":\"carol\"},"
         "{\"GroupAt_Account\":\"dave\"},{\"GroupAt_Account\":\"nobody\"},"
         "{\"GroupAt_Account\":\"alice\"}]");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, bob, "\"Event\":12"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"GroupAtType\":[1]"), 1);
    assert_int_equal(fixture_pushed(f, bob,
                                    "\"GroupAtTips\":{\"GroupId\":\"g\","
                                    "\"From_Account\":\"alice\",\"MsgSeq\":1"),
                     1);
    assert_int_equal(fixture_pushed(f, bob, "{\"GroupAtAllFlag\":0,\"GroupAt_Account\":\"dave\"}"),
                     1);
    assert_int_equal(fixture_pushed(f, alice, "\"Event\":12"), 0);
    assert_int_equal(fixture_pushed(f, dave, "\"Event\":12"), 0);
    /* Who was away is told at login. */
    carol = fixture_login(f, "carol", PLATFORM_WEB);
    fixture_user(f, carol, "openim.getmsg", "{\"Cookie\":\"\",\"SyncFlag\":0}");
    assert_non_null(strstr(f->text, "\"GroupAtType\":[1]"));
    fixture_free(f);
}

TEST(everybody_may_be_mentioned_at_once)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    assert_int_equal(says(f, alice, 1, ",\"GroupAtInfo\":[{\"GroupAtAllFlag\":1}]"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"GroupAtType\":[2]"), 1);
    assert_int_equal(fixture_pushed(f, alice, "\"Event\":12"), 0);
    fixture_free(f);
}

TEST(at_most_thirty_are_mentioned)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    char more[4096] = ",\"GroupAtInfo\":[";

    for (int i = 0; i < 30; i++)
        strcat(more, i ? ",{\"GroupAt_Account\":\"bob\"}" : "{\"GroupAt_Account\":\"bob\"}");
    strcat(more, "]");
    assert_int_equal(says(f, alice, 1, more), 1);
    more[strlen(more) - 1] = '\0';
    strcat(more, ",{\"GroupAt_Account\":\"bob\"}]");
    fails(f, alice, more, IM_ERR_GROUP_AT_TOO_MANY);
    fixture_free(f);
}

TEST(thirty_different_ones_are_told_and_survive_a_restart)
{
    struct shard_fixture *f = people_and_a_group("Public");
    char more[4096] = ",\"GroupAtInfo\":[", name[16], one[80];
    uint64_t digest;
    int last;

    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        fixture_account(f, name);
        fixture_admin(f, "group_open_http_svc.add_group_member",
                      "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"%s\"}]}", name);
        assert_int_equal(f->err, IM_OK);
        snprintf(one, sizeof(one), "%s{\"GroupAt_Account\":\"%s\"}", i ? "," : "", name);
        strcat(more, one);
    }
    strcat(more, "]");
    fixture_advance(f, 1);
    assert_true(says(f, fixture_login(f, "alice", PLATFORM_WEB), 1, more) > 0);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_true(digest == fixture_digest(f));
    last = fixture_login(f, "user29", PLATFORM_WEB);
    fixture_user(f, last, "openim.getmsg", "{\"Cookie\":\"\",\"SyncFlag\":0}");
    assert_non_null(strstr(f->text, "\"GroupAtType\":[1]"));
    fixture_free(f);
}

/* ---- resends ---- */

TEST(a_resend_gets_the_answer_of_the_first_one)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint32_t time = fixture_now(f);

    assert_int_equal(says(f, alice, 5, ""), 1);
    assert_int_equal(says(f, bob, 5, ""), 2);
    fixture_forget(f);
    fixture_advance(f, 299);
    assert_int_equal(says(f, alice, 5, ""), 1);
    assert_int_equal(fixture_number(f, "MsgTime"), time);
    assert_int_equal(fixture_pushed(f, bob, "\"Event\":3"), 0);
    assert_int_equal(head_of(f, 1)->last_seq, 2);
    assert_int_equal(day_of(f)->up, 2);
    fixture_advance(f, 1);
    assert_int_equal(says(f, alice, 5, ""), 3);
    fixture_free(f);
}

TEST(a_resend_is_recognised_across_a_restart)
{
    /* From the journal, then from the pages alone. */
    for (int checkpointed = 0; checkpointed < 2; checkpointed++) {
        struct shard_fixture *f = people_and_a_group("Public");
        int alice = fixture_login(f, "alice", PLATFORM_WEB);
        uint32_t time = fixture_now(f);

        assert_int_equal(says(f, alice, 5, ""), 1);
        for (uint32_t i = 2; i <= 100; i++) {
            fixture_advance(f, 1);
            assert_int_equal(says(f, alice, 1000 + i, ""), i);
        }
        if (checkpointed)
            fixture_checkpoint(f);
        fixture_restart(f);
        alice = fixture_login(f, "alice", PLATFORM_WEB);
        fixture_advance(f, 100);
        assert_int_equal(says(f, alice, 5, ""), 1);
        assert_int_equal(fixture_number(f, "MsgTime"), time);
        assert_int_equal(says(f, alice, 6, ""), 101);
        assert_int_equal(says(f, alice, 1100, ""), 100);
        fixture_free(f);
    }
}

TEST(a_resend_of_a_muted_member_is_still_answered)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    assert_int_equal(says(f, bob, 5, ""), 1);
    fixture_admin(f, "group_open_http_svc.forbid_send_msg",
                  "{\"GroupId\":\"g\",\"Members_Account\":[\"bob\"],\"ShutUpTime\":60}");
    assert_int_equal(says(f, bob, 5, ""), 1);
    fails(f, bob, "", IM_ERR_GROUP_MUTED);
    fixture_free(f);
}

/* ---- the limit ---- */

/* How many of so many are accepted in this second. */
static unsigned accepted(struct shard_fixture *f, int terminal, unsigned count, const char *more)
{
    unsigned accepted = 0;

    for (unsigned i = 0; i < count; i++) {
        if (says(f, terminal, 100000 + ++f->seq, more)) {
            accepted++;
            continue;
        }
        assert_int_equal(f->err, IM_OK);
        assert_string_equal(fixture_text(f, "MsgDropReason"), "MsgFreqCtrl");
    }
    return accepted;
}

TEST(a_group_takes_forty_messages_a_second_and_drops_the_rest_with_success)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    assert_int_equal(accepted(f, bob, 60, ""), 40);
    assert_int_equal(accepted(f, alice, 5, ",\"MsgPriority\":\"High\""), 0);
    assert_int_equal(accepted(f, alice, 5, ",\"OnlineOnlyFlag\":1"), 0);
    assert_int_equal(head_of(f, 1)->last_seq, 40);
    assert_int_equal(day_of(f)->up, 40);
    fixture_advance(f, 1);
    assert_int_equal(accepted(f, alice, 60, ""), 40);
    assert_int_equal(head_of(f, 1)->last_seq, 80);
    fixture_free(f);
}

TEST(what_was_dropped_is_counted_in_the_next_second)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    uint64_t digest;

    accepted(f, bob, 60, "");
    assert_int_equal(day_of(f)->refused, 0);
    fixture_advance(f, 1);
    fixture_drain(f);
    says(f, bob, 1, "");
    assert_int_equal(day_of(f)->refused, 20);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_true(digest == fixture_digest(f));
    fixture_free(f);
}

TEST(a_raised_limit_is_exact)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    fixture_limit(f, "group_messages", 100);
    assert_int_equal(accepted(f, bob, 120, ""), 100);
    fixture_free(f);
}

TEST(the_limit_is_exact_right_after_a_restart)
{
    for (int checkpointed = 0; checkpointed < 2; checkpointed++) {
        struct shard_fixture *f = people_and_a_group("Public");
        int bob = fixture_login(f, "bob", PLATFORM_WEB);

        fixture_advance(f, 1);
        assert_int_equal(accepted(f, bob, 33, ""), 33);
        if (checkpointed)
            fixture_checkpoint(f);
        fixture_restart(f);
        bob = fixture_login(f, "bob", PLATFORM_WEB);
        assert_int_equal(accepted(f, bob, 20, ""), 7);
        fixture_free(f);
    }
}

TEST(slots_are_kept_for_higher_priorities)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    assert_int_equal(accepted(f, bob, 10, ",\"MsgPriority\":\"High\""), 10);
    fixture_advance(f, 1);
    assert_int_equal(accepted(f, bob, 60, ",\"MsgPriority\":\"Lowest\""), 30);
    assert_int_equal(accepted(f, bob, 60, ",\"MsgPriority\":\"High\""), 10);
    fixture_free(f);
}

/* ---- together ---- */

TEST(messages_of_many_at_once_have_all_their_numbers_and_survive)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int senders[3] = {fixture_login(f, "alice", PLATFORM_WEB),
                      fixture_login(f, "bob", PLATFORM_WEB),
                      fixture_login(f, "carol", PLATFORM_WEB)};
    uint64_t digest;

    f->shuffle = true;
    for (uint32_t i = 0; i < 300; i++) {
        if (i % 30 == 0) {
            fixture_drain(f);
            fixture_advance(f, 1);
        }
        fixture_post(f, senders[i % 3], SEND,
                     "{\"GroupId\":\"g\",\"Random\":%u,\"MsgBody\":%s,\"GroupAtInfo\":["
                     "{\"GroupAt_Account\":\"%s\"}]}",
                     i + 1, TEXT_BODY, i % 2 ? "alice" : "bob");
    }
    fixture_drain(f);
    assert_int_equal(says(f, senders[0], 9999, ""), 301);
    digest = fixture_digest(f);
    fixture_restart(f);
    assert_true(digest == fixture_digest(f));
    fixture_free(f);
}

/* ---- system notifications ---- */

TEST(a_notification_goes_to_members_online_and_leaves_nothing)
{
    struct shard_fixture *f = people_and_a_group("Public");
    int alice = fixture_login(f, "alice", PLATFORM_WEB);
    int bob = fixture_login(f, "bob", PLATFORM_WEB);
    int dave = fixture_login(f, "dave", PLATFORM_WEB);
    uint32_t last = head_of(f, 1)->last_seq;

    fixture_forget(f);
    fixture_admin(f, NOTIFY, "{\"GroupId\":\"g\",\"Content\":\"tea time\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, alice, "\"ReportType\":255"), 1);
    assert_int_equal(fixture_pushed(f, bob, "\"UserDefinedField\":\"tea time\""), 1);
    assert_int_equal(fixture_pushed(f, dave, "\"Event\":5"), 0);
    assert_int_equal(head_of(f, 1)->last_seq, last);
    fixture_forget(f);
    fixture_admin(f, NOTIFY,
                  "{\"GroupId\":\"g\",\"Content\":\"psst\",\"ToMembers_Account\":[\"bob\","
                  "\"carol\",\"bob\",\"dave\",\"nobody\"]}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, alice, "\"Event\":5"), 0);
    assert_int_equal(fixture_pushed(f, bob, "\"Event\":5"), 1);
    assert_int_equal(fixture_pushed(f, dave, "\"Event\":5"), 0);
    fixture_free(f);
}

TEST(a_notification_names_at_most_500)
{
    struct shard_fixture *f = people_and_a_group("Public");
    static char names[501 * 8 + 1];

    for (int i = 0; i < 500; i++)
        strcat(names, i ? ",\"bob\"" : "\"bob\"");
    fixture_admin(f, NOTIFY, "{\"GroupId\":\"g\",\"Content\":\"x\",\"ToMembers_Account\":[%s]}",
                  names);
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, NOTIFY,
                  "{\"GroupId\":\"g\",\"Content\":\"x\",\"ToMembers_Account\":[%s,\"bob\"]}",
                  names);
    assert_int_equal(f->err, IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    fixture_admin(f, NOTIFY, "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    fixture_admin(f, NOTIFY, "{\"GroupId\":\"h\",\"Content\":\"x\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_NOT_FOUND);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(
        T(messages_are_numbered_from_one_without_gaps),
        T(a_message_reaches_every_terminal_of_the_members_but_the_one_that_sent_it),
        T(a_message_is_counted_with_its_receivers_online_and_its_sender),
        T(users_send_as_themselves_and_only_as_members),
        T(administrators_send_as_any_account_member_or_not),
        T(a_group_that_is_none_takes_no_message), T(a_muted_member_cannot_send_nor_be_sent_for),
        T(in_a_muted_group_only_owner_and_administrators_speak),
        T(the_first_message_makes_a_private_group_visible),
        T(what_is_wrong_in_a_request_has_its_code), T(a_body_has_at_most_8000_bytes),
        T(an_online_only_message_is_seen_and_gone), T(what_is_not_to_be_counted_or_listed_says_so),
        T(members_who_are_mentioned_hear_of_it), T(everybody_may_be_mentioned_at_once),
        T(at_most_thirty_are_mentioned), T(thirty_different_ones_are_told_and_survive_a_restart),
        T(a_resend_gets_the_answer_of_the_first_one), T(a_resend_is_recognised_across_a_restart),
        T(a_resend_of_a_muted_member_is_still_answered),
        T(a_group_takes_forty_messages_a_second_and_drops_the_rest_with_success),
        T(what_was_dropped_is_counted_in_the_next_second), T(a_raised_limit_is_exact),
        T(the_limit_is_exact_right_after_a_restart), T(slots_are_kept_for_higher_priorities),
        T(messages_of_many_at_once_have_all_their_numbers_and_survive),
        T(a_notification_goes_to_members_online_and_leaves_nothing),
        T(a_notification_names_at_most_500));
}
