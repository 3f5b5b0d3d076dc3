/*
 * Lists come from the member rows of a group, all of which are in memory then; what else is shown
 * of a member is read for those of the page alone. In a room only its owner and administrators
 * have rows; the others are whoever is there now.
 */
#include "core/group/member_list.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/change.h"
#include "core/group/field.h"
#include "core/group/room.h"
#include "core/session/session.h"

/* ---- sizes ---- */

/* Of a text within quotes in JSON. */
static size_t escaped_bytes(struct span text)
{
    size_t n = text.n;

    for (size_t i = 0; i < text.n; i++) {
        if ((uint8_t)text.p[i] < 0x20)
            n += 5;
        else if (text.p[i] == '"' || text.p[i] == '\\')
            n++;
    }
    return n;
}

/* At most so long is a member in the reply: names of what is shown, numbers of ten digits. */
static size_t item_bytes(const struct member_item *item, uint32_t parts)
{
    static const uint8_t part_bytes[] = {18, 22, 20, 28, 29, 25, 14, 26};
    size_t n = sizeof("{\"Member_Account\":\"\"},") + escaped_bytes(item->name);
    struct span fields = item->fields, key, value;

    for (uint32_t i = 0; i < sizeof(part_bytes); i++)
        n += parts & 1u << i ? part_bytes[i] : 0;
    n += escaped_bytes(item->card);
    while (member_field_next(&fields, &key, &value))
        n += sizeof("{\"Key\":\"\",\"Value\":\"\"},") + key.n + escaped_bytes(value);
    return n;
}

/* ---- one member ---- */

static bool key_wanted(const struct member_filter *filter, struct span key)
{
    for (uint32_t i = 0; i < filter->key_count; i++) {
        if (span_eq(filter->keys[i], key))
            return true;
    }
    return !filter->some_keys;
}

/* The fields that are wanted and that the actor may read. */
static struct span pick_fields(struct shard *shard, struct request *req,
                               const struct group_actor *actor, const struct member_filter *filter,
                               struct span fields)
{
    char *bytes = arena_alloc(&req->arena, fields.n + 1), *at = bytes;
    struct span key, value;

    while (fields.n) {
        const char *first = fields.p;
        bool readable = false;
        size_t n;

        CHECK(member_field_next(&fields, &key, &value));
        n = (size_t)(fields.p - first);
        if (!key_wanted(filter, key) ||
            field_readable(shard, req->app, FIELD_OF_MEMBER, key, field_access_of(actor),
                           &readable) != STATE_HIT ||
            !readable)
            continue;
        memcpy(at, first, n);
        at += n;
    }
    return span_make(bytes, (size_t)(at - bytes));
}

/* Fills in what is wanted of item->account. `row` NULL: it has none, being in a room. */
static void fill(struct shard *shard, struct request *req, const struct group *group,
                 const struct group_actor *actor, const struct member_filter *filter,
                 const struct member_row *row, struct member_item *item)
{
    const struct account_row *account;
    const struct joined_row *joined;

    if (account_row_find(shard, req->app, item->account, &account) == STATE_HIT)
        item->name = arena_copy(&req->arena, account_name(account));
    if (filter->parts & PART_MUTED)
        member_muted_until(shard, group, item->account, &item->muted_until_s);
    item->role = row ? row->role : ROLE_MEMBER;
    if (!row)
        return;
    item->last_send_s = row->last_send_s;
    if (filter->parts & PART_CARD)
        item->card = arena_copy(&req->arena, member_card(row));
    if (filter->parts & PART_FIELDS)
        item->fields = pick_fields(shard, req, actor, filter, member_fields(row));
    if (!(filter->parts & (PART_READ_SEQ | PART_OPTION)) ||
        joined_find(shard, req->app, item->account, group->no, &joined) != STATE_HIT)
        return;
    item->read_seq = joined_read_seq(joined, &group->head);
    item->option = joined->option;
}

/* ---- lists ---- */

