/* AVChatRoom and BChatRoom (server-api §3.11, websocket-behaviour §5b). What was said in a room is
   given by pushes to its users; by long polling to guests, and to users who ask so. */
#include "base/bytes.h"
#include "command/message_body.h"
#include "command/push_group.h"
#include "command/services.h"
#include "core/group/ban.h"
#include "core/group/broadcast.h"
#include "core/group/message.h"
#include "core/group/poll.h"
#include "core/group/room_list.h"

#define GROUPS "group_open_http_svc"
#define ROOMS "group_open_avchatroom_http_svc"
#define POLLING "group_open_long_polling_http_svc"
#define POLLING_GUESTS "group_open_long_polling_http_noauth_svc"

#define EVENT_RECALL 20

#define FIELD(name, kind, flags, type, member, max)                                                \
    {                                                                                              \
        name, kind, flags, FIELD_AT(type, member), max, 0, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, \
            IM_OK                                                                                  \
    }
#define GROUP_ID(type, member) FIELD("GroupId", FIELD_STRING, FIELD_REQUIRED, type, member, 0)
#define COUNT_OF(fields) (uint16_t)(sizeof(fields) / sizeof((fields)[0]))

/* ---- get_msg ---- */

struct poll_fields {
    struct poll_req req; /* first: what the core reads */
    struct opt_u64 start;
    struct opt_u32 start_broadcast, hold;
};

static const struct field poll_fields[] = {
    FIELD("Key", FIELD_STRING, FIELD_REQUIRED, struct poll_fields, req.key, 0),
    FIELD("StartSeq", FIELD_U64, 0, struct poll_fields, start, 0),
    FIELD("StartBroadcastSeq", FIELD_U32, 0, struct poll_fields, start_broadcast, 0),
    FIELD("HoldTime", FIELD_U32, 0, struct poll_fields, hold, 0),
};

static enum im_err decode_poll(struct request *req, struct json body)
{
    struct poll_fields *f = req->body;

    (void)body;
    f->req.start = f->start.v;
    f->req.start_broadcast = f->start_broadcast.v;
    f->req.hold_s = f->hold.set ? f->hold.v : POLL_MAX_HOLD_S;
    return IM_OK;
}

/* In polling a recall is an event of its own. Its MsgSeq is none of the group's: the client passes
   over those that it has seen. */
static void put_recall(struct buf *into, const struct push_group_recall *push, uint64_t number)
{
    buf_printf(into, "{\"Event\":%d,\"ToGroupId\":", EVENT_RECALL);
    json_put_string(into, push->group.id);
    BUF_LIT(into, ",\"GId\":");
    json_put_string(into, push->group.id);
    buf_printf(into,
               ",\"MsgSeq\":%u,\"RevokerInfo\":{\"Revoker_Account\":", (uint32_t)number | 1u << 31);
    json_put_string(into, push->by);
    BUF_LIT(into, ",\"Reason\":");
    json_put_string(into, push->reason);
    BUF_LIT(into, "},\"MsgBody\":{\"RevokeMsgList\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        buf_add_span(into, span_of(i ? ",{\"TinyId\":\"" : "{\"TinyId\":\""));
        tinyid_put(into, push->items[i].from_no);
        buf_printf(into, "\",\"MsgClientTime\":%u,\"MsgRandom\":%u,\"MsgSeq\":%u}",
                   push->items[i].client_time, push->items[i].random, push->items[i].seq);
    }
    BUF_LIT(into, "]}}");
}

/* {"Event":N,"GroupTips":[{...}]} of a push becomes {"Event":N,...}. */
static void unwrap(struct buf *into, size_t begin)
{
    char *text = into->p + begin, *comma, *inner;
    size_t n = into->n - begin;

    if (into->overflow)
        return;
    comma = memchr(text, ',', n);
    inner = comma ? memchr(comma, '{', n - (size_t)(comma - text)) : NULL;
    if (!inner)
        return;
    memmove(comma + 1, inner + 1, n - (size_t)(inner + 1 - text));
    into->n -= (size_t)(inner - comma) + 2; /* and "]}" at the end */
}

static void put_said(struct buf *into, const struct room_said *said)
{
    const struct output output = {
        .notice_seq = said->number, .push = said->push, .push_kind = said->kind};
    size_t begin = into->n;

    if (said->kind == PUSH_GROUP_RECALL) {
        put_recall(into, said->push, said->number);
        return;
    }
    push_group_put(into, &output);
    unwrap(into, begin);
}

static void put_all_said(struct buf *into, const struct room_said *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_said(into, &items[i]);
    }
}

