/* Members of groups added, removed and changed (server-api §3.6, websocket-behaviour §5). The SDK
   sends what is about a Community to a service of its own, so what it may send has two rows. */
#include "command/services.h"
#include "core/group/change.h"

#define GROUPS "group_open_http_svc"
#define COMMUNITIES "million_group_open_http_svc"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define REASON_MAX 300
#define FIELDS_A_CALL 64

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

/* ---- add_group_member ---- */

struct add_fields {
    struct member_add_req req; /* first: what the core reads */
    struct json members;
    struct opt_u32 silence;
};

static const struct field add_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct add_fields, req.group, 0),
    {.name = "MemberList",
     .type = FIELD_ARRAY,
     .flags = FIELD_REQUIRED,
     .offset = FIELD_AT(struct add_fields, members),
     .missing = IM_ERR_GROUP_PARAM,
     .bad = IM_ERR_GROUP_PARAM},
    FIELD_OF("Silence", FIELD_U32, 0, struct add_fields, silence, 1),
};

static enum im_err decode_add(struct request *req, struct json body)
{
    struct add_fields *f = req->body;
    struct json_iter it = json_iter(f->members);
    size_t count = json_count(f->members);
    struct json member;
    struct span key;

    (void)body;
    if (!count)
        return IM_ERR_GROUP_PARAM;
    if (count > MEMBERS_A_CALL)
        return IM_ERR_GROUP_TOO_MANY_ACCOUNTS;
    f->req.accounts = ARENA_ARRAY(&req->arena, struct span, count);
    f->req.silent = f->silence.v == 1;
    while (json_next(&it, &key, &member)) {
        struct span *account = &f->req.accounts[f->req.count++];

        if (!json_to_string(json_member(member, "Member_Account"), &req->arena, account) ||
            !account->n || account->n > 32)
            return IM_ERR_GROUP_PARAM;
    }
    return IM_OK;
}

static void encode_add(struct request *req, struct buf *into)
{
    const struct add_fields *f = req->body;
    const struct member_add_result *result = req->result;

    BUF_LIT(into, ",\"MemberList\":[");
    for (uint32_t i = 0; i < f->req.count; i++) {
        buf_add_span(into, span_of(i ? ",{\"Member_Account\":" : "{\"Member_Account\":"));
        json_put_string(into, f->req.accounts[i]);
        buf_printf(into, ",\"Result\":%u}", result->results[i]);
    }
    BUF_LIT(into, "]");
    if (!result->over_limit_count)
        return;
    BUF_LIT(into, ",\"OverJoinedGroupLimit_Account\":[");
    for (uint32_t i = 0; i < result->over_limit_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        json_put_string(into, result->over_limit[i]);
    }
    BUF_LIT(into, "]");
}

#define ADD(number_, service_, callers_)                                                         \
    {                                                                                            \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_member_add},      \
        .service = (service_), .name = "add_group_member", .callers = (callers_),                \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = add_fields, \
        .field_count = COUNT_OF(add_fields), .request_bytes = sizeof(struct add_fields),         \
        .decode = decode_add, .encode = encode_add,                                              \
        .reads = "the group, the groups and notices of these accounts", .counts = "joins",       \
        .about = "Brings accounts into a group, or asks its owner and admins whether they "      \
                 "may come.",                                                                    \
    }

static const struct command add_member = ADD(127, GROUPS, BY_ADMIN | BY_USER);
static const struct command add_community_member = ADD(128, COMMUNITIES, BY_USER);

/* ---- delete_group_member ---- */

struct kick_fields {
    struct member_kick_req req; /* first: what the core reads */
    struct account_list accounts;
    struct opt_u32 silence;
};

static const struct field kick_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct kick_fields, req.group, 0),
    ACCOUNTS_OF("MemberToDel_Account", struct kick_fields, accounts),
    FIELD_OF("Silence", FIELD_U32, 0, struct kick_fields, silence, 1),
    FIELD_OF("Reason", FIELD_STRING, 0, struct kick_fields, req.reason, REASON_MAX),
};

