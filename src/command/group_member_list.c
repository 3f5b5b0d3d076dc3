/* Members of groups shown (server-api §3.6, websocket-behaviour §5). The SDK sends what is about a
   Community to a service of its own, so what it may send has two rows. */
#include "command/member_item.h"
#include "command/services.h"
#include "core/group/change.h"

#define GROUPS "group_open_http_svc"
#define COMMUNITIES "million_group_open_http_svc"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define FIELD_OF(name_, type_, flags_, struct_, member_, max_)                                     \
    {                                                                                              \
        .name = (name_), .type = (type_), .flags = (flags_), .offset = FIELD_AT(struct_, member_), \
        .max = (max_), .missing = IM_ERR_GROUP_PARAM, .bad = IM_ERR_GROUP_PARAM                    \
    }
#define ACCOUNTS_OF(name_, struct_, member_)                               \
    {                                                                      \
        .name = (name_), .type = FIELD_ACCOUNTS, .flags = FIELD_REQUIRED,  \
        .offset = FIELD_AT(struct_, member_), .max_count = MEMBERS_A_CALL, \
        .missing = IM_ERR_GROUP_PARAM, .bad = IM_ERR_GROUP_PARAM,          \
        .too_many = IM_ERR_GROUP_TOO_MANY_ACCOUNTS                         \
    }

/* ---- filters and items ---- */

static const struct {
    const char *name;
    uint32_t bit;
} part_names[] = {
    {"Role", PART_ROLE},
    {"JoinTime", PART_JOIN_TIME},
    {"MsgSeq", PART_READ_SEQ},
    {"MsgFlag", PART_OPTION},
    {"LastSendMsgTime", PART_LAST_SEND},
    {"ShutUpUntil", PART_MUTED},
    {"MuteUntil", PART_MUTED},
    {"NameCard", PART_CARD},
    {"AppMemberDefinedData", PART_FIELDS},
};

/* Names that mean nothing here are passed over: each SDK has some of its own. */
static enum im_err strings_get(struct request *req, struct json array, struct span **ret_items,
                               uint32_t *ret_count)
{
    struct json_iter it = json_iter(array);
    struct span key, *items;
    struct json item;
    uint32_t count = 0;

    if (array.type == JSON_NONE || array.type == JSON_NULL)
        return IM_OK;
    if (array.type != JSON_ARRAY)
        return IM_ERR_GROUP_PARAM;
    items = ARENA_ARRAY(&req->arena, struct span, json_count(array) + 1);
    while (json_next(&it, &key, &item)) {
        if (!json_to_string(item, &req->arena, &items[count++]))
            return IM_ERR_GROUP_PARAM;
    }
    *ret_items = items;
    *ret_count = count;
    return IM_OK;
}

static uint32_t parts_of(const struct span *names, uint32_t count)
{
    uint32_t parts = 0;

    for (uint32_t i = 0; i < count; i++) {
        for (size_t j = 0; j < COUNT_OF(part_names); j++)
            parts |= span_is(names[i], part_names[j].name) ? part_names[j].bit : 0;
    }
    return parts;
}

static bool role_of(struct span name, uint32_t *ret_roles)
{
    for (uint8_t role = ROLE_MEMBER; role <= ROLE_OWNER; role++) {
        if (span_is(name, group_role_name(role))) {
            *ret_roles |= 1u << role;
            return true;
        }
    }
    return false;
}

enum im_err member_filter_decode(struct request *req, struct json info, struct json roles,
                                 struct json keys, struct member_filter *ret)
{
    struct member_filter filter = {.parts = MEMBER_PARTS_ALL};
    struct span *names = NULL;
    uint32_t count = 0;
    enum im_err err = strings_get(req, info, &names, &count);

    if (!err && count)
        filter.parts = parts_of(names, count);
    count = 0;
    if (!err)
        err = strings_get(req, roles, &names, &count);
    for (uint32_t i = 0; !err && i < count; i++) {
        if (!role_of(names[i], &filter.roles))
            err = IM_ERR_GROUP_PARAM;
    }
    if (!err)
        err = strings_get(req, keys, &filter.keys, &filter.key_count);
    if (err)
        return err;
    if (filter.key_count) {
        filter.parts |= PART_FIELDS;
        filter.some_keys = true;
    }
    *ret = filter;
    return IM_OK;
}

static void put_fields(struct buf *into, struct span fields)
{
    struct span key, value;
    const char *before = "{\"Key\":";

    BUF_LIT(into, ",\"AppMemberDefinedData\":[");
    while (member_field_next(&fields, &key, &value)) {
        buf_add_span(into, span_of(before));
        json_put_string(into, key);
        BUF_LIT(into, ",\"Value\":");
        json_put_string(into, value);
        BUF_LIT(into, "}");
        before = ",{\"Key\":";
    }
    BUF_LIT(into, "]");
}

