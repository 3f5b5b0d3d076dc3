#include "core/recent/unread.h"

#include "core/account/account.h"
#include "core/history/history.h"
#include "core/history/page.h"
#include "core/recent/contact.h"

/* Entries looked at in one conversation: between few unread ones may lie many of one's own. */
#define MAX_LOOKED_AT 4096u

struct counting {
    struct message_key cleared;
    uint32_t read_s;
    bool account_higher;
    uint64_t retention_s;
    uint32_t now_s;
    uint32_t count, looked_at;
};

static bool count_entry(void *arg, const struct page_entry *entry)
{
    struct counting *counting = arg;
    bool own = !!(entry->flags & MESSAGE_FROM_HIGHER) == counting->account_higher;

    if (entry->key.time <= counting->read_s || counting->looked_at++ == MAX_LOOKED_AT)
        return false;
    if (own || (entry->flags & (MESSAGE_WITHDRAWN | MESSAGE_NO_UNREAD)) ||
        (uint64_t)entry->accepted_s + entry->lifetime_s <= counting->now_s ||
        !history_visible(entry, counting->account_higher, counting->cleared, counting->retention_s,
                         counting->now_s))
        return true;
    return ++counting->count < UNREAD_MAX_MESSAGES;
}

enum state_found unread_count(struct shard *shard, struct app_id app, struct account_no account,
                              struct account_no peer, const struct contact_row *contact,
                              uint32_t *ret_count)
{
    struct counting counting = {.cleared = contact->cleared,
                                .read_s = contact->read_s,
                                .account_higher = account.v > peer.v,
                                .retention_s = history_retention_s(shard, app),
                                .now_s = shard_now_s(shard)};
    /* Nothing after this second counts, so one's own later messages are not walked over. */
    struct message_key newest = {contact->last_incoming_s, UINT32_MAX, UINT32_MAX};

    *ret_count = 0;
    if (contact->last_incoming_s <= contact->read_s)
        return STATE_HIT;
    if (page_walk_back(shard, app, account, peer, newest, true, count_entry, &counting) ==
        STATE_UNKNOWN)
        return STATE_UNKNOWN;
    *ret_count = counting.count;
    return STATE_HIT;
}

static void read_all(struct shard *shard, struct request *req, struct account_no account,
                     struct unread_result *result)
{
    struct contact *contacts;
    uint32_t count;

    if (contact_list(shard, req, account, CONTACTS_UNREAD, 0, UNREAD_MAX_CONVERSATIONS, &contacts,
                     &count) == STATE_UNKNOWN)
        return;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t unread;

        if (unread_count(shard, req->app, account, contacts[i].peer, &contacts[i].row, &unread) ==
            STATE_HIT)
            result->all += unread;
    }
}

static void read_peer(struct shard *shard, const struct request *req, struct account_no account,
                      struct unread_peer *item)
{
    const struct contact_row *contact;
    struct account_no peer;

    item->exists = account_find(shard, req->app, item->peer, &peer) == STATE_HIT;
    if (item->exists && contact_find(shard, req->app, account, peer, &contact) == STATE_HIT)
        unread_count(shard, req->app, account, peer, contact, &item->count);
}

enum im_err unread_read(struct shard *shard, struct request *req)
{
    const struct unread_req *ask = req->body;
    struct unread_result *result = ARENA_NEW(&req->arena, struct unread_result);
    struct account_no account;
    enum state_found found = history_self(shard, req, ask->account, &account);

    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? IM_AGAIN : IM_ERR_MSG_ACCOUNT;
    result->peers = ARENA_ARRAY(&req->arena, struct unread_peer, ask->peer_count);
    result->peer_count = ask->peer_count;
    for (uint32_t i = 0; i < ask->peer_count; i++) {
        result->peers[i].peer = ask->peers[i];
        read_peer(shard, req, account, &result->peers[i]);
    }
    if (!ask->peer_count)
        read_all(shard, req, account, result);
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}
