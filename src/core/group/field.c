#include "core/group/field.h"

#include <stdlib.h>

#include "base/buf.h"
#include "core/app/app.h"
#include "core/group/apply.h"
#include "core/group/member.h"

static const char *const access_names[] = {
    [ACCESS_ANYONE] = "anyone", [ACCESS_MEMBER] = "member",       [ACCESS_ADMIN] = "admin",
    [ACCESS_OWNER] = "owner",   [ACCESS_APP_ADMIN] = "app_admin",
};

const char *field_access_name(uint8_t access)
{
    return access <= ACCESS_APP_ADMIN ? access_names[access] : "";
}

bool field_key_valid(struct span key)
{
    if (!key.n || key.n > FIELD_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];

        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            c != '_')
            return false;
    }
    return true;
}

enum field_access field_access_of(const struct group_actor *actor)
{
    static const enum field_access of_role[] = {
        [ROLE_NONE] = ACCESS_ANYONE,
        [ROLE_MEMBER] = ACCESS_MEMBER,
        [ROLE_ADMIN] = ACCESS_ADMIN,
        [ROLE_OWNER] = ACCESS_OWNER,
    };

    return actor->is_app_admin ? ACCESS_APP_ADMIN : of_role[actor->role];
}

/* ---- definitions ---- */

static enum state_found definition_find(struct shard *shard, struct app_id app,
                                        enum field_level level, struct span name,
                                        const struct app_field_row **ret_row)
{
    struct row_key key;
    const void *value;
    enum state_found found;

    if (!field_key_valid(name))
        return STATE_ABSENT;
    found = row_find(shard, row_key_app_field(&key, app, level, name), &value, NULL);
    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

static bool named_before(const struct field_value *values, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++) {
        if (span_eq(values[j].key, values[i].key))
            return true;
    }
    return false;
}

enum im_err fields_check(struct shard *shard, struct app_id app, enum field_level level,
                         const struct field_value *values, uint32_t count, enum field_access access)
{
    size_t max = level == FIELD_OF_GROUP ? GROUP_FIELD_VALUE_MAX : MEMBER_FIELD_VALUE_MAX;
    bool missing = false, forbidden = false;

    for (uint32_t i = 0; i < count; i++) {
        const struct app_field_row *row = NULL;
        enum state_found found = definition_find(shard, app, level, values[i].key, &row);

        if (found == STATE_ABSENT || values[i].value.n > max || named_before(values, i))
            return IM_ERR_GROUP_PARAM;
        missing |= found == STATE_UNKNOWN;
        forbidden |= found == STATE_HIT && access < row->write;
    }
    if (missing)
        return IM_AGAIN;
    return forbidden ? IM_ERR_GROUP_RIGHT : IM_OK;
}

enum state_found field_readable(struct shard *shard, struct app_id app, enum field_level level,
                                struct span key, enum field_access access, bool *ret_readable)
{
    const struct app_field_row *row = NULL;
    enum state_found found = definition_find(shard, app, level, key, &row);

    if (found == STATE_HIT)
        *ret_readable = access >= row->read;
    return found;
}

static bool access_find(struct span name, uint8_t *ret)
{
    for (uint8_t i = 0; i <= ACCESS_APP_ADMIN; i++) {
        if (span_is(name, access_names[i])) {
            *ret = i;
            return true;
        }
    }
    return false;
}

struct definitions {
    struct arena *arena;
    struct field_definition *items;
    uint32_t count;
    uint32_t of_level[FIELD_OF_MEMBER + 1];
};

static void collect_definition(void *arg, struct span key, const void *value, size_t n)
{
    struct definitions *all = arg;
    const struct app_field_row *row = value;
    uint8_t level = (uint8_t)key.p[5];

    (void)n;
    all->of_level[level]++;
    if (!all->arena)
        return;
    all->items[all->count++] = (struct field_definition){
        .level = level,
        .read = row->read,
        .write = row->write,
        .key = arena_copy(all->arena, (struct span){key.p + 6, key.n - 6})};
}

static int by_level_and_key(const void *left, const void *right)
{
    const struct field_definition *a = left, *b = right;
    size_t n = a->key.n < b->key.n ? a->key.n : b->key.n;
    int order;

    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    order = memcmp(a->key.p, b->key.p, n);
    return order ? order : (a->key.n > b->key.n) - (a->key.n < b->key.n);
}

