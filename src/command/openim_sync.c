/* openim: offline messages and push acks (websocket-behaviour §1, §2 and §7 "Acks"). */
#include "command/services.h"
#include "core/message/sync.h"

struct sync_fields {
    struct sync_req req; /* first: what the core reads */
    struct span cookie;
};

static const struct field sync_fields[] = {
    {"Cookie", FIELD_STRING, 0, FIELD_AT(struct sync_fields, cookie), 64, 0, IM_OK,
     IM_ERR_OPENIM_JSON, IM_OK},
};

/* A cookie that is not ours reads as none: the client then gets what it has not acknowledged. */
static enum im_err decode_sync(struct request *req, struct json body)
{
    struct sync_fields *f = req->body;

    (void)body;
    if (!span_to_u64(f->cookie, &f->req.cookie))
        f->req.cookie = 0;
    return IM_OK;
}

static void put_message(const struct history_message *message, const struct message_body *body,
                        struct buf *into)
{
    const struct page_entry *entry = &message->entry;

    BUF_LIT(into, "{\"From_Account\":");
    json_put_string(into, message->from);
    BUF_LIT(into, ",\"To_Account\":");
    json_put_string(into, message->to);
    buf_printf(into,
               ",\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgTimeStamp\":%u,\"MsgClientTime\":%u,"
               "\"TinyId\":\"",
               entry->key.seq, entry->key.random, entry->key.time,
               body->client_time ? body->client_time : entry->key.time);
    tinyid_put(into, message->from_no);
    BUF_LIT(into, "\",\"From_AccountNick\":");
    json_put_string(into, message->nick);
    BUF_LIT(into, ",\"From_AccountHeadurl\":");
    json_put_string(into, message->face);
    buf_printf(into, ",\"IsNeedReadReceipt\":%d,\"MsgBody\":",
               entry->flags & MESSAGE_NEED_RECEIPT ? 1 : 0);
    buf_add_span(into, body->body);
    BUF_LIT(into, ",\"CloudCustomData\":");
    buf_add_span(into, body->cloud.n ? body->cloud : SPAN_LIT("\"\""));
    BUF_LIT(into, "}");
}

static void encode_sync(struct request *req, struct buf *into)
{
    const struct sync_result *result = req->result;

    buf_printf(into, ",\"SyncFlag\":%d,\"Cookie\":\"%llu\",\"MsgList\":[", result->more ? 1 : 2,
               (unsigned long long)result->cookie);
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_message(&result->items[i], &req->bodies[i], into);
    }
    BUF_LIT(into, "],\"EventArray\":[],\"C2CPairUnreadCount\":[");
    for (uint32_t i = 0; i < result->unread_count; i++) {
        buf_printf(into, "%s{\"From_Account\":", i ? "," : "");
        json_put_string(into, result->unread[i].peer);
        buf_printf(into, ",\"UnreadCount\":%u}", result->unread[i].count);
    }
    BUF_LIT(into, "],\"C2CRemainingUnreadCount\":[]");
}

static const struct command getmsg = {
    .operation = {.number = 57, .run = message_sync},
    .service = "openim",
    .name = "getmsg",
    .callers = BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .fields = sync_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct sync_fields),
    .decode = decode_sync,
    .encode = encode_sync,
    .reads = "contacts, the newest pages of conversations with unread messages",
    .about = "Offline messages behind a cookie, and the unread count of each conversation.",
};

/* ---- ws_msg_push_ack ---- */

struct ack_fields {
    struct push_ack_req req;
    struct span session_data;
};

static const struct field ack_fields[] = {
    {"SessionData", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(struct ack_fields, session_data), 64, 0,
     IM_ERR_OPENIM_JSON, IM_ERR_OPENIM_JSON, IM_OK},
};

static enum im_err decode_ack(struct request *req, struct json body)
{
    struct ack_fields *f = req->body;

    (void)body;
    return span_to_u64(f->session_data, &f->req.position) ? IM_OK : IM_ERR_OPENIM_JSON;
}

static const struct command ws_msg_push_ack = {
    .operation = {.number = 58, .run = message_push_ack},
    .service = "openim",
    .name = "ws_msg_push_ack",
    .callers = BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .fields = ack_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct ack_fields),
    .decode = decode_ack,
    .reads = "account",
    .about = "Says that what was pushed up to SessionData has arrived.",
};

const struct command *const commands_sync[] = {&getmsg, &ws_msg_push_ack, NULL};
