#include "server/handoff.h"

#include <stdlib.h>

#include "base/mem.h"

void handoff_init(struct handoff *handoff)
{
    *handoff = (struct handoff){0};
    pthread_mutex_init(&handoff->mutex, NULL);
    pthread_cond_init(&handoff->filled, NULL);
}

void handoff_release(struct handoff *handoff)
{
    pthread_mutex_destroy(&handoff->mutex);
    pthread_cond_destroy(&handoff->filled);
    free(handoff->items);
}

static void grow(struct handoff *handoff)
{
    uint32_t room = handoff->room ? handoff->room * 2 : 64;
    void **items = mem_alloc(room * sizeof(*items));

    for (uint32_t i = 0; i < handoff->count; i++)
        items[i] = handoff->items[(handoff->first + i) % handoff->room];
    free(handoff->items);
    handoff->items = items;
    handoff->room = room;
    handoff->first = 0;
}

void handoff_put(struct handoff *handoff, void *item)
{
    pthread_mutex_lock(&handoff->mutex);
    if (handoff->count == handoff->room)
        grow(handoff);
    handoff->items[(handoff->first + handoff->count++) % handoff->room] = item;
    pthread_cond_signal(&handoff->filled);
    pthread_mutex_unlock(&handoff->mutex);
}

static void *take_first(struct handoff *handoff)
{
    void *item = handoff->items[handoff->first];

    handoff->first = (handoff->first + 1) % handoff->room;
    handoff->count--;
    return item;
}

void *handoff_take(struct handoff *handoff)
{
    void *item = NULL;

    pthread_mutex_lock(&handoff->mutex);
    while (!handoff->count && !handoff->closed)
        pthread_cond_wait(&handoff->filled, &handoff->mutex);
    if (!handoff->closed)
        item = take_first(handoff);
    pthread_mutex_unlock(&handoff->mutex);
    return item;
}

void *handoff_try_take(struct handoff *handoff)
{
    void *item = NULL;

    pthread_mutex_lock(&handoff->mutex);
    if (handoff->count)
        item = take_first(handoff);
    pthread_mutex_unlock(&handoff->mutex);
    return item;
}

void handoff_close(struct handoff *handoff)
{
    pthread_mutex_lock(&handoff->mutex);
    handoff->closed = true;
    pthread_cond_broadcast(&handoff->filled);
    pthread_mutex_unlock(&handoff->mutex);
}