static enum im_err decode_kick(struct request *req, struct json body)
{
    struct kick_fields *f = req->body;

    (void)body;
    f->req.accounts = f->accounts.items;
    f->req.count = f->accounts.count;
    f->req.silent = f->silence.v == 1;
    return IM_OK;
}

#define KICK(number_, service_, callers_)                                                         \
    {                                                                                             \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_member_kick},      \
        .service = (service_), .name = "delete_group_member", .callers = (callers_),              \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = kick_fields, \
        .field_count = COUNT_OF(kick_fields), .request_bytes = sizeof(struct kick_fields),        \
        .decode = decode_kick,                                                                    \
        .reads = "the group, its online members, the notices of these accounts",                  \
        .counts = "quits", .about = "Removes members from a group; never its owner.",             \
    }

static const struct command kick_member = KICK(129, GROUPS, BY_ADMIN | BY_USER);
static const struct command kick_community_member = KICK(130, COMMUNITIES, BY_USER);

/* ---- modify_group_member_info ---- */

struct modify_fields {
    struct member_modify_req req; /* first: what the core reads */
    struct span role, option;
    struct json card, fields;
    struct opt_u32 mute, mute_later; /* ShutUpTime, and its later name */
};

static const struct field modify_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct modify_fields, req.group, 0),
    FIELD_OF("Member_Account", FIELD_ACCOUNT, FIELD_REQUIRED, struct modify_fields, req.account, 0),
    FIELD_OF("Role", FIELD_STRING, 0, struct modify_fields, role, 0),
    FIELD_OF("MsgFlag", FIELD_STRING, 0, struct modify_fields, option, 0),
    FIELD_OF("NameCard", FIELD_ANY, 0, struct modify_fields, card, 0),
    FIELD_OF("AppMemberDefinedData", FIELD_ARRAY, 0, struct modify_fields, fields, FIELDS_A_CALL),
    FIELD_OF("ShutUpTime", FIELD_U32, 0, struct modify_fields, mute, 0),
    FIELD_OF("MuteTime", FIELD_U32, 0, struct modify_fields, mute_later, 0),
};

static bool fields_get(struct request *req, struct json array, struct member_modify_req *ask)
{
    struct json_iter it = json_iter(array);
    struct json field, value;
    struct span key;

    ask->fields = ARENA_ARRAY(&req->arena, struct field_value, json_count(array) + 1);
    while (json_next(&it, &key, &field)) {
        struct field_value *into = &ask->fields[ask->field_count++];

        value = json_option(field, "Value");
        if (!json_to_string(json_member(field, "Key"), &req->arena, &into->key) ||
            (value.type != JSON_NONE && !json_to_string(value, &req->arena, &into->value)))
            return false;
    }
    ask->mask |= MEMBER_FIELDS;
    return true;
}

static bool role_get(struct span name, struct member_modify_req *ask)
{
    ask->role = span_is(name, group_role_name(ROLE_ADMIN)) ? ROLE_ADMIN : ROLE_MEMBER;
    ask->mask |= MEMBER_ROLE;
    return span_is(name, group_role_name(ask->role));
}

static bool option_get(struct span name, struct member_modify_req *ask)
{
    ask->mask |= MEMBER_OPTION;
    return group_option_find(name, &ask->option);
}

static bool card_get(struct request *req, struct json card, struct member_modify_req *ask)
{
    ask->mask |= MEMBER_CARD;
    return json_to_string(card, &req->arena, &ask->card) && ask->card.n <= GROUP_CARD_MAX;
}

static enum im_err decode_modify(struct request *req, struct json body)
{
    struct modify_fields *f = req->body;
    struct opt_u32 mute = f->mute.set ? f->mute : f->mute_later;

