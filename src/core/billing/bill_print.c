#include "core/billing/bill_print.h"

#include <inttypes.h>

/* "18,446,744,073,709,551,615" and its end. */
#define NUMBER_BYTES 32
#define HOW_BYTES 512

struct number_text {
    char text[NUMBER_BYTES];
};

/* Digits in groups of three, and hundredths behind a point if asked for. */
static struct number_text number_format(uint64_t number, bool hundredths)
{
    struct number_text reversed = {0};
    struct number_text ret = {0};
    size_t n = 0;
    size_t digits = 0;

    if (hundredths) {
        reversed.text[n++] = (char)('0' + number % 10);
        reversed.text[n++] = (char)('0' + number / 10 % 10);
        reversed.text[n++] = '.';
        number /= 100;
    }
    do {
        if (digits && digits % 3 == 0)
            reversed.text[n++] = ',';
        reversed.text[n++] = (char)('0' + number % 10);
        number /= 10;
        digits++;
    } while (number);
    for (size_t i = 0; i < n; i++)
        ret.text[i] = reversed.text[n - 1 - i];
    return ret;
}

#define COUNT(number) number_format((number), false).text
#define YUAN(fen) number_format((uint64_t)(fen), true).text

static void add_amount(struct buf *into, const struct bill *bill, int64_t amount_fen)
{
    if (bill->status == BILL_NEEDS_CONTRACT)
        BUF_LIT(into, "null");
    else
        buf_add_i64(into, amount_fen);
}

void bill_write_json(struct buf *into, const struct bill *bill)
{
    BUF_LIT(into, "{\"total_fen\":");
    add_amount(into, bill, bill->total_fen);
    buf_printf(into, ",\"status\":\"%s\",\"lines\":[",
               bill->status == BILL_OK ? "ok" : "needs_contract");
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        const struct bill_line *line = &bill->lines[i];

        buf_printf(into,
                   "%s{\"item\":\"%s\",\"quantity\":%" PRIu64 ",\"units\":%" PRIu64
                   ",\"amount_fen\":",
                   i ? "," : "", bill_item_name((enum bill_item)i), line->quantity, line->units);
        add_amount(into, bill, line->amount_fen);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]}");
}

/* ---- how each amount came about ---- */

static void how_dau(struct buf *how, const struct plan *plan, const struct bill_line *line)
{
    uint64_t dau = line->quantity;
    uint32_t i = 0;

    while (dau > plan->dau.tiers[i].last)
        i++;
    if (plan->dau.tiers[i].charge == PLAN_TIER_FREE)
        BUF_LIT(how, "free at this DAU");
    else
        buf_printf(how, "%s x %s DAU x %s", COUNT(line->units), COUNT(plan->dau.unit),
                   YUAN(plan->dau.tiers[i].unit_price_fen));
}

static void how_roaming(struct buf *how, const struct plan_roaming *plan, uint64_t peak_dau,
                        const struct bill_line *line)
{
    uint64_t dau_units = plan_units(peak_dau, plan->dau_unit, plan->dau_round);

    if (line->quantity <= plan->included_months) {
        buf_printf(how, "%s days included", COUNT(plan->included_days));
        return;
    }
    if (dau_units < plan->dau_units_min)
        dau_units = plan->dau_units_min;
    buf_printf(how, "%s x %s DAU x %s", COUNT(dau_units), COUNT(plan->dau_unit),
               COUNT(dau_units ? line->units / dau_units : 0));
    if (plan->months_per_unit == 3)
        BUF_LIT(how, " quarters");
    else
        buf_printf(how, " x %s months", COUNT(plan->months_per_unit));
    buf_printf(how, " x %s", YUAN(plan->unit_price_fen));
}

static void how_push(struct buf *how, const struct plan_push *plan, const struct month_usage *usage,
                     const struct bill_line *line)
{
    if (line->units == 0)
        buf_printf(how, "fewer than %s targets, up to %s a day", COUNT(plan->free_below_targets),
                   COUNT(plan->included_per_day));
    else if (usage->largest_push >= plan->free_below_targets)
        buf_printf(how, "%s targets or more in one push", COUNT(plan->free_below_targets));
    else
        buf_printf(how, "more than %s pushes a day", COUNT(plan->included_per_day));
}

static void how_step_line(struct buf *how, const struct plan_step_line *plan, const char *what,
                          const struct bill_line *line)
{
    int64_t steps_fen;

    if (line->units == 0 && line->quantity <= plan->included) {
        buf_printf(how, "up to %s %s included", COUNT(plan->included), what);
        if (line->amount_fen)
            buf_printf(how, ", minimum %s", YUAN(line->amount_fen));
        return;
    }
    buf_printf(how, "%s x %s %s x %s", COUNT(line->units), COUNT(plan->step), what,
               YUAN(plan->unit_price_fen));
    if (!__builtin_mul_overflow(line->units, plan->unit_price_fen, &steps_fen) &&
        steps_fen < line->amount_fen)
        buf_printf(how, ", minimum %s", YUAN(line->amount_fen));
}

static void add_how(struct buf *how, const struct plan *plan, const struct month_usage *usage,
                    const struct bill *bill, enum bill_item item)
{
    const struct bill_line *line = &bill->lines[item];

    if (bill->status == BILL_NEEDS_CONTRACT) {
        BUF_LIT(how, "by contract");
        return;
    }
    switch (item) {
    case BILL_DAU:
        how_dau(how, plan, line);
        break;
    case BILL_ROAMING:
        how_roaming(how, &plan->roaming, usage->peak_dau, line);
        break;
    case BILL_MULTI_TERMINAL:
        buf_printf(how, "%s", line->units ? "used" : "not used");
        break;
    case BILL_PUSH:
        how_push(how, &plan->push, usage, line);
        break;
    case BILL_CALL_RATE:
        how_step_line(how, &plan->call_rate, "calls/s", line);
        break;
    case BILL_GROUPS_PER_DAY:
        how_step_line(how, &plan->groups_per_day, "groups a day", line);
        break;
    case BILL_GROUPS_TOTAL:
        how_step_line(how, &plan->groups_total, "groups", line);
        break;
    case BILL_RECENTS:
        how_step_line(how, &plan->recents, "contacts", line);
        break;
    case BILL_LINE_COUNT:
        break;
    }
}

static const char *amount_text(const struct bill *bill, int64_t amount_fen,
                               struct number_text *room)
{
    if (bill->status == BILL_NEEDS_CONTRACT)
        return "-";
    *room = number_format((uint64_t)amount_fen, true);
    return room->text;
}

#define ROW_FORMAT "%-16s%14s  %-48s%16s\n"

void bill_write_table(struct buf *into, const struct plan *plan, const struct month_usage *usage,
                      const struct bill *bill)
{
    struct number_text room;
    struct buf how;

    buf_printf(into, "Plan %s, one calendar month, CNY\n\n", plan->id);
    buf_printf(into, ROW_FORMAT, "item", "quantity", "how", "amount");
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        const struct bill_line *line = &bill->lines[i];

        buf_init(&how, HOW_BYTES);
        add_how(&how, plan, usage, bill, (enum bill_item)i);
        buf_add_char(&how, '\0');
        buf_printf(into, ROW_FORMAT, bill_item_name((enum bill_item)i), COUNT(line->quantity),
                   how.p, amount_text(bill, line->amount_fen, &room));
        buf_release(&how);
    }
    buf_printf(into, ROW_FORMAT, "total", "",
               bill->status == BILL_OK ? "" : "needs a contract: contact us",
               amount_text(bill, bill->total_fen, &room));
}
