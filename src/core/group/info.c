#include "core/group/info.h"

#include "base/check.h"
#include "core/group/room.h"

/* ---- who may see it ---- */

static bool is_in_room(const struct request *req, const struct group *group)
{
    return group_is_room(group->info.type) && req->session &&
           room_has_session(req->session, group->no);
}

static enum im_err may_see(const struct request *req, const struct group *group,
                           const struct group_actor *actor, uint8_t kind)
{
    switch ((enum group_info_kind)kind) {
    case INFO_PUBLIC:
        return group->info.type == GROUP_PRIVATE ? group_may(group, actor, ACTION_READ) : IM_OK;
    case INFO_SELF:
        return actor->role != ROLE_NONE || is_in_room(req, group) ? IM_OK : IM_ERR_GROUP_RIGHT;
    case INFO_FULL:
        break;
    }
    return group_may(group, actor, ACTION_READ);
}

/* ---- one group ---- */

/* The caller's side of a room is kept with the account, not with the group. */
static enum im_err find_place(struct shard *shard, const struct request *req,
                              const struct group *group, struct joined_row *ret)
{
    struct row_key key;
    const struct rooms_row *rooms;
    const void *value;

    *ret = (struct joined_row){.type = group->info.type, .role = ROLE_MEMBER};
    switch (row_find(shard, row_key_rooms(&key, req->app, req->account), &value, NULL)) {
    case STATE_UNKNOWN:
        return IM_AGAIN;
    case STATE_ABSENT:
        return IM_OK;
    case STATE_HIT:
        break;
    }
    rooms = value;
    for (uint32_t i = 0; i < rooms->count; i++) {
        if (rooms->places[i].group == group->no.v)
            ret->join_s = rooms->places[i].join_s;
    }
    return IM_OK;
}

static enum im_err find_self(struct shard *shard, const struct request *req,
                             const struct group *group, struct joined_row *ret)
{
    const struct joined_row *row;

    switch (joined_find(shard, req->app, req->account, group->no, &row)) {
    case STATE_UNKNOWN:
        return IM_AGAIN;
    case STATE_ABSENT:
        return find_place(shard, req, group, ret);
    case STATE_HIT:
        break;
    }
    *ret = *row;
    return IM_OK;
}

static bool key_wanted(const struct group_info_req *ask, struct span key)
{
    for (uint32_t i = 0; i < ask->key_count; i++) {
        if (span_eq(ask->keys[i], key))
            return true;
    }
    return !ask->key_count;
}

static void keep_wanted_fields(const struct group_info_req *ask, struct joined_item *item)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < item->field_count; i++) {
        if (key_wanted(ask, item->fields[i].key))
            item->fields[kept++] = item->fields[i];
    }
    item->field_count = kept;
}

/* Members of a room come and go in memory; its head counts those that have rows. */
static enum im_err count_room(struct shard *shard, struct request *req, const struct group *group,
                              struct joined_item *item)
{
    struct room_member *members;
    uint32_t count;

    if (!group_is_room(group->info.type))
        return IM_OK;
    return room_members(shard, req, group, 0, &members, &count, &item->head.members) ==
                   STATE_UNKNOWN
               ? IM_AGAIN
               : IM_OK;
}

static enum im_err list_members(struct shard *shard, struct request *req, const struct group *group,
                                const struct group_actor *actor, struct group_info_item *ret)
{
    static const struct member_page all = {.limit = UINT32_MAX};
    const struct group_info_req *ask = req->body;

    if (!ask->with_members || group->info.type == GROUP_B_CHAT_ROOM)
        return IM_OK;
    /* So many cannot fit, whatever is shown of them: they need not be loaded. */
    if (group->head.members > GROUP_INFO_BYTES / sizeof("{\"Member_Account\":\"x\"}"))
        return IM_ERR_GROUP_ANSWER_TOO_LONG;
    ret->has_members = true;
    return member_list_find(shard, req, group, actor, &ask->members, &all, &ret->members);
}

/* IM_ERR_GROUP_ANSWER_TOO_LONG is the whole call's; any other error this group's. */
static enum im_err show(struct shard *shard, struct request *req, struct group_info_item *ret,
                        size_t *bytes)
{
    const struct group_info_req *ask = req->body;
    struct item_want want = {.base = ask->base, .self = ask->self, .account = req->account};
    struct group_actor actor;
    struct group group;
    enum im_err err = group_find(shard, req->app, ret->id, &group);

    if (!err)
        err = group_actor_find(shard, req, &group, &actor);
    if (!err)
        err = may_see(req, &group, &actor, ask->kind);
    if (!err && ask->kind == INFO_SELF)
        err = find_self(shard, req, &group, &ret->item.joined);
    if (err)
        return err;
    want.access = field_access_of(&actor);
    joined_item_need(shard, &group, &want, &ret->item.joined);
    err = list_members(shard, req, &group, &actor, ret);
    if (err)
        return err;
    if (shard_missing(shard))
        return IM_AGAIN;
    joined_item_fill(shard, req, &group, &want, &ret->item);
    keep_wanted_fields(ask, &ret->item);
    *bytes += joined_item_bytes(&want, &ret->item) + ret->members.bytes;
    return count_room(shard, req, &group, &ret->item);
}

