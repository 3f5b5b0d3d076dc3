/* `magpie contract`: prices where the plan has none. */
#include <stdio.h>

#include "cli/admin_command.h"

static const char help[] =
    "usage: magpie contract file --app ID --file FILE [--data DIR] [--json]\n"
    "       magpie contract list --app ID\n"
    "       magpie contract show --app ID --contract N\n"
    "\n"
    "What an app pays above the last tier of its plan, and limits that come with it. Of several\n"
    "contracts that cover a month the one filed last holds. docs/price-plan.md describes the "
    "file.\n"
    "\n"
    "  --app ID      the app's SDKAppID\n"
    "  --file FILE   the contract, JSON\n"
    "  --contract N  its number\n" ADMIN_COMMON_HELP;

#define APP                                    \
    {                                          \
        "--app", "app", OPTION_NUMBER, true, 0 \
    }

static void print_contract(struct json contract)
{
    printf("%5s", admin_text(contract, "contract"));
    printf("  %-24s", admin_text(contract, "id"));
    printf("  %s", admin_text(contract, "from"));
    printf(" to %-7s",
           json_member(contract, "to").type == JSON_NULL ? "open" : admin_text(contract, "to"));
    printf("  filed %s", admin_text(contract, "filed"));
    printf(" by %s\n", admin_text(contract, "by"));
}

static void print_whole(struct json contract)
{
    print_contract(contract);
    printf("%.*s\n", SPAN_FMT(json_member(contract, "file").text));
}

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json contract;
    struct span key;

    while (json_next(&it, &key, &contract))
        print_contract(contract);
}

static int contract_file(int argc, char **argv)
{
    static const struct admin_command command = {
        "contract",     help, "contract_file", {APP, {"--file", "file", OPTION_JSON_FILE, true, 0}},
        print_contract, NULL};

    return admin_command_run(&command, argc, argv);
}

static int contract_list(int argc, char **argv)
{
    static const struct admin_command command = {"contract", help,       "contract_list",
                                                 {APP},      print_list, NULL};

    return admin_command_run(&command, argc, argv);
}

static int contract_show(int argc, char **argv)
{
    static const struct admin_command command = {
        "contract",      help,
        "contract_show", {APP, {"--contract", "contract", OPTION_NUMBER, true, 0}},
        print_whole,     NULL};

    return admin_command_run(&command, argc, argv);
}

int cli_contract(int argc, char **argv)
{
    static const struct cli_action actions[] = {
        {"file", contract_file}, {"list", contract_list}, {"show", contract_show}};

    return cli_dispatch("magpie contract", help, actions, sizeof(actions) / sizeof(actions[0]),
                        argc, argv);
}
