/* What the running thread is called, and that it can wait: for the system alone. What one used. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdint.h>

/* The name that top -H and perf show; cut after 15 bytes. */
void thread_name(const char *name);

/* Work that nobody waits for: where processors are short, the others come first. */
void thread_in_background(void);

/* Processor time that a thread has used; 0 if it has ended. It was not joined yet. */
uint64_t thread_cpu_us(pthread_t thread);

#endif
