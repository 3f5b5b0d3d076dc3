/*
 * Call limits by the app's plan. Plans name the commands that are exceptions; here each of their
 * numbers is looked up once a plan, so that admitting a call compares no names.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "core/billing/plans.h"
#include "core/quota/limit.h"
#include "core/shard_internal.h"

struct call_plans {
    struct call_plans *next;
    const struct plan *plan; /* kept by the shard for as long as it lives */
    uint32_t count;
    const char *names[]; /* by command number: as the plan names it, "" where it does not */
};

void call_plans_free(struct call_plans *plans)
{
    while (plans) {
        struct call_plans *gone = plans;

        plans = gone->next;
        free(gone);
    }
}

static uint16_t number_of(const struct shard *shard, const struct plan_call_exception *exception)
{
    return shard->config.command_number ? shard->config.command_number(span_of(exception->command))
                                        : 0;
}

static const struct call_plans *add(struct shard *shard, const struct plan *plan)
{
    const struct plan_calls *calls = &plan->calls;
    struct call_plans *added;
    uint32_t count = 1;

    for (uint32_t i = 0; i < calls->exception_count; i++) {
        uint32_t number = number_of(shard, &calls->exceptions[i]);

        if (number >= count)
            count = number + 1;
    }
    added = mem_alloc(sizeof(*added) + count * sizeof(added->names[0]));
    *added = (struct call_plans){.next = shard->call_plans, .plan = plan, .count = count};
    for (uint32_t i = 0; i < count; i++)
        added->names[i] = "";
    /* Commands that this version does not have are number 0, which nobody calls. */
    for (uint32_t i = 0; i < calls->exception_count; i++)
        added->names[number_of(shard, &calls->exceptions[i])] = calls->exceptions[i].command;
    shard->call_plans = added;
    return added;
}

static const struct call_plans *get(struct shard *shard, const struct plan *plan)
{
    for (const struct call_plans *p = shard->call_plans; p; p = p->next) {
        if (p->plan == plan)
            return p;
    }
    return add(shard, plan);
}

bool call_limits_find(struct shard *shard, struct app_id app, const struct operation *operation,
                      struct call_limits *ret_limits)
{
    uint64_t rate = limit_of(shard, app, LIMIT_CALL_RATE);
    const struct call_plans *calls;
    const struct app_row *row;
    const struct plan *plan;
    struct row_key key;
    const void *value;
    enum state_found found;

    /* An app that does not exist may do nothing; one whose plan this version cannot read has the
       ratio of the first plans. */
    *ret_limits = (struct call_limits){rate, rate * 10};
    if (row_find(shard, row_key_app(&key, app), &value, NULL) != STATE_HIT)
        return true;
    row = value;
    found = plans_find(
        shard, (struct span){row->plan_id, strnlen(row->plan_id, sizeof(row->plan_id))}, &plan);
    if (found != STATE_HIT)
        return found == STATE_ABSENT;
    calls = get(shard, plan);
    ret_limits->of_command = plan_calls_of_command(
        plan, span_of(operation->number < calls->count ? calls->names[operation->number] : ""),
        rate);
    ret_limits->of_app = plan_calls_of_app(plan, rate);
    return true;
}
