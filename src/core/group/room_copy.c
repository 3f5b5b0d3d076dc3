/* Deep copies of the pushes that a room keeps. */
#include "base/check.h"
#include "core/group/notice.h"
#include "core/group/room_internal.h"

/* A measure without an arena: what arena_alloc and arena_copy would take. */
static size_t rounded(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

struct copying {
    struct arena *arena; /* NULL: only counts */
    size_t bytes;
};

static void *piece(struct copying *c, const void *p, size_t n)
{
    c->bytes += rounded(n);
    return c->arena ? memcpy(arena_alloc(c->arena, n), p, n) : NULL;
}

static void text(struct copying *c, struct span *span)
{
    c->bytes += rounded(span->n + 1);
    if (c->arena)
        *span = arena_copy(c->arena, *span);
}

static void group_name(struct copying *c, struct push_group *group)
{
    text(c, &group->id);
    text(c, &group->name);
}

static const void *copy_message(struct copying *c, const struct push_group_message *push)
{
    struct push_group_message message = *push;
    struct span *const texts[] = {&message.from, &message.nick,  &message.face, &message.card,
                                  &message.body, &message.cloud, &message.at};

    group_name(c, &message.group);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        text(c, texts[i]);
    return piece(c, &message, sizeof(message));
}

static const void *copy_recall(struct copying *c, const struct push_group_recall *push)
{
    struct push_group_recall recall = *push;

    group_name(c, &recall.group);
    text(c, &recall.by);
    text(c, &recall.reason);
    recall.items = piece(c, push->items, push->count * sizeof(*push->items));
    return piece(c, &recall, sizeof(recall));
}

static const void *copy_values(struct copying *c, const struct push_group_values *push)
{
    struct push_group_values values = *push;

    group_name(c, &values.group);
    values.items = piece(c, push->items, push->count * sizeof(*push->items));
    for (uint32_t i = 0; i < push->count; i++) {
        struct push_group_value item = push->items[i];

        text(c, &item.key);
        text(c, &item.value);
        if (values.items)
            values.items[i] = item;
    }
    return piece(c, &values, sizeof(values));
}

static const void *copy_notice(struct copying *c, const struct push_group_notice *push)
{
    struct push_group_notice copy = *push;
    struct notice notice = *push->notice;
    struct span *const texts[] = {&notice.group_id, &notice.group_name, &notice.operator_name,
                                  &notice.remark,   &notice.user_field, &notice.authentication};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        text(c, texts[i]);
    text(c, &copy.to);
    copy.notice = piece(c, &notice, sizeof(notice));
    return piece(c, &copy, sizeof(copy));
}

static const void *copy_any(struct copying *c, enum push_kind kind, const void *push)
{
    switch (kind) {
    case PUSH_GROUP_MESSAGE:
    case PUSH_BROADCAST:
        return copy_message(c, push);
    case PUSH_GROUP_RECALL:
        return copy_recall(c, push);
    case PUSH_GROUP_ATTRIBUTES:
    case PUSH_GROUP_COUNTERS:
        return copy_values(c, push);
    case PUSH_GROUP_NOTICE:
        return copy_notice(c, push);
    default:
        CHECK(false);
        return NULL;
    }
}

const void *push_copy(struct arena *arena, enum push_kind kind, const void *push)
{
    struct copying c = {.arena = arena};

    return copy_any(&c, kind, push);
}

size_t push_copy_bytes(enum push_kind kind, const void *push)
{
    struct copying c = {.arena = NULL};

    copy_any(&c, kind, push);
    return c.bytes;
}
