#include "cli/simulate/scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/simulate/scenario_internal.h"
#include "core/billing/bill.h"

const char *scenario_day_text(uint32_t day, char into[CALENDAR_TEXT_BYTES])
{
    char digits[CALENDAR_TEXT_BYTES];

    day_format(day, digits);
    snprintf(into, CALENDAR_TEXT_BYTES, "%.4s-%.2s-%.2s", digits, digits + 4, digits + 6);
    return into;
}

/* ---- small readers ---- */

void scenario_place(char into[PLAN_PLACE_BYTES], const char *place, uint32_t index)
{
    snprintf(into, PLAN_PLACE_BYTES, "%.100s[%u]", place, index);
}

bool scenario_read_array(char *problem, json_t *value, const char *place, uint32_t max,
                         uint32_t *ret_count)
{
    if (!json_is_array(value))
        return plan_problem(problem, place, "must be an array");
    if (json_array_size(value) > max)
        return plan_problem(problem, place, "has more than %u elements", max);
    *ret_count = (uint32_t)json_array_size(value);
    return true;
}

bool scenario_read_day(char *problem, json_t *value, const char *place, void *into)
{
    struct span text = plan_text(value);
    char digits[9];

    if (text.n == 10 && text.p[4] == '-' && text.p[7] == '-') {
        snprintf(digits, sizeof(digits), "%.4s%.2s%.2s", text.p, text.p + 5, text.p + 8);
        if (day_parse(span_of(digits), into))
            return true;
    }
    return plan_problem(problem, place, "must be a day such as \"2026-01-31\"");
}

bool scenario_read_month(char *problem, json_t *value, const char *place, void *into)
{
    return month_parse(plan_text(value), into) ||
           plan_problem(problem, place, "must be a month such as \"2026-01\"");
}

static bool read_about(char *problem, json_t *value, const char *place, void *into)
{
    struct span text = plan_text(value);

    if (!text.n || text.n > SCENARIO_ABOUT_MAX)
        return plan_problem(problem, place, "must be a text of 1 to %d bytes", SCENARIO_ABOUT_MAX);
    memcpy(into, text.p, text.n);
    return true;
}

static bool read_plan(char *problem, json_t *value, const char *place, void *into)
{
    struct span text = plan_text(value);

    if (!text.n || text.n > SCENARIO_PLAN_MAX || memchr(text.p, 0, text.n))
        return plan_problem(problem, place, "must be the id of a shipped plan or a path");
    memcpy(into, text.p, text.n);
    return true;
}

static bool read_zone(char *problem, json_t *value, const char *place, void *into)
{
    struct span text = plan_text(value);

    if (text.n > ZONE_NAME_MAX || !zone_name_valid(text))
        return plan_problem(problem, place, "must be a time zone such as \"Asia/Shanghai\"");
    memcpy(into, text.p, text.n);
    return true;
}

/* ---- series ---- */

static const char *const growth_names[] = {"linear", "exponential", NULL};

#define A_DAY(member, text, is_optional)                                                           \
    {                                                                                              \
        .name = (text), .kind = PLAN_FIELD_NUMBER,                                                 \
        .offset = PLAN_OFFSET(struct scenario_phase, member, uint64_t), .max = SCENARIO_MAX_A_DAY, \
        .optional = (is_optional)                                                                  \
    }

static bool read_daily(char *problem, json_t *value, const char *place, void *into)
{
    uint32_t **ret_daily = into, count;

    if (!scenario_read_array(problem, value, place, SCENARIO_MAX_DAYS, &count))
        return false;
    *ret_daily = mem_zalloc((count + 1) * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        json_t *item = json_array_get(value, i);
        char at[PLAN_PLACE_BYTES];

        scenario_place(at, place, i);
        if (!json_is_integer(item) || json_integer_value(item) < 0 ||
            json_integer_value(item) > SCENARIO_MAX_A_DAY)
            return plan_problem(problem, at, "must be a whole number from 0 to %u",
                                SCENARIO_MAX_A_DAY);
        (*ret_daily)[i] = (uint32_t)json_integer_value(item);
    }
    return true;
}

#define PHASE_DAYS                                                                  \
    PLAN_CUSTOM(offsetof(struct scenario_phase, first), "from", scenario_read_day), \
        PLAN_CUSTOM(offsetof(struct scenario_phase, last), "to", scenario_read_day)

static const struct plan_field counted_fields[] = {
    PHASE_DAYS,
    A_DAY(count, "count", false),
    A_DAY(to_count, "to_count", true),
    {.name = "growth",
     .kind = PLAN_FIELD_CHOICE,
     .offset = PLAN_OFFSET(struct scenario_phase, growth, uint8_t),
     .choices = growth_names,
     .optional = true},
    PLAN_END,
};
static const struct plan_field listed_fields[] = {
    PHASE_DAYS,
    PLAN_CUSTOM(offsetof(struct scenario_phase, daily), "daily", read_daily),
    PLAN_END,
};

