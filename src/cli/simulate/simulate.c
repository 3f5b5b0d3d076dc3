#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/options.h"
#include "cli/simulate/report.h"
#include "cli/simulate/shipped.h"
#include "cli/subcommands.h"
#include "core/billing/shipped.h"

#define MAX_OUTPUT_BYTES (16u << 20)
/* Of a scenario that is checked without being named. */
#define QUICK_LOGINS 5000000u

static const char usage_text[] =
    "usage: magpie simulate [option]... SCENARIO...\n"
    "\n"
    "Lives through the days of a scenario with the server's own core, on a clock of\n"
    "its own, and prints the bills. docs/simulate.md says what a scenario holds.\n"
    "\n"
    "  SCENARIO         one that is shipped, or the path of a file\n"
    "                   (with a slash or .json)\n"
    "  --days           each day's usage too\n"
    "  --json           print JSON\n"
    "  --csv            print CSV: a line a month, or with --days a line a day\n"
    "  --check          compare the bills with those that the scenario expects;\n"
    "                   without SCENARIO all shipped ones but the largest\n"
    "  --sets           instead of bills: what the sets of each day's accounts take, after\n"
    "                   they were compared with who logged in\n"
    "  --crash-every N  the server dies every N days and starts again from its journal\n"
    "  --list           list the shipped scenarios\n"
    "  --quiet          no progress on stderr\n"
    "  --help           print this\n"
    "\n"
    "Exit status: 0, 1 if something failed or differs, 2 for a scenario that is wrong.\n";

enum option_value {
    OPTION_DAYS = 256,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_CHECK,
    OPTION_SETS,
    OPTION_CRASH,
    OPTION_LIST,
    OPTION_QUIET,
    OPTION_HELP,
};

static const struct option options[] = {
    {"days", no_argument, NULL, OPTION_DAYS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"sets", no_argument, NULL, OPTION_SETS},
    {"crash-every", required_argument, NULL, OPTION_CRASH},
    {"list", no_argument, NULL, OPTION_LIST},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct wish {
    struct run_options run;
    enum report_form form;
    bool days, check, list, help;
};

static int complain(const char *about, const char *what)
{
    fprintf(stderr, "magpie simulate: %s: %s\n", about, what);
    return EXIT_USAGE;
}

static bool take_crashes(struct wish *wish)
{
    uint64_t days;

    if (!cli_number("--crash-every", optarg, SCENARIO_MAX_DAYS, &days))
        return false;
    wish->run.crash_every = (uint32_t)days;
    return true;
}

static bool read_options(int argc, char **argv, struct wish *wish)
{
    int option;

    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == OPTION_DAYS)
            wish->days = true;
        else if (option == OPTION_JSON)
            wish->form = REPORT_JSON;
        else if (option == OPTION_CSV)
            wish->form = REPORT_CSV;
        else if (option == OPTION_CHECK)
            wish->check = true;
        else if (option == OPTION_SETS)
            wish->run.notes = true;
        else if (option == OPTION_LIST)
            wish->list = true;
        else if (option == OPTION_QUIET)
            wish->run.progress = false;
        else if (option == OPTION_HELP)
            wish->help = true;
        else if (option != OPTION_CRASH)
            return complain(argv[optind - 1], option == ':' ? "needs a value" : "unknown option"),
                   false;
        else if (!take_crashes(wish))
            return false;
    }
    return true;
}

/* ---- files ---- */

static bool is_path(const char *name)
{
    size_t n = strlen(name);

    return strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".json") == 0);
}

/* A file of at most max_bytes + 1, so that its parser sees one that is too large. */
static bool read_file(const char *path, size_t max_bytes, struct buf *into)
{
    FILE *file = fopen(path, "re");
    bool failed;

    if (!file) {
        complain(path, strerrordesc_np(errno));
        return false;
    }
    buf_reserve(into, max_bytes + 1);
    into->n = fread(into->p, 1, max_bytes + 1, file);
    failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        complain(path, "cannot be read");
    return !failed;
}

static bool find_scenario(const char *name, struct buf *into)
{
    if (is_path(name))
        return read_file(name, SCENARIO_MAX_BYTES, into);
    for (const struct shipped_scenario *s = shipped_scenarios; s->id; s++) {
        if (strcmp(s->id, name) == 0) {
            buf_add(into, s->bytes, s->n);
            return true;
        }
    }
    complain(name, "no such scenario is shipped; see --list, or name a file by its path");
    return false;
}

/* The path of a plan is seen from the scenario's folder. */
static bool find_plan(const char *scenario, const char *plan, struct buf *into)
{
    const char *slash = is_path(scenario) ? strrchr(scenario, '/') : NULL;
    char path[4096];
    struct span shipped;

    if (!is_path(plan)) {
        if (shipped_plan_find(span_of(plan), &shipped)) {
            buf_add_span(into, shipped);
            return true;
        }
        complain(scenario, "plan: no plan of this id is shipped; a plan file is named by its path");
        return false;
    }
    if (slash && plan[0] != '/')
        snprintf(path, sizeof(path), "%.*s%s", (int)(slash + 1 - scenario), scenario, plan);
    else
        snprintf(path, sizeof(path), "%s", plan);
    return read_file(path, PLAN_MAX_BYTES, into);
}

