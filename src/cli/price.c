#include "cli/price.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "cli/price_input.h"
#include "core/billing/bill_print.h"
#include "core/billing/plan.h"
#include "core/billing/shipped.h"

#define MAX_OUTPUT_BYTES (64 << 10)

static const char usage_text[] =
    "usage: magpie price [option]...\n"
    "\n"
    "Prints line by line what one calendar month costs. Quantities that are not\n"
    "given are those that the plan includes.\n"
    "\n"
    "  --plan ID or FILE       a shipped plan, or the path of a plan file\n"
    "                          (with a slash or .json); default " PLAN_DEFAULT "\n"
    "  --dau N                 the highest daily active users of the month\n"
    "  --roaming-months N      C2C roaming extended to N months, 0: not extended\n"
    "  --multi-terminal        several terminals of an account online at once\n"
    "  --push-targets N        users reached by the largest push\n"
    "  --pushes-per-day N      pushes a day\n"
    "  --calls-per-second N    server API calls a second\n"
    "  --groups-per-day N      groups made less groups dissolved in a day\n"
    "  --groups N              groups in total: the limit, and how many exist\n"
    "  --groups-at-end N       groups at 00:00 of the 1st of the next month\n"
    "  --peak-groups N         the most groups that existed in the month\n"
    "  --recents N             recent contacts returned\n"
    "  --packs ID,ID,...       function packs of the plan that are held\n"
    "  --bandwidth N,N,...     Mbps of audio-video chat rooms: the peak of each day\n"
    "  --bandwidth-abroad N,N  the same, of what is sent abroad\n"
    "  --contract FILE         a contract that is in force in the month\n"
    "  --plans                 list the shipped plans and their packs\n"
    "\n"
    "Or what a month of an app would have cost under another plan:\n"
    "\n"
    "  --from-usage ID         what the app used and was granted, instead of numbers;\n"
    "                          see magpie price --from-usage ID --help\n"
    "\n"
    "  --json                  print the bill as JSON, in fen\n"
    "  --help                  print this\n";

enum option_value {
    OPTION_PLAN = 256,
    OPTION_DAU,
    OPTION_ROAMING,
    OPTION_MULTI_TERMINAL,
    OPTION_PUSH_TARGETS,
    OPTION_PUSHES,
    OPTION_CALLS,
    OPTION_GROUPS_PER_DAY,
    OPTION_GROUPS,
    OPTION_RECENTS,
    OPTION_GROUPS_AT_END,
    OPTION_PEAK_GROUPS,
    OPTION_PACKS,
    OPTION_BANDWIDTH,
    OPTION_BANDWIDTH_ABROAD,
    OPTION_CONTRACT,
    OPTION_PLANS,
    OPTION_JSON,
    OPTION_HELP,
};

