#include "core/group/recall.h"

#include "core/group/apply.h"
#include "core/group/history.h"
#include "core/group/mark.h"
#include "core/group/member.h"
#include "core/group/room.h"
#include "core/message/withdraw.h"

/* Of these newest messages batch_get_group_notify tells; what is older is read again with the
   history anyway. */
#define RECALLS_LOOKED_AT 320u
#define RECALLS_BODIES_MAX 400u

/* ---- recalling ---- */

struct recalling {
    const struct group *group;
    const struct group_actor *actor;
    uint32_t visible_seq; /* of a user */
    uint32_t now_s;
};

static enum im_err may_recall(const struct recalling *recalling, uint32_t seq,
                              enum state_found found, const struct group_entry *entry)
{
    const struct group_actor *actor = recalling->actor;

    if (!seq || seq > recalling->group->head.last_seq || seq <= recalling->visible_seq)
        return IM_ERR_GROUP_NO_MESSAGE;
    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_RECALL_WINDOW;
    if (entry->flags & (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED))
        return IM_ERR_GROUP_NO_MESSAGE;
    if (entry->flags & GROUP_MESSAGE_TIP)
        return IM_ERR_GROUP_RECALL_KIND;
    if (actor->is_app_admin)
        return IM_OK;
    if (entry->from != actor->account.v) {
        enum im_err err = group_may(recalling->group, actor, ACTION_RECALL_OTHERS);

        if (err)
            return err;
    }
    return recalling->now_s > entry->accepted_s + WITHDRAW_WINDOW_S ? IM_ERR_GROUP_RECALL_WINDOW
                                                                    : IM_OK;
}

static void emit_withdrawn(struct shard *shard, const struct recalling *recalling, uint32_t seq,
                           struct span reason)
{
    struct span name = recalling->actor->name;
    struct fact_group_withdrawn *fact =
        fact_emit(shard, FACT_GROUP_WITHDRAWN, sizeof(*fact) + name.n + reason.n);

    *fact = (struct fact_group_withdrawn){.app = recalling->group->app.v,
                                          .group = recalling->group->no.v,
                                          .seq = seq,
                                          .by = recalling->actor->account.v,
                                          .name_bytes = (uint16_t)name.n,
                                          .reason_bytes = (uint16_t)reason.n};
    if (name.n)
        memcpy(fact + 1, name.p, name.n);
    if (reason.n)
        memcpy((char *)(fact + 1) + name.n, reason.p, reason.n);
}

/* One answer for a seq that is named twice. */
static bool named_before(const struct group_recall_req *ask, uint32_t at, uint32_t *ret_before)
{
    for (uint32_t i = 0; i < at; i++) {
        if (ask->seqs[i] == ask->seqs[at]) {
            *ret_before = i;
            return true;
        }
    }
    return false;
}

static void recall_each(struct shard *shard, struct request *req, const struct recalling *recalling,
                        struct audience *audience, struct group_recall_result *result)
{
    const struct group_recall_req *ask = req->body;
    struct push_group_recall *push = ARENA_NEW(&req->arena, struct push_group_recall);
    uint32_t before;

    push->items = ARENA_ARRAY(&req->arena, struct push_recalled, ask->count);
    for (uint32_t i = 0; i < ask->count; i++) {
        struct group_entry entry;
        enum state_found found;

        if (named_before(ask, i, &before)) {
            result->errs[i] = result->errs[before];
            continue;
        }
        found = group_page_find(shard, recalling->group, ask->seqs[i], &entry);
        result->errs[i] = may_recall(recalling, ask->seqs[i], found, &entry);
        if (result->errs[i])
            continue;
        emit_withdrawn(shard, recalling, ask->seqs[i], ask->reason);
        push->items[push->count++] =
            (struct push_recalled){.seq = ask->seqs[i],
                                   .random = entry.random,
                                   .client_time = group_entry_client_time(&entry),
                                   .from_no = {entry.from}};
    }
    if (!push->count)
        return;
    push->group = group_push_name(req, recalling->group);
    push->by = arena_copy(&req->arena, recalling->actor->name);
    push->reason = ask->reason;
    group_tell(shard, req, audience, PUSH_GROUP_RECALL, push);
}

/* What a live room keeps is in memory and not for long: it is gone, and those who are there are
   told. Members recall their own, and users what is young enough. */
static void recall_in_room(struct shard *shard, struct request *req,
                           const struct recalling *recalling, struct group_recall_result *result)
{
    const struct group_recall_req *ask = req->body;
    const struct group_actor *actor = recalling->actor;
    struct room_recall recall = {.by = arena_copy(&req->arena, actor->name), .reason = ask->reason};
    uint32_t before;

    if (!actor->is_app_admin)
        recall.oldest_s = recalling->now_s - WITHDRAW_WINDOW_S;
    if (!actor->is_app_admin && group_may(recalling->group, actor, ACTION_RECALL_OTHERS))
        recall.sender = actor->account;
    for (uint32_t i = 0; i < ask->count; i++) {
        if (recalling->group->info.type != GROUP_AV_CHAT_ROOM)
            result->errs[i] = IM_ERR_GROUP_RECALL_TYPE;
        else if (named_before(ask, i, &before))
            result->errs[i] = result->errs[before];
        else
            result->errs[i] = room_recall(shard, req, recalling->group, ask->seqs[i], &recall);
    }
}

