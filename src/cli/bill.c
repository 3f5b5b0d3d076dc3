#include <stdio.h>

#include "cli/admin_client.h"
#include "cli/options.h"
#include "cli/subcommands.h"

static const char help[] =
    "usage: magpie bill --app ID --month YYYY-MM [--data DIR] [--json]\n"
    "\n"
    "The bill of an app for a month, by the price plan of the app. The running month is billed by\n"
    "what it has so far.\n"
    "\n"
    "  --app ID         the app's SDKAppID\n"
    "  --month YYYY-MM  the month\n"
    "  --data DIR       the data directory of the running server (default ./data)\n"
    "  --json           print JSON: total_fen, status, lines\n";

static void print_table(const struct admin_reply *reply)
{
    struct arena arena;
    struct span table = {0};

    printf("app %s", admin_text(reply->object, "App"));
    printf(", month %s%s\n\n", admin_text(reply->object, "Month"),
           admin_u64(reply->object, "IsOver") ? "" : " (not over yet)");
    arena_init(&arena);
    json_to_string(json_member(reply->object, "Table"), &arena, &table);
    printf("%.*s", SPAN_FMT(table));
    arena_release(&arena);
}

int cli_bill(int argc, char **argv)
{
    const char *app = NULL, *month = NULL;
    const struct cli_option options[] = {{"--app", &app, NULL}, {"--month", &month, NULL}};
    struct cli_common common;
    struct admin_reply reply;
    struct buf body;
    uint64_t number;
    int status = cli_options(argc, argv, help, options, 2, &common);

    if (status >= 0)
        return status;
    if (!app || !month)
        return cli_missing("bill", app ? "--month" : "--app");
    if (!cli_number("--app", app, UINT32_MAX, &number) || !cli_month("--month", month))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    admin_body_text(&body, "month", month);
    status = !admin_call(common.data, "bill", admin_body_end(&body), &reply);
    buf_release(&body);
    if (status)
        return status;
    if (common.json)
        printf("%.*s\n", SPAN_FMT(reply.result.text));
    else
        print_table(&reply);
    admin_reply_release(&reply);
    return 0;
}
