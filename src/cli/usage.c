#include <stdio.h>

#include "cli/admin_client.h"
#include "cli/ledger.h"
#include "cli/options.h"
#include "cli/subcommands.h"

static const char help[] =
    "usage: magpie usage --app ID [--month YYYY-MM] [--day N] [--distinct] [--data DIR] [--json]\n"
    "       magpie usage export --app ID --month YYYY-MM --out FILE (see usage export --help)\n"
    "\n"
    "What an app used in a month: the peak DAU that it is billed by, totals, each day, and the\n"
    "accepted REST calls by command.\n"
    "\n"
    "  --app ID         the app's SDKAppID\n"
    "  --month YYYY-MM  the month (default: the running one)\n"
    "  --day N          of this day of the month alone, its calls by command too\n"
    "  --distinct       count the different accounts of the month too; reads every day's set\n"
    "  --data DIR       the data directory of the running server (default ./data)\n"
    "  --json           print JSON\n";

#define MAX_COLUMNS 9

/* A table of days: of each column the member and its title. */
struct table {
    const char *columns[MAX_COLUMNS][2];
    bool totals; /* the first column is a total: a day with nothing else in it is left out */
};

static const struct table accounts_table = {.columns = {{"login_users", "DAU"},
                                                        {"logins", "logins"},
                                                        {"active_users", "active"},
                                                        {"registered", "registered"},
                                                        {"c2c_up", "C2C up"},
                                                        {"c2c_down", "C2C down"},
                                                        {"online_peak", "online"},
                                                        {"calls", "calls"}}};

static const struct table groups_table = {.totals = true,
                                          .columns = {{"groups", "groups"},
                                                      {"groups_made", "made"},
                                                      {"groups_dissolved", "dissolved"},
                                                      {"group_up", "group up"},
                                                      {"group_down", "group down"},
                                                      {"group_senders", "senders"},
                                                      {"group_joins", "joins"},
                                                      {"group_quits", "quits"},
                                                      {"group_refused", "refused"}}};

static bool day_is_empty(const struct table *table, struct json day)
{
    for (size_t i = table->totals; i < MAX_COLUMNS && table->columns[i][0]; i++) {
        if (admin_u64(day, table->columns[i][0]))
            return false;
    }
    return true;
}

static void print_head(const struct table *table)
{
    printf("\n%-8s", "day");
    for (size_t i = 0; i < MAX_COLUMNS && table->columns[i][0]; i++)
        printf(" %10s", table->columns[i][1]);
    puts("");
}

/* Days without use are left out, and a table without any; that of the accounts is always there. */
static void print_days(const struct table *table, struct json days)
{
    struct json_iter it = json_iter(days);
    bool has_head = !table->totals;
    struct json day;
    struct span key;

    if (has_head)
        print_head(table);
    while (json_next(&it, &key, &day)) {
        if (day_is_empty(table, day))
            continue;
        if (!has_head)
            print_head(table);
        has_head = true;
        printf("%-8s", admin_text(day, "day"));
        for (size_t i = 0; i < MAX_COLUMNS && table->columns[i][0]; i++)
            printf(" %10s", admin_text(day, table->columns[i][0]));
        puts("");
    }
}

static void print_members(const char *title, struct json object)
{
    struct json_iter it = json_iter(object);
    struct json value;
    struct span key;

    printf("\n%s\n", title);
    while (json_next(&it, &key, &value))
        printf("  %-22.*s %.*s\n", SPAN_FMT(key), SPAN_FMT(value.text));
}

static void print_calls(struct json calls)
{
    struct json_iter it = json_iter(calls);
    struct json call;
    struct span key;

    if (json_count(calls))
        puts("\nREST calls");
    while (json_next(&it, &key, &call)) {
        printf("  %-40s", admin_text(call, "command"));
        printf(" %s\n", admin_text(call, "count"));
    }
}

static void print_usage(struct json month)
{
    printf("app %s", admin_text(month, "sdkappid"));
    printf(", month %s\n", admin_text(month, "month"));
    printf("peak DAU %s", admin_text(month, "peak_dau"));
    if (admin_u64(month, "peak_dau"))
        printf(" on %s", admin_text(month, "peak_day"));
    printf("; two terminals of one account online at once: %s\n",
           admin_u64(month, "two_terminals") ? "yes" : "no");
    print_days(&accounts_table, json_member(month, "days"));
    print_days(&groups_table, json_member(month, "days"));
    print_members("totals", json_member(month, "totals"));
    print_members("highest limits in force", json_member(month, "limits"));
    print_calls(json_member(month, "calls"));
}

int cli_usage(int argc, char **argv)
{
    const char *app = NULL, *month = NULL, *day = NULL;
    bool distinct = false;
    const struct cli_option options[] = {{"--app", &app, NULL},
                                         {"--month", &month, NULL},
                                         {"--day", &day, NULL},
                                         {"--distinct", NULL, &distinct}};
    struct cli_common common;
    struct admin_reply reply;
    struct buf body;
    uint64_t number, of_month = 0;
    int status;

    if (argc > 1 && strcmp(argv[1], "export") == 0)
        return cli_usage_export(argc - 1, argv + 1);
    status = cli_options(argc, argv, help, options, 4, &common);
    if (status >= 0)
        return status;
    if (!app)
        return cli_missing("usage", "--app");
    if (!cli_number("--app", app, UINT32_MAX, &number) || (month && !cli_month("--month", month)) ||
        (day && !cli_number("--day", day, 31, &of_month)))
        return EXIT_USAGE;
    admin_body_init(&body);
    admin_body_number(&body, "app", number);
    admin_body_text(&body, "month", month ? month : "current");
    if (distinct)
        admin_body_number(&body, "distinct", 1);
    if (day)
        admin_body_number(&body, "day", of_month);
    status = !admin_call(common.data, "usage", admin_body_end(&body), &reply);
    buf_release(&body);
    if (status)
        return status;
    if (common.json)
        printf("%.*s\n", SPAN_FMT(reply.result.text));
    else
        print_usage(reply.result);
    admin_reply_release(&reply);
    return 0;
}
