/*
 * What must come of each command, at the moment of its decision. A command's facts stand in one
 * record or in several; where the rules let a crash fall between them, `next_record` says so.
 */
#include "support/test.h"

#include "support/sim_group_load.h"

#include "base/mem.h"
#include "core/group/change.h"
#include "core/group/edit.h"
#include "core/group/import.h"
#include "core/group/join.h"
#include "core/group/lifecycle.h"
#include "core/group/message.h"
#include "core/group/notice.h"
#include "core/group/recall.h"
#include "core/session/session.h"

#define RESEND_WINDOW_S 300
#define A_RECORD 16 /* members */

struct decision {
    struct sim_group_load *load;
    struct gm_model *model;
    const struct gl_op *op;
    const struct request *req;
    uint32_t index; /* of the group */
    uint64_t now_us;
    uint32_t now_s;
};

/* ---- records ---- */

static void next_record(const struct decision *d)
{
    struct sim_group_load *load = d->load;

    load->segment += load->segment_filled;
    load->segment_filled = false;
}

/* The position is known when the command has ended. */
static void add(const struct decision *d, struct gm_event event)
{
    struct sim_group_load *load = d->load;

    event.now_us = d->now_us;
    event.group = d->index;
    event.position = load->segment;
    gm_add(d->model, &event);
    load->segment_filled = true;
}

static void set_positions(const struct decision *d, size_t first, uint64_t last_position)
{
    struct sim_group_load *load = d->load;
    uint32_t records;

    /* A call by REST is counted with the last facts, or in a record of its own. */
    load->segment_filled |= d->req->counted;
    records = load->segment + load->segment_filled;
    for (size_t i = first; i < d->model->event_count; i++)
        d->model->events[i].position += last_position + 1 - records;
}

/* ---- shared ---- */

static struct gm_group *group_of(const struct decision *d)
{
    return &d->model->groups[d->index];
}

static bool is_active(const struct gm_group *group)
{
    return group->type != GROUP_PRIVATE || group->flags & GROUP_ACTIVE;
}

/* A tip that takes a seq: server-api §5.1, §5.4. */
static bool has_strong_tip(const struct gm_group *group, bool of_members)
{
    return !gm_is_room(group) && is_active(group) &&
           !(of_members && group->type == GROUP_CHAT_ROOM);
}

static void add_tip(const struct decision *d, bool of_members)
{
    if (!has_strong_tip(group_of(d), of_members))
        return;
    add(d, (struct gm_event){.kind = GM_MESSAGE,
                             .a = GM_NOBODY,
                             .time = d->now_s,
                             .flags = GROUP_MESSAGE_TIP,
                             .priority = PRIORITY_NORMAL,
                             .stored = true});
}

static void add_notice(const struct decision *d, unsigned account, uint8_t kind)
{
    add(d, (struct gm_event){.kind = GM_NOTICE, .a = (uint8_t)account, .option = kind});
}

static void add_joined(const struct decision *d, unsigned account, uint8_t role, bool imported)
{
    const struct gm_group *group = group_of(d);
    bool shows_old = group->type == GROUP_CHAT_ROOM || group->type == GROUP_COMMUNITY;

    add(d, (struct gm_event){.kind = GM_JOINED,
                             .a = (uint8_t)account,
                             .role = role,
                             .imported = imported,
                             .time = d->now_s,
                             .option =
                                 group->type == GROUP_CHAT_ROOM ? OPTION_NO_NOTIFY : OPTION_NOTIFY,
                             .read = group->last_seq,
                             .visible = shows_old ? 0 : group->last_seq});
}

/* Who decides on applications: the owner, then admins by their numbers; each record has twelve
   notices. */
