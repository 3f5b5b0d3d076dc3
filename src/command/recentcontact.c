/* recentcontact: recent contacts (server-api §3.10, §12.3, websocket-behaviour §4). */
#include "command/group_item.h"
#include "command/message_item.h"
#include "command/services.h"
#include "core/group/page.h"
#include "core/history/page.h"
#include "core/recent/change.h"
#include "core/recent/list.h"

/* Items of one reply beyond so many bytes come without LastMsg, nick and avatar, so that the whole
   list, 5,000 items of at most 600 bytes, still fits into a reply. */
#define FULL_ITEM_BYTES ((size_t)4 << 20)

enum contact_type { CONTACT_C2C = 1, CONTACT_GROUP = 2 };

#define NUMBER(name, flags, type, member)                                          \
    {                                                                              \
        name, FIELD_U32, flags, FIELD_AT(type, member), 0, 0, IM_ERR_RECENT_PARAM, \
            IM_ERR_RECENT_PARAM, IM_OK                                             \
    }
#define ACCOUNT(name, flags, type, member)                                             \
    {                                                                                  \
        name, FIELD_ACCOUNT, flags, FIELD_AT(type, member), 0, 0, IM_ERR_RECENT_PARAM, \
            IM_ERR_RECENT_PARAM, IM_OK                                                 \
    }
#define ARRAY(name, flags, type, member)                                         \
    {                                                                            \
        name, FIELD_ARRAY, flags, FIELD_AT(type, member), RECENT_MAX_CHANGES, 0, \
            IM_ERR_RECENT_PARAM, IM_ERR_RECENT_PARAM, IM_OK                      \
    }
#define TEXT(name, flags, type, member)                                               \
    {                                                                                 \
        name, FIELD_STRING, flags, FIELD_AT(type, member), 0, 0, IM_ERR_RECENT_PARAM, \
            IM_ERR_RECENT_PARAM, IM_OK                                                \
    }

/* ---- lists ---- */

struct list_fields {
    struct recent_req req; /* first: what the core reads */
    struct opt_u32 time, start, top_time, top_start, assist;
};

static const struct field list_fields[] = {
    ACCOUNT("From_Account", FIELD_REQUIRED, struct list_fields, req.account),
    NUMBER("TimeStamp", FIELD_REQUIRED, struct list_fields, time),
    NUMBER("StartIndex", FIELD_REQUIRED, struct list_fields, start),
    NUMBER("TopTimeStamp", 0, struct list_fields, top_time),
    NUMBER("TopStartIndex", 0, struct list_fields, top_start),
    NUMBER("AssistFlags", FIELD_REQUIRED, struct list_fields, assist),
};

/* The SDK's cursors are not read: it gets everything each time and merges by conversation. */
static const struct field page_fields[] = {
    ACCOUNT("From_Account", FIELD_SELF, struct list_fields, req.account),
};

static enum im_err decode_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;

    (void)body;
    f->req.others = (struct recent_cursor){f->time.v, f->start.v};
    f->req.pinned = (struct recent_cursor){f->top_time.v, f->top_start.v};
    f->req.assist = f->assist.v;
    return IM_OK;
}

static void put_cursors(struct buf *into, const struct recent_result *result)
{
    buf_printf(into,
               "],\"CompleteFlag\":%d,\"TimeStamp\":%u,\"StartIndex\":%u,\"TopTimeStamp\":%u,"
               "\"TopStartIndex\":%u",
               result->complete, result->others.time, result->others.start, result->pinned.time,
               result->pinned.start);
}

static void encode_list(struct request *req, struct buf *into)
{
    const struct recent_result *result = req->result;

    BUF_LIT(into, ",\"SessionItem\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct recent_item *item = &result->items[i];

        buf_printf(into, "%s{\"Type\":%d,\"%s\":", i ? "," : "",
                   item->is_group ? CONTACT_GROUP : CONTACT_C2C,
                   item->is_group ? "GroupId" : "To_Account");
        json_put_string(into, item->peer);
        buf_printf(into, ",\"MsgTime\":%u,\"TopFlag\":%d}", item->last_s, item->pinned);
    }
    put_cursors(into, result);
}

