/* Custom fields of groups over the local admin socket; replies as in command/operator.c. */
#include "command/services.h"
#include "core/app/app.h"
#include "core/group/field.h"

struct field_fields {
    union {
        struct field_define_req define;
        struct app_req list;
    } req; /* first: what the core reads */
    struct opt_u32 app;
    struct span level, key, read, write;
};

#define GROUP_FIELD(n, t, member)                                                  \
    {                                                                              \
        .name = (n), .type = (t), .offset = FIELD_AT(struct field_fields, member), \
        .bad = IM_ERR_INVALID                                                      \
    }

static const struct field field_fields[] = {
    GROUP_FIELD("app", FIELD_U32, app),        GROUP_FIELD("level", FIELD_STRING, level),
    GROUP_FIELD("key", FIELD_STRING, key),     GROUP_FIELD("read", FIELD_STRING, read),
    GROUP_FIELD("write", FIELD_STRING, write),
};

static enum im_err set_decode(struct request *req, struct json body)
{
    struct field_fields *fields = req->body;

    (void)body;
    fields->req.define = (struct field_define_req){.app = {fields->app.v},
                                                   .level = fields->level,
                                                   .key = fields->key,
                                                   .read = fields->read,
                                                   .write = fields->write};
    return IM_OK;
}

static enum im_err list_decode(struct request *req, struct json body)
{
    struct field_fields *fields = req->body;

    (void)body;
    fields->req.list = (struct app_req){.app = {fields->app.v}};
    return IM_OK;
}

static void put_member(struct buf *into, const char *name, struct span text)
{
    if (into->p[into->n - 1] != '{')
        BUF_LIT(into, ",");
    buf_printf(into, "\"%s\":", name);
    json_put_string(into, text);
}

/* True if the reply is a refusal, which says why. */
static bool put_refusal(const struct request *req, struct buf *into)
{
    const struct operator_refusal *refusal = req->result;

    if (req->err && refusal)
        put_member(into, "Detail", refusal->detail);
    return req->err != IM_OK;
}

static void put_definition(struct buf *into, struct span level, struct span key, struct span read,
                           struct span write)
{
    BUF_LIT(into, "{");
    put_member(into, "level", level);
    put_member(into, "key", key);
    put_member(into, "read", read);
    put_member(into, "write", write);
    BUF_LIT(into, "}");
}

static void set_encode(struct request *req, struct buf *into)
{
    const struct field_fields *fields = req->body;

    if (put_refusal(req, into))
        return;
    BUF_LIT(into, ",\"Result\":");
    put_definition(into, fields->level, fields->key, fields->read, fields->write);
}

static void list_encode(struct request *req, struct buf *into)
{
    const struct field_list_result *list = req->result;

    if (put_refusal(req, into))
        return;
    BUF_LIT(into, ",\"Result\":{\"fields\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        const struct field_definition *item = &list->items[i];

        if (i)
            BUF_LIT(into, ",");
        put_definition(into, item->level == FIELD_OF_GROUP ? SPAN_LIT("group") : SPAN_LIT("member"),
                       item->key, span_of(field_access_name(item->read)),
                       span_of(field_access_name(item->write)));
    }
    BUF_LIT(into, "]}");
}

#define FIELD_COMMAND(command_name, handler, convert, put, sentence)                        \
    {                                                                                       \
        .operation = {.number = 0, .run = (handler)}, .service = "operator",                \
        .name = (command_name), .callers = BY_OPERATOR, .bad_json = IM_ERR_JSON,            \
        .not_admin = IM_ERR_ADMIN_REQUIRED, .fields = field_fields,                         \
        .field_count = sizeof(field_fields) / sizeof(field_fields[0]),                      \
        .request_bytes = sizeof(struct field_fields), .decode = (convert), .encode = (put), \
        .encode_errors = true, .about = (sentence)                                          \
    }

static const struct command set_command =
    FIELD_COMMAND("group_field_set", field_define, set_decode, set_encode,
                  "Defines a custom field of groups or of their members, or changes its access.");
static const struct command list_command =
    FIELD_COMMAND("group_field_list", field_list, list_decode, list_encode,
                  "The custom fields that an app has defined.");

const struct command *const commands_operator_group[] = {&set_command, &list_command, NULL};
