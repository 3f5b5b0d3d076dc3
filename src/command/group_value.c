/* Group attributes and counters (server-api §3.11, websocket-behaviour §5). */
#include "command/services.h"
#include "core/group/value.h"

#define GROUPS "group_open_http_svc"
#define ATTRIBUTES "group_open_attr_http_svc"

#define FIELD(name, kind, flags, type, member)                                                   \
    {                                                                                            \
        name, kind, flags, FIELD_AT(type, member), 0, 0, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM, \
            IM_OK                                                                                \
    }
#define COUNT_OF(fields) (uint16_t)(sizeof(fields) / sizeof((fields)[0]))

/* ---- attributes ---- */

struct attribute_fields {
    struct attribute_req req; /* first: what the core reads */
    struct json list, control;
    struct opt_u32 main_seq;
};

static const struct field attribute_fields[] = {
    FIELD("GroupId", FIELD_STRING, FIELD_REQUIRED, struct attribute_fields, req.group),
    FIELD("GroupAttr", FIELD_ARRAY, FIELD_REQUIRED, struct attribute_fields, list),
    FIELD("AttrMainSeq", FIELD_U32, 0, struct attribute_fields, main_seq),
    FIELD("AttrControl", FIELD_ARRAY, 0, struct attribute_fields, control),
};

static const struct field clear_fields[] = {
    FIELD("GroupId", FIELD_STRING, FIELD_REQUIRED, struct attribute_fields, req.group),
    FIELD("AttrMainSeq", FIELD_U32, 0, struct attribute_fields, main_seq),
    FIELD("AttrControl", FIELD_ARRAY, 0, struct attribute_fields, control),
};

static const struct field read_fields[] = {
    FIELD("GroupId", FIELD_STRING, FIELD_REQUIRED, struct attribute_fields, req.group),
};

static bool names_race_conflict(struct request *req, struct json control)
{
    struct json_iter it = json_iter(control);
    struct span key, text;
    struct json item;

    while (json_next(&it, &key, &item)) {
        if (json_to_string(item, &req->arena, &text) && span_is(text, "RaceConflict"))
            return true;
    }
    return false;
}

/* "seq" is missing in calls by REST: they write without looking. */
static bool attribute_get(struct request *req, struct json item, bool has_value,
                          struct attribute *ret)
{
    static const char *const names[3] = {"key", "value", "seq"};
    struct json member[3];

    json_members(item, names, member, 3);
    if (!json_to_string(member[0], &req->arena, &ret->key))
        return false;
    if (has_value && !json_to_string(member[1], &req->arena, &ret->value))
        return false;
    return member[2].type == JSON_NONE || member[2].type == JSON_NULL ||
           json_to_u32(member[2], &ret->seq);
}

static enum im_err list_get(struct request *req, struct attribute_fields *f)
{
    size_t count = json_count(f->list);
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;
    bool has_value = f->req.op == VALUE_REPLACE || f->req.op == VALUE_CHANGE;

    if (!count)
        return IM_ERR_GROUP_PARAM;
    if (count > ATTRIBUTES_MAX)
        return IM_ERR_GROUP_ATTRIBUTE_COUNT;
    f->req.items = ARENA_ARRAY(&req->arena, struct attribute, count);
    while (json_next(&it, &key, &item)) {
        if (!attribute_get(req, item, has_value, &f->req.items[f->req.count++]))
            return IM_ERR_GROUP_PARAM;
    }
    return IM_OK;
}

static enum im_err decode_attributes(struct request *req, uint8_t op)
{
    struct attribute_fields *f = req->body;

    f->req.op = op;
    f->req.main_seq = f->main_seq.v;
    f->req.race_conflict = names_race_conflict(req, f->control);
    return op == VALUE_CLEAR ? IM_OK : list_get(req, f);
}

static enum im_err decode_set(struct request *req, struct json body)
{
    (void)body;
    return decode_attributes(req, VALUE_REPLACE);
}

