#include "core/group/receipt.h"

#include <stdlib.h>

#include "core/account/account.h"
#include "core/group/apply.h"
#include "core/group/history.h"
#include "core/group/member.h"
#include "core/session/session.h"

/* Receipts are rows of the reader and the message: so many in a record. */
#define RECEIPTS_A_RECORD 15u

/* ---- the members of a group, and who of them has read a message ---- */

struct seat {
    uint32_t account;
    uint32_t join_s;
};

struct crowd {
    struct seat *seats; /* by account */
    uint32_t count;
    bool old_too; /* members see what was sent before they joined */
};

struct readers {
    uint32_t *accounts; /* in order */
    uint32_t count;
};

static void count_row(void *arg, struct span key, const void *value, size_t n)
{
    uint32_t *count = arg;

    (void)key, (void)value, (void)n;
    ++*count;
}

static void add_seat(void *arg, struct span key, const void *value, size_t n)
{
    struct crowd *crowd = arg;
    const struct member_row *row = value;

    (void)n;
    crowd->seats[crowd->count++] =
        (struct seat){.account = get_be32(key.p + key.n - 4), .join_s = row->join_s};
}

static void add_reader(void *arg, struct span key, const void *value, size_t n)
{
    struct readers *readers = arg;

    (void)value, (void)n;
    readers->accounts[readers->count++] = get_be32(key.p + key.n - 4);
}

/* Both kinds of elements start with the account. */
static int by_account(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static enum state_found crowd_find(struct shard *shard, struct request *req,
                                   const struct group *group, struct crowd *ret)
{
    struct row_key key;
    struct span prefix = row_prefix_of_group(&key, ROW_MEMBER, req->app, group->no);
    uint32_t count = 0;

    *ret = (struct crowd){.old_too = group->info.type == GROUP_CHAT_ROOM ||
                                     group->info.type == GROUP_COMMUNITY};
    if (row_need_collection(shard, prefix) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), prefix, count_row, &count);
    ret->seats = ARENA_ARRAY(&req->arena, struct seat, count);
    state_scan(shard_state(shard), prefix, add_seat, ret);
    qsort(ret->seats, ret->count, sizeof(*ret->seats), by_account);
    return STATE_HIT;
}

static enum state_found readers_find(struct shard *shard, struct request *req,
                                     const struct group *group, uint32_t seq, struct readers *ret)
{
    struct row_key key;
    struct span prefix = row_prefix_receipt(&key, req->app, group->no, seq);
    uint32_t count = 0;

    *ret = (struct readers){0};
    if (row_need_collection(shard, prefix) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), prefix, count_row, &count);
    ret->accounts = ARENA_ARRAY(&req->arena, uint32_t, count + 1);
    state_scan(shard_state(shard), prefix, add_reader, ret);
    qsort(ret->accounts, ret->count, sizeof(*ret->accounts), by_account);
    return STATE_HIT;
}

static bool has_read(const struct readers *readers, uint32_t account)
{
    return readers->count && bsearch(&account, readers->accounts, readers->count,
                                     sizeof(*readers->accounts), by_account);
}

/* A member who could see the message and has not reported it. */
static bool is_unread(const struct crowd *crowd, const struct readers *readers,
                      const struct group_entry *entry, const struct seat *seat)
{
    return seat->account != entry->from && (crowd->old_too || seat->join_s <= entry->time) &&
           !has_read(readers, seat->account);
}

static uint32_t count_unread(const struct crowd *crowd, const struct readers *readers,
                             const struct group_entry *entry)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < crowd->count; i++)
        count += is_unread(crowd, readers, entry, &crowd->seats[i]);
    return count;
}

static bool counts_receipts(const struct group_entry *entry)
{
    return (entry->flags & GROUP_MESSAGE_NEED_RECEIPT) &&
           !(entry->flags & (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED | GROUP_MESSAGE_TIP));
}

/* ---- reporting ---- */

struct reported {
    uint32_t seq;
    struct group_entry entry;
    struct session *sender; /* online: it is told */
    struct readers readers; /* before this; only if it is told */
};

struct reporting {
    struct group group;
    struct crowd crowd;
    struct reported *items; /* new receipts */
    uint32_t count;
    bool tells;
};

static bool named_before(const struct group_receipt_req *ask, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++) {
        if (ask->seqs[i] == ask->seqs[at])
            return true;
    }
    return false;
}

/* Looks at one message; adds it if the caller is new among its readers. */
static void report_one(struct shard *shard, struct request *req, uint32_t seq,
                       struct reporting *reporting)
{
    const struct group *group = &reporting->group;
    struct reported *item = &reporting->items[reporting->count];
    struct row_key key;
    const void *row;

