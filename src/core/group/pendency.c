#include "core/group/pendency.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/account/account.h"
#include "core/group/apply.h"
#include "core/group/pendency_internal.h"

_Static_assert(sizeof(struct pendency_row) == 32, "no padding");
_Static_assert(sizeof(struct pendency_row) + UINT8_MAX + PENDENCY_WORDS_MAX + PENDENCY_USER_MAX <=
                   STATE_MAX_VALUE,
               "row size");

/* Notices in one record: each is a row of another account. */
#define NOTICES_A_RECORD 12u

#define AUTHENTICATION_BYTES 8u

/* ---- rows ---- */

bool pendency_too_old(const struct shard *shard, const struct pendency_row *row)
{
    return row->time_us + PENDENCY_LIFE_S * UINT64_C(1000000) <= shard_now_us(shard);
}

enum state_found pendency_find(struct shard *shard, const struct group *group,
                               struct account_no applicant, uint8_t kind,
                               const struct pendency_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found = row_find(
        shard, row_key_pendency(&key, group->app, group->no, applicant, kind), &value, NULL);

    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

struct kept {
    uint64_t time_us;
    struct account_no applicant;
    uint8_t kind;
    bool waits, too_old;
};

struct kept_list {
    const struct shard *shard;
    uint32_t except; /* the applicant and kind that are being written */
    uint8_t except_kind;
    struct kept items[PENDENCIES_MAX];
    uint32_t count;
};

static void collect_kept(void *arg, struct span key, const void *value, size_t n)
{
    struct kept_list *list = arg;
    const struct pendency_row *row = value;

    (void)key;
    CHECK(n >= sizeof(*row) && list->count < PENDENCIES_MAX);
    if (row->applicant == list->except && row->kind == list->except_kind)
        return;
    list->items[list->count++] = (struct kept){.time_us = row->time_us,
                                               .applicant = {row->applicant},
                                               .kind = row->kind,
                                               .waits = row->handled == PENDENCY_WAITS,
                                               .too_old = pendency_too_old(list->shard, row)};
}

/* Decided ones first, then the oldest. */
static int falls_out_first(const void *left, const void *right)
{
    const struct kept *a = left, *b = right;

    if (a->too_old != b->too_old)
        return a->too_old ? -1 : 1;
    if (a->waits != b->waits)
        return a->waits ? 1 : -1;
    if (a->time_us != b->time_us)
        return a->time_us < b->time_us ? -1 : 1;
    if (a->applicant.v != b->applicant.v)
        return a->applicant.v < b->applicant.v ? -1 : 1;
    return (a->kind > b->kind) - (a->kind < b->kind);
}

/* Room for the one that is being written. */
static void fall_out(struct shard *shard, const struct fact_pendency *fact)
{
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct kept_list list = {.shard = shard, .except = fact->applicant, .except_kind = fact->kind};
    struct row_key key;
    uint32_t kept;

    CHECK(state_scan(shard_state(shard), row_prefix_pendency(&key, app, group), collect_kept,
                     &list) == STATE_HIT);
    qsort(list.items, list.count, sizeof(list.items[0]), falls_out_first);
    kept = list.count;
    for (uint32_t i = 0; i < list.count; i++) {
        const struct kept *item = &list.items[i];

        if (kept < PENDENCIES_MAX && !item->too_old)
            break;
        row_delete(shard, row_key_pendency(&key, app, group, item->applicant, item->kind));
        kept--;
    }
}

void pendencies_drop(struct shard *shard, struct app_id app, struct group_no group)
{
    struct kept_list list = {.shard = shard};
    struct row_key key;

    CHECK(state_scan(shard_state(shard), row_prefix_pendency(&key, app, group), collect_kept,
                     &list) == STATE_HIT);
    for (uint32_t i = 0; i < list.count; i++)
        row_delete(shard,
                   row_key_pendency(&key, app, group, list.items[i].applicant, list.items[i].kind));
}

void apply_pendency(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_pendency *fact = payload;
    size_t texts = (size_t)fact->authentication_bytes + fact->words_bytes + fact->user_bytes;
    struct pendency_row *row;
    struct row_key key;

    (void)n, (void)number;
    fall_out(shard, fact);
    row = row_put(shard,
                  row_key_pendency(&key, (struct app_id){fact->app}, (struct group_no){fact->group},
                                   (struct account_no){fact->applicant}, fact->kind),
                  sizeof(*row) + texts);
    *row = (struct pendency_row){.time_us = fact->time_us,
                                 .applicant = fact->applicant,
                                 .inviter = fact->inviter,
                                 .kind = fact->kind,
                                 .authentication_bytes = fact->authentication_bytes,
                                 .words_bytes = fact->words_bytes,
                                 .user_bytes = fact->user_bytes};
    memcpy(row->texts, fact + 1, texts);
}

void apply_pendency_handled(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_pendency_handled *fact = payload;
    struct row_key key;
    struct span at =
        row_key_pendency(&key, (struct app_id){fact->app}, (struct group_no){fact->group},
                         (struct account_no){fact->applicant}, fact->kind);
    struct pendency_row *row;
    size_t bytes;

    (void)n, (void)number;
    if (!row_get(shard, at, &bytes))
        return;
    row = row_put(shard, at, bytes);
    row->handled = fact->handled;
    row->by = fact->by;
}

/* ---- who decides ---- */

static void add_admin(void *arg, struct span key, const void *value, size_t n)
{
    struct pendency_deciders *admins = arg;
    const struct member_row *row = value;
    uint32_t account = get_be32(key.p + key.n - 4), at;

    CHECK(n >= sizeof(*row));
    if (row->role != ROLE_ADMIN)
        return;
    at = admins->count;
    while (at && admins->items[at - 1] > account)
        at--;
    if (admins->count == PENDENCY_DECIDERS_MAX - 1) {
        if (at == admins->count)
            return;
        admins->count--;
    }
    memmove(&admins->items[at + 1], &admins->items[at],
            (admins->count - at) * sizeof(admins->items[0]));
    admins->items[at] = account;
    admins->count++;
}

/* Most groups have no admin: then the members need not be read. */
static enum state_found find_deciders(struct shard *shard, const struct group *group,
                                      struct pendency_deciders *ret)
{
    struct pendency_deciders admins = {.count = 0};
    struct row_key key;
    struct span prefix = row_prefix_of_group(&key, ROW_MEMBER, group->app, group->no);

    if (group->head.admins &&
        state_scan(shard_state(shard), prefix, add_admin, &admins) == STATE_UNKNOWN)
        return row_need_collection(shard, prefix);
    ret->count = 0;
    if (group->info.owner)
        ret->items[ret->count++] = group->info.owner;
    for (uint32_t i = 0; i < admins.count; i++)
        ret->items[ret->count++] = admins.items[i];
    return STATE_HIT;
}

void pendency_need(struct shard *shard, const struct group *group, struct account_no applicant)
{
    const struct account_row *row;
    struct row_key key;

    row_need_collection(shard, row_prefix_pendency(&key, group->app, group->no));
    account_row_find(shard, group->app, applicant, &row);
}

void pendency_deciders_need(struct shard *shard, const struct group *group,
                            struct pendency_deciders *ret)
{
    if (find_deciders(shard, group, ret) == STATE_UNKNOWN)
        return;
    for (uint32_t i = 0; i < ret->count; i++)
        notice_need(shard, group->app, (struct account_no){ret->items[i]});
}

/* ---- applying and inviting ---- */

struct draft {
    struct account_no applicant, inviter;
    uint8_t kind;
    uint64_t time_us;
    struct span authentication, words, user_field;
};

static struct span draw_authentication(struct shard *shard, struct request *req)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[AUTHENTICATION_BYTES];
    char *text = arena_alloc(&req->arena, sizeof(bytes) * 2);

    shard_random(shard, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        text[i * 2] = digits[bytes[i] >> 4];
        text[i * 2 + 1] = digits[bytes[i] & 15];
    }
    return span_make(text, sizeof(bytes) * 2);
}

