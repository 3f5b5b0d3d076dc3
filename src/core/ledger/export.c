/*
 * A page is made by one section: its rows are asked for together, then its lines are put down. The
 * cursor says how far a section has come, so nothing is kept between two pages.
 */
#include "core/ledger/export.h"

#include <stdio.h>

#include "base/check.h"
#include "core/group/rows.h"
#include "core/quota/rows.h"
#include "core/usage/calendar.h"
#include "core/usage/day_set.h"
#include "core/usage/report.h"

#define PAGE_ROWS 32u     /* looked up for days and their logins; a row has at most 4 KiB */
#define PAGE_CHANGES 100u /* a change has at most some 3 KiB as text */
#define PAGE_DOCUMENTS 64u
#define PLAN_PARTS 32u

struct exporting {
    struct shard *shard;
    struct request *req;
    struct app_id app;
    uint32_t month;
    const struct app_row *app_row;
    const struct bill_row *bill; /* NULL: the month is not closed */
    struct ledger_cursor next;
    struct ledger_line *lines;
    uint32_t count, room;
};

static struct ledger_line *add(struct exporting *to, enum ledger_kind kind)
{
    struct ledger_line *line;

    CHECK(to->count < to->room);
    line = &to->lines[to->count++];
    line->kind = (uint8_t)kind;
    return line;
}

static void make_room(struct exporting *to, uint32_t lines)
{
    to->lines = ARENA_ARRAY(&to->req->arena, struct ledger_line, lines);
    to->room = lines;
}

static struct span copied(struct exporting *to, const void *bytes, size_t n)
{
    return arena_copy(&to->req->arena, span_make(bytes, n));
}

static void next_section(struct exporting *to, enum ledger_section section)
{
    to->next.section = (uint8_t)section;
    to->next.at = 0;
    to->next.chunk = 0;
}

/* ---- head ---- */

struct plan_rows {
    struct span parts[PLAN_PARTS];
    uint32_t bytes;
};

static void plan_part_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct plan_rows *rows = arg;
    uint16_t part = get_be16(key.p + key.n - 2);

    if (part < PLAN_PARTS) {
        rows->parts[part] = span_make(value, n);
        rows->bytes += (uint32_t)n;
    }
}

/* A closed month has the plan that it was billed by. */
static struct span plan_id_of(const struct exporting *to)
{
    const char *id = to->bill ? to->bill->plan_id : to->app_row->plan_id;

    return (struct span){id, strnlen(id, sizeof(to->bill->plan_id))};
}

/*
 * What was in force when the month began, or when the app was made in it: the last change before
 * it, or else what the first change of all found, or else what there is now.
 */
struct start {
    struct ledger_limit limit;
    bool is_known; /* by a change before the month, or by what the first one behind found */
};

static void start_learn(struct start *starts, const struct entitlement_change *change, bool before)
{
    struct start *start;

    if (change->entitlement >= LIMIT_COUNT)
        return;
    start = &starts[change->entitlement];
    if (before) {
        start->limit = (struct ledger_limit){.limit = change->entitlement,
                                             .source = change->source,
                                             .document = change->document,
                                             .value = change->value,
                                             .record = change->record,
                                             .at_us = change->at_us};
        start->is_known = true;
    } else if (!start->is_known) {
        start->limit.value = change->before;
        start->is_known = true;
    }
}

static enum im_err starts_read(struct exporting *to, struct start starts[LIMIT_COUNT])
{
    const struct zone *zone = shard_zone(to->shard);
    uint32_t first = zone_month(zone, to->app_row->created_us);
    uint32_t last = zone_month(zone, shard_now_us(to->shard));
    struct row_key key;

