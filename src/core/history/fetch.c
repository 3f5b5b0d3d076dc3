/* Message bodies out of the journal, on a gateway's reader threads. */
#include "base/log.h"
#include "core/facts.h"
#include "core/history/page.h"

/* The message fact of a record that carries its body; NULL: none, or the record is malformed. */
static const struct fact_message *body_fact(struct span record)
{
    size_t at = 0;

    while (record.n - at >= sizeof(struct fact_head)) {
        const struct fact_head *head = (const void *)(record.p + at);
        size_t padded = ((size_t)head->payload_bytes + 7) & ~(size_t)7;
        const struct fact_message *fact = (const void *)(record.p + at + sizeof(*head));

        if (padded > record.n - at - sizeof(*head))
            return NULL;
        if (head->kind == FACT_MESSAGE && head->payload_bytes >= sizeof(*fact) &&
            fact->body_bytes &&
            (uint64_t)fact->body_bytes + fact->cloud_bytes + fact->push_bytes <=
                head->payload_bytes - sizeof(*fact))
            return fact;
        at += sizeof(*head) + padded;
    }
    return NULL;
}

void history_fetch(struct journal *journal, struct request *req)
{
    struct buf record;

    buf_init(&record, JOURNAL_MAX_RECORD_BYTES);
    for (uint32_t i = 0; i < req->body_count; i++) {
        struct message_body *body = &req->bodies[i];
        const struct fact_message *fact = NULL;
        uint64_t time_us;
        enum im_err err = journal_read(journal, body->position, &record, &time_us);

        body->body = SPAN_LIT("[]");
        if (err == IM_OK)
            fact = body_fact(buf_span(&record));
        if (!fact) {
            if (err != IM_ERR_NOT_FOUND)
                log_error("journal: no message can be read at record %llu",
                          (unsigned long long)body->position);
            continue;
        }
        body->found = true;
        body->body = arena_copy(&req->arena, span_make(fact + 1, fact->body_bytes));
        body->cloud = arena_copy(
            &req->arena, span_make((const char *)(fact + 1) + fact->body_bytes, fact->cloud_bytes));
        body->client_time = fact->client_time;
    }
    buf_release(&record);
}
