/*
 * The end of a group: one fact hides it from everybody, then a system request at a time takes
 * away what it left: members with what they had joined (each gets its notice), mutes and bans,
 * values; last what waits for a decision, with the group's own rows. Its messages expire. Which
 * groups are being swept is in the list of all groups, so a start after a crash finds them.
 */
#include "core/account/account.h"
#include "core/group/lifecycle.h"
#include "core/group/notice.h"
#include "core/group/room.h"
#include "core/group/usage.h"
#include "core/shard_internal.h"

/* Records of one turn of a sweep: other commands run between two turns. */
#define RECORDS_A_TURN 8u

static const struct operation group_sweep, sweeps_find;

static void sweep_soon(struct shard *shard, struct app_id app, struct group_no group)
{
    /* Too many timers: it goes on at the next start. */
    shard_at(shard, shard_now_us(shard), &group_sweep, app, group.v);
}

/* ---- the command ---- */

enum im_err group_dissolve(struct shard *shard, struct request *req)
{
    const struct group_dissolve_req *ask = req->body;
    struct fact_group_dissolved *fact;
    struct group_actor actor;
    struct group group;
    struct row_key key;
    const void *value;
    enum im_err err = group_find(shard, req->app, ask->group, &group);

    if (!err)
        err = group_actor_find(shard, req, &group, &actor);
    if (!err)
        err = group_may(&group, &actor, ACTION_DISSOLVE);
    if (err)
        return err;
    usage_group_need(shard, req->app, (struct account_no){0});
    row_find(shard, row_key_group_list(&key, req->app, group.no), &value, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_GROUP_DISSOLVED, sizeof(*fact));
    fact->app = req->app.v;
    fact->group = group.no.v;
    fact->by_owner = actor.role == ROLE_OWNER;
    if (group_is_room(group.info.type))
        room_dissolved(shard, req, &group);
    sweep_soon(shard, req->app, group.no);
    return IM_OK;
}

/* ---- sweeping ---- */

struct sweeping {
    uint32_t count;
    uint32_t accounts[RECORDS_A_TURN * MEMBERS_A_RECORD];
};

static void collect_account(void *arg, struct span key, const void *value, size_t n)
{
    struct sweeping *sweeping = arg;

    (void)value, (void)n;
    if (sweeping->count < sizeof(sweeping->accounts) / sizeof(sweeping->accounts[0]))
        sweeping->accounts[sweeping->count++] = get_be32(key.p + key.n - 4);
}

/* Some accounts of one of the group's collections. */
static enum state_found collect(struct shard *shard, const struct group *group,
                                enum row_table table, struct sweeping *sweeping)
{
    struct row_key key;
    struct span prefix = row_prefix_of_group(&key, table, group->app, group->no);

    sweeping->count = 0;
    if (state_scan(shard_state(shard), prefix, collect_account, sweeping) == STATE_UNKNOWN)
        return row_need_collection(shard, prefix);
    return sweeping->count ? STATE_HIT : STATE_ABSENT;
}

static void emit_swept(struct shard *shard, const struct group *group, const uint32_t *accounts,
                       uint32_t count, bool last)
{
    struct fact_group_swept *fact =
        fact_emit(shard, FACT_GROUP_SWEPT, sizeof(*fact) + count * sizeof(uint32_t));

    *fact = (struct fact_group_swept){
        .app = group->app.v, .group = group->no.v, .count = count, .last = last};
    if (count)
        memcpy(fact + 1, accounts, count * sizeof(uint32_t));
}

static uint32_t of_record(const struct sweeping *sweeping, uint32_t at)
{
    return sweeping->count - at < MEMBERS_A_RECORD ? sweeping->count - at : MEMBERS_A_RECORD;
}

/* Who dissolved it: nobody by name if it was not its owner. */
static struct span ended_by(struct shard *shard, const struct group *group)
{
    const struct account_row *row;

