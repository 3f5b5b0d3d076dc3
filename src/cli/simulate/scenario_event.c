/* The events of a scenario, and what its months must come to. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/simulate/scenario_internal.h"
#include "core/billing/bill.h"
#include "core/billing/contract.h"
#include "core/quota/entitlement.h"

#define DAY_S 86400u
#define NOON_S 43200u

static const char *const act_names[ACT_COUNT + 1] = {
    [ACT_SET_LIMIT] = "set_limit",
    [ACT_OPEN_TICKET] = "open_ticket",
    [ACT_CONFIRM_TICKET] = "confirm_ticket",
    [ACT_REFUSE_TICKET] = "refuse_ticket",
    [ACT_FILE_CONTRACT] = "file_contract",
    [ACT_ISSUE_BILL] = "issue_bill",
    [ACT_CALLS] = "calls",
    [ACT_IMPORT_ACCOUNTS] = "import_accounts",
    [ACT_KICK] = "kick",
    [ACT_TERMINALS] = "terminals",
    [ACT_STAY] = "stay",
    [ACT_RETURN] = "return",
    [ACT_MAKE_GROUPS] = "make_groups",
    [ACT_IMPORT_GROUPS] = "import_groups",
    [ACT_DISSOLVE_GROUPS] = "dissolve_groups",
    [ACT_CRASH] = "crash",
    [ACT_CHECKPOINT] = "checkpoint",
};

const char *const scenario_group_types[] = {"Private",   "Public",    "ChatRoom", "AVChatRoom",
                                            "BChatRoom", "Community", NULL};

const char *scenario_act_name(unsigned act)
{
    return act < ACT_COUNT ? act_names[act] : NULL;
}

/* ---- readers of one member ---- */

static bool two_digits(const char *p, uint32_t below, uint32_t *ret)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    *ret = (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
    return *ret < below;
}

static bool read_time(char *problem, json_t *value, const char *place, void *into)
{
    struct span text = plan_text(value);
    uint32_t hour, minute, second = 0;

    if ((text.n == 5 || text.n == 8) && text.p[2] == ':' && two_digits(text.p, 24, &hour) &&
        two_digits(text.p + 3, 60, &minute) &&
        (text.n == 5 || (text.p[5] == ':' && two_digits(text.p + 6, 60, &second)))) {
        *(uint32_t *)into = hour * 3600 + minute * 60 + second;
        return true;
    }
    return plan_problem(problem, place, "must be a time such as \"23:50\" or \"23:50:30\"");
}

static bool read_limit(char *problem, json_t *value, const char *place, void *into)
{
    struct span text = plan_text(value);
    uint8_t number;

    if (text.n >= SCENARIO_LIMIT_MAX || !entitlement_find_name(text, &number))
        return plan_problem(problem, place, "is no limit, cap or service of a plan");
    memcpy(into, text.p, text.n);
    return true;
}

static bool read_platforms(char *problem, json_t *value, const char *place, void *into)
{
    static const struct {
        const char *name;
        uint8_t platform;
    } platforms[] = {{"android", PLATFORM_ANDROID}, {"iphone", PLATFORM_IPHONE},
                     {"ipad", PLATFORM_IPAD},       {"windows", PLATFORM_WINDOWS},
                     {"mac", PLATFORM_MAC},         {"web", PLATFORM_WEB}};
    struct scenario_event *event = into;
    uint32_t count;

    if (!scenario_read_array(problem, value, place, SCENARIO_MAX_PLATFORMS, &count))
        return false;
    if (!count)
        return plan_problem(problem, place, "must name at least one platform");
    for (uint32_t i = 0; i < count; i++) {
        struct span name = plan_text(json_array_get(value, i));

        for (size_t j = 0; j < sizeof(platforms) / sizeof(platforms[0]); j++) {
            if (span_is(name, platforms[j].name))
                event->platforms[i] = platforms[j].platform;
        }
        if (!event->platforms[i])
            return plan_problem(problem, place,
                                "must be platforms: android, iphone, ipad, windows, mac, web");
    }
    event->platform_count = (uint8_t)count;
    return true;
}

static bool read_contract(char *problem, json_t *value, const char *place, void *into)
{
    char inner[PLAN_PROBLEM_BYTES];
    struct contract contract;
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    bool good = text && contract_parse(span_of(text), &contract, inner) == IM_OK;

    *(char **)into = text;
    return good || plan_problem(problem, place, "%.150s", text ? inner : "cannot be read");
}

/* ---- one event ---- */

