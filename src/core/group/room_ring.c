/*
 * What is said in a room: its last 256 items, kept for those who poll and for those who come. Each
 * has a number, rising over all rooms and boots, by which a poll goes on: messages, tips, recalls
 * and values alike, since most of these have no seq. All rooms share one bound of memory.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/group/room_internal.h"
#include "core/group/tip.h"
#include "core/session/session.h"
#include "core/shard_internal.h"

/* ---- the ring ---- */

uint64_t room_next_number(struct shard *shard)
{
    return shard->boot << 32 | (shard->rooms->counter + 1);
}

struct room_item *room_item_new(enum push_kind kind, const void *push)
{
    size_t bytes = push_copy_bytes(kind, push);
    struct room_item *item = mem_alloc(sizeof(*item) + bytes);
    struct arena arena;

    memset(item, 0, sizeof(*item));
    arena_init_with(&arena, item->memory, bytes);
    item->said.kind = (uint8_t)kind;
    item->said.push = push_copy(&arena, kind, push);
    CHECK(!arena.blocks);
    item->bytes = sizeof(*item) + bytes;
    return item;
}

/* `before`: the item of the room before this one; NULL: it is the first. */
static void item_remove(struct room_table *table, struct room_item *item, struct room_item *before)
{
    struct room *room = item->room;

    *(before ? &before->next_in_room : &room->first) = item->next_in_room;
    if (room->last == item)
        room->last = before;
    room->items--;
    *(item->older ? &item->older->newer : &table->oldest) = item->newer;
    *(item->newer ? &item->newer->older : &table->newest) = item->older;
    table->bytes -= item->bytes;
    free(item);
}

void room_forget_all(struct shard *shard, struct room *room)
{
    while (room->first)
        item_remove(shard->rooms, room->first, NULL);
}

/* The oldest of all is the first of its room. */
static void drop_oldest(struct shard *shard, const struct room *busy)
{
    struct room *room = shard->rooms->oldest->room;

    CHECK(room->first == shard->rooms->oldest);
    item_remove(shard->rooms, room->first, NULL);
    if (room != busy)
        room_tidy(shard, room->app, room->group);
}

void room_say(struct shard *shard, struct room *room, enum push_kind kind, const void *push)
{
    struct room_table *table = shard->rooms;
    struct room_item *item = room_item_new(kind, push);
    uint32_t now_s = shard_now_s(shard);

    item->room = room;
    item->said.number = room_next_number(shard);
    item->added_s = now_s;
    table->counter++;
    table->bytes += item->bytes;
    item->older = table->newest;
    *(table->newest ? &table->newest->newer : &table->oldest) = item;
    table->newest = item;
    *(room->last ? &room->last->next_in_room : &room->first) = item;
    room->last = item;
    if (++room->items > ROOM_RING)
        item_remove(table, room->first, NULL);
    while (table->oldest != item &&
           (table->bytes > ROOMS_BYTES || table->oldest->added_s + ROOM_ITEM_LIFE_S < now_s))
        drop_oldest(shard, room);
    room_polls_answer(shard, room);
}

/* ---- reading it ---- */

uint32_t room_said_since(struct shard *shard, struct arena *arena, const struct room *room,
                         uint64_t start, struct room_said **ret_items, uint64_t *ret_next)
{
    struct room_said *items = NULL;
    uint32_t count = 0;
    size_t bytes = 0;

    *ret_next = room_next_number(shard);
    for (struct room_item *item = room ? room->first : NULL; item; item = item->next_in_room) {
        if (item->said.number < start)
            continue;
        if (count == POLL_MAX_MESSAGES || bytes > POLL_MAX_BYTES) {
            *ret_next = item->said.number;
            break;
        }
        if (!items)
            items = ARENA_ARRAY(arena, struct room_said, POLL_MAX_MESSAGES);
        items[count] = item->said;
        items[count].push = push_copy(arena, item->said.kind, item->said.push);
        bytes += item->bytes;
        count++;
    }
    *ret_items = items;
    return count;
}

