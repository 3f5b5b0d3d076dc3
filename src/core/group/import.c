#include "core/group/import.h"

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/message.h"
#include "core/group/page.h"
#include "core/quota/entitlement.h"

/* So many messages back it is looked whether an import is repeated. */
#define REPEAT_WINDOW 1024u

/* The group of an import: rooms have no history and no members to import. */
static enum im_err find_group(struct shard *shard, const struct request *req, struct span id,
                              struct group *ret)
{
    enum im_err err = group_find(shard, req->app, id, ret);

    if (err)
        return err;
    return group_is_room(ret->info.type) ? IM_ERR_GROUP_RIGHT : IM_OK;
}

/* ---- messages ---- */

struct repeat_search {
    const struct import_message *message;
    struct account_no from;
    uint32_t seq;
};

static bool match_repeat(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct repeat_search *search = arg;

    if (entry->from == search->from.v && entry->time == search->message->time &&
        entry->random == search->message->random) {
        search->seq = seq;
        return false;
    }
    return true;
}

/* Sets outcome->err and, for a repeated one, outcome->seq. */
static void message_check(struct shard *shard, const struct request *req, const struct group *group,
                          const struct import_message *message, uint32_t not_before,
                          struct account_no *ret_from, struct import_outcome *outcome)
{
    struct repeat_search search = {.message = message};
    uint32_t last = group->head.last_seq;
    enum state_found found = account_find(shard, req->app, message->from, ret_from);

    *outcome = (struct import_outcome){.err = message->err, .time = message->time};
    if (outcome->err)
        return;
    if (message->time <= group->info.created_s || message->time >= shard_now_s(shard) ||
        message->time < not_before)
        outcome->err = IM_ERR_GROUP_PARAM;
    else if (found == STATE_ABSENT)
        outcome->err = IM_ERR_GROUP_ACCOUNT;
    if (outcome->err || found != STATE_HIT || !message->has_random || !last ||
        message->time > group->head.last_s)
        return;
    search.from = *ret_from;
    group_page_walk(shard, group, last, last > REPEAT_WINDOW ? last - REPEAT_WINDOW : 1,
                    match_repeat, &search);
    outcome->seq = search.seq;
}

static uint32_t message_emit(struct shard *shard, struct group *group,
                             const struct import_message *message, struct account_no from)
{
    /* Expiry counts from its own time, but it stays as long as what is before it in the group: who
       reads from the newest message stops at what has expired. */
    uint32_t last_s = group->head.last_s;
    const struct fact_group_message fact = {.app = group->app.v,
                                            .group = group->no.v,
                                            .from = from.v,
                                            .time = message->time,
                                            .random = message->random,
                                            .accepted_s =
                                                message->time > last_s ? message->time : last_s,
                                            .flags = GROUP_MESSAGE_BY_REST,
                                            .priority = PRIORITY_NORMAL,
                                            .imported = 1,
                                            .activates = !(group->info.flags & GROUP_ACTIVE),
                                            .stored = 1,
                                            .body_bytes = (uint32_t)message->body.n,
                                            .cloud_bytes = (uint32_t)message->cloud.n};
    uint32_t seq = group_message_emit(shard, group, fact, message->body, message->cloud,
                                      (struct span){0}, (struct span){0});

    fact_commit(shard);
    group->head.last_seq = seq;
    group->head.last_s = fact.accepted_s;
    group->info.flags |= GROUP_ACTIVE;
    return seq;
}

/* The seq of the same message before in the call; 0: it is the first. */
static uint32_t seq_in_call(const struct import_messages_req *ask, const struct account_no *from,
                            const struct import_messages_result *result, uint32_t i)
{
    const struct import_message *message = &ask->items[i], *other = ask->items;

    for (uint32_t j = 0; message->has_random && j < i; j++, other++) {
        if (other->has_random && from[j].v == from[i].v && other->time == message->time &&
            other->random == message->random && !result->items[j].err)
            return result->items[j].seq;
    }
    return 0;
}

enum im_err group_import_messages(struct shard *shard, struct request *req)
{
    const struct import_messages_req *ask = req->body;
    struct import_messages_result *result = ARENA_NEW(&req->arena, struct import_messages_result);
    struct account_no *from = ARENA_ARRAY(&req->arena, struct account_no, ask->count);
    struct group group;
    uint32_t not_before = 0;
    enum im_err err = find_group(shard, req, ask->group, &group);

