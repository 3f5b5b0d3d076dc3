/* openim: taking messages back (server-api §3.5, §7.5). */
#include "command/services.h"
#include "core/message/withdraw.h"

struct withdraw_fields {
    struct withdraw_req req; /* first: what the core reads */
    struct span key;
    struct json info;
};

static const struct field admin_fields[] = {
    {"From_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct withdraw_fields, req.from), 0,
     0, IM_ERR_OPENIM_FROM, IM_ERR_OPENIM_FROM, IM_OK},
    {"To_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct withdraw_fields, req.to), 0, 0,
     IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_OK},
    {"MsgKey", FIELD_STRING, FIELD_REQUIRED, FIELD_AT(struct withdraw_fields, key), 50, 0,
     IM_ERR_OPENIM_KEY, IM_ERR_OPENIM_KEY, IM_OK},
};

static enum im_err decode_admin(struct request *req, struct json body)
{
    struct withdraw_fields *f = req->body;

    (void)body;
    return msgkey_parse(f->key, &f->req.key) ? IM_OK : IM_ERR_OPENIM_KEY;
}

static const struct command admin_msgwithdraw = {
    .operation = {.number = 55, .rate = RATE_STANDARD, .run = message_withdraw},
    .service = "openim",
    .name = "admin_msgwithdraw",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = admin_fields,
    .field_count = 3,
    .request_bytes = sizeof(struct withdraw_fields),
    .decode = decode_admin,
    .reads = "the message's page",
    .about = "Takes a message back that is still in history, for both sides.",
};

static const struct field user_fields[] = {
    {"From_Account", FIELD_ACCOUNT, FIELD_SELF, FIELD_AT(struct withdraw_fields, req.from), 0, 0,
     IM_OK, IM_ERR_OPENIM_FROM, IM_OK},
    {"MsgInfo", FIELD_OBJECT, FIELD_REQUIRED, FIELD_AT(struct withdraw_fields, info), 0, 0,
     IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET, IM_OK},
};

/* {"From_Account","To_Account","MsgTimeStamp","MsgSeq","MsgRandom"}; the sender is the caller,
   whatever it says. */
static enum im_err decode_user(struct request *req, struct json body)
{
    static const char *const names[] = {"To_Account", "MsgTimeStamp", "MsgSeq", "MsgRandom"};
    struct withdraw_fields *f = req->body;
    struct json values[4];

    (void)body;
    json_members(f->info, names, values, 4);
    if (!json_to_string(values[0], &req->arena, &f->req.to))
        return IM_ERR_OPENIM_TO;
    if (!json_to_u32(values[1], &f->req.key.time) || !json_to_u32(values[2], &f->req.key.seq) ||
        !json_to_u32(values[3], &f->req.key.random))
        return IM_ERR_MSG_PACKET;
    return IM_OK;
}

static const struct command msgwithdraw = {
    .operation = {.number = 56, .run = message_withdraw},
    .service = "openim",
    .name = "msgwithdraw",
    .callers = BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .fields = user_fields,
    .field_count = 2,
    .request_bytes = sizeof(struct withdraw_fields),
    .decode = decode_user,
    .reads = "the message's page",
    .about = "Takes one's own message back within two minutes, for both sides.",
};

const struct command *const commands_withdraw[] = {&admin_msgwithdraw, &msgwithdraw, NULL};