static void encode_poll(struct request *req, struct buf *into)
{
    const struct poll_result *result = req->result;

    BUF_LIT(into, ",\"Key\":");
    json_put_string(into, result->key);
    BUF_LIT(into, ",\"NextSeq\":");
    buf_add_u64(into, result->next);
    buf_printf(into, ",\"NextBroadcastSeq\":%u,\"RspMsgList\":[", result->next_broadcast);
    put_all_said(into, result->items, result->count);
    BUF_LIT(into, "],\"RspBroadcastMsgList\":[");
    put_all_said(into, result->broadcasts, result->broadcast_count);
    BUF_LIT(into, "]");
}

#define POLL(variable, number_, service_, callers_)                                              \
    static const struct command variable = {                                                     \
        .operation = {.number = (number_), .run = group_poll, .may_hold = true},                 \
        .service = (service_),                                                                   \
        .name = "get_msg",                                                                       \
        .callers = (callers_),                                                                   \
        .bad_json = IM_ERR_GROUP_JSON,                                                           \
        .fields = poll_fields,                                                                   \
        .field_count = COUNT_OF(poll_fields),                                                    \
        .request_bytes = sizeof(struct poll_fields),                                             \
        .decode = decode_poll,                                                                   \
        .encode = encode_poll,                                                                   \
        .reads = "what was said in the room last",                                               \
        .about = "What is said in a live room from a number on; waits up to 8 s for something.", \
    }
POLL(get_msg, 210, POLLING, BY_USER);
POLL(get_msg_guest, 211, POLLING_GUESTS, BY_ANYONE);

/* ---- apply_join_group of guests ---- */

static const struct field guest_fields[] = {GROUP_ID(struct guest_join_req, group)};

static void encode_guest(struct request *req, struct buf *into)
{
    const struct guest_join_result *result = req->result;

    BUF_LIT(into, ",\"JoinedStatus\":\"JoinedSuccess\",\"HugeGroupFlag\":1,\"LongPollingKey\":");
    json_put_string(into, result->key);
    BUF_LIT(into, ",\"StartSeq\":");
    buf_add_u64(into, result->start);
}

static const struct command guest_join = {
    .operation = {.number = 212, .run = group_guest_join},
    .service = "group_open_http_noauth_svc",
    .name = "apply_join_group",
    .callers = BY_ANYONE,
    .bad_json = IM_ERR_GROUP_JSON,
    .fields = guest_fields,
    .field_count = COUNT_OF(guest_fields),
    .request_bytes = sizeof(struct guest_join_req),
    .encode = encode_guest,
    .reads = "the room",
    .counts = "joins",
    .about = "Lets a client that has not logged in read a live room by polling.",
};

/* ---- who is there ---- */

static const struct field online_fields[] = {GROUP_ID(struct room_req, group)};

static void encode_online(struct request *req, struct buf *into)
{
    buf_printf(into, ",\"OnlineMemberNum\":%u", *(const uint32_t *)req->result);
}

static const struct command get_online = {
    .operation = {.number = 213, .rate = RATE_STANDARD, .run = group_room_online},
    .service = GROUPS,
    .name = "get_online_member_num",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = online_fields,
    .field_count = COUNT_OF(online_fields),
    .request_bytes = sizeof(struct room_req),
    .encode = encode_online,
    .reads = "the room, or the group's online members",
    .about = "How many accounts and polling guests are in a live room now.",
};

struct list_fields {
    struct room_list_req req; /* first: what the core reads */
    struct opt_u32 since, mark;
};

static const struct field list_fields[] = {
    GROUP_ID(struct list_fields, req.group),
    FIELD("Timestamp", FIELD_U32, 0, struct list_fields, since, 0),
    FIELD("Mark", FIELD_U32, 0, struct list_fields, mark, 0),
};

static bool mark_is_valid(uint32_t mark)
{
    return mark >= MARK_FIRST && mark < MARK_FIRST + MARKS;
}

static enum im_err decode_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;

    (void)body;
    f->req.since_s = f->since.v;
    f->req.mark = f->mark.v;
    return !f->mark.v || mark_is_valid(f->mark.v) ? IM_OK : IM_ERR_GROUP_PARAM;
}

static void put_listed(struct buf *into, const struct room_listed *item)
{
    bool more = false;

    BUF_LIT(into, "{\"Member_Account\":");
    json_put_string(into, item->name);
    buf_printf(into, ",\"JoinTime\":%u,\"NickName\":", item->join_s);
    json_put_string(into, item->nick);
    BUF_LIT(into, ",\"Avatar\":");
    json_put_string(into, item->face);
    BUF_LIT(into, ",\"Marks\":[");
    for (uint32_t i = 0; i < MARKS; i++) {
        if (!(item->marks & 1u << i))
            continue;
        buf_printf(into, more ? ",%u" : "%u", MARK_FIRST + i);
        more = true;
    }
    BUF_LIT(into, "]}");
}

static void encode_list(struct request *req, struct buf *into)
{
    const struct room_list_result *result = req->result;

    BUF_LIT(into, ",\"MemberList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_listed(into, &result->items[i]);
    }
    buf_printf(into, "],\"NextTimestamp\":%u", result->next_s);
}