#define AT(member) offsetof(struct scenario_event, member)
#define NUMBER(member, low, high) PLAN_NUMBER(struct scenario_event, member, #member, low, high)
#define COMMON                                      \
    PLAN_CUSTOM(AT(day), "day", scenario_read_day), \
        PLAN_OPTIONAL_CUSTOM(AT(second), "at", read_time), PLAN_ONLY("do", act_names)
#define LIMIT_AND_VALUE \
    PLAN_CUSTOM(AT(limit), "limit", read_limit), NUMBER(value, 0, PLAN_MAX_NUMBER)
#define ACCOUNTS NUMBER(accounts, 1, SCENARIO_MAX_ACCOUNTS)
#define GROUP_COUNT NUMBER(count, 1, SCENARIO_MAX_A_DAY)
#define OPTIONAL_TYPE                                                      \
    {                                                                      \
        .name = "type", .kind = PLAN_FIELD_CHOICE,                         \
        .offset = PLAN_OFFSET(struct scenario_event, group_type, uint8_t), \
        .choices = scenario_group_types, .optional = true                  \
    }

static const struct plan_field limit_fields[] = {COMMON, LIMIT_AND_VALUE, PLAN_END};
static const struct plan_field confirm_fields[] = {
    COMMON,
    NUMBER(ticket, 1, UINT32_MAX),
    {.name = "value",
     .kind = PLAN_FIELD_NUMBER,
     .offset = PLAN_OFFSET(struct scenario_event, value, uint64_t),
     .min = 1,
     .max = PLAN_MAX_NUMBER,
     .optional = true},
    PLAN_END,
};
static const struct plan_field refuse_fields[] = {COMMON, NUMBER(ticket, 1, UINT32_MAX), PLAN_END};
static const struct plan_field contract_fields[] = {
    COMMON, PLAN_CUSTOM(AT(contract), "contract", read_contract), PLAN_END};
static const struct plan_field issue_fields[] = {
    COMMON, PLAN_CUSTOM(AT(month), "month", scenario_read_month), PLAN_END};
static const struct plan_field calls_fields[] = {COMMON, NUMBER(per_second, 1, 100000),
                                                 NUMBER(seconds, 1, 3600), PLAN_END};
static const struct plan_field count_fields[] = {COMMON, GROUP_COUNT, PLAN_END};
static const struct plan_field accounts_fields[] = {COMMON, ACCOUNTS, PLAN_END};
static const struct plan_field terminals_fields[] = {
    COMMON, ACCOUNTS, PLAN_CUSTOM(0, "platforms", read_platforms), PLAN_END};
static const struct plan_field make_fields[] = {COMMON, GROUP_COUNT, OPTIONAL_TYPE, PLAN_END};
static const struct plan_field crash_fields[] = {
    COMMON, PLAN_BOOL(struct scenario_event, checkpoint, "checkpoint"), PLAN_END};
static const struct plan_field plain_fields[] = {COMMON, PLAN_END};

static const struct plan_field *const fields_of[ACT_COUNT] = {
    [ACT_SET_LIMIT] = limit_fields,
    [ACT_OPEN_TICKET] = limit_fields,
    [ACT_CONFIRM_TICKET] = confirm_fields,
    [ACT_REFUSE_TICKET] = refuse_fields,
    [ACT_FILE_CONTRACT] = contract_fields,
    [ACT_ISSUE_BILL] = issue_fields,
    [ACT_CALLS] = calls_fields,
    [ACT_IMPORT_ACCOUNTS] = accounts_fields,
    [ACT_KICK] = accounts_fields,
    [ACT_TERMINALS] = terminals_fields,
    [ACT_STAY] = accounts_fields,
    [ACT_RETURN] = plain_fields,
    [ACT_MAKE_GROUPS] = make_fields,
    [ACT_IMPORT_GROUPS] = make_fields,
    [ACT_DISSOLVE_GROUPS] = count_fields,
    [ACT_CRASH] = crash_fields,
    [ACT_CHECKPOINT] = plain_fields,
};

static bool find_act(char *problem, json_t *value, const char *place, uint8_t *ret_act)
{
    struct span name = plan_text(json_object_get(value, "do"));
    char at[PLAN_PLACE_BYTES];

    if (!json_is_object(value))
        return plan_problem(problem, place, "must be an object");
    snprintf(at, sizeof(at), "%.100s.do", place);
    for (uint8_t act = 0; act < ACT_COUNT; act++) {
        if (span_is(name, act_names[act])) {
            *ret_act = act;
            return true;
        }
    }
    return plan_problem(problem, at, "says nothing that can be done; see docs/simulate.md");
}

static bool read_event(char *problem, json_t *value, const char *place,
                       struct scenario_event *event)
{
    uint8_t act = ACT_COUNT;

