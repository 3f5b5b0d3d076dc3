#include "core/message/sync.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/apply.h"
#include "core/history/page.h"
#include "core/quota/limit.h"
#include "core/recent/contact.h"
#include "core/recent/unread.h"
#include "core/session/session.h"

/* Entries looked at in one conversation, and how many that were taken before come in a row until
   the rest is believed to be so, too: positions rise with keys but for times in the past. */
#define MAX_LOOKED_AT 512u
#define MAX_TAKEN_RUN 64u

static void take(struct shard *shard, const struct request *req, uint64_t position)
{
    struct fact_offline_taken *fact = fact_emit(shard, FACT_OFFLINE_TAKEN, sizeof(*fact));

    *fact = (struct fact_offline_taken){
        .app = req->app.v, .account = req->account.v, .position = position};
}

void apply_offline_taken(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_offline_taken *fact = payload;
    struct row_key key;
    struct account_row *row = row_put(
        shard,
        row_key_account(&key, (struct app_id){fact->app}, (struct account_no){fact->account}),
        sizeof(*row));

    (void)n, (void)number;
    if (fact->position > row->offline_acked)
        row->offline_acked = fact->position;
}

/* ---- messages ---- */

struct gathering {
    struct history_message *items;
    uint32_t count;
    uint32_t of_conversation, looked_at, taken_run;
    struct account_no account;
    struct span account_name;
    const struct contact *contact;
    uint64_t after;
    uint64_t retention_s;
    uint32_t now_s;
};

static bool gather(void *arg, const struct page_entry *entry)
{
    struct gathering *g = arg;
    bool higher = g->account.v > g->contact->peer.v;
    bool own = !!(entry->flags & MESSAGE_FROM_HIGHER) == higher;

    if (entry->key.time <= g->contact->row.read_s || g->looked_at++ == MAX_LOOKED_AT)
        return false;
    if (entry->position <= g->after)
        return ++g->taken_run < MAX_TAKEN_RUN;
    g->taken_run = 0;
    /* Imports are history: nobody is told of them. */
    if (own || (entry->flags & (MESSAGE_WITHDRAWN | MESSAGE_IMPORTED)) ||
        (uint64_t)entry->accepted_s + entry->lifetime_s <= g->now_s ||
        !history_visible(entry, higher, g->contact->row.cleared, g->retention_s, g->now_s))
        return true;
    g->items[g->count++] = (struct history_message){
        .entry = *entry, .to = g->account_name, .from_no = g->contact->peer};
    return ++g->of_conversation < SYNC_MAX_MESSAGES;
}

static int by_position(const void *left, const void *right)
{
    const struct history_message *a = left, *b = right;

    if (a->entry.position != b->entry.position)
        return a->entry.position < b->entry.position ? -1 : 1;
    if (a->from_no.v != b->from_no.v)
        return a->from_no.v < b->from_no.v ? -1 : 1;
    return message_key_compare(a->entry.key, b->entry.key);
}

/* A page of them: whole positions, since the cookie is one. */
static void cut(struct sync_result *result)
{
    uint32_t n = SYNC_MAX_MESSAGES;

    if (result->count <= n)
        return;
    while (n > 1 && result->items[n].entry.position == result->items[n - 1].entry.position)
        n--;
    if (result->items[n].entry.position == result->items[n - 1].entry.position) {
        while (n < result->count &&
               result->items[n].entry.position == result->items[n - 1].entry.position)
            n++;
    }
    result->more = n < result->count;
    if (result->more)
        result->cookie = result->items[n - 1].entry.position;
    result->count = n;
}

static void name_senders(struct shard *shard, struct request *req, struct sync_result *result)
{
    for (uint32_t i = 0; i < result->count; i++) {
        struct history_message *item = &result->items[i];
        const struct account_row *row;

        if (account_row_find(shard, req->app, item->from_no, &row) == STATE_HIT)
            item->from = arena_copy(&req->arena, account_name(row));
        if (profile_face(shard, req->app, item->from_no, &item->nick, &item->face) == STATE_HIT) {
            item->nick = arena_copy(&req->arena, item->nick);
            item->face = arena_copy(&req->arena, item->face);
        }
    }
}

static void gather_messages(struct shard *shard, struct request *req, uint64_t after,
                            struct sync_result *result)
{
    const struct sync_req *ask = req->body;
    struct gathering g = {.account = req->account,
                          .account_name = ask->account,
                          .after = after,
                          .retention_s = history_retention_s(shard, req->app),
                          .now_s = shard_now_s(shard)};
    struct contact *contacts;
    uint32_t count;

