/* Entitlements: their names, what the plan gives, what is in force. */
#include "core/quota/entitlement.h"

#include "base/check.h"
#include "core/billing/plans.h"
#include "core/quota/rows.h"

static const char *const cap_names[ENTITLEMENT_END] = {
    [CAP_ACCOUNTS] = "accounts",
    [CAP_FRIENDS_PER_ACCOUNT] = "friends_per_account",
    [CAP_GROUPS_PER_ACCOUNT] = "groups_per_account",
    [CAP_GROUPS] = "groups",
    [CAP_AV_CHAT_ROOMS] = "av_chat_rooms",
    [CAP_B_CHAT_ROOMS] = "b_chat_rooms",
    [CAP_MEMBERS_OF_PRIVATE] = "members_of_private",
    [CAP_MEMBERS_OF_PUBLIC] = "members_of_public",
    [CAP_MEMBERS_OF_CHAT_ROOM] = "members_of_chat_room",
    [CAP_MEMBERS_OF_AV_CHAT_ROOM] = "members_of_av_chat_room",
    [CAP_MEMBERS_OF_B_CHAT_ROOM] = "members_of_b_chat_room",
    [SERVICE_ALL_MEMBER_PUSH] = "all_member_push",
    [SERVICE_GROUP_COUNTERS] = "group_counters",
    [SERVICE_ROOM_BANS] = "room_bans",
    [SERVICE_ROOM_BROADCASTS] = "room_broadcasts",
};

const char *entitlement_name(unsigned entitlement)
{
    if (entitlement < LIMIT_COUNT)
        return limit_name((enum limit)entitlement);
    return entitlement < ENTITLEMENT_END ? cap_names[entitlement] : NULL;
}

bool entitlement_find_name(struct span name, uint8_t *ret_entitlement)
{
    for (uint8_t i = 0; i < ENTITLEMENT_END; i++) {
        if (entitlement_name(i) && span_is(name, entitlement_name(i))) {
            *ret_entitlement = i;
            return true;
        }
    }
    return false;
}

uint64_t entitlement_of_plan(const struct plan *plan, uint8_t entitlement)
{
    const struct plan_caps *caps = &plan->caps;
    const struct plan_services *services = &plan->services;

    if (entitlement < LIMIT_COUNT)
        return plan_included(plan, (enum limit)entitlement);
    switch ((enum entitlement)entitlement) {
    case CAP_ACCOUNTS:
        return caps->accounts;
    case CAP_FRIENDS_PER_ACCOUNT:
        return caps->friends_per_account;
    case CAP_GROUPS_PER_ACCOUNT:
        return caps->groups_per_account;
    case CAP_GROUPS:
        return caps->groups;
    case CAP_AV_CHAT_ROOMS:
        return caps->av_chat_rooms;
    case CAP_B_CHAT_ROOMS:
        return caps->b_chat_rooms;
    case CAP_MEMBERS_OF_PRIVATE:
        return caps->members_of_private;
    case CAP_MEMBERS_OF_PUBLIC:
        return caps->members_of_public;
    case CAP_MEMBERS_OF_CHAT_ROOM:
        return caps->members_of_chat_room;
    case CAP_MEMBERS_OF_AV_CHAT_ROOM:
        return caps->members_of_av_chat_room;
    case CAP_MEMBERS_OF_B_CHAT_ROOM:
        return caps->members_of_b_chat_room;
    case SERVICE_ALL_MEMBER_PUSH:
        return services->all_member_push;
    case SERVICE_GROUP_COUNTERS:
        return services->group_counters;
    case SERVICE_ROOM_BANS:
        return services->room_bans;
    case SERVICE_ROOM_BROADCASTS:
        return services->room_broadcasts;
    case ENTITLEMENT_END:
        break;
    }
    CHECK(false);
    return 0;
}

/* ---- what is in force ---- */

static const struct app_row *app_find(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *row;

    return row_find(shard, row_key_app(&key, app), &row, NULL) == STATE_HIT ? row : NULL;
}

static enum state_found plan_of(struct shard *shard, const struct app_row *app,
                                const struct plan **ret_plan)
{
    return plans_find(shard, (struct span){app->plan_id, strnlen(app->plan_id, PLAN_ID_MAX)},
                      ret_plan);
}

/* The row of a cap or service; NULL: the plan decides, or shard_missing(). */
static const struct grant_row *grant_find(struct shard *shard, struct app_id app,
                                          const struct app_row *app_row, uint8_t entitlement)
{
    struct row_key key;
    const void *row;

    if (!app_row->has_grants)
        return NULL;
    return row_find(shard, row_key_grant(&key, app, entitlement), &row, NULL) == STATE_HIT ? row
                                                                                           : NULL;
}

enum state_found entitlement_get(struct shard *shard, struct app_id app, uint8_t entitlement,
                                 struct entitlement_value *ret_value)
{
    const struct app_row *row = app_find(shard, app);
    const struct grant_row *grant;
    const struct plan *plan;
    enum state_found found;

    CHECK(entitlement_name(entitlement));
    if (!row)
        return shard_missing(shard) ? STATE_UNKNOWN : STATE_ABSENT;
    if (entitlement < LIMIT_COUNT) {
        const struct limit_value *limit = &row->limits[entitlement];

        *ret_value = (struct entitlement_value){
            .value = limit_in_force((enum limit)entitlement, limit->value),
            .since_us = limit->since_us,
            .source = limit->source,
            .document = limit->document};
        return STATE_HIT;
    }
    grant = grant_find(shard, app, row, entitlement);
    if (grant && grant->source != LIMIT_FROM_PLAN) {
        *ret_value = (struct entitlement_value){.value = grant->value,
                                                .since_us = grant->since_us,
                                                .source = grant->source,
                                                .document = grant->document};
        return STATE_HIT;
    }
    found = plan_of(shard, row, &plan);
    if (found != STATE_HIT || shard_missing(shard))
        return shard_missing(shard) ? STATE_UNKNOWN : found;
    *ret_value = (struct entitlement_value){.value = entitlement_of_plan(plan, entitlement),
                                            .since_us = grant ? grant->since_us : row->created_us,
                                            .source = LIMIT_FROM_PLAN};
    return STATE_HIT;
}

uint64_t cap_of(struct shard *shard, struct app_id app, uint8_t entitlement)
{
    struct entitlement_value value;

    switch (entitlement_get(shard, app, entitlement, &value)) {
    case STATE_HIT:
        return value.value;
    case STATE_ABSENT:
        return PLAN_UNLIMITED;
    case STATE_UNKNOWN:
        break;
    }
    return 0;
}
