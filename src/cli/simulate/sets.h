/*
 * Who logged in on each day, noted beside the core, and what the core's own sets of accounts hold
 * and take (core/usage/day_set.h).
 */
#ifndef CLI_SIMULATE_SETS_H
#define CLI_SIMULATE_SETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* For each day a bit an account, by its number in the scenario; no day has one before its first
   login. */
struct login_notes {
    uint8_t **days; /* owned */
    uint32_t first_day, day_count;
    uint64_t accounts; /* the highest number */
    uint64_t logins;
};

void login_notes_init(struct login_notes *notes, uint32_t first_day, uint32_t last_day,
                      uint64_t accounts);
void login_notes_release(struct login_notes *notes);
/* Days and accounts outside are not noted. */
void login_note(struct login_notes *notes, uint32_t day, uint64_t account);

/*
 * Compares the login set of each day with the notes, account by account, and writes what the sets
 * take: as rows, and in a store of their own. Writes a temporary directory, and removes it. False:
 * world.problem, also if a set is wrong.
 */
struct run;
bool sets_report(struct run *run, bool json, struct buf *into);

#endif