static void put_text(char **at, struct span text)
{
    if (text.n)
        memcpy(*at, text.p, text.n);
    *at += text.n;
}

static void emit(struct shard *shard, const struct group *group, const struct draft *draft)
{
    size_t texts = draft->authentication.n + draft->words.n + draft->user_field.n;
    struct fact_pendency *fact = fact_emit(shard, FACT_PENDENCY, sizeof(*fact) + texts);
    char *at = (char *)(fact + 1);

    *fact = (struct fact_pendency){.app = group->app.v,
                                   .group = group->no.v,
                                   .applicant = draft->applicant.v,
                                   .inviter = draft->inviter.v,
                                   .time_us = draft->time_us,
                                   .kind = draft->kind,
                                   .authentication_bytes = (uint8_t)draft->authentication.n,
                                   .words_bytes = (uint16_t)draft->words.n,
                                   .user_bytes = (uint16_t)draft->user_field.n};
    put_text(&at, draft->authentication);
    put_text(&at, draft->words);
    put_text(&at, draft->user_field);
}

static void find_newest(void *arg, struct span key, const void *value, size_t n)
{
    const struct pendency_row *row = value;
    uint64_t *newest_us = arg;

    (void)key;
    CHECK(n >= sizeof(*row));
    if (row->time_us > *newest_us)
        *newest_us = row->time_us;
}

/* Each of a group gets a key of its own, so that a decision on one hits neither the one that it
   repeats nor another invitation of the same call. */
static uint64_t next_time(struct shard *shard, const struct group *group)
{
    uint64_t now_us = shard_now_us(shard), newest_us = 0;
    struct row_key key;

    CHECK(state_scan(shard_state(shard), row_prefix_pendency(&key, group->app, group->no),
                     find_newest, &newest_us) == STATE_HIT);
    return newest_us < now_us ? now_us : newest_us + 1;
}

static void emit_and_tell(struct shard *shard, struct request *req, const struct group *group,
                          const struct pendency_deciders *deciders, struct draft *draft,
                          struct span from)
{
    struct notice notice = notice_of(shard, group, NOTICE_JOIN_REQUEST, from);

    draft->time_us = next_time(shard, group);
    draft->authentication = draw_authentication(shard, req);
    emit(shard, group, draft);
    notice.remark = draft->words;
    notice.user_field = draft->user_field;
    notice.authentication = draft->authentication;
    notice.msg_key = draft->time_us;
    for (uint32_t i = 0; i < deciders->count; i++) {
        if (i && i % NOTICES_A_RECORD == 0)
            fact_commit(shard);
        notice_send(shard, req, (struct account_no){deciders->items[i]}, &notice, NULL);
    }
    fact_commit(shard);
}

void pendency_invite(struct shard *shard, struct request *req, const struct group *group,
                     const struct group_actor *inviter, const struct pendency_deciders *deciders,
                     struct account_no invited)
{
    struct draft draft = {
        .applicant = invited, .inviter = inviter->account, .kind = PENDENCY_INVITATION};

    emit_and_tell(shard, req, group, deciders, &draft, inviter->name);
}

void pendency_apply(struct shard *shard, struct request *req, const struct group *group,
                    const struct pendency_deciders *deciders, struct span name,
                    const struct pendency_words *words)
{
    struct draft draft = {.applicant = req->account,
                          .kind = PENDENCY_APPLICATION,
                          .words = words->words,
                          .user_field = words->user_field};

    emit_and_tell(shard, req, group, deciders, &draft, name);
}
