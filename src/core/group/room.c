#include "core/group/room.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/group/apply.h"
#include "core/group/notice.h"
#include "core/group/room_internal.h"
#include "core/group/usage.h"
#include "core/session/session.h"
#include "core/shard_internal.h"

/* ---- the table ---- */

struct room_table *room_table_new(void)
{
    return mem_zalloc(sizeof(struct room_table));
}

static void room_free(struct room *room)
{
    for (uint32_t i = 0; i < ROOM_RING; i++)
        free(room->ring[i]);
    free(room->places);
    free(room->sessions);
    free(room);
}

void room_table_free(struct room_table *table)
{
    if (!table)
        return;
    room_polls_free(table);
    for (struct map_slot *s = map_next(&table->rooms, NULL); s; s = map_next(&table->rooms, s))
        room_free(s->value.p);
    map_release(&table->rooms);
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

struct room *room_get(struct shard *shard, struct app_id app, struct group_no group)
{
    struct map_slot *slot = map_put(&shard->rooms->rooms, room_key(app, group));
    struct room *room = slot->value.p;

    if (!room) {
        room = slot->value.p = mem_zalloc(sizeof(*room));
        room->app = app;
        room->group = group;
    }
    return room;
}

/* ---- sessions in rooms ---- */

bool room_has_session(const struct session *session, struct group_no group)
{
    for (uint32_t i = 0; i < session->room_count; i++) {
        if (session->rooms[i] == group.v)
            return true;
    }
    return false;
}

/* Whether the account is in the room by another of its terminals. */
static bool account_is_in(struct shard *shard, const struct room *room, struct account_no account,
                          const struct session *except)
{
    for (struct session *s = session_first(shard, room->app, account); s; s = s->next_of_account) {
        if (s != except && room_has_session(s, room->group))
            return true;
    }
    return false;
}

static void session_add_room(struct session *session, struct group_no group)
{
    CHECK(session->room_count < ROOMS_MAX);
    session->rooms =
        mem_realloc(session->rooms, (session->room_count + 1u) * sizeof(*session->rooms));
    session->rooms[session->room_count++] = group.v;
}

static void room_add(struct shard *shard, struct room *room, struct session *session,
                     uint32_t join_s)
{
    if (room_has_session(session, room->group))
        return;
    if (!account_is_in(shard, room, session->account, session))
        room->accounts++;
    if (room->count == room->size) {
        room->size = room->size ? room->size * 2 : 8;
        room->sessions = mem_realloc(room->sessions, room->size * sizeof(*room->sessions));
        room->places = mem_realloc(room->places, room->size * sizeof(*room->places));
    }
    room->sessions[room->count] = session;
    room->places[room->count++] = join_s;
    session_add_room(session, room->group);
}

static void room_remove(struct shard *shard, struct room *room, struct session *session)
{
    uint32_t at = 0;

    while (at < room->count && room->sessions[at] != session)
        at++;
    if (at == room->count)
        return;
    memmove(room->sessions + at, room->sessions + at + 1,
            (room->count - at - 1) * sizeof(*room->sessions));
    memmove(room->places + at, room->places + at + 1,
            (room->count - at - 1) * sizeof(*room->places));
    room->count--;
    for (uint32_t i = 0; i < session->room_count; i++) {
        if (session->rooms[i] == room->group.v)
            session->rooms[i--] = session->rooms[--session->room_count];
    }
    if (!account_is_in(shard, room, session->account, session))
        room->accounts--;
}

void room_session_ended(struct shard *shard, struct session *session)
{
    while (session->room_count) {
        struct group_no group = {session->rooms[0]};
        struct room *room = room_find(shard, session->app, group);

        CHECK(room);
        room_remove(shard, room, session);
    }
    free(session->rooms);
    session->rooms = NULL;
}

enum state_found room_session_need(struct shard *shard, struct app_id app,
                                   struct account_no account)
{
    struct row_key key;
    const void *value;

    return row_find(shard, row_key_rooms(&key, app, account), &value, NULL);
}

void room_session_back(struct shard *shard, struct session *session)
{
    struct row_key key;
    const void *value;
    const struct rooms_row *row;

    if (row_find(shard, row_key_rooms(&key, session->app, session->account), &value, NULL) !=
        STATE_HIT)
        return;
    row = value;
    for (uint32_t i = 0; i < row->count; i++) {
        struct group_no group = {row->places[i].group};

        if (row->places[i].instance == session->instance)
            room_add(shard, room_get(shard, session->app, group), session, row->places[i].join_s);
    }
}

/* ---- facts ---- */

void room_need(struct shard *shard, struct app_id app, struct account_no account)
{
    usage_group_need(shard, app, (struct account_no){0});
    room_session_need(shard, app, account);
}

/* The places of one terminal in one room, or of all if instance is 0. */
static void drop_places(struct rooms_row *row, uint32_t group, uint32_t instance)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < row->count; i++) {
        const struct room_place *place = &row->places[i];

        if (place->group != group || (instance && place->instance != instance))
            row->places[kept++] = *place;
    }
    while (row->count > kept)
        row->places[--row->count] = (struct room_place){0};
}

