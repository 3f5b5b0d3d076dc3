/* openim: history of C2C messages, withdrawing, deleting for oneself (server-api §3.5,
   websocket-protocol part 2). */
#include "command/message_item.h"
#include "command/services.h"
#include "core/message/withdraw.h"

#define DEFAULT_COUNT 15u

#define ACCOUNT(name, flags, type, member, err)                                   \
    {                                                                             \
        name, FIELD_ACCOUNT, flags, FIELD_AT(type, member), 0, 0, err, err, IM_OK \
    }
#define NUMBER(name, flags, type, member, err)                                \
    {                                                                         \
        name, FIELD_U32, flags, FIELD_AT(type, member), 0, 0, err, err, IM_OK \
    }
#define TEXT(name, flags, type, member, max, err)                                  \
    {                                                                              \
        name, FIELD_STRING, flags, FIELD_AT(type, member), max, 0, err, err, IM_OK \
    }

#define MSGKEY_BYTES 50u

/* ---- lists ---- */

struct list_fields {
    struct history_req req; /* first: what the core reads */
    struct opt_u32 max, min_time, max_time, last_time, with_withdrawn, direction;
    struct span key;
};

static const struct field admin_list_fields[] = {
    ACCOUNT("From_Account", FIELD_REQUIRED, struct list_fields, req.self, IM_ERR_OPENIM_FROM),
    ACCOUNT("To_Account", FIELD_REQUIRED, struct list_fields, req.peer, IM_ERR_OPENIM_TO),
    NUMBER("MaxCnt", FIELD_REQUIRED, struct list_fields, max, IM_ERR_OPENIM_JSON),
    NUMBER("MinTime", FIELD_REQUIRED, struct list_fields, min_time, IM_ERR_OPENIM_JSON),
    NUMBER("MaxTime", FIELD_REQUIRED, struct list_fields, max_time, IM_ERR_OPENIM_JSON),
    TEXT("LastMsgKey", 0, struct list_fields, key, MSGKEY_BYTES, IM_ERR_OPENIM_JSON),
};

static const struct field user_list_fields[] = {
    ACCOUNT("From_Account", FIELD_SELF, struct list_fields, req.self, IM_ERR_MSG_PACKET),
    ACCOUNT("Peer_Account", FIELD_REQUIRED, struct list_fields, req.peer, IM_ERR_MSG_PACKET),
    NUMBER("MaxCnt", 0, struct list_fields, max, IM_ERR_MSG_PACKET),
    NUMBER("LastMsgTime", 0, struct list_fields, last_time, IM_ERR_MSG_PACKET),
    TEXT("MsgKey", 0, struct list_fields, key, MSGKEY_BYTES, IM_ERR_MSG_PACKET),
    NUMBER("WithRecalledMsg", 0, struct list_fields, with_withdrawn, IM_ERR_MSG_PACKET),
    NUMBER("GetDirection", 0, struct list_fields, direction, IM_ERR_MSG_PACKET),
};

static uint32_t count_clip(struct opt_u32 asked)
{
    if (!asked.set || !asked.v)
        return DEFAULT_COUNT;
    return asked.v < HISTORY_MAX_MESSAGES ? asked.v : HISTORY_MAX_MESSAGES;
}

/* From MaxTime back, or from behind LastMsgKey if that is further back. */
static enum im_err decode_admin_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;
    struct history_req *ask = &f->req;
    struct message_key key;

    (void)body;
    if (!f->max.v)
        return IM_ERR_OPENIM_JSON;
    ask->max = count_clip(f->max);
    ask->min_time = f->min_time.v;
    ask->with_withdrawn = true;
    ask->from = (struct message_key){f->max_time.v, UINT32_MAX, UINT32_MAX};
    ask->inclusive = true;
    if (!f->key.n)
        return IM_OK;
    if (!msgkey_parse(f->key, &key))
        return IM_ERR_OPENIM_JSON;
    if (message_key_compare(key, ask->from) <= 0) {
        ask->from = key;
        ask->inclusive = false;
    }
    return IM_OK;
}

/* From behind MsgKey; without it from LastMsgTime on, that second included; without both from the
   end (forward: the beginning). */