    for (uint32_t month = first; month <= last; month++)
        row_need_collection(to->shard, row_prefix_grant_changes(&key, to->app, month));
    if (shard_missing(to->shard))
        return IM_AGAIN;
    for (uint8_t i = 0; i < LIMIT_COUNT; i++)
        starts[i] = (struct start){.limit = {.limit = i,
                                             .source = LIMIT_FROM_PLAN,
                                             .value = to->app_row->limits[i].value,
                                             .at_us = to->app_row->created_us}};
    for (uint32_t month = first; month <= last; month++) {
        struct entitlement_change *changes;
        uint32_t count;

        CHECK(entitlement_changes(to->shard, to->req, to->app, month, &changes, &count) == IM_OK);
        for (uint32_t i = 0; i < count; i++)
            start_learn(starts, &changes[i], month < to->month);
    }
    for (uint8_t i = 0; i < LIMIT_COUNT; i++)
        starts[i].limit.value = limit_in_force((enum limit)i, starts[i].limit.value);
    return IM_OK;
}

static void add_header(struct exporting *to, const struct plan_rows *plan)
{
    struct span id = plan_id_of(to);
    const struct plan *parsed;
    struct ledger_header header = {.app = to->app,
                                   .month = to->month,
                                   .zone = span_of(zone_name(shard_zone(to->shard))),
                                   .is_final = to->next.is_final,
                                   .through = to->next.through,
                                   .app_created_us = to->app_row->created_us,
                                   .plan_id = copied(to, id.p, id.n),
                                   .plan_bytes = plan->bytes};

    if (to->bill)
        memcpy(header.plan_sha256, to->bill->plan_sha256, sizeof(header.plan_sha256));
    else if (plans_find(to->shard, id, &parsed) == STATE_HIT)
        memcpy(header.plan_sha256, parsed->sha256, sizeof(header.plan_sha256));
    add(to, LEDGER_HEADER)->of.header = header;
}

static enum im_err head_page(struct exporting *to)
{
    struct plan_rows plan = {0};
    struct start starts[LIMIT_COUNT];
    const struct plan *parsed;
    struct span id = plan_id_of(to);
    struct row_key key;

    if (id.n) {
        row_need_collection(to->shard, row_prefix_plan(&key, id));
        plans_find(to->shard, id, &parsed);
    }
    if (starts_read(to, starts) == IM_AGAIN)
        return IM_AGAIN;
    if (id.n)
        state_scan(shard_state(to->shard), row_prefix_plan(&key, id), plan_part_seen, &plan);
    make_room(to, 1 + PLAN_PARTS + LIMIT_COUNT);
    add_header(to, &plan);
    for (uint32_t i = 0; i < PLAN_PARTS && plan.parts[i].n; i++)
        add(to, LEDGER_PLAN)->of.part =
            (struct ledger_part){i + 1, copied(to, plan.parts[i].p, plan.parts[i].n)};
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        add(to, LEDGER_LIMIT)->of.limit = starts[i].limit;
    next_section(to, SECTION_CHANGES);
    return IM_OK;
}

/* ---- changes ---- */

static enum im_err changes_page(struct exporting *to)
{
    struct entitlement_change *changes;
    uint32_t count, at = to->next.at, end;
    enum im_err err = entitlement_changes(to->shard, to->req, to->app, to->month, &changes, &count);

    if (err)
        return err;
    if (at > count)
        at = count;
    end = count - at > PAGE_CHANGES ? at + PAGE_CHANGES : count;
    make_room(to, end - at);
    for (; at < end; at++)
        add(to, LEDGER_CHANGE)->of.change = changes[at];
    if (end < count)
        to->next.at = end;
    else
        next_section(to, SECTION_MONTH);
    return IM_OK;
}

/* ---- the month as a whole ---- */

static enum im_err month_page(struct exporting *to)
{
    uint32_t first = month_first_day(to->month);
    struct month_row row;
    struct ledger_month month = {0};

