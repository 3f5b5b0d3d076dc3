/* Customers, whose apps are whose, tokens, and the audit. */
#include "command/admin.h"
#include "core/admin/audit.h"
#include "core/admin/customer.h"
#include "core/admin/token.h"

struct customer_fields {
    union {
        struct customer_create_req create;
        struct customer_show_req show;
        struct customer_list_req list;
        struct app_assign_req assign;
        struct token_create_req token_create;
        struct token_list_req token_list;
        struct token_revoke_req token_revoke;
        struct audit_list_req audit;
    } req; /* first: what the core reads */
    struct opt_u32 app, customer, token, days, limit;
    struct span name, role, cursor;
};

/* The cursor of a list that goes by one number. */
static enum im_err cursor_read(struct request *req, uint32_t *ret_number)
{
    const struct customer_fields *fields = req->body;
    uint64_t number = 0;

    if (fields->cursor.n && (!span_to_u64(fields->cursor, &number) || number > UINT32_MAX))
        return operator_refuse(req, IM_ERR_INVALID, "cursor is none of a page before");
    *ret_number = (uint32_t)number;
    return IM_OK;
}

/* ---- customers ---- */

static const struct field create_fields[] = {
    ADMIN_FIELD("name", FIELD_STRING, struct customer_fields, name),
};

static enum im_err create_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;

    (void)body;
    fields->req.create.name = fields->name;
    return IM_OK;
}

static void put_info(const struct customer_info *info, struct buf *into)
{
    BUF_LIT(into, "{");
    put_u64(into, "customer", info->customer);
    put_text(into, "name", info->name);
    put_time(into, "created", info->created_us);
    BUF_LIT(into, "}");
}

static void put_customer(const struct request *req, struct buf *into)
{
    put_info(req->result, into);
}

ADMIN_CREATION(customer_create, "customer_create", "POST", "/customers", 0, create_fields,
               struct customer_fields, customer_create, create_decode, put_customer,
               "Makes a customer, who may own apps.");

static const struct field show_fields[] = {
    ADMIN_FIELD("customer", FIELD_U32, struct customer_fields, customer),
};

static enum im_err show_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;

    (void)body;
    fields->req.show.customer = fields->customer.v;
    return IM_OK;
}

ADMIN_COMMAND(customer_show, "customer_show", "GET", "/customers/{customer}", ADMIN_ANY_CUSTOMER,
              show_fields, struct customer_fields, customer_show, show_decode, put_customer,
              "One customer.");

static const struct field list_fields[] = {
    ADMIN_FIELD("limit", FIELD_U32, struct customer_fields, limit),
    ADMIN_FIELD("cursor", FIELD_STRING, struct customer_fields, cursor),
};

static enum im_err list_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;
    uint32_t after = 0;
    enum im_err err = cursor_read(req, &after);

    (void)body;
    if (!err)
        fields->req.list = (struct customer_list_req){.limit = fields->limit.v, .after = after};
    return err;
}

static void put_customers(const struct request *req, struct buf *into)
{
    const struct customer_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_info(&list->items[i], into);
    }
    BUF_LIT(into, "]");
    put_next(into, list->next);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(customer_list, "customer_list", "GET", "/customers", ADMIN_ANY_CUSTOMER, list_fields,
              struct customer_fields, customer_list, list_decode, put_customers,
              "All customers; of a customer's token, its own.");

/* ---- whose app ---- */

static const struct field assign_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct customer_fields, app),
    ADMIN_FIELD("customer", FIELD_U32, struct customer_fields, customer),
};

static enum im_err assign_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;

    (void)body;
    fields->req.assign = (struct app_assign_req){.app = {fields->app.v},
                                                 .customer = fields->customer.v,
                                                 .has_customer = fields->customer.set};
    return IM_OK;
}

static void put_assigned(const struct request *req, struct buf *into)
{
    const struct app_info *info = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", info->app.v);
    put_text(into, "name", info->name);
    put_u64(into, "customer", info->customer);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(app_assign, "app_assign", "PUT", "/apps/{app}/customer", 0, assign_fields,
              struct customer_fields, app_assign, assign_decode, put_assigned,
              "Gives an app to a customer; customer 0 is the operator.");

/* ---- tokens ---- */

static const struct field token_create_fields[] = {
    ADMIN_FIELD("customer", FIELD_U32, struct customer_fields, customer),
    ADMIN_FIELD("name", FIELD_STRING, struct customer_fields, name),
    ADMIN_FIELD("role", FIELD_STRING, struct customer_fields, role),
    ADMIN_FIELD("days", FIELD_U32, struct customer_fields, days),
};

static enum im_err token_create_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;

    (void)body;
    fields->req.token_create = (struct token_create_req){.customer = fields->customer.v,
                                                         .name = fields->name,
                                                         .role = fields->role,
                                                         .days = fields->days.v};
    return IM_OK;
}

static void put_time_or_null(struct buf *into, const char *name, uint64_t us)
{
    if (us) {
        put_time(into, name, us);
        return;
    }
    put_name(into, name);
    BUF_LIT(into, "null");
}

