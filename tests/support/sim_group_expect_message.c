/* What must come of commands on messages, read marks and values, and of imports. */
#include "support/test.h"

#include "support/sim_group_expect_internal.h"

#include "core/group/import.h"
#include "core/group/message.h"
#include "core/group/notice.h"
#include "core/group/recall.h"
#include "core/session/session.h"

#define RESEND_WINDOW_S 300

/* ---- messages ---- */

static uint32_t others_online(const struct decision *d, unsigned sender)
{
    const struct gm_group *group = gx_group_of(d);
    uint32_t count = 0;

    for (unsigned i = 0; i < GM_ACCOUNTS && !gm_is_room(group); i++) {
        struct account_no account = {d->model->accounts[i]};

        count += group->members[i].in && i != sender &&
                 session_first(d->load->world->shard, d->model->app, account) != NULL;
    }
    return count;
}

/* Of the same sender and Random, within five minutes. */
static bool is_resent(const struct decision *d, unsigned sender, const struct gm_message *message)
{
    return message->from == sender && message->random == d->op->random && !message->imported &&
           message->time + RESEND_WINDOW_S > d->now_s;
}

/* The first one that it repeats; 0: none. */
static uint32_t resent(const struct decision *d, unsigned sender)
{
    struct gm_group *group = gx_group_of(d);
    uint32_t seq = 1;

    while (seq <= group->last_seq && !is_resent(d, sender, gm_message(group, seq)))
        seq++;
    return seq <= group->last_seq ? seq : 0;
}

static void add_mentions(const struct decision *d, unsigned sender)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        if (!(d->op->mask >> i & 1) || i == sender || !gx_group_of(d)->members[i].in)
            continue;
        if (count++ % 8 == 0)
            gx_next_record(d);
        gx_add_notice(d, i, NOTICE_AT);
    }
}

void gx_decided_send(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct group_send_result *result = d->req->result;
    const struct gm_group *group = gx_group_of(d);
    uint8_t sender = op->rest ? op->b : op->a;
    uint32_t first = resent(d, sender);
    bool is_room = gm_is_room(group);

    assert_false(result->dropped);
    /* What was said in a room is forgotten with the process. */
    if (first && !(is_room && result->seq == group->last_seq + 1)) {
        const struct gm_message *taken_for = gm_message(gx_group_of(d), result->seq);

        if (is_room ? !taken_for || !is_resent(d, sender, taken_for) : result->seq != first)
            fail_msg("a resend by %s to %s of %u: message %u of %u is %us old; answered with %u",
                     gm_name(sender), gm_group_id(op->slot), op->random, first, group->last_seq,
                     d->now_s - group->messages[first - 1].time, result->seq);
        d->load->again++;
        return;
    }
    /* For whom an administrator sends must not be muted either. */
    if (!op->rest || op->b)
        assert_true(group->muted_until[sender] <= d->now_s);
    if (!op->rest) {
        assert_true(!(group->flags & GROUP_MUTED_ALL) || gm_role(group, sender) >= ROLE_ADMIN);
        assert_true(group->members[sender].in);
    }
    assert_int_equal(result->seq, group->last_seq + 1);
    assert_int_equal(result->time, d->now_s);
    gx_add(d, (struct gm_event){.kind = GM_MESSAGE,
                                .a = sender,
                                .number = op->number,
                                .random = op->random,
                                .time = d->now_s,
                                .flags = (uint16_t)((op->no_unread ? GROUP_MESSAGE_NO_UNREAD : 0) |
                                                    (op->rest ? GROUP_MESSAGE_BY_REST : 0)),
                                .priority = op->option,
                                .down = others_online(d, sender),
                                .stored = !is_room,
                                .counted = true});
    if (!is_room)
        add_mentions(d, sender);
}

static bool is_gone(const struct gm_message *message)
{
    return message->flags & (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED | GROUP_MESSAGE_TIP);
}

/* Administrators recall whatever is there. */
void gx_decided_recall(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct group_recall_result *result = d->req->result;

    for (int i = 0; i < GL_RECALLS && !gm_is_room(gx_group_of(d)); i++) {
        const struct gm_message *message = gm_message(gx_group_of(d), op->seqs[i]);
        bool before = false;

        for (int j = 0; j < i; j++)
            before |= op->seqs[j] == op->seqs[i];
        if (before)
            continue;
        if (op->rest)
            assert_int_equal(result->errs[i] == IM_OK, message && !is_gone(message));
        if (result->errs[i])
            continue;
        assert_true(message && !is_gone(message));
        gx_add(d, (struct gm_event){.kind = GM_WITHDRAWN, .seq = op->seqs[i]});
    }
}

void gx_decided_delete(struct decision *d)
{
    struct gm_group *group = gx_group_of(d);

    assert_true(group->last_seq < 480); /* else it takes more than one record */
    for (uint32_t seq = 1; seq <= group->last_seq && !gm_is_room(group); seq++) {
        const struct gm_message *message = gm_message(group, seq);

        if (message->from == d->op->b && !(message->flags & GROUP_MESSAGE_DELETED))
            gx_add(d, (struct gm_event){.kind = GM_DELETED, .seq = seq});
    }
}

