#include <stdio.h>

#include "cli/admin_client.h"
#include "cli/options.h"
#include "cli/subcommands.h"

static const char app_help[] =
    "usage: magpie app create --name NAME [--data DIR] [--json]\n"
    "       magpie app list [--data DIR] [--json]\n"
    "       magpie app show --app ID [--data DIR] [--json]\n"
    "\n"
    "create  makes an app and prints its SDKAppID, the key that signs its users in, and its\n"
    "        administrator, who may call the REST API\n"
    "list    all apps, without their keys\n"
    "show    one app with its key\n"
    "\n"
    "  --name NAME  the app's name, at most 64 bytes\n"
    "  --app ID     its SDKAppID\n"
    "  --data DIR   the data directory of the running server (default ./data)\n"
    "  --json       print JSON\n";

static void print_raw(const struct admin_reply *reply)
{
    printf("%.*s\n", SPAN_FMT(reply->result.text));
}

static void print_app(struct json app)
{
    printf("SDKAppID       %s\n", admin_text(app, "sdkappid"));
    if (json_member(app, "name").type != JSON_NONE)
        printf("name           %s\n", admin_text(app, "name"));
    printf("key            %s\n", admin_text(app, "key"));
    printf("administrator  %s\n", admin_text(app, "admin"));
    if (json_member(app, "plan").type == JSON_NONE)
        return;
    printf("plan           %s\n", admin_text(app, "plan"));
    printf("accounts       %s\n", admin_text(app, "accounts"));
    printf("made           %s\n", admin_text(app, "created"));
}

static int app_create(int argc, char **argv)
{
    const char *name = NULL;
    const struct cli_option options[] = {{"--name", &name, NULL}};
    struct cli_common common;
    struct admin_reply reply;
    struct buf body;
    int status = cli_options(argc, argv, app_help, options, 1, &common);

    if (status >= 0)
        return status;
    if (!name)
        return cli_missing("app", "--name");
    admin_body_init(&body);
    admin_body_text(&body, "name", name);
    status = !admin_call(common.data, "app_create", admin_body_end(&body), &reply);
    buf_release(&body);
    if (status)
        return status;
    if (common.json)
        print_raw(&reply);
    else
        print_app(reply.result);
    admin_reply_release(&reply);
    return 0;
}

static void print_list(struct json apps)
{
    struct json_iter it = json_iter(apps);
    struct json app;
    struct span key;

    printf("%-11s %10s  %-10s %-20s %s\n", "SDKAppID", "accounts", "made", "plan", "name");
    while (json_next(&it, &key, &app)) {
        printf("%-11s", admin_text(app, "sdkappid"));
        printf(" %10s", admin_text(app, "accounts"));
        printf("  %-10.10s", admin_text(app, "created"));
        printf(" %-20s", admin_text(app, "plan"));
        printf(" %s\n", admin_text(app, "name"));
    }
}

static int app_list(int argc, char **argv)
{
    struct cli_common common;
    struct admin_reply reply;
    int status = cli_options(argc, argv, app_help, NULL, 0, &common);

    if (status >= 0)
        return status;
    if (!admin_call(common.data, "app_list", SPAN_LIT("{}"), &reply))
        return 1;
    if (common.json)
        print_raw(&reply);
    else
        print_list(json_member(reply.result, "apps"));
    admin_reply_release(&reply);
    return 0;
}

static int app_show(int argc, char **argv)
{
    const char *app = NULL;
    const struct cli_option options[] = {{"--app", &app, NULL}};
    struct cli_common common;
    struct admin_reply reply;
    struct buf body;
    uint64_t number;
    int status = cli_options(argc, argv, app_help, options, 1, &common);

    if (status >= 0)
        return status;
    if (!app)
        return cli_missing("app", "--app");
    if (!cli_number("--app", app, UINT32_MAX, &number))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    status = !admin_call(common.data, "app_show", admin_body_end(&body), &reply);
    buf_release(&body);
    if (status)
        return status;
    if (common.json)
        print_raw(&reply);
    else
        print_app(reply.result);
    admin_reply_release(&reply);
    return 0;
}

int cli_app(int argc, char **argv)
{
    static const struct cli_action actions[] = {
        {"create", app_create}, {"list", app_list}, {"show", app_show}};

    return cli_dispatch("magpie app", app_help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
