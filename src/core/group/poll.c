/*
 * A poll:
 *   1 its key says which room, and whose it is; a user's terminal comes (back) into the room;
 *   2 what was said since its number is the answer;
 *   3 else the request is held in its room until something is said there (room_say), the room is
 *     no more, the socket polls anew, or one turn of a timer finds its time over.
 * Where no more can be held it is answered at once, empty: the client comes again in 300 ms.
 */
#include "core/group/poll.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/group/room_internal.h"
#include "core/group/usage.h"
#include "core/shard_internal.h"
#include "wire/a2.h"

/* In the place of a login's generation: what makes a token a key of a room and never an a2. */
#define KEY_MARK UINT32_MAX
#define SWEEP_US 1000000u

struct held_poll {
    struct held_poll *next, **link;  /* of its room */
    struct held_poll *older, *newer; /* of all */
    struct room *room;
    struct request *req;
    uint64_t socket;
    uint64_t due_us;
};

/* ---- keys ---- */

struct span poll_key_make(struct shard *shard, struct arena *arena, const struct group *group,
                          struct account_no account, uint64_t guest)
{
    struct a2_token token = {.app = group->app.v,
                             .account = account.v,
                             .instance = group->no.v,
                             .generation = KEY_MARK,
                             .issued_s = shard_now_s(shard)};
    struct buf text;
    struct span key;

    if (!account.v)
        snprintf(token.name, sizeof(token.name), "%016llx", (unsigned long long)guest);
    buf_init(&text, A2_MAX_TEXT);
    a2_make(shard_server_key(shard), &token, &text);
    key = arena_copy(arena, buf_span(&text));
    buf_release(&text);
    return key;
}

static enum im_err key_check(struct shard *shard, const struct request *req,
                             struct group_no *ret_group, uint64_t *ret_guest)
{
    const struct poll_req *ask = req->body;
    struct a2_token token;

    if (!a2_verify(shard_server_key(shard), ask->key, &token) || token.generation != KEY_MARK ||
        token.app != req->app.v || token.issued_s + POLL_KEY_LIFE_S < shard_now_s(shard) ||
        token.account != (req->caller == CALLER_USER ? req->account.v : 0))
        return IM_ERR_GROUP_PARAM;
    ret_group->v = token.instance;
    *ret_guest = strtoull(token.name, NULL, 16);
    return IM_OK;
}

/* ---- what is held ---- */

static uint64_t socket_key(const struct request *req)
{
    return ((uint64_t)req->from.gateway + 1) << 32 | req->from.slot;
}

/* Takes the poll out of everything; its request is the caller's. */
static struct request *poll_take(struct room_table *table, struct held_poll *poll)
{
    struct request *req = poll->req;

    *poll->link = poll->next;
    if (poll->next)
        poll->next->link = poll->link;
    *(poll->older ? &poll->older->newer : &table->poll_first) = poll->newer;
    *(poll->newer ? &poll->newer->older : &table->poll_last) = poll->older;
    map_remove(&table->polls, poll->socket);
    free(poll);
    return req;
}

/* Nothing was said. */
static void answer_empty(struct shard *shard, struct held_poll *poll)
{
    struct request *held = poll_take(shard->rooms, poll);
    const struct poll_req *ask = held->body;
    struct poll_result *result = ARENA_NEW(&held->arena, struct poll_result);

    *result = (struct poll_result){
        .key = ask->key, .next = ask->start, .next_broadcast = ask->start_broadcast};
    held->result = result;
    shard_answer(shard, held, IM_OK);
}

static bool fill(struct shard *shard, struct request *req, const struct room *room)
{
    const struct poll_req *ask = req->body;
    struct poll_result *result = ARENA_NEW(&req->arena, struct poll_result);

    result->key = ask->key;
    result->count = room_said_since(shard, &req->arena, room, ask->start ? ask->start : UINT64_MAX,
                                    &result->items, &result->next);
    result->broadcast_count = broadcasts_since(shard, &req->arena, room, ask->start_broadcast,
                                               &result->broadcasts, &result->next_broadcast);
    req->result = result;
    return result->count || result->broadcast_count;
}

