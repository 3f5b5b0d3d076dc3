/*
 * Who is in a group, as sorted account numbers in memory: what a message needs for its fan-out.
 * A roster is made from the member rows when it is first asked for, and follows joins and leaves
 * from then on. When all of them together are over the bound, those unused for longest go; they
 * are made again from the rows when they are needed.
 */
#include "core/group/roster.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/group/member.h"
#include "core/group/room.h"
#include "core/session/session.h"
#include "core/shard_internal.h"

struct roster {
    struct app_id app;
    struct group_no group;
    uint32_t *accounts;
    uint32_t count, room;
    struct roster *older, *newer; /* by last use */
};

struct roster_table {
    struct map rosters; /* by roster_key */
    uint64_t bytes, max_bytes;
    struct roster *oldest, *newest;
};

struct roster_table *roster_table_new(void)
{
    struct roster_table *table = mem_zalloc(sizeof(*table));

    map_init(&table->rosters);
    table->max_bytes = ROSTERS_MAX_BYTES;
    return table;
}

static uint64_t roster_bytes(const struct roster *roster)
{
    return sizeof(*roster) + (uint64_t)roster->room * sizeof(roster->accounts[0]);
}

static void roster_free(struct roster *roster)
{
    free(roster->accounts);
    free(roster);
}

void roster_table_free(struct roster_table *table)
{
    if (!table)
        return;
    while (table->oldest) {
        struct roster *roster = table->oldest;

        table->oldest = roster->newer;
        roster_free(roster);
    }
    map_release(&table->rosters);
    free(table);
}

static uint64_t roster_key(struct app_id app, struct group_no group)
{
    return (uint64_t)app.v << 32 | group.v;
}

static struct roster *find(const struct roster_table *table, struct app_id app,
                           struct group_no group)
{
    return map_get(&table->rosters, roster_key(app, group));
}

/* ---- the order of use ---- */

static void use_unlink(struct roster_table *table, struct roster *roster)
{
    *(roster->older ? &roster->older->newer : &table->oldest) = roster->newer;
    *(roster->newer ? &roster->newer->older : &table->newest) = roster->older;
}

static void use_link(struct roster_table *table, struct roster *roster)
{
    roster->newer = NULL;
    roster->older = table->newest;
    *(table->newest ? &table->newest->newer : &table->oldest) = roster;
    table->newest = roster;
}

static void drop(struct roster_table *table, struct roster *roster)
{
    map_remove(&table->rosters, roster_key(roster->app, roster->group));
    use_unlink(table, roster);
    table->bytes -= roster_bytes(roster);
    roster_free(roster);
}

/* Never the newest: a handler may be reading it. */
static void drop_oldest(struct roster_table *table)
{
    while (table->bytes > table->max_bytes && table->oldest != table->newest)
        drop(table, table->oldest);
}

static void add(struct roster_table *table, struct roster *roster)
{
    map_put(&table->rosters, roster_key(roster->app, roster->group))->value.p = roster;
    use_link(table, roster);
    table->bytes += roster_bytes(roster);
    drop_oldest(table);
}

void roster_set_bound(struct shard *shard, uint64_t bytes)
{
    shard->rosters->max_bytes = bytes;
}

uint32_t roster_kept(const struct shard *shard)
{
    return (uint32_t)shard->rosters->rosters.count;
}

/* ---- making one from rows ---- */

static void make_room(struct roster *roster)
{
    if (roster->count < roster->room)
        return;
    roster->room = roster->room ? roster->room + roster->room / 2 : 8;
    roster->accounts =
        mem_realloc(roster->accounts, sizeof(roster->accounts[0]) * (size_t)roster->room);
}

static void collect(void *arg, struct span key, const void *value, size_t n)
{
    struct roster *roster = arg;

    (void)value, (void)n;
    make_room(roster);
    roster->accounts[roster->count++] = get_be32(key.p + 9);
}

