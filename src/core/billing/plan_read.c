#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "core/billing/plan_field.h"
#include "core/usage/calendar.h"

/* ---- what a plan file holds (docs/price-plan.md, "The plan file") ---- */

static const char *const tier_charge_names[] = {"free", "per_unit", "contract", NULL};
static const char *const service_charge_names[] = {"when_used", "when_granted", NULL};
static const char *const grant_names[] = {"whole_steps", "exact", NULL};
static const char *const minimum_names[] = {"where_charged", "always", NULL};
static const char *const counted_names[] = {"granted_limit", "month_end", "peak", NULL};
static const char *const conversation_names[] = {"c2c", "c2c_and_groups", NULL};

/* How usage is counted. This version counts in one way; a file that expects another is refused
   rather than billed wrongly. */
static const struct plan_field metering_fields[] = {
    PLAN_ONLY("dau", PLAN_WORD("accounts_that_logged_in")),
    PLAN_ONLY("dau_of_month", PLAN_WORD("highest_day")),
    PLAN_ONLY("deleted_or_banned_later", PLAN_WORD("counts")),
    PLAN_ONLY("server_call_for_an_account", PLAN_WORD("no_login")),
    PLAN_ONLY("session_over_midnight", PLAN_WORD("no_login")),
    PLAN_ONLY("limit_of_month", PLAN_WORD("highest_in_force")),
    PLAN_ONLY("limit_lowered", PLAN_WORD("from_next_month")),
    PLAN_ONLY("replaced_terminal", PLAN_WORD("never_a_second")),
    PLAN_ONLY("groups_of_day", PLAN_WORD("made_minus_dissolved")),
    PLAN_ONLY("push_belongs_to", PLAN_WORD("acceptance")),
    PLAN_ONLY("refused", PLAN_WORD("free")),
    PLAN_END,
};

/* A tier as the file gives it: both ends, and whether each belongs to it. */
struct tier_text {
    uint64_t from;
    uint64_t to;
    bool from_closed;
    bool to_closed;
    uint8_t charge;
    int64_t unit_price_fen;
};

#define TIER_FIELDS                                                                                \
    PLAN_NUMBER(struct tier_text, from, "from", 0, PLAN_MAX_NUMBER),                               \
        PLAN_BOOL(struct tier_text, from_closed, "from_closed"),                                   \
        PLAN_CAP(struct tier_text, to, "to"), PLAN_BOOL(struct tier_text, to_closed, "to_closed"), \
        PLAN_CHOICE(struct tier_text, charge, "charge", tier_charge_names)

static const struct plan_field unpriced_tier_fields[] = {TIER_FIELDS, PLAN_END};
static const struct plan_field priced_tier_fields[] = {
    TIER_FIELDS,
    PLAN_FEN(struct tier_text, unit_price_fen, "unit_price_fen"),
    PLAN_END,
};

static bool read_tiers(char *problem, json_t *value, const char *place, void *into);

static const struct plan_field dau_fields[] = {
    PLAN_CHOICE(struct plan_dau, quantity, "charged_quantity", plan_quantity_names),
    PLAN_NUMBER(struct plan_dau, included, "included", 0, PLAN_MAX_NUMBER),
    PLAN_NUMBER(struct plan_dau, unit, "unit", 1, PLAN_MAX_NUMBER),
    PLAN_CHOICE(struct plan_dau, round, "part_of_unit", plan_round_names),
    PLAN_CUSTOM(0, "tiers", read_tiers),
    PLAN_END,
};

/* Behind which messages it keeps. */
#define ROAMING_FIELDS                                                                             \
    PLAN_NUMBER(struct plan_roaming, included_days, "included_days", 1, 3660),                     \
        PLAN_NUMBER(struct plan_roaming, days_per_month, "days_per_month", 28, 31),                \
        PLAN_CHOICE(struct plan_roaming, quantity, "charged_quantity", plan_quantity_names),       \
        PLAN_NUMBER(struct plan_roaming, included_months, "included_months", 0, 1200),             \
        PLAN_NUMBER(struct plan_roaming, months_per_unit, "months_per_unit", 1, 1200),             \
        PLAN_CHOICE(struct plan_roaming, round, "part_of_unit", plan_round_names),                 \
        PLAN_ONLY("dau_of", PLAN_WORD("same_month")),                                              \
        PLAN_NUMBER(struct plan_roaming, dau_unit, "dau_unit", 1, PLAN_MAX_NUMBER),                \
        PLAN_CHOICE(struct plan_roaming, dau_round, "part_of_dau_unit", plan_round_names),         \
        PLAN_NUMBER(struct plan_roaming, dau_units_min, "dau_units_at_least", 0, PLAN_MAX_NUMBER), \
        PLAN_FEN(struct plan_roaming, unit_price_fen, "unit_price_fen")

