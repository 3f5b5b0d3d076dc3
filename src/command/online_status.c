/* openim.querystate and query_online_status: presence for REST callers (server-api §3.2). */
#include "command/services.h"

#include "core/session/login.h"

struct status_fields {
    struct status_req req;
    struct account_list accounts;
    struct opt_u32 detail;
};

static const struct field fields[] = {
    {"To_Account", FIELD_STRINGS, FIELD_REQUIRED, FIELD_AT(struct status_fields, accounts), 0, 500,
     IM_ERR_OPENIM_JSON, IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TOO_MANY},
    {"IsNeedDetail", FIELD_U32, 0, FIELD_AT(struct status_fields, detail), 1, 0, IM_OK,
     IM_ERR_OPENIM_JSON, IM_OK},
};

static enum im_err decode(struct request *req, struct json body)
{
    struct status_fields *f = req->body;

    (void)body;
    f->req.accounts = f->accounts.items;
    f->req.count = f->accounts.count;
    f->req.detail = f->detail.v;
    return IM_OK;
}

static const char *state_name(const struct status_item *item)
{
    return item->online ? "Online" : "Offline";
}

static void encode_querystate(struct request *req, struct buf *into)
{
    const struct status_result *result = req->result;

    BUF_LIT(into, ",\"QueryResult\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        BUF_LIT(into, "{\"To_Account\":");
        json_put_string(into, result->items[i].account);
        buf_printf(into, ",\"State\":\"%s\"}", state_name(&result->items[i]));
    }
    BUF_LIT(into, "]");
}

static void put_detail(const struct status_item *item, struct buf *into)
{
    const char *comma = "";

    BUF_LIT(into, ",\"Detail\":[");
    for (uint8_t platform = 0; platform < PLATFORM_COUNT; platform++) {
        if (!(item->platforms & 1u << platform))
            continue;
        buf_printf(into, "%s{\"Platform\":\"%s\",\"Status\":\"Online\"}", comma,
                   platform_name(platform));
        comma = ",";
    }
    BUF_LIT(into, "]");
}

/* Known accounts in QueryResult, unknown ones in ErrorList. */
static void encode_online_status(struct request *req, struct buf *into)
{
    const struct status_fields *f = req->body;
    const struct status_result *result = req->result;
    const char *comma = "";

    if (!result)
        return;
    BUF_LIT(into, ",\"QueryResult\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct status_item *item = &result->items[i];

        if (!item->exists)
            continue;
        buf_printf(into, "%s{\"To_Account\":", comma);
        json_put_string(into, item->account);
        buf_printf(into, ",\"Status\":\"%s\"", state_name(item));
        if (f->req.detail)
            put_detail(item, into);
        BUF_LIT(into, "}");
        comma = ",";
    }
    BUF_LIT(into, "],\"ErrorList\":[");
    comma = "";
    for (uint32_t i = 0; i < result->count; i++) {
        if (result->items[i].exists)
            continue;
        buf_printf(into, "%s{\"To_Account\":", comma);
        json_put_string(into, result->items[i].account);
        buf_printf(into, ",\"ErrorCode\":%d}", IM_ERR_ACCOUNT_MISSING);
        comma = ",";
    }
    BUF_LIT(into, "]");
}

/* All unknown: an error at the top as well (server-api §3.2). */
static enum im_err run_online_status(struct shard *shard, struct request *req)
{
    const struct status_result *result;
    enum im_err err = session_status(shard, req);

    if (err)
        return err;
    result = req->result;
    for (uint32_t i = 0; i < result->count; i++) {
        if (result->items[i].exists)
            return IM_OK;
    }
    return IM_ERR_ACCOUNT_MISSING;
}

static const struct command querystate = {
    .operation = {.number = 44, .rate = RATE_STANDARD, .run = session_status},
    .service = "openim",
    .name = "querystate",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = fields,
    .field_count = 1,
    .request_bytes = sizeof(struct status_fields),
    .decode = decode,
    .encode = encode_querystate,
    .reads = "accounts, sessions",
    .about = "Online state of up to 500 accounts; an unknown one reads as Offline.",
};

static const struct command query_online_status = {
    .operation = {.number = 45, .rate = RATE_STANDARD, .run = run_online_status},
    .service = "openim",
    .name = "query_online_status",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = fields,
    .field_count = 2,
    .request_bytes = sizeof(struct status_fields),
    .decode = decode,
    .encode = encode_online_status,
    .encode_errors = true,
    .reads = "accounts, sessions",
    .about = "Online state of up to 500 accounts, by platform if asked; unknown ones are listed.",
};

const struct command *const commands_online_status[] = {&querystate, &query_online_status, NULL};
