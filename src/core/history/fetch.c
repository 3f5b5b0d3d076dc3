/* Message bodies out of the journal, on a gateway's reader threads. */
#include "base/log.h"
#include "core/facts.h"
#include "core/group/facts.h"
#include "core/history/page.h"

/* Where a body may lie in a record, and where its parts' lengths are. */
static const void *rest_of(const struct fact_head *head, size_t fixed, uint64_t lengths)
{
    const char *payload = (const char *)(head + 1);

    return head->payload_bytes >= fixed && lengths <= head->payload_bytes - fixed ? payload + fixed
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

/* What an edit does not change is in the message's first record. */
static bool take_edited(struct request *req, const struct fact_head *head, struct message_body *ret,
                        uint64_t *ret_original)
{
    const struct fact_group_edited *fact = (const void *)(head + 1);
    const char *at;

    if (head->payload_bytes < sizeof(*fact) || !fact->body_bytes)
        return false;
    at = rest_of(head, sizeof(*fact), (uint64_t)fact->body_bytes + fact->cloud_bytes);
    if (!at)
        return false;
    ret->body = part(req, &at, fact->body_bytes);
    ret->cloud = part(req, &at, fact->cloud_bytes);
    *ret_original = fact->original;
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
                 uint64_t *ret_original)
{
    switch (head->kind) {
    case FACT_MESSAGE:
        return take_message(req, head, ret);
    case FACT_GROUP_MESSAGE:
        return take_group_message(req, head, ret);
    case FACT_GROUP_EDITED:
        return take_edited(req, head, ret, ret_original);
    case FACT_GROUP_WITHDRAWN:
        return take_withdrawn(req, head, ret);
    default:
        return false;
    }
}

/* The first fact of a record that carries a body; false: none, or the record is malformed. */
static bool take_first(struct request *req, struct span record, struct message_body *ret,
                       uint64_t *ret_original)
{
    size_t at = 0;

    while (record.n - at >= sizeof(struct fact_head)) {
        const struct fact_head *head = (const void *)(record.p + at);
        size_t padded = ((size_t)head->payload_bytes + 7) & ~(size_t)7;

        if (padded > record.n - at - sizeof(*head))
            return false;
        if (take(req, head, ret, ret_original))
            return true;
        at += sizeof(*head) + padded;
    }
    return false;
}

static bool fetch(struct journal *journal, struct request *req, struct buf *record,
                  uint64_t position, struct message_body *ret, uint64_t *ret_original)
{
    uint64_t time_us;
    enum im_err err = journal_read(journal, position, record, &time_us);

    if (err == IM_OK && take_first(req, buf_span(record), ret, ret_original))
        return true;
    if (err != IM_ERR_NOT_FOUND)
        log_error("journal: no message can be read at record %llu", (unsigned long long)position);
    return false;
}

void history_fetch(struct journal *journal, struct request *req)
{
    struct buf record;

    buf_init(&record, JOURNAL_MAX_RECORD_BYTES);
    for (uint32_t i = 0; i < req->body_count; i++) {
        struct message_body *body = &req->bodies[i];
        struct message_body first = {0};
        uint64_t original = 0, none;

        body->body = SPAN_LIT("[]");
        if (!body->position) /* a hole: there is nothing to show */
            continue;
        body->found = fetch(journal, req, &record, body->position, body, &original);
        if (original && fetch(journal, req, &record, original, &first, &none)) {
            body->at = first.at;
            body->client_time = first.client_time;
        }
    }
    buf_release(&record);
}
