/* Groups of an account, read marks (server-api §3.6, websocket-behaviour §5). */
#include "command/group_item_info.h"
#include "command/services.h"
#include "core/group/joined_list.h"
#include "core/group/read.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- get_joined_group_list ---- */

struct list_fields {
    struct joined_list_req req; /* first: what the core reads */
    struct opt_u32 limit, offset, inactive, huge, topics;
    struct span type;
    struct json filter;
};

#define LIST_FIELD(n, t, m, member)                                                           \
    {                                                                                         \
        .name = (n), .type = (t), .offset = FIELD_AT(struct list_fields, member), .max = (m), \
        .bad = IM_ERR_GROUP_PARAM                                                             \
    }

static const struct field list_fields[] = {
    {"Member_Account", FIELD_ACCOUNT, FIELD_REQUIRED | FIELD_SELF,
     FIELD_AT(struct list_fields, req.account), 0, 0, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM,
     IM_OK},
    LIST_FIELD("Limit", FIELD_U32, JOINED_LIST_MAX, limit),
    LIST_FIELD("Offset", FIELD_U32, 0, offset),
    LIST_FIELD("GroupType", FIELD_STRING, 0, type),
    LIST_FIELD("ResponseFilter", FIELD_OBJECT, 0, filter),
    /* Rooms are in no list, whatever is said. */
    LIST_FIELD("WithHugeGroups", FIELD_U32, 0, huge),
    LIST_FIELD("WithNoActiveGroups", FIELD_U32, 0, inactive),
    LIST_FIELD("SupportTopic", FIELD_U32, 0, topics),
};

static enum im_err list_read(struct request *req)
{
    struct list_fields *f = req->body;
    uint8_t type = f->type.n ? group_type_find(f->type) : 0;

    if (f->type.n && !type)
        return IM_ERR_GROUP_PARAM;
    f->req.types = type ? 1u << type : UINT32_MAX;
    f->req.limit = f->limit.v ? f->limit.v : JOINED_LIST_MAX;
    f->req.offset = f->offset.v;
    f->req.with_inactive = f->inactive.v != 0;
    if (f->filter.type != JSON_OBJECT)
        return IM_OK;
    if (!group_base_filter_read(req, json_member(f->filter, "GroupBaseInfoFilter"), &f->req.base) ||
        !group_self_filter_read(req, json_member(f->filter, "SelfInfoFilter"), &f->req.self))
        return IM_ERR_GROUP_PARAM;
    /* The SDK's filter does not name the custom fields, but it shows them. */
    if (req->caller == CALLER_USER && f->req.base)
        f->req.base |= BASE_FIELDS;
    return IM_OK;
}

/* The SDK asks for Communities by the other command, and merges both lists. */
static enum im_err decode_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;
    enum im_err err = list_read(req);

    (void)body;
    if (!err && req->caller == CALLER_USER && !f->type.n)
        f->req.types &= ~(1u << GROUP_COMMUNITY);
    return err;
}

/* Communities; with SupportTopic those that have topics: none. */
static enum im_err decode_communities(struct request *req, struct json body)
{
    struct list_fields *f = req->body;
    enum im_err err = list_read(req);

    (void)body;
    f->req.types &= f->topics.v ? 0 : 1u << GROUP_COMMUNITY;
    return err;
}

