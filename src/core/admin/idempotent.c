#include "core/admin/idempotent.h"

#include <sodium.h>

#include "base/check.h"
#include "base/log.h"
#include "core/admin/apply.h"
#include "core/app/app.h"

#define DAY_S 86400u

_Static_assert(crypto_secretbox_KEYBYTES == 32, "the seal");
_Static_assert(crypto_secretbox_NONCEBYTES == IDEMPOTENT_NONCE_BYTES, "the nonce");

/* How much of the sealed reply lies in part 0, and in each part behind it. */
#define FIRST_BYTES (STATE_MAX_VALUE - sizeof(struct idempotent_row))
#define PART_BYTES ((size_t)STATE_MAX_VALUE)

/* A part of the row of today (back 0) or yesterday (back 1). */
static const void *row_of(struct shard *shard, const struct admin_call *call, uint32_t back,
                          uint8_t part, size_t *ret_n)
{
    struct row_key key;
    const void *row;

    if (row_find(shard,
                 row_key_idempotent(&key, shard_now_s(shard) / DAY_S - back, call->actor.customer,
                                    call->actor.token, call->key_sha256, part),
                 &row, ret_n) != STATE_HIT)
        return NULL;
    return row;
}

void idempotent_need(struct shard *shard, const struct admin_call *call)
{
    /* Before the door knows who calls, the claims say it; what is loaded for a false one is of no
       use to it. */
    const struct admin_call claimed = {
        .actor = {.customer = call->claims.customer, .token = call->claims.token}};
    struct admin_call named = claimed;
    size_t n;

    memcpy(named.key_sha256, call->key_sha256, sizeof(named.key_sha256));
    row_of(shard, &named, 0, 0, &n);
    row_of(shard, &named, 1, 0, &n);
}

/* Puts the parts together; NULL: some are being loaded. */
static unsigned char *sealed_of(struct shard *shard, struct request *req, uint32_t back,
                                const struct idempotent_row *row, size_t n)
{
    unsigned char *sealed = arena_alloc(&req->arena, row->sealed_bytes);
    size_t at = n - sizeof(*row);

    CHECK(at <= row->sealed_bytes);
    memcpy(sealed, row + 1, at);
    for (uint8_t part = 1; at < row->sealed_bytes; part++) {
        const void *more = row_of(shard, req->admin, back, part, &n);

        if (!more && shard_missing(shard))
            return NULL;
        CHECK(more && n <= row->sealed_bytes - at);
        memcpy(sealed + at, more, n);
        at += n;
    }
    return sealed;
}

enum im_err idempotent_replay(struct shard *shard, struct request *req)
{
    struct admin_call *call = req->admin;
    size_t n = 0;
    uint32_t back = 0;
    const struct idempotent_row *row = row_of(shard, call, back, 0, &n);
    unsigned char *sealed;

    if (!row)
        row = row_of(shard, call, back = 1, 0, &n);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!row)
        return IM_OK;
    if (sodium_memcmp(row->request_sha256, call->request_sha256, 32) != 0)
        return operator_refuse(req, IM_ERR_KEY_REUSED,
                               "this Idempotency-Key was used with another request");
    sealed = sealed_of(shard, req, back, row, n);
    if (!sealed)
        return IM_AGAIN;
    if (crypto_secretbox_open_easy(sealed, sealed, row->sealed_bytes, row->nonce, call->seal) != 0)
        return operator_refuse(req, IM_ERR_KEY_REUSED,
                               "this Idempotency-Key was used with another token");
    call->reply = span_make(sealed, row->sealed_bytes - crypto_secretbox_MACBYTES);
    call->replayed = true;
    return IM_OK;
}

enum im_err idempotent_store(struct shard *shard, struct request *req)
{
    const struct admin_call *call = req->admin;
    struct fact_idempotent *fact;
    struct buf reply;
    size_t sealed;

    buf_init(&reply, ADMIN_MAX_WRITE_REPLY);
    req->operation->admin->object(req, &reply);
    if (reply.overflow) {
        log_error("%s: the reply of a write is over %u bytes", req->operation->admin->name,
                  ADMIN_MAX_WRITE_REPLY);
        buf_release(&reply);
        return operator_refuse(req, IM_ERR_OVERFLOW, "the reply would be too long to be kept");
    }
    sealed = reply.n + crypto_secretbox_MACBYTES;
    fact = fact_emit(shard, FACT_IDEMPOTENT, sizeof(*fact) + sealed);
    fact->customer = call->actor.customer;
    fact->token = call->actor.token;
    memcpy(fact->key_sha256, call->key_sha256, sizeof(fact->key_sha256));
    memcpy(fact->request_sha256, call->request_sha256, sizeof(fact->request_sha256));
    shard_random(shard, fact->nonce, sizeof(fact->nonce));
    fact->sealed_bytes = (uint32_t)sealed;
    crypto_secretbox_easy((unsigned char *)(fact + 1), (const unsigned char *)reply.p, reply.n,
                          fact->nonce, call->seal);
    sodium_memzero(reply.p, reply.n);
    buf_release(&reply);
    return IM_OK;
}

static void put_part(struct shard *shard, const struct fact_idempotent *fact, uint8_t part,
                     const char *p, size_t n)
{
    uint32_t day = shard_now_s(shard) / DAY_S;
    struct row_key key;
    struct span at =
        row_key_idempotent(&key, day, fact->customer, fact->token, fact->key_sha256, part);
    struct idempotent_row *row;

    /* Part 0 was looked for, and without it there are no others. */
    row_declare_absent(shard, at);
    if (part) {
        memcpy(row_put(shard, at, n), p, n);
        return;
    }
    row = row_put(shard, at, sizeof(*row) + n);
    memcpy(row->request_sha256, fact->request_sha256, sizeof(row->request_sha256));
    memcpy(row->nonce, fact->nonce, sizeof(row->nonce));
    row->sealed_bytes = fact->sealed_bytes;
    memcpy(row + 1, p, n);
}

void apply_idempotent(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_idempotent *fact = payload;
    const char *p = (const char *)(fact + 1);
    size_t left = fact->sealed_bytes, room = FIRST_BYTES;

    (void)n, (void)number;
    for (uint8_t part = 0; left; part++, room = PART_BYTES) {
        size_t bytes = left < room ? left : room;

        put_part(shard, fact, part, p, bytes);
        p += bytes;
        left -= bytes;
    }
}
