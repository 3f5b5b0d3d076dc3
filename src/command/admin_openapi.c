/* The OpenAPI 3.1 document of the admin API, written from the command table, so that it cannot
   differ from it. */
#include "command/admin_route.h"
#include "command/admin_schema.h"
#include "core/admin/token.h"

/* ---- fields ---- */

static void put_bounds(const struct field *field, uint64_t most, struct buf *into)
{
    buf_printf(into, "{\"type\":\"integer\",\"minimum\":0,\"maximum\":%llu}",
               (unsigned long long)(field->max ? field->max : most));
}

static void put_list(const struct field *field, struct buf *into)
{
    BUF_LIT(into, "{\"type\":\"array\",\"items\":{\"type\":\"string\"}");
    if (field->max_count)
        buf_printf(into, ",\"maxItems\":%u", field->max_count);
    BUF_LIT(into, "}");
}

static void put_field_schema(const struct field *field, struct buf *into)
{
    switch ((enum field_type)field->type) {
    case FIELD_STRING:
        BUF_LIT(into, "{\"type\":\"string\"");
        if (field->max)
            buf_printf(into, ",\"maxLength\":%u", field->max);
        BUF_LIT(into, "}");
        return;
    case FIELD_ACCOUNT:
        BUF_LIT(into, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":32}");
        return;
    case FIELD_U32:
        put_bounds(field, UINT32_MAX, into);
        return;
    case FIELD_U64:
        put_bounds(field, UINT64_MAX, into);
        return;
    case FIELD_ACCOUNTS:
    case FIELD_STRINGS:
        put_list(field, into);
        return;
    case FIELD_ARRAY:
        BUF_LIT(into, "{\"type\":\"array\",\"items\":{}}");
        return;
    case FIELD_OBJECT:
        BUF_LIT(into, "{\"type\":\"object\"}");
        return;
    case FIELD_ANY:
        BUF_LIT(into, "{}");
        return;
    }
}

static bool in_path(const struct command *command, const struct field *field)
{
    struct span path = span_of(command->operation.admin->path), segment, name;

    while (admin_segment_next(&path, &segment)) {
        if (admin_segment_name(segment, &name) && span_is(name, field->name))
            return true;
    }
    return false;
}

/* ---- one operation ---- */

static void put_parameters(const struct command *command, struct buf *into)
{
    bool writes = admin_route_writes(command->operation.admin);
    const char *between = "";

    BUF_LIT(into, ",\"parameters\":[");
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];
        bool path = in_path(command, field);

        if (!path && writes)
            continue;
        buf_printf(into, "%s{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,\"schema\":", between,
                   field->name, path ? "path" : "query",
                   path || field->flags & FIELD_REQUIRED ? "true" : "false");
        put_field_schema(field, into);
        BUF_LIT(into, "}");
        between = ",";
    }
    if (writes)
        buf_printf(into, "%s{\"$ref\":\"#/components/parameters/IdempotencyKey\"}", between);
    BUF_LIT(into, "]");
}

static void put_required(const struct command *command, struct buf *into)
{
    const char *between = ",\"required\":[";

    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];

        if (!(field->flags & FIELD_REQUIRED) || in_path(command, field))
            continue;
        buf_printf(into, "%s\"%s\"", between, field->name);
        between = ",";
    }
    if (between[1] == 0)
        BUF_LIT(into, "]");
}

static void put_body(const struct command *command, struct buf *into)
{
    const char *between = "";

    BUF_LIT(into, ",\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"type\":"
                  "\"object\",\"additionalProperties\":false,\"properties\":{");
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];

        if (in_path(command, field))
            continue;
        buf_printf(into, "%s\"%s\":", between, field->name);
        put_field_schema(field, into);
        between = ",";
    }
    BUF_LIT(into, "}");
    put_required(command, into);
    BUF_LIT(into, "}}}}");
}

