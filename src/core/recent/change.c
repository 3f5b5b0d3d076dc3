#include "core/recent/change.h"

#include "core/account/account.h"
#include "core/group/member.h"
#include "core/group/read.h"
#include "core/history/history.h"
#include "core/history/page.h"
#include "core/recent/contact.h"
#include "core/session/session.h"

enum change_kind { CHANGE_DELETE = 1, CHANGE_PIN = 2, CHANGE_UNPIN = 3, CHANGE_CLEAR = 4 };

struct changing {
    struct account_no account;
    struct account_no peer; /* 0: not a C2C conversation, or nothing to do */
    struct message_key newest;
    struct group_no group; /* 0: not a group, or nothing to do */
    uint32_t last_seq;     /* of the group */
};

static bool take_newest(void *arg, const struct page_entry *entry)
{
    *(struct message_key *)arg = entry->key;
    return false;
}

static void push_change(struct shard *shard, struct request *req, struct account_no account,
                        enum change_kind kind, const struct recent_change *item)
{
    struct push_contact *push = NULL;

    if (kind == CHANGE_CLEAR)
        return;
    for (struct session *s = session_first(shard, req->app, account); s; s = s->next_of_account) {
        if (s == req->session)
            continue;
        if (!push) {
            push = ARENA_NEW(&req->arena, struct push_contact);
            *push = (struct push_contact){
                .change = (uint8_t)kind, .group = item->group, .peer = item->peer};
        }
        push_to_session(shard, req, s, PUSH_CONTACT, push);
    }
}

/* A deleted conversation has nothing unread when it comes back; its peer gets no receipt. */
static void mark_read(struct shard *shard, const struct request *req, const struct changing *change,
                      const struct contact_row *row)
{
    struct fact_read *fact;

    if (row->last_incoming_s <= row->read_s)
        return;
    fact = fact_emit(shard, FACT_READ, sizeof(*fact));
    *fact = (struct fact_read){.app = req->app.v,
                               .account = change->account.v,
                               .peer = change->peer.v,
                               .read_s = row->last_incoming_s};
}

static void change_one(struct shard *shard, struct request *req, const struct changing *change,
                       enum change_kind kind, bool clear)
{
    const struct contact_row *row;
    uint32_t flags;
    uint32_t pinned_s;

    if (contact_find(shard, req->app, change->account, change->peer, &row) != STATE_HIT)
        return;
    flags = row->flags;
    pinned_s = row->pinned_s;
    if (kind == CHANGE_DELETE) {
        mark_read(shard, req, change, row);
        flags = CONTACT_DELETED;
        pinned_s = 0;
    } else if (kind == CHANGE_PIN) {
        flags |= CONTACT_PINNED;
        pinned_s = shard_now_s(shard);
    } else if (kind == CHANGE_UNPIN) {
        flags &= ~(uint32_t)CONTACT_PINNED;
        pinned_s = 0;
    }
    contact_change(shard, req->app, change->account, change->peer, flags, pinned_s,
                   clear ? change->newest : MESSAGE_KEY_FIRST);
}

/* ---- groups ---- */

static void find_group(struct shard *shard, const struct request *req, struct span id,
                       struct changing *change)
{
    const struct joined_row *joined;
    struct group group;

    if (group_find(shard, req->app, id, &group) != IM_OK ||
        joined_find(shard, req->app, change->account, group.no, &joined) != STATE_HIT)
        return;
    change->group = group.no;
    change->last_seq = group.head.last_seq;
}

/* As a C2C conversation: one that is deleted has nothing unread when it comes back. */
static void change_group(struct shard *shard, const struct request *req,
                         const struct changing *change, enum change_kind kind, bool clear)
{
    const struct joined_row *row;
    uint32_t visible, unlisted, pinned_s;

    if (joined_find(shard, req->app, change->account, change->group, &row) != STATE_HIT)
        return;
    visible = clear ? change->last_seq : row->visible_seq;
    unlisted = row->unlisted_seq;
    pinned_s = row->pinned_s;
    if (kind == CHANGE_DELETE) {
        unlisted = change->last_seq;
        pinned_s = 0;
    } else if (kind == CHANGE_PIN) {
        pinned_s = shard_now_s(shard);
    } else if (kind == CHANGE_UNPIN) {
        pinned_s = 0;
    }
    if (kind == CHANGE_DELETE && row->read_seq < change->last_seq)
        group_read_emit(shard, req->app, change->group, change->account, change->last_seq);
    group_recent_emit(shard, req->app, change->group, change->account, visible, unlisted, pinned_s);
}

/* ---- all ---- */

static enum im_err change_all(struct shard *shard, struct request *req, enum change_kind kind,
                              bool clear)
{
    const struct recent_change_req *ask = req->body;
    struct changing *changes = ARENA_ARRAY(&req->arena, struct changing, ask->count);
    const struct contact_row *row;
    struct account_no account;
    enum state_found found = history_self(shard, req, ask->account, &account);

    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? IM_AGAIN : IM_ERR_RECENT_ACCOUNT;
    for (uint32_t i = 0; i < ask->count; i++) {
        changes[i].account = account;
        if (ask->items[i].group)
            find_group(shard, req, ask->items[i].peer, &changes[i]);
        if (ask->items[i].group ||
            account_find(shard, req->app, ask->items[i].peer, &changes[i].peer) != STATE_HIT)
            continue;
        contact_find(shard, req->app, account, changes[i].peer, &row);
        if (clear)
            page_walk_back(shard, req->app, account, changes[i].peer, MESSAGE_KEY_LAST, true,
                           take_newest, &changes[i].newest);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < ask->count; i++) {
        if (changes[i].peer.v)
            change_one(shard, req, &changes[i], kind, clear);
        else if (changes[i].group.v)
            change_group(shard, req, &changes[i], kind, clear);
        else
            continue;
        push_change(shard, req, account, kind, &ask->items[i]);
    }
    return IM_OK;
}

enum im_err recent_delete(struct shard *shard, struct request *req)
{
    return change_all(shard, req, CHANGE_DELETE,
                      ((const struct recent_change_req *)req->body)->clear);
}

enum im_err recent_top(struct shard *shard, struct request *req)
{
    bool pin = ((const struct recent_change_req *)req->body)->pin;

    return change_all(shard, req, pin ? CHANGE_PIN : CHANGE_UNPIN, false);
}

enum im_err recent_clear(struct shard *shard, struct request *req)
{
    return change_all(shard, req, CHANGE_CLEAR, true);
}
