#include "support/test.h"

#include "support/sim_group_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/usage/calendar.h"

const char *gm_name(unsigned account)
{
    static const char *const names[GM_ACCOUNTS] = {
        "administrator", "u1",  "u2",  "u3",  "u4",  "u5",  "u6",  "u7",  "u8",  "u9",
        "u10",           "u11", "u12", "u13", "u14", "u15", "u16", "u17", "u18", "u19",
        "u20",           "u21", "u22", "u23"};

    return names[account];
}

const char *gm_group_id(unsigned slot)
{
    static const char *const ids[GM_SLOTS] = {"g0", "g1", "g2", "g3", "g4", "room"};

    return ids[slot];
}

/* ---- asking ---- */

struct gm_group *gm_find(struct gm_model *model, unsigned slot)
{
    for (uint32_t i = model->group_count; i-- > 0;) {
        if (model->groups[i].slot == slot && !model->groups[i].dissolved)
            return &model->groups[i];
    }
    return NULL;
}

uint32_t gm_index(const struct gm_model *model, const struct gm_group *group)
{
    return (uint32_t)(group - model->groups);
}

struct gm_message *gm_message(struct gm_group *group, uint32_t seq)
{
    return seq && seq <= group->last_seq ? &group->messages[seq - 1] : NULL;
}

uint8_t gm_role(const struct gm_group *group, unsigned account)
{
    return group->members[account].in ? group->members[account].role : ROLE_NONE;
}

uint32_t gm_member_count(const struct gm_group *group)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < GM_ACCOUNTS; i++)
        count += group->members[i].in;
    return count;
}

bool gm_is_room(const struct gm_group *group)
{
    return group->type == GROUP_AV_CHAT_ROOM || group->type == GROUP_B_CHAT_ROOM;
}

uint32_t gm_unread(const struct gm_group *group, unsigned account)
{
    const struct gm_member *member = &group->members[account];
    uint32_t count = 0;

    for (uint32_t seq = group->last_seq; seq > member->read && seq > member->visible; seq--) {
        const struct gm_message *message = &group->messages[seq - 1];

        count += message->from != account &&
                 !(message->flags &
                   (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED | GROUP_MESSAGE_NO_UNREAD));
    }
    return count;
}

/* ---- adding up ---- */

static struct gm_day *day_of(struct gm_model *model, uint64_t now_us)
{
    uint32_t day = zone_day(model->world->zone, now_us);

    for (unsigned i = 0; i < GM_DAYS; i++) {
        struct gm_day *at = &model->days[i];

        if (at->day == day)
            return at;
        if (!at->day) {
            at->day = day;
            at->row.total = model->total;
            return at;
        }
    }
    fail_msg("more than %d days", GM_DAYS);
    return NULL;
}

static void add_created(struct gm_model *model, const struct gm_event *event)
{
    struct gm_day *day;

    assert_int_equal(event->group, model->group_count);
    if (model->group_count == model->group_room) {
        model->group_room = model->group_room ? model->group_room * 2 : 16;
        model->groups = mem_realloc(model->groups, model->group_room * sizeof(*model->groups));
    }
    model->groups[model->group_count++] = (struct gm_group){.slot = event->slot,
                                                            .type = event->type,
                                                            .owner = event->a,
                                                            .join_option = event->option,
                                                            .invite_option = event->invite_option,
                                                            .flags = event->flags,
                                                            .created_s = event->time,
                                                            .last_s = event->time,
                                                            .last_info_s = event->time,
                                                            .info_seq = 1,
                                                            .name = event->number};
    model->total++;
    day = day_of(model, event->now_us);
    day->row.made++;
    day->row.total = model->total;
}

static void add_joined(struct gm_model *model, struct gm_group *group, const struct gm_event *event)
{
    struct gm_member *member = &group->members[event->a];

    assert_false(member->in);
    *member = (struct gm_member){.in = true,
                                 .role = event->role,
                                 .option = event->option,
                                 .join_s = event->time,
                                 .read = event->read,
                                 .visible = event->visible};
    if (!event->imported)
        day_of(model, event->now_us)->row.joins++;
}

static void count_message(struct gm_model *model, struct gm_group *group,
                          const struct gm_event *event)
{
    struct gm_day *day = day_of(model, event->now_us);

    day->row.up++;
    day->row.down += event->down;
    day->row.active += group->sent_day != day->day;
    day->sender_set |= 1u << event->a;
    group->sent_day = day->day;
    if (group->members[event->a].in)
        group->members[event->a].last_send_s = (uint32_t)(event->now_us / 1000000);
}