    month.groups_at_start = usage_groups_at_end_of(to->shard, to->app, first - 1);
    month.groups_at_end = to->next.through
                              ? usage_groups_at_end_of(to->shard, to->app, to->next.through)
                              : month.groups_at_start;
    if (usage_month_row(to->shard, to->app, to->month, &row) == IM_AGAIN ||
        shard_missing(to->shard))
        return IM_AGAIN;
    month.two_terminals = row.terminals_used;
    month.largest_push = row.largest_push;
    month.most_pushes = row.most_pushes;
    make_room(to, 1);
    add(to, LEDGER_MONTH)->of.month = month;
    next_section(to, to->next.through ? SECTION_DAYS : SECTION_BILL);
    return IM_OK;
}

/* ---- days ---- */

static void add_day(struct exporting *to, uint32_t day, const struct day_row *row,
                    const struct day_groups_row *groups)
{
    struct ledger_day line = {.day = day, .dau = row ? row->login_users : 0};

    if (!line.dau && !groups)
        return;
    if (groups) {
        line.has_groups = true;
        line.groups_made = groups->made;
        line.groups_dissolved = groups->dissolved;
        line.groups = groups->total;
        line.groups_peak = groups->peak > groups->total ? groups->peak : groups->total;
    }
    add(to, LEDGER_DAY)->of.day = line;
}

static void add_logins(struct exporting *to, uint32_t day, uint32_t chunk)
{
    struct row_key key;
    const void *set;
    size_t n;

    if (row_find(to->shard, row_key_day_set(&key, to->app, day, DAY_SET_LOGIN, chunk), &set, &n) !=
        STATE_HIT)
        return;
    add(to, LEDGER_LOGINS)->of.logins = (struct ledger_logins){
        .day = day, .chunk = chunk, .count = day_set_count(set, n), .set = copied(to, set, n)};
}

/* One day from the cursor's chunk on, in at most *rows lookups. */
static void day_step(struct exporting *to, uint32_t first, uint32_t *rows)
{
    uint32_t day = first + to->next.at;
    uint32_t chunks = day_set_chunk((struct account_no){to->app_row->last_account}) + 1;
    const void *row = NULL, *groups = NULL;
    struct row_key key;

    row_find(to->shard, row_key_day(&key, to->app, day), &row, NULL);
    row_find(to->shard, row_key_day_groups(&key, to->app, day), &groups, NULL);
    *rows -= *rows < 2 ? *rows : 2;
    if (to->next.chunk == 0)
        add_day(to, day, row, groups);
    if (!row || !((const struct day_row *)row)->login_users)
        to->next.chunk = chunks;
    for (; to->next.chunk < chunks && *rows; to->next.chunk++, --*rows)
        add_logins(to, day, to->next.chunk);
    if (to->next.chunk < chunks)
        return;
    to->next.at++;
    to->next.chunk = 0;
}

static enum im_err days_page(struct exporting *to)
{
    uint32_t first = month_first_day(to->month);
    uint32_t rows = PAGE_ROWS;

    make_room(to, PAGE_ROWS + 31);
    while (rows && first + to->next.at <= to->next.through)
        day_step(to, first, &rows);
    if (shard_missing(to->shard))
        return IM_AGAIN;
    if (first + to->next.at > to->next.through)
        next_section(to, SECTION_BILL);
    return IM_OK;
}

/* ---- the bill ---- */

static enum im_err contract_add(struct exporting *to, uint32_t number)
{
    const struct contract_row *contract;
    struct row_key key;
    const void *row;
    size_t n;
    uint32_t at = 0;

    if (row_find(to->shard, row_key_contract(&key, to->app, number, 0), &row, NULL) != STATE_HIT)
        return shard_missing(to->shard) ? IM_AGAIN : IM_OK;
    contract = row;
    add(to, LEDGER_CONTRACT)->of.contract = (struct ledger_contract){
        .number = number,
        .filed_us = contract->filed_us,
        .by = copied(to, contract->by, strnlen(contract->by, sizeof(contract->by))),
        .bytes = contract->file_bytes};
    memcpy(to->lines[to->count - 1].of.contract.sha256, contract->sha256, 32);
    for (uint16_t part = 1; at < contract->file_bytes; part++) {
        if (row_find(to->shard, row_key_contract(&key, to->app, number, part), &row, &n) ==
            STATE_HIT)
            add(to, LEDGER_CONTRACT_PART)->of.part = (struct ledger_part){part, copied(to, row, n)};
        at += CONTRACT_PART_BYTES;
    }
    return shard_missing(to->shard) ? IM_AGAIN : IM_OK;
}

