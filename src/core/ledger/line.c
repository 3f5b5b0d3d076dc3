#include "core/ledger/line.h"

#include <openssl/sha.h>

#include "base/check.h"
#include "core/usage/calendar.h"
#include "wire/base64.h"
#include "wire/json.h"

const char *ledger_kind_name(unsigned kind)
{
    static const char *const names[LEDGER_KIND_END] = {
        [LEDGER_HEADER] = "header",     [LEDGER_PLAN] = "plan",
        [LEDGER_LIMIT] = "limit",       [LEDGER_CHANGE] = "change",
        [LEDGER_MONTH] = "month",       [LEDGER_DAY] = "day",
        [LEDGER_LOGINS] = "logins",     [LEDGER_CONTRACT] = "contract",
        [LEDGER_BILL] = "bill",         [LEDGER_CONTRACT_PART] = "contract_part",
        [LEDGER_DOCUMENT] = "document", [LEDGER_STATUS] = "status",
        [LEDGER_END] = "end",
    };

    return kind < LEDGER_KIND_END ? names[kind] : NULL;
}

/* ---- the chain ---- */

void ledger_chain_start(struct ledger_chain *chain)
{
    chain->n = 0;
    SHA256((const unsigned char *)LEDGER_FORMAT, sizeof(LEDGER_FORMAT) - 1, chain->hash);
}

void ledger_hash(const uint8_t before[32], struct span line, uint8_t ret_hash[32])
{
    unsigned char bytes[32 + LEDGER_MAX_LINE];

    CHECK(line.n <= LEDGER_MAX_LINE);
    memcpy(bytes, before, 32);
    memcpy(bytes + 32, line.p, line.n);
    SHA256(bytes, 32 + line.n, ret_hash);
}

/* ---- members: a comma before all but the first of an object ---- */

static void put_name(struct buf *into, const char *name)
{
    if (into->n && into->p[into->n - 1] != '{')
        BUF_LIT(into, ",");
    buf_printf(into, "\"%s\":", name);
}

static void put_u64(struct buf *into, const char *name, uint64_t value)
{
    put_name(into, name);
    buf_add_u64(into, value);
}

static void put_i64(struct buf *into, const char *name, int64_t value)
{
    put_name(into, name);
    buf_add_i64(into, value);
}

static void put_bool(struct buf *into, const char *name, bool value)
{
    put_name(into, name);
    buf_add_span(into, value ? SPAN_LIT("true") : SPAN_LIT("false"));
}

static void put_null(struct buf *into, const char *name)
{
    put_name(into, name);
    BUF_LIT(into, "null");
}

static void put_text(struct buf *into, const char *name, struct span text)
{
    put_name(into, name);
    json_put_string(into, text);
}

/* 0 is none. */
static void put_number_or_null(struct buf *into, const char *name, uint64_t value)
{
    if (value)
        put_u64(into, name, value);
    else
        put_null(into, name);
}

static void put_day(struct buf *into, const char *name, uint32_t day)
{
    char text[CALENDAR_TEXT_BYTES];

    if (day)
        put_text(into, name, span_of(day_format(day, text)));
    else
        put_null(into, name);
}

/* "2026-11-22T15:10:00Z"; 0 is none. */
static void put_time(struct buf *into, const char *name, uint64_t us)
{
    uint64_t s = us / 1000000;
    unsigned of_day = (unsigned)(s % 86400);
    char day[CALENDAR_TEXT_BYTES];

    if (!us) {
        put_null(into, name);
        return;
    }
    day_format((uint32_t)(s / 86400), day);
    put_name(into, name);
    buf_printf(into, "\"%.4s-%.2s-%.2sT%02u:%02u:%02uZ\"", day, day + 4, day + 6, of_day / 3600,
               of_day / 60 % 60, of_day % 60);
}