static void add_message(struct gm_model *model, struct gm_group *group,
                        const struct gm_event *event, size_t number)
{
    if (group->last_seq == group->message_room) {
        group->message_room = group->message_room ? group->message_room * 2 : 32;
        group->messages =
            mem_realloc(group->messages, group->message_room * sizeof(*group->messages));
    }
    group->messages[group->last_seq++] = (struct gm_message){.event = number,
                                                             .from = event->a,
                                                             .priority = event->priority,
                                                             .flags = event->flags,
                                                             .stored = event->stored,
                                                             .imported = event->imported,
                                                             .time = event->time,
                                                             .random = event->random,
                                                             .text = event->number};
    if (event->time > group->last_s)
        group->last_s = event->time;
    /* An import stays as long as what is before it. */
    group->messages[group->last_seq - 1].accepted_s =
        event->imported ? group->last_s : (uint32_t)(event->now_us / 1000000);
    if (event->stored)
        group->listed_seq = group->last_seq;
    if (!(event->flags & GROUP_MESSAGE_TIP))
        group->flags |= GROUP_ACTIVE;
    if (event->counted)
        count_message(model, group, event);
    /* An import is read by everybody. */
    for (unsigned i = 0; event->imported && i < GM_ACCOUNTS; i++) {
        if (group->members[i].in)
            group->members[i].read = group->last_seq;
    }
}

static void add_owner(struct gm_group *group, const struct gm_event *event)
{
    if (group->owner != GM_NOBODY && group->members[group->owner].in)
        group->members[group->owner].role = ROLE_MEMBER;
    group->owner = event->a;
    if (event->a != GM_NOBODY)
        group->members[event->a].role = ROLE_OWNER;
    group->info_seq++;
    group->last_info_s = (uint32_t)(event->now_us / 1000000);
}

static void add_mark(struct gm_group *group, const struct gm_event *event, size_t number)
{
    struct gm_message *message = gm_message(group, event->seq);

    assert_non_null(message);
    if (event->kind == GM_DELETED) {
        message->flags |= GROUP_MESSAGE_DELETED;
        return;
    }
    message->event = number;
    if (event->kind == GM_WITHDRAWN) {
        message->flags |= GROUP_MESSAGE_WITHDRAWN;
        group->recall_s = (uint32_t)(event->now_us / 1000000);
        return;
    }
    message->flags |= GROUP_MESSAGE_EDITED;
    message->version++;
    message->text = event->number;
}

/* Each gets a time of its own in the group. */
static void add_pendency(struct gm_group *group, const struct gm_event *event)
{
    struct gm_pendency *pendency = &group->pendencies[event->a][event->option ? 1 : 0];
    uint64_t time_us = event->now_us;

    for (unsigned i = 0; i < GM_ACCOUNTS * 2; i++) {
        const struct gm_pendency *other = &group->pendencies[i / 2][i % 2];

        if (other->exists && other->time_us >= time_us)
            time_us = other->time_us + 1;
    }
    *pendency = (struct gm_pendency){
        .exists = true, .inviter = event->b, .by = GM_NOBODY, .time_us = time_us};
}

static void add_notice(struct gm_model *model, const struct gm_event *event, size_t number)
{
    if (model->notice_count == model->notice_room) {
        model->notice_room = model->notice_room ? model->notice_room * 2 : 64;
        model->notices = mem_realloc(model->notices, model->notice_room * sizeof(*model->notices));
    }
    model->notices[model->notice_count++] =
        (struct gm_notice){.event = number, .account = event->a, .kind = event->option};
}

static void add_dissolved(struct gm_model *model, struct gm_group *group,
                          const struct gm_event *event)
{
    struct gm_day *day = day_of(model, event->now_us);

    group->dissolved = true;
    if (event->option)
        group->flags |= GROUP_ENDED_BY_OWNER;
    for (unsigned i = 0; i < GM_ACCOUNTS; i++)
        group->members_at_end |= (uint32_t)group->members[i].in << i;
    model->total--;
    day->row.dissolved++;
    day->row.total = model->total;
}

static void add_changed(struct gm_group *group, const struct gm_event *event)
{
    if (event->kind == GM_NAME)
        group->name = event->number;
    else if (event->option)
        group->flags |= GROUP_MUTED_ALL;
    else
        group->flags &= (uint16_t)~GROUP_MUTED_ALL;
    group->info_seq++;
    group->last_info_s = (uint32_t)(event->now_us / 1000000);
}

