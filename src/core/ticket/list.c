/* Lists of tickets: of an app, and what waits in all of them. */
#include <stdlib.h>

#include "base/check.h"
#include "core/ticket/ticket.h"

/* Tickets of an app that one page looks at. */
#define PAGE_TICKETS 1000u

struct listing {
    struct request *req;
    struct ticket_view *items;
    uint32_t count, room;
    uint32_t after_app, after_ticket;
};

static struct ticket_view *item_add(struct listing *listing)
{
    listing->items = arena_grow(&listing->req->arena, listing->items, listing->count,
                                &listing->room, sizeof(*listing->items));
    return &listing->items[listing->count++];
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

static int by_app(const void *a, const void *b)
{
    const struct ticket_view *left = a, *right = b;

    if (left->app.v != right->app.v)
        return left->app.v < right->app.v ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
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

/* The number of the newest ticket that the page may hold. False: the row is being loaded. */
static bool page_top(struct shard *shard, const struct ticket_list_req *ask, uint32_t *ret_top)
{
    struct row_key key;
    const void *row;
    enum state_found found = row_find(shard, row_key_app_grants(&key, ask->app), &row, NULL);

    *ret_top = found == STATE_HIT ? ((const struct app_grants_row *)row)->tickets : 0;
    if (ask->before && ask->before <= *ret_top)
        *ret_top = ask->before - 1;
    return found != STATE_UNKNOWN;
}

/* Tickets are numbered without gaps, so a page is its numbers. */
enum im_err ticket_list(struct shard *shard, struct request *req)
{
    const struct ticket_list_req *ask = req->body;
    struct ticket_list_result *result = ARENA_NEW(&req->arena, struct ticket_list_result);
    uint32_t top = 0, looked = 0, most = ask->limit;
    const struct app_row *app;
    struct row_key key;
    const void *row;
    uint8_t state = 0;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    if (!state_find(ask->state, &state))
        return operator_refuse(req, IM_ERR_INVALID,
                               "state is open, confirmed, refused or cancelled");
    if (!page_top(shard, ask, &top))
        return IM_AGAIN;
    if (state)
        most = PAGE_TICKETS;
    most = top < most ? top : most;
    for (uint32_t i = 0; i < most; i++)
        row_find(shard, row_key_ticket(&key, ask->app, top - i), &row, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    result->tickets = ARENA_ARRAY(&req->arena, struct ticket_view, ask->limit);
    for (; looked < most && result->count < ask->limit; looked++) {
        uint32_t number = top - looked;
        const struct ticket_row *ticket;

        CHECK(row_find(shard, row_key_ticket(&key, ask->app, number), &row, NULL) == STATE_HIT);
        ticket = row;
        if (!state || ticket->state == state)
            result->tickets[result->count++] =
                (struct ticket_view){.app = ask->app, .number = number, .row = *ticket};
    }
    result->more = looked < top;
    result->next = result->more ? top - looked + 1 : 0;
    req->result = result;
    return IM_OK;
}

enum im_err ticket_waiting(struct shard *shard, struct request *req)
{
    const struct ticket_waiting_req *ask = req->body;
    struct listing listing = {
        .req = req, .after_app = ask->after_app.v, .after_ticket = ask->after_ticket};
    struct ticket_list_result *result = ARENA_NEW(&req->arena, struct ticket_list_result);
    struct row_key key;

    if (row_need_collection(shard, row_prefix_tickets_open(&key)) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), row_prefix_tickets_open(&key), waiting_seen, &listing);
    if (listing.count)
        qsort(listing.items, listing.count, sizeof(*listing.items), by_app);
    result->tickets = listing.items;
    result->more = listing.count > ask->limit;
    result->count = result->more ? ask->limit : listing.count;
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
