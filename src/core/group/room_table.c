#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/group/room_internal.h"
#include "core/session/session.h"
#include "core/shard_internal.h"

/* ---- rooms ---- */

struct room_table *room_table_new(void)
{
    return mem_zalloc(sizeof(struct room_table));
}

static void room_free(struct room *room)
{
    free(room->join_s);
    free(room->sessions);
    free(room);
}

void room_table_free(struct room_table *table)
{
    struct room_guest *guest;
    struct room_item *item;

    if (!table)
        return;
    room_polls_free(table);
    broadcasts_free(table);
    while ((guest = table->guest_oldest)) {
        table->guest_oldest = guest->newer;
        free(guest);
    }
    while ((item = table->oldest)) {
        table->oldest = item->newer;
        free(item);
    }
    for (struct map_slot *s = map_next(&table->rooms, NULL); s; s = map_next(&table->rooms, s))
        room_free(s->value.p);
    map_release(&table->rooms);
    map_release(&table->guests);
    map_release(&table->guest_joins);
    free(table);
}

static uint64_t room_key(struct app_id app, struct group_no group)
{
    return (uint64_t)app.v << 32 | group.v;
}

struct room *room_find(struct shard *shard, struct app_id app, struct group_no group)
{
    return map_get(&shard->rooms->rooms, room_key(app, group));
}

/* The name may have changed. */
static void name_set(struct room *room, const struct group *group)
{
    CHECK(group->id.n + group->name.n <= sizeof(room->texts));
    memcpy(room->texts, group->id.p, group->id.n);
    if (group->name.n)
        memcpy(room->texts + group->id.n, group->name.p, group->name.n);
    room->name = (struct push_group){.id = {room->texts, group->id.n},
                                     .name = {room->texts + group->id.n, group->name.n},
                                     .type = group->info.type};
}

struct room *room_get(struct shard *shard, const struct group *group)
{
    struct map_slot *slot = map_put(&shard->rooms->rooms, room_key(group->app, group->no));
    struct room *room = slot->value.p;

    if (!room) {
        room = slot->value.p = mem_zalloc(sizeof(*room));
        room->app = group->app;
        room->group = group->no;
    }
    name_set(room, group);
    return room;
}

void room_remove(struct shard *shard, struct room *room)
{
    CHECK(!room->here && !room->guests && !room->items && !room->polls);
    map_remove(&shard->rooms->rooms, room_key(room->app, room->group));
    room_free(room);
}

void room_tidy(struct shard *shard, struct app_id app, struct group_no group)
{
    struct room *room = room_find(shard, app, group);

    if (room && !room->here && !room->guests && !room->items && !room->polls)
        room_remove(shard, room);
}

/* ---- seats: terminals in rooms ---- */

struct room_seat *room_seat(const struct session *session, struct group_no group)
{
    for (uint32_t i = 0; session && i < session->room_count; i++) {
        if (session->rooms[i].group == group.v)
            return &session->rooms[i];
    }
    return NULL;
}

bool room_has_session(const struct session *session, struct group_no group)
{
    return room_seat(session, group) != NULL;
}

bool room_has_account(struct shard *shard, const struct room *room, struct account_no account,
                      const struct session *except)
{
    for (struct session *s = session_first(shard, room->app, account); s; s = s->next_of_account) {
        if (s != except && room_seat(s, room->group))
            return true;
    }
    return false;
}

void room_compact(struct room *room)
{
    uint32_t kept = 0;

    if (room->count == room->here)
        return;
    for (uint32_t i = 0; i < room->count; i++) {
        if (!room->sessions[i])
            continue;
        room->sessions[kept] = room->sessions[i];
        room->join_s[kept] = room->join_s[i];
        room_seat(room->sessions[kept], room->group)->at = kept;
        kept++;
    }
    CHECK(kept == room->here);
    room->count = kept;
}

