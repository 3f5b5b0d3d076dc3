#include "core/group/notice.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/apply.h"
#include "core/group/member.h"
#include "core/session/session.h"

/* Of each text that a stored notice carries; what is longer is cut. */
#define NOTICE_TEXT_MAX 1000u

/* Stored. The time stands first: core/history/expiry.c reads it. */
struct notice_row {
    uint32_t time;
    uint32_t seq;
    uint64_t msg_key;
    uint8_t kind;
    uint8_t group_type;
    uint8_t at_type;
    uint8_t zero;
    uint8_t id_bytes, name_bytes, operator_bytes, zero2;
    uint16_t remark_bytes, user_bytes, authentication_bytes, zero3;
    char texts[]; /* id, name, operator, remark, user field, authentication */
};
_Static_assert(sizeof(struct notice_row) == 32, "no padding");
_Static_assert(sizeof(struct notice_row) + 3 * 255 + 3 * NOTICE_TEXT_MAX <= STATE_MAX_VALUE,
               "row size");

#define TEXTS 6

/* At most `max` bytes, whole characters. */
static struct span cut(struct span text, size_t max)
{
    if (text.n <= max)
        return text;
    text.n = max;
    while (text.n && ((uint8_t)text.p[text.n] & 0xc0) == 0x80)
        text.n--;
    return text;
}

struct span notice_encode(struct arena *arena, const struct notice *notice)
{
    const struct span texts[TEXTS] = {
        cut(notice->group_id, UINT8_MAX),         cut(notice->group_name, UINT8_MAX),
        cut(notice->operator_name, UINT8_MAX),    cut(notice->remark, NOTICE_TEXT_MAX),
        cut(notice->user_field, NOTICE_TEXT_MAX), cut(notice->authentication, NOTICE_TEXT_MAX),
    };
    size_t n = sizeof(struct notice_row);
    struct notice_row *row;
    char *at;

    for (int i = 0; i < TEXTS; i++)
        n += texts[i].n;
    row = arena_zalloc(arena, n);
    row->time = notice->time;
    row->seq = notice->seq;
    row->msg_key = notice->msg_key;
    row->kind = notice->kind;
    row->group_type = notice->group_type;
    row->at_type = notice->at_type;
    row->id_bytes = (uint8_t)texts[0].n;
    row->name_bytes = (uint8_t)texts[1].n;
    row->operator_bytes = (uint8_t)texts[2].n;
    row->remark_bytes = (uint16_t)texts[3].n;
    row->user_bytes = (uint16_t)texts[4].n;
    row->authentication_bytes = (uint16_t)texts[5].n;
    at = row->texts;
    for (int i = 0; i < TEXTS; i++) {
        if (texts[i].n)
            memcpy(at, texts[i].p, texts[i].n);
        at += texts[i].n;
    }
    return span_make(row, n);
}

static struct span take_text(struct span *rest, size_t n)
{
    struct span text = {rest->p, n};

    rest->p += n;
    rest->n -= n;
    return text;
}

bool notice_decode(struct span bytes, struct notice *ret)
{
    struct notice_row row;
    struct span rest;

    if (bytes.n < sizeof(row))
        return false;
    memcpy(&row, bytes.p, sizeof(row));
    rest = span_make(bytes.p + sizeof(row), bytes.n - sizeof(row));
    if (rest.n != (size_t)row.id_bytes + row.name_bytes + row.operator_bytes + row.remark_bytes +
                      row.user_bytes + row.authentication_bytes)
        return false;
    *ret = (struct notice){.kind = row.kind,
                           .group_type = row.group_type,
                           .msg_key = row.msg_key,
                           .time = row.time,
                           .seq = row.seq,
                           .at_type = row.at_type};
    ret->group_id = take_text(&rest, row.id_bytes);
    ret->group_name = take_text(&rest, row.name_bytes);
    ret->operator_name = take_text(&rest, row.operator_bytes);
    ret->remark = take_text(&rest, row.remark_bytes);
    ret->user_field = take_text(&rest, row.user_bytes);
    ret->authentication = take_text(&rest, row.authentication_bytes);
    return true;
}

/* ---- the box ---- */

struct boxed {
    uint64_t number;
    uint32_t time;
};

struct box {
    struct boxed items[NOTICES_MAX];
    uint32_t count;
};

static uint64_t notice_number(struct span key)
{
    return get_be64(key.p + key.n - 8);
}

static void collect_boxed(void *arg, struct span key, const void *value, size_t n)
{
    struct box *box = arg;
    struct notice_row row;

    CHECK(n >= sizeof(row) && box->count < NOTICES_MAX);
    memcpy(&row, value, sizeof(row));
    box->items[box->count++] = (struct boxed){.number = notice_number(key), .time = row.time};
}

