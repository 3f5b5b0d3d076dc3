#include "core/group/poll.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/group/room_internal.h"
#include "core/shard_internal.h"
#include "wire/a2.h"

/* In the place of a login's generation: what makes a token a key of a room and never an a2. */
#define KEY_MARK UINT32_MAX

struct held_poll {
    struct held_poll *next; /* of its room */
    uint64_t number;
    struct request *req;
    struct app_id app;
    struct group_no group;
    bool guest;
};

/* ---- keys ---- */

struct span poll_key_make(struct shard *shard, struct arena *arena, const struct group *group,
                          struct account_no account)
{
    const struct a2_token token = {.app = group->app.v,
                                   .account = account.v,
                                   .instance = group->no.v,
                                   .generation = KEY_MARK,
                                   .issued_s = shard_now_s(shard)};
    struct buf text;
    struct span key;

    buf_init(&text, A2_MAX_TEXT);
    a2_make(shard_server_key(shard), &token, &text);
    key = arena_copy(arena, buf_span(&text));
    buf_release(&text);
    return key;
}

static enum im_err key_check(struct shard *shard, const struct request *req,
                             struct group_no *ret_group)
{
    const struct poll_req *ask = req->body;
    struct a2_token token;

    if (!a2_verify(shard_server_key(shard), ask->key, &token) || token.generation != KEY_MARK ||
        token.app != req->app.v || token.issued_s + POLL_KEY_LIFE_S < shard_now_s(shard) ||
        token.account != (req->caller == CALLER_USER ? req->account.v : 0))
        return IM_ERR_GROUP_PARAM;
    ret_group->v = token.instance;
    return IM_OK;
}

/* ---- answering ---- */

static void fill(struct shard *shard, struct request *req, const struct group *group)
{
    const struct poll_req *ask = req->body;
    struct poll_result *result = ARENA_NEW(&req->arena, struct poll_result);
    uint32_t last = group->head.last_seq;

    result->key = ask->key;
    result->next_seq = last + 1;
    if (ask->start_seq)
        room_messages(shard, &req->arena, group, ask->start_seq, POLL_MAX_MESSAGES, &result->items,
                      &result->count);
    if (result->count)
        result->next_seq = result->items[result->count - 1].seq + 1;
    req->result = result;
}

static void poll_remove(struct room_table *table, struct room *room, struct held_poll *poll)
{
    struct held_poll **link = &room->polls;

    while (*link != poll)
        link = &(*link)->next;
    *link = poll->next;
    room->guests -= poll->guest;
    map_remove(&table->polls, poll->number);
    free(poll);
}

/* What was said lies in the ring already; the group's row follows with the record. */
void room_polls_answer(struct shard *shard, struct room *room)
{
    while (room->polls) {
        struct held_poll *poll = room->polls;
        struct request *held = poll->req;
        const struct poll_req *ask = held->body;
        struct poll_result *result = ARENA_NEW(&held->arena, struct poll_result);
        const struct group group = {.app = room->app, .no = room->group};

        result->key = ask->key;
        room_messages(shard, &held->arena, &group, ask->start_seq, POLL_MAX_MESSAGES,
                      &result->items, &result->count);
        result->next_seq =
            result->count ? result->items[result->count - 1].seq + 1 : ask->start_seq;
        held->result = result;
        poll_remove(shard->rooms, room, poll);
        shard_answer(shard, held, IM_OK);
    }
}

void room_polls_end(struct shard *shard, struct room *room)
{
    while (room->polls) {
        struct request *held = room->polls->req;

        poll_remove(shard->rooms, room, room->polls);
        shard_answer(shard, held, IM_ERR_GROUP_NOT_FOUND);
    }
}

void room_polls_free(struct room_table *table)
{
    for (struct map_slot *s = map_next(&table->polls, NULL); s; s = map_next(&table->polls, s)) {
        struct held_poll *poll = s->value.p;

        request_unref(poll->req);
        free(poll);
    }
    map_release(&table->polls);
}

