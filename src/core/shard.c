/*
 * A command's way through the shard:
 *   1 whoever calls is resolved to an account, REST calls are admitted;
 *   2 the handler decides on rows in memory and emits facts; rows that are missing park the
 *     request until a loader has brought them, and it starts again from 1;
 *   3 the facts become one journal record and are applied;
 *   4 reply and pushes go to the sink, tagged with the last record's number (shard_output.c);
 *     a held request's reply goes later, behind the record of whoever answers it.
 * On an error the facts are dropped; an admitted REST call is counted all the same.
 */
#include "core/shard_internal.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/account/account.h"
#include "core/admin/apply.h"
#include "core/admin/door.h"
#include "core/apply.h"
#include "core/billing/close.h"
#include "core/group/apply.h"
#include "core/history/expiry.h"
#include "core/session/login.h"
#include "core/usage/calendar.h"
#include "core/usage/usage.h"
#include "core/warning/warning.h"

#define CLOSE_RETRY_US 10000000u
#define PRICES_US (3600u * UINT64_C(1000000))

/* ---- small getters ---- */

struct journal *shard_journal(struct shard *shard)
{
    return shard->journal;
}

struct state *shard_state(struct shard *shard)
{
    return shard->state;
}

uint64_t shard_now_us(const struct shard *shard)
{
    return shard->now_us;
}

const struct zone *shard_zone(const struct shard *shard)
{
    return shard->config.zone;
}

struct app_registry *shard_registry(struct shard *shard)
{
    return shard->config.registry;
}

uint32_t shard_dropped_s(const struct shard *shard)
{
    return shard->dropped_s;
}

uint64_t shard_boot(const struct shard *shard)
{
    return shard->boot;
}

void shard_random(struct shard *shard, void *p, size_t n)
{
    shard->config.random_bytes(shard->config.random_arg, p, n);
}

const struct usersig_key *shard_server_key(const struct shard *shard)
{
    return &shard->server_key;
}

/* ---- rows ---- */

static struct state_load *missing_rows(struct shard *shard)
{
    if (!shard->load)
        shard->load = state_load_new(shard->state);
    return shard->load;
}

enum state_found row_find(struct shard *shard, struct span key, const void **ret_value,
                          size_t *ret_n)
{
    size_t n;
    enum state_found found = state_get(shard->state, key, ret_value, ret_n ? ret_n : &n);

    if (found == STATE_UNKNOWN)
        state_load_row(missing_rows(shard), key);
    return found;
}

static void ignore_row(void *arg, struct span key, const void *value, size_t n)
{
    (void)arg, (void)key, (void)value, (void)n;
}

enum state_found row_need_collection(struct shard *shard, struct span prefix)
{
    enum state_found found = state_scan(shard->state, prefix, ignore_row, NULL);

    if (found == STATE_UNKNOWN)
        state_load_collection(missing_rows(shard), prefix);
    return found;
}

bool shard_missing(const struct shard *shard)
{
    return shard->load != NULL;
}

void *row_put(struct shard *shard, struct span key, size_t n)
{
    return state_put(shard->state, key, n);
}

void row_delete(struct shard *shard, struct span key)
{
    state_delete(shard->state, key);
}

void row_declare_absent(struct shard *shard, struct span key)
{
    state_declare_absent(shard->state, key);
}

const void *row_get(struct shard *shard, struct span key, size_t *ret_n)
{
    const void *value;
    size_t n;
    enum state_found found = state_get(shard->state, key, &value, &n);

    CHECK(found != STATE_UNKNOWN);
    if (found == STATE_ABSENT)
        return NULL;
    if (ret_n)
        *ret_n = n;
    return value;
}

/* ---- facts ---- */

