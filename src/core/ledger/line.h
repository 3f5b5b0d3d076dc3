/*
 * The ledger of an app and month: a text file, a JSON object a line, from which its bill can be
 * worked out anew without a server (docs/ledger.md). Here: one line, as a struct and as text, and
 * the chain of hashes that holds the lines together. Pure.
 *
 * Each line carries its number `n`, from 1, and as its last member `hash`, the SHA-256 of the hash
 * of the line before and of the line's own bytes without that member. Before the first line stands
 * the SHA-256 of LEDGER_FORMAT.
 */
#ifndef CORE_LEDGER_LINE_H
#define CORE_LEDGER_LINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/billing/bill.h"
#include "core/quota/entitlement.h"

#define LEDGER_FORMAT "magpie-ledger-1"
#define LEDGER_MAX_LINE 16384u
#define LEDGER_PART_BYTES 4096u /* of a plan, a contract, a set of logins: bytes a line at most */

/* In this order in a file; those marked * any number of times. */
enum ledger_kind {
    LEDGER_HEADER = 1,
    LEDGER_PLAN,          /* * the plan file's bytes */
    LEDGER_LIMIT,         /* one of each limit: what was in force when the month began */
    LEDGER_CHANGE,        /* * of a limit, cap or service, in the order of their records */
    LEDGER_MONTH,         /* what is known of the month as a whole */
    LEDGER_DAY,           /* * with any use */
    LEDGER_LOGINS,        /* * who logged in, behind their day */
    LEDGER_CONTRACT,      /* the one that decided the bill, if one did */
    LEDGER_CONTRACT_PART, /* * its bytes */
    LEDGER_BILL,          /* as issued; of a month that runs: null */
    LEDGER_DOCUMENT,      /* * payments, credit notes, adjustments */
    LEDGER_STATUS,        /* the balance, as it was when the file was made */
    LEDGER_END,
    LEDGER_KIND_END
};
const char *ledger_kind_name(unsigned kind);

struct ledger_header {
    struct app_id app;
    uint32_t month;
    struct span zone;
    bool is_final; /* the month is closed: all but documents and status stays as it is */
    /* The last day that the file covers; of a month that runs: yesterday. 0: none yet. */
    uint32_t through;
    uint64_t app_created_us;
    struct span plan_id; /* empty: no plan could be read */
    uint8_t plan_sha256[32];
    uint32_t plan_bytes;
};

struct ledger_part {
    uint32_t part; /* from 1 */
    struct span bytes;
};

struct ledger_limit {
    uint8_t limit; /* enum limit */
    uint8_t source;
    uint32_t document;
    uint64_t value;
    uint64_t record; /* of the change that gave it; 0: as the app was made */
    uint64_t at_us;
};

struct ledger_month {
    bool two_terminals;
    uint64_t largest_push, most_pushes;
    uint64_t groups_at_start, groups_at_end; /* the end: of the last day covered */
};

struct ledger_day {
    uint32_t day;
    uint64_t dau;
    bool has_groups; /* else nothing happened to them, and what follows is 0 */
    uint64_t groups_made, groups_dissolved;
    uint64_t groups, groups_peak; /* at the day's end, and the most at any moment */
};

/* The set rows of core/usage/day_set.h as they are stored. */
struct ledger_logins {
    uint32_t day;
    uint32_t chunk;
    uint32_t count;
    struct span set;
};

struct ledger_contract {
    uint32_t number;
    uint64_t filed_us;
    struct span by;
    uint8_t sha256[32];
    uint32_t bytes;
};

struct ledger_status {
    uint8_t state; /* enum bill_state; 0: open */
    int64_t adjusted_fen, credited_fen, paid_fen, due_fen;
    uint64_t ended_us; /* paid or void; 0: not */
};

struct ledger_line {
    uint8_t kind; /* enum ledger_kind */
    union {
        struct ledger_header header;
        struct ledger_part part;
        struct ledger_limit limit;
        struct entitlement_change change;
        struct ledger_month month;
        struct ledger_day day;
        struct ledger_logins logins;
        struct ledger_contract contract;
        const struct bill_row *bill; /* NULL: none */
        struct bill_document document;
        struct ledger_status status;
        uint64_t lines; /* of the whole file, this one too */
    } of;
};

struct ledger_chain {
    uint64_t n; /* lines so far */
    uint8_t hash[32];
};
void ledger_chain_start(struct ledger_chain *chain);

/* SHA-256 of hash and line; `line` without its hash member, at most LEDGER_MAX_LINE bytes. */
void ledger_hash(const uint8_t before[32], struct span line, uint8_t ret_hash[32]);

/* The text of line n without its hash member. */
void ledger_put(struct buf *into, uint64_t n, const struct ledger_line *line);

/* Adds the line's text, without a line feed, to `into` and to the chain. */
void ledger_write(struct buf *into, struct ledger_chain *chain, const struct ledger_line *line);

/* ---- reading ---- */

/* What the chain needs of a line's text. */
struct ledger_frame {
    uint64_t n;
    uint8_t kind;
    uint8_t hash[32];
    char bytes[LEDGER_MAX_LINE]; /* without the hash member */
    size_t byte_count;
};
/* 64 lower case hexadecimal digits, exactly. */
bool ledger_hash_parse(struct span text, uint8_t ret_hash[32]);

/* False: not a line of a ledger. */
bool ledger_frame_read(struct span text, struct ledger_frame *ret_frame);

/* Spans and rows are in the arena. False: a member is missing, of another type, or not as
   ledger_write would write it. */
bool ledger_read(const struct ledger_frame *frame, struct arena *arena,
                 struct ledger_line *ret_line);

#endif