static enum im_err decode_modify(struct request *req, struct json body)
{
    (void)body;
    return decode_attributes(req, VALUE_CHANGE);
}

static enum im_err decode_clear(struct request *req, struct json body)
{
    (void)body;
    return decode_attributes(req, VALUE_CLEAR);
}

static enum im_err decode_delete(struct request *req, struct json body)
{
    (void)body;
    return decode_attributes(req, VALUE_DELETE);
}

static void encode_attributes(struct request *req, struct buf *into)
{
    const struct attribute_result *result = req->result;

    buf_printf(into, ",\"AttrMainSeq\":%u,\"GroupAttrAry\":[", result->main_seq);
    for (uint32_t i = 0; i < result->count; i++) {
        buf_add_span(into, span_of(i ? ",{\"key\":" : "{\"key\":"));
        json_put_string(into, result->items[i].key);
        BUF_LIT(into, ",\"value\":");
        json_put_string(into, result->items[i].value);
        buf_printf(into, ",\"seq\":%u}", result->items[i].seq);
    }
    BUF_LIT(into, "]");
}

#define ATTRIBUTE(variable, number_, service_, name_, run_, fields_, decode_, about_) \
    static const struct command variable = {                                          \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = (run_)},     \
        .service = (service_),                                                        \
        .name = (name_),                                                              \
        .callers = BY_ADMIN | BY_USER,                                                \
        .bad_json = IM_ERR_GROUP_JSON,                                                \
        .not_admin = IM_ERR_ADMIN_REQUIRED,                                           \
        .fields = (fields_),                                                          \
        .field_count = COUNT_OF(fields_),                                             \
        .request_bytes = sizeof(struct attribute_fields),                             \
        .decode = (decode_),                                                          \
        .encode = encode_attributes,                                                  \
        .reads = "the group and its attributes; of a write its online members",       \
        .about = (about_),                                                            \
    }
ATTRIBUTE(set_attributes, 220, GROUPS, "set_group_attr", group_attributes_write, attribute_fields,
          decode_set, "Replaces all attributes of a group.");
ATTRIBUTE(modify_attributes, 221, GROUPS, "modify_group_attr", group_attributes_write,
          attribute_fields, decode_modify, "Writes some attributes of a group.");
ATTRIBUTE(delete_attributes, 222, GROUPS, "delete_group_attr", group_attributes_write,
          attribute_fields, decode_delete, "Deletes some attributes of a group.");
ATTRIBUTE(clear_attributes, 223, GROUPS, "clear_group_attr", group_attributes_write, clear_fields,
          decode_clear, "Deletes all attributes of a group.");
ATTRIBUTE(get_attributes, 224, ATTRIBUTES, "get_group_attr", group_attributes_read, read_fields,
          NULL, "All attributes of a group, by key.");

/* ---- counters ---- */

struct counter_fields {
    struct counter_req req; /* first: what the core reads */
    struct json list;
    struct account_list keys;
    struct span mode;
};

static const struct field update_fields[] = {
    FIELD("GroupId", FIELD_STRING, FIELD_REQUIRED, struct counter_fields, req.group),
    FIELD("GroupCounter", FIELD_ARRAY, FIELD_REQUIRED, struct counter_fields, list),
    FIELD("Mode", FIELD_STRING, FIELD_REQUIRED, struct counter_fields, mode),
};

#define KEYS_FIELD(flags)                                                                \
    {                                                                                    \
        "GroupCounterKeys", FIELD_STRINGS, flags, FIELD_AT(struct counter_fields, keys), \
            COUNTER_KEY_MAX, COUNTERS_MAX, IM_ERR_GROUP_PARAM, IM_ERR_GROUP_PARAM,       \
            IM_ERR_GROUP_COUNTERS                                                        \
    }

static const struct field counter_read_fields[] = {
    FIELD("GroupId", FIELD_STRING, FIELD_REQUIRED, struct counter_fields, req.group),
    KEYS_FIELD(0),
};