static void tell_deciders(const struct decision *d)
{
    const struct gm_group *group = group_of(d);
    uint8_t deciders[GM_ACCOUNTS];
    uint32_t count = 0;

    if (group->owner != GM_NOBODY)
        deciders[count++] = group->owner;
    for (uint8_t i = 0; i < GM_ACCOUNTS && count < 16; i++) {
        if (gm_role(group, i) == ROLE_ADMIN && (count < 15 || group->owner != GM_NOBODY))
            deciders[count++] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i && i % 12 == 0)
            next_record(d);
        add_notice(d, deciders[i], NOTICE_JOIN_REQUEST);
    }
    next_record(d);
}

static void add_pendency(const struct decision *d, unsigned applicant, unsigned inviter)
{
    add(d, (struct gm_event){.kind = GM_PENDENCY,
                             .a = (uint8_t)applicant,
                             .b = (uint8_t)inviter,
                             .option = inviter != GM_NOBODY});
    tell_deciders(d);
}

/* ---- groups ---- */

static uint8_t join_option(const struct gl_op *op)
{
    if (op->type == GROUP_PRIVATE)
        return JOIN_DISABLED;
    return op->type == GROUP_PUBLIC || op->type == GROUP_COMMUNITY ? op->option : JOIN_FREE;
}

static void create_members(const struct decision *d)
{
    const struct gl_op *op = d->op;
    bool tells = !op->import && op->type != GROUP_PRIVATE;
    uint32_t count = 0;

    if (op->b != GM_NOBODY) {
        add_joined(d, op->b, ROLE_OWNER, op->import);
        count++;
    }
    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        if (!(op->mask >> i & 1) || i == op->b)
            continue;
        if (count && count % A_RECORD == 0)
            next_record(d);
        add_joined(d, i, ROLE_MEMBER, op->import);
        if (tells)
            add_notice(d, i, NOTICE_INVITED);
        count++;
    }
    if (count)
        next_record(d);
}

/* A GroupId that is in use is refused, whoever has it. */
static void decided_create(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct gm_group *taken = gm_find(d->model, op->slot);
    uint8_t invite = op->invite_option;

    assert_int_equal(taken != NULL, d->req->err != IM_OK);
    if (taken) {
        assert_true(d->req->err == IM_ERR_GROUP_ID_TAKEN || d->req->err == IM_ERR_GROUP_ID_OWN);
        return;
    }
    if (op->type == GROUP_AV_CHAT_ROOM || op->type == GROUP_B_CHAT_ROOM)
        invite = JOIN_DISABLED;
    d->index = d->model->group_count;
    add(d, (struct gm_event){.kind = GM_CREATED,
                             .a = op->b,
                             .slot = op->slot,
                             .type = op->type,
                             .flags = (uint16_t)((op->type == GROUP_PRIVATE ? 0 : GROUP_ACTIVE) |
                                                 (op->import ? GROUP_IMPORTED : 0)),
                             .option = join_option(op),
                             .invite_option = invite,
                             .time = op->import ? op->time : d->now_s,
                             .number = op->number});
    create_members(d);
}

static void decided_dissolve(struct decision *d)
{
    add(d, (struct gm_event){.kind = GM_DISSOLVED});
}

static void decided_name(struct decision *d)
{
    add(d, (struct gm_event){.kind = GM_NAME, .number = d->op->number});
    add_tip(d, false);
}

static void decided_mute_all(struct decision *d)
{
    add(d, (struct gm_event){.kind = GM_MUTED_ALL, .option = d->op->option});
    add_tip(d, false);
}

/* ---- members ---- */

static void add_invited(const struct decision *d, const uint8_t *newcomers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        add_joined(d, newcomers[i], ROLE_MEMBER, false);
        if (is_active(group_of(d)))
            add_notice(d, newcomers[i], NOTICE_INVITED);
    }
    next_record(d);
    add_tip(d, true);
    next_record(d);
}

/* An ordinary member's invitations may wait; others bring in sixteen a record, and their tip has
   one of its own. */