static const apply_fn apply_table[FACT_KIND_END] = {
    [FACT_APP_CREATED] = apply_app_created,
    [FACT_PLAN_STORED] = apply_plan_stored,
    [FACT_LIMIT_SET] = apply_limit_set,
    [FACT_ENTITLEMENT_SET] = apply_entitlement_set,
    [FACT_MONTH_CLOSED] = apply_month_closed,
    [FACT_CLOSE_STATE] = apply_close_state,
    [FACT_BILL_STATE] = apply_bill_state,
    [FACT_BILL_NOTE] = apply_bill_note,
    [FACT_CONTRACT] = apply_contract,
    [FACT_TICKET_OPENED] = apply_ticket_opened,
    [FACT_TICKET_MESSAGE] = apply_ticket_message,
    [FACT_TICKET_DECIDED] = apply_ticket_decided,
    [FACT_POLICY] = apply_policy,
    [FACT_WARNING] = apply_warning,
    [FACT_WARNING_SETTING] = apply_warning_setting,
    [FACT_DELIVERED] = apply_delivered,
    [FACT_CALL] = apply_call,
    [FACT_ACCOUNT_CREATED] = apply_account_created,
    [FACT_PROFILE_SET] = apply_profile_set,
    [FACT_LOGGED_IN] = apply_logged_in,
    [FACT_LOGGED_OUT] = apply_logged_out,
    [FACT_KICKED] = apply_kicked,
    [FACT_ONLINE_PEAK] = apply_online_peak,
    [FACT_TERMINALS_USED] = apply_terminals_used,
    [FACT_MESSAGE] = apply_message,
    [FACT_WITHDRAWN] = apply_withdrawn,
    [FACT_READ] = apply_read,
    [FACT_CONTACT_CHANGED] = apply_contact_changed,
    [FACT_OFFLINE_TAKEN] = apply_offline_taken,
    [FACT_ACTIVE] = apply_active,
    [FACT_CALLS_REFUSED] = apply_calls_refused,
    [FACT_MESSAGES_HIDDEN] = apply_messages_hidden,
    [FACT_APP_FIELD] = apply_app_field,
    [FACT_GROUP_FIELD] = apply_group_field,
    [FACT_GROUP_SWEPT] = apply_group_swept,
    [FACT_GROUP_DISSOLVED] = apply_group_dissolved,
    [FACT_GROUP_CHANGED] = apply_group_changed,
    [FACT_GROUP_CREATED] = apply_group_created,
    [FACT_GROUP_EDITED] = apply_group_edited,
    [FACT_GROUP_WITHDRAWN] = apply_group_withdrawn,
    [FACT_GROUP_DELETED] = apply_group_deleted,
    [FACT_GROUP_HIDDEN] = apply_group_hidden,
    [FACT_RECEIPT] = apply_receipt,
    [FACT_GROUP_READ] = apply_group_read,
    [FACT_GROUP_RECENT] = apply_group_recent,
    [FACT_NOTICE] = apply_notice,
    [FACT_NOTICES_DELETED] = apply_notices_deleted,
    [FACT_MEMBERS_JOINED] = apply_members_joined,
    [FACT_MEMBERS_LEFT] = apply_members_left,
    [FACT_MEMBER_CHANGED] = apply_member_changed,
    [FACT_GROUP_OWNER] = apply_group_owner,
    [FACT_MEMBER_MUTED] = apply_member_muted,
    [FACT_GROUP_MESSAGE] = apply_group_message,
    [FACT_GROUP_REFUSED] = apply_group_refused,
    [FACT_ROOM_JOINED] = apply_room_joined,
    [FACT_ROOM_LEFT] = apply_room_left,
    [FACT_GROUP_VALUES] = apply_group_values,
    [FACT_MEMBER_BANNED] = apply_member_banned,
    [FACT_PENDENCY] = apply_pendency,
    [FACT_PENDENCY_HANDLED] = apply_pendency_handled,
    [FACT_CUSTOMER] = apply_customer,
    [FACT_TOKEN] = apply_token,
    [FACT_AUDIT] = apply_audit,
    [FACT_IDEMPOTENT] = apply_idempotent,
    [FACT_APP_CUSTOMER] = apply_app_customer,
};

void *fact_emit(struct shard *shard, enum fact_kind kind, size_t n)
{
    struct fact_head head = {.kind = (uint16_t)kind, .payload_bytes = (uint32_t)n};
    size_t padded = (n + 7) & ~(size_t)7;
    char *payload;

    CHECK(!shard->load);
    CHECK(buf_reserve(&shard->record, sizeof(head) + padded));
    payload = shard->record.p + shard->record.n + sizeof(head);
    memcpy(shard->record.p + shard->record.n, &head, sizeof(head));
    memset(payload, 0, padded);
    shard->record.n += sizeof(head) + padded;
    return payload;
}

