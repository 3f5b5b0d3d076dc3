#include "core/message/withdraw.h"

#include "core/account/account.h"
#include "core/apply.h"
#include "core/history/page.h"
#include "core/session/session.h"

/* To every terminal of both; the one that asked knows by its reply. */
static void tell(struct shard *shard, struct request *req, struct account_no from,
                 struct account_no to, const struct push_withdrawn *push)
{
    const struct account_no both[] = {from, to};

    for (int i = 0; i < 2; i++) {
        for (struct session *s = session_first(shard, req->app, both[i]); s;
             s = s->next_of_account) {
            if (s != req->session)
                push_to_session(shard, req, s, PUSH_WITHDRAWN, push);
        }
    }
}

static enum im_err may_withdraw(struct shard *shard, const struct request *req,
                                struct account_no from, struct account_no to,
                                const struct page_entry *entry)
{
    if ((from.v > to.v) != ((entry->flags & MESSAGE_FROM_HIGHER) != 0))
        return IM_ERR_MSG_NOT_FOUND;
    if (entry->flags & MESSAGE_WITHDRAWN)
        return IM_ERR_MSG_WITHDRAWN;
    if (req->caller == CALLER_USER && shard_now_s(shard) > entry->accepted_s + WITHDRAW_WINDOW_S)
        return IM_ERR_MSG_WITHDRAW_WINDOW;
    return IM_OK;
}

enum im_err message_withdraw(struct shard *shard, struct request *req)
{
    const struct withdraw_req *ask = req->body;
    struct account_no from = req->account, to;
    struct push_withdrawn *push;
    struct fact_withdrawn *fact;
    struct page_entry entry;
    enum state_found found_from = STATE_HIT, found_to;
    enum im_err err;

    if (req->caller != CALLER_USER)
        found_from = account_find(shard, req->app, ask->from, &from);
    found_to = account_find(shard, req->app, ask->to, &to);
    if (found_from == STATE_ABSENT || found_to == STATE_ABSENT)
        return IM_ERR_MSG_PACKET;
    if (shard_missing(shard))
        return IM_AGAIN;
    found_to = page_find(shard, req->app, from, to, ask->key, &entry);
    if (found_to == STATE_UNKNOWN)
        return IM_AGAIN;
    err = found_to == STATE_ABSENT ? IM_ERR_MSG_NOT_FOUND
                                   : may_withdraw(shard, req, from, to, &entry);
    if (err)
        return err;
    fact = fact_emit(shard, FACT_WITHDRAWN, sizeof(*fact));
    *fact = (struct fact_withdrawn){.app = req->app.v,
                                    .from = from.v,
                                    .to = to.v,
                                    .key = ask->key,
                                    .by = req->caller == CALLER_USER ? from.v : 0};
    push = ARENA_NEW(&req->arena, struct push_withdrawn);
    *push = (struct push_withdrawn){.from = ask->from,
                                    .to = ask->to,
                                    .by = req->caller == CALLER_USER ? ask->from : req->identifier,
                                    .from_no = from,
                                    .key = ask->key,
                                    .client_time = entry_client_time(&entry)};
    tell(shard, req, from, to, push);
    return IM_OK;
}

void apply_withdrawn(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_withdrawn *fact = payload;

    (void)n, (void)number;
    /* In recovery, after a long pause, its page may have vanished. */
    page_set_flags(shard, (struct app_id){fact->app}, (struct account_no){fact->from},
                   (struct account_no){fact->to}, fact->key, MESSAGE_WITHDRAWN);
}
