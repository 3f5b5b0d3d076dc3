/*
 * A request of any command: the first line names it and its caller ("service.name admin" or
 * "... user"; what names nothing chooses by its bytes), the rest is the body. It is refused with a
 * code that clients know, or decoded within the bounds of its row; and twice the same.
 */
#include "base/check.h"
#include "command/command.h"
#include "wire/usersig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct command *choose(struct span name)
{
    const char *point = name.n ? memchr(name.p, '.', name.n) : NULL;
    const struct command *found = NULL;
    uint32_t hash = 0;

    if (point)
        found = command_find(span_make(name.p, (size_t)(point - name.p)),
                             span_make(point + 1, (size_t)(name.p + name.n - point - 1)));
    for (size_t i = 0; i < name.n; i++)
        hash = hash * 31 + (uint8_t)name.p[i];
    return found ? found : command_at(hash % command_count());
}

/* Every byte is there: the sanitizer says if not. */
static uint64_t touch(struct span text)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.n; i++)
        sum += (uint8_t)text.p[i];
    return sum;
}

static uint64_t check_list(const struct field *field, const struct account_list *list)
{
    uint64_t sum = 0;

    CHECK(list->count <= field->max_count);
    for (uint32_t i = 0; i < list->count; i++) {
        CHECK(!field->max || list->items[i].n <= field->max);
        CHECK(field->type != FIELD_ACCOUNTS || identifier_valid(list->items[i]));
        sum += touch(list->items[i]);
    }
    return sum;
}

static uint64_t check_field(const struct request *req, const struct field *field)
{
    const void *at = (const char *)req->body + field->offset;
    struct span text = *(const struct span *)at;

    switch ((enum field_type)field->type) {
    case FIELD_ACCOUNT:
        if (field->flags & FIELD_SELF && req->caller == CALLER_USER)
            CHECK(span_eq(text, req->identifier));
        CHECK(!text.n || identifier_valid(text));
        return touch(text);
    case FIELD_STRING:
        CHECK(!field->max || text.n <= field->max);
        return touch(text);
    case FIELD_ACCOUNTS:
    case FIELD_STRINGS:
        return check_list(field, at);
    case FIELD_U32:
        CHECK(!field->max || ((const struct opt_u32 *)at)->v <= field->max);
        return ((const struct opt_u32 *)at)->v;
    case FIELD_U64:
        CHECK(!field->max || ((const struct opt_u64 *)at)->v <= field->max);
        return ((const struct opt_u64 *)at)->v;
    default:
        return touch(((const struct json *)at)->text);
    }
}

/* A row's decode function makes another struct of what the fields said: then they are gone. */
static enum im_err decode(const struct command *command, enum caller_kind caller, struct span body,
                          uint64_t *ret_sum)
{
    struct request *req = request_new();
    enum im_err err;

    req->caller = caller;
    req->app = (struct app_id){1400000001};
    req->identifier = SPAN_LIT("alice");
    err = command_decode(command, req, arena_copy(&req->arena, body));
    *ret_sum = 0;
    for (size_t i = 0; !err && !command->decode && i < command->field_count; i++)
        *ret_sum += check_field(req, &command->fields[i]);
    request_unref(req);
    return err;
}

static void check_refusal(const struct command *command, enum im_err err)
{
    struct buf reply;
    struct json json;

    /* The operator alone hears of the server's own errors. */
    CHECK(err_public(err) > 0 && (err > 0 || command->callers == BY_OPERATOR));
    buf_init(&reply, 4096);
    command_encode_error(command->envelope, err, &reply);
    CHECK(!reply.overflow && json_parse(buf_span(&reply), &json) && json.type == JSON_OBJECT);
    buf_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_make(data, size), line, body = {0};
    const char *end = size ? memchr(data, '\n', size) : NULL;
    const char *space;
    const struct command *command;
    enum caller_kind caller = CALLER_ADMIN;
    uint64_t first, second;
    enum im_err err;

    if (!end)
        return 0;
    line = span_make(input.p, (size_t)(end - input.p));
    body = span_make(end + 1, input.n - line.n - 1);
    space = line.n ? memchr(line.p, ' ', line.n) : NULL;
    if (space) {
        struct span who = span_make(space + 1, (size_t)(end - space - 1));

        if (who.n && who.p[0] == 'u')
            caller = CALLER_USER;
        line.n = (size_t)(space - line.p);
    }
    command = choose(line);
    err = decode(command, caller, body, &first);
    CHECK(decode(command, caller, body, &second) == err && first == second);
    if (err)
        check_refusal(command, err);
    return 0;
}
