/* The rows of the shard, and what it answers, against the model. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "core/group/history.h"
#include "core/group/member.h"
#include "core/group/notice.h"
#include "core/group/pendency.h"
#include "core/history/page.h"
#include "core/shard_internal.h"
#include "core/usage/day_set.h"
#include "support/sim_group_model.h"

/* What was found of a group. */
struct found {
    bool row, id, head;
    uint32_t joined, members, muted, pendencies, values; /* rows */
    uint32_t member_set, joined_set;                     /* bits 1 << account */
    uint32_t messages;
};

struct checking {
    struct gm_model *model;
    struct found *found; /* of each group */
    uint32_t sweeping;   /* dissolved groups that still have a row */
    uint32_t days;
    bool *notices; /* of the model: found */
    struct {
        uint32_t count, of_ends;
        uint64_t oldest;
    } boxes[GM_ACCOUNTS];
    struct app_groups_row groups;
};

static unsigned account_of(const struct gm_model *model, uint32_t number)
{
    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        if (model->accounts[i] == number)
            return i;
    }
    fail_msg("nobody has the account number %u", number);
    return 0;
}

static uint32_t number_of(const struct gm_model *model, uint8_t account)
{
    return account == GM_NOBODY ? 0 : model->accounts[account];
}

/* The group of a row, which must have been made. */
static struct gm_group *group_of(const struct checking *c, uint32_t number, struct found **ret)
{
    if (!number || number > c->model->group_count)
        fail_msg("a row of group %u, but %u were made", number, c->model->group_count);
    *ret = &c->found[number - 1];
    return &c->model->groups[number - 1];
}

/* ---- one row ---- */

static void check_group(struct checking *c, uint32_t number, const struct group_row *row)
{
    struct found *found;
    const struct gm_group *group = group_of(c, number, &found);
    uint16_t flags = group->flags;
    char name[16];

    found->row = true;
    c->sweeping += group->dissolved;
    if (group->dissolved)
        flags |= GROUP_DISSOLVED;
    snprintf(name, sizeof(name), "n%u", group->name);
    assert_int_equal(row->type, group->type);
    assert_int_equal(row->flags, flags);
    assert_int_equal(row->owner, number_of(c->model, group->owner));
    assert_int_equal(row->created_s, group->created_s);
    assert_int_equal(row->last_info_s, group->last_info_s);
    assert_int_equal(row->info_seq, group->info_seq);
    assert_int_equal(row->attribute_seq, group->attribute_seq);
    assert_int_equal(row->counter_seq, group->counter_seq);
    assert_int_equal(row->join_option, group->join_option);
    assert_int_equal(row->invite_option, group->invite_option);
    assert_true(span_is(span_make(row + 1, row->id_bytes), gm_group_id(group->slot)));
    assert_true(span_is(span_make((const char *)(row + 1) + row->id_bytes, row->name_bytes), name));
}

static void check_entry(const struct gm_model *model, const struct gm_message *want,
                        const struct group_entry *is)
{
    assert_int_equal(is->position, model->events[want->event].position);
    assert_int_equal(is->from, number_of(model, want->from));
    assert_int_equal(is->time, want->time);
    assert_int_equal(is->accepted_s, want->accepted_s);
    assert_int_equal(is->flags, want->flags);
    assert_int_equal(is->version, want->version);
    assert_int_equal(is->priority, want->priority);
    if (!(want->flags & GROUP_MESSAGE_TIP))
        assert_int_equal(is->random, want->random);
}

static void check_head(struct checking *c, uint32_t number, const struct group_head_row *row)
{
    struct found *found;
    struct gm_group *group = group_of(c, number, &found);
    uint32_t admins = 0;

    found->head = true;
    for (unsigned i = 0; i < GM_ACCOUNTS; i++)
        admins += gm_role(group, i) == ROLE_ADMIN;
    assert_int_equal(row->last_seq, group->last_seq);
    assert_int_equal(row->last_s, group->last_s);
    assert_int_equal(row->listed_seq, group->listed_seq);
    assert_int_equal(row->recall_s, group->recall_s);
    assert_int_equal(row->sent_day, group->sent_day);
    assert_int_equal(row->members, gm_member_count(group));
    assert_int_equal(row->admins, admins);
    if (group->listed_seq)
        check_entry(c->model, gm_message(group, group->listed_seq), &row->last);
}

