#include "core/admin/customer.h"

#include "base/check.h"
#include "core/admin/apply.h"
#include "core/admin/call.h"
#include "core/warning/warning.h"
#include "wire/json.h"

bool name_valid(struct span name, size_t max)
{
    if (!name.n || name.n > max || !utf8_valid(name))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
            return false;
    }
    return true;
}

enum im_err customer_named(struct shard *shard, struct request *req, uint32_t customer,
                           const struct customer_row **ret_row)
{
    struct row_key key;
    const void *row = NULL;
    enum state_found found = row_find(shard, row_key_customer(&key, customer), &row, NULL);

    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT && customer)
        return operator_refuse(req, IM_ERR_NOT_FOUND, "there is no customer %u", customer);
    *ret_row = found == STATE_HIT ? row : NULL;
    return IM_OK;
}

/* ---- making ---- */

enum im_err customer_create(struct shard *shard, struct request *req)
{
    const struct customer_create_req *create = req->body;
    const struct customer_row *counters;
    struct customer_info *info;
    struct fact_customer *fact;
    struct row_key key;
    const void *row;
    enum im_err err;

    if (!name_valid(create->name, CUSTOMER_NAME_MAX))
        return operator_refuse(req, IM_ERR_INVALID,
                               "a customer's name is 1 to %d bytes without control characters",
                               CUSTOMER_NAME_MAX);
    err = customer_named(shard, req, 0, &counters);
    if (err)
        return err;
    info = ARENA_NEW(&req->arena, struct customer_info);
    *info = (struct customer_info){.customer = counters ? counters->last_customer + 1 : 1,
                                   .name = create->name,
                                   .created_us = shard_now_us(shard)};
    row_find(shard, row_key_customer(&key, info->customer), &row, NULL);
    row_find(shard, row_key_customer_list(&key, info->customer), &row, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_CUSTOMER, sizeof(*fact) + create->name.n);
    fact->customer = info->customer;
    fact->name_bytes = (uint16_t)create->name.n;
    memcpy(fact + 1, create->name.p, create->name.n);
    if (req->admin)
        req->admin->customer = info->customer;
    req->result = info;
    return IM_OK;
}

void apply_customer(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_customer *fact = payload;
    struct row_key key;
    struct customer_row *row = row_put(shard, row_key_customer(&key, 0), sizeof(*row));

    (void)n, (void)number;
    row->last_customer = fact->customer;
    row = row_put(shard, row_key_customer(&key, fact->customer), sizeof(*row));
    row->created_us = shard_now_us(shard);
    row->name_bytes = fact->name_bytes;
    memcpy(row->name, fact + 1, fact->name_bytes);
    row_put(shard, row_key_customer_list(&key, fact->customer), 0);
}

/* ---- showing ---- */

static void info_fill(struct request *req, uint32_t customer, const struct customer_row *row,
                      struct customer_info *ret)
{
    *ret = (struct customer_info){
        .customer = customer,
        .name = arena_copy(&req->arena, span_make(row->name, row->name_bytes)),
        .created_us = row->created_us};
}

enum im_err customer_show(struct shard *shard, struct request *req)
{
    const struct customer_show_req *show = req->body;
    const struct customer_row *row = NULL;
    struct customer_info *info;
    enum im_err err = customer_named(shard, req, show->customer, &row);

    if (err)
        return err;
    if (!show->customer)
        return operator_refuse(req, IM_ERR_NOT_FOUND, "there is no customer 0");
    info = ARENA_NEW(&req->arena, struct customer_info);
    info_fill(req, show->customer, row, info);
    req->result = info;
    return IM_OK;
}

/* Numbers have no gaps: first..last. */
static enum im_err list_range(struct shard *shard, struct request *req, uint32_t *ret_first,
                              uint32_t *ret_last)
{
    const struct customer_list_req *list = req->body;
    const struct admin_actor *actor = admin_actor(req);
    const struct customer_row *counters;
    enum im_err err;

    *ret_first = list->after < UINT32_MAX ? list->after + 1 : UINT32_MAX;
    *ret_last = actor->customer;
    if (actor->role != ADMIN_OPERATOR) {
        *ret_first = list->after < actor->customer ? actor->customer : UINT32_MAX;
        return IM_OK;
    }
    err = customer_named(shard, req, 0, &counters);
    if (!err)
        *ret_last = counters ? counters->last_customer : 0;
    return err;
}

enum im_err customer_list(struct shard *shard, struct request *req)
{
    const struct customer_list_req *list = req->body;
    uint32_t limit = admin_limit(list->limit), first, last, count;
    struct customer_list_result *result;
    struct row_key key;
    const void *row;
    enum im_err err = list_range(shard, req, &first, &last);

    if (err)
        return err;
    count = first > last ? 0 : last - first < limit ? last - first + 1 : limit;
    for (uint32_t i = 0; i < count; i++)
        row_find(shard, row_key_customer(&key, first + i), &row, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    result = ARENA_NEW(&req->arena, struct customer_list_result);
    result->items = ARENA_ARRAY(&req->arena, struct customer_info, count);
    result->count = count;
    for (uint32_t i = 0; i < count; i++) {
        CHECK(row_find(shard, row_key_customer(&key, first + i), &row, NULL) == STATE_HIT);
        info_fill(req, first + i, row, &result->items[i]);
    }
    if (count && first + count - 1 < last)
        result->next = first + count - 1;
    req->result = result;
    return IM_OK;
}

/* ---- whose app ---- */

enum im_err app_assign(struct shard *shard, struct request *req)
{
    const struct app_assign_req *assign = req->body;
    const struct customer_row *customer = NULL, *before;
    const struct app_row *row;
    struct fact_app_customer *fact;
    enum im_err err;

    if (!assign->has_customer)
        return operator_refuse(req, IM_ERR_INVALID, "customer is missing");
    err = app_named(shard, req, assign->app, &row);
    if (!err)
        err = customer_named(shard, req, assign->customer, &customer);
    if (!err)
        err = customer_named(shard, req, row->customer, &before);
    hook_drop(shard, assign->app, false);
    if (err || shard_missing(shard))
        return err ? err : IM_AGAIN;
    app_info_of(req, assign->app, row, &req->result);
    ((struct app_info *)req->result)->customer = assign->customer;
    if (row->customer == assign->customer)
        return IM_OK;
    fact = fact_emit(shard, FACT_APP_CUSTOMER, sizeof(*fact));
    fact->app = assign->app.v;
    fact->customer = assign->customer;
    hook_drop(shard, assign->app, true);
    return IM_OK;
}

/* The operator's are not counted. What had apps before they were counted has too few. */
static void count_app(struct shard *shard, uint32_t customer, bool more)
{
    struct row_key key;
    struct customer_row *row;

    if (!customer)
        return;
    row = row_put(shard, row_key_customer(&key, customer), sizeof(*row));
    if (more)
        row->apps++;
    else if (row->apps)
        row->apps--;
}

void apply_app_customer(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_app_customer *fact = payload;
    struct row_key key;
    struct app_row *row =
        row_put(shard, row_key_app(&key, (struct app_id){fact->app}), sizeof(*row));

    (void)n, (void)number;
    count_app(shard, row->customer, false);
    row->customer = fact->customer;
    count_app(shard, fact->customer, true);
}
