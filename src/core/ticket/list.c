/* Lists of tickets: of an app, and what waits in all of them. */
#include <stdlib.h>

#include "base/check.h"
#include "core/ticket/ticket.h"

struct listing {
    struct request *req;
    struct ticket_view *items;
    uint32_t count, room;
    uint8_t state;   /* of an app: 0: any */
    uint32_t before; /* of an app: numbers below; 0: all */
    uint32_t after_app, after_ticket;
};

static struct ticket_view *item_add(struct listing *listing)
{
    listing->items = arena_grow(&listing->req->arena, listing->items, listing->count,
                                &listing->room, sizeof(*listing->items));
    return &listing->items[listing->count++];
}

static void ticket_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct listing *listing = arg;
    const struct ticket_row *row = value;
    uint32_t number = get_be32(key.p + 5);

    (void)n;
    if ((listing->before && number >= listing->before) ||
        (listing->state && row->state != listing->state))
        return;
    *item_add(listing) =
        (struct ticket_view){.app = {get_be32(key.p + 1)}, .number = number, .row = *row};
}

static void waiting_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct listing *listing = arg;
    uint32_t app = get_be32(key.p + 1), number = get_be32(key.p + 5);

    (void)value, (void)n;
    if (app < listing->after_app || (app == listing->after_app && number <= listing->after_ticket))
        return;
    *item_add(listing) = (struct ticket_view){.app = {app}, .number = number};
}

static int newest_first(const void *a, const void *b)
{
    uint32_t left = ((const struct ticket_view *)a)->number;
    uint32_t right = ((const struct ticket_view *)b)->number;

    return (left < right) - (left > right);
}

static int by_app(const void *a, const void *b)
{
    const struct ticket_view *left = a, *right = b;

    if (left->app.v != right->app.v)
        return left->app.v < right->app.v ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static struct ticket_list_result *result_of(struct listing *listing, uint32_t limit,
                                            int (*order)(const void *, const void *))
{
    struct ticket_list_result *result = ARENA_NEW(&listing->req->arena, struct ticket_list_result);

    if (listing->count)
        qsort(listing->items, listing->count, sizeof(*listing->items), order);
    result->tickets = listing->items;
    result->more = listing->count > limit;
    result->count = result->more ? limit : listing->count;
    return result;
}

static bool state_find(struct span name, uint8_t *ret_state)
{
    for (uint8_t state = TICKET_OPEN; name.n && state <= TICKET_CANCELLED; state++) {
        if (span_is(name, ticket_state_name(state))) {
            *ret_state = state;
            return true;
        }
    }
    return !name.n;
}

enum im_err ticket_list(struct shard *shard, struct request *req)
{
    const struct ticket_list_req *ask = req->body;
    struct listing listing = {.req = req, .before = ask->before};
    const struct app_row *app;
    struct row_key key;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    if (!state_find(ask->state, &listing.state))
        return operator_refuse(req, IM_ERR_INVALID,
                               "state is open, confirmed, refused or cancelled");
    if (row_need_collection(shard, row_prefix_tickets(&key, ask->app)) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), row_prefix_tickets(&key, ask->app), ticket_seen, &listing);
    req->result = result_of(&listing, ask->limit, newest_first);
    return IM_OK;
}

enum im_err ticket_waiting(struct shard *shard, struct request *req)
{
    const struct ticket_waiting_req *ask = req->body;
    struct listing listing = {
        .req = req, .after_app = ask->after_app.v, .after_ticket = ask->after_ticket};
    struct ticket_list_result *result;
    struct row_key key;

    if (row_need_collection(shard, row_prefix_tickets_open(&key)) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), row_prefix_tickets_open(&key), waiting_seen, &listing);
    result = result_of(&listing, ask->limit, by_app);
    for (uint32_t i = 0; i < result->count; i++) {
        struct ticket_view *view = &result->tickets[i];
        const void *row;

        if (row_find(shard, row_key_ticket(&key, view->app, view->number), &row, NULL) == STATE_HIT)
            view->row = *(const struct ticket_row *)row;
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}
