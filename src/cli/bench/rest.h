/* REST calls of the load generator: one connection, some calls ahead of their replies. */
#ifndef CLI_BENCH_REST_H
#define CLI_BENCH_REST_H

#include "cli/bench/bench.h"

struct rest {
    int fd;
    uint32_t under_way;
    const struct bench_server *server;
    struct buf sig, request, in;
    bool failed;
};

/* As the app's administrator. False: no connection. rest_close in any case. */
bool rest_open(struct rest *rest, const struct bench_server *server);
void rest_close(struct rest *rest);

/* Sends a call ("service/command"), waits for replies if too many are owed. False: it broke, or
   one was refused; a line on stderr says which. */
bool rest_call(struct rest *rest, const char *command, struct span body);

/* Reads until at most `left` calls are under way. */
bool rest_wait(struct rest *rest, uint32_t left);

/* Accounts prefix0, prefix1, ..., a hundred a call. */
bool rest_import_accounts(struct rest *rest, const char *prefix, uint64_t count);

#endif
