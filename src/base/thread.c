#include "base/thread.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
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

uint64_t thread_cpu_us(pthread_t thread)
{
    struct timespec used;
    clockid_t clock;

    if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}
