/*
 * What the files of live rooms share: room_table.c (rooms, seats, guests), room_ring.c (what was
 * said), room_copy.c, room.c (coming and going), poll.c, broadcast.c. Memory of one boot; shard
 * thread only.
 */
#ifndef CORE_GROUP_ROOM_INTERNAL_H
#define CORE_GROUP_ROOM_INTERNAL_H

#include "base/map.h"
#include "core/group/poll.h"
#include "core/group/room.h"

/* A guest is there until it has not polled for so long: a client's longest pause is 2.3 s. */
#define GUEST_LIFE_S 30u
#define GUESTS_MAX 200000u /* of all rooms; more may read, but are not counted */

/* All that is kept of what was said in all rooms; the oldest goes first, wherever it is. */
#define ROOMS_BYTES ((size_t)64 << 20)
#define ROOM_ITEM_LIFE_S 3600u

#define BROADCASTS_KEPT 16u

/* Something said, in the list of its room and in that of all rooms, oldest first. Its push lies
   in the same allocation. */
struct room_item {
    struct room *room;
    struct room_item *next_in_room;
    struct room_item *older, *newer;
    struct room_said said;
    uint32_t added_s;
    size_t bytes;
    uint64_t memory[];
};

struct held_poll; /* poll.c */

struct room_guest {
    uint64_t number;
    struct room *room;
    struct room_guest *older, *newer; /* by when they polled last */
    uint64_t start;                   /* number when it joined, until its first poll */
    uint32_t seen_s;
};

struct room {
    struct app_id app;
    struct group_no group;
    struct push_group name; /* of pushes; its texts lie in `texts` */
    char texts[GROUP_ID_MAX + GROUP_NAME_MAX];
    struct session **sessions; /* in the order of coming; NULL: one has left there */
    uint32_t *join_s;
    uint32_t count, size; /* places with the empty ones */
    uint32_t here;        /* terminals */
    uint32_t accounts;    /* of these */
    uint32_t guests;
    uint32_t tip_s, tips; /* weak tips in this second */
    struct room_item *first, *last;
    uint32_t items;
    struct held_poll *polls;
};

struct app_broadcasts {
    uint32_t last_seq;
    uint32_t count; /* ever made in this boot */
    struct room_item *items[BROADCASTS_KEPT];
    struct broadcast_telling *telling; /* on their way to rooms, oldest first */
    bool slice_asked;                  /* a timer for the next slice is set */
};

struct room_table {
    struct map rooms;       /* struct room of app << 32 | group */
    struct map guests;      /* struct room_guest by number */
    struct map polls;       /* struct held_poll by socket */
    struct map broadcasts;  /* struct app_broadcasts of app */
    struct map guest_joins; /* of app, not counted yet */
    struct room_guest *guest_oldest, *guest_newest;
    struct room_item *oldest, *newest;
    struct held_poll *poll_first, *poll_last;
    bool sweeping; /* a timer for the polls is set */
    uint32_t counter;
    size_t bytes;
};

struct room *room_find(struct shard *shard, struct app_id app, struct group_no group);
struct room *room_get(struct shard *shard, const struct group *group);
/* Frees it if nobody is in it, nothing was said lately and nobody waits. */
void room_tidy(struct shard *shard, struct app_id app, struct group_no group);
void room_remove(struct shard *shard, struct room *room);

/* The seat of the session in this room; NULL: none. */
struct room_seat *room_seat(const struct session *session, struct group_no group);
void room_seat_take(struct shard *shard, struct room *room, struct session *session,
                    const struct room_place *place);
void room_seat_leave(struct shard *shard, struct room *room, struct session *session);
/* Its marks from now on: in its seat, and emitted for its place. */
void room_seat_mark(struct shard *shard, const struct group *group, struct session *session,
                    uint32_t marks);
/* Whether the account is in it by a terminal other than `except`. */
bool room_has_account(struct shard *shard, const struct room *room, struct account_no account,
                      const struct session *except);
/* An account is named by its terminal that came first: true of the others. `at`: its place. */
bool room_came_by_another(struct shard *shard, const struct room *room,
                          const struct session *session, uint32_t at);
/* The terminals without gaps: room->sessions[0 .. count - 1]. */
void room_compact(struct room *room);

/* A guest polls, or has joined; guests that were not seen for long are forgotten. NULL: there are
   too many to be counted. */
struct room_guest *room_guest_seen(struct shard *shard, struct room *room, uint64_t number);
void room_guests_expire(struct shard *shard); /* may free rooms: before any is looked for */
void room_guests_leave(struct shard *shard, struct room *room);

/* room_copy.c: a push with all that it points to, in the arena; the bytes that it takes there. */
const void *push_copy(struct arena *arena, enum push_kind kind, const void *push);
size_t push_copy_bytes(enum push_kind kind, const void *push);

/* room_ring.c: an item apart from any room's ring, and those of a room. */
struct room_item *room_item_new(enum push_kind kind, const void *push);
void room_say(struct shard *shard, struct room *room, enum push_kind kind, const void *push);
void room_forget_all(struct shard *shard, struct room *room);
/* The number of what comes next. */
uint64_t room_next_number(struct shard *shard);
/* What was said from `start` on, copied into the arena; *ret_next: where to go on. */
uint32_t room_said_since(struct shard *shard, struct arena *arena, const struct room *room,
                         uint64_t start, struct room_said **ret_items, uint64_t *ret_next);

/* broadcast.c: those with a seq from `start` on. */
uint32_t broadcasts_since(struct shard *shard, struct arena *arena, const struct room *room,
                          uint32_t start, struct room_said **ret_items, uint32_t *ret_next);
void broadcasts_free(struct room_table *table);

/* poll.c: something was said; the room is no more, which `end` says. */
void room_polls_answer(struct shard *shard, struct room *room);
/* The account's own polls there are answered, empty: it hears nothing more. */
void room_polls_put_out(struct shard *shard, struct room *room, struct account_no account);
void room_polls_end(struct shard *shard, struct room *room, const struct push_group_notice *end);
void room_polls_free(struct room_table *table);

#endif