static void check_page(struct checking *c, uint32_t number, uint32_t page,
                       const struct group_page_row *row)
{
    struct found *found;
    struct gm_group *group = group_of(c, number, &found);

    for (uint32_t i = 0; i < row->count; i++) {
        const struct gm_message *want = gm_message(group, page * GROUP_PAGE_ENTRIES + i + 1);

        if (!want || !want->stored)
            fail_msg("group %u has a message %u that nobody was told of", number,
                     page * GROUP_PAGE_ENTRIES + i + 1);
        check_entry(c->model, want, &row->entries[i]);
    }
    found->messages += row->count;
    c->model->messages_seen += row->count;
}

static void check_member(struct checking *c, uint32_t number, uint32_t account,
                         const struct member_row *row)
{
    struct found *found;
    const struct gm_group *group = group_of(c, number, &found);
    unsigned who = account_of(c->model, account);
    const struct gm_member *member = &group->members[who];
    char card[16] = "";

    found->members++;
    found->member_set |= 1u << who;
    assert_true(member->in);
    assert_int_equal(row->role, member->role);
    assert_int_equal(row->join_s, member->join_s);
    assert_int_equal(row->last_send_s, member->last_send_s);
    if (member->card)
        snprintf(card, sizeof(card), "c%u", member->card);
    assert_true(span_is(span_make(row->tail, row->card_bytes), card));
}

static void check_joined(struct checking *c, uint32_t account, uint32_t number,
                         const struct joined_row *row)
{
    struct found *found;
    const struct gm_group *group = group_of(c, number, &found);
    unsigned who = account_of(c->model, account);
    const struct gm_member *member = &group->members[who];

    found->joined++;
    found->joined_set |= 1u << who;
    assert_true(member->in);
    assert_int_equal(row->role, member->role);
    assert_int_equal(row->type, group->type);
    assert_int_equal(row->option, member->option);
    assert_int_equal(row->join_s, member->join_s);
    assert_int_equal(row->visible_seq, member->visible);
}

static void check_muted(struct checking *c, uint32_t number, uint32_t account,
                        const struct muted_row *row)
{
    struct found *found;
    const struct gm_group *group = group_of(c, number, &found);

    found->muted++;
    assert_int_equal(row->until_s, group->muted_until[account_of(c->model, account)]);
}

static void check_pendency(struct checking *c, uint32_t number, uint32_t applicant, uint8_t kind,
                           const struct pendency_row *row)
{
    struct found *found;
    const struct gm_group *group = group_of(c, number, &found);
    const struct gm_pendency *want =
        &group->pendencies[account_of(c->model, applicant)][kind == PENDENCY_INVITATION];

    found->pendencies++;
    assert_true(want->exists);
    assert_int_equal(row->applicant, applicant);
    assert_int_equal(row->kind, kind);
    assert_int_equal(row->handled, want->handled);
    assert_int_equal(row->time_us, want->time_us);
    assert_int_equal(row->inviter, number_of(c->model, want->inviter));
    assert_int_equal(row->by, number_of(c->model, want->by));
}

static void check_value(struct checking *c, uint32_t number, struct span key, struct span value)
{
    struct found *found;
    const struct gm_group *group = group_of(c, number, &found);
    char text[16];
    unsigned which;

    found->values++;
    if (key.p[0] == SCOPE_COUNTER) {
        assert_true(group->has_counter && value.n == 10);
        assert_true(value.p[0] == 1 && value.p[1] == 'n');
        assert_int_equal(get_le64(value.p + 2), group->counter);
        return;
    }
    assert_true(key.p[0] == SCOPE_ATTRIBUTE && key.n == 3 && key.p[1] == 'k');
    which = (unsigned)(key.p[2] - '0');
    assert_true(which < GM_ATTRIBUTES && group->attributes[which].seq);
    assert_int_equal(get_le32(value.p), group->attributes[which].seq);
    snprintf(text, sizeof(text), "v%u", group->attributes[which].value);
    assert_true(span_is(span_make(value.p + 4, value.n - 4), text));
}

/* True if the account was in a group of this id that was dissolved. */
static bool was_in_dissolved(const struct gm_model *model, unsigned account, struct span id)
{
    for (uint32_t i = 0; i < model->group_count; i++) {
        const struct gm_group *group = &model->groups[i];

        if (group->dissolved && group->members_at_end >> account & 1 &&
            span_is(id, gm_group_id(group->slot)))
            return true;
    }
    return false;
}

