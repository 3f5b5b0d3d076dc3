#include "core/message/import.h"

#include "core/account/account.h"
#include "core/history/page.h"
#include "core/message/message.h"
#include "core/recent/contact.h"

struct importing {
    struct account_no from, to;
    struct message_key key;
};

static enum im_err find_both(struct shard *shard, const struct request *req,
                             struct importing *importing)
{
    const struct message_import_req *ask = req->body;
    enum state_found from = account_find(shard, req->app, ask->from, &importing->from);
    enum state_found to = account_find(shard, req->app, ask->to, &importing->to);

    if (from == STATE_ABSENT)
        return IM_ERR_OPENIM_FROM_MISSING;
    if (to == STATE_ABSENT)
        return IM_ERR_OPENIM_TO_MISSING;
    if (shard_missing(shard))
        return IM_AGAIN;
    return importing->from.v == importing->to.v ? IM_ERR_OPENIM_TO : IM_OK;
}

static void emit(struct shard *shard, const struct request *req, const struct importing *importing)
{
    const struct message_import_req *ask = req->body;
    struct fact_message *fact =
        fact_emit(shard, FACT_MESSAGE, sizeof(*fact) + ask->body.n + ask->cloud.n);
    char *bytes = (char *)(fact + 1);
    uint32_t flags = MESSAGE_BY_REST | MESSAGE_IMPORTED;

    if (importing->from.v > importing->to.v)
        flags |= MESSAGE_FROM_HIGHER;
    if (!ask->unread)
        flags |= MESSAGE_NO_UNREAD;
    /* Expiry of an import counts from its own time. */
    *fact = (struct fact_message){.app = req->app.v,
                                  .from = importing->from.v,
                                  .to = importing->to.v,
                                  .key = importing->key,
                                  .lifetime_s = MESSAGE_MAX_LIFETIME_S,
                                  .flags = (uint16_t)flags,
                                  .accepted_s = importing->key.time,
                                  .body_bytes = (uint32_t)ask->body.n,
                                  .cloud_bytes = (uint32_t)ask->cloud.n};
    memcpy(bytes, ask->body.p, ask->body.n);
    if (ask->cloud.n)
        memcpy(bytes + ask->body.n, ask->cloud.p, ask->cloud.n);
}

enum im_err message_import(struct shard *shard, struct request *req)
{
    const struct message_import_req *ask = req->body;
    struct message_send_result *result;
    uint32_t now_s = shard_now_s(shard);
    struct importing importing;
    struct page_entry entry;
    enum im_err err = find_both(shard, req, &importing);
    enum state_found found;
    bool expired;

    if (err)
        return err;
    importing.key = (struct message_key){ask->time && ask->time < now_s ? ask->time : now_s,
                                         ask->seq, ask->random};
    expired = importing.key.time + history_retention_s(shard, req->app) <= now_s;
    contact_need(shard, req->app, importing.from, importing.to);
    found = page_find(shard, req->app, importing.from, importing.to, importing.key, &entry);
    if (found == STATE_ABSENT && !expired)
        page_need_insert(shard, req->app, importing.from, importing.to, importing.key);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (found == STATE_ABSENT && !expired)
        emit(shard, req, &importing);
    result = ARENA_NEW(&req->arena, struct message_send_result);
    result->key = importing.key;
    req->result = result;
    return IM_OK;
}
