/* What is said in a room: a ring of the last messages, and pushes to who is there. */
#include <stdlib.h>

#include "base/mem.h"
#include "core/group/room_internal.h"
#include "core/shard_internal.h"

static struct span *texts_of(struct push_group_message *message, struct span *texts[9])
{
    struct span *const all[9] = {&message->group.id, &message->group.name, &message->from,
                                 &message->nick,     &message->face,       &message->card,
                                 &message->body,     &message->cloud,      &message->at};

    memcpy(texts, all, sizeof(all));
    return texts[0];
}

/* Texts that one room may keep; little of them while all rooms together keep much. */
#define ROOM_BYTES ((size_t)512 << 10)
#define ROOM_BYTES_SHORT ((size_t)16 << 10)
#define ALL_ROOMS_BYTES ((size_t)256 << 20)

static struct room_entry *entry_new(const struct push_group_message *message)
{
    struct push_group_message copy = *message;
    struct room_entry *entry;
    struct span *texts[9];
    size_t n = 0;
    char *at;

    texts_of(&copy, texts);
    for (int i = 0; i < 9; i++)
        n += texts[i]->n;
    entry = mem_alloc(sizeof(*entry) + n);
    entry->bytes_kept = sizeof(*entry) + n;
    entry->message = *message;
    texts_of(&entry->message, texts);
    at = entry->bytes;
    for (int i = 0; i < 9; i++) {
        if (texts[i]->n)
            memcpy(at, texts[i]->p, texts[i]->n);
        texts[i]->p = at;
        at += texts[i]->n;
    }
    return entry;
}

void room_drop_oldest(struct room_table *table, struct room *room)
{
    struct room_entry **at = &room->ring[room->ring_first];

    if (*at) {
        room->bytes -= (*at)->bytes_kept;
        table->bytes -= (*at)->bytes_kept;
    }
    free(*at);
    *at = NULL;
    room->ring_first = (room->ring_first + 1) % ROOM_RING;
    room->ring_count--;
}

static void ring_add(struct room_table *table, struct room *room,
                     const struct push_group_message *message)
{
    struct room_entry *entry = entry_new(message);
    size_t most = table->bytes > ALL_ROOMS_BYTES ? ROOM_BYTES_SHORT : ROOM_BYTES;

    while (room->ring_count &&
           (room->ring_count == ROOM_RING || room->bytes + entry->bytes_kept > most))
        room_drop_oldest(table, room);
    room->ring[(room->ring_first + room->ring_count++) % ROOM_RING] = entry;
    room->bytes += entry->bytes_kept;
    table->bytes += entry->bytes_kept;
}

void room_message(struct shard *shard, struct request *req, const struct group *group,
                  const struct push_group_message *message)
{
    struct room *room = room_get(shard, group->app, group->no);

    ring_add(shard->rooms, room, message);
    if (room->count)
        push_to_many(shard, req, room->sessions, room->count, PUSH_GROUP_MESSAGE, message, true);
    room_polls_answer(shard, room);
}

void room_messages(struct shard *shard, struct arena *arena, const struct group *group,
                   uint32_t from, uint32_t max, struct push_group_message **ret_items,
                   uint32_t *ret_count)
{
    const struct room *room = room_find(shard, group->app, group->no);
    uint32_t count = 0;

    *ret_items = NULL;
    *ret_count = 0;
    if (!room)
        return;
    *ret_items = ARENA_ARRAY(arena, struct push_group_message, room->ring_count + 1);
    for (uint32_t i = 0; i < room->ring_count && count < max; i++) {
        const struct room_entry *entry = room->ring[(room->ring_first + i) % ROOM_RING];
        struct push_group_message *item = &(*ret_items)[count];
        struct span *texts[9];

        if (!entry || entry->message.seq < from)
            continue;
        *item = entry->message;
        texts_of(item, texts);
        for (int j = 0; j < 9; j++)
            *texts[j] = arena_copy(arena, *texts[j]);
        count++;
    }
    *ret_count = count;
}

static void tell_recall(struct shard *shard, struct request *req, const struct group *group,
                        const struct room *room, const struct push_group_message *message,
                        struct span by, struct span reason)
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
                                       .by = by,
                                       .reason = reason,
                                       .items = item,
                                       .count = 1};
    push_to_many(shard, req, room->sessions, room->count, PUSH_GROUP_RECALL, push, true);
}

bool room_recall(struct shard *shard, struct request *req, const struct group *group, uint32_t seq,
                 struct account_no sender, struct span by, struct span reason)
{
    struct room *room = room_find(shard, group->app, group->no);

    for (uint32_t i = 0; room && i < room->ring_count; i++) {
        struct room_entry **at = &room->ring[(room->ring_first + i) % ROOM_RING];

        if (!*at || (*at)->message.seq != seq || (sender.v && (*at)->message.from_no.v != sender.v))
            continue;
        tell_recall(shard, req, group, room, &(*at)->message, by, reason);
        room->bytes -= (*at)->bytes_kept;
        shard->rooms->bytes -= (*at)->bytes_kept;
        free(*at);
        *at = NULL;
        return true;
    }
    return false;
}
