#include "core/billing/bill_print.h"

#include <inttypes.h>

static void add_amount(struct buf *into, const struct bill *bill, int64_t amount_fen)
{
    if (bill->status == BILL_NEEDS_CONTRACT)
        BUF_LIT(into, "null");
    else
        buf_add_i64(into, amount_fen);
}

static void write_line(struct buf *into, const struct rated_bill *rated, enum bill_item item)
{
    const struct bill_line *line = &rated->bill->lines[item];

    buf_printf(into,
               "%s{\"item\":\"%s\",\"quantity\":%" PRIu64 ",\"units\":%" PRIu64 ",\"amount_fen\":",
               item ? "," : "", bill_item_name(item), line->quantity, line->units);
    add_amount(into, rated->bill, line->amount_fen);
    /* Both are texts without anything that JSON would escape. */
    buf_printf(into, ",\"unit\":\"%s\",\"rule\":\"", bill_line_unit(rated, item));
    bill_line_rule(into, rated, item);
    BUF_LIT(into, "\"}");
}

void bill_write_json(struct buf *into, const struct rated_bill *rated)
{
    const struct bill *bill = rated->bill;

    BUF_LIT(into, "{\"total_fen\":");
    add_amount(into, bill, bill->total_fen);
    buf_printf(into, ",\"status\":\"%s\",\"lines\":[",
               bill->status == BILL_OK ? "ok" : "needs_contract");
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        if (bill_has_line(rated->plan, (enum bill_item)i))
            write_line(into, rated, (enum bill_item)i);
    BUF_LIT(into, "]");
    if (bill_has_line(rated->plan, BILL_PLAN)) {
        BUF_LIT(into, ",\"prepaid_fen\":");
        add_amount(into, bill, bill_prepaid_fen(bill));
        BUF_LIT(into, ",\"postpaid_fen\":");
        add_amount(into, bill, bill->total_fen - bill_prepaid_fen(bill));
    }
    BUF_LIT(into, "}");
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

static void write_sum(struct buf *into, const struct bill *bill, const char *name, const char *how,
                      int64_t amount_fen)
{
    struct number_text room;

    buf_printf(into, ROW_FORMAT, name, "", how, amount_text(bill, amount_fen, &room));
}

void bill_write_table(struct buf *into, const struct rated_bill *rated)
{
    const struct bill *bill = rated->bill;
    struct number_text room;
    struct buf rule;

    buf_init(&rule, BILL_RULE_BYTES + 1);
    buf_printf(into, "Plan %s, one calendar month, CNY\n\n", rated->plan->id);
    buf_printf(into, ROW_FORMAT, "item", "quantity", "how", "amount");
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        const struct bill_line *line = &bill->lines[i];

        if (!bill_has_line(rated->plan, (enum bill_item)i))
            continue;
        buf_reset(&rule);
        bill_line_rule(&rule, rated, (enum bill_item)i);
        buf_add_char(&rule, '\0');
        buf_printf(into, ROW_FORMAT, bill_item_name((enum bill_item)i),
                   number_format(line->quantity, false).text, rule.p,
                   amount_text(bill, line->amount_fen, &room));
    }
    if (bill_has_line(rated->plan, BILL_PLAN)) {
        write_sum(into, bill, "prepaid", "", bill_prepaid_fen(bill));
        write_sum(into, bill, "post-paid", "", bill->total_fen - bill_prepaid_fen(bill));
    }
    write_sum(into, bill, "total", bill->status == BILL_OK ? "" : "needs a contract: contact us",
              bill->total_fen);
    buf_release(&rule);
}
