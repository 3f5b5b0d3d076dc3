/* openim: read marks and unread counts of C2C messages (server-api §3.5, websocket-behaviour §1).
 */
#include "command/services.h"
#include "core/recent/read.h"
#include "core/recent/unread.h"

/* ---- one conversation or several ---- */

struct read_fields {
    struct read_req req; /* first: what the core reads */
    struct read_item peer;
    struct opt_u32 time;
    struct json readed;
};

static const struct field admin_read_fields[] = {
    {"Report_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct read_fields, req.account), 0,
     0, IM_ERR_OPENIM_FROM, IM_ERR_OPENIM_FROM, IM_OK},
    {"Peer_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct read_fields, peer.peer), 0, 0,
     IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_OK},
    {"MsgReadTime", FIELD_U32, 0, FIELD_AT(struct read_fields, time), 0, 0, IM_OK,
     IM_ERR_OPENIM_JSON, IM_OK},
};

static const struct field user_read_fields[] = {
    {"Report_Account", FIELD_ACCOUNT, FIELD_SELF, FIELD_AT(struct read_fields, req.account), 0, 0,
     IM_OK, IM_ERR_MSG_PACKET, IM_OK},
    {"C2CMsgReaded", FIELD_OBJECT, FIELD_REQUIRED, FIELD_AT(struct read_fields, readed), 0, 0,
     IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET, IM_OK},
};

static enum im_err decode_admin_read(struct request *req, struct json body)
{
    struct read_fields *f = req->body;

    (void)body;
    f->peer.read_s = f->time.v;
    f->peer.receipt = true;
    f->req.items = &f->peer;
    f->req.count = 1;
    return IM_OK;
}

static enum im_err decode_item(struct request *req, struct json from, struct read_item *item)
{
    struct json time = json_option(from, "LastedMsgTime");
    struct json receipt = json_option(from, "Receipt");
    uint32_t wanted = 1;

    if (!json_to_string(json_member(from, "To_Account"), &req->arena, &item->peer) ||
        (time.type != JSON_NONE && !json_to_u32(time, &item->read_s)) ||
        (receipt.type != JSON_NONE && !json_to_u32(receipt, &wanted)))
        return IM_ERR_MSG_PACKET;
    item->receipt = wanted != 0;
    return IM_OK;
}

static enum im_err decode_user_read(struct request *req, struct json body)
{
    struct read_fields *f = req->body;
    struct json list = json_member(f->readed, "C2CMsgReadedItem"), from;
    struct json_iter it = json_iter(list);
    struct span key;
    size_t count = json_count(list);

    (void)body;
    if (list.type != JSON_ARRAY || count > READ_MAX_PEERS)
        return IM_ERR_MSG_PACKET;
    f->req.items = ARENA_ARRAY(&req->arena, struct read_item, count);
    while (json_next(&it, &key, &from)) {
        enum im_err err = decode_item(req, from, &f->req.items[f->req.count++]);

        if (err)
            return err;
    }
    return IM_OK;
}

static const struct command admin_set_msg_read = {
    .operation = {.number = 51, .rate = RATE_STANDARD, .run = read_report},
    .service = "openim",
    .name = "admin_set_msg_read",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = admin_read_fields,
    .field_count = sizeof(admin_read_fields) / sizeof(admin_read_fields[0]),
    .request_bytes = sizeof(struct read_fields),
    .decode = decode_admin_read,
    .reads = "accounts, the contact",
    .about = "Marks what Peer_Account sent to Report_Account as read, up to and including a "
             "second.",
};

static const struct command msgreaded = {
    .operation = {.number = 50, .run = read_report},
    .service = "openim",
    .name = "msgreaded",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = user_read_fields,
    .field_count = sizeof(user_read_fields) / sizeof(user_read_fields[0]),
    .request_bytes = sizeof(struct read_fields),
    .decode = decode_user_read,
    .reads = "accounts, the contacts",
    .about = "Reports what the caller has read, peer by peer; peers and other terminals hear it.",
};

/* ---- everything ---- */

struct read_all_fields {
    struct read_all_req req; /* first: what the core reads */
    struct opt_u32 c2c;
    struct json groups;
};

static const struct field read_all_fields[] = {
    {"Report_Account", FIELD_ACCOUNT, FIELD_SELF, FIELD_AT(struct read_all_fields, req.account), 0,
     0, IM_OK, IM_ERR_MSG_PACKET, IM_OK},
    {"C2CReadAllMsg", FIELD_U32, 0, FIELD_AT(struct read_all_fields, c2c), 0, 0, IM_OK,
     IM_ERR_MSG_PACKET, IM_OK},
    {"GroupReadInfo", FIELD_ARRAY, 0, FIELD_AT(struct read_all_fields, groups), READ_MAX_GROUPS, 0,
     IM_OK, IM_ERR_MSG_PACKET, IM_OK},
};

static enum im_err decode_read_all(struct request *req, struct json body)
{
    struct read_all_fields *f = req->body;
    struct json_iter it = json_iter(f->groups);
    struct json item;
    struct span key;

    (void)body;
    f->req.c2c = f->c2c.v != 0;
    if (f->groups.type != JSON_ARRAY)
        return IM_OK;
    f->req.groups = ARENA_ARRAY(&req->arena, struct group_reading, json_count(f->groups));
    while (json_next(&it, &key, &item)) {
        struct group_reading *group = &f->req.groups[f->req.group_count++];
        struct json seq = json_option(item, "MsgSeq");

        if (!json_to_string(json_member(item, "GroupId"), &req->arena, &group->id) ||
            (seq.type != JSON_NONE && !json_to_u32(seq, &group->wanted_seq)))
            return IM_ERR_MSG_PACKET;
    }
    return IM_OK;
}

