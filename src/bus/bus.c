/*
 * Two rings of one producer and one consumer each, counted by ever-growing 64-bit positions.
 *
 * A side that finds nothing to do says so in an atomic word, then looks once more; the other
 * side publishes first, then looks at the word (both sequentially consistent), so one of them
 * always sees the other. The gateway's word also says which durable position it waits for.
 *
 * Room: replies never exceed the requests under way, pushes have their own allowance, and the
 * output ring holds both. The socket of a push without room goes to the `lost` list.
 */
#include "bus/bus.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/tally.h"

#define CACHE_LINE 64

/* Values of `wanted`: the gateway runs, sleeps on an empty ring, or (position + WANTED_AT)
   sleeps until that position is durable. */
#define WANTED_NOTHING 0u
#define WANTED_ANY 1u
#define WANTED_AT 2u

/* Sockets to close beyond this many are not listed: the gateway then closes all of them. */
#define MAX_LOST 65536

#define ADDRESSES_A_PUSH 64u

struct bus_link {
    struct bus_link_config config;
    struct request **requests;
    struct output *outputs;
    struct output *early; /* replies that wait for nothing; as long as the ring of requests */
    uint64_t request_mask;
    uint64_t output_mask;

    /* Written by the gateway. */
    alignas(CACHE_LINE) _Atomic(uint64_t) request_tail;
    _Atomic(uint64_t) output_head;
    _Atomic(uint64_t) early_head;
    _Atomic(uint64_t) pushes_taken;
    uint64_t output_tail_seen;
    uint32_t under_way;

    /* Written by the shard. */
    alignas(CACHE_LINE) _Atomic(uint64_t) request_head;
    _Atomic(uint64_t) output_tail;
    _Atomic(uint64_t) early_tail;
    uint64_t request_tail_seen;
    uint64_t pushes_put;
    struct tally pushes_lost;

    /* Written by both. */
    alignas(CACHE_LINE) _Atomic(uint32_t) shard_sleeps;
    _Atomic(uint64_t) wanted;
    _Atomic(uint64_t) durable;

    alignas(CACHE_LINE) _Atomic(uint32_t) lost_count;
    pthread_mutex_t lost_lock;
    struct address *lost;
    uint32_t lost_room;
};

static uint64_t power_of_two(uint64_t at_least)
{
    uint64_t n = 2;

    while (n < at_least)
        n *= 2;
    return n;
}

struct bus_link *bus_link_new(const struct bus_link_config *config)
{
    uint64_t requests = power_of_two(config->max_requests);
    uint64_t outputs = power_of_two((uint64_t)config->max_requests + config->max_pushes);
    struct bus_link *link = aligned_alloc(CACHE_LINE, sizeof(*link));

    CHECK(link && config->max_requests > 0);
    memset(link, 0, sizeof(*link));
    link->config = *config;
    link->requests = mem_zalloc(requests * sizeof(*link->requests));
    link->outputs = mem_zalloc(outputs * sizeof(*link->outputs));
    link->early = mem_zalloc(requests * sizeof(*link->early));
    link->request_mask = requests - 1;
    link->output_mask = outputs - 1;
    pthread_mutex_init(&link->lost_lock, NULL);
    return link;
}

void bus_link_free(struct bus_link *link)
{
    struct request *req;
    struct output output;

    if (!link)
        return;
    while ((req = bus_take_request(link)))
        request_unref(req);
    while (bus_take_output(link, UINT64_MAX, &output)) {
        if (output.req)
            request_unref(output.req);
    }
    pthread_mutex_destroy(&link->lost_lock);
    free(link->lost);
    free(link->requests);
    free(link->outputs);
    free(link->early);
    free(link);
}

/* ---- requests ---- */

bool bus_post(struct bus_link *link, struct request *req)
{
    uint64_t tail = atomic_load_explicit(&link->request_tail, memory_order_relaxed);

    if (link->under_way >= link->config.max_requests)
        return false;
    link->under_way++;
    link->requests[tail & link->request_mask] = req;
    atomic_store(&link->request_tail, tail + 1);
    return true;
}

void bus_flush_requests(struct bus_link *link)
{
    if (atomic_load(&link->shard_sleeps) && atomic_exchange(&link->shard_sleeps, 0))
        link->config.wake_shard(link->config.wake_shard_arg);
}

struct request *bus_take_request(struct bus_link *link)
{
    uint64_t head = atomic_load_explicit(&link->request_head, memory_order_relaxed);
    struct request *req;

