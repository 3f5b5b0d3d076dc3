/* Groups made, changed and dissolved (server-api §3.6, websocket-behaviour §5). */
#include "command/group_fields.h"
#include "command/services.h"
#include "core/group/lifecycle.h"

#define TEXT(name, type, member, max)                                                           \
    {                                                                                           \
        name, FIELD_STRING, 0, FIELD_AT(type, member), max, 0, IM_OK, IM_ERR_GROUP_PARAM, IM_OK \
    }
#define NUMBER(name, type, member)                                                         \
    {                                                                                      \
        name, FIELD_U32, 0, FIELD_AT(type, member), 0, 0, IM_OK, IM_ERR_GROUP_PARAM, IM_OK \
    }
#define ANY(name, type, member)                                                            \
    {                                                                                      \
        name, FIELD_ANY, 0, FIELD_AT(type, member), 0, 0, IM_OK, IM_ERR_GROUP_PARAM, IM_OK \
    }
#define GROUP_ID(type)                                                            \
    {                                                                             \
        "GroupId", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(type, req.group), 0, 0, \
            IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK                         \
    }

/* ---- create_group, import_group ---- */

struct create_fields {
    struct group_create_req req; /* first: what the core reads */
    struct span type, id, join_option, invite_option;
    struct opt_u32 max_members, created;
    struct json fields, members;
};

#define CREATE_FIELDS(owner_flags)                                                            \
    {"Owner_Account",                                                                         \
     FIELD_ACCOUNT,                                                                           \
     owner_flags,                                                                             \
     FIELD_AT(struct create_fields, req.owner),                                               \
     0,                                                                                       \
     0,                                                                                       \
     IM_OK,                                                                                   \
     IM_ERR_GROUP_PARAM,                                                                      \
     IM_OK},                                                                                  \
        {"Type",                                                                              \
         FIELD_STRING,                                                                        \
         FIELD_REQUIRED,                                                                      \
         FIELD_AT(struct create_fields, type),                                                \
         0,                                                                                   \
         0,                                                                                   \
         IM_ERR_GROUP_PARAM,                                                                  \
         IM_ERR_GROUP_PARAM,                                                                  \
         IM_OK},                                                                              \
        {"Name",                                                                              \
         FIELD_STRING,                                                                        \
         FIELD_REQUIRED,                                                                      \
         FIELD_AT(struct create_fields, req.name),                                            \
         GROUP_NAME_MAX,                                                                      \
         0,                                                                                   \
         IM_ERR_GROUP_PARAM,                                                                  \
         IM_ERR_GROUP_PARAM,                                                                  \
         IM_OK},                                                                              \
        TEXT("GroupId", struct create_fields, id, 0),                                         \
        TEXT("Introduction", struct create_fields, req.introduction, GROUP_INTRODUCTION_MAX), \
        TEXT("Notification", struct create_fields, req.notification, GROUP_NOTIFICATION_MAX), \
        TEXT("FaceUrl", struct create_fields, req.face, GROUP_FACE_MAX),                      \
        NUMBER("MaxMemberCount", struct create_fields, max_members),                          \
        TEXT("ApplyJoinOption", struct create_fields, join_option, 0),                        \
        TEXT("InviteJoinOption", struct create_fields, invite_option, 0),                     \
        ANY("AppDefinedData", struct create_fields, fields)

static const struct field create_fields[] = {
    CREATE_FIELDS(FIELD_SELF),
    ANY("MemberList", struct create_fields, members),
};

static const struct field import_fields[] = {
    CREATE_FIELDS(0),
    NUMBER("CreateTime", struct create_fields, created),
};

static bool absent(struct json value)
{
    return value.type == JSON_NONE || value.type == JSON_NULL;
}

static enum im_err decode_option(struct span text, uint8_t *ret)
{
    return !text.n || group_join_option_find(text, ret) ? IM_OK : IM_ERR_GROUP_PARAM;
}

static enum im_err decode_basics(struct request *req)
{
    struct create_fields *f = req->body;
    enum im_err err = decode_option(f->join_option, &f->req.join_option);

    f->req.type = group_type_find(f->type);
    if (!f->req.type || err || !f->req.name.n)
        return IM_ERR_GROUP_PARAM;
    if (f->id.n && !group_id_valid(f->id, true))
        return IM_ERR_GROUP_ID;
    f->req.id = f->id;
    f->req.max_members = f->max_members.v;
    if (f->max_members.set && !f->max_members.v)
        return IM_ERR_GROUP_PARAM;
    err = decode_option(f->invite_option, &f->req.invite_option);
    if (err)
        return err;
    return group_fields_decode(req, f->fields, GROUP_FIELDS_MAX, &f->req.fields,
                               &f->req.field_count);
}