void gx_decided_edit(struct decision *d)
{
    const struct gm_message *message = gm_message(gx_group_of(d), d->op->seqs[0]);

    assert_true(message && !is_gone(message));
    gx_add(d, (struct gm_event){.kind = GM_EDITED, .seq = d->op->seqs[0], .number = d->op->number});
}

/* ---- read marks ---- */

void gx_decided_read(struct decision *d)
{
    const struct gm_group *group = gx_group_of(d);
    uint32_t seq = d->op->seqs[0] < group->last_seq ? d->op->seqs[0] : group->last_seq;

    if (gm_is_room(group))
        return;
    assert_true(group->members[d->op->a].in);
    if (seq > group->members[d->op->a].read)
        gx_add(d, (struct gm_event){.kind = GM_READ, .a = d->op->a, .read = seq});
}

/* Where so many are unread behind, or all that the member sees. */
static uint32_t mark_for(const struct decision *d)
{
    struct gm_group *group = gx_group_of(d);
    const struct gm_member *member = &group->members[d->op->b];
    uint32_t wanted = d->op->count, seq = group->last_seq;

    for (; wanted && seq > member->visible; seq--) {
        const struct gm_message *message = gm_message(group, seq);

        wanted -= message->from != d->op->b &&
                  !(message->flags &
                    (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED | GROUP_MESSAGE_NO_UNREAD));
    }
    return seq;
}

void gx_decided_unread(struct decision *d)
{
    const struct gm_group *group = gx_group_of(d);
    uint32_t seq;

    if (gm_is_room(group) || group->type == GROUP_CHAT_ROOM)
        return;
    assert_true(group->members[d->op->b].in);
    seq = mark_for(d);
    if (seq != group->members[d->op->b].read)
        gx_add(d, (struct gm_event){.kind = GM_READ, .a = d->op->b, .read = seq});
}

/* ---- values ---- */

void gx_decided_attribute(struct decision *d)
{
    const struct gl_op *op = d->op;

    gx_add(d, (struct gm_event){.kind = GM_ATTRIBUTE,
                                .seq = op->count,
                                .number = op->option ? 0 : op->number,
                                .option = op->option == 2});
}

/* One that is not there is no fact to delete. */
void gx_decided_counter(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct gm_group *group = gx_group_of(d);

    if (op->option == 2 && !group->has_counter)
        return;
    gx_add(d, (struct gm_event){.kind = GM_COUNTER,
                                .number = op->option == 2   ? 0
                                          : op->option == 1 ? group->counter + op->count
                                                            : op->count,
                                .option = op->option == 2});
}

/* ---- imports ---- */

static uint32_t imported_before(const struct decision *d, uint32_t i)
{
    struct gm_group *group = gx_group_of(d);

    for (uint32_t seq = group->last_seq; seq; seq--) {
        const struct gm_message *message = gm_message(group, seq);

        if (message->from == d->op->b && message->time == d->op->time + i / 2 &&
            message->random == d->op->random + i)
            return seq;
    }
    return 0;
}

void gx_decided_import_messages(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct import_messages_result *result = d->req->result;

    for (uint32_t i = 0; i < op->count; i++) {
        uint32_t time = op->time + i / 2, before = imported_before(d, i);
        bool fits = time > gx_group_of(d)->created_s && time < d->now_s;

        assert_int_equal(result->items[i].err, fits ? IM_OK : IM_ERR_GROUP_PARAM);
        if (!fits)
            continue;
        if (before) {
            assert_int_equal(result->items[i].seq, before);
            d->load->again++;
            continue;
        }
        assert_int_equal(result->items[i].seq, gx_group_of(d)->last_seq + 1);
        gx_add(d, (struct gm_event){.kind = GM_MESSAGE,
                                    .a = op->b,
                                    .number = op->number + i,
                                    .random = op->random + i,
                                    .time = time,
                                    .flags = GROUP_MESSAGE_BY_REST,
                                    .priority = PRIORITY_NORMAL,
                                    .imported = true,
                                    .stored = true});
        gx_next_record(d);
    }
}

void gx_decided_import_members(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct import_members_result *result = d->req->result;
    uint32_t at = 0, n = 0, last = gx_group_of(d)->last_seq;
    uint32_t unread = op->count < last ? op->count : last;

    for (uint8_t i = 0; i < GM_ACCOUNTS; i++) {
        const struct gm_group *group = gx_group_of(d);

        if (!(op->mask >> i & 1))
            continue;
        assert_int_equal(result->results[at++], group->members[i].in ? 2 : 1);
        if (group->members[i].in)
            continue;
        gx_add(d, (struct gm_event){
                      .kind = GM_JOINED,
                      .a = i,
                      .role = op->option && group->type != GROUP_PRIVATE ? ROLE_ADMIN : ROLE_MEMBER,
                      .time = op->time ? op->time : d->now_s,
                      .option = group->type == GROUP_CHAT_ROOM ? OPTION_NO_NOTIFY : OPTION_NOTIFY,
                      .read = last - unread,
                      .imported = true});
        if (++n % A_RECORD == 0)
            gx_next_record(d);
    }
}