    if (head == link->request_tail_seen) {
        link->request_tail_seen = atomic_load_explicit(&link->request_tail, memory_order_acquire);
        if (head == link->request_tail_seen)
            return NULL;
    }
    req = link->requests[head & link->request_mask];
    atomic_store_explicit(&link->request_head, head + 1, memory_order_release);
    return req;
}

bool bus_shard_may_sleep(struct bus_link *link)
{
    atomic_store(&link->shard_sleeps, 1);
    if (atomic_load(&link->request_tail) ==
        atomic_load_explicit(&link->request_head, memory_order_relaxed))
        return true;
    atomic_store(&link->shard_sleeps, 0);
    return false;
}

/* ---- outputs ---- */

/* Under lost_lock. A full list says: everybody. */
static void list_lost(struct bus_link *link, struct address at)
{
    uint32_t n = atomic_load_explicit(&link->lost_count, memory_order_relaxed);

    if (n == link->lost_room && n < MAX_LOST) {
        link->lost_room = n ? n * 2 : 64;
        link->lost = mem_realloc(link->lost, link->lost_room * sizeof(*link->lost));
    }
    if (n == MAX_LOST)
        link->lost[n - 1] = (struct address){.slot = UINT32_MAX};
    else
        link->lost[n++] = at;
    atomic_store(&link->lost_count, n);
}

/* The sockets of a push without room. Those that were listed last, perhaps by the push before to
   the same ones, are not listed again. */
static void lose(struct bus_link *link, const struct output *output)
{
    const struct address *at = output->many ? output->many : &output->to;
    uint32_t count = output->many ? output->many_count : 1;
    uint32_t n;

    tally_add(&link->pushes_lost, count);
    pthread_mutex_lock(&link->lost_lock);
    n = atomic_load_explicit(&link->lost_count, memory_order_relaxed);
    if (n < count || memcmp(&link->lost[n - count], at, count * sizeof(*at)) != 0) {
        for (uint32_t i = 0; i < count; i++)
            list_lost(link, at[i]);
    }
    pthread_mutex_unlock(&link->lost_lock);
    link->config.wake_gateway(link->config.wake_gateway_arg);
}

/* What an output takes of the allowance for pushes: one, and more for the addresses of many, which
   lie in memory until it is taken. Whatever it weighs, it fits while there is any room. */
static uint64_t weight(const struct output *output)
{
    return 1 + output->many_count / ADDRESSES_A_PUSH;
}

/* A reply that shows nothing of what is not durable yet overtakes what waits. */
static bool put_early(struct bus_link *link, const struct output *output)
{
    uint64_t tail = atomic_load_explicit(&link->early_tail, memory_order_relaxed);

    if (!output->shows || output->shows > atomic_load(&link->durable))
        return false;
    CHECK(tail - atomic_load_explicit(&link->early_head, memory_order_acquire) <=
          link->request_mask);
    link->early[tail & link->request_mask] = *output;
    atomic_store(&link->early_tail, tail + 1);
    if (atomic_load(&link->wanted) != WANTED_NOTHING &&
        atomic_exchange(&link->wanted, WANTED_NOTHING) != WANTED_NOTHING)
        link->config.wake_gateway(link->config.wake_gateway_arg);
    return true;
}

void bus_put_output(struct bus_link *link, const struct output *output)
{
    uint64_t tail = atomic_load_explicit(&link->output_tail, memory_order_relaxed);
    uint64_t sleeping = WANTED_ANY;

    if (put_early(link, output))
        return;
    if (output->kind != OUTPUT_REPLY) {
        if (link->pushes_put - atomic_load_explicit(&link->pushes_taken, memory_order_acquire) >=
            link->config.max_pushes) {
            lose(link, output);
            if (output->req)
                request_unref(output->req);
            return;
        }
        link->pushes_put += weight(output);
    }
    CHECK(tail - atomic_load_explicit(&link->output_head, memory_order_acquire) <=
          link->output_mask);
    link->outputs[tail & link->output_mask] = *output;
    atomic_store(&link->output_tail, tail + 1);
    /* Only the first output of an empty ring says what the sleeper waits for. */
    if (atomic_load(&link->wanted) == WANTED_ANY)
        atomic_compare_exchange_strong(&link->wanted, &sleeping, output->position + WANTED_AT);
}

static bool take_lost(struct bus_link *link, struct output *ret_output)
{
    uint32_t n;

    if (!atomic_load(&link->lost_count))
        return false;
    pthread_mutex_lock(&link->lost_lock);
    n = atomic_load_explicit(&link->lost_count, memory_order_relaxed);
    *ret_output = (struct output){.kind = OUTPUT_CLOSE, .to = link->lost[n - 1]};
    atomic_store(&link->lost_count, n - 1);
    pthread_mutex_unlock(&link->lost_lock);
    return true;
}

