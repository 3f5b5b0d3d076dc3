/* What the running thread is called, and that it can wait. Both are for the system alone. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

/* The name that top -H and perf show; cut after 15 bytes. */
void thread_name(const char *name);

/* Work that nobody waits for: where processors are short, the others come first. */
void thread_in_background(void);

#endif
