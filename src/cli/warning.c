/* `magpie warning`: what an app was warned of, and where that is posted. */
#include <stdio.h>

#include "cli/admin_command.h"

static const char help[] =
    "usage: magpie warning list --app ID [--limit N] [--cursor YYYY-MM] [--data DIR] [--json]\n"
    "       magpie warning webhook --app ID [--url URL] [--amount-fen N] [--new-secret 1]\n"
    "       magpie warning show --app ID\n"
    "       magpie warning remove --app ID\n"
    "\n"
    "Limits that are nearly (80 %) or wholly used up, and a month's price that passes an amount, "
    "are\n"
    "written down, once a day or once a month, and posted to the app's webhook.\n"
    "\n"
    "  --app ID        the app's SDKAppID\n"
    "  --url URL       http:// or https://; without it warnings are only listed\n"
    "  --amount-fen N  the price of a month beyond which there is a warning\n"
    "  --new-secret 1  draw another secret for the signature\n" ADMIN_COMMON_HELP;

#define APP                                    \
    {                                          \
        "--app", "app", OPTION_NUMBER, true, 0 \
    }

static void print_warning(struct json warning)
{
    printf("%s", admin_text(warning, "at"));
    printf("  %-7s", admin_text(warning, "kind"));
    if (json_member(warning, "limit").type == JSON_STRING) {
        printf("  %s", admin_text(warning, "limit"));
        printf(" %s", admin_text(warning, "used"));
        printf(" of %s", admin_text(warning, "value"));
    } else {
        printf("  the month costs %s", admin_yuan(warning, "price_fen"));
        printf(", above %s", admin_yuan(warning, "amount_fen"));
    }
    if (json_member(warning, "waits").type == JSON_TRUE)
        printf("  (to be posted, %s attempts so far)", admin_text(warning, "attempts"));
    puts("");
}

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json warning;
    struct span key;

    while (json_next(&it, &key, &warning))
        print_warning(warning);
    admin_print_next(result);
}

static void print_hook(struct json hook)
{
    printf("url     %s\n",
           json_member(hook, "url").type == JSON_NULL ? "-" : admin_text(hook, "url"));
    printf("amount  %s\n", admin_yuan(hook, "amount_fen"));
    if (json_member(hook, "secret").type == JSON_STRING)
        printf("secret  %s (shown this once)\n", admin_text(hook, "secret"));
}

static int warning_list(int argc, char **argv)
{
    static const struct admin_command command = {"warning",
                                                 help,
                                                 "warning_list",
                                                 {APP,
                                                  {"--limit", "limit", OPTION_NUMBER, false, 500},
                                                  {"--cursor", "cursor", OPTION_MONTH, false, 0}},
                                                 print_list,
                                                 NULL};

    return admin_command_run(&command, argc, argv);
}

static int warning_webhook(int argc, char **argv)
{
    static const struct admin_command command = {
        "warning",
        help,
        "warning_hook_set",
        {APP,
         {"--url", "url", OPTION_TEXT, false, 0},
         {"--amount-fen", "amount_fen", OPTION_NUMBER, false, INT64_MAX},
         {"--new-secret", "new_secret", OPTION_NUMBER, false, 1}},
        print_hook,
        NULL};

    return admin_command_run(&command, argc, argv);
}

static int warning_show(int argc, char **argv)
{
    static const struct admin_command command = {"warning", help,       "warning_hook_show",
                                                 {APP},     print_hook, NULL};

    return admin_command_run(&command, argc, argv);
}

static int warning_remove(int argc, char **argv)
{
    static const struct admin_command command = {"warning", help,       "warning_hook_remove",
                                                 {APP},     print_hook, NULL};

    return admin_command_run(&command, argc, argv);
}

int cli_warning(int argc, char **argv)
{
    static const struct cli_action actions[] = {{"list", warning_list},
                                                {"webhook", warning_webhook},
                                                {"show", warning_show},
                                                {"remove", warning_remove}};

    return cli_dispatch("magpie warning", help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