static bool too_old(const struct shard *shard, uint32_t time)
{
    return (uint64_t)time + NOTICE_LIFE_S <= shard_now_s(shard);
}

static int oldest_first(const void *left, const void *right)
{
    const struct boxed *a = left, *b = right;

    return (a->number > b->number) - (a->number < b->number);
}

/* Those that are too old go, and the oldest of NOTICES_MAX: there is room for one. */
void apply_notice(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_notice *fact = payload;
    struct app_id app = {fact->app};
    struct account_no account = {fact->account};
    struct box box = {.count = 0};
    struct row_key key;
    uint32_t kept;

    (void)n;
    CHECK(state_scan(shard_state(shard), row_prefix_notice(&key, app, account), collect_boxed,
                     &box) == STATE_HIT);
    qsort(box.items, box.count, sizeof(box.items[0]), oldest_first);
    kept = box.count;
    for (uint32_t i = 0; i < box.count; i++) {
        if (kept < NOTICES_MAX && !too_old(shard, box.items[i].time))
            continue;
        row_delete(shard, row_key_notice(&key, app, account, box.items[i].number));
        kept--;
    }
    memcpy(row_put(shard, row_key_notice(&key, app, account, number), fact->payload_bytes),
           fact + 1, fact->payload_bytes);
}

void notice_need(struct shard *shard, struct app_id app, struct account_no account)
{
    const struct account_row *row;
    struct row_key key;

    row_need_collection(shard, row_prefix_notice(&key, app, account));
    account_row_find(shard, app, account, &row);
}

/* ---- sending ---- */

struct notice notice_of(struct shard *shard, const struct group *group, enum notice_kind kind,
                        struct span operator_name)
{
    return (struct notice){.kind = (uint8_t)kind,
                           .group_id = group->id,
                           .group_name = group->name,
                           .group_type = group->info.type,
                           .operator_name = operator_name,
                           .time = shard_now_s(shard)};
}

static void emit(struct shard *shard, struct app_id app, struct account_no account,
                 struct span bytes)
{
    struct fact_notice *fact = fact_emit(shard, FACT_NOTICE, sizeof(*fact) + bytes.n);

    fact->app = app.v;
    fact->account = account.v;
    fact->payload_bytes = (uint32_t)bytes.n;
    memcpy(fact + 1, bytes.p, bytes.n);
}

/* What a push points to. */
static void copy_texts(struct arena *arena, struct notice *notice)
{
    notice->group_id = arena_copy(arena, notice->group_id);
    notice->group_name = arena_copy(arena, notice->group_name);
    notice->operator_name = arena_copy(arena, notice->operator_name);
    notice->remark = arena_copy(arena, notice->remark);
    notice->user_field = arena_copy(arena, notice->user_field);
    notice->authentication = arena_copy(arena, notice->authentication);
}

static void push_sent(struct shard *shard, struct request *req, struct account_no account,
                      struct notice *sent, const struct session *except)
{
    struct push_group_notice *push = NULL;
    const struct account_row *row;

    for (struct session *s = session_first(shard, req->app, account); s; s = s->next_of_account) {
        if (s == except)
            continue;
        if (!push) {
            CHECK(account_row_find(shard, req->app, account, &row) == STATE_HIT);
            copy_texts(&req->arena, sent);
            push = ARENA_NEW(&req->arena, struct push_group_notice);
            *push = (struct push_group_notice){.notice = sent,
                                               .to = arena_copy(&req->arena, account_name(row))};
        }
        push_to_session(shard, req, s, PUSH_GROUP_NOTICE, push);
    }
}

void notice_push(struct shard *shard, struct request *req, struct account_no account,
                 const struct notice *notice, const struct session *except)
{
    struct notice *sent = ARENA_NEW(&req->arena, struct notice);

    *sent = *notice;
    if (notice->kind != NOTICE_AT)
        shard_random(shard, &sent->seq, sizeof(sent->seq));
    push_sent(shard, req, account, sent, except);
}

void notice_send(struct shard *shard, struct request *req, struct account_no account,
                 const struct notice *notice, const struct session *except)
{
    struct notice *sent;

    if (notice->kind == NOTICE_CUSTOM) {
        notice_push(shard, req, account, notice, except);
        return;
    }
    sent = ARENA_NEW(&req->arena, struct notice);
    *sent = *notice;
    if (notice->kind != NOTICE_AT)
        sent->seq = (uint32_t)fact_record_number(shard);
    emit(shard, req->app, account, notice_encode(&req->arena, sent));
    push_sent(shard, req, account, sent, except);
}

/* ---- giving them again ---- */

struct untaken {
    const struct shard *shard;
    uint64_t after;
    struct stored {
        uint64_t number;
        struct notice notice;
    } * items;
    uint32_t count;
};