static void check_notice(struct checking *c, uint32_t number, uint64_t position, struct span value)
{
    const struct gm_model *model = c->model;
    unsigned account = account_of(model, number);
    struct notice notice;

    assert_true(notice_decode(value, &notice));
    if (!c->boxes[account].count++)
        c->boxes[account].oldest = position;
    if (notice.kind == NOTICE_DISSOLVED) {
        c->boxes[account].of_ends++;
        assert_true(was_in_dissolved(model, account, notice.group_id));
        return;
    }
    for (size_t i = 0; i < model->notice_count; i++) {
        const struct gm_event *event = &model->events[model->notices[i].event];

        if (model->notices[i].account != account || event->position != position)
            continue;
        assert_int_equal(notice.kind, model->notices[i].kind);
        assert_true(span_is(notice.group_id, gm_group_id(model->groups[event->group].slot)));
        assert_false(c->notices[i]);
        c->notices[i] = true;
        return;
    }
    fail_msg("%s has a notice of kind %u in record %llu that nobody sent", gm_name(account),
             notice.kind, (unsigned long long)position);
}

static void check_day(struct checking *c, uint32_t number, const struct day_groups_row *row)
{
    const struct gm_day *day = NULL;
    struct day_groups_row want;

    for (unsigned i = 0; i < GM_DAYS; i++) {
        if (c->model->days[i].day == number)
            day = &c->model->days[i];
    }
    assert_non_null(day);
    c->days++;
    want = day->row;
    want.senders = (uint64_t)__builtin_popcount(day->sender_set);
    assert_int_equal(row->up, want.up);
    assert_int_equal(row->down, want.down);
    assert_int_equal(row->senders, want.senders);
    assert_int_equal(row->both, 0);
    assert_int_equal(row->active, want.active);
    assert_int_equal(row->joins, want.joins);
    assert_int_equal(row->quits, want.quits);
    assert_int_equal(row->made, want.made);
    assert_int_equal(row->dissolved, want.dissolved);
    assert_int_equal(row->total, want.total);
    assert_int_equal(row->refused, 0);
}

static void check_list(struct checking *c, uint32_t first, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t number = first + (uint32_t)i;
        const struct gm_group *group;
        struct found *found;

        if (!number)
            continue;
        group = group_of(c, number, &found);
        if (!group->dissolved)
            assert_int_equal(bytes[i], group->type);
        else
            assert_true(bytes[i] == 0 || bytes[i] == GROUP_LIST_SWEEPING);
    }
}

static void check_id(struct checking *c, struct span id, const struct group_id_row *row)
{
    struct found *found;
    const struct gm_group *group = group_of(c, row->group, &found);

    assert_false(group->dissolved);
    assert_true(span_is(id, gm_group_id(group->slot)));
    found->id = true;
}

static void check_row(void *arg, struct span key, const void *value, size_t n)
{
    struct checking *c = arg;
    uint32_t first = key.n >= 9 ? get_be32(key.p + 5) : 0;
    uint32_t second = key.n >= 13 ? get_be32(key.p + 9) : 0;

    if (key.n < 5 || get_be32(key.p + 1) != c->model->app.v)
        return;
    c->model->rows_seen++;
    switch (key.p[0]) {
    case ROW_APP_GROUPS:
        memcpy(&c->groups, value, sizeof(c->groups));
        break;
    case ROW_GROUP_ID:
        check_id(c, span_make(key.p + 5, key.n - 5), value);
        break;
    case ROW_GROUP:
        check_group(c, first, value);
        break;
    case ROW_GROUP_HEAD:
        check_head(c, first, value);
        break;
    case ROW_MEMBER:
        check_member(c, first, second, value);
        break;
    case ROW_JOINED:
        check_joined(c, first, second, value);
        break;
    case ROW_GROUP_PAGE:
        check_page(c, first, second, value);
        break;
    case ROW_MUTED:
        check_muted(c, first, second, value);
        break;
    case ROW_PENDENCY:
        check_pendency(c, first, second, (uint8_t)key.p[13], value);
        break;
    case ROW_NOTICE:
        check_notice(c, first, get_be64(key.p + 9), span_make(value, n));
        break;
    case ROW_DAY_GROUPS:
        check_day(c, first, value);
        break;
    case ROW_GROUP_LIST:
        check_list(c, first * GROUP_LIST_CHUNK, value, n);
        break;
    case ROW_GROUP_FIELD:
        check_value(c, first, span_make(key.p + 9, key.n - 9), span_make(value, n));
        break;
    case ROW_BANNED:
    case ROW_GROUP_HIDDEN:
    case ROW_RECEIPT:
        fail_msg("a row of table %d, which nobody has written", key.p[0]);
        break;
    default:
        break;
    }
}

