/*
 * The pages of one conversation as a list in key order. Inside history/ only.
 *
 * Links lead from page to page. A page vanishes from the stored picture some time after all of it
 * has expired; then a link leads to a row that is not there. Mostly nothing before a vanished page
 * is alive, because messages are accepted in the order of their keys. An entry that was put before
 * the end (a REST time in the past, an import) breaks that: its page may outlive pages behind it.
 * conversation_row.past_accepted_s is at least the acceptance of every such entry; while it is
 * young, a broken link is mended by a search in the stored picture. That search finds every page
 * that matters: a page that only memory knows was written into a neighbour's link in the same
 * record, so that neighbour cannot have vanished yet.
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
    bool mend; /* broken links are worth a search */
    struct conversation_row row;
};

struct chain_page {
    struct message_key key;
    const struct page_row *row; /* NULL: none */
};

/* STATE_ABSENT: no such conversation; then chain->row is zero. */
enum state_found chain_open(struct chain *chain, struct shard *shard, struct app_id app,
                            struct account_no a, struct account_no b, bool applying);

/* The page with exactly this key. */
enum state_found chain_read(struct chain *chain, struct message_key key, struct chain_page *ret);

/* The page that a `prev` link (or the conversation's last_page) leads to, or the nearest before. */
enum state_found chain_before(struct chain *chain, struct message_key link, struct chain_page *ret);

/* The page behind this one. */
enum state_found chain_after(struct chain *chain, const struct chain_page *page,
                             struct chain_page *ret);

/* The page that holds or would hold `key`: the last one whose own key is not greater.
   STATE_ABSENT: there is none; then *ret_above is the first page of all, or none. */
enum state_found chain_locate(struct chain *chain, struct message_key key, struct chain_page *ret,
                              struct chain_page *ret_above);

/* Index of the first entry whose key is not less than `key`. */
uint32_t page_lower_bound(const struct page_row *page, struct message_key key);

#endif