enum im_err field_list(struct shard *shard, struct request *req)
{
    const struct app_req *ask = req->body;
    struct field_list_result *result = ARENA_NEW(&req->arena, struct field_list_result);
    struct definitions all = {.arena = &req->arena};
    const struct app_row *app;
    struct row_key key;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    if (row_need_collection(shard, row_prefix_app_field(&key, ask->app)) == STATE_UNKNOWN)
        return IM_AGAIN;
    all.items =
        ARENA_ARRAY(&req->arena, struct field_definition, GROUP_FIELDS_MAX + MEMBER_FIELDS_MAX);
    state_scan(shard_state(shard), row_prefix_app_field(&key, ask->app), collect_definition, &all);
    qsort(all.items, all.count, sizeof(*all.items), by_level_and_key);
    result->items = all.items;
    result->count = all.count;
    req->result = result;
    return IM_OK;
}

/* What is wrong with the definition itself. */
static enum im_err define_check(struct request *req, struct fact_app_field *ret)
{
    const struct field_define_req *ask = req->body;

    if (span_is(ask->level, "group"))
        ret->level = FIELD_OF_GROUP;
    else if (span_is(ask->level, "member"))
        ret->level = FIELD_OF_MEMBER;
    else
        return operator_refuse(req, IM_ERR_INVALID, "level is group or member");
    if (!field_key_valid(ask->key))
        return operator_refuse(req, IM_ERR_INVALID, "a key has 1 to %d characters of A-Z a-z 0-9 _",
                               FIELD_KEY_MAX);
    if (!access_find(ask->read, &ret->read) || !access_find(ask->write, &ret->write))
        return operator_refuse(req, IM_ERR_INVALID,
                               "access is anyone, member, admin, owner or app_admin");
    return IM_OK;
}

enum im_err field_define(struct shard *shard, struct request *req)
{
    const struct field_define_req *ask = req->body;
    struct fact_app_field define = {.app = ask->app.v, .key_bytes = (uint8_t)ask->key.n}, *fact;
    struct definitions all = {.arena = NULL};
    const struct app_field_row *row = NULL;
    const struct app_row *app;
    struct row_key key;
    enum im_err err = app_named(shard, req, ask->app, &app);
    uint32_t max;

    if (!err)
        err = define_check(req, &define);
    if (err)
        return err;
    if (row_need_collection(shard, row_prefix_app_field(&key, ask->app)) == STATE_UNKNOWN)
        return IM_AGAIN;
    state_scan(shard_state(shard), row_prefix_app_field(&key, ask->app), collect_definition, &all);
    max = define.level == FIELD_OF_GROUP ? GROUP_FIELDS_MAX : MEMBER_FIELDS_MAX;
    if (definition_find(shard, ask->app, define.level, ask->key, &row) == STATE_ABSENT &&
        all.of_level[define.level] >= max)
        return operator_refuse(req, IM_ERR_INVALID, "an app has at most %u fields of a %.*s", max,
                               SPAN_FMT(ask->level));
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_APP_FIELD, sizeof(*fact) + ask->key.n);
    *fact = define;
    memcpy(fact + 1, ask->key.p, ask->key.n);
    return IM_OK;
}

void apply_app_field(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_app_field *fact = payload;
    struct span name = {(const char *)(fact + 1), fact->key_bytes};
    struct row_key key;
    struct app_field_row *row =
        row_put(shard, row_key_app_field(&key, (struct app_id){fact->app}, fact->level, name),
                sizeof(*row));

    (void)n, (void)number;
    row->read = fact->read;
    row->write = fact->write;
}

/* ---- values of a group ---- */

void group_fields_need(struct shard *shard, struct app_id app, struct group_no group,
                       const struct field_value *values, uint32_t count)
{
    struct row_key key;
    const void *value;

    for (uint32_t i = 0; i < count; i++) {
        if (field_key_valid(values[i].key))
            row_find(shard, row_key_group_field(&key, app, group, SCOPE_CUSTOM, values[i].key),
                     &value, NULL);
    }
}

