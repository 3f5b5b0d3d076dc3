#include "cli/simulate/report.h"

#include "core/billing/bill.h"
#include "core/billing/bill_print.h"
#include "core/usage/report.h"

/* Requests whose results are the views; NULL after a problem. */
static struct request *bill_of(struct run *run, uint32_t month)
{
    char text[CALENDAR_TEXT_BYTES];

    return world_operate(&run->world, "admin.bill", "{\"app\":%u,\"month\":\"%s\"}",
                         run->world.app.v, month_format(month, text));
}

static struct request *usage_of(struct run *run, uint32_t month)
{
    char text[CALENDAR_TEXT_BYTES];

    return world_operate(&run->world, "admin.usage", "{\"app\":%u,\"month\":\"%s\"}",
                         run->world.app.v, month_format(month, text));
}

static bool priced(const struct bill_view *bill)
{
    return bill->plan && bill->bill.status == BILL_OK;
}

static struct rated_bill rated_of(const struct bill_view *bill)
{
    return (struct rated_bill){bill->plan, bill->contract, &bill->usage, &bill->bill};
}

static const char *peak_day(const struct bill_view *bill, char into[CALENDAR_TEXT_BYTES])
{
    return bill->usage.peak_dau ? scenario_day_text(bill->usage.peak_day, into) : "-";
}

/* ---- as a table ---- */

static void table_line(const struct bill_view *bill, enum bill_item item, struct buf *into)
{
    const struct bill_line *line = &bill->bill.lines[item];
    struct rated_bill rated = rated_of(bill);
    size_t from;

    if (!line->amount_fen)
        return;
    buf_printf(into, "  %-16s %13s  ", bill_item_name(item),
               number_format(line->quantity, false).text);
    from = into->n;
    bill_line_rule(into, &rated, item);
    while (into->n < from + 50)
        buf_add_char(into, ' ');
    buf_printf(into, " %16s\n", number_format((uint64_t)line->amount_fen, true).text);
}

static void table_month(const struct bill_view *bill, struct buf *into)
{
    char month[CALENDAR_TEXT_BYTES], day[CALENDAR_TEXT_BYTES];

    buf_printf(into, "%s  peak DAU %s on %s  %s\n", month_format(bill->month, month),
               number_format(bill->usage.peak_dau, false).text, peak_day(bill, day),
               bill_state_name(bill->state));
    if (!priced(bill)) {
        BUF_LIT(into, "  total                           a contract is needed\n");
        return;
    }
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        table_line(bill, (enum bill_item)i, into);
    buf_printf(into, "  %-83s %16s\n", "total",
               number_format((uint64_t)bill->bill.total_fen, true).text);
}

static void table_days(const struct usage_month *usage, struct buf *into)
{
    BUF_LIT(into, "  day             DAU     logins   registered   messages      calls    refused"
                  "   groups +   groups -     groups\n");
    for (uint32_t i = 0; i < usage->day_count; i++) {
        const struct usage_day *day = &usage->days[i];
        char text[CALENDAR_TEXT_BYTES];

        buf_printf(into, "  %s %10llu %10llu %12llu %10llu %10llu %10llu %10llu %10llu %10llu\n",
                   scenario_day_text(day->day, text), (unsigned long long)day->row.login_users,
                   (unsigned long long)day->row.logins, (unsigned long long)day->row.registered,
                   (unsigned long long)day->row.c2c_up, (unsigned long long)day->row.calls,
                   (unsigned long long)day->row.calls_refused, (unsigned long long)day->groups.made,
                   (unsigned long long)day->groups.dissolved,
                   (unsigned long long)day->groups.total);
    }
}

/* ---- as CSV ---- */

static void csv_head(bool days, struct buf *into)
{
    if (days) {
        BUF_LIT(into, "day,dau,logins,registered,messages,calls,calls_refused,groups_made,"
                      "groups_dissolved,groups\n");
        return;
    }
    BUF_LIT(into, "month,peak_dau,peak_day,state");
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        buf_printf(into, ",%s_fen", bill_item_name((enum bill_item)i));
    BUF_LIT(into, ",total_fen\n");
}

