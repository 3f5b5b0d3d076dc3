/* `magpie policy`: which tickets are confirmed without a person. */
#include <stdio.h>

#include "cli/admin_command.h"

static const char help[] =
    "usage: magpie policy add --limit NAME --most N [--most-fen N] [--app ID] [--data DIR] "
    "[--json]\n"
    "       magpie policy list\n"
    "       magpie policy remove --policy N\n"
    "\n"
    "A ticket for a limit up to a value is confirmed at once, for one app or for all.\n"
    "\n"
    "  --limit NAME  as `magpie limit list` shows them\n"
    "  --most N      the highest value that is confirmed\n"
    "  --most-fen N  only while the running month costs at most this with it\n"
    "  --app ID      of this app only\n"
    "  --policy N    its number\n" ADMIN_COMMON_HELP;

static void print_policy(struct json policy)
{
    printf("%5s", admin_text(policy, "policy"));
    printf("  %-16s", admin_text(policy, "limit"));
    printf(" up to %s", admin_text(policy, "most"));
    if (json_member(policy, "most_fen").type == JSON_NUMBER)
        printf(", the month up to %s", admin_yuan(policy, "most_fen"));
    if (json_member(policy, "app").type == JSON_NUMBER)
        printf(", app %s", admin_text(policy, "app"));
    printf(", by %s\n", admin_text(policy, "by"));
}

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json policy;
    struct span key;

    while (json_next(&it, &key, &policy))
        print_policy(policy);
}

static int policy_add(int argc, char **argv)
{
    static const struct admin_command command = {
        "policy",
        help,
        "policy_add",
        {{"--limit", "limit", OPTION_TEXT, true, 0},
         {"--most", "most", OPTION_NUMBER, true, UINT64_MAX},
         {"--most-fen", "most_fen", OPTION_NUMBER, false, INT64_MAX},
         {"--app", "app", OPTION_NUMBER, false, 0}},
        print_policy,
        NULL};

    return admin_command_run(&command, argc, argv);
}

static int policy_list(int argc, char **argv)
{
    static const struct admin_command command = {
        "policy", help, "policy_list", {{NULL, NULL, 0, false, 0}}, print_list, NULL};

    return admin_command_run(&command, argc, argv);
}

static int policy_remove(int argc, char **argv)
{
    static const struct admin_command command = {
        "policy",     help, "policy_remove", {{"--policy", "policy", OPTION_NUMBER, true, 0}},
        print_policy, NULL};

    return admin_command_run(&command, argc, argv);
}

int cli_policy(int argc, char **argv)
{
    static const struct cli_action actions[] = {
        {"add", policy_add}, {"list", policy_list}, {"remove", policy_remove}};

    return cli_dispatch("magpie policy", help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
