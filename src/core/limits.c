#include "core/limits.h"

static const char *const names[LIMIT_COUNT] = {
    [LIMIT_ROAMING] = "roaming",
    [LIMIT_MULTI_TERMINAL] = "multi_terminal",
    [LIMIT_PUSH] = "push",
    [LIMIT_CALL_RATE] = "call_rate",
    [LIMIT_GROUPS_PER_DAY] = "groups_per_day",
    [LIMIT_GROUPS_TOTAL] = "groups_total",
    [LIMIT_RECENTS] = "recents",
    [LIMIT_GROUP_MESSAGES] = "group_messages",
};

const char *limit_name(enum limit limit)
{
    return (unsigned)limit < LIMIT_COUNT ? names[limit] : NULL;
}

bool limit_find(struct span name, enum limit *ret_limit)
{
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        if (names[i] && span_is(name, names[i])) {
            *ret_limit = (enum limit)i;
            return true;
        }
    }
    return false;
}

const char *limit_source_name(unsigned source)
{
    static const char *const sources[] = {"plan", "operator", "ticket", "contract"};

    return source < sizeof(sources) / sizeof(sources[0]) ? sources[source] : NULL;
}
