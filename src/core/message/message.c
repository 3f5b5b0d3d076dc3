/*
 * A C2C message: admitted (accounts, size), given its key (time, seq, random), checked against
 * what was accepted in the last minutes, made a fact, pushed to whoever is online.
 *
 * A resend is recognised by fingerprint first (dedup.h) and confirmed in the history index, so the
 * answer is the first one's key even across a restart: a conversation that was active within the
 * window before this boot is read back once, when it is first written to (dedup_warm).
 */
#include "core/message/message.h"

#include "base/check.h"
#include "base/hash.h"
#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/apply.h"
#include "core/history/page.h"
#include "core/message/dedup.h"
#include "core/recent/contact.h"
#include "core/session/session.h"
#include "core/shard_internal.h"
#include "core/usage/usage.h"

#define REST_WINDOW_S 1u
#define SEQ_UNIT_US 64u
#define MAX_KEY_SHIFTS 64

/* One message to one receiver, being decided. */
struct sending {
    struct app_id app;
    struct account_no from, to;
    struct span from_name, to_name;
    struct message_key key;
    uint16_t flags;
    uint32_t down;
};

static bool is_user(const struct request *req)
{
    return req->caller == CALLER_USER;
}

/* ---- duplicates ---- */

static uint64_t fingerprint(struct app_id app, struct account_no from, struct account_no to,
                            bool with_seq, uint32_t seq, uint32_t random)
{
    const uint32_t words[] = {app.v, from.v, to.v, with_seq, with_seq ? seq : 0, random};

    return hash_bytes(words, sizeof(words));
}

/* As users resend it, and for a message by REST also without the sequence number, since such a
   caller may name none. */
static void remember(struct shard *shard, struct app_id app, struct account_no from,
                     struct account_no to, struct message_key key, uint16_t flags)
{
    dedup_add(shard->dedup, fingerprint(app, from, to, true, key.seq, key.random));
    if (flags & MESSAGE_BY_REST)
        dedup_add(shard->dedup, fingerprint(app, from, to, false, 0, key.random));
}

struct duplicate_search {
    uint32_t oldest_s; /* accepted at this second or later */
    uint16_t direction;
    bool with_seq;
    uint32_t seq, random;
    bool found;
    struct message_key key;
};

static bool match_duplicate(void *arg, const struct page_entry *entry)
{
    struct duplicate_search *search = arg;

    if (entry->accepted_s >= search->oldest_s && entry->key.random == search->random &&
        (entry->flags & MESSAGE_FROM_HIGHER) == search->direction &&
        (search->with_seq ? entry->key.seq == search->seq : entry->flags & MESSAGE_BY_REST)) {
        search->found = true;
        search->key = entry->key;
        return false;
    }
    /* Users' messages are dated by their acceptance; the margin covers shifted keys. */
    return entry->key.time + DEDUP_WINDOW_S >= search->oldest_s;
}

struct warm_walk {
    struct shard *shard;
    const struct sending *sending;
    uint32_t oldest_s;
};

static bool warm_entry(void *arg, const struct page_entry *entry)
{
    const struct warm_walk *walk = arg;
    const struct sending *s = walk->sending;
    bool from_higher = entry->flags & MESSAGE_FROM_HIGHER;
    struct account_no lower = s->from.v < s->to.v ? s->from : s->to;
    struct account_no higher = s->from.v < s->to.v ? s->to : s->from;

    if (entry->key.time + DEDUP_WINDOW_S < walk->oldest_s)
        return false;
    remember(walk->shard, s->app, from_higher ? higher : lower, from_higher ? lower : higher,
             entry->key, entry->flags);
    return true;
}

static const struct message_key NEWEST = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

/* Reads a conversation's last minutes back into the fingerprints, once a boot. */
static enum state_found dedup_warm(struct shard *shard, const struct sending *s)
{
    uint64_t mark = fingerprint(s->app, s->from.v < s->to.v ? s->from : s->to,
                                s->from.v < s->to.v ? s->to : s->from, true, UINT32_MAX, 0x77a3u);
    struct warm_walk walk = {shard, s, shard_now_s(shard) - DEDUP_WINDOW_S};
    struct row_key key;
    const void *value;
    const struct conversation_row *conversation;
    enum state_found found;

    /* Within the window of this boot everything older is known or too old. */
    if (shard_now_s(shard) >= shard->boot_s + DEDUP_WINDOW_S || dedup_has(shard->dedup, mark))
        return STATE_HIT;
    found = row_find(shard, row_key_conversation(&key, s->app, s->from, s->to), &value, NULL);
    if (found == STATE_UNKNOWN)
        return found;
    conversation = value;
    if (found == STATE_HIT && conversation->last_accepted_s >= walk.oldest_s &&
        conversation->last_accepted_s <= shard->boot_s &&
        page_walk_back(shard, s->app, s->from, s->to, NEWEST, true, warm_entry, &walk) ==
            STATE_UNKNOWN)
        return STATE_UNKNOWN;
    dedup_add(shard->dedup, mark);
    return STATE_HIT;
}