static enum im_err decode_member(struct request *req, struct json item,
                                 struct create_member *member)
{
    struct json role = json_option(item, "Role");
    struct span text;

    if (!json_to_string(json_member(item, "Member_Account"), &req->arena, &member->name) ||
        !member->name.n || member->name.n > 32)
        return IM_ERR_GROUP_PARAM;
    if (role.type != JSON_NONE) {
        if (!json_to_string(role, &req->arena, &text) ||
            (text.n && !span_is(text, "Admin") && !span_is(text, "Member")))
            return IM_ERR_GROUP_PARAM;
        member->admin = span_is(text, "Admin");
    }
    return group_fields_decode(req, json_member(item, "AppMemberDefinedData"), MEMBER_FIELDS_MAX,
                               &member->fields, &member->field_count);
}

static enum im_err decode_create(struct request *req, struct json body)
{
    struct create_fields *f = req->body;
    struct json_iter it = json_iter(f->members);
    struct json item;
    struct span key;
    enum im_err err = decode_basics(req);

    (void)body;
    if (err || absent(f->members))
        return err;
    if (f->members.type != JSON_ARRAY)
        return IM_ERR_GROUP_PARAM;
    if (json_count(f->members) > GROUP_CREATE_MAX_MEMBERS)
        return IM_ERR_GROUP_TOO_MANY_ACCOUNTS;
    f->req.members = ARENA_ARRAY(&req->arena, struct create_member, json_count(f->members) + 1);
    while (!err && json_next(&it, &key, &item))
        err = decode_member(req, item, &f->req.members[f->req.member_count++]);
    return err;
}

/* A CreateTime in the future is refused by the core, which has the clock. */
static enum im_err decode_import(struct request *req, struct json body)
{
    struct create_fields *f = req->body;

    (void)body;
    f->req.import = true;
    f->req.created_s = f->created.v;
    return decode_basics(req);
}

static void encode_create(struct request *req, struct buf *into)
{
    const struct create_fields *f = req->body;
    const struct group_create_result *result = req->result;

    BUF_LIT(into, ",\"GroupId\":");
    json_put_string(into, result->id);
    if (req->caller != CALLER_USER && !result->over_limit_count)
        return;
    if (f->req.type == GROUP_AV_CHAT_ROOM)
        BUF_LIT(into, ",\"HugeGroupFlag\":1");
    BUF_LIT(into, ",\"OverJoinedGroupLimit_Account\":[");
    for (uint32_t i = 0; i < result->over_limit_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        json_put_string(into, result->over_limit[i]);
    }
    BUF_LIT(into, "]");
}

/* ---- modify_group_base_info ---- */

struct modify_fields {
    struct group_modify_req req; /* first: what the core reads */
    struct json name, face, introduction, notification;
    struct span join_option, invite_option, muted;
    struct opt_u32 max_members;
    struct json fields;
};

static const struct field modify_fields[] = {
    GROUP_ID(struct modify_fields),
    ANY("Name", struct modify_fields, name),
    ANY("FaceUrl", struct modify_fields, face),
    ANY("Introduction", struct modify_fields, introduction),
    ANY("Notification", struct modify_fields, notification),
    TEXT("ApplyJoinOption", struct modify_fields, join_option, 0),
    TEXT("InviteJoinOption", struct modify_fields, invite_option, 0),
    TEXT("ShutUpAllMember", struct modify_fields, muted, 0),
    NUMBER("MaxMemberNum", struct modify_fields, max_members),
    ANY("AppDefinedData", struct modify_fields, fields),
};

/* A text that is there, be it empty, is set. */
static enum im_err decode_text(struct request *req, struct json value, uint32_t bit, size_t max,
                               struct span *ret)
{
    struct modify_fields *f = req->body;

    if (absent(value))
        return IM_OK;
    if (!json_to_string(value, &req->arena, ret) || ret->n > max)
        return IM_ERR_GROUP_PARAM;
    f->req.mask |= bit;
    return IM_OK;
}

static enum im_err decode_texts(struct request *req, struct modify_fields *f)
{
    struct group_modify_req *ask = &f->req;
    enum im_err err = decode_text(req, f->name, CHANGE_NAME, GROUP_NAME_MAX, &ask->name);

    if (!err)
        err = decode_text(req, f->face, CHANGE_FACE, GROUP_FACE_MAX, &ask->face);
    if (!err)
        err = decode_text(req, f->introduction, CHANGE_INTRODUCTION, GROUP_INTRODUCTION_MAX,
                          &ask->introduction);
    if (!err)
        err = decode_text(req, f->notification, CHANGE_NOTIFICATION, GROUP_NOTIFICATION_MAX,
                          &ask->notification);
    return !err && ask->mask & CHANGE_NAME && !ask->name.n ? IM_ERR_GROUP_PARAM : err;
}

