/* Groups shown (server-api §3.6, websocket-behaviour §5). */
#include "command/group_item_info.h"
#include "command/member_item.h"
#include "command/services.h"
#include "core/group/info.h"

#define GROUPS "group_open_http_svc"
#define COMMUNITIES "million_group_open_http_svc"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define ALL_BASE ((uint32_t)(BASE_FIELDS << 1) - 1)
/* The unread count is of get_joined_group_list only: it reads pages. */
#define ALL_SELF                                                                         \
    (SELF_ROLE | SELF_JOIN_TIME | SELF_OPTION | SELF_READ_SEQ | SELF_CARD | SELF_MUTED | \
     SELF_FIELDS)
#define PUBLIC_BASE                                                                            \
    (BASE_TYPE | BASE_NAME | BASE_INTRODUCTION | BASE_NOTIFICATION | BASE_FACE | BASE_OWNER |  \
     BASE_CREATE_TIME | BASE_INFO_SEQ | BASE_LAST_INFO_TIME | BASE_LAST_MESSAGE_TIME |         \
     BASE_NEXT_SEQ | BASE_MEMBERS | BASE_MAX_MEMBERS | BASE_JOIN_OPTION | BASE_INVITE_OPTION | \
     BASE_MUTED_ALL | BASE_FIELDS)

/* ---- what is asked for ---- */

struct info_fields {
    struct group_info_req req; /* first: what the core reads */
    struct account_list ids;
    struct json filter;
};

static const struct field info_fields[] = {
    {"GroupIdList", FIELD_STRINGS, FIELD_REQUIRED, FIELD_AT(struct info_fields, ids), 0,
     GROUP_INFO_MAX, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM},
    {"ResponseFilter", FIELD_ANY, 0, FIELD_AT(struct info_fields, filter), 0, 0, IM_OK,
     IM_ERR_GROUP_PARAM, IM_OK},
};

static bool absent(struct json value)
{
    return value.type == JSON_NONE || value.type == JSON_NULL;
}

/* AppDefinedDataFilter_Group. */
static enum im_err decode_keys(struct request *req, struct info_fields *f)
{
    struct json list = json_member(f->filter, "AppDefinedDataFilter_Group");
    struct json_iter it = json_iter(list);
    struct json item;
    struct span unused;

    if (absent(list))
        return IM_OK;
    if (list.type != JSON_ARRAY)
        return IM_ERR_GROUP_PARAM;
    f->req.keys = ARENA_ARRAY(&req->arena, struct span, json_count(list) + 1);
    while (json_next(&it, &unused, &item)) {
        if (!json_to_string(item, &req->arena, &f->req.keys[f->req.key_count++]))
            return IM_ERR_GROUP_PARAM;
    }
    if (f->req.key_count)
        f->req.base |= BASE_FIELDS;
    return IM_OK;
}

/* GroupBaseInfoFilter or its like; an empty or absent one: `all`. */
static enum im_err decode_base(struct request *req, struct info_fields *f, const char *name,
                               uint32_t all)
{
    if (!group_base_filter_read(req, json_member(f->filter, name), &f->req.base))
        return IM_ERR_GROUP_PARAM;
    if (json_count(json_member(f->filter, name)) == 0)
        f->req.base = all;
    return decode_keys(req, f);
}

static enum im_err decode_common(struct info_fields *f, uint8_t kind)
{
    f->req.kind = kind;
    f->req.ids = f->ids.items;
    f->req.count = f->ids.count;
    if (absent(f->filter))
        f->filter = (struct json){.type = JSON_NONE};
    else if (f->filter.type != JSON_OBJECT)
        return IM_ERR_GROUP_PARAM;
    return IM_OK;
}

/* Without a filter everything; with one, members if it names something of them. */
static enum im_err decode_info(struct request *req, struct json body)
{
    struct info_fields *f = req->body;
    enum im_err err = decode_common(f, INFO_FULL);
    struct json parts, keys;

    (void)body;
    if (err)
        return err;
    parts = json_member(f->filter, "MemberInfoFilter");
    keys = json_member(f->filter, "AppDefinedDataFilter_GroupMember");
    f->req.with_members = absent(f->filter) || !absent(parts) || !absent(keys);
    err = member_filter_decode(req, parts, (struct json){.type = JSON_NONE}, keys, &f->req.members);
    return err ? err : decode_base(req, f, "GroupBaseInfoFilter", ALL_BASE);
}

static enum im_err decode_self(struct request *req, struct json body)
{
    struct info_fields *f = req->body;
    enum im_err err = decode_common(f, INFO_SELF);

    (void)body;
    /* What the client wants of itself it calls by other names in each version: it gets all. */
    f->req.self = ALL_SELF;
    f->req.base = ALL_BASE;
    return err ? err : decode_keys(req, f);
}

static enum im_err decode_public(struct request *req, struct json body)
{
    struct info_fields *f = req->body;
    enum im_err err = decode_common(f, INFO_PUBLIC);

    (void)body;
    return err ? err : decode_base(req, f, "GroupBasePublicInfoFilter", PUBLIC_BASE);
}

/* ---- replies ---- */