static const struct plan_field roaming_fields_1[] = {
    PLAN_ONLY("conversations", PLAN_WORD("c2c")),
    ROAMING_FIELDS,
    PLAN_END,
};
static const struct plan_field roaming_fields_2[] = {
    PLAN_CHOICE(struct plan_roaming, conversations, "conversations", conversation_names),
    ROAMING_FIELDS,
    PLAN_END,
};

static const struct plan_field multi_terminal_fields[] = {
    PLAN_CHOICE(struct plan_multi_terminal, charged, "charged", service_charge_names),
    PLAN_FEN(struct plan_multi_terminal, fee_fen, "fee_fen"),
    PLAN_END,
};

static const struct plan_field push_fields[] = {
    PLAN_NUMBER(struct plan_push, free_below_targets, "free_below_targets", 1, PLAN_MAX_NUMBER),
    PLAN_NUMBER(struct plan_push, included_per_day, "included_per_day", 0, PLAN_MAX_NUMBER),
    PLAN_CHOICE(struct plan_push, more_charged, "more_per_day_charged", service_charge_names),
    PLAN_FEN(struct plan_push, fee_fen, "fee_fen"),
    PLAN_END,
};

#define STEP_LINE_FIELDS                                                                   \
    PLAN_CHOICE(struct plan_step_line, quantity, "charged_quantity", plan_quantity_names), \
        PLAN_NUMBER(struct plan_step_line, included, "included", 0, PLAN_MAX_NUMBER),      \
        PLAN_NUMBER(struct plan_step_line, step, "step", 1, PLAN_MAX_NUMBER),              \
        PLAN_CHOICE(struct plan_step_line, grant, "granted", grant_names),                 \
        PLAN_CHOICE(struct plan_step_line, round, "part_of_step", plan_round_names),       \
        PLAN_FEN(struct plan_step_line, unit_price_fen, "unit_price_fen"),                 \
        PLAN_FEN(struct plan_step_line, minimum_fen, "minimum_fen"),                       \
        PLAN_CHOICE(struct plan_step_line, minimum, "minimum_applies", minimum_names)

static const struct plan_field step_line_fields[] = {STEP_LINE_FIELDS, PLAN_END};
static const struct plan_field counted_line_fields[] = {
    PLAN_CHOICE(struct plan_step_line, counted, "counted", counted_names),
    STEP_LINE_FIELDS,
    PLAN_END,
};

#define RATIO_FIELDS(type, member)                     \
    PLAN_NUMBER(type, member times, "times", 1, 1000), \
        PLAN_NUMBER(type, member divided_by, "divided_by", 1, 1000)

static bool read_command(char *problem, json_t *value, const char *place, void *into);
static bool read_exceptions(char *problem, json_t *value, const char *place, void *into);

static const struct plan_field ratio_fields[] = {RATIO_FIELDS(struct plan_ratio, ), PLAN_END};
static const struct plan_field exception_fields[] = {
    PLAN_CUSTOM(offsetof(struct plan_call_exception, command), "command", read_command),
    RATIO_FIELDS(struct plan_call_exception, ratio.),
    PLAN_END,
};

static const struct plan_field calls_fields[] = {
    PLAN_OBJECT(struct plan_calls, app, "app", ratio_fields),
    PLAN_OBJECT(struct plan_calls, command, "command", ratio_fields),
    PLAN_CUSTOM(0, "exceptions", read_exceptions),
    PLAN_END,
};

