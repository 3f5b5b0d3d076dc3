/* The bill, worked out from what the lines of a ledger say, beside the bill that was issued. */
#include <openssl/sha.h>
#include <stdio.h>

#include "core/billing/bill_line.h"
#include "core/ledger/verify_internal.h"
#include "core/usage/calendar.h"

struct text {
    char text[LEDGER_CHECK_TEXT];
};

static struct text yuan(int64_t fen)
{
    uint64_t amount = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
    struct text text;

    snprintf(text.text, sizeof(text.text), "%s%s", fen < 0 ? "-" : "",
             number_format(amount, true).text);
    return text;
}

static void check_fen(struct ledger_verifier *v, int64_t file, int64_t found, const char *item)
{
    ledger_check(v, file == found, yuan(file).text, yuan(found).text, "%s", item);
}

/* ---- plan and contract ---- */

static struct text short_hash(const uint8_t hash[32])
{
    struct text text;

    snprintf(text.text, sizeof(text.text), "%02x%02x%02x%02x%02x%02x%02x%02x...", hash[0], hash[1],
             hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]);
    return text;
}

/* True if its bytes are those of the hash. */
static bool check_file(struct ledger_verifier *v, const struct ledger_file *file, const char *item)
{
    uint8_t hash[32];
    bool fits;

    SHA256((const unsigned char *)file->text.p, file->text.n, hash);
    fits = file->bytes == file->text.n && memcmp(hash, file->sha256, sizeof(hash)) == 0;
    ledger_check(v, fits, short_hash(file->sha256).text, short_hash(hash).text, "%s", item);
    return fits;
}

/* False: there are no prices. */
static bool read_plan(struct ledger_verifier *v, struct plan *ret_plan)
{
    char problem[PLAN_PROBLEM_BYTES];

    if (!v->plan_id[0])
        return false;
    if (!check_file(v, &v->plan, "plan"))
        return false;
    if (plan_parse(buf_span(&v->plan.text), ret_plan, problem) != IM_OK) {
        ledger_check(v, false, v->plan_id, problem, "plan file");
        return false;
    }
    if (strcmp(ret_plan->id, v->plan_id) != 0)
        ledger_check(v, false, v->plan_id, ret_plan->id, "plan id");
    return true;
}

static bool read_contract(struct ledger_verifier *v, struct contract *ret_contract)
{
    char problem[PLAN_PROBLEM_BYTES];

    if (!v->contract_number)
        return false;
    if (!check_file(v, &v->contract, "contract"))
        return false;
    if (contract_parse(buf_span(&v->contract.text), ret_contract, problem) != IM_OK) {
        ledger_check(v, false, "", problem, "contract file");
        return false;
    }
    if (!contract_in_force(ret_contract, v->month))
        ledger_check(v, false, "in force", "not in this month", "contract");
    return true;
}

static void check_bill_plan(struct ledger_verifier *v)
{
    const struct bill_row *bill = &v->bill;
    char id[sizeof(bill->plan_id) + 1] = "";

    memcpy(id, bill->plan_id, sizeof(bill->plan_id));
    if (strcmp(id, v->plan_id) != 0 ||
        memcmp(bill->plan_sha256, v->plan.sha256, sizeof(bill->plan_sha256)) != 0)
        ledger_check(v, false, id, v->plan_id, "plan of the bill");
}

/* ---- what it was made of ---- */

static struct month_usage usage_of(const struct ledger_verifier *v)
{
    struct month_usage usage = {.peak_dau = v->peak_dau,
                                .peak_day = v->peak_day,
                                .two_terminals = v->whole.two_terminals,
                                .largest_push = v->whole.largest_push,
                                .most_pushes = v->whole.most_pushes,
                                .groups_at_end = v->groups,
                                .peak_groups = v->peak_groups};

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = v->limits[i].value;
    return usage;
}

