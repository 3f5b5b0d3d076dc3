/* Live rooms in tests with a shard_fixture: guests, and terminals that come back by their a2. */
#ifndef TESTS_SUPPORT_ROOM_FIXTURE_H
#define TESTS_SUPPORT_ROOM_FIXTURE_H

#include "support/shard_fixture.h"

#define ROOM_ID "live"

/* An app with a room of olga's and the accounts anna, ben and carl. */
struct shard_fixture *room_fixture(void);

/* apply_join_group of ROOM_ID with WebPushFlag. */
enum im_err room_enter(struct shard_fixture *f, int terminal);
enum im_err room_leave(struct shard_fixture *f, int terminal);
/* A text message to ROOM_ID. */
enum im_err room_speak(struct shard_fixture *f, int terminal, const char *text);
uint64_t room_count(struct shard_fixture *f);

/* What an a2 of this terminal says. */
struct a2_claims room_a2(struct shard_fixture *f, int terminal);
/* The terminal is on another socket, whose first command shows the a2. Returns its number. */
int room_return(struct shard_fixture *f, const char *name, struct a2_claims a2);
/* Its socket is gone. */
void room_drop(struct shard_fixture *f, int terminal);

/* A command before any login, on a socket of its own. */
const char *room_guest(struct shard_fixture *f, uint32_t socket, const char *command,
                       const char *json, ...) __attribute__((format(printf, 4, 5)));
/* A command of a socket of this name's session, as fixture_user, that may be held. True: it is. */
bool room_held(struct shard_fixture *f);

#endif