static enum im_err run_timeout(struct shard *shard, struct request *req)
{
    struct held_poll *poll = map_get(&shard->rooms->polls, req->tag);
    struct request *held;
    struct room *room;
    const struct poll_req *ask;
    struct poll_result *result;

    if (!poll)
        return IM_OK;
    held = poll->req;
    ask = held->body;
    room = room_find(shard, poll->app, poll->group);
    CHECK(room);
    result = ARENA_NEW(&held->arena, struct poll_result);
    *result = (struct poll_result){.key = ask->key, .next_seq = ask->start_seq};
    held->result = result;
    poll_remove(shard->rooms, room, poll);
    shard_answer(shard, held, IM_OK);
    return IM_OK;
}

static const struct operation poll_timeout = {.run = run_timeout};

/* ---- the commands ---- */

static enum im_err hold(struct shard *shard, struct request *req, const struct group *group)
{
    struct poll_req *ask = req->body;
    uint32_t seconds = ask->hold_s < POLL_MAX_HOLD_S ? ask->hold_s : POLL_MAX_HOLD_S;
    uint64_t number = shard->rooms->last_poll + 1;
    struct room *room = room_get(shard, group->app, group->no);
    struct held_poll *poll;

    if (!seconds || !shard_may_hold(shard, req) ||
        !shard_at(shard, shard_now_us(shard) + seconds * UINT64_C(1000000), &poll_timeout,
                  group->app, number))
        return IM_OK;
    poll = mem_zalloc(sizeof(*poll));
    *poll = (struct held_poll){.next = room->polls,
                               .number = number,
                               .req = req,
                               .app = group->app,
                               .group = group->no,
                               .guest = req->caller != CALLER_USER};
    room->polls = poll;
    room->guests += poll->guest;
    shard->rooms->last_poll = number;
    map_put(&shard->rooms->polls, number)->value.p = poll;
    return IM_HELD;
}

enum im_err group_poll(struct shard *shard, struct request *req)
{
    struct poll_req *ask = req->body;
    struct group_no no = {0};
    struct group group;
    struct poll_result *result;
    enum im_err err = key_check(shard, req, &no);

    if (!err)
        err = group_get(shard, req->app, no, &group);
    if (!err && !group_is_room(group.info.type))
        err = IM_ERR_GROUP_PARAM;
    if (!err && req->caller == CALLER_USER)
        err = room_join(shard, req, &group);
    if (err)
        return err;
    fill(shard, req, &group);
    result = req->result;
    if (result->count || !ask->start_seq)
        return IM_OK;
    if (ask->start_seq > group.head.last_seq + 1)
        ask->start_seq = group.head.last_seq + 1;
    return hold(shard, req, &group);
}

enum im_err group_guest_join(struct shard *shard, struct request *req)
{
    const struct guest_join_req *ask = req->body;
    struct guest_join_result *result = ARENA_NEW(&req->arena, struct guest_join_result);
    struct row_key key;
    const void *value;
    struct group group;
    enum im_err err;

    /* Nobody has resolved this caller's app. */
    if (row_find(shard, row_key_app(&key, req->app), &value, NULL) == STATE_ABSENT)
        return IM_ERR_APP_NOT_FOUND;
    err = group_find(shard, req->app, ask->group, &group);
    if (err == IM_AGAIN || shard_missing(shard))
        return IM_AGAIN;
    if (err || !group_is_room(group.info.type))
        return IM_ERR_GROUP_RIGHT;
    result->key = poll_key_make(shard, &req->arena, &group, (struct account_no){0});
    result->start_seq = group.head.last_seq + 1;
    req->result = result;
    return IM_OK;
}

enum im_err group_room_online(struct shard *shard, struct request *req)
{
    const struct room_req *ask = req->body;
    uint32_t *online = ARENA_NEW(&req->arena, uint32_t);
    struct group group;
    enum im_err err = group_find(shard, req->app, ask->group, &group);

    if (err)
        return err;
    *online = group_is_room(group.info.type) ? room_online(shard, &group) : 0;
    req->result = online;
    return IM_OK;
}
