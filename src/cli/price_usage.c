/* `magpie price --from-usage`: a month of an app under another plan. */
#include <stdio.h>
#include <string.h>

#include "cli/admin_command.h"
#include "cli/price.h"
#include "cli/price_input.h"
#include "core/billing/what_if.h"
#include "core/usage/calendar.h"

#define MAX_REPLY_BYTES ((size_t)256 << 10)

/* clang-format off */
static const char help[] =
    "usage: magpie price --from-usage ID [--month YYYY-MM] --plan P [--packs ID,ID,...]\n"
    "                    [--contract FILE | --without-contract] [--data DIR] [--json]\n"
    "\n"
    "What a month of an app would have cost under another plan, line by line beside its\n"
    "bill. What was used is rated as it is. Limits that the app has from its plan become\n"
    "those of the other plan; those that were raised stay, in that plan's whole steps. A\n"
    "month that is not over is taken as it stands.\n"
    "\n"
    "  --from-usage ID     the app's SDKAppID\n"
    "  --month YYYY-MM     the month; default the one that runs\n"
    "  --plan P            the id of a plan (magpie price --plans), or the path of a plan\n"
    "                      file (with a slash or .json), which is rated here\n"
    "  --packs ID,ID       function packs of that plan that the app would hold\n"
    "  --without-contract  with an id: as if no contract were in force in the month\n"
    "  --contract FILE     with a plan file: a contract that is in force in the month;\n"
    "                      default none\n" ADMIN_COMMON_HELP;
/* clang-format on */

/* ---- what is shown ---- */

static struct json line_of(struct json bill, const char *item)
{
    struct json_iter it = json_iter(json_member(bill, "lines"));
    struct json line;
    struct span key;

    while (json_next(&it, &key, &line)) {
        if (strcmp(admin_text(line, "item"), item) == 0)
            return line;
    }
    return (struct json){0};
}

static const char *fen_or_dash(struct json line)
{
    return line.type == JSON_NONE ? "-" : admin_yuan(line, "amount_fen");
}

static void print_line(struct json now, struct json then, const char *item)
{
    struct json before = line_of(now, item), after = line_of(then, item);

    printf("%-16s%14s", item, before.type == JSON_NONE ? "-" : admin_text(before, "quantity"));
    printf("%16s", fen_or_dash(before));
    printf("%14s", after.type == JSON_NONE ? "-" : admin_text(after, "quantity"));
    printf("%16s", fen_or_dash(after));
    printf("  %s\n", admin_text(after, "rule"));
}

static void print_not_counted(struct json then)
{
    struct json_iter it = json_iter(json_member(then, "not_counted"));
    struct json item;
    struct span key;

    while (json_next(&it, &key, &item))
        printf("%.*s is charged by this plan and not counted by the server: taken as 0\n",
               (int)item.text.n - 2, item.text.p + 1);
}

static void print_comparison(struct json reply)
{
    struct json now = json_member(reply, "now"), then = json_member(reply, "then");

    printf("app %s", admin_text(now, "sdkappid"));
    printf(", month %s", admin_text(now, "month"));
    printf("%s", json_member(now, "is_over").type == JSON_TRUE ? "" : " (not over yet)");
    printf(": plan %s", admin_text(json_member(now, "plan"), "id"));
    printf(" and plan %s, CNY\n\n", admin_text(json_member(then, "plan"), "id"));
    printf("%-16s%14s%16s%14s%16s  %s\n", "item", "quantity", "now", "quantity", "then", "how");
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        const char *item = bill_item_name((enum bill_item)i);

        if (line_of(now, item).type != JSON_NONE || line_of(then, item).type != JSON_NONE)
            print_line(now, then, item);
    }
    printf("%-16s%14s%16s", "total", "", admin_yuan(now, "total_fen"));
    printf("%14s%16s  %s\n", "", admin_yuan(then, "total_fen"),
           json_member(then, "total_fen").type == JSON_NULL ? "needs a contract: contact us" : "");
    printf("%-16s%14s%16s%14s%16s\n", "difference", "", "", "",
           admin_yuan(reply, "difference_fen"));
    print_not_counted(then);
}

/* ---- a plan that the server does not know: rated here ---- */

static bool flag_of(struct json object, const char *name)
{
    return json_member(object, name).type == JSON_TRUE;
}

/* Of the bill's "usage" and "evidence". */
static void read_usage(struct json bill, struct month_usage *ret_usage, bool raised[LIMIT_COUNT])
{
    struct json usage = json_member(bill, "usage"), item;
    struct json_iter it = json_iter(json_member(bill, "evidence"));
    struct span key;
    enum limit limit;

    *ret_usage = (struct month_usage){.peak_dau = admin_u64(usage, "peak_dau"),
                                      .two_terminals = flag_of(usage, "two_terminals"),
                                      .largest_push = admin_u64(usage, "largest_push"),
                                      .most_pushes = admin_u64(usage, "most_pushes"),
                                      .peak_groups = admin_u64(usage, "peak_groups"),
                                      .groups_at_end = admin_u64(usage, "groups_at_end"),
                                      .mbps_days = admin_u64(usage, "mbps_days"),
                                      .mbps_days_abroad = admin_u64(usage, "mbps_days_abroad")};
    while (json_next(&it, &key, &item)) {
        if (!limit_find(span_of(admin_text(item, "item")), &limit))
            continue;
        ret_usage->limits[limit] = admin_u64(item, "limit");
        raised[limit] = strcmp(admin_text(item, "source"), limit_source_name(LIMIT_FROM_PLAN)) != 0;
    }
}

