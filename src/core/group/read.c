#include "core/group/read.h"

#include "core/account/account.h"
#include "core/group/apply.h"
#include "core/group/hidden.h"
#include "core/group/member.h"
#include "core/group/page.h"
#include "core/session/session.h"

void group_read_emit(struct shard *shard, struct app_id app, struct group_no group,
                     struct account_no account, uint32_t read_seq)
{
    struct fact_group_read *fact = fact_emit(shard, FACT_GROUP_READ, sizeof(*fact));

    *fact = (struct fact_group_read){
        .app = app.v, .group = group.v, .account = account.v, .read_seq = read_seq};
}

void group_recent_emit(struct shard *shard, struct app_id app, struct group_no group,
                       struct account_no account, uint32_t visible_seq, uint32_t unlisted_seq,
                       uint32_t pinned_s)
{
    struct fact_group_recent *fact = fact_emit(shard, FACT_GROUP_RECENT, sizeof(*fact));

    *fact = (struct fact_group_recent){.app = app.v,
                                       .group = group.v,
                                       .account = account.v,
                                       .visible_seq = visible_seq,
                                       .unlisted_seq = unlisted_seq,
                                       .pinned_s = pinned_s};
}

/* ---- applying ---- */

/* NULL: the account has left meanwhile (an earlier record of the same command). */
static struct joined_row *joined_put(struct shard *shard, uint32_t app, uint32_t group,
                                     uint32_t account)
{
    struct row_key key;
    struct span joined = row_key_joined(&key, (struct app_id){app}, (struct account_no){account},
                                        (struct group_no){group});

    return row_get(shard, joined, NULL) ? row_put(shard, joined, sizeof(struct joined_row)) : NULL;
}

void apply_group_read(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_read *fact = payload;
    struct row_key key;
    const struct group_head_row *head = row_get(
        shard, row_key_group_head(&key, (struct app_id){fact->app}, (struct group_no){fact->group}),
        NULL);
    struct joined_row *row;

    (void)n, (void)number;
    if (!head)
        return;
    row = joined_put(shard, fact->app, fact->group, fact->account);
    if (!row)
        return;
    row->read_seq = fact->read_seq;
    row->floor_seen = head->read_floor;
}

void apply_group_recent(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_recent *fact = payload;
    struct joined_row *row = joined_put(shard, fact->app, fact->group, fact->account);

    (void)n, (void)number;
    if (!row)
        return;
    if (fact->visible_seq > row->visible_seq)
        row->flags |= JOINED_CLEARED;
    row->visible_seq = fact->visible_seq;
    row->unlisted_seq = fact->unlisted_seq;
    row->pinned_s = fact->pinned_s;
    row->flags &= (uint8_t)~JOINED_PINNED;
    if (fact->pinned_s)
        row->flags |= JOINED_PINNED;
}

/* ---- reports ---- */

/* The mark that a report of this seq sets; false: none, everything up to there is read. */
static bool mark_of(const struct group *group, const struct joined_row *joined, uint32_t read_seq,
                    uint32_t *ret_seq)
{
    *ret_seq = read_seq < group->head.last_seq ? read_seq : group->head.last_seq;
    return *ret_seq > joined_read_seq(joined, &group->head);
}

/* Joins nothing in rooms: nobody counts there. */
static enum im_err find_member(struct shard *shard, const struct request *req, struct span id,
                               struct account_no account, struct group *group,
                               const struct joined_row **ret_joined)
{
    enum im_err err = group_find(shard, req->app, id, group);
    enum state_found found;

    *ret_joined = NULL;
    if (err || group_is_room(group->info.type))
        return err;
    found = joined_find(shard, req->app, account, group->no, ret_joined);
    return found == STATE_UNKNOWN ? IM_AGAIN : found == STATE_ABSENT ? IM_ERR_GROUP_RIGHT : IM_OK;
}

static void push_read(struct shard *shard, struct request *req, const struct group *group,
                      uint32_t read_seq)
{
    struct push_group_read *push = NULL;

    for (struct session *s = session_first(shard, req->app, req->account); s;
         s = s->next_of_account) {
        if (s == req->session)
            continue;
        if (!push) {
            push = ARENA_NEW(&req->arena, struct push_group_read);
            push->group = (struct push_group){.id = arena_copy(&req->arena, group->id),
                                              .name = arena_copy(&req->arena, group->name),
                                              .type = group->info.type};
            push->read_seq = read_seq;
        }
        push_to_session(shard, req, s, PUSH_GROUP_READ, push);
    }
}

