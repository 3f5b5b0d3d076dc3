#include "core/ledger/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/ledger/verify_internal.h"
#include "core/usage/calendar.h"
#include "core/usage/day_set.h"
#include "wire/json.h"

struct ledger_verifier *ledger_verifier_new(void)
{
    struct ledger_verifier *v = mem_zalloc(sizeof(*v));

    ledger_chain_start(&v->chain);
    arena_init(&v->arena);
    buf_init(&v->plan.text, PLAN_MAX_BYTES);
    buf_init(&v->contract.text, CONTRACT_MAX_BYTES);
    return v;
}

void ledger_verifier_free(struct ledger_verifier *v)
{
    if (!v)
        return;
    arena_release(&v->arena);
    buf_release(&v->plan.text);
    buf_release(&v->contract.text);
    free(v);
}

struct ledger_finding ledger_finding(const struct ledger_verifier *v)
{
    struct ledger_finding finding = {.problem = v->problem,
                                     .app = v->app,
                                     .month = v->month,
                                     .is_final = v->is_final,
                                     .lines = v->chain.n,
                                     .checks = v->checks,
                                     .check_count = v->check_count,
                                     .differing = v->differing};

    memcpy(finding.end_hash, v->chain.hash, sizeof(finding.end_hash));
    return finding;
}

void ledger_check(struct ledger_verifier *v, bool fits, const char *file, const char *found,
                  const char *item, ...)
{
    struct ledger_check *check = &v->checks[v->check_count];
    va_list args;

    v->differing += !fits;
    if (v->check_count == LEDGER_MAX_CHECKS)
        return;
    v->check_count++;
    check->fits = fits;
    snprintf(check->file, sizeof(check->file), "%s", file);
    snprintf(check->found, sizeof(check->found), "%s", found);
    va_start(args, item);
    vsnprintf(check->item, sizeof(check->item), item, args);
    va_end(args);
}

void ledger_check_u64(struct ledger_verifier *v, uint64_t file, uint64_t found, const char *item)
{
    struct number_text said = number_format(file, false), counted = number_format(found, false);

    ledger_check(v, file == found, said.text, counted.text, "%s", item);
}

/* ---- what is wrong with the file ---- */

/* "day 20261105", "change" and the like, as far as the line can be read. */
static void describe(const struct ledger_verifier *v, char *into, size_t room)
{
    const struct ledger_frame *frame = &v->frame;
    struct json object, day;

    snprintf(into, room, "%s", ledger_kind_name(frame->kind));
    if (frame->kind != LEDGER_DAY && frame->kind != LEDGER_LOGINS)
        return;
    if (!json_parse((struct span){frame->bytes, frame->byte_count}, &object))
        return;
    day = json_member(object, "day");
    if (day.type == JSON_STRING && !day.escaped && day.text.n == 10)
        snprintf(into, room, "%s %.8s", ledger_kind_name(frame->kind), day.text.p + 1);
}

/* Names the line that is looked at. */
static enum im_err refuse(struct ledger_verifier *v, const char *what)
{
    char description[64];

    describe(v, description, sizeof(description));
    snprintf(v->problem, sizeof(v->problem), "line %llu (%s): %s",
             (unsigned long long)v->chain.n + 1, description, what);
    return IM_ERR_CORRUPT;
}

static enum im_err refuse_file(struct ledger_verifier *v, const char *what)
{
    snprintf(v->problem, sizeof(v->problem), "line %llu: %s", (unsigned long long)v->chain.n + 1,
             what);
    return IM_ERR_CORRUPT;
}

static enum im_err refuse_missing(struct ledger_verifier *v)
{
    unsigned long long first = v->chain.n + 1, last = v->other_n - 1;

    if (first == last)
        snprintf(v->problem, sizeof(v->problem),
                 "line %llu is missing: behind line %llu stands line %llu", first, first - 1,
                 last + 1);
    else
        snprintf(v->problem, sizeof(v->problem),
                 "lines %llu to %llu are missing: behind line %llu stands line %llu", first, last,
                 first - 1, last + 1);
    return IM_ERR_CORRUPT;
}

/* Behind a line with another number than its own: which of the two is wrong, or what is missing.
 */
static enum im_err refuse_order(struct ledger_verifier *v, uint64_t n)
{
    unsigned long long place = v->chain.n + 1;

    if (n == place) {
        snprintf(v->problem, sizeof(v->problem),
                 "lines %llu and %llu: they stand in the wrong order", place, place + 1);
        return IM_ERR_CORRUPT;
    }
    if (n == place + 1 && n != v->other_n + 1)
        return refuse_file(v, "it has another number than its own: the line was changed");
    return refuse_missing(v);
}

