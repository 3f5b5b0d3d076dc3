#include "core/billing/contract.h"

#include <openssl/sha.h>
#include <stdio.h>

#include "core/billing/plan_field.h"
#include "core/usage/calendar.h"

/* ---- what a contract file holds (docs/price-plan.md, "The contract file") ---- */

static const char *const charged_names[] = {"every_month", "when_used", NULL};

static const struct plan_field fee_fields[] = {
    PLAN_CHOICE(struct contract_price, charged, "charged", charged_names),
    PLAN_FEN(struct contract_price, fee_fen, "fee_fen"),
    PLAN_END,
};

#define UNIT_FIELDS                                                                        \
    PLAN_CHOICE(struct contract_price, quantity, "charged_quantity", plan_quantity_names), \
        PLAN_NUMBER(struct contract_price, included, "included", 0, PLAN_MAX_NUMBER),      \
        PLAN_NUMBER(struct contract_price, unit, "unit", 1, PLAN_MAX_NUMBER),              \
        PLAN_CHOICE(struct contract_price, round, "part_of_unit", plan_round_names),       \
        PLAN_FEN(struct contract_price, unit_price_fen, "unit_price_fen"),                 \
        PLAN_FEN(struct contract_price, minimum_fen, "minimum_fen")

static const struct plan_field unit_fields[] = {UNIT_FIELDS, PLAN_END};
static const struct plan_field roaming_unit_fields[] = {
    UNIT_FIELDS,
    PLAN_CAP_FROM(struct contract_price, dau_unit, "dau_unit", 1),
    PLAN_END,
};

/* A line has one shape or the other; which one is told by fee_fen. */
static bool read_price(char *problem, json_t *value, const char *place,
                       const struct plan_field *units, struct contract_price *price)
{
    bool by_fee = !units || json_object_get(value, "fee_fen");

    price->kind = by_fee ? CONTRACT_FEE : CONTRACT_UNITS;
    price->dau_unit = PLAN_UNLIMITED;
    return plan_read_object(problem, value, place, by_fee ? fee_fields : units, price);
}

static bool read_any_price(char *problem, json_t *value, const char *place, void *into)
{
    return read_price(problem, value, place, unit_fields, into);
}

static bool read_roaming_price(char *problem, json_t *value, const char *place, void *into)
{
    return read_price(problem, value, place, roaming_unit_fields, into);
}

/* Of a line whose quantity is no number that could be sold in units. */
static bool read_fee(char *problem, json_t *value, const char *place, void *into)
{
    return read_price(problem, value, place, NULL, into);
}

#define PRICE_AT(item) (sizeof(struct contract_price) * (item))

static const struct plan_field line_fields[] = {
    PLAN_CUSTOM(PRICE_AT(BILL_DAU), "dau", read_any_price),
    PLAN_CUSTOM(PRICE_AT(BILL_ROAMING), "roaming", read_roaming_price),
    PLAN_CUSTOM(PRICE_AT(BILL_MULTI_TERMINAL), "multi_terminal", read_fee),
    PLAN_CUSTOM(PRICE_AT(BILL_PUSH), "push", read_fee),
    PLAN_CUSTOM(PRICE_AT(BILL_CALL_RATE), "call_rate", read_any_price),
    PLAN_CUSTOM(PRICE_AT(BILL_GROUPS_PER_DAY), "groups_per_day", read_any_price),
    PLAN_CUSTOM(PRICE_AT(BILL_GROUPS_TOTAL), "groups_total", read_any_price),
    PLAN_CUSTOM(PRICE_AT(BILL_RECENTS), "recents", read_any_price),
    PLAN_OPTIONAL_CUSTOM(PRICE_AT(BILL_PLAN), "plan", read_fee),
    PLAN_OPTIONAL_CUSTOM(PRICE_AT(BILL_PACKS), "packs", read_fee),
    PLAN_OPTIONAL_CUSTOM(PRICE_AT(BILL_BANDWIDTH), "bandwidth", read_any_price),
    PLAN_OPTIONAL_CUSTOM(PRICE_AT(BILL_BANDWIDTH_ABROAD), "bandwidth_abroad", read_any_price),
    PLAN_END,
};

