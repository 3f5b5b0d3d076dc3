/*
 * Giving out an app's ledger of a month (core/ledger/line.h), a page at a time: each page loads a
 * few rows only, however many accounts there are. What has been given out of a closed month is the
 * same in every export; only documents and status, which stand last, go on.
 */
#ifndef CORE_LEDGER_EXPORT_H
#define CORE_LEDGER_EXPORT_H

#include "core/ledger/line.h"

/* Sections of a file, in their order. */
enum ledger_section {
    SECTION_HEAD,    /* header, plan, limits */
    SECTION_CHANGES, /* at: the next change */
    SECTION_MONTH,
    SECTION_DAYS, /* at: the day in the month from 0; chunk: of its logins, 0: the day's line too */
    SECTION_BILL,
    SECTION_DOCUMENTS, /* at: the next document - 1; status and end behind them */
    SECTION_DONE,
};

/* Where an export goes on, and what every page of it must hold on to. */
struct ledger_cursor {
    uint8_t section;
    bool is_final;
    uint32_t at;
    uint32_t chunk;
    uint32_t through; /* as in the header */
    struct ledger_chain chain;
};

/* "1.1.4.16.20781.123.<hash>"; the buffer has room for LEDGER_CURSOR_BYTES. */
#define LEDGER_CURSOR_BYTES 160
struct span ledger_cursor_format(const struct ledger_cursor *cursor,
                                 char into[LEDGER_CURSOR_BYTES]);
bool ledger_cursor_parse(struct span text, struct ledger_cursor *ret_cursor);

/* Refused with a sentence: no such app or month, a cursor that is none. Result: struct
   ledger_page. */
struct ledger_req {
    struct app_id app;
    uint32_t month;
    struct span cursor; /* empty: from the beginning */
};
struct ledger_page {
    struct ledger_cursor from, next; /* next.chain is not set: whoever writes the lines knows it */
    const struct ledger_line *lines;
    uint32_t count;
};
enum im_err ledger_export(struct shard *shard, struct request *req);

#endif