static void put_last(struct buf *into, const struct request *req, const struct list_fields *f,
                     const struct recent_item *item)
{
    const struct message_body *body = &req->bodies[item->body];
    struct span from = item->last_from_peer ? item->peer : f->req.account;
    bool withdrawn = item->entry.flags & MESSAGE_WITHDRAWN;

    buf_printf(into, ",\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgClientTime\":%u,\"LastMsgFlags\":%d",
               item->entry.key.seq, item->entry.key.random,
               body->found && body->client_time ? body->client_time
                                                : entry_client_time(&item->entry),
               withdrawn ? MESSAGE_FLAG_BITS_WITHDRAWN : 0);
    BUF_LIT(into, ",\"LastC2CMsgFrom_Account\":");
    json_put_string(into, from);
    BUF_LIT(into, ",\"LastMsg\":{");
    message_content_put(into, &item->entry, from, body);
    BUF_LIT(into, "}");
}

/* The time by which the SDK sorts stays that of the last message, though its owner deleted it. */
static void put_item(struct buf *into, const struct request *req, const struct list_fields *f,
                     const struct recent_item *item, bool full)
{
    const struct span none = {0};
    uint32_t time = item->has_last ? item->entry.key.time : item->last_s;

    BUF_LIT(into, "{\"Type\":1,\"To_Account\":");
    json_put_string(into, item->peer);
    buf_printf(into,
               ",\"MsgTimeStamp\":%u,\"MsgTime\":%u,\"C2cPeerReadTime\":%u,\"TopFlags\":%d,"
               "\"UnreadMsgCount\":0,\"MsgRecvOption\":0,\"StandardMark\":\"0\",\"CustomMark\":"
               "\"\",\"ContactGroupId\":[],\"C2cRemark\":\"\",\"C2cNick\":",
               time, time, item->peer_read_s, item->pinned);
    json_put_string(into, full ? item->nick : none);
    BUF_LIT(into, ",\"C2cImage\":");
    json_put_string(into, full ? item->face : none);
    if (item->has_last && full)
        put_last(into, req, f, item);
    BUF_LIT(into, "}");
}

static void put_text(struct buf *into, const char *member, struct span text)
{
    buf_add_span(into, span_of(member));
    json_put_string(into, text);
}

static void put_group_tip(struct buf *into, const struct recent_group *group, struct span body)
{
    put_text(into, "\"Event\":4,\"GroupTips\":{\"From_Account\":\"@TIM#SYSTEM\",\"ToGroupId\":",
             group->id);
    buf_printf(into,
               ",\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgTimeStamp\":%u,\"MsgClientTime\":%u,"
               "\"GroupInfo\":{\"GroupType\":\"%s\",\"GroupId\":",
               group->seq, group->entry.random, group->entry.time, group->entry.time,
               group_type_name(group->type));
    json_put_string(into, group->id);
    put_text(into, ",\"GroupName\":", group->name);
    BUF_LIT(into, "},\"MsgBody\":");
    group_tip_put(into, body);
    BUF_LIT(into, "}");
}

static void put_group_content(struct buf *into, const struct recent_group *group,
                              const struct message_body *body)
{
    if (group->entry.flags & GROUP_MESSAGE_WITHDRAWN) {
        /* One element, empty: the SDK leaves out messages that have none. */
        BUF_LIT(into, "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\"}}],"
                      "\"CloudCustomData\":\"\"");
        put_text(into, ",\"RevokerInfo\":{\"Revoker_Account\":", body->by);
        put_text(into, ",\"Reason\":", body->reason);
        BUF_LIT(into, "}");
    } else if (group->entry.flags & GROUP_MESSAGE_TIP) {
        put_group_tip(into, group, body->body);
    } else {
        BUF_LIT(into, "\"MsgBody\":");
        buf_add_span(into, body->body.n ? body->body : SPAN_LIT("[]"));
        BUF_LIT(into, ",\"CloudCustomData\":");
        buf_add_span(into, body->cloud.n ? body->cloud : SPAN_LIT("\"\""));
    }
}