static const struct plan_field caps_fields[] = {
    PLAN_CAP(struct plan_caps, accounts, "accounts"),
    PLAN_CAP(struct plan_caps, friends_per_account, "friends_per_account"),
    PLAN_CAP(struct plan_caps, groups_per_account, "groups_per_account"),
    PLAN_CAP(struct plan_caps, groups, "groups"),
    PLAN_CAP(struct plan_caps, av_chat_rooms, "av_chat_rooms"),
    PLAN_CAP(struct plan_caps, b_chat_rooms, "b_chat_rooms"),
    PLAN_CAP(struct plan_caps, members_of_private, "members_of_private"),
    PLAN_CAP(struct plan_caps, members_of_public, "members_of_public"),
    PLAN_CAP(struct plan_caps, members_of_chat_room, "members_of_chat_room"),
    PLAN_CAP(struct plan_caps, members_of_av_chat_room, "members_of_av_chat_room"),
    PLAN_CAP(struct plan_caps, members_of_b_chat_room, "members_of_b_chat_room"),
    PLAN_END,
};

static const struct plan_field services_fields[] = {
    PLAN_BOOL(struct plan_services, all_member_push, "all_member_push"),
    PLAN_BOOL(struct plan_services, group_counters, "group_counters"),
    PLAN_BOOL(struct plan_services, room_bans, "room_bans"),
    PLAN_BOOL(struct plan_services, room_broadcasts, "room_broadcasts"),
    PLAN_END,
};

static const struct plan_field edition_fields[] = {
    PLAN_CUSTOM(offsetof(struct plan_edition, name), "name", plan_read_id),
    PLAN_ONLY("paid", PLAN_WORD("in_advance")),
    PLAN_FEN(struct plan_edition, fee_fen, "fee_fen"),
    PLAN_END,
};

static const struct plan_field pack_fields[] = {
    PLAN_CUSTOM(offsetof(struct plan_pack, id), "id", plan_read_id),
    PLAN_CUSTOM(offsetof(struct plan_pack, kind), "kind", plan_read_id),
    PLAN_FEN(struct plan_pack, fee_fen, "fee_fen"),
    PLAN_CAP_FROM(struct plan_pack, groups, "groups", 1),
    PLAN_CUSTOM(offsetof(struct plan_pack, gives), "gives", plan_read_gifts),
    PLAN_END,
};

static const struct plan_field bandwidth_fields[] = {
    PLAN_ONLY("of", PLAN_WORD("av_chat_rooms")),
    PLAN_ONLY("measured", PLAN_WORD("daily_peak_mbps")),
    PLAN_ONLY("part_of_mbps", PLAN_WORD("up")),
    PLAN_FEN(struct plan_bandwidth, unit_price_fen, "unit_price_fen"),
    PLAN_CAP(struct plan_bandwidth, abroad_unit_price_fen, "abroad_unit_price_fen"),
    PLAN_END,
};

static bool read_time_zone(char *problem, json_t *value, const char *place, void *into);
static bool read_packs(char *problem, json_t *value, const char *place, void *into);
static bool read_bandwidth(char *problem, json_t *value, const char *place, void *into);

static bool read_format(char *problem, json_t *value, const char *place, void *into);

/* What both formats have. */
#define PLAN_FIELDS(roaming_fields, groups_total_fields)                                      \
    PLAN_ONLY("currency", PLAN_WORD("CNY")), PLAN_ONLY("cycle", PLAN_WORD("calendar_month")), \
        PLAN_CUSTOM(offsetof(struct plan, time_zone), "time_zone", read_time_zone),           \
        PLAN_OBJECT(struct plan, id, "metering", metering_fields),                            \
        PLAN_OBJECT(struct plan, dau, "dau", dau_fields),                                     \
        PLAN_OBJECT(struct plan, roaming, "roaming", roaming_fields),                         \
        PLAN_OBJECT(struct plan, multi_terminal, "multi_terminal", multi_terminal_fields),    \
        PLAN_OBJECT(struct plan, push, "push", push_fields),                                  \
        PLAN_OBJECT(struct plan, call_rate, "call_rate", step_line_fields),                   \
        PLAN_OBJECT(struct plan, groups_per_day, "groups_per_day", step_line_fields),         \
        PLAN_OBJECT(struct plan, groups_total, "groups_total", groups_total_fields),          \
        PLAN_OBJECT(struct plan, recents, "recents", step_line_fields),                       \
        PLAN_OBJECT(struct plan, calls, "calls", calls_fields),                               \
        PLAN_OBJECT(struct plan, caps, "caps", caps_fields),                                  \
        PLAN_OBJECT(struct plan, services, "services", services_fields)

