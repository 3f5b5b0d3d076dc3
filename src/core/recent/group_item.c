#include "core/recent/group_item.h"

#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/hidden.h"
#include "core/group/member.h"
#include "core/group/page.h"

/* Entries looked at to find the last one that the account sees. */
#define MAX_LOOKED_AT 256u

struct last_search {
    struct shard *shard;
    const struct group *group;
    struct account_no account;
    bool has_hidden;
    uint32_t looked_at;
    struct recent_group *item;
};

/* A withdrawn one is seen, as withdrawn. */
static bool match_last(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct last_search *search = arg;

    if (search->looked_at++ == MAX_LOOKED_AT)
        return false;
    if ((entry->flags & (GROUP_MESSAGE_NO_LAST | GROUP_MESSAGE_DELETED)) ||
        (search->has_hidden && group_is_hidden(search->shard, search->group, search->account, seq)))
        return true;
    search->item->has_last = true;
    search->item->seq = seq;
    search->item->entry = *entry;
    return false;
}

/* Nearly always it is the group's last one, which stands in the head's row. */
static void find_last(struct shard *shard, const struct group *group, struct account_no account,
                      const struct joined_row *joined, struct recent_group *ret)
{
    struct last_search search = {.shard = shard,
                                 .group = group,
                                 .account = account,
                                 .has_hidden = joined->flags & JOINED_HAS_HIDDEN,
                                 .item = ret};
    uint32_t listed = group->head.listed_seq;

    if (listed <= joined->visible_seq || !match_last(&search, listed, &group->head.last))
        return;
    group_page_walk(shard, group, listed - 1, joined->visible_seq + 1, match_last, &search);
}

static void find_sender(struct shard *shard, const struct request *req, const struct group *group,
                        struct account_no from, struct recent_group *ret)
{
    const struct account_row *account;
    const struct member_row *member;
    struct span face;

    if (!from.v)
        return;
    ret->from_no = from;
    if (account_row_find(shard, req->app, from, &account) == STATE_HIT)
        ret->from = account_name(account);
    profile_face(shard, req->app, from, &ret->nick, &face);
    if (member_find(shard, group, from, &member) == STATE_HIT)
        ret->card = member_card(member);
}

/* Only once nothing is missing any more: the command runs some times before that. */
static void copy_texts(struct arena *arena, struct recent_group *ret)
{
    struct span *texts[] = {&ret->id, &ret->name, &ret->face, &ret->from, &ret->nick, &ret->card};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = arena_copy(arena, *texts[i]);
}

void recent_group_fill(struct shard *shard, struct request *req, struct account_no account,
                       const struct joined_group *joined, struct recent_group *ret)
{
    struct group group;

    *ret = (struct recent_group){.type = joined->row.type, .option = joined->row.option};
    if (group_get(shard, req->app, joined->no, &group) != IM_OK)
        return;
    ret->read_seq = joined_read_seq(&joined->row, &group.head);
    ret->next_seq = group.head.last_seq + 1;
    joined_unread(shard, &group, account, &joined->row, &ret->unread);
    find_last(shard, &group, account, &joined->row, ret);
    if (ret->has_last)
        find_sender(shard, req, &group, (struct account_no){ret->entry.from}, ret);
    ret->id = group.id;
    ret->name = group.name;
    ret->face = group.face;
    if (!shard_missing(shard))
        copy_texts(&req->arena, ret);
}
