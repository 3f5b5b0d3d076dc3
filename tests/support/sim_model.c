#include "support/test.h"

#include "support/sim_model.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/limits.h"
#include "core/usage/calendar.h"

const char *model_name(unsigned account)
{
    static const char *const names[MODEL_ACCOUNTS] = {
        "administrator", "u1", "u2", "u3", "u4", "u5", "u6"};

    return names[account];
}

static struct model_day *day_of(struct model *model, uint64_t now_us)
{
    uint32_t day = zone_day(model->world->zone, now_us);

    for (unsigned i = 0; i < MODEL_DAYS; i++) {
        struct model_day *at = &model->days[i];

        if (at->day == day)
            return at;
        if (!at->day) {
            at->day = day;
            at->accounts_total = model->account_count;
            return at;
        }
    }
    fail_msg("more than %d days", MODEL_DAYS);
    return NULL;
}

static struct model_month *month_of(struct model *model, uint64_t now_us)
{
    uint32_t month = zone_month(model->world->zone, now_us);

    for (unsigned i = 0; i < MODEL_MONTHS; i++) {
        struct model_month *at = &model->months[i];

        if (at->month == month)
            return at;
        if (!at->month) {
            at->month = month;
            memcpy(at->limits, model->limits, sizeof(at->limits));
            return at;
        }
    }
    fail_msg("more than %d months", MODEL_MONTHS);
    return NULL;
}

/* ---- adding up ---- */

static void add_account(struct model *model, const struct model_event *event)
{
    struct model_account *account = &model->accounts[event->a];
    struct model_day *day = day_of(model, event->now_us);

    assert_int_equal(account->no, 0);
    account->no = ++model->account_count;
    account->logged_in = event->number != 0;
    day->registered++;
    day->accounts_total = model->account_count;
}

static void remove_terminal(struct model_account *account, uint32_t at)
{
    account->terminal_count--;
    memmove(&account->terminals[at], &account->terminals[at + 1],
            (account->terminal_count - at) * sizeof(account->terminals[0]));
}

/* Terminals are in order of login: one at all, or one of a platform and N of Web; the oldest
   goes. */
static void add_login(struct model *model, const struct model_event *event)
{
    struct model_account *account = &model->accounts[event->a];
    struct model_day *day = day_of(model, event->now_us);
    struct model_month *month = month_of(model, event->now_us);
    uint64_t mode = model->limits[LIMIT_MULTI_TERMINAL];
    uint32_t room = mode && event->platform == PLATFORM_WEB ? (uint32_t)mode : 1, beside = 0;

    for (uint32_t i = account->terminal_count; i-- > 0;) {
        if (mode && account->terminals[i].platform != event->platform)
            continue;
        if (++beside >= room)
            remove_terminal(account, i);
    }
    account->terminals[account->terminal_count++] =
        (struct terminal){(uint32_t)event->number, event->platform, {0}, event->now_us};
    account->logged_in = true;
    model->logins++;
    assert_int_equal(event->number, model->logins);
    day->logins++;
    day->login_set |= 1u << event->a;
    day->active_set |= 1u << event->a;
    if ((uint32_t)__builtin_popcount(day->login_set) > month->peak_dau)
        month->peak_dau = (uint32_t)__builtin_popcount(day->login_set);
}

static void add_logout(struct model *model, const struct model_event *event)
{
    struct model_account *account = &model->accounts[event->a];

    for (uint32_t i = 0; i < account->terminal_count; i++) {
        if (account->terminals[i].instance == event->number)
            remove_terminal(account, i--);
    }
}

static void touch_contact(struct model_contact *contact, struct message_key key)
{
    contact->exists = true;
    contact->unlisted = false;
    if (message_key_compare(key, contact->last) >= 0)
        contact->last = key;
}

static void add_message(struct model *model, const struct model_event *event)
{
    struct model_day *day = day_of(model, event->now_us);
    struct model_contact *receiver = &model->contacts[event->b][event->a];

    if (model->message_count == model->message_room) {
        model->message_room = model->message_room ? model->message_room * 2 : 256;
        model->messages =
            mem_realloc(model->messages, model->message_room * sizeof(*model->messages));
    }
    model->messages[model->message_count++] =
        (struct model_message){.from = event->a,
                               .to = event->b,
                               .by_rest = event->platform != 0,
                               .accepted_s = (uint32_t)(event->now_us / 1000000),
                               .text = event->number,
                               .key = event->key};
    touch_contact(receiver, event->key);
    if (event->key.time > receiver->incoming_s)
        receiver->incoming_s = event->key.time;
    touch_contact(&model->contacts[event->a][event->b], event->key);
    day->c2c++;
    day->sender_set |= 1u << event->a;
    day->active_set |= 1u << event->a;
}

static void add_call(struct model *model, const struct model_event *event)
{
    struct model_day *day = day_of(model, event->now_us);

    assert_true(event->number < MODEL_COMMANDS);
    day->calls++;
    day->calls_of[event->number]++;
}