/* ---- all of them ---- */

static void check_live(struct checking *c, struct gm_group *group, const struct found *found)
{
    uint32_t muted = 0, pendencies = 0, stored = 0, values = group->has_counter;

    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        muted += group->muted_until[i] != 0;
        pendencies += group->pendencies[i][0].exists + group->pendencies[i][1].exists;
    }
    for (uint32_t seq = 1; seq <= group->last_seq; seq++)
        stored += gm_message(group, seq)->stored;
    for (unsigned i = 0; i < GM_ATTRIBUTES; i++)
        values += group->attributes[i].seq != 0;
    assert_int_equal(found->values, values);
    assert_true(found->row && found->id && found->head);
    assert_int_equal(found->members, gm_member_count(group));
    assert_int_equal(found->joined, found->members);
    assert_int_equal(found->muted, muted);
    assert_int_equal(found->pendencies, pendencies);
    assert_int_equal(found->messages, stored);
    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        struct row_key key;
        const struct joined_row *row;
        const struct group_head_row *head;

        if (!group->members[i].in)
            continue;
        head = sim_world_row(c->model->world,
                             row_key_group_head(&key, c->model->app,
                                                (struct group_no){gm_index(c->model, group) + 1}),
                             NULL);
        row = sim_world_row(c->model->world,
                            row_key_joined(&key, c->model->app,
                                           (struct account_no){c->model->accounts[i]},
                                           (struct group_no){gm_index(c->model, group) + 1}),
                            NULL);
        assert_true(head && row);
        assert_int_equal(joined_read_seq(row, head), group->members[i].read);
    }
}

/* Members and what they had joined go together, then the rest, last the group itself. */
static void check_dissolved(struct checking *c, const struct found *found, bool swept)
{
    assert_false(found->id);
    assert_int_equal(found->head, found->row);
    assert_int_equal(found->member_set, found->joined_set);
    if (found->row) {
        assert_false(swept);
        c->model->sweeping_seen++;
        return;
    }
    c->model->swept_seen++;
    assert_int_equal(found->members, 0);
    assert_int_equal(found->muted, 0);
    assert_int_equal(found->values, 0);
    assert_int_equal(found->pendencies, 0);
}

/* Every notice is there, unless it has fallen out of a full box; nobody hears twice of an end, and
   after all sweeps everybody has. */
static void check_boxes(const struct checking *c, bool swept)
{
    const struct gm_model *model = c->model;

    for (size_t i = 0; i < model->notice_count; i++) {
        const struct gm_event *event = &model->events[model->notices[i].event];
        uint8_t account = model->notices[i].account;

        if (c->notices[i])
            continue;
        if (c->boxes[account].count < NOTICES_MAX || event->position > c->boxes[account].oldest)
            fail_msg("the notice of kind %u for %s in record %llu is lost", model->notices[i].kind,
                     gm_name(account), (unsigned long long)event->position);
    }
    for (unsigned account = 0; account < GM_ACCOUNTS; account++) {
        uint32_t ends = 0;

        for (uint32_t i = 0; i < model->group_count; i++) {
            const struct gm_group *group = &model->groups[i];

            ends += group->dissolved && !gm_is_room(group) && group->flags & GROUP_ACTIVE &&
                    group->members_at_end >> account & 1;
        }
        assert_true(c->boxes[account].of_ends <= ends);
        if (swept && c->boxes[account].count < NOTICES_MAX)
            assert_int_equal(c->boxes[account].of_ends, ends);
    }
}

static void check_totals(const struct checking *c)
{
    struct gm_model *model = c->model;
    uint64_t of_type[GROUP_TYPE_END + 1] = {0};
    uint32_t days = 0;

    for (uint32_t i = 0; i < model->group_count; i++)
        of_type[model->groups[i].type] += !model->groups[i].dissolved;
    for (unsigned i = 0; i < GM_DAYS; i++)
        days += model->days[i].day != 0;
    assert_int_equal(c->days, days);
    assert_int_equal(c->groups.last_group, model->group_count);
    assert_int_equal(c->groups.total, model->total);
    assert_int_equal(c->groups.sweeping, c->sweeping);
    assert_memory_equal(c->groups.of_type, of_type, sizeof(of_type));
}