void room_polls_answer(struct shard *shard, struct room *room)
{
    while (room->polls) {
        struct request *held = poll_take(shard->rooms, room->polls);

        fill(shard, held, room);
        shard_answer(shard, held, IM_OK);
    }
}

void room_polls_put_out(struct shard *shard, struct room *room, struct account_no account)
{
    struct held_poll *next;

    for (struct held_poll *poll = room->polls; poll; poll = next) {
        next = poll->next;
        if (poll->req->caller == CALLER_USER && poll->req->account.v == account.v)
            answer_empty(shard, poll);
    }
}

void room_polls_end(struct shard *shard, struct room *room, const struct push_group_notice *end)
{
    while (room->polls) {
        struct request *held = poll_take(shard->rooms, room->polls);
        const struct poll_req *ask = held->body;
        struct poll_result *result = ARENA_NEW(&held->arena, struct poll_result);

        result->key = ask->key;
        result->next = ask->start;
        result->next_broadcast = ask->start_broadcast;
        result->items = ARENA_NEW(&held->arena, struct room_said);
        result->items[0] =
            (struct room_said){.number = ask->start,
                               .kind = PUSH_GROUP_NOTICE,
                               .push = push_copy(&held->arena, PUSH_GROUP_NOTICE, end)};
        result->count = 1;
        held->result = result;
        shard_answer(shard, held, IM_OK);
    }
}

void room_polls_free(struct room_table *table)
{
    while (table->poll_first)
        request_unref(poll_take(table, table->poll_first));
    map_release(&table->polls);
}

/* ---- time ---- */

static void sweep_later(struct shard *shard);

static enum im_err run_sweep(struct shard *shard, struct request *req)
{
    struct held_poll *newer;

    (void)req;
    shard->rooms->sweeping = false;
    for (struct held_poll *poll = shard->rooms->poll_first; poll; poll = newer) {
        newer = poll->newer;
        if (poll->due_us <= shard_now_us(shard))
            answer_empty(shard, poll);
    }
    room_guests_expire(shard);
    if (shard->rooms->poll_first)
        sweep_later(shard);
    return IM_OK;
}

static const struct operation poll_sweep = {.run = run_sweep};

static void sweep_later(struct shard *shard)
{
    if (!shard->rooms->sweeping)
        shard->rooms->sweeping =
            shard_at(shard, shard_now_us(shard) + SWEEP_US, &poll_sweep, (struct app_id){0}, 0);
}

/* ---- the commands ---- */

static enum im_err hold(struct shard *shard, struct request *req, struct room *room)
{
    struct room_table *table = shard->rooms;
    const struct poll_req *ask = req->body;
    uint32_t seconds = ask->hold_s < POLL_MAX_HOLD_S ? ask->hold_s : POLL_MAX_HOLD_S;
    struct held_poll *poll = map_get(&table->polls, socket_key(req));

    if (poll)
        answer_empty(shard, poll);
    sweep_later(shard);
    if (!seconds || !table->sweeping || !shard_may_hold(shard, req))
        return IM_OK;
    poll = mem_zalloc(sizeof(*poll));
    *poll = (struct held_poll){.next = room->polls,
                               .link = &room->polls,
                               .older = table->poll_last,
                               .room = room,
                               .req = req,
                               .socket = socket_key(req),
                               .due_us = shard_now_us(shard) + seconds * UINT64_C(1000000)};
    if (poll->next)
        poll->next->link = &poll->next;
    room->polls = poll;
    *(poll->older ? &poll->older->newer : &table->poll_first) = poll;
    table->poll_last = poll;
    map_put(&table->polls, poll->socket)->value.p = poll;
    return IM_HELD;
}

/* The official client begins with 0, whatever it was told when it joined. */
static void poll_of_guest(struct room_guest *guest, struct poll_req *ask)
{
    if (!guest)
        return;
    if (!ask->start)
        ask->start = guest->start;
    guest->start = 0;
}

enum im_err group_poll(struct shard *shard, struct request *req)
{
    struct poll_req *ask = req->body;
    const struct poll_result *result;
    struct group_no no = {0};
    struct group group;
    struct room *room;
    uint64_t guest = 0;
    enum im_err err = key_check(shard, req, &no, &guest);