static void apply_boot(struct shard *shard, const void *payload)
{
    const struct fact_boot *fact = payload;
    struct row_key key;
    struct meta_row *meta;

    CHECK(shard->recovering);
    meta = row_put(shard, row_key_meta(&key), sizeof(*meta));
    meta->boot = fact->boot;
    meta->last_time_us = shard->now_us;
    memcpy(meta->server_key, fact->server_key, sizeof(meta->server_key));
}

void shard_tell_retention(struct shard *shard, struct app_id app)
{
    if (shard->config.expiry)
        history_expiry_set_app(shard->config.expiry, app, roaming_kept(shard, app));
}

enum im_err shard_apply_record(struct shard *shard, const char *record, size_t n, uint64_t number)
{
    size_t at = 0;

    while (at < n) {
        struct fact_head head;
        size_t padded;

        if (n - at < sizeof(head))
            return IM_ERR_CORRUPT;
        memcpy(&head, record + at, sizeof(head));
        at += sizeof(head);
        padded = ((size_t)head.payload_bytes + 7) & ~(size_t)7;
        if (padded > n - at || head.kind >= FACT_KIND_END)
            return IM_ERR_CORRUPT;
        if (head.kind == FACT_BOOT)
            apply_boot(shard, record + at);
        else if (apply_table[head.kind])
            apply_table[head.kind](shard, record + at, head.payload_bytes, number);
        else
            return IM_ERR_CORRUPT;
        shard->counts.facts++;
        shard->counts.apps += head.kind == FACT_APP_CREATED;
        shard->counts.bills += head.kind == FACT_MONTH_CLOSED;
        if (head.kind == FACT_APP_CREATED || head.kind == FACT_LIMIT_SET ||
            head.kind == FACT_ENTITLEMENT_SET)
            shard_tell_retention(shard, (struct app_id){get_le32(record + at)});
        at += padded;
    }
    return IM_OK;
}

uint64_t fact_record_number(const struct shard *shard)
{
    return journal_next(shard->journal);
}

uint64_t fact_commit(struct shard *shard)
{
    uint64_t number = journal_next(shard->journal);

    if (!shard->record.n)
        return number - 1;
    state_stamp(shard->state, number);
    CHECK(shard_apply_record(shard, shard->record.p, shard->record.n, number) == IM_OK);
    CHECK(journal_append(shard->journal, shard->now_us, shard->record.p, shard->record.n) ==
          number);
    buf_reset(&shard->record);
    return number;
}

/* ---- running ---- */

/* A call counts in the second of its record: one that had to wait for rows until the next second
   asks again, so that no second's records hold more than its limit. */
static enum im_err admit_call(struct shard *shard, struct request *req)
{
    uint64_t second = shard->now_us / 1000000;
    struct call_limits limits;
    enum im_err err;

    if (req->counted && req->counted_s == second)
        return IM_OK;
    if (!call_limits_find(shard, req->app, req->operation, &limits))
        return IM_AGAIN;
    err = rate_admit(shard->rates, shard->now_us, req->app, limits, req->operation);
    if (req->operation->rate != RATE_NONE && err != IM_ERR_OVERLOADED)
        warning_used(shard, req->app, LIMIT_CALL_RATE, rate_last_calls(shard->rates),
                     limits.of_command);
    req->counted = !err;
    req->counted_s = second;
    return err;
}

/* 1: who calls and whether it may. */
static enum im_err admit(struct shard *shard, struct request *req)
{
    struct row_key key;
    const void *app_row;
    enum im_err err = IM_OK;

    if (req->app.v && row_find(shard, row_key_app(&key, req->app), &app_row, NULL) == STATE_UNKNOWN)
        return IM_AGAIN;
    if (req->caller == CALLER_USER)
        return session_resolve(shard, req);
    if (req->caller == CALLER_ADMIN) {
        if (!req->counted)
            err = account_admin_check(shard, req->app, req->identifier, req->sig_time_s);
        if (!err)
            err = admit_call(shard, req);
        if (err)
            return err;
        usage_need(shard, req->app, 0, (struct account_no){0}, req->operation->number);
    }
    return err;
}