static const struct field counter_delete_fields[] = {
    FIELD("GroupId", FIELD_STRING, FIELD_REQUIRED, struct counter_fields, req.group),
    KEYS_FIELD(FIELD_REQUIRED),
};

static uint8_t mode_find(struct span name)
{
    if (span_is(name, "Set"))
        return COUNTER_SET;
    if (span_is(name, "Increase"))
        return COUNTER_INCREASE;
    return span_is(name, "Decrease") ? COUNTER_DECREASE : 0;
}

static enum im_err decode_update(struct request *req, struct json body)
{
    struct counter_fields *f = req->body;
    size_t count = json_count(f->list);
    struct json_iter it = json_iter(f->list);
    struct json item;
    struct span key;

    (void)body;
    f->req.mode = mode_find(f->mode);
    if (!f->req.mode || !count)
        return IM_ERR_GROUP_PARAM;
    if (count > COUNTERS_MAX)
        return IM_ERR_GROUP_COUNTERS;
    f->req.items = ARENA_ARRAY(&req->arena, struct counter, count);
    while (json_next(&it, &key, &item)) {
        struct counter *counter = &f->req.items[f->req.count++];

        if (!json_to_string(json_member(item, "Key"), &req->arena, &counter->key) ||
            !counter->key.n || counter->key.n > COUNTER_KEY_MAX ||
            !json_to_i64(json_member(item, "Value"), &counter->value))
            return IM_ERR_GROUP_PARAM;
    }
    return IM_OK;
}

static enum im_err decode_keys(struct request *req, struct json body)
{
    struct counter_fields *f = req->body;

    (void)body;
    f->req.items = ARENA_ARRAY(&req->arena, struct counter, f->keys.count + 1);
    f->req.count = f->keys.count;
    for (uint32_t i = 0; i < f->keys.count; i++)
        f->req.items[i].key = f->keys.items[i];
    return IM_OK;
}

static enum im_err decode_counter_delete(struct request *req, struct json body)
{
    struct counter_fields *f = req->body;

    f->req.mode = COUNTER_DELETE;
    return decode_keys(req, body);
}

static void encode_counters(struct request *req, struct buf *into)
{
    const struct counter_result *result = req->result;

    BUF_LIT(into, ",\"GroupCounter\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        buf_add_span(into, span_of(i ? ",{\"Key\":" : "{\"Key\":"));
        json_put_string(into, result->items[i].key);
        BUF_LIT(into, ",\"Value\":");
        buf_add_i64(into, result->items[i].value);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

#define COUNTER(variable, number_, name_, run_, fields_, decode_, encode_, about_) \
    static const struct command variable = {                                       \
        .operation = {.number = (number_), .rate = RATE_STANDARD, .run = (run_)},  \
        .service = GROUPS,                                                         \
        .name = (name_),                                                           \
        .callers = BY_ADMIN | BY_USER,                                             \
        .bad_json = IM_ERR_GROUP_JSON,                                             \
        .not_admin = IM_ERR_ADMIN_REQUIRED,                                        \
        .fields = (fields_),                                                       \
        .field_count = COUNT_OF(fields_),                                          \
        .request_bytes = sizeof(struct counter_fields),                            \
        .decode = (decode_),                                                       \
        .encode = (encode_),                                                       \
        .reads = "the group and its counters; of a write its online members",      \
        .about = (about_),                                                         \
    }
COUNTER(update_counter, 225, "update_group_counter", group_counters_write, update_fields,
        decode_update, encode_counters, "Sets, raises or lowers counters of a group.");
COUNTER(get_counter, 226, "get_group_counter", group_counters_read, counter_read_fields,
        decode_keys, encode_counters, "Some counters of a group, or all.");
COUNTER(delete_counter, 227, "delete_group_counter", group_counters_write, counter_delete_fields,
        decode_counter_delete, NULL, "Deletes counters of a group.");

const struct command *const commands_group_value[] = {
    &set_attributes,   &modify_attributes, &delete_attributes,
    &clear_attributes, &get_attributes,    &update_counter,
    &get_counter,      &delete_counter,    NULL,
};