/* An amount that is not known is empty. */
static void csv_month(const struct bill_view *bill, struct buf *into)
{
    char month[CALENDAR_TEXT_BYTES], day[CALENDAR_TEXT_BYTES];

    buf_printf(into, "%s,%llu,%s,%s", month_format(bill->month, month),
               (unsigned long long)bill->usage.peak_dau,
               bill->usage.peak_dau ? peak_day(bill, day) : "", bill_state_name(bill->state));
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        buf_add_char(into, ',');
        if (priced(bill) && bill_has_line(bill->plan, (enum bill_item)i))
            buf_add_i64(into, bill->bill.lines[i].amount_fen);
    }
    buf_add_char(into, ',');
    if (priced(bill))
        buf_add_i64(into, bill->bill.total_fen);
    buf_add_char(into, '\n');
}

static void csv_days(const struct usage_month *usage, struct buf *into)
{
    for (uint32_t i = 0; i < usage->day_count; i++) {
        const struct usage_day *day = &usage->days[i];
        char text[CALENDAR_TEXT_BYTES];

        buf_printf(into, "%s,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu\n",
                   scenario_day_text(day->day, text), (unsigned long long)day->row.login_users,
                   (unsigned long long)day->row.logins, (unsigned long long)day->row.registered,
                   (unsigned long long)day->row.c2c_up, (unsigned long long)day->row.calls,
                   (unsigned long long)day->row.calls_refused, (unsigned long long)day->groups.made,
                   (unsigned long long)day->groups.dissolved,
                   (unsigned long long)day->groups.total);
    }
}

/* ---- as JSON ---- */

static void json_month(const struct bill_view *bill, struct buf *into)
{
    char month[CALENDAR_TEXT_BYTES], day[CALENDAR_TEXT_BYTES];
    struct rated_bill rated = rated_of(bill);

    buf_printf(into, "{\"month\":\"%s\",\"state\":\"%s\",\"peak_dau\":%llu,\"peak_day\":",
               month_format(bill->month, month), bill_state_name(bill->state),
               (unsigned long long)bill->usage.peak_dau);
    if (bill->usage.peak_dau)
        buf_printf(into, "\"%s\"", peak_day(bill, day));
    else
        BUF_LIT(into, "null");
    BUF_LIT(into, ",\"bill\":");
    if (bill->plan)
        bill_write_json(into, &rated);
    else
        BUF_LIT(into, "null");
}

static void json_days(const struct usage_month *usage, struct buf *into)
{
    BUF_LIT(into, ",\"days\":[");
    for (uint32_t i = 0; i < usage->day_count; i++) {
        const struct usage_day *day = &usage->days[i];
        char text[CALENDAR_TEXT_BYTES];

        buf_printf(into,
                   "%s{\"day\":\"%s\",\"dau\":%llu,\"logins\":%llu,\"registered\":%llu,"
                   "\"messages\":%llu,\"calls\":%llu,\"calls_refused\":%llu,\"groups_made\":%llu,"
                   "\"groups_dissolved\":%llu,\"groups\":%llu}",
                   i ? "," : "", scenario_day_text(day->day, text),
                   (unsigned long long)day->row.login_users, (unsigned long long)day->row.logins,
                   (unsigned long long)day->row.registered, (unsigned long long)day->row.c2c_up,
                   (unsigned long long)day->row.calls, (unsigned long long)day->row.calls_refused,
                   (unsigned long long)day->groups.made, (unsigned long long)day->groups.dissolved,
                   (unsigned long long)day->groups.total);
    }
    BUF_LIT(into, "]");
}

/* ---- all months ---- */

static void write_month(const struct bill_view *bill, const struct usage_month *usage,
                        enum report_form form, bool days, struct buf *into)
{
    switch (form) {
    case REPORT_TABLE:
        table_month(bill, into);
        if (days)
            table_days(usage, into);
        break;
    case REPORT_CSV:
        if (days)
            csv_days(usage, into);
        else
            csv_month(bill, into);
        break;
    case REPORT_JSON:
        json_month(bill, into);
        if (days)
            json_days(usage, into);
        BUF_LIT(into, "}");
        break;
    }
}

