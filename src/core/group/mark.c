#include "core/group/mark.h"

static void entry_mark(struct group_entry *entry, uint16_t flags, uint64_t position)
{
    entry->flags = (uint16_t)(entry->flags | flags);
    if (position)
        entry->position = position;
    if (flags & GROUP_MESSAGE_EDITED)
        entry->version++;
}

/* In recovery, after a long pause, a message's page may have vanished. */
void group_message_mark(struct shard *shard, struct app_id app, struct group_no group, uint32_t seq,
                        uint16_t flags, uint64_t position)
{
    struct group_entry *entry = group_page_entry(shard, app, group, seq);
    struct row_key key;
    struct span head_key = row_key_group_head(&key, app, group);
    const struct group_head_row *before = row_get(shard, head_key, NULL);
    struct group_head_row *head;

    if (entry)
        entry_mark(entry, flags, position);
    if (!before || before->listed_seq != seq || !before->last.position)
        return;
    head = row_put(shard, head_key, sizeof(*head));
    entry_mark(&head->last, flags, position);
}

void group_tell(struct shard *shard, struct request *req, struct audience *audience,
                enum push_kind kind, const void *push)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < audience->count; i++) {
        if (audience->sessions[i] != req->session)
            audience->sessions[count++] = audience->sessions[i];
    }
    audience->count = count;
    if (count)
        push_to_many(shard, req, audience->sessions, count, kind, push, false);
}