static void encode_read_all(struct request *req, struct buf *into)
{
    const struct read_all_fields *f = req->body;

    buf_printf(into, ",\"C2CReadAllMsg\":%d,\"GroupReadInfoArray\":[", f->req.c2c);
    for (uint32_t i = 0; i < f->req.group_count; i++) {
        const struct group_reading *group = &f->req.groups[i];

        buf_printf(into, "%s{\"GroupId\":", i ? "," : "");
        json_put_string(into, group->id);
        buf_printf(into, ",\"MsgSeq\":%u,\"RetCode\":%d}", group->read_seq,
                   group->err ? err_public(group->err) : 0);
    }
    BUF_LIT(into, "]");
}

static const struct command read_all_unread_msg = {
    .operation = {.number = 52, .run = read_everything},
    .service = "openim",
    .name = "read_all_unread_msg",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = read_all_fields,
    .field_count = sizeof(read_all_fields) / sizeof(read_all_fields[0]),
    .request_bytes = sizeof(struct read_all_fields),
    .decode = decode_read_all,
    .encode = encode_read_all,
    .reads = "the caller's contacts, the groups named",
    .about = "Marks all that was sent to the caller as read: by persons, in groups that it names.",
};

/* ---- what peers have read ---- */

struct peer_read_fields {
    struct peer_read_req req; /* first: what the core reads */
    struct account_list peers;
};

static const struct field peer_read_fields[] = {
    {"To_Account", FIELD_ACCOUNTS, FIELD_REQUIRED, FIELD_AT(struct peer_read_fields, peers), 0,
     READ_MAX_PEERS, IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET, IM_ERR_MSG_PACKET},
};

static enum im_err decode_peer_read(struct request *req, struct json body)
{
    struct peer_read_fields *f = req->body;

    (void)body;
    f->req.peers = f->peers.items;
    f->req.count = f->peers.count;
    return IM_OK;
}

static void encode_peer_read(struct request *req, struct buf *into)
{
    const struct peer_read_result *result = req->result;

    BUF_LIT(into, ",\"ReadTime\":[");
    for (uint32_t i = 0; i < result->count; i++)
        buf_printf(into, "%s%u", i ? "," : "", result->read_s[i]);
    BUF_LIT(into, "]");
}

static const struct command get_peer_read_time = {
    .operation = {.number = 53, .run = peer_read_times},
    .service = "openim",
    .name = "get_peer_read_time",
    .callers = BY_USER,
    .bad_json = IM_ERR_MSG_PACKET,
    .fields = peer_read_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct peer_read_fields),
    .decode = decode_peer_read,
    .encode = encode_peer_read,
    .reads = "accounts, the peers' contacts",
    .about = "Up to which second each peer has read the caller's messages; 0: nothing.",
};

/* ---- unread counts ---- */

struct unread_fields {
    struct unread_req req; /* first: what the core reads */
    struct account_list peers;
};

static const struct field unread_fields[] = {
    {"To_Account", FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct unread_fields, req.account), 0, 0,
     IM_ERR_OPENIM_TO, IM_ERR_OPENIM_TO, IM_OK},
    {"Peer_Account", FIELD_STRINGS, 0, FIELD_AT(struct unread_fields, peers), 0, UNREAD_MAX_PEERS,
     IM_OK, IM_ERR_OPENIM_JSON, IM_ERR_OPENIM_TOO_MANY},
};

static enum im_err decode_unread(struct request *req, struct json body)
{
    struct unread_fields *f = req->body;

    (void)body;
    f->req.peers = f->peers.items;
    f->req.peer_count = f->peers.count;
    return IM_OK;
}

static void put_unknown(const struct unread_result *result, struct buf *into)
{
    const char *before = ",\"ErrorList\":[", *after = "";

    for (uint32_t i = 0; i < result->peer_count; i++) {
        if (result->peers[i].exists)
            continue;
        buf_printf(into, "%s{\"Peer_Account\":", before);
        json_put_string(into, result->peers[i].peer);
        buf_printf(into, ",\"ErrorCode\":%d}", IM_ERR_ACCOUNT_MISSING);
        before = ",";
        after = "]";
    }
    buf_add_span(into, span_of(after));
}

static void encode_unread(struct request *req, struct buf *into)
{
    const struct unread_result *result = req->result;
    const char *comma = "";

    if (!result->peer_count) {
        buf_printf(into, ",\"AllC2CUnreadMsgNum\":%u", result->all);
        return;
    }
    BUF_LIT(into, ",\"C2CUnreadMsgNumList\":[");
    for (uint32_t i = 0; i < result->peer_count; i++) {
        if (!result->peers[i].exists)
            continue;
        buf_printf(into, "%s{\"Peer_Account\":", comma);
        json_put_string(into, result->peers[i].peer);
        buf_printf(into, ",\"C2CUnreadMsgNum\":%u}", result->peers[i].count);
        comma = ",";
    }
    BUF_LIT(into, "]");
    put_unknown(result, into);
}

static const struct command get_c2c_unread_msg_num = {
    .operation = {.number = 54, .rate = RATE_STANDARD, .run = unread_read},
    .service = "openim",
    .name = "get_c2c_unread_msg_num",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = unread_fields,
    .field_count = sizeof(unread_fields) / sizeof(unread_fields[0]),
    .request_bytes = sizeof(struct unread_fields),
    .decode = decode_unread,
    .encode = encode_unread,
    .reads = "accounts, contacts, pages of conversations with something unread",
    .about = "Unread C2C messages of an account, in all or from up to 10 peers.",
};

const struct command *const commands_read[] = {&admin_set_msg_read,     &msgreaded,
                                               &read_all_unread_msg,    &get_peer_read_time,
                                               &get_c2c_unread_msg_num, NULL};