static bool read_phase(char *problem, json_t *value, const char *place,
                       struct scenario_phase *phase)
{
    bool listed = json_object_get(value, "daily") != NULL;
    uint32_t days;

    if (!plan_read_object(problem, value, place, listed ? listed_fields : counted_fields, phase))
        return false;
    if (phase->last < phase->first)
        return plan_problem(problem, place, "\"to\" lies before \"from\"");
    days = phase->last - phase->first + 1;
    if (listed) {
        phase->growth = GROWTH_LISTED;
        if (json_array_size(json_object_get(value, "daily")) == days)
            return true;
        return plan_problem(problem, place, "\"daily\" has %zu numbers, the phase %u days",
                            json_array_size(json_object_get(value, "daily")), days);
    }
    if (!json_object_get(value, "to_count")) {
        phase->to_count = phase->count;
        return !json_object_get(value, "growth") ||
               plan_problem(problem, place, "\"growth\" needs \"to_count\"");
    }
    if (phase->growth == GROWTH_EXPONENTIAL && (!phase->count || !phase->to_count))
        return plan_problem(problem, place, "exponential growth has no number 0");
    return true;
}

bool scenario_read_series(char *problem, json_t *value, const char *place, void *into)
{
    struct scenario_series *series = into;
    char at[PLAN_PLACE_BYTES], day[CALENDAR_TEXT_BYTES];
    uint32_t count;

    if (!scenario_read_array(problem, value, place, SCENARIO_MAX_PHASES, &count))
        return false;
    series->phases = mem_zalloc((count + 1) * sizeof(*series->phases));
    series->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct scenario_phase *phase = &series->phases[i];

        scenario_place(at, place, i);
        if (!read_phase(problem, json_array_get(value, i), at, phase))
            return false;
        if (i && phase->first <= phase[-1].last)
            return plan_problem(problem, at,
                                "begins before the phase in front of it has ended (%s)",
                                scenario_day_text(phase[-1].last, day));
    }
    return true;
}

uint64_t series_on(const struct scenario_series *series, uint32_t day)
{
    for (uint32_t i = 0; i < series->count; i++) {
        const struct scenario_phase *phase = &series->phases[i];
        uint32_t at = day - phase->first, span = phase->last - phase->first;
        double part = span ? (double)at / span : 0;
        double from = (double)phase->count, to = (double)phase->to_count;

        if (day < phase->first || day > phase->last)
            continue;
        if (phase->growth == GROWTH_LISTED)
            return phase->daily[at];
        if (phase->growth == GROWTH_EXPONENTIAL)
            return (uint64_t)(from * pow(to / from, part) + 0.5);
        return (uint64_t)(from + (to - from) * part + 0.5);
    }
    return 0;
}

/* ---- the whole ---- */

static const char *const order_names[] = {"first", "random", NULL};

static bool read_format(char *problem, json_t *value, const char *place, void *into)
{
    (void)into;
    return (json_is_integer(value) && json_integer_value(value) == 1) ||
           plan_problem(problem, place, "must be 1, the only format that this version reads");
}

#define SERIES(member, text) \
    PLAN_OPTIONAL_CUSTOM(offsetof(struct scenario, member), text, scenario_read_series)

static const struct plan_field scenario_fields[] = {
    PLAN_CUSTOM(0, "format", read_format),
    PLAN_CUSTOM(offsetof(struct scenario, id), "id", plan_read_id),
    PLAN_CUSTOM(offsetof(struct scenario, about), "about", read_about),
    PLAN_CUSTOM(offsetof(struct scenario, plan), "plan", read_plan),
    PLAN_OPTIONAL_CUSTOM(offsetof(struct scenario, zone), "zone", read_zone),
    {.name = "seed",
     .kind = PLAN_FIELD_NUMBER,
     .offset = PLAN_OFFSET(struct scenario, seed, uint64_t),
     .max = PLAN_MAX_NUMBER,
     .optional = true},
    PLAN_CUSTOM(offsetof(struct scenario, first_day), "from", scenario_read_day),
    PLAN_CUSTOM(offsetof(struct scenario, last_day), "to", scenario_read_day),
    PLAN_NUMBER(struct scenario, accounts, "accounts", 1, SCENARIO_MAX_ACCOUNTS),
    {.name = "order",
     .kind = PLAN_FIELD_CHOICE,
     .offset = PLAN_OFFSET(struct scenario, order, uint8_t),
     .choices = order_names,
     .optional = true},
    SERIES(logins, "logins"),
    SERIES(messages, "messages"),
    SERIES(groups_made, "groups_made"),
    SERIES(groups_dissolved, "groups_dissolved"),
    PLAN_OPTIONAL_CUSTOM(0, "events", scenario_read_events),
    PLAN_OPTIONAL_CUSTOM(0, "expect", scenario_read_expects),
    PLAN_END,
};

