/* What room.c shares with room_ring.c and poll.c. */
#ifndef CORE_GROUP_ROOM_INTERNAL_H
#define CORE_GROUP_ROOM_INTERNAL_H

#include "base/map.h"
#include "core/group/room.h"

/* A kept message; its texts lie behind it in the same allocation. */
struct room_entry {
    struct push_group_message message;
    size_t bytes_kept;
    char bytes[];
};

struct held_poll; /* poll.c */

struct room {
    struct app_id app;
    struct group_no group;
    struct session **sessions; /* in the order of coming */
    uint32_t *places;          /* when each came, seconds */
    uint32_t count, size;
    uint32_t accounts; /* of these sessions */
    uint32_t guests;   /* that have polled lately */
    uint32_t tip_s, tips;
    uint32_t ring_first, ring_count;
    struct room_entry *ring[ROOM_RING]; /* from ring_first on, oldest first */
    size_t bytes;                       /* of the ring */
    struct held_poll *polls;
};

struct room_table {
    struct map rooms; /* struct room of app << 32 | group */
    struct map polls; /* struct held_poll by its number */
    uint64_t last_poll;
    size_t bytes; /* of all rings */
};

struct room *room_find(struct shard *shard, struct app_id app, struct group_no group);
struct room *room_get(struct shard *shard, struct app_id app, struct group_no group);

/* room_ring.c */
void room_drop_oldest(struct room_table *table, struct room *room);

/* poll.c: something was said; the room is no more. */
void room_polls_answer(struct shard *shard, struct room *room);
void room_polls_end(struct shard *shard, struct room *room);
void room_polls_free(struct room_table *table);

#endif
