#include "cli/price.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

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
    "  --groups N              groups in total\n"
    "  --recents N             recent contacts returned\n"
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
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct wish {
    const char *plan;
    uint64_t dau;
    uint64_t push_targets;
    uint64_t limits[LIMIT_COUNT]; /* as asked for, before rounding */
    bool json;
    bool help;
};

static bool complain(const char *about, const char *what)
{
    fprintf(stderr, "magpie price: %s%s%s\n", about, *about ? ": " : "", what);
    return false;
}

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
    default:
        return NULL;
    }
}

static bool take_option(struct wish *wish, int option, const char *name)
{
    char about[64];
    uint64_t *number = number_of(wish, option);

    if (number && !span_to_u64(span_of(optarg), number)) {
        snprintf(about, sizeof(about), "--%s %.32s", name, optarg);
        return complain(about, "not a whole number from 0 to 18446744073709551615");
    }
    if (option == OPTION_PLAN)
        wish->plan = optarg;
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
            return complain(argv[optind - 1], "needs a value");
        if (option == '?')
            return complain(wrong_option(argv, letter), "unknown option; see magpie price --help");
        if (!take_option(wish, option, options[index].name))
            return false;
    }
    return optind == argc || complain(argv[optind], "unexpected; see magpie price --help");
}

/* A plan file of at most PLAN_MAX_BYTES + 1, so that plan_parse sees one that is too large. */
static bool read_plan_file(const char *path, struct buf *into)
{
    FILE *file = fopen(path, "re");
    size_t n;
    bool failed;

    if (!file)
        return complain(path, strerrordesc_np(errno));
    buf_reserve(into, PLAN_MAX_BYTES + 1);
    n = fread(into->p, 1, PLAN_MAX_BYTES + 1, file);
    into->n = n;
    failed = ferror(file) != 0;
    fclose(file);
    return !failed || complain(path, "cannot be read");
}

static bool is_path(const char *plan)
{
    size_t n = strlen(plan);

    return strchr(plan, '/') || (n > 5 && strcmp(plan + n - 5, ".json") == 0);
}

static bool load_plan(const char *name, struct plan *ret_plan)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct span shipped;
    struct buf file;
    bool loaded = true;

    buf_init(&file, PLAN_MAX_BYTES + 1);
    if (is_path(name)) {
        loaded = read_plan_file(name, &file);
        shipped = buf_span(&file);
    } else if (!shipped_plan_find(span_of(name), &shipped)) {
        loaded = complain(name, "no such plan is shipped; a plan file is named by its path");
    }
    if (loaded && plan_parse(shipped, ret_plan, problem))
        loaded = complain(name, problem);
    buf_release(&file);
    return loaded;
}

/* The month in which the whole wish was granted and used. */
static bool usage_of(const struct plan *plan, const struct wish *wish,
                     struct month_usage *ret_usage)
{
    struct month_usage usage = {.peak_dau = wish->dau,
                                .two_terminals = wish->limits[LIMIT_MULTI_TERMINAL] != 0,
                                .largest_push = wish->push_targets,
                                .most_pushes = wish->limits[LIMIT_PUSH]};

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        if (plan_grant(plan, (enum limit)i, wish->limits[i], &usage.limits[i]))
            return complain(limit_name((enum limit)i), "the number is too large for whole steps");
    *ret_usage = usage;
    return true;
}

int cli_price(int argc, char **argv)
{
    struct wish wish = {.plan = PLAN_DEFAULT};
    struct month_usage usage;
    struct plan plan;
    struct bill bill;
    struct rated_bill rated = {.plan = &plan, .usage = &usage, .bill = &bill};
    struct buf text;
    bool written;

    if (!read_command_line(argc, argv, &wish))
        return 2;
    if (wish.help)
        return fputs(usage_text, stdout) < 0 || fflush(stdout) ? 1 : 0;
    if (!load_plan(wish.plan, &plan) || !usage_of(&plan, &wish, &usage))
        return 2;
    if (bill_rate(&plan, NULL, &usage, &bill)) {
        complain("", "the amount is too large for a bill");
        return 2;
    }
    buf_init(&text, MAX_OUTPUT_BYTES);
    if (wish.json) {
        bill_write_json(&text, &rated);
        buf_add_char(&text, '\n');
    } else {
        bill_write_table(&text, &rated);
    }
    written = !text.overflow && fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0;
    buf_release(&text);
    return written ? 0 : 1;
}
