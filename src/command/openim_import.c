/* openim.importmsg (server-api §3.5). */
#include "command/message_body.h"
#include "command/services.h"
#include "core/message/import.h"
#include "core/message/message.h"

struct import_fields {
    struct message_import_req req; /* first: what the core reads */
    struct opt_u32 sync, random, seq, time;
    struct json body, cloud;
};

#define NUMBER(name, flags, member, bad)                                                      \
    {                                                                                         \
        name, FIELD_U32, flags, FIELD_AT(struct import_fields, member), 0, 0, bad, bad, IM_OK \
    }
#define ACCOUNT(name, member, bad)                                                              \
    {                                                                                           \
        name, FIELD_ACCOUNT, FIELD_REQUIRED, FIELD_AT(struct import_fields, member), 0, 0, bad, \
            bad, IM_OK                                                                          \
    }

static const struct field import_fields[] = {
    NUMBER("SyncFromOldSystem", FIELD_REQUIRED, sync, IM_ERR_OPENIM_OLD_SYSTEM),
    ACCOUNT("From_Account", req.from, IM_ERR_OPENIM_FROM),
    ACCOUNT("To_Account", req.to, IM_ERR_OPENIM_TO),
    NUMBER("MsgRandom", FIELD_REQUIRED, random, IM_ERR_OPENIM_RANDOM),
    NUMBER("MsgSeq", 0, seq, IM_ERR_OPENIM_SEQ),
    NUMBER("MsgTimeStamp", 0, time, IM_ERR_OPENIM_TIME),
    {"MsgBody", FIELD_ANY, FIELD_REQUIRED, FIELD_AT(struct import_fields, body), 0, 0,
     IM_ERR_OPENIM_BODY, IM_ERR_OPENIM_BODY, IM_OK},
    {"CloudCustomData", FIELD_ANY, 0, FIELD_AT(struct import_fields, cloud), 0, 0, IM_OK,
     IM_ERR_OPENIM_JSON, IM_OK},
};

static enum im_err decode_import(struct request *req, struct json body)
{
    struct import_fields *f = req->body;
    enum im_err err = message_body_check(f->body);

    (void)body;
    if (f->sync.v != 1 && f->sync.v != 2)
        return IM_ERR_OPENIM_OLD_SYSTEM;
    if (err)
        return err;
    f->req.unread = f->sync.v == 1;
    f->req.seq = f->seq.v;
    f->req.random = f->random.v;
    f->req.time = f->time.v;
    f->req.body = f->body.text;
    if (f->cloud.type == JSON_STRING && f->cloud.text.n > 2)
        f->req.cloud = f->cloud.text;
    else if (f->cloud.type != JSON_NONE && f->cloud.type != JSON_STRING &&
             f->cloud.type != JSON_NULL)
        return IM_ERR_OPENIM_JSON;
    return f->req.body.n + f->req.cloud.n > MESSAGE_MAX_BODY_BYTES ? IM_ERR_MSG_TOO_LONG : IM_OK;
}

static const struct command importmsg = {
    .operation = {.number = 48, .rate = RATE_STANDARD, .run = message_import},
    .service = "openim",
    .name = "importmsg",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_OPENIM_JSON,
    .not_admin = IM_ERR_OPENIM_ADMIN,
    .fields = import_fields,
    .field_count = sizeof(import_fields) / sizeof(import_fields[0]),
    .request_bytes = sizeof(struct import_fields),
    .decode = decode_import,
    .reads = "both accounts, both contacts, the conversation's pages at that time",
    .about = "Stores a C2C message of an older system; nobody is told, nothing is counted.",
};

const struct command *const commands_openim_import[] = {&importmsg, NULL};
