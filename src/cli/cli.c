#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/bench/bench.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/price.h"
#include "cli/subcommands.h"
#include "server/serve.h"

static const char help[] =
    "magpie, an instant messaging cloud that you run yourself\n"
    "\n"
    "usage: magpie SUBCOMMAND [options]\n"
    "\n"
    "  serve        run the server\n"
    "  app          make, list and show apps, and say whose they are\n"
    "  customer     make, list and show customers\n"
    "  token        make, list and revoke tokens of the admin API\n"
    "  audit        who did what\n"
    "  usersig      make the signature with which a user logs in\n"
    "  limit        what an app may do, and how that changed\n"
    "  group-field  set and list the custom fields of groups\n"
    "  usage        what an app used in a month, day by day\n"
    "  bill         the bills of an app; payments, credit notes\n"
    "  contract     prices of an app by contract\n"
    "  month        how far the closing of months is\n"
    "  ticket       ask for a higher limit, and decide on it\n"
    "  policy       which tickets are confirmed without a person\n"
    "  warning      limits nearly used up, and where that is posted\n"
    "  price        what a month of given usage costs, without a server\n"
    "  simulate     live through a scenario of days and print its bills\n"
    "  bench        measure: a load of real clients against a server\n"
    "  commands     print the documentation of all API commands\n"
    "  version      print the version\n"
    "  help         print this, or the help of a subcommand: magpie help SUBCOMMAND\n"
    "\n"
    "All that ask a running server take --data DIR, its data directory (default ./data), or\n"
    "--server URL with a token of its admin API in MAGPIE_TOKEN, and --json. Exit status: 0, 1 for "
    "a failure, 2 for wrong usage.\n";

static int run_version(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("magpie " MAGPIE_VERSION);
    return 0;
}

static int run_help(int argc, char **argv);

static const struct cli_action actions[] = {
    {"serve", serve_main},      {"app", cli_app},
    {"customer", cli_customer}, {"token", cli_token},
    {"audit", cli_audit},       {"usersig", cli_usersig},
    {"limit", cli_limit},       {"group-field", cli_group_field},
    {"usage", cli_usage},       {"bill", cli_bill},
    {"contract", cli_contract}, {"month", cli_months},
    {"ticket", cli_ticket},     {"policy", cli_policy},
    {"warning", cli_warning},   {"price", cli_price},
    {"simulate", cli_simulate}, {"bench", cli_bench},
    {"commands", cli_commands}, {"version", run_version},
    {"--version", run_version}, {"help", run_help},
};

static int run_help(int argc, char **argv)
{
    char flag[] = "--help";
    char *with_flag[] = {argc > 1 ? argv[1] : NULL, flag, NULL};

    for (size_t i = 0; argc > 1 && i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(argv[1], actions[i].name) == 0 && actions[i].run != run_help)
            return actions[i].run(2, with_flag);
    }
    fputs(help, stdout);
    return 0;
}

int cli_dispatch(const char *group, const char *group_help, const struct cli_action *group_actions,
                 size_t count, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;

    if (!name) {
        fputs(group_help, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        fputs(group_help, stdout);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, group_actions[i].name) == 0)
            return group_actions[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "%s: unknown subcommand \"%s\", see `%s --help`\n", group, name, group);
    return EXIT_USAGE;
}

int cli_main(int argc, char **argv)
{
    return cli_dispatch("magpie", help, actions, sizeof(actions) / sizeof(actions[0]), argc, argv);
}
