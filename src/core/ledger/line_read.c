/* Lines of a ledger from their text. What a line says is taken only if it is written exactly as a
 * server writes it, so nothing can stand in a line that is not looked at. */
#include "base/check.h"
#include "core/ledger/line.h"
#include "core/usage/calendar.h"
#include "wire/base64.h"
#include "wire/json.h"

/* ,"hash":"..."} */
#define HASH_HEAD ",\"hash\":\""
#define HASH_BYTES (sizeof(HASH_HEAD) - 1 + 64 + 2)

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ledger_hash_parse(struct span text, uint8_t ret_hash[32])
{
    if (text.n != 64)
        return false;
    for (size_t i = 0; i < 32; i++) {
        int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        ret_hash[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Takes a text off the front. */
static bool skip(struct span *text, const char *what)
{
    struct span prefix = span_of(what);

    if (!span_starts(*text, prefix))
        return false;
    *text = (struct span){text->p + prefix.n, text->n - prefix.n};
    return true;
}

/* Takes all up to the character, which must be there, off the front. */
static bool take_until(struct span *text, char end, struct span *ret)
{
    const char *at = memchr(text->p, end, text->n);

    if (!at)
        return false;
    *ret = (struct span){text->p, (size_t)(at - text->p)};
    *text = (struct span){at, text->n - ret->n};
    return true;
}

static uint8_t kind_of(struct span name)
{
    for (uint8_t i = LEDGER_HEADER; i < LEDGER_KIND_END; i++) {
        if (span_is(name, ledger_kind_name(i)))
            return i;
    }
    return 0;
}

bool ledger_frame_read(struct span text, struct ledger_frame *ret_frame)
{
    struct span rest = text, number, name, tail;

    if (text.n > LEDGER_MAX_LINE || text.n <= HASH_BYTES)
        return false;
    tail = (struct span){text.p + text.n - HASH_BYTES, HASH_BYTES};
    if (!skip(&tail, HASH_HEAD) || tail.p[64] != '"' || tail.p[65] != '}' ||
        !ledger_hash_parse((struct span){tail.p, 64}, ret_frame->hash))
        return false;
    if (!skip(&rest, "{\"n\":") || !take_until(&rest, ',', &number) ||
        !span_to_u64(number, &ret_frame->n) || !skip(&rest, ",\"kind\":\"") ||
        !take_until(&rest, '"', &name))
        return false;
    ret_frame->kind = kind_of(name);
    if (!ret_frame->kind)
        return false;
    ret_frame->byte_count = text.n - HASH_BYTES + 1;
    memcpy(ret_frame->bytes, text.p, text.n - HASH_BYTES);
    ret_frame->bytes[text.n - HASH_BYTES] = '}';
    return true;
}

/* ---- members ---- */

struct reading {
    struct arena *arena;
    bool bad;
};

static uint64_t get_u64(struct reading *in, struct json object, const char *name)
{
    uint64_t value = 0;

    if (!json_to_u64(json_member(object, name), &value))
        in->bad = true;
    return value;
}

static uint32_t get_u32(struct reading *in, struct json object, const char *name)
{
    uint64_t value = get_u64(in, object, name);

    if (value > UINT32_MAX)
        in->bad = true;
    return (uint32_t)value;
}

/* null is what `instead` says. */
static uint64_t get_u64_or(struct reading *in, struct json object, const char *name,
                           uint64_t instead)
{
    return json_member(object, name).type == JSON_NULL ? instead : get_u64(in, object, name);
}

static uint32_t get_u32_or_0(struct reading *in, struct json object, const char *name)
{
    return json_member(object, name).type == JSON_NULL ? 0 : get_u32(in, object, name);
}

static int64_t get_i64(struct reading *in, struct json object, const char *name)
{
    int64_t value = 0;

    if (!json_to_i64(json_member(object, name), &value))
        in->bad = true;
    return value;
}

static bool get_bool(struct reading *in, struct json object, const char *name)
{
    struct json value = json_member(object, name);

    if (value.type != JSON_TRUE && value.type != JSON_FALSE)
        in->bad = true;
    return value.type == JSON_TRUE;
}

static struct span get_text(struct reading *in, struct json object, const char *name)
{
    struct span text = {"", 0};

    if (!json_to_string(json_member(object, name), in->arena, &text))
        in->bad = true;
    return text;
}

static void get_hash(struct reading *in, struct json object, const char *name, uint8_t ret[32])
{
    if (!ledger_hash_parse(get_text(in, object, name), ret))
        in->bad = true;
}

static struct span get_base64(struct reading *in, struct json object, const char *name)
{
    struct span text = get_text(in, object, name);
    char *bytes = arena_alloc(in->arena, text.n + 1);
    size_t n = 0;

    if (text.n > base64_text_bytes(LEDGER_PART_BYTES) ||
        !base64_decode(BASE64_STANDARD, text, bytes, &n) || n > LEDGER_PART_BYTES)
        in->bad = true;
    return (struct span){bytes, in->bad ? 0 : n};
}

static uint32_t get_month(struct reading *in, struct json object, const char *name)
{
    uint32_t month = 0;

    if (!month_parse(get_text(in, object, name), &month))
        in->bad = true;
    return month;
}

static uint32_t get_day(struct reading *in, struct json object, const char *name)
{
    uint32_t day = 0;

    if (json_member(object, name).type != JSON_NULL && !day_parse(get_text(in, object, name), &day))
        in->bad = true;
    return day;
}

/* "2026-11-22T15:10:00Z"; what stands between the digits is seen when the line is written anew. */
static uint64_t get_time(struct reading *in, struct json object, const char *name)
{
    uint64_t hours, minutes, seconds;
    struct span text;
    uint32_t day;
    char date[8];

    if (json_member(object, name).type == JSON_NULL)
        return 0;
    text = get_text(in, object, name);
    if (text.n != 20) {
        in->bad = true;
        return 0;
    }
    memcpy(date, text.p, 4);
    memcpy(date + 4, text.p + 5, 2);
    memcpy(date + 6, text.p + 8, 2);
    if (!day_parse((struct span){date, 8}, &day) ||
        !span_to_u64((struct span){text.p + 11, 2}, &hours) ||
        !span_to_u64((struct span){text.p + 14, 2}, &minutes) ||
        !span_to_u64((struct span){text.p + 17, 2}, &seconds)) {
        in->bad = true;
        return 0;
    }
    return (((day * UINT64_C(24) + hours) * 60 + minutes) * 60 + seconds) * 1000000;
}

/* The index of a name among those that `name_of` gives for 0 to end - 1. */
#define GET_NAMED(in, object, name, name_of, end, ret)                       \
    do {                                                                     \
        struct span wanted = get_text((in), (object), (name));               \
        unsigned at = 0;                                                     \
                                                                             \
        while (at < (end) && !(name_of(at) && span_is(wanted, name_of(at)))) \
            at++;                                                            \
        if (at == (end)) {                                                   \
            (in)->bad = true;                                                \
            at = 0;                                                          \
        }                                                                    \
        *(ret) = (uint8_t)at;                                                \
    } while (0)

static const char *name_of_limit(unsigned limit)
{
    return limit_name((enum limit)limit);
}

static const char *name_of_item(unsigned item)
{
    return bill_item_name((enum bill_item)item);
}

static uint8_t get_source(struct reading *in, struct json object)
{
    uint8_t source;

    GET_NAMED(in, object, "source", limit_source_name, LIMIT_FROM_CONTRACT + 1u, &source);
    return source;
}

/* ---- lines ---- */

static void read_header(struct reading *in, struct json line, struct ledger_header *header)
{
    if (!span_is(get_text(in, line, "format"), LEDGER_FORMAT))
        in->bad = true;
    header->app.v = get_u32(in, line, "sdkappid");
    header->month = get_month(in, line, "month");
    header->zone = get_text(in, line, "zone");
    header->is_final = get_bool(in, line, "final");
    header->through = get_day(in, line, "through");
    header->app_created_us = get_time(in, line, "app_created");
    header->plan_id = get_text(in, line, "plan");
    get_hash(in, line, "plan_sha256", header->plan_sha256);
    header->plan_bytes = get_u32(in, line, "plan_bytes");
}

static void read_limit(struct reading *in, struct json line, struct ledger_limit *limit)
{
    GET_NAMED(in, line, "limit", name_of_limit, LIMIT_COUNT, &limit->limit);
    limit->value = get_u64(in, line, "value");
    limit->source = get_source(in, line);
    limit->document = get_u32_or_0(in, line, "document");
    limit->record = get_u64_or(in, line, "record", 0);
    limit->at_us = get_time(in, line, "at");
}

static void read_change(struct reading *in, struct json line, struct entitlement_change *change)
{
    change->at_us = get_time(in, line, "at");
    change->record = get_u64(in, line, "record");
    GET_NAMED(in, line, "limit", entitlement_name, (unsigned)ENTITLEMENT_END, &change->entitlement);
    change->before = get_u64_or(in, line, "before", PLAN_UNLIMITED);
    change->value = get_u64_or(in, line, "value", PLAN_UNLIMITED);
    change->source = get_source(in, line);
    change->document = get_u32_or_0(in, line, "document");
    change->by = get_text(in, line, "by");
    change->reason = get_text(in, line, "reason");
}

static void read_month(struct reading *in, struct json line, struct ledger_month *month)
{
    month->two_terminals = get_bool(in, line, "two_terminals");
    month->largest_push = get_u64(in, line, "largest_push");
    month->most_pushes = get_u64(in, line, "most_pushes");
    month->groups_at_start = get_u64(in, line, "groups_at_start");
    month->groups_at_end = get_u64(in, line, "groups_at_end");
}

static void read_day(struct reading *in, struct json line, struct ledger_day *day)
{
    day->day = get_day(in, line, "day");
    day->dau = get_u64(in, line, "dau");
    day->has_groups = json_member(line, "groups").type != JSON_NONE;
    if (!day->has_groups)
        return;
    day->groups_made = get_u64(in, line, "groups_made");
    day->groups_dissolved = get_u64(in, line, "groups_dissolved");
    day->groups = get_u64(in, line, "groups");
    day->groups_peak = get_u64(in, line, "groups_peak");
}

static void read_logins(struct reading *in, struct json line, struct ledger_logins *logins)
{
    logins->day = get_day(in, line, "day");
    logins->chunk = get_u32(in, line, "chunk");
    logins->count = get_u32(in, line, "count");
    logins->set = get_base64(in, line, "base64");
}

static void read_contract(struct reading *in, struct json line, struct ledger_contract *contract)
{
    contract->number = get_u32(in, line, "contract");
    contract->filed_us = get_time(in, line, "filed");
    contract->by = get_text(in, line, "by");
    get_hash(in, line, "sha256", contract->sha256);
    contract->bytes = get_u32(in, line, "bytes");
}

static void read_bill_usage(struct reading *in, struct json object, struct frozen_usage *usage)
{
    usage->peak_dau = get_u64(in, object, "peak_dau");
    usage->peak_day = get_day(in, object, "peak_day");
    usage->two_terminals = get_bool(in, object, "two_terminals");
    usage->largest_push = get_u64(in, object, "largest_push");
    usage->most_pushes = get_u64(in, object, "most_pushes");
    usage->peak_groups = get_u64(in, object, "peak_groups");
    usage->groups_at_end = get_u64(in, object, "groups_at_end");
    usage->mbps_days = get_u64(in, object, "mbps_days");
    usage->mbps_days_abroad = get_u64(in, object, "mbps_days_abroad");
    usage->packs = get_u32(in, object, "packs");
}

static void read_bill_limits(struct reading *in, struct json array, struct bill_row *bill)
{
    struct json_iter it = json_iter(array);
    struct ledger_limit limit;
    struct json item;
    struct span key;
    unsigned count = 0;

    while (json_next(&it, &key, &item)) {
        read_limit(in, item, &limit);
        if (count >= LIMIT_COUNT || limit.limit != count) {
            in->bad = true;
            return;
        }
        bill->usage.limits[count] = limit.value;
        bill->evidence[count++] = (struct limit_evidence){.record = limit.record,
                                                          .at_us = limit.at_us,
                                                          .document = limit.document,
                                                          .source = limit.source};
    }
    if (count != LIMIT_COUNT)
        in->bad = true;
}

static void read_bill_lines(struct reading *in, struct json array, struct bill_row *bill)
{
    struct json_iter it = json_iter(array);
    struct json item;
    struct span key;

    while (json_next(&it, &key, &item)) {
        struct stored_line *line = &bill->lines[bill->line_count];

        if (bill->line_count == BILL_MAX_LINES) {
            in->bad = true;
            return;
        }
        bill->line_count++;
        GET_NAMED(in, item, "item", name_of_item, (unsigned)BILL_LINE_COUNT, &line->item);
        line->quantity = get_u64(in, item, "quantity");
        line->units = get_u64(in, item, "units");
        if (bill->issued_us)
            line->amount_fen = get_i64(in, item, "amount_fen");
    }
}

static const struct bill_row *read_bill(struct reading *in, struct json line)
{
    struct json object = json_member(line, "bill");
    struct bill_row *bill;
    struct span plan;

    if (object.type == JSON_NULL)
        return NULL;
    bill = ARENA_NEW(in->arena, struct bill_row);
    bill->closed_us = get_time(in, object, "closed");
    bill->issued_us = get_time(in, object, "issued");
    plan = get_text(in, object, "plan");
    if (plan.n > sizeof(bill->plan_id))
        in->bad = true;
    else
        memcpy(bill->plan_id, plan.p, plan.n);
    get_hash(in, object, "plan_sha256", bill->plan_sha256);
    bill->contract = get_u32_or_0(in, object, "contract");
    if (bill->issued_us)
        bill->total_fen = get_i64(in, object, "total_fen");
    read_bill_usage(in, json_member(object, "usage"), &bill->usage);
    read_bill_limits(in, json_member(object, "limits"), bill);
    read_bill_lines(in, json_member(object, "lines"), bill);
    return bill;
}

static void read_document(struct reading *in, struct json line, struct bill_document *document)
{
    struct bill_document_row *row = &document->row;
    struct span by = get_text(in, line, "by");

    document->number = get_u32(in, line, "number");
    row->at_us = get_time(in, line, "at");
    GET_NAMED(in, line, "document", bill_document_kind_name, DOCUMENT_PAYMENT + 1u, &row->kind);
    row->amount_fen = get_i64(in, line, "amount_fen");
    document->reference = get_text(in, line, "reference");
    document->reason = get_text(in, line, "reason");
    if (by.n > sizeof(row->by))
        in->bad = true;
    else
        memcpy(row->by, by.p, by.n);
}

static void read_status(struct reading *in, struct json line, struct ledger_status *status)
{
    GET_NAMED(in, line, "state", bill_state_name, BILL_VOID + 1u, &status->state);
    status->adjusted_fen = get_i64(in, line, "adjusted_fen");
    status->credited_fen = get_i64(in, line, "credited_fen");
    status->paid_fen = get_i64(in, line, "paid_fen");
    status->due_fen = get_i64(in, line, "due_fen");
    status->ended_us = get_time(in, line, "ended");
}

static void read_members(struct reading *in, struct json object, struct ledger_line *line)
{
    switch ((enum ledger_kind)line->kind) {
    case LEDGER_HEADER:
        read_header(in, object, &line->of.header);
        break;
    case LEDGER_PLAN:
    case LEDGER_CONTRACT_PART:
        line->of.part.part = get_u32(in, object, "part");
        line->of.part.bytes = get_base64(in, object, "base64");
        break;
    case LEDGER_LIMIT:
        read_limit(in, object, &line->of.limit);
        break;
    case LEDGER_CHANGE:
        read_change(in, object, &line->of.change);
        break;
    case LEDGER_MONTH:
        read_month(in, object, &line->of.month);
        break;
    case LEDGER_DAY:
        read_day(in, object, &line->of.day);
        break;
    case LEDGER_LOGINS:
        read_logins(in, object, &line->of.logins);
        break;
    case LEDGER_CONTRACT:
        read_contract(in, object, &line->of.contract);
        break;
    case LEDGER_BILL:
        line->of.bill = read_bill(in, object);
        break;
    case LEDGER_DOCUMENT:
        read_document(in, object, &line->of.document);
        break;
    case LEDGER_STATUS:
        read_status(in, object, &line->of.status);
        break;
    case LEDGER_END:
        line->of.lines = get_u64(in, object, "lines");
        break;
    case LEDGER_KIND_END:
        CHECK(false);
    }
}

bool ledger_read(const struct ledger_frame *frame, struct arena *arena,
                 struct ledger_line *ret_line)
{
    const struct span bytes = {frame->bytes, frame->byte_count};
    struct reading in = {.arena = arena};
    char text[LEDGER_MAX_LINE];
    struct buf again = {.p = text, .room = sizeof(text), .max = sizeof(text)};
    struct json object;

    if (!json_parse(bytes, &object) || object.type != JSON_OBJECT)
        return false;
    *ret_line = (struct ledger_line){.kind = frame->kind};
    read_members(&in, object, ret_line);
    if (in.bad)
        return false;
    ledger_put(&again, frame->n, ret_line);
    return !again.overflow && span_eq(buf_span(&again), bytes);
}