    if (!find_act(problem, value, place, &act))
        return false;
    event->act = act;
    event->second = NOON_S;
    if (!plan_read_object(problem, value, place, fields_of[act], event))
        return false;
    if (event->seconds + event->second > DAY_S)
        return plan_problem(problem, place, "goes on into the next day");
    return true;
}

static int earlier_event(const void *a, const void *b)
{
    const struct scenario_event *x = a, *y = b;

    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (x->second != y->second)
        return x->second < y->second ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

bool scenario_read_events(char *problem, json_t *value, const char *place, void *into)
{
    struct scenario *scenario = into;
    char at[PLAN_PLACE_BYTES];
    uint32_t count;

    if (!scenario_read_array(problem, value, place, SCENARIO_MAX_EVENTS, &count))
        return false;
    scenario->events = mem_zalloc((count + 1) * sizeof(*scenario->events));
    scenario->event_count = count;
    for (uint32_t i = 0; i < count; i++) {
        scenario_place(at, place, i);
        scenario->events[i].index = i;
        if (!read_event(problem, json_array_get(value, i), at, &scenario->events[i]))
            return false;
    }
    qsort(scenario->events, count, sizeof(*scenario->events), earlier_event);
    return true;
}

/* ---- expectations ---- */

static bool read_total(char *problem, json_t *value, const char *place, void *into)
{
    struct scenario_expect *expect = into;

    expect->has_total = true;
    expect->no_total = json_is_null(value);
    if (expect->no_total)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return plan_problem(problem, place,
                            "must be fen, a whole number, or null where a contract is needed");
    expect->total_fen = json_integer_value(value);
    return true;
}

static bool read_peak(char *problem, json_t *value, const char *place, void *into)
{
    struct scenario_expect *expect = into;

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return plan_problem(problem, place, "must be a whole number");
    expect->has_peak = true;
    expect->peak_dau = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_state(char *problem, json_t *value, const char *place, void *into)
{
    struct scenario_expect *expect = into;

    for (uint8_t state = 0; state <= BILL_VOID; state++) {
        if (span_is(plan_text(value), bill_state_name(state))) {
            expect->has_state = true;
            expect->state = state;
            return true;
        }
    }
    return plan_problem(problem, place, "must be open, draft, issued, paid or void");
}

static bool read_line(char *problem, const char *place, const char *name, json_t *value,
                      struct scenario_expect *expect)
{
    char at[PLAN_PLACE_BYTES];

    snprintf(at, sizeof(at), "%.80s.%.40s", place, name);
    for (uint8_t item = 0; item < BILL_LINE_COUNT; item++) {
        if (strcmp(bill_item_name((enum bill_item)item), name) != 0)
            continue;
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return plan_problem(problem, at, "must be fen, a whole number");
        expect->lines[expect->line_count++] =
            (struct scenario_expect_line){item, json_integer_value(value)};
        return true;
    }
    return plan_problem(problem, at, "is no line of a bill");
}

static bool read_lines(char *problem, json_t *value, const char *place, void *into)
{
    if (!json_is_object(value))
        return plan_problem(problem, place, "must be an object");
    for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at)) {
        if (!read_line(problem, place, json_object_iter_key(at), json_object_iter_value(at), into))
            return false;
    }
    return true;
}

static const struct plan_field expect_fields[] = {
    PLAN_OPTIONAL_CUSTOM(0, "total_fen", read_total),
    PLAN_OPTIONAL_CUSTOM(0, "peak_dau", read_peak),
    PLAN_OPTIONAL_CUSTOM(0, "state", read_state),
    PLAN_OPTIONAL_CUSTOM(0, "lines", read_lines),
    PLAN_END,
};

bool scenario_read_expects(char *problem, json_t *value, const char *place, void *into)
{
    struct scenario *scenario = into;

    if (!json_is_object(value))
        return plan_problem(problem, place, "must be an object with a member for each month");
    scenario->expects = mem_zalloc((json_object_size(value) + 1) * sizeof(*scenario->expects));
    for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at)) {
        struct scenario_expect *expect = &scenario->expects[scenario->expect_count];
        const char *name = json_object_iter_key(at);
        char inner[PLAN_PLACE_BYTES];

        snprintf(inner, sizeof(inner), "%.60s.%.40s", place, name);
        if (!month_parse(span_of(name), &expect->month))
            return plan_problem(problem, inner, "must be a month such as \"2026-01\"");
        scenario->expect_count++;
        if (!plan_read_object(problem, json_object_iter_value(at), inner, expect_fields, expect))
            return false;
    }
    return true;
}
