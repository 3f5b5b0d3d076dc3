/* A ticket's life: opened, talked about, decided. */
#include "core/ticket/ticket.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "core/admin/actor.h"
#include "core/apply.h"
#include "core/billing/contracts.h"
#include "core/ticket/facts.h"
#include "core/ticket/policy.h"
#include "core/ticket/ticket_internal.h"

const char *ticket_kind_name(unsigned kind)
{
    static const char *const names[] = {NULL, "limit", "contract"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

const char *ticket_state_name(unsigned state)
{
    static const char *const names[] = {NULL, "open", "confirmed", "refused", "cancelled"};

    return state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

const char *ticket_message_kind_name(unsigned kind)
{
    static const char *const names[] = {NULL, "opening", "reply", "decision"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

/* ---- facts ---- */

void apply_ticket_opened(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_ticket_opened *fact = payload;
    struct app_id app = {fact->app};
    struct row_key key;
    struct ticket_row *row = row_put(shard, row_key_ticket(&key, app, fact->number), sizeof(*row));
    struct app_grants_row *grants = row_put(shard, row_key_app_grants(&key, app), sizeof(*grants));

    (void)n, (void)number;
    *row = fact->ticket;
    grants->tickets = fact->number;
    grants->open_tickets++;
    row_put(shard, row_key_ticket_open(&key, app, fact->number), 0);
}

void apply_ticket_message(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_ticket_message *fact = payload;
    struct app_id app = {fact->app};
    size_t bytes = sizeof(fact->message) + fact->message.text_bytes;
    struct row_key key;
    struct ticket_row *ticket;

    (void)n, (void)number;
    memcpy(row_put(shard, row_key_ticket_message(&key, app, fact->ticket, fact->number), bytes),
           &fact->message, bytes);
    ticket = row_put(shard, row_key_ticket(&key, app, fact->ticket), sizeof(*ticket));
    ticket->messages = fact->number;
}

void apply_ticket_decided(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_ticket_decided *fact = payload;
    struct app_id app = {fact->app};
    struct row_key key;
    struct ticket_row *row = row_put(shard, row_key_ticket(&key, app, fact->number), sizeof(*row));
    struct app_grants_row *grants;

    (void)n, (void)number;
    *row = fact->ticket;
    row_delete(shard, row_key_ticket_open(&key, app, fact->number));
    grants = row_put(shard, row_key_app_grants(&key, app), sizeof(*grants));
    /* What was opened before these were counted is not in it. */
    if (grants->open_tickets)
        grants->open_tickets--;
}

/* Says something in the ticket: the fact, and the view that is answered. */
static void say(struct shard *shard, struct request *req, struct ticket_view *view, uint8_t kind,
                struct span by, struct span text)
{
    struct fact_ticket_message *fact =
        fact_emit(shard, FACT_TICKET_MESSAGE, sizeof(*fact) + text.n);
    struct ticket_message *messages =
        ARENA_ARRAY(&req->arena, struct ticket_message, view->message_count + 1u);

    fact->app = view->app.v;
    fact->ticket = view->number;
    fact->number = ++view->row.messages;
    fact->message = (struct ticket_message_row){
        .at_us = shard_now_us(shard), .kind = kind, .text_bytes = (uint16_t)text.n};
    memcpy(fact->message.by, by.p,
           by.n < sizeof(fact->message.by) ? by.n : sizeof(fact->message.by));
    memcpy(fact + 1, text.p, text.n);
    if (view->message_count)
        memcpy(messages, view->messages, view->message_count * sizeof(*messages));
    messages[view->message_count++] = (struct ticket_message){fact->number, fact->message, text};
    view->messages = messages;
}

static struct span actor_text(const struct request *req)
{
    const char *text = admin_actor(req)->text;

    return (struct span){text, strnlen(text, ACTOR_TEXT_MAX)};
}

/* ---- reading ---- */

struct said {
    struct request *req;
    struct ticket_view *view;
};

static void message_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct said *said = arg;
    struct ticket_view *view = said->view;
    struct ticket_message *message;

    CHECK(n >= sizeof(message->row) && view->message_count < view->row.messages);
    message = &view->messages[view->message_count++];
    message->number = get_be32(key.p + key.n - 4);
    memcpy(&message->row, value, sizeof(message->row));
    message->text =
        arena_copy(&said->req->arena, (struct span){(const char *)value + sizeof(message->row),
                                                    message->row.text_bytes});
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = ((const struct ticket_message *)a)->number;
    uint32_t right = ((const struct ticket_message *)b)->number;

    return (left > right) - (left < right);
}

enum im_err ticket_read(struct shard *shard, struct request *req, struct app_id app,
                        uint32_t ticket, struct ticket_view **ret_view)
{
    struct ticket_view *view = ARENA_NEW(&req->arena, struct ticket_view);
    struct said said = {req, view};
    const struct app_row *app_row;
    struct row_key key;
    const void *row;
    enum state_found found;
    enum im_err err = app_named(shard, req, app, &app_row);

    if (err)
        return err;
    found = row_find(shard, row_key_ticket(&key, app, ticket), &row, NULL);
    row_need_collection(shard, row_prefix_ticket_messages(&key, app, ticket));
    if (shard_missing(shard))
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        return operator_refuse(req, IM_ERR_NOT_FOUND, "app %u has no ticket %u", app.v, ticket);
    *view =
        (struct ticket_view){.app = app, .number = ticket, .row = *(const struct ticket_row *)row};
    view->messages = ARENA_ARRAY(&req->arena, struct ticket_message, view->row.messages + 1u);
    state_scan(shard_state(shard), row_prefix_ticket_messages(&key, app, ticket), message_seen,
               &said);
    if (view->message_count)
        qsort(view->messages, view->message_count, sizeof(*view->messages), by_number);
    *ret_view = view;
    return IM_OK;
}

enum im_err ticket_get(struct shard *shard, struct request *req)
{
    const struct ticket_req *ask = req->body;
    struct ticket_view *view;
    enum im_err err = ticket_read(shard, req, ask->app, ask->ticket, &view);

    if (!err)
        req->result = view;
    return err;
}

/* ---- opening ---- */

/* Control characters would grow sixfold as JSON, and a whole ticket is one reply. */
static enum im_err text_check(struct request *req, const char *name, struct span text)
{
    if (!text.n || text.n > TICKET_TEXT_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "%s of 1 to %d bytes is needed", name,
                               TICKET_TEXT_MAX);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return operator_refuse(req, IM_ERR_INVALID,
                                   "%s has control characters besides tabs and line ends", name);
    }
    return IM_OK;
}

/* The number that the next ticket of the app gets; the rows of opening it are asked for. 0: some
   are missing. */
static uint32_t next_number(struct shard *shard, struct app_id app, uint32_t *ret_open)
{
    const struct app_grants_row *grants = NULL;
    struct row_key key;
    const void *row;
    uint32_t number;

    if (row_find(shard, row_key_app_grants(&key, app), &row, NULL) == STATE_HIT)
        grants = row;
    if (shard_missing(shard))
        return 0;
    number = grants ? grants->tickets + 1 : 1;
    *ret_open = grants ? grants->open_tickets : 0;
    row_find(shard, row_key_ticket(&key, app, number), &row, NULL);
    row_find(shard, row_key_ticket_open(&key, app, number), &row, NULL);
    row_find(shard, row_key_ticket_message(&key, app, number, 1), &row, NULL);
    row_find(shard, row_key_ticket_message(&key, app, number, 2), &row, NULL);
    return shard_missing(shard) ? 0 : number;
}

static void emit_opened(struct shard *shard, const struct ticket_view *view)
{
    struct fact_ticket_opened *fact = fact_emit(shard, FACT_TICKET_OPENED, sizeof(*fact));

    fact->app = view->app.v;
    fact->number = view->number;
    fact->ticket = view->row;
}

static void emit_decided(struct shard *shard, const struct ticket_view *view)
{
    struct fact_ticket_decided *fact = fact_emit(shard, FACT_TICKET_DECIDED, sizeof(*fact));

    fact->app = view->app.v;
    fact->number = view->number;
    fact->ticket = view->row;
}

static void decide(struct shard *shard, struct request *req, struct ticket_view *view,
                   uint8_t state, struct span by, struct span reason)
{
    view->row.state = state;
    view->row.decided_us = shard_now_us(shard);
    memset(view->row.decided_by, 0, sizeof(view->row.decided_by));
    memcpy(view->row.decided_by, by.p,
           by.n < sizeof(view->row.decided_by) ? by.n : sizeof(view->row.decided_by));
    say(shard, req, view, TICKET_SAID_DECISION, by, reason);
    emit_decided(shard, view);
}

/* The reason in the history of limits is no longer than that. */
static struct span grant_reason(struct span text)
{
    size_t n = text.n < GRANT_MAX_REASON_BYTES ? text.n : GRANT_MAX_REASON_BYTES;

    /* Not in the middle of a character. */
    while (n < text.n && n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return (struct span){text.p, n};
}

static struct grant grant_of(const struct ticket_view *view, struct span by, struct span reason)
{
    return (struct grant){.app = view->app,
                          .entitlement = view->row.entitlement,
                          .source = LIMIT_FROM_TICKET,
                          .document = view->number,
                          .wanted = view->row.wanted,
                          .by = by,
                          .reason = grant_reason(reason)};
}

/* A policy says yes at once. */
static void confirm_by_policy(struct shard *shard, struct request *req, struct ticket_view *view,
                              uint32_t policy, const struct grant *grant)
{
    char by[ACTOR_TEXT_MAX], reason[64];

    snprintf(by, sizeof(by), "policy %u", policy);
    snprintf(reason, sizeof(reason), "within policy %u", policy);
    view->row.policy = policy;
    grant_emit(shard, grant, view->row.before, view->row.granted);
    decide(shard, req, view, TICKET_CONFIRMED, arena_copy(&req->arena, span_of(by)),
           arena_copy(&req->arena, span_of(reason)));
}

static enum im_err open_limit(struct shard *shard, struct request *req,
                              const struct ticket_open_req *ask, struct ticket_view *view)
{
    struct ticket_price price;
    struct grant grant;
    uint64_t before, granted;
    uint32_t policy;
    enum im_err err =
        ticket_price_of(shard, req, ask->app, ask->limit, ask->value, ask->has_value, &price);

    if (err)
        return err;
    policy = policy_for(shard, &price);
    if (price.granted == price.before)
        return operator_refuse(req, IM_ERR_INVALID, "%s is %llu already",
                               entitlement_name(price.entitlement),
                               (unsigned long long)price.before);
    view->row.entitlement = price.entitlement;
    view->row.wanted = ask->value;
    view->row.before = price.before;
    view->row.granted = price.granted;
    view->row.month_before_fen = price.month_before_fen;
    view->row.month_after_fen = price.month_after_fen;
    grant = grant_of(view, actor_text(req), ask->text);
    err = grant_check(shard, req, &grant, &before, &granted);
    if (err)
        return err;
    if (shard_missing(shard))
        return IM_AGAIN;
    emit_opened(shard, view);
    say(shard, req, view, TICKET_SAID_OPENING, actor_text(req), ask->text);
    if (policy)
        confirm_by_policy(shard, req, view, policy, &grant);
    return IM_OK;
}

enum im_err ticket_open(struct shard *shard, struct request *req)
{
    const struct ticket_open_req *ask = req->body;
    struct ticket_view *view = ARENA_NEW(&req->arena, struct ticket_view);
    const struct app_row *app;
    uint32_t open;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (!err)
        err = text_check(req, "text", ask->text);
    if (err)
        return err;
    view->app = ask->app;
    view->number = next_number(shard, ask->app, &open);
    if (!view->number)
        return IM_AGAIN;
    if (open >= TICKETS_OPEN_MAX)
        return operator_refuse(req, IM_ERR_INVALID,
                               "the app has %u open tickets: wait for an answer or cancel one",
                               open);
    view->row = (struct ticket_row){
        .opened_us = shard_now_us(shard), .kind = TICKET_LIMIT, .state = TICKET_OPEN};
    memcpy(view->row.opened_by, admin_actor(req)->text, sizeof(view->row.opened_by));
    if (span_is(ask->kind, "contract")) {
        view->row.kind = TICKET_CONTRACT;
        emit_opened(shard, view);
        say(shard, req, view, TICKET_SAID_OPENING, actor_text(req), ask->text);
    } else if (!ask->kind.n || span_is(ask->kind, "limit")) {
        err = open_limit(shard, req, ask, view);
    } else {
        err = operator_refuse(req, IM_ERR_INVALID, "kind is limit or contract");
    }
    if (!err)
        req->result = view;
    return err;
}

/* ---- the conversation ---- */

static enum im_err say_check(struct shard *shard, const struct ticket_view *view)
{
    struct row_key key;
    const void *row;

    row_find(shard, row_key_ticket_message(&key, view->app, view->number, view->row.messages + 1),
             &row, NULL);
    return shard_missing(shard) ? IM_AGAIN : IM_OK;
}

enum im_err ticket_reply(struct shard *shard, struct request *req)
{
    const struct ticket_reply_req *ask = req->body;
    struct ticket_view *view;
    enum im_err err = ticket_read(shard, req, ask->app, ask->ticket, &view);

    if (!err)
        err = text_check(req, "text", ask->text);
    if (err)
        return err;
    if (view->row.messages >= TICKET_REPLIES_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "a ticket takes at most %u messages",
                               TICKET_REPLIES_MAX);
    err = say_check(shard, view);
    if (err)
        return err;
    say(shard, req, view, TICKET_SAID_REPLY, actor_text(req), ask->text);
    req->result = view;
    return IM_OK;
}

/* ---- decisions ---- */

/* The open ticket, and a reason. */
static enum im_err open_read(struct shard *shard, struct request *req,
                             const struct ticket_decide_req *ask, struct ticket_view **ret_view)
{
    struct row_key key;
    const void *row;
    enum im_err err = ticket_read(shard, req, ask->app, ask->ticket, ret_view);

    if (!err)
        err = text_check(req, "a reason", ask->reason);
    if (err)
        return err;
    if ((*ret_view)->row.state != TICKET_OPEN)
        return operator_refuse(req, IM_ERR_EXISTS, "ticket %u is %s already", ask->ticket,
                               ticket_state_name((*ret_view)->row.state));
    row_find(shard, row_key_ticket_open(&key, ask->app, ask->ticket), &row, NULL);
    row_find(shard, row_key_app_grants(&key, ask->app), &row, NULL);
    return say_check(shard, *ret_view);
}

static enum im_err confirm_limit(struct shard *shard, struct request *req,
                                 const struct ticket_decide_req *ask, struct ticket_view *view)
{
    struct grant grant;
    uint64_t before, granted;
    enum im_err err;

    if (ask->has_value)
        view->row.wanted = ask->value;
    grant = grant_of(view, actor_text(req), ask->reason);
    err = grant_check(shard, req, &grant, &before, &granted);
    if (err)
        return err;
    if (shard_missing(shard))
        return IM_AGAIN;
    view->row.before = before;
    view->row.granted = granted;
    grant_emit(shard, &grant, before, granted);
    return IM_OK;
}

static enum im_err confirm_contract(struct shard *shard, struct request *req,
                                    const struct ticket_decide_req *ask, struct ticket_view *view)
{
    if (!ask->contract)
        return operator_refuse(req, IM_ERR_INVALID,
                               "file the contract first and confirm with its number");
    if (!contract_exists(shard, ask->app, ask->contract))
        return shard_missing(shard)
                   ? IM_AGAIN
                   : operator_refuse(req, IM_ERR_INVALID, "app %u has no contract %u", ask->app.v,
                                     ask->contract);
    view->row.contract = ask->contract;
    return IM_OK;
}

enum im_err ticket_confirm(struct shard *shard, struct request *req)
{
    const struct ticket_decide_req *ask = req->body;
    struct ticket_view *view;
    enum im_err err = open_read(shard, req, ask, &view);

    if (!err)
        err = view->row.kind == TICKET_LIMIT ? confirm_limit(shard, req, ask, view)
                                             : confirm_contract(shard, req, ask, view);
    if (err)
        return err;
    decide(shard, req, view, TICKET_CONFIRMED, actor_text(req), ask->reason);
    req->result = view;
    return IM_OK;
}

static enum im_err end(struct shard *shard, struct request *req, uint8_t state)
{
    const struct ticket_decide_req *ask = req->body;
    struct ticket_view *view;
    enum im_err err = open_read(shard, req, ask, &view);

    if (err)
        return err;
    decide(shard, req, view, state, actor_text(req), ask->reason);
    req->result = view;
    return IM_OK;
}

enum im_err ticket_refuse(struct shard *shard, struct request *req)
{
    return end(shard, req, TICKET_REFUSED);
}

enum im_err ticket_cancel(struct shard *shard, struct request *req)
{
    return end(shard, req, TICKET_CANCELLED);
}