    if (!(group->info.flags & GROUP_ENDED_BY_OWNER) ||
        account_row_find(shard, group->app, (struct account_no){group->info.owner}, &row) !=
            STATE_HIT)
        return (struct span){0};
    return account_name(row);
}

static enum im_err sweep_members(struct shard *shard, struct request *req,
                                 const struct group *group, const struct sweeping *sweeping)
{
    const struct notice notice = notice_of(shard, group, NOTICE_DISSOLVED, ended_by(shard, group));
    bool tells = (group->info.flags & GROUP_ACTIVE) && !group_is_room(group->info.type);

    for (uint32_t i = 0; i < sweeping->count; i++) {
        struct account_no account = {sweeping->accounts[i]};

        member_need(shard, group, account);
        notice_need(shard, req->app, account);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < sweeping->count; i += MEMBERS_A_RECORD) {
        uint32_t n = of_record(sweeping, i);

        emit_swept(shard, group, sweeping->accounts + i, n, false);
        for (uint32_t j = 0; tells && j < n; j++)
            notice_send(shard, req, (struct account_no){sweeping->accounts[i + j]}, &notice, NULL);
        fact_commit(shard);
    }
    return IM_OK;
}

/* Lifts mutes and bans, which goes for who is in the group no more, too. */
static void lift(struct shard *shard, const struct group *group, enum row_table table,
                 const uint32_t *accounts, uint32_t count)
{
    if (table == ROW_MUTED) {
        struct fact_member_muted *fact =
            fact_emit(shard, FACT_MEMBER_MUTED, sizeof(*fact) + count * sizeof(uint32_t));

        *fact =
            (struct fact_member_muted){.app = group->app.v, .group = group->no.v, .count = count};
        memcpy(fact + 1, accounts, count * sizeof(uint32_t));
    } else {
        struct fact_member_banned *fact =
            fact_emit(shard, FACT_MEMBER_BANNED, sizeof(*fact) + count * sizeof(uint32_t));

        *fact = (struct fact_member_banned){
            .app = group->app.v, .group = group->no.v, .count = (uint16_t)count};
        memcpy(fact + 1, accounts, count * sizeof(uint32_t));
    }
    fact_commit(shard);
}

/* STATE_HIT: some of them are lifted, there may be more. */
static enum state_found sweep_lifted(struct shard *shard, const struct group *group,
                                     enum row_table table)
{
    struct sweeping sweeping;
    enum state_found found = collect(shard, group, table, &sweeping);

    if (found != STATE_HIT)
        return found;
    if (shard_missing(shard))
        return STATE_UNKNOWN;
    for (uint32_t i = 0; i < sweeping.count; i += MEMBERS_A_RECORD)
        lift(shard, group, table, sweeping.accounts + i, of_record(&sweeping, i));
    return STATE_HIT;
}

struct value_keys {
    struct request *req;
    struct span *keys;
    uint32_t count, room;
};

static void collect_key(void *arg, struct span key, const void *value, size_t n)
{
    struct value_keys *keys = arg;

    (void)value, (void)n;
    if (keys->count < keys->room)
        keys->keys[keys->count++] =
            arena_copy(&keys->req->arena, (struct span){key.p + 10, key.n - 10});
}

/* Custom fields, attributes, counters: a few dozen rows at most. */
static enum im_err sweep_values(struct shard *shard, struct request *req, const struct group *group)
{
    struct value_keys keys = {.req = req, .room = 64};
    struct row_key key;

