/*
 * A message to a group:
 *   1 the group, who sends, and whether it may (rights tell nothing about members);
 *   2 a resend gets the answer of the first one (sent.h; read back from pages once a boot);
 *   3 a muted sender is refused; over the group's limit the message is dropped: success without a
 *     seq (rate.h);
 *   4 one fact: head, page, sender, usage; one push for all terminals;
 *   5 notices for those it mentions, in records of their own.
 */
#include "base/check.h"
#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/apply.h"
#include "core/group/message.h"
#include "core/group/notice.h"
#include "core/group/page.h"
#include "core/group/room.h"
#include "core/group/usage.h"
#include "core/session/session.h"
#include "core/shard_internal.h"

#define REFUSED_REPORT_US 1000000u
#define NOTICES_A_RECORD 8u /* each may push an old one out of its box */
#define WARM_STALE_ENTRIES 32u
#define WARM_MAX_PAGES 64u

struct sending {
    const struct group_send_req *req;
    struct group group;
    struct group_actor caller;
    struct account_no from;
    struct span from_name;
    const struct member_row *member; /* of the sender; NULL: none */
    bool stored;
    struct account_no at[GROUP_AT_MAX];
    uint32_t at_count;
};

/* ---- who sends ---- */

/* For an administrator the account that it names, else itself; member or not. */
static enum im_err find_sender(struct shard *shard, const struct request *req, struct sending *s)
{
    const struct account_row *row;
    enum state_found found;

    s->from = req->account;
    if (s->caller.is_app_admin) {
        found = account_find(shard, req->app, s->req->from.n ? s->req->from : req->identifier,
                             &s->from);
        if (found == STATE_ABSENT)
            return IM_ERR_GROUP_ACCOUNT;
        if (found == STATE_UNKNOWN)
            return IM_AGAIN;
    }
    found = account_row_find(shard, req->app, s->from, &row);
    if (found == STATE_HIT)
        s->from_name = account_name(row);
    if (member_find(shard, &s->group, s->from, &s->member) != STATE_HIT)
        s->member = NULL;
    return IM_OK;
}

/* Who is in a room has no member row, unless as its owner or administrator. */
static enum im_err check_right(const struct request *req, const struct sending *s)
{
    enum im_err err = group_may(&s->group, &s->caller, ACTION_SEND);

    if (!err && !s->caller.is_app_admin && group_is_room(s->group.info.type) &&
        s->caller.role == ROLE_NONE && !room_has_session(req->session, s->group.no))
        err = IM_ERR_GROUP_RIGHT;
    return err;
}

enum im_err group_mute_check(struct shard *shard, const struct group *group,
                             const struct group_actor *actor, struct account_no account)
{
    uint32_t until_s = 0;

    if (!actor->is_app_admin && group->info.flags & GROUP_MUTED_ALL && actor->role < ROLE_ADMIN)
        return IM_ERR_GROUP_MUTED;
    member_muted_until(shard, group, account, &until_s);
    return until_s > shard_now_s(shard) ? IM_ERR_GROUP_MUTED : IM_OK;
}

/* For whom an administrator sends must not be muted; a muted group and itself it may speak in. */
static enum im_err check_mute(struct shard *shard, const struct sending *s)
{
    if (s->caller.is_app_admin && !s->req->from.n)
        return IM_OK;
    return group_mute_check(shard, &s->group, &s->caller, s->from);
}

/* ---- what was sent before this boot ---- */

struct warming {
    struct shard *shard;
    const struct group *group;
    struct group_seconds seconds;
    uint32_t now_s, lowest;
    uint32_t stale; /* one after the other; an import among the newest is old, too */
};

