#include "core/account/portrait.h"

#include "base/check.h"
#include "core/account/account.h"
#include "core/session/session.h"

/* ---- writing ---- */

/* Tells the account's terminals, except the one that made the change. */
static void push_change(struct shard *shard, struct request *req, struct account_no no)
{
    const struct portrait_set_req *set = req->body;
    struct session *session = session_first(shard, req->app, no);
    struct push_profile_item *items;
    struct push_profile *push;

    if (!session)
        return;
    items = ARENA_ARRAY(&req->arena, struct push_profile_item, set->count);
    for (uint32_t i = 0; i < set->count; i++)
        items[i] = (struct push_profile_item){
            .tag = set->items[i].tag, .value = set->items[i].text, .number = set->items[i].number};
    push = ARENA_NEW(&req->arena, struct push_profile);
    *push = (struct push_profile){.account = set->account, .items = items, .count = set->count};
    for (; session; session = session->next_of_account) {
        if (session != req->session)
            push_to_session(shard, req, session, PUSH_PROFILE, push);
    }
}

enum im_err portrait_set(struct shard *shard, struct request *req)
{
    const struct portrait_set_req *set = req->body;
    struct account_no no;
    enum state_found found = account_find(shard, req->app, set->account, &no);

    if (found == STATE_ABSENT)
        return IM_ERR_PROFILE_ACCOUNT_MISSING;
    for (uint32_t i = 0; found == STATE_HIT && i < set->count; i++) {
        if (set->items[i].tag == PROFILE_ADMIN_FORBID && req->caller == CALLER_USER)
            return IM_ERR_PROFILE_WRITE;
        profile_need(shard, req->app, no, set->items[i].tag);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct portrait_item *item = &set->items[i];
        uint8_t number[4];

        put_le32(number, item->number);
        profile_set(shard, req->app, no, item->tag,
                    item->is_number ? span_make(number, sizeof(number)) : item->text);
    }
    push_change(shard, req, no);
    return IM_OK;
}

/* ---- reading ---- */

struct values {
    struct {
        const void *p; /* NULL: not set */
        size_t n;
    } of[PROFILE_TAG_END];
};

static void value_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct values *values = arg;
    uint16_t tag = get_be16(key.p + key.n - 2);

    if (tag < PROFILE_TAG_END) {
        values->of[tag].p = value;
        values->of[tag].n = n;
    }
}

/* Copies what was asked for out of the rows; in the order of the tags. */
static void account_fill(struct request *req, const struct values *values,
                         struct portrait_account *account)
{
    const struct portrait_get_req *get = req->body;

    account->items = ARENA_ARRAY(&req->arena, struct portrait_item, PROFILE_TAG_END);
    for (uint16_t tag = PROFILE_NICK; tag < PROFILE_TAG_END; tag++) {
        struct portrait_item *item = &account->items[account->count];

        if (!values->of[tag].p || !(get->all_tags || get->tags[tag]))
            continue;
        item->tag = tag;
        CHECK(profile_tag_name(tag, &item->is_number));
        if (item->is_number)
            item->number = get_le32(values->of[tag].p);
        else
            item->text = arena_copy(&req->arena, span_make(values->of[tag].p, values->of[tag].n));
        account->count++;
    }
}

/* Asks for the profiles of all accounts; numbers[i] is 0 where there is none. */
static void accounts_need(struct shard *shard, struct request *req, struct account_no *numbers)
{
    const struct portrait_get_req *get = req->body;
    struct row_key key;

    for (uint32_t i = 0; i < get->count; i++) {
        if (account_find(shard, req->app, get->accounts[i], &numbers[i]) == STATE_HIT)
            row_need_collection(shard, row_prefix_profile(&key, req->app, numbers[i]));
    }
}

enum im_err portrait_get(struct shard *shard, struct request *req)
{
    const struct portrait_get_req *get = req->body;
    struct account_no *numbers = ARENA_ARRAY(&req->arena, struct account_no, get->count);
    struct portrait_get_result *result = ARENA_NEW(&req->arena, struct portrait_get_result);
    uint32_t existing = 0;

    accounts_need(shard, req, numbers);
    if (shard_missing(shard))
        return IM_AGAIN;
    result->accounts = ARENA_ARRAY(&req->arena, struct portrait_account, get->count);
    for (uint32_t i = 0; i < get->count; i++) {
        struct portrait_account *account = &result->accounts[result->count];
        struct values values = {0};
        struct row_key key;

        if (!numbers[i].v && get->skip_missing)
            continue;
        account->account = get->accounts[i];
        account->exists = numbers[i].v != 0;
        result->count++;
        if (!account->exists)
            continue;
        existing++;
        state_scan(shard_state(shard), row_prefix_profile(&key, req->app, numbers[i]), value_seen,
                   &values);
        account_fill(req, &values, account);
    }
    req->result = result;
    return existing || get->skip_missing ? IM_OK : IM_ERR_PROFILE_ACCOUNT_MISSING;
}
