/*
 * Messages of groups as facts: what each changes in the rows. Who may send what, and who hears of
 * it, is decided in send.c.
 */
#include "core/group/message.h"

#include "core/group/apply.h"
#include "core/group/page.h"
#include "core/group/rate.h"
#include "core/group/sent.h"
#include "core/group/usage.h"
#include "core/shard_internal.h"

static char *put_part(char *at, struct span part)
{
    if (part.n)
        memcpy(at, part.p, part.n);
    return at + part.n;
}

uint32_t group_message_emit(struct shard *shard, const struct group *group,
                            struct fact_group_message fact, struct span body, struct span cloud,
                            struct span push, struct span at)
{
    size_t bytes = fact.stored ? body.n + cloud.n + push.n + at.n : 0;
    struct fact_group_message *emitted =
        fact_emit(shard, FACT_GROUP_MESSAGE, sizeof(*emitted) + bytes);
    char *parts = (char *)(emitted + 1);

    fact.app = group->app.v;
    fact.group = group->no.v;
    /* Given out with the fact itself: what is refused or lost leaves no gap. */
    fact.seq = fact.stored || group_is_room(group->info.type) ? group->head.last_seq + 1 : 0;
    fact.activates = group->info.type == GROUP_PRIVATE && !(group->info.flags & GROUP_ACTIVE) &&
                     !(fact.flags & GROUP_MESSAGE_TIP);
    if (fact.stored) {
        fact.body_bytes = (uint32_t)body.n;
        fact.cloud_bytes = (uint32_t)cloud.n;
        fact.push_bytes = (uint32_t)push.n;
        fact.at_bytes = (uint32_t)at.n;
        put_part(put_part(put_part(put_part(parts, body), cloud), push), at);
    }
    *emitted = fact;
    return fact.seq;
}

/* ---- apply ---- */

static int16_t client_lag(uint32_t client_time, uint32_t time)
{
    int64_t lag = (int64_t)client_time - (int64_t)time;

    if (!client_time)
        return 0;
    return lag > INT16_MAX || lag <= INT16_MIN ? CLIENT_TIME_FAR : (int16_t)lag;
}

static void append(struct shard *shard, const struct fact_group_message *fact,
                   struct group_head_row *head, uint64_t number)
{
    const struct group_entry entry = {.position = number,
                                      .time = fact->time,
                                      .random = fact->random,
                                      .from = fact->from,
                                      .accepted_s = fact->accepted_s,
                                      .flags = fact->flags,
                                      .client_lag_s = client_lag(fact->client_time, fact->time),
                                      .priority = fact->priority};

    if (!(fact->flags & GROUP_MESSAGE_NO_LAST)) {
        head->listed_seq = fact->seq;
        head->last = entry;
    }
    if (fact->imported)
        head->read_floor = fact->seq;
    group_page_append(shard, (struct app_id){fact->app}, (struct group_no){fact->group}, fact->seq,
                      &entry);
}

static void activate(struct shard *shard, struct app_id app, struct group_no group)
{
    struct row_key key;
    struct group_row *row;
    size_t n;

    if (!row_get(shard, row_key_group(&key, app, group), &n))
        return;
    row = row_put(shard, row_key_group(&key, app, group), n);
    row->flags |= GROUP_ACTIVE;
}

/* A sender by REST need not be a member. */
static void sender_spoke(struct shard *shard, const struct fact_group_message *fact)
{
    struct row_key key;
    struct span member =
        row_key_of_group(&key, ROW_MEMBER, (struct app_id){fact->app},
                         (struct group_no){fact->group}, (struct account_no){fact->from});
    struct member_row *row;
    size_t n;

    if (!row_get(shard, member, &n))
        return;
    row = row_put(shard, member, n);
    row->last_send_s = fact->accepted_s;
}

void apply_group_message(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_message *fact = payload;
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct row_key key;
    struct group_head_row *head =
        row_put(shard, row_key_group_head(&key, app, group), sizeof(*head));
    bool first_of_day = false;

    (void)n;
    if (fact->counted) {
        first_of_day = head->sent_day != usage_today_number(shard);
        head->sent_day = usage_today_number(shard);
    }
    if (fact->seq) {
        head->last_seq = fact->seq;
        if (fact->time > head->last_s)
            head->last_s = fact->time;
    }
    if (fact->stored)
        append(shard, fact, head, number);
    if (fact->activates)
        activate(shard, app, group);
    if (!fact->counted)
        return;
    sender_spoke(shard, fact);
    usage_group_message(shard, app, (struct account_no){fact->from}, fact->down, first_of_day);
    group_rate_count(shard->group_rates, shard_now_s(shard), app, group, fact->priority);
    group_sent_add(shard->group_sent, shard_now_s(shard),
                   group_sent_mark(app, group, (struct account_no){fact->from}, fact->random),
                   (struct group_sent_key){fact->time, fact->seq});
}