static const struct command get_members = {
    .operation = {.number = 214, .rate = RATE_STANDARD, .run = room_list},
    .service = ROOMS,
    .name = "get_members",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = list_fields,
    .field_count = COUNT_OF(list_fields),
    .request_bytes = sizeof(struct list_fields),
    .decode = decode_list,
    .encode = encode_list,
    .reads = "the room, the profiles of who is there",
    .about = "Who is in a live room now, of the last thousand to come.",
};

/* ---- modify_user_info ---- */

struct mark_fields {
    struct room_mark_req req; /* first: what the core reads */
    struct opt_u32 type;
    struct json list;
};

static const struct field mark_fields[] = {
    GROUP_ID(struct mark_fields, req.group),
    FIELD("CommandType", FIELD_U32, FIELD_REQUIRED, struct mark_fields, type, 2),
    FIELD("MemberList", FIELD_ARRAY, FIELD_REQUIRED, struct mark_fields, list, 0),
};

static enum im_err marked_get(struct request *req, struct json item, struct room_marked *ret)
{
    struct json marks = json_member(item, "Marks");
    struct json_iter it = json_iter(marks);
    struct json mark;
    struct span key;
    uint32_t number;

    if (!json_to_string(json_member(item, "Member_Account"), &req->arena, &ret->name) ||
        !ret->name.n || ret->name.n > 32 || marks.type != JSON_ARRAY)
        return IM_ERR_GROUP_PARAM;
    while (json_next(&it, &key, &mark)) {
        if (!json_to_u32(mark, &number) || !mark_is_valid(number))
            return IM_ERR_GROUP_PARAM;
        ret->marks |= 1u << (number - MARK_FIRST);
    }
    return IM_OK;
}

static enum im_err decode_mark(struct request *req, struct json body)
{
    struct mark_fields *f = req->body;
    size_t count = json_count(f->list);
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;

    (void)body;
    if (!count || !f->type.v)
        return IM_ERR_GROUP_PARAM;
    if (count > ROOM_MARKED_MAX)
        return IM_ERR_GROUP_TOO_MANY_ACCOUNTS;
    f->req.remove = f->type.v == 2;
    f->req.items = ARENA_ARRAY(&req->arena, struct room_marked, count);
    while (json_next(&it, &key, &item)) {
        enum im_err err = marked_get(req, item, &f->req.items[f->req.count++]);

        if (err)
            return err;
    }
    return IM_OK;
}

static const struct command modify_user = {
    .operation = {.number = 215, .rate = RATE_STANDARD, .run = room_mark},
    .service = ROOMS,
    .name = "modify_user_info",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = mark_fields,
    .field_count = COUNT_OF(mark_fields),
    .request_bytes = sizeof(struct mark_fields),
    .decode = decode_mark,
    .reads = "the room",
    .about = "Gives marks (1000 to 1031) to who is in a live room, or takes them away.",
};

/* ---- bans ---- */

struct ban_fields {
    struct ban_req req; /* first: what the core reads */
    struct account_list accounts;
    struct opt_u32 duration;
};

#define BANNED_ACCOUNTS                                                                           \
    {                                                                                             \
        "Members_Account", FIELD_ACCOUNTS, FIELD_REQUIRED, FIELD_AT(struct ban_fields, accounts), \
            0, BAN_ACCOUNTS_MAX, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM,                          \
            IM_ERR_GROUP_TOO_MANY_ACCOUNTS                                                        \
    }

static const struct field ban_fields[] = {
    GROUP_ID(struct ban_fields, req.group),
    BANNED_ACCOUNTS,
    FIELD("Duration", FIELD_U32, FIELD_REQUIRED, struct ban_fields, duration, 0),
    FIELD("Description", FIELD_STRING, 0, struct ban_fields, req.description, BAN_DESCRIPTION_MAX),
};

static const struct field unban_fields[] = {
    GROUP_ID(struct ban_fields, req.group),
    BANNED_ACCOUNTS,
};

static enum im_err decode_unban(struct request *req, struct json body)
{
    struct ban_fields *f = req->body;

    (void)body;
    f->req.accounts = f->accounts.items;
    f->req.count = f->accounts.count;
    f->req.duration_s = f->duration.v;
    return IM_OK;
}

static enum im_err decode_ban(struct request *req, struct json body)
{
    const struct ban_fields *f = req->body;

    return f->duration.v ? decode_unban(req, body) : IM_ERR_GROUP_PARAM;
}

