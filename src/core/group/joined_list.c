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

static void fill_group(struct shard *shard, struct request *req, const struct item_want *want,
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
        if (want->base & texts[i].bit)
            *texts[i].to = arena_copy(&req->arena, texts[i].from);
    }
    if (want->base & BASE_MAX_MEMBERS)
        item->max_members = group_member_cap(shard, group);
    if ((want->base & BASE_OWNER) && group->info.owner &&
        account_row_find(shard, req->app, (struct account_no){group->info.owner}, &owner) ==
            STATE_HIT)
        item->owner = arena_copy(&req->arena, account_name(owner));
    if ((want->base & BASE_FIELDS) && (group->info.flags & GROUP_HAS_FIELDS))
        group_fields_list(shard, req, group, want->access, &item->fields, &item->field_count);
}

/* Those of a member's fields that may be read. */
static struct span readable_fields(struct shard *shard, struct request *req, struct span fields,
                                   enum field_access access)
{
    char *bytes = arena_alloc(&req->arena, fields.n + 1), *at = bytes;
    const char *first = fields.p;
    struct span key, value;

    for (; member_field_next(&fields, &key, &value); first = fields.p) {
        size_t n = (size_t)(fields.p - first);
        bool readable = false;

        if (field_readable(shard, req->app, FIELD_OF_MEMBER, key, access, &readable) != STATE_HIT ||
            !readable)
            continue;
        memcpy(at, first, n);
        at += n;
    }
    return span_make(bytes, (size_t)(at - bytes));
}

static void fill_self(struct shard *shard, struct request *req, const struct item_want *want,
                      const struct group *group, struct joined_item *item)
{
    const struct member_row *member;

    if (want->self & SELF_UNREAD)
        joined_unread(shard, group, want->account, &item->joined, &item->unread);
    if (want->self & SELF_MUTED)
        member_muted_until(shard, group, want->account, &item->muted_until_s);
    if (!(want->self & (SELF_CARD | SELF_FIELDS)) ||
        member_find(shard, group, want->account, &member) != STATE_HIT)
        return;
    if (want->self & SELF_CARD)
        item->card = arena_copy(&req->arena, member_card(member));
    if (want->self & SELF_FIELDS)
        item->member_fields = readable_fields(shard, req, member_fields(member), want->access);
}

void joined_item_need(struct shard *shard, const struct group *group, const struct item_want *want,
                      const struct joined_row *joined)
{
    bool group_fields = (want->base & BASE_FIELDS) && (group->info.flags & GROUP_HAS_FIELDS);
    const struct account_row *owner;
    const struct member_row *member;
    struct row_key key;
    uint32_t number;

    if ((want->base & BASE_OWNER) && group->info.owner)
        account_row_find(shard, group->app, (struct account_no){group->info.owner}, &owner);
    if (group_fields)
        row_need_collection(shard,
                            row_prefix_group_field(&key, group->app, group->no, SCOPE_CUSTOM));
    if (group_fields || (want->self & SELF_FIELDS))
        row_need_collection(shard, row_prefix_app_field(&key, group->app));
    if (want->self & SELF_UNREAD)
        joined_unread(shard, group, want->account, joined, &number);
    if (want->self & (SELF_CARD | SELF_FIELDS))
        member_find(shard, group, want->account, &member);
    if (want->self & SELF_MUTED)
        member_muted_until(shard, group, want->account, &number);
}

void joined_item_fill(struct shard *shard, struct request *req, const struct group *group,
                      const struct item_want *want, struct joined_item *item)
{
    fill_group(shard, req, want, group, item);
    if (want->self)
        fill_self(shard, req, want, group, item);
}

size_t joined_item_bytes(const struct item_want *want, const struct joined_item *item)
{
    unsigned members = (unsigned)(__builtin_popcount(want->base) + __builtin_popcount(want->self));
    size_t fields = item->member_fields.n;

    for (uint32_t i = 0; i < item->field_count; i++)
        fields += MEMBER_BYTES + item->fields[i].key.n + item->fields[i].value.n;
    return fields + ITEM_BYTES + members * MEMBER_BYTES + item->id.n + item->name.n +
           item->introduction.n + item->notification.n + item->face.n + item->owner.n +
           item->card.n;
}

static struct item_want want_of(const struct request *req, const struct joined_list_req *ask,
                                const struct joined_row *joined, struct account_no account)
{
    const struct group_actor actor = {.is_app_admin = req->caller == CALLER_ADMIN,
                                      .role = joined->role};

    return (struct item_want){.base = ask->base,
                              .self = ask->self,
                              .account = account,
                              .access = field_access_of(&actor)};
}

static enum im_err fill(struct shard *shard, struct request *req, const struct joined_group *joined,
                        uint32_t count, struct account_no account,
                        struct joined_list_result *result)
{
    const struct joined_list_req *ask = req->body;
    size_t bytes = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct item_want want = want_of(req, ask, &joined[i].row, account);
        struct group group;

        if (group_get(shard, req->app, joined[i].no, &group) == IM_OK)
            joined_item_need(shard, &group, &want, &joined[i].row);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    result->items = ARENA_ARRAY(&req->arena, struct joined_item, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct item_want want = want_of(req, ask, &joined[i].row, account);
        struct joined_item *item = &result->items[result->count];
        struct group group;

        if (group_get(shard, req->app, joined[i].no, &group) != IM_OK)
            continue;
        item->joined = joined[i].row;
        joined_item_fill(shard, req, &group, &want, item);
        bytes += joined_item_bytes(&want, item);
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
