#include <stdio.h>

#include "cli/admin_command.h"

static const char help[] =
    "usage: magpie app create --name NAME [--customer N] [--json]\n"
    "       magpie app list [--customer N] [--limit N] [--cursor C] [--json]\n"
    "       magpie app show --app ID [--json]\n"
    "       magpie app assign --app ID --customer N [--json]\n"
    "\n"
    "create  makes an app and prints its SDKAppID, the key that signs its users in, and its\n"
    "        administrator, who may call the REST API\n"
    "list    apps, without their keys\n"
    "show    one app with its key\n"
    "assign  gives an app to a customer, whose tokens may then do what it needs\n"
    "\n"
    "  --name NAME   the app's name, at most 64 bytes\n"
    "  --app ID      its SDKAppID\n"
    "  --customer N  whose it is; 0 is the operator\n"
    "  --limit N     so many, 50 if nothing is said\n"
    "  --cursor C    where a list goes on\n" ADMIN_COMMON_HELP;

static void print_app(struct json app)
{
    printf("SDKAppID       %s\n", admin_text(app, "sdkappid"));
    if (json_member(app, "name").type != JSON_NONE)
        printf("name           %s\n", admin_text(app, "name"));
    if (json_member(app, "key").type != JSON_NONE)
        printf("key            %s\n", admin_text(app, "key"));
    if (json_member(app, "admin").type != JSON_NONE)
        printf("administrator  %s\n", admin_text(app, "admin"));
    if (admin_u64(app, "customer"))
        printf("customer       %s\n", admin_text(app, "customer"));
    if (json_member(app, "plan").type == JSON_NONE)
        return;
    printf("plan           %s\n", admin_text(app, "plan"));
    printf("accounts       %s\n", admin_text(app, "accounts"));
    printf("made           %s\n", admin_text(app, "created"));
}

static int app_create(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "app",
        .help = help,
        .operation = "app_create",
        .options = {{"--name", "name", OPTION_TEXT, true, 0},
                    {"--customer", "customer", OPTION_NUMBER, false, 0}},
        .print = print_app};

    return admin_command_run(&command, argc, argv);
}

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json app;
    struct span key;

    printf("%-11s %8s %10s  %-10s %-20s %s\n", "SDKAppID", "customer", "accounts", "made", "plan",
           "name");
    while (json_next(&it, &key, &app)) {
        printf("%-11s", admin_text(app, "sdkappid"));
        printf(" %8s", admin_text(app, "customer"));
        printf(" %10s", admin_text(app, "accounts"));
        printf("  %-10.10s", admin_text(app, "created"));
        printf(" %-20s", admin_text(app, "plan"));
        printf(" %s\n", admin_text(app, "name"));
    }
    admin_print_next(result);
}

static int app_list(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "app",
        .help = help,
        .operation = "app_list",
        .options = {{"--customer", "customer", OPTION_NUMBER, false, 0},
                    {"--limit", "limit", OPTION_NUMBER, false, 500},
                    {"--cursor", "cursor", OPTION_TEXT, false, 0}},
        .print = print_list};

    return admin_command_run(&command, argc, argv);
}

static int app_show(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "app",
        .help = help,
        .operation = "app_show",
        .options = {{"--app", "app", OPTION_NUMBER, true, 0}},
        .print = print_app};

    return admin_command_run(&command, argc, argv);
}

static int app_assign(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "app",
        .help = help,
        .operation = "app_assign",
        .options = {{"--app", "app", OPTION_NUMBER, true, 0},
                    {"--customer", "customer", OPTION_NUMBER, true, 0}},
        .print = print_app};

    return admin_command_run(&command, argc, argv);
}

int cli_app(int argc, char **argv)
{
    static const struct cli_action actions[] = {
        {"create", app_create}, {"list", app_list}, {"show", app_show}, {"assign", app_assign}};

    return cli_dispatch("magpie app", help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
