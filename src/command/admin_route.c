#include "command/admin_route.h"

#include "core/app/app.h"
#include "wire/http.h"

/* Path, query and body of a request are bounded by the gateway; escapes double a text at most
   sixfold. */
#define MAX_MEMBERS_BYTES ((size_t)8 << 20)

/* ---- finding ---- */

bool admin_segment_next(struct span *path, struct span *ret_segment)
{
    const char *end;

    if (!path->n || path->p[0] != '/')
        return false;
    end = memchr(path->p + 1, '/', path->n - 1);
    *ret_segment = (struct span){path->p + 1, end ? (size_t)(end - path->p) - 1 : path->n - 1};
    path->p += ret_segment->n + 1;
    path->n -= ret_segment->n + 1;
    return true;
}

bool admin_segment_name(struct span segment, struct span *ret_name)
{
    if (segment.n < 3 || segment.p[0] != '{' || segment.p[segment.n - 1] != '}')
        return false;
    *ret_name = (struct span){segment.p + 1, segment.n - 2};
    return true;
}

/* How well a path fits a template: a bit a segment, the first one highest, set where it is
   literal; -1: not at all. */
static int64_t path_fits(const char *template, struct span path)
{
    struct span want = span_of(template), want_segment, segment, name;
    int64_t fit = 1;

    while (admin_segment_next(&want, &want_segment)) {
        bool literal = !admin_segment_name(want_segment, &name);

        if (!admin_segment_next(&path, &segment) || !segment.n ||
            (literal && !span_eq(segment, want_segment)))
            return -1;
        fit = fit << 1 | literal;
    }
    return path.n ? -1 : fit;
}

static void allow_add(struct buf *allow, const char *method)
{
    struct span name = span_of(method);

    if (allow->n && memmem(allow->p, allow->n, name.p, name.n))
        return;
    if (allow->n)
        BUF_LIT(allow, ", ");
    buf_add_span(allow, name);
}

const struct command *admin_route_find(struct span method, struct span path, struct buf *allow)
{
    const struct command *found = NULL;
    struct span prefix = SPAN_LIT(ADMIN_PREFIX);
    int64_t best = 0;

    if (!span_starts(path, prefix))
        return NULL;
    path = (struct span){path.p + prefix.n, path.n - prefix.n};
    for (size_t i = 0; i < command_count(); i++) {
        const struct admin_route *route = command_at(i)->operation.admin;
        int64_t fit = route ? path_fits(route->path, path) : -1;

        if (fit < 0)
            continue;
        allow_add(allow, route->method);
        if (fit > best && span_is(method, route->method)) {
            best = fit;
            found = command_at(i);
        }
    }
    return found;
}

/* ---- members ---- */

enum member_place { PLACE_NONE, PLACE_PATH, PLACE_QUERY, PLACE_BODY };

static const char *const place_names[] = {"", "path", "query", "body"};

/* A request's members as one JSON object. */
struct members {
    const struct command *command;
    struct request *req;
    struct buf object;
    enum member_place places[COMMAND_MAX_FIELDS];
};

/* Names in sentences: what a program sent is shown, but not all of it. */
#define SHOWN(s) (int)((s).n < 64 ? (s).n : 64), (s).p

static enum im_err member_take(struct members *members, struct span name, enum member_place place,
                               const struct field **ret_field)
{
    const struct command *command = members->command;
    bool clean = utf8_valid(name);

    for (size_t i = 0; i < command->field_count; i++) {
        if (!span_is(name, command->fields[i].name))
            continue;
        if (members->places[i])
            return operator_refuse(
                members->req, IM_ERR_INVALID, "%s stands twice: in the %s and in the %s",
                command->fields[i].name, place_names[members->places[i]], place_names[place]);
        members->places[i] = place;
        *ret_field = &command->fields[i];
        if (members->object.n > 1)
            BUF_LIT(&members->object, ",");
        json_put_string(&members->object, name);
        BUF_LIT(&members->object, ":");
        return IM_OK;
    }
    if (!clean || name.n > 64)
        return operator_refuse(members->req, IM_ERR_INVALID, "a member of the %s is unknown",
                               place_names[place]);
    return operator_refuse(members->req, IM_ERR_INVALID, "%.*s is no member of this request",
                           SHOWN(name));
}

