/* Applications, invitations, quitting (server-api §5.1, websocket-behaviour §5). The SDK sends what
   is about a Community to a service of its own, so each command has two rows. */
#include "command/group_item.h"
#include "command/services.h"
#include "core/group/join.h"

#define GROUPS "group_open_http_svc"
#define COMMUNITIES "million_group_open_http_svc"

#define GROUP_ID_FIELD(type, member)                                                               \
    {                                                                                              \
        "GroupId", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(type, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                              \
    }
#define FIELD(name, kind, flags, type, member, max)                                                \
    {                                                                                              \
        name, kind, flags, FIELD_AT(type, member), max, 0, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, \
            IM_OK                                                                                  \
    }
#define COUNT(fields) (uint16_t)(sizeof(fields) / sizeof((fields)[0]))

/* ---- apply_join_group ---- */

struct join_fields {
    struct group_join_req req; /* first: what the core reads */
    struct opt_u32 history, push;
};

static const struct field join_fields[] = {
    GROUP_ID_FIELD(struct join_fields, req.group),
    FIELD("ApplyMsg", FIELD_STRING, 0, struct join_fields, req.words.words, PENDENCY_WORDS_MAX),
    FIELD("UserDefinedField", FIELD_STRING, 0, struct join_fields, req.words.user_field,
          PENDENCY_USER_MAX),
    FIELD("HugeGroupHistoryMsgFlag", FIELD_U32, 0, struct join_fields, history, 0),
    FIELD("WebPushFlag", FIELD_U32, 0, struct join_fields, push, 0),
};

static enum im_err decode_join(struct request *req, struct json body)
{
    struct join_fields *f = req->body;

    (void)body;
    f->req.history = f->history.v == 1;
    f->req.takes_pushes = f->push.v == 1;
    return IM_OK;
}

/* websocket-behaviour §5b */
static void put_room(const struct group_join_result *result, struct buf *into)
{
    BUF_LIT(into, ",\"HugeGroupFlag\":1,\"StartSeq\":");
    buf_add_u64(into, result->start_seq);
    BUF_LIT(into, ",\"AVChatRoomKey\":");
    json_put_string(into, result->room_key);
    if (result->polls) {
        BUF_LIT(into, ",\"LongPollingKey\":");
        json_put_string(into, result->room_key);
    }
    BUF_LIT(into, ",\"RspMsgList\":[");
    for (uint32_t i = 0; i < result->message_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        group_message_put(into, &result->messages[i], 0, NULL);
    }
    BUF_LIT(into, "]");
}

static void encode_join(struct request *req, struct buf *into)
{
    const struct group_join_result *result = req->result;

    BUF_LIT(into, ",\"JoinedStatus\":");
    json_put_string(into,
                    result->waits ? SPAN_LIT("WaitAdminApproval") : SPAN_LIT("JoinedSuccess"));
    if (result->room)
        put_room(result, into);
}

#define APPLY_JOIN(number_, service_)                                                              \
    {                                                                                              \
        .operation = {.number = (number_), .run = group_join}, .service = (service_),              \
        .name = "apply_join_group", .callers = BY_USER, .bad_json = IM_ERR_GROUP_JSON,             \
        .fields = join_fields, .field_count = COUNT(join_fields),                                  \
        .request_bytes = sizeof(struct join_fields), .decode = decode_join, .encode = encode_join, \
        .reads = "the group, the caller's groups; for an application those of the group and "      \
                 "the notices of owner and admins",                                                \
        .counts = "joins", .about = "Joins a group, or applies to its owner and admins.",          \
    }

static const struct command apply_join_group = APPLY_JOIN(190, GROUPS);
static const struct command apply_join_community = APPLY_JOIN(191, COMMUNITIES);

/* ---- quit_group ---- */

static const struct field quit_fields[] = {GROUP_ID_FIELD(struct group_quit_req, group)};

#define QUIT(number_, service_)                                                               \
    {                                                                                         \
        .operation = {.number = (number_), .run = group_quit}, .service = (service_),         \
        .name = "quit_group", .callers = BY_USER, .bad_json = IM_ERR_GROUP_JSON,              \
        .fields = quit_fields, .field_count = COUNT(quit_fields),                             \
        .request_bytes = sizeof(struct group_quit_req),                                       \
        .reads = "the group and its online members", .counts = "quits",                       \
        .about = "Leaves a group; the owner may leave a Private one, which goes on without.", \
    }

static const struct command quit_group = QUIT(192, GROUPS);
static const struct command quit_community = QUIT(193, COMMUNITIES);

/* ---- decisions ---- */

struct decide_fields {
    struct pendency_decide_req req; /* first: what the core reads */
    struct span inviter;
    struct span action;
    struct opt_u64 msg_key;
};

#define DECIDE_FIELDS                                                                          \
    GROUP_ID_FIELD(struct decide_fields, req.group),                                           \
        FIELD("HandleMsg", FIELD_STRING, FIELD_REQUIRED, struct decide_fields, action, 0),     \
        FIELD("ApprovalMsg", FIELD_STRING, 0, struct decide_fields, req.words,                 \
              PENDENCY_WORDS_MAX),                                                             \
        FIELD("Authentication", FIELD_STRING, 0, struct decide_fields, req.authentication, 0), \
        FIELD("MsgKey", FIELD_U64, 0, struct decide_fields, msg_key, 0),                       \
        FIELD("UserDefinedField", FIELD_STRING, 0, struct decide_fields, req.user_field,       \
              PENDENCY_USER_MAX)

static const struct field application_fields[] = {
    DECIDE_FIELDS,
    FIELD("Applicant_Account", FIELD_ACCOUNT, FIELD_REQUIRED, struct decide_fields, req.applicant,
          0),
};

/* Here the applicant is who invited. */
static const struct field invitation_fields[] = {
    DECIDE_FIELDS,
    FIELD("Applicant_Account", FIELD_ACCOUNT, 0, struct decide_fields, inviter, 0),
    FIELD("Invited_Account", FIELD_ACCOUNT, FIELD_REQUIRED, struct decide_fields, req.applicant, 0),
};

static enum im_err decode_decision(struct decide_fields *f, enum pendency_kind kind)
{
    f->req.kind = (uint8_t)kind;
    f->req.msg_key = f->msg_key.v;
    f->req.agree = span_is(f->action, "Agree");
    return f->req.agree || span_is(f->action, "Reject") ? IM_OK : IM_ERR_GROUP_PARAM;
}

static enum im_err decode_application(struct request *req, struct json body)
{
    (void)body;
    return decode_decision(req->body, PENDENCY_APPLICATION);
}

static enum im_err decode_invitation(struct request *req, struct json body)
{
    (void)body;
    return decode_decision(req->body, PENDENCY_INVITATION);
}

#define DECIDE(number_, service_, name_, fields_, decode_, about_)                               \
    {                                                                                            \
        .operation = {.number = (number_), .run = pendency_decide}, .service = (service_),       \
        .name = (name_), .callers = BY_USER, .bad_json = IM_ERR_GROUP_JSON, .fields = (fields_), \
        .field_count = COUNT(fields_), .request_bytes = sizeof(struct decide_fields),            \
        .decode = (decode_),                                                                     \
        .reads = "the group, what waits in it, the applicant's groups and notices",              \
        .counts = "joins", .about = (about_),                                                    \
    }
#define DECIDE_APPLICATION(number, service)                                                    \
    DECIDE(number, service, "handle_apply_join_group", application_fields, decode_application, \
           "An owner or admin decides on an application.")
#define DECIDE_INVITATION(number, service)                                            \
    DECIDE(number, service, "handle_invite_join_permission_group", invitation_fields, \
           decode_invitation,                                                         \
           "An owner or admin decides on an invitation that an ordinary member made.")

static const struct command handle_application = DECIDE_APPLICATION(194, GROUPS);
static const struct command handle_community_application = DECIDE_APPLICATION(195, COMMUNITIES);
static const struct command handle_invitation = DECIDE_INVITATION(196, GROUPS);
static const struct command handle_community_invitation = DECIDE_INVITATION(197, COMMUNITIES);

/* ---- get_pendency ---- */

#define DEFAULT_LIMIT 20u

struct list_fields {
    struct pendency_list_req req; /* first: what the core reads */
    struct opt_u64 start;
    struct opt_u32 limit;
};

static const struct field list_fields[] = {
    FIELD("Handle_Account", FIELD_ACCOUNT, FIELD_SELF, struct list_fields, req.account, 0),
    FIELD("StartTime", FIELD_U64, 0, struct list_fields, start, 0),
    FIELD("Limit", FIELD_U32, 0, struct list_fields, limit, PENDENCY_LIST_MAX),
};

static enum im_err decode_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;

    (void)body;
    f->req.start_us = f->start.v;
    f->req.limit = f->limit.v ? f->limit.v : DEFAULT_LIMIT;
    f->req.communities = span_is(span_of(command_of(req)->service), COMMUNITIES);
    return IM_OK;
}