static void emit_call(struct shard *shard, const struct request *req)
{
    struct fact_call *fact = fact_emit(shard, FACT_CALL, sizeof(*fact));

    fact->app = req->app.v;
    fact->command = req->operation->number;
}

static void park(struct shard *shard, struct request *req)
{
    struct parked *parked = mem_zalloc(sizeof(*parked));

    CHECK(shard->load);
    shard->counts.parked++;
    shard->counts.parked_now++;
    parked->req = req;
    parked->load = shard->load;
    shard->load = NULL;
    if (!state_load_begin(shard->state, parked->load)) {
        CHECK(state_load_end(shard->state, parked->load) == IM_OK);
        parked->load = NULL;
    }
    if (req->session) {
        parked->session_id = req->session->id;
        req->session->loading++;
        req->session = NULL;
    }
    if (shard->parked_last)
        shard->parked_last->next = parked;
    else
        shard->parked_first = parked;
    shard->parked_last = parked;
    if (!shard->parked_untaken)
        shard->parked_untaken = parked;
}

/* Behind the handler. What it changed or pushed goes the usual way. */
static void note_shown(struct shard *shard, const struct request *req, enum im_err err)
{
    uint64_t shows = state_unwatch(shard->state);

    if (err == IM_OK && !shard->record.n && !shard->push_count && req->caller == CALLER_USER)
        shard->shows = shows ? shows : 1;
}

static void count_answered(struct shard *shard, const struct request *req, enum im_err err)
{
    shard->counts.requests[req->caller]++;
    shard->counts.refused[req->caller] += err && err != IM_HELD;
}

static void run_now(struct shard *shard, struct request *req)
{
    enum im_err err;

    CHECK(!shard->record.n && !shard->load && !shard->push_count);
    shard->running = req;
    shard->shows = 0;
    if (req->operation->shows_rows)
        state_watch(shard->state);
    err = admit(shard, req);
    if (err == IM_OK && req->session && req->session->loading) {
        /* Commands of one session keep their order. */
        req->next = NULL;
        if (req->session->waiting_last)
            req->session->waiting_last->next = req;
        else
            req->session->waiting_first = req;
        req->session->waiting_last = req;
        shard->running = NULL;
        state_unwatch(shard->state);
        CHECK(!shard->load && !shard->answers_first);
        return;
    }
    if (err == IM_OK)
        err = req->operation->admin ? admin_run(shard, req) : req->operation->run(shard, req);
    if (req->operation->shows_rows)
        note_shown(shard, req, err);
    if (shard->load) {
        CHECK(!shard->record.n && !shard->push_count && !shard->answers_first);
        shard->running = NULL;
        park(shard, req);
        return;
    }
    CHECK(err != IM_AGAIN);
    count_answered(shard, req, err);
    if (err && err != IM_HELD) {
        buf_reset(&shard->record);
        shard->push_count = 0;
    }
    if (req->counted)
        emit_call(shard, req);
    if (err == IM_HELD)
        shard_hold(shard, req);
    else
        req->err = err;
    fact_commit(shard);
    shard->running = NULL;
    shard_send_outputs(shard, req, err == IM_HELD);
}

void shard_run_soon(struct shard *shard, struct request *req)
{
    req->next = NULL;
    if (shard->again_last)
        shard->again_last->next = req;
    else
        shard->again_first = req;
    shard->again_last = req;
}

static void run_again_queue(struct shard *shard)
{
    while (shard->again_first) {
        struct request *req = shard->again_first;

        shard->again_first = req->next;
        if (!shard->again_first)
            shard->again_last = NULL;
        run_now(shard, req);
    }
}

void shard_run(struct shard *shard, struct request *req)
{
    run_now(shard, req);
    run_again_queue(shard);
}

struct state_load *shard_take_load(struct shard *shard)
{
    struct parked *p = shard->parked_untaken;

    while (p && !p->load)
        p = p->next;
    shard->parked_untaken = p ? p->next : NULL;
    return p ? p->load : NULL;
}

