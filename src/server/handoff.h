/* A queue of pointers between threads that may wait for it. Any thread. */
#ifndef SERVER_HANDOFF_H
#define SERVER_HANDOFF_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct handoff {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    void **items; /* a ring of `room` places */
    uint32_t room, first, count;
    bool closed;
};

void handoff_init(struct handoff *handoff);
void handoff_release(struct handoff *handoff);
void handoff_put(struct handoff *handoff, void *item);
/* Waits; NULL after handoff_close. */
void *handoff_take(struct handoff *handoff);
/* NULL: nothing there now. */
void *handoff_try_take(struct handoff *handoff);
void handoff_close(struct handoff *handoff);

#endif