static bool is_message(const struct room_item *item)
{
    return item->said.kind == PUSH_GROUP_MESSAGE &&
           !(((const struct push_group_message *)item->said.push)->flags & GROUP_MESSAGE_TIP);
}

void room_history(struct shard *shard, struct arena *arena, const struct group *group, uint32_t max,
                  struct push_group_message **ret_items, uint32_t *ret_count)
{
    const struct room *room = room_find(shard, group->app, group->no);
    uint32_t messages = 0, skip;

    *ret_items = ARENA_ARRAY(arena, struct push_group_message, max + 1);
    *ret_count = 0;
    for (struct room_item *item = room ? room->first : NULL; item; item = item->next_in_room)
        messages += is_message(item);
    skip = messages > max ? messages - max : 0;
    for (struct room_item *item = room ? room->first : NULL; item; item = item->next_in_room) {
        if (!is_message(item) || (skip && skip--))
            continue;
        (*ret_items)[(*ret_count)++] = *(const struct push_group_message *)push_copy(
            arena, PUSH_GROUP_MESSAGE, item->said.push);
    }
}

/* ---- saying something ---- */

static void push_all(struct shard *shard, struct request *req, struct room *room,
                     enum push_kind kind, const void *push)
{
    room_compact(room);
    if (room->count)
        push_to_many(shard, req, room->sessions, room->count, kind, push, true);
}

void room_message(struct shard *shard, struct request *req, const struct group *group,
                  const struct push_group_message *message)
{
    struct room *room = room_get(shard, group);
    struct push_group_message *copy = ARENA_NEW(&req->arena, struct push_group_message);

    *copy = *message;
    if (message->weak)
        copy->online = room_online(shard, group);
    push_all(shard, req, room, PUSH_GROUP_MESSAGE, copy);
    room_say(shard, room, PUSH_GROUP_MESSAGE, copy);
}

void room_values(struct shard *shard, const struct group *group, enum push_kind kind,
                 const struct push_group_values *push)
{
    room_say(shard, room_get(shard, group), kind, push);
}

static const struct push_group_recall *recall_of(struct request *req, const struct group *group,
                                                 const struct push_group_message *message,
                                                 const struct room_recall *recall)
{
    struct push_group_recall *push = ARENA_NEW(&req->arena, struct push_group_recall);
    struct push_recalled *item = ARENA_NEW(&req->arena, struct push_recalled);

    *item = (struct push_recalled){.seq = message->seq,
                                   .random = message->random,
                                   .client_time =
                                       message->client_time ? message->client_time : message->time,
                                   .from_no = message->from_no};
    *push = (struct push_group_recall){.group = {arena_copy(&req->arena, group->id),
                                                 arena_copy(&req->arena, group->name),
                                                 group->info.type},
                                       .by = recall->by,
                                       .reason = recall->reason,
                                       .items = item,
                                       .count = 1};
    return push;
}

enum im_err room_recall(struct shard *shard, struct request *req, const struct group *group,
                        uint32_t seq, const struct room_recall *recall)
{
    struct room *room = room_find(shard, group->app, group->no);
    struct room_item *before = NULL;

    for (struct room_item *item = room ? room->first : NULL; item;
         before = item, item = item->next_in_room) {
        const struct push_group_message *message = item->said.push;
        const struct push_group_recall *push;

        if (!is_message(item) || message->seq != seq ||
            (recall->sender.v && message->from_no.v != recall->sender.v))
            continue;
        if (message->time < recall->oldest_s)
            return IM_ERR_GROUP_RECALL_WINDOW;
        push = recall_of(req, group, message, recall);
        item_remove(shard->rooms, item, before);
        push_all(shard, req, room, PUSH_GROUP_RECALL, push);
        room_say(shard, room, PUSH_GROUP_RECALL, push);
        return IM_OK;
    }
    return IM_ERR_GROUP_NO_MESSAGE;
}
