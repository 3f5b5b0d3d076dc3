#include <stdio.h>

#include "cli/admin_client.h"
#include "cli/options.h"
#include "cli/subcommands.h"

static const char help[] =
    "usage: magpie usersig --app ID --user NAME [--expire SECONDS] [--data DIR] [--json]\n"
    "\n"
    "Makes a UserSig: with it the user logs in, or an administrator calls the REST API.\n"
    "\n"
    "  --app ID          the app's SDKAppID\n"
    "  --user NAME       the account, 1 to 32 printable ASCII characters\n"
    "  --expire SECONDS  how long it is valid (default 15552000: 180 days)\n"
    "  --data DIR        the data directory of the running server (default ./data)\n"
    "  --json            print JSON\n";

int cli_usersig(int argc, char **argv)
{
    const char *app = NULL, *user = NULL, *expire = NULL;
    const struct cli_option options[] = {
        {"--app", &app, NULL}, {"--user", &user, NULL}, {"--expire", &expire, NULL}};
    struct cli_common common;
    struct admin_reply reply;
    struct buf body;
    uint64_t number, seconds = 0;
    int status = cli_options(argc, argv, help, options, 3, &common);

    if (status >= 0)
        return status;
    if (!app || !user)
        return cli_missing("usersig", app ? "--user" : "--app");
    if (!cli_number("--app", app, UINT32_MAX, &number) ||
        (expire && !cli_number("--expire", expire, UINT32_MAX, &seconds)))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    admin_body_text(&body, "user", user);
    if (expire)
        admin_body_number(&body, "expire", seconds);
    status = !admin_call(common.data, "usersig", admin_body_end(&body), &reply);
    buf_release(&body);
    if (status)
        return status;
    if (common.json)
        printf("%.*s\n", SPAN_FMT(reply.result.text));
    else
        puts(admin_text(reply.result, "usersig"));
    admin_reply_release(&reply);
    return 0;
}