static bool warm_entry(void *arg, uint32_t seq, const struct group_entry *entry)
{
    struct warming *w = arg;
    const struct group *group = w->group;

    w->lowest = seq;
    if (entry->accepted_s + GROUP_SENT_WINDOW_S <= w->now_s)
        return ++w->stale < WARM_STALE_ENTRIES;
    w->stale = 0;
    if (entry->flags & GROUP_MESSAGE_TIP)
        return true;
    group_sent_add(
        w->shard->group_sent, w->now_s,
        group_sent_mark(group->app, group->no, (struct account_no){entry->from}, entry->random),
        (struct group_sent_key){entry->time, seq});
    if (entry->accepted_s == w->now_s)
        w->seconds.now[entry->priority]++;
    else if (entry->accepted_s + 1 == w->now_s)
        w->seconds.before[entry->priority]++;
    return true;
}

/* As many pages more as were walked, so that a busy group takes few loads. */
static void ask_for_pages(struct shard *shard, const struct group *group, uint32_t lowest)
{
    uint32_t pages = group_page_of(group->head.last_seq) - group_page_of(lowest) + 1;
    struct row_key key;
    const void *value;

    for (uint32_t i = 1; i <= pages && i <= WARM_MAX_PAGES && lowest > i * GROUP_PAGE_ENTRIES; i++)
        row_find(shard,
                 row_key_group_page(&key, group->app, group->no, lowest - i * GROUP_PAGE_ENTRIES),
                 &value, NULL);
}

/* Once a boot: the group's last minutes from its pages. */
static enum state_found warm(struct shard *shard, const struct group *group)
{
    uint32_t now_s = shard_now_s(shard);
    struct warming w = {
        .shard = shard, .group = group, .now_s = now_s, .lowest = group->head.last_seq};

    if (now_s >= shard->boot_s + GROUP_SENT_WINDOW_S ||
        group_sent_is_warm(shard->group_sent, now_s, group->app, group->no))
        return STATE_HIT;
    if (group->head.last_seq && group->head.last_s + GROUP_SENT_WINDOW_S > now_s) {
        if (group_page_walk(shard, group, group->head.last_seq, 1, warm_entry, &w) ==
            STATE_UNKNOWN) {
            ask_for_pages(shard, group, w.lowest);
            return STATE_UNKNOWN;
        }
        group_rate_learn(shard->group_rates, now_s, group->app, group->no, &w.seconds);
    }
    group_sent_warmed(shard->group_sent, now_s, group->app, group->no);
    return STATE_HIT;
}

/* ---- what it needs ---- */

static bool named_before(const struct sending *s, struct account_no no)
{
    for (uint32_t i = 0; i < s->at_count; i++) {
        if (s->at[i].v == no.v)
            return true;
    }
    return no.v == s->from.v;
}

/* Members that the message mentions by name; who is none is passed over. */
static void find_mentioned(struct shard *shard, struct sending *s)
{
    if (!s->stored)
        return;
    for (uint32_t i = 0; i < s->req->at_count; i++) {
        const struct member_row *member;
        struct account_no no;

        if (account_find(shard, s->group.app, s->req->at_accounts[i], &no) != STATE_HIT ||
            member_find(shard, &s->group, no, &member) != STATE_HIT || named_before(s, no))
            continue;
        notice_need(shard, s->group.app, no);
        s->at[s->at_count++] = no;
    }
}

/* Everything that the fact and the push touch, but the audience. */
static void need_rows(struct shard *shard, struct sending *s)
{
    struct span nick, face;
    uint32_t until_s;

    usage_group_need(shard, s->group.app, s->from);
    profile_face(shard, s->group.app, s->from, &nick, &face);
    member_muted_until(shard, &s->group, s->from, &until_s);
    if (s->stored)
        group_page_need(shard, &s->group);
    find_mentioned(shard, s);
    warm(shard, &s->group);
}

/* ---- the limit ---- */

static enum im_err report_refused(struct shard *shard, struct request *req)
{
    struct fact_group_refused *fact;
    uint64_t count;

