/* openim.sendmsg and batchsendmsg (server-api §3.5, §4; websocket-protocol part 2). */
#include "command/message_body.h"
#include "command/services.h"
#include "core/message/message.h"

struct send_fields {
    struct message_send_req req; /* first: what the core reads */
    struct account_list receivers;
    struct opt_u32 seq, random, time, client_time, sync_other, need_receipt;
    struct json body, cloud, push, control, lifetime;
};

#define TO_ONE                                                                                   \
    {                                                                                            \
        "To_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct send_fields, req.to), 0, 0, \
            IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_OK                                            \
    }
#define TO_MANY                                                                                  \
    {                                                                                            \
        "To_Account", FIELD_STRINGS, FIELD_REQUIRED, FIELD_AT(struct send_fields, receivers), 0, \
            BATCH_MAX_RECEIVERS, IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TOO_MANY      \
    }
#define NUMBER(name, member, bad)                                                         \
    {                                                                                     \
        name, FIELD_U32, 0, FIELD_AT(struct send_fields, member), 0, 0, IM_OK, bad, IM_OK \
    }
#define REST_OF_FIELDS                                                                             \
    {"From_Account", FIELD_ACCOUNT,      FIELD_SELF, FIELD_AT(struct send_fields, req.from), 0, 0, \
     IM_OK,          IM_ERR_OPENIM_FROM, IM_OK},                                                   \
        {"MsgRandom", FIELD_U32, FIELD_REQUIRED,       FIELD_AT(struct send_fields, random),       \
         0,           0,         IM_ERR_OPENIM_RANDOM, IM_ERR_OPENIM_RANDOM,                       \
         IM_OK},                                                                                   \
        NUMBER("MsgSeq", seq, IM_ERR_OPENIM_SEQ),                                                  \
        NUMBER("MsgTimeStamp", time, IM_ERR_OPENIM_TIME),                                          \
        NUMBER("MsgClientTime", client_time, IM_ERR_OPENIM_TIME),                                  \
        NUMBER("SyncOtherMachine", sync_other, IM_ERR_OPENIM_SYNC),                                \
        NUMBER("IsNeedReadReceipt", need_receipt, IM_ERR_OPENIM_JSON),                             \
        {"MsgLifeTime",                                                                            \
         FIELD_ANY,                                                                                \
         0,                                                                                        \
         FIELD_AT(struct send_fields, lifetime),                                                   \
         0,                                                                                        \
         0,                                                                                        \
         IM_OK,                                                                                    \
         IM_ERR_OPENIM_LIFETIME_TYPE,                                                              \
         IM_OK},                                                                                   \
        {"MsgBody", FIELD_ANY, FIELD_REQUIRED,     FIELD_AT(struct send_fields, body),             \
         0,         0,         IM_ERR_OPENIM_BODY, IM_ERR_OPENIM_BODY,                             \
         IM_OK},                                                                                   \
        {"CloudCustomData",  FIELD_ANY, 0, FIELD_AT(struct send_fields, cloud), 0, 0, IM_OK,       \
         IM_ERR_OPENIM_JSON, IM_OK},                                                               \
        {"OfflinePushInfo",       FIELD_ANY, 0, FIELD_AT(struct send_fields, push), 0, 0, IM_OK,   \
         IM_ERR_OPENIM_PUSH_INFO, IM_OK},                                                          \
    {                                                                                              \
        "SendMsgControl", FIELD_ANY, 0, FIELD_AT(struct send_fields, control), 0, 0, IM_OK,        \
            IM_ERR_OPENIM_JSON, IM_OK                                                              \
    }

static const struct field sendmsg_fields[] = {TO_ONE, REST_OF_FIELDS};
static const struct field batch_fields[] = {TO_MANY, REST_OF_FIELDS};

/* ["NoUnread","NoLastMsg"]; anything else in it is of later eras and ignored. */
static enum im_err decode_control(struct message_send_req *send, struct json control)
{
    struct json_iter it = json_iter(control);
    struct json item;
    struct span key;

    if (control.type == JSON_NONE || control.type == JSON_NULL)
        return IM_OK;
    if (control.type != JSON_ARRAY)
        return IM_ERR_OPENIM_JSON;
    while (json_next(&it, &key, &item)) {
        if (span_is(item.text, "\"NoUnread\""))
            send->no_unread = true;
        else if (span_is(item.text, "\"NoLastMsg\""))
            send->no_last = true;
    }
    return IM_OK;
}

/* Over 7 days, or below 0: refused (server-api §15.1). */
static enum im_err decode_lifetime(struct message_send_req *send, struct json lifetime)
{
    int64_t seconds;

    send->lifetime_s = MESSAGE_MAX_LIFETIME_S;
    if (lifetime.type == JSON_NONE || lifetime.type == JSON_NULL)
        return IM_OK;
    if (!json_to_i64(lifetime, &seconds))
        return IM_ERR_OPENIM_LIFETIME_TYPE;
    if (seconds < 0 || seconds > MESSAGE_MAX_LIFETIME_S)
        return IM_ERR_OPENIM_LIFETIME;
    send->lifetime_s = (uint32_t)seconds;
    return IM_OK;
}

static enum im_err decode_texts(struct message_send_req *send, const struct send_fields *f)
{
    enum im_err err = message_body_check(f->body);

    if (err)
        return err;
    send->body = f->body.text;
    if (f->cloud.type == JSON_STRING && f->cloud.text.n > 2)
        send->cloud = f->cloud.text;
    else if (f->cloud.type != JSON_NONE && f->cloud.type != JSON_STRING &&
             f->cloud.type != JSON_NULL)
        return IM_ERR_OPENIM_JSON;
    if (f->push.type == JSON_OBJECT)
        send->push = f->push.text;
    else if (f->push.type != JSON_NONE && f->push.type != JSON_NULL)
        return IM_ERR_OPENIM_PUSH_INFO;
    if (send->body.n + send->cloud.n > MESSAGE_MAX_BODY_BYTES ||
        send->push.n > MESSAGE_MAX_BODY_BYTES)
        return IM_ERR_MSG_TOO_LONG;
    return IM_OK;
}

static enum im_err decode_send(struct request *req, struct json body)
{
    struct send_fields *f = req->body;
    struct message_send_req *send = &f->req;
    enum im_err err;

    (void)body;
    send->receivers = f->receivers.items;
    send->receiver_count = f->receivers.count;
    send->has_seq = f->seq.set;
    send->seq = f->seq.v;
    send->random = f->random.v;
    send->has_time = f->time.set && f->time.v;
    send->time = f->time.v;
    send->client_time = f->client_time.v;
    send->need_receipt = f->need_receipt.v == 1;
    if (f->sync_other.set && (f->sync_other.v < 1 || f->sync_other.v > 2))
        return IM_ERR_OPENIM_SYNC;
    send->sync_other = (uint8_t)f->sync_other.v;
    if (req->caller == CALLER_USER)
        send->sync_other = 0;
    err = decode_control(send, f->control);
    if (!err)
        err = decode_lifetime(send, f->lifetime);
    return err ? err : decode_texts(send, f);
}

static void put_key(const struct message_send_result *result, struct buf *into)
{
    BUF_LIT(into, ",\"MsgKey\":\"");
    msgkey_put(into, result->key);
    BUF_LIT(into, "\"");
}

static void encode_sendmsg(struct request *req, struct buf *into)
{
    const struct message_send_result *result = req->result;

    BUF_LIT(into, ",\"MsgTime\":");
    buf_add_u64(into, result->key.time);
    put_key(result, into);
}

static void encode_batch(struct request *req, struct buf *into)
{
    const struct message_send_result *result = req->result;

    if (!result)
        return;
    if (!req->err)
        put_key(result, into);
    if (!result->failed_count)
        return;
    BUF_LIT(into, ",\"ErrorList\":[");
    for (uint32_t i = 0; i < result->failed_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        BUF_LIT(into, "{\"To_Account\":");
        json_put_string(into, result->failed[i].to);
        buf_printf(into, ",\"ErrorCode\":%d}", err_public(result->failed[i].err));
    }
    BUF_LIT(into, "]");
}

static const char *batch_status(const struct request *req)
{
    const struct message_send_result *result = req->result;

    return result->failed_count ? "SomeError" : "OK";
}

static const struct command sendmsg = {
    .operation = {.number = 46, .rate = RATE_STANDARD, .run = message_send},
    .service = "openim",
    .name = "sendmsg",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = sendmsg_fields,
    .field_count = sizeof(sendmsg_fields) / sizeof(sendmsg_fields[0]),
    .request_bytes = sizeof(struct send_fields),
    .decode = decode_send,
    .encode = encode_sendmsg,
    .reads = "sender, receiver, both contacts, the conversation's last page, the sender's nick",
    .counts = "C2CUpMsgNum, C2CDownMsgNum, C2CSendMsgUserNum, ActiveUserNum",
    .about = "Sends a C2C message.",
};

static const struct command batchsendmsg = {
    .operation = {.number = 47, .rate = RATE_STANDARD, .run = message_send_batch},
    .service = "openim",
    .name = "batchsendmsg",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = batch_fields,
    .field_count = sizeof(batch_fields) / sizeof(batch_fields[0]),
    .request_bytes = sizeof(struct send_fields),
    .decode = decode_send,
    .encode = encode_batch,
    .encode_errors = true,
    .action_status = batch_status,
    .reads = "as sendmsg, for each receiver",
    .counts = "as sendmsg, for each receiver",
    .about = "Sends one body to up to 500 receivers, a message each.",
};

const struct command *const commands_send[] = {&sendmsg, &batchsendmsg, NULL};
