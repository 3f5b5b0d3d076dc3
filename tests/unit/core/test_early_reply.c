/*
 * Replies that need not wait for the commit under way, because they show nothing of it: struct
 * output, `shows`. The proof for any handler: whatever such a reply said while commits were stuck
 * is what is said after a crash that lost all that was stuck.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/group_fixture.h"

#define ROUNDS 400u
#define READS 8u
#define CACHE_BYTES (16u << 20)

static const char *const names[] = {"alice", "bob", "carol"};
static const char *const groups[] = {"g", "h"};

struct world {
    struct shard_fixture *f;
    int terminal[3];
    struct message_key sent[2]; /* the last from alice to bob, and the other way */
    uint32_t seq[2];            /* the last of each group */
    uint64_t chance;
};

static unsigned draw(struct world *w, unsigned below)
{
    w->chance ^= w->chance << 13;
    w->chance ^= w->chance >> 7;
    w->chance ^= w->chance << 17;
    return (unsigned)(w->chance % below);
}

static void log_in(struct world *w)
{
    for (unsigned i = 0; i < 3; i++)
        w->terminal[i] = fixture_login(w->f, names[i], PLATFORM_WEB);
}

static struct world world_new(void)
{
    struct world w = {.f = fixture_new(CACHE_BYTES), .chance = 88172645463325252u};

    for (unsigned i = 0; i < 3; i++)
        fixture_account(w.f, names[i]);
    for (unsigned i = 0; i < 2; i++) {
        group_make(w.f, "Public", groups[i], "alice",
                   "{\"Member_Account\":\"bob\"},{\"Member_Account\":\"carol\"}");
        w.seq[i] = group_say(w.f, groups[i], "alice", "first");
    }
    log_in(&w);
    w.sent[0] = fixture_send(w.f, w.terminal[0], "bob", "first");
    w.sent[1] = fixture_send(w.f, w.terminal[1], "alice", "first");
    return w;
}

/* ---- reading ---- */

static void read_group(struct world *w, unsigned who, unsigned group)
{
    fixture_user(w->f, w->terminal[who], "group_open_http_svc.group_msg_get",
                 "{\"GroupId\":\"%s\",\"ReqMsgNumber\":20,\"ReqMsgSeq\":%u,\"WithRecalledMsg\":1}",
                 groups[group], UINT32_MAX);
}

static void read_peer(struct world *w, unsigned who, unsigned peer)
{
    fixture_user(w->f, w->terminal[who], "openim.getroammsg",
                 "{\"Peer_Account\":\"%s\",\"MaxCnt\":20,\"WithRecalledMsg\":1}", names[peer]);
}

/* READS of them, each another look. */
static void read_one(struct world *w, unsigned i)
{
    if (i < 6)
        read_group(w, i % 3, i / 3);
    else
        read_peer(w, i - 6, 7 - i);
}

/* ---- changing ---- */

static void recall(struct world *w, unsigned group)
{
    fixture_user(w->f, w->terminal[0], "group_open_http_svc.group_msg_recall",
                 "{\"GroupId\":\"%s\",\"MsgSeqList\":[{\"MsgSeq\":%u}]}", groups[group],
                 w->seq[group] - draw(w, 3));
}

static void hide(struct world *w, unsigned who, unsigned group)
{
    fixture_user(w->f, w->terminal[who], "group_open_http_svc.delete_group_ramble_msg_by_seq",
                 "{\"GroupId\":\"%s\",\"Seqs\":[\"%u\"]}", groups[group],
                 w->seq[group] - draw(w, 3));
}

static void change_member(struct world *w, unsigned group)
{
    if (draw(w, 3))
        fixture_admin(w->f, "group_open_http_svc.modify_group_member_info",
                      "{\"GroupId\":\"%s\",\"Member_Account\":\"bob\",\"NameCard\":\"c%u\"}",
                      groups[group], draw(w, 1000));
    else
        fixture_admin(w->f,
                      draw(w, 2) ? "group_open_http_svc.delete_group_member"
                                 : "group_open_http_svc.add_group_member",
                      "{\"GroupId\":\"%s\",\"Silence\":1,\"MemberToDel_Account\":[\"carol\"],"
                      "\"MemberList\":[{\"Member_Account\":\"carol\"}]}",
                      groups[group]);
}

static void withdraw(struct world *w, unsigned who)
{
    fixture_user(w->f, w->terminal[who], "openim.msgwithdraw",
                 "{\"MsgInfo\":{\"From_Account\":\"x\",\"To_Account\":\"%s\",\"MsgTimeStamp\":%u,"
                 "\"MsgSeq\":%u,\"MsgRandom\":%u}}",
                 names[1 - who], w->sent[who].time, w->sent[who].seq, w->sent[who].random);
}

