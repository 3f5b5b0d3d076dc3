/* Group messages recalled, edited, deleted, and their read receipts (server-api §3.6, §3.11,
   websocket-behaviour §5, §7). */
#include "core/group/edit.h"

#include "command/group_seqs.h"
#include "command/message_body.h"
#include "command/services.h"
#include "core/group/message.h"
#include "core/group/recall.h"
#include "core/group/receipt.h"

#define TEXT(name, flags, type, member, max)                                           \
    {                                                                                  \
        name, FIELD_STRING, flags, FIELD_AT(type, member), max, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                  \
    }
#define ACCOUNT(name, flags, type, member)                                            \
    {                                                                                 \
        name, FIELD_ACCOUNT, flags, FIELD_AT(type, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                 \
    }
#define NUMBER(name, flags, type, member)                                         \
    {                                                                             \
        name, FIELD_U32, flags, FIELD_AT(type, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                             \
    }
#define VALUE(name, flags, type, member)                                          \
    {                                                                             \
        name, FIELD_ANY, flags, FIELD_AT(type, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                             \
    }
#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

/* ---- recalling ---- */

struct recall_fields {
    struct group_recall_req req; /* first: what the core reads */
    struct json seqs;
};

static const struct field recall_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct recall_fields, req.group, 0),
    VALUE("MsgSeqList", FIELD_REQUIRED, struct recall_fields, seqs),
    TEXT("Reason", 0, struct recall_fields, req.reason, GROUP_RECALL_REASON_MAX),
};

static enum im_err decode_recall(struct request *req, struct json body)
{
    struct recall_fields *f = req->body;

    (void)body;
    return group_seqs_decode(req, f->seqs, GROUP_RECALL_MAX, &f->req.seqs, &f->req.count);
}

static void encode_recall(struct request *req, struct buf *into)
{
    const struct group_recall_result *result = req->result;

    BUF_LIT(into, ",\"RecallRetList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        buf_printf(into, "{\"MsgSeq\":%u,\"RetCode\":%d}", result->seqs[i],
                   err_public(result->errs[i]));
    }
    BUF_LIT(into, "]");
}

#define RECALL(service_, number_, callers_)                                                        \
    {                                                                                              \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_recall},            \
        .service = (service_), .name = "group_msg_recall", .callers = (callers_),                  \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_GROUP_RIGHT, .fields = recall_fields,   \
        .field_count = COUNT(recall_fields), .request_bytes = sizeof(struct recall_fields),        \
        .decode = decode_recall, .encode = encode_recall,                                          \
        .reads = "the group, the caller's membership, the messages' pages, the members online",    \
        .about = "Recalls up to 10 messages, each with its code: users their own of the last two " \
                 "minutes (owner and admins also others'), administrators any.",                   \
    }

static const struct command group_msg_recall =
    RECALL("group_open_http_svc", 152, BY_ADMIN | BY_USER);
static const struct command million_group_msg_recall =
    RECALL("million_group_open_http_svc", 162, BY_USER);

/* ---- deleting ---- */

static const struct field delete_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct group_delete_req, group, 0),
    ACCOUNT("Sender_Account", FIELD_REQUIRED, struct group_delete_req, sender),
};

static const struct command delete_group_msg_by_sender = {
    .operation = {.number = 155, .rate = RATE_STANDARD, .run = group_delete_by_sender},
    .service = "group_open_http_svc",
    .name = "delete_group_msg_by_sender",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_GROUP_RIGHT,
    .fields = delete_fields,
    .field_count = COUNT(delete_fields),
    .request_bytes = sizeof(struct group_delete_req),
    .reads = "the group, the account, up to 33 pages",
    .about = "Deletes what an account sent among the newest 1000 messages of a group, for all.",
};

struct hide_fields {
    struct group_hide_req req; /* first: what the core reads */
    struct span deleter;
    struct json seqs;
};

static const struct field hide_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct hide_fields, req.group, 0),
    ACCOUNT("Deleter_Account", FIELD_SELF, struct hide_fields, deleter),
    VALUE("Seqs", FIELD_REQUIRED, struct hide_fields, seqs),
};

static enum im_err decode_hide(struct request *req, struct json body)
{
    struct hide_fields *f = req->body;

    (void)body;
    return group_seqs_decode(req, f->seqs, GROUP_HIDE_MAX, &f->req.seqs, &f->req.count);
}

#define HIDE(service_, number_)                                                                  \
    {                                                                                            \
        .operation = {.number = (number_), .run = group_hide}, .service = (service_),            \
        .name = "delete_group_ramble_msg_by_seq", .callers = BY_USER,                            \
        .bad_json = IM_ERR_GROUP_JSON, .fields = hide_fields, .field_count = COUNT(hide_fields), \
        .request_bytes = sizeof(struct hide_fields), .decode = decode_hide,                      \
        .reads = "the group, the caller's membership and what it has deleted",                   \
        .about = "Deletes up to 30 messages of a group for the caller only.",                    \
    }