static const struct option options[] = {
    {"plan", required_argument, NULL, OPTION_PLAN},
    {"dau", required_argument, NULL, OPTION_DAU},
    {"roaming-months", required_argument, NULL, OPTION_ROAMING},
    {"multi-terminal", no_argument, NULL, OPTION_MULTI_TERMINAL},
    {"push-targets", required_argument, NULL, OPTION_PUSH_TARGETS},
    {"pushes-per-day", required_argument, NULL, OPTION_PUSHES},
    {"calls-per-second", required_argument, NULL, OPTION_CALLS},
    {"groups-per-day", required_argument, NULL, OPTION_GROUPS_PER_DAY},
    {"groups", required_argument, NULL, OPTION_GROUPS},
    {"recents", required_argument, NULL, OPTION_RECENTS},
    {"groups-at-end", required_argument, NULL, OPTION_GROUPS_AT_END},
    {"peak-groups", required_argument, NULL, OPTION_PEAK_GROUPS},
    {"packs", required_argument, NULL, OPTION_PACKS},
    {"bandwidth", required_argument, NULL, OPTION_BANDWIDTH},
    {"bandwidth-abroad", required_argument, NULL, OPTION_BANDWIDTH_ABROAD},
    {"contract", required_argument, NULL, OPTION_CONTRACT},
    {"plans", no_argument, NULL, OPTION_PLANS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct wish {
    const char *plan;
    uint64_t dau;
    uint64_t push_targets;
    uint64_t limits[LIMIT_COUNT]; /* as asked for, before rounding */
    uint64_t groups_at_end;       /* UINT64_MAX: as many as --groups */
    uint64_t peak_groups;
    uint64_t mbps_days;
    uint64_t mbps_days_abroad;
    const char *packs; /* NULL: none */
    const char *contract;
    bool plans;
    bool json;
    bool help;
};

static uint64_t *number_of(struct wish *wish, int option)
{
    switch (option) {
    case OPTION_DAU:
        return &wish->dau;
    case OPTION_ROAMING:
        return &wish->limits[LIMIT_ROAMING];
    case OPTION_PUSH_TARGETS:
        return &wish->push_targets;
    case OPTION_PUSHES:
        return &wish->limits[LIMIT_PUSH];
    case OPTION_CALLS:
        return &wish->limits[LIMIT_CALL_RATE];
    case OPTION_GROUPS_PER_DAY:
        return &wish->limits[LIMIT_GROUPS_PER_DAY];
    case OPTION_GROUPS:
        return &wish->limits[LIMIT_GROUPS_TOTAL];
    case OPTION_RECENTS:
        return &wish->limits[LIMIT_RECENTS];
    case OPTION_GROUPS_AT_END:
        return &wish->groups_at_end;
    case OPTION_PEAK_GROUPS:
        return &wish->peak_groups;
    default:
        return NULL;
    }
}

/* The next part of a list with commas; `rest` moves behind it. */
static struct span next_of(const char **rest)
{
    const char *from = *rest;
    const char *to = strchrnul(from, ',');

    *rest = *to ? to + 1 : NULL;
    return span_make(from, (size_t)(to - from));
}

static bool take_bandwidth(const char *name, uint64_t *mbps_days)
{
    const char *rest = optarg;

    while (rest) {
        uint64_t day;

        if (!span_to_u64(next_of(&rest), &day))
            return price_complain(name,
                                  "must be whole numbers of Mbps with commas between the days");
        if (month_add_bandwidth(mbps_days, day))
            return price_complain(name, "the sum of the days is too large");
    }
    return true;
}

static bool take_option(struct wish *wish, int option, const char *name)
{
    char about[64];
    uint64_t *number = number_of(wish, option);

    if (number && !span_to_u64(span_of(optarg), number)) {
        snprintf(about, sizeof(about), "--%s %.32s", name, optarg);
        return price_complain(about, "not a whole number from 0 to 18446744073709551615");
    }
    if (option == OPTION_BANDWIDTH)
        return take_bandwidth("--bandwidth", &wish->mbps_days);
    if (option == OPTION_BANDWIDTH_ABROAD)
        return take_bandwidth("--bandwidth-abroad", &wish->mbps_days_abroad);
    if (option == OPTION_PLAN)
        wish->plan = optarg;
    else if (option == OPTION_PACKS)
        wish->packs = optarg;
    else if (option == OPTION_CONTRACT)
        wish->contract = optarg;
    else if (option == OPTION_PLANS)
        wish->plans = true;
    else if (option == OPTION_MULTI_TERMINAL)
        wish->limits[LIMIT_MULTI_TERMINAL] = 1;
    else if (option == OPTION_JSON)
        wish->json = true;
    else if (option == OPTION_HELP)
        wish->help = true;
    return true;
}

/* There are no options of one letter, but a letter may be one of several behind one dash. */
static const char *wrong_option(char **argv, char letter[3])
{
    if (optopt <= 0 || optopt > 126)
        return argv[optind - 1];
    letter[0] = '-';
    letter[1] = (char)optopt;
    letter[2] = '\0';
    return letter;
}

static bool read_command_line(int argc, char **argv, struct wish *wish)
{
    char letter[3];
    int index = 0;
    int option;

    optind = 0; /* the caller may have used getopt for its own options */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:", options, &index)) != -1) {
        if (option == ':')
            return price_complain(argv[optind - 1], "needs a value");
        if (option == '?')
            return price_complain(wrong_option(argv, letter),
                                  "unknown option; see magpie price --help");
        if (!take_option(wish, option, options[index].name))
            return false;
    }
    return optind == argc || price_complain(argv[optind], "unexpected; see magpie price --help");
}

static bool packs_of(const struct plan *plan, const char *list, uint32_t *ret_packs)
{
    char about[PLAN_ID_MAX + 16];
    uint32_t packs = 0;

    while (list) {
        struct span id = next_of(&list);
        uint32_t pack;

        if (!plan_find_pack(plan, id, &pack)) {
            snprintf(about, sizeof(about), "--packs %.*s", (int)(id.n > 32 ? 32 : id.n), id.p);
            return price_complain(about, "no such pack in this plan; see magpie price --plans");
        }
        packs |= 1u << pack;
    }
    *ret_packs = packs;
    return plan_packs_valid(plan, packs) ||
           price_complain("--packs", "two packs of one kind exclude one another");
}

/* The month in which the whole wish was granted and used. */
static bool usage_of(const struct plan *plan, const struct wish *wish,
                     struct month_usage *ret_usage)
{
    struct month_usage usage = {.peak_dau = wish->dau,
                                .two_terminals = wish->limits[LIMIT_MULTI_TERMINAL] != 0,
                                .largest_push = wish->push_targets,
                                .most_pushes = wish->limits[LIMIT_PUSH],
                                .groups_at_end = wish->groups_at_end,
                                .peak_groups = wish->peak_groups,
                                .mbps_days = wish->mbps_days,
                                .mbps_days_abroad = wish->mbps_days_abroad};

    if (!packs_of(plan, wish->packs, &usage.packs))
        return false;
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        uint64_t given;

        if (plan_grant(plan, (enum limit)i, wish->limits[i], &usage.limits[i]))
            return price_complain(limit_name((enum limit)i),
                                  "the number is too large for whole steps");
        if (plan_packs_give(plan, usage.packs, (uint8_t)i, &given) && given > usage.limits[i])
            usage.limits[i] = given;
    }
    if (usage.groups_at_end == UINT64_MAX)
        usage.groups_at_end = wish->limits[LIMIT_GROUPS_TOTAL];
    if (usage.peak_groups == UINT64_MAX)
        usage.peak_groups = wish->limits[LIMIT_GROUPS_TOTAL];
    *ret_usage = usage;
    return true;
}

