/*
 * What must come of each command, at the moment of its decision. A command's facts stand in one
 * record or in several; where the rules let a crash fall between them, `next_record` says so.
 */
#include "support/test.h"

#include "support/sim_group_expect_internal.h"

#include "core/group/change.h"
#include "core/group/join.h"
#include "core/group/lifecycle.h"
#include "core/group/notice.h"

/* ---- records ---- */

void gx_next_record(const struct decision *d)
{
    struct sim_group_load *load = d->load;

    load->segment += load->segment_filled;
    load->segment_filled = false;
}

/* The position is known when the command has ended. */
void gx_add(const struct decision *d, struct gm_event event)
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

struct gm_group *gx_group_of(const struct decision *d)
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
    if (!has_strong_tip(gx_group_of(d), of_members))
        return;
    gx_add(d, (struct gm_event){.kind = GM_MESSAGE,
                                .a = GM_NOBODY,
                                .time = d->now_s,
                                .flags = GROUP_MESSAGE_TIP,
                                .priority = PRIORITY_NORMAL,
                                .stored = true});
}

void gx_add_notice(const struct decision *d, unsigned account, uint8_t kind)
{
    gx_add(d, (struct gm_event){.kind = GM_NOTICE, .a = (uint8_t)account, .option = kind});
}

static void add_joined(const struct decision *d, unsigned account, uint8_t role, bool imported)
{
    const struct gm_group *group = gx_group_of(d);
    bool shows_old = group->type == GROUP_CHAT_ROOM || group->type == GROUP_COMMUNITY;

    gx_add(d, (struct gm_event){.kind = GM_JOINED,
                                .a = (uint8_t)account,
                                .role = role,
                                .imported = imported,
                                .time = d->now_s,
                                .option = group->type == GROUP_CHAT_ROOM ? OPTION_NO_NOTIFY
                                                                         : OPTION_NOTIFY,
                                .read = group->last_seq,
                                .visible = shows_old ? 0 : group->last_seq});
}

/* Who decides on applications: the owner, then admins by their numbers; each record has twelve
   notices. */
static void tell_deciders(const struct decision *d)
{
    const struct gm_group *group = gx_group_of(d);
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
            gx_next_record(d);
        gx_add_notice(d, deciders[i], NOTICE_JOIN_REQUEST);
    }
    gx_next_record(d);
}

