/* Groups of an account, read marks (server-api §3.6, websocket-behaviour §5). */
#include "command/group_fields.h"
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

struct filter_name {
    const char *name;
    uint32_t bit;
};

static const struct filter_name base_names[] = {
    {"Type", BASE_TYPE},
    {"Name", BASE_NAME},
    {"Introduction", BASE_INTRODUCTION},
    {"Notification", BASE_NOTIFICATION},
    {"FaceUrl", BASE_FACE},
    {"Owner_Account", BASE_OWNER},
    {"CreateTime", BASE_CREATE_TIME},
    {"InfoSeq", BASE_INFO_SEQ},
    {"LastInfoTime", BASE_LAST_INFO_TIME},
    {"LastMsgTime", BASE_LAST_MESSAGE_TIME},
    {"NextMsgSeq", BASE_NEXT_SEQ},
    {"MemberNum", BASE_MEMBERS},
    {"MaxMemberNum", BASE_MAX_MEMBERS},
    {"ApplyJoinOption", BASE_JOIN_OPTION},
    {"InviteJoinOption", BASE_INVITE_OPTION},
    {"ShutUpAllMember", BASE_MUTED_ALL},
    {"MuteAllMember", BASE_MUTED_ALL},
    {"LastRecallTime", BASE_RECALL_TIME},
    {"AppDefinedData", BASE_FIELDS},
};

static const struct filter_name self_names[] = {
    {"Role", SELF_ROLE},         {"JoinTime", SELF_JOIN_TIME},  {"MsgFlag", SELF_OPTION},
    {"MsgSeq", SELF_READ_SEQ},   {"UnreadMsgNum", SELF_UNREAD}, {"NameCard", SELF_CARD},
    {"ShutUpUntil", SELF_MUTED},
};

/* Names that mean nothing here are passed over: each SDK has some of its own. */
static bool filter_read(struct request *req, struct json list, const struct filter_name *names,
                        size_t count, uint32_t *ret_bits)
{
    struct json_iter it = json_iter(list);
    struct json item;
    struct span key, name;

    if (list.type == JSON_NONE)
        return true;
    if (list.type != JSON_ARRAY)
        return false;
    while (json_next(&it, &key, &item)) {
        if (!json_to_string(item, &req->arena, &name))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (span_is(name, names[i].name))
                *ret_bits |= names[i].bit;
        }
    }
    return true;
}

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
    if (!filter_read(req, json_member(f->filter, "GroupBaseInfoFilter"), base_names,
                     COUNT_OF(base_names), &f->req.base) ||
        !filter_read(req, json_member(f->filter, "SelfInfoFilter"), self_names,
                     COUNT_OF(self_names), &f->req.self))
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

static void put_text(struct buf *into, const char *member, struct span text)
{
    buf_add_span(into, span_of(member));
    json_put_string(into, text);
}

static void put_number(struct buf *into, const char *member, uint64_t number)
{
    buf_add_span(into, span_of(member));
    buf_add_u64(into, number);
}

static void put_name(struct buf *into, const char *member, const char *name)
{
    buf_add_span(into, span_of(member));
    buf_printf(into, "\"%s\"", name);
}

static void put_texts(struct buf *into, const struct joined_item *item, uint32_t base)
{
    if (base & BASE_TYPE)
        put_name(into, ",\"Type\":", group_type_name(item->info.type));
    if (base & BASE_NAME)
        put_text(into, ",\"Name\":", item->name);
    if (base & BASE_INTRODUCTION)
        put_text(into, ",\"Introduction\":", item->introduction);
    if (base & BASE_NOTIFICATION)
        put_text(into, ",\"Notification\":", item->notification);
    if (base & BASE_FACE)
        put_text(into, ",\"FaceUrl\":", item->face);
    if (base & BASE_OWNER)
        put_text(into, ",\"Owner_Account\":", item->owner);
    if (base & BASE_JOIN_OPTION)
        put_name(into, ",\"ApplyJoinOption\":", group_join_option_name(item->info.join_option));
    if (base & BASE_INVITE_OPTION)
        put_name(into, ",\"InviteJoinOption\":", group_join_option_name(item->info.invite_option));
}

