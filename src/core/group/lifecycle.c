/* What the facts of a group's life do to its rows. */
#include "core/group/lifecycle.h"

#include "base/check.h"
#include "core/group/apply.h"
#include "core/group/pendency.h"
#include "core/group/roster.h"
#include "core/group/usage.h"

static struct app_groups_row *app_groups_put(struct shard *shard, uint32_t app)
{
    struct row_key key;

    return row_put(shard, row_key_app_groups(&key, (struct app_id){app}),
                   sizeof(struct app_groups_row));
}

static struct group_head_row *head_put(struct shard *shard, uint32_t app, uint32_t group)
{
    struct row_key key;

    return row_put(shard, row_key_group_head(&key, (struct app_id){app}, (struct group_no){group}),
                   sizeof(struct group_head_row));
}

/* The group's byte in the list of all groups. */
static void list_set(struct shard *shard, uint32_t app, uint32_t group, uint8_t byte)
{
    struct row_key key;
    struct span list = row_key_group_list(&key, (struct app_id){app}, (struct group_no){group});
    size_t at = group % GROUP_LIST_CHUNK, n = 0;
    uint8_t *bytes;

    if (!row_get(shard, list, &n))
        n = 0;
    bytes = row_put(shard, list, n > at ? n : at + 1);
    bytes[at] = byte;
}

static char *put_text(char *at, const char **from, size_t n)
{
    if (n)
        memcpy(at, *from, n);
    *from += n;
    return at + n;
}

void apply_group_created(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_created *fact = payload;
    struct app_id app = {fact->app};
    struct group_no no = {fact->group};
    size_t texts = (size_t)fact->id_bytes + fact->name_bytes + fact->face_bytes +
                   fact->introduction_bytes + fact->notification_bytes;
    struct span id = {(const char *)(fact + 1), fact->id_bytes};
    struct app_groups_row *groups = app_groups_put(shard, fact->app);
    struct group_id_row *id_row;
    struct group_row *row;
    struct row_key key;

    (void)n, (void)number;
    groups->last_group = fact->group;
    groups->total++;
    groups->of_type[fact->type]++;
    id_row = row_put(shard, row_key_group_id(&key, app, id), sizeof(*id_row));
    id_row->group = fact->group;
    row_declare_absent(shard, row_key_group(&key, app, no));
    row = row_put(shard, row_key_group(&key, app, no), sizeof(*row) + texts);
    *row = (struct group_row){.created_us = shard_now_us(shard),
                              .created_s = fact->created_s,
                              .owner = fact->owner,
                              .max_members = fact->max_members,
                              .info_seq = 1,
                              .last_info_s = fact->created_s,
                              .flags = fact->flags,
                              .type = fact->type,
                              .join_option = fact->join_option,
                              .invite_option = fact->invite_option,
                              .id_bytes = fact->id_bytes,
                              .name_bytes = fact->name_bytes,
                              .face_bytes = fact->face_bytes,
                              .introduction_bytes = fact->introduction_bytes,
                              .notification_bytes = fact->notification_bytes};
    memcpy(row + 1, fact + 1, texts);
    row_declare_absent(shard, row_key_group_head(&key, app, no));
    head_put(shard, fact->app, fact->group)->last_s = fact->created_s;
    list_set(shard, fact->app, fact->group, fact->type);
    usage_group_made(shard, app);
}

/* ---- changes ---- */

/* A text of the row, or the fact's if it is in the mask. */
static struct span pick(uint32_t mask, uint32_t bit, const char **old, size_t old_bytes,
                        const char **new, size_t new_bytes)
{
    struct span text = {*old, old_bytes};

    *old += old_bytes;
    if (mask & bit) {
        text = (struct span){*new, new_bytes};
        *new += new_bytes;
    }
    return text;
}

