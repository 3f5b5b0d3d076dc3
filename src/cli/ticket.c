/* `magpie ticket`: asking for more, and deciding on it. */
#include <stdio.h>

#include "cli/admin_command.h"

static const char help[] =
    "usage: magpie ticket price --app ID --limit NAME --value N [--data DIR] [--json]\n"
    "       magpie ticket open --app ID --limit NAME --value N --text TEXT\n"
    "       magpie ticket open --app ID --kind contract --text TEXT\n"
    "       magpie ticket list --app ID [--state STATE] [--cursor C]\n"
    "       magpie ticket waiting [--cursor C]\n"
    "       magpie ticket show --app ID --ticket N\n"
    "       magpie ticket reply --app ID --ticket N --text TEXT\n"
    "       magpie ticket confirm --app ID --ticket N --reason TEXT [--value N] [--contract N]\n"
    "       magpie ticket refuse|cancel --app ID --ticket N --reason TEXT\n"
    "\n"
    "A customer asks for another value of a limit, or for a contract; the operator decides, or a\n"
    "policy does at once. What is granted holds for the very next command.\n"
    "\n"
    "  price    what the running month would cost with it\n"
    "  waiting  the open tickets of all apps\n"
    "\n"
    "  --app ID      the app's SDKAppID\n"
    "  --limit NAME  as `magpie limit list` shows them\n"
    "  --value N     the value asked for; with confirm: another one than that\n"
    "  --contract N  the contract that was agreed on\n"
    "  --state S     open, confirmed, refused or cancelled\n"
    "  --text TEXT   what to say\n" ADMIN_COMMON_HELP;

#define APP                                    \
    {                                          \
        "--app", "app", OPTION_NUMBER, true, 0 \
    }
#define TICKET                                       \
    {                                                \
        "--ticket", "ticket", OPTION_NUMBER, true, 0 \
    }
#define TEXT                                   \
    {                                          \
        "--text", "text", OPTION_TEXT, true, 0 \
    }
#define REASON                                     \
    {                                              \
        "--reason", "reason", OPTION_TEXT, true, 0 \
    }
#define CURSOR                                      \
    {                                               \
        "--cursor", "cursor", OPTION_TEXT, false, 0 \
    }

/* ---- printing ---- */

static void print_price(struct json price)
{
    printf("%s:", admin_text(price, "limit"));
    printf(" %s ->", admin_text(price, "before"));
    printf(" %s\n", admin_text(price, "granted"));
    printf("line of the bill   %16s -> %16s\n", admin_yuan(price, "line_before_fen"),
           admin_yuan(price, "line_after_fen"));
    printf("the running month  %16s -> %16s\n", admin_yuan(price, "month_before_fen"),
           admin_yuan(price, "month_after_fen"));
}

static void print_row(struct json ticket)
{
    printf("%-10s", admin_text(ticket, "sdkappid"));
    printf(" %5s", admin_text(ticket, "ticket"));
    printf("  %-9s", admin_text(ticket, "state"));
    printf("  %s", admin_text(ticket, "opened"));
    if (json_member(ticket, "limit").type == JSON_STRING) {
        printf("  %s", admin_text(ticket, "limit"));
        printf(" %s", admin_text(ticket, "before"));
        printf(" -> %s", admin_text(ticket, "granted"));
        printf(", the month %s", admin_yuan(ticket, "month_before_fen"));
        printf(" -> %s", admin_yuan(ticket, "month_after_fen"));
    } else {
        printf("  contract %s", admin_text(ticket, "contract"));
    }
    puts("");
}

static void print_ticket(struct json ticket)
{
    struct json_iter it = json_iter(json_member(ticket, "messages"));
    struct json message;
    struct span key;

    print_row(ticket);
    while (json_next(&it, &key, &message)) {
        printf("  %s", admin_text(message, "at"));
        printf("  %s", admin_text(message, "by"));
        printf(" (%s): ", admin_text(message, "kind"));
        printf("%s\n", admin_text(message, "text"));
    }
}

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json ticket;
    struct span key;

    while (json_next(&it, &key, &ticket))
        print_row(ticket);
    admin_print_next(result);
}

/* ---- actions ---- */

static int ticket_price(int argc, char **argv)
{
    static const struct admin_command command = {
        "ticket",
        help,
        "ticket_price",
        {APP,
         {"--limit", "limit", OPTION_TEXT, true, 0},
         {"--value", "value", OPTION_NUMBER, true, UINT64_MAX}},
        print_price,
        NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_open(int argc, char **argv)
{
    static const struct admin_command command = {
        "ticket",
        help,
        "ticket_open",
        {APP,
         TEXT,
         {"--kind", "kind", OPTION_TEXT, false, 0},
         {"--limit", "limit", OPTION_TEXT, false, 0},
         {"--value", "value", OPTION_NUMBER, false, UINT64_MAX}},
        print_ticket,
        NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_list(int argc, char **argv)
{
    static const struct admin_command command = {
        "ticket",   help, "ticket_list", {APP, CURSOR, {"--state", "state", OPTION_TEXT, false, 0}},
        print_list, NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_waiting(int argc, char **argv)
{
    static const struct admin_command command = {"ticket", help,       "ticket_waiting",
                                                 {CURSOR}, print_list, NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_show(int argc, char **argv)
{
    static const struct admin_command command = {"ticket",      help,         "ticket_show",
                                                 {APP, TICKET}, print_ticket, NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_reply(int argc, char **argv)
{
    static const struct admin_command command = {
        "ticket", help, "ticket_reply", {APP, TICKET, TEXT}, print_ticket, NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_confirm(int argc, char **argv)
{
    static const struct admin_command command = {
        "ticket",
        help,
        "ticket_confirm",
        {APP,
         TICKET,
         REASON,
         {"--value", "value", OPTION_NUMBER, false, UINT64_MAX},
         {"--contract", "contract", OPTION_NUMBER, false, 0}},
        print_ticket,
        NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_refuse(int argc, char **argv)
{
    static const struct admin_command command = {
        "ticket", help, "ticket_refuse", {APP, TICKET, REASON}, print_ticket, NULL};

    return admin_command_run(&command, argc, argv);
}

static int ticket_cancel(int argc, char **argv)
{
    static const struct admin_command command = {
        "ticket", help, "ticket_cancel", {APP, TICKET, REASON}, print_ticket, NULL};

    return admin_command_run(&command, argc, argv);
}

int cli_ticket(int argc, char **argv)
{
    static const struct cli_action actions[] = {
        {"price", ticket_price},     {"open", ticket_open},     {"list", ticket_list},
        {"waiting", ticket_waiting}, {"show", ticket_show},     {"reply", ticket_reply},
        {"confirm", ticket_confirm}, {"refuse", ticket_refuse}, {"cancel", ticket_cancel}};

    return cli_dispatch("magpie ticket", help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
