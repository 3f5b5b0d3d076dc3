#include "core/history/chain.h"

#include "base/check.h"
#include "core/history/page.h"

/* Walk so many pages in the cache before a search in the stored picture is cheaper. */
#define NEAR_PAGES 64

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
    enum state_found found;

    *chain = (struct chain){.shard = shard, .app = app, .a = a, .b = b, .applying = applying};
    found = row_read(chain, row_key_conversation(&key, app, a, b), &value, &n);
    if (found != STATE_HIT)
        return found;
    CHECK(n >= sizeof(chain->row));
    memcpy(&chain->row, value, sizeof(chain->row));
    chain->mend = chain->row.past_accepted_s + history_retention_s(shard, app) > shard_now_s(shard);
    return STATE_HIT;
}

static enum state_found page_peek(const struct chain *chain, struct message_key at, bool ask,
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
    return page_peek(chain, key, true, ret);
}

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
   and mended links come here. */
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

enum state_found chain_before(struct chain *chain, struct message_key link, struct chain_page *ret)
{
    enum state_found found;

    if (message_key_is_zero(link))
        return STATE_ABSENT;
    found = chain_read(chain, link, ret);
    while (found == STATE_ABSENT && chain->mend && !message_key_is_zero(link) &&
           seek(chain, just_before(link), &link))
        found = chain_read(chain, link, ret);
    return found;
}

/* The first page whose key is greater than `key`, when no link leads there: the smallest stored
   one by bisection over the seconds, then back along links to what only memory knows. */
static enum state_found first_above(struct chain *chain, struct message_key key,
                                    struct chain_page *ret)
{
    uint32_t low = key.time, high = chain->row.last_page.time;
    struct message_key link = chain->row.last_page, found_key;
    struct chain_page page;
    enum state_found found;

    while (low <= high) {
        uint32_t middle = low + (high - low) / 2;
        struct message_key end = {middle, UINT32_MAX, UINT32_MAX};

        if (seek(chain, end, &found_key) && message_key_compare(found_key, key) > 0) {
            link = found_key;
            if (middle == low)
                break;
            high = middle - 1;
        } else {
            if (middle == UINT32_MAX)
                break;
            low = middle + 1;
        }
    }
    found = chain_before(chain, link, &page);
    if (found != STATE_HIT)
        return found;
    if (message_key_compare(page.key, key) <= 0)
        return STATE_ABSENT;
    do {
        *ret = page;
        link = page.row->prev;
        if (message_key_is_zero(link) || message_key_compare(link, key) <= 0)
            return STATE_HIT;
        found = chain_before(chain, link, &page);
        if (found == STATE_UNKNOWN)
            return found;
    } while (found == STATE_HIT && message_key_compare(page.key, key) > 0);
    return STATE_HIT;
}

enum state_found chain_after(struct chain *chain, const struct chain_page *page,
                             struct chain_page *ret)
{
    struct message_key link = page->row->next;
    enum state_found found;

    if (message_key_is_zero(link))
        return message_key_compare(page->key, chain->row.last_page) < 0
                   ? first_above(chain, page->key, ret)
                   : STATE_ABSENT;
    found = chain_read(chain, link, ret);
    return found == STATE_ABSENT ? first_above(chain, page->key, ret) : found;
}

/* Goes forward from a page at or before `key` to the last one that is not behind it. */
static enum state_found advance(struct chain *chain, struct chain_page page, struct message_key key,
                                struct chain_page *ret)
{
    *ret = page;
    while (!message_key_is_zero(page.row->next) && message_key_compare(page.row->next, key) <= 0) {
        enum state_found found = chain_after(chain, ret, &page);

        if (found == STATE_UNKNOWN)
            return found;
        if (found == STATE_ABSENT || message_key_compare(page.key, key) > 0)
            break;
        *ret = page;
    }
    return STATE_HIT;
}

static enum state_found locate_far(struct chain *chain, struct message_key key,
                                   struct chain_page *ret, struct chain_page *ret_above)
{
    struct message_key at = key;
    struct chain_page page;
    enum state_found found = STATE_ABSENT;

    while (found == STATE_ABSENT && seek(chain, at, &at)) {
        found = chain_read(chain, at, &page);
        if (found == STATE_ABSENT && message_key_is_zero(at))
            break;
        if (found == STATE_ABSENT)
            at = just_before(at);
    }
    if (found == STATE_ABSENT) {
        found = chain_read(chain, chain->row.first_page, &page);
        if (found == STATE_ABSENT)
            found = first_above(chain, (struct message_key){0}, &page);
        if (found == STATE_HIT && message_key_compare(page.key, key) > 0) {
            *ret_above = page;
            return STATE_ABSENT;
        }
    }
    return found == STATE_HIT ? advance(chain, page, key, ret) : found;
}

enum state_found chain_locate(struct chain *chain, struct message_key key, struct chain_page *ret,
                              struct chain_page *ret_above)
{
    struct message_key link = chain->row.last_page;

    *ret_above = (struct chain_page){0};
    for (int i = 0; i < NEAR_PAGES; i++) {
        struct chain_page page;
        enum state_found found;

        if (message_key_is_zero(link))
            return STATE_ABSENT;
        found = page_peek(chain, link, false, &page);
        if (found == STATE_ABSENT) {
            if (!chain->mend || !seek(chain, just_before(link), &link))
                return STATE_ABSENT;
            continue;
        }
        if (message_key_compare(link, key) <= 0)
            return chain_read(chain, link, ret);
        if (found == STATE_UNKNOWN)
            break;
        *ret_above = page;
        link = page.row->prev;
    }
    return locate_far(chain, key, ret, ret_above);
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
