/* Member rows of a group and joined rows of an account: they come and go together. */
#include "core/group/member.h"

#include "base/check.h"
#include "core/apply.h"
#include "core/group/apply.h"
#include "core/group/roster.h"
#include "core/group/usage.h"

enum state_found member_find(struct shard *shard, const struct group *group,
                             struct account_no account, const struct member_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found = row_find(
        shard, row_key_of_group(&key, ROW_MEMBER, group->app, group->no, account), &value, NULL);

    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

enum state_found joined_find(struct shard *shard, struct app_id app, struct account_no account,
                             struct group_no group, const struct joined_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found =
        row_find(shard, row_key_joined(&key, app, account, group), &value, NULL);

    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

bool member_field_next(struct span *fields, struct span *ret_key, struct span *ret_value)
{
    size_t key_bytes, value_bytes;

    if (fields->n < 2)
        return false;
    key_bytes = (uint8_t)fields->p[0];
    value_bytes = (uint8_t)fields->p[1];
    CHECK(2 + key_bytes + value_bytes <= fields->n);
    *ret_key = span_make(fields->p + 2, key_bytes);
    *ret_value = span_make(fields->p + 2 + key_bytes, value_bytes);
    fields->p += 2 + key_bytes + value_bytes;
    fields->n -= 2 + key_bytes + value_bytes;
    return true;
}

enum state_found member_muted_until(struct shard *shard, const struct group *group,
                                    struct account_no account, uint32_t *ret_until_s)
{
    struct row_key key;
    const void *value;
    enum state_found found = row_find(
        shard, row_key_of_group(&key, ROW_MUTED, group->app, group->no, account), &value, NULL);
    uint32_t until_s = 0;

    if (found == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    if (found == STATE_HIT)
        until_s = ((const struct muted_row *)value)->until_s;
    *ret_until_s = until_s > shard_now_s(shard) ? until_s : 0;
    return STATE_HIT;
}

/* ---- for handlers ---- */

void member_need(struct shard *shard, const struct group *group, struct account_no account)
{
    struct row_key key;
    const struct member_row *member;
    const struct joined_row *joined;
    const void *value;

    row_find(shard, row_key_group_head(&key, group->app, group->no), &value, NULL);
    member_find(shard, group, account, &member);
    joined_find(shard, group->app, account, group->no, &joined);
    usage_group_need(shard, group->app, (struct account_no){0});
}

static void count_group(void *arg, struct span key, const void *value, size_t n)
{
    const struct joined_row *row = value;

    (void)key, (void)n;
    if (!group_is_room(row->type))
        ++*(uint32_t *)arg;
}

enum state_found member_groups_of(struct shard *shard, struct app_id app, struct account_no account,
                                  uint32_t *ret_count)
{
    struct row_key key;
    struct span prefix = row_prefix_joined(&key, app, account);
    uint32_t count = 0;

    if (row_need_collection(shard, prefix) != STATE_HIT)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), prefix, count_group, &count);
    *ret_count = count;
    return STATE_HIT;
}

static bool shows_old_messages(uint8_t type)
{
    return type == GROUP_CHAT_ROOM || type == GROUP_COMMUNITY;
}

void members_join(struct shard *shard, const struct group *group, const struct newcomer *newcomers,
                  uint32_t count, bool imported)
{
    size_t n = sizeof(struct fact_members_joined) + count * sizeof(struct joining);
    uint32_t last_seq = group->head.last_seq;
    struct fact_members_joined *fact;
    const struct member_row *row;
    struct joining *joining;
    char *fields;

    CHECK(count && count <= MEMBERS_A_RECORD);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(member_find(shard, group, newcomers[i].account, &row) == STATE_ABSENT);
        n += newcomers[i].fields.n;
    }
    fact = fact_emit(shard, FACT_MEMBERS_JOINED, n);
    fact->app = group->app.v;
    fact->group = group->no.v;
    fact->count = count;
    fact->imported = imported;
    joining = (struct joining *)(void *)(fact + 1);
    fields = (char *)(joining + count);
    for (uint32_t i = 0; i < count; i++) {
        const struct newcomer *from = &newcomers[i];
        uint32_t unread = from->unread < last_seq ? from->unread : last_seq;
        bool old = imported || shows_old_messages(group->info.type);

        joining[i] = (struct joining){
            .account = from->account.v,
            .join_s = from->join_s ? from->join_s : shard_now_s(shard),
            .read_seq = last_seq - unread,
            .visible_seq = old ? 0 : last_seq,
            .role = from->role,
            .option = group->info.type == GROUP_CHAT_ROOM ? OPTION_NO_NOTIFY : OPTION_NOTIFY,
            .field_bytes = (uint16_t)from->fields.n};
        if (from->fields.n)
            memcpy(fields, from->fields.p, from->fields.n);
        fields += from->fields.n;
    }
}