static bool read_format(char *problem, json_t *value, const char *place, void *into)
{
    (void)into;
    if (!json_is_integer(value) || json_integer_value(value) != 1)
        return plan_problem(problem, place, "must be 1, the only format that this version reads");
    return true;
}

static bool read_month(char *problem, json_t *value, const char *place, void *into)
{
    return month_parse(plan_text(value), into) ||
           plan_problem(problem, place, "must be a month such as \"2026-11\"");
}

static bool read_last_month(char *problem, json_t *value, const char *place, void *into)
{
    if (json_is_null(value)) {
        *(uint32_t *)into = CONTRACT_OPEN;
        return true;
    }
    return month_parse(plan_text(value), into) ||
           plan_problem(problem, place, "must be a month such as \"2026-11\", or null");
}

#define COMMON_FIELDS                                                                             \
    PLAN_CUSTOM(0, "format", read_format),                                                        \
        PLAN_CUSTOM(offsetof(struct contract, id), "id", plan_read_id),                           \
        PLAN_ONLY("currency", PLAN_WORD("CNY")), PLAN_ONLY("cycle", PLAN_WORD("calendar_month")), \
        PLAN_CUSTOM(offsetof(struct contract, first_month), "from", read_month),                  \
        PLAN_CUSTOM(offsetof(struct contract, last_month), "to", read_last_month),                \
        PLAN_OPTIONAL_CUSTOM(offsetof(struct contract, limits), "limits", plan_read_gifts)

static const struct plan_field total_fields[] = {
    COMMON_FIELDS,
    PLAN_FEN(struct contract, total_fen, "total_fen"),
    PLAN_END,
};
static const struct plan_field priced_fields[] = {
    COMMON_FIELDS,
    PLAN_OBJECT(struct contract, prices, "lines", line_fields),
    PLAN_END,
};

static bool read_contract(char *problem, json_t *root, struct contract *ret_contract)
{
    bool by_total = json_object_get(root, "total_fen") != NULL;

    if (by_total && json_object_get(root, "lines"))
        return plan_problem(problem, "lines", "and total_fen exclude one another");
    if (!by_total && json_is_object(root) && !json_object_get(root, "lines"))
        return plan_problem(problem, "lines", "is missing, and so is total_fen");
    ret_contract->by_total = by_total;
    if (!plan_read_object(problem, root, "", by_total ? total_fields : priced_fields, ret_contract))
        return false;
    return ret_contract->last_month >= ret_contract->first_month ||
           plan_problem(problem, "to", "lies before from");
}

enum im_err contract_parse(struct span file, struct contract *ret_contract,
                           char problem[PLAN_PROBLEM_BYTES])
{
    struct contract contract = {0};
    json_t *root = plan_read_json(problem, file, CONTRACT_MAX_BYTES);
    bool valid = root && read_contract(problem, root, &contract);

    json_decref(root);
    if (!valid)
        return IM_ERR_INVALID;
    SHA256((const unsigned char *)file.p, file.n, contract.sha256);
    *ret_contract = contract;
    return IM_OK;
}

/* ---- */

bool contract_in_force(const struct contract *contract, uint32_t month)
{
    return month >= contract->first_month && month <= contract->last_month;
}

bool contract_fits(const struct contract *contract, const struct plan *plan,
                   char problem[PLAN_PROBLEM_BYTES])
{
    char place[PLAN_PLACE_BYTES];

    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        if (contract->prices[i].kind == CONTRACT_LIST || bill_has_line(plan, (enum bill_item)i))
            continue;
        snprintf(place, sizeof(place), "lines.%s", bill_item_name((enum bill_item)i));
        return plan_problem(problem, place, "is no line of the bills of plan %s", plan->id);
    }
    return true;
}