static void add_to_member(struct gm_model *model, struct gm_group *group,
                          const struct gm_event *event)
{
    struct gm_member *member = &group->members[event->a];

    assert_true(member->in);
    switch ((enum gm_kind)event->kind) {
    case GM_LEFT:
        member->in = false;
        day_of(model, event->now_us)->row.quits++;
        break;
    case GM_ROLE:
        member->role = event->role;
        break;
    case GM_CARD:
        member->card = event->number;
        break;
    case GM_OPTION:
        member->option = event->option;
        break;
    default:
        member->read = event->read;
        break;
    }
}

static void add_attribute(struct gm_group *group, const struct gm_event *event)
{
    group->attribute_seq++;
    for (unsigned i = 0; i < GM_ATTRIBUTES; i++) {
        if (!event->option && i != event->seq)
            continue;
        group->attributes[i].seq = event->number ? group->attributes[i].seq + 1 : 0;
        group->attributes[i].value = event->number;
    }
}

static void add_up(struct gm_model *model, const struct gm_event *event, size_t number)
{
    struct gm_group *group = event->kind == GM_CREATED ? NULL : &model->groups[event->group];

    switch ((enum gm_kind)event->kind) {
    case GM_CREATED:
        add_created(model, event);
        break;
    case GM_JOINED:
        add_joined(model, group, event);
        break;
    case GM_MESSAGE:
        add_message(model, group, event, number);
        break;
    case GM_LEFT:
    case GM_ROLE:
    case GM_CARD:
    case GM_OPTION:
    case GM_READ:
        add_to_member(model, group, event);
        break;
    case GM_OWNER:
        add_owner(group, event);
        break;
    case GM_MUTED:
        group->muted_until[event->a] = event->time;
        break;
    case GM_NAME:
    case GM_MUTED_ALL:
        add_changed(group, event);
        break;
    case GM_WITHDRAWN:
    case GM_DELETED:
    case GM_EDITED:
        add_mark(group, event, number);
        break;
    case GM_PENDENCY:
        add_pendency(group, event);
        break;
    case GM_HANDLED:
        group->pendencies[event->a][event->option ? 1 : 0].handled = event->role;
        group->pendencies[event->a][event->option ? 1 : 0].by = event->b;
        break;
    case GM_NOTICE:
        add_notice(model, event, number);
        break;
    case GM_ATTRIBUTE:
        add_attribute(group, event);
        break;
    case GM_COUNTER:
        group->counter_seq++;
        group->counter = event->number;
        group->has_counter = !event->option;
        break;
    case GM_DISSOLVED:
        add_dissolved(model, group, event);
        break;
    }
}

/* ---- events ---- */

static void start_over(struct gm_model *model)
{
    for (uint32_t i = 0; i < model->group_count; i++)
        free(model->groups[i].messages);
    model->group_count = 0;
    model->notice_count = 0;
    memset(model->days, 0, sizeof(model->days));
    model->total = 0;
}

void gm_init(struct gm_model *model, struct sim_world *world, struct app_id app)
{
    *model = (struct gm_model){.world = world, .app = app};
    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        struct row_key key;
        const struct name_row *row =
            sim_world_row(world, row_key_name(&key, app, span_of(gm_name(i))), NULL);

        assert_non_null(row);
        model->accounts[i] = row->account;
        assert_true(!i || model->accounts[i] > model->accounts[i - 1]);
    }
}

void gm_release(struct gm_model *model)
{
    start_over(model);
    free(model->groups);
    free(model->notices);
    free(model->events);
}

void gm_add(struct gm_model *model, const struct gm_event *event)
{
    if (model->event_count == model->event_room) {
        model->event_room = model->event_room ? model->event_room * 2 : 256;
        model->events = mem_realloc(model->events, model->event_room * sizeof(*model->events));
    }
    model->events[model->event_count] = *event;
    add_up(model, event, model->event_count++);
}

void gm_forget_after(struct gm_model *model, uint64_t position)
{
    size_t kept = 0;

    while (kept < model->event_count && model->events[kept].position <= position)
        kept++;
    for (size_t i = kept; i < model->event_count; i++)
        assert_true(model->events[i].position > position);
    model->event_count = kept;
    start_over(model);
    for (size_t i = 0; i < kept; i++)
        add_up(model, &model->events[i], i);
}