/* A value that is a text: of path and query. */
static enum im_err text_put(struct members *members, const struct field *field, struct span text,
                            enum member_place place)
{
    uint64_t number;

    switch ((enum field_type)field->type) {
    case FIELD_STRING:
    case FIELD_ACCOUNT:
        if (!utf8_valid(text))
            return operator_refuse(members->req, IM_ERR_INVALID, "%s is not UTF-8", field->name);
        json_put_string(&members->object, text);
        return IM_OK;
    case FIELD_U32:
    case FIELD_U64:
        if (!span_to_u64(text, &number))
            return operator_refuse(members->req, IM_ERR_INVALID, "%s is not a whole number",
                                   field->name);
        buf_add_u64(&members->object, number);
        return IM_OK;
    case FIELD_ACCOUNTS:
    case FIELD_STRINGS:
    case FIELD_ARRAY:
    case FIELD_OBJECT:
    case FIELD_ANY:
        break;
    }
    return operator_refuse(members->req, IM_ERR_INVALID, "%s cannot stand in the %s", field->name,
                           place_names[place]);
}

static enum im_err path_add(struct members *members, struct span path)
{
    struct span want = span_of(members->command->operation.admin->path), want_segment, segment;

    path = (struct span){path.p + sizeof(ADMIN_PREFIX) - 1, path.n - (sizeof(ADMIN_PREFIX) - 1)};
    while (admin_segment_next(&want, &want_segment) && admin_segment_next(&path, &segment)) {
        char *scratch = arena_alloc(&members->req->arena, segment.n);
        const struct field *field = NULL;
        struct span name;
        size_t used = 0;
        enum im_err err;

        if (!admin_segment_name(want_segment, &name))
            continue;
        err = member_take(members, name, PLACE_PATH, &field);
        if (!err)
            err =
                text_put(members, field, http_percent_decode(segment, scratch, &used), PLACE_PATH);
        if (err)
            return err;
    }
    return IM_OK;
}

static enum im_err query_add(struct members *members, struct span query)
{
    char *scratch = arena_alloc(&members->req->arena, query.n);
    struct span name, value;
    size_t used = 0;

    while (http_query_next(&query, scratch, &used, &name, &value)) {
        const struct field *field = NULL;
        enum im_err err = member_take(members, name, PLACE_QUERY, &field);

        if (!err)
            err = text_put(members, field, value, PLACE_QUERY);
        if (err)
            return err;
    }
    return IM_OK;
}

static enum im_err body_add(struct members *members, struct span body)
{
    struct json object, value;
    struct json_iter it;
    struct span key;

    if (!body.n)
        return IM_OK;
    if (!admin_route_writes(members->command->operation.admin))
        return operator_refuse(members->req, IM_ERR_INVALID, "a GET has no body");
    if (!json_parse(body, &object) || object.type != JSON_OBJECT)
        return operator_refuse(members->req, IM_ERR_JSON, "the body is not a JSON object");
    for (it = json_iter(object); json_next(&it, &key, &value);) {
        const struct field *field = NULL;
        enum im_err err = member_take(members, key, PLACE_BODY, &field);

        if (err)
            return err;
        buf_add_span(&members->object, value.text);
    }
    return IM_OK;
}

/* ---- types ---- */

static bool text_fits(const struct field *field, struct json value)
{
    return value.type == JSON_STRING &&
           (value.escaped || !field->max || value.text.n - 2 <= field->max);
}

