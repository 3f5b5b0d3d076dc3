/*
 * The table of sessions: by id, by account, and per app how many accounts are online and how many
 * of them with more than one terminal.
 */
#include "core/session/table.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"

struct session_table {
    struct map by_id;      /* struct session */
    struct map by_account; /* first struct session of app << 32 | account */
    struct map apps;       /* struct app_presence of the app */
    uint32_t counter;
};

static uint64_t account_key(struct app_id app, struct account_no account)
{
    return (uint64_t)app.v << 32 | account.v;
}

struct session_table *session_table_new(void)
{
    return mem_zalloc(sizeof(struct session_table));
}

static void session_free(struct session *session)
{
    struct request *next;

    for (struct request *req = session->waiting_first; req; req = next) {
        next = req->next;
        request_unref(req);
    }
    free(session->rooms);
    free(session);
}

void session_table_free(struct session_table *table)
{
    if (!table)
        return;
    for (struct map_slot *s = map_next(&table->by_id, NULL); s; s = map_next(&table->by_id, s))
        session_free(s->value.p);
    for (struct map_slot *s = map_next(&table->apps, NULL); s; s = map_next(&table->apps, s))
        free(s->value.p);
    map_release(&table->by_id);
    map_release(&table->by_account);
    map_release(&table->apps);
    free(table);
}

static struct app_presence *app_presence(struct session_table *table, struct app_id app)
{
    struct map_slot *slot = map_put(&table->apps, app.v);

    if (!slot->value.p) {
        slot->value.p = mem_zalloc(sizeof(struct app_presence));
        ((struct app_presence *)slot->value.p)->app = app;
    }
    return slot->value.p;
}

struct session *session_table_first(struct session_table *table, struct app_id app,
                                    struct account_no account)
{
    return map_get(&table->by_account, account_key(app, account));
}

struct session *session_table_find(struct session_table *table, uint64_t id)
{
    return map_get(&table->by_id, id);
}

struct session *session_table_add(struct session_table *table, uint64_t boot, struct app_id app,
                                  struct account_no account, uint32_t instance, uint8_t platform,
                                  struct address at)
{
    struct session *session = mem_zalloc(sizeof(*session));
    struct map_slot *slot = map_put(&table->by_account, account_key(app, account));
    struct session *first = slot->value.p;
    struct app_presence *presence = app_presence(table, app);

    *session = (struct session){.id = boot << 32 | ++table->counter,
                                .app = app,
                                .account = account,
                                .instance = instance,
                                .platform = platform,
                                .at = at,
                                .next_of_account = first};
    slot->value.p = session;
    map_put(&table->by_id, session->id)->value.p = session;
    if (!first)
        presence->accounts++;
    else if (!first->next_of_account)
        presence->multiple++;
    return session;
}

struct request *session_table_remove(struct session_table *table, struct session *session)
{
    uint64_t key = account_key(session->app, session->account);
    struct map_slot *slot = map_find(&table->by_account, key);
    struct app_presence *presence = app_presence(table, session->app);
    struct session *first, **link;
    struct request *waiting = session->waiting_first;

    CHECK(slot);
    first = slot->value.p;
    for (link = &first; *link != session; link = &(*link)->next_of_account)
        CHECK(*link);
    *link = session->next_of_account;
    slot->value.p = first;
    if (!first) {
        map_remove(&table->by_account, key);
        presence->accounts--;
    } else if (!first->next_of_account) {
        presence->multiple--;
    }
    map_remove(&table->by_id, session->id);
    free(session);
    return waiting;
}

const struct app_presence *session_table_presence(struct session_table *table, struct app_id app)
{
    return app_presence(table, app);
}

void session_table_count(const struct session_table *table, uint64_t *ret_sessions,
                         uint64_t *ret_accounts)
{
    *ret_sessions = table->by_id.count;
    *ret_accounts = table->by_account.count;
}

void session_table_each_app(struct session_table *table,
                            void (*fn)(void *arg, const struct app_presence *presence), void *arg)
{
    for (struct map_slot *s = map_next(&table->apps, NULL); s; s = map_next(&table->apps, s))
        fn(arg, s->value.p);
}