/* The number of a line that is not the next one. */
static enum im_err wrong_number(struct ledger_verifier *v, const struct ledger_frame *frame)
{
    char text[96];

    if (frame->n > v->chain.n) {
        v->other_n = frame->n;
        return IM_OK; /* the line behind it tells what happened */
    }
    snprintf(text, sizeof(text), "line %llu stands there again: it was doubled or moved",
             (unsigned long long)frame->n);
    return refuse_file(v, text);
}

/* ---- what each line says ---- */

#define AFTER(kind) (1u << (kind))

static const uint32_t stands_behind[LEDGER_KIND_END] = {
    [LEDGER_HEADER] = AFTER(0),
    [LEDGER_PLAN] = AFTER(LEDGER_HEADER) | AFTER(LEDGER_PLAN),
    [LEDGER_LIMIT] = AFTER(LEDGER_HEADER) | AFTER(LEDGER_PLAN) | AFTER(LEDGER_LIMIT),
    [LEDGER_CHANGE] = AFTER(LEDGER_LIMIT) | AFTER(LEDGER_CHANGE),
    [LEDGER_MONTH] = AFTER(LEDGER_LIMIT) | AFTER(LEDGER_CHANGE),
    [LEDGER_DAY] = AFTER(LEDGER_MONTH) | AFTER(LEDGER_DAY) | AFTER(LEDGER_LOGINS),
    [LEDGER_LOGINS] = AFTER(LEDGER_DAY) | AFTER(LEDGER_LOGINS),
    [LEDGER_CONTRACT] = AFTER(LEDGER_MONTH) | AFTER(LEDGER_DAY) | AFTER(LEDGER_LOGINS),
    [LEDGER_CONTRACT_PART] = AFTER(LEDGER_CONTRACT) | AFTER(LEDGER_CONTRACT_PART),
    [LEDGER_BILL] = AFTER(LEDGER_MONTH) | AFTER(LEDGER_DAY) | AFTER(LEDGER_LOGINS) |
                    AFTER(LEDGER_CONTRACT_PART),
    [LEDGER_DOCUMENT] = AFTER(LEDGER_BILL) | AFTER(LEDGER_DOCUMENT),
    [LEDGER_STATUS] = AFTER(LEDGER_BILL) | AFTER(LEDGER_DOCUMENT),
    [LEDGER_END] = AFTER(LEDGER_STATUS),
};

static enum im_err take_header(struct ledger_verifier *v, const struct ledger_header *header)
{
    uint32_t first = month_first_day(header->month), last = month_last_day(header->month);

    if (header->plan_id.n > PLAN_ID_MAX)
        return refuse(v, "the plan's id is too long");
    if (header->is_final ? header->through != last
                         : header->through && (header->through < first || header->through > last))
        return refuse(v, "the days that it covers are not those of the month");
    v->app = header->app;
    v->month = header->month;
    v->is_final = header->is_final;
    v->through = header->through;
    memcpy(v->plan_id, header->plan_id.p, header->plan_id.n);
    memcpy(v->plan.sha256, header->plan_sha256, sizeof(v->plan.sha256));
    v->plan.bytes = header->plan_bytes;
    return IM_OK;
}

static enum im_err take_part(struct ledger_verifier *v, struct ledger_file *file,
                             const struct ledger_part *part)
{
    if (part->part != ++file->parts)
        return refuse(v, "a part is missing before it");
    buf_add_span(&file->text, part->bytes);
    return file->text.overflow ? refuse(v, "the file that it belongs to is too long") : IM_OK;
}

static enum im_err take_limit(struct ledger_verifier *v, const struct ledger_limit *limit)
{
    if (v->limit_count == LIMIT_COUNT || limit->limit != v->limit_count)
        return refuse(v, "the limits are not in their order");
    v->limits[v->limit_count++] = *limit;
    v->running[limit->limit] = limit->value;
    return IM_OK;
}

static enum im_err take_change(struct ledger_verifier *v, const struct entitlement_change *change)
{
    struct ledger_limit *highest;
    struct number_text said, running;