static void put_numbers(struct buf *into, const struct joined_item *item, uint32_t base)
{
    const struct {
        uint32_t bit;
        const char *member;
        uint32_t value;
    } numbers[] = {
        {BASE_CREATE_TIME, ",\"CreateTime\":", item->info.created_s},
        {BASE_INFO_SEQ, ",\"InfoSeq\":", item->info.info_seq},
        {BASE_LAST_INFO_TIME, ",\"LastInfoTime\":", item->info.last_info_s},
        {BASE_LAST_MESSAGE_TIME, ",\"LastMsgTime\":", item->head.last_s},
        {BASE_NEXT_SEQ, ",\"NextMsgSeq\":", item->head.last_seq + 1},
        {BASE_MEMBERS, ",\"MemberNum\":", item->head.members},
        {BASE_MAX_MEMBERS, ",\"MaxMemberNum\":", item->max_members},
        {BASE_RECALL_TIME, ",\"LastRecallTime\":", item->head.recall_s},
    };

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (base & numbers[i].bit)
            put_number(into, numbers[i].member, numbers[i].value);
    }
    /* The list is read by one name, the information of one group by the other (§5). */
    if (base & BASE_MUTED_ALL) {
        const char *muted = item->info.flags & GROUP_MUTED_ALL ? "On" : "Off";

        put_name(into, ",\"ShutUpAllMember\":", muted);
        put_name(into, ",\"MuteAllMember\":", muted);
    }
}

static void put_fields(struct buf *into, const struct joined_item *item)
{
    BUF_LIT(into, ",\"AppDefinedData\":[");
    for (uint32_t i = 0; i < item->field_count; i++)
        group_field_put(into, item->fields[i].key, item->fields[i].value, i == 0);
    BUF_LIT(into, "]");
}

/* The first member of an object has no comma before it. */
static const char *member_of(const struct buf *into, const char *member)
{
    return into->n && into->p[into->n - 1] == '{' ? member + 1 : member;
}

static void put_self(struct buf *into, const struct joined_item *item, uint32_t self)
{
    BUF_LIT(into, ",\"SelfInfo\":{");
    if (self & SELF_ROLE)
        put_name(into, member_of(into, ",\"Role\":"), group_role_name(item->joined.role));
    if (self & SELF_JOIN_TIME)
        put_number(into, member_of(into, ",\"JoinTime\":"), item->joined.join_s);
    if (self & SELF_OPTION)
        put_name(into, member_of(into, ",\"MsgFlag\":"), group_option_name(item->joined.option));
    if (self & SELF_READ_SEQ)
        put_number(into, member_of(into, ",\"MsgSeq\":"),
                   joined_read_seq(&item->joined, &item->head));
    if (self & SELF_UNREAD)
        put_number(into, member_of(into, ",\"UnreadMsgNum\":"), item->unread);
    if (self & SELF_CARD)
        put_text(into, member_of(into, ",\"NameCard\":"), item->card);
    if (self & SELF_MUTED)
        put_number(into, member_of(into, ",\"ShutUpUntil\":"), item->muted_until_s);
    BUF_LIT(into, "}");
}

static void encode_list(struct request *req, struct buf *into)
{
    const struct list_fields *f = req->body;
    const struct joined_list_result *result = req->result;

    put_number(into, ",\"TotalCount\":", result->total);
    BUF_LIT(into, ",\"GroupIdList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct joined_item *item = &result->items[i];

        put_text(into, i ? ",{\"GroupId\":" : "{\"GroupId\":", item->id);
        put_texts(into, item, f->req.base);
        put_numbers(into, item, f->req.base);
        if (f->req.base & BASE_FIELDS)
            put_fields(into, item);
        if (f->req.self)
            put_self(into, item, f->req.self);
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
