/* send_group_system_notification (server-api §3.6): to who is online, stored nowhere. */
#include "core/account/account.h"
#include "core/group/change.h"
#include "core/group/message.h"
#include "core/group/notice.h"
#include "core/session/session.h"

/* The terminals of the members named; who is no member is passed over. */
static void named(struct shard *shard, struct request *req, const struct group *group,
                  const struct group_notify_req *notify, struct audience *ret)
{
    struct account_no *accounts = ARENA_ARRAY(&req->arena, struct account_no, notify->to_count);
    uint32_t count = 0, sessions = 0;

    for (uint32_t i = 0; i < notify->to_count; i++) {
        const struct member_row *member;
        struct account_no no;

        if (account_find(shard, req->app, notify->to[i], &no) != STATE_HIT ||
            member_find(shard, group, no, &member) != STATE_HIT ||
            named_before(accounts, count, no))
            continue;
        accounts[count++] = no;
        for (struct session *s = session_first(shard, req->app, no); s; s = s->next_of_account)
            sessions++;
    }
    *ret = (struct audience){.sessions = ARENA_ARRAY(&req->arena, struct session *, sessions + 1)};
    for (uint32_t i = 0; i < count; i++) {
        for (struct session *s = session_first(shard, req->app, accounts[i]); s;
             s = s->next_of_account)
            ret->sessions[ret->count++] = s;
    }
}

enum im_err group_message_notify(struct shard *shard, struct request *req)
{
    const struct group_notify_req *notify = req->body;
    struct push_group_notice *push;
    struct notice *notice;
    struct audience audience = {.count = 0};
    struct group group;
    enum im_err err = group_find(shard, req->app, notify->group, &group);

    if (err)
        return err;
    if (notify->to_count && group_is_room(group.info.type))
        return IM_ERR_GROUP_PARAM;
    if (notify->to_count)
        named(shard, req, &group, notify, &audience);
    else
        group_audience(shard, req, &group, (struct account_no){0}, &audience);
    if (shard_missing(shard))
        return IM_AGAIN;
    notice = ARENA_NEW(&req->arena, struct notice);
    *notice = notice_of(shard, &group, NOTICE_CUSTOM, req->identifier);
    notice->group_id = arena_copy(&req->arena, group.id);
    notice->group_name = arena_copy(&req->arena, group.name);
    notice->user_field = notify->content;
    shard_random(shard, &notice->seq, sizeof(notice->seq));
    push = ARENA_NEW(&req->arena, struct push_group_notice);
    push->notice = notice;
    push_to_many(shard, req, audience.sessions, audience.count, PUSH_GROUP_NOTICE, push,
                 group_is_room(group.info.type));
    return IM_OK;
}
