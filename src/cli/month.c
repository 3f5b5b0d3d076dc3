/* `magpie month`: how far the closing of months is. */
#include <stdio.h>

#include "cli/admin_command.h"

static const char help[] =
    "usage: magpie month status [--data DIR] [--json]\n"
    "       magpie month accept --reason TEXT\n"
    "\n"
    "When a month is over every app gets its bill. After a jump of the clock none is made until "
    "the\n"
    "operator has looked at the clock and accepts it.\n"
    "\n"
    "  --reason TEXT  why the clock is right now\n" ADMIN_COMMON_HELP;

static void print_status(struct json status)
{
    printf("running  %s\n", admin_text(status, "running"));
    if (json_member(status, "closing").type == JSON_STRING)
        printf("closing  %s\n", admin_text(status, "closing"));
    if (admin_u64(status, "bills_left"))
        printf("left     at most %s bills\n", admin_text(status, "bills_left"));
    if (json_member(status, "held").type == JSON_TRUE) {
        printf("held     the clock jumped from %s", admin_text(status, "jump_from"));
        printf(" to %s: see `magpie month accept`\n", admin_text(status, "jump_to"));
    }
}

static int month_status(int argc, char **argv)
{
    static const struct admin_command command = {
        "month", help, "close_show", {{NULL, NULL, 0, false, 0}}, print_status, NULL};

    return admin_command_run(&command, argc, argv);
}

static int month_accept(int argc, char **argv)
{
    static const struct admin_command command = {
        "month",      help, "close_accept", {{"--reason", "reason", OPTION_TEXT, true, 0}},
        print_status, NULL};

    return admin_command_run(&command, argc, argv);
}

int cli_months(int argc, char **argv)
{
    static const struct cli_action actions[] = {{"status", month_status}, {"accept", month_accept}};

    return cli_dispatch("magpie month", help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