enum im_err group_info(struct shard *shard, struct request *req)
{
    const struct group_info_req *ask = req->body;
    struct group_info_result *result = ARENA_NEW(&req->arena, struct group_info_result);
    size_t bytes = 0;
    bool again = false;

    result->items = ARENA_ARRAY(&req->arena, struct group_info_item, ask->count + 1);
    for (uint32_t i = 0; i < ask->count && bytes <= GROUP_INFO_BYTES; i++) {
        struct group_info_item *item = &result->items[result->count++];

        item->id = ask->ids[i];
        item->err = show(shard, req, item, &bytes);
        if (item->err == IM_ERR_GROUP_ANSWER_TOO_LONG)
            return item->err;
        again |= item->err == IM_AGAIN;
    }
    if (again || shard_missing(shard))
        return IM_AGAIN;
    if (bytes > GROUP_INFO_BYTES)
        return IM_ERR_GROUP_ANSWER_TOO_LONG;
    req->result = result;
    return IM_OK;
}

/* ---- all groups of an app ---- */

/* Parts of the list that one call reads: groups that were dissolved leave holes in it. */
#define CHUNKS_A_CALL 64u
/* Parts that are asked for together. */
#define CHUNKS_AHEAD 12u

struct listing {
    const struct group_list_req *ask;
    uint32_t *numbers;
    uint32_t count;
    uint32_t next; /* the number to look at next */
};

static bool is_listed(const struct group_list_req *ask, uint8_t byte)
{
    return byte && !(byte & GROUP_LIST_SWEEPING) && (!ask->type || byte == ask->type);
}

/* True if there is one more than is wanted: the one to look at next. */
static bool list_chunk(struct listing *listing, uint32_t chunk, const uint8_t *types, size_t n)
{
    uint32_t first = chunk * GROUP_LIST_CHUNK;

    for (; listing->next / GROUP_LIST_CHUNK == chunk; listing->next++) {
        uint32_t at = listing->next - first;

        if (at < n && is_listed(listing->ask, types[at])) {
            if (listing->count == listing->ask->limit)
                return true;
            listing->numbers[listing->count++] = listing->next;
        }
    }
    return false;
}

/* Up to limit groups behind `next`; listing->next is then the first one not looked at. */
static enum im_err list_numbers(struct shard *shard, struct app_id app, uint32_t last,
                                struct listing *listing)
{
    uint32_t until = listing->next / GROUP_LIST_CHUNK + CHUNKS_A_CALL;

    for (uint32_t chunk = listing->next / GROUP_LIST_CHUNK; chunk < until && listing->next <= last;
         chunk++) {
        struct group_no first = {chunk * GROUP_LIST_CHUNK};
        struct row_key key;
        const void *value;
        size_t n = 0;
        enum state_found found = row_find(shard, row_key_group_list(&key, app, first), &value, &n);

        if (found == STATE_UNKNOWN) {
            for (uint32_t i = 1; i < CHUNKS_AHEAD && first.v + i * GROUP_LIST_CHUNK <= last; i++)
                row_find(shard,
                         row_key_group_list(&key, app,
                                            (struct group_no){first.v + i * GROUP_LIST_CHUNK}),
                         &value, NULL);
            return IM_AGAIN;
        }
        if (list_chunk(listing, chunk, found == STATE_HIT ? value : NULL,
                       found == STATE_HIT ? n : 0))
            break;
    }
    return IM_OK;
}

/* Their ids, copied once all rows are there. */
static enum im_err list_ids(struct shard *shard, struct request *req, const struct listing *listing,
                            struct group_list_result *result)
{
    struct row_key key;
    const void *value;

    for (uint32_t i = 0; i < listing->count; i++)
        row_find(shard, row_key_group(&key, req->app, (struct group_no){listing->numbers[i]}),
                 &value, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    result->ids = ARENA_ARRAY(&req->arena, struct span, listing->count + 1);
    for (uint32_t i = 0; i < listing->count; i++) {
        const struct group_row *row;

        CHECK(row_find(shard, row_key_group(&key, req->app, (struct group_no){listing->numbers[i]}),
                       &value, NULL) == STATE_HIT);
        row = value;
        result->ids[result->count++] = arena_copy(&req->arena, span_make(row + 1, row->id_bytes));
    }
    return IM_OK;
}

enum im_err group_list(struct shard *shard, struct request *req)
{
    const struct group_list_req *ask = req->body;
    struct group_list_result *result = ARENA_NEW(&req->arena, struct group_list_result);
    struct listing listing = {.ask = ask, .next = ask->next == UINT32_MAX ? 0 : ask->next + 1};
    const struct app_groups_row *groups;
    struct row_key key;
    const void *value;
    enum im_err err;

    req->result = result;
    switch (row_find(shard, row_key_app_groups(&key, req->app), &value, NULL)) {
    case STATE_UNKNOWN:
        return IM_AGAIN;
    case STATE_ABSENT:
        return IM_OK;
    case STATE_HIT:
        break;
    }
    groups = value;
    result->total = ask->type ? groups->of_type[ask->type] : groups->total;
    if (!listing.next)
        return IM_OK;
    listing.numbers = ARENA_ARRAY(&req->arena, uint32_t, ask->limit + 1);
    err = list_numbers(shard, req->app, groups->last_group, &listing);
    if (!err)
        err = list_ids(shard, req, &listing, result);
    if (!err && listing.next <= groups->last_group)
        result->next = listing.next - 1;
    return err;
}
