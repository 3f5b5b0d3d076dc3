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

static bool is_of(const struct room *room, struct app_id app)
{
    return room->app.v == app.v && room->name.type == GROUP_AV_CHAT_ROOM;
}

static void tell_rooms(struct shard *shard, struct request *req,
                       const struct push_group_message *push)
{
    struct map *rooms = &shard->rooms->rooms;

    for (struct map_slot *s = map_next(rooms, NULL); s; s = map_next(rooms, s)) {
        struct room *room = s->value.p;

        if (!is_of(room, req->app))
            continue;
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
    keep(all, &push);
    tell_rooms(shard, req, &push);
    *result = (struct broadcast_result){.time = push.time, .seq = push.seq};
    req->result = result;
    return IM_OK;
}
