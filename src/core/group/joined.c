#include "core/group/joined.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/group/page.h"

struct collecting {
    struct joined_group *items; /* NULL: counts only */
    uint32_t count, room;
};

static void collect(void *arg, struct span key, const void *value, size_t n)
{
    struct collecting *collecting = arg;
    struct joined_group *item;

    CHECK(n >= sizeof(item->row));
    if (!collecting->items) {
        collecting->count++;
        return;
    }
    CHECK(collecting->count < collecting->room);
    item = &collecting->items[collecting->count++];
    item->no.v = get_be32(key.p + key.n - 4);
    memcpy(&item->row, value, sizeof(item->row));
}

static int first_joined_first(const void *left, const void *right)
{
    const struct joined_group *a = left, *b = right;

    if (a->row.join_s != b->row.join_s)
        return a->row.join_s < b->row.join_s ? -1 : 1;
    return (a->no.v > b->no.v) - (a->no.v < b->no.v);
}

/* Rows of the group; false: it is dissolved, or its rows are missing. The owner of a room has a row
   of it. */
static bool group_rows(struct shard *shard, struct app_id app, struct joined_group *item)
{
    const void *info, *head;
    struct row_key key;
    enum state_found has_info, has_head;

    if (group_is_room(item->row.type))
        return false;
    has_info = row_find(shard, row_key_group(&key, app, item->no), &info, NULL);
    has_head = row_find(shard, row_key_group_head(&key, app, item->no), &head, NULL);
    if (has_info != STATE_HIT || has_head != STATE_HIT)
        return false;
    item->info = info;
    item->head = head;
    return !(item->info->flags & GROUP_DISSOLVED);
}

enum state_found joined_groups(struct shard *shard, struct request *req, struct account_no account,
                               struct joined_group **ret_items, uint32_t *ret_count)
{
    struct collecting collecting = {0};
    struct row_key key;
    struct span prefix = row_prefix_joined(&key, req->app, account);
    uint32_t kept = 0;

    if (row_need_collection(shard, prefix) != STATE_HIT)
        return STATE_UNKNOWN;
    state_scan(shard_state(shard), prefix, collect, &collecting);
    collecting.room = collecting.count;
    collecting.items = mem_alloc((collecting.room + 1) * sizeof(*collecting.items));
    collecting.count = 0;
    state_scan(shard_state(shard), prefix, collect, &collecting);
    for (uint32_t i = 0; i < collecting.count; i++) {
        if (group_rows(shard, req->app, &collecting.items[i]))
            collecting.items[kept++] = collecting.items[i];
    }
    if (!shard_missing(shard)) {
        qsort(collecting.items, kept, sizeof(*collecting.items), first_joined_first);
        *ret_items = ARENA_ARRAY(&req->arena, struct joined_group, kept + 1);
        memcpy(*ret_items, collecting.items, kept * sizeof(*collecting.items));
        *ret_count = kept;
    }
    free(collecting.items);
    return shard_missing(shard) ? STATE_UNKNOWN : STATE_HIT;
}

/* The pages in which unread messages are counted one by one. */
static void need_pages(struct shard *shard, const struct group *group, uint32_t read)
{
    uint32_t last = group->head.last_seq;
    uint32_t low = last - read > GROUP_UNREAD_EXACT ? last - GROUP_UNREAD_EXACT + 1 : read + 1;
    struct row_key key;
    const void *value;

    for (uint32_t page = group_page_of(low); page <= group_page_of(last); page++)
        row_find(shard,
                 row_key_group_page(&key, group->app, group->no, page * GROUP_PAGE_ENTRIES + 1),
                 &value, NULL);
}

enum state_found joined_unread(struct shard *shard, const struct group *group,
                               struct account_no account, const struct joined_row *joined,
                               uint32_t *ret_count)
{
    uint32_t read = joined_read_seq(joined, &group->head);

    *ret_count = 0;
    if (group->info.type == GROUP_CHAT_ROOM)
        return STATE_HIT;
    if (read < joined->visible_seq)
        read = joined->visible_seq;
    if (read >= group->head.last_seq)
        return STATE_HIT;
    need_pages(shard, group, read);
    return group_unread(shard, group, account, joined, ret_count);
}
