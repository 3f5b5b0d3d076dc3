#include <stdlib.h>

#include "base/check.h"
#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/joined.h"
#include "core/group/pendency_internal.h"

/* The client asks for the first page of Communities at their own service, and for all that follow
   at the common one: so theirs is as long as it may be. */
#define COMMUNITIES_PAGE 200u

struct waiting {
    const struct pendency_row *row;
    const struct joined_group *joined;
};

struct gathering {
    const struct shard *shard;
    const struct joined_group *joined;
    uint64_t start_us;
    struct waiting *items; /* NULL: counts only */
    uint32_t count, room;
};

static void gather(void *arg, struct span key, const void *value, size_t n)
{
    struct gathering *g = arg;
    const struct pendency_row *row = value;

    (void)key;
    CHECK(n >= sizeof(*row));
    if (pendency_too_old(g->shard, row) || (g->start_us && row->time_us > g->start_us))
        return;
    if (g->items) {
        CHECK(g->count < g->room);
        g->items[g->count] = (struct waiting){.row = row, .joined = g->joined};
    }
    g->count++;
}

static int newest_first(const void *left, const void *right)
{
    const struct waiting *a = left, *b = right;

    if (a->row->time_us != b->row->time_us)
        return a->row->time_us > b->row->time_us ? -1 : 1;
    if (a->joined->no.v != b->joined->no.v)
        return a->joined->no.v < b->joined->no.v ? -1 : 1;
    if (a->row->applicant != b->row->applicant)
        return a->row->applicant < b->row->applicant ? -1 : 1;
    return (a->row->kind > b->row->kind) - (a->row->kind < b->row->kind);
}

static bool decides_on(const struct joined_group *joined, bool communities)
{
    return joined->row.role >= ROLE_ADMIN && (joined->row.type == GROUP_COMMUNITY) == communities;
}

static void gather_groups(struct shard *shard, struct request *req,
                          const struct joined_group *joined, uint32_t count, struct gathering *g)
{
    const struct pendency_list_req *ask = req->body;
    struct row_key key;

    g->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct span prefix = row_prefix_pendency(&key, req->app, joined[i].no);

        if (!decides_on(&joined[i], ask->communities))
            continue;
        g->joined = &joined[i];
        if (row_need_collection(shard, prefix) == STATE_HIT)
            state_scan(shard_state(shard), prefix, gather, g);
    }
}

/* All of the groups on which the account decides; false: rows are being loaded. */
static bool gather_all(struct shard *shard, struct request *req, struct gathering *g)
{
    struct joined_group *joined;
    uint32_t count;

    if (joined_groups(shard, req, req->account, &joined, &count) == STATE_UNKNOWN)
        return false;
    gather_groups(shard, req, joined, count, g);
    if (shard_missing(shard))
        return false;
    g->room = g->count;
    g->items = ARENA_ARRAY(&req->arena, struct waiting, g->room + 1);
    gather_groups(shard, req, joined, count, g);
    qsort(g->items, g->count, sizeof(g->items[0]), newest_first);
    return true;
}

/* A page: whole times, since the next one begins with a time. */
static uint32_t page_count(const struct gathering *g, uint32_t limit)
{
    uint32_t n = limit;

    if (g->count <= n)
        return g->count;
    while (n < g->count && g->items[n].row->time_us == g->items[n - 1].row->time_us)
        n++;
    return n;
}

static struct span name_of(struct shard *shard, struct request *req, uint32_t account)
{
    const struct account_row *row;
    struct account_no no = {account};

    if (!account || account_row_find(shard, req->app, no, &row) != STATE_HIT)
        return (struct span){0};
    return arena_copy(&req->arena, account_name(row));
}

/* Whoever came in without the decision needs none any more. */
static uint8_t handled_now(struct shard *shard, struct request *req, const struct waiting *w)
{
    const struct member_row *member;
    struct group group = {.app = req->app, .no = w->joined->no};
    struct account_no applicant = {w->row->applicant};

    if (w->row->handled == PENDENCY_WAITS &&
        member_find(shard, &group, applicant, &member) == STATE_HIT)
        return PENDENCY_AGREED;
    return w->row->handled;
}

static void fill(struct shard *shard, struct request *req, const struct waiting *w,
                 struct pendency_item *item)
{
    const struct pendency_list_req *ask = req->body;
    const struct pendency_row *row = w->row;
    bool invited = row->kind == PENDENCY_INVITATION;
    uint32_t from = invited ? row->inviter : row->applicant;
    const struct group_row *info = w->joined->info;
    struct span nick, face;

    *item = (struct pendency_item){.time_us = row->time_us, .kind = row->kind};
    item->handled = handled_now(shard, req, w);
    item->from = name_of(shard, req, from);
    item->to = invited ? name_of(shard, req, row->applicant) : ask->account;
    if (from &&
        profile_face(shard, req->app, (struct account_no){from}, &nick, &face) == STATE_HIT) {
        item->nick = arena_copy(&req->arena, nick);
        item->face = arena_copy(&req->arena, face);
    }
    item->group_id = arena_copy(&req->arena, span_make((const char *)(info + 1), info->id_bytes));
    item->group_name = arena_copy(
        &req->arena, span_make((const char *)(info + 1) + info->id_bytes, info->name_bytes));
    item->words = arena_copy(&req->arena, pendency_words_of(row));
    item->authentication = arena_copy(&req->arena, pendency_authentication(row));
    item->user_field = arena_copy(&req->arena, pendency_user_field(row));
}

enum im_err pendency_list(struct shard *shard, struct request *req)
{
    const struct pendency_list_req *ask = req->body;
    struct pendency_list_result *result = ARENA_NEW(&req->arena, struct pendency_list_result);
    struct gathering g = {.shard = shard, .start_us = ask->start_us};

    if (!gather_all(shard, req, &g))
        return IM_AGAIN;
    result->count = page_count(&g, ask->communities ? COMMUNITIES_PAGE : ask->limit);
    result->items = ARENA_ARRAY(&req->arena, struct pendency_item, result->count + 1);
    for (uint32_t i = 0; i < result->count; i++)
        fill(shard, req, &g.items[i], &result->items[i]);
    for (uint32_t i = 0; i < g.count; i++)
        result->unread += handled_now(shard, req, &g.items[i]) == PENDENCY_WAITS;
    if (shard_missing(shard))
        return IM_AGAIN;
    if (result->count < g.count)
        result->next_us = g.items[result->count].row->time_us;
    req->result = result;
    return IM_OK;
}
