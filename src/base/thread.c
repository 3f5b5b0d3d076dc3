#include "base/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define BACKGROUND_NICE 10

void thread_name(const char *name)
{
    char cut[16]; /* what the kernel keeps; a longer name would be refused */

    snprintf(cut, sizeof(cut), "%.15s", name);
    pthread_setname_np(pthread_self(), cut);
}

/* On Linux a priority is a thread's own, named by its id, or 0 for the caller (setpriority(2)).
   Refusal leaves the thread as it is. */
void thread_in_background(void)
{
    (void)setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE);
}