static void put_item(const struct info_fields *f, const struct group_info_item *item,
                     struct buf *into)
{
    BUF_LIT(into, "{\"GroupId\":");
    json_put_string(into, item->id);
    if (item->err) {
        buf_printf(into, ",\"ErrorCode\":%d,\"ErrorInfo\":", err_public(item->err));
        json_put_string(into, span_of(err_text(item->err)));
        BUF_LIT(into, "}");
        return;
    }
    BUF_LIT(into, ",\"ErrorCode\":0,\"ErrorInfo\":\"\"");
    group_item_put_base(into, &item->item, f->req.base);
    if (f->req.kind == INFO_SELF)
        group_item_put_self(into, &item->item, f->req.self);
    if (item->has_members) {
        BUF_LIT(into, ",");
        member_list_put(into, &item->members, f->req.members.parts);
    }
    BUF_LIT(into, "}");
}

static void encode_info(struct request *req, struct buf *into)
{
    const struct group_info_result *result = req->result;

    BUF_LIT(into, ",\"GroupInfo\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_item(req->body, &result->items[i], into);
    }
    BUF_LIT(into, "]");
}

/* ---- get_appid_group_list ---- */

struct list_fields {
    struct group_list_req req; /* first: what the core reads */
    struct opt_u32 limit, next;
    struct span type;
};

static const struct field list_fields[] = {
    {"Limit", FIELD_U32, 0, FIELD_AT(struct list_fields, limit), GROUP_LIST_MAX, 0, IM_OK,
     IM_ERR_GROUP_PARAM, IM_OK},
    {"Next", FIELD_U32, 0, FIELD_AT(struct list_fields, next), 0, 0, IM_OK, IM_ERR_GROUP_PARAM,
     IM_OK},
    {"GroupType", FIELD_STRING, 0, FIELD_AT(struct list_fields, type), 0, 0, IM_OK,
     IM_ERR_GROUP_PARAM, IM_OK},
};

static enum im_err decode_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;

    (void)body;
    f->req.type = f->type.n ? group_type_find(f->type) : 0;
    if (f->type.n && !f->req.type)
        return IM_ERR_GROUP_PARAM;
    f->req.limit = f->limit.v ? f->limit.v : GROUP_LIST_MAX;
    f->req.next = f->next.v;
    return IM_OK;
}

static void encode_list(struct request *req, struct buf *into)
{
    const struct group_list_result *result = req->result;

    BUF_LIT(into, ",\"TotalCount\":");
    buf_add_u64(into, result->total);
    buf_printf(into, ",\"Next\":%u,\"GroupIdList\":[", result->next);
    for (uint32_t i = 0; i < result->count; i++) {
        buf_add_span(into, i ? SPAN_LIT(",{\"GroupId\":") : SPAN_LIT("{\"GroupId\":"));
        json_put_string(into, result->ids[i]);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

/* ---- rows: Communities come by a service of their own ---- */

#define INFO(variable, id, in, called, who, convert, sentence)                           \
    static const struct command variable = {                                             \
        .operation = {.number = (id), .rate = RATE_STANDARD, .run = group_info},         \
        .service = (in),                                                                 \
        .name = (called),                                                                \
        .callers = (who),                                                                \
        .bad_json = IM_ERR_GROUP_JSON,                                                   \
        .not_admin = IM_ERR_ADMIN_REQUIRED,                                              \
        .fields = info_fields,                                                           \
        .field_count = COUNT_OF(info_fields),                                            \
        .request_bytes = sizeof(struct info_fields),                                     \
        .decode = (convert),                                                             \
        .encode = encode_info,                                                           \
        .reads = "the groups, their owners, custom fields and members, where asked for", \
        .about = (sentence),                                                             \
    }

INFO(get_group_info, 106, GROUPS, "get_group_info", BY_ADMIN | BY_USER, decode_info,
     "Groups with their members; a user sees those in which it is.");
INFO(get_community_info, 107, COMMUNITIES, "get_group_info", BY_USER, decode_info,
     "Communities in which the caller is, with their members.");
INFO(get_self_info, 108, GROUPS, "get_group_self_member_info", BY_USER, decode_self,
     "Groups and what the caller is in each.");
INFO(get_community_self_info, 109, COMMUNITIES, "get_group_self_member_info", BY_USER, decode_self,
     "Communities and what the caller is in each.");
INFO(get_public_info, 110, GROUPS, "get_group_public_info", BY_USER, decode_public,
     "What anybody may know of groups; of Private ones their members only.");
INFO(get_community_public_info, 111, COMMUNITIES, "get_group_public_info", BY_USER, decode_public,
     "What anybody may know of Communities.");

static const struct command get_appid_group_list = {
    .operation = {.number = 112, .rate = RATE_STANDARD, .run = group_list},
    .service = GROUPS,
    .name = "get_appid_group_list",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = list_fields,
    .field_count = COUNT_OF(list_fields),
    .request_bytes = sizeof(struct list_fields),
    .decode = decode_list,
    .encode = encode_list,
    .reads = "the app's groups",
    .about = "The ids of all groups of the app in the order in which they were made, paged.",
};

const struct command *const commands_group_info[] = {
    &get_group_info,  &get_community_info,        &get_self_info,        &get_community_self_info,
    &get_public_info, &get_community_public_info, &get_appid_group_list, NULL,
};
