/* Accounts (server-api §3.1). */
#include "command/services.h"
#include "core/account/import.h"
#include "core/account/profile.h"
#include "core/session/login.h"

/* An account is named Identifier in the first era and UserID later; one of them must be there. */
#define ACCOUNT_NAME(of, member)                                                 \
    {.name = "Identifier",                                                       \
     .type = FIELD_ACCOUNT,                                                      \
     .offset = FIELD_AT(of, member),                                             \
     .bad = IM_ERR_ACCOUNT_PARAM},                                               \
    {                                                                            \
        .name = "UserID", .type = FIELD_ACCOUNT, .offset = FIELD_AT(of, member), \
        .bad = IM_ERR_ACCOUNT_PARAM                                              \
    }

/* ---- account_import ---- */

static const struct field import_fields[] = {
    ACCOUNT_NAME(struct account_import_req, name),
    {.name = "Nick",
     .type = FIELD_STRING,
     .offset = FIELD_AT(struct account_import_req, nick),
     .max = PROFILE_MAX_BYTES,
     .bad = IM_ERR_ACCOUNT_PARAM},
    {.name = "FaceUrl",
     .type = FIELD_STRING,
     .offset = FIELD_AT(struct account_import_req, face),
     .max = PROFILE_MAX_BYTES,
     .bad = IM_ERR_ACCOUNT_PARAM},
};

static enum im_err import_decode(struct request *req, struct json body)
{
    const struct account_import_req *import = req->body;

    (void)body;
    return import->name.n ? IM_OK : IM_ERR_ACCOUNT_PARAM;
}

static const struct command account_import_command = {
    .operation = {.number = 1, .rate = RATE_TENFOLD, .run = account_import},
    .service = "im_open_login_svc",
    .name = "account_import",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_JSON,
    .not_admin = IM_ERR_ACCOUNT_ADMIN,
    .fields = import_fields,
    .field_count = sizeof(import_fields) / sizeof(import_fields[0]),
    .request_bytes = sizeof(struct account_import_req),
    .decode = import_decode,
    .reads = "account, profile",
    .counts = "RegistUserNumOneDay of a new account",
    .about = "Makes an account that can receive messages before its first login; an existing one "
             "is no error.",
};

/* ---- multiaccount_import ---- */

/* Longer names cannot be accounts either, but they are not even repeated in the reply. */
#define MAX_BATCH_NAME_BYTES 1024

static const struct field batch_fields[] = {
    {.name = "Accounts",
     .type = FIELD_STRINGS,
     .flags = FIELD_REQUIRED,
     .offset = FIELD_AT(struct account_batch_req, names),
     .max = MAX_BATCH_NAME_BYTES,
     .max_count = ACCOUNT_MAX_BATCH,
     .missing = IM_ERR_ACCOUNT_PARAM,
     .bad = IM_ERR_ACCOUNT_PARAM,
     .too_many = IM_ERR_ACCOUNT_PARAM},
};

_Static_assert(offsetof(struct account_batch_req, names) == 0 &&
                   offsetof(struct account_batch_req, count) ==
                       offsetof(struct account_list, count) &&
                   sizeof(struct account_batch_req) == sizeof(struct account_list),
               "decoded in place");

static void batch_encode(struct request *req, struct buf *into)
{
    const struct account_batch_result *result = req->result;

    if (!result->failed_count)
        return;
    BUF_LIT(into, ",\"FailAccounts\":[");
    for (uint32_t i = 0; i < result->failed_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        json_put_string(into, result->failed[i]);
    }
    BUF_LIT(into, "]");
}

static const struct command multiaccount_import = {
    .operation = {.number = 2, .rate = RATE_TENTH, .run = account_import_batch},
    .service = "im_open_login_svc",
    .name = "multiaccount_import",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_JSON,
    .not_admin = IM_ERR_ACCOUNT_ADMIN,
    .fields = batch_fields,
    .field_count = sizeof(batch_fields) / sizeof(batch_fields[0]),
    .request_bytes = sizeof(struct account_batch_req),
    .encode = batch_encode,
    .reads = "accounts",
    .counts = "RegistUserNumOneDay of each new account",
    .about = "Makes up to 100 accounts; names that cannot be accounts are returned.",
};

