#include "core/app/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/check.h"
#include "core/account/account.h"
#include "core/admin/call.h"
#include "core/admin/customer.h"
#include "core/admin/facts.h"
#include "core/app/registry.h"
#include "core/apply.h"
#include "core/usage/usage.h"
#include "wire/json.h"

/* ---- for all operations of the operator ---- */

enum im_err operator_refuse(struct request *req, enum im_err err, const char *format, ...)
{
    struct operator_refusal *refusal = ARENA_NEW(&req->arena, struct operator_refusal);
    char text[256];
    struct span detail;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    detail = span_of(text);
    while (!utf8_valid(detail)) /* cut in the middle of a character */
        detail.n--;
    refusal->detail = arena_copy(&req->arena, detail);
    req->result = refusal;
    return err;
}

enum im_err app_named(struct shard *shard, struct request *req, struct app_id app,
                      const struct app_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found = row_find(shard, row_key_app(&key, app), &value, NULL);

    if (found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (found == STATE_ABSENT)
        return operator_refuse(req, IM_ERR_APP_NOT_FOUND, "there is no app %u", app.v);
    *ret_row = value;
    return IM_OK;
}

/* Zero-padded text of a fixed size. */
static struct span padded(const char *text, size_t room)
{
    return (struct span){text, strnlen(text, room)};
}

static void info_fill(struct request *req, struct app_id app, const struct app_row *row,
                      bool with_key, struct app_info *ret)
{
    struct arena *arena = &req->arena;

    ret->app = app;
    ret->name = arena_copy(arena, (struct span){row->name, row->name_bytes});
    ret->admin = arena_copy(arena, padded(row->admins[0], sizeof(row->admins[0])));
    ret->plan = arena_copy(arena, padded(row->plan_id, sizeof(row->plan_id)));
    ret->customer = row->customer;
    ret->accounts = row->accounts;
    ret->created_us = row->created_us;
    if (with_key)
        ret->key = arena_copy(arena, span_make(row->key, sizeof(row->key)));
}

void app_info_of(struct request *req, struct app_id app, const struct app_row *row, void **ret_info)
{
    struct app_info *info = ARENA_NEW(&req->arena, struct app_info);

    info_fill(req, app, row, false, info);
    *ret_info = info;
}

/* ---- making an app ---- */

static void hex_key(struct shard *shard, uint8_t ret_key[APP_KEY_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[APP_KEY_BYTES / 2];

    shard_random(shard, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        ret_key[2 * i] = (uint8_t)digits[bytes[i] >> 4];
        ret_key[2 * i + 1] = (uint8_t)digits[bytes[i] & 15];
    }
    OPENSSL_cleanse(bytes, sizeof(bytes));
}

static struct app_id next_app(struct shard *shard)
{
    struct row_key key;
    const void *value;

    if (row_find(shard, row_key_meta(&key), &value, NULL) == STATE_HIT &&
        ((const struct meta_row *)value)->last_app >= APP_FIRST_ID)
        return (struct app_id){((const struct meta_row *)value)->last_app + 1};
    return (struct app_id){APP_FIRST_ID};
}

static void need_new_app(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *value;
    const struct account_no first = {1};

    row_find(shard, row_key_app(&key, app), &value, NULL);
    row_find(shard, row_key_app_list(&key, app), &value, NULL);
    row_find(shard, row_key_account(&key, app, first), &value, NULL);
    row_find(shard, row_key_name(&key, app, SPAN_LIT(APP_ADMIN_NAME)), &value, NULL);
    usage_need(shard, app, 0, first, 0);
}

static const struct fact_app_created *emit_app(struct shard *shard, struct app_id app,
                                               struct span name, const struct plan *plan)
{
    struct fact_app_created *fact;

    fact = fact_emit(shard, FACT_APP_CREATED, sizeof(*fact) + name.n);
    fact->app = app.v;
    fact->name_bytes = (uint16_t)name.n;
    hex_key(shard, fact->key);
    memcpy(fact->plan_id, plan->id, strnlen(plan->id, sizeof(fact->plan_id)));
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        fact->limits[i] = plan_included(plan, (enum limit)i);
    memcpy(fact->admin, APP_ADMIN_NAME, sizeof(APP_ADMIN_NAME) - 1);
    memcpy(fact + 1, name.p, name.n);
    return fact;
}

static void emit_customer(struct shard *shard, struct app_id app, uint32_t customer)
{
    struct fact_app_customer *fact = fact_emit(shard, FACT_APP_CUSTOMER, sizeof(*fact));

    fact->app = app.v;
    fact->customer = customer;
}

enum im_err app_create(struct shard *shard, struct request *req)
{
    const struct app_create_req *create = req->body;
    const struct plan *plan = plans_default(shard);
    uint32_t customer = create->customer ? create->customer : admin_actor(req)->customer;
    const struct customer_row *customer_row = NULL;
    struct app_id app = next_app(shard);
    struct app_info *info;
    struct account_no admin;
    enum im_err err;

    if (!name_valid(create->name, APP_NAME_MAX))
        return operator_refuse(req, IM_ERR_INVALID,
                               "an app's name is 1 to %d bytes without control characters",
                               APP_NAME_MAX);
    if (!plan)
        return operator_refuse(req, IM_ERR_INVALID, "the server was started without a price plan");
    need_new_app(shard, app);
    err = customer_named(shard, req, customer, &customer_row);
    if (shard_missing(shard) || err)
        return shard_missing(shard) ? IM_AGAIN : err;
    if (customer && customer_row->apps >= APPS_A_CUSTOMER &&
        admin_actor(req)->role != ADMIN_OPERATOR)
        return operator_refuse(
            req, IM_ERR_FULL, "a customer with %u apps or more makes none itself: ask the operator",
            APPS_A_CUSTOMER);
    info = ARENA_NEW(&req->arena, struct app_info);
    info->app = app;
    info->key = arena_copy(&req->arena,
                           span_make(emit_app(shard, app, create->name, plan)->key, APP_KEY_BYTES));
    info->name = create->name;
    info->admin = SPAN_LIT(APP_ADMIN_NAME);
    info->plan = span_of(plan->id);
    info->customer = customer;
    info->created_us = shard_now_us(shard);
    if (customer)
        emit_customer(shard, app, customer);
    if (req->admin) {
        req->admin->app = app.v;
        req->admin->customer = customer;
    }
    account_create(shard, app, info->admin, false, &admin);
    CHECK(admin.v == 1);
    info->accounts = 1;
    req->result = info;
    return IM_OK;
}

void apply_app_created(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_app_created *fact = payload;
    struct app_id app = {fact->app};
    struct row_key key;
    struct meta_row *meta;
    struct app_row *row;

    (void)n, (void)number;
    meta = row_put(shard, row_key_meta(&key), sizeof(*meta));
    meta->last_app = app.v;
    row_put(shard, row_key_app_list(&key, app), 0);
    row = row_put(shard, row_key_app(&key, app), sizeof(*row));
    row->created_us = shard_now_us(shard);
    row->name_bytes = fact->name_bytes;
    memcpy(row->name, fact + 1, fact->name_bytes);
    memcpy(row->key, fact->key, sizeof(row->key));
    memcpy(row->plan_id, fact->plan_id, sizeof(row->plan_id));
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        row->limits[i] = (struct limit_value){
            .value = fact->limits[i], .since_us = row->created_us, .source = LIMIT_FROM_PLAN};
    row->admin_count = 1;
    memcpy(row->admins[0], fact->admin, sizeof(row->admins[0]));
    app_registry_put(shard_registry(shard), app, row);
}

/* ---- showing apps ---- */

enum im_err app_show(struct shard *shard, struct request *req)
{
    const struct app_req *show = req->body;
    const struct app_row *row;
    enum im_err err = app_named(shard, req, show->app, &row);
    struct app_info *info;

    if (err)
        return err;
    info = ARENA_NEW(&req->arena, struct app_info);
    info_fill(req, show->app, row, true, info);
    req->result = info;
    return IM_OK;
}

struct app_ids {
    struct request *req;
    struct app_id *ids;
    uint32_t count, room;
};

static void id_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct app_ids *all = arg;

    (void)value, (void)n;
    all->ids = arena_grow(&all->req->arena, all->ids, all->count, &all->room, sizeof(*all->ids));
    all->ids[all->count++] = (struct app_id){get_be32(key.p + 1)};
}

static int id_compare(const void *a, const void *b)
{
    uint32_t left = ((const struct app_id *)a)->v, right = ((const struct app_id *)b)->v;

    return (left > right) - (left < right);
}

/* App rows that one page looks at. */
#define PAGE_APPS 1000u

static bool is_listed(const struct request *req, const struct app_row *row)
{
    const struct app_list_req *list = req->body;
    const struct admin_actor *actor = admin_actor(req);

    if (actor->role != ADMIN_OPERATOR && row->customer != actor->customer)
        return false;
    return !list->has_customer || row->customer == list->customer;
}

/* Fills a page from ids[from..to), all of whose rows are loaded. */
static void list_fill(struct shard *shard, struct request *req, const struct app_ids *all,
                      uint32_t from, uint32_t to)
{
    const struct app_list_req *list = req->body;
    uint32_t limit = admin_limit(list->limit), i;
    struct app_list_result *result = ARENA_NEW(&req->arena, struct app_list_result);

    result->apps = ARENA_ARRAY(&req->arena, struct app_info, limit);
    for (i = from; i < to && result->count < limit; i++) {
        struct row_key key;
        const void *row;

        CHECK(row_find(shard, row_key_app(&key, all->ids[i]), &row, NULL) == STATE_HIT);
        if (is_listed(req, row))
            info_fill(req, all->ids[i], row, false, &result->apps[result->count++]);
    }
    if (i < all->count)
        result->next = all->ids[i - 1].v;
    req->result = result;
}

enum im_err app_list(struct shard *shard, struct request *req)
{
    const struct app_list_req *list = req->body;
    struct app_ids all = {.req = req};
    struct row_key key;
    const void *row;
    uint32_t from = 0, to;

    if (row_need_collection(shard, row_prefix_app_list(&key)) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), row_prefix_app_list(&key), id_seen, &all);
    if (all.count)
        qsort(all.ids, all.count, sizeof(*all.ids), id_compare);
    while (from < all.count && all.ids[from].v <= list->after)
        from++;
    to = all.count - from < PAGE_APPS ? all.count : from + PAGE_APPS;
    for (uint32_t i = from; i < to; i++)
        row_find(shard, row_key_app(&key, all.ids[i]), &row, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    list_fill(shard, req, &all, from, to);
    return IM_OK;
}

/* ---- signatures ---- */

enum im_err app_usersig(struct shard *shard, struct request *req)
{
    const struct app_usersig_req *sign = req->body;
    struct app_usersig_result *result;
    const struct app_row *row;
    struct usersig_key key;
    struct buf text;
    enum im_err err = app_named(shard, req, sign->app, &row);

    if (err)
        return err;
    if (!identifier_valid(sign->user))
        return operator_refuse(req, IM_ERR_INVALID,
                               "an account's name is 1 to 32 printable ASCII characters");
    result = ARENA_NEW(&req->arena, struct app_usersig_result);
    result->expire_s = sign->expire_s ? sign->expire_s : USERSIG_DEFAULT_EXPIRE_S;
    buf_init(&text, USERSIG_MAX_TEXT);
    usersig_key_init(&key, span_make(row->key, sizeof(row->key)));
    err = usersig_make(&key, sign->app.v, sign->user, shard_now_us(shard) / 1000000,
                       result->expire_s, (struct span){NULL, 0}, &text);
    OPENSSL_cleanse(&key, sizeof(key));
    result->usersig = arena_copy(&req->arena, buf_span(&text));
    buf_release(&text);
    req->result = result;
    return err;
}
