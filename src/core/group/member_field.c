#include "core/group/member_field.h"

#include "base/check.h"

#define FIELDS_MAX_BYTES (MEMBER_FIELDS_MAX * (2 + FIELD_KEY_MAX + MEMBER_FIELD_VALUE_MAX))

static enum state_found definition_find(struct shard *shard, struct app_id app, struct span key,
                                        const struct app_field_row **ret_row)
{
    struct row_key row_key;
    const void *value;
    enum state_found found;

    if (!key.n || key.n > FIELD_KEY_MAX)
        return STATE_ABSENT;
    found = row_find(shard, row_key_app_field(&row_key, app, FIELD_OF_MEMBER, key), &value, NULL);
    if (found == STATE_HIT)
        *ret_row = value;
    return found;
}

static bool has_access(const struct group_actor *actor, uint8_t access)
{
    if (actor->is_app_admin)
        return true;
    switch ((enum field_access)access) {
    case ACCESS_ANYONE:
        return true;
    case ACCESS_MEMBER:
        return actor->role >= ROLE_MEMBER;
    case ACCESS_ADMIN:
        return actor->role >= ROLE_ADMIN;
    case ACCESS_OWNER:
        return actor->role == ROLE_OWNER;
    case ACCESS_APP_ADMIN:
        break;
    }
    return false;
}

/* ---- reading ---- */

void member_fields_need(struct shard *shard, struct app_id app)
{
    struct row_key key;

    row_need_collection(shard, row_prefix_app_field(&key, app));
}

bool member_field_readable(struct shard *shard, struct app_id app, const struct group_actor *actor,
                           struct span key)
{
    const struct app_field_row *row;

    return definition_find(shard, app, key, &row) == STATE_HIT && has_access(actor, row->read);
}

/* ---- writing ---- */

struct field_list {
    struct member_field items[MEMBER_FIELDS_MAX];
    uint32_t count;
};

static void list_set(struct field_list *list, struct span key, struct span value)
{
    uint32_t i = 0;

    while (i < list->count && !span_eq(list->items[i].key, key))
        i++;
    if (value.n) {
        /* An app has no more fields than that, and each of these is one of them. */
        CHECK(i < MEMBER_FIELDS_MAX);
        list->items[i] = (struct member_field){key, value};
        list->count += i == list->count;
    } else if (i < list->count) {
        list->count--;
        memmove(list->items + i, list->items + i + 1, sizeof(list->items[0]) * (list->count - i));
    }
}

static struct span encode(struct arena *arena, const struct field_list *list)
{
    char *bytes = arena_alloc(arena, FIELDS_MAX_BYTES), *at = bytes;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct member_field *field = &list->items[i];

        *at++ = (char)field->key.n;
        *at++ = (char)field->value.n;
        memcpy(at, field->key.p, field->key.n);
        at += field->key.n;
        memcpy(at, field->value.p, field->value.n);
        at += field->value.n;
    }
    return span_make(bytes, (size_t)(at - bytes));
}

enum im_err member_fields_merge(struct shard *shard, struct request *req,
                                const struct group_actor *actor, struct span old,
                                const struct member_field *changes, uint32_t count,
                                struct span *ret_fields)
{
    struct field_list list = {.count = 0};
    const struct app_field_row *row;
    struct span key, value;

    while (member_field_next(&old, &key, &value))
        list_set(&list, key, value);
    for (uint32_t i = 0; i < count; i++) {
        switch (definition_find(shard, req->app, changes[i].key, &row)) {
        case STATE_UNKNOWN:
            continue; /* ask for the others, too */
        case STATE_ABSENT:
            return IM_ERR_GROUP_PARAM;
        case STATE_HIT:
            break;
        }
        if (!has_access(actor, row->write))
            return IM_ERR_GROUP_RIGHT;
        if (changes[i].value.n > MEMBER_FIELD_VALUE_MAX)
            return IM_ERR_GROUP_PARAM;
        if (!shard_missing(shard))
            list_set(&list, changes[i].key, changes[i].value);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    *ret_fields = encode(&req->arena, &list);
    return IM_OK;
}