static void put_hash(struct buf *into, const char *name, const uint8_t hash[32])
{
    static const char digits[] = "0123456789abcdef";
    char text[64];

    for (size_t i = 0; i < 32; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    put_text(into, name, (struct span){text, sizeof(text)});
}

static void put_base64(struct buf *into, const char *name, struct span bytes)
{
    CHECK(bytes.n <= LEDGER_PART_BYTES);
    put_name(into, name);
    BUF_LIT(into, "\"");
    if (buf_reserve(into, base64_text_bytes(bytes.n)))
        into->n += base64_encode(BASE64_STANDARD, bytes, into->p + into->n);
    BUF_LIT(into, "\"");
}

static struct span fixed_text(const char *text, size_t room)
{
    return (struct span){text, strnlen(text, room)};
}

/* ---- lines ---- */

static void write_header(struct buf *into, const struct ledger_header *header)
{
    char month[CALENDAR_TEXT_BYTES];

    put_text(into, "format", SPAN_LIT(LEDGER_FORMAT));
    put_u64(into, "sdkappid", header->app.v);
    put_text(into, "month", span_of(month_format(header->month, month)));
    put_text(into, "zone", header->zone);
    put_bool(into, "final", header->is_final);
    put_day(into, "through", header->through);
    put_time(into, "app_created", header->app_created_us);
    put_text(into, "plan", header->plan_id);
    put_hash(into, "plan_sha256", header->plan_sha256);
    put_u64(into, "plan_bytes", header->plan_bytes);
}

static void write_part(struct buf *into, const struct ledger_part *part)
{
    put_u64(into, "part", part->part);
    put_base64(into, "base64", part->bytes);
}

static void write_limit(struct buf *into, const struct ledger_limit *limit)
{
    put_text(into, "limit", span_of(limit_name((enum limit)limit->limit)));
    put_u64(into, "value", limit->value);
    put_text(into, "source", span_of(limit_source_name(limit->source)));
    put_number_or_null(into, "document", limit->document);
    put_number_or_null(into, "record", limit->record);
    put_time(into, "at", limit->at_us);
}

/* What nothing bounds is null. */
static void put_value(struct buf *into, const char *name, uint64_t value)
{
    if (value == PLAN_UNLIMITED)
        put_null(into, name);
    else
        put_u64(into, name, value);
}

static void write_change(struct buf *into, const struct entitlement_change *change)
{
    put_time(into, "at", change->at_us);
    put_u64(into, "record", change->record);
    put_text(into, "limit", span_of(entitlement_name(change->entitlement)));
    put_value(into, "before", change->before);
    put_value(into, "value", change->value);
    put_text(into, "source", span_of(limit_source_name(change->source)));
    put_number_or_null(into, "document", change->document);
    put_text(into, "by", change->by);
    put_text(into, "reason", change->reason);
}

static void write_month(struct buf *into, const struct ledger_month *month)
{
    put_bool(into, "two_terminals", month->two_terminals);
    put_u64(into, "largest_push", month->largest_push);
    put_u64(into, "most_pushes", month->most_pushes);
    put_u64(into, "groups_at_start", month->groups_at_start);
    put_u64(into, "groups_at_end", month->groups_at_end);
}

static void write_day(struct buf *into, const struct ledger_day *day)
{
    put_day(into, "day", day->day);
    put_u64(into, "dau", day->dau);
    if (!day->has_groups)
        return;
    put_u64(into, "groups_made", day->groups_made);
    put_u64(into, "groups_dissolved", day->groups_dissolved);
    put_u64(into, "groups", day->groups);
    put_u64(into, "groups_peak", day->groups_peak);
}

static void write_logins(struct buf *into, const struct ledger_logins *logins)
{
    put_day(into, "day", logins->day);
    put_u64(into, "chunk", logins->chunk);
    put_u64(into, "count", logins->count);
    put_base64(into, "base64", logins->set);
}

static void write_contract(struct buf *into, const struct ledger_contract *contract)
{
    put_u64(into, "contract", contract->number);
    put_time(into, "filed", contract->filed_us);
    put_text(into, "by", contract->by);
    put_hash(into, "sha256", contract->sha256);
    put_u64(into, "bytes", contract->bytes);
}

static void write_bill_usage(struct buf *into, const struct frozen_usage *usage)
{
    put_name(into, "usage");
    BUF_LIT(into, "{");
    put_u64(into, "peak_dau", usage->peak_dau);
    put_day(into, "peak_day", usage->peak_day);
    put_bool(into, "two_terminals", usage->two_terminals);
    put_u64(into, "largest_push", usage->largest_push);
    put_u64(into, "most_pushes", usage->most_pushes);
    put_u64(into, "peak_groups", usage->peak_groups);
    put_u64(into, "groups_at_end", usage->groups_at_end);
    put_u64(into, "mbps_days", usage->mbps_days);
    put_u64(into, "mbps_days_abroad", usage->mbps_days_abroad);
    put_u64(into, "packs", usage->packs);
    BUF_LIT(into, "}");
}

static void write_bill_limits(struct buf *into, const struct bill_row *bill)
{
    put_name(into, "limits");
    BUF_LIT(into, "[");
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        const struct limit_evidence *evidence = &bill->evidence[i];
        const struct ledger_limit limit = {.limit = (uint8_t)i,
                                           .source = evidence->source,
                                           .document = evidence->document,
                                           .value = bill->usage.limits[i],
                                           .record = evidence->record,
                                           .at_us = evidence->at_us};

        buf_add_span(into, i ? SPAN_LIT(",{") : SPAN_LIT("{"));
        write_limit(into, &limit);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

/* Where there are no prices, amounts are null. */
static void write_bill_lines(struct buf *into, const struct bill_row *bill)
{
    put_name(into, "lines");
    BUF_LIT(into, "[");
    for (unsigned i = 0; i < bill->line_count; i++) {
        const struct stored_line *line = &bill->lines[i];

        buf_add_span(into, i ? SPAN_LIT(",{") : SPAN_LIT("{"));
        put_text(into, "item", span_of(bill_item_name((enum bill_item)line->item)));
        put_u64(into, "quantity", line->quantity);
        put_u64(into, "units", line->units);
        if (bill->issued_us)
            put_i64(into, "amount_fen", line->amount_fen);
        else
            put_null(into, "amount_fen");
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

static void write_bill(struct buf *into, const struct bill_row *bill)
{
    put_name(into, "bill");
    if (!bill) {
        BUF_LIT(into, "null");
        return;
    }
    BUF_LIT(into, "{");
    put_time(into, "closed", bill->closed_us);
    put_time(into, "issued", bill->issued_us);
    put_text(into, "plan", fixed_text(bill->plan_id, sizeof(bill->plan_id)));
    put_hash(into, "plan_sha256", bill->plan_sha256);
    put_number_or_null(into, "contract", bill->contract);
    put_text(into, "currency", SPAN_LIT("CNY"));
    if (bill->issued_us)
        put_i64(into, "total_fen", bill->total_fen);
    else
        put_null(into, "total_fen");
    write_bill_usage(into, &bill->usage);
    write_bill_limits(into, bill);
    write_bill_lines(into, bill);
    BUF_LIT(into, "}");
}

static void write_document(struct buf *into, const struct bill_document *document)
{
    const struct bill_document_row *row = &document->row;

    put_u64(into, "number", document->number);
    put_time(into, "at", row->at_us);
    put_text(into, "document", span_of(bill_document_kind_name(row->kind)));
    put_i64(into, "amount_fen", row->amount_fen);
    put_text(into, "reference", document->reference);
    put_text(into, "reason", document->reason);
    put_text(into, "by", fixed_text(row->by, sizeof(row->by)));
}

static void write_status(struct buf *into, const struct ledger_status *status)
{
    put_text(into, "state", span_of(bill_state_name(status->state)));
    put_i64(into, "adjusted_fen", status->adjusted_fen);
    put_i64(into, "credited_fen", status->credited_fen);
    put_i64(into, "paid_fen", status->paid_fen);
    put_i64(into, "due_fen", status->due_fen);
    put_time(into, "ended", status->ended_us);
}

static void write_members(struct buf *into, const struct ledger_line *line)
{
    switch ((enum ledger_kind)line->kind) {
    case LEDGER_HEADER:
        write_header(into, &line->of.header);
        break;
    case LEDGER_PLAN:
    case LEDGER_CONTRACT_PART:
        write_part(into, &line->of.part);
        break;
    case LEDGER_LIMIT:
        write_limit(into, &line->of.limit);
        break;
    case LEDGER_CHANGE:
        write_change(into, &line->of.change);
        break;
    case LEDGER_MONTH:
        write_month(into, &line->of.month);
        break;
    case LEDGER_DAY:
        write_day(into, &line->of.day);
        break;
    case LEDGER_LOGINS:
        write_logins(into, &line->of.logins);
        break;
    case LEDGER_CONTRACT:
        write_contract(into, &line->of.contract);
        break;
    case LEDGER_BILL:
        write_bill(into, line->of.bill);
        break;
    case LEDGER_DOCUMENT:
        write_document(into, &line->of.document);
        break;
    case LEDGER_STATUS:
        write_status(into, &line->of.status);
        break;
    case LEDGER_END:
        put_u64(into, "lines", line->of.lines);
        break;
    case LEDGER_KIND_END:
        CHECK(false);
    }
}

void ledger_put(struct buf *into, uint64_t n, const struct ledger_line *line)
{
    BUF_LIT(into, "{");
    put_u64(into, "n", n);
    put_text(into, "kind", span_of(ledger_kind_name(line->kind)));
    write_members(into, line);
    BUF_LIT(into, "}");
}

void ledger_write(struct buf *into, struct ledger_chain *chain, const struct ledger_line *line)
{
    char text[LEDGER_MAX_LINE];
    struct buf one = {.p = text, .room = sizeof(text), .max = sizeof(text)};

    ledger_put(&one, ++chain->n, line);
    CHECK(!one.overflow);
    ledger_hash(chain->hash, buf_span(&one), chain->hash);
    one.n--;
    put_hash(&one, "hash", chain->hash);
    BUF_LIT(&one, "}");
    CHECK(!one.overflow);
    buf_add_span(into, buf_span(&one));
}