void apply_room_joined(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_room_joined *fact = payload;
    struct app_id app = {fact->app};
    struct rooms_row *row;
    struct row_key key;

    (void)n, (void)number;
    usage_group_joined(shard, app, 1);
    if (!fact->account)
        return;
    row =
        row_put(shard, row_key_rooms(&key, app, (struct account_no){fact->account}), sizeof(*row));
    drop_places(row, fact->group, fact->instance);
    /* The oldest goes: its terminal is nearly always gone, too. */
    if (row->count == ROOMS_MAX) {
        memmove(row->places, row->places + 1, (ROOMS_MAX - 1) * sizeof(row->places[0]));
        row->count--;
    }
    row->places[row->count++] = (struct room_place){
        .group = fact->group, .instance = fact->instance, .join_s = shard_now_s(shard)};
}

void apply_room_left(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_room_left *fact = payload;
    struct app_id app = {fact->app};
    struct row_key key;
    struct rooms_row *row =
        row_put(shard, row_key_rooms(&key, app, (struct account_no){fact->account}), sizeof(*row));

    (void)n, (void)number;
    drop_places(row, fact->group, fact->instance);
    usage_group_left(shard, app, 1);
}

static void emit_left(struct shard *shard, const struct group *group, struct account_no account,
                      uint32_t instance)
{
    struct fact_room_left *fact = fact_emit(shard, FACT_ROOM_LEFT, sizeof(*fact));

    *fact = (struct fact_room_left){
        .app = group->app.v, .group = group->no.v, .account = account.v, .instance = instance};
}

/* ---- coming and going ---- */

/* Weak tips in large rooms are a storm of their own: everybody hears of at most so many a second,
   and counts its audience by get_online_member_num. */
#define TIPS_A_SECOND 3u

static bool tip_allowed(struct shard *shard, struct room *room)
{
    if (room->count < 100)
        return true;
    if (room->tip_s != shard_now_s(shard)) {
        room->tip_s = shard_now_s(shard);
        room->tips = 0;
    }
    return room->tips++ < TIPS_A_SECOND;
}

static void send_tip(struct shard *shard, struct request *req, const struct group *group,
                     struct room *room, enum tip_kind kind, struct tip_member *who)
{
    const struct group_tip tip = {.kind = (uint8_t)kind,
                                  .operator_name = who->name,
                                  .operator_nick = who->nick,
                                  .operator_face = who->face,
                                  .member_num = room_online(shard, group),
                                  .members = who,
                                  .member_count = 1};

    if (tip_wanted(group, kind) && tip_allowed(shard, room))
        tip_send(shard, req, group, &tip, NULL);
}

static enum state_found banned(struct shard *shard, const struct group *group,
                               struct account_no account, bool *ret_banned)
{
    struct row_key key;
    const void *value;
    enum state_found found = row_find(
        shard, row_key_of_group(&key, ROW_BANNED, group->app, group->no, account), &value, NULL);

    *ret_banned =
        found == STATE_HIT && ((const struct banned_row *)value)->until_s > shard_now_s(shard);
    return found;
}

enum im_err room_join(struct shard *shard, struct request *req, const struct group *group)
{
    struct room *room = room_get(shard, group->app, group->no);
    struct tip_member *who = ARENA_NEW(&req->arena, struct tip_member);
    struct fact_room_joined *fact;
    bool is_banned = false;

    room_need(shard, group->app, req->account);
    banned(shard, group, req->account, &is_banned);
    tip_need(shard, req, group, TIP_JOINED);
    tip_member_find(shard, req, req->account, who);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (is_banned)
        return IM_ERR_GROUP_RIGHT;
    if (room_has_session(req->session, group->no))
        return IM_OK;
    if (req->session->room_count == ROOMS_MAX)
        return IM_ERR_GROUP_JOINED_MAX;
    if (room->accounts >= group_member_cap(shard, group))
        return group_full_error(shard, group);
    fact = fact_emit(shard, FACT_ROOM_JOINED, sizeof(*fact));
    *fact = (struct fact_room_joined){.app = group->app.v,
                                      .group = group->no.v,
                                      .account = req->account.v,
                                      .instance = req->session->instance};
    room_add(shard, room, req->session, shard_now_s(shard));
    send_tip(shard, req, group, room, TIP_JOINED, who);
    return IM_OK;
}

