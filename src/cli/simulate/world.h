/*
 * The real core of a server (core/shard.h) without threads, sockets and a wall clock: its journal
 * and its rows are in memory or in a data directory, its clock is moved by whoever simulates, its
 * chance comes from a seed. What a gateway would send it are requests made here.
 */
#ifndef CLI_SIMULATE_WORLD_H
#define CLI_SIMULATE_WORLD_H

#include "cli/simulate/sets.h"
#include "command/command.h"
#include "core/shard.h"
#include "server/data_dir.h"

#define WORLD_PROBLEM_BYTES 512

struct world {
    struct shard *shard;
    struct disk *disk;
    struct state_engine *engine;
    struct history_expiry *expiry;
    struct app_registry *registry;
    struct zone *zone;
    struct span plan; /* borrowed */
    struct data_dir dir;
    bool on_disk;
    uint64_t jump_at_start_us; /* of struct shard_config, for the next restart */
    struct app_id app;
    uint64_t now_us;
    uint64_t chance;
    uint64_t journal_bytes; /* appended since the last checkpoint */
    uint32_t unsynced;      /* requests since the journal was written */
    uint32_t restarts;
    uint32_t *numbers; /* the core's of each account that has logged in, 0: none; owned */
    uint64_t number_room;
    struct login_notes *notes;         /* of each login, borrowed; NULL: none are taken */
    char problem[WORLD_PROBLEM_BYTES]; /* why the last call failed */
};

/* Opens a server at a time and makes the app in it. Errors: `problem`. */
bool world_open(struct world *world, const char *zone, struct span plan, uint64_t seed,
                uint64_t now_us);
/* The same in a data directory, where a server goes on afterwards; makes no app. */
bool world_open_on(struct world *world, const char *directory, const char *zone, struct span plan,
                   uint64_t seed, uint64_t now_us);
void world_close(struct world *world);

/* Time goes on, never back. */
void world_at(struct world *world, uint64_t now_us);

/* A request of the app, with a reference for the caller; nobody else hears its reply. */
struct request *world_request(struct world *world, enum caller_kind caller, struct span identifier);

/* Runs it to its end, rows read on the way included; what it answered is in req->err and
   req->result. The caller's reference stays. */
void world_run(struct world *world, struct request *req);

/* Runs "service.name" with a JSON body. The request is the caller's to unreference. */
struct request *world_call(struct world *world, enum caller_kind caller, const char *command,
                           const char *json, ...) __attribute__((format(printf, 4, 5)));

/* The same as the operator; NULL: it was refused, `problem` says why. */
struct request *world_operate(struct world *world, const char *command, const char *json, ...)
    __attribute__((format(printf, 3, 4)));
struct request *world_operate_text(struct world *world, const char *command, struct span json);

/* Puts a name of an account into `into`: "u17". */
struct span world_name(uint64_t account, char into[24]);

/* A login; IM_OK: *ret_session, and the a2's claims if they are wanted. */
struct a2_claims;
enum im_err world_login(struct world *world, uint64_t account, uint8_t platform,
                        uint64_t *ret_session, struct a2_claims *ret_a2);
/* Before the login of an account: its rows are not near, since a million others were in between.
   `rows` false: some logins before it; true: soon before it. Changes nothing but the time. */
void world_expect_login(struct world *world, uint64_t account, bool rows);
/* The socket of a session is gone. */
void world_hang_up(struct world *world, uint64_t session);
/* A client says that it is there, over its socket (session) or over a new one by its a2. The
   session that it has then is *session. */
enum im_err world_hello(struct world *world, uint64_t *session, const struct a2_claims *a2);

/* Writes what was appended, and a checkpoint if enough has gathered or `force`. */
bool world_sync(struct world *world, bool force_checkpoint);
/* The process dies and starts again from its journal. Terminals are gone. */
bool world_restart(struct world *world);

#endif