    usage_group_need(shard, req->app, (struct account_no){0});
    if (shard_missing(shard))
        return IM_AGAIN;
    count = group_rate_take_refused(shard->group_rates, req->app);
    if (!count)
        return IM_OK;
    fact = fact_emit(shard, FACT_GROUP_REFUSED, sizeof(*fact));
    fact->app = req->app.v;
    fact->count = count;
    return IM_OK;
}

static const struct operation refused_report = {.run = report_refused};

void apply_group_refused(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_refused *fact = payload;

    (void)n, (void)number;
    usage_group_refused(shard, (struct app_id){fact->app}, fact->count);
}

/* Counted once a second, so that a flood of refused messages writes nothing. */
static void count_refused(struct shard *shard, struct app_id app)
{
    if (group_rate_refuse(shard->group_rates, app) &&
        !shard_at(shard, shard_now_us(shard) + REFUSED_REPORT_US, &refused_report, app, 0))
        group_rate_take_refused(shard->group_rates, app);
}

static bool fits_limit(struct shard *shard, const struct sending *s)
{
    uint64_t limit = limit_of(shard, s->group.app, LIMIT_GROUP_MESSAGES);
    bool exempt = s->caller.is_app_admin || s->caller.role >= ROLE_ADMIN;

    return group_rate_admits(shard->group_rates, shard_now_s(shard), s->group.app, s->group.no,
                             s->req->priority, exempt, limit);
}

/* ---- the message ---- */

/* Texts are copied: the rows that they are in move when facts are applied. */
static struct push_group_message *make_push(struct shard *shard, struct request *req,
                                            const struct sending *s)
{
    const struct group_send_req *send = s->req;
    struct arena *arena = &req->arena;
    struct push_group_message *push = ARENA_NEW(arena, struct push_group_message);

    *push = (struct push_group_message){
        .group = {.id = arena_copy(arena, s->group.id),
                  .name = arena_copy(arena, s->group.name),
                  .type = s->group.info.type},
        .from = arena_copy(arena, s->from_name),
        .from_no = s->from,
        .time = shard_now_s(shard),
        .random = send->random,
        .client_time = send->client_time,
        .flags = (uint16_t)((send->no_unread ? GROUP_MESSAGE_NO_UNREAD : 0) |
                            (send->no_last ? GROUP_MESSAGE_NO_LAST : 0) |
                            (send->need_receipt ? GROUP_MESSAGE_NEED_RECEIPT : 0) |
                            (s->caller.is_app_admin ? GROUP_MESSAGE_BY_REST : 0)),
        .priority = send->priority,
        .online_only = !s->stored && !group_is_room(s->group.info.type),
        .body = send->body,
        .cloud = send->cloud,
        .at = send->at};
    CHECK(profile_face(shard, s->group.app, s->from, &push->nick, &push->face) != STATE_UNKNOWN);
    push->nick = arena_copy(arena, push->nick);
    push->face = arena_copy(arena, push->face);
    if (s->member)
        push->card = arena_copy(arena, member_card(s->member));
    return push;
}

static uint32_t emit(struct shard *shard, const struct sending *s,
                     const struct push_group_message *push, uint32_t down)
{
    struct fact_group_message fact = {.from = s->from.v,
                                      .time = push->time,
                                      .random = push->random,
                                      .client_time = push->client_time,
                                      .accepted_s = push->time,
                                      .down = down,
                                      .flags = push->flags,
                                      .priority = push->priority,
                                      .counted = 1,
                                      .stored = s->stored};

    return group_message_emit(shard, &s->group, fact, push->body, push->cloud, s->req->push,
                              push->at);
}

/* The terminal that sends has the message. */
static void leave_out(struct audience *audience, const struct session *session)
{
    for (uint32_t i = 0; session && i < audience->count; i++) {
        if (audience->sessions[i] == session) {
            audience->sessions[i] = audience->sessions[--audience->count];
            return;
        }
    }
}

/* ---- mentions ---- */

