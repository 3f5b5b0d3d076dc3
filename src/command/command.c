/* The generic half of every command: its request's members by the field table, and its reply's
   envelope. */
#include "command/command.h"

#include "base/check.h"
#include "base/log.h"
#include "wire/usersig.h"

/* ---- decoding ---- */

/* The decoded name of a member whose raw name has escapes; clients do not write such names, but
   they are the same names. */
static struct span key_decode(struct request *req, struct span raw)
{
    struct json quoted = {.type = JSON_STRING, .escaped = true, .text = {raw.p - 1, raw.n + 2}};
    struct span name = raw;

    json_to_string(quoted, &req->arena, &name);
    return name;
}

/* Requests name their members mostly in the order of the table, so the search starts at `from`. */
static size_t field_index(const struct command *command, struct span name, size_t from)
{
    size_t count = command->field_count;

    for (size_t i = 0; i < count; i++) {
        size_t at = from + i < count ? from + i : from + i - count;
        const char *have = command->fields[at].name;

        if (name.n && have[0] == name.p[0] && span_is(name, have))
            return at;
    }
    return count;
}

/* values[i] is the last member named as fields[i]; unknown members are passed over. */
static void members_collect(const struct command *command, struct request *req, struct json body,
                            struct json values[COMMAND_MAX_FIELDS])
{
    struct json_iter it = json_iter(body);
    struct json value;
    struct span key;
    size_t next = 0;

    for (size_t i = 0; i < command->field_count; i++)
        values[i] = (struct json){.type = JSON_NONE};
    while (json_next(&it, &key, &value)) {
        size_t at;

        if (memchr(key.p, '\\', key.n))
            key = key_decode(req, key);
        at = field_index(command, key, next);
        if (at < command->field_count) {
            values[at] = value;
            next = at + 1;
        }
    }
}

static bool string_get(struct request *req, struct json value, uint32_t max, struct span *ret)
{
    struct span text;

    if (!json_to_string(value, &req->arena, &text) || (max && text.n > max))
        return false;
    *ret = text;
    return true;
}

static enum im_err account_get(const struct field *field, struct request *req, struct json value,
                               struct span *ret)
{
    struct span text;

    if (!string_get(req, value, 0, &text))
        return field->bad;
    if (text.n == 0 && !(field->flags & FIELD_REQUIRED))
        return IM_OK;
    if (!identifier_valid(text))
        return field->bad;
    *ret = text;
    return IM_OK;
}

static enum im_err list_get(const struct field *field, struct request *req, struct json value,
                            struct account_list *ret)
{
    struct json_iter it;
    struct span key, *items;
    struct json item;
    size_t count, i = 0;

    if (value.type != JSON_ARRAY)
        return field->bad;
    count = json_count(value);
    if (count == 0)
        return field->flags & FIELD_REQUIRED ? field->missing : IM_OK;
    if (count > field->max_count)
        return field->too_many;
    items = ARENA_ARRAY(&req->arena, struct span, count);
    for (it = json_iter(value); json_next(&it, &key, &item); i++) {
        if (!string_get(req, item, field->max, &items[i]))
            return field->bad;
        if (field->type == FIELD_ACCOUNTS && !identifier_valid(items[i]))
            return field->bad;
    }
    *ret = (struct account_list){.items = items, .count = (uint32_t)count};
    return IM_OK;
}

static enum im_err number_get(const struct field *field, struct json value, void *at)
{
    uint64_t number;

    if (!json_to_u64(value, &number) || (field->max && number > field->max))
        return field->bad;
    if (field->type == FIELD_U64) {
        *(struct opt_u64 *)at = (struct opt_u64){.set = true, .v = number};
        return IM_OK;
    }
    if (number > UINT32_MAX)
        return field->bad;
    *(struct opt_u32 *)at = (struct opt_u32){.set = true, .v = (uint32_t)number};
    return IM_OK;
}

static enum im_err json_get(const struct field *field, struct json value, struct json *ret)
{
    if (field->type == FIELD_ARRAY &&
        (value.type != JSON_ARRAY || (field->max && json_count(value) > field->max)))
        return field->bad;
    if (field->type == FIELD_OBJECT && value.type != JSON_OBJECT)
        return field->bad;
    *ret = value;
    return IM_OK;
}

static enum im_err field_decode(const struct field *field, struct request *req, struct json value)
{
    void *at = (char *)req->body + field->offset;

    switch ((enum field_type)field->type) {
    case FIELD_STRING:
        return string_get(req, value, field->max, at) ? IM_OK : field->bad;
    case FIELD_ACCOUNT:
        return account_get(field, req, value, at);
    case FIELD_ACCOUNTS:
    case FIELD_STRINGS:
        return list_get(field, req, value, at);
    case FIELD_U32:
    case FIELD_U64:
        return number_get(field, value, at);
    case FIELD_ARRAY:
    case FIELD_OBJECT:
    case FIELD_ANY:
        return json_get(field, value, at);
    }
    CHECK(false);
    return field->bad;
}