/* Is this a resend? Sets s->key to the first one's key if so. */
static enum state_found find_duplicate(struct shard *shard, const struct request *req,
                                       const struct message_send_req *send, struct sending *s)
{
    bool with_seq = is_user(req) || send->has_seq;
    struct duplicate_search search = {
        .oldest_s = shard_now_s(shard) - (is_user(req) ? DEDUP_WINDOW_S : REST_WINDOW_S - 1),
        .direction = s->from.v > s->to.v ? MESSAGE_FROM_HIGHER : 0,
        .with_seq = with_seq,
        .seq = send->seq,
        .random = send->random};
    enum state_found found = dedup_warm(shard, s);

    if (found == STATE_UNKNOWN)
        return found;
    if (!dedup_has(shard->dedup,
                   fingerprint(s->app, s->from, s->to, with_seq, send->seq, send->random)))
        return STATE_ABSENT;
    found = page_walk_back(shard, s->app, s->from, s->to, NEWEST, true, match_duplicate, &search);
    if (found == STATE_UNKNOWN)
        return found;
    if (!search.found)
        return STATE_ABSENT;
    s->key = search.key;
    return STATE_HIT;
}

/* ---- the key ---- */

/* A user's own time is ignored; a REST time in the future becomes now. A key that the conversation
   has already (another message of the same second with both numbers equal) moves on a second.
   STATE_HIT: so many seconds are taken that there is none for it. */
static enum state_found choose_key(struct shard *shard, const struct request *req,
                                   const struct message_send_req *send, struct sending *s)
{
    uint32_t now_s = shard_now_s(shard);
    struct page_entry entry;

    s->key = (struct message_key){now_s, send->seq, send->random};
    if (!is_user(req) && send->has_time && send->time < now_s)
        s->key.time = send->time;
    for (int i = 0; i < MAX_KEY_SHIFTS; i++) {
        enum state_found found = page_find(shard, s->app, s->from, s->to, s->key, &entry);

        if (found != STATE_HIT)
            return found;
        s->key.time++;
    }
    return STATE_HIT;
}

/*
 * A caller that names no sequence number gets one that rises with time, so that what was sent
 * one after the other within a second stays in that order. It comes around every 38 hours; then
 * one second's order is lost. Set once: the same in every run of the command.
 */
static void fill_seq(struct shard *shard, struct message_send_req *send)
{
    if (!send->has_seq && !send->seq)
        send->seq = (uint32_t)(shard_now_us(shard) / SEQ_UNIT_US % INT32_MAX) + 1;
}

/* ---- deciding one message ---- */

enum decision { DECIDED_NEW, DECIDED_DUPLICATE, DECIDED_MISSING, DECIDED_NO_KEY };

/* Everything that must be known before the fact; asks for all rows at once. */
static enum decision decide(struct shard *shard, const struct request *req,
                            const struct message_send_req *send, struct sending *s)
{
    bool stored = send->lifetime_s > 0;
    enum state_found duplicate = STATE_ABSENT, found;

    if (stored) {
        contact_need(shard, s->app, s->from, s->to);
        duplicate = find_duplicate(shard, req, send, s);
        if (duplicate == STATE_HIT && !shard_missing(shard))
            return DECIDED_DUPLICATE;
        found = choose_key(shard, req, send, s);
        if (found == STATE_HIT)
            return DECIDED_NO_KEY;
        if (found == STATE_ABSENT)
            page_need_insert(shard, s->app, s->from, s->to, s->key);
    } else {
        s->key = (struct message_key){shard_now_s(shard), send->seq, send->random};
    }
    s->flags = (uint16_t)((s->from.v > s->to.v ? MESSAGE_FROM_HIGHER : 0) |
                          (send->sync_other == 2 ? MESSAGE_RECEIVER_ONLY : 0) |
                          (send->no_unread ? MESSAGE_NO_UNREAD : 0) |
                          (send->no_last ? MESSAGE_NO_LAST : 0) |
                          (send->need_receipt ? MESSAGE_NEED_RECEIPT : 0) |
                          (is_user(req) ? 0 : MESSAGE_BY_REST));
    s->down = session_first(shard, s->app, s->to) ? 1 : 0;
    return shard_missing(shard) ? DECIDED_MISSING : DECIDED_NEW;
}

