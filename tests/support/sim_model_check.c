/* The rows of the shard against the model. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/account/profile.h"
#include "core/app/registry.h"
#include "core/history/history.h"
#include "core/history/page.h"
#include "core/usage/day_set.h"
#include "support/sim_model.h"

static const void *row(const struct model *model, struct span key)
{
    return sim_world_row(model->world, key, NULL);
}

/* ---- accounts ---- */

static void check_terminals(const struct model_account *account, const struct account_row *is)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ACCOUNT_MAX_TERMINALS; i++)
        count += is->terminals[i].instance != 0;
    assert_int_equal(count, account->terminal_count);
    for (uint32_t i = 0; i < account->terminal_count; i++) {
        const struct terminal *want = &account->terminals[i];
        uint32_t at = 0;

        while (at < ACCOUNT_MAX_TERMINALS && is->terminals[at].instance != want->instance)
            at++;
        assert_true(at < ACCOUNT_MAX_TERMINALS);
        assert_int_equal(is->terminals[at].platform, want->platform);
        assert_int_equal(is->terminals[at].login_us, want->login_us);
    }
}

static void check_nick(const struct model *model, const struct model_account *account)
{
    struct row_key key;
    char want[24];
    size_t n = 0;
    const void *is = sim_world_row(
        model->world,
        row_key_profile(&key, model->app, (struct account_no){account->no}, PROFILE_NICK), &n);

    snprintf(want, sizeof(want), "n%llu", (unsigned long long)account->nick);
    assert_int_equal(is != NULL, account->nick != 0);
    if (is)
        assert_true(span_is(span_make(is, n), want));
}

static void check_account(const struct model *model, unsigned i)
{
    const struct model_account *account = &model->accounts[i];
    struct row_key key;
    const struct name_row *name =
        row(model, row_key_name(&key, model->app, span_of(model_name(i))));
    const struct account_row *is;

    assert_int_equal(name != NULL, account->no != 0);
    if (!name)
        return;
    assert_int_equal(name->account, account->no);
    is = row(model, row_key_account(&key, model->app, (struct account_no){account->no}));
    assert_non_null(is);
    assert_true(span_is((struct span){is->name, is->name_bytes}, model_name(i)));
    assert_int_equal(is->generation, account->generation);
    assert_int_equal(is->kicked_us, account->kicked_us);
    assert_int_equal(is->logged_in_once, account->logged_in);
    check_terminals(account, is);
    check_nick(model, account);
}

static void check_app(const struct model *model)
{
    struct row_key key;
    const struct app_row *app = row(model, row_key_app(&key, model->app));
    const struct meta_row *meta;
    struct app_entry entry;

    assert_non_null(app);
    assert_int_equal(app->accounts, model->account_count);
    assert_int_equal(app->last_account, model->account_count);
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        assert_int_equal(app->limits[i].value, model->limits[i]);
    meta = row(model, row_key_meta(&key));
    assert_int_equal(meta->next_instance ? meta->next_instance : 1, model->logins + 1);
    assert_int_equal(meta->last_app, model->last_app);
    for (uint32_t v = model->app.v; v <= model->last_app; v++) {
        assert_non_null(row(model, row_key_app_list(&key, (struct app_id){v})));
        assert_true(app_registry_find(model->world->registry, (struct app_id){v}, &entry));
    }
}

/* ---- recent contacts ---- */

static void check_contact(const struct model *model, unsigned of, unsigned peer)
{
    const struct model_contact *want = &model->contacts[of][peer];
    struct row_key key;
    const struct contact_row *is =
        row(model, row_key_contact(&key, model->app, (struct account_no){model->accounts[of].no},
                                   (struct account_no){model->accounts[peer].no}));

    assert_int_equal(is != NULL, want->exists);
    if (!is)
        return;
    assert_int_equal(is->read_s, want->read_s);
    assert_int_equal(is->last_incoming_s, want->incoming_s);
    assert_int_equal((is->flags & CONTACT_DELETED) != 0, want->unlisted);
    assert_int_equal(message_key_compare(is->last, want->last), 0);
}

static void check_contacts(const struct model *model, unsigned of)
{
    struct row_key key;
    const struct contacts_row *contacts =
        row(model, row_key_contacts(&key, model->app, (struct account_no){model->accounts[of].no}));
    uint32_t count = 0;

    for (unsigned peer = 0; peer < MODEL_ACCOUNTS; peer++) {
        if (peer == of || !model->accounts[peer].no)
            continue;
        check_contact(model, of, peer);
        count += model->contacts[of][peer].exists;
    }
    assert_int_equal(contacts ? contacts->count : 0, count);
}

/* ---- usage ---- */

static uint32_t set_count(const struct model *model, uint32_t day, uint8_t kind)
{
    struct row_key key;
    size_t n = 0;
    const void *is =
        sim_world_row(model->world, row_key_day_set(&key, model->app, day, kind, 0), &n);

    return is ? day_set_count(is, n) : 0;
}

static void check_calls(const struct model *model, const struct model_day *day)
{
    struct row_key key;

    for (unsigned command = 1; command < MODEL_COMMANDS; command++) {
        const struct count_row *is =
            row(model, row_key_day_calls(&key, model->app, day->day, (uint16_t)command));

        assert_int_equal(is ? is->count : 0, day->calls_of[command]);
    }
}

