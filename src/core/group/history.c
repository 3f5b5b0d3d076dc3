#include "core/group/history.h"

#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/hidden.h"
#include "core/group/member.h"

/* Entries looked at for one reply: many may be hidden from the one who asks. */
#define MAX_LOOKED_AT 2000u

struct push_group group_push_name(struct request *req, const struct group *group)
{
    return (struct push_group){.id = arena_copy(&req->arena, group->id),
                               .name = arena_copy(&req->arena, group->name),
                               .type = group->info.type};
}

/* ---- the messages' senders and bodies ---- */

static bool sender_known(struct group_history_result *result, uint32_t at)
{
    struct group_history_item *item = &result->items[at];

    if (!item->entry.from)
        return true;
    for (uint32_t i = 0; i < at; i++) {
        const struct group_history_item *before = &result->items[i];

        if (before->entry.from != item->entry.from)
            continue;
        item->from = before->from;
        item->nick = before->nick;
        item->face = before->face;
        item->card = before->card;
        return true;
    }
    return false;
}

/* The card as it is now; none of one who has left. */
static void sender_fill(struct shard *shard, struct request *req, const struct group *group,
                        struct group_history_item *item)
{
    struct account_no no = {item->entry.from};
    const struct account_row *account;
    const struct member_row *member;

    if (account_row_find(shard, req->app, no, &account) == STATE_HIT)
        item->from = arena_copy(&req->arena, account_name(account));
    if (profile_face(shard, req->app, no, &item->nick, &item->face) == STATE_HIT) {
        item->nick = arena_copy(&req->arena, item->nick);
        item->face = arena_copy(&req->arena, item->face);
    }
    if (member_find(shard, group, no, &member) == STATE_HIT)
        item->card = arena_copy(&req->arena, member_card(member));
}

static bool shows_body(const struct group_history_item *item, bool with_withdrawn)
{
    if (!item->entry.position || (item->entry.flags & GROUP_MESSAGE_DELETED))
        return false;
    return with_withdrawn || !(item->entry.flags & GROUP_MESSAGE_WITHDRAWN);
}

static enum im_err finish(struct shard *shard, struct request *req, const struct group *group,
                          struct group_history_result *result, bool with_withdrawn)
{
    for (uint32_t i = 0; i < result->count; i++) {
        if (!sender_known(result, i))
            sender_fill(shard, req, group, &result->items[i]);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    result->group_id = arena_copy(&req->arena, group->id);
    result->group_name = arena_copy(&req->arena, group->name);
    result->type = group->info.type;
    req->bodies = ARENA_ARRAY(&req->arena, struct message_body, result->count + 1);
    req->body_count = result->count;
    for (uint32_t i = 0; i < result->count; i++) {
        struct group_history_item *item = &result->items[i];

        if (shows_body(item, with_withdrawn))
            req->bodies[i].position = item->entry.position;
        else
            item->entry.flags = GROUP_MESSAGE_DELETED; /* a hole, whatever made it one */
    }
    req->result = result;
    return IM_OK;
}

/* ---- members ---- */

struct listing {
    struct shard *shard;
    const struct group *group;
    struct account_no account;
    struct group_history_result *result;
    uint32_t visible_seq;
    bool has_hidden;
    uint32_t max;
    uint32_t looked_at;
};

static bool is_hidden(struct listing *listing, uint32_t seq)
{
    return listing->has_hidden &&
           group_is_hidden(listing->shard, listing->group, listing->account, seq);
}

static void stop_behind(struct listing *listing, uint32_t seq)
{
    listing->result->next_seq = seq - 1 > listing->visible_seq ? seq - 1 : 0;
}

static bool add(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct listing *listing = arg;
    struct group_history_result *result = listing->result;

    listing->looked_at++;
    if (!is_hidden(listing, seq))
        result->items[result->count++] = (struct group_history_item){.seq = seq, .entry = *entry};
    else if (result->invisible_count < GROUP_HISTORY_MAX)
        result->invisible[result->invisible_count++] = seq;
    if (result->count < listing->max && listing->looked_at < MAX_LOOKED_AT)
        return true;
    result->whole = result->count == listing->max;
    stop_behind(listing, seq);
    return false;
}

/* A range that begins right behind the newest message asks what comes after it, which is nothing:
   so the SDK's way forward ends. Any other one that reaches beyond it is clipped. */
static uint32_t newest_wanted(const struct group *group, const struct group_history_req *ask)
{
    uint32_t last = group->head.last_seq;

    if (ask->seq && ask->seq < UINT32_MAX && (uint64_t)last + ask->number == ask->seq)
        return 0;
    return ask->seq && ask->seq < last ? ask->seq : last;
}

static void list_named(struct listing *listing, const struct group_history_req *ask)
{
    struct group_entry entry;

    for (uint32_t i = 0; i < ask->seq_count; i++) {
        uint32_t seq = ask->seqs[i];

        if (seq > listing->visible_seq &&
            group_page_find(listing->shard, listing->group, seq, &entry) == STATE_HIT &&
            !is_hidden(listing, seq))
            listing->result->items[listing->result->count++] =
                (struct group_history_item){.seq = seq, .entry = entry};
    }
}

/* Group, right and what the member may see; the newest page is asked for in the same round. */
static enum im_err listing_start(struct shard *shard, struct request *req, struct group *group,
                                 uint32_t *ret_newest, struct listing *listing)
{
    const struct group_history_req *ask = req->body;
    const struct joined_row *joined;
    struct group_actor actor;
    struct group_entry entry;
    enum im_err err = group_find(shard, req->app, ask->group, group);
    enum state_found found;

    if (err)
        return err;
    *ret_newest = newest_wanted(group, ask);
    err = group_actor_find(shard, req, group, &actor);
    found = joined_find(shard, req->app, req->account, group->no, &joined);
    group_page_find(shard, group, *ret_newest, &entry);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!err)
        err = group_may(group, &actor, ACTION_READ);
    if (err)
        return err;
    if (actor.role == ROLE_NONE || group_is_room(group->info.type))
        return IM_ERR_GROUP_RIGHT;
    listing->visible_seq = found == STATE_HIT ? joined->visible_seq : 0;
    listing->has_hidden = found == STATE_HIT && (joined->flags & JOINED_HAS_HIDDEN);
    return IM_OK;
}

