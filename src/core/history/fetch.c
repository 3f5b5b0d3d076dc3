/* Message bodies out of the journal, on a gateway's reader threads. */
#include "base/log.h"
#include "core/facts.h"
#include "core/group/facts.h"
#include "core/history/page.h"

/* Records with what an edit did not change; 0: nothing is there. */
struct elsewhere {
    uint64_t original, body_at, cloud_at;
};

/* What follows a payload's fixed part, if so many bytes do; else NULL. */
static const void *rest_of(const struct fact_head *head, size_t fixed, uint64_t bytes)
{
    const char *payload = (const char *)(head + 1);

    return head->payload_bytes >= fixed && bytes <= head->payload_bytes - fixed ? payload + fixed
                                                                                : NULL;
}

/* The next `n` bytes, copied. */
static struct span part(struct request *req, const char **at, uint32_t n)
{
    struct span bytes = arena_copy(&req->arena, span_make(*at, n));

    *at += n;
    return bytes;
}

static bool take_message(struct request *req, const struct fact_head *head,
                         struct message_body *ret)
{
    const struct fact_message *fact = (const void *)(head + 1);
    const char *at;

    if (head->payload_bytes < sizeof(*fact) || !fact->body_bytes)
        return false;
    at = rest_of(head, sizeof(*fact),
                 (uint64_t)fact->body_bytes + fact->cloud_bytes + fact->push_bytes);
    if (!at)
        return false;
    ret->body = part(req, &at, fact->body_bytes);
    ret->cloud = part(req, &at, fact->cloud_bytes);
    ret->client_time = fact->client_time;
    return true;
}

static bool take_group_message(struct request *req, const struct fact_head *head,
                               struct message_body *ret)
{
    const struct fact_group_message *fact = (const void *)(head + 1);
    const char *at;

    if (head->payload_bytes < sizeof(*fact) || !fact->body_bytes)
        return false;
    at =
        rest_of(head, sizeof(*fact),
                (uint64_t)fact->body_bytes + fact->cloud_bytes + fact->push_bytes + fact->at_bytes);
    if (!at)
        return false;
    ret->body = part(req, &at, fact->body_bytes);
    ret->cloud = part(req, &at, fact->cloud_bytes);
    at += fact->push_bytes;
    ret->at = part(req, &at, fact->at_bytes);
    ret->client_time = fact->client_time;
    return true;
}

static bool take_edited(struct request *req, const struct fact_head *head, struct message_body *ret,
                        struct elsewhere *ret_rest)
{
    const struct fact_group_edited *fact = (const void *)(head + 1);
    const char *at;

    if (head->payload_bytes < sizeof(*fact))
        return false;
    at = rest_of(head, sizeof(*fact), (uint64_t)fact->body_bytes + fact->cloud_bytes);
    if (!at)
        return false;
    ret->body = part(req, &at, fact->body_bytes);
    ret->cloud = part(req, &at, fact->cloud_bytes);
    *ret_rest = (struct elsewhere){fact->original, fact->body_at, fact->cloud_at};
    return true;
}

/* Nothing is shown of the message itself. */
static bool take_withdrawn(struct request *req, const struct fact_head *head,
                           struct message_body *ret)
{
    const struct fact_group_withdrawn *fact = (const void *)(head + 1);
    const char *at;

    if (head->payload_bytes < sizeof(*fact))
        return false;
    at = rest_of(head, sizeof(*fact), (uint64_t)fact->name_bytes + fact->reason_bytes);
    if (!at)
        return false;
    ret->by = part(req, &at, fact->name_bytes);
    ret->reason = part(req, &at, fact->reason_bytes);
    return true;
}

static bool take(struct request *req, const struct fact_head *head, struct message_body *ret,
                 struct elsewhere *ret_rest)
{
    switch (head->kind) {
    case FACT_MESSAGE:
        return take_message(req, head, ret);
    case FACT_GROUP_MESSAGE:
        return take_group_message(req, head, ret);
    case FACT_GROUP_EDITED:
        return take_edited(req, head, ret, ret_rest);
    case FACT_GROUP_WITHDRAWN:
        return take_withdrawn(req, head, ret);
    default:
        return false;
    }
}

/* The first fact of a record that carries a body; false: none, or the record is malformed. */
static bool take_first(struct request *req, struct span record, struct message_body *ret,
                       struct elsewhere *ret_rest)
{
    size_t at = 0;

    while (record.n - at >= sizeof(struct fact_head)) {
        const struct fact_head *head = (const void *)(record.p + at);
        size_t padded = ((size_t)head->payload_bytes + 7) & ~(size_t)7;

        if (padded > record.n - at - sizeof(*head))
            return false;
        if (take(req, head, ret, ret_rest))
            return true;
        at += sizeof(*head) + padded;
    }
    return false;
}

struct reading {
    struct journal *journal;
    struct request *req;
    struct buf record;
    bool cached; /* only what lies in memory */
    bool missed; /* something did not */
};

static bool fetch(struct reading *reading, uint64_t position, struct message_body *ret,
                  struct elsewhere *ret_rest)
{
    enum im_err err = (reading->cached ? journal_read_cached : journal_read)(
        reading->journal, position, &reading->record, &ret->time_us);

    if (err == IM_OK && take_first(reading->req, buf_span(&reading->record), ret, ret_rest))
        return true;
    if (err == IM_AGAIN)
        reading->missed = true;
    else if (err != IM_ERR_NOT_FOUND)
        log_error("journal: no message can be read at record %llu", (unsigned long long)position);
    return false;
}

/* What an edit left as it was. */
static void fetch_rest(struct reading *reading, const struct elsewhere *rest,
                       struct message_body *body)
{
    const uint64_t positions[] = {rest->original, rest->body_at, rest->cloud_at};

    for (size_t i = 0; i < 3; i++) {
        struct message_body first = {0};
        struct elsewhere none;

        if (!positions[i] || (i && positions[i] == positions[i - 1]) ||
            !fetch(reading, positions[i], &first, &none))
            continue;
        if (positions[i] == rest->original) {
            body->at = first.at;
            body->client_time = first.client_time;
        }
        if (positions[i] == rest->body_at)
            body->body = first.body;
        if (positions[i] == rest->cloud_at)
            body->cloud = first.cloud;
    }
}

static void fetch_all(struct reading *reading)
{
    struct request *req = reading->req;

    buf_init(&reading->record, JOURNAL_MAX_RECORD_BYTES);
    for (uint32_t i = 0; i < req->body_count && !reading->missed; i++) {
        struct message_body *body = &req->bodies[i];
        struct elsewhere rest = {0};

        if (body->position) /* else a hole: there is nothing to show */
            body->found = fetch(reading, body->position, body, &rest);
        if (body->found)
            fetch_rest(reading, &rest, body);
        if (!body->body.n)
            body->body = SPAN_LIT("[]");
    }
    buf_release(&reading->record);
}

void history_fetch(struct journal *journal, struct request *req)
{
    struct reading reading = {.journal = journal, .req = req};

    fetch_all(&reading);
}

bool history_fetch_cached(struct journal *journal, struct request *req)
{
    struct reading reading = {.journal = journal, .req = req, .cached = true};

    fetch_all(&reading);
    return !reading.missed;
}