static void add_pendency(const struct decision *d, unsigned applicant, unsigned inviter)
{
    gx_add(d, (struct gm_event){.kind = GM_PENDENCY,
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
            gx_next_record(d);
        add_joined(d, i, ROLE_MEMBER, op->import);
        if (tells)
            gx_add_notice(d, i, NOTICE_INVITED);
        count++;
    }
    if (count)
        gx_next_record(d);
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
    gx_add(d, (struct gm_event){.kind = GM_CREATED,
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
    /* Who is no administrator of the app and may do it is the owner. */
    gx_add(d, (struct gm_event){.kind = GM_DISSOLVED, .option = !d->op->rest});
}

static void decided_name(struct decision *d)
{
    gx_add(d, (struct gm_event){.kind = GM_NAME, .number = d->op->number});
    add_tip(d, false);
}

static void decided_mute_all(struct decision *d)
{
    gx_add(d, (struct gm_event){.kind = GM_MUTED_ALL, .option = d->op->option});
    add_tip(d, false);
}

/* ---- members ---- */

static void add_invited(const struct decision *d, const uint8_t *newcomers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        add_joined(d, newcomers[i], ROLE_MEMBER, false);
        if (is_active(gx_group_of(d)))
            gx_add_notice(d, newcomers[i], NOTICE_INVITED);
    }
    gx_next_record(d);
    add_tip(d, true);
    gx_next_record(d);
}

/* An ordinary member's invitations may wait; others bring in sixteen a record, and their tip has
   one of its own. */
static void decided_add(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct member_add_result *result = d->req->result;
    bool waits = !op->rest && gm_role(gx_group_of(d), op->a) == ROLE_MEMBER &&
                 gx_group_of(d)->invite_option == JOIN_NEEDS_PERMISSION;
    uint8_t newcomers[A_RECORD];
    uint32_t n = 0, at = 0;

    for (uint8_t i = 0; i < GM_ACCOUNTS; i++) {
        bool is_in = gx_group_of(d)->members[i].in;

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
        if (!(d->op->mask >> i & 1) || !gx_group_of(d)->members[i].in)
            continue;
        gx_add(d, (struct gm_event){.kind = GM_LEFT, .a = i});
        if (is_active(gx_group_of(d)))
            gx_add_notice(d, i, NOTICE_KICKED);
        if (++n % A_RECORD == 0) {
            add_tip(d, true);
            gx_next_record(d);
        }
    }
    if (n % A_RECORD)
        add_tip(d, true);
    gx_next_record(d);
}

static void decided_apply(struct decision *d)
{
    const struct gm_group *group = gx_group_of(d);
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
    gx_add_notice(d, d->op->a, NOTICE_JOIN_ACCEPTED);
    add_tip(d, true);
}

/* All of it is one record. */
static void decided_decide(struct decision *d)
{
    const struct gl_op *op = d->op;
    const struct gm_pendency *pendency = &gx_group_of(d)->pendencies[op->b][op->type];
    uint8_t inviter = pendency->inviter;

    assert_true(pendency->exists && !pendency->handled);
    assert_false(gx_group_of(d)->members[op->b].in);
    gx_add(d, (struct gm_event){.kind = GM_HANDLED,
                                .a = op->b,
                                .b = op->a,
                                .option = op->type,
                                .role = op->option ? PENDENCY_AGREED : PENDENCY_REFUSED});
    if (!op->type)
        gx_add_notice(d, op->b, op->option ? NOTICE_JOIN_ACCEPTED : NOTICE_JOIN_REFUSED);
    else if (op->option)
        gx_add_notice(d, op->b, NOTICE_INVITED);
    if (op->type)
        gx_add_notice(d, inviter, op->option ? NOTICE_INVITE_ACCEPTED : NOTICE_INVITE_REFUSED);
    if (!op->option)
        return;
    add_joined(d, op->b, ROLE_MEMBER, false);
    add_tip(d, true);
}

/* Only a Private group's owner may leave, and it then has none. */
static void decided_quit(struct decision *d)
{
    const struct gm_group *group = gx_group_of(d);

    if (group->owner == d->op->a) {
        assert_int_equal(group->type, GROUP_PRIVATE);
        gx_add(d, (struct gm_event){.kind = GM_OWNER, .a = GM_NOBODY});
    }
    gx_add(d, (struct gm_event){.kind = GM_LEFT, .a = d->op->a});
    gx_add_notice(d, d->op->a, NOTICE_QUIT);
    add_tip(d, true);
}

static void decided_role(struct decision *d)
{
    const struct gl_op *op = d->op;

    if (gm_role(gx_group_of(d), op->b) == op->option)
        return;
    gx_add(d, (struct gm_event){.kind = GM_ROLE, .a = op->b, .role = op->option});
    gx_add_notice(d, op->b, op->option == ROLE_ADMIN ? NOTICE_ADMIN_SET : NOTICE_ADMIN_UNSET);
    add_tip(d, false);
}

static void decided_card(struct decision *d)
{
    gx_add(d, (struct gm_event){.kind = GM_CARD, .a = d->op->b, .number = d->op->number});
}

static void decided_option(struct decision *d)
{
    gx_add(d, (struct gm_event){.kind = GM_OPTION, .a = d->op->b, .option = d->op->option});
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
            gx_next_record(d);
            named = false;
        }
        n++;
        gx_add(d, (struct gm_event){.kind = GM_MUTED, .a = i, .time = op->time ? until : 0});
        named |= gx_group_of(d)->members[i].in;
    }
    if (named)
        add_tip(d, false);
    gx_next_record(d);
}

static void decided_owner(struct decision *d)
{
    if (gx_group_of(d)->owner == d->op->b)
        return;
    assert_true(gx_group_of(d)->members[d->op->b].in);
    gx_add(d, (struct gm_event){.kind = GM_OWNER, .a = d->op->b});
    add_tip(d, false);
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
        [GL_SEND] = gx_decided_send,
        [GL_RECALL] = gx_decided_recall,
        [GL_DELETE] = gx_decided_delete,
        [GL_EDIT] = gx_decided_edit,
        [GL_READ] = gx_decided_read,
        [GL_UNREAD] = gx_decided_unread,
        [GL_NAME] = decided_name,
        [GL_MUTE_ALL] = decided_mute_all,
        [GL_IMPORT_MESSAGES] = gx_decided_import_messages,
        [GL_IMPORT_MEMBERS] = gx_decided_import_members,
        [GL_ATTRIBUTE] = gx_decided_attribute,
        [GL_COUNTER] = gx_decided_counter,
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
    if (d->op->kind == GL_ATTRIBUTE && err == IM_ERR_GROUP_ATTRIBUTE_RATE)
        return false;
    if (err < IM_ERR_GROUP_PARAM || err > IM_ERR_GROUP_RECALL_TYPE || err == IM_ERR_GROUP_NOT_FOUND)
        fail_msg("command of kind %u was answered with %d", d->op->kind, err);
    if (err == IM_ERR_GROUP_MUTED) {
        uint8_t sender = d->op->rest ? d->op->b : d->op->a;

        assert_true(group->muted_until[sender] > d->now_s ||
                    (!d->op->rest && group->flags & GROUP_MUTED_ALL));
    }
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