/* §4. MsgSeq is the group's newest, which may be one that is not to be shown here: a client reads
   the history from this number on back, and fetches up to it what it missed. */
static void put_group_last(struct buf *into, const struct request *req,
                           const struct recent_item *item)
{
    const struct message_body *body = &req->bodies[item->body];
    const struct recent_group *group = item->group;
    bool withdrawn = group->entry.flags & GROUP_MESSAGE_WITHDRAWN;

    buf_printf(into, ",\"MsgSeq\":%u,\"MsgRandom\":%u,\"MsgClientTime\":%u,\"LastMsgFlags\":%d",
               group->next_seq - 1, group->entry.random,
               body->found && body->client_time ? body->client_time
                                                : group_entry_client_time(&group->entry),
               withdrawn ? GROUP_FLAG_BITS_WITHDRAWN : 0);
    put_text(into, ",\"MsgGroupFrom_Account\":", group->from);
    put_text(into, ",\"MsgGroupFromNickName\":", group->nick);
    put_text(into, ",\"MsgGroupFromCardName\":", group->card);
    BUF_LIT(into, ",\"LastMsg\":{");
    put_group_content(into, group, body);
    BUF_LIT(into, "}");
}

/* §4: the key of a group is ToAccount. UnreadMsgCount is taken as it is. */
static void put_group_item(struct buf *into, const struct request *req,
                           const struct recent_item *item, bool full)
{
    const struct recent_group *group = item->group;
    const struct span none = {0};
    uint32_t time = group->has_last ? group->entry.time : item->last_s;

    BUF_LIT(into, "{\"Type\":2,\"ToAccount\":");
    json_put_string(into, group->id);
    buf_printf(
        into,
        ",\"MsgTimeStamp\":%u,\"MsgTime\":%u,\"GroupNextMsgSeq\":%u,\"MsgGroupReadedSeq\":%u,"
        "\"UnreadMsgCount\":%u,\"GroupIgnoredUnreadSeqCount\":0,\"TopFlags\":%d,"
        "\"MsgRecvOption\":%u,\"StandardMark\":\"0\",\"CustomMark\":\"\",\"ContactGroupId\":[],"
        "\"GroupType\":\"%s\",\"GroupNick\":",
        time, time, group->next_seq, group->read_seq, group->unread, item->pinned, group->option,
        group_type_name(group->type));
    json_put_string(into, full ? group->name : none);
    BUF_LIT(into, ",\"GroupImage\":");
    json_put_string(into, full ? group->face : none);
    if (group->has_last && full)
        put_group_last(into, req, item);
    BUF_LIT(into, "}");
}

static void encode_page(struct request *req, struct buf *into)
{
    const struct list_fields *f = req->body;
    const struct recent_result *result = req->result;
    size_t begin = into->n;

    BUF_LIT(into, ",\"SessionItem\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        if (result->items[i].group)
            put_group_item(into, req, &result->items[i], into->n - begin < FULL_ITEM_BYTES);
        else
            put_item(into, req, f, &result->items[i], into->n - begin < FULL_ITEM_BYTES);
    }
    buf_printf(into,
               "],\"CompleteFlag\":1,\"TimeStamp\":%u,\"StartIndex\":0,\"TopTimeStamp\":%u,"
               "\"TopStartIndex\":0,\"GroupItem\":[]",
               result->now_s, result->now_s);
}

static const struct command get_list = {
    .operation = {.number = 72, .rate = RATE_STANDARD, .run = recent_list},
    .service = "recentcontact",
    .name = "get_list",
    .callers = BY_ADMIN,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_RECENT_PARAM,
    .not_admin = IM_ERR_RECENT_ADMIN,
    .fields = list_fields,
    .field_count = sizeof(list_fields) / sizeof(list_fields[0]),
    .request_bytes = sizeof(struct list_fields),
    .decode = decode_list,
    .encode = encode_list,
    .reads = "the account's contacts and groups, their names",
    .about = "Recent contacts of an account, 100 a page, pinned ones first.",
};