    if (change->record < v->last_record ||
        (change->record == v->last_record && change->entitlement <= v->last_entitlement))
        return refuse(v, "the changes are not in the order of their records");
    v->last_record = change->record;
    v->last_entitlement = change->entitlement;
    if (change->entitlement >= LIMIT_COUNT)
        return IM_OK; /* nothing is charged by caps and services */
    if (change->before != v->running[change->entitlement]) {
        said = number_format(change->before, false);
        running = number_format(v->running[change->entitlement], false);
        ledger_check(v, false, said.text, running.text, "%s before record %llu",
                     entitlement_name(change->entitlement), (unsigned long long)change->record);
    }
    v->running[change->entitlement] = change->value;
    highest = &v->limits[change->entitlement];
    if (change->value > highest->value ||
        (!v->changed[change->entitlement] && grant_is_of_month_start(change->source, change->by)))
        *highest = (struct ledger_limit){.limit = change->entitlement,
                                         .source = change->source,
                                         .document = change->document,
                                         .value = change->value,
                                         .record = change->record,
                                         .at_us = change->at_us};
    v->changed[change->entitlement] = true;
    return IM_OK;
}

static enum im_err take_month(struct ledger_verifier *v, const struct ledger_month *month)
{
    if (v->limit_count != LIMIT_COUNT)
        return refuse(v, "limits are missing before it");
    v->whole = *month;
    v->groups = v->peak_groups = month->groups_at_start;
    return IM_OK;
}

/* The logins of the last day are all there, or none are left. */
static void day_done(struct ledger_verifier *v)
{
    char item[32], day[CALENDAR_TEXT_BYTES];

    if (!v->day.day)
        return;
    snprintf(item, sizeof(item), "DAU of %s", day_format(v->day.day, day));
    if (v->day.dau || v->counted)
        ledger_check_u64(v, v->day.dau, v->counted, item);
    if (v->counted > v->peak_dau) {
        v->peak_dau = v->counted;
        v->peak_day = v->day.day;
    }
    v->day.day = 0;
}

static void count_groups(struct ledger_verifier *v, const struct ledger_day *day)
{
    uint64_t most, total;
    char text[CALENDAR_TEXT_BYTES];
    struct number_text said, counted;

    if (!day->has_groups)
        return;
    if (__builtin_add_overflow(v->groups, day->groups_made, &most))
        most = UINT64_MAX;
    total = day->groups_dissolved > most ? 0 : most - day->groups_dissolved;
    if (day->groups != total || day->groups_peak < total || day->groups_peak > most) {
        said = number_format(day->groups, false);
        counted = number_format(total, false);
        ledger_check(v, false, said.text, counted.text, "groups of %s", day_format(day->day, text));
    }
    v->groups = total;
    if (day->groups_peak > v->peak_groups)
        v->peak_groups = day->groups_peak;
}

static enum im_err take_day(struct ledger_verifier *v, const struct ledger_day *day)
{
    uint32_t last = v->day.day;

    if (day->day < month_first_day(v->month) || day->day > v->through || day->day <= last)
        return refuse(v, "the day is not one of those that follow");
    day_done(v);
    v->day = *day;
    v->counted = 0;
    v->next_chunk = 0;
    count_groups(v, day);
    return IM_OK;
}

/* A sorted array of offsets or a bitmap, as core/usage/day_set.h stores them. */
static bool set_valid(struct span set)
{
    if (!set.n || set.n % 2 || set.n > DAY_SET_BITMAP_BYTES)
        return false;
    if (set.n == DAY_SET_BITMAP_BYTES)
        return true;
    for (size_t at = 0; at < set.n; at += 2) {
        uint16_t offset = get_le16(set.p + at);

        if (offset >= 1u << DAY_SET_CHUNK_BITS || (at && offset <= get_le16(set.p + at - 2)))
            return false;
    }
    return true;
}

static enum im_err take_logins(struct ledger_verifier *v, const struct ledger_logins *logins)
{
    uint32_t count;

    if (logins->day != v->day.day || logins->chunk < v->next_chunk ||
        logins->chunk > UINT32_MAX >> DAY_SET_CHUNK_BITS)
        return refuse(v, "it does not follow what stands before it");
    if (!set_valid(logins->set))
        return refuse(v, "it is not a set of accounts");
    count = day_set_count(logins->set.p, logins->set.n);
    if (count != logins->count)
        return refuse(v, "it holds another number of accounts than it says");
    v->counted += count;
    v->next_chunk = logins->chunk + 1;
    return IM_OK;
}

static enum im_err take_contract(struct ledger_verifier *v, const struct ledger_contract *contract)
{
    if (!contract->number)
        return refuse(v, "contracts are numbered from 1");
    v->contract_number = contract->number;
    memcpy(v->contract.sha256, contract->sha256, sizeof(v->contract.sha256));
    v->contract.bytes = contract->bytes;
    return IM_OK;
}