struct entry {
    uint32_t join_s;
    uint32_t account;
    const struct member_row *row; /* good until the handler returns */
};

struct collecting {
    const struct member_filter *filter;
    const struct member_page *page;
    struct entry *entries;
    uint32_t count, room;
};

static bool role_wanted(const struct member_filter *filter, uint8_t role)
{
    return !filter->roles || filter->roles & 1u << role;
}

static bool is_behind(const struct member_page *page, uint32_t join_s, uint32_t account)
{
    return join_s > page->after_s || (join_s == page->after_s && account > page->after.v);
}

static void collect(void *arg, struct span key, const void *value, size_t n)
{
    struct collecting *all = arg;
    const struct member_row *row = value;
    uint32_t account = get_be32(key.p + 9);

    (void)n;
    if (all->count < all->room && role_wanted(all->filter, row->role) &&
        is_behind(all->page, row->join_s, account))
        all->entries[all->count++] = (struct entry){row->join_s, account, row};
}

static int by_join_time(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    if (a->join_s != b->join_s)
        return a->join_s < b->join_s ? -1 : 1;
    return (a->account > b->account) - (a->account < b->account);
}

/* The owner and administrators have rows; whoever else is there is a member. */
static enum state_found add_room(struct shard *shard, struct request *req,
                                 const struct group *group, struct collecting *all,
                                 uint32_t *ret_total)
{
    const struct member_row *row;
    struct room_member *members;
    uint32_t count;

    if (room_members(shard, req, group, ROOM_LIST_MAX, &members, &count, ret_total) ==
        STATE_UNKNOWN)
        return STATE_UNKNOWN;
    for (uint32_t i = 0; i < count && all->count < ROOM_LIST_MAX; i++) {
        struct account_no account = members[i].account;

        if (role_wanted(all->filter, ROLE_MEMBER) &&
            is_behind(all->page, members[i].join_s, account.v) &&
            member_find(shard, group, account, &row) == STATE_ABSENT)
            all->entries[all->count++] = (struct entry){members[i].join_s, account.v, NULL};
    }
    return STATE_HIT;
}

