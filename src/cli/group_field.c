#include <stdio.h>

#include "cli/admin_client.h"
#include "cli/options.h"
#include "cli/subcommands.h"

static const char group_field_help[] =
    "usage: magpie group-field set --app ID --level LEVEL --key KEY --read WHO --write WHO\n"
    "                              [--data DIR] [--json]\n"
    "       magpie group-field list --app ID [--data DIR] [--json]\n"
    "\n"
    "Custom fields: an app may keep values of its own with each group (AppDefinedData, up to 20\n"
    "keys) and with each member of a group (AppMemberDefinedData, up to 5 keys). A key must be\n"
    "defined here before it is used; it cannot be taken away, its access can be changed.\n"
    "\n"
    "  --app ID       the app's SDKAppID\n"
    "  --level LEVEL  group or member\n"
    "  --key KEY      1 to 16 characters of A-Z a-z 0-9 _\n"
    "  --read WHO     who sees it: anyone, member, admin, owner or app_admin, who is named and\n"
    "                 everyone behind\n"
    "  --write WHO    who sets it: likewise\n"
    "  --data DIR     the data directory of the running server (default ./data)\n"
    "  --json         print JSON\n";

/* Calls and prints the result as JSON, or hands it to `print`. */
static int call(const struct cli_common *common, const char *command, struct buf *body,
                void (*print)(struct json result))
{
    struct admin_reply reply;
    bool ok = admin_call(common->data, command, admin_body_end(body), &reply);

    buf_release(body);
    if (!ok)
        return 1;
    if (common->json)
        printf("%.*s\n", SPAN_FMT(reply.result.text));
    else
        print(reply.result);
    admin_reply_release(&reply);
    return 0;
}

static void print_field(struct json field)
{
    printf("%-7s", admin_text(field, "level"));
    printf(" %-16s", admin_text(field, "key"));
    printf("  %-10s", admin_text(field, "read"));
    printf(" %s\n", admin_text(field, "write"));
}

static int group_field_set(int argc, char **argv)
{
    const char *app = NULL, *level = NULL, *key = NULL, *read = NULL, *write = NULL;
    const struct cli_option options[] = {{"--app", &app, NULL},
                                         {"--level", &level, NULL},
                                         {"--key", &key, NULL},
                                         {"--read", &read, NULL},
                                         {"--write", &write, NULL}};
    struct cli_common common;
    struct buf body;
    uint64_t number;
    int status = cli_options(argc, argv, group_field_help, options, 5, &common);

    if (status >= 0)
        return status;
    for (size_t i = 0; i < 5; i++) {
        if (!*options[i].value)
            return cli_missing("group-field", options[i].name);
    }
    if (!cli_number("--app", app, UINT32_MAX, &number))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    admin_body_text(&body, "level", level);
    admin_body_text(&body, "key", key);
    admin_body_text(&body, "read", read);
    admin_body_text(&body, "write", write);
    return call(&common, "group_field_set", &body, print_field);
}

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "fields"));
    struct json field;
    struct span key;

    printf("%-7s %-16s  %-10s %s\n", "level", "key", "read", "write");
    while (json_next(&it, &key, &field))
        print_field(field);
}

static int group_field_list(int argc, char **argv)
{
    const char *app = NULL;
    const struct cli_option options[] = {{"--app", &app, NULL}};
    struct cli_common common;
    struct buf body;
    uint64_t number;
    int status = cli_options(argc, argv, group_field_help, options, 1, &common);

    if (status >= 0)
        return status;
    if (!app)
        return cli_missing("group-field", "--app");
    if (!cli_number("--app", app, UINT32_MAX, &number))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    return call(&common, "group_field_list", &body, print_list);
}

int cli_group_field(int argc, char **argv)
{
    static const struct cli_action actions[] = {{"set", group_field_set},
                                                {"list", group_field_list}};

    return cli_dispatch("magpie group-field", group_field_help, actions,
                        sizeof(actions) / sizeof(actions[0]), argc, argv);
}
