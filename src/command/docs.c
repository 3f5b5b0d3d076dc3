/* docs/commands.md, written from the command table, so that it cannot differ from it. */
#include "command/command.h"
#include "core/admin/token.h"

static const char *rate_text(uint8_t rate)
{
    switch ((enum rate_class)rate) {
    case RATE_NONE:
        return "not limited";
    case RATE_STANDARD:
        return "N a second";
    case RATE_TENFOLD:
        return "10 x N a second";
    case RATE_TENTH:
        return "N / 10 a second";
    }
    return "";
}

static const char *type_text(uint8_t type)
{
    switch ((enum field_type)type) {
    case FIELD_STRING:
        return "string";
    case FIELD_ACCOUNT:
        return "account";
    case FIELD_ACCOUNTS:
        return "list of accounts";
    case FIELD_STRINGS:
        return "list of strings";
    case FIELD_U32:
        return "integer, 32 bits";
    case FIELD_U64:
        return "integer, 64 bits";
    case FIELD_ARRAY:
        return "array";
    case FIELD_OBJECT:
        return "object";
    case FIELD_ANY:
        return "any";
    }
    return "";
}

static void put_words(struct buf *into, uint8_t callers)
{
    static const struct {
        uint8_t caller;
        const char *text;
    } words[] = {
        {BY_ADMIN, "administrator (REST)"},
        {BY_USER, "user (WebSocket)"},
        {BY_ANYONE, "anyone (WebSocket, before a login too)"},
        {BY_OPERATOR, "operators and customers (admin API, admin socket)"},
    };
    const char *between = "";

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!(callers & words[i].caller))
            continue;
        buf_printf(into, "%s%s", between, words[i].text);
        between = ", ";
    }
}

static void put_bounds(struct buf *into, const struct field *field)
{
    bool list = field->type == FIELD_ACCOUNTS || field->type == FIELD_STRINGS;

    if (list)
        buf_printf(into, "at most %u", field->max_count);
    if (field->type == FIELD_ACCOUNT || field->type == FIELD_ACCOUNTS)
        buf_printf(into, "%s1 to 32 bytes 0x20 to 0x7e", list ? ", each " : "");
    else if (field->max && field->type == FIELD_ARRAY)
        buf_printf(into, "at most %u elements", field->max);
    else if (field->max && (field->type == FIELD_U32 || field->type == FIELD_U64))
        buf_printf(into, "at most %u", field->max);
    else if (field->max)
        buf_printf(into, "%s%u bytes", list ? ", each at most " : "at most ", field->max);
}

/* The field's codes, each once. */
static void put_codes(struct buf *into, const struct field *field)
{
    enum im_err codes[3] = {field->flags & FIELD_REQUIRED ? field->missing : IM_OK, field->bad,
                            field->max_count ? field->too_many : IM_OK};
    const char *between = "";

    for (size_t i = 0; i < 3; i++) {
        if (!codes[i] || (i > 0 && codes[i] == codes[i - 1]) || (i > 1 && codes[i] == codes[0]))
            continue;
        buf_printf(into, "%s%d", between, err_public(codes[i]));
        between = ", ";
    }
}

static void put_fields(struct buf *into, const struct command *command)
{
    if (!command->field_count)
        return;
    BUF_LIT(into, "\n| member | type | | bounds | else |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];

        buf_printf(into, "| `%s` | %s | %s%s | ", field->name, type_text(field->type),
                   field->flags & FIELD_REQUIRED ? "required" : "",
                   field->flags & FIELD_SELF ? " self" : "");
        put_bounds(into, field);
        BUF_LIT(into, " | ");
        if (command->operation.admin)
            BUF_LIT(into, "HTTP 400");
        else
            put_codes(into, field);
        BUF_LIT(into, " |\n");
    }
}

/* As what it stands in the admin API, and whose tokens may call it. */
static void put_route(struct buf *into, const struct admin_route *route)
{
    buf_printf(into, "\n- HTTP: `%s /admin/v1%s`\n- Roles: operator", route->method, route->path);
    for (unsigned role = ADMIN_OWNER; role <= ADMIN_VIEWER; role <<= 1) {
        if (route->roles & role)
            buf_printf(into, ", %s", admin_role_name((uint8_t)role));
    }
}

static void put_command(struct buf *into, const struct command *command)
{
    buf_printf(into, "\n### %s.%s\n%s\n\n", command->service, command->name, command->about);
    BUF_LIT(into, "- Callers: ");
    put_words(into, command->callers);
    if (command->operation.admin)
        put_route(into, command->operation.admin);
    if (command->callers & BY_ADMIN)
        buf_printf(into, "\n- Limit: %s", rate_text(command->operation.rate));
    if (command->reads)
        buf_printf(into, "\n- Reads: %s", command->reads);
    if (command->counts)
        buf_printf(into, "\n- Counts: %s", command->counts);
    if (command->operation.number)
        buf_printf(into, "\n- Number in the usage rows: %u", command->operation.number);
    if (!command->operation.admin)
        buf_printf(into, "\n- Not a JSON object: %d", err_public(command->bad_json));
    BUF_LIT(into, "\n");
    put_fields(into, command);
}

/* Services in the order of their first row; rows of one service may lie in several files. */
static bool service_is_new(size_t row)
{
    for (size_t i = 0; i < row; i++) {
        if (!command_at(i)->placeholder &&
            strcmp(command_at(i)->service, command_at(row)->service) == 0)
            return false;
    }
    return true;
}

static void put_service(struct buf *into, const char *service)
{
    buf_printf(into, "\n## %s\n", service);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);

        if (!command->placeholder && strcmp(command->service, service) == 0)
            put_command(into, command);
    }
}

static void put_placeholders(struct buf *into)
{
    BUF_LIT(into,
            "\n## Answered without the core\n"
            "The heartbeat, the client's reports, and what the official client SDK asks at its "
            "start for parts\nthat are not there: they hold nothing, so the answer is empty. "
            "Commands that would store something\nare never in this list: they are answered with "
            "60009.\n\n| command | callers | answer |\n|---|---|---|\n");
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);

        if (!command->placeholder)
            continue;
        buf_printf(into, "| `%s.%s` | ", command->service, command->name);
        put_words(into, command->callers);
        buf_printf(into, " | %s |\n", command->about);
    }
}

void command_docs(struct buf *into)
{
    BUF_LIT(
        into,
        "# Commands\n"
        "Made from the command table by `magpie commands`; do not edit.\n\n"
        "A command is `service.name`. REST: `POST /v4/service/name`, WebSocket: "
        "`head.servcmd`. The body is a JSON\nobject; unknown members are ignored. N is the "
        "app's call limit; \"self\": for users it is the caller,\nwhatever the request says. "
        "The last column of a table holds the codes of a member that is missing, wrong\nor too "
        "long.\n\nThe commands of `admin` are the admin API (docs/admin-api.md): members come from "
        "path, query and body, unknown\nones are refused.\n");
    for (size_t i = 0; i < command_count(); i++) {
        if (!command_at(i)->placeholder && service_is_new(i))
            put_service(into, command_at(i)->service);
    }
    put_placeholders(into);
}
