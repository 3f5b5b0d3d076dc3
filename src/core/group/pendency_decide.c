#include "base/check.h"
#include "core/account/account.h"
#include "core/group/join.h"
#include "core/group/pendency_internal.h"
#include "core/group/tip.h"

/* What a decision is about. */
struct decision {
    struct group group;
    struct group_actor actor;
    struct account_no applicant;
    const struct pendency_row *row;
    struct tip_member *who, by; /* the applicant and the actor, for the tip */
    struct span inviter;        /* name; empty: an application */
};

/* The SDK answers the notice of an invitation as if it were an application of the inviter. */
struct search {
    uint32_t inviter;
    uint64_t time_us;
    const struct pendency_row *row;
};

static void match_invitation(void *arg, struct span key, const void *value, size_t n)
{
    struct search *search = arg;
    const struct pendency_row *row = value;

    (void)key;
    CHECK(n >= sizeof(*row));
    if (row->kind == PENDENCY_INVITATION && row->inviter == search->inviter &&
        row->time_us == search->time_us)
        search->row = row;
}

static const struct pendency_row *find_invitation(struct shard *shard, const struct group *group,
                                                  struct account_no inviter, uint64_t time_us)
{
    struct search search = {.inviter = inviter.v, .time_us = time_us};
    struct row_key key;
    struct span prefix = row_prefix_pendency(&key, group->app, group->no);

    if (row_need_collection(shard, prefix) == STATE_HIT)
        state_scan(shard_state(shard), prefix, match_invitation, &search);
    return search.row;
}

/* One that does not wait (any more) is as one that was handled: it may have fallen out. */
static enum im_err find_row(struct shard *shard, const struct pendency_decide_req *ask,
                            struct decision *d)
{
    const struct pendency_row *row = NULL;

    pendency_need(shard, &d->group, d->applicant);
    if (pendency_find(shard, &d->group, d->applicant, ask->kind, &row) != STATE_HIT ||
        (ask->msg_key && ask->msg_key != row->time_us))
        row = ask->kind == PENDENCY_APPLICATION && ask->msg_key
                  ? find_invitation(shard, &d->group, d->applicant, ask->msg_key)
                  : NULL;
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!row || row->handled != PENDENCY_WAITS || pendency_too_old(shard, row))
        return IM_ERR_GROUP_HANDLED;
    if (ask->authentication.n && !span_eq(ask->authentication, pendency_authentication(row)))
        return IM_ERR_GROUP_PARAM;
    d->row = row;
    d->applicant = (struct account_no){row->applicant};
    return IM_OK;
}

/* The right comes first: who may not decide hears nothing about applicants. */
static enum im_err find_waiting(struct shard *shard, struct request *req, struct decision *d)
{
    const struct pendency_decide_req *ask = req->body;
    const struct account_row *inviter;
    enum im_err err = group_find(shard, req->app, ask->group, &d->group);

    if (!err)
        err = group_actor_find(shard, req, &d->group, &d->actor);
    if (!err)
        err = group_may(&d->group, &d->actor, ACTION_APPROVE);
    if (err)
        return err;
    switch (account_find(shard, req->app, ask->applicant, &d->applicant)) {
    case STATE_UNKNOWN:
        return IM_AGAIN;
    case STATE_ABSENT:
        return IM_ERR_GROUP_ACCOUNT;
    case STATE_HIT:
        break;
    }
    err = find_row(shard, ask, d);
    if (err || !d->row->inviter)
        return err;
    if (account_row_find(shard, req->app, (struct account_no){d->row->inviter}, &inviter) !=
        STATE_HIT)
        return IM_AGAIN;
    d->inviter = account_name(inviter);
    return IM_OK;
}

/* Everything else that the facts touch. */
static enum im_err need_rest(struct shard *shard, struct request *req, struct decision *d)
{
    const struct pendency_decide_req *ask = req->body;
    const struct member_row *member;
    enum state_found joined = member_find(shard, &d->group, d->applicant, &member);
    enum im_err err = IM_OK;

    notice_need(shard, req->app, d->applicant);
    if (d->row->inviter)
        notice_need(shard, req->app, (struct account_no){d->row->inviter});
    d->who = ARENA_NEW(&req->arena, struct tip_member);
    if (ask->agree) {
        err = group_may_grow(shard, &d->group, d->applicant);
        member_need(shard, &d->group, d->applicant);
        tip_need(shard, req, &d->group, TIP_JOINED);
        tip_member_find(shard, req, d->applicant, d->who);
        tip_member_find(shard, req, d->actor.account, &d->by);
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    /* Came in another way meanwhile. */
    if (joined == STATE_HIT)
        return IM_ERR_GROUP_HANDLED;
    return err;
}

static void tell(struct shard *shard, struct request *req, const struct decision *d,
                 enum notice_kind kind, struct account_no to)
{
    const struct pendency_decide_req *ask = req->body;
    struct notice notice = notice_of(shard, &d->group, kind, d->actor.name);

    notice.remark = ask->words;
    notice.user_field = ask->user_field;
    notice_send(shard, req, to, &notice, NULL);
}

/* An applicant hears of both; one who was invited only that it is in, its inviter of both. */
static void tell_all(struct shard *shard, struct request *req, const struct decision *d)
{
    const struct pendency_decide_req *ask = req->body;
    struct account_no inviter = {d->row->inviter};

    if (d->row->kind == PENDENCY_APPLICATION) {
        tell(shard, req, d, ask->agree ? NOTICE_JOIN_ACCEPTED : NOTICE_JOIN_REFUSED, d->applicant);
        return;
    }
    if (ask->agree) {
        struct notice notice = notice_of(shard, &d->group, NOTICE_INVITED, d->inviter);

        notice_send(shard, req, d->applicant, &notice, NULL);
    }
    if (inviter.v && inviter.v != d->applicant.v)
        tell(shard, req, d, ask->agree ? NOTICE_INVITE_ACCEPTED : NOTICE_INVITE_REFUSED, inviter);
}

static void emit_handled(struct shard *shard, const struct decision *d, bool agree)
{
    struct fact_pendency_handled *fact = fact_emit(shard, FACT_PENDENCY_HANDLED, sizeof(*fact));

    *fact = (struct fact_pendency_handled){
        .app = d->group.app.v,
        .group = d->group.no.v,
        .applicant = d->applicant.v,
        .by = d->actor.account.v,
        .kind = d->row->kind,
        .handled = (uint8_t)(agree ? PENDENCY_AGREED : PENDENCY_REFUSED)};
}

/* Decision, joining, notices and tip are one record: a crash leaves all of it or nothing. */
enum im_err pendency_decide(struct shard *shard, struct request *req)
{
    const struct pendency_decide_req *ask = req->body;
    struct decision d = {.row = NULL};
    enum im_err err = find_waiting(shard, req, &d);

    if (!err)
        err = need_rest(shard, req, &d);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (err)
        return err;
    emit_handled(shard, &d, ask->agree);
    tell_all(shard, req, &d);
    if (ask->agree) {
        const struct newcomer newcomer = {.account = d.applicant, .role = ROLE_MEMBER};

        members_join(shard, &d.group, &newcomer, 1, false);
        group_tell_joined(shard, req, &d.group, d.applicant, &d.by, d.who);
    }
    return IM_OK;
}