/* ---- kick ---- */

static const struct field kick_fields[] = {ACCOUNT_NAME(struct kick_req, user)};

static enum im_err kick_decode(struct request *req, struct json body)
{
    const struct kick_req *kick = req->body;

    (void)body;
    return kick->user.n ? IM_OK : IM_ERR_ACCOUNT_PARAM;
}

static const struct command kick = {
    .operation = {.number = 3, .rate = RATE_TENFOLD, .run = session_kick},
    .service = "im_open_login_svc",
    .name = "kick",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_JSON,
    .not_admin = IM_ERR_ACCOUNT_ADMIN,
    .fields = kick_fields,
    .field_count = sizeof(kick_fields) / sizeof(kick_fields[0]),
    .request_bytes = sizeof(struct kick_req),
    .decode = kick_decode,
    .reads = "account, sessions",
    .about = "Ends every terminal of an account and every UserSig made for it up to now.",
};

/* ---- account_check ---- */

struct check_fields {
    struct account_batch_req req; /* first: what the core reads */
    struct json items;
};

static const struct field check_fields[] = {
    {.name = "CheckItem",
     .type = FIELD_ARRAY,
     .flags = FIELD_REQUIRED,
     .offset = FIELD_AT(struct check_fields, items),
     .max = ACCOUNT_MAX_BATCH,
     .missing = IM_ERR_ACCOUNT_PARAM,
     .bad = IM_ERR_ACCOUNT_PARAM},
};

static enum im_err check_decode(struct request *req, struct json body)
{
    struct check_fields *check = req->body;
    struct json_iter it = json_iter(check->items);
    struct json item;
    struct span key;
    size_t count = json_count(check->items);

    (void)body;
    if (!count)
        return IM_ERR_ACCOUNT_PARAM;
    check->req.names = ARENA_ARRAY(&req->arena, struct span, count);
    while (json_next(&it, &key, &item)) {
        struct span *name = &check->req.names[check->req.count++];

        if (item.type != JSON_OBJECT ||
            !json_to_string(json_member(item, "UserID"), &req->arena, name) || !name->n ||
            name->n > MAX_BATCH_NAME_BYTES)
            return IM_ERR_ACCOUNT_PARAM;
    }
    return IM_OK;
}

static void check_encode(struct request *req, struct buf *into)
{
    const struct account_batch_req *batch = req->body;
    const struct account_check_result *result = req->result;

    BUF_LIT(into, ",\"ResultItem\":[");
    for (uint32_t i = 0; i < batch->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        BUF_LIT(into, "{\"UserID\":");
        json_put_string(into, batch->names[i]);
        BUF_LIT(into, ",\"ResultCode\":0,\"ResultInfo\":\"\",\"AccountStatus\":");
        buf_add_span(into, span_of(result->exists[i] ? "\"Imported\"}" : "\"NotImported\"}"));
    }
    BUF_LIT(into, "]");
}

static const struct command account_check_command = {
    .operation = {.number = 4, .rate = RATE_STANDARD, .run = account_check},
    .service = "im_open_login_svc",
    .name = "account_check",
    .callers = BY_ADMIN,
    .bad_json = IM_ERR_JSON,
    .not_admin = IM_ERR_ACCOUNT_ADMIN,
    .fields = check_fields,
    .field_count = sizeof(check_fields) / sizeof(check_fields[0]),
    .request_bytes = sizeof(struct check_fields),
    .decode = check_decode,
    .encode = check_encode,
    .reads = "accounts",
    .about = "Tells which of up to 100 accounts exist.",
};

const struct command *const commands_login_svc[] = {&account_import_command, &multiaccount_import,
                                                    &kick, &account_check_command, NULL};