void members_leave(struct shard *shard, const struct group *group,
                   const struct account_no *accounts, uint32_t count, bool kicked)
{
    struct fact_members_left *fact;
    const struct member_row *row;
    uint32_t *left;

    CHECK(count && count <= MEMBERS_A_RECORD);
    for (uint32_t i = 0; i < count; i++)
        CHECK(member_find(shard, group, accounts[i], &row) == STATE_HIT);
    fact = fact_emit(shard, FACT_MEMBERS_LEFT, sizeof(*fact) + count * sizeof(uint32_t));
    fact->app = group->app.v;
    fact->group = group->no.v;
    fact->count = count;
    fact->kicked = kicked;
    left = (uint32_t *)(fact + 1);
    for (uint32_t i = 0; i < count; i++)
        left[i] = accounts[i].v;
}

/* ---- applying ---- */

static struct group_head_row *head_put(struct shard *shard, struct app_id app,
                                       struct group_no group)
{
    struct row_key key;

    return row_put(shard, row_key_group_head(&key, app, group), sizeof(struct group_head_row));
}

static uint8_t type_of(struct shard *shard, struct app_id app, struct group_no group)
{
    struct row_key key;
    const struct group_row *row = row_get(shard, row_key_group(&key, app, group), NULL);

    CHECK(row);
    return row->type;
}

static void put_member(struct shard *shard, struct app_id app, struct group_no group,
                       const struct joining *joining, const char *fields)
{
    struct row_key key;
    struct span name =
        row_key_of_group(&key, ROW_MEMBER, app, group, (struct account_no){joining->account});
    struct member_row *row = row_put(shard, name, sizeof(*row) + joining->field_bytes);

    *row = (struct member_row){
        .join_s = joining->join_s, .role = joining->role, .field_bytes = joining->field_bytes};
    if (joining->field_bytes)
        memcpy(row->tail, fields, joining->field_bytes);
}

static void put_joined(struct shard *shard, struct app_id app, struct group_no group, uint8_t type,
                       uint32_t read_floor, const struct joining *joining)
{
    struct row_key key;
    struct span name = row_key_joined(&key, app, (struct account_no){joining->account}, group);
    struct joined_row *row = row_put(shard, name, sizeof(*row));

    *row = (struct joined_row){.join_s = joining->join_s,
                               .read_seq = joining->read_seq,
                               .visible_seq = joining->visible_seq,
                               .option = joining->option,
                               .role = joining->role,
                               .type = type,
                               .floor_seen = read_floor};
}

void apply_members_joined(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_members_joined *fact = payload;
    const struct joining *joining = (const struct joining *)(const void *)(fact + 1);
    const char *fields = (const char *)(joining + fact->count);
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct group_head_row *head = head_put(shard, app, group);
    uint8_t type = type_of(shard, app, group);

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        put_member(shard, app, group, &joining[i], fields);
        put_joined(shard, app, group, type, head->read_floor, &joining[i]);
        fields += joining[i].field_bytes;
        head->members++;
        head->admins += joining[i].role == ROLE_ADMIN;
        roster_joined(shard, app, group, (struct account_no){joining[i].account});
    }
    if (!fact->imported)
        usage_group_joined(shard, app, fact->count);
}

void apply_members_left(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_members_left *fact = payload;
    const uint32_t *accounts = (const uint32_t *)(fact + 1);
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct group_head_row *head = head_put(shard, app, group);

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        struct account_no account = {accounts[i]};
        struct row_key key;
        struct span name = row_key_of_group(&key, ROW_MEMBER, app, group, account);
        const struct member_row *row = row_get(shard, name, NULL);

        CHECK(row && head->members);
        head->members--;
        head->admins -= row->role == ROLE_ADMIN;
        row_delete(shard, name);
        row_delete(shard, row_key_joined(&key, app, account, group));
        roster_left(shard, app, group, account);
    }
    usage_group_left(shard, app, fact->count);
}
