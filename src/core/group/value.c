#include "core/group/value_internal.h"

#include "base/check.h"
#include "core/group/apply.h"
#include "core/group/room.h"

enum im_err value_group_find(struct shard *shard, const struct request *req, struct span id,
                             bool write, struct group *ret)
{
    struct group_actor actor;
    enum im_err err = group_find(shard, req->app, id, ret);

    if (!err)
        err = group_actor_find(shard, req, ret, &actor);
    if (!err)
        err = group_may(ret, &actor, write ? ACTION_ATTRIBUTES : ACTION_READ);
    if (err || actor.is_app_admin || !group_is_room(ret->info.type) || actor.role != ROLE_NONE)
        return err;
    return room_has_session(req->session, ret->no) ? IM_OK : IM_ERR_GROUP_RIGHT;
}

void value_emit(struct shard *shard, const struct group *group, enum group_field_scope scope,
                struct span key, struct span value)
{
    struct fact_group_field *fact =
        fact_emit(shard, FACT_GROUP_FIELD, sizeof(*fact) + key.n + value.n);
    char *bytes = (char *)(fact + 1);

    *fact = (struct fact_group_field){.app = group->app.v,
                                      .group = group->no.v,
                                      .scope = (uint8_t)scope,
                                      .remove = !value.n,
                                      .key_bytes = (uint16_t)key.n,
                                      .value_bytes = (uint32_t)value.n};
    if (key.n)
        memcpy(bytes, key.p, key.n);
    if (value.n)
        memcpy(bytes + key.n, value.p, value.n);
}

void value_seqs_emit(struct shard *shard, const struct group *group, uint32_t attribute_seq,
                     uint32_t counter_seq)
{
    struct fact_group_values *fact = fact_emit(shard, FACT_GROUP_VALUES, sizeof(*fact));

    *fact = (struct fact_group_values){.app = group->app.v,
                                       .group = group->no.v,
                                       .attribute_seq = attribute_seq,
                                       .counter_seq = counter_seq};
}

void apply_group_values(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_values *fact = payload;
    struct row_key key;
    struct span row_key =
        row_key_group(&key, (struct app_id){fact->app}, (struct group_no){fact->group});
    size_t bytes;
    struct group_row *row;

    (void)n, (void)number;
    CHECK(row_get(shard, row_key, &bytes));
    row = row_put(shard, row_key, bytes);
    row->attribute_seq = fact->attribute_seq;
    row->counter_seq = fact->counter_seq;
}

/* Not to the terminal that wrote: it has the answer, and would read all again. */
void value_push(struct shard *shard, struct request *req, const struct group *group,
                const struct audience *audience, enum push_kind kind,
                struct push_group_values *push)
{
    struct session **others = ARENA_ARRAY(&req->arena, struct session *, audience->count + 1);
    uint32_t count = 0;

    push->group = (struct push_group){arena_copy(&req->arena, group->id),
                                      arena_copy(&req->arena, group->name), group->info.type};
    for (uint32_t i = 0; i < audience->count; i++) {
        if (audience->sessions[i] != req->session)
            others[count++] = audience->sessions[i];
    }
    push_to_many(shard, req, others, count, kind, push, false);
    if (group_is_room(group->info.type))
        room_values(shard, group, kind, push);
}
