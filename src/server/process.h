/* What the system says of this process. Any thread. */
#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H

#include <stdint.h>

/* 0 where the system does not tell. */
struct process_stats {
    uint64_t cpu_us;
    uint64_t resident_bytes, virtual_bytes;
    uint64_t open_fds, max_fds; /* of the main table; gateways have their own */
    uint64_t threads;
};
void process_stats(struct process_stats *ret_stats);

#endif
