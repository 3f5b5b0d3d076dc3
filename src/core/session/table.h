/* The table of sessions, for session/ and shard.c. Memory of one boot; shard thread only. */
#ifndef CORE_SESSION_TABLE_H
#define CORE_SESSION_TABLE_H

#include "core/session/session.h"

struct session_table;

struct app_presence {
    struct app_id app;
    uint64_t accounts; /* online */
    uint64_t multiple; /* of them with more than one terminal */
};

struct session_table *session_table_new(void);
void session_table_free(struct session_table *table);

struct session *session_table_first(struct session_table *table, struct app_id app,
                                    struct account_no account);
struct session *session_table_find(struct session_table *table, uint64_t id);
struct session *session_table_add(struct session_table *table, uint64_t boot, struct app_id app,
                                  struct account_no account, uint32_t instance, uint8_t platform,
                                  struct address at);
/* Frees the session; returns its commands that waited, as a list in order. */
struct request *session_table_remove(struct session_table *table, struct session *session);

const struct app_presence *session_table_presence(struct session_table *table, struct app_id app);
/* All of them, and the accounts that have one. */
void session_table_count(const struct session_table *table, uint64_t *ret_sessions,
                         uint64_t *ret_accounts);
void session_table_each_app(struct session_table *table,
                            void (*fn)(void *arg, const struct app_presence *presence), void *arg);

#endif
