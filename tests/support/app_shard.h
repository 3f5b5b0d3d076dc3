/*
 * A shard with one app for tests of whole commands: JSON in, JSON out. Journal on a simulated
 * disk, rows in the memory engine, a clock that the test moves. Rows are loaded as in the server,
 * never inline, so a handler that forgets to ask for a row fails its test.
 */
#ifndef TESTS_SUPPORT_APP_SHARD_H
#define TESTS_SUPPORT_APP_SHARD_H

#include "command/command.h"
#include "core/shard.h"

struct app_shard {
    struct shard *shard;
    struct disk *disk;
    struct state_engine *engine;
    struct zone *zone;
    struct app_registry *registry;
    uint64_t now_us;
    uint32_t chance; /* state of the random bytes */
    struct app_id app;
    char text[1 << 20];    /* the last reply */
    struct request *reply; /* the request that it answers */
    uint32_t pushes;       /* since the last call */
    bool without_plan;     /* the next restart brings no plan for new apps */
};

/* Opens at the time of a local date and hour, "2026-11-22" and 9, in Asia/Shanghai, with plan
   cloud-2018; makes one app. */
struct app_shard *app_shard_new(const char *date, unsigned hour);
void app_shard_free(struct app_shard *t);

/* Moves the clock to a later date and hour. */
void app_shard_at(struct app_shard *t, const char *date, unsigned hour);

/* Writes a checkpoint of all changed rows; what is clean may then be evicted. */
void app_shard_checkpoint(struct app_shard *t);
/* The process dies with everything durable and starts again. */
void app_shard_restart(struct app_shard *t);

/* Runs "service.name" and returns the reply's text (also in t->text). The app's administrator,
   an account of the app, the operator. */
const char *app_shard_admin(struct app_shard *t, const char *command, const char *json);
const char *app_shard_user(struct app_shard *t, const char *user, const char *command,
                           const char *json);
const char *app_shard_operator(struct app_shard *t, const char *command, const char *json);

/* A call of the admin API, as a gateway makes it: a token's text or NULL for the admin socket, the
   target with its query, a body or NULL, an Idempotency-Key or NULL. Returns the HTTP status; the
   reply is in t->text. */
unsigned app_shard_http(struct app_shard *t, const char *token, const char *method,
                        const char *target, const char *body, const char *key);

/* Logs an account in on a platform; the error. */
enum im_err app_shard_login(struct app_shard *t, const char *user, enum platform platform);

/* A member of the last reply's Result as a number; fails the test if it is none. */
uint64_t app_shard_number(struct app_shard *t, const char *name);

#endif