/* It was put after everything that its rows may show of others: that leaves before it. */
static bool take_early(struct bus_link *link, struct output *ret_output)
{
    uint64_t head = atomic_load_explicit(&link->early_head, memory_order_relaxed);
    uint64_t waiting = atomic_load_explicit(&link->output_head, memory_order_relaxed);
    const struct output *early = &link->early[head & link->request_mask];

    if (head == atomic_load(&link->early_tail))
        return false;
    link->output_tail_seen = atomic_load_explicit(&link->output_tail, memory_order_acquire);
    if (waiting != link->output_tail_seen &&
        link->outputs[waiting & link->output_mask].position <= early->shows)
        return false;
    *ret_output = *early;
    ret_output->position = ret_output->shows;
    link->under_way--;
    atomic_store_explicit(&link->early_head, head + 1, memory_order_release);
    return true;
}

/* The head output's position, or false after the empty ring was announced. */
static bool output_waits(struct bus_link *link, uint64_t head)
{
    if (head != link->output_tail_seen)
        return true;
    link->output_tail_seen = atomic_load_explicit(&link->output_tail, memory_order_acquire);
    if (head != link->output_tail_seen)
        return true;
    atomic_store(&link->wanted, WANTED_ANY);
    link->output_tail_seen = atomic_load(&link->output_tail);
    if (head == link->output_tail_seen)
        return false;
    atomic_store(&link->wanted, WANTED_NOTHING);
    return true;
}

static bool take_next(struct bus_link *link, uint64_t durable, struct output *ret_output)
{
    uint64_t head = atomic_load_explicit(&link->output_head, memory_order_relaxed);
    const struct output *output = &link->outputs[head & link->output_mask];

    if (!output_waits(link, head))
        return false;
    if (output->position > durable) {
        atomic_store(&link->wanted, output->position + WANTED_AT);
        if (output->position > atomic_load(&link->durable))
            return false;
        atomic_store(&link->wanted, WANTED_NOTHING);
    }
    *ret_output = *output;
    if (output->kind == OUTPUT_REPLY)
        link->under_way--;
    else
        atomic_fetch_add_explicit(&link->pushes_taken, weight(ret_output), memory_order_release);
    atomic_store_explicit(&link->output_head, head + 1, memory_order_release);
    return true;
}

bool bus_take_output(struct bus_link *link, uint64_t durable, struct output *ret_output)
{
    /* Once more behind the word that says that the gateway sleeps. */
    return take_lost(link, ret_output) || take_early(link, ret_output) ||
           take_next(link, durable, ret_output) || take_early(link, ret_output);
}

bool bus_has_output(struct bus_link *link)
{
    return atomic_load(&link->lost_count) ||
           atomic_load_explicit(&link->early_tail, memory_order_acquire) !=
               atomic_load_explicit(&link->early_head, memory_order_relaxed) ||
           atomic_load_explicit(&link->output_tail, memory_order_acquire) !=
               atomic_load_explicit(&link->output_head, memory_order_relaxed);
}

/* The end that moves last is read first, so that no difference is negative. */
void bus_stats(const struct bus_link *link, struct bus_stats *ret_stats)
{
    uint64_t requests = atomic_load_explicit(&link->request_head, memory_order_acquire);
    uint64_t outputs = atomic_load_explicit(&link->output_head, memory_order_acquire);

    *ret_stats = (struct bus_stats){
        .requests_waiting =
            atomic_load_explicit(&link->request_tail, memory_order_relaxed) - requests,
        .outputs_waiting = atomic_load_explicit(&link->output_tail, memory_order_relaxed) - outputs,
        /* All that were ever put there. */
        .early_replies = atomic_load_explicit(&link->early_tail, memory_order_relaxed),
        .pushes_lost = tally_read(&link->pushes_lost),
    };
}

void bus_notify_durable(struct bus_link *link, uint64_t durable)
{
    uint64_t before = atomic_load(&link->durable);
    uint64_t wanted;

    while (before < durable && !atomic_compare_exchange_weak(&link->durable, &before, durable))
        ;
    wanted = atomic_load(&link->wanted);
    if (wanted < WANTED_AT || wanted - WANTED_AT > atomic_load(&link->durable))
        return;
    if (atomic_compare_exchange_strong(&link->wanted, &wanted, WANTED_NOTHING))
        link->config.wake_gateway(link->config.wake_gateway_arg);
}