bool report_write(struct run *run, enum report_form form, bool days, struct buf *into)
{
    const struct scenario *scenario = run->scenario;
    uint32_t first = month_of_day(scenario->first_day), last = month_of_day(scenario->last_day);

    if (form == REPORT_JSON)
        buf_printf(into, "{\"scenario\":\"%s\",\"logins\":%llu,\"restarts\":%u,\"months\":[",
                   scenario->id, (unsigned long long)run->logins, run->world.restarts);
    else if (form == REPORT_CSV)
        csv_head(days, into);
    else
        buf_printf(into, "%s: %s\n", scenario->id, scenario->about);
    for (uint32_t month = first; month <= last; month++) {
        struct request *bill = bill_of(run, month);
        struct request *usage = bill ? usage_of(run, month) : NULL;

        if (month > first && form == REPORT_JSON)
            BUF_LIT(into, ",");
        if (usage)
            write_month(bill->result, usage->result, form, days, into);
        if (bill)
            request_unref(bill);
        if (!usage)
            return false;
        request_unref(usage);
    }
    if (form == REPORT_JSON)
        BUF_LIT(into, "]}\n");
    return true;
}

/* ---- checking ---- */

static void differs(struct buf *into, const struct run *run, uint32_t month, const char *what,
                    int64_t is, int64_t expected)
{
    char text[CALENDAR_TEXT_BYTES];

    buf_printf(into, "%s: %s: %s is %lld, not %lld\n", run->scenario->id, month_format(month, text),
               what, (long long)is, (long long)expected);
}

static void check_total(const struct run *run, const struct scenario_expect *expect,
                        const struct bill_view *bill, struct buf *into)
{
    char month[CALENDAR_TEXT_BYTES];

    if (expect->no_total == priced(bill))
        buf_printf(into, "%s: %s: a contract is %s\n", run->scenario->id,
                   month_format(expect->month, month),
                   priced(bill) ? "not needed" : "needed, there is no total");
    else if (!expect->no_total && bill->bill.total_fen != expect->total_fen)
        differs(into, run, expect->month, "total_fen", bill->bill.total_fen, expect->total_fen);
}

static void check_month(const struct run *run, const struct scenario_expect *expect,
                        const struct bill_view *bill, struct buf *into)
{
    char month[CALENDAR_TEXT_BYTES];

    if (expect->has_total)
        check_total(run, expect, bill, into);
    if (expect->has_peak && bill->usage.peak_dau != expect->peak_dau)
        differs(into, run, expect->month, "peak_dau", (int64_t)bill->usage.peak_dau,
                (int64_t)expect->peak_dau);
    if (expect->has_state && bill->state != expect->state)
        buf_printf(into, "%s: %s: the bill is %s, not %s\n", run->scenario->id,
                   month_format(expect->month, month), bill_state_name(bill->state),
                   bill_state_name(expect->state));
    for (uint32_t i = 0; i < expect->line_count; i++) {
        uint8_t item = expect->lines[i].item;

        if (bill->bill.lines[item].amount_fen != expect->lines[i].amount_fen)
            differs(into, run, expect->month, bill_item_name((enum bill_item)item),
                    bill->bill.lines[item].amount_fen, expect->lines[i].amount_fen);
    }
}

bool report_check(struct run *run, uint32_t *ret_months, struct buf *into)
{
    size_t before = into->n;

    *ret_months = run->scenario->expect_count;
    for (uint32_t i = 0; i < run->scenario->expect_count; i++) {
        const struct scenario_expect *expect = &run->scenario->expects[i];
        struct request *bill = bill_of(run, expect->month);

        if (!bill)
            return false;
        check_month(run, expect, bill->result, into);
        request_unref(bill);
    }
    return into->n == before;
}