static void add_limit(struct model *model, const struct model_event *event)
{
    struct model_month *month = month_of(model, event->now_us);

    if (event->number > month->limits[event->platform])
        month->limits[event->platform] = event->number;
    model->limits[event->platform] = event->number;
}

static void add_unlisted(struct model_contact *contact)
{
    contact->unlisted = true;
    if (contact->incoming_s > contact->read_s)
        contact->read_s = contact->incoming_s;
}

static void add_up(struct model *model, const struct model_event *event)
{
    struct model_account *a = &model->accounts[event->a];

    switch ((enum model_kind)event->kind) {
    case MODEL_ACCOUNT_MADE:
        add_account(model, event);
        break;
    case MODEL_CALL:
        add_call(model, event);
        break;
    case MODEL_LOGIN:
        add_login(model, event);
        break;
    case MODEL_LOGOUT:
        add_logout(model, event);
        break;
    case MODEL_KICK:
        a->generation++;
        a->kicked_us = event->now_us;
        a->terminal_count = 0;
        break;
    case MODEL_ACTIVE:
        day_of(model, event->now_us)->active_set |= 1u << event->a;
        break;
    case MODEL_MESSAGE:
        add_message(model, event);
        break;
    case MODEL_WITHDRAWN:
        model_message(model, event->a, event->b, event->key)->withdrawn = true;
        break;
    case MODEL_READ:
        if (event->number > model->contacts[event->a][event->b].read_s)
            model->contacts[event->a][event->b].read_s = (uint32_t)event->number;
        break;
    case MODEL_UNLISTED:
        add_unlisted(&model->contacts[event->a][event->b]);
        break;
    case MODEL_NICK:
        a->nick = event->number;
        break;
    case MODEL_LIMIT:
        add_limit(model, event);
        break;
    case MODEL_REFUSED:
        day_of(model, event->now_us)->refused += event->number;
        break;
    case MODEL_APP:
        assert_int_equal(event->number, model->last_app + 1);
        model->last_app++;
        break;
    }
}

static void start_over(struct model *model)
{
    const struct model_event administrator = {.kind = MODEL_ACCOUNT_MADE,
                                              .now_us = model->created_us};

    memset(model->accounts, 0, sizeof(model->accounts));
    memset(model->contacts, 0, sizeof(model->contacts));
    memset(model->days, 0, sizeof(model->days));
    memset(model->months, 0, sizeof(model->months));
    memcpy(model->limits, model->first_limits, sizeof(model->limits));
    model->account_count = 0;
    model->message_count = 0;
    model->logins = 0;
    model->last_app = model->app.v;
    add_up(model, &administrator);
}

void model_init(struct model *model, struct sim_world *world, struct app_id app)
{
    struct row_key key;
    const struct app_row *row = sim_world_row(world, row_key_app(&key, app), NULL);

    assert_non_null(row);
    *model = (struct model){.world = world, .app = app, .created_us = row->created_us};
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        model->first_limits[i] = row->limits[i].value;
    start_over(model);
}

void model_release(struct model *model)
{
    free(model->events);
    free(model->messages);
}

void model_add(struct model *model, const struct model_event *event)
{
    if (model->event_count == model->event_room) {
        model->event_room = model->event_room ? model->event_room * 2 : 256;
        model->events = mem_realloc(model->events, model->event_room * sizeof(*model->events));
    }
    model->events[model->event_count++] = *event;
    add_up(model, event);
}

void model_forget_after(struct model *model, uint64_t position)
{
    size_t kept = 0;

    while (kept < model->event_count && model->events[kept].position <= position)
        kept++;
    for (size_t i = kept; i < model->event_count; i++)
        assert_true(model->events[i].position > position);
    model->event_count = kept;
    start_over(model);
    for (size_t i = 0; i < kept; i++)
        add_up(model, &model->events[i]);
}

/* ---- asking the model ---- */

struct model_message *model_message(struct model *model, unsigned from, unsigned to,
                                    struct message_key key)
{
    for (size_t i = 0; i < model->message_count; i++) {
        struct model_message *message = &model->messages[i];

        if (message->from == from && message->to == to && !message_key_compare(message->key, key))
            return message;
    }
    return NULL;
}

const struct model_message *model_resent(const struct model *model, unsigned from, unsigned to,
                                         bool with_seq, uint32_t seq, uint32_t random,
                                         uint32_t oldest_s)
{
    const struct model_message *newest = NULL;

    for (size_t i = 0; i < model->message_count; i++) {
        const struct model_message *message = &model->messages[i];

        if (message->from == from && message->to == to && message->key.random == random &&
            (with_seq ? message->key.seq == seq : message->by_rest) &&
            message->accepted_s >= oldest_s &&
            (!newest || message_key_compare(message->key, newest->key) > 0))
            newest = message;
    }
    return newest;
}

bool model_terminal_lives(const struct model *model, unsigned account, uint32_t instance,
                          uint32_t generation)
{
    const struct model_account *of = &model->accounts[account];

    for (uint32_t i = 0; i < of->terminal_count; i++) {
        if (of->terminals[i].instance == instance)
            return of->generation == generation;
    }
    return false;
}
