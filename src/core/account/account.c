#include "core/account/account.h"

#include "base/check.h"
#include "core/apply.h"
#include "core/quota/entitlement.h"
#include "core/usage/usage.h"
#include "core/warning/warning.h"

enum state_found account_find(struct shard *shard, struct app_id app, struct span name,
                              struct account_no *ret_no)
{
    struct row_key key;
    const void *value;
    enum state_found found;

    if (!name.n || name.n > sizeof(((struct account_row *)NULL)->name))
        return STATE_ABSENT;
    found = row_find(shard, row_key_name(&key, app, name), &value, NULL);
    if (found == STATE_HIT)
        ret_no->v = ((const struct name_row *)value)->account;
    return found;
}

enum state_found account_row_find(struct shard *shard, struct app_id app, struct account_no no,
                                  const struct account_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found = row_find(shard, row_key_account(&key, app, no), &value, NULL);

    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

enum im_err account_admin_check(struct shard *shard, struct app_id app, struct span name,
                                uint64_t sig_time_s)
{
    const struct account_row *row;
    struct account_no no;
    enum state_found found = account_find(shard, app, name, &no);

    if (found == STATE_HIT)
        found = account_row_find(shard, app, no, &row);
    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_HIT && row->kicked_us && sig_time_s <= row->kicked_us / 1000000)
        return IM_ERR_SIG_KICKED;
    return IM_OK;
}

struct account_no account_next(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *value;

    if (row_find(shard, row_key_app(&key, app), &value, NULL) != STATE_HIT)
        return (struct account_no){1};
    return (struct account_no){((const struct app_row *)value)->last_account + 1};
}

uint64_t accounts_left(struct shard *shard, struct app_id app)
{
    uint64_t most = cap_of(shard, app, CAP_ACCOUNTS), has = 0;
    struct row_key key;
    const void *value;

    if (row_find(shard, row_key_app(&key, app), &value, NULL) == STATE_HIT)
        has = ((const struct app_row *)value)->accounts;
    return most > has ? most - has : 0;
}

void account_create(struct shard *shard, struct app_id app, struct span name, bool by_login,
                    struct account_no *ret_no)
{
    struct account_no no = account_next(shard, app);
    struct fact_account_created *fact;
    uint64_t most = cap_of(shard, app, CAP_ACCOUNTS);

    if (most != PLAN_UNLIMITED)
        warning_used(shard, app, CAP_ACCOUNTS, most - accounts_left(shard, app) + 1, most);
    fact = fact_emit(shard, FACT_ACCOUNT_CREATED, sizeof(*fact) + name.n);
    fact->app = app.v;
    fact->account = no.v;
    fact->name_bytes = (uint8_t)name.n;
    fact->by_login = by_login;
    memcpy(fact + 1, name.p, name.n);
    *ret_no = no;
}

void apply_account_created(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_account_created *fact = payload;
    struct app_id app = {fact->app};
    struct account_no no = {fact->account};
    struct span name = span_make(fact + 1, fact->name_bytes);
    struct row_key key;
    struct name_row *name_row;
    struct account_row *row;
    struct app_row *app_row;

    (void)n, (void)number;
    name_row = row_put(shard, row_key_name(&key, app, name), sizeof(*name_row));
    name_row->account = no.v;
    row_declare_absent(shard, row_key_account(&key, app, no)); /* numbers are never reused */
    row = row_put(shard, row_key_account(&key, app, no), sizeof(*row));
    row->created_us = shard_now_us(shard);
    row->name_bytes = fact->name_bytes;
    row->logged_in_once = fact->by_login;
    memcpy(row->name, name.p, name.n);
    app_row = row_put(shard, row_key_app(&key, app), sizeof(*app_row));
    CHECK(no.v == app_row->last_account + 1);
    app_row->last_account = no.v;
    app_row->accounts++;
    usage_registered(shard, app);
}
