/* openim: read marks and unread counts (server-api §3.5, websocket-behaviour §1). */
#include "command/services.h"
#include "core/recent/read.h"
#include "core/recent/unread.h"

#define MAX_ITEMS 100

/* ---- msgreaded ---- */

struct report_fields {
    struct read_req req; /* first: what the core reads */
    struct json read;
    struct opt_u32 time;
    struct span peer;
};

static const struct field msgreaded_fields[] = {
    {"C2CMsgReaded", FIELD_OBJECT, FIELD_REQUIRED, FIELD_AT(struct report_fields, read), 0, 0,
     IM_ERR_OPENIM_JSON, IM_ERR_OPENIM_JSON, IM_OK},
};

/* {"C2CMsgReadedItem":[{"To_Account":peer,"LastedMsgTime":T}]} */
static enum im_err decode_msgreaded(struct request *req, struct json body)
{
    static const char *const names[] = {"To_Account", "LastedMsgTime", "Receipt"};
    struct report_fields *f = req->body;
    struct json list = json_member(f->read, "C2CMsgReadedItem");
    struct json_iter it = json_iter(list);
    struct json item;
    struct span key;

    (void)body;
    if (list.type != JSON_ARRAY || json_count(list) > MAX_ITEMS)
        return IM_ERR_OPENIM_JSON;
    f->req.items = ARENA_ARRAY(&req->arena, struct read_item, json_count(list) + 1);
    while (json_next(&it, &key, &item)) {
        struct read_item *read = &f->req.items[f->req.count++];
        struct json values[3];
        uint32_t receipt = 1;

        json_members(item, names, values, 3);
        json_to_u32(values[2], &receipt);
        read->receipt = receipt == 1;
        if (!json_to_string(values[0], &req->arena, &read->peer))
            return IM_ERR_OPENIM_TO;
        if (values[1].type != JSON_NONE && !json_to_u32(values[1], &read->read_s))
            return IM_ERR_OPENIM_TIME;
    }
    return IM_OK;
}

static const struct command msgreaded = {
    .operation = {.number = 50, .run = read_report},
    .service = "openim",
    .name = "msgreaded",
    .callers = BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .fields = msgreaded_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct report_fields),
    .decode = decode_msgreaded,
    .reads = "the caller's side of each conversation",
    .about = "Marks what peers sent up to a second as read; tells them and the other terminals.",
};

/* ---- admin_set_msg_read ---- */

static const struct field set_read_fields[] = {
    {"Report_Account", FIELD_ACCOUNT, FIELD_REQUIRED | FIELD_SELF,
     FIELD_AT(struct report_fields, req.account), 0, 0, IM_ERR_OPENIM_FROM, IM_ERR_OPENIM_FROM,
     IM_OK},
    {"Peer_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct report_fields, peer), 0, 0,
     IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_OK},
    {"MsgReadTime", FIELD_U32, 0, FIELD_AT(struct report_fields, time), 0, 0, IM_OK,
     IM_ERR_OPENIM_TIME, IM_OK},
};

static enum im_err decode_set_read(struct request *req, struct json body)
{
    struct report_fields *f = req->body;

    (void)body;
    f->req.items = ARENA_NEW(&req->arena, struct read_item);
    f->req.count = 1;
    f->req.items[0] = (struct read_item){.peer = f->peer, .read_s = f->time.v, .receipt = true};
    return IM_OK;
}

static const struct command admin_set_msg_read = {
    .operation = {.number = 51, .rate = RATE_STANDARD, .run = read_report},
    .service = "openim",
    .name = "admin_set_msg_read",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = set_read_fields,
    .field_count = 3,
    .request_bytes = sizeof(struct report_fields),
    .decode = decode_set_read,
    .reads = "the reader's side of the conversation",
    .about = "Marks what Peer_Account sent to Report_Account up to a second as read.",
};

/* ---- read_all_unread_msg ---- */

static void encode_read_all(struct request *req, struct buf *into)
{
    (void)req;
    BUF_LIT(into, ",\"C2CReadAllMsg\":1,\"GroupReadInfoArray\":[]");
}

static const struct command read_all_unread_msg = {
    .operation = {.number = 52, .run = read_everything},
    .service = "openim",
    .name = "read_all_unread_msg",
    .callers = BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .encode = encode_read_all,
    .reads = "the caller's contacts",
    .about = "Marks every C2C conversation of the caller as read.",
};