static void put_roles(const struct admin_route *route, struct buf *into)
{
    BUF_LIT(into, ",\"x-roles\":[\"operator\"");
    for (unsigned role = ADMIN_OWNER; role <= ADMIN_VIEWER; role <<= 1) {
        if (route->roles & role)
            buf_printf(into, ",\"%s\"", admin_role_name((uint8_t)role));
    }
    BUF_LIT(into, "]");
}

static void put_responses(const struct command *command, struct buf *into)
{
    const struct admin_route *route = command->operation.admin;
    static const uint16_t always[] = {400, 401, 403, 404, 409, 413, 422, 429, 503};

    buf_printf(into,
               ",\"responses\":{\"%u\":{\"description\":\"%s\",\"content\":{"
               "\"application/json\":{\"schema\":",
               route->status, route->status == 201 ? "Made." : "Done.");
    admin_schema_put(command, into);
    BUF_LIT(into, "}}}");
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        bool of_writes = always[i] == 409 || always[i] == 413 || always[i] == 422;

        if (!of_writes || admin_route_writes(route))
            buf_printf(into, ",\"%u\":{\"$ref\":\"#/components/responses/Problem\"}", always[i]);
    }
    BUF_LIT(into, "}");
}

static void put_operation(const struct command *command, struct buf *into)
{
    const struct admin_route *route = command->operation.admin;

    BUF_LIT(into, "\"");
    for (const char *c = route->method; *c; c++)
        buf_add_char(into, (char)(*c | 0x20));
    buf_printf(into, "\":{\"operationId\":\"%s\",\"summary\":", command->name);
    json_put_string(into, span_of(command->about));
    put_roles(route, into);
    put_parameters(command, into);
    if (admin_route_writes(route))
        put_body(command, into);
    put_responses(command, into);
    BUF_LIT(into, "}");
}

/* ---- the whole ---- */

static const char head[] =
    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Magpie admin API\",\"version\":\"" MAGPIE_VERSION
    "\",\"description\":\"Apps, limits, usage, bills and tickets of a customer, and all of them "
    "for "
    "the operator. Lists answer {items, next}: pass next as cursor to go on. A write with an "
    "Idempotency-Key may be repeated for 24 hours: it is answered as the first time.\"},"
    "\"servers\":[{\"url\":\"" ADMIN_PREFIX "\"}],\"security\":[{\"token\":[]}],\"paths\":{";

static const char tail[] =
    "},\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}},"
    "\"parameters\":{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\","
    "\"required\":false,\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64}}},"
    "\"responses\":{\"Problem\":{\"description\":\"Refused (RFC 9457).\",\"content\":{"
    "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}},"
    "\"schemas\":{\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\","
    "\"detail\",\"code\"],\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":"
    "\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"code\":{"
    "\"type\":\"string\"}}}}}}";

static bool path_is_new(size_t row)
{
    for (size_t i = 0; i < row; i++) {
        const struct admin_route *route = command_at(i)->operation.admin;

        if (route && strcmp(route->path, command_at(row)->operation.admin->path) == 0)
            return false;
    }
    return true;
}

static void put_path(size_t first, struct buf *into)
{
    const char *path = command_at(first)->operation.admin->path, *between = "";

    json_put_string(into, span_of(path));
    BUF_LIT(into, ":{");
    for (size_t i = first; i < command_count(); i++) {
        const struct admin_route *route = command_at(i)->operation.admin;

        if (!route || strcmp(route->path, path) != 0)
            continue;
        buf_add_span(into, span_of(between));
        put_operation(command_at(i), into);
        between = ",";
    }
    BUF_LIT(into, "}");
}

void admin_openapi(struct buf *into)
{
    const char *between = "";

    buf_add(into, head, sizeof(head) - 1);
    for (size_t i = 0; i < command_count(); i++) {
        if (!command_at(i)->operation.admin || !path_is_new(i))
            continue;
        buf_add_span(into, span_of(between));
        put_path(i, into);
        between = ",";
    }
    buf_add(into, tail, sizeof(tail) - 1);
}