static const struct command delete_group_ramble = HIDE("group_open_http_svc", 156);
static const struct command million_delete_group_ramble = HIDE("million_group_open_http_svc", 163);

/* ---- editing ---- */

struct edit_fields {
    struct group_edit_req req; /* first: what the core reads */
    struct opt_u32 seq, version;
    struct json body, cloud;
};

static const struct field edit_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct edit_fields, req.group, 0),
    NUMBER("MsgSeq", FIELD_REQUIRED, struct edit_fields, seq),
    NUMBER("MsgVersion", 0, struct edit_fields, version),
    VALUE("MsgBody", 0, struct edit_fields, body),
    VALUE("CloudCustomData", 0, struct edit_fields, cloud),
};

static enum im_err decode_edit(struct request *req, struct json body)
{
    struct edit_fields *f = req->body;
    struct group_edit_req *ask = &f->req;

    (void)body;
    ask->seq = f->seq.v;
    ask->has_version = f->version.set && req->caller == CALLER_USER;
    ask->version = f->version.v;
    if (f->body.type != JSON_NONE && f->body.type != JSON_NULL) {
        if (message_body_check(f->body))
            return IM_ERR_GROUP_PARAM;
        ask->body = f->body.text;
    }
    if (f->cloud.type == JSON_STRING)
        ask->cloud = f->cloud.text;
    else if (f->cloud.type != JSON_NONE && f->cloud.type != JSON_NULL)
        return IM_ERR_GROUP_PARAM;
    if (!ask->body.n && !ask->cloud.n)
        return IM_ERR_GROUP_PARAM;
    return ask->body.n + ask->cloud.n > GROUP_MESSAGE_MAX_BYTES ? IM_ERR_GROUP_BODY_TOO_LONG
                                                                : IM_OK;
}

static void encode_edit(struct request *req, struct buf *into)
{
    const struct group_edit_result *result = req->result;
    const struct message_body *stored = req->body_count ? req->bodies : NULL;
    struct span body, cloud;

    if (!result)
        return;
    body = result->body.n || !stored ? result->body : stored->body;
    cloud = result->cloud.n || !stored ? result->cloud : stored->cloud;
    buf_printf(into, ",\"MsgVersion\":%u,\"MsgBody\":", result->version);
    buf_add_span(into, body);
    BUF_LIT(into, ",\"CloudCustomData\":");
    buf_add_span(into, cloud.n ? cloud : SPAN_LIT("\"\""));
}

static const struct command modify_group_msg = {
    .operation = {.number = 157, .rate = RATE_STANDARD, .run = group_edit},
    .service = "openim",
    .name = "modify_group_msg",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_GROUP_RIGHT,
    .fields = edit_fields,
    .field_count = COUNT(edit_fields),
    .request_bytes = sizeof(struct edit_fields),
    .decode = decode_edit,
    .encode = encode_edit,
    .encode_errors = true,
    .reads = "the group, the caller's membership and mute, the message's page, the members online",
    .about = "Changes a group message: its sender, the owner, admins, administrators. A user whose "
             "version is old gets 20027 and what is stored; who is muted gets 10017.",
};

/* ---- receipts ---- */

struct receipt_fields {
    struct group_receipt_req req; /* first: what the core reads */
    struct json seqs;
};

static const struct field receipt_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct receipt_fields, req.group, 0),
    VALUE("MsgSeqList", FIELD_REQUIRED, struct receipt_fields, seqs),
};

static enum im_err decode_receipt(struct request *req, struct json body)
{
    struct receipt_fields *f = req->body;

    (void)body;
    return group_seqs_decode(req, f->seqs, GROUP_RECEIPT_MAX, &f->req.seqs, &f->req.count);
}

static void encode_receipts(struct request *req, struct buf *into)
{
    const struct group_receipt_result *result = req->result;

    BUF_LIT(into, ",\"GroupMsgReceiptList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct group_receipt *item = &result->items[i];

        if (i)
            BUF_LIT(into, ",");
        buf_printf(into, "{\"MsgSeq\":%u,\"Code\":%d,\"ReadNum\":%u,\"UnreadNum\":%u}", item->seq,
                   err_public(item->err), item->read, item->unread);
    }
    BUF_LIT(into, "]");
}

#define REPORT(service_, number_)                                                               \
    {                                                                                           \
        .operation = {.number = (number_), .run = group_receipt_report}, .service = (service_), \
        .name = "group_msg_receipt", .callers = BY_USER, .bad_json = IM_ERR_GROUP_JSON,         \
        .fields = receipt_fields, .field_count = COUNT(receipt_fields),                         \
        .request_bytes = sizeof(struct receipt_fields), .decode = decode_receipt,               \
        .reads = "the group, the caller's membership, the messages' pages, their receipts, "    \
                 "the members",                                                                 \
        .about = "The caller has read these of the messages that ask for a receipt.",           \
    }