static void decided_add(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct member_add_result *result = d->req->result;
    bool waits = !op->rest && gm_role(group_of(d), op->a) == ROLE_MEMBER &&
                 group_of(d)->invite_option == JOIN_NEEDS_PERMISSION;
    uint8_t newcomers[A_RECORD];
    uint32_t n = 0, at = 0;

    for (uint8_t i = 0; i < GM_ACCOUNTS; i++) {
        bool is_in = group_of(d)->members[i].in;

        if (!(op->mask >> i & 1))
            continue;
        assert_int_equal(result->results[at++], is_in   ? ADD_WAS_MEMBER
                                                : waits ? ADD_WAITS
                                                        : ADD_ADDED);
        if (is_in)
            continue;
        if (waits) {
            add_pendency(d, i, op->a);
            continue;
        }
        newcomers[n++] = i;
        if (n == A_RECORD) {
            add_invited(d, newcomers, n);
            n = 0;
        }
    }
    if (n)
        add_invited(d, newcomers, n);
}

static void decided_kick(struct decision *d)
{
    uint32_t n = 0;

    for (uint8_t i = 0; i < GM_ACCOUNTS; i++) {
        if (!(d->op->mask >> i & 1) || !group_of(d)->members[i].in)
            continue;
        add(d, (struct gm_event){.kind = GM_LEFT, .a = i});
        if (is_active(group_of(d)))
            add_notice(d, i, NOTICE_KICKED);
        if (++n % A_RECORD == 0) {
            add_tip(d, true);
            next_record(d);
        }
    }
    if (n % A_RECORD)
        add_tip(d, true);
    next_record(d);
}

static void decided_apply(struct decision *d)
{
    const struct gm_group *group = group_of(d);
    const struct group_join_result *result = d->req->result;
    bool asks = (group->type == GROUP_PUBLIC || group->type == GROUP_COMMUNITY) &&
                group->join_option == JOIN_NEEDS_PERMISSION;

    assert_true(group->type != GROUP_PRIVATE);
    assert_int_equal(result->waits, asks);
    if (asks) {
        add_pendency(d, d->op->a, GM_NOBODY);
        return;
    }
    add_joined(d, d->op->a, ROLE_MEMBER, false);
    add_notice(d, d->op->a, NOTICE_JOIN_ACCEPTED);
    add_tip(d, true);
}

/* All of it is one record. */
static void decided_decide(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct gm_pendency *pendency = &group_of(d)->pendencies[op->b][op->type];
    uint8_t inviter = pendency->inviter;

    assert_true(pendency->exists && !pendency->handled);
    assert_false(group_of(d)->members[op->b].in);
    add(d, (struct gm_event){.kind = GM_HANDLED,
                             .a = op->b,
                             .b = op->a,
                             .option = op->type,
                             .role = op->option ? PENDENCY_AGREED : PENDENCY_REFUSED});
    if (!op->type)
        add_notice(d, op->b, op->option ? NOTICE_JOIN_ACCEPTED : NOTICE_JOIN_REFUSED);
    else if (op->option)
        add_notice(d, op->b, NOTICE_INVITED);
    if (op->type)
        add_notice(d, inviter, op->option ? NOTICE_INVITE_ACCEPTED : NOTICE_INVITE_REFUSED);
    if (!op->option)
        return;
    add_joined(d, op->b, ROLE_MEMBER, false);
    add_tip(d, true);
}

/* Only a Private group's owner may leave, and it then has none. */
static void decided_quit(struct decision *d)
{
    const struct gm_group *group = group_of(d);

    if (group->owner == d->op->a) {
        assert_int_equal(group->type, GROUP_PRIVATE);
        add(d, (struct gm_event){.kind = GM_OWNER, .a = GM_NOBODY});
    }
    add(d, (struct gm_event){.kind = GM_LEFT, .a = d->op->a});
    add_notice(d, d->op->a, NOTICE_QUIT);
    add_tip(d, true);
}