void apply_group_changed(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_changed *fact = payload;
    struct row_key key;
    struct span row_key =
        row_key_group(&key, (struct app_id){fact->app}, (struct group_no){fact->group});
    size_t old_bytes;
    const struct group_row *old = row_get(shard, row_key, &old_bytes);
    char before[sizeof(*old) + GROUP_TEXTS_MAX];
    const char *at, *new = (const char *)(fact + 1), *from;
    struct group_row row;
    struct span name, face, introduction, notification;
    char *to;

    (void)n, (void)number;
    CHECK(old && old_bytes <= sizeof(before));
    memcpy(before, old, old_bytes);
    memcpy(&row, before, sizeof(row));
    at = before + sizeof(row) + row.id_bytes;
    name = pick(fact->mask, CHANGE_NAME, &at, row.name_bytes, &new, fact->name_bytes);
    face = pick(fact->mask, CHANGE_FACE, &at, row.face_bytes, &new, fact->face_bytes);
    introduction = pick(fact->mask, CHANGE_INTRODUCTION, &at, row.introduction_bytes, &new,
                        fact->introduction_bytes);
    notification = pick(fact->mask, CHANGE_NOTIFICATION, &at, row.notification_bytes, &new,
                        fact->notification_bytes);
    row.name_bytes = (uint8_t)name.n;
    row.face_bytes = (uint8_t)face.n;
    row.introduction_bytes = (uint16_t)introduction.n;
    row.notification_bytes = (uint16_t)notification.n;
    if (fact->mask & CHANGE_JOIN_OPTION)
        row.join_option = fact->join_option;
    if (fact->mask & CHANGE_INVITE_OPTION)
        row.invite_option = fact->invite_option;
    if (fact->mask & CHANGE_MAX_MEMBERS)
        row.max_members = fact->max_members;
    if (fact->mask & CHANGE_MUTED_ALL)
        row.flags =
            (uint16_t)((row.flags & ~GROUP_MUTED_ALL) | (fact->muted_all ? GROUP_MUTED_ALL : 0));
    if (fact->mask & CHANGE_FIELDS)
        row.flags |= GROUP_HAS_FIELDS;
    row.info_seq++;
    row.last_info_s = shard_now_s(shard);
    to = row_put(shard, row_key,
                 sizeof(row) + row.id_bytes + name.n + face.n + introduction.n + notification.n);
    memcpy(to, &row, sizeof(row));
    from = before + sizeof(row);
    to = put_text(to + sizeof(row), &from, row.id_bytes);
    to = put_text(to, &name.p, name.n);
    to = put_text(to, &face.p, face.n);
    to = put_text(to, &introduction.p, introduction.n);
    put_text(to, &notification.p, notification.n);
}

/* ---- the end ---- */

void apply_group_dissolved(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_dissolved *fact = payload;
    struct app_id app = {fact->app};
    struct group_no no = {fact->group};
    struct app_groups_row *groups;
    struct row_key key;
    size_t bytes;
    const struct group_row *old = row_get(shard, row_key_group(&key, app, no), &bytes);
    struct group_row *row;

    (void)number;
    CHECK(old);
    row = row_put(shard, row_key_group(&key, app, no), bytes);
    row->flags |= GROUP_DISSOLVED;
    if (n >= sizeof(*fact) && fact->by_owner)
        row->flags |= GROUP_ENDED_BY_OWNER;
    groups = app_groups_put(shard, fact->app);
    groups->total--;
    groups->of_type[row->type]--;
    groups->sweeping++;
    row_delete(shard,
               row_key_group_id(&key, app, (struct span){(const char *)(row + 1), row->id_bytes}));
    list_set(shard, fact->app, fact->group, GROUP_LIST_SWEEPING);
    roster_drop(shard, app, no);
    usage_group_dissolved(shard, app);
}

void apply_group_swept(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_swept *fact = payload;
    const uint32_t *accounts = (const uint32_t *)(fact + 1);
    struct app_id app = {fact->app};
    struct group_no no = {fact->group};
    struct row_key key;

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        struct account_no account = {accounts[i]};

        row_delete(shard, row_key_of_group(&key, ROW_MEMBER, app, no, account));
        row_delete(shard, row_key_joined(&key, app, account, no));
    }
    if (!fact->last)
        return;
    pendencies_drop(shard, app, no);
    row_delete(shard, row_key_group(&key, app, no));
    row_delete(shard, row_key_group_head(&key, app, no));
    list_set(shard, fact->app, fact->group, 0);
    app_groups_put(shard, fact->app)->sweeping--;
}