/* ---- one scenario ---- */

struct loaded {
    struct scenario scenario;
    struct buf plan;
    char zone[64];
};

static void loaded_release(struct loaded *loaded)
{
    scenario_release(&loaded->scenario);
    buf_release(&loaded->plan);
}

static bool load_plan(const char *name, struct loaded *loaded)
{
    char problem[PLAN_PROBLEM_BYTES];
    const char *zone = loaded->scenario.zone;
    struct plan plan;

    if (!find_plan(name, loaded->scenario.plan, &loaded->plan))
        return false;
    if (plan_parse(buf_span(&loaded->plan), &plan, problem)) {
        complain(loaded->scenario.plan, problem);
        return false;
    }
    snprintf(loaded->zone, sizeof(loaded->zone), "%s", *zone ? zone : plan.time_zone);
    return true;
}

static bool load(const char *name, struct loaded *loaded)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct buf file;
    struct zone *zone;
    bool good;

    *loaded = (struct loaded){0};
    buf_init(&file, SCENARIO_MAX_BYTES + 1);
    buf_init(&loaded->plan, PLAN_MAX_BYTES + 1);
    good = find_scenario(name, &file);
    if (good && scenario_parse(buf_span(&file), &loaded->scenario, problem)) {
        complain(name, problem);
        good = false;
    }
    buf_release(&file);
    good = good && load_plan(name, loaded);
    if (good && zone_open(loaded->zone, &zone)) {
        complain(name, "zone: this machine knows no such time zone");
        good = false;
    } else if (good) {
        zone_free(zone);
    }
    if (!good)
        loaded_release(loaded);
    return good;
}

static uint64_t logins_of(const struct scenario *scenario)
{
    uint64_t sum = 0;

    for (uint32_t day = scenario->first_day; day <= scenario->last_day; day++)
        sum += series_on(&scenario->logins, day);
    return sum;
}

static bool tell(struct run *run, const struct wish *wish, struct buf *out)
{
    uint32_t months;
    size_t from = out->n;

    if (wish->run.notes)
        return sets_report(run, wish->form == REPORT_JSON, out);
    if (!wish->check)
        return report_write(run, wish->form, wish->days, out);
    if (!report_check(run, &months, out)) {
        if (out->n > from)
            run->world.problem[0] = 0;
        return false;
    }
    buf_printf(out, "%s: %u month%s as expected\n", run->scenario->id, months,
               months == 1 ? "" : "s");
    return true;
}

static bool live(const struct loaded *loaded, const struct wish *wish)
{
    struct run run;
    struct buf out;
    bool good;

    buf_init(&out, MAX_OUTPUT_BYTES);
    good =
        run_scenario(&run, &loaded->scenario, buf_span(&loaded->plan), loaded->zone, &wish->run) &&
        tell(&run, wish, &out);
    if (!good && run.world.problem[0])
        complain(loaded->scenario.id, run.world.problem);
    if (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) || out.overflow)
        good = false;
    buf_release(&out);
    run_release(&run);
    return good;
}

static int simulate(const char *name, const struct wish *wish, bool only_quick)
{
    struct loaded loaded;
    int status = 0;

    if (!load(name, &loaded))
        return EXIT_USAGE;
    if (only_quick && logins_of(&loaded.scenario) > QUICK_LOGINS)
        printf("%s: left out, it takes minutes; name it to check it\n", name);
    else if (wish->check && !loaded.scenario.expect_count)
        status = complain(name, "expects nothing that could be compared");
    else
        status = live(&loaded, wish) ? 0 : 1;
    loaded_release(&loaded);
    return status;
}

/* ---- all of them ---- */

static int list(void)
{
    for (const struct shipped_scenario *s = shipped_scenarios; s->id; s++) {
        char problem[PLAN_PROBLEM_BYTES];
        struct scenario scenario;

        if (scenario_parse(span_make(s->bytes, s->n), &scenario, problem))
            return complain(s->id, problem);
        printf("%-28s %s\n", s->id, scenario.about);
        scenario_release(&scenario);
    }
    return fflush(stdout) ? 1 : 0;
}

int cli_simulate(int argc, char **argv)
{
    struct wish wish = {.run = {.progress = true}};
    int status = 0;

    if (!read_options(argc, argv, &wish))
        return EXIT_USAGE;
    if (wish.help)
        return fputs(usage_text, stdout) < 0 || fflush(stdout) ? 1 : 0;
    if (wish.list)
        return list();
    log_set_level(LOG_ERROR);
    if (optind == argc && !wish.check) {
        fputs(usage_text, stderr);
        return EXIT_USAGE;
    }
    if (optind == argc) {
        for (const struct shipped_scenario *s = shipped_scenarios; s->id; s++) {
            int one = simulate(s->id, &wish, true);

            status = one > status ? one : status;
        }
        return status;
    }
    for (int i = optind; i < argc; i++) {
        int one = simulate(argv[i], &wish, false);

        status = one > status ? one : status;
    }
    return status;
}
