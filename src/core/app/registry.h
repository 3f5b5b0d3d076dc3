/*
 * What gateways must know of apps to check callers: keys and administrators. Written by shards
 * (when an app is made, and once at start for all), read by gateway threads; its own lock.
 */
#ifndef CORE_APP_REGISTRY_H
#define CORE_APP_REGISTRY_H

#include "base/ids.h"
#include "core/rows.h"
#include "wire/usersig.h"

struct app_registry;

struct app_entry {
    struct app_id app;
    struct usersig_key key;
    uint8_t admin_count;
    char admins[APP_MAX_ADMINS][33]; /* NUL-terminated */
};

struct app_registry *app_registry_new(void);
void app_registry_free(struct app_registry *registry);

/* Adds or replaces. Any thread. */
void app_registry_put(struct app_registry *registry, struct app_id app, const struct app_row *row);

/* Copies the entry; false: no such app. Any thread. */
bool app_registry_find(struct app_registry *registry, struct app_id app, struct app_entry *ret);

#endif