static void put_item(struct buf *into, const struct member_item *item, uint32_t parts)
{
    BUF_LIT(into, "{\"Member_Account\":");
    json_put_string(into, item->name);
    if (parts & PART_ROLE)
        buf_printf(into, ",\"Role\":\"%s\"", group_role_name(item->role));
    if (parts & PART_JOIN_TIME)
        buf_printf(into, ",\"JoinTime\":%u", item->join_s);
    if (parts & PART_READ_SEQ)
        buf_printf(into, ",\"MsgSeq\":%u", item->read_seq);
    if (parts & PART_OPTION)
        buf_printf(into, ",\"MsgFlag\":\"%s\"", group_option_name(item->option));
    if (parts & PART_LAST_SEND)
        buf_printf(into, ",\"LastSendMsgTime\":%u", item->last_send_s);
    if (parts & PART_MUTED)
        buf_printf(into, ",\"ShutUpUntil\":%u", item->muted_until_s);
    if (parts & PART_CARD) {
        BUF_LIT(into, ",\"NameCard\":");
        json_put_string(into, item->card);
    }
    if (parts & PART_FIELDS)
        put_fields(into, item->fields);
    BUF_LIT(into, "}");
}

void member_list_put(struct buf *into, const struct member_list *list, uint32_t parts)
{
    BUF_LIT(into, "\"MemberList\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_item(into, &list->items[i], parts);
    }
    BUF_LIT(into, "]");
}

/* ---- get_group_member_info ---- */

struct list_fields {
    struct member_list_req req; /* first: what the core reads */
    struct json info, roles, keys, next;
    struct opt_u32 limit, offset;
};

static const struct field list_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct list_fields, req.group, 0),
    FIELD_OF("MemberInfoFilter", FIELD_ANY, 0, struct list_fields, info, 0),
    FIELD_OF("MemberRoleFilter", FIELD_ANY, 0, struct list_fields, roles, 0),
    FIELD_OF("AppDefinedDataFilter_GroupMember", FIELD_ANY, 0, struct list_fields, keys, 0),
    FIELD_OF("Limit", FIELD_U32, 0, struct list_fields, limit, MEMBER_LIST_MAX),
    FIELD_OF("Offset", FIELD_U32, 0, struct list_fields, offset, 0),
    FIELD_OF("Next", FIELD_ANY, 0, struct list_fields, next, 0),
};

/* Next: join time and account number of the last member seen. */
static bool next_parse(struct span text, struct member_page *page)
{
    const char *mark = memchr(text.p, '_', text.n);
    uint64_t join_s, account;

    if (!mark || !span_to_u64(span_make(text.p, (size_t)(mark - text.p)), &join_s) ||
        !span_to_u64(span_make(mark + 1, (size_t)(text.p + text.n - mark - 1)), &account) ||
        join_s > UINT32_MAX || account > UINT32_MAX)
        return false;
    page->after_s = (uint32_t)join_s;
    page->after.v = (uint32_t)account;
    return true;
}

static enum im_err decode_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;
    struct span next = {NULL, 0};

    (void)body;
    f->req.page.limit = f->limit.v ? f->limit.v : MEMBER_LIST_MAX;
    f->req.page.offset = f->offset.v;
    /* The SDK also sends a number, which says nothing. */
    if (f->next.type == JSON_STRING && json_to_string(f->next, &req->arena, &next) && next.n) {
        if (!next_parse(next, &f->req.page))
            return IM_ERR_GROUP_PARAM;
        f->req.page.offset = 0;
    }
    return member_filter_decode(req, f->info, f->roles, f->keys, &f->req.filter);
}

static void encode_list(struct request *req, struct buf *into)
{
    const struct list_fields *f = req->body;
    const struct member_list_result *result = req->result;
    const struct member_list *list = &result->list;

    buf_printf(into, ",\"MemberNum\":%u,", list->total);
    member_list_put(into, list, result->parts);
    /* Communities are paged by Next, others by Offset. */
    if (list->more && list->count &&
        (result->group_type == GROUP_COMMUNITY || f->req.page.after.v)) {
        const struct member_item *last = &list->items[list->count - 1];

        buf_printf(into, ",\"Next\":\"%u_%u\"", last->join_s, last->account.v);
    } else {
        BUF_LIT(into, ",\"Next\":\"\"");
    }
}

#define MEMBER_INFO(number_, service_, callers_)                                                  \
    {                                                                                             \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_member_list},      \
        .service = (service_), .name = "get_group_member_info", .callers = (callers_),            \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = list_fields, \
        .field_count = COUNT_OF(list_fields), .request_bytes = sizeof(struct list_fields),        \
        .decode = decode_list, .encode = encode_list,                                             \
        .reads = "the group's members, what is asked for of each",                                \
        .about = "Members of a group, the first joined first: of a live room at most 300, of "    \
                 "a broadcast room none.",                                                        \
    }

static const struct command member_info = MEMBER_INFO(120, GROUPS, BY_ADMIN | BY_USER);
static const struct command community_member_info = MEMBER_INFO(121, COMMUNITIES, BY_USER);

/* ---- get_specified_group_member_info ---- */

struct pick_fields {
    struct member_pick_req req; /* first: what the core reads */
    struct account_list accounts;
    struct json info, keys;
};