static const struct plan_field plan_fields_1[] = {
    PLAN_CUSTOM(offsetof(struct plan, format), "format", read_format),
    PLAN_CUSTOM(offsetof(struct plan, id), "id", plan_read_id),
    PLAN_FIELDS(roaming_fields_1, step_line_fields),
    PLAN_END,
};
static const struct plan_field plan_fields_2[] = {
    PLAN_CUSTOM(offsetof(struct plan, format), "format", read_format),
    PLAN_CUSTOM(offsetof(struct plan, id), "id", plan_read_id),
    PLAN_FIELDS(roaming_fields_2, counted_line_fields),
    PLAN_OBJECT(struct plan, edition, "edition", edition_fields),
    PLAN_CUSTOM(0, "packs", read_packs),
    PLAN_CUSTOM(offsetof(struct plan, bandwidth), "bandwidth", read_bandwidth),
    PLAN_END,
};

/* ---- members with rules of their own ---- */

static bool read_format(char *problem, json_t *value, const char *place, void *into)
{
    json_int_t format = json_is_integer(value) ? json_integer_value(value) : 0;

    if (format != 1 && format != 2)
        return plan_problem(problem, place, "must be 1 or 2, the formats that this version reads");
    *(uint8_t *)into = (uint8_t)format;
    return true;
}

static bool read_time_zone(char *problem, json_t *value, const char *place, void *into)
{
    struct span zone = plan_text(value);

    if (!zone_name_valid(zone))
        return plan_problem(problem, place, "must be a zone name such as \"Asia/Shanghai\"");
    memcpy(into, zone.p, zone.n);
    return true;
}

static bool read_command(char *problem, json_t *value, const char *place, void *into)
{
    struct span command = plan_text(value);
    const char *dot = command.n ? memchr(command.p, '.', command.n) : NULL;

    if (!dot || dot == command.p || dot == command.p + command.n - 1 ||
        command.n > PLAN_COMMAND_MAX || !plan_text_made_of(command, "_.") ||
        memchr(dot + 1, '.', (size_t)(command.p + command.n - dot - 1)))
        return plan_problem(problem, place, "must be a command such as \"openim.sendmsg\"");
    memcpy(into, command.p, command.n);
    return true;
}

static bool read_exceptions(char *problem, json_t *value, const char *place, void *into)
{
    struct plan_calls *calls = into;
    char inner[PLAN_PLACE_BYTES];

    if (!json_is_array(value) || json_array_size(value) > PLAN_MAX_CALL_EXCEPTIONS)
        return plan_problem(problem, place, "must be an array of at most %d objects",
                            PLAN_MAX_CALL_EXCEPTIONS);
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct plan_call_exception *exception = &calls->exceptions[i];

        snprintf(inner, sizeof(inner), "%s[%zu]", place, i);
        if (!plan_read_object(problem, json_array_get(value, i), inner, exception_fields,
                              exception))
            return false;
        for (size_t before = 0; before < i; before++)
            if (strcmp(calls->exceptions[before].command, exception->command) == 0)
                return plan_problem(problem, inner, "names %s a second time", exception->command);
        calls->exception_count++;
    }
    return true;
}

/* Turns open and closed ends into the first and the last number of the tier. */
static bool tier_of_text(char *problem, const char *place, const struct tier_text *text,
                         struct plan_tier *ret_tier)
{
    struct plan_tier tier = {.first = text->from + !text->from_closed,
                             .last = text->to - (text->to != PLAN_UNLIMITED && !text->to_closed),
                             .charge = text->charge,
                             .unit_price_fen = text->unit_price_fen};

    if (text->to == PLAN_UNLIMITED && text->to_closed)
        return plan_problem(problem, place, "has no end, so to_closed must be false");
    if ((text->to == 0 && !text->to_closed) || tier.last < tier.first)
        return plan_problem(problem, place, "holds no number");
    *ret_tier = tier;
    return true;
}

