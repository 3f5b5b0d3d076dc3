#include "core/group/edit.h"

#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/apply.h"
#include "core/group/history.h"
#include "core/group/mark.h"
#include "core/group/message.h"

/* A record touches at most so many pages of index entries. */
#define PAGES_A_RECORD 15u

/* ---- editing ---- */

struct editing {
    struct group group;
    struct group_actor actor;
    struct group_entry entry;
    struct group_edit_row parts; /* of the message as it is stored */
    struct push_group_message *push;
    struct audience audience;
};

/* A new text is something said: who is muted writes none into an old message either. */
static enum im_err may_edit(struct shard *shard, const struct editing *editing,
                            enum state_found found)
{
    const struct group_actor *actor = &editing->actor;
    enum im_err err = IM_OK;

    if (found == STATE_ABSENT ||
        (editing->entry.flags &
         (GROUP_MESSAGE_WITHDRAWN | GROUP_MESSAGE_DELETED | GROUP_MESSAGE_TIP)))
        return IM_ERR_GROUP_NO_MESSAGE;
    if (actor->is_app_admin)
        return IM_OK;
    if (editing->entry.from != actor->account.v)
        err = group_may(&editing->group, actor, ACTION_RECALL_OTHERS);
    return err ? err : group_mute_check(shard, &editing->group, actor, actor->account);
}

/* A message that was never edited is in one piece. */
static void parts_find(struct shard *shard, const struct group_edit_req *ask,
                       struct editing *editing)
{
    uint64_t original = editing->entry.position;
    struct row_key key;
    const void *row;

    editing->parts = (struct group_edit_row){original, original, original, 0, 0};
    if (row_find(shard, row_key_group_edit(&key, editing->group.app, editing->group.no, ask->seq),
                 &row, NULL) == STATE_HIT)
        editing->parts = *(const struct group_edit_row *)row;
}

/* What the members are told: the message with its sender, as when it was sent. */
static void push_fill(struct shard *shard, struct request *req, const struct group_edit_req *ask,
                      struct editing *editing)
{
    const struct group_entry *entry = &editing->entry;
    struct account_no from = {entry->from};
    const struct account_row *account;
    const struct member_row *member;
    struct span nick, face;

    editing->push = ARENA_NEW(&req->arena, struct push_group_message);
    *editing->push = (struct push_group_message){.group = group_push_name(req, &editing->group),
                                                 .from_no = from,
                                                 .seq = ask->seq,
                                                 .time = entry->time,
                                                 .random = entry->random,
                                                 .client_time = group_entry_client_time(entry),
                                                 .flags = entry->flags | GROUP_MESSAGE_EDITED,
                                                 .version = (uint16_t)(entry->version + 1),
                                                 .priority = entry->priority,
                                                 .body = ask->body,
                                                 .cloud = ask->cloud};
    if (!from.v)
        return;
    if (account_row_find(shard, req->app, from, &account) == STATE_HIT)
        editing->push->from = arena_copy(&req->arena, account_name(account));
    if (profile_face(shard, req->app, from, &nick, &face) == STATE_HIT) {
        editing->push->nick = arena_copy(&req->arena, nick);
        editing->push->face = arena_copy(&req->arena, face);
    }
    if (member_find(shard, &editing->group, from, &member) == STATE_HIT)
        editing->push->card = arena_copy(&req->arena, member_card(member));
}

static enum im_err edit_start(struct shard *shard, struct request *req, struct editing *editing)
{
    const struct group_edit_req *ask = req->body;
    enum im_err err = group_find(shard, req->app, ask->group, &editing->group);
    const struct joined_row *joined;
    enum state_found found;
    uint32_t until_s;

