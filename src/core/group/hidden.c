#include "core/group/hidden.h"

bool group_is_hidden(struct shard *shard, const struct group *group, struct account_no account,
                     uint32_t seq)
{
    struct row_key key;
    const void *value;
    const struct hidden_row *row;

    if (row_find(shard, row_key_hidden(&key, group->app, group->no, account, seq), &value, NULL) !=
        STATE_HIT)
        return false;
    row = value;
    return row->bits & (1u << (seq - 1) % GROUP_PAGE_ENTRIES);
}