static void put_token_info(const struct token_info *info, struct buf *into)
{
    BUF_LIT(into, "{");
    put_u64(into, "customer", info->customer);
    put_u64(into, "token", info->token);
    put_text(into, "name", info->name);
    put_text(into, "role", span_of(admin_role_name(info->role)));
    put_time(into, "created", info->created_us);
    put_time_or_null(into, "expires", info->expires_us);
    put_time_or_null(into, "revoked", info->revoked_us);
    if (info->text.n)
        put_text(into, "secret", info->text);
    BUF_LIT(into, "}");
}

static void put_token(const struct request *req, struct buf *into)
{
    put_token_info(req->result, into);
}

ADMIN_CREATION(token_create, "token_create", "POST", "/customers/{customer}/tokens", ADMIN_OWNER,
               token_create_fields, struct customer_fields, token_create, token_create_decode,
               put_token,
               "Makes a token of the admin API; `secret` is its text, told this one time. Customer "
               "0 is the operator.");

static const struct field token_list_fields[] = {
    ADMIN_FIELD("customer", FIELD_U32, struct customer_fields, customer),
    ADMIN_FIELD("limit", FIELD_U32, struct customer_fields, limit),
    ADMIN_FIELD("cursor", FIELD_STRING, struct customer_fields, cursor),
};

static enum im_err token_list_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;
    uint32_t before = 0;
    enum im_err err = cursor_read(req, &before);

    (void)body;
    if (!err)
        fields->req.token_list = (struct token_list_req){
            .customer = fields->customer.v, .limit = fields->limit.v, .before = before};
    return err;
}

static void put_tokens(const struct request *req, struct buf *into)
{
    const struct token_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_token_info(&list->items[i], into);
    }
    BUF_LIT(into, "]");
    put_next(into, list->next);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(token_list, "token_list", "GET", "/customers/{customer}/tokens", ADMIN_OWNER,
              token_list_fields, struct customer_fields, token_list, token_list_decode, put_tokens,
              "A customer's tokens, the newest first.");

static const struct field token_revoke_fields[] = {
    ADMIN_FIELD("customer", FIELD_U32, struct customer_fields, customer),
    ADMIN_FIELD("token", FIELD_U32, struct customer_fields, token),
};

static enum im_err token_revoke_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;

    (void)body;
    fields->req.token_revoke =
        (struct token_revoke_req){.customer = fields->customer.v, .token = fields->token.v};
    return IM_OK;
}

ADMIN_COMMAND(token_revoke, "token_revoke", "DELETE", "/customers/{customer}/tokens/{token}",
              ADMIN_OWNER, token_revoke_fields, struct customer_fields, token_revoke,
              token_revoke_decode, put_token, "Ends a token at once.");

/* ---- the audit ---- */

static const struct field audit_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct customer_fields, app),
    ADMIN_FIELD("customer", FIELD_U32, struct customer_fields, customer),
    ADMIN_FIELD("limit", FIELD_U32, struct customer_fields, limit),
    ADMIN_FIELD("cursor", FIELD_STRING, struct customer_fields, cursor),
};

/* "HOUR-RECORD" */
static bool audit_cursor_read(struct span cursor, struct audit_list_req *list)
{
    const char *dash = cursor.n ? memchr(cursor.p, '-', cursor.n) : NULL;
    uint64_t hour;

    if (!cursor.n)
        return true;
    if (!dash || !span_to_u64((struct span){cursor.p, (size_t)(dash - cursor.p)}, &hour) ||
        hour > UINT32_MAX)
        return false;
    list->hour = (uint32_t)hour;
    return span_to_u64((struct span){dash + 1, (size_t)(cursor.p + cursor.n - dash - 1)},
                       &list->before);
}

static enum im_err audit_decode(struct request *req, struct json body)
{
    struct customer_fields *fields = req->body;
    struct audit_list_req list = {.limit = fields->limit.v,
                                  .app = fields->app.v,
                                  .customer = fields->customer.v,
                                  .has_customer = fields->customer.set};

    (void)body;
    if (!audit_cursor_read(fields->cursor, &list))
        return operator_refuse(req, IM_ERR_INVALID, "cursor is none of a page before");
    fields->req.audit = list;
    return IM_OK;
}

static void put_entry(const struct audit_entry *entry, struct buf *into)
{
    BUF_LIT(into, "{");
    put_u64(into, "record", entry->record);
    put_time(into, "time", entry->time_us);
    put_text(into, "actor", entry->actor);
    put_text(into, "role", span_of(admin_role_name(entry->role)));
    put_text(into, "operation", entry->operation);
    put_u64(into, "app", entry->app);
    put_u64(into, "customer", entry->customer);
    put_text(into, "request", entry->text);
    BUF_LIT(into, "}");
}

static void put_audit(const struct request *req, struct buf *into)
{
    const struct audit_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_entry(&list->items[i], into);
    }
    BUF_LIT(into, "],\"next\":");
    if (list->next_hour)
        buf_printf(into, "\"%u-%llu\"", list->next_hour, (unsigned long long)list->next_before);
    else
        BUF_LIT(into, "null");
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(audit, "audit", "GET", "/audit", ADMIN_OWNER, audit_fields, struct customer_fields,
              audit_list, audit_decode, put_audit, "Who did what, the newest first.");

const struct command *const commands_admin_customer[] = {
    &customer_create_command, &customer_list_command, &customer_show_command,
    &app_assign_command,      &token_create_command,  &token_list_command,
    &token_revoke_command,    &audit_command,         NULL};