static void put_item(struct buf *into, const struct pendency_item *item)
{
    BUF_LIT(into, "{\"GroupId\":");
    json_put_string(into, item->group_id);
    BUF_LIT(into, ",\"GroupName\":");
    json_put_string(into, item->group_name);
    BUF_LIT(into, ",\"From_Account\":");
    json_put_string(into, item->from);
    BUF_LIT(into, ",\"FromUserNickName\":");
    json_put_string(into, item->nick);
    BUF_LIT(into, ",\"FromUserFaceUrl\":");
    json_put_string(into, item->face);
    BUF_LIT(into, ",\"To_Account\":");
    json_put_string(into, item->to);
    BUF_LIT(into, ",\"Time\":");
    buf_add_u64(into, item->time_us);
    buf_printf(into, ",\"Handled\":%u,\"ApplicationType\":%u,\"ApplyInviteMsg\":", item->handled,
               item->kind);
    json_put_string(into, item->words);
    BUF_LIT(into, ",\"Authentication\":");
    json_put_string(into, item->authentication);
    BUF_LIT(into, ",\"UserDefinedField\":");
    json_put_string(into, item->user_field);
    BUF_LIT(into, "}");
}

/* Without NextStartTime 0 at the end the SDK asks for ever (§9). */
static void encode_list(struct request *req, struct buf *into)
{
    const struct pendency_list_result *result = req->result;

    BUF_LIT(into, ",\"NextStartTime\":");
    buf_add_u64(into, result->next_us);
    buf_printf(into, ",\"UnreadCount\":%u,\"PendencyList\":[", result->unread);
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_item(into, &result->items[i]);
    }
    BUF_LIT(into, "]");
}

#define LIST(number_, service_)                                                                    \
    {                                                                                              \
        .operation = {.number = (number_), .run = pendency_list}, .service = (service_),           \
        .name = "get_pendency", .callers = BY_USER, .bad_json = IM_ERR_GROUP_JSON,                 \
        .fields = list_fields, .field_count = COUNT(list_fields),                                  \
        .request_bytes = sizeof(struct list_fields), .decode = decode_list, .encode = encode_list, \
        .reads = "the caller's groups, what waits in those on which it decides, the applicants",   \
        .about = "What waits, or waited, for the caller's decision, the newest first.",            \
    }

static const struct command get_pendency = LIST(198, GROUPS);
static const struct command get_community_pendency = LIST(199, COMMUNITIES);

const struct command *const commands_group_join[] = {
    &apply_join_group,
    &apply_join_community,
    &quit_group,
    &quit_community,
    &handle_application,
    &handle_community_application,
    &handle_invitation,
    &handle_community_invitation,
    &get_pendency,
    &get_community_pendency,
    NULL,
};