static void make_place(struct room *room)
{
    if (room->count < room->size)
        return;
    room_compact(room);
    if (room->count <= room->size / 2 && room->size)
        return;
    room->size = room->size ? room->size * 2 : 8;
    room->sessions = mem_realloc(room->sessions, room->size * sizeof(*room->sessions));
    room->join_s = mem_realloc(room->join_s, room->size * sizeof(*room->join_s));
}

void room_seat_take(struct shard *shard, struct room *room, struct session *session,
                    const struct room_place *place)
{
    if (room_seat(session, room->group) || session->room_count == ROOMS_MAX)
        return;
    if (!room_has_account(shard, room, session->account, session))
        room->accounts++;
    make_place(room);
    session->rooms =
        mem_realloc(session->rooms, (session->room_count + 1u) * sizeof(*session->rooms));
    session->rooms[session->room_count++] =
        (struct room_seat){.group = room->group.v, .at = room->count, .marks = place->marks};
    room->sessions[room->count] = session;
    room->join_s[room->count] = place->join_s;
    room->count++;
    room->here++;
}

void room_seat_leave(struct shard *shard, struct room *room, struct session *session)
{
    struct room_seat *seat = room_seat(session, room->group);

    if (!seat)
        return;
    CHECK(seat->at < room->count && room->sessions[seat->at] == session);
    room->sessions[seat->at] = NULL;
    room->here--;
    *seat = session->rooms[--session->room_count];
    if (!room_has_account(shard, room, session->account, session))
        room->accounts--;
    if (room->count > 2 * room->here + 8)
        room_compact(room);
}

void room_session_ended(struct shard *shard, struct session *session)
{
    while (session->room_count) {
        struct group_no group = {session->rooms[0].group};
        struct room *room = room_find(shard, session->app, group);

        CHECK(room);
        room_seat_leave(shard, room, session);
        room_tidy(shard, session->app, group);
    }
    free(session->rooms);
    session->rooms = NULL;
}

/* ---- guests ---- */

static void guest_unlink(struct room_table *table, struct room_guest *guest)
{
    *(guest->older ? &guest->older->newer : &table->guest_oldest) = guest->newer;
    *(guest->newer ? &guest->newer->older : &table->guest_newest) = guest->older;
}

static void guest_link(struct room_table *table, struct room_guest *guest)
{
    guest->older = table->guest_newest;
    guest->newer = NULL;
    *(guest->older ? &guest->older->newer : &table->guest_oldest) = guest;
    table->guest_newest = guest;
}

static void guest_forget(struct shard *shard, struct room_guest *guest)
{
    guest_unlink(shard->rooms, guest);
    map_remove(&shard->rooms->guests, guest->number);
    guest->room->guests--;
    free(guest);
}

void room_guests_expire(struct shard *shard)
{
    struct room_table *table = shard->rooms;
    struct room_guest *guest;

    while ((guest = table->guest_oldest) && guest->seen_s + GUEST_LIFE_S < shard_now_s(shard)) {
        struct group_no group = guest->room->group;
        struct app_id app = guest->room->app;

        guest_forget(shard, guest);
        room_tidy(shard, app, group);
    }
}

void room_guests_leave(struct shard *shard, struct room *room)
{
    struct room_guest *newer;

    for (struct room_guest *guest = shard->rooms->guest_oldest; guest && room->guests;
         guest = newer) {
        newer = guest->newer;
        if (guest->room == room)
            guest_forget(shard, guest);
    }
}

struct room_guest *room_guest_seen(struct shard *shard, struct room *room, uint64_t number)
{
    struct room_table *table = shard->rooms;
    struct room_guest *guest = map_get(&table->guests, number);

    if (!guest) {
        if (table->guests.count >= GUESTS_MAX)
            return NULL;
        guest = mem_zalloc(sizeof(*guest));
        guest->number = number;
        guest->room = room;
        map_put(&table->guests, number)->value.p = guest;
        room->guests++;
    } else {
        guest_unlink(table, guest);
    }
    guest->seen_s = shard_now_s(shard);
    guest_link(table, guest);
    return guest;
}