static enum im_err decode_user_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;
    struct history_req *ask = &f->req;

    (void)body;
    ask->max = count_clip(f->max);
    ask->with_withdrawn = f->with_withdrawn.v == 1;
    ask->forward = f->direction.v == 1;
    if (f->key.n)
        return msgkey_parse(f->key, &ask->from) ? IM_OK : IM_ERR_MSG_PACKET;
    ask->inclusive = true;
    if (ask->forward)
        ask->from = (struct message_key){.time = f->last_time.v};
    else if (f->last_time.v)
        ask->from = (struct message_key){f->last_time.v, UINT32_MAX, UINT32_MAX};
    else
        ask->from = MESSAGE_KEY_LAST;
    return IM_OK;
}

/* How many fit into one reply; one always does. */
static uint32_t count_fitting(const struct request *req, const struct history_result *result)
{
    size_t bytes = 0;
    uint32_t n = 0;

    while (n < result->count) {
        bytes += req->bodies[n].body.n + req->bodies[n].cloud.n;
        if (n && bytes > HISTORY_MAX_BYTES)
            break;
        n++;
    }
    return n;
}

/* Oldest first in either direction: the SDK puts a page before or behind what it has. */
static void put_messages(struct buf *into, const struct request *req,
                         const struct history_result *result, uint32_t count)
{
    BUF_LIT(into, ",\"MsgList\":[");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = result->forward ? i : count - 1 - i;

        if (i)
            BUF_LIT(into, ",");
        message_item_put(into, &result->items[at], &req->bodies[at]);
    }
    BUF_LIT(into, "]");
}

static void put_list(struct request *req, struct buf *into, const char *count_name,
                     const char *key_name)
{
    const struct history_result *result = req->result;
    uint32_t count = count_fitting(req, result);
    bool all = count == result->count;
    struct message_key last = all ? result->cursor : result->items[count - 1].entry.key;

    buf_printf(into, ",\"Complete\":%d,\"%s\":%u,\"LastMsgTime\":%u,\"%s\":\"",
               all && result->complete, count_name, count, last.time, key_name);
    if (!message_key_is_zero(last))
        msgkey_put(into, last);
    BUF_LIT(into, "\"");
    put_messages(into, req, result, count);
}

static void encode_admin_list(struct request *req, struct buf *into)
{
    put_list(req, into, "MsgCnt", "LastMsgKey");
}

static void encode_user_list(struct request *req, struct buf *into)
{
    put_list(req, into, "MaxCnt", "MsgKey");
}

static const struct command admin_getroammsg = {
    .operation = {.number = 60, .rate = RATE_STANDARD, .run = history_list},
    .service = "openim",
    .name = "admin_getroammsg",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = admin_list_fields,
    .field_count = sizeof(admin_list_fields) / sizeof(admin_list_fields[0]),
    .request_bytes = sizeof(struct list_fields),
    .decode = decode_admin_list,
    .encode = encode_admin_list,
    .reads = "accounts, the conversation's pages and contacts, bodies from the journal",
    .about = "Messages between two accounts in a range of seconds, seen from From_Account, page by "
             "page from the newest back.",
};

static const struct command getroammsg = {
    .operation = {.number = 64, .shows_rows = true, .run = history_list},
    .service = "openim",
    .name = "getroammsg",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = user_list_fields,
    .field_count = sizeof(user_list_fields) / sizeof(user_list_fields[0]),
    .request_bytes = sizeof(struct list_fields),
    .decode = decode_user_list,
    .encode = encode_user_list,
    .reads = "accounts, the conversation's pages and contacts, bodies from the journal",
    .about = "The caller's history with one peer, backwards from the newest or forwards from a "
             "second.",
};

/* ---- withdrawing ---- */

struct withdraw_fields {
    struct withdraw_req req; /* first: what the core reads */
    struct span key;
    struct json info;
};

static const struct field admin_withdraw_fields[] = {
    ACCOUNT("From_Account", FIELD_REQUIRED, struct withdraw_fields, req.from, IM_ERR_OPENIM_FROM),
    ACCOUNT("To_Account", FIELD_REQUIRED, struct withdraw_fields, req.to, IM_ERR_OPENIM_TO),
    TEXT("MsgKey", FIELD_REQUIRED, struct withdraw_fields, key, MSGKEY_BYTES, IM_ERR_OPENIM_KEY),
};