static struct text day_text(uint32_t day)
{
    char date[CALENDAR_TEXT_BYTES];
    struct text text;

    snprintf(text.text, sizeof(text.text), "%s", day ? day_format(day, date) : "-");
    return text;
}

/* "1,000 by ticket 3" */
static struct text limit_text(const struct ledger_limit *limit)
{
    struct text text;
    int n = snprintf(text.text, sizeof(text.text), "%s by %s",
                     number_format(limit->value, false).text, limit_source_name(limit->source));

    if (limit->document && n > 0 && (size_t)n < sizeof(text.text))
        snprintf(text.text + n, sizeof(text.text) - (size_t)n, " %u", limit->document);
    return text;
}

static void check_limit(struct ledger_verifier *v, unsigned i)
{
    const struct limit_evidence *evidence = &v->bill.evidence[i];
    const struct ledger_limit *found = &v->limits[i];
    const struct ledger_limit said = {.source = evidence->source,
                                      .document = evidence->document,
                                      .value = v->bill.usage.limits[i],
                                      .record = evidence->record,
                                      .at_us = evidence->at_us};
    bool fits = said.value == found->value && said.source == found->source &&
                said.document == found->document && said.record == found->record &&
                (!said.record || said.at_us == found->at_us);

    ledger_check(v, fits, limit_text(&said).text, limit_text(found).text, "highest %s",
                 limit_name((enum limit)i));
}

static void check_usage(struct ledger_verifier *v, const struct month_usage *found)
{
    const struct frozen_usage *said = &v->bill.usage;

    ledger_check_u64(v, said->peak_dau, found->peak_dau, "peak DAU");
    ledger_check(v, said->peak_day == found->peak_day, day_text(said->peak_day).text,
                 day_text(found->peak_day).text, "day of the peak");
    ledger_check(v, said->two_terminals == found->two_terminals, said->two_terminals ? "yes" : "no",
                 found->two_terminals ? "yes" : "no", "two terminals");
    ledger_check_u64(v, said->largest_push, found->largest_push, "largest push");
    ledger_check_u64(v, said->most_pushes, found->most_pushes, "most pushes a day");
    ledger_check_u64(v, said->peak_groups, found->peak_groups, "most groups");
    ledger_check_u64(v, said->groups_at_end, found->groups_at_end, "groups at the end");
    /* Nothing of these is metered by this format. */
    if (said->mbps_days || said->mbps_days_abroad || said->packs)
        ledger_check(v, false, "some", "none", "bandwidth and packs");
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        check_limit(v, i);
}

/* ---- the bill ---- */

static struct text line_text(const struct bill_line *line)
{
    struct text text;

    snprintf(text.text, sizeof(text.text), "%.30s: %.30s",
             number_format(line->quantity, false).text, yuan(line->amount_fen).text);
    return text;
}

static void check_lines(struct ledger_verifier *v, const struct plan *plan, const struct bill *bill)
{
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        const struct stored_line *stored = i < v->bill.line_count ? &v->bill.lines[i] : NULL;
        const struct bill_line *found = &bill->lines[i];
        const struct bill_line said = {stored ? stored->quantity : 0, stored ? stored->units : 0,
                                       stored ? stored->amount_fen : 0};
        bool fits = stored && stored->item == i && said.quantity == found->quantity &&
                    said.units == found->units && said.amount_fen == found->amount_fen;

        if (!fits || bill_has_line(plan, (enum bill_item)i))
            ledger_check(v, fits, line_text(&said).text, line_text(found).text, "line %s",
                         bill_item_name((enum bill_item)i));
    }
    if (v->bill.line_count > BILL_LINE_COUNT)
        ledger_check_u64(v, v->bill.line_count, BILL_LINE_COUNT, "lines");
}

static struct text total_text(bool has_prices, int64_t fen)
{
    if (has_prices)
        return yuan(fen);
    return (struct text){"needs a contract"};
}