static void emit_message(struct shard *shard, const struct message_send_req *send,
                         const struct sending *s, uint64_t body_at)
{
    bool with_body = send->lifetime_s && !body_at;
    struct span body = with_body ? send->body : (struct span){0};
    struct span cloud = with_body ? send->cloud : (struct span){0};
    struct span push = with_body ? send->push : (struct span){0};
    struct fact_message *fact =
        fact_emit(shard, FACT_MESSAGE, sizeof(*fact) + body.n + cloud.n + push.n);
    char *bytes = (char *)(fact + 1);

    *fact = (struct fact_message){.app = s->app.v,
                                  .from = s->from.v,
                                  .to = s->to.v,
                                  .key = s->key,
                                  .lifetime_s = send->lifetime_s,
                                  .client_time = send->client_time,
                                  .flags = s->flags,
                                  .down = (uint16_t)s->down,
                                  .accepted_s = shard_now_s(shard),
                                  .body_at = body_at,
                                  .body_bytes = (uint32_t)body.n,
                                  .cloud_bytes = (uint32_t)cloud.n,
                                  .push_bytes = (uint32_t)push.n};
    if (body.n)
        memcpy(bytes, body.p, body.n);
    if (cloud.n)
        memcpy(bytes + body.n, cloud.p, cloud.n);
    if (push.n)
        memcpy(bytes + body.n + cloud.n, push.p, push.n);
}

static int16_t client_lag(uint32_t client_time, uint32_t time)
{
    int64_t lag = (int64_t)client_time - (int64_t)time;

    if (!client_time)
        return 0;
    return lag > INT16_MAX || lag <= INT16_MIN ? CLIENT_TIME_FAR : (int16_t)lag;
}

void apply_message(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_message *fact = payload;
    struct app_id app = {fact->app};
    struct account_no from = {fact->from}, to = {fact->to};

    (void)n;
    if (!(fact->flags & MESSAGE_IMPORTED))
        usage_c2c(shard, app, from, fact->down);
    if (!fact->lifetime_s)
        return;
    const struct page_entry entry = {.position = fact->body_at ? fact->body_at : number,
                                     .key = fact->key,
                                     .accepted_s = fact->accepted_s,
                                     .lifetime_s = fact->lifetime_s,
                                     .flags = fact->flags,
                                     .client_lag_s = client_lag(fact->client_time, fact->key.time)};

    page_insert(shard, app, from, to, &entry);
    contact_on_message(shard, fact, number);
    remember(shard, app, from, to, fact->key, fact->flags);
}

/* ---- delivery ---- */

static struct push_message *make_push(struct shard *shard, struct request *req,
                                      const struct message_send_req *send, const struct sending *s)
{
    struct push_message *push = ARENA_NEW(&req->arena, struct push_message);

    *push = (struct push_message){.from = arena_copy(&req->arena, s->from_name),
                                  .to = arena_copy(&req->arena, s->to_name),
                                  .from_no = s->from,
                                  .key = s->key,
                                  .client_time = send->client_time,
                                  .flags = s->flags,
                                  .online_only = send->lifetime_s == 0,
                                  .body = send->body,
                                  .cloud = send->cloud};
    CHECK(profile_face(shard, s->app, s->from, &push->nick, &push->face) != STATE_UNKNOWN);
    push->nick = arena_copy(&req->arena, push->nick);
    push->face = arena_copy(&req->arena, push->face);
    return push;
}

/* To all terminals of the receiver, and to the sender's other ones: always for a user, for REST
   with SyncOtherMachine 1 (server-api §3.5). */
static void deliver(struct shard *shard, struct request *req, const struct message_send_req *send,
                    const struct sending *s)
{
    struct session *to = session_first(shard, s->app, s->to);
    struct session *own =
        is_user(req) || send->sync_other == 1 ? session_first(shard, s->app, s->from) : NULL;
    struct push_message *push;

    if (own && own == req->session && !own->next_of_account)
        own = NULL;
    if (!to && !own)
        return;
    push = make_push(shard, req, send, s);
    for (; to; to = to->next_of_account)
        push_to_session(shard, req, to, PUSH_MESSAGE, push);
    for (; own; own = own->next_of_account) {
        if (own != req->session)
            push_to_session(shard, req, own, PUSH_MESSAGE, push);
    }
}

/* ---- the commands ---- */

/* Sender: for users the router has set it; REST may name one, else it is the administrator. */
static enum im_err find_sender(struct shard *shard, const struct request *req,
                               const struct message_send_req *send, struct sending *s)
{
    struct span nick, face;

    s->app = req->app;
    s->from_name = send->from.n ? send->from : req->identifier;
    if (is_user(req)) {
        const struct account_row *row;

        s->from = req->account;
        if (account_row_find(shard, s->app, s->from, &row) == STATE_HIT)
            s->from_name = account_name(row);
    } else {
        enum state_found found = account_find(shard, s->app, s->from_name, &s->from);

        if (found == STATE_ABSENT)
            return IM_ERR_OPENIM_FROM_MISSING;
        if (found == STATE_UNKNOWN)
            return IM_AGAIN;
    }
    profile_face(shard, s->app, s->from, &nick, &face);
    usage_need(shard, s->app, 1u << DAY_SET_C2C_SENDERS | 1u << DAY_SET_ACTIVE, s->from, 0);
    return IM_OK;
}

