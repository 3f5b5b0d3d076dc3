/* Group messages sent (server-api §3.6). */
#include "command/message_body.h"
#include "command/services.h"
#include "core/group/message.h"

#define MAX_ACCOUNTS 500
#define AT_TEXT_MAX_BYTES 16384 /* GROUP_AT_MAX entries, each name escaped */

struct send_fields {
    struct group_send_req req; /* first: what the core reads */
    struct account_list to;
    struct span priority, topic;
    struct opt_u32 random, online_only, need_receipt, client_time;
    struct json body, cloud, push, control, at;
};

#define TEXT(name, member, flags)                                                                  \
    {                                                                                              \
        name, FIELD_STRING, flags, FIELD_AT(struct send_fields, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                              \
    }
#define NUMBER(name, member, flags)                                                             \
    {                                                                                           \
        name, FIELD_U32, flags, FIELD_AT(struct send_fields, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                           \
    }
#define VALUE(name, member, flags)                                                              \
    {                                                                                           \
        name, FIELD_ANY, flags, FIELD_AT(struct send_fields, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                           \
    }

static const struct field send_fields[] = {
    TEXT("GroupId", req.group, FIELD_REQUIRED),
    {"From_Account", FIELD_ACCOUNT, FIELD_SELF, FIELD_AT(struct send_fields, req.from), 0, 0, IM_OK,
     IM_ERR_GROUP_PARAM, IM_OK},
    NUMBER("Random", random, FIELD_REQUIRED),
    TEXT("MsgPriority", priority, 0),
    VALUE("MsgBody", body, FIELD_REQUIRED),
    VALUE("CloudCustomData", cloud, 0),
    NUMBER("OnlineOnlyFlag", online_only, 0),
    VALUE("OfflinePushInfo", push, 0),
    VALUE("SendMsgControl", control, 0),
    VALUE("GroupAtInfo", at, 0),
    NUMBER("MsgClientTime", client_time, 0),
    NUMBER("NeedReadReceipt", need_receipt, 0),
    TEXT("TopicId", topic, 0),
    {"To_Account", FIELD_STRINGS, 0, FIELD_AT(struct send_fields, to), 0, MAX_ACCOUNTS, IM_OK,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_TOO_MANY_ACCOUNTS},
};

static bool is_absent(struct json value)
{
    return value.type == JSON_NONE || value.type == JSON_NULL;
}

static enum im_err decode_priority(struct group_send_req *send, struct span name)
{
    static const char *const names[] = {[PRIORITY_HIGH] = "High",
                                        [PRIORITY_NORMAL] = "Normal",
                                        [PRIORITY_LOW] = "Low",
                                        [PRIORITY_LOWEST] = "Lowest"};

    send->priority = PRIORITY_NORMAL;
    if (!name.n)
        return IM_OK;
    for (uint8_t i = PRIORITY_HIGH; i <= PRIORITY_LOWEST; i++) {
        if (span_is(name, names[i])) {
            send->priority = i;
            return IM_OK;
        }
    }
    return IM_ERR_GROUP_PARAM;
}

/* ["NoUnread","NoLastMsg"]; anything else in it is of later eras and ignored. What reaches only
   who is online has no unread anyway: the two exclude each other. */
static enum im_err decode_control(struct group_send_req *send, struct json control)
{
    struct json_iter it = json_iter(control);
    struct json item;
    struct span key;

    if (is_absent(control))
        return IM_OK;
    if (control.type != JSON_ARRAY)
        return IM_ERR_GROUP_PARAM;
    while (json_next(&it, &key, &item)) {
        if (span_is(item.text, "\"NoUnread\""))
            send->no_unread = true;
        else if (span_is(item.text, "\"NoLastMsg\""))
            send->no_last = true;
    }
    return send->online_only && (send->no_unread || send->no_last) ? IM_ERR_GROUP_PARAM : IM_OK;
}

/* {"GroupAtAllFlag":0|1,"GroupAt_Account":"..."}: the account counts without the flag. */
static enum im_err decode_at_item(struct request *req, struct group_send_req *send,
                                  struct json item)
{
    static const char *const names[] = {"GroupAtAllFlag", "GroupAt_Account"};
    struct json parts[2];
    uint32_t all = 0;
    struct span account;

    json_members(item, names, parts, 2);
    if (item.type != JSON_OBJECT || (!is_absent(parts[0]) && !json_to_u32(parts[0], &all)) ||
        all > 1)
        return IM_ERR_GROUP_PARAM;
    if (all) {
        send->at_all = true;
        return IM_OK;
    }
    if (!json_to_string(parts[1], &req->arena, &account) || !account.n || account.n > 32)
        return IM_ERR_GROUP_PARAM;
    send->at_accounts[send->at_count++] = account;
    return IM_OK;
}

/* As it is stored and pushed: only what was understood. */
static struct span at_text(struct arena *arena, const struct group_send_req *send)
{
    struct buf buf;
    struct span text;

    buf_init(&buf, AT_TEXT_MAX_BYTES);
    BUF_LIT(&buf, "[");
    if (send->at_all)
        BUF_LIT(&buf, "{\"GroupAtAllFlag\":1,\"GroupAt_Account\":\"\"}");
    for (uint32_t i = 0; i < send->at_count; i++) {
        if (i || send->at_all)
            BUF_LIT(&buf, ",");
        BUF_LIT(&buf, "{\"GroupAtAllFlag\":0,\"GroupAt_Account\":");
        json_put_string(&buf, send->at_accounts[i]);
        BUF_LIT(&buf, "}");
    }
    BUF_LIT(&buf, "]");
    text = arena_copy(arena, buf.overflow ? SPAN_LIT("[]") : buf_span(&buf));
    buf_release(&buf);
    return text;
}

static enum im_err decode_at(struct request *req, struct group_send_req *send, struct json at)
{
    struct json_iter it = json_iter(at);
    struct json item;
    struct span key;

    if (is_absent(at))
        return IM_OK;
    if (at.type != JSON_ARRAY)
        return IM_ERR_GROUP_PARAM;
    if (json_count(at) > GROUP_AT_MAX)
        return IM_ERR_GROUP_AT_TOO_MANY;
    send->at_accounts = ARENA_ARRAY(&req->arena, struct span, GROUP_AT_MAX);
    while (json_next(&it, &key, &item)) {
        enum im_err err = decode_at_item(req, send, item);

        if (err)
            return err;
    }
    if (send->at_all || send->at_count)
        send->at = at_text(&req->arena, send);
    return IM_OK;
}

static enum im_err decode_texts(struct group_send_req *send, const struct send_fields *f)
{
    if (message_body_check(f->body))
        return IM_ERR_GROUP_PARAM;
    send->body = f->body.text;
    if (f->cloud.type == JSON_STRING && f->cloud.text.n > 2)
        send->cloud = f->cloud.text;
    else if (f->cloud.type != JSON_STRING && !is_absent(f->cloud))
        return IM_ERR_GROUP_PARAM;
    if (f->push.type == JSON_OBJECT)
        send->push = f->push.text;
    else if (!is_absent(f->push))
        return IM_ERR_GROUP_PARAM;
    if (send->body.n + send->cloud.n > GROUP_MESSAGE_MAX_BYTES ||
        send->push.n > GROUP_MESSAGE_MAX_BYTES)
        return IM_ERR_GROUP_BODY_TOO_LONG;
    return IM_OK;
}

static enum im_err decode_send(struct request *req, struct json body)
{
    struct send_fields *f = req->body;
    struct group_send_req *send = &f->req;
    enum im_err err;

    (void)body;
    send->random = f->random.v;
    send->client_time = f->client_time.v;
    send->need_receipt = f->need_receipt.v == 1;
    send->online_only = f->online_only.v >= 1;
    send->to = f->to.items;
    send->to_count = f->to.count;
    /* A topic's message is no message of its community; there are no topics. */
    if (f->topic.n)
        return IM_ERR_GROUP_PARAM;
    err = decode_priority(send, f->priority);
    if (!err)
        err = decode_control(send, f->control);
    if (!err)
        err = decode_at(req, send, f->at);
    return err ? err : decode_texts(send, f);
}

static void encode_send(struct request *req, struct buf *into)
{
    const struct group_send_result *result = req->result;

    buf_printf(into, ",\"MsgTime\":%u,\"MsgSeq\":%u", result->time, result->seq);
    if (result->dropped)
        BUF_LIT(into, ",\"MsgDropReason\":\"MsgFreqCtrl\"");
}

#define SEND(number_, service_, callers_)                                                          \
    {                                                                                              \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_message_send},      \
        .service = (service_), .name = "send_group_msg", .callers = (callers_),                    \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = send_fields,  \
        .field_count = sizeof(send_fields) / sizeof(send_fields[0]),                               \
        .request_bytes = sizeof(struct send_fields), .decode = decode_send, .encode = encode_send, \
        .reads = "the group, its members and newest page, the sender's card, mute and profile",    \
        .counts = "GroupUpMsgNum, GroupDownMsgNum, GroupSendMsgUserNum, GroupSendMsgGroupNum",     \
        .about = "Sends a message to a group. Messages to some of its members (To_Account) are "   \
                 "not served: 10059. Over the group's limit a second it is dropped: OK with "      \
                 "MsgSeq 0 and MsgDropReason MsgFreqCtrl.",                                        \
    }

static const struct command send_group_msg = SEND(140, "group_open_http_svc", BY_ADMIN | BY_USER);
static const struct command send_community_msg = SEND(141, "million_group_open_http_svc", BY_USER);

/* ---- send_group_system_notification ---- */

struct notify_fields {
    struct group_notify_req req; /* first: what the core reads */
    struct account_list to;
};

static const struct field notify_fields[] = {
    {"GroupId", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(struct notify_fields, req.group), 0, 0,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
    {"Content", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(struct notify_fields, req.content), 0, 0,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
    {"ToMembers_Account", FIELD_ACCOUNTS, 0, FIELD_AT(struct notify_fields, to), 0, MAX_ACCOUNTS,
     IM_OK, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_TOO_MANY_ACCOUNTS},
};

static enum im_err decode_notify(struct request *req, struct json body)
{
    struct notify_fields *f = req->body;

    (void)body;
    f->req.to = f->to.items;
    f->req.to_count = f->to.count;
    return f->req.content.n > GROUP_MESSAGE_MAX_BYTES ? IM_ERR_GROUP_BODY_TOO_LONG : IM_OK;
}

static const struct command send_group_system_notification = {
    .operation = {.number = 142, .rate = RATE_STANDARD, .run = group_message_notify},
    .service = "group_open_http_svc",
    .name = "send_group_system_notification",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = notify_fields,
    .field_count = sizeof(notify_fields) / sizeof(notify_fields[0]),
    .request_bytes = sizeof(struct notify_fields),
    .decode = decode_notify,
    .reads = "the group, who of its members is online",
    .about = "A notice of the app to a group's members who are online: all, or up to 500 by name.",
};

const struct command *const commands_group_message[] = {&send_group_msg, &send_community_msg,
                                                        &send_group_system_notification, NULL};
