/* openim: what a client has missed (websocket-behaviour §1, §2, §7). */
#include "command/message_item.h"
#include "command/push_group.h"
#include "command/services.h"
#include "core/message/sync.h"

/* Positions are text in both directions: at most 20 digits. Anything else is none: a client whose
   cookie is of another server gets what was not taken yet. */
#define COOKIE_BYTES 64u

struct sync_fields {
    struct sync_req req; /* first: what the core reads */
    struct span cookie;
};

static const struct field sync_fields[] = {
    {"To_Account", FIELD_ACCOUNT, FIELD_SELF, FIELD_AT(struct sync_fields, req.account), 0, 0,
     IM_OK, IM_ERR_MSG_PACKET, IM_OK},
    {"Cookie", FIELD_STRING, 0, FIELD_AT(struct sync_fields, cookie), COOKIE_BYTES, 0, IM_OK,
     IM_ERR_MSG_PACKET, IM_OK},
};

static enum im_err decode_sync(struct request *req, struct json body)
{
    struct sync_fields *f = req->body;

    (void)body;
    if (!span_to_u64(f->cookie, &f->req.cookie))
        f->req.cookie = 0;
    return IM_OK;
}

static void encode_sync(struct request *req, struct buf *into)
{
    const struct sync_result *result = req->result;

    buf_printf(into, ",\"SyncFlag\":%d,\"Cookie\":\"", result->more ? 1 : 2);
    buf_add_u64(into, result->cookie);
    BUF_LIT(into, "\",\"MsgList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        message_item_put(into, &result->items[i], &req->bodies[i]);
    }
    BUF_LIT(into, "],\"EventArray\":[");
    for (uint32_t i = 0; i < result->notices.count; i++) {
        if (i)
            BUF_LIT(into, ",");
        group_notice_put(into, &result->notices.items[i], result->account,
                         result->notices.numbers[i]);
    }
    BUF_LIT(into, "],\"C2CPairUnreadCount\":[");
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
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = sync_fields,
    .field_count = sizeof(sync_fields) / sizeof(sync_fields[0]),
    .request_bytes = sizeof(struct sync_fields),
    .decode = decode_sync,
    .encode = encode_sync,
    .reads = "the caller, its contacts, pages of conversations with something new or unread, its "
             "system notices",
    .about = "The caller's offline messages, system notices and unread counts; a cookie says what "
             "it has.",
};

struct push_ack_fields {
    struct push_ack_req req; /* first: what the core reads */
    struct span session_data;
};

static const struct field push_ack_fields[] = {
    {"SessionData", FIELD_STRING, 0, FIELD_AT(struct push_ack_fields, session_data), COOKIE_BYTES,
     0, IM_OK, IM_ERR_MSG_PACKET, IM_OK},
};

static enum im_err decode_push_ack(struct request *req, struct json body)
{
    struct push_ack_fields *f = req->body;

    (void)body;
    if (!span_to_u64(f->session_data, &f->req.position))
        f->req.position = 0;
    return IM_OK;
}

static const struct command ws_msg_push_ack = {
    .operation = {.number = 58, .run = message_push_ack},
    .service = "openim",
    .name = "ws_msg_push_ack",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = push_ack_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct push_ack_fields),
    .decode = decode_push_ack,
    .reads = "the caller",
    .about = "A push has arrived: SessionData is its position.",
};

/* ---- deletemsg ---- */

struct delete_fields {
    struct notices_delete_req req; /* first: what the core reads */
    struct json list;
};

static const struct field delete_fields[] = {
    {"DelMsgList", FIELD_ARRAY, FIELD_REQUIRED, FIELD_AT(struct delete_fields, list),
     NOTICES_DELETED_MAX, 0, IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET, IM_OK},
};

static enum im_err decode_delete(struct request *req, struct json body)
{
    struct delete_fields *f = req->body;
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;

    (void)body;
    f->req.seqs = ARENA_ARRAY(&req->arena, uint32_t, NOTICES_DELETED_MAX);
    while (json_next(&it, &key, &item)) {
        if (item.type != JSON_OBJECT ||
            !json_to_u32(json_member(item, "MsgSeq"), &f->req.seqs[f->req.count++]))
            return IM_ERR_MSG_PACKET;
    }
    return IM_OK;
}

static const struct command deletemsg = {
    .operation = {.number = 200, .run = notices_delete},
    .service = "openim",
    .name = "deletemsg",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = delete_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct delete_fields),
    .decode = decode_delete,
    .reads = "the caller's system notices",
    .about = "System notices that are not to be given again, by their MsgSeq.",
};

const struct command *const commands_sync[] = {&getmsg, &ws_msg_push_ack, &deletemsg, NULL};
