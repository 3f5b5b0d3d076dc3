#include "core/group/ban.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/apply.h"
#include "core/group/change.h"
#include "core/group/room.h"
#include "core/group/tip.h"
#include "core/quota/entitlement.h"

/* Each touches its ban, its places in rooms and its account. */
#define BANS_A_RECORD 5u

struct banning {
    struct request *req;
    struct group group;
    struct group_actor actor;
    struct account_no *accounts;
    struct tip_member *names;
    uint32_t count;
};

/* ---- who may ---- */

static enum im_err start(struct shard *shard, struct request *req, struct span id,
                         struct group *ret_group, struct group_actor *ret_actor)
{
    uint64_t allowed = cap_of(shard, req->app, SERVICE_ROOM_BANS);
    enum im_err err;

    if (shard_missing(shard))
        return IM_AGAIN;
    if (!allowed)
        return IM_ERR_GROUP_PLAN;
    err = group_find(shard, req->app, id, ret_group);
    if (!err)
        err = group_actor_find(shard, req, ret_group, ret_actor);
    if (!err)
        err = group_may(ret_group, ret_actor, ACTION_MUTE);
    if (!err && ret_group->info.type != GROUP_AV_CHAT_ROOM)
        err = IM_ERR_GROUP_RIGHT;
    return err;
}

/* ---- facts ---- */

static void emit(struct shard *shard, const struct group *group, const struct account_no *accounts,
                 uint32_t count, uint32_t until_s, struct span description)
{
    size_t list_bytes = count * sizeof(uint32_t);
    struct fact_member_banned *fact =
        fact_emit(shard, FACT_MEMBER_BANNED, sizeof(*fact) + list_bytes + description.n);

    CHECK(count <= MEMBERS_A_RECORD);
    *fact = (struct fact_member_banned){.app = group->app.v,
                                        .group = group->no.v,
                                        .until_s = until_s,
                                        .description_bytes = (uint16_t)description.n,
                                        .count = (uint16_t)count};
    memcpy(fact + 1, accounts, list_bytes);
    if (description.n)
        memcpy((char *)(fact + 1) + list_bytes, description.p, description.n);
}

void bans_lift(struct shard *shard, const struct group *group, const struct account_no *accounts,
               uint32_t count)
{
    emit(shard, group, accounts, count, 0, (struct span){0});
}

void apply_member_banned(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_member_banned *fact = payload;
    const uint32_t *accounts = (const uint32_t *)(fact + 1);
    struct row_key key;

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        struct span name =
            row_key_of_group(&key, ROW_BANNED, (struct app_id){fact->app},
                             (struct group_no){fact->group}, (struct account_no){accounts[i]});
        struct banned_row *row;

        if (fact->until_s) {
            row = row_put(shard, name, sizeof(*row) + fact->description_bytes);
            row->until_s = fact->until_s;
            row->description_bytes = fact->description_bytes;
            memcpy(row + 1, accounts + fact->count, fact->description_bytes);
        } else if (row_get(shard, name, NULL)) {
            row_delete(shard, name);
        }
    }
}

/* ---- all bans of a room ---- */

struct collecting {
    struct banned *items; /* NULL: they are only counted */
    struct account_no expired[MEMBERS_A_RECORD];
    uint32_t count, expired_count, now_s;
};

static void collect(void *arg, struct span key, const void *value, size_t n)
{
    struct collecting *all = arg;
    const struct banned_row *row = value;
    struct account_no account = {get_be32(key.p + key.n - 4)};

    (void)n;
    if (row->until_s <= all->now_s) {
        if (all->expired_count < MEMBERS_A_RECORD)
            all->expired[all->expired_count++] = account;
        return;
    }
    if (all->items)
        all->items[all->count] = (struct banned){.account = account, .until_s = row->until_s};
    all->count++;
}

static enum state_found scan(struct shard *shard, const struct group *group,
                             struct collecting *into)
{
    struct row_key key;
    struct span prefix = row_prefix_of_group(&key, ROW_BANNED, group->app, group->no);

    if (row_need_collection(shard, prefix) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    into->now_s = shard_now_s(shard);
    into->count = into->expired_count = 0;
    state_scan(shard_state(shard), prefix, collect, into);
    return STATE_HIT;
}

/* ---- banning ---- */

static enum state_found ban_row_find(struct shard *shard, const struct group *group,
                                     struct account_no account)
{
    struct row_key key;
    const void *value;

