/* AVChatRoom and BChatRoom (server-api §3.11, websocket-behaviour §5b). What was said in a room is
   given by pushes to its users; by long polling to guests, and to users who ask so. */
#include "command/group_item.h"
#include "command/services.h"
#include "core/group/poll.h"

#define POLLING "group_open_long_polling_http_svc"
#define POLLING_GUESTS "group_open_long_polling_http_noauth_svc"

#define GROUP_ID(type)                                                                            \
    {                                                                                             \
        "GroupId", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(type, group), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                             \
    }
#define COUNT(fields) (uint16_t)(sizeof(fields) / sizeof((fields)[0]))

/* ---- get_msg ---- */

struct poll_fields {
    struct poll_req req; /* first: what the core reads */
    struct opt_u32 start, hold;
};

static const struct field poll_fields[] = {
    {"Key", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(struct poll_fields, req.key), 0, 0,
     IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
    {"StartSeq", FIELD_U32, 0, FIELD_AT(struct poll_fields, start), 0, 0, IM_OK, IM_ERR_GROUP_PARAM,
     IM_OK},
    {"HoldTime", FIELD_U32, 0, FIELD_AT(struct poll_fields, hold), 0, 0, IM_OK, IM_ERR_GROUP_PARAM,
     IM_OK},
};

static enum im_err decode_poll(struct request *req, struct json body)
{
    struct poll_fields *f = req->body;

    (void)body;
    f->req.start_seq = f->start.v;
    f->req.hold_s = f->hold.set ? f->hold.v : POLL_MAX_HOLD_S;
    return IM_OK;
}

static void encode_poll(struct request *req, struct buf *into)
{
    const struct poll_result *result = req->result;

    BUF_LIT(into, ",\"Key\":");
    json_put_string(into, result->key);
    buf_printf(into, ",\"NextSeq\":%u,\"NextBroadcastSeq\":1,\"RspMsgList\":[", result->next_seq);
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        group_message_put(into, &result->items[i], 0, NULL);
    }
    BUF_LIT(into, "],\"RspBroadcastMsgList\":[]");
}

#define POLL(variable, number_, service_, callers_)                                 \
    static const struct command variable = {                                        \
        .operation = {.number = (number_), .run = group_poll, .may_hold = true},    \
        .service = (service_),                                                      \
        .name = "get_msg",                                                          \
        .callers = (callers_),                                                      \
        .bad_json = IM_ERR_GROUP_JSON,                                              \
        .fields = poll_fields,                                                      \
        .field_count = COUNT(poll_fields),                                          \
        .request_bytes = sizeof(struct poll_fields),                                \
        .decode = decode_poll,                                                      \
        .encode = encode_poll,                                                      \
        .reads = "the room's last 256 messages",                                    \
        .about = "Messages of a live room from a seq on; waits up to 8 s for one.", \
    }
POLL(get_msg, 210, POLLING, BY_USER);
POLL(get_msg_guest, 211, POLLING_GUESTS, BY_ANYONE);

/* ---- apply_join_group of guests ---- */

static const struct field guest_fields[] = {GROUP_ID(struct guest_join_req)};

static void encode_guest(struct request *req, struct buf *into)
{
    const struct guest_join_result *result = req->result;

    BUF_LIT(into, ",\"JoinedStatus\":\"JoinedSuccess\",\"HugeGroupFlag\":1,\"LongPollingKey\":");
    json_put_string(into, result->key);
    buf_printf(into, ",\"StartSeq\":%u", result->start_seq);
}

static const struct command guest_join = {
    .operation = {.number = 212, .run = group_guest_join},
    .service = "group_open_http_noauth_svc",
    .name = "apply_join_group",
    .callers = BY_ANYONE,
    .bad_json = IM_ERR_GROUP_JSON,
    .fields = guest_fields,
    .field_count = COUNT(guest_fields),
    .request_bytes = sizeof(struct guest_join_req),
    .encode = encode_guest,
    .reads = "the room",
    .about = "Lets a client that has not logged in read a live room by polling.",
};

/* ---- get_online_member_num ---- */

static const struct field online_fields[] = {GROUP_ID(struct room_req)};

static void encode_online(struct request *req, struct buf *into)
{
    buf_printf(into, ",\"OnlineMemberNum\":%u", *(const uint32_t *)req->result);
}

static const struct command get_online = {
    .operation = {.number = 213, .rate = RATE_STANDARD, .run = group_room_online},
    .service = "group_open_http_svc",
    .name = "get_online_member_num",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_GROUP_RIGHT,
    .fields = online_fields,
    .field_count = COUNT(online_fields),
    .request_bytes = sizeof(struct room_req),
    .encode = encode_online,
    .reads = "the room",
    .about = "How many accounts and polling guests are in a live room now.",
};

const struct command *const commands_group_room[] = {&get_msg, &get_msg_guest, &guest_join,
                                                     &get_online, NULL};
