/* Who is online, and what follows from it for usage. For session/ and message/. */
#ifndef CORE_SESSION_PRESENCE_H
#define CORE_SESSION_PRESENCE_H

#include "core/session/session.h"

/* Forgets a session; its commands that waited run again and are refused. */
void session_end(struct shard *shard, struct session *session);

/*
 * Emits the facts that follow from who is online now: a new peak of online accounts of the day,
 * the use of several terminals in the month. The rows of usage_need are loaded. account 0: any.
 */
void presence_emit(struct shard *shard, struct app_id app, struct account_no account);

/* Somebody came online without a fact of its own (a return with an a2): runs presence_emit as a
   command of the server after the one that runs now. */
void session_presence_changed(struct shard *shard, struct app_id app);

#endif