    *item = (struct reported){.seq = seq};
    if (group_page_find(shard, group, seq, &item->entry) != STATE_HIT ||
        !counts_receipts(&item->entry) || item->entry.from == req->account.v)
        return;
    if (item->entry.from)
        item->sender = session_first(shard, req->app, (struct account_no){item->entry.from});
    if (item->sender)
        readers_find(shard, req, group, seq, &item->readers);
    if (row_find(shard, row_key_receipt(&key, req->app, group->no, seq, req->account), &row,
                 NULL) != STATE_ABSENT)
        return;
    reporting->tells |= item->sender != NULL;
    reporting->count++;
}

static void emit_receipts(struct shard *shard, struct request *req,
                          const struct reporting *reporting)
{
    uint32_t n;

    for (uint32_t at = 0; at < reporting->count; at += n) {
        struct fact_receipt *fact;
        uint32_t *seqs;

        if (at)
            fact_commit(shard);
        n = reporting->count - at < RECEIPTS_A_RECORD ? reporting->count - at : RECEIPTS_A_RECORD;
        fact = fact_emit(shard, FACT_RECEIPT, sizeof(*fact) + n * sizeof(*seqs));
        *fact = (struct fact_receipt){.app = req->app.v,
                                      .group = reporting->group.no.v,
                                      .account = req->account.v,
                                      .count = n};
        seqs = (uint32_t *)(fact + 1);
        for (uint32_t i = 0; i < n; i++)
            seqs[i] = reporting->items[at + i].seq;
    }
}

/* The numbers with the caller's receipt, which is not applied yet. */
static struct push_receipt receipt_of(const struct request *req, const struct reporting *reporting,
                                      const struct reported *item)
{
    uint32_t unread = count_unread(&reporting->crowd, &item->readers, &item->entry);
    const struct seat self = {.account = req->account.v};
    const struct seat *seat =
        bsearch(&self, reporting->crowd.seats, reporting->crowd.count, sizeof(self), by_account);

    if (seat && is_unread(&reporting->crowd, &item->readers, &item->entry, seat))
        unread--;
    return (struct push_receipt){.seq = item->seq,
                                 .random = item->entry.random,
                                 .client_time = group_entry_client_time(&item->entry),
                                 .from_no = {item->entry.from},
                                 .read = item->readers.count + 1,
                                 .unread = unread};
}

/* One push to each sender, about all its messages. */
static void tell_senders(struct shard *shard, struct request *req, struct reporting *reporting)
{
    for (uint32_t i = 0; i < reporting->count; i++) {
        struct session *sender = reporting->items[i].sender;
        struct push_group_receipt *push;

        if (!sender)
            continue;
        push = ARENA_NEW(&req->arena, struct push_group_receipt);
        push->group = group_push_name(req, &reporting->group);
        push->items = ARENA_ARRAY(&req->arena, struct push_receipt, reporting->count - i);
        for (uint32_t j = i; j < reporting->count; j++) {
            if (reporting->items[j].sender != sender)
                continue;
            push->items[push->count++] = receipt_of(req, reporting, &reporting->items[j]);
            reporting->items[j].sender = NULL;
        }
        for (struct session *s = sender; s; s = s->next_of_account)
            push_to_session(shard, req, s, PUSH_GROUP_RECEIPT, push);
    }
}

enum im_err group_receipt_report(struct shard *shard, struct request *req)
{
    const struct group_receipt_req *ask = req->body;
    struct reporting reporting = {0};
    const struct joined_row *joined;
    enum im_err err = group_find(shard, req->app, ask->group, &reporting.group);
    enum state_found found;

    if (err)
        return err;
    found = joined_find(shard, req->app, req->account, reporting.group.no, &joined);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_RIGHT;
    reporting.items = ARENA_ARRAY(&req->arena, struct reported, ask->count + 1);
    for (uint32_t i = 0; i < ask->count; i++) {
        if (ask->seqs[i] > joined->visible_seq && !named_before(ask, i))
            report_one(shard, req, ask->seqs[i], &reporting);
    }
    if (reporting.tells)
        crowd_find(shard, req, &reporting.group, &reporting.crowd);
    if (shard_missing(shard))
        return IM_AGAIN;
    emit_receipts(shard, req, &reporting);
    tell_senders(shard, req, &reporting);
    return IM_OK;
}