    keys.keys = ARENA_ARRAY(&req->arena, struct span, keys.room);
    for (uint8_t scope = SCOPE_CUSTOM; scope <= SCOPE_COUNTER; scope++)
        row_need_collection(shard, row_prefix_group_field(&key, group->app, group->no, scope));
    row_need_collection(shard, row_prefix_pendency(&key, group->app, group->no));
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint8_t scope = SCOPE_CUSTOM; scope <= SCOPE_COUNTER; scope++) {
        keys.count = 0;
        state_scan(shard_state(shard), row_prefix_group_field(&key, group->app, group->no, scope),
                   collect_key, &keys);
        for (uint32_t i = 0; i < keys.count; i++) {
            struct fact_group_field *fact =
                fact_emit(shard, FACT_GROUP_FIELD, sizeof(*fact) + keys.keys[i].n);

            *fact = (struct fact_group_field){.app = group->app.v,
                                              .group = group->no.v,
                                              .scope = scope,
                                              .remove = 1,
                                              .key_bytes = (uint16_t)keys.keys[i].n};
            memcpy(fact + 1, keys.keys[i].p, keys.keys[i].n);
        }
    }
    emit_swept(shard, group, NULL, 0, true);
    return IM_OK;
}

static enum im_err run_sweep(struct shard *shard, struct request *req)
{
    static const enum row_table lifted[] = {ROW_MUTED, ROW_BANNED};
    struct sweeping sweeping;
    struct group group = {.no = {0}};
    struct row_key key;
    const void *value;
    enum im_err err = group_get(shard, req->app, (struct group_no){(uint32_t)req->tag}, &group);

    if (err == IM_AGAIN)
        return err;
    if (!(group.info.flags & GROUP_DISSOLVED))
        return IM_OK; /* all done */
    usage_group_need(shard, req->app, (struct account_no){0});
    row_find(shard, row_key_group_list(&key, req->app, group.no), &value, NULL);
    switch (collect(shard, &group, ROW_MEMBER, &sweeping)) {
    case STATE_HIT:
        err = sweep_members(shard, req, &group, &sweeping);
        if (err)
            return err;
        sweep_soon(shard, req->app, group.no);
        return IM_OK;
    case STATE_ABSENT:
        break;
    case STATE_UNKNOWN:
        return IM_AGAIN;
    }
    for (uint32_t i = 0; i < sizeof(lifted) / sizeof(lifted[0]); i++) {
        switch (sweep_lifted(shard, &group, lifted[i])) {
        case STATE_HIT:
            sweep_soon(shard, req->app, group.no);
            return IM_OK;
        case STATE_UNKNOWN:
            return IM_AGAIN;
        case STATE_ABSENT:
            break;
        }
    }
    return sweep_values(shard, req, &group);
}

static const struct operation group_sweep = {.run = run_sweep};

/* ---- after a start ---- */

/* One chunk of the list of groups: its number is the tag; then the next one. */
static enum im_err run_find(struct shard *shard, struct request *req)
{
    uint32_t first = (uint32_t)req->tag * GROUP_LIST_CHUNK;
    const struct app_groups_row *groups;
    const uint8_t *bytes;
    struct row_key key;
    const void *value, *list;
    size_t n;
    enum state_found found = row_find(shard, row_key_app_groups(&key, req->app), &value, NULL);

    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    groups = value;
    if (found == STATE_ABSENT || !groups->sweeping || first > groups->last_group)
        return IM_OK;
    found =
        row_find(shard, row_key_group_list(&key, req->app, (struct group_no){first}), &list, &n);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    bytes = list;
    for (size_t i = 0; found == STATE_HIT && i < n; i++) {
        if (bytes[i] == GROUP_LIST_SWEEPING)
            sweep_soon(shard, req->app, (struct group_no){first + (uint32_t)i});
    }
    shard_at(shard, shard_now_us(shard), &sweeps_find, req->app, req->tag + 1);
    return IM_OK;
}

static const struct operation sweeps_find = {.run = run_find};

void group_sweeps_resume(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *value;
    size_t n;

    /* The shard still opens: rows are read where they are asked for. */
    if (state_get(shard_state(shard), row_key_app_groups(&key, app), &value, &n) != STATE_HIT ||
        !((const struct app_groups_row *)value)->sweeping)
        return;
    shard_at(shard, shard_now_us(shard), &sweeps_find, app, 0);
}