    if (contact_list(shard, req, req->account, CONTACTS_AFTER, after, SYNC_MAX_CONVERSATIONS,
                     &contacts, &count) == STATE_UNKNOWN)
        return;
    /* Not in the arena: up to 10,000 of them for a reply of 100, which may wait for long. */
    g.items = mem_alloc((count * SYNC_MAX_MESSAGES + 1) * sizeof(*g.items));
    for (uint32_t i = 0; i < count; i++) {
        g.contact = &contacts[i];
        g.of_conversation = g.looked_at = g.taken_run = 0;
        page_walk_back(shard, req->app, req->account, contacts[i].peer, MESSAGE_KEY_LAST, true,
                       gather, &g);
    }
    qsort(g.items, g.count, sizeof(*g.items), by_position);
    result->items = g.items;
    result->count = g.count;
    cut(result);
    result->items = ARENA_ARRAY(&req->arena, struct history_message, result->count);
    if (result->count)
        memcpy(result->items, g.items, result->count * sizeof(*g.items));
    free(g.items);
}

/* ---- unread counts ---- */

/* Of the peers that page_get lists. A client that comes back also hears which counts are 0. */
static void gather_unread(struct shard *shard, struct request *req, struct sync_result *result)
{
    const struct sync_req *ask = req->body;
    uint64_t limit = limit_of(shard, req->app, LIMIT_RECENTS);
    struct contact *contacts;
    uint32_t count, counted = 0;

    if (contact_list(shard, req, req->account, CONTACTS_PINNED_FIRST, 0, limit, &contacts,
                     &count) == STATE_UNKNOWN)
        return;
    result->unread = ARENA_ARRAY(&req->arena, struct sync_unread, count);
    for (uint32_t i = 0; i < count; i++) {
        struct sync_unread *item = &result->unread[result->unread_count];
        const struct account_row *row;

        if (counted < UNREAD_MAX_CONVERSATIONS &&
            unread_count(shard, req->app, req->account, contacts[i].peer, &contacts[i].row,
                         &item->count) == STATE_UNKNOWN)
            continue;
        counted += item->count > 0;
        if (!item->count && !ask->cookie)
            continue;
        if (account_row_find(shard, req->app, contacts[i].peer, &row) != STATE_HIT)
            continue;
        item->peer = arena_copy(&req->arena, account_name(row));
        result->unread_count++;
    }
}

/* ---- notices ---- */

/* What an account did itself is told to its other terminals; one that starts reads its groups. */
static bool is_own(const struct notice *notice, struct span account)
{
    return (notice->kind == NOTICE_QUIT || notice->kind == NOTICE_JOIN_ACCEPTED) &&
           span_eq(notice->operator_name, account);
}

/* Those of later messages come with these. */
static void gather_notices(struct shard *shard, struct request *req, uint64_t after,
                           struct sync_result *result)
{
    const struct sync_req *ask = req->body;
    struct notice_list *list = &result->notices;
    uint32_t kept = 0;

    result->account = ask->account;
    if (notices_untaken(shard, req, req->account, after, list) == STATE_UNKNOWN)
        return;
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->numbers[i] > result->cookie ||
            (!ask->cookie && is_own(&list->items[i], ask->account)))
            continue;
        list->numbers[kept] = list->numbers[i];
        list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* ---- the commands ---- */

static void ask_bodies(struct request *req, const struct sync_result *result)
{
    req->bodies = ARENA_ARRAY(&req->arena, struct message_body, result->count + 1);
    req->body_count = result->count;
    for (uint32_t i = 0; i < result->count; i++)
        req->bodies[i].position = result->items[i].entry.position;
}

enum im_err message_sync(struct shard *shard, struct request *req)
{
    const struct sync_req *ask = req->body;
    struct sync_result *result = ARENA_NEW(&req->arena, struct sync_result);
    uint64_t newest = fact_record_number(shard) - 1;
    uint64_t cookie = ask->cookie < newest ? ask->cookie : newest;
    const struct account_row *row;
    uint64_t after;

    if (account_row_find(shard, req->app, req->account, &row) != STATE_HIT)
        return IM_AGAIN;
    result->cookie = newest;
    after = cookie > row->offline_acked ? cookie : row->offline_acked;
    gather_messages(shard, req, after, result);
    gather_notices(shard, req, after, result);
    gather_unread(shard, req, result);
    name_senders(shard, req, result);
    if (shard_missing(shard))
        return IM_AGAIN;
    ask_bodies(req, result);
    if (cookie > row->offline_acked)
        take(shard, req, cookie);
    if (!result->more && req->session)
        req->session->synced_on = req->from;
    req->result = result;
    return IM_OK;
}

enum im_err message_push_ack(struct shard *shard, struct request *req)
{
    const struct push_ack_req *ack = req->body;
    const struct account_row *row;

    if (!req->session || !session_is_synced(req->session) ||
        ack->position >= fact_record_number(shard))
        return IM_OK;
    if (account_row_find(shard, req->app, req->account, &row) != STATE_HIT)
        return IM_AGAIN;
    if (ack->position > row->offline_acked)
        take(shard, req, ack->position);
    return IM_OK;
}