/* Whether it is refused does not matter. */
static void change_something(struct world *w)
{
    unsigned which = draw(w, 10), group = draw(w, 2), who = draw(w, 2);

    fixture_advance(w->f, 1);
    if (which < 3)
        w->seq[group] = group_say(w->f, groups[group], names[who], "said");
    else if (which < 5)
        w->sent[who] = fixture_send(w->f, w->terminal[who], names[1 - who], "sent");
    else if (which == 5)
        recall(w, group);
    else if (which == 6)
        hide(w, draw(w, 3), group);
    else if (which == 7)
        change_member(w, group);
    else if (which == 8)
        withdraw(w, who);
    else
        fixture_user(w->f, w->terminal[who], "profile.portrait_set",
                     "{\"From_Account\":\"%s\",\"ProfileItem\":[{\"Tag\":\"Tag_Profile_IM_Nick\","
                     "\"Value\":\"n%u\"}]}",
                     names[who], draw(w, 1000));
}

/* What is lost may be asked for again: by numbers that are there. */
static void forget_lost(struct world *w)
{
    for (unsigned i = 0; i < 2; i++) {
        w->seq[i] = group_say(w->f, groups[i], "alice", "after");
        w->sent[i] = fixture_send(w->f, w->terminal[i], names[1 - i], "after");
    }
}

TEST(what_an_early_reply_showed_survives_the_loss_of_all_that_waited)
{
    struct world w = world_new();
    uint64_t durable;
    unsigned early = 0, late = 0;
    char *said[READS];

    for (unsigned round = 0; round < ROUNDS; round++) {
        if (draw(&w, 4) == 0)
            fixture_checkpoint(w.f);
        durable = journal_durable(shard_journal(w.f->shard));
        w.f->stuck = true;
        for (unsigned i = draw(&w, 4); i; i--)
            change_something(&w);
        for (unsigned i = 0; i < READS; i++) {
            said[i] = NULL;
            read_one(&w, i);
            if (w.f->shows && w.f->shows <= durable)
                said[i] = strdup(w.f->text);
        }
        assert_int_equal(journal_durable(shard_journal(w.f->shard)), durable);
        fixture_crash(w.f);
        w.f->stuck = false;
        log_in(&w);
        for (unsigned i = 0; i < READS; i++) {
            if (!said[i]) {
                late++;
                continue;
            }
            early++;
            read_one(&w, i);
            assert_string_equal(w.f->text, said[i]);
            free(said[i]);
        }
        fixture_forget(w.f);
        if (round % 8 == 0)
            forget_lost(&w);
    }
    assert_true(early > ROUNDS * 2 && late > ROUNDS);
    fixture_free(w.f);
}

TEST(a_history_is_read_while_a_commit_is_stuck_unless_it_is_of_it)
{
    struct world w = world_new();
    uint64_t durable = journal_durable(shard_journal(w.f->shard));

    w.f->stuck = true;
    group_say(w.f, "g", "bob", "stuck");
    fixture_send(w.f, w.terminal[0], "bob", "stuck");
    read_group(&w, 2, 1);
    assert_true(w.f->shows > 0 && w.f->shows <= durable);
    assert_string_equal(fixture_text(w.f, "RspMsgList.0.MsgBody.0.MsgContent.Text"), "first");
    read_group(&w, 2, 0);
    assert_true(w.f->shows > durable);
    read_peer(&w, 0, 2);
    assert_true(w.f->shows > 0 && w.f->shows <= durable);
    read_peer(&w, 1, 0);
    assert_true(w.f->shows > durable);
    /* And once that is durable, both may leave at once. */
    w.f->stuck = false;
    fixture_drain(w.f);
    durable = journal_durable(shard_journal(w.f->shard));
    read_group(&w, 2, 0);
    assert_true(w.f->shows > 0 && w.f->shows <= durable);
    assert_string_equal(fixture_text(w.f, "RspMsgList.0.MsgBody.0.MsgContent.Text"), "stuck");
    read_peer(&w, 1, 0);
    assert_true(w.f->shows > 0 && w.f->shows <= durable);
    fixture_free(w.f);
}

TEST(refusals_and_what_changes_something_wait_like_before)
{
    struct world w = world_new();

    read_group(&w, 2, 0);
    assert_true(w.f->shows > 0);
    fixture_user(w.f, w.terminal[0], "group_open_http_svc.group_msg_get",
                 "{\"GroupId\":\"none\",\"ReqMsgNumber\":20}");
    assert_true(w.f->err);
    assert_int_equal(w.f->shows, 0);
    fixture_send(w.f, w.terminal[0], "bob", "more");
    assert_int_equal(w.f->shows, 0);
    fixture_admin(w.f, "group_open_http_svc.group_msg_get_simple",
                  "{\"GroupId\":\"g\",\"ReqMsgNumber\":20}");
    assert_int_equal(w.f->err, IM_OK);
    assert_int_equal(w.f->shows, 0);
    fixture_free(w.f);
}

int main(void)
{
    return RUN_TESTS(T(a_history_is_read_while_a_commit_is_stuck_unless_it_is_of_it),
                     T(refusals_and_what_changes_something_wait_like_before),
                     T(what_an_early_reply_showed_survives_the_loss_of_all_that_waited));
}
