#include "core/history/history.h"

#include "core/account/account.h"
#include "core/apply.h"
#include "core/history/page.h"
#include "core/recent/contact.h"

/* Entries looked at for one reply: many may be hidden from the one who asks. */
#define MAX_LOOKED_AT 2000u

enum state_found history_self(struct shard *shard, const struct request *req, struct span name,
                              struct account_no *ret_no)
{
    if (req->caller != CALLER_USER)
        return account_find(shard, req->app, name, ret_no);
    *ret_no = req->account;
    return STATE_HIT;
}

/* ---- listing ---- */

struct listing {
    const struct history_req *ask;
    struct history_result *result;
    struct account_no self, peer;
    struct message_key cleared;
    uint32_t self_read_s, peer_read_s; /* what each side has read of the other's */
    uint64_t retention_s;
    uint32_t now_s;
    uint32_t looked_at;
    bool deleted_too; /* an administrator asks: single messages that self deleted are there */
};

static bool shows(const struct listing *listing, const struct page_entry *entry)
{
    bool higher = listing->self.v > listing->peer.v;
    struct page_entry seen = *entry;

    if (listing->deleted_too)
        seen.flags &= (uint16_t) ~(MESSAGE_HIDDEN_LOWER | MESSAGE_HIDDEN_HIGHER);
    if ((seen.flags & MESSAGE_WITHDRAWN) && !listing->ask->with_withdrawn)
        return false;
    return history_visible(&seen, higher, listing->cleared, listing->retention_s, listing->now_s);
}

static bool add(void *arg, const struct page_entry *entry)
{
    struct listing *listing = arg;
    struct history_result *result = listing->result;
    struct history_message *message;
    bool from_self;

    if (entry->key.time < listing->ask->min_time)
        return false;
    if (listing->looked_at++ == MAX_LOOKED_AT ||
        (result->count == listing->ask->max && shows(listing, entry))) {
        result->complete = false;
        return false;
    }
    result->cursor = entry->key;
    if (!shows(listing, entry))
        return true;
    from_self = !!(entry->flags & MESSAGE_FROM_HIGHER) == (listing->self.v > listing->peer.v);
    message = &result->items[result->count++];
    *message = (struct history_message){
        .entry = *entry,
        .from = from_self ? listing->ask->self : listing->ask->peer,
        .to = from_self ? listing->ask->peer : listing->ask->self,
        .from_no = from_self ? listing->self : listing->peer,
        .peer_read = entry->key.time <= (from_self ? listing->peer_read_s : listing->self_read_s)};
    return true;
}

static void ask_bodies(struct request *req, const struct history_result *result)
{
    if (!result->count)
        return;
    req->bodies = ARENA_ARRAY(&req->arena, struct message_body, result->count);
    req->body_count = result->count;
    for (uint32_t i = 0; i < result->count; i++)
        req->bodies[i].position = result->items[i].entry.position;
}

static enum state_found walk(struct shard *shard, const struct request *req,
                             struct listing *listing)
{
    const struct history_req *ask = listing->ask;

    return (ask->forward ? page_walk_forward : page_walk_back)(
        shard, req->app, listing->self, listing->peer, ask->from, ask->inclusive, add, listing);
}

enum im_err history_list(struct shard *shard, struct request *req)
{
    const struct history_req *ask = req->body;
    struct history_result *result = ARENA_NEW(&req->arena, struct history_result);
    struct listing listing = {.ask = ask,
                              .result = result,
                              .retention_s = history_retention_s(shard, req->app),
                              .now_s = shard_now_s(shard),
                              .deleted_too = req->caller != CALLER_USER};
    const struct contact_row *contact;
    enum state_found self = history_self(shard, req, ask->self, &listing.self);
    enum state_found peer = account_find(shard, req->app, ask->peer, &listing.peer);

    if (self == STATE_UNKNOWN || peer == STATE_UNKNOWN)
        return IM_AGAIN;
    result->forward = ask->forward;
    result->complete = true;
    req->result = result;
    if (self == STATE_ABSENT || peer == STATE_ABSENT)
        return req->caller == CALLER_USER ? IM_OK : IM_ERR_MSG_ACCOUNT;
    if (contact_find(shard, req->app, listing.self, listing.peer, &contact) == STATE_HIT) {
        listing.cleared = contact->cleared;
        listing.self_read_s = contact->read_s;
    }
    if (contact_find(shard, req->app, listing.peer, listing.self, &contact) == STATE_HIT)
        listing.peer_read_s = contact->read_s;
    result->items = ARENA_ARRAY(&req->arena, struct history_message, ask->max);
    walk(shard, req, &listing);
    if (shard_missing(shard))
        return IM_AGAIN;
    ask_bodies(req, result);
    return IM_OK;
}

/* ---- deleting for oneself ---- */

enum im_err history_hide(struct shard *shard, struct request *req)
{
    const struct history_hide_req *ask = req->body;
    struct message_key *keys = ARENA_ARRAY(&req->arena, struct message_key, ask->count);
    struct account_no self, peer;
    struct fact_messages_hidden *fact;
    struct page_entry entry;
    uint32_t count = 0;
    enum state_found self_found = history_self(shard, req, ask->self, &self);
    enum state_found peer_found = account_find(shard, req->app, ask->peer, &peer);

    if (self_found == STATE_ABSENT || peer_found == STATE_ABSENT)
        return IM_ERR_MSG_ACCOUNT;
    if (self_found == STATE_UNKNOWN || peer_found == STATE_UNKNOWN)
        return IM_AGAIN;
    for (uint32_t i = 0; i < ask->count; i++) {
        if (page_find(shard, req->app, self, peer, ask->keys[i], &entry) == STATE_HIT)
            keys[count++] = ask->keys[i];
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!count)
        return IM_OK;
    fact = fact_emit(shard, FACT_MESSAGES_HIDDEN, sizeof(*fact) + count * sizeof(*keys));
    *fact = (struct fact_messages_hidden){
        .app = req->app.v, .account = self.v, .peer = peer.v, .count = count};
    memcpy(fact + 1, keys, count * sizeof(*keys));
    return IM_OK;
}

void apply_messages_hidden(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_messages_hidden *fact = payload;
    const struct message_key *keys = (const struct message_key *)(fact + 1);
    uint16_t flag = fact->account > fact->peer ? MESSAGE_HIDDEN_HIGHER : MESSAGE_HIDDEN_LOWER;

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++)
        page_set_flags(shard, (struct app_id){fact->app}, (struct account_no){fact->account},
                       (struct account_no){fact->peer}, keys[i], flag);
}
