/*
 * The living pages of one conversation as a list in key order. Inside history/ only.
 *
 * A page whose newest entry has expired for GRACE_S is dead: nothing here returns it. A day after
 * its expiry it may vanish from the stored picture, at any moment; then links lead to a row that
 * is not there. Whatever is put in links the living neighbours with each other, past the dead.
 *
 * Mostly nothing before a dead page lives, because messages are accepted in the order of their
 * keys. An entry that was put before the end (a REST time in the past, an import) breaks that:
 * its page may outlive pages behind it. conversation_row.past_accepted_s is at least the
 * acceptance of every such entry; while it is young, a search in the stored picture goes on where
 * a link is broken. The search finds all that matters: between a page's death and its vanishing
 * lies half a day, so what was linked through it has been stored since.
 *
 * Applying: rows are changed next; what the handler has not loaded is read at once. Otherwise a
 * row that is missing joins the command's set to load, and STATE_UNKNOWN comes back.
 */
#ifndef CORE_HISTORY_CHAIN_H
#define CORE_HISTORY_CHAIN_H

#include "core/shard.h"

struct chain {
    struct shard *shard;
    struct app_id app;
    struct account_no a, b;
    bool applying;
    bool mend;       /* something before a dead page may live */
    uint32_t dead_s; /* pages with nothing accepted after this are dead */
    struct conversation_row row;
};

struct chain_page {
    struct message_key key;
    const struct page_row *row; /* NULL: none */
};

/* STATE_ABSENT: no such conversation; then chain->row is zero. */
enum state_found chain_open(struct chain *chain, struct shard *shard, struct app_id app,
                            struct account_no a, struct account_no b, bool applying);

/* The page with exactly this key, dead or alive. */
enum state_found chain_read(struct chain *chain, struct message_key key, struct chain_page *ret);

/* The page that a `prev` link (or the conversation's last_page) leads to, or the nearest living
   one before it. */
enum state_found chain_before(struct chain *chain, struct message_key link, struct chain_page *ret);

/* The page behind this one. */
enum state_found chain_after(struct chain *chain, const struct chain_page *page,
                             struct chain_page *ret);

/* The page that holds or would hold `key`: the last one whose own key is not greater. */
enum state_found chain_locate(struct chain *chain, struct message_key key, struct chain_page *ret);

/* The first page whose own key is greater. */
enum state_found chain_above(struct chain *chain, struct message_key key, struct chain_page *ret);

/* Index of the first entry whose key is not less than `key`. */
uint32_t page_lower_bound(const struct page_row *page, struct message_key key);

#endif