static bool print(const struct buf *text)
{
    return !text->overflow && fwrite(text->p, 1, text->n, stdout) == text->n && fflush(stdout) == 0;
}

static int list_plans(void)
{
    struct buf text;
    bool written;

    buf_init(&text, MAX_OUTPUT_BYTES);
    for (const struct shipped_plan *shipped = shipped_plans; shipped->id; shipped++) {
        char problem[PLAN_PROBLEM_BYTES];
        struct plan plan;

        if (plan_parse(span_make(shipped->bytes, shipped->n), &plan, problem))
            continue;
        buf_printf(&text, "%-20s%-16s%12s\n", plan.id, plan.edition.name,
                   number_format((uint64_t)plan.edition.fee_fen, true).text);
        for (uint32_t i = 0; i < plan.pack_count; i++)
            buf_printf(&text, "    %-32s%12s\n", plan.packs[i].id,
                       number_format((uint64_t)plan.packs[i].fee_fen, true).text);
    }
    written = print(&text);
    buf_release(&text);
    return written ? 0 : 1;
}

static bool write_bill(const struct rated_bill *rated, bool json)
{
    struct buf text;
    bool written;

    buf_init(&text, MAX_OUTPUT_BYTES);
    if (json) {
        bill_write_json(&text, rated);
        buf_add_char(&text, '\n');
    } else {
        bill_write_table(&text, rated);
    }
    written = print(&text);
    buf_release(&text);
    return written;
}

/* The first option that belongs to a month of one's own making; NULL: none. */
static const char *quantity_given(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct span name = span_make(argv[i], (size_t)(strchrnul(argv[i], '=') - argv[i]));

        for (const struct option *option = options; option->name; option++) {
            if (option->val > OPTION_PLAN && option->val != OPTION_PACKS &&
                option->val < OPTION_CONTRACT && span_starts(name, SPAN_LIT("--")) &&
                span_is(span_make(name.p + 2, name.n - 2), option->name))
                return argv[i];
        }
    }
    return NULL;
}

static bool asks_for_usage(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (span_starts(span_of(argv[i]), SPAN_LIT("--from-usage")))
            return true;
    }
    return false;
}

int cli_price(int argc, char **argv)
{
    struct wish wish = {
        .plan = PLAN_DEFAULT, .groups_at_end = UINT64_MAX, .peak_groups = UINT64_MAX};
    struct month_usage usage;
    struct contract contract;
    struct plan plan;
    struct bill bill;
    struct rated_bill rated = {.plan = &plan, .usage = &usage, .bill = &bill};

    if (asks_for_usage(argc, argv)) {
        const char *given = quantity_given(argc, argv);

        if (!given)
            return cli_price_usage(argc, argv);
        price_complain(given, "cannot be given with --from-usage, which takes what the app used");
        return 2;
    }
    if (!read_command_line(argc, argv, &wish))
        return 2;
    if (wish.help)
        return fputs(usage_text, stdout) < 0 || fflush(stdout) ? 1 : 0;
    if (wish.plans)
        return list_plans();
    if (!price_plan(wish.plan, &plan) || !usage_of(&plan, &wish, &usage))
        return 2;
    if (wish.contract && !price_contract(wish.contract, &plan, &contract))
        return 2;
    rated.contract = wish.contract ? &contract : NULL;
    if (bill_rate(&plan, rated.contract, &usage, &bill)) {
        price_complain("", "the amount is too large for a bill");
        return 2;
    }
    return write_bill(&rated, wish.json) ? 0 : 1;
}
