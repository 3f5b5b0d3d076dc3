#include "core/history/chain.h"

#include "base/check.h"
#include "core/history/expiry.h"
#include "core/history/page.h"
#include "core/quota/limit.h"

/* Walk so many pages in the cache before a search in the stored picture is cheaper. */
#define NEAR_PAGES 64
/* Half of the day after which expired pages may vanish (history/expiry.c). */
#define GRACE_S 43200u

/* ---- rows ---- */

/* Reads a row without asking for it. */
static enum state_found peek(const struct chain *chain, struct span key, const void **ret_value,
                             size_t *ret_n)
{
    struct state *state = shard_state(chain->shard);
    enum state_found found = state_get(state, key, ret_value, ret_n);

    if (found == STATE_UNKNOWN && chain->applying) {
        state_set_inline_loads(state, true);
        found = state_get(state, key, ret_value, ret_n);
        state_set_inline_loads(state, false);
    }
    return found;
}

static enum state_found row_read(const struct chain *chain, struct span key, const void **ret_value,
                                 size_t *ret_n)
{
    return chain->applying ? peek(chain, key, ret_value, ret_n)
                           : row_find(chain->shard, key, ret_value, ret_n);
}

enum state_found chain_open(struct chain *chain, struct shard *shard, struct app_id app,
                            struct account_no a, struct account_no b, bool applying)
{
    struct row_key key;
    const void *value;
    size_t n;
    uint64_t kept_s;
    enum state_found found;

    *chain = (struct chain){.shard = shard, .app = app, .a = a, .b = b, .applying = applying};
    found = row_read(chain, row_key_conversation(&key, app, a, b), &value, &n);
    if (found != STATE_HIT)
        return found;
    CHECK(n >= sizeof(chain->row));
    memcpy(&chain->row, value, sizeof(chain->row));
    kept_s = history_kept_s(roaming_kept(shard, app), shard_now_s(shard)) + GRACE_S;
    if (kept_s < shard_now_s(shard))
        chain->dead_s = (uint32_t)(shard_now_s(shard) - kept_s);
    chain->mend = chain->row.past_accepted_s > chain->dead_s;
    return STATE_HIT;
}

static bool dead(const struct chain *chain, const struct chain_page *page)
{
    return page->row->newest_accepted_s <= chain->dead_s;
}

static enum state_found page_read(const struct chain *chain, struct message_key at, bool ask,
                                  struct chain_page *ret)
{
    struct row_key key;
    struct span span = row_key_page(&key, chain->app, chain->a, chain->b, at);
    const void *value;
    size_t n;
    enum state_found found =
        ask ? row_read(chain, span, &value, &n) : peek(chain, span, &value, &n);

    if (found != STATE_HIT)
        return found;
    *ret = (struct chain_page){.key = at, .row = value};
    CHECK(n >= sizeof(*ret->row) && ret->row->count <= PAGE_ENTRIES &&
          n >= sizeof(*ret->row) + ret->row->count * sizeof(struct page_entry));
    return STATE_HIT;
}

enum state_found chain_read(struct chain *chain, struct message_key key, struct chain_page *ret)
{
    return page_read(chain, key, true, ret);
}

/* ---- the stored picture ---- */

static struct message_key just_before(struct message_key key)
{
    if (key.random--)
        return key;
    if (key.seq--)
        return key;
    key.time--;
    return key;
}

/* The last stored page whose key is not greater. Blocks for a read of the engine: only far keys
   and broken links come here. */
static bool seek(const struct chain *chain, struct message_key at, struct message_key *ret_key)
{
    struct row_key prefix_key, key;
    struct span prefix = row_prefix_pages(&prefix_key, chain->app, chain->a, chain->b);
    char found[STATE_MAX_KEY];
    size_t n;

    if (state_seek_back(shard_state(chain->shard), prefix,
                        row_key_page(&key, chain->app, chain->a, chain->b, at), found, &n))
        return false;
    CHECK(n == prefix.n + 12);
    *ret_key = (struct message_key){.time = get_be32(found + prefix.n),
                                    .seq = get_be32(found + prefix.n + 4),
                                    .random = get_be32(found + prefix.n + 8)};
    return true;
}

/* A stored page behind second `from`, the first one of them or one of its second; none: the
   conversation's last page, which only memory may know. */
static struct message_key seek_above(const struct chain *chain, uint32_t from)
{
    struct message_key best = chain->row.last_page, found;
    uint32_t low = from, high = best.time;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct message_key end = {middle, UINT32_MAX, UINT32_MAX};