enum im_err group_history_list(struct shard *shard, struct request *req)
{
    const struct group_history_req *ask = req->body;
    struct group_history_result *result = ARENA_NEW(&req->arena, struct group_history_result);
    struct group group;
    struct listing listing = {.shard = shard,
                              .group = &group,
                              .account = req->account,
                              .result = result,
                              .max = ask->number < GROUP_HISTORY_MAX ? ask->number
                                                                     : GROUP_HISTORY_MAX};
    uint32_t newest;
    enum im_err err = listing_start(shard, req, &group, &newest, &listing);

    if (err)
        return err;
    result->whole = true;
    result->items = ARENA_ARRAY(&req->arena, struct group_history_item, GROUP_HISTORY_MAX);
    result->invisible = ARENA_ARRAY(&req->arena, uint32_t, GROUP_HISTORY_MAX);
    if (ask->seqs)
        list_named(&listing, ask);
    else
        group_page_walk(shard, &group, newest, listing.visible_seq + 1, add, &listing);
    if (shard_missing(shard))
        return IM_AGAIN;
    return finish(shard, req, &group, result, ask->with_withdrawn);
}

/* ---- administrators ---- */

enum im_err group_history_simple(struct shard *shard, struct request *req)
{
    const struct group_history_req *ask = req->body;
    struct group_history_result *result = ARENA_NEW(&req->arena, struct group_history_result);
    uint32_t max = ask->number < GROUP_HISTORY_REST_MAX ? ask->number : GROUP_HISTORY_REST_MAX;
    struct group group;
    enum im_err err = group_find(shard, req->app, ask->group, &group);
    uint32_t seq;

    if (err)
        return err;
    if (group_is_room(group.info.type))
        return IM_ERR_GROUP_RIGHT;
    seq = ask->seq && ask->seq < group.head.last_seq ? ask->seq : group.head.last_seq;
    result->items = ARENA_ARRAY(&req->arena, struct group_history_item, max);
    for (; seq && result->count < max; seq--) {
        struct group_history_item *item = &result->items[result->count++];

        item->seq = seq;
        group_page_find(shard, &group, seq, &item->entry);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    result->whole = ask->number <= GROUP_HISTORY_REST_MAX || !seq;
    result->next_seq = seq;
    return finish(shard, req, &group, result, ask->with_withdrawn);
}