static bool tier_follows(char *problem, const char *place, const struct plan_tier *before,
                         const struct plan_tier *tier)
{
    if (!before)
        return tier->first == 0 ||
               plan_problem(problem, place, "is the first tier and must hold 0");
    if (tier->first <= before->last)
        return plan_problem(problem, place, "overlaps the tier before it: both hold %" PRIu64,
                            tier->first);
    return tier->first == before->last + 1 ||
           plan_problem(problem, place, "leaves a gap: no tier holds %" PRIu64, before->last + 1);
}

static bool read_tier(char *problem, json_t *value, const char *place,
                      const struct plan_tier *before, struct plan_tier *ret_tier)
{
    json_t *charge = json_object_get(value, "charge");
    bool priced = span_is(plan_text(charge), tier_charge_names[PLAN_TIER_PER_UNIT]);
    struct tier_text text = {0};

    return plan_read_object(problem, value, place,
                            priced ? priced_tier_fields : unpriced_tier_fields, &text) &&
           tier_of_text(problem, place, &text, ret_tier) &&
           tier_follows(problem, place, before, ret_tier);
}

static bool read_tiers(char *problem, json_t *value, const char *place, void *into)
{
    struct plan_dau *dau = into;
    size_t count = json_array_size(value);
    char inner[PLAN_PLACE_BYTES];

    if (!json_is_array(value) || count < 1 || count > PLAN_MAX_TIERS)
        return plan_problem(problem, place, "must be an array of 1 to %d tiers", PLAN_MAX_TIERS);
    for (size_t i = 0; i < count; i++) {
        snprintf(inner, sizeof(inner), "%s[%zu]", place, i);
        if (!read_tier(problem, json_array_get(value, i), inner, i ? &dau->tiers[i - 1] : NULL,
                       &dau->tiers[i]))
            return false;
        dau->tier_count++;
    }
    if (dau->tiers[count - 1].last != UINT64_MAX)
        return plan_problem(problem, inner, "is the last tier, so its \"to\" must be null");
    return true;
}

static bool read_packs(char *problem, json_t *value, const char *place, void *into)
{
    struct plan *plan = into;
    char inner[PLAN_PLACE_BYTES];

    if (!json_is_array(value) || json_array_size(value) > PLAN_MAX_PACKS)
        return plan_problem(problem, place, "must be an array of at most %d packs", PLAN_MAX_PACKS);
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct plan_pack *pack = &plan->packs[i];
        uint32_t before;

        snprintf(inner, sizeof(inner), "%s[%zu]", place, i);
        if (!plan_read_object(problem, json_array_get(value, i), inner, pack_fields, pack))
            return false;
        if (!pack->gives.count)
            return plan_problem(problem, inner, "gives nothing");
        if (plan_find_pack(plan, span_of(pack->id), &before))
            return plan_problem(problem, inner, "has the id %s a second time", pack->id);
        plan->pack_count++;
    }
    return true;
}

static bool read_bandwidth(char *problem, json_t *value, const char *place, void *into)
{
    struct plan_bandwidth *bandwidth = into;

    bandwidth->sold = !json_is_null(value);
    return !bandwidth->sold || plan_read_object(problem, value, place, bandwidth_fields, bandwidth);
}

static bool read_plan(char *problem, json_t *root, struct plan *ret_plan)
{
    json_t *format = json_object_get(root, "format");
    uint8_t number = 1;

    /* First, so that a plan of another format is not called a bad one of this. */
    if (format && !read_format(problem, format, "format", &number))
        return false;
    return plan_read_object(problem, root, "", number == 2 ? plan_fields_2 : plan_fields_1,
                            ret_plan);
}

enum im_err plan_parse(struct span file, struct plan *ret_plan, char problem[PLAN_PROBLEM_BYTES])
{
    struct plan plan = {0};
    json_t *root = plan_read_json(problem, file, PLAN_MAX_BYTES);
    bool valid = root && read_plan(problem, root, &plan);

    json_decref(root);
    if (!valid)
        return IM_ERR_INVALID;
    SHA256((const unsigned char *)file.p, file.n, plan.sha256);
    *ret_plan = plan;
    return IM_OK;
}