void apply_receipt(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_receipt *fact = payload;
    const uint32_t *seqs = (const void *)(fact + 1);

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        struct row_key key;
        struct receipt_row *row = row_put(shard,
                                          row_key_receipt(&key, (struct app_id){fact->app},
                                                          (struct group_no){fact->group}, seqs[i],
                                                          (struct account_no){fact->account}),
                                          sizeof(*row));

        row->read_s = shard_now_s(shard);
    }
}

/* ---- asking ---- */

/* The group for its members and administrators. */
static enum im_err asker_find(struct shard *shard, const struct request *req, struct span id,
                              struct group *group, struct group_actor *actor)
{
    enum im_err err = group_find(shard, req->app, id, group);

    if (!err)
        err = group_actor_find(shard, req, group, actor);
    if (!err && !actor->is_app_admin && actor->role == ROLE_NONE)
        err = IM_ERR_GROUP_RIGHT;
    return err;
}

static enum im_err may_ask(const struct group_actor *actor, enum state_found found,
                           const struct group_entry *entry)
{
    if (found == STATE_ABSENT || !counts_receipts(entry))
        return IM_ERR_GROUP_NO_MESSAGE;
    return actor->is_app_admin || entry->from == actor->account.v ? IM_OK : IM_ERR_GROUP_RIGHT;
}

enum im_err group_receipt_counts(struct shard *shard, struct request *req)
{
    const struct group_receipt_req *ask = req->body;
    struct group_receipt_result *result = ARENA_NEW(&req->arena, struct group_receipt_result);
    struct group group;
    struct group_actor actor;
    struct crowd crowd;
    enum im_err err = asker_find(shard, req, ask->group, &group, &actor);

    if (err)
        return err;
    crowd_find(shard, req, &group, &crowd);
    result->items = ARENA_ARRAY(&req->arena, struct group_receipt, ask->count + 1);
    result->count = ask->count;
    for (uint32_t i = 0; i < ask->count; i++) {
        struct group_receipt *item = &result->items[i];
        struct group_entry entry;
        struct readers readers;
        enum state_found found = group_page_find(shard, &group, ask->seqs[i], &entry);

        item->seq = ask->seqs[i];
        if (found == STATE_UNKNOWN)
            continue;
        item->err = may_ask(&actor, found, &entry);
        if (item->err || readers_find(shard, req, &group, item->seq, &readers) != STATE_HIT)
            continue;
        item->read = readers.count;
        item->unread = count_unread(&crowd, &readers, &entry);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}

/* Accounts of one side behind `after`; one more than asked for tells that there are more. */
static uint32_t detail_accounts(const struct group_receipt_detail_req *ask,
                                const struct crowd *crowd, const struct readers *readers,
                                const struct group_entry *entry, uint32_t *into)
{
    uint32_t of = ask->unread ? crowd->count : readers->count, count = 0;

    for (uint32_t i = 0; i < of && count <= ask->max; i++) {
        uint32_t account = ask->unread ? crowd->seats[i].account : readers->accounts[i];

        if (account > ask->after &&
            (!ask->unread || is_unread(crowd, readers, entry, &crowd->seats[i])))
            into[count++] = account;
    }
    return count;
}

enum im_err group_receipt_detail(struct shard *shard, struct request *req)
{
    const struct group_receipt_detail_req *ask = req->body;
    struct group_receipt_detail *result = ARENA_NEW(&req->arena, struct group_receipt_detail);
    uint32_t *accounts = ARENA_ARRAY(&req->arena, uint32_t, ask->max + 1);
    struct group group;
    struct group_actor actor;
    struct group_entry entry;
    struct crowd crowd;
    struct readers readers;
    enum im_err err = asker_find(shard, req, ask->group, &group, &actor);
    enum state_found found;

    if (err)
        return err;
    found = group_page_find(shard, &group, ask->seq, &entry);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    err = may_ask(&actor, found, &entry);
    if (err)
        return err;
    crowd_find(shard, req, &group, &crowd);
    readers_find(shard, req, &group, ask->seq, &readers);
    if (shard_missing(shard))
        return IM_AGAIN;
    result->unread = ask->unread;
    result->count = detail_accounts(ask, &crowd, &readers, &entry, accounts);
    if (result->count > ask->max) {
        result->count = ask->max;
        result->last = accounts[ask->max - 1];
    }
    result->names = ARENA_ARRAY(&req->arena, struct span, ask->max);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct account_row *row;

        if (account_row_find(shard, req->app, (struct account_no){accounts[i]}, &row) == STATE_HIT)
            result->names[i] = arena_copy(&req->arena, account_name(row));
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}