static enum im_err take_bill(struct ledger_verifier *v, const struct bill_row *bill)
{
    day_done(v);
    if (v->is_final != (bill != NULL))
        return refuse(v, "a closed month has a bill, and only that");
    v->has_bill = bill != NULL;
    if (bill)
        v->bill = *bill;
    return IM_OK;
}

static enum im_err take_document(struct ledger_verifier *v, const struct bill_document *document)
{
    uint64_t *sum = &v->document_fen[document->row.kind];

    if (document->number != ++v->documents)
        return refuse(v, "a document is missing before it");
    if (!v->has_bill || document->row.amount_fen <= 0)
        return refuse(v, "such a document cannot be");
    if (__builtin_add_overflow(*sum, (uint64_t)document->row.amount_fen, sum) || *sum > INT64_MAX)
        return refuse(v, "the amounts of the documents are too large");
    return IM_OK;
}

static enum im_err take(struct ledger_verifier *v, const struct ledger_line *line)
{
    switch ((enum ledger_kind)line->kind) {
    case LEDGER_HEADER:
        return take_header(v, &line->of.header);
    case LEDGER_PLAN:
        return take_part(v, &v->plan, &line->of.part);
    case LEDGER_LIMIT:
        return take_limit(v, &line->of.limit);
    case LEDGER_CHANGE:
        return take_change(v, &line->of.change);
    case LEDGER_MONTH:
        return take_month(v, &line->of.month);
    case LEDGER_DAY:
        return take_day(v, &line->of.day);
    case LEDGER_LOGINS:
        return take_logins(v, &line->of.logins);
    case LEDGER_CONTRACT:
        return take_contract(v, &line->of.contract);
    case LEDGER_CONTRACT_PART:
        return take_part(v, &v->contract, &line->of.part);
    case LEDGER_BILL:
        return take_bill(v, line->of.bill);
    case LEDGER_DOCUMENT:
        return take_document(v, &line->of.document);
    case LEDGER_STATUS:
        v->status = line->of.status;
        return IM_OK;
    case LEDGER_END:
        return line->of.lines == v->chain.n + 1 ? IM_OK
                                                : refuse(v, "the file has another number of lines");
    case LEDGER_KIND_END:
        break;
    }
    CHECK(false);
    return IM_ERR_INVALID;
}

/* ---- lines ---- */

static enum im_err follow(struct ledger_verifier *v)
{
    struct ledger_line line;
    uint8_t hash[32];
    enum im_err err;

    ledger_hash(v->chain.hash, (struct span){v->frame.bytes, v->frame.byte_count}, hash);
    if (memcmp(hash, v->frame.hash, sizeof(hash)) != 0)
        return refuse(v, "its hash does not fit: the line was changed");
    if (!ledger_read(&v->frame, &v->arena, &line))
        return refuse(v, "it is not written as a server writes it");
    if (!(stands_behind[line.kind] & AFTER(v->kind)))
        return refuse(v, "it stands in the wrong place");
    err = take(v, &line);
    if (err)
        return err;
    v->kind = line.kind;
    v->chain.n++;
    memcpy(v->chain.hash, hash, sizeof(hash));
    return IM_OK;
}

enum im_err ledger_verify_line(struct ledger_verifier *v, struct span text)
{
    enum im_err err;

    if (v->problem[0])
        return IM_ERR_CORRUPT;
    if (v->kind == LEDGER_END)
        return refuse_file(v, "it stands behind the end");
    if (!ledger_frame_read(text, &v->frame))
        return v->other_n   ? refuse_missing(v)
               : v->chain.n ? refuse_file(v, "it is no line of a ledger: it was changed")
                            : refuse_file(v, "it is not the first line of a ledger");
    if (v->other_n)
        return refuse_order(v, v->frame.n);
    if (v->frame.n != v->chain.n + 1)
        return wrong_number(v, &v->frame);
    err = follow(v);
    arena_release(&v->arena);
    arena_init(&v->arena);
    return err;
}

enum im_err ledger_verify_end(struct ledger_verifier *v, bool whole)
{
    if (v->problem[0])
        return IM_ERR_CORRUPT;
    if (v->other_n)
        return refuse_missing(v);
    if (!whole)
        return refuse_file(v, "the file ends inside it: it was cut off");
    if (v->kind != LEDGER_END)
        return refuse_file(v, v->chain.n ? "the file ends before it: it was cut off"
                                         : "the file is empty");
    ledger_check_bill(v);
    return IM_OK;
}