void gm_check_rows(struct gm_model *model, bool swept)
{
    struct checking c = {.model = model};

    c.found = mem_zalloc((model->group_count + 1) * sizeof(*c.found));
    c.notices = mem_zalloc(model->notice_count + 1);
    assert_int_equal(state_dump(shard_state(model->world->shard), check_row, &c), IM_OK);
    for (uint32_t i = 0; i < model->group_count; i++) {
        if (model->groups[i].dissolved)
            check_dissolved(&c, &c.found[i], swept);
        else
            check_live(&c, &model->groups[i], &c.found[i]);
    }
    check_boxes(&c, swept);
    check_totals(&c);
    free(c.found);
    free(c.notices);
}

/* ---- answers ---- */

/* Asked by the server itself, so that no call is counted. */
static struct request *ask(struct gm_model *model, const struct operation *operation, void *body,
                           struct request *req)
{
    struct sim_world *world = model->world;

    req->operation = operation;
    req->body = body;
    req->caller = CALLER_SYSTEM;
    req->app = model->app;
    req->from.gateway = UINT16_MAX;
    request_ref(req);
    world->patient = true;
    sim_world_start(world, req);
    world->waiting--; /* it has no reply */
    assert_true(sim_world_settle(world));
    world->patient = false;
    assert_int_equal(req->err, IM_OK);
    return req;
}

static void check_history(struct gm_model *model, struct gm_group *group)
{
    static const struct operation operation = {.run = group_history_simple};
    struct request *req = request_new();
    struct group_history_req *body = ARENA_NEW(&req->arena, struct group_history_req);
    const struct group_history_result *result;

    *body = (struct group_history_req){.group = span_of(gm_group_id(group->slot)), .number = 20};
    ask(model, &operation, body, req);
    history_fetch(shard_journal(model->world->shard), req);
    result = req->result;
    assert_int_equal(result->count, group->last_seq < 20 ? group->last_seq : 20);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct group_history_item *is = &result->items[i];
        const struct gm_message *want = gm_message(group, group->last_seq - i);
        char text[96];

        assert_int_equal(is->seq, group->last_seq - i);
        if (want->flags & (GROUP_MESSAGE_TIP | GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED))
            continue;
        assert_true(span_is(is->from, gm_name(want->from)));
        snprintf(text, sizeof(text),
                 "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%u\"}}]", want->text);
        assert_true(req->bodies[i].found);
        assert_true(span_is(req->bodies[i].body, text));
    }
    request_unref(req);
}

struct unread_ask {
    struct span id;
    struct account_no account;
    uint32_t count;
};

static enum im_err run_unread(struct shard *shard, struct request *req)
{
    struct unread_ask *unread = req->body;
    const struct joined_row *joined;
    struct group group;
    enum im_err err = group_find(shard, req->app, unread->id, &group);

    if (err)
        return err;
    if (joined_find(shard, req->app, unread->account, group.no, &joined) == STATE_UNKNOWN)
        return IM_AGAIN;
    return group_unread(shard, &group, unread->account, joined, &unread->count) == STATE_HIT
               ? IM_OK
               : IM_AGAIN;
}

static void check_unread(struct gm_model *model, const struct gm_group *group, unsigned account)
{
    static const struct operation operation = {.run = run_unread};
    struct request *req = request_new();
    struct unread_ask *body = ARENA_NEW(&req->arena, struct unread_ask);

    *body = (struct unread_ask){.id = span_of(gm_group_id(group->slot)),
                                .account = {model->accounts[account]}};
    ask(model, &operation, body, req);
    assert_int_equal(body->count, gm_unread(group, account));
    request_unref(req);
}

void gm_check_answers(struct gm_model *model)
{
    struct gm_group *group = gm_find(model, (unsigned)sim_world_draw(model->world, GM_ROOM_SLOT));
    unsigned first = (unsigned)sim_world_draw(model->world, GM_ACCOUNTS);

    if (!group)
        return;
    check_history(model, group);
    /* The exact count reaches so far back. */
    for (unsigned i = 0; i < GM_ACCOUNTS && group->last_seq <= 128; i++) {
        unsigned account = (first + i) % GM_ACCOUNTS;

        if (group->members[account].in) {
            check_unread(model, group, account);
            return;
        }
    }
}
