/* Group messages read: history and what was recalled (server-api §3.6, websocket-behaviour §2,
   §5). */
#include "command/group_item.h"
#include "command/group_seqs.h"
#include "command/services.h"
#include "core/group/history.h"
#include "core/group/recall.h"
#include "core/history/history.h"

#define DEFAULT_COUNT 15u
#define IS_FINISHED_ALL_EXPIRED 2

#define TEXT(name, flags, type, member, max)                                           \
    {                                                                                  \
        name, FIELD_STRING, flags, FIELD_AT(type, member), max, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                                  \
    }
#define NUMBER(name, flags, type, member)                                         \
    {                                                                             \
        name, FIELD_U32, flags, FIELD_AT(type, member), 0, 0, IM_ERR_GROUP_PARAM, \
            IM_ERR_GROUP_PARAM, IM_OK                                             \
    }

/* ---- lists ---- */

struct list_fields {
    struct group_history_req req; /* first: what the core reads */
    struct opt_u32 number, seq, with_withdrawn, get_type;
    struct json seqs;
};

static const struct field list_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct list_fields, req.group, 0),
    NUMBER("ReqMsgNumber", 0, struct list_fields, number),
    NUMBER("ReqMsgSeq", 0, struct list_fields, seq),
    NUMBER("WithRecalledMsg", 0, struct list_fields, with_withdrawn),
    NUMBER("GetType", 0, struct list_fields, get_type),
    {"ReqMsgSeqList", FIELD_ANY, 0, FIELD_AT(struct list_fields, seqs), 0, 0, IM_OK,
     IM_ERR_GROUP_PARAM, IM_OK},
};

static const struct field simple_fields[] = {
    TEXT("GroupId", FIELD_REQUIRED, struct list_fields, req.group, 0),
    NUMBER("ReqMsgNumber", FIELD_REQUIRED, struct list_fields, number),
    NUMBER("ReqMsgSeq", 0, struct list_fields, seq),
    NUMBER("WithRecalledMsg", 0, struct list_fields, with_withdrawn),
};

static enum im_err decode_simple(struct request *req, struct json body)
{
    struct list_fields *f = req->body;

    (void)body;
    if (!f->number.v)
        return IM_ERR_GROUP_PARAM;
    f->req.number = f->number.v;
    f->req.seq = f->seq.v;
    f->req.with_withdrawn = f->with_withdrawn.v == 1;
    return IM_OK;
}

static enum im_err decode_list(struct request *req, struct json body)
{
    struct list_fields *f = req->body;

    if (!f->number.v)
        f->number.v = DEFAULT_COUNT;
    if (f->seqs.type != JSON_NONE && f->seqs.type != JSON_NULL) {
        enum im_err err = group_seqs_decode(req, f->seqs, GROUP_HISTORY_SEQS_MAX, &f->req.seqs,
                                            &f->req.seq_count);

        if (err)
            return err;
    }
    return decode_simple(req, body);
}

/* How many fit into one reply; one always does. */
static uint32_t count_fitting(const struct request *req, const struct group_history_result *result)
{
    size_t bytes = 0;
    uint32_t n = 0;

    while (n < result->count) {
        bytes += req->bodies[n].body.n + req->bodies[n].cloud.n + req->bodies[n].at.n;
        if (n && bytes > HISTORY_MAX_BYTES)
            break;
        n++;
    }
    return n;
}

static void put_message(struct buf *into, const struct group_history_result *result,
                        const struct group_history_item *item, const struct message_body *body)
{
    const struct group_entry *entry = &item->entry;
    const struct push_group_message message = {
        .group = {.id = result->group_id, .name = result->group_name, .type = result->type},
        .from = item->from,
        .nick = item->nick,
        .face = item->face,
        .card = item->card,
        .from_no = {entry->from},
        .seq = item->seq,
        .time = entry->time,
        .random = entry->random,
        .client_time =
            body->found && body->client_time ? body->client_time : group_entry_client_time(entry),
        .flags = entry->flags,
        .version = entry->version,
        .priority = entry->priority,
        .body = body->body,
        .cloud = body->cloud,
        .at = body->at};
    const struct group_recall_info recall = {.by = body->by, .reason = body->reason};

    group_message_put(into, &message, 0, &recall);
}

static void put_list(struct request *req, struct buf *into, uint32_t count, unsigned finished)
{
    const struct group_history_result *result = req->result;

    BUF_LIT(into, ",\"GroupId\":");
    json_put_string(into, result->group_id);
    buf_printf(into, ",\"IsFinished\":%u,\"RspMsgList\":[", finished);
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_message(into, result, &result->items[i], &req->bodies[i]);
    }
    BUF_LIT(into, "]");
}

static void encode_simple(struct request *req, struct buf *into)
{
    const struct group_history_result *result = req->result;
    uint32_t count = count_fitting(req, result), expired = 0;
    bool whole = result->whole && count == result->count;

    for (uint32_t i = 0; i < count; i++)
        expired += !result->items[i].entry.position;
    put_list(req, into, count, whole ? 1 : count && expired == count ? IS_FINISHED_ALL_EXPIRED : 0);
}

/* The SDK goes on at NextReqMsgSeq; 0 tells it that there is nothing older. */
static void encode_list(struct request *req, struct buf *into)
{
    const struct group_history_result *result = req->result;
    uint32_t count = count_fitting(req, result);
    bool cut = count < result->count;

    put_list(req, into, count, result->whole && !cut);
    BUF_LIT(into, ",\"NextReqMsgSeq\":");
    buf_add_u64(into, cut ? result->items[count].seq : result->next_seq);
    if (!result->invisible_count)
        return;
    BUF_LIT(into, ",\"InvisibleMsgSeq\":[");
    for (uint32_t i = 0; i < result->invisible_count; i++)
        buf_printf(into, i ? ",%u" : "%u", result->invisible[i]);
    BUF_LIT(into, "]");
}