static void decided_role(struct decision *d)
{
    const struct gl_op *op = d->op;

    if (gm_role(group_of(d), op->b) == op->option)
        return;
    add(d, (struct gm_event){.kind = GM_ROLE, .a = op->b, .role = op->option});
    add_notice(d, op->b, op->option == ROLE_ADMIN ? NOTICE_ADMIN_SET : NOTICE_ADMIN_UNSET);
    add_tip(d, false);
}

static void decided_card(struct decision *d)
{
    add(d, (struct gm_event){.kind = GM_CARD, .a = d->op->b, .number = d->op->number});
}

static void decided_option(struct decision *d)
{
    add(d, (struct gm_event){.kind = GM_OPTION, .a = d->op->b, .option = d->op->option});
}

/* Strangers are muted, too, but not named. */
static void decided_mute(struct decision *d)
{
    const struct gl_op *op = d->op;
    uint32_t until = op->time < UINT32_MAX - d->now_s ? d->now_s + op->time : UINT32_MAX, n = 0;
    bool named = false;

    for (uint8_t i = 0; i < GM_ACCOUNTS; i++) {
        if (!(op->mask >> i & 1))
            continue;
        if (n && n % A_RECORD == 0) {
            if (named)
                add_tip(d, false);
            next_record(d);
            named = false;
        }
        n++;
        add(d, (struct gm_event){.kind = GM_MUTED, .a = i, .time = op->time ? until : 0});
        named |= group_of(d)->members[i].in;
    }
    if (named)
        add_tip(d, false);
    next_record(d);
}

static void decided_owner(struct decision *d)
{
    if (group_of(d)->owner == d->op->b)
        return;
    assert_true(group_of(d)->members[d->op->b].in);
    add(d, (struct gm_event){.kind = GM_OWNER, .a = d->op->b});
    add_tip(d, false);
}

/* ---- messages ---- */

static uint32_t others_online(const struct decision *d, unsigned sender)
{
    const struct gm_group *group = group_of(d);
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
    struct gm_group *group = group_of(d);
    uint32_t seq = 1;

    while (seq <= group->last_seq && !is_resent(d, sender, gm_message(group, seq)))
        seq++;
    return seq <= group->last_seq ? seq : 0;
}

static void add_mentions(const struct decision *d, unsigned sender)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        if (!(d->op->mask >> i & 1) || i == sender || !group_of(d)->members[i].in)
            continue;
        if (count++ % 8 == 0)
            next_record(d);
        add_notice(d, i, NOTICE_AT);
    }
}

