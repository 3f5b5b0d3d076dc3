/*
 * Logins, terminals, kicks and presence: the operations that the command table and the gateway
 * refer to. Rules: server-api §6, websocket-behaviour §2 and §3, price-plan decisions 8, 15 to 17
 * and 21.
 *
 * An account has places for terminals in its row (struct account_row): a login takes one and says
 * which it pushes out; a2 values name a place by its instance and die with it. Which of them are
 * online, and on which socket, is memory (struct session).
 */
#ifndef CORE_SESSION_LOGIN_H
#define CORE_SESSION_LOGIN_H

#include "core/session/session.h"
#include "core/shard.h"
#include "wire/usersig.h"

/* im_open_status.wslogin. For a first login the gateway has verified the UserSig of
   req->identifier; with req->has_a2 it is a return with an a2, which is no login (decision 17). */
struct login_req {
    uint64_t sig_time_s; /* TLS.time of the UserSig: dead if not after the account's last kick */
    uint8_t platform;    /* enum platform */
};

struct login_result {
    struct span a2;
    struct account_no account;
    uint32_t instance;
    uint32_t now_s;
};

/* Seconds between wshello calls; small, since the client only finds back by one after it met a
   refused connection (websocket-behaviour §2). */
#define HELLO_INTERVAL_S 15

enum im_err session_login(struct shard *shard, struct request *req);
enum im_err session_logout(struct shard *shard, struct request *req);
enum im_err session_hello(struct shard *shard, struct request *req);

/* The socket of req->session_id is gone: presence only, no fact. CALLER_SYSTEM. */
extern const struct operation session_closed;

/* im_open_login_svc.kick: every terminal, every a2, every UserSig made up to now. */
struct kick_req {
    struct span user;
};
enum im_err session_kick(struct shard *shard, struct request *req);

/* openim.querystate, query_online_status, im_open_status.ws_get_user_status. */
struct status_req {
    struct span *accounts;
    uint32_t count;
    bool detail;
};
struct status_result {
    struct status_item {
        struct span account;
        bool exists;
        bool online;
        bool logged_in_once;
        uint32_t platforms; /* bits 1 << enum platform that are online */
    } * items;
    uint32_t count;
};
enum im_err session_status(struct shard *shard, struct request *req);

/* "Web", "iPhone", ...: names of server-api §3.2. */
const char *platform_name(uint8_t platform);

/* ---- for shard.c ---- */

/*
 * Finds out who a CALLER_USER request comes from: its bound session, or its a2 (which binds the
 * socket anew). Sets req->session and req->account. IM_ERR_SIG_EXPIRED: unknown, kicked or dead,
 * the only answer that makes the client log in again. IM_AGAIN.
 */
enum im_err session_resolve(struct shard *shard, struct request *req);

/* A new day began while accounts are online: its peak of online accounts, and in a new month the
   use of several terminals, are facts of that day. CALLER_SYSTEM, one request an app. */
extern const struct operation presence_check;

#endif
