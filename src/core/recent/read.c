#include "core/recent/read.h"

#include "core/account/account.h"
#include "core/apply.h"
#include "core/history/history.h"
#include "core/recent/contact.h"
#include "core/session/session.h"

/* Facts of one record when everything is read at once. */
#define FACTS_A_RECORD 64u

static void push_read(struct shard *shard, struct request *req, struct account_no to,
                      enum push_kind kind, const struct push_read *push)
{
    for (struct session *s = session_first(shard, req->app, to); s; s = s->next_of_account) {
        if (s != req->session)
            push_to_session(shard, req, s, kind, push);
    }
}

enum told { TELL_READER = 1 << 0, TELL_PEER = 1 << 1 };

static void mark(struct shard *shard, struct request *req, struct account_no reader,
                 struct span reader_name, struct account_no peer, struct span peer_name,
                 uint32_t read_s, unsigned tell)
{
    struct fact_read *fact = fact_emit(shard, FACT_READ, sizeof(*fact));
    struct push_read *push = ARENA_NEW(&req->arena, struct push_read);

    *fact = (struct fact_read){
        .app = req->app.v, .account = reader.v, .peer = peer.v, .read_s = read_s};
    *push = (struct push_read){.account = reader_name, .peer = peer_name, .read_s = read_s};
    if (tell & TELL_READER)
        push_read(shard, req, reader, PUSH_READ_SYNC, push);
    if (tell & TELL_PEER)
        push_read(shard, req, peer, PUSH_READ_RECEIPT, push);
}

static uint32_t until(const struct shard *shard, uint32_t read_s)
{
    uint32_t now_s = shard_now_s(shard);

    return read_s && read_s < now_s ? read_s : now_s;
}

enum im_err read_report(struct shard *shard, struct request *req)
{
    const struct read_req *ask = req->body;
    struct account_no *peers = ARENA_ARRAY(&req->arena, struct account_no, ask->count);
    const struct contact_row *contact;
    struct account_no reader;
    enum state_found found = history_self(shard, req, ask->account, &reader);

    if (found == STATE_ABSENT)
        return IM_ERR_MSG_ACCOUNT;
    for (uint32_t i = 0; i < ask->count; i++) {
        enum state_found peer = account_find(shard, req->app, ask->items[i].peer, &peers[i]);

        if (peer == STATE_ABSENT && req->caller != CALLER_USER)
            return IM_ERR_MSG_ACCOUNT;
        if (peer == STATE_HIT && found == STATE_HIT)
            contact_find(shard, req->app, reader, peers[i], &contact);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < ask->count; i++) {
        uint32_t read_s = until(shard, ask->items[i].read_s);

        if (!peers[i].v || contact_find(shard, req->app, reader, peers[i], &contact) != STATE_HIT ||
            read_s <= contact->read_s)
            continue;
        mark(shard, req, reader, ask->account, peers[i], ask->items[i].peer, read_s,
             ask->items[i].receipt ? TELL_READER | TELL_PEER : TELL_READER);
    }
    return IM_OK;
}

/* ---- everything ---- */

static void push_all_read(struct shard *shard, struct request *req, const struct read_all_req *ask)
{
    struct push_all_read *push = ARENA_NEW(&req->arena, struct push_all_read);
    struct span *groups = ARENA_ARRAY(&req->arena, struct span, ask->group_count);
    uint32_t *read_seqs = ARENA_ARRAY(&req->arena, uint32_t, ask->group_count);

    *push = (struct push_all_read){.groups = groups, .read_seqs = read_seqs, .c2c = ask->c2c};
    for (uint32_t i = 0; i < ask->group_count; i++) {
        if (!ask->groups[i].marks)
            continue;
        groups[push->count] = ask->groups[i].id;
        read_seqs[push->count++] = ask->groups[i].read_seq;
    }
    if (!push->c2c && !push->count)
        return;
    for (struct session *s = session_first(shard, req->app, req->account); s;
         s = s->next_of_account) {
        if (s != req->session)
            push_to_session(shard, req, s, PUSH_ALL_READ, push);
    }
}

static void emit_contacts(struct shard *shard, struct request *req, const struct read_all_req *ask,
                          const struct contact *contacts, uint32_t count)
{
    const struct account_row *row;

    for (uint32_t i = 0; i < count; i++) {
        if (account_row_find(shard, req->app, contacts[i].peer, &row) == STATE_HIT)
            mark(shard, req, req->account, ask->account, contacts[i].peer,
                 arena_copy(&req->arena, account_name(row)), shard_now_s(shard), TELL_PEER);
        if (i % FACTS_A_RECORD == FACTS_A_RECORD - 1)
            fact_commit(shard);
    }
}

enum im_err read_everything(struct shard *shard, struct request *req)
{
    const struct read_all_req *ask = req->body;
    const struct account_row *row;
    struct contact *contacts = NULL;
    uint32_t count = 0;

    group_reads_find(shard, req, ask->groups, ask->group_count);
    if (ask->c2c)
        contact_list(shard, req, req->account, CONTACTS_UNREAD, 0, CONTACTS_MAX, &contacts, &count);
    for (uint32_t i = 0; i < count; i++)
        account_row_find(shard, req->app, contacts[i].peer, &row);
    if (shard_missing(shard))
        return IM_AGAIN;
    emit_contacts(shard, req, ask, contacts, count);
    group_reads_emit(shard, req, ask->groups, ask->group_count);
    push_all_read(shard, req, ask);
    return IM_OK;
}

void apply_read(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_read *fact = payload;
    struct row_key key;
    struct span contact_key =
        row_key_contact(&key, (struct app_id){fact->app}, (struct account_no){fact->account},
                        (struct account_no){fact->peer});
    struct contact_row *row;

    (void)n, (void)number;
    if (!row_get(shard, contact_key, NULL))
        return;
    row = row_put(shard, contact_key, sizeof(*row));
    if (fact->read_s > row->read_s)
        row->read_s = fact->read_s;
}

enum im_err peer_read_times(struct shard *shard, struct request *req)
{
    const struct peer_read_req *ask = req->body;
    struct peer_read_result *result = ARENA_NEW(&req->arena, struct peer_read_result);
    const struct contact_row *contact;
    struct account_no peer;

    result->read_s = ARENA_ARRAY(&req->arena, uint32_t, ask->count);
    result->count = ask->count;
    for (uint32_t i = 0; i < ask->count; i++) {
        if (account_find(shard, req->app, ask->peers[i], &peer) == STATE_HIT &&
            contact_find(shard, req->app, peer, req->account, &contact) == STATE_HIT)
            result->read_s[i] = contact->read_s;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}
