/*
 * What a shard says: the reply of the command that runs, then its pushes, then the replies of held
 * requests that it answered. All of it is queued while the handler runs and goes to the sink once
 * the command's record is made, tagged with that record's number.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/recent/contact.h"
#include "core/session/login.h"
#include "core/shard_internal.h"

/* The largest is read_all_unread_msg: CONTACTS_MAX peers, each told on all its terminals, and all
   other terminals of the reader for each of them. */
#define MAX_PUSHES_A_COMMAND (CONTACTS_MAX * 2 * ACCOUNT_MAX_TERMINALS)
#define ACK_INTERVAL_S 5u

/* ---- pushes ---- */

static struct output *add_push(struct shard *shard)
{
    if (shard->push_count == shard->push_room) {
        CHECK(shard->push_count < MAX_PUSHES_A_COMMAND);
        shard->push_room = shard->push_room ? shard->push_room * 2 : 64;
        shard->pushes = mem_realloc(shard->pushes, shard->push_room * sizeof(*shard->pushes));
    }
    return &shard->pushes[shard->push_count++];
}

/* One message in so many seconds asks its terminal for an ack; it stands for all before it, since
   the pushes of a socket arrive in order, and behind the reply of getmsg. Before getmsg nobody
   knows what the terminal has. */
static bool asks_for_ack(const struct shard *shard, struct session *session, enum push_kind kind)
{
    if (!session_is_synced(session) || (kind != PUSH_MESSAGE && kind != PUSH_GROUP_NOTICE))
        return false;
    /* A notice is rare, and shown twice if it is given again. */
    if (kind == PUSH_MESSAGE && shard_now_s(shard) < session->ack_asked_s + ACK_INTERVAL_S)
        return false;
    session->ack_asked_s = shard_now_s(shard);
    return true;
}

void push_to_session(struct shard *shard, struct request *req, struct session *session,
                     enum push_kind kind, const void *push)
{
    *add_push(shard) = (struct output){.req = req,
                                       .push = push,
                                       .to = session->at,
                                       .kind = OUTPUT_PUSH,
                                       .push_kind = (uint8_t)kind,
                                       .need_ack = asks_for_ack(shard, session, kind),
                                       .notice_seq = shard->boot << 32 | ++shard->notice_counter};
}

/* The push of this call that goes to `gateway`; `first` is the first of them. */
static struct output *many_of(struct shard *shard, uint32_t first, uint16_t gateway)
{
    for (uint32_t i = first; i < shard->push_count; i++) {
        if (shard->pushes[i].to.gateway == gateway)
            return &shard->pushes[i];
    }
    return NULL;
}

/* Addresses are copied here: sessions may move on before the gateway reads them. Two passes, so
   that each gateway's array is exactly as long as it must be. */
void push_to_many(struct shard *shard, struct request *req, struct session *const *sessions,
                  uint32_t count, enum push_kind kind, const void *push, bool relaxed)
{
    uint32_t first = shard->push_count;
    struct output *output = NULL;
    struct address *many;

    if (!count)
        return;
    shard->notice_counter++;
    for (uint32_t i = 0; i < count; i++) {
        if (!output || output->to.gateway != sessions[i]->at.gateway)
            output = many_of(shard, first, sessions[i]->at.gateway);
        if (!output) {
            output = add_push(shard);
            *output = (struct output){.req = req,
                                      .push = push,
                                      .to = {.gateway = sessions[i]->at.gateway},
                                      .kind = OUTPUT_PUSH,
                                      .push_kind = (uint8_t)kind,
                                      .relaxed = relaxed,
                                      .notice_seq = shard->boot << 32 | shard->notice_counter};
        }
        output->many_count++;
    }
    for (uint32_t i = first; i < shard->push_count; i++) {
        output = &shard->pushes[i];
        output->many =
            arena_alloc(&req->arena, (size_t)output->many_count * sizeof(struct address));
        output->many_count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (output->to.gateway != sessions[i]->at.gateway)
            output = many_of(shard, first, sessions[i]->at.gateway);
        many = (struct address *)(uintptr_t)output->many;
        many[output->many_count++] = sessions[i]->at;
    }
}

/* ---- held requests ---- */

static uint32_t *held_of(struct shard *shard, uint16_t gateway)
{
    if (gateway >= shard->held_room) {
        uint32_t room = (uint32_t)gateway + 1;

        shard->held = mem_realloc(shard->held, room * sizeof(*shard->held));
        memset(shard->held + shard->held_room, 0, (room - shard->held_room) * sizeof(*shard->held));
        shard->held_room = room;
    }
    return &shard->held[gateway];
}

bool shard_may_hold(struct shard *shard, const struct request *req)
{
    CHECK(req->operation->may_hold);
    return req->from.gateway != UINT16_MAX && *held_of(shard, req->from.gateway) < SHARD_MAX_HELD;
}

uint32_t shard_held(const struct shard *shard)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < shard->held_room; i++)
        total += shard->held[i];
    return total;
}

void shard_hold(struct shard *shard, struct request *req)
{
    CHECK(shard_may_hold(shard, req));
    ++*held_of(shard, req->from.gateway);
    req->session = NULL;
}

static void put_reply(struct shard *shard, struct request *req, uint64_t position, uint64_t shows)
{
    const struct output reply = {
        .position = position, .shows = shows, .req = req, .to = req->from, .kind = OUTPUT_REPLY};

    shard->config.sink.put(shard->config.sink.arg, &reply);
}

void shard_answer(struct shard *shard, struct request *held, enum im_err err)
{
    CHECK(held != shard->running && *held_of(shard, held->from.gateway) > 0);
    --*held_of(shard, held->from.gateway);
    held->err = err;
    held->next = NULL;
    if (shard->closing) {
        request_unref(held);
    } else if (!shard->running) {
        put_reply(shard, held, journal_next(shard->journal) - 1, 0);
    } else {
        if (shard->answers_last)
            shard->answers_last->next = held;
        else
            shard->answers_first = held;
        shard->answers_last = held;
    }
}

/* ---- to the sink ---- */

/* Gateways read what follows as soon as they have it, so nothing is read after it was given. */
static void send_answers(struct shard *shard, uint64_t position)
{
    struct request *req = shard->answers_first;

    shard->answers_first = shard->answers_last = NULL;
    while (req) {
        struct request *next = req->next;

        put_reply(shard, req, position, 0);
        req = next;
    }
}

/* The reply first, then the pushes: a login's reply precedes its first push. */
void shard_send_outputs(struct shard *shard, struct request *req, bool held)
{
    uint64_t position = journal_next(shard->journal) - 1;

    for (uint32_t i = 0; i < shard->push_count; i++)
        request_ref(req);
    if (!held && req->from.gateway != UINT16_MAX) {
        request_ref(req);
        put_reply(shard, req, position, shard->shows);
    }
    for (uint32_t i = 0; i < shard->push_count; i++) {
        shard->pushes[i].position = position;
        shard->counts.pushes += shard->pushes[i].many ? shard->pushes[i].many_count : 1;
        shard->config.sink.put(shard->config.sink.arg, &shard->pushes[i]);
    }
    shard->push_count = 0;
    shard->shows = 0;
    send_answers(shard, position);
    if (!held)
        request_unref(req);
}
