/*
 * Sessions: which terminals are online in this boot, and over which socket. Memory only; what must
 * survive (the places of an account's terminals) is in struct account_row. Shard thread only.
 */
#ifndef CORE_SESSION_SESSION_H
#define CORE_SESSION_SESSION_H

#include "core/request.h"

struct session {
    uint64_t id; /* boot << 32 | counter: belongs to this boot */
    struct app_id app;
    struct account_no account;
    uint32_t instance;
    uint8_t platform;
    struct address at;
    struct address synced_on;        /* the socket on which openim.getmsg has come to its end */
    struct session *next_of_account; /* the account's online sessions */
    struct session *next_in_table;
    struct room_seat *rooms; /* live rooms that it is in: core/group/room.h */
    uint32_t room_count;
    uint32_t ack_asked_s;                         /* when a push last asked for an ack */
    uint32_t loading;                             /* its commands that wait for rows */
    struct request *waiting_first, *waiting_last; /* behind them, in order */
};

/* The socket that gets the pushes has asked for all that came before them. */
static inline bool session_is_synced(const struct session *session)
{
    return session->synced_on.generation && address_same(session->synced_on, session->at);
}

/* First online session of an account, then ->next_of_account; NULL: offline. */
struct session *session_first(struct shard *shard, struct app_id app, struct account_no account);

/* Online accounts of the app at this moment. */
uint64_t session_online_accounts(struct shard *shard, struct app_id app);

#endif
