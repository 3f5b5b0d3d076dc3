/* `magpie limit`: what an app may do, and how that changed. */
#include <stdio.h>
#include <string.h>

#include "cli/admin_command.h"

static const char help[] =
    "usage: magpie limit list --app ID [--data DIR] [--json]\n"
    "       magpie limit set --app ID --limit NAME --value N|unlimited --reason TEXT\n"
    "       magpie limit reset --app ID --limit NAME --reason TEXT\n"
    "       magpie limit history --app ID [--month YYYY-MM] [--limit NAME] [--count N]\n"
    "                            [--cursor C]\n"
    "\n"
    "What an app may do. A limit is sold in whole steps: N is rounded up to one. The month is\n"
    "charged for the highest value that was in force at any moment of it. Caps and services are\n"
    "not sold in steps; the plan decides on each until it is set, and again when it is reset.\n"
    "\n"
    "limits\n"
    "  roaming         months that C2C messages are kept, in quarters; 0: the included 7 days\n"
    "  multi_terminal  0: one terminal an account; N: one of each platform, N of them Web\n"
    "  push            pushes to all members a day\n"
    "  call_rate       REST calls a second of one command\n"
    "  groups_per_day  groups made a day, net of those dissolved\n"
    "  groups_total    groups that exist\n"
    "  recents         recent contacts returned\n"
    "  group_messages  messages a second of one group\n"
    "\n"
    "caps, unlimited where nothing bounds them\n"
    "  accounts, friends_per_account, groups_per_account, groups, av_chat_rooms, b_chat_rooms,\n"
    "  members_of_private, members_of_public, members_of_chat_room, members_of_av_chat_room,\n"
    "  members_of_b_chat_room\n"
    "\n"
    "services, 0 or 1\n"
    "  all_member_push, group_counters, room_bans, room_broadcasts\n"
    "\n"
    "  --app ID       the app's SDKAppID\n"
    "  --limit NAME   one of the names above\n"
    "  --value N      its new value\n"
    "  --reason TEXT  why, kept with the change\n"
    "  --month M      only the changes of this month\n"
    "  --count N      so many changes or more, whole months (default 50)\n" ADMIN_COMMON_HELP;

#define APP                                    \
    {                                          \
        "--app", "app", OPTION_NUMBER, true, 0 \
    }
#define REASON                                     \
    {                                              \
        "--reason", "reason", OPTION_TEXT, true, 0 \
    }

/* Good until the fourth call behind it. */
static const char *value_text(struct json object, const char *name)
{
    static char texts[4][24];
    static unsigned next;
    char *text = texts[next++ % 4];
    struct json value = json_member(object, name);

    if (value.type == JSON_NULL)
        return "unlimited";
    snprintf(text, sizeof(texts[0]), "%.*s", SPAN_FMT(value.text));
    return text;
}

/* "ticket 12" */
static void print_source(struct json object)
{
    char text[48];

    snprintf(text, sizeof(text), "%s", admin_text(object, "source"));
    if (json_member(object, "document").type == JSON_NUMBER)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
                 admin_text(object, "document"));
    printf("  %-12s", text);
}

/* ---- list ---- */

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "limits"));
    struct json limit;
    struct span key;

    printf("plan %s\n\n", admin_text(result, "plan"));
    printf("%-24s %12s %12s  %-12s  %-20s  %s\n", "limit", "value", "included", "from", "since",
           "sold by");
    while (json_next(&it, &key, &limit)) {
        printf("%-24s", admin_text(limit, "limit"));
        printf(" %12s", value_text(limit, "value"));
        printf(" %12s", value_text(limit, "included"));
        print_source(limit);
        printf("  %-20s", admin_text(limit, "since"));
        if (json_member(limit, "step").type == JSON_NUMBER) {
            printf("  %s", admin_text(limit, "step"));
            printf(" for %s", admin_yuan(limit, "step_price_fen"));
            printf(", at least %s", admin_yuan(limit, "minimum_fen"));
        }
        puts("");
    }
}

static int limit_list(int argc, char **argv)
{
    static const struct admin_command command = {"limit", help,       "limit_list",
                                                 {APP},   print_list, NULL};

    return admin_command_run(&command, argc, argv);
}

/* ---- set, reset ---- */

static void print_set(struct json result)
{
    const char *asked = value_text(result, "asked"), *value = value_text(result, "value");

    printf("%s", admin_text(result, "limit"));
    printf(" of %s:", admin_text(result, "sdkappid"));
    printf(" %s -> %s", value_text(result, "before"), value);
    if (strcmp(asked, value) != 0)
        printf(" (%s rounded up to whole steps)", asked);
    puts("");
}

/* Calls and prints the result as JSON, or for people. */
static int call(const struct cli_common *common, const char *command, struct buf *body)
{
    struct admin_reply reply;
    bool ok = admin_call(common->data, command, admin_body_end(body), &reply);

    buf_release(body);
    if (!ok)
        return 1;
    if (common->json)
        printf("%.*s\n", SPAN_FMT(reply.result.text));
    else
        print_set(reply.result);
    admin_reply_release(&reply);
    return 0;
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
    uint64_t number, asked = 0;
    bool unlimited;
    int status = cli_options(argc, argv, help, options, 4, &common);

    if (status >= 0)
        return status;
    for (size_t i = 0; i < 4; i++) {
        if (!*options[i].value)
            return cli_missing("limit", options[i].name);
    }
    unlimited = strcmp(value, "unlimited") == 0;
    if (!cli_number("--app", app, UINT32_MAX, &number) ||
        (!unlimited && !cli_number("--value", value, UINT64_MAX, &asked)))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    admin_body_text(&body, "limit", limit);
    if (unlimited)
        admin_body_json(&body, "value", SPAN_LIT("null"));
    else
        admin_body_number(&body, "value", asked);
    admin_body_text(&body, "reason", reason);
    return call(&common, "limit_set", &body);
}

static int limit_reset(int argc, char **argv)
{
    static const struct admin_command command = {
        "limit",   help, "limit_reset", {APP, {"--limit", "limit", OPTION_TEXT, true, 0}, REASON},
        print_set, NULL};

    return admin_command_run(&command, argc, argv);
}

/* ---- history ---- */

static void print_history(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json change;
    struct span key;

    printf("%-20s  %-24s %12s %12s  %-12s  %-12s  %s\n", "at", "limit", "before", "value", "from",
           "by", "reason");
    while (json_next(&it, &key, &change)) {
        printf("%-20s", admin_text(change, "at"));
        printf("  %-24s", admin_text(change, "limit"));
        printf(" %12s", value_text(change, "before"));
        printf(" %12s", value_text(change, "value"));
        print_source(change);
        printf("  %-12s", admin_text(change, "by"));
        printf("  %s\n", admin_text(change, "reason"));
    }
    admin_print_next(result);
}

static int limit_history(int argc, char **argv)
{
    static const struct admin_command command = {"limit",
                                                 help,
                                                 "limit_history",
                                                 {APP,
                                                  {"--month", "month", OPTION_MONTH, false, 0},
                                                  {"--limit", "name", OPTION_TEXT, false, 0},
                                                  {"--count", "limit", OPTION_NUMBER, false, 500},
                                                  {"--cursor", "cursor", OPTION_MONTH, false, 0}},
                                                 print_history,
                                                 NULL};

    return admin_command_run(&command, argc, argv);
}

int cli_limit(int argc, char **argv)
{
    static const struct cli_action actions[] = {{"list", limit_list},
                                                {"set", limit_set},
                                                {"reset", limit_reset},
                                                {"history", limit_history}};

    return cli_dispatch("magpie limit", help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