static enum im_err decode_options(struct modify_fields *f)
{
    struct group_modify_req *ask = &f->req;
    enum im_err err = decode_option(f->join_option, &ask->join_option);

    if (!err)
        err = decode_option(f->invite_option, &ask->invite_option);
    if (err)
        return err;
    ask->mask |= f->join_option.n ? CHANGE_JOIN_OPTION : 0;
    ask->mask |= f->invite_option.n ? CHANGE_INVITE_OPTION : 0;
    if (f->muted.n) {
        if (!span_is(f->muted, "On") && !span_is(f->muted, "Off"))
            return IM_ERR_GROUP_PARAM;
        ask->muted_all = span_is(f->muted, "On");
        ask->mask |= CHANGE_MUTED_ALL;
    }
    if (f->max_members.set) {
        if (!f->max_members.v)
            return IM_ERR_GROUP_PARAM;
        ask->max_members = f->max_members.v;
        ask->mask |= CHANGE_MAX_MEMBERS;
    }
    return IM_OK;
}

static enum im_err decode_modify(struct request *req, struct json body)
{
    struct modify_fields *f = req->body;
    enum im_err err = decode_texts(req, f);

    (void)body;
    if (!err)
        err = decode_options(f);
    if (!err)
        err = group_fields_decode(req, f->fields, GROUP_FIELDS_MAX, &f->req.fields,
                                  &f->req.field_count);
    f->req.mask |= f->req.field_count ? CHANGE_FIELDS : 0;
    return err;
}

/* ---- destroy_group ---- */

struct dissolve_fields {
    struct group_dissolve_req req; /* first: what the core reads */
};

static const struct field dissolve_fields[] = {GROUP_ID(struct dissolve_fields)};

/* ---- rows: Communities come by a service of their own ---- */

#define FIELDS(array, type)                                             \
    .fields = array, .field_count = sizeof(array) / sizeof((array)[0]), \
    .request_bytes = sizeof(type)
#define ROW(number_, service_, name_, callers_, run_)                                              \
    .operation = {.number = (number_), .rate = RATE_STANDARD, .run = run_}, .service = (service_), \
    .name = (name_), .callers = (callers_), .bad_json = IM_ERR_GROUP_JSON,                         \
    .not_admin = IM_ERR_GROUP_RIGHT

#define CREATE(variable, number, service)                                                \
    static const struct command variable = {                                             \
        ROW(number, service, "create_group", BY_ADMIN | BY_USER, group_create),          \
        FIELDS(create_fields, struct create_fields),                                     \
        .decode = decode_create,                                                         \
        .encode = encode_create,                                                         \
        .reads = "the app's groups and limits, the owner, the members and their groups", \
        .counts = "GroupNewGroupNum, GroupAllGroupNum, GroupJoinGroupTimes",             \
        .about = "Makes a group with its first members.",                                \
    }
CREATE(create_group, 100, "group_open_http_svc");
CREATE(create_community, 101, "million_group_open_http_svc");

static const struct command import_group = {
    ROW(240, "group_open_http_svc", "import_group", BY_ADMIN, group_create),
    FIELDS(import_fields, struct create_fields),
    .decode = decode_import,
    .encode = encode_create,
    .reads = "the app's groups and limits, the owner",
    .counts = "GroupNewGroupNum, GroupAllGroupNum",
    .about = "Makes a group of an older system, with its time of creation; nobody is told.",
};

#define MODIFY(variable, number, service)                                                 \
    static const struct command variable = {                                              \
        ROW(number, service, "modify_group_base_info", BY_ADMIN | BY_USER, group_modify), \
        FIELDS(modify_fields, struct modify_fields),                                      \
        .decode = decode_modify,                                                          \
        .reads = "the group, the caller's membership, custom fields that change",         \
        .about = "Changes a group's texts, options and custom fields.",                   \
    }
MODIFY(modify_group, 102, "group_open_http_svc");
MODIFY(modify_community, 103, "million_group_open_http_svc");

#define DISSOLVE(variable, number, service)                                        \
    static const struct command variable = {                                       \
        ROW(number, service, "destroy_group", BY_ADMIN | BY_USER, group_dissolve), \
        FIELDS(dissolve_fields, struct dissolve_fields),                           \
        .reads = "the group, the caller's membership",                             \
        .counts = "GroupDestroyGroupNum, GroupAllGroupNum",                        \
        .about = "Dissolves a group; its members hear of it behind the answer.",   \
    }
DISSOLVE(destroy_group, 104, "group_open_http_svc");
DISSOLVE(destroy_community, 105, "million_group_open_http_svc");

const struct command *const commands_group_base[] = {
    &create_group,     &create_community, &import_group,      &modify_group,
    &modify_community, &destroy_group,    &destroy_community, NULL,
};
