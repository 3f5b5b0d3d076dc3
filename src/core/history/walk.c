/* Reading a conversation's entries in key order, and who sees which. */
#include "core/history/chain.h"
#include "core/history/page.h"

struct walk {
    struct chain chain;
    uint64_t retention_s;
    uint32_t now_s;
    bool (*fn)(void *arg, const struct page_entry *entry);
    void *arg;
};

static enum state_found walk_open(struct walk *walk, struct shard *shard, struct app_id app,
                                  struct account_no a, struct account_no b)
{
    enum state_found found = chain_open(&walk->chain, shard, app, a, b, false);

    walk->retention_s = history_retention_s(shard, app);
    walk->now_s = shard_now_s(shard);
    return found;
}

/* False: the caller has enough. */
static bool show(const struct walk *walk, const struct page_entry *entry)
{
    return entry->accepted_s + walk->retention_s <= walk->now_s || walk->fn(walk->arg, entry);
}

enum state_found page_walk_back(struct shard *shard, struct app_id app, struct account_no a,
                                struct account_no b, struct message_key before, bool inclusive,
                                bool (*fn)(void *arg, const struct page_entry *entry), void *arg)
{
    struct walk walk = {.fn = fn, .arg = arg};
    struct chain_page page;
    enum state_found found = walk_open(&walk, shard, app, a, b);
    uint32_t end;

    if (found == STATE_HIT)
        found = chain_locate(&walk.chain, before, &page);
    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? found : STATE_HIT;
    end = page_lower_bound(page.row, before);
    if (inclusive && end < page.row->count &&
        !message_key_compare(page.row->entries[end].key, before))
        end++;
    for (;;) {
        while (end-- > 0) {
            if (!show(&walk, &page.row->entries[end]))
                return STATE_HIT;
        }
        found = chain_before(&walk.chain, page.row->prev, &page);
        if (found != STATE_HIT)
            return found == STATE_UNKNOWN ? found : STATE_HIT;
        end = page.row->count;
    }
}

enum state_found page_walk_forward(struct shard *shard, struct app_id app, struct account_no a,
                                   struct account_no b, struct message_key after, bool inclusive,
                                   bool (*fn)(void *arg, const struct page_entry *entry), void *arg)
{
    struct walk walk = {.fn = fn, .arg = arg};
    struct chain_page page, next;
    enum state_found found = walk_open(&walk, shard, app, a, b);
    uint32_t at;

    if (found == STATE_HIT) {
        found = chain_locate(&walk.chain, after, &page);
        if (found == STATE_ABSENT)
            found = chain_above(&walk.chain, after, &page);
    }
    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? found : STATE_HIT;
    at = page_lower_bound(page.row, after);
    if (!inclusive && at < page.row->count &&
        !message_key_compare(page.row->entries[at].key, after))
        at++;
    for (;;) {
        for (; at < page.row->count; at++) {
            if (!show(&walk, &page.row->entries[at]))
                return STATE_HIT;
        }
        found = chain_after(&walk.chain, &page, &next);
        if (found != STATE_HIT)
            return found == STATE_UNKNOWN ? found : STATE_HIT;
        page = next;
        at = 0;
    }
}

bool history_visible(const struct page_entry *entry, bool viewer_is_higher,
                     struct message_key cleared, uint64_t retention_s, uint32_t now_s)
{
    uint16_t hidden = viewer_is_higher ? MESSAGE_HIDDEN_HIGHER : MESSAGE_HIDDEN_LOWER;
    bool viewer_sent = viewer_is_higher == !!(entry->flags & MESSAGE_FROM_HIGHER);

    if (entry->accepted_s + retention_s <= now_s)
        return false;
    if (entry->flags & hidden)
        return false;
    if (viewer_sent && (entry->flags & MESSAGE_RECEIVER_ONLY))
        return false;
    return message_key_is_zero(cleared) || message_key_compare(entry->key, cleared) > 0;
}