static void check_day(const struct model *model, const struct model_day *day)
{
    static const struct day_row none;
    struct row_key key;
    const struct day_row *found = row(model, row_key_day(&key, model->app, day->day));
    struct day_row is = found ? *found : none;

    assert_int_equal(is.logins, day->logins);
    assert_int_equal(is.login_users, __builtin_popcount(day->login_set));
    assert_int_equal(is.active_users, __builtin_popcount(day->active_set));
    assert_int_equal(is.c2c_senders, __builtin_popcount(day->sender_set));
    assert_int_equal(is.registered, day->registered);
    assert_int_equal(is.c2c_up, day->c2c);
    assert_true(is.c2c_down <= is.c2c_up);
    assert_int_equal(is.calls, day->calls);
    assert_int_equal(is.calls_refused, day->refused);
    assert_true(is.online_peak <= MODEL_ACCOUNTS);
    assert_int_equal(set_count(model, day->day, DAY_SET_LOGIN), is.login_users);
    assert_int_equal(set_count(model, day->day, DAY_SET_ACTIVE), is.active_users);
    assert_int_equal(set_count(model, day->day, DAY_SET_C2C_SENDERS), is.c2c_senders);
    check_calls(model, day);
}

static void check_month(const struct model *model, const struct model_month *month)
{
    struct row_key key;
    const struct month_row *is = row(model, row_key_month(&key, model->app, month->month));

    assert_non_null(is);
    assert_int_equal(is->peak_dau, month->peak_dau);
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        assert_int_equal(is->limits[i], month->limits[i]);
}

/* ---- histories ---- */

static int by_key(const void *left, const void *right)
{
    const struct model_message *const *a = left, *const *b = right;

    return message_key_compare((*b)->key, (*a)->key);
}

/* Newest first, as the history is walked. */
static size_t conversation(const struct model *model, unsigned a, unsigned b,
                           const struct model_message **list)
{
    size_t count = 0;

    for (size_t i = 0; i < model->message_count; i++) {
        const struct model_message *message = &model->messages[i];

        if ((message->from == a && message->to == b) || (message->from == b && message->to == a))
            list[count++] = message;
    }
    qsort(list, count, sizeof(const struct model_message *), by_key);
    return count;
}

static void check_message(const struct model_message *want, const struct history_message *is,
                          const struct message_body *body)
{
    char text[96];

    if (message_key_compare(want->key, is->entry.key))
        fail_msg("the history has %u_%u_%u where %u_%u_%u was accepted", is->entry.key.seq,
                 is->entry.key.random, is->entry.key.time, want->key.seq, want->key.random,
                 want->key.time);
    assert_true(span_is(is->from, model_name(want->from)));
    assert_int_equal((is->entry.flags & MESSAGE_WITHDRAWN) != 0, want->withdrawn);
    assert_int_equal(is->entry.accepted_s, want->accepted_s);
    snprintf(text, sizeof(text),
             "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%llu\"}}]",
             (unsigned long long)want->text);
    assert_true(body->found);
    assert_true(span_is(body->body, text));
}

/* Asked by the server itself, so that no call is counted. */
static struct request *history_page(struct model *model, unsigned a, unsigned b,
                                    struct message_key from, bool inclusive)
{
    static const struct operation operation = {.run = history_list};
    struct request *req = request_new();
    struct history_req *ask = ARENA_NEW(&req->arena, struct history_req);

    *ask = (struct history_req){.self = span_of(model_name(a)),
                                .peer = span_of(model_name(b)),
                                .max = HISTORY_MAX_MESSAGES,
                                .from = from,
                                .inclusive = inclusive,
                                .with_withdrawn = true};
    req->operation = &operation;
    req->body = ask;
    req->caller = CALLER_SYSTEM;
    req->app = model->app;
    req->from.gateway = UINT16_MAX;
    request_ref(req);
    model->world->patient = true;
    sim_world_start(model->world, req);
    model->world->waiting--; /* it has no reply */
    assert_true(sim_world_settle(model->world));
    model->world->patient = false;
    history_fetch(shard_journal(model->world->shard), req);
    return req;
}

static void check_history(struct model *model, unsigned a, unsigned b,
                          const struct model_message **list)
{
    size_t count = conversation(model, a, b, list), seen = 0;
    struct message_key from = MESSAGE_KEY_LAST;
    bool complete = false;

    while (!complete) {
        struct request *req = history_page(model, a, b, from, seen == 0);
        const struct history_result *result = req->result;

        assert_int_equal(req->err, IM_OK);
        for (uint32_t i = 0; i < result->count; i++) {
            if (seen == count)
                fail_msg("a message that nobody was told of: %u_%u_%u",
                         result->items[i].entry.key.seq, result->items[i].entry.key.random,
                         result->items[i].entry.key.time);
            check_message(list[seen++], &result->items[i], &req->bodies[i]);
        }
        complete = result->complete;
        from = result->cursor;
        request_unref(req);
    }
    if (seen != count)
        fail_msg("%zu of %zu messages are left", seen, count);
}

void model_check(struct model *model)
{
    const struct model_message **list = malloc((model->message_count + 1) * sizeof(*list));

    check_app(model);
    for (unsigned i = 0; i < MODEL_ACCOUNTS; i++) {
        check_account(model, i);
        if (model->accounts[i].no)
            check_contacts(model, i);
    }
    for (unsigned i = 0; i < MODEL_DAYS && model->days[i].day; i++)
        check_day(model, &model->days[i]);
    for (unsigned i = 0; i < MODEL_MONTHS && model->months[i].month; i++)
        check_month(model, &model->months[i]);
    for (unsigned a = 0; a < MODEL_ACCOUNTS; a++) {
        for (unsigned b = a + 1; b < MODEL_ACCOUNTS; b++) {
            if (model->accounts[a].no && model->accounts[b].no)
                check_history(model, a, b, list);
        }
    }
    free(list);
}