#define BAN(variable, number_, name_, run_, fields_, decode_, about_)             \
    static const struct command variable = {                                      \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = (run_)}, \
        .service = GROUPS,                                                        \
        .name = (name_),                                                          \
        .callers = BY_ADMIN | BY_USER,                                            \
        .bad_json = IM_ERR_GROUP_JSON,                                            \
        .not_admin = IM_ERR_ADMIN_REQUIRED,                                       \
        .fields = (fields_),                                                      \
        .field_count = COUNT_OF(fields_),                                         \
        .request_bytes = sizeof(struct ban_fields),                               \
        .decode = (decode_),                                                      \
        .reads = "the room, its bans, the rooms of these accounts",               \
        .about = (about_),                                                        \
    }
BAN(ban_member, 216, "ban_group_member", group_ban, ban_fields, decode_ban,
    "Puts accounts out of a live room until a time.");
BAN(unban_member, 217, "unban_group_member", group_unban, unban_fields, decode_unban,
    "Lets banned accounts into a live room again.");

struct ban_list_fields {
    struct ban_list_req req; /* first: what the core reads */
    struct opt_u32 limit, offset;
};

static const struct field ban_list_fields[] = {
    GROUP_ID(struct ban_list_fields, req.group),
    FIELD("Limit", FIELD_U32, 0, struct ban_list_fields, limit, BANS_A_PAGE),
    FIELD("Offset", FIELD_U32, 0, struct ban_list_fields, offset, 0),
};

static enum im_err decode_ban_list(struct request *req, struct json body)
{
    struct ban_list_fields *f = req->body;

    (void)body;
    f->req.limit = f->limit.v ? f->limit.v : BANS_A_PAGE;
    f->req.offset = f->offset.v;
    return IM_OK;
}

static void encode_ban_list(struct request *req, struct buf *into)
{
    const struct ban_list_result *result = req->result;

    BUF_LIT(into, ",\"BannedAccountList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        buf_add_span(into, span_of(i ? ",{\"Member_Account\":" : "{\"Member_Account\":"));
        json_put_string(into, result->items[i].name);
        buf_printf(into, ",\"BannedUntil\":%u}", result->items[i].until_s);
    }
    buf_printf(into, "],\"NextOffset\":%u", result->next_offset);
}

static const struct command get_banned = {
    .operation = {.number = 218, .rate = RATE_STANDARD, .run = group_ban_list},
    .service = GROUPS,
    .name = "get_group_ban_member",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = ban_list_fields,
    .field_count = COUNT_OF(ban_list_fields),
    .request_bytes = sizeof(struct ban_list_fields),
    .decode = decode_ban_list,
    .encode = encode_ban_list,
    .reads = "the room and its bans",
    .about = "Who is banned from a live room.",
};

/* ---- send_broadcast_msg ---- */

struct broadcast_fields {
    struct broadcast_req req; /* first: what the core reads */
    struct opt_u32 random;
    struct json body, cloud;
};

static const struct field broadcast_fields[] = {
    FIELD("From_Account", FIELD_ACCOUNT, 0, struct broadcast_fields, req.from, 0),
    FIELD("Random", FIELD_U32, FIELD_REQUIRED, struct broadcast_fields, random, 0),
    FIELD("MsgBody", FIELD_ANY, FIELD_REQUIRED, struct broadcast_fields, body, 0),
    FIELD("CloudCustomData", FIELD_ANY, 0, struct broadcast_fields, cloud, 0),
};

static enum im_err decode_broadcast(struct request *req, struct json body)
{
    struct broadcast_fields *f = req->body;

    (void)body;
    if (message_body_check(f->body) || (f->cloud.type != JSON_NONE && f->cloud.type != JSON_STRING))
        return IM_ERR_GROUP_PARAM;
    if (f->body.text.n + f->cloud.text.n > GROUP_MESSAGE_MAX_BYTES)
        return IM_ERR_GROUP_BODY_TOO_LONG;
    f->req.random = f->random.v;
    f->req.body = f->body.text;
    f->req.cloud = f->cloud.text;
    return IM_OK;
}

static void encode_broadcast(struct request *req, struct buf *into)
{
    const struct broadcast_result *result = req->result;

    buf_printf(into, ",\"MsgTime\":%u,\"MsgSeq\":%u", result->time, result->seq);
}

static const struct command send_broadcast = {
    .operation = {.number = 219, .rate = RATE_STANDARD, .run = group_broadcast},
    .service = GROUPS,
    .name = "send_broadcast_msg",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = broadcast_fields,
    .field_count = COUNT_OF(broadcast_fields),
    .request_bytes = sizeof(struct broadcast_fields),
    .decode = decode_broadcast,
    .encode = encode_broadcast,
    .reads = "the live rooms in which somebody is",
    .about = "A message to everybody who is in a live room of the app.",
};

const struct command *const commands_group_room[] = {
    &get_msg,    &get_msg_guest, &guest_join, &get_online,     &get_members, &modify_user,
    &ban_member, &unban_member,  &get_banned, &send_broadcast, NULL,
};