static enum im_err bill_page(struct exporting *to)
{
    uint32_t contract = to->bill ? to->bill->contract : 0;
    enum im_err err = IM_OK;

    make_room(to, 3 + CONTRACT_MAX_BYTES / CONTRACT_PART_BYTES + 1);
    if (!to->bill) {
        struct frozen_month frozen;

        err = month_freeze(to->shard, to->req, to->app, to->month, &frozen);
        contract = err ? 0 : frozen.contract_number;
    }
    if (!err && contract)
        err = contract_add(to, contract);
    if (err)
        return err;
    add(to, LEDGER_BILL)->of.bill = to->bill;
    next_section(to, SECTION_DOCUMENTS);
    return IM_OK;
}

/* ---- what goes on behind it ---- */

static void add_document(struct exporting *to, uint32_t number)
{
    const struct bill_document_row *row;
    struct bill_document *document;
    struct row_key key;
    const void *value;
    const char *text;

    if (row_find(to->shard, row_key_bill_document(&key, to->app, to->month, number), &value,
                 NULL) != STATE_HIT)
        return;
    row = value;
    text = (const char *)(row + 1);
    document = &add(to, LEDGER_DOCUMENT)->of.document;
    document->number = number;
    document->row = *row;
    document->reference = copied(to, text, row->reference_bytes);
    document->reason = copied(to, text + row->reference_bytes, row->reason_bytes);
}

static void add_status(struct exporting *to)
{
    const struct bill_row *bill = to->bill;
    struct ledger_status status = {0};

    if (bill)
        status = (struct ledger_status){.state = bill->state,
                                        .adjusted_fen = bill->added_fen,
                                        .credited_fen = bill->credited_fen,
                                        .paid_fen = bill->paid_fen,
                                        .due_fen = bill->total_fen + bill->added_fen -
                                                   bill->credited_fen - bill->paid_fen,
                                        .ended_us = bill->ended_us};
    add(to, LEDGER_STATUS)->of.status = status;
}

static enum im_err documents_page(struct exporting *to)
{
    uint32_t documents = to->bill ? to->bill->documents : 0;
    uint32_t end = to->next.at + PAGE_DOCUMENTS;
    uint64_t lines;

    make_room(to, PAGE_DOCUMENTS + 2);
    while (to->next.at < documents && to->next.at < end)
        add_document(to, ++to->next.at);
    if (shard_missing(to->shard))
        return IM_AGAIN;
    if (to->next.at < documents)
        return IM_OK;
    add_status(to);
    lines = to->next.chain.n + to->count + 1;
    add(to, LEDGER_END)->of.lines = lines;
    next_section(to, SECTION_DONE);
    return IM_OK;
}

/* ---- pages ---- */

static enum im_err page_make(struct exporting *to)
{
    switch ((enum ledger_section)to->next.section) {
    case SECTION_HEAD:
        return head_page(to);
    case SECTION_CHANGES:
        return changes_page(to);
    case SECTION_MONTH:
        return month_page(to);
    case SECTION_DAYS:
        return days_page(to);
    case SECTION_BILL:
        return bill_page(to);
    case SECTION_DOCUMENTS:
        return documents_page(to);
    case SECTION_DONE:
        break;
    }
    CHECK(false);
    return IM_ERR_INVALID;
}

/* An export of a month that is not closed covers the days that are over, so that no day changes
   between two pages. */
