#include <stdio.h>

#include "cli/admin_client.h"
#include "cli/options.h"
#include "cli/subcommands.h"

static const char limit_help[] =
    "usage: magpie limit set --app ID --limit NAME --value N --reason TEXT [--data DIR] [--json]\n"
    "       magpie limit list --app ID [--data DIR] [--json]\n"
    "\n"
    "What an app may do. A limit is sold in whole steps: N is rounded up to one. The month is\n"
    "charged for the highest value that was in force at any moment of it.\n"
    "\n"
    "  roaming         months that C2C messages are kept, in quarters; 0: the included 7 days\n"
    "  multi_terminal  0: one terminal an account; N: one of each platform, N of them Web\n"
    "  push            pushes to all members a day\n"
    "  call_rate       REST calls a second of one command\n"
    "  groups_per_day  groups made a day, net of those dissolved\n"
    "  groups_total    groups that exist\n"
    "  recents         recent contacts returned\n"
    "\n"
    "  --app ID       the app's SDKAppID\n"
    "  --limit NAME   one of the names above\n"
    "  --value N      its new value\n"
    "  --reason TEXT  why, kept with the change\n"
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

static void print_set(struct json result)
{
    printf("%s", admin_text(result, "limit"));
    printf(" of %s:", admin_text(result, "sdkappid"));
    printf(" %s", admin_text(result, "before"));
    printf(" -> %s", admin_text(result, "value"));
    if (admin_u64(result, "value") != admin_u64(result, "asked"))
        printf(" (%s rounded up to whole steps)", admin_text(result, "asked"));
    puts("");
}

static int limit_set(int argc, char **argv)
{
    const char *app = NULL, *limit = NULL, *value = NULL, *reason = NULL;
    const struct cli_option options[] = {{"--app", &app, NULL},
                                         {"--limit", &limit, NULL},
                                         {"--value", &value, NULL},
                                         {"--reason", &reason, NULL}};
    struct cli_common common;
    struct buf body;
    uint64_t number, asked;
    int status = cli_options(argc, argv, limit_help, options, 4, &common);

    if (status >= 0)
        return status;
    for (size_t i = 0; i < 4; i++) {
        if (!*options[i].value)
            return cli_missing("limit", options[i].name);
    }
    if (!cli_number("--app", app, UINT32_MAX, &number) ||
        !cli_number("--value", value, UINT32_MAX, &asked))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    admin_body_text(&body, "limit", limit);
    admin_body_number(&body, "value", asked);
    admin_body_text(&body, "reason", reason);
    return call(&common, "limit_set", &body, print_set);
}

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "limits"));
    struct json limit;
    struct span key;

    printf("%-15s %10s  %-9s %s\n", "limit", "value", "from", "since");
    while (json_next(&it, &key, &limit)) {
        printf("%-15s", admin_text(limit, "limit"));
        printf(" %10s", admin_text(limit, "value"));
        printf("  %-9s", admin_text(limit, "source"));
        printf(" %s\n", admin_text(limit, "since"));
    }
}

static int limit_list(int argc, char **argv)
{
    const char *app = NULL;
    const struct cli_option options[] = {{"--app", &app, NULL}};
    struct cli_common common;
    struct buf body;
    uint64_t number;
    int status = cli_options(argc, argv, limit_help, options, 1, &common);

    if (status >= 0)
        return status;
    if (!app)
        return cli_missing("limit", "--app");
    if (!cli_number("--app", app, UINT32_MAX, &number))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    return call(&common, "limit_list", &body, print_list);
}

int cli_limit(int argc, char **argv)
{
    static const struct cli_action actions[] = {{"set", limit_set}, {"list", limit_list}};

    return cli_dispatch("magpie limit", limit_help, actions, sizeof(actions) / sizeof(actions[0]),
                        argc, argv);
}
