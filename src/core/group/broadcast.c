/*
 * A broadcast's seq is a time, made larger by one where a second has several: clients pass over a
 * MsgSeq of the room that they have seen, and after a restart it must not fall behind.
 */
#include "core/group/broadcast.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/room_internal.h"
#include "core/quota/entitlement.h"
#include "core/session/session.h"
#include "core/shard_internal.h"

/* An app may have a hundred thousand rooms: whoever else waits has a turn between slices. */
#define ROOMS_A_SLICE 1000u
#define SLICE_US 2000u
/* Broadcasts of an app that are on their way; more are refused as too many. */
#define TELLINGS_MAX 16u

/* A broadcast on its way to the rooms that were there. */
struct broadcast_telling {
    struct broadcast_telling *next;
    struct room_item *said;
    uint32_t count, at;
    struct group_no groups[];
};

static void telling_free(struct broadcast_telling *telling)
{
    free(telling->said);
    free(telling);
}

/* ---- those of an app ---- */

static struct app_broadcasts *broadcasts_get(struct shard *shard, struct app_id app)
{
    struct map_slot *slot = map_put(&shard->rooms->broadcasts, app.v);

    if (!slot->value.p)
        slot->value.p = mem_zalloc(sizeof(struct app_broadcasts));
    return slot->value.p;
}

void broadcasts_free(struct room_table *table)
{
    for (struct map_slot *s = map_next(&table->broadcasts, NULL); s;
         s = map_next(&table->broadcasts, s)) {
        struct app_broadcasts *all = s->value.p;

        for (uint32_t i = 0; i < BROADCASTS_KEPT; i++)
            free(all->items[i]);
        while (all->telling) {
            struct broadcast_telling *telling = all->telling;

            all->telling = telling->next;
            telling_free(telling);
        }
        free(all);
    }
    map_release(&table->broadcasts);
}

static void keep(struct app_broadcasts *all, const struct push_group_message *push)
{
    struct room_item **place = &all->items[all->count++ % BROADCASTS_KEPT];

    free(*place);
    *place = room_item_new(PUSH_BROADCAST, push);
    (*place)->said.number = push->seq;
    all->last_seq = push->seq;
}

/* Each room's name stands in what is said there. */
static const struct push_group_message *push_in(struct arena *arena, const struct room *room,
                                                const struct push_group_message *push)
{
    struct push_group_message copy = *push;

    copy.group = room->name;
    return push_copy(arena, PUSH_BROADCAST, &copy);
}

uint32_t broadcasts_since(struct shard *shard, struct arena *arena, const struct room *room,
                          uint32_t start, struct room_said **ret_items, uint32_t *ret_next)
{
    const struct app_broadcasts *all = map_get(&shard->rooms->broadcasts, room->app.v);
    uint32_t count = 0, first;

    *ret_next = all ? all->last_seq + 1 : shard_now_s(shard);
    *ret_items = NULL;
    /* 0 and 1: a client that has no seq yet wants what comes from now on. */
    if (!all || start <= 1 || start > all->last_seq || room->name.type != GROUP_AV_CHAT_ROOM)
        return 0;
    *ret_items = ARENA_ARRAY(arena, struct room_said, BROADCASTS_KEPT);
    first = all->count > BROADCASTS_KEPT ? all->count - BROADCASTS_KEPT : 0;
    for (uint32_t i = first; i < all->count; i++) {
        const struct room_item *item = all->items[i % BROADCASTS_KEPT];

        if (item->said.number < start)
            continue;
        (*ret_items)[count] = item->said;
        (*ret_items)[count++].push = push_in(arena, room, item->said.push);
    }
    return count;
}

/* ---- the command ---- */

static enum im_err find_sender(struct shard *shard, struct request *req,
                               struct push_group_message *push)
{
    const struct broadcast_req *ask = req->body;
    struct span name = ask->from.n ? ask->from : req->identifier;
    struct account_no no;
    enum state_found found = account_find(shard, req->app, name, &no);

    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_ACCOUNT;
    if (found == STATE_UNKNOWN ||
        profile_face(shard, req->app, no, &push->nick, &push->face) == STATE_UNKNOWN)
        return IM_AGAIN;
    push->from = arena_copy(&req->arena, name);
    push->from_no = no;
    push->nick = arena_copy(&req->arena, push->nick);
    push->face = arena_copy(&req->arena, push->face);
    return IM_OK;
}

/* ---- telling the rooms ---- */

/* The rooms that are there now, by numbers: some may be gone when their turn comes. False: there
   are too many broadcasts on their way. */