    if (!err)
        err = group_actor_find(shard, req, &editing->group, &editing->actor);
    if (err)
        return err;
    if (group_is_room(editing->group.info.type))
        return IM_ERR_GROUP_RIGHT;
    if (!editing->actor.is_app_admin && editing->actor.role == ROLE_NONE)
        return IM_ERR_GROUP_RIGHT;
    found = group_page_find(shard, &editing->group, ask->seq, &editing->entry);
    if (group_audience(shard, req, &editing->group, (struct account_no){0}, &editing->audience) ==
            STATE_UNKNOWN ||
        found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (!editing->actor.is_app_admin &&
        joined_find(shard, req->app, req->account, editing->group.no, &joined) == STATE_HIT &&
        ask->seq <= joined->visible_seq)
        found = STATE_ABSENT;
    if (!editing->actor.is_app_admin)
        member_muted_until(shard, &editing->group, req->account, &until_s);
    if (shard_missing(shard))
        return IM_AGAIN;
    err = may_edit(shard, editing, found);
    if (err)
        return err;
    parts_find(shard, ask, editing);
    push_fill(shard, req, ask, editing);
    return shard_missing(shard) ? IM_AGAIN : IM_OK;
}

static void emit_edited(struct shard *shard, const struct group_edit_req *ask,
                        const struct editing *editing)
{
    struct fact_group_edited *fact =
        fact_emit(shard, FACT_GROUP_EDITED, sizeof(*fact) + ask->body.n + ask->cloud.n);

    *fact = (struct fact_group_edited){.app = editing->group.app.v,
                                       .group = editing->group.no.v,
                                       .seq = ask->seq,
                                       .version = editing->entry.version + 1u,
                                       .original = editing->parts.original,
                                       .body_at = ask->body.n ? 0 : editing->parts.body_at,
                                       .cloud_at = ask->cloud.n ? 0 : editing->parts.cloud_at,
                                       .body_bytes = (uint32_t)ask->body.n,
                                       .cloud_bytes = (uint32_t)ask->cloud.n};
    if (ask->body.n)
        memcpy(fact + 1, ask->body.p, ask->body.n);
    if (ask->cloud.n)
        memcpy((char *)(fact + 1) + ask->body.n, ask->cloud.p, ask->cloud.n);
}

enum im_err group_edit(struct shard *shard, struct request *req)
{
    const struct group_edit_req *ask = req->body;
    struct group_edit_result *result = ARENA_NEW(&req->arena, struct group_edit_result);
    struct editing editing = {0};
    enum im_err err = edit_start(shard, req, &editing);

    if (err)
        return err;
    if (editing.entry.version == UINT16_MAX)
        return IM_ERR_GROUP_PARAM;
    req->result = result;
    req->bodies = ARENA_NEW(&req->arena, struct message_body);
    req->bodies->position = editing.entry.position;
    req->body_count = 1;
    result->version = editing.entry.version;
    if (ask->has_version && ask->version < editing.entry.version)
        return IM_ERR_MSG_EDIT_CONFLICT;
    result->version++;
    result->body = ask->body;
    result->cloud = ask->cloud;
    if (ask->body.n && ask->cloud.n)
        req->body_count = 0;
    emit_edited(shard, ask, &editing);
    /* Without the body clients would take the message for empty; they read it with the history. */
    if (ask->body.n)
        group_tell(shard, req, &editing.audience, PUSH_GROUP_EDITED, editing.push);
    return IM_OK;
}

void apply_group_edited(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_edited *fact = payload;
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct row_key key;
    struct group_edit_row *row;

    (void)n;
    group_message_mark(shard, app, group, fact->seq, GROUP_MESSAGE_EDITED, number);
    row = row_put(shard, row_key_group_edit(&key, app, group, fact->seq), sizeof(*row));
    *row = (struct group_edit_row){.original = fact->original,
                                   .body_at = fact->body_at ? fact->body_at : number,
                                   .cloud_at = fact->cloud_at ? fact->cloud_at : number,
                                   .edited_s = shard_now_s(shard)};
}

/* ---- deleting for all ---- */

struct deleting {
    struct account_no sender;
    uint32_t *seqs;
    uint32_t count;
};

static bool collect(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct deleting *deleting = arg;

    if (entry->from == deleting->sender.v &&
        !(entry->flags & (GROUP_MESSAGE_DELETED | GROUP_MESSAGE_TIP)))
        deleting->seqs[deleting->count++] = seq;
    return true;
}

/* Seqs from `at` on that lie in so many pages as a record may touch. */
static uint32_t count_for_record(const struct deleting *deleting, uint32_t at)
{
    uint32_t end = at, pages = 0, page = UINT32_MAX;

    for (; end < deleting->count; end++) {
        if (group_page_of(deleting->seqs[end]) == page)
            continue;
        if (pages++ == PAGES_A_RECORD)
            break;
        page = group_page_of(deleting->seqs[end]);
    }
    return end - at;
}

static void emit_deleted(struct shard *shard, const struct group *group, const uint32_t *seqs,
                         uint32_t count)
{
    struct fact_group_deleted *fact =
        fact_emit(shard, FACT_GROUP_DELETED, sizeof(*fact) + count * sizeof(*seqs));

    *fact = (struct fact_group_deleted){.app = group->app.v, .group = group->no.v, .count = count};
    memcpy(fact + 1, seqs, count * sizeof(*seqs));
}

enum im_err group_delete_by_sender(struct shard *shard, struct request *req)
{
    const struct group_delete_req *ask = req->body;
    struct group group;
    struct deleting deleting = {0};
    enum im_err err = group_find(shard, req->app, ask->group, &group);
    uint32_t last, low, n;