enum im_err room_quit(struct shard *shard, struct request *req, const struct group *group)
{
    struct room *room = room_get(shard, group->app, group->no);
    struct tip_member *who = ARENA_NEW(&req->arena, struct tip_member);

    room_need(shard, group->app, req->account);
    tip_need(shard, req, group, TIP_QUIT);
    tip_member_find(shard, req, req->account, who);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!room_has_session(req->session, group->no))
        return IM_OK;
    emit_left(shard, group, req->account, req->session->instance);
    room_remove(shard, room, req->session);
    send_tip(shard, req, group, room, TIP_QUIT, who);
    return IM_OK;
}

static bool has_place(struct shard *shard, const struct group *group, struct account_no account)
{
    struct row_key key;
    const void *value;
    const struct rooms_row *row;

    if (row_find(shard, row_key_rooms(&key, group->app, account), &value, NULL) != STATE_HIT)
        return false;
    row = value;
    for (uint32_t i = 0; i < row->count; i++) {
        if (row->places[i].group == group->no.v)
            return true;
    }
    return false;
}

void room_put_out(struct shard *shard, struct request *req, const struct group *group,
                  struct account_no account, struct span reason)
{
    struct room *room = room_find(shard, group->app, group->no);
    struct notice notice = notice_of(shard, group, NOTICE_KICKED, req->identifier);

    if (!has_place(shard, group, account))
        return;
    notice.remark = reason;
    notice_push(shard, req, account, &notice, NULL);
    emit_left(shard, group, account, 0);
    for (struct session *s = session_first(shard, group->app, account); room && s;
         s = s->next_of_account)
        room_remove(shard, room, s);
}

void room_dissolved(struct shard *shard, struct request *req, const struct group *group)
{
    struct room *room = room_find(shard, group->app, group->no);
    struct push_group_notice *push;
    struct notice *notice;

    if (!room)
        return;
    notice = ARENA_NEW(&req->arena, struct notice);
    *notice = notice_of(shard, group, NOTICE_DISSOLVED, req->identifier);
    notice->seq = (uint32_t)fact_record_number(shard);
    notice->group_id = arena_copy(&req->arena, group->id);
    notice->group_name = arena_copy(&req->arena, group->name);
    push = ARENA_NEW(&req->arena, struct push_group_notice);
    *push = (struct push_group_notice){.notice = notice};
    push_to_many(shard, req, room->sessions, room->count, PUSH_GROUP_NOTICE, push, false);
    while (room->count)
        room_remove(shard, room, room->sessions[room->count - 1]);
    room_polls_end(shard, room);
    while (room->ring_count)
        room_drop_oldest(shard->rooms, room);
    map_remove(&shard->rooms->rooms, room_key(group->app, group->no));
    room_free(room);
}

/* ---- who is there ---- */

enum state_found room_audience(struct shard *shard, struct request *req, const struct group *group,
                               struct account_no except, struct audience *ret)
{
    struct room *room = room_find(shard, group->app, group->no);

    (void)req;
    *ret = (struct audience){.sessions = NULL};
    if (!room)
        return STATE_HIT;
    ret->sessions = room->sessions;
    ret->count = room->count;
    ret->accounts = room->accounts;
    if (except.v && account_is_in(shard, room, except, NULL))
        ret->accounts--;
    return STATE_HIT;
}

/* Named by its first terminal in the order of coming. */
static bool named_before(const struct room *room, uint32_t i)
{
    if (!room->sessions[i]->next_of_account)
        return false;
    for (uint32_t j = 0; j < i; j++) {
        if (room->sessions[j]->account.v == room->sessions[i]->account.v)
            return true;
    }
    return false;
}

enum state_found room_members(struct shard *shard, struct request *req, const struct group *group,
                              uint32_t max, struct room_member **ret_members, uint32_t *ret_count,
                              uint32_t *ret_total)
{
    struct room *room = room_find(shard, group->app, group->no);
    uint32_t count = 0;

    *ret_total = room_online(shard, group);
    *ret_count = 0;
    *ret_members = NULL;
    if (!room)
        return STATE_HIT;
    if (max > room->count)
        max = room->count;
    *ret_members = ARENA_ARRAY(&req->arena, struct room_member, max + 1);
    for (uint32_t i = 0; i < room->count && count < max; i++) {
        if (!named_before(room, i))
            (*ret_members)[count++] =
                (struct room_member){room->sessions[i]->account, room->places[i]};
    }
    *ret_count = count;
    return STATE_HIT;
}

uint32_t room_online(struct shard *shard, const struct group *group)
{
    const struct room *room = room_find(shard, group->app, group->no);

    return room ? room->accounts + room->guests : 0;
}