#define GROUP_MSG_GET(service_, number_)                                                           \
    {                                                                                              \
        .operation = {.number = (number_), .shows_rows = true, .run = group_history_list},         \
        .service = (service_), .name = "group_msg_get", .callers = BY_USER,                        \
        .bad_json = IM_ERR_GROUP_JSON, .fields = list_fields,                                      \
        .field_count = sizeof(list_fields) / sizeof(list_fields[0]),                               \
        .request_bytes = sizeof(struct list_fields), .decode = decode_list, .encode = encode_list, \
        .reads = "the group, the caller's membership, one or two pages, senders, bodies from the " \
                 "journal",                                                                        \
        .about = "Messages of a group up to a seq, newest first, as the caller sees them; or by "  \
                 "their seqs.",                                                                    \
    }

static const struct command group_msg_get = GROUP_MSG_GET("group_open_http_svc", 150);
static const struct command million_group_msg_get =
    GROUP_MSG_GET("million_group_open_http_svc", 161);

static const struct command group_msg_get_simple = {
    .operation = {.number = 151, .rate = RATE_STANDARD, .run = group_history_simple},
    .service = "group_open_http_svc",
    .name = "group_msg_get_simple",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_GROUP_JSON,
    .not_admin = IM_ERR_GROUP_RIGHT,
    .fields = simple_fields,
    .field_count = sizeof(simple_fields) / sizeof(simple_fields[0]),
    .request_bytes = sizeof(struct list_fields),
    .decode = decode_simple,
    .encode = encode_simple,
    .reads = "the group, one or two pages, senders, bodies from the journal",
    .about = "Up to 20 messages of a group, newest first, with a place for each that is gone.",
};

/* ---- what was recalled ---- */

struct notify_fields {
    struct group_recalls_req req; /* first: what the core reads */
    struct json groups;
};

static const struct field notify_fields[] = {
    {"NotifyReqList", FIELD_ARRAY, FIELD_REQUIRED, FIELD_AT(struct notify_fields, groups),
     GROUP_RECALLS_GROUPS_MAX, 0, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, IM_OK},
};

static enum im_err decode_notify(struct request *req, struct json body)
{
    struct notify_fields *f = req->body;
    struct json_iter it = json_iter(f->groups);
    struct span key;
    struct json item;

    (void)body;
    f->req.groups = ARENA_ARRAY(&req->arena, struct group_recalls_of, json_count(f->groups) + 1);
    while (json_next(&it, &key, &item)) {
        struct group_recalls_of *of = &f->req.groups[f->req.count++];

        if (!json_to_string(json_member(item, "GroupId"), &req->arena, &of->group))
            return IM_ERR_GROUP_PARAM;
        json_to_u64(json_member(item, "BeginTime"), &of->since_us);
    }
    return IM_OK;
}

static void put_recalled(struct buf *into, const struct group_recalled *item,
                         const struct message_body *body)
{
    buf_printf(into,
               "{\"MsgSeq\":%u,\"MsgRandom\":%u,\"RevokerInfo\":{\"Revoker_Account\":", item->seq,
               item->random);
    json_put_string(into, body->by);
    BUF_LIT(into, ",\"Reason\":");
    json_put_string(into, body->reason);
    BUF_LIT(into, "}}");
}

static void encode_notify(struct request *req, struct buf *into)
{
    const struct group_recalls_result *result = req->result;

    BUF_LIT(into, ",\"NotifyRspList\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct group_recalls *group = &result->groups[i];
        bool first = true;

        if (i)
            BUF_LIT(into, ",");
        BUF_LIT(into, "{\"GroupId\":");
        json_put_string(into, group->group);
        BUF_LIT(into, ",\"NextMsgTime\":0,\"NotifyMsgList\":[");
        for (uint32_t j = 0; j < group->count; j++) {
            const struct message_body *body = &req->bodies[group->first + j];

            if (!body->found || body->time_us < group->since_us)
                continue;
            if (!first)
                BUF_LIT(into, ",");
            first = false;
            put_recalled(into, &group->items[j], body);
        }
        BUF_LIT(into, "]}");
    }
    BUF_LIT(into, "]");
}

#define NOTIFY(service_, number_)                                                                 \
    {                                                                                             \
        .operation = {.number = (number_), .run = group_recalls}, .service = (service_),          \
        .name = "batch_get_group_notify", .callers = BY_USER, .bad_json = IM_ERR_GROUP_JSON,      \
        .fields = notify_fields, .field_count = sizeof(notify_fields) / sizeof(notify_fields[0]), \
        .request_bytes = sizeof(struct notify_fields), .decode = decode_notify,                   \
        .encode = encode_notify,                                                                  \
        .reads = "the groups, the caller's memberships, their newest pages, recalls from the "    \
                 "journal",                                                                       \
        .about = "Which of the newest messages of these groups were recalled since a time.",      \
    }

static const struct command batch_get_group_notify = NOTIFY("group_open_http_svc", 153);
static const struct command million_batch_get_group_notify =
    NOTIFY("million_group_open_http_svc", 154);

const struct command *const commands_group_history[] = {
    &group_msg_get,          &million_group_msg_get,          &group_msg_get_simple,
    &batch_get_group_notify, &million_batch_get_group_notify, NULL};
