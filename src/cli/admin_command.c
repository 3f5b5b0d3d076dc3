#include "cli/admin_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/billing/bill_line.h"

#define MAX_FILE_BYTES ((size_t)64 << 10)

static size_t option_count(const struct admin_command *command)
{
    size_t n = 0;

    while (n < ADMIN_COMMAND_OPTIONS && command->options[n].name)
        n++;
    return n;
}

/* Adds the file's text as it is; its hash is taken of these bytes. */
static bool add_file(struct buf *body, const char *member, const char *path)
{
    FILE *in = fopen(path, "re");
    struct buf text;
    struct json object;
    bool good;
    size_t n;

    if (!in) {
        fprintf(stderr, "magpie: cannot read %s: %s\n", path, strerror(errno));
        return false;
    }
    buf_init(&text, MAX_FILE_BYTES);
    do {
        char part[4096];

        n = fread(part, 1, sizeof(part), in);
        buf_add(&text, part, n);
    } while (n);
    fclose(in);
    good = !text.overflow && json_parse(buf_span(&text), &object) && object.type == JSON_OBJECT;
    if (good)
        admin_body_json(body, member, object.text);
    else
        fprintf(stderr, "magpie: %s does not hold a JSON object of at most %zu bytes\n", path,
                MAX_FILE_BYTES);
    buf_release(&text);
    return good;
}

static bool add_option(struct buf *body, const struct admin_option *option, const char *value)
{
    uint64_t number;

    switch ((enum admin_option_type)option->type) {
    case OPTION_NUMBER:
        if (!cli_number(option->name, value, option->max ? option->max : UINT32_MAX, &number))
            return false;
        admin_body_number(body, option->member, number);
        return true;
    case OPTION_MONTH:
        if (!cli_month(option->name, value))
            return false;
        admin_body_text(body, option->member, value);
        return true;
    case OPTION_TEXT:
        admin_body_text(body, option->member, value);
        return true;
    case OPTION_JSON_FILE:
        return add_file(body, option->member, value);
    }
    return false;
}

static int body_make(const struct admin_command *command, const char *const *values,
                     struct buf *body)
{
    for (size_t i = 0; i < option_count(command); i++) {
        const struct admin_option *option = &command->options[i];

        if (!values[i] && option->required)
            return cli_missing(command->group, option->name);
        if (values[i] && !add_option(body, option, values[i]))
            return EXIT_USAGE;
    }
    if (command->kind)
        admin_body_text(body, "kind", command->kind);
    return 0;
}

int admin_command_run(const struct admin_command *command, int argc, char **argv)
{
    const char *values[ADMIN_COMMAND_OPTIONS] = {NULL};
    struct cli_option options[ADMIN_COMMAND_OPTIONS];
    struct cli_common common;
    struct admin_reply reply;
    struct buf body;
    size_t count = option_count(command);
    int status;

    for (size_t i = 0; i < count; i++)
        options[i] = (struct cli_option){command->options[i].name, &values[i], NULL};
    status = cli_options(argc, argv, command->help, options, count, &common);
    if (status >= 0)
        return status;
    admin_body_init(&body);
    status = body_make(command, values, &body);
    if (!status)
        status = !admin_call(common.data, command->operation, admin_body_end(&body), &reply);
    buf_release(&body);
    if (status)
        return status;
    if (common.json)
        printf("%.*s\n", SPAN_FMT(reply.result.text));
    else
        command->print(reply.result);
    admin_reply_release(&reply);
    return 0;
}

const char *admin_yuan(struct json object, const char *name)
{
    static struct number_text texts[4];
    static unsigned next;
    struct number_text *text = &texts[next++ % 4];
    int64_t fen;

    if (!json_to_i64(json_member(object, name), &fen))
        return "-";
    *text = number_format(fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen, true);
    if (fen < 0) {
        memmove(text->text + 1, text->text, sizeof(text->text) - 2);
        text->text[0] = '-';
    }
    return text->text;
}

void admin_print_next(struct json result)
{
    const char *next = admin_text(result, "next");

    if (next[0])
        printf("there is more: --cursor %s\n", next);
}