static enum state_found collect_all(struct shard *shard, struct request *req,
                                    const struct group *group, struct collecting *all,
                                    uint32_t *ret_total)
{
    struct row_key key;
    struct span prefix = row_prefix_of_group(&key, ROW_MEMBER, group->app, group->no);

    *ret_total = group->head.members;
    if (group->info.type == GROUP_B_CHAT_ROOM)
        return STATE_HIT;
    if (row_need_collection(shard, prefix) != STATE_HIT)
        return STATE_UNKNOWN;
    all->room = group->head.members + ROOM_LIST_MAX;
    all->entries = arena_alloc(&req->arena, sizeof(all->entries[0]) * (size_t)all->room);
    state_scan(shard_state(shard), prefix, collect, all);
    if (group->info.type == GROUP_AV_CHAT_ROOM &&
        add_room(shard, req, group, all, ret_total) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    qsort(all->entries, all->count, sizeof(all->entries[0]), by_join_time);
    return STATE_HIT;
}

/* What every member of a page needs, asked for at once. */
static void need(struct shard *shard, const struct group *group, const struct member_filter *filter)
{
    struct row_key key;

    if (filter->parts & PART_MUTED)
        row_need_collection(shard, row_prefix_of_group(&key, ROW_MUTED, group->app, group->no));
    if (filter->parts & PART_FIELDS)
        row_need_collection(shard, row_prefix_app_field(&key, group->app));
}

enum im_err member_list_find(struct shard *shard, struct request *req, const struct group *group,
                             const struct group_actor *actor, const struct member_filter *filter,
                             const struct member_page *page, struct member_list *ret)
{
    struct collecting all = {.filter = filter, .page = page};
    struct member_list list = {.count = 0};
    uint32_t first, left;
    size_t bytes = 0;

    need(shard, group, filter);
    if (collect_all(shard, req, group, &all, &list.total) == STATE_UNKNOWN)
        return IM_AGAIN;
    first = page->offset < all.count ? page->offset : all.count;
    left = all.count - first;
    list.count = left < page->limit ? left : page->limit;
    list.more = left > list.count;
    list.items = ARENA_ARRAY(&req->arena, struct member_item, list.count + 1);
    for (uint32_t i = 0; i < list.count && bytes <= MEMBER_LIST_BYTES; i++) {
        const struct entry *entry = &all.entries[first + i];
        struct member_item *item = &list.items[i];

        *item = (struct member_item){.account = {entry->account}, .join_s = entry->join_s};
        fill(shard, req, group, actor, filter, entry->row, item);
        bytes += item_bytes(item, filter->parts);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    if (bytes > MEMBER_LIST_BYTES)
        return IM_ERR_GROUP_ANSWER_TOO_LONG;
    list.bytes = bytes;
    *ret = list;
    return IM_OK;
}

/* ---- commands ---- */

/* Whether the account is in a live room by any terminal, and since when. */
static enum state_found find_in_room(struct shard *shard, const struct group *group,
                                     struct account_no account, uint32_t *ret_join_s)
{
    const struct session *session = session_first(shard, group->app, account);
    struct row_key key;
    const void *value;
    const struct rooms_row *rooms;

    while (session && !room_has_session(session, group->no))
        session = session->next_of_account;
    if (!session || group->info.type != GROUP_AV_CHAT_ROOM)
        return STATE_ABSENT;
    switch (row_find(shard, row_key_rooms(&key, group->app, account), &value, NULL)) {
    case STATE_UNKNOWN:
        return STATE_UNKNOWN;
    case STATE_ABSENT:
        return STATE_HIT;
    case STATE_HIT:
        break;
    }
    rooms = value;
    for (uint32_t i = 0; i < rooms->count; i++) {
        if (rooms->places[i].group == group->no.v)
            *ret_join_s = rooms->places[i].join_s;
    }
    return STATE_HIT;
}

/* Members only; of a room also who is in it with this terminal. */
static enum im_err start(struct shard *shard, const struct request *req, struct span id,
                         struct group *group, struct group_actor *actor)
{
    enum im_err err = member_command_start(shard, req, id, group, actor);

    if (err == IM_ERR_GROUP_RIGHT && group_is_room(group->info.type) && req->session &&
        room_has_session(req->session, group->no))
        err = IM_OK;
    return err ? err : group_may(group, actor, ACTION_READ);
}

enum im_err group_member_list(struct shard *shard, struct request *req)
{
    const struct member_list_req *ask = req->body;
    struct member_list_result *result = ARENA_NEW(&req->arena, struct member_list_result);
    struct group_actor actor;
    struct group group;
    enum im_err err = start(shard, req, ask->group, &group, &actor);

    if (!err)
        err = member_list_find(shard, req, &group, &actor, &ask->filter, &ask->page, &result->list);
    if (err)
        return err;
    result->parts = ask->filter.parts;
    result->group_type = group.info.type;
    req->result = result;
    return IM_OK;
}

enum im_err group_member_pick(struct shard *shard, struct request *req)
{
    const struct member_pick_req *ask = req->body;
    struct member_list_result *result = ARENA_NEW(&req->arena, struct member_list_result);
    struct group_actor actor;
    struct group group;
    enum im_err err = start(shard, req, ask->group, &group, &actor);

    if (err)
        return err;
    need(shard, &group, &ask->filter);
    result->list.items = ARENA_ARRAY(&req->arena, struct member_item, ask->count);
    for (uint32_t i = 0; i < ask->count; i++) {
        struct member_item *item = &result->list.items[result->list.count];
        const struct member_row *row = NULL;
        enum state_found found;

        *item = (struct member_item){.join_s = 0};
        if (account_find(shard, req->app, ask->accounts[i], &item->account) != STATE_HIT)
            continue;
        found = member_find(shard, &group, item->account, &row);
        if (found == STATE_ABSENT)
            found = find_in_room(shard, &group, item->account, &item->join_s);
        if (found != STATE_HIT)
            continue;
        if (row)
            item->join_s = row->join_s;
        fill(shard, req, &group, &actor, &ask->filter, row, item);
        result->list.count++;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    result->list.total = group.head.members;
    result->parts = ask->filter.parts;
    result->group_type = group.info.type;
    req->result = result;
    return IM_OK;
}

enum im_err group_member_roles(struct shard *shard, struct request *req)
{
    const struct member_roles_req *ask = req->body;
    struct member_roles_result *result = ARENA_NEW(&req->arena, struct member_roles_result);
    struct group_actor actor;
    struct group group;
    enum im_err err = member_command_start(shard, req, ask->group, &group, &actor);

    if (err)
        return err;
    if (group_is_room(group.info.type))
        return IM_ERR_GROUP_RIGHT;
    result->roles = ARENA_ARRAY(&req->arena, uint8_t, ask->count);
    for (uint32_t i = 0; i < ask->count; i++) {
        const struct member_row *row;
        struct account_no account;

        if (account_find(shard, req->app, ask->accounts[i], &account) == STATE_HIT &&
            member_find(shard, &group, account, &row) == STATE_HIT)
            result->roles[i] = row->role;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}

/* ---- the muted ---- */

struct muted_list {
    struct request *req;
    uint32_t now_s;
    struct member_muted_result *result;
    uint32_t room;
};

static void collect_muted(void *arg, struct span key, const void *value, size_t n)
{
    struct muted_list *list = arg;
    struct member_muted_result *result = list->result;
    const struct muted_row *row = value;

    (void)n;
    if (row->until_s <= list->now_s)
        return;
    if (result->count == list->room) {
        uint32_t room = list->room ? list->room * 2 : 16;
        struct muted_member *more = ARENA_ARRAY(&list->req->arena, struct muted_member, room);

        if (result->count)
            memcpy(more, result->items, sizeof(more[0]) * result->count);
        result->items = more;
        list->room = room;
    }
    result->items[result->count++] =
        (struct muted_member){.account = get_be32(key.p + 9), .until_s = row->until_s};
}

static int by_account(const void *left, const void *right)
{
    const struct muted_member *a = left, *b = right;

    return (a->account > b->account) - (a->account < b->account);
}

enum im_err group_member_muted(struct shard *shard, struct request *req)
{
    const struct member_muted_req *ask = req->body;
    struct member_muted_result *result = ARENA_NEW(&req->arena, struct member_muted_result);
    struct muted_list list = {.req = req, .now_s = shard_now_s(shard), .result = result};
    struct group_actor actor;
    struct group group;
    struct row_key key;
    struct span prefix;
    size_t bytes = 0;
    enum im_err err = member_command_start(shard, req, ask->group, &group, &actor);

    if (!err)
        err = group_may(&group, &actor, ACTION_MUTE);
    if (err)
        return err;
    prefix = row_prefix_of_group(&key, ROW_MUTED, group.app, group.no);
    if (row_need_collection(shard, prefix) != STATE_HIT)
        return IM_AGAIN;
    state_scan(shard_state(shard), prefix, collect_muted, &list);
    if (result->count)
        qsort(result->items, result->count, sizeof(result->items[0]), by_account);
    for (uint32_t i = 0; i < result->count && bytes <= MEMBER_LIST_BYTES; i++) {
        struct muted_member *item = &result->items[i];
        const struct account_row *row;

        bytes += sizeof("{\"Member_Account\":\"\",\"ShuttedUntil\":4294967295},");
        if (account_row_find(shard, req->app, (struct account_no){item->account}, &row) !=
            STATE_HIT)
            continue;
        item->name = arena_copy(&req->arena, account_name(row));
        bytes += escaped_bytes(item->name);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    if (bytes > MEMBER_LIST_BYTES)
        return IM_ERR_GROUP_ANSWER_TOO_LONG;
    req->result = result;
    return IM_OK;
}