enum im_err group_read_report(struct shard *shard, struct request *req)
{
    const struct group_read_req *ask = req->body;
    const struct joined_row *joined;
    struct group group;
    uint32_t read_seq;
    enum im_err err = find_member(shard, req, ask->group, req->account, &group, &joined);

    if (err || !joined || !mark_of(&group, joined, ask->read_seq, &read_seq))
        return err;
    group_read_emit(shard, req->app, group.no, req->account, read_seq);
    push_read(shard, req, &group, read_seq);
    return IM_OK;
}

void group_reads_find(struct shard *shard, const struct request *req, struct group_reading *items,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct group_reading *item = &items[i];
        const struct joined_row *joined;
        struct group group;
        uint32_t wanted = item->wanted_seq ? item->wanted_seq : UINT32_MAX;

        item->marks = false;
        item->err = find_member(shard, req, item->id, req->account, &group, &joined);
        if (item->err || !joined)
            continue;
        item->no = group.no;
        item->marks = mark_of(&group, joined, wanted, &item->read_seq);
        if (!item->marks)
            item->read_seq = joined_read_seq(joined, &group.head);
    }
}

void group_reads_emit(struct shard *shard, const struct request *req,
                      const struct group_reading *items, uint32_t count)
{
    uint32_t emitted = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!items[i].marks)
            continue;
        group_read_emit(shard, req->app, items[i].no, req->account, items[i].read_seq);
        if (++emitted % MEMBERS_A_RECORD == 0)
            fact_commit(shard);
    }
}

/* ---- set_unread_msg_num ---- */

struct unread_search {
    struct shard *shard;
    const struct group *group;
    struct account_no account;
    bool has_hidden;
    uint32_t wanted;
    uint32_t reached; /* seq */
};

/* What counts here counts in group_unread. */
static bool count_back(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct unread_search *search = arg;

    search->reached = seq;
    if (entry->from == search->account.v ||
        (entry->flags &
         (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED | GROUP_MESSAGE_NO_UNREAD)) ||
        (search->has_hidden && group_is_hidden(search->shard, search->group, search->account, seq)))
        return true;
    return --search->wanted > 0;
}

/* The mark behind which so many are unread, at most all that the member sees. */
static enum state_found mark_for(struct shard *shard, const struct group *group,
                                 struct account_no account, const struct joined_row *joined,
                                 uint32_t unread, uint32_t *ret_seq)
{
    uint32_t last = group->head.last_seq, lowest = joined->visible_seq + 1, beyond;
    struct unread_search search = {.shard = shard,
                                   .group = group,
                                   .account = account,
                                   .has_hidden = joined->flags & JOINED_HAS_HIDDEN,
                                   .wanted = unread,
                                   .reached = last + 1};

    *ret_seq = last;
    if (!unread || last < lowest)
        return shard_missing(shard) ? STATE_UNKNOWN : STATE_HIT; /* of what a call counts */
    if (last - lowest >= GROUP_UNREAD_EXACT)
        lowest = last - GROUP_UNREAD_EXACT + 1;
    if (group_page_walk(shard, group, last, lowest, count_back, &search) == STATE_UNKNOWN ||
        shard_missing(shard))
        return STATE_UNKNOWN;
    beyond = search.reached - 1;
    if (search.wanted)
        beyond = beyond > search.wanted ? beyond - search.wanted : 0;
    *ret_seq = beyond > joined->visible_seq ? beyond : joined->visible_seq;
    return STATE_HIT;
}

enum im_err group_unread_set(struct shard *shard, struct request *req)
{
    const struct group_unread_req *ask = req->body;
    const struct joined_row *joined;
    struct account_no account = {0};
    struct group group;
    uint32_t read_seq;
    enum state_found found = account_find(shard, req->app, ask->account, &account);
    enum im_err err = group_find(shard, req->app, ask->group, &group);

    if (err)
        return err;
    if (found != STATE_HIT)
        return found == STATE_UNKNOWN ? IM_AGAIN : IM_ERR_GROUP_ACCOUNT;
    if (group.info.type == GROUP_CHAT_ROOM)
        return IM_OK;
    err = find_member(shard, req, ask->group, account, &group, &joined);
    if (err || !joined)
        return err;
    if (mark_for(shard, &group, account, joined, ask->unread, &read_seq) == STATE_UNKNOWN)
        return IM_AGAIN;
    if (read_seq != joined_read_seq(joined, &group.head))
        group_read_emit(shard, req->app, group.no, account, read_seq);
    return IM_OK;
}
