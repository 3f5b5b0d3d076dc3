#include "core/message/sync.h"

#include <stdlib.h>

#include "core/account/account.h"
#include "core/apply.h"
#include "core/history/page.h"
#include "core/recent/read.h"

#define MAX_PER_CONVERSATION 500u
#define MAX_CANDIDATES 5000u
/* Dated messages lie among older ones: a walk ends after so many that were taken already. */
#define TAKEN_IN_A_ROW 32u

struct collect {
    struct request *req;
    struct sync_message *found; /* room for MAX_CANDIDATES */
    uint32_t count;
    uint32_t of_conversation;
    uint32_t taken_in_a_row;
    uint64_t floor;
    uint32_t now_s;
    uint64_t retention_s;
    const struct contact *contact;
    bool reader_is_higher;
    struct span peer_name;
};

static bool collect_entry(void *arg, const struct page_entry *entry)
{
    struct collect *c = arg;
    bool from_higher = entry->flags & MESSAGE_FROM_HIGHER;

    if (entry->position <= c->floor)
        return ++c->taken_in_a_row < TAKEN_IN_A_ROW;
    c->taken_in_a_row = 0;
    if (from_higher == c->reader_is_higher || entry->flags & MESSAGE_WITHDRAWN ||
        entry->key.time <= c->contact->row.read_s ||
        (uint64_t)entry->accepted_s + entry->lifetime_s <= c->now_s ||
        !history_visible(entry, c->reader_is_higher, c->contact->row.cleared, c->retention_s,
                         c->now_s))
        return true;
    c->found[c->count++] =
        (struct sync_message){.from = c->peer_name, .from_no = c->contact->peer, .entry = *entry};
    return ++c->of_conversation < MAX_PER_CONVERSATION && c->count < MAX_CANDIDATES;
}

static int by_position(const void *a, const void *b)
{
    const struct sync_message *x = a, *y = b;

    if (x->entry.position != y->entry.position)
        return x->entry.position < y->entry.position ? -1 : 1;
    return message_key_compare(x->entry.key, y->entry.key);
}

/* Unread counts and what is new, contact by contact. */
static void look_through(struct shard *shard, struct request *req, struct collect *c,
                         struct contact *contacts, uint32_t count, struct sync_result *result)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct account_row *peer;
        uint32_t unread = 0;

        if (account_row_find(shard, req->app, contacts[i].peer, &peer) != STATE_HIT)
            continue;
        unread_count(shard, req->app, req->account, contacts[i].peer, &contacts[i].row, &unread);
        c->contact = &contacts[i];
        c->peer_name = arena_copy(&req->arena, account_name(peer));
        c->reader_is_higher = req->account.v > contacts[i].peer.v;
        c->of_conversation = c->taken_in_a_row = 0;
        if (unread)
            result->unread[result->unread_count++] =
                (struct sync_unread){.peer = c->peer_name, .count = unread};
        if (contacts[i].row.last_position > c->floor && c->count < MAX_CANDIDATES)
            page_walk_back(shard, req->app, req->account, contacts[i].peer,
                           (struct message_key){UINT32_MAX, UINT32_MAX, UINT32_MAX}, true,
                           collect_entry, c);
    }
}

static void emit_taken(struct shard *shard, const struct request *req, uint64_t position)
{
    struct fact_offline_taken *fact = fact_emit(shard, FACT_OFFLINE_TAKEN, sizeof(*fact));

    fact->app = req->app.v;
    fact->account = req->account.v;
    fact->position = position;
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

static void take_page(struct request *req, struct collect *c, struct sync_result *result)
{
    qsort(c->found, c->count, sizeof(*c->found), by_position);
    result->messages = c->found;
    result->message_count = c->count;
    if (c->count > SYNC_MAX_MESSAGES) {
        /* A batch shares its position: a page never ends between messages of one position. */
        uint32_t end = SYNC_MAX_MESSAGES;

        while (end < c->count && c->found[end].entry.position == c->found[end - 1].entry.position)
            end++;
        result->more = end < c->count;
        result->message_count = end;
        if (result->more)
            result->cookie = c->found[end - 1].entry.position;
    }
    req->bodies = ARENA_ARRAY(&req->arena, struct message_body, result->message_count);
    req->body_count = result->message_count;
    for (uint32_t i = 0; i < result->message_count; i++)
        req->bodies[i].position = result->messages[i].entry.position;
}

enum im_err sync_messages(struct shard *shard, struct request *req)
{
    const struct sync_req *ask = req->body;
    struct sync_result *result = ARENA_NEW(&req->arena, struct sync_result);
    struct collect c = {.req = req, .now_s = shard_now_s(shard)};
    const struct account_row *row;
    struct contact *contacts = NULL;
    uint64_t last = fact_record_number(shard) - 1, cookie = ask->cookie < last ? ask->cookie : last;
    uint32_t count = 0;

    if (account_row_find(shard, req->app, req->account, &row) != STATE_HIT ||
        contact_list_unread(shard, req, req->account, UNREAD_MAX_CONVERSATIONS, &contacts,
                            &count) != STATE_HIT)
        return IM_AGAIN;
    c.floor = cookie ? cookie : row->offline_acked;
    c.retention_s = history_retention_s(shard, req->app);
    c.found = count ? ARENA_ARRAY(&req->arena, struct sync_message, MAX_CANDIDATES) : NULL;
    result->unread = ARENA_ARRAY(&req->arena, struct sync_unread, count);
    result->account = arena_copy(&req->arena, account_name(row));
    result->cookie = last;
    look_through(shard, req, &c, contacts, count, result);
    if (shard_missing(shard))
        return IM_AGAIN;
    take_page(req, &c, result);
    if (cookie > row->offline_acked)
        emit_taken(shard, req, cookie);
    req->result = result;
    return IM_OK;
}

enum im_err sync_push_ack(struct shard *shard, struct request *req)
{
    const struct push_ack_req *ack = req->body;
    const struct account_row *row;

    if (account_row_find(shard, req->app, req->account, &row) != STATE_HIT)
        return IM_AGAIN;
    if (ack->position > row->offline_acked && ack->position < fact_record_number(shard))
        emit_taken(shard, req, ack->position);
    return IM_OK;
}