static int compare_accounts(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static struct roster *make(struct shard *shard, struct app_id app, struct group_no group)
{
    struct roster *roster = mem_zalloc(sizeof(*roster));
    struct row_key key;

    roster->app = app;
    roster->group = group;
    state_scan(shard_state(shard), row_prefix_of_group(&key, ROW_MEMBER, app, group), collect,
               roster);
    if (roster->count)
        qsort(roster->accounts, roster->count, sizeof(roster->accounts[0]), compare_accounts);
    return roster;
}

enum state_found roster_find(struct shard *shard, const struct group *group,
                             const uint32_t **ret_accounts, uint32_t *ret_count)
{
    struct roster_table *table = shard->rosters;
    struct roster *roster = find(table, group->app, group->no);
    struct row_key key;

    if (roster) {
        use_unlink(table, roster);
        use_link(table, roster);
    } else {
        if (row_need_collection(
                shard, row_prefix_of_group(&key, ROW_MEMBER, group->app, group->no)) != STATE_HIT)
            return STATE_UNKNOWN;
        roster = make(shard, group->app, group->no);
        add(table, roster);
    }
    *ret_accounts = roster->accounts;
    *ret_count = roster->count;
    return STATE_HIT;
}

/* ---- following joins and leaves ---- */

/* Where the account is, or would have to be. */
static uint32_t place_of(const struct roster *roster, struct account_no account)
{
    uint32_t low = 0, high = roster->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (roster->accounts[middle] < account.v)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void roster_joined(struct shard *shard, struct app_id app, struct group_no group,
                   struct account_no account)
{
    struct roster *roster = find(shard->rosters, app, group);
    uint32_t place;

    if (!roster)
        return;
    place = place_of(roster, account);
    CHECK(place == roster->count || roster->accounts[place] != account.v);
    shard->rosters->bytes -= roster_bytes(roster);
    make_room(roster);
    shard->rosters->bytes += roster_bytes(roster);
    memmove(roster->accounts + place + 1, roster->accounts + place,
            sizeof(roster->accounts[0]) * (roster->count - place));
    roster->accounts[place] = account.v;
    roster->count++;
}

void roster_left(struct shard *shard, struct app_id app, struct group_no group,
                 struct account_no account)
{
    struct roster *roster = find(shard->rosters, app, group);
    uint32_t place;

    if (!roster)
        return;
    place = place_of(roster, account);
    CHECK(place < roster->count && roster->accounts[place] == account.v);
    roster->count--;
    memmove(roster->accounts + place, roster->accounts + place + 1,
            sizeof(roster->accounts[0]) * (roster->count - place));
}

void roster_drop(struct shard *shard, struct app_id app, struct group_no group)
{
    struct roster *roster = find(shard->rosters, app, group);

    if (roster)
        drop(shard->rosters, roster);
}

/* ---- who of them is online ---- */

enum state_found group_audience(struct shard *shard, struct request *req, const struct group *group,
                                struct account_no except, struct audience *ret)
{
    struct audience audience = {.count = 0};
    const uint32_t *accounts;
    uint32_t count, room = 0;

    if (group_is_room(group->info.type))
        return room_audience(shard, req, group, except, ret);
    if (roster_find(shard, group, &accounts, &count) != STATE_HIT)
        return STATE_UNKNOWN;
    for (uint32_t i = 0; i < count; i++) {
        struct account_no account = {accounts[i]};
        struct session *first = session_first(shard, group->app, account);

        if (first && account.v != except.v)
            audience.accounts++;
        for (struct session *s = first; s; s = s->next_of_account) {
            if (audience.count == room) {
                struct session **more =
                    ARENA_ARRAY(&req->arena, struct session *, room ? room * 2 : 8);

                if (room)
                    memcpy(more, audience.sessions, sizeof(more[0]) * room);
                audience.sessions = more;
                room = room ? room * 2 : 8;
            }
            audience.sessions[audience.count++] = s;
        }
    }
    *ret = audience;
    return STATE_HIT;
}