#define COUNTS(service_, number_, callers_)                                                       \
    {                                                                                             \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_receipt_counts},   \
        .service = (service_), .name = "get_group_msg_receipt", .callers = (callers_),            \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_GROUP_RIGHT, .fields = receipt_fields, \
        .field_count = COUNT(receipt_fields), .request_bytes = sizeof(struct receipt_fields),     \
        .decode = decode_receipt, .encode = encode_receipts,                                      \
        .reads = "the group, the caller's membership, the messages' pages, their receipts, "      \
                 "the members",                                                                   \
        .about = "How many members have read messages of the caller's, and how many have not.",   \
    }

static const struct command group_msg_receipt = REPORT("group_open_http_svc", 158);
static const struct command million_group_msg_receipt = REPORT("million_group_open_http_svc", 164);
static const struct command get_group_msg_receipt =
    COUNTS("group_open_http_svc", 159, BY_ADMIN | BY_USER);
static const struct command million_get_group_msg_receipt =
    COUNTS("million_group_open_http_svc", 165, BY_USER);

struct detail_fields {
    struct group_receipt_detail_req req; /* first: what the core reads */
    struct opt_u32 seq, flag, max;
    struct json cursor;
};

static const struct field detail_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct detail_fields, req.group, 0),
    NUMBER("MsgSeq", FIELD_REQUIRED, struct detail_fields, seq),
    NUMBER("Flag", 0, struct detail_fields, flag),
    VALUE("Cursor", 0, struct detail_fields, cursor),
    NUMBER("Num", 0, struct detail_fields, max),
};

static enum im_err decode_detail(struct request *req, struct json body)
{
    struct detail_fields *f = req->body;
    bool starts = f->cursor.type == JSON_NONE || f->cursor.type == JSON_NULL ||
                  span_is(f->cursor.text, "\"\"");

    (void)body;
    if (f->flag.v > 1 || (!starts && !group_number_decode(req, f->cursor, &f->req.after)))
        return IM_ERR_GROUP_PARAM;
    f->req.seq = f->seq.v;
    f->req.unread = f->flag.v == 1;
    f->req.max =
        f->max.v && f->max.v < GROUP_RECEIPT_NAMES_MAX ? f->max.v : GROUP_RECEIPT_NAMES_MAX;
    return IM_OK;
}

static void put_names(struct buf *into, const char *list, const char *member,
                      const struct group_receipt_detail *result, bool shown)
{
    buf_printf(into, ",\"%s\":[", list);
    for (uint32_t i = 0; shown && i < result->count; i++) {
        buf_printf(into, "%s{\"%s\":", i ? "," : "", member);
        json_put_string(into, result->names[i]);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

static void encode_detail(struct request *req, struct buf *into)
{
    const struct group_receipt_detail *result = req->result;

    put_names(into, "ReadList", "Read_Account", result, !result->unread);
    put_names(into, "UnreadList", "Unread_Account", result, result->unread);
    BUF_LIT(into, ",\"Cursor\":\"");
    if (result->last)
        buf_add_u64(into, result->last);
    buf_printf(into, "\",\"IsFinish\":%d", !result->last);
}

#define DETAIL(service_, number_, callers_)                                                      \
    {                                                                                            \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_receipt_detail},  \
        .service = (service_), .name = "get_group_msg_receipt_detail", .callers = (callers_),    \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_GROUP_RIGHT, .fields = detail_fields, \
        .field_count = COUNT(detail_fields), .request_bytes = sizeof(struct detail_fields),      \
        .decode = decode_detail, .encode = encode_detail,                                        \
        .reads = "the group, the caller's membership, the message's page and receipts, the "     \
                 "members",                                                                      \
        .about = "Who has read a message of the caller's, or who has not, page by page.",        \
    }

static const struct command receipt_detail = DETAIL("group_open_http_svc", 160, BY_ADMIN | BY_USER);
static const struct command million_receipt_detail =
    DETAIL("million_group_open_http_svc", 166, BY_USER);

const struct command *const commands_group_edit[] = {&group_msg_recall,
                                                     &million_group_msg_recall,
                                                     &delete_group_msg_by_sender,
                                                     &delete_group_ramble,
                                                     &million_delete_group_ramble,
                                                     &modify_group_msg,
                                                     &group_msg_receipt,
                                                     &million_group_msg_receipt,
                                                     &get_group_msg_receipt,
                                                     &million_get_group_msg_receipt,
                                                     &receipt_detail,
                                                     &million_receipt_detail,
                                                     NULL};