    if (!err)
        err = group_get(shard, req->app, no, &group);
    if (err)
        return err;
    CHECK(group_is_room(group.info.type));
    room_guests_expire(shard);
    if (req->caller == CALLER_USER)
        err = room_join(shard, req, &group);
    if (err)
        return err;
    room = room_get(shard, &group);
    if (req->caller != CALLER_USER)
        poll_of_guest(room_guest_seen(shard, room, guest), ask);
    if (fill(shard, req, room) || !ask->start) {
        room_tidy(shard, req->app, no);
        return IM_OK;
    }
    /* From the number on that the answer would name: a client may have one of long ago. */
    result = req->result;
    ask->start = result->next;
    ask->start_broadcast = result->next_broadcast;
    err = hold(shard, req, room);
    if (err != IM_HELD)
        room_tidy(shard, req->app, no);
    return err;
}

uint64_t group_poll_start(struct shard *shard)
{
    return room_next_number(shard);
}

/* ---- guests ---- */

static enum im_err count_guests(struct shard *shard, struct request *req)
{
    struct room_table *table = shard->rooms;
    struct map_slot *slot;
    struct fact_room_joined *fact;

    usage_group_need(shard, req->app, (struct account_no){0});
    if (shard_missing(shard))
        return IM_AGAIN;
    slot = map_find(&table->guest_joins, req->app.v);
    if (!slot)
        return IM_OK;
    fact = fact_emit(shard, FACT_ROOM_JOINED, sizeof(*fact));
    fact->app = req->app.v;
    fact->instance = (uint32_t)slot->value.n;
    map_remove(&table->guest_joins, req->app.v);
    return IM_OK;
}

static const struct operation guests_count = {.run = count_guests};

/* Counted once a second, so that who comes without a login does not make the journal grow. */
static void count_guest(struct shard *shard, struct app_id app)
{
    struct map_slot *slot = map_put(&shard->rooms->guest_joins, app.v);

    if (!slot->value.n++ && !shard_at(shard, shard_now_us(shard) + SWEEP_US, &guests_count, app, 0))
        map_remove(&shard->rooms->guest_joins, app.v);
}

enum im_err group_guest_join(struct shard *shard, struct request *req)
{
    const struct guest_join_req *ask = req->body;
    struct guest_join_result *result = ARENA_NEW(&req->arena, struct guest_join_result);
    struct row_key key;
    const void *value;
    struct group group;
    struct room_guest *seen;
    uint64_t guest;
    enum im_err err;

    /* Nobody has resolved this caller's app. */
    if (row_find(shard, row_key_app(&key, req->app), &value, NULL) == STATE_ABSENT)
        return IM_ERR_APP_NOT_FOUND;
    err = group_find(shard, req->app, ask->group, &group);
    if (err == IM_AGAIN || shard_missing(shard))
        return IM_AGAIN;
    if (err || !group_is_room(group.info.type))
        return IM_ERR_GROUP_RIGHT;
    room_guests_expire(shard);
    shard_random(shard, &guest, sizeof(guest));
    guest |= 1; /* a map's key is never 0 */
    seen = room_guest_seen(shard, room_get(shard, &group), guest);
    if (seen)
        seen->start = room_next_number(shard);
    room_tidy(shard, req->app, group.no);
    count_guest(shard, req->app);
    result->key = poll_key_make(shard, &req->arena, &group, (struct account_no){0}, guest);
    result->start = room_next_number(shard);
    req->result = result;
    return IM_OK;
}

enum im_err group_room_online(struct shard *shard, struct request *req)
{
    const struct room_req *ask = req->body;
    uint32_t *online = ARENA_NEW(&req->arena, uint32_t);
    struct audience audience;
    struct group_actor actor;
    struct group group;
    enum im_err err = group_find(shard, req->app, ask->group, &group);

    if (!err)
        err = group_actor_find(shard, req, &group, &actor);
    if (!err)
        err = group_may(&group, &actor, ACTION_READ);
    if (err)
        return err;
    room_guests_expire(shard);
    if (group_is_room(group.info.type)) {
        *online = room_online(shard, &group);
    } else {
        if (group_audience(shard, req, &group, (struct account_no){0}, &audience) != STATE_HIT)
            return IM_AGAIN;
        *online = audience.accounts;
    }
    req->result = online;
    return IM_OK;
}
