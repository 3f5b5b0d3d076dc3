/*
 * Pages lie at fixed seqs, so a message is found without a search, and an append knows its page.
 * A page that is not there has expired: compactions drop it (core/history/expiry.h). A group that
 * was silent for so long goes on in the middle of a page; then its older entries are empty, also
 * when the expired page was still there, so that recovery gives the same rows.
 */
#include "core/group/page.h"

#include "base/check.h"
#include "core/group/hidden.h"

static uint32_t index_in_page(uint32_t seq)
{
    return (seq - 1) % GROUP_PAGE_ENTRIES;
}

static size_t page_bytes(uint32_t count)
{
    return sizeof(struct group_page_row) + count * sizeof(struct group_entry);
}

static bool has_expired(struct shard *shard, struct app_id app, uint32_t accepted_s)
{
    return accepted_s + group_retention_s(shard, app) <= shard_now_s(shard);
}

static enum state_found page_row_find(struct shard *shard, const struct group *group, uint32_t seq,
                                      const struct group_page_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found =
        row_find(shard, row_key_group_page(&key, group->app, group->no, seq), &value, NULL);

    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

/* ---- changing ---- */

void group_page_need(struct shard *shard, const struct group *group)
{
    uint32_t next = group->head.last_seq + 1;
    struct row_key key;
    const struct group_page_row *row;

    if (index_in_page(next) == 0)
        row_declare_absent(shard, row_key_group_page(&key, group->app, group->no, next));
    else
        page_row_find(shard, group, next, &row);
}

void group_page_append(struct shard *shard, struct app_id app, struct group_no group, uint32_t seq,
                       const struct group_entry *entry)
{
    struct row_key key;
    struct span page = row_key_group_page(&key, app, group, seq);
    uint32_t at = index_in_page(seq);
    const struct group_page_row *before;
    struct group_page_row *row;
    bool expired;

    if (at == 0)
        row_declare_absent(shard, page); /* a group's seqs are never given out again */
    before = row_get(shard, page, NULL);
    expired = !before || has_expired(shard, app, before->newest_accepted_s);
    row = row_put(shard, page, page_bytes(at + 1));
    if (expired)
        memset(row, 0, page_bytes(at));
    row->count = at + 1;
    row->entries[at] = *entry;
    if (entry->accepted_s > row->newest_accepted_s)
        row->newest_accepted_s = entry->accepted_s;
}

struct group_entry *group_page_entry(struct shard *shard, struct app_id app, struct group_no group,
                                     uint32_t seq)
{
    struct row_key key;
    struct span page = row_key_group_page(&key, app, group, seq);
    uint32_t at = index_in_page(seq);
    const struct group_page_row *row = row_get(shard, page, NULL);
    struct group_page_row *changed;

    if (!row || at >= row->count || !row->entries[at].position)
        return NULL;
    changed = row_put(shard, page, page_bytes(row->count));
    return &changed->entries[at];
}

/* ---- reading ---- */

enum state_found group_page_find(struct shard *shard, const struct group *group, uint32_t seq,
                                 struct group_entry *ret)
{
    const struct group_page_row *row;
    const struct group_entry *entry;
    enum state_found found;

    if (!seq || seq > group->head.last_seq)
        return STATE_ABSENT;
    found = page_row_find(shard, group, seq, &row);
    if (found != STATE_HIT)
        return found;
    if (index_in_page(seq) >= row->count)
        return STATE_ABSENT;
    entry = &row->entries[index_in_page(seq)];
    if (!entry->position || has_expired(shard, group->app, entry->accepted_s))
        return STATE_ABSENT;
    *ret = *entry;
    return STATE_HIT;
}

/* A page that is missing is asked for with the one below it: a reply is longer than what the
   newest page may hold. */
static enum state_found walk_page_find(struct shard *shard, const struct group *group, uint32_t seq,
                                       uint32_t low, const struct group_page_row **ret_row)
{
    const struct group_page_row *below;
    enum state_found found = page_row_find(shard, group, seq, ret_row);

    if (found == STATE_UNKNOWN && group_page_of(seq) > group_page_of(low))
        page_row_find(shard, group, seq - GROUP_PAGE_ENTRIES, &below);
    return found;
}

enum state_found
group_page_walk(struct shard *shard, const struct group *group, uint32_t high, uint32_t low,
                bool (*fn)(void *arg, uint32_t seq, const struct group_entry *entry), void *arg)
{
    const struct group_page_row *row = NULL;
    uint32_t page = UINT32_MAX;
    enum state_found found;

    if (high > group->head.last_seq)
        high = group->head.last_seq;
    if (!low)
        low = 1;
    for (uint32_t seq = high; seq >= low; seq--) {
        const struct group_entry *entry;

        if (group_page_of(seq) != page) {
            page = group_page_of(seq);
            found = walk_page_find(shard, group, seq, low, &row);
            if (found == STATE_UNKNOWN)
                return found;
            if (found == STATE_ABSENT || has_expired(shard, group->app, row->newest_accepted_s))
                return STATE_HIT;
        }
        entry = &row->entries[index_in_page(seq)];
        if (index_in_page(seq) < row->count && entry->position &&
            !has_expired(shard, group->app, entry->accepted_s) && !fn(arg, seq, entry))
            return STATE_HIT;
    }
    return STATE_HIT;
}

/* ---- unread ---- */

struct counting {
    struct shard *shard;
    const struct group *group;
    struct account_no account;
    bool has_hidden;
    uint32_t count;
    uint32_t lowest; /* seq reached */
};

static bool count_entry(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct counting *counting = arg;

    counting->lowest = seq;
    if (entry->from == counting->account.v ||
        (entry->flags &
         (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED | GROUP_MESSAGE_NO_UNREAD)))
        return true;
    if (counting->has_hidden &&
        group_is_hidden(counting->shard, counting->group, counting->account, seq))
        return true;
    counting->count++;
    return true;
}

enum state_found group_unread(struct shard *shard, const struct group *group,
                              struct account_no account, const struct joined_row *joined,
                              uint32_t *ret_count)
{
    struct counting counting = {.shard = shard,
                                .group = group,
                                .account = account,
                                .has_hidden = joined->flags & JOINED_HAS_HIDDEN};
    uint32_t read = joined_read_seq(joined, &group->head), last = group->head.last_seq;
    uint32_t base = read > joined->visible_seq ? read : joined->visible_seq;
    uint32_t low = base + 1;

    *ret_count = 0;
    if (base >= last)
        return STATE_HIT;
    if (last - base > GROUP_UNREAD_EXACT)
        low = last - GROUP_UNREAD_EXACT + 1;
    if (group_page_walk(shard, group, last, low, count_entry, &counting) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    if (counting.has_hidden && shard_missing(shard))
        return STATE_UNKNOWN;
    *ret_count = counting.count;
    if (counting.lowest == low) /* what is older has not expired, nearly always */
        *ret_count += low - 1 - base;
    return STATE_HIT;
}
