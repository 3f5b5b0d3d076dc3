/* modify_group_base_info: one fact for the texts and options, one for each custom field, one tip
   that names all of it. */
#include "core/group/lifecycle.h"
#include "core/group/tip.h"

struct modifying {
    struct group group;
    struct group_actor actor;
    struct tip_member by;
    uint32_t mask;
};

/* Options that a type does not have are left as they are (server-api §5.1). */
static uint32_t mask_of(const struct group *group, uint32_t mask)
{
    if (group->info.type != GROUP_PUBLIC && group->info.type != GROUP_COMMUNITY)
        mask &= ~(uint32_t)CHANGE_JOIN_OPTION;
    if (group_is_room(group->info.type))
        mask &= ~(uint32_t)CHANGE_INVITE_OPTION;
    return mask;
}

static enum im_err check(struct shard *shard, const struct request *req, struct modifying *m)
{
    const struct group_modify_req *ask = req->body;
    bool only_fields = ask->mask == CHANGE_FIELDS;
    enum im_err err = group_find(shard, req->app, ask->group, &m->group);

    if (!err)
        err = group_actor_find(shard, req, &m->group, &m->actor);
    /* Custom fields have access rules of their own. */
    if (!err)
        err = group_may(&m->group, &m->actor, only_fields ? ACTION_READ : ACTION_EDIT_INFO);
    if (!err && ask->mask & CHANGE_MUTED_ALL)
        err = group_may(&m->group, &m->actor, ACTION_MUTE);
    if (!err && ask->mask & CHANGE_MAX_MEMBERS && !m->actor.is_app_admin &&
        m->actor.role != ROLE_OWNER)
        err = IM_ERR_GROUP_RIGHT;
    if (!err && ask->mask & CHANGE_FIELDS)
        err = fields_check(shard, req->app, FIELD_OF_GROUP, ask->fields, ask->field_count,
                           field_access_of(&m->actor));
    m->mask = mask_of(&m->group, ask->mask);
    return err;
}

static void emit(struct shard *shard, const struct modifying *m, const struct group_modify_req *ask)
{
    const struct {
        uint32_t bit;
        struct span text;
    } texts[] = {{CHANGE_NAME, ask->name},
                 {CHANGE_FACE, ask->face},
                 {CHANGE_INTRODUCTION, ask->introduction},
                 {CHANGE_NOTIFICATION, ask->notification}};
    struct fact_group_changed *fact;
    size_t n = 0;
    char *at;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        n += m->mask & texts[i].bit ? texts[i].text.n : 0;
    fact = fact_emit(shard, FACT_GROUP_CHANGED, sizeof(*fact) + n);
    *fact = (struct fact_group_changed){.app = m->group.app.v,
                                        .group = m->group.no.v,
                                        .mask = m->mask,
                                        .max_members = ask->max_members,
                                        .join_option = ask->join_option,
                                        .invite_option = ask->invite_option,
                                        .muted_all = ask->muted_all,
                                        .name_bytes = (uint8_t)ask->name.n,
                                        .face_bytes = (uint8_t)ask->face.n,
                                        .introduction_bytes = (uint16_t)ask->introduction.n,
                                        .notification_bytes = (uint16_t)ask->notification.n};
    at = (char *)(fact + 1);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!(m->mask & texts[i].bit) || !texts[i].text.n)
            continue;
        memcpy(at, texts[i].text.p, texts[i].text.n);
        at += texts[i].text.n;
    }
    group_fields_emit(shard, m->group.app, m->group.no, ask->fields, ask->field_count);
}

static struct span tip_fields(struct arena *arena, const struct group_modify_req *ask)
{
    struct buf into;
    struct span fields;

    buf_init(&into, ask->field_count * (GROUP_FIELD_VALUE_MAX + FIELD_KEY_MAX + 8) + 1);
    for (uint32_t i = 0; i < ask->field_count; i++)
        tip_field_put(&into, ask->fields[i].key, ask->fields[i].value);
    fields = arena_copy(arena, buf_span(&into));
    buf_release(&into);
    return fields;
}

enum im_err group_modify(struct shard *shard, struct request *req)
{
    const struct group_modify_req *ask = req->body;
    struct modifying m = {.mask = 0};
    struct group_tip tip;
    enum im_err err = check(shard, req, &m);

    if (err)
        return err;
    group_fields_need(shard, req->app, m.group.no, ask->fields, ask->field_count);
    tip_need(shard, req, &m.group, TIP_INFO);
    if (tip_wanted(&m.group, TIP_INFO) && m.actor.account.v)
        tip_member_find(shard, req, m.actor.account, &m.by);
    else
        m.by.name = req->identifier;
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!m.mask)
        return IM_OK;
    emit(shard, &m, ask);
    tip = (struct group_tip){.kind = TIP_INFO,
                             .operator_name = m.by.name,
                             .operator_nick = m.by.nick,
                             .operator_face = m.by.face,
                             .changed = m.mask,
                             .name = ask->name,
                             .face = ask->face,
                             .introduction = ask->introduction,
                             .notification = ask->notification,
                             .join_option = ask->join_option,
                             .muted_all = ask->muted_all,
                             .fields = tip_fields(&req->arena, ask)};
    tip_send(shard, req, &m.group, &tip, NULL);
    return IM_OK;
}