static const struct command page_get = {
    .operation = {.number = 74, .run = recent_page},
    .service = "recentcontact",
    .name = "page_get",
    .callers = BY_USER,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_RECENT_PARAM,
    .fields = page_fields,
    .field_count = 1,
    .request_bytes = sizeof(struct list_fields),
    .encode = encode_page,
    .reads =
        "the caller's contacts; of each peer name, nick, avatar, read mark; the caller's groups, "
        "who sent last and what is unread; last messages",
    .about = "The caller's recent contacts with their last messages.",
};

/* ---- changes ---- */

struct change_fields {
    struct recent_change_req req; /* first: what the core reads */
    struct recent_change one;
    struct opt_u32 type, clear, operation;
    struct span to, group;
    struct json list;
};

/* The SDK names it ToGroupid when it deletes and GroupId when it pins. */
static struct json group_of(struct json item)
{
    struct json id = json_member(item, "ToGroupid");

    if (id.type != JSON_STRING)
        id = json_member(item, "ToGroupId");
    return id.type == JSON_STRING ? id : json_member(item, "GroupId");
}

/* {"Type":1,"To_Account"} or {"Type":2,"ToGroupid" or "GroupId"}. */
static enum im_err change_set(uint32_t type, struct span to, struct span group,
                              struct recent_change *change)
{
    change->group = type == CONTACT_GROUP;
    change->peer = change->group ? group : to;
    if (change->group)
        return group.n ? IM_OK : IM_ERR_RECENT_PARAM;
    return type == CONTACT_C2C && to.n && to.n <= 32 ? IM_OK : IM_ERR_RECENT_PARAM;
}

static enum im_err decode_one(struct request *req, struct json body)
{
    struct change_fields *f = req->body;

    (void)body;
    f->req.items = &f->one;
    f->req.count = 1;
    f->req.clear = f->clear.v == 1;
    return change_set(f->type.set ? f->type.v : CONTACT_C2C, f->to, f->group, &f->one);
}

static enum im_err decode_many(struct request *req, struct json body)
{
    struct change_fields *f = req->body;
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;

    (void)body;
    f->req.clear = f->clear.v == 1;
    f->req.pin = f->operation.v == 1;
    f->req.items = ARENA_ARRAY(&req->arena, struct recent_change, json_count(f->list));
    while (json_next(&it, &key, &item)) {
        struct span to = {0}, group = {0};
        uint32_t type;
        enum im_err err;

        if (!json_to_u32(json_member(item, "Type"), &type))
            return IM_ERR_RECENT_PARAM;
        json_to_string(json_member(item, "To_Account"), &req->arena, &to);
        json_to_string(group_of(item), &req->arena, &group);
        err = change_set(type, to, group, &f->req.items[f->req.count++]);
        if (err)
            return err;
    }
    return IM_OK;
}

static enum im_err decode_top(struct request *req, struct json body)
{
    const struct change_fields *f = req->body;

    if (f->operation.v != 1 && f->operation.v != 2)
        return IM_ERR_RECENT_PARAM;
    return decode_many(req, body);
}

/* ResultItem names each conversation as the request did. */
static void encode_results(struct request *req, struct buf *into)
{
    const struct change_fields *f = req->body;
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;
    bool first = true;

    BUF_LIT(into, ",\"ResultItem\":[");
    while (json_next(&it, &key, &item)) {
        struct json group = group_of(item);
        struct json to = json_member(item, "To_Account");

        buf_printf(into, "%s{\"Type\":%d", first ? "" : ",",
                   to.type == JSON_STRING ? CONTACT_C2C : CONTACT_GROUP);
        first = false;
        if (to.type == JSON_STRING) {
            BUF_LIT(into, ",\"To_Account\":");
            buf_add_span(into, to.text);
        } else if (group.type == JSON_STRING) {
            BUF_LIT(into, ",\"ToGroupid\":");
            buf_add_span(into, group.text);
        }
        BUF_LIT(into, ",\"ResultCode\":0,\"ResultInfo\":\"\"}");
    }
    BUF_LIT(into, "]");
}

