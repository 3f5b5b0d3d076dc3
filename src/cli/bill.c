/* `magpie bill`: the bills of an app, and what the operator does to them. */
#include <stdio.h>

#include "cli/admin_command.h"
#include "cli/ledger.h"

static const char help[] =
    "usage: magpie bill --app ID --month YYYY-MM [--data DIR] [--json]\n"
    "       magpie bill list --app ID [--limit N] [--cursor C]\n"
    "       magpie bill issue|void --app ID --month YYYY-MM --reason TEXT\n"
    "       magpie bill pay --app ID --month YYYY-MM --fen N --reference TEXT --reason TEXT\n"
    "       magpie bill credit|adjust --app ID --month YYYY-MM --fen N --reason TEXT\n"
    "                                 [--reference TEXT]\n"
    "       magpie bill verify FILE [--expect-hash H]\n"
    "\n"
    "The bill of an app for a month. It is made when the month is over and never changes; the "
    "month\n"
    "that runs is shown by what it has so far. A draft waits for a contract.\n"
    "\n"
    "  list      the bills of the months that are over, newest first\n"
    "  issue     rates a draft by the contract now in force, and issues it\n"
    "  void      makes a bill void on which nothing was paid\n"
    "  pay       records a payment; its reference is taken once\n"
    "  credit    a credit note: less is due\n"
    "  adjust    an adjustment: more is due\n"
    "  verify    recomputes a bill from what `magpie usage export` wrote, without a server\n"
    "\n"
    "  --app ID          the app's SDKAppID\n"
    "  --month YYYY-MM   the month\n"
    "  --fen N           the amount in fen, above 0\n"
    "  --reference TEXT  the bank's number, or the like\n"
    "  --reason TEXT     why, kept with it\n" ADMIN_COMMON_HELP;

#define APP                                    \
    {                                          \
        "--app", "app", OPTION_NUMBER, true, 0 \
    }
#define MONTH                                     \
    {                                             \
        "--month", "month", OPTION_MONTH, true, 0 \
    }
#define REASON                                     \
    {                                              \
        "--reason", "reason", OPTION_TEXT, true, 0 \
    }

/* ---- one bill ---- */

static void print_line(struct json line)
{
    printf("%-16s", admin_text(line, "item"));
    printf("%14s", admin_text(line, "quantity"));
    printf("  %-48s", admin_text(line, "rule"));
    printf("%16s\n", admin_yuan(line, "amount_fen"));
}

static void print_document(struct json document)
{
    printf("%s", admin_text(document, "at"));
    printf("  %-12s", admin_text(document, "kind"));
    printf("%16s", admin_yuan(document, "amount_fen"));
    printf("  %s", admin_text(document, "reference"));
    printf("  %s\n", admin_text(document, "reason"));
}

static void print_bill(struct json bill)
{
    struct json_iter it = json_iter(json_member(bill, "lines"));
    struct json item;
    struct span key;

    printf("app %s", admin_text(bill, "sdkappid"));
    printf(", month %s", admin_text(bill, "month"));
    printf(": %s", admin_text(bill, "state"));
    printf("%s\n", json_member(bill, "is_over").type == JSON_TRUE ? "" : " (not over yet)");
    printf("plan %s, CNY\n\n", admin_text(json_member(bill, "plan"), "id"));
    printf("%-16s%14s  %-48s%16s\n", "item", "quantity", "how", "amount");
    while (json_next(&it, &key, &item))
        print_line(item);
    printf("%-16s%14s  %-48s%16s\n", "total", "",
           json_member(bill, "total_fen").type == JSON_NULL ? "needs a contract" : "",
           admin_yuan(bill, "total_fen"));
    it = json_iter(json_member(bill, "documents"));
    while (json_next(&it, &key, &item))
        print_document(item);
    if (json_member(bill, "due_fen").type == JSON_NUMBER)
        printf("%-16s%14s  %-48s%16s\n", "due", "", "", admin_yuan(bill, "due_fen"));
}

static int bill_show(int argc, char **argv)
{
    static const struct admin_command command = {"bill",       help,       "bill",
                                                 {APP, MONTH}, print_bill, NULL};

    return admin_command_run(&command, argc, argv);
}

/* ---- the list ---- */

static void print_list(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json bill;
    struct span key;

    printf("%-8s  %-7s %16s %16s %12s\n", "month", "state", "total", "paid", "peak DAU");
    while (json_next(&it, &key, &bill)) {
        printf("%-8s", admin_text(bill, "month"));
        printf("  %-7s", admin_text(bill, "state"));
        printf(" %16s", admin_yuan(bill, "total_fen"));
        printf(" %16s", admin_yuan(bill, "paid_fen"));
        printf(" %12s\n", admin_text(bill, "peak_dau"));
    }
    admin_print_next(result);
}

static int bill_list(int argc, char **argv)
{
    static const struct admin_command command = {"bill",
                                                 help,
                                                 "bill_list",
                                                 {APP,
                                                  {"--limit", "limit", OPTION_NUMBER, false, 500},
                                                  {"--cursor", "cursor", OPTION_MONTH, false, 0}},
                                                 print_list,
                                                 NULL};

    return admin_command_run(&command, argc, argv);
}

/* ---- what is done to a bill ---- */

static int bill_issue(int argc, char **argv)
{
    static const struct admin_command command = {
        "bill", help, "bill_issue", {APP, MONTH, REASON}, print_bill, NULL};

    return admin_command_run(&command, argc, argv);
}

static int bill_void(int argc, char **argv)
{
    static const struct admin_command command = {
        "bill", help, "bill_void", {APP, MONTH, REASON}, print_bill, NULL};

    return admin_command_run(&command, argc, argv);
}

/* Payments, credit notes and adjustments differ by their kind alone. */
static int note(const char *kind, int argc, char **argv)
{
    struct admin_command command = {
        "bill",
        help,
        "bill_note",
        {APP,
         MONTH,
         REASON,
         {"--fen", "amount_fen", OPTION_NUMBER, true, INT64_MAX},
         {"--reference", "reference", OPTION_TEXT, strcmp(kind, "payment") == 0, 0}},
        print_bill,
        NULL};

    command.kind = kind;
    return admin_command_run(&command, argc, argv);
}

static int bill_pay(int argc, char **argv)
{
    return note("payment", argc, argv);
}

static int bill_credit(int argc, char **argv)
{
    return note("credit_note", argc, argv);
}

static int bill_adjust(int argc, char **argv)
{
    return note("adjustment", argc, argv);
}

int cli_bill(int argc, char **argv)
{
    static const struct cli_action actions[] = {{"list", bill_list},        {"issue", bill_issue},
                                                {"void", bill_void},        {"pay", bill_pay},
                                                {"credit", bill_credit},    {"adjust", bill_adjust},
                                                {"verify", cli_bill_verify}};

    /* Without an action it shows one. */
    if (argc > 1 && strncmp(argv[1], "--", 2) == 0 && strcmp(argv[1], "--help") != 0)
        return bill_show(argc, argv);
    return cli_dispatch("magpie bill", help, actions, sizeof(actions) / sizeof(actions[0]), argc,
                        argv);
}