static bool series_fits(const struct scenario *scenario, const struct scenario_series *series,
                        const char *name, char *problem)
{
    char at[PLAN_PLACE_BYTES];

    for (uint32_t i = 0; i < series->count; i++) {
        scenario_place(at, name, i);
        if (series->phases[i].first < scenario->first_day ||
            series->phases[i].last > scenario->last_day)
            return plan_problem(problem, at, "lies outside of the scenario's days");
    }
    return true;
}

/* Who is counted must exist; who writes must have logged in. */
static bool days_fit(const struct scenario *scenario, char *problem)
{
    char day[CALENDAR_TEXT_BYTES];

    for (uint32_t at = scenario->first_day; at <= scenario->last_day; at++) {
        uint64_t logins = series_on(&scenario->logins, at);

        if (logins > scenario->accounts)
            return plan_problem(problem, "logins", "%llu on %s, but there are %llu accounts",
                                (unsigned long long)logins, scenario_day_text(at, day),
                                (unsigned long long)scenario->accounts);
        if (logins < 2 && series_on(&scenario->messages, at))
            return plan_problem(problem, "messages",
                                "on %s, but fewer than two accounts log in then",
                                scenario_day_text(at, day));
    }
    return true;
}

static bool events_fit(const struct scenario *scenario, char *problem)
{
    char at[PLAN_PLACE_BYTES];

    for (uint32_t i = 0; i < scenario->event_count; i++) {
        const struct scenario_event *event = &scenario->events[i];

        scenario_place(at, "events", event->index);
        if (event->day < scenario->first_day || event->day > scenario->last_day)
            return plan_problem(problem, at, "lies outside of the scenario's days");
        if (event->accounts > scenario->accounts)
            return plan_problem(problem, at, "%llu accounts, but there are %llu",
                                (unsigned long long)event->accounts,
                                (unsigned long long)scenario->accounts);
    }
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        char month[CALENDAR_TEXT_BYTES];

        snprintf(at, sizeof(at), "expect.%s", month_format(scenario->expects[i].month, month));
        if (scenario->expects[i].month < month_of_day(scenario->first_day) ||
            scenario->expects[i].month > month_of_day(scenario->last_day))
            return plan_problem(problem, at, "lies outside of the scenario's days");
    }
    return true;
}

static bool read_scenario(char *problem, json_t *root, struct scenario *scenario)
{
    if (!plan_read_object(problem, root, "", scenario_fields, scenario))
        return false;
    if (scenario->last_day < scenario->first_day)
        return plan_problem(problem, "to", "lies before \"from\"");
    if (scenario->last_day - scenario->first_day >= SCENARIO_MAX_DAYS)
        return plan_problem(problem, "to", "lies more than %u days after \"from\"",
                            SCENARIO_MAX_DAYS);
    return series_fits(scenario, &scenario->logins, "logins", problem) &&
           series_fits(scenario, &scenario->messages, "messages", problem) &&
           series_fits(scenario, &scenario->groups_made, "groups_made", problem) &&
           series_fits(scenario, &scenario->groups_dissolved, "groups_dissolved", problem) &&
           days_fit(scenario, problem) && events_fit(scenario, problem);
}

enum im_err scenario_parse(struct span file, struct scenario *ret, char problem[PLAN_PROBLEM_BYTES])
{
    json_t *root = plan_read_json(problem, file, SCENARIO_MAX_BYTES);
    bool read;

    *ret = (struct scenario){.seed = 1};
    if (!root)
        return IM_ERR_INVALID;
    read = read_scenario(problem, root, ret);
    json_decref(root);
    if (read)
        return IM_OK;
    scenario_release(ret);
    return IM_ERR_INVALID;
}

static void series_release(struct scenario_series *series)
{
    for (uint32_t i = 0; i < series->count; i++)
        free(series->phases[i].daily);
    free(series->phases);
}

void scenario_release(struct scenario *scenario)
{
    series_release(&scenario->logins);
    series_release(&scenario->messages);
    series_release(&scenario->groups_made);
    series_release(&scenario->groups_dissolved);
    for (uint32_t i = 0; i < scenario->event_count; i++)
        free(scenario->events[i].contract);
    free(scenario->events);
    free(scenario->expects);
    *scenario = (struct scenario){0};
}