        if (seek(chain, end, &found) && found.time > from) {
            best = found;
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return best;
}

/* ---- steps ---- */

/* One step back over a page that is dead or has vanished; false: nothing lives before it. */
static bool step_over(const struct chain *chain, enum state_found found,
                      const struct chain_page *page, struct message_key *link)
{
    if (!chain->mend)
        return false;
    if (found == STATE_HIT) {
        *link = page->row->prev;
        return true;
    }
    return seek(chain, just_before(*link), link);
}

enum state_found chain_before(struct chain *chain, struct message_key link, struct chain_page *ret)
{
    while (!message_key_is_zero(link)) {
        struct chain_page page;
        enum state_found found = chain_read(chain, link, &page);

        if (found == STATE_UNKNOWN)
            return found;
        if (found == STATE_HIT && !dead(chain, &page)) {
            *ret = page;
            return found;
        }
        if (!step_over(chain, found, &page, &link))
            break;
    }
    return STATE_ABSENT;
}

enum state_found chain_above(struct chain *chain, struct message_key key, struct chain_page *ret)
{
    /* No entry was accepted before its own time, so pages of seconds after dead_s live. */
    uint32_t from = key.time > chain->dead_s ? key.time : chain->dead_s;
    struct chain_page page;
    enum state_found found = chain_before(chain, seek_above(chain, from), &page);

    if (found != STATE_HIT)
        return found;
    if (message_key_compare(page.key, key) <= 0)
        return STATE_ABSENT;
    do {
        *ret = page;
        if (message_key_compare(ret->row->prev, key) <= 0)
            return STATE_HIT;
        found = chain_before(chain, ret->row->prev, &page);
    } while (found == STATE_HIT && message_key_compare(page.key, key) > 0);
    return found == STATE_UNKNOWN ? found : STATE_HIT;
}

enum state_found chain_after(struct chain *chain, const struct chain_page *page,
                             struct chain_page *ret)
{
    struct message_key link = page->row->next;

    while (!message_key_is_zero(link)) {
        struct chain_page next;
        enum state_found found = chain_read(chain, link, &next);

        if (found == STATE_UNKNOWN)
            return found;
        if (found == STATE_ABSENT)
            return chain_above(chain, page->key, ret);
        if (!dead(chain, &next)) {
            *ret = next;
            return found;
        }
        link = next.row->next;
    }
    return STATE_ABSENT;
}

/* ---- locating ---- */

/* Goes forward from a page at or before `key` to the last one that is not behind it. */
static enum state_found advance(struct chain *chain, struct chain_page page, struct message_key key,
                                struct chain_page *ret)
{
    struct chain_page next;

    while (!message_key_is_zero(page.row->next) && message_key_compare(page.row->next, key) <= 0) {
        enum state_found found = chain_after(chain, &page, &next);

        if (found == STATE_UNKNOWN)
            return found;
        if (found == STATE_ABSENT || message_key_compare(next.key, key) > 0)
            break;
        page = next;
    }
    *ret = page;
    return STATE_HIT;
}

static enum state_found locate_far(struct chain *chain, struct message_key key,
                                   struct chain_page *ret)
{
    struct message_key at;
    struct chain_page page;
    enum state_found found;

    if (seek(chain, key, &at)) {
        found = chain_read(chain, at, &page);
        if (found == STATE_UNKNOWN)
            return found;
        if (found == STATE_HIT && !dead(chain, &page))
            return advance(chain, page, key, ret);
        if (!chain->mend)
            return STATE_ABSENT;
    }
    found = chain_above(chain, key, &page);
    if (found == STATE_UNKNOWN)
        return found;
    return chain_before(chain, found == STATE_HIT ? page.row->prev : chain->row.last_page, ret);
}

enum state_found chain_locate(struct chain *chain, struct message_key key, struct chain_page *ret)
{
    struct message_key link = chain->row.last_page;

    for (int i = 0; i < NEAR_PAGES; i++) {
        struct chain_page page;
        enum state_found found;

        if (message_key_is_zero(link))
            return STATE_ABSENT;
        if (message_key_compare(link, key) <= 0)
            return chain_before(chain, link, ret);
        found = page_read(chain, link, false, &page);
        if (found == STATE_UNKNOWN)
            break;
        if (found == STATE_HIT && !dead(chain, &page))
            link = page.row->prev;
        else if (!step_over(chain, found, &page, &link))
            return STATE_ABSENT;
    }
    return locate_far(chain, key, ret);
}

uint32_t page_lower_bound(const struct page_row *page, struct message_key key)
{
    uint32_t low = 0, high = page->count;

    if (high && message_key_compare(page->entries[high - 1].key, key) < 0)
        return high;
    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (message_key_compare(page->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
