/* Ledger files for tests: exported from a fixture's app, and changed line by line. */
#ifndef TESTS_SUPPORT_LEDGER_FILE_H
#define TESTS_SUPPORT_LEDGER_FILE_H

#include "core/ledger/verify.h"
#include "support/shard_fixture.h"

#define LEDGER_FILE_LINES 4096

struct ledger_lines {
    uint32_t count;
    char *of[LEDGER_FILE_LINES]; /* without their line feeds */
};

/* All pages of an export; the number of pages is returned. */
uint32_t ledger_lines_export(struct shard_fixture *f, const char *month,
                             struct ledger_lines *ret_lines);
void ledger_lines_release(struct ledger_lines *lines);
void ledger_lines_copy(const struct ledger_lines *lines, struct ledger_lines *ret_copy);
bool ledger_lines_equal(const struct ledger_lines *a, const struct ledger_lines *b, uint32_t count);

/* The index of the first line with this text in it; fails the test if there is none. */
uint32_t ledger_lines_find(const struct ledger_lines *lines, const char *part);
/* Replaces a part of a line, once. */
void ledger_lines_replace(struct ledger_lines *lines, uint32_t line, const char *part,
                          const char *with);
void ledger_lines_remove(struct ledger_lines *lines, uint32_t line);
void ledger_lines_insert(struct ledger_lines *lines, uint32_t at, const char *text);
/* Numbers and hashes as if the lines had been written like that. */
void ledger_lines_chain(struct ledger_lines *lines);

/* A new verifier that has read them all. */
struct ledger_verifier *ledger_lines_verify(const struct ledger_lines *lines);
/* Fails the test if anything does not hold. */
void ledger_lines_hold(const struct ledger_lines *lines);
/* How many rows of the comparison differ; the test fails if the file is refused before that. */
uint32_t ledger_lines_differ(const struct ledger_lines *lines);

#endif
