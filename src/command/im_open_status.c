/* im_open_status: login, logout and presence of client terminals (websocket-protocol,
   websocket-behaviour §2 and §3). */
#include "command/services.h"

#include "core/session/login.h"

struct login_fields {
    struct login_req req; /* first: what the core reads */
};

static void encode_login(struct request *req, struct buf *into)
{
    const struct login_result *result = req->result;

    BUF_LIT(into, ",\"A2Key\":\"");
    buf_add_span(into, result->a2);
    BUF_LIT(into, "\",\"TinyId\":\"");
    tinyid_put(into, result->account);
    buf_printf(into,
               "\",\"InstId\":%u,\"HelloInterval\":%d,\"TimeStamp\":%u,\"CustomStatus\":\"\","
               "\"PurchaseBits\":\"",
               result->instance, HELLO_INTERVAL_S, result->now_s);
    buf_add_span(into, command_purchase_bits());
    BUF_LIT(into, "\"");
}

static const struct command wslogin = {
    .operation = {.number = 40, .run = session_login},
    .service = "im_open_status",
    .name = "wslogin",
    .callers = BY_ANYONE,
    .bad_json = IM_ERR_JSON,
    .request_bytes = sizeof(struct login_fields),
    .encode = encode_login,
    .reads = "app, account, terminals, the day's and month's usage",
    .counts = "LoginTimes, LoginUserNum, RegistUserNumOneDay, MaxOnlineNum, several terminals",
    .about = "Logs a terminal in with a UserSig, or binds a socket again with an a2.",
};

static const struct command wslogout = {
    .operation = {.number = 41, .run = session_logout},
    .service = "im_open_status",
    .name = "wslogout",
    .callers = BY_USER,
    .bad_json = IM_ERR_JSON,
    .reads = "account",
    .about = "Logs this terminal out; its a2 dies.",
};

static const struct command wshello = {
    .operation = {.number = 42, .run = session_hello},
    .service = "im_open_status",
    .name = "wshello",
    .callers = BY_USER,
    .bad_json = IM_ERR_JSON,
    .reads = "the day's active users",
    .counts = "ActiveUserNum",
    .about = "The periodic sign of life of a terminal.",
};

/* ---- ws_get_user_status ---- */

struct status_fields {
    struct status_req req;
    struct account_list accounts;
};

static const struct field status_fields[] = {
    {"To_Account", FIELD_ACCOUNTS, FIELD_REQUIRED, FIELD_AT(struct status_fields, accounts), 32,
     500, IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TOO_MANY},
};

static enum im_err decode_status(struct request *req, struct json body)
{
    struct status_fields *fields = req->body;

    (void)body;
    fields->req.accounts = fields->accounts.items;
    fields->req.count = fields->accounts.count;
    return IM_OK;
}

static void encode_user_status(struct request *req, struct buf *into)
{
    const struct status_result *result = req->result;
    const char *comma = "";

    BUF_LIT(into, ",\"UserStatusList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct status_item *item = &result->items[i];

        if (!item->exists)
            continue;
        buf_printf(into, "%s{\"To_Account\":", comma);
        json_put_string(into, item->account);
        buf_printf(into, ",\"Status\":%d,\"CustomStatus\":\"\"}",
                   item->online           ? 1
                   : item->logged_in_once ? 2
                                          : 3);
        comma = ",";
    }
    BUF_LIT(into, "],\"ErrorList\":[");
    comma = "";
    for (uint32_t i = 0; i < result->count; i++) {
        if (result->items[i].exists)
            continue;
        buf_printf(into, "%s{\"To_Account\":", comma);
        json_put_string(into, result->items[i].account);
        buf_printf(into, ",\"ErrorCode\":%d,\"Invalid_Account\":", IM_ERR_ACCOUNT_MISSING);
        json_put_string(into, result->items[i].account);
        BUF_LIT(into, "}");
        comma = ",";
    }
    BUF_LIT(into, "]");
}

static const struct command ws_get_user_status = {
    .operation = {.number = 43, .run = session_status},
    .service = "im_open_status",
    .name = "ws_get_user_status",
    .callers = BY_USER,
    .bad_json = IM_ERR_JSON,
    .fields = status_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct status_fields),
    .decode = decode_status,
    .encode = encode_user_status,
    .reads = "accounts, sessions",
    .about = "Whether accounts are online: 1 online, 2 offline, 3 never logged in.",
};

const struct command *const commands_open_status[] = {
    &wslogin, &wslogout, &wshello, &ws_get_user_status, NULL,
};