static void tell_all(struct shard *shard, struct request *req, const struct sending *s,
                     const struct notice *notice, const struct audience *audience)
{
    struct session **others =
        ARENA_ARRAY(&req->arena, struct session *, audience->count ? audience->count : 1);
    struct push_group_notice *push = ARENA_NEW(&req->arena, struct push_group_notice);
    struct notice *to_all = ARENA_NEW(&req->arena, struct notice);
    uint32_t count = 0;

    for (uint32_t i = 0; i < audience->count; i++) {
        if (audience->sessions[i]->account.v != s->from.v)
            others[count++] = audience->sessions[i];
    }
    *to_all = *notice;
    to_all->at_type = 2;
    push->notice = to_all;
    push_to_many(shard, req, others, count, PUSH_GROUP_NOTICE, push, false);
}

/* A record has the message or notices: none touches many accounts. */
static void tell_mentioned(struct shard *shard, struct request *req, const struct sending *s,
                           const struct push_group_message *push, const struct audience *audience)
{
    struct notice notice = notice_of(shard, &s->group, NOTICE_AT, push->from);

    notice.group_id = push->group.id;
    notice.group_name = push->group.name;
    notice.seq = push->seq;
    notice.at_type = 1;
    if (s->req->at_all)
        tell_all(shard, req, s, &notice, audience);
    for (uint32_t i = 0; i < s->at_count; i++) {
        if (i % NOTICES_A_RECORD == 0)
            fact_commit(shard);
        notice_send(shard, req, s->at[i], &notice, NULL);
    }
}

/* ---- the command ---- */

static enum im_err answer(struct request *req, uint32_t time, uint32_t seq, bool dropped)
{
    struct group_send_result *result = ARENA_NEW(&req->arena, struct group_send_result);

    *result = (struct group_send_result){.time = time, .seq = seq, .dropped = dropped};
    req->result = result;
    return IM_OK;
}

static void send(struct shard *shard, struct request *req, const struct sending *s,
                 struct audience *audience)
{
    struct push_group_message *push = make_push(shard, req, s);

    push->seq = emit(shard, s, push, audience->accounts);
    if (group_is_room(s->group.info.type)) {
        room_message(shard, req, &s->group, push);
    } else {
        leave_out(audience, req->session);
        push_to_many(shard, req, audience->sessions, audience->count, PUSH_GROUP_MESSAGE, push,
                     false);
        if (s->stored)
            tell_mentioned(shard, req, s, push, audience);
    }
    answer(req, push->time, push->seq, false);
}

static enum im_err prepare(struct shard *shard, struct request *req, struct sending *s)
{
    enum im_err err = group_find(shard, req->app, s->req->group, &s->group);

    if (!err)
        err = group_actor_find(shard, req, &s->group, &s->caller);
    if (!err)
        err = find_sender(shard, req, s);
    if (!err)
        err = check_right(req, s);
    if (!err && s->req->to_count)
        err = IM_ERR_GROUP_PLAN;
    return err;
}

enum im_err group_message_send(struct shard *shard, struct request *req)
{
    struct sending s = {.req = req->body};
    struct audience audience;
    struct group_sent_key first;
    uint32_t now_s = shard_now_s(shard);
    enum im_err err = prepare(shard, req, &s);

    if (err)
        return err;
    s.stored = !s.req->online_only && !group_is_room(s.group.info.type);
    need_rows(shard, &s);
    if (shard_missing(shard)) {
        group_audience(shard, req, &s.group, s.from, &audience);
        return IM_AGAIN;
    }
    if (group_sent_find(shard->group_sent, now_s,
                        group_sent_mark(s.group.app, s.group.no, s.from, s.req->random), &first))
        return answer(req, first.time, first.seq, false);
    err = check_mute(shard, &s);
    if (err)
        return err;
    if (!fits_limit(shard, &s)) {
        count_refused(shard, s.group.app);
        return answer(req, now_s, 0, true);
    }
    if (group_audience(shard, req, &s.group, s.from, &audience) != STATE_HIT)
        return IM_AGAIN;
    send(shard, req, &s, &audience);
    return IM_OK;
}