static void encode_list(struct request *req, struct buf *into)
{
    const struct list_fields *f = req->body;
    const struct joined_list_result *result = req->result;

    BUF_LIT(into, ",\"TotalCount\":");
    buf_add_u64(into, result->total);
    BUF_LIT(into, ",\"GroupIdList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct joined_item *item = &result->items[i];

        buf_add_span(into, span_of(i ? ",{\"GroupId\":" : "{\"GroupId\":"));
        json_put_string(into, item->id);
        group_item_put_base(into, item, f->req.base);
        if (f->req.self)
            group_item_put_self(into, item, f->req.self);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

#define LIST_COMMAND(identifier, id, in, who, convert, sentence)                               \
    static const struct command identifier = {                                                 \
        .operation = {.number = (id), .rate = RATE_STANDARD, .run = joined_list},              \
        .service = (in),                                                                       \
        .name = "get_joined_group_list",                                                       \
        .callers = (who),                                                                      \
        .bad_json = IM_ERR_GROUP_JSON,                                                         \
        .not_admin = IM_ERR_ADMIN_REQUIRED,                                                    \
        .fields = list_fields,                                                                 \
        .field_count = COUNT_OF(list_fields),                                                  \
        .request_bytes = sizeof(struct list_fields),                                           \
        .decode = (convert),                                                                   \
        .encode = encode_list,                                                                 \
        .reads = "the account's groups, their owners; if asked what is unread, card and mute", \
        .about = (sentence),                                                                   \
    }

LIST_COMMAND(get_joined_group_list, 170, "group_open_http_svc", BY_ADMIN | BY_USER, decode_list,
             "Groups that an account has joined, the first joined first; a user gets Communities "
             "by the other service.");
LIST_COMMAND(get_joined_communities, 171, "million_group_open_http_svc", BY_USER,
             decode_communities, "Communities that the caller has joined.");

/* ---- read marks ---- */

struct read_fields {
    struct group_read_req req; /* first: what the core reads */
    struct opt_u32 seq;
};

static const struct field read_fields[] = {
    {"GroupId", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(struct read_fields, req.group), 0, 0,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
    {"MsgReadedSeq", FIELD_U32, FIELD_REQUIRED, FIELD_AT(struct read_fields, seq), 0, 0,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
};

static enum im_err decode_read(struct request *req, struct json body)
{
    struct read_fields *f = req->body;

    (void)body;
    f->req.read_seq = f->seq.v;
    return IM_OK;
}

#define READ_COMMAND(identifier, id, in)                                               \
    static const struct command identifier = {                                         \
        .operation = {.number = (id), .run = group_read_report},                       \
        .service = (in),                                                               \
        .name = "msg_read_report",                                                     \
        .callers = BY_USER,                                                            \
        .bad_json = IM_ERR_GROUP_JSON,                                                 \
        .fields = read_fields,                                                         \
        .field_count = COUNT_OF(read_fields),                                          \
        .request_bytes = sizeof(struct read_fields),                                   \
        .decode = decode_read,                                                         \
        .reads = "the group, the caller's side of it",                                 \
        .about = "Reports up to which message the caller has read a group; its other " \
                 "terminals hear it.",                                                 \
    }

READ_COMMAND(msg_read_report, 172, "group_open_http_svc");
READ_COMMAND(community_read_report, 173, "million_group_open_http_svc");

struct unread_fields {
    struct group_unread_req req; /* first: what the core reads */
    struct opt_u32 unread;
};

static const struct field unread_fields[] = {
    {"GroupId", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(struct unread_fields, req.group), 0, 0,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
    {"Member_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct unread_fields, req.account),
     0, 0, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
    {"UnreadMsgNum", FIELD_U32, FIELD_REQUIRED, FIELD_AT(struct unread_fields, unread), 0, 0,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
};

static enum im_err decode_unread(struct request *req, struct json body)
{
    struct unread_fields *f = req->body;

    (void)body;
    f->req.unread = f->unread.v;
    return IM_OK;
}

static const struct command set_unread_msg_num = {
    .operation = {.number = 174, .rate = RATE_STANDARD, .run = group_unread_set},
    .service = "group_open_http_svc",
    .name = "set_unread_msg_num",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = unread_fields,
    .field_count = COUNT_OF(unread_fields),
    .request_bytes = sizeof(struct unread_fields),
    .decode = decode_unread,
    .reads = "the group, the member's side of it, its newest pages",
    .about = "Sets how many messages of a group a member has not read, at most all that it sees.",
};

const struct command *const commands_group_list[] = {
    &get_joined_group_list, &get_joined_communities, &msg_read_report,
    &community_read_report, &set_unread_msg_num,     NULL};