void group_fields_emit(struct shard *shard, struct app_id app, struct group_no group,
                       const struct field_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct span key = values[i].key, value = values[i].value;
        struct fact_group_field *fact =
            fact_emit(shard, FACT_GROUP_FIELD, sizeof(*fact) + key.n + value.n);

        *fact = (struct fact_group_field){.app = app.v,
                                          .group = group.v,
                                          .scope = SCOPE_CUSTOM,
                                          .remove = !value.n,
                                          .key_bytes = (uint16_t)key.n,
                                          .value_bytes = (uint32_t)value.n};
        memcpy(fact + 1, key.p, key.n);
        if (value.n)
            memcpy((char *)(fact + 1) + key.n, value.p, value.n);
    }
}

void apply_group_field(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_field *fact = payload;
    struct span name = {(const char *)(fact + 1), fact->key_bytes};
    struct row_key key;
    struct span row_key = row_key_group_field(&key, (struct app_id){fact->app},
                                              (struct group_no){fact->group}, fact->scope, name);

    (void)n, (void)number;
    if (fact->remove)
        row_delete(shard, row_key);
    else
        memcpy(row_put(shard, row_key, fact->value_bytes), name.p + name.n, fact->value_bytes);
}

struct listing {
    struct shard *shard;
    struct request *req;
    const struct group *group;
    enum field_access access;
    struct field_value *values;
    uint32_t count, room;
};

static void collect_value(void *arg, struct span key, const void *value, size_t n)
{
    struct listing *listing = arg;
    struct span name = {key.p + 10, key.n - 10};
    bool readable = false;

    if (field_readable(listing->shard, listing->group->app, FIELD_OF_GROUP, name, listing->access,
                       &readable) != STATE_HIT ||
        !readable || listing->count == listing->room)
        return;
    listing->values[listing->count++] =
        (struct field_value){arena_copy(&listing->req->arena, name),
                             arena_copy(&listing->req->arena, span_make(value, n))};
}

static int by_key(const void *left, const void *right)
{
    const struct field_value *a = left, *b = right;
    size_t n = a->key.n < b->key.n ? a->key.n : b->key.n;
    int order = memcmp(a->key.p, b->key.p, n);

    return order ? order : (a->key.n > b->key.n) - (a->key.n < b->key.n);
}

enum state_found group_fields_list(struct shard *shard, struct request *req,
                                   const struct group *group, enum field_access access,
                                   struct field_value **ret_values, uint32_t *ret_count)
{
    struct listing listing = {
        .shard = shard, .req = req, .group = group, .access = access, .room = GROUP_FIELDS_MAX};
    struct row_key key;
    struct span prefix = row_prefix_group_field(&key, group->app, group->no, SCOPE_CUSTOM);

    *ret_count = 0;
    if (!(group->info.flags & GROUP_HAS_FIELDS))
        return STATE_HIT;
    if (row_need_collection(shard, prefix) == STATE_UNKNOWN)
        return STATE_UNKNOWN;
    listing.values = ARENA_ARRAY(&req->arena, struct field_value, GROUP_FIELDS_MAX);
    state_scan(shard_state(shard), prefix, collect_value, &listing);
    if (shard_missing(shard))
        return STATE_UNKNOWN;
    qsort(listing.values, listing.count, sizeof(*listing.values), by_key);
    *ret_values = listing.values;
    *ret_count = listing.count;
    return STATE_HIT;
}

/* ---- values of a member ---- */

static void put_member_field(struct buf *into, struct span key, struct span value)
{
    const uint8_t lengths[2] = {(uint8_t)key.n, (uint8_t)value.n};

    buf_add(into, lengths, sizeof(lengths));
    buf_add_span(into, key);
    buf_add_span(into, value);
}

static bool is_named(const struct field_value *values, uint32_t count, struct span key)
{
    for (uint32_t i = 0; i < count; i++) {
        if (span_eq(values[i].key, key))
            return true;
    }
    return false;
}

struct span member_fields_merge(struct arena *arena, struct span before,
                                const struct field_value *values, uint32_t count)
{
    struct buf into;
    struct span key, value, merged;

    /* Old values and new ones, each at most the app's fields of members. */
    buf_init(&into, before.n + (size_t)count * (2 + FIELD_KEY_MAX + MEMBER_FIELD_VALUE_MAX) + 1);
    while (member_field_next(&before, &key, &value)) {
        if (!is_named(values, count, key))
            put_member_field(&into, key, value);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].value.n)
            put_member_field(&into, values[i].key, values[i].value);
    }
    merged = arena_copy(arena, buf_span(&into));
    buf_release(&into);
    return merged;
}