    return row_find(shard, row_key_of_group(&key, ROW_BANNED, group->app, group->no, account),
                    &value, NULL);
}

static enum im_err take(struct shard *shard, struct banning *b, struct span name)
{
    const struct member_row *row;
    struct account_no account;
    enum state_found found = account_find(shard, b->group.app, name, &account);

    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_ACCOUNT;
    if (found == STATE_UNKNOWN || named_before(b->accounts, b->count, account))
        return IM_OK;
    found = member_find(shard, &b->group, account, &row);
    if (found == STATE_HIT && (row->role == ROLE_OWNER || !actor_outranks(&b->actor, row->role)))
        return IM_ERR_GROUP_RIGHT;
    ban_row_find(shard, &b->group, account);
    room_need(shard, b->group.app, account);
    tip_member_find(shard, b->req, account, &b->names[b->count]);
    b->accounts[b->count++] = account;
    return IM_OK;
}

static void ban_some(struct shard *shard, struct banning *b, uint32_t first, uint32_t count)
{
    const struct ban_req *ask = b->req->body;
    uint64_t until_s = (uint64_t)shard_now_s(shard) + ask->duration_s;
    const struct account_no *accounts = b->accounts + first;

    emit(shard, &b->group, accounts, count, until_s < UINT32_MAX ? (uint32_t)until_s : UINT32_MAX,
         ask->description);
    for (uint32_t i = 0; i < count; i++)
        room_put_out(shard, b->req, &b->group, accounts[i], ask->description);
    fact_commit(shard);
}

/* Those who are still there are told once for all of them. */
static void tell(struct shard *shard, struct banning *b, const struct tip_member *by)
{
    for (uint32_t i = 0; i < b->count; i += TIP_MAX_MEMBERS) {
        uint32_t left = b->count - i;
        const struct group_tip tip = {.kind = TIP_KICKED,
                                      .operator_name = by->name,
                                      .operator_nick = by->nick,
                                      .operator_face = by->face,
                                      .member_num = room_online(shard, &b->group),
                                      .members = b->names + i,
                                      .member_count =
                                          left < TIP_MAX_MEMBERS ? left : TIP_MAX_MEMBERS};

        tip_send(shard, b->req, &b->group, &tip, NULL);
    }
}

enum im_err group_ban(struct shard *shard, struct request *req)
{
    const struct ban_req *ask = req->body;
    struct banning b = {.req = req};
    struct collecting all = {.items = NULL};
    struct tip_member by = {.mute_s = 0};
    enum im_err err = start(shard, req, ask->group, &b.group, &b.actor), refused = IM_OK;

    if (err)
        return err;
    b.accounts = ARENA_ARRAY(&req->arena, struct account_no, ask->count);
    b.names = ARENA_ARRAY(&req->arena, struct tip_member, ask->count);
    for (uint32_t i = 0; i < ask->count; i++) {
        err = take(shard, &b, ask->accounts[i]);
        refused = refused ? refused : err;
    }
    scan(shard, &b.group, &all);
    actor_tip_member(shard, req, &b.actor, &by);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (refused)
        return refused;
    if (all.count + b.count > BANS_MAX)
        return IM_ERR_GROUP_TOO_MANY_ACCOUNTS;
    if (all.expired_count) {
        bans_lift(shard, &b.group, all.expired, all.expired_count);
        fact_commit(shard);
    }
    for (uint32_t i = 0; i < b.count; i += BANS_A_RECORD) {
        uint32_t left = b.count - i;

        ban_some(shard, &b, i, left < BANS_A_RECORD ? left : BANS_A_RECORD);
    }
    tell(shard, &b, &by);
    return IM_OK;
}

enum im_err group_unban(struct shard *shard, struct request *req)
{
    const struct ban_req *ask = req->body;
    struct account_no accounts[BAN_ACCOUNTS_MAX];
    struct group_actor actor;
    struct group group;
    uint32_t count = 0;
    enum im_err err = start(shard, req, ask->group, &group, &actor);

    if (err)
        return err;
    for (uint32_t i = 0; i < ask->count; i++) {
        struct account_no account;

        if (account_find(shard, req->app, ask->accounts[i], &account) == STATE_HIT &&
            ban_row_find(shard, &group, account) == STATE_HIT &&
            !named_before(accounts, count, account))
            accounts[count++] = account;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < count; i += MEMBERS_A_RECORD) {
        uint32_t left = count - i;

        bans_lift(shard, &group, accounts + i, left < MEMBERS_A_RECORD ? left : MEMBERS_A_RECORD);
        fact_commit(shard);
    }
    return IM_OK;
}

/* ---- listing ---- */

static int by_account(const void *left, const void *right)
{
    const struct banned *a = left, *b = right;

    return (a->account.v > b->account.v) - (a->account.v < b->account.v);
}

enum im_err group_ban_list(struct shard *shard, struct request *req)
{
    const struct ban_list_req *ask = req->body;
    struct ban_list_result *result = ARENA_NEW(&req->arena, struct ban_list_result);
    struct collecting all = {.items = NULL};
    struct group_actor actor;
    struct group group;
    uint32_t left;
    enum im_err err = start(shard, req, ask->group, &group, &actor);

    if (err)
        return err;
    if (scan(shard, &group, &all) == STATE_UNKNOWN)
        return IM_AGAIN;
    all.items = ARENA_ARRAY(&req->arena, struct banned, all.count + 1);
    scan(shard, &group, &all);
    qsort(all.items, all.count, sizeof(all.items[0]), by_account);
    left = all.count > ask->offset ? all.count - ask->offset : 0;
    result->items = all.items + (all.count - left);
    result->count = left < ask->limit ? left : ask->limit;
    result->next_offset = left > result->count ? ask->offset + result->count : 0;
    for (uint32_t i = 0; i < result->count; i++) {
        const struct account_row *row;

        if (account_row_find(shard, req->app, result->items[i].account, &row) == STATE_HIT)
            result->items[i].name = arena_copy(&req->arena, account_name(row));
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}
