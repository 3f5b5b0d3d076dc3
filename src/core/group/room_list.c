#include "core/group/room_list.h"

#include <stdlib.h>

#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/room_internal.h"
#include "core/session/session.h"

/* Each touches the account and its places. */
#define MARKED_A_RECORD 8u

static enum im_err start(struct shard *shard, struct request *req, struct span id,
                         struct group *ret_group, struct group_actor *ret_actor)
{
    enum im_err err = group_find(shard, req->app, id, ret_group);

    if (!err)
        err = group_actor_find(shard, req, ret_group, ret_actor);
    if (!err && ret_group->info.type != GROUP_AV_CHAT_ROOM)
        err = IM_ERR_GROUP_RIGHT;
    return err;
}

/* ---- listing ---- */

static int by_join(const void *left, const void *right)
{
    const struct room_listed *a = left, *b = right;

    if (a->join_s != b->join_s)
        return a->join_s < b->join_s ? -1 : 1;
    return (a->account.v > b->account.v) - (a->account.v < b->account.v);
}

/* Terminals that came last, one an account. */
static uint32_t collect(struct shard *shard, struct room *room, const struct room_list_req *ask,
                        struct room_listed *items)
{
    uint32_t bit = ask->mark ? 1u << (ask->mark - MARK_FIRST) : 0, count = 0;
    uint32_t first;

    room_compact(room);
    first = room->count > ROOM_LISTED_MAX ? room->count - ROOM_LISTED_MAX : 0;
    for (uint32_t i = first; i < room->count; i++) {
        uint32_t marks = room_seat(room->sessions[i], room->group)->marks;

        if (room->join_s[i] >= ask->since_s && (!bit || marks & bit) &&
            !room_came_by_another(shard, room, room->sessions[i], i))
            items[count++] = (struct room_listed){
                .account = room->sessions[i]->account, .join_s = room->join_s[i], .marks = marks};
    }
    if (count)
        qsort(items, count, sizeof(items[0]), by_join);
    return count;
}

/* Whole seconds, so that the next page starts with one. */
static void cut(struct room_list_result *result)
{
    uint32_t end = ROOM_PAGE;

    if (result->count <= ROOM_PAGE)
        return;
    while (end && result->items[end - 1].join_s == result->items[ROOM_PAGE].join_s)
        end--;
    result->next_s = end ? result->items[end].join_s : result->items[ROOM_PAGE].join_s + 1;
    result->count = end ? end : ROOM_PAGE;
}

static enum im_err fill(struct shard *shard, struct request *req, struct room_list_result *result)
{
    for (uint32_t i = 0; i < result->count; i++) {
        struct room_listed *item = &result->items[i];
        const struct account_row *row;

        profile_face(shard, req->app, item->account, &item->nick, &item->face);
        if (account_row_find(shard, req->app, item->account, &row) != STATE_HIT)
            continue;
        item->name = arena_copy(&req->arena, account_name(row));
        item->nick = arena_copy(&req->arena, item->nick);
        item->face = arena_copy(&req->arena, item->face);
    }
    return shard_missing(shard) ? IM_AGAIN : IM_OK;
}

enum im_err room_list(struct shard *shard, struct request *req)
{
    const struct room_list_req *ask = req->body;
    struct room_list_result *result = ARENA_NEW(&req->arena, struct room_list_result);
    struct group_actor actor;
    struct group group;
    struct room *room;
    enum im_err err = start(shard, req, ask->group, &group, &actor);

    if (err)
        return err;
    if (!actor.is_app_admin && actor.role == ROLE_NONE && !room_has_session(req->session, group.no))
        return IM_ERR_GROUP_RIGHT;
    req->result = result;
    room = room_find(shard, req->app, group.no);
    if (!room)
        return IM_OK;
    result->items = ARENA_ARRAY(&req->arena, struct room_listed, ROOM_LISTED_MAX);
    result->count = collect(shard, room, ask, result->items);
    cut(result);
    return fill(shard, req, result);
}

/* ---- marking ---- */

static void mark_sessions(struct shard *shard, const struct group *group, struct account_no account,
                          const struct room_marked *item, bool remove)
{
    for (struct session *s = session_first(shard, group->app, account); s; s = s->next_of_account) {
        const struct room_seat *seat = room_seat(s, group->no);

        if (seat)
            room_seat_mark(shard, group, s,
                           remove ? seat->marks & ~item->marks : seat->marks | item->marks);
    }
}

enum im_err room_mark(struct shard *shard, struct request *req)
{
    const struct room_mark_req *ask = req->body;
    struct account_no *accounts = ARENA_ARRAY(&req->arena, struct account_no, ask->count);
    struct group_actor actor;
    struct group group;
    enum im_err err = start(shard, req, ask->group, &group, &actor);

    if (!err)
        err = group_may(&group, &actor, ACTION_MUTE);
    if (err)
        return err;
    for (uint32_t i = 0; i < ask->count; i++) {
        if (account_find(shard, req->app, ask->items[i].name, &accounts[i]) == STATE_HIT)
            room_need(shard, req->app, accounts[i]);
        else
            accounts[i].v = 0;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < ask->count; i++) {
        if (accounts[i].v)
            mark_sessions(shard, &group, accounts[i], &ask->items[i], ask->remove);
        if (i % MARKED_A_RECORD == MARKED_A_RECORD - 1)
            fact_commit(shard);
    }
    return IM_OK;
}