/* The sender is the caller, whatever stands in MsgInfo. */
static const struct field user_withdraw_fields[] = {
    ACCOUNT("From_Account", FIELD_SELF, struct withdraw_fields, req.from, IM_ERR_MSG_PACKET),
    {"MsgInfo", FIELD_OBJECT, FIELD_REQUIRED, FIELD_AT(struct withdraw_fields, info), 0, 0,
     IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET, IM_OK},
};

static enum im_err decode_admin_withdraw(struct request *req, struct json body)
{
    struct withdraw_fields *f = req->body;

    (void)body;
    return msgkey_parse(f->key, &f->req.key) ? IM_OK : IM_ERR_OPENIM_KEY;
}

static enum im_err decode_user_withdraw(struct request *req, struct json body)
{
    struct withdraw_fields *f = req->body;
    struct message_key *key = &f->req.key;

    (void)body;
    if (!json_to_string(json_member(f->info, "To_Account"), &req->arena, &f->req.to) ||
        !json_to_u32(json_member(f->info, "MsgTimeStamp"), &key->time) ||
        !json_to_u32(json_member(f->info, "MsgSeq"), &key->seq) ||
        !json_to_u32(json_member(f->info, "MsgRandom"), &key->random))
        return IM_ERR_MSG_PACKET;
    return IM_OK;
}

static const struct command admin_msgwithdraw = {
    .operation = {.number = 55, .rate = RATE_STANDARD, .run = message_withdraw},
    .service = "openim",
    .name = "admin_msgwithdraw",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = admin_withdraw_fields,
    .field_count = sizeof(admin_withdraw_fields) / sizeof(admin_withdraw_fields[0]),
    .request_bytes = sizeof(struct withdraw_fields),
    .decode = decode_admin_withdraw,
    .reads = "accounts, the message's page",
    .about = "Withdraws a message for both sides, as long as it exists.",
};

static const struct command msgwithdraw = {
    .operation = {.number = 56, .run = message_withdraw},
    .service = "openim",
    .name = "msgwithdraw",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = user_withdraw_fields,
    .field_count = sizeof(user_withdraw_fields) / sizeof(user_withdraw_fields[0]),
    .request_bytes = sizeof(struct withdraw_fields),
    .decode = decode_user_withdraw,
    .reads = "accounts, the message's page",
    .about = "Withdraws one of the caller's messages of the last two minutes.",
};

/* ---- deleting for oneself ---- */

struct hide_fields {
    struct history_hide_req req; /* first: what the core reads */
    struct account_list keys;
};

static const struct field hide_fields[] = {
    ACCOUNT("From_Account", FIELD_SELF, struct hide_fields, req.self, IM_ERR_MSG_PACKET),
    ACCOUNT("To_Account", FIELD_REQUIRED, struct hide_fields, req.peer, IM_ERR_MSG_PACKET),
    {"MsgKeyList", FIELD_STRINGS, FIELD_REQUIRED, FIELD_AT(struct hide_fields, keys), MSGKEY_BYTES,
     HISTORY_MAX_HIDDEN, IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET},
};

static enum im_err decode_hide(struct request *req, struct json body)
{
    struct hide_fields *f = req->body;

    (void)body;
    f->req.keys = ARENA_ARRAY(&req->arena, struct message_key, f->keys.count);
    f->req.count = f->keys.count;
    for (uint32_t i = 0; i < f->keys.count; i++) {
        if (!msgkey_parse(f->keys.items[i], &f->req.keys[i]))
            return IM_ERR_MSG_PACKET;
    }
    return IM_OK;
}

static const struct command delete_c2c_msg_ramble = {
    .operation = {.number = 66, .run = history_hide},
    .service = "openim",
    .name = "delete_c2c_msg_ramble",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = hide_fields,
    .field_count = sizeof(hide_fields) / sizeof(hide_fields[0]),
    .request_bytes = sizeof(struct hide_fields),
    .decode = decode_hide,
    .reads = "accounts, the messages' pages",
    .about = "Deletes up to 100 messages of a conversation for the caller only.",
};

const struct command *const commands_history[] = {
    &admin_getroammsg, &getroammsg, &admin_msgwithdraw, &msgwithdraw, &delete_c2c_msg_ramble, NULL};