/* Only a caller that repeats all three numbers of a key comes here. */
static enum im_err no_key(const struct request *req)
{
    return is_user(req) ? IM_ERR_MSG_PACKET : IM_ERR_OPENIM_TIME;
}

enum im_err message_send(struct shard *shard, struct request *req)
{
    struct message_send_req *send = req->body;
    struct message_send_result *result;
    struct sending s = {0};
    enum im_err err = find_sender(shard, req, send, &s);
    enum state_found found;
    enum decision decision;

    if (err && err != IM_AGAIN)
        return err;
    fill_seq(shard, send);
    found = account_find(shard, req->app, send->to, &s.to);
    s.to_name = send->to;
    if (found == STATE_ABSENT)
        return is_user(req) ? IM_ERR_MSG_ACCOUNT : IM_ERR_OPENIM_TO_MISSING;
    if (err || found == STATE_UNKNOWN)
        return IM_AGAIN;
    if (s.from.v == s.to.v)
        return IM_ERR_MSG_PACKET;
    decision = decide(shard, req, send, &s);
    if (decision == DECIDED_MISSING || shard_missing(shard))
        return IM_AGAIN;
    if (decision == DECIDED_NO_KEY)
        return no_key(req);
    if (decision == DECIDED_NEW) {
        emit_message(shard, send, &s, 0);
        deliver(shard, req, send, &s);
    }
    result = ARENA_NEW(&req->arena, struct message_send_result);
    result->key = s.key;
    req->result = result;
    return IM_OK;
}

static bool named_before(const struct message_send_req *send, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++) {
        if (span_eq(send->receivers[j], send->receivers[i]))
            return true;
    }
    return false;
}

static void batch_fail(struct message_send_result *result, struct span to, enum im_err err)
{
    result->failed[result->failed_count++] = (struct message_send_failure){to, err};
}

/* First pass of a batch: everything that any of its messages needs, and who cannot receive. */
static enum im_err batch_decide(struct shard *shard, struct request *req,
                                const struct message_send_req *send, struct sending *list,
                                enum decision *decisions, struct message_send_result *result)
{
    for (uint32_t i = 0; i < send->receiver_count; i++) {
        struct sending *s = &list[i];
        enum state_found found = account_find(shard, req->app, send->receivers[i], &s->to);

        s->to_name = send->receivers[i];
        decisions[i] = DECIDED_DUPLICATE;
        if (found == STATE_HIT && s->to.v != s->from.v && !named_before(send, i)) {
            decisions[i] = decide(shard, req, send, s);
            if (decisions[i] == DECIDED_NO_KEY)
                batch_fail(result, send->receivers[i], no_key(req));
        } else if (found == STATE_ABSENT || s->to.v == s->from.v) {
            batch_fail(result, send->receivers[i], IM_ERR_ACCOUNT_MISSING);
        }
    }
    return shard_missing(shard) ? IM_AGAIN : IM_OK;
}

/*
 * One body to many: a record a receiver, so that no record touches many rows; the body lies in
 * the first one. The answer leaves when all of them are durable.
 */
enum im_err message_send_batch(struct shard *shard, struct request *req)
{
    struct message_send_req *send = req->body;
    struct message_send_result *result = ARENA_NEW(&req->arena, struct message_send_result);
    struct sending first = {0};
    struct sending *list = ARENA_ARRAY(&req->arena, struct sending, send->receiver_count);
    enum decision *decisions = ARENA_ARRAY(&req->arena, enum decision, send->receiver_count);
    enum im_err err = find_sender(shard, req, send, &first);
    uint64_t body_at = 0;

    if (err)
        return err;
    fill_seq(shard, send);
    for (uint32_t i = 0; i < send->receiver_count; i++)
        list[i] = first;
    result->failed = ARENA_ARRAY(&req->arena, struct message_send_failure, send->receiver_count);
    result->key = (struct message_key){shard_now_s(shard), send->seq, send->random};
    req->result = result;
    err = batch_decide(shard, req, send, list, decisions, result);
    if (err)
        return err;
    for (uint32_t i = 0; i < send->receiver_count; i++) {
        if (decisions[i] != DECIDED_NEW)
            continue;
        emit_message(shard, send, &list[i], body_at);
        deliver(shard, req, send, &list[i]);
        if (body_at)
            fact_commit(shard);
        else
            body_at = fact_commit(shard);
    }
    return result->failed_count && result->failed_count == send->receiver_count
               ? IM_ERR_OPENIM_TO_MISSING
               : IM_OK;
}