/* A contract of other months would not have been in force. */
static bool contract_holds(const struct contract *contract, struct json bill, const char *path)
{
    uint32_t month;

    return (month_parse(span_of(admin_text(bill, "month")), &month) &&
            contract_in_force(contract, month)) ||
           price_complain(path, "is not in force in the month");
}

static bool rate_here(struct what_if *what_if, struct json bill, const char *packs)
{
    bool raised[LIMIT_COUNT] = {false};
    struct month_usage used;
    struct span wrong;

    if (packs && !what_if_packs(what_if->plan, span_of(packs), &what_if->usage.packs, &wrong))
        return price_complain(packs, "no such pack in this plan");
    read_usage(bill, &used, raised);
    switch (what_if_rate(what_if, &used, raised)) {
    case IM_OK:
        return true;
    case IM_ERR_INVALID:
        return price_complain(packs ? packs : "", "two packs of one kind exclude one another");
    default:
        return price_complain("", "the amount is too large for a bill");
    }
}

static void write_reply(struct buf *into, struct json bill, const struct what_if *what_if)
{
    int64_t now_fen;

    BUF_LIT(into, "{\"now\":");
    buf_add_span(into, bill.text);
    BUF_LIT(into, ",\"then\":");
    what_if_write_json(into, what_if);
    BUF_LIT(into, ",\"difference_fen\":");
    if (json_to_i64(json_member(bill, "total_fen"), &now_fen) && what_if->bill.status == BILL_OK)
        buf_add_i64(into, what_if->bill.total_fen - now_fen);
    else
        BUF_LIT(into, "null");
    BUF_LIT(into, "}");
}

/* ---- the command ---- */

struct question {
    const char *month, *plan, *packs, *contract;
    uint64_t app;
    bool without_contract;
    struct cli_common common;
};

static bool ask(const struct question *question, const char *operation, bool with_plan,
                struct admin_reply *reply)
{
    struct buf body;
    bool ok;

    admin_body_init(&body);
    admin_body_number(&body, "app", question->app);
    admin_body_text(&body, "month", question->month ? question->month : "current");
    if (with_plan)
        admin_body_text(&body, "plan", question->plan);
    if (with_plan && question->packs)
        admin_body_text(&body, "packs", question->packs);
    if (with_plan && question->without_contract)
        admin_body_number(&body, "without_contract", 1);
    ok = admin_call(question->common.data, operation, admin_body_end(&body), reply);
    buf_release(&body);
    return ok;
}

static void show(const struct question *question, struct json reply)
{
    if (question->common.json)
        printf("%.*s\n", SPAN_FMT(reply.text));
    else
        print_comparison(reply);
}

static int by_server(const struct question *question)
{
    struct admin_reply reply;

    if (!ask(question, "bill_what_if", true, &reply))
        return 1;
    show(question, reply.result);
    admin_reply_release(&reply);
    return 0;
}

static int by_file(const struct question *question)
{
    struct plan plan;
    struct contract contract;
    struct what_if what_if = {.plan = &plan, .contract = question->contract ? &contract : NULL};
    struct admin_reply reply;
    struct json both;
    struct buf text;
    bool ok;

    if (!price_plan(question->plan, &plan) ||
        (question->contract && !price_contract(question->contract, &plan, &contract)))
        return EXIT_USAGE;
    if (!ask(question, "bill", false, &reply))
        return 1;
    buf_init(&text, MAX_REPLY_BYTES);
    ok = (!question->contract || contract_holds(&contract, reply.result, question->contract)) &&
         rate_here(&what_if, reply.result, question->packs);
    if (ok) {
        write_reply(&text, reply.result, &what_if);
        ok = !text.overflow && json_parse(buf_span(&text), &both);
        if (ok)
            show(question, both);
    }
    buf_release(&text);
    admin_reply_release(&reply);
    return ok ? 0 : 1;
}

/* The server knows which contract is in force; of a plan file only the command line rates. */
static bool contract_fits_question(const struct question *question)
{
    if (question->contract && !price_is_path(question->plan))
        return price_complain("--contract", "only with a plan file; of a plan by its id the "
                                            "server takes the one in force");
    if (question->without_contract && price_is_path(question->plan))
        return price_complain("--without-contract", "only with a plan's id; of a plan file no "
                                                    "contract is taken but that of --contract");
    return true;
}

int cli_price_usage(int argc, char **argv)
{
    struct question question = {0};
    const char *app = NULL;
    const struct cli_option options[] = {{"--from-usage", &app, NULL},
                                         {"--month", &question.month, NULL},
                                         {"--plan", &question.plan, NULL},
                                         {"--packs", &question.packs, NULL},
                                         {"--contract", &question.contract, NULL},
                                         {"--without-contract", NULL, &question.without_contract}};
    int status = cli_options(argc, argv, help, options, sizeof(options) / sizeof(options[0]),
                             &question.common);

    if (status >= 0)
        return status;
    if (!app) /* the word was another option's value */
        return cli_missing("price", "--from-usage");
    if (!question.plan)
        return cli_missing("price", "--plan");
    if (!cli_number("--from-usage", app, UINT32_MAX, &question.app) ||
        (question.month && !cli_month("--month", question.month)) ||
        !contract_fits_question(&question))
        return EXIT_USAGE;
    return price_is_path(question.plan) ? by_file(&question) : by_server(&question);
}