static bool caller_is_self(const struct request *req, const struct field *field)
{
    return (field->flags & FIELD_SELF) &&
           (req->caller == CALLER_USER || req->caller == CALLER_NOBODY);
}

/* Many clients write null for what they do not set. The admin API is stricter: its document says
   where null may stand, and there it means something. */
static bool is_absent(const struct command *command, const struct field *field, struct json value)
{
    return value.type == JSON_NONE || (value.type == JSON_NULL && !command->operation.admin &&
                                       !(field->flags & FIELD_REQUIRED));
}

static enum im_err fields_decode(const struct command *command, struct request *req,
                                 struct json body)
{
    struct json values[COMMAND_MAX_FIELDS];

    CHECK(command->field_count <= COMMAND_MAX_FIELDS);
    members_collect(command, req, body, values);
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];
        enum im_err err = IM_OK;

        if (caller_is_self(req, field))
            continue;
        if (!is_absent(command, field, values[i]))
            err = field_decode(field, req, values[i]);
        else if (field->flags & FIELD_REQUIRED)
            err = field->missing;
        if (err)
            return err;
    }
    return IM_OK;
}

/* The app and the customer that a request of the admin API names, wherever it does: the door
   (core/admin/door.h) looks whether they are the caller's. */
static void names_note(const struct command *command, struct request *req)
{
    struct admin_call *call = req->admin;

    if (!call)
        req->admin = call = ARENA_NEW(&req->arena, struct admin_call);
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];
        const struct opt_u32 *number = (const void *)((const char *)req->body + field->offset);

        if (field->type != FIELD_U32 || !number->set)
            continue;
        if (strcmp(field->name, "app") == 0) {
            call->names_app = true;
            call->app = number->v;
        } else if (strcmp(field->name, "customer") == 0) {
            call->names_customer = true;
            call->customer = number->v;
        }
    }
}

/* Before anything is read from the request, so that nothing in it can come instead. */
static void self_set(const struct command *command, struct request *req)
{
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];

        if (caller_is_self(req, field))
            *(struct span *)(void *)((char *)req->body + field->offset) = req->identifier;
    }
}

enum im_err command_decode(const struct command *command, struct request *req, struct span body)
{
    struct json object;
    enum im_err err;

    req->operation = &command->operation;
    if (!json_parse(body, &object) || object.type != JSON_OBJECT)
        return command->bad_json;
    if (command->request_bytes)
        req->body = arena_zalloc(&req->arena, command->request_bytes);
    self_set(command, req);
    err = fields_decode(command, req, object);
    if (!err && command->operation.admin)
        names_note(command, req);
    if (err || !command->decode)
        return err;
    return command->decode(req, object);
}

/* ---- encoding ---- */

static void put_head(uint8_t envelope, const char *status, enum im_err err, struct buf *into)
{
    bool config = envelope == ENVELOPE_CONFIG;

    BUF_LIT(into, "{");
    if (!config) {
        BUF_LIT(into, "\"ActionStatus\":\"");
        buf_add_span(into, span_of(status));
        BUF_LIT(into, "\",");
    }
    BUF_LIT(into, "\"ErrorInfo\":");
    json_put_string(into, config && !err ? SPAN_LIT("OK") : span_of(err_text(err)));
    BUF_LIT(into, ",\"ErrorCode\":");
    buf_add_i64(into, err_public(err));
    if (envelope == ENVELOPE_DISPLAY)
        BUF_LIT(into, ",\"ErrorDisplay\":\"\"");
}

void command_encode(struct request *req, struct buf *into)
{
    const struct command *command = command_of(req);
    const char *status = NULL;
    size_t begin = into->n;

    if (req->err == IM_OK && command->action_status)
        status = command->action_status(req);
    if (req->err == IM_OK && command->envelope == ENVELOPE_PLAIN && !status)
        BUF_LIT(into, "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0");
    else
        put_head(command->envelope, req->err ? "FAIL" : status ? status : "OK", req->err, into);
    if (command->encode && (req->err == IM_OK || command->encode_errors))
        command->encode(req, into);
    BUF_LIT(into, "}");
    if (!into->overflow)
        return;
    log_error("%s.%s: the reply is over %zu bytes", command->service, command->name, into->max);
    into->n = begin;
    into->overflow = false;
    command_encode_error(command->envelope, IM_ERR_OPENIM_INTERNAL, into);
}

void command_encode_error(uint8_t envelope, enum im_err err, struct buf *into)
{
    put_head(envelope, "FAIL", err, into);
    BUF_LIT(into, "}");
}