    (void)body;
    f->req.has_mute = mute.set;
    f->req.mute_s = mute.v;
    if ((f->role.n && !role_get(f->role, &f->req)) ||
        (f->option.n && !option_get(f->option, &f->req)) ||
        (f->card.type != JSON_NONE && !card_get(req, f->card, &f->req)) ||
        (f->fields.type != JSON_NONE && !fields_get(req, f->fields, &f->req)))
        return IM_ERR_GROUP_PARAM;
    return IM_OK;
}

#define MODIFY(number_, service_, callers_)                                                    \
    {                                                                                          \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_member_modify}, \
        .service = (service_), .name = "modify_group_member_info", .callers = (callers_),      \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_ADMIN_REQUIRED,                     \
        .fields = modify_fields, .field_count = COUNT_OF(modify_fields),                       \
        .request_bytes = sizeof(struct modify_fields), .decode = decode_modify,                \
        .reads = "the group, the member, the app's custom fields",                             \
        .about = "Changes a member's role, card, message option, custom fields or mute; "      \
                 "members may change their own card, option and fields.",                      \
    }

static const struct command modify_member = MODIFY(131, GROUPS, BY_ADMIN | BY_USER);
static const struct command modify_community_member = MODIFY(132, COMMUNITIES, BY_USER);

/* ---- forbid_send_msg ---- */

struct mute_fields {
    struct member_mute_req req; /* first: what the core reads */
    struct account_list accounts;
    struct opt_u32 mute, mute_later;
};

static const struct field mute_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct mute_fields, req.group, 0),
    ACCOUNTS_OF("Members_Account", struct mute_fields, accounts),
    FIELD_OF("ShutUpTime", FIELD_U32, 0, struct mute_fields, mute, 0),
    FIELD_OF("MuteTime", FIELD_U32, 0, struct mute_fields, mute_later, 0),
};

static enum im_err decode_mute(struct request *req, struct json body)
{
    struct mute_fields *f = req->body;
    struct opt_u32 mute = f->mute.set ? f->mute : f->mute_later;

    (void)body;
    f->req.accounts = f->accounts.items;
    f->req.count = f->accounts.count;
    f->req.mute_s = mute.v;
    return mute.set ? IM_OK : IM_ERR_GROUP_PARAM;
}

static const struct command forbid_send_msg = {
    .operation = {.number = 133, .rate = RATE_STANDARD, .run = group_member_mute},
    .service = GROUPS,
    .name = "forbid_send_msg",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = mute_fields,
    .field_count = COUNT_OF(mute_fields),
    .request_bytes = sizeof(struct mute_fields),
    .decode = decode_mute,
    .reads = "the group, its online members, the mutes of these accounts",
    .about = "Mutes accounts in the group for a time, or lifts it; it outlives leaving.",
};

/* ---- change_group_owner ---- */

static const struct field owner_fields[] = {
    FIELD_OF("GroupId", FIELD_STRING, FIELD_REQUIRED, struct owner_change_req, group, 0),
    FIELD_OF("NewOwner_Account", FIELD_ACCOUNT, FIELD_REQUIRED, struct owner_change_req, account,
             0),
};

#define OWNER(number_, service_, callers_)                                                         \
    {                                                                                              \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = group_owner_change},      \
        .service = (service_), .name = "change_group_owner", .callers = (callers_),                \
        .bad_json = IM_ERR_GROUP_JSON, .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = owner_fields, \
        .field_count = COUNT_OF(owner_fields), .request_bytes = sizeof(struct owner_change_req),   \
        .reads = "the group, its online members, both members",                                    \
        .about = "Makes a member the owner of the group; the old one stays a member.",             \
    }

static const struct command change_owner = OWNER(134, GROUPS, BY_ADMIN | BY_USER);
static const struct command change_community_owner = OWNER(135, COMMUNITIES, BY_USER);

const struct command *const commands_group_member[] = {&add_member,
                                                       &add_community_member,
                                                       &kick_member,
                                                       &kick_community_member,
                                                       &modify_member,
                                                       &modify_community_member,
                                                       &forbid_send_msg,
                                                       &change_owner,
                                                       &change_community_owner,
                                                       NULL};
