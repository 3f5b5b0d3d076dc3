#include "core/app/registry.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

/* Sorted by app: SDKAppIDs count up, so a new one nearly always goes to the end. */
struct app_registry {
    pthread_rwlock_t lock;
    struct app_entry *entries;
    size_t count;
    size_t room;
};

struct app_registry *app_registry_new(void)
{
    struct app_registry *registry = mem_zalloc(sizeof(*registry));

    pthread_rwlock_init(&registry->lock, NULL);
    return registry;
}

void app_registry_free(struct app_registry *registry)
{
    if (!registry)
        return;
    pthread_rwlock_destroy(&registry->lock);
    if (registry->count)
        OPENSSL_cleanse(registry->entries, registry->count * sizeof(*registry->entries));
    free(registry->entries);
    free(registry);
}

/* Index of the first entry that is not below the app. */
static size_t position(const struct app_registry *registry, struct app_id app)
{
    size_t low = 0, high = registry->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (registry->entries[middle].app.v < app.v)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void entry_fill(struct app_entry *entry, struct app_id app, const struct app_row *row)
{
    *entry = (struct app_entry){.app = app, .admin_count = row->admin_count};
    usersig_key_init(&entry->key, span_make(row->key, sizeof(row->key)));
    for (size_t i = 0; i < row->admin_count && i < APP_MAX_ADMINS; i++)
        memcpy(entry->admins[i], row->admins[i], sizeof(row->admins[i]));
}

void app_registry_put(struct app_registry *registry, struct app_id app, const struct app_row *row)
{
    size_t at;

    pthread_rwlock_wrlock(&registry->lock);
    at = position(registry, app);
    if (at == registry->count || registry->entries[at].app.v != app.v) {
        if (registry->count == registry->room) {
            registry->room = registry->room ? registry->room * 2 : 16;
            registry->entries =
                mem_realloc(registry->entries, registry->room * sizeof(*registry->entries));
        }
        memmove(&registry->entries[at + 1], &registry->entries[at],
                (registry->count - at) * sizeof(*registry->entries));
        registry->count++;
    }
    entry_fill(&registry->entries[at], app, row);
    pthread_rwlock_unlock(&registry->lock);
}

bool app_registry_find(struct app_registry *registry, struct app_id app, struct app_entry *ret)
{
    bool found;
    size_t at;

    pthread_rwlock_rdlock(&registry->lock);
    at = position(registry, app);
    found = at < registry->count && registry->entries[at].app.v == app.v;
    if (found)
        *ret = registry->entries[at];
    pthread_rwlock_unlock(&registry->lock);
    return found;
}
