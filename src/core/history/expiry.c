#include "core/history/expiry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "core/admin/rows.h"
#include "core/group/rows.h"

#define DAY_S 86400u
/* Expired pages stay a day, so that one that a command has just read does not vanish under it. */
#define PAGE_GRACE_S DAY_S
/* A conversation's row goes long after its last page, so that it never forgets one that is there:
   compactions reach every row within 30 days. */
#define CONVERSATION_GRACE_S (90 * DAY_S)

struct history_expiry {
    pthread_rwlock_t lock;
    struct map apps; /* struct roaming_kept of app */
    _Atomic(uint32_t) now_s;
};

struct history_expiry *history_expiry_new(void)
{
    struct history_expiry *expiry = mem_zalloc(sizeof(*expiry));

    pthread_rwlock_init(&expiry->lock, NULL);
    map_init(&expiry->apps);
    return expiry;
}

void history_expiry_free(struct history_expiry *expiry)
{
    if (!expiry)
        return;
    for (struct map_slot *s = map_next(&expiry->apps, NULL); s; s = map_next(&expiry->apps, s))
        free(s->value.p);
    map_release(&expiry->apps);
    pthread_rwlock_destroy(&expiry->lock);
    free(expiry);
}

void history_expiry_set_now(struct history_expiry *expiry, uint32_t now_s)
{
    uint32_t before = atomic_load_explicit(&expiry->now_s, memory_order_relaxed);

    while (before < now_s &&
           !atomic_compare_exchange_weak_explicit(&expiry->now_s, &before, now_s,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

void history_expiry_set_app(struct history_expiry *expiry, struct app_id app,
                            struct roaming_kept kept)
{
    struct map_slot *slot;

    pthread_rwlock_wrlock(&expiry->lock);
    slot = map_put(&expiry->apps, app.v);
    if (!slot->value.p)
        slot->value.p = mem_alloc(sizeof(kept));
    *(struct roaming_kept *)slot->value.p = kept;
    pthread_rwlock_unlock(&expiry->lock);
}

uint64_t history_expiry_longest_s(struct history_expiry *expiry)
{
    uint32_t now_s = atomic_load_explicit(&expiry->now_s, memory_order_relaxed);
    uint64_t longest_s = history_retention_of(0);

    pthread_rwlock_rdlock(&expiry->lock);
    for (const struct map_slot *slot = map_next(&expiry->apps, NULL); slot;
         slot = map_next(&expiry->apps, slot)) {
        uint64_t kept_s = history_kept_s(*(const struct roaming_kept *)slot->value.p, now_s);

        if (kept_s > longest_s)
            longest_s = kept_s;
    }
    pthread_rwlock_unlock(&expiry->lock);
    return longest_s;
}

/* 0: unknown. */
static uint64_t retention_of_app(struct history_expiry *expiry, uint32_t app, uint32_t now_s)
{
    const struct roaming_kept *kept;
    uint64_t retention_s;

    pthread_rwlock_rdlock(&expiry->lock);
    kept = map_get(&expiry->apps, app);
    retention_s = kept ? history_kept_s(*kept, now_s) : 0;
    pthread_rwlock_unlock(&expiry->lock);
    return retention_s;
}

/* Rows of group messages and system notices: no roaming can be bought for them. What members did
   with a message (deleted it for themselves, have read it) is newer than the message, so it goes
   later. */
static bool group_row_age(struct span key, struct span value, uint32_t *ret_accepted_s)
{
    if (key.p[0] == ROW_GROUP_PAGE && value.n >= sizeof(struct group_page_row))
        *ret_accepted_s = get_le32(value.p + offsetof(struct group_page_row, newest_accepted_s));
    else if (key.p[0] == ROW_GROUP_HIDDEN && value.n >= sizeof(struct hidden_row))
        *ret_accepted_s = get_le32(value.p + offsetof(struct hidden_row, changed_s));
    else if (key.p[0] == ROW_GROUP_EDIT && value.n >= sizeof(struct group_edit_row))
        *ret_accepted_s = get_le32(value.p + offsetof(struct group_edit_row, edited_s));
    else if (key.p[0] == ROW_RECEIPT && value.n >= sizeof(struct receipt_row))
        *ret_accepted_s = get_le32(value.p + offsetof(struct receipt_row, read_s));
    else if (key.p[0] == ROW_NOTICE && value.n >= sizeof(*ret_accepted_s))
        *ret_accepted_s = get_le32(value.p); /* its time, core/group/notice.c */
    else
        return false;
    return true;
}

/* The newest acceptance in a row that may expire, and how long it stays after that; values lie
   unaligned in the engine's memory. */
static bool row_age(struct span key, struct span value, uint32_t *ret_accepted_s,
                    uint32_t *ret_grace_s)
{
    if (key.n < 5)
        return false;
    if (key.p[0] == ROW_PAGE && value.n >= sizeof(struct page_row)) {
        *ret_accepted_s = get_le32(value.p + offsetof(struct page_row, newest_accepted_s));
        *ret_grace_s = PAGE_GRACE_S;
        return true;
    }
    if (key.p[0] == ROW_CONVERSATION && value.n >= sizeof(struct conversation_row)) {
        *ret_accepted_s = get_le32(value.p + offsetof(struct conversation_row, last_accepted_s));
        *ret_grace_s = CONVERSATION_GRACE_S;
        return true;
    }
    return false;
}

bool history_row_expired(void *arg, struct span key, struct span value)
{
    struct history_expiry *expiry = arg;
    uint32_t accepted_s, grace_s, now_s;
    uint64_t retention_s;

    now_s = atomic_load_explicit(&expiry->now_s, memory_order_relaxed);
    if (idempotent_row_expired(key, now_s))
        return true;
    if (key.n >= 5 && group_row_age(key, value, &accepted_s))
        return accepted_s + history_retention_of(0) + PAGE_GRACE_S <= now_s;
    if (!row_age(key, value, &accepted_s, &grace_s))
        return false;
    if ((uint64_t)accepted_s + grace_s > now_s)
        return false;
    retention_s = retention_of_app(expiry, get_be32(key.p + 1), now_s);
    return retention_s && accepted_s + retention_s + grace_s <= now_s;
}

uint64_t history_retention_of(uint64_t roaming_months)
{
    return roaming_months ? roaming_months * 31 * DAY_S : 7 * DAY_S;
}

uint64_t history_kept_s(struct roaming_kept kept, uint32_t now_s)
{
    return history_retention_of(now_s < kept.until_s ? kept.before : kept.months);
}
