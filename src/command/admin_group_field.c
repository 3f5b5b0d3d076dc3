/* Custom fields of an app's groups. */
#include "command/admin.h"
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

static const struct field set_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct field_fields, app),
    ADMIN_FIELD("level", FIELD_STRING, struct field_fields, level),
    ADMIN_FIELD("key", FIELD_STRING, struct field_fields, key),
    ADMIN_FIELD("read", FIELD_STRING, struct field_fields, read),
    ADMIN_FIELD("write", FIELD_STRING, struct field_fields, write),
};

static const struct field list_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct field_fields, app),
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

static void put_definition(struct buf *into, struct span level, struct span key, struct span read,
                           struct span write)
{
    BUF_LIT(into, "{");
    put_text(into, "level", level);
    put_text(into, "key", key);
    put_text(into, "read", read);
    put_text(into, "write", write);
    BUF_LIT(into, "}");
}

static void put_set(const struct request *req, struct buf *into)
{
    const struct field_fields *fields = req->body;

    put_definition(into, fields->level, fields->key, fields->read, fields->write);
}

static void put_list(const struct request *req, struct buf *into)
{
    const struct field_list_result *list = req->result;

    BUF_LIT(into, "{\"fields\":[");
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

ADMIN_COMMAND(set, "group_field_set", "PUT", "/apps/{app}/group-fields/{level}/{key}",
              ADMIN_OWNER | ADMIN_DEVELOPER, set_fields, struct field_fields, field_define,
              set_decode, put_set,
              "Defines a custom field of groups or of their members, or changes its access.");
ADMIN_COMMAND(list, "group_field_list", "GET", "/apps/{app}/group-fields", ADMIN_ANY_CUSTOMER,
              list_fields, struct field_fields, field_list, list_decode, put_list,
              "The custom fields that an app has defined.");

const struct command *const commands_admin_group_field[] = {&set_command, &list_command, NULL};