static const struct field pick_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct pick_fields, req.group, 0),
    ACCOUNTS_OF("Member_List_Account", struct pick_fields, accounts),
    FIELD_OF("MemberInfoFilter", FIELD_ANY, 0, struct pick_fields, info, 0),
    FIELD_OF("AppDefinedDataFilter_GroupMember", FIELD_ANY, 0, struct pick_fields, keys, 0),
};

static enum im_err decode_pick(struct request *req, struct json body)
{
    struct pick_fields *f = req->body;
    const struct json none = {.type = JSON_NONE};

    (void)body;
    f->req.accounts = f->accounts.items;
    f->req.count = f->accounts.count;
    return member_filter_decode(req, f->info, none, f->keys, &f->req.filter);
}

static void encode_pick(struct request *req, struct buf *into)
{
    const struct member_list_result *result = req->result;

    BUF_LIT(into, ",");
    member_list_put(into, &result->list, result->parts);
}

#define MEMBER_PICK(number_, service_, callers_)                                                  \
    {                                                                                             \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_member_pick},      \
        .service = (service_), .name = "get_specified_group_member_info", .callers = (callers_),  \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = pick_fields, \
        .field_count = COUNT_OF(pick_fields), .request_bytes = sizeof(struct pick_fields),        \
        .decode = decode_pick, .encode = encode_pick,                                             \
        .reads = "the group, what is asked for of each of these members",                         \
        .about = "Those of the accounts that are members of the group.",                          \
    }

static const struct command member_pick = MEMBER_PICK(122, GROUPS, BY_ADMIN | BY_USER);
static const struct command community_member_pick = MEMBER_PICK(123, COMMUNITIES, BY_USER);

/* ---- get_role_in_group ---- */

struct role_fields {
    struct member_roles_req req; /* first: what the core reads */
    struct account_list accounts;
};

static const struct field role_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct role_fields, req.group, 0),
    ACCOUNTS_OF("User_Account", struct role_fields, accounts),
};

static enum im_err decode_roles(struct request *req, struct json body)
{
    struct role_fields *f = req->body;

    (void)body;
    f->req.accounts = f->accounts.items;
    f->req.count = f->accounts.count;
    return IM_OK;
}

static void encode_roles(struct request *req, struct buf *into)
{
    const struct role_fields *f = req->body;
    const struct member_roles_result *result = req->result;

    BUF_LIT(into, ",\"UserIdList\":[");
    for (uint32_t i = 0; i < f->req.count; i++) {
        buf_add_span(into, span_of(i ? ",{\"Member_Account\":" : "{\"Member_Account\":"));
        json_put_string(into, f->req.accounts[i]);
        buf_printf(into, ",\"Role\":\"%s\"}", group_role_name(result->roles[i]));
    }
    BUF_LIT(into, "]");
}

static const struct command get_role = {
    .operation = {.number = 124, .rate = RATE_STANDARD, .run = group_member_roles},
    .service = GROUPS,
    .name = "get_role_in_group",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = role_fields,
    .field_count = COUNT_OF(role_fields),
    .request_bytes = sizeof(struct role_fields),
    .decode = decode_roles,
    .encode = encode_roles,
    .reads = "the group, these accounts' member rows",
    .about = "What these accounts are in the group: owner, admin, member, or none of it.",
};

/* ---- the muted ---- */

static const struct field muted_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct member_muted_req, group, 0),
};

static void put_muted(struct request *req, struct buf *into, const char *list, const char *until)
{
    const struct member_muted_result *result = req->result;

    buf_printf(into, ",\"GroupId\":");
    json_put_string(into, ((const struct member_muted_req *)req->body)->group);
    buf_printf(into, ",\"%s\":[", list);
    for (uint32_t i = 0; i < result->count; i++) {
        buf_add_span(into, span_of(i ? ",{\"Member_Account\":" : "{\"Member_Account\":"));
        json_put_string(into, result->items[i].name);
        buf_printf(into, ",\"%s\":%u}", until, result->items[i].until_s);
    }
    BUF_LIT(into, "]");
}

static void encode_shutted(struct request *req, struct buf *into)
{
    put_muted(req, into, "ShuttedUinList", "ShuttedUntil");
}

static void encode_muted(struct request *req, struct buf *into)
{
    put_muted(req, into, "MutedAccountList", "MutedUntil");
}

#define MUTED(number_, name_, encode_)                                                           \
    {                                                                                            \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_member_muted},    \
        .service = GROUPS, .name = (name_), .callers = BY_ADMIN, .bad_json = IM_ERR_GROUP_JSON,  \
        .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = muted_fields,                              \
        .field_count = COUNT_OF(muted_fields), .request_bytes = sizeof(struct member_muted_req), \
        .encode = (encode_), .reads = "the group's mutes",                                       \
        .about = "Who is muted in the group, and until when.",                                   \
    }

static const struct command get_shutted = MUTED(125, "get_group_shutted_uin", encode_shutted);
static const struct command get_muted = MUTED(126, "get_group_muted_account", encode_muted);

const struct command *const commands_group_member_list[] = {
    &member_info, &community_member_info, &member_pick, &community_member_pick,
    &get_role,    &get_shutted,           &get_muted,   NULL};
