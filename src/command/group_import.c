/* Groups moved from elsewhere (server-api §3.6). */
#include "command/message_body.h"
#include "command/services.h"
#include "core/group/import.h"
#include "core/group/message.h"

#define GROUP_ID(type)                                                            \
    {                                                                             \
        "GroupId", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(type, req.group), 0, 0, \
            IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK                         \
    }
#define LIST(name, type)                                                                 \
    {                                                                                    \
        name, FIELD_ANY, FIELD_REQUIRED, FIELD_AT(type, list), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                    \
    }

static enum im_err list_check(struct json list, uint32_t max)
{
    if (list.type != JSON_ARRAY || !json_count(list))
        return IM_ERR_GROUP_PARAM;
    return json_count(list) > max ? IM_ERR_GROUP_TOO_MANY_ACCOUNTS : IM_OK;
}

static enum im_err account_name_get(struct json value, struct request *req, struct span *ret)
{
    return json_to_string(value, &req->arena, ret) && ret->n && ret->n <= 32 ? IM_OK
                                                                             : IM_ERR_GROUP_PARAM;
}

/* ---- messages ---- */

struct messages_fields {
    struct import_messages_req req; /* first: what the core reads */
    struct json list;
};

static const struct field messages_fields[] = {GROUP_ID(struct messages_fields),
                                               LIST("MsgList", struct messages_fields)};

/* What is wrong with one message's content is its own result, not that of the call. */
static enum im_err decode_message(struct request *req, struct json item,
                                  struct import_message *message)
{
    struct json body = json_member(item, "MsgBody"), cloud = json_option(item, "CloudCustomData");
    struct json random = json_option(item, "Random");

    if (account_name_get(json_member(item, "From_Account"), req, &message->from) ||
        !json_to_u32(json_member(item, "SendTime"), &message->time) || body.type == JSON_NONE)
        return IM_ERR_GROUP_PARAM;
    message->has_random = random.type != JSON_NONE;
    if (message->has_random && !json_to_u32(random, &message->random))
        return IM_ERR_GROUP_PARAM;
    if (cloud.type == JSON_STRING && cloud.text.n > 2)
        message->cloud = cloud.text;
    message->body = body.text;
    if (message_body_check(body))
        message->err = IM_ERR_GROUP_PARAM;
    else if (message->body.n + message->cloud.n > GROUP_MESSAGE_MAX_BYTES)
        message->err = IM_ERR_GROUP_MESSAGE_TOO_LONG;
    return IM_OK;
}

static enum im_err decode_messages(struct request *req, struct json body)
{
    struct messages_fields *f = req->body;
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;
    enum im_err err = list_check(f->list, IMPORT_MAX_MESSAGES);

    (void)body;
    if (err)
        return err;
    f->req.items = ARENA_ARRAY(&req->arena, struct import_message, json_count(f->list));
    while (!err && json_next(&it, &key, &item))
        err = decode_message(req, item, &f->req.items[f->req.count++]);
    return err;
}

static void encode_messages(struct request *req, struct buf *into)
{
    const struct import_messages_result *result = req->result;

    BUF_LIT(into, ",\"ImportMsgResult\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct import_outcome *outcome = &result->items[i];

        buf_printf(into, "%s{\"Result\":%d,\"MsgSeq\":%u,\"MsgTime\":%u}", i ? "," : "",
                   err_public(outcome->err), outcome->seq, outcome->time);
    }
    BUF_LIT(into, "]");
}

static const struct command import_group_msg = {
    .operation = {.number = 241, .rate = RATE_STANDARD, .run = group_import_messages},
    .service = "group_open_http_svc",
    .name = "import_group_msg",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_GROUP_RIGHT,
    .fields = messages_fields,
    .field_count = sizeof(messages_fields) / sizeof(messages_fields[0]),
    .request_bytes = sizeof(struct messages_fields),
    .decode = decode_messages,
    .encode = encode_messages,
    .reads = "the group, its last page, the senders; up to 1,024 messages back if a time repeats",
    .about = "Appends up to 20 messages of an older system, each with its own time.",
};

/* ---- members ---- */

struct members_fields {
    struct import_members_req req; /* first: what the core reads */
    struct json list;
};

static const struct field members_fields[] = {GROUP_ID(struct members_fields),
                                              LIST("MemberList", struct members_fields)};

static enum im_err decode_member(struct request *req, struct json item,
                                 struct import_member *member)
{
    struct json role = json_option(item, "Role"), join = json_option(item, "JoinTime");
    struct json unread = json_option(item, "UnreadMsgNum");
    struct span name;

    if (account_name_get(json_member(item, "Member_Account"), req, &member->name) ||
        (join.type != JSON_NONE && !json_to_u32(join, &member->join_s)) ||
        (unread.type != JSON_NONE && !json_to_u32(unread, &member->unread)))
        return IM_ERR_GROUP_PARAM;
    if (role.type == JSON_NONE)
        return IM_OK;
    if (!json_to_string(role, &req->arena, &name) ||
        (name.n && !span_is(name, "Admin") && !span_is(name, "Member")))
        return IM_ERR_GROUP_PARAM;
    member->admin = span_is(name, "Admin");
    return IM_OK;
}

static enum im_err decode_members(struct request *req, struct json body)
{
    struct members_fields *f = req->body;
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;
    enum im_err err = list_check(f->list, IMPORT_MAX_MEMBERS);

    (void)body;
    if (err)
        return err;
    f->req.items = ARENA_ARRAY(&req->arena, struct import_member, json_count(f->list));
    while (!err && json_next(&it, &key, &item))
        err = decode_member(req, item, &f->req.items[f->req.count++]);
    return err;
}

static void encode_members(struct request *req, struct buf *into)
{
    const struct import_members_req *ask = req->body;
    const struct import_members_result *result = req->result;

    BUF_LIT(into, ",\"MemberList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        BUF_LIT(into, "{\"Member_Account\":");
        json_put_string(into, ask->items[i].name);
        buf_printf(into, ",\"Result\":%u}%s", result->results[i], i + 1 < result->count ? "," : "");
    }
    BUF_LIT(into, "]");
}

static const struct command import_group_member = {
    .operation = {.number = 242, .rate = RATE_STANDARD, .run = group_import_members},
    .service = "group_open_http_svc",
    .name = "import_group_member",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_GROUP_RIGHT,
    .fields = members_fields,
    .field_count = sizeof(members_fields) / sizeof(members_fields[0]),
    .request_bytes = sizeof(struct members_fields),
    .decode = decode_members,
    .encode = encode_members,
    .reads = "the group, the accounts, their memberships",
    .about = "Makes up to 500 accounts members, with their time of joining and unread count.",
};

const struct command *const commands_group_import[] = {&import_group_msg, &import_group_member,
                                                       NULL};