static const struct field delete_fields[] = {
    ACCOUNT("From_Account", FIELD_REQUIRED, struct change_fields, req.account),
    NUMBER("Type", FIELD_REQUIRED, struct change_fields, type),
    TEXT("To_Account", 0, struct change_fields, to),
    TEXT("ToGroupid", 0, struct change_fields, group),
    NUMBER("ClearRamble", 0, struct change_fields, clear),
};

static const struct field batch_delete_fields[] = {
    ACCOUNT("From_Account", FIELD_SELF, struct change_fields, req.account),
    ARRAY("ContactItem", FIELD_REQUIRED, struct change_fields, list),
    NUMBER("ClearRamble", 0, struct change_fields, clear),
};

static const struct field top_fields[] = {
    ACCOUNT("From_Account", FIELD_SELF, struct change_fields, req.account),
    NUMBER("OperationType", FIELD_REQUIRED, struct change_fields, operation),
    ARRAY("RecentContactItem", FIELD_REQUIRED, struct change_fields, list),
};

static const struct field clear_fields[] = {
    ACCOUNT("From_Account", FIELD_SELF, struct change_fields, req.account),
    NUMBER("Type", 0, struct change_fields, type),
    TEXT("To_Account", 0, struct change_fields, to),
    TEXT("ToGroupid", 0, struct change_fields, group),
};

static const struct command delete_command = {
    .operation = {.number = 73, .rate = RATE_STANDARD, .run = recent_delete},
    .service = "recentcontact",
    .name = "delete",
    .callers = BY_ADMIN,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_RECENT_PARAM,
    .not_admin = IM_ERR_RECENT_ADMIN,
    .fields = delete_fields,
    .field_count = sizeof(delete_fields) / sizeof(delete_fields[0]),
    .request_bytes = sizeof(struct change_fields),
    .decode = decode_one,
    .reads = "accounts, the contact or group",
    .about = "Takes a conversation off an account's recent contacts, and its history if asked.",
};

static const struct command batch_delete = {
    .operation = {.number = 75, .run = recent_delete},
    .service = "recentcontact",
    .name = "batch_delete",
    .callers = BY_USER,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_RECENT_PARAM,
    .fields = batch_delete_fields,
    .field_count = sizeof(batch_delete_fields) / sizeof(batch_delete_fields[0]),
    .request_bytes = sizeof(struct change_fields),
    .decode = decode_many,
    .encode = encode_results,
    .reads = "accounts, the contacts, groups",
    .about = "Takes up to 100 conversations off the caller's recent contacts.",
};

static const struct command top = {
    .operation = {.number = 76, .run = recent_top},
    .service = "recentcontact",
    .name = "top",
    .callers = BY_USER,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_RECENT_PARAM,
    .fields = top_fields,
    .field_count = sizeof(top_fields) / sizeof(top_fields[0]),
    .request_bytes = sizeof(struct change_fields),
    .decode = decode_top,
    .encode = encode_results,
    .reads = "accounts, the contacts, groups",
    .about = "Pins or unpins conversations of the caller.",
};

static const struct command clear_msg = {
    .operation = {.number = 77, .run = recent_clear},
    .service = "recentcontact",
    .name = "clear_msg",
    .callers = BY_USER,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_RECENT_PARAM,
    .fields = clear_fields,
    .field_count = sizeof(clear_fields) / sizeof(clear_fields[0]),
    .request_bytes = sizeof(struct change_fields),
    .decode = decode_one,
    .reads = "accounts, the contact, the conversation's last page; or the group",
    .about = "Clears the caller's history of one conversation; it stays listed.",
};

const struct command *const commands_recentcontact[] = {
    &get_list, &page_get, &delete_command, &batch_delete, &top, &clear_msg, NULL};