/* Who recalls, and what is needed to do so; the rows of all messages in one round. */
static enum im_err recall_start(struct shard *shard, struct request *req, struct group *group,
                                struct group_actor *actor, uint32_t *ret_visible_seq,
                                struct audience *audience)
{
    const struct group_recall_req *ask = req->body;
    const struct joined_row *joined;
    struct group_entry entry;
    enum im_err err = group_find(shard, req->app, ask->group, group);

    if (!err)
        err = group_actor_find(shard, req, group, actor);
    if (err)
        return err;
    *ret_visible_seq = 0;
    if (group_is_room(group->info.type))
        return shard_missing(shard) ? IM_AGAIN : IM_OK;
    if (!actor->is_app_admin && actor->role == ROLE_NONE)
        return IM_ERR_GROUP_RIGHT;
    for (uint32_t i = 0; i < ask->count; i++)
        group_page_find(shard, group, ask->seqs[i], &entry);
    if (!actor->is_app_admin &&
        joined_find(shard, req->app, actor->account, group->no, &joined) == STATE_HIT)
        *ret_visible_seq = joined->visible_seq;
    if (group_audience(shard, req, group, (struct account_no){0}, audience) == STATE_UNKNOWN ||
        shard_missing(shard))
        return IM_AGAIN;
    return IM_OK;
}

enum im_err group_recall(struct shard *shard, struct request *req)
{
    const struct group_recall_req *ask = req->body;
    struct group_recall_result *result = ARENA_NEW(&req->arena, struct group_recall_result);
    struct group group;
    struct group_actor actor;
    struct audience audience = {0};
    struct recalling recalling = {.group = &group, .actor = &actor, .now_s = shard_now_s(shard)};
    enum im_err err = recall_start(shard, req, &group, &actor, &recalling.visible_seq, &audience);

    if (err)
        return err;
    result->seqs = ask->seqs;
    result->count = ask->count;
    result->errs = ARENA_ARRAY(&req->arena, enum im_err, ask->count);
    req->result = result;
    if (group_is_room(group.info.type))
        recall_in_room(shard, req, &recalling, result);
    else
        recall_each(shard, req, &recalling, &audience, result);
    return IM_OK;
}

void apply_group_withdrawn(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_withdrawn *fact = payload;
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct row_key key;
    struct group_head_row *head;

    (void)n;
    group_message_mark(shard, app, group, fact->seq, GROUP_MESSAGE_WITHDRAWN, number);
    if (!row_get(shard, row_key_group_head(&key, app, group), NULL))
        return;
    head = row_put(shard, row_key_group_head(&key, app, group), sizeof(*head));
    head->recall_s = shard_now_s(shard);
}

/* ---- what was recalled ---- */

struct collecting {
    struct group_recalls *into;
    struct request *req;
};

static bool collect(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct collecting *collecting = arg;
    struct group_recalls *into = collecting->into;
    struct request *req = collecting->req;

    if (!(entry->flags & GROUP_MESSAGE_WITHDRAWN) || (entry->flags & GROUP_MESSAGE_DELETED))
        return true;
    if (req->body_count == RECALLS_BODIES_MAX)
        return false;
    into->items[into->count++] = (struct group_recalled){seq, entry->random};
    req->bodies[req->body_count++].position = entry->position;
    return into->count < GROUP_RECALLS_MAX;
}

static enum im_err recalls_of(struct shard *shard, struct request *req,
                              const struct group_recalls_of *ask, struct group_recalls *into)
{
    struct collecting collecting = {.into = into, .req = req};
    const struct joined_row *joined;
    struct group group;
    uint32_t low, last;
    enum im_err err = group_find(shard, req->app, ask->group, &group);

    *into = (struct group_recalls){
        .group = ask->group, .since_us = ask->since_us, .first = req->body_count};
    if (err == IM_AGAIN)
        return err;
    if (err || ((uint64_t)group.head.recall_s + 1) * 1000000 <= ask->since_us)
        return IM_OK;
    if (!group.head.recall_s ||
        joined_find(shard, req->app, req->account, group.no, &joined) != STATE_HIT)
        return IM_OK;
    last = group.head.last_seq;
    low = last > RECALLS_LOOKED_AT ? last - RECALLS_LOOKED_AT + 1 : 1;
    if (low <= joined->visible_seq)
        low = joined->visible_seq + 1;
    into->items = ARENA_ARRAY(&req->arena, struct group_recalled, GROUP_RECALLS_MAX);
    group_page_walk(shard, &group, last, low, collect, &collecting);
    return IM_OK;
}

enum im_err group_recalls(struct shard *shard, struct request *req)
{
    const struct group_recalls_req *ask = req->body;
    struct group_recalls_result *result = ARENA_NEW(&req->arena, struct group_recalls_result);

    if (!req->bodies)
        req->bodies = ARENA_ARRAY(&req->arena, struct message_body, RECALLS_BODIES_MAX);
    memset(req->bodies, 0, RECALLS_BODIES_MAX * sizeof(*req->bodies));
    req->body_count = 0;
    result->groups = ARENA_ARRAY(&req->arena, struct group_recalls, ask->count);
    result->count = ask->count;
    for (uint32_t i = 0; i < ask->count; i++)
        recalls_of(shard, req, &ask->groups[i], &result->groups[i]);
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}
