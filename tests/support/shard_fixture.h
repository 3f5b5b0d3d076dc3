/*
 * A core test bench: one shard with one app, JSON in, JSON out, without threads. Journal on a
 * simulated disk, rows in the memory engine, a clock in seconds that the test moves, terminals
 * whose pushes are kept, bodies fetched as a gateway does. Rows are always loaded as in the
 * server; with a seed, many commands may be under way and loads end in an order drawn from it,
 * with the cache trimmed in between.
 */
#ifndef TESTS_SUPPORT_SHARD_FIXTURE_H
#define TESTS_SUPPORT_SHARD_FIXTURE_H

#include "command/command.h"
#include "core/history/expiry.h"
#include "core/shard.h"
#include "support/plan_edit.h"

#define FIXTURE_START_S 1600000000u
#define FIXTURE_TERMINALS 128
#define FIXTURE_PUSHES 4096

struct fixture_push {
    int terminal;
    uint64_t position;
    char *text;
};

struct shard_fixture {
    struct shard *shard;
    struct disk *disk;
    struct state_engine *engine;
    struct history_expiry *expiry;
    struct zone *zone;
    struct app_registry *registry;
    struct app_id app;
    struct buf plan; /* of new apps; empty: the shipped one */
    uint64_t cache_bytes;
    uint64_t jump_us, jump_at_start_us; /* struct shard_config, from the next restart on */
    uint64_t now_us;
    uint64_t chance;  /* state of all that is drawn */
    bool shuffle;     /* loads end in a drawn order */
    bool disk_fails;  /* a journal that fails is no failure of the test */
    bool stuck;       /* nothing is synced: bodies are those that are durable already */
    uint32_t loads;   /* made so far */
    uint32_t waiting; /* requests posted and not answered */
    uint32_t seq;     /* MsgSeq of the last message sent by a terminal */

    int terminals;
    struct fixture_terminal {
        uint64_t session;
        char name[33];
    } terminal[FIXTURE_TERMINALS];
    struct fixture_push push[FIXTURE_PUSHES];
    uint32_t pushes;

    char *text;        /* the last reply */
    struct json reply; /* of it */
    enum im_err err;
    uint64_t shows; /* of the last reply, see struct output */
};

struct shard_fixture *fixture_new(uint64_t cache_bytes);
/* Its app has another plan than the shipped one: that of these edits, which give it an id. */
struct shard_fixture *fixture_new_plan(uint64_t cache_bytes, const struct plan_edit *edits);
void fixture_free(struct shard_fixture *f);

void fixture_advance(struct shard_fixture *f, uint32_t seconds);
uint32_t fixture_now(const struct shard_fixture *f);
void fixture_checkpoint(struct shard_fixture *f);
/* Expired rows vanish from the stored picture. */
void fixture_compact(struct shard_fixture *f);
/* The process dies and starts again: what was not checkpointed is replayed. Terminals are gone. */
void fixture_restart(struct shard_fixture *f);
/* The same, and what was not synced is lost. */
void fixture_crash(struct shard_fixture *f);

void fixture_limit(struct shard_fixture *f, const char *limit, unsigned value);
void fixture_account(struct shard_fixture *f, const char *name);
/* Logs in and returns the terminal's number. */
int fixture_login(struct shard_fixture *f, const char *name, enum platform platform);

/* Runs "service.name" with a JSON body given as a format, and returns the reply's text. The rate
   of REST calls is not a test's concern: each second's calls are few, or the clock moves on. */
const char *fixture_admin(struct shard_fixture *f, const char *command, const char *json, ...)
    __attribute__((format(printf, 3, 4)));
const char *fixture_user(struct shard_fixture *f, int terminal, const char *command,
                         const char *json, ...) __attribute__((format(printf, 4, 5)));

/* An operator's command; it must succeed. */
void fixture_operator(struct shard_fixture *f, const char *command, const char *json, ...)
    __attribute__((format(printf, 3, 4)));

/* One that may be refused. */
enum im_err fixture_operator_try(struct shard_fixture *f, const char *command, const char *json,
                                 ...) __attribute__((format(printf, 3, 4)));

/* The same without waiting for the answer; fixture_drain waits for all of them. */
void fixture_post(struct shard_fixture *f, int terminal, const char *command, const char *json, ...)
    __attribute__((format(printf, 4, 5)));
void fixture_drain(struct shard_fixture *f);

/* A text message; returns its key. `from` is a terminal. */
struct message_key fixture_send(struct shard_fixture *f, int from, const char *to,
                                const char *text);
/* By REST, with further members ("" or starting with a comma). */
struct message_key fixture_send_rest(struct shard_fixture *f, const char *from, const char *to,
                                     const char *text, const char *members);
/* "seq_random_time"; the buffer has 51 bytes. Returns it. */
const char *fixture_key_text(struct message_key key, char *into);

/* In the last reply. A path is names and indexes: "MsgList.0.MsgBody.0.MsgContent.Text". */
struct json fixture_at(const struct shard_fixture *f, const char *path);
uint64_t fixture_number(const struct shard_fixture *f, const char *path);
const char *fixture_text(struct shard_fixture *f, const char *path); /* good until the next */
size_t fixture_count(const struct shard_fixture *f, const char *path);
struct json fixture_path(struct json value, const char *path);

/* Pushes to a terminal since the last fixture_forget whose text contains `part`. */
uint32_t fixture_pushed(const struct shard_fixture *f, int terminal, const char *part);
void fixture_forget(struct shard_fixture *f);

/* Every row but the boot number's, for comparing two states: equal digests, equal rows. */
uint64_t fixture_digest(struct shard_fixture *f);

#endif