    if (err)
        return err;
    result->items = ARENA_ARRAY(&req->arena, struct import_outcome, ask->count);
    result->count = ask->count;
    group_page_need(shard, &group);
    for (uint32_t i = 0; i < ask->count; i++) {
        const struct import_message *message = &ask->items[i];
        struct import_outcome *outcome = &result->items[i];
        const struct member_row *sender;

        message_check(shard, req, &group, message, not_before, &from[i], outcome);
        if (from[i].v)
            member_find(shard, &group, from[i], &sender);
        if (!outcome->err)
            not_before = message->time;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < ask->count; i++) {
        struct import_outcome *outcome = &result->items[i];

        if (!outcome->err && !outcome->seq)
            outcome->seq = seq_in_call(ask, from, result, i);
        if (!outcome->err && !outcome->seq)
            outcome->seq = message_emit(shard, &group, &ask->items[i], from[i]);
    }
    req->result = result;
    return IM_OK;
}

/* ---- members ---- */

static enum im_err newcomer_check(struct shard *shard, const struct request *req,
                                  const struct group *group, const struct import_member *member,
                                  struct newcomer *ret, uint8_t *ret_result)
{
    uint64_t groups_most = cap_of(shard, req->app, CAP_GROUPS_PER_ACCOUNT);
    const struct member_row *row;
    uint32_t groups = 0;

    if (member->join_s &&
        (member->join_s < group->info.created_s || member->join_s > shard_now_s(shard)))
        return IM_ERR_GROUP_PARAM;
    *ret = (struct newcomer){
        .role = member->admin && group->info.type != GROUP_PRIVATE ? ROLE_ADMIN : ROLE_MEMBER,
        .join_s = member->join_s,
        .unread = member->unread};
    *ret_result = 0;
    if (account_find(shard, req->app, member->name, &ret->account) != STATE_HIT)
        return IM_OK;
    member_need(shard, group, ret->account);
    member_groups_of(shard, req->app, ret->account, &groups);
    if (member_find(shard, group, ret->account, &row) == STATE_HIT)
        *ret_result = 2;
    else
        *ret_result = groups < groups_most;
    return IM_OK;
}

/* Where it is named first. */
static uint32_t first_of(const struct newcomer *newcomers, uint32_t i)
{
    uint32_t first = 0;

    while (newcomers[first].account.v != newcomers[i].account.v)
        first++;
    return first;
}

/* Those that join, in records of a few. */
static void join(struct shard *shard, const struct group *group, const struct newcomer *newcomers,
                 uint32_t room, struct import_members_result *result)
{
    struct newcomer batch[MEMBERS_A_RECORD];
    uint32_t n = 0;

    for (uint32_t i = 0; i < result->count; i++) {
        uint32_t first = first_of(newcomers, i);

        if (result->results[i] != 1)
            continue;
        if (first < i) {
            result->results[i] = result->results[first] ? 2 : 0;
        } else if (!room) {
            result->results[i] = 0;
        } else {
            room--;
            batch[n++] = newcomers[i];
        }
        if (n == MEMBERS_A_RECORD) {
            members_join(shard, group, batch, n, true);
            fact_commit(shard);
            n = 0;
        }
    }
    if (n)
        members_join(shard, group, batch, n, true);
}

enum im_err group_import_members(struct shard *shard, struct request *req)
{
    const struct import_members_req *ask = req->body;
    struct import_members_result *result = ARENA_NEW(&req->arena, struct import_members_result);
    struct newcomer *newcomers = ARENA_ARRAY(&req->arena, struct newcomer, ask->count);
    struct group group;
    uint32_t cap;
    enum im_err err = find_group(shard, req, ask->group, &group);

    if (err)
        return err;
    cap = group_member_cap(shard, &group);
    result->results = ARENA_ARRAY(&req->arena, uint8_t, ask->count);
    result->count = ask->count;
    for (uint32_t i = 0; i < ask->count; i++) {
        err =
            newcomer_check(shard, req, &group, &ask->items[i], &newcomers[i], &result->results[i]);
        if (err)
            return err;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    join(shard, &group, newcomers, cap > group.head.members ? cap - group.head.members : 0, result);
    req->result = result;
    return IM_OK;
}