static const char *what_is_wrong(const struct field *field, struct json value)
{
    uint64_t number;

    switch ((enum field_type)field->type) {
    case FIELD_STRING:
    case FIELD_ACCOUNT:
        return text_fits(field, value) ? NULL : "is not a string, or too long";
    case FIELD_U32:
    case FIELD_U64:
        if (!json_to_u64(value, &number))
            return "is not a whole number";
        if ((field->max && number > field->max) ||
            (field->type == FIELD_U32 && number > UINT32_MAX))
            return "is too large";
        return NULL;
    case FIELD_ACCOUNTS:
    case FIELD_STRINGS:
    case FIELD_ARRAY:
        return value.type == JSON_ARRAY ? NULL : "is not an array";
    case FIELD_OBJECT:
        return value.type == JSON_OBJECT ? NULL : "is not an object";
    case FIELD_ANY:
        return NULL;
    }
    return NULL;
}

/* Says what command_decode would refuse with a code alone. */
static enum im_err types_check(struct members *members, struct json object)
{
    const struct command *command = members->command;

    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];
        struct json value;
        const char *wrong;

        if (!members->places[i]) {
            if (field->flags & FIELD_REQUIRED)
                return operator_refuse(members->req, IM_ERR_INVALID, "%s is missing", field->name);
            continue;
        }
        value = json_member(object, field->name);
        wrong = what_is_wrong(field, value);
        if (wrong)
            return operator_refuse(members->req, IM_ERR_INVALID, "%s %s", field->name, wrong);
    }
    return IM_OK;
}

/* ---- the audit's text ---- */

static bool has_word(struct span text, const char *word)
{
    return text.n && memmem(text.p, text.n, word, strlen(word));
}

/* Whether a value is kept out: what is a secret by its field, its name, or what is in it. */
static bool is_secret(const struct field *field, struct json value)
{
    struct span name = span_of(field->name);

    return field->flags & FIELD_SECRET || has_word(name, "secret") || has_word(name, "password") ||
           has_word(name, "usersig") || has_word(value.text, "secret\"") ||
           has_word(value.text, "password\"");
}

static void audit_note(struct members *members, struct json object)
{
    const struct command *command = members->command;
    struct buf text;
    size_t n;

    buf_init(&text, MAX_MEMBERS_BYTES);
    BUF_LIT(&text, "{");
    for (size_t i = 0; i < command->field_count; i++) {
        struct json value = json_member(object, command->fields[i].name);

        if (!members->places[i])
            continue;
        if (text.n > 1)
            BUF_LIT(&text, ",");
        json_put_string(&text, span_of(command->fields[i].name));
        BUF_LIT(&text, ":");
        if (is_secret(&command->fields[i], value))
            BUF_LIT(&text, "\"***\"");
        else
            buf_add_span(&text, value.text);
    }
    BUF_LIT(&text, "}");
    n = text.n < ADMIN_MAX_AUDIT_TEXT ? text.n : ADMIN_MAX_AUDIT_TEXT;
    while (n < text.n && n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    members->req->admin->audit = arena_copy(&members->req->arena, (struct span){text.p, n});
    buf_release(&text);
}

/* ---- the whole ---- */

enum im_err admin_decode(const struct command *command, struct request *req, struct span path,
                         struct span query, struct span body)
{
    struct members members = {.command = command, .req = req};
    struct span text;
    struct json object;
    enum im_err err;

    req->operation = &command->operation;
    if (!req->admin)
        req->admin = ARENA_NEW(&req->arena, struct admin_call);
    buf_init(&members.object, MAX_MEMBERS_BYTES);
    BUF_LIT(&members.object, "{");
    err = path_add(&members, path);
    if (!err)
        err = query_add(&members, query);
    if (!err)
        err = body_add(&members, body);
    BUF_LIT(&members.object, "}");
    text = members.object.overflow ? (struct span){0}
                                   : arena_copy(&req->arena, buf_span(&members.object));
    buf_release(&members.object);
    if (err)
        return err;
    if (!text.n || !json_parse(text, &object))
        return operator_refuse(req, IM_ERR_INVALID, "the request is too long");
    err = types_check(&members, object);
    if (err)
        return err;
    audit_note(&members, object);
    err = command_decode(command, req, text);
    if (err && !req->result)
        return operator_refuse(req, err, "%s", err_text(err));
    return err;
}
