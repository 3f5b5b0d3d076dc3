/*
 * The data directory of a deployment whose month has just ended, for a server to close: many apps
 * with usage in the calendar month before this one, and a clock that jumped behind its end, so
 * that the close waits until the operator accepts it.
 */
#ifndef CLI_BENCH_DEPLOYMENT_H
#define CLI_BENCH_DEPLOYMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/app/app.h"

struct deployment {
    uint32_t apps;  /* in all, numbered from APP_FIRST_ID; the large ones first */
    uint32_t large; /* of them have more than `dau` accounts a day in the month's last days */
    uint32_t dau;
    /* What came of it. */
    uint32_t month;
    uint64_t large_peak, small_peak; /* daily logins at most, of each app of that kind */
    uint64_t logins;                 /* that the core ran */
    char key[APP_KEY_BYTES + 1];     /* of the first app */
};

/*
 * Made by the server's own core on a clock of its own (cli/simulate/world.h). Logins are commands;
 * those of the first large app are run, its rows of usage are what the others get, under their own
 * number. Accounts have rows in the first large app and in the small ones, because closing looks at
 * none. False: a line on stderr says why.
 */
bool deployment_make(const char *directory, struct deployment *deployment);

#endif