static void collect_untaken(void *arg, struct span key, const void *value, size_t n)
{
    struct untaken *untaken = arg;
    uint64_t number = notice_number(key);
    struct notice notice;

    if (number <= untaken->after || !notice_decode(span_make(value, n), &notice) ||
        too_old(untaken->shard, notice.time))
        return;
    CHECK(untaken->count < NOTICES_MAX);
    untaken->items[untaken->count++] = (struct stored){number, notice};
}

static int stored_first(const void *left, const void *right)
{
    const struct stored *a = left, *b = right;

    return (a->number > b->number) - (a->number < b->number);
}

/* To a client these say whether the group is in its list: only what is still so is repeated. */
static bool still_holds(struct shard *shard, struct app_id app, struct account_no account,
                        const struct notice *notice)
{
    const struct joined_row *joined;
    struct group group;
    bool gone = notice->kind == NOTICE_KICKED || notice->kind == NOTICE_DISSOLVED ||
                notice->kind == NOTICE_REVOKED || notice->kind == NOTICE_QUIT;
    bool entered = notice->kind == NOTICE_JOIN_ACCEPTED || notice->kind == NOTICE_INVITED;
    enum im_err err;

    if (!gone && !entered)
        return true;
    err = group_find(shard, app, notice->group_id, &group);
    if (err)
        return gone;
    if (group_is_room(group.info.type))
        return true;
    return (joined_find(shard, app, account, group.no, &joined) == STATE_HIT) == entered;
}

enum state_found notices_untaken(struct shard *shard, struct request *req,
                                 struct account_no account, uint64_t after, struct notice_list *ret)
{
    struct untaken untaken = {.shard = shard, .after = after};
    struct row_key key;
    struct span prefix = row_prefix_notice(&key, req->app, account);
    struct notice_list list = {.count = 0};

    if (row_need_collection(shard, prefix) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    untaken.items = ARENA_ARRAY(&req->arena, struct stored, NOTICES_MAX);
    state_scan(shard_state(shard), prefix, collect_untaken, &untaken);
    qsort(untaken.items, untaken.count, sizeof(untaken.items[0]), stored_first);
    list.items = ARENA_ARRAY(&req->arena, struct notice, untaken.count + 1);
    list.numbers = ARENA_ARRAY(&req->arena, uint64_t, untaken.count + 1);
    for (uint32_t i = 0; i < untaken.count; i++) {
        if (!still_holds(shard, req->app, account, &untaken.items[i].notice))
            continue;
        list.numbers[list.count] = untaken.items[i].number;
        list.items[list.count++] = untaken.items[i].notice;
    }
    if (shard_missing(shard))
        return STATE_UNKNOWN;
    for (uint32_t i = 0; i < list.count; i++)
        copy_texts(&req->arena, &list.items[i]);
    *ret = list;
    return STATE_HIT;
}

/* ---- deleting ---- */

void apply_notices_deleted(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_notices_deleted *fact = payload;
    struct row_key key;

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        uint64_t notice = get_le64((const char *)(fact + 1) + i * sizeof(notice));

        row_delete(shard, row_key_notice(&key, (struct app_id){fact->app},
                                         (struct account_no){fact->account}, notice));
    }
}

struct matching {
    const struct notices_delete_req *ask;
    uint64_t numbers[NOTICES_MAX];
    uint32_t count;
};

static void match_seq(void *arg, struct span key, const void *value, size_t n)
{
    struct matching *matching = arg;
    struct notice notice;

    if (!notice_decode(span_make(value, n), &notice))
        return;
    for (uint32_t i = 0; i < matching->ask->count; i++) {
        if (notice.kind != NOTICE_AT && matching->ask->seqs[i] == notice.seq) {
            matching->numbers[matching->count++] = notice_number(key);
            return;
        }
    }
}

static int smaller_first(const void *left, const void *right)
{
    uint64_t a = get_le64(left), b = get_le64(right);

    return (a > b) - (a < b);
}

enum im_err notices_delete(struct shard *shard, struct request *req)
{
    struct matching matching = {.ask = req->body};
    struct fact_notices_deleted *fact;
    struct row_key key;
    struct span prefix = row_prefix_notice(&key, req->app, req->account);

    if (row_need_collection(shard, prefix) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), prefix, match_seq, &matching);
    if (!matching.count)
        return IM_OK;
    qsort(matching.numbers, matching.count, sizeof(matching.numbers[0]), smaller_first);
    fact = fact_emit(shard, FACT_NOTICES_DELETED,
                     sizeof(*fact) + matching.count * sizeof(matching.numbers[0]));
    *fact = (struct fact_notices_deleted){
        .app = req->app.v, .account = req->account.v, .count = matching.count};
    memcpy(fact + 1, matching.numbers, matching.count * sizeof(matching.numbers[0]));
    return IM_OK;
}
