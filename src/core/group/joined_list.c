#include "core/group/joined_list.h"

#include "core/account/account.h"
#include "core/group/member.h"
#include "core/history/history.h"

/* Bytes of an item in a reply, about: its id, each member that is asked for, and texts. */
#define ITEM_BYTES 30u
#define MEMBER_BYTES 28u

static bool matches(const struct joined_list_req *ask, const struct joined_group *joined)
{
    return ask->types & 1u << joined->row.type && (ask->with_inactive || joined_is_active(joined));
}

static void fill_group(struct shard *shard, struct request *req, const struct joined_list_req *ask,
                       const struct group *group, struct joined_item *item)
{
    const struct account_row *owner;
    const struct {
        uint32_t bit;
        struct span from;
        struct span *to;
    } texts[] = {{BASE_NAME, group->name, &item->name},
                 {BASE_INTRODUCTION, group->introduction, &item->introduction},
                 {BASE_NOTIFICATION, group->notification, &item->notification},
                 {BASE_FACE, group->face, &item->face}};

    item->id = arena_copy(&req->arena, group->id);
    item->info = group->info;
    item->head = group->head;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (ask->base & texts[i].bit)
            *texts[i].to = arena_copy(&req->arena, texts[i].from);
    }
    if (ask->base & BASE_MAX_MEMBERS)
        item->max_members = group_member_cap(shard, group);
    if ((ask->base & BASE_OWNER) && group->info.owner &&
        account_row_find(shard, req->app, (struct account_no){group->info.owner}, &owner) ==
            STATE_HIT)
        item->owner = arena_copy(&req->arena, account_name(owner));
}

static void fill_fields(struct shard *shard, struct request *req, const struct group *group,
                        struct joined_item *item)
{
    const struct group_actor actor = {.is_app_admin = req->caller != CALLER_USER,
                                      .role = item->joined.role};

    if (group->info.flags & GROUP_HAS_FIELDS)
        group_fields_list(shard, req, group, field_access_of(&actor), &item->fields,
                          &item->field_count);
}

static void fill_self(struct shard *shard, struct request *req, const struct joined_list_req *ask,
                      const struct group *group, struct account_no account,
                      struct joined_item *item)
{
    const struct member_row *member;

    if (ask->self & SELF_UNREAD)
        joined_unread(shard, group, account, &item->joined, &item->unread);
    if ((ask->self & SELF_CARD) && member_find(shard, group, account, &member) == STATE_HIT)
        item->card = arena_copy(&req->arena, member_card(member));
    if (ask->self & SELF_MUTED)
        member_muted_until(shard, group, account, &item->muted_until_s);
}

/* Asks for what fill_group and fill_self read, before they copy anything. */
static void need(struct shard *shard, struct request *req, const struct joined_list_req *ask,
                 const struct joined_group *joined, struct account_no account)
{
    const struct account_row *owner;
    const struct member_row *member;
    struct group group;
    struct row_key key;
    uint32_t number;

    if (group_get(shard, req->app, joined->no, &group) != IM_OK)
        return;
    if ((ask->base & BASE_OWNER) && group.info.owner)
        account_row_find(shard, req->app, (struct account_no){group.info.owner}, &owner);
    if ((ask->base & BASE_FIELDS) && (group.info.flags & GROUP_HAS_FIELDS))
        row_need_collection(shard,
                            row_prefix_group_field(&key, req->app, joined->no, SCOPE_CUSTOM));
    if (ask->self & SELF_UNREAD)
        joined_unread(shard, &group, account, &joined->row, &number);
    if (ask->self & SELF_CARD)
        member_find(shard, &group, account, &member);
    if (ask->self & SELF_MUTED)
        member_muted_until(shard, &group, account, &number);
}

static size_t item_bytes(const struct joined_list_req *ask, const struct joined_item *item)
{
    unsigned members = (unsigned)(__builtin_popcount(ask->base) + __builtin_popcount(ask->self));
    size_t fields = 0;

    for (uint32_t i = 0; i < item->field_count; i++)
        fields += MEMBER_BYTES + item->fields[i].key.n + item->fields[i].value.n;
    return fields + ITEM_BYTES + members * MEMBER_BYTES + item->id.n + item->name.n +
           item->introduction.n + item->notification.n + item->face.n + item->owner.n +
           item->card.n;
}

static enum im_err fill(struct shard *shard, struct request *req, const struct joined_group *joined,
                        uint32_t count, struct account_no account,
                        struct joined_list_result *result)
{
    const struct joined_list_req *ask = req->body;
    size_t bytes = 0;

    for (uint32_t i = 0; i < count; i++)
        need(shard, req, ask, &joined[i], account);
    if (shard_missing(shard))
        return IM_AGAIN;
    result->items = ARENA_ARRAY(&req->arena, struct joined_item, count);
    for (uint32_t i = 0; i < count; i++) {
        struct joined_item *item = &result->items[result->count];
        struct group group;

        if (group_get(shard, req->app, joined[i].no, &group) != IM_OK)
            continue;
        item->joined = joined[i].row;
        fill_group(shard, req, ask, &group, item);
        if (ask->base & BASE_FIELDS)
            fill_fields(shard, req, &group, item);
        fill_self(shard, req, ask, &group, account, item);
        bytes += item_bytes(ask, item);
        if (bytes > JOINED_LIST_BYTES)
            return IM_ERR_GROUP_ANSWER_TOO_LONG;
        result->count++;
    }
    return shard_missing(shard) ? IM_AGAIN : IM_OK;
}

enum im_err joined_list(struct shard *shard, struct request *req)
{
    const struct joined_list_req *ask = req->body;
    struct joined_list_result *result = ARENA_NEW(&req->arena, struct joined_list_result);
    struct joined_group *joined;
    struct account_no account;
    uint32_t count, kept = 0;
    enum state_found found = history_self(shard, req, ask->account, &account);

    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? IM_AGAIN : IM_ERR_GROUP_ACCOUNT;
    if (joined_groups(shard, req, account, &joined, &count) == STATE_UNKNOWN)
        return IM_AGAIN;
    for (uint32_t i = 0; i < count; i++) {
        if (!matches(ask, &joined[i]))
            continue;
        if (result->total++ >= ask->offset && kept < ask->limit)
            joined[kept++] = joined[i];
    }
    req->result = result;
    return fill(shard, req, joined, kept, account, result);
}