static uint32_t covered(struct exporting *to)
{
    uint32_t last = month_last_day(to->month), first = month_first_day(to->month);
    uint32_t today = zone_day(shard_zone(to->shard), shard_now_us(to->shard));

    if (today > last)
        return last;
    return today > first ? today - 1 : 0;
}

static enum im_err begin(struct exporting *to, struct span cursor)
{
    uint32_t through = covered(to);

    if (!cursor.n) {
        to->next = (struct ledger_cursor){.is_final = to->bill != NULL, .through = through};
        ledger_chain_start(&to->next.chain);
        return IM_OK;
    }
    if (!ledger_cursor_parse(cursor, &to->next) || to->next.through > through ||
        (to->next.through && to->next.through < month_first_day(to->month)) ||
        (to->next.is_final && (!to->bill || to->next.through != through)) ||
        (to->next.section == SECTION_DAYS && (!to->next.through || to->next.at > 31)))
        return operator_refuse(to->req, IM_ERR_INVALID, "the cursor is not one of this ledger");
    /* What was begun as that of an open month ends as that. */
    if (!to->next.is_final)
        to->bill = NULL;
    return IM_OK;
}

enum im_err ledger_export(struct shard *shard, struct request *req)
{
    const struct ledger_req *ask = req->body;
    struct exporting to = {.shard = shard, .req = req, .app = ask->app, .month = ask->month};
    struct ledger_page *page = ARENA_NEW(&req->arena, struct ledger_page);
    struct row_key key;
    const void *row;
    enum im_err err = app_named(shard, req, ask->app, &to.app_row);

    if (!err)
        err = usage_month_check(shard, req, to.app_row, ask->month);
    if (err)
        return err;
    if (row_find(shard, row_key_bill(&key, ask->app, ask->month), &row, NULL) == STATE_HIT) {
        struct bill_row *bill = ARENA_NEW(&req->arena, struct bill_row);

        *bill = *(const struct bill_row *)row;
        to.bill = bill;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    err = begin(&to, ask->cursor);
    page->from = to.next;
    if (!err)
        err = page_make(&to);
    if (err)
        return err;
    page->next = to.next;
    page->lines = to.lines;
    page->count = to.count;
    req->result = page;
    return IM_OK;
}

/* ---- cursors ---- */

struct span ledger_cursor_format(const struct ledger_cursor *cursor, char into[LEDGER_CURSOR_BYTES])
{
    struct buf text = {.p = into, .room = LEDGER_CURSOR_BYTES, .max = LEDGER_CURSOR_BYTES};

    buf_printf(&text, "%u.%u.%u.%u.%u.%llu.", cursor->section, cursor->is_final, cursor->at,
               cursor->chunk, cursor->through, (unsigned long long)cursor->chain.n);
    for (size_t i = 0; i < sizeof(cursor->chain.hash); i++)
        buf_printf(&text, "%02x", cursor->chain.hash[i]);
    CHECK(!text.overflow);
    return buf_span(&text);
}

bool ledger_cursor_parse(struct span text, struct ledger_cursor *ret_cursor)
{
    uint64_t numbers[6];

    for (size_t i = 0; i < 6; i++) {
        const char *dot = memchr(text.p, '.', text.n);
        size_t n = dot ? (size_t)(dot - text.p) : 0;

        if (!dot || !span_to_u64((struct span){text.p, n}, &numbers[i]) || numbers[i] > UINT32_MAX)
            return false;
        text = (struct span){dot + 1, text.n - n - 1};
    }
    if (numbers[0] >= SECTION_DONE || numbers[1] > 1 ||
        !ledger_hash_parse(text, ret_cursor->chain.hash))
        return false;
    ret_cursor->section = (uint8_t)numbers[0];
    ret_cursor->is_final = numbers[1];
    ret_cursor->at = (uint32_t)numbers[2];
    ret_cursor->chunk = (uint32_t)numbers[3];
    ret_cursor->through = (uint32_t)numbers[4];
    ret_cursor->chain.n = numbers[5];
    return true;
}