/* Takes the parked requests that may run again off the list: the one of `load`, and those that
   waited for rows read for others. */
static struct parked *unpark(struct shard *shard, struct state_load *load)
{
    struct parked **link = &shard->parked_first, *ready = NULL, **ready_end = &ready;

    shard->parked_last = NULL;
    while (*link) {
        struct parked *p = *link;

        if (p->load == load || !p->load) {
            *link = p->next;
            shard->counts.parked_now--;
            if (shard->parked_untaken == p)
                shard->parked_untaken = p->next;
            p->next = NULL;
            *ready_end = p;
            ready_end = &p->next;
        } else {
            shard->parked_last = p;
            link = &p->next;
        }
    }
    return ready;
}

static void release_waiting(struct shard *shard, uint64_t session_id)
{
    struct session *session = session_table_find(shard->sessions, session_id);
    struct request *req;

    if (!session || --session->loading)
        return;
    req = session->waiting_first;
    session->waiting_first = session->waiting_last = NULL;
    while (req) {
        struct request *next = req->next;

        shard_run_soon(shard, req);
        req = next;
    }
}

void shard_loaded(struct shard *shard, struct state_load *load)
{
    struct parked *ready = unpark(shard, load);
    enum im_err err = state_load_end(shard->state, load);

    while (ready) {
        struct parked *p = ready;

        ready = p->next;
        /* Its session's later commands wait on until it has run; run_now parks it again and
           counts again if it needs more. */
        if (err && p->load == load) {
            p->req->err = IM_ERR_TIMEOUT;
            count_answered(shard, p->req, IM_ERR_TIMEOUT);
            shard_send_outputs(shard, p->req, false);
        } else {
            struct session *session = session_table_find(shard->sessions, p->session_id);
            uint32_t loading = session ? session->loading : 0;

            if (session)
                session->loading = 0;
            run_now(shard, p->req);
            session = session_table_find(shard->sessions, p->session_id);
            if (session)
                session->loading += loading;
        }
        if (p->session_id)
            release_waiting(shard, p->session_id);
        free(p);
    }
    run_again_queue(shard);
}

/* ---- time ---- */

static void on_new_day(void *arg, const struct app_presence *presence)
{
    struct shard *shard = arg;
    struct request *req;

    if (!presence->accounts)
        return;
    req = request_new();
    req->operation = &presence_check;
    req->caller = CALLER_SYSTEM;
    req->app = presence->app;
    shard_run_soon(shard, req);
}

void shard_jumped(struct shard *shard, uint64_t now_us)
{
    if (!shard->jump_to_us)
        shard->jump_from_us = shard->now_us;
    shard->jump_to_us = now_us;
    shard->close_at_us = now_us;
}

static void run_system(struct shard *shard, const struct operation *operation)
{
    struct request *req = request_new();

    req->operation = operation;
    req->caller = CALLER_SYSTEM;
    shard_run_soon(shard, req);
}

/* The closing of months goes on (what could not be read is tried again later), and a look at what
   months cost. */
static void keep_accounts(struct shard *shard)
{
    if (shard->close_at_us && shard->now_us >= shard->close_at_us) {
        shard->close_at_us = shard->now_us + CLOSE_RETRY_US;
        run_system(shard, &month_close);
    }
    if (shard->now_us >= shard->prices_at_us) {
        shard->prices_at_us = shard->now_us + PRICES_US;
        run_system(shard, &warning_sweep);
    }
}

void shard_begin(struct shard *shard, uint64_t now_us)
{
    uint32_t today;

    if (shard->config.jump_us && now_us > shard->now_us + shard->config.jump_us)
        shard_jumped(shard, now_us);
    if (now_us > shard->now_us)
        shard->now_us = now_us;
    dedup_advance(shard->dedup, shard_now_s(shard));
    if (shard->config.expiry)
        history_expiry_set_now(shard->config.expiry, shard_now_s(shard));
    today = zone_day(shard->config.zone, shard->now_us);
    if (today != shard->today) {
        shard->today = today;
        session_table_each_app(shard->sessions, on_new_day, shard);
        shard->close_at_us = shard->now_us;
    }
    keep_accounts(shard);
    shard_fire_timers(shard);
    run_again_queue(shard);
}