static void decided_send(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct group_send_result *result = d->req->result;
    const struct gm_group *group = group_of(d);
    uint8_t sender = op->rest ? op->b : op->a;
    uint32_t first = resent(d, sender);
    bool is_room = gm_is_room(group);

    assert_false(result->dropped);
    /* What was said in a room is forgotten with the process. */
    if (first && !(is_room && result->seq == group->last_seq + 1)) {
        const struct gm_message *taken_for = gm_message(group_of(d), result->seq);

        if (is_room ? !taken_for || !is_resent(d, sender, taken_for) : result->seq != first)
            fail_msg("a resend by %s to %s of %u: message %u of %u is %us old; answered with %u",
                     gm_name(sender), gm_group_id(op->slot), op->random, first, group->last_seq,
                     d->now_s - group->messages[first - 1].time, result->seq);
        d->load->again++;
        return;
    }
    if (!op->rest) {
        assert_true(group->muted_until[sender] <= d->now_s);
        assert_true(!(group->flags & GROUP_MUTED_ALL) || gm_role(group, sender) >= ROLE_ADMIN);
        assert_true(group->members[sender].in);
    }
    assert_int_equal(result->seq, group->last_seq + 1);
    assert_int_equal(result->time, d->now_s);
    add(d, (struct gm_event){.kind = GM_MESSAGE,
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
static void decided_recall(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct group_recall_result *result = d->req->result;

    for (int i = 0; i < GL_RECALLS && !gm_is_room(group_of(d)); i++) {
        const struct gm_message *message = gm_message(group_of(d), op->seqs[i]);
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
        add(d, (struct gm_event){.kind = GM_WITHDRAWN, .seq = op->seqs[i]});
    }
}

static void decided_delete(struct decision *d)
{
    struct gm_group *group = group_of(d);

    assert_true(group->last_seq < 480); /* else it takes more than one record */
    for (uint32_t seq = 1; seq <= group->last_seq && !gm_is_room(group); seq++) {
        const struct gm_message *message = gm_message(group, seq);

        if (message->from == d->op->b && !(message->flags & GROUP_MESSAGE_DELETED))
            add(d, (struct gm_event){.kind = GM_DELETED, .seq = seq});
    }
}

static void decided_edit(struct decision *d)
{
    const struct gm_message *message = gm_message(group_of(d), d->op->seqs[0]);

    assert_true(message && !is_gone(message));
    add(d, (struct gm_event){.kind = GM_EDITED, .seq = d->op->seqs[0], .number = d->op->number});
}

/* ---- read marks ---- */

static void decided_read(struct decision *d)
{
    const struct gm_group *group = group_of(d);
    uint32_t seq = d->op->seqs[0] < group->last_seq ? d->op->seqs[0] : group->last_seq;

    if (gm_is_room(group))
        return;
    assert_true(group->members[d->op->a].in);
    if (seq > group->members[d->op->a].read)
        add(d, (struct gm_event){.kind = GM_READ, .a = d->op->a, .read = seq});
}

/* Where so many are unread behind, or all that the member sees. */
static uint32_t mark_for(const struct decision *d)
{
    struct gm_group *group = group_of(d);
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

static void decided_unread(struct decision *d)
{
    const struct gm_group *group = group_of(d);
    uint32_t seq;

    if (gm_is_room(group) || group->type == GROUP_CHAT_ROOM)
        return;
    assert_true(group->members[d->op->b].in);
    seq = mark_for(d);
    if (seq != group->members[d->op->b].read)
        add(d, (struct gm_event){.kind = GM_READ, .a = d->op->b, .read = seq});
}

/* ---- imports ---- */

static uint32_t imported_before(const struct decision *d, uint32_t i)
{
    struct gm_group *group = group_of(d);

    for (uint32_t seq = group->last_seq; seq; seq--) {
        const struct gm_message *message = gm_message(group, seq);

        if (message->from == d->op->b && message->time == d->op->time + i / 2 &&
            message->random == d->op->random + i)
            return seq;
    }
    return 0;
}

static void decided_import_messages(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct import_messages_result *result = d->req->result;

    for (uint32_t i = 0; i < op->count; i++) {
        uint32_t time = op->time + i / 2, before = imported_before(d, i);
        bool fits = time > group_of(d)->created_s && time < d->now_s;

        assert_int_equal(result->items[i].err, fits ? IM_OK : IM_ERR_GROUP_PARAM);
        if (!fits)
            continue;
        if (before) {
            assert_int_equal(result->items[i].seq, before);
            d->load->again++;
            continue;
        }
        assert_int_equal(result->items[i].seq, group_of(d)->last_seq + 1);
        add(d, (struct gm_event){.kind = GM_MESSAGE,
                                 .a = op->b,
                                 .number = op->number + i,
                                 .random = op->random + i,
                                 .time = time,
                                 .flags = GROUP_MESSAGE_BY_REST,
                                 .priority = PRIORITY_NORMAL,
                                 .imported = true,
                                 .stored = true});
        next_record(d);
    }
}

static void decided_import_members(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct import_members_result *result = d->req->result;
    uint32_t at = 0, n = 0, last = group_of(d)->last_seq;
    uint32_t unread = op->count < last ? op->count : last;

    for (uint8_t i = 0; i < GM_ACCOUNTS; i++) {
        const struct gm_group *group = group_of(d);

        if (!(op->mask >> i & 1))
            continue;
        assert_int_equal(result->results[at++], group->members[i].in ? 2 : 1);
        if (group->members[i].in)
            continue;
        add(d, (struct gm_event){
                   .kind = GM_JOINED,
                   .a = i,
                   .role = op->option && group->type != GROUP_PRIVATE ? ROLE_ADMIN : ROLE_MEMBER,
                   .time = op->time ? op->time : d->now_s,
                   .option = group->type == GROUP_CHAT_ROOM ? OPTION_NO_NOTIFY : OPTION_NOTIFY,
                   .read = last - unread,
                   .imported = true});
        if (++n % A_RECORD == 0)
            next_record(d);
    }
}

/* ---- hearing ---- */

static void decide(struct decision *d)
{
    static void (*const table[GL_KINDS])(struct decision * d) = {
        [GL_CREATE] = decided_create,
        [GL_ADD] = decided_add,
        [GL_KICK] = decided_kick,
        [GL_APPLY] = decided_apply,
        [GL_DECIDE] = decided_decide,
        [GL_QUIT] = decided_quit,
        [GL_ROLE] = decided_role,
        [GL_CARD] = decided_card,
        [GL_OPTION] = decided_option,
        [GL_MUTE] = decided_mute,
        [GL_OWNER] = decided_owner,
        [GL_SEND] = decided_send,
        [GL_RECALL] = decided_recall,
        [GL_DELETE] = decided_delete,
        [GL_EDIT] = decided_edit,
        [GL_READ] = decided_read,
        [GL_UNREAD] = decided_unread,
        [GL_NAME] = decided_name,
        [GL_MUTE_ALL] = decided_mute_all,
        [GL_IMPORT_MESSAGES] = decided_import_messages,
        [GL_IMPORT_MEMBERS] = decided_import_members,
        [GL_DISSOLVE] = decided_dissolve,
    };

    table[d->op->kind](d);
}

/* Without the group nothing is done; what is refused is refused for a reason that a group has. */
static bool was_done(struct decision *d)
{
    const struct gm_group *group = gm_find(d->model, d->op->slot);
    enum im_err err = d->req->err;

    if (d->op->kind == GL_CREATE)
        return true;
    if (!group) {
        assert_int_equal(err, IM_ERR_GROUP_NOT_FOUND);
        return false;
    }
    d->index = gm_index(d->model, group);
    if (!err)
        return true;
    if (err < IM_ERR_GROUP_PARAM || err > IM_ERR_GROUP_RECALL_TYPE || err == IM_ERR_GROUP_NOT_FOUND)
        fail_msg("command of kind %u was answered with %d", d->op->kind, err);
    if (err == IM_ERR_GROUP_MUTED)
        assert_true(group->muted_until[d->op->a] > d->now_s || group->flags & GROUP_MUTED_ALL);
    if (d->op->rest && err == IM_ERR_GROUP_RIGHT && d->op->kind == GL_NAME)
        fail_msg("an administrator was refused");
    return false;
}

void sim_group_expect(struct sim_group_load *load, const struct gl_op *op, struct request *req,
                      uint64_t position)
{
    struct decision d = {.load = load,
                         .model = &load->model,
                         .op = op,
                         .req = req,
                         .now_us = shard_now_us(load->world->shard),
                         .now_s = shard_now_s(load->world->shard)};
    size_t first = load->model.event_count;

    if (op->kind == GL_RETURN || op->kind == GL_CLOSED) {
        assert_int_equal(req->err, IM_OK);
        return;
    }
    load->segment = 0;
    load->segment_filled = false;
    if (was_done(&d))
        decide(&d);
    set_positions(&d, first, position);
    if (req->err)
        load->refused[op->kind]++;
    else
        load->done[op->kind]++;
}