static void check_total(struct ledger_verifier *v, const struct bill *bill)
{
    bool priced = bill->status == BILL_OK;
    uint32_t contract = bill->by_contract ? v->contract_number : 0;

    if (v->bill.contract != contract)
        ledger_check_u64(v, v->bill.contract, contract, "contract of the bill");
    ledger_check(
        v, (v->bill.issued_us != 0) == priced && (!priced || v->bill.total_fen == bill->total_fen),
        total_text(v->bill.issued_us, v->bill.total_fen).text,
        total_text(priced, bill->total_fen).text, "total");
}

static void show_open(struct ledger_verifier *v, const struct plan *plan,
                      const struct month_usage *usage, const struct bill *bill)
{
    ledger_check(v, true, "-", number_format(usage->peak_dau, false).text, "peak DAU so far");
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        if (bill_has_line(plan, (enum bill_item)i))
            ledger_check(v, true, "-", line_text(&bill->lines[i]).text, "line %s so far",
                         bill_item_name((enum bill_item)i));
    ledger_check(v, true, "-", total_text(bill->status == BILL_OK, bill->total_fen).text,
                 "total so far");
}

/* Without prices there is nothing but a draft without lines. */
static void check_unpriced(struct ledger_verifier *v)
{
    if (v->has_bill)
        ledger_check(v, !v->bill.issued_us && !v->bill.line_count,
                     total_text(v->bill.issued_us, v->bill.total_fen).text, "no prices", "total");
}

/* ---- what became of it ---- */

static void check_balance(struct ledger_verifier *v)
{
    const struct ledger_status *status = &v->status;
    int64_t credited = (int64_t)v->document_fen[DOCUMENT_CREDIT_NOTE];
    int64_t added = (int64_t)v->document_fen[DOCUMENT_ADJUSTMENT];
    int64_t paid = (int64_t)v->document_fen[DOCUMENT_PAYMENT];
    int64_t due;
    bool overflow = __builtin_add_overflow(v->bill.total_fen, added, &due) ||
                    __builtin_sub_overflow(due, credited, &due) ||
                    __builtin_sub_overflow(due, paid, &due);
    bool possible = !v->has_bill                   ? status->state == 0
                    : status->state == BILL_VOID   ? true
                    : !v->bill.issued_us           ? status->state == BILL_DRAFT
                    : status->state == BILL_ISSUED ? due > 0 || !v->documents
                                                   : status->state == BILL_PAID && due <= 0;

    check_fen(v, status->adjusted_fen, added, "adjustments");
    check_fen(v, status->credited_fen, credited, "credit notes");
    check_fen(v, status->paid_fen, paid, "payments");
    if (overflow)
        ledger_check(v, false, yuan(status->due_fen).text, "too large", "due");
    else
        check_fen(v, status->due_fen, due, "due");
    if (!possible)
        ledger_check(v, false, bill_state_name(status->state), "another", "state");
}

void ledger_check_bill(struct ledger_verifier *v)
{
    const struct month_usage usage = usage_of(v);
    struct contract contract;
    struct plan plan;
    struct bill bill;
    bool has_plan = read_plan(v, &plan), has_contract = read_contract(v, &contract);

    ledger_check_u64(v, v->whole.groups_at_end, v->groups, "groups at the end of the days");
    if (v->has_bill) {
        check_bill_plan(v);
        check_usage(v, &usage);
    }
    if (!has_plan) {
        check_unpriced(v);
    } else if (bill_rate(&plan, has_contract ? &contract : NULL, &usage, &bill) != IM_OK) {
        ledger_check(v, false, total_text(v->bill.issued_us, v->bill.total_fen).text,
                     "cannot be worked out", "total");
    } else if (v->has_bill) {
        check_lines(v, &plan, &bill);
        check_total(v, &bill);
    } else {
        show_open(v, &plan, &usage, &bill);
    }
    check_balance(v);
}