static bool telling_add(struct shard *shard, struct app_broadcasts *all, struct app_id app,
                        const struct push_group_message *push)
{
    struct map *rooms = &shard->rooms->rooms;
    struct broadcast_telling *telling, **last = &all->telling;
    uint32_t waiting = 0, count = 0;

    for (; *last; last = &(*last)->next)
        waiting++;
    if (waiting == TELLINGS_MAX)
        return false;
    for (struct map_slot *s = map_next(rooms, NULL); s; s = map_next(rooms, s)) {
        const struct room *room = s->value.p;

        count += room->app.v == app.v && room->name.type == GROUP_AV_CHAT_ROOM;
    }
    telling = mem_zalloc(sizeof(*telling) + count * sizeof(telling->groups[0]));
    for (struct map_slot *s = map_next(rooms, NULL); s; s = map_next(rooms, s)) {
        const struct room *room = s->value.p;

        if (room->app.v == app.v && room->name.type == GROUP_AV_CHAT_ROOM)
            telling->groups[telling->count++] = room->group;
    }
    telling->said = room_item_new(PUSH_BROADCAST, push);
    *last = telling;
    return true;
}

static void tell_room(struct shard *shard, struct request *req, struct room *room,
                      const struct push_group_message *push)
{
    room_compact(room);
    if (room->count) {
        struct push_group_message *named = ARENA_NEW(&req->arena, struct push_group_message);

        /* Its texts lie in the arena; only the room's may change before gateways read it. */
        *named = *push;
        named->group = (struct push_group){.id = arena_copy(&req->arena, room->name.id),
                                           .name = arena_copy(&req->arena, room->name.name),
                                           .type = room->name.type};
        push_to_many(shard, req, room->sessions, room->count, PUSH_BROADCAST, named, true);
    }
    room_polls_answer(shard, room);
}

/* A slice of the oldest broadcast that is on its way: one after the other, because a client passes
   over what is older than what it has seen. */
static void tell_slice(struct shard *shard, struct request *req, struct app_broadcasts *all)
{
    struct broadcast_telling *telling = all->telling;
    const struct push_group_message *push =
        push_copy(&req->arena, PUSH_BROADCAST, telling->said->said.push);
    uint32_t end =
        telling->count - telling->at > ROOMS_A_SLICE ? telling->at + ROOMS_A_SLICE : telling->count;

    for (; telling->at < end; telling->at++) {
        struct room *room = room_find(shard, req->app, telling->groups[telling->at]);

        if (room)
            tell_room(shard, req, room, push);
    }
    if (telling->at < telling->count)
        return;
    all->telling = telling->next;
    telling_free(telling);
}

static bool slice_later(struct shard *shard, struct app_id app);

static enum im_err run_slice(struct shard *shard, struct request *req)
{
    struct app_broadcasts *all = broadcasts_get(shard, req->app);

    all->slice_asked = false;
    if (all->telling)
        tell_slice(shard, req, all);
    if (all->telling)
        slice_later(shard, req->app);
    return IM_OK;
}

static const struct operation broadcast_slice = {.run = run_slice};

/* False: too many timers are set. What waits is then told with the next broadcast. */
static bool slice_later(struct shard *shard, struct app_id app)
{
    struct app_broadcasts *all = broadcasts_get(shard, app);

    if (!all->slice_asked)
        all->slice_asked =
            shard_at(shard, shard_now_us(shard) + SLICE_US, &broadcast_slice, app, 0);
    return all->slice_asked;
}

enum im_err group_broadcast(struct shard *shard, struct request *req)
{
    const struct broadcast_req *ask = req->body;
    uint64_t allowed = cap_of(shard, req->app, SERVICE_ROOM_BROADCASTS);
    struct push_group_message push = {.time = shard_now_s(shard),
                                      .random = ask->random,
                                      .priority = PRIORITY_HIGH,
                                      .flags = GROUP_MESSAGE_BY_REST,
                                      .group.type = GROUP_AV_CHAT_ROOM,
                                      .body = ask->body,
                                      .cloud = ask->cloud};
    struct broadcast_result *result = ARENA_NEW(&req->arena, struct broadcast_result);
    struct app_broadcasts *all;
    enum im_err err;

    if (shard_missing(shard))
        return IM_AGAIN;
    if (!allowed)
        return IM_ERR_GROUP_PLAN;
    err = find_sender(shard, req, &push);
    if (err)
        return err;
    all = broadcasts_get(shard, req->app);
    push.seq = all->last_seq >= push.time ? all->last_seq + 1 : push.time;
    if (!telling_add(shard, all, req->app, &push))
        return IM_ERR_OVERLOADED;
    keep(all, &push);
    if (!all->slice_asked)
        tell_slice(shard, req, all);
    if (all->telling)
        slice_later(shard, req->app);
    *result = (struct broadcast_result){.time = push.time, .seq = push.seq};
    req->result = result;
    return IM_OK;
}