    if (err || group_is_room(group.info.type))
        return err;
    if (account_find(shard, req->app, ask->sender, &deleting.sender) == STATE_ABSENT)
        return IM_OK; /* nobody has sent nothing */
    if (shard_missing(shard))
        return IM_AGAIN;
    last = group.head.last_seq;
    low = last > GROUP_DELETE_LOOKED_AT ? last - GROUP_DELETE_LOOKED_AT + 1 : 1;
    for (uint32_t seq = last; seq > low + GROUP_PAGE_ENTRIES; seq -= GROUP_PAGE_ENTRIES) {
        struct group_entry entry;

        group_page_find(shard, &group, seq, &entry); /* all pages in one round */
    }
    deleting.seqs = ARENA_ARRAY(&req->arena, uint32_t, GROUP_DELETE_LOOKED_AT);
    if (group_page_walk(shard, &group, last, low, collect, &deleting) == STATE_UNKNOWN ||
        shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t at = 0; at < deleting.count; at += n) {
        if (at)
            fact_commit(shard);
        n = count_for_record(&deleting, at);
        emit_deleted(shard, &group, deleting.seqs + at, n);
    }
    return IM_OK;
}

void apply_group_deleted(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_deleted *fact = payload;
    const uint32_t *seqs = (const void *)(fact + 1);

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++)
        group_message_mark(shard, (struct app_id){fact->app}, (struct group_no){fact->group},
                           seqs[i], GROUP_MESSAGE_DELETED, 0);
}

/* ---- deleting for oneself ---- */

/* Those that the member sees; asks for the rows that say so. */
static uint32_t seen_by(struct shard *shard, struct request *req, const struct group *group,
                        const struct joined_row *joined, uint32_t *seqs)
{
    const struct group_hide_req *ask = req->body;
    uint32_t count = 0;

    for (uint32_t i = 0; i < ask->count; i++) {
        struct row_key key;
        const void *row;

        if (!ask->seqs[i] || ask->seqs[i] > group->head.last_seq ||
            ask->seqs[i] <= joined->visible_seq)
            continue;
        row_find(shard, row_key_hidden(&key, req->app, group->no, req->account, ask->seqs[i]), &row,
                 NULL);
        seqs[count++] = ask->seqs[i];
    }
    return count;
}

enum im_err group_hide(struct shard *shard, struct request *req)
{
    const struct group_hide_req *ask = req->body;
    uint32_t *seqs = ARENA_ARRAY(&req->arena, uint32_t, ask->count), count, n;
    const struct joined_row *joined;
    struct group group;
    enum im_err err = group_find(shard, req->app, ask->group, &group);
    enum state_found found;

    if (err)
        return err;
    found = joined_find(shard, req->app, req->account, group.no, &joined);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        return IM_ERR_GROUP_RIGHT;
    count = seen_by(shard, req, &group, joined, seqs);
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t at = 0; at < count; at += n) {
        struct fact_group_hidden *fact;

        if (at)
            fact_commit(shard);
        n = count - at < PAGES_A_RECORD ? count - at : PAGES_A_RECORD;
        fact = fact_emit(shard, FACT_GROUP_HIDDEN, sizeof(*fact) + n * sizeof(*seqs));
        *fact = (struct fact_group_hidden){
            .app = req->app.v, .group = group.no.v, .account = req->account.v, .count = n};
        memcpy(fact + 1, seqs + at, n * sizeof(*seqs));
    }
    return IM_OK;
}

void apply_group_hidden(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_hidden *fact = payload;
    const uint32_t *seqs = (const void *)(fact + 1);
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct account_no account = {fact->account};
    struct joined_row *joined;
    struct row_key key;

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        struct span row_key = row_key_hidden(&key, app, group, account, seqs[i]);
        struct hidden_row *row = row_put(shard, row_key, sizeof(*row));

        row->bits |= 1u << (seqs[i] - 1) % GROUP_PAGE_ENTRIES;
        row->changed_s = shard_now_s(shard);
    }
    joined = row_put(shard, row_key_joined(&key, app, account, group), sizeof(*joined));
    joined->flags |= JOINED_HAS_HIDDEN;
}