/* ---- get_peer_read_time ---- */

struct peer_fields {
    struct peer_read_req req;
    struct account_list peers;
};

static const struct field peer_read_fields[] = {
    {"To_Account", FIELD_ACCOUNTS, FIELD_REQUIRED, FIELD_AT(struct peer_fields, peers), 32,
     MAX_ITEMS, IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TOO_MANY},
};

static enum im_err decode_peer_read(struct request *req, struct json body)
{
    struct peer_fields *f = req->body;

    (void)body;
    f->req.peers = f->peers.items;
    f->req.count = f->peers.count;
    return IM_OK;
}

static void encode_peer_read(struct request *req, struct buf *into)
{
    const struct peer_read_result *result = req->result;

    BUF_LIT(into, ",\"ReadTime\":[");
    for (uint32_t i = 0; i < result->count; i++)
        buf_printf(into, "%s%u", i ? "," : "", result->read_s[i]);
    BUF_LIT(into, "]");
}

static const struct command get_peer_read_time = {
    .operation = {.number = 53, .run = peer_read_times},
    .service = "openim",
    .name = "get_peer_read_time",
    .callers = BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .fields = peer_read_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct peer_fields),
    .decode = decode_peer_read,
    .encode = encode_peer_read,
    .reads = "the peers' sides of the conversations",
    .about = "Up to which second each peer has read what the caller sent.",
};

/* ---- get_c2c_unread_msg_num ---- */

struct unread_fields {
    struct unread_req req;
    struct account_list peers;
};

static const struct field unread_fields[] = {
    {"To_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct unread_fields, req.account), 0, 0,
     IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_OK},
    {"Peer_Account", FIELD_STRINGS, 0, FIELD_AT(struct unread_fields, peers), 0, 10, IM_OK,
     IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TOO_MANY},
};

static enum im_err decode_unread(struct request *req, struct json body)
{
    struct unread_fields *f = req->body;

    (void)body;
    f->req.peers = f->peers.items;
    f->req.peer_count = f->peers.count;
    return IM_OK;
}

static void put_counts(const struct unread_result *result, struct buf *into)
{
    const char *comma = "";

    BUF_LIT(into, ",\"C2CUnreadMsgNumList\":[");
    for (uint32_t i = 0; i < result->peer_count; i++) {
        if (!result->peers[i].exists)
            continue;
        buf_printf(into, "%s{\"Peer_Account\":", comma);
        json_put_string(into, result->peers[i].peer);
        buf_printf(into, ",\"C2CUnreadMsgNum\":%u}", result->peers[i].count);
        comma = ",";
    }
    BUF_LIT(into, "]");
}

static void put_unknown(const struct unread_result *result, struct buf *into)
{
    const char *before = ",\"ErrorList\":[", *after = "";

    for (uint32_t i = 0; i < result->peer_count; i++) {
        if (result->peers[i].exists)
            continue;
        buf_printf(into, "%s{\"Peer_Account\":", before);
        json_put_string(into, result->peers[i].peer);
        buf_printf(into, ",\"ErrorCode\":%d}", IM_ERR_ACCOUNT_MISSING);
        before = ",";
        after = "]";
    }
    buf_add_span(into, span_of(after));
}

static void encode_unread(struct request *req, struct buf *into)
{
    const struct unread_result *result = req->result;

    if (!result->peer_count) {
        buf_printf(into, ",\"AllC2CUnreadMsgNum\":%u", result->all);
        return;
    }
    put_counts(result, into);
    put_unknown(result, into);
}

static const struct command get_c2c_unread_msg_num = {
    .operation = {.number = 54, .rate = RATE_STANDARD, .run = unread_read},
    .service = "openim",
    .name = "get_c2c_unread_msg_num",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = unread_fields,
    .field_count = 2,
    .request_bytes = sizeof(struct unread_fields),
    .decode = decode_unread,
    .encode = encode_unread,
    .reads = "contacts, the newest pages of conversations with unread messages",
    .about = "Unread C2C messages of an account, in all or from up to 10 peers.",
};

const struct command *const commands_read[] = {
    &msgreaded,          &admin_set_msg_read,     &read_all_unread_msg,
    &get_peer_read_time, &get_c2c_unread_msg_num, NULL,
};
