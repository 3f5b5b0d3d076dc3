#include "core/recent/list.h"

#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/history/history.h"
#include "core/history/page.h"
#include "core/quota/limit.h"
#include "core/recent/place.h"

/* Entries looked at to find the last one that its owner sees. */
#define MAX_LOOKED_AT 256u

static struct span name_copy(struct shard *shard, struct request *req, struct account_no no)
{
    const struct account_row *row;

    if (account_row_find(shard, req->app, no, &row) != STATE_HIT)
        return (struct span){0};
    return arena_copy(&req->arena, account_name(row));
}

/* ---- for the client SDK ---- */

struct last_search {
    struct message_key cleared;
    bool account_higher;
    uint64_t retention_s;
    uint32_t now_s;
    uint32_t looked_at;
    struct recent_item *item;
};

static bool match_last(void *arg, const struct page_entry *entry)
{
    struct last_search *search = arg;

    if (search->looked_at++ == MAX_LOOKED_AT)
        return false;
    if ((entry->flags & MESSAGE_NO_LAST) ||
        !history_visible(entry, search->account_higher, search->cleared, search->retention_s,
                         search->now_s))
        return true;
    search->item->has_last = true;
    search->item->entry = *entry;
    search->item->last_from_peer = !!(entry->flags & MESSAGE_FROM_HIGHER) != search->account_higher;
    return false;
}

static void item_fill(struct shard *shard, struct request *req, struct account_no account,
                      const struct contact *contact, struct recent_item *item)
{
    struct last_search search = {.cleared = contact->row.cleared,
                                 .account_higher = account.v > contact->peer.v,
                                 .retention_s = history_retention_s(shard, req->app),
                                 .now_s = shard_now_s(shard),
                                 .item = item};
    const struct contact_row *peer_side;

    item->peer = name_copy(shard, req, contact->peer);
    if (contact_find(shard, req->app, contact->peer, account, &peer_side) == STATE_HIT)
        item->peer_read_s = peer_side->read_s;
    if (profile_face(shard, req->app, contact->peer, &item->nick, &item->face) == STATE_HIT) {
        item->nick = arena_copy(&req->arena, item->nick);
        item->face = arena_copy(&req->arena, item->face);
    }
    page_walk_back(shard, req->app, account, contact->peer, contact->row.last, true, match_last,
                   &search);
}

static void ask_bodies(struct request *req, struct recent_result *result)
{
    req->bodies = ARENA_ARRAY(&req->arena, struct message_body, result->count + 1);
    for (uint32_t i = 0; i < result->count; i++) {
        struct recent_item *item = &result->items[i];

        if (!item->has_last)
            continue;
        item->body = req->body_count;
        req->bodies[req->body_count++].position =
            item->group ? item->group->entry.position : item->entry.position;
    }
}

static void place_fill(struct shard *shard, struct request *req, const struct recent_place *place,
                       struct recent_item *item)
{
    struct recent_group group;

    item->last_s = place->time;
    item->pinned = place->pinned;
    item->is_group = !place->contact;
    if (place->contact) {
        item_fill(shard, req, req->account, place->contact, item);
        return;
    }
    recent_group_fill(shard, req, req->account, place->group, &group);
    if (shard_missing(shard))
        return;
    item->group = ARENA_NEW(&req->arena, struct recent_group);
    *item->group = group;
    item->peer = group.id;
    item->has_last = group.has_last;
}

enum im_err recent_page(struct shard *shard, struct request *req)
{
    struct recent_result *result = ARENA_NEW(&req->arena, struct recent_result);
    struct recent_place *places;

    if (recent_places(shard, req, req->account, true, limit_of(shard, req->app, LIMIT_RECENTS),
                      &places, &result->count) == STATE_UNKNOWN)
        return IM_AGAIN;
    result->items = ARENA_ARRAY(&req->arena, struct recent_item, result->count);
    for (uint32_t i = 0; i < result->count; i++)
        place_fill(shard, req, &places[i], &result->items[i]);
    if (shard_missing(shard))
        return IM_AGAIN;
    result->complete = true;
    result->now_s = shard_now_s(shard);
    req->body_count = 0;
    ask_bodies(req, result);
    req->result = result;
    return IM_OK;
}

/* ---- for REST ---- */

/* How many of these, which are in order of falling time, were given before. */
static uint32_t skip(const struct recent_place *places, uint32_t count, struct recent_cursor cursor)
{
    uint32_t i = 0, same = 0;

    if (!cursor.time)
        return 0;
    while (i < count && places[i].time > cursor.time)
        i++;
    while (i < count && places[i].time == cursor.time && same < cursor.start) {
        same++;
        i++;
    }
    return i;
}

static struct recent_cursor cursor_behind(const struct recent_place *places, uint32_t end,
                                          struct recent_cursor before)
{
    struct recent_cursor cursor = {0};

    if (!end)
        return before;
    cursor.time = places[end - 1].time;
    while (end-- > 0 && places[end].time == cursor.time)
        cursor.start++;
    return cursor;
}

static uint32_t drop_empties(struct recent_place *places, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!places[i].empty)
            places[kept++] = places[i];
    }
    return kept;
}

static struct span peer_copy(struct shard *shard, struct request *req,
                             const struct recent_place *place)
{
    struct group group;

    if (place->contact)
        return name_copy(shard, req, place->contact->peer);
    if (group_get(shard, req->app, place->group->no, &group) != IM_OK)
        return (struct span){0};
    return arena_copy(&req->arena, group.id);
}

/* Gives places from *at on, as far as the page has room. */
static void take(struct shard *shard, struct request *req, const struct recent_place *places,
                 uint32_t count, uint32_t *at, bool pins, struct recent_result *result)
{
    while (*at < count && result->count < RECENT_PAGE_ITEMS) {
        const struct recent_place *place = &places[(*at)++];

        result->items[result->count++] = (struct recent_item){.peer = peer_copy(shard, req, place),
                                                              .last_s = place->time,
                                                              .is_group = !place->contact,
                                                              .pinned = pins && place->pinned};
    }
}

enum im_err recent_list(struct shard *shard, struct request *req)
{
    const struct recent_req *ask = req->body;
    struct recent_result *result = ARENA_NEW(&req->arena, struct recent_result);
    bool pins = ask->assist & RECENT_PINS;
    struct account_no account;
    struct recent_place *places;
    uint32_t count, pinned = 0, pinned_at, others_at;
    enum state_found found = history_self(shard, req, ask->account, &account);

    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? IM_AGAIN : IM_ERR_RECENT_ACCOUNT;
    if (recent_places(shard, req, account, pins, limit_of(shard, req->app, LIMIT_RECENTS), &places,
                      &count) == STATE_UNKNOWN)
        return IM_AGAIN;
    if (!(ask->assist & RECENT_EMPTIES))
        count = drop_empties(places, count);
    while (pins && pinned < count && places[pinned].pinned)
        pinned++;
    pinned_at = skip(places, pinned, ask->pinned);
    others_at = skip(places + pinned, count - pinned, ask->others);
    result->items = ARENA_ARRAY(&req->arena, struct recent_item, RECENT_PAGE_ITEMS);
    take(shard, req, places, pinned, &pinned_at, pins, result);
    take(shard, req, places + pinned, count - pinned, &others_at, pins, result);
    if (shard_missing(shard))
        return IM_AGAIN;
    result->complete = pinned_at == pinned && others_at == count - pinned;
    if (!result->complete) {
        result->pinned = cursor_behind(places, pinned_at, ask->pinned);
        result->others = cursor_behind(places + pinned, others_at, ask->others);
    }
    req->result = result;
    return IM_OK;
}
