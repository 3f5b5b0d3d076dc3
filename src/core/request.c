#include "core/request.h"

#include <stdlib.h>

#include "base/mem.h"

/* Most requests with their message fit into this without a second allocation. */
#define INLINE_ARENA_BYTES 1536

struct request_block {
    struct request req;
    max_align_t memory[INLINE_ARENA_BYTES / sizeof(max_align_t)];
};

struct request *request_new(void)
{
    struct request_block *block = mem_alloc(sizeof(*block));

    block->req = (struct request){.from = {.gateway = UINT16_MAX}};
    atomic_init(&block->req.references, 1);
    arena_init_with(&block->req.arena, block->memory, sizeof(block->memory));
    return &block->req;
}

void request_ref(struct request *req)
{
    atomic_fetch_add_explicit(&req->references, 1, memory_order_relaxed);
}

void request_unref(struct request *req)
{
    if (atomic_fetch_sub_explicit(&req->references, 1, memory_order_acq_rel) != 1)
        return;
    arena_release(&req->arena);
    free(req);
}
