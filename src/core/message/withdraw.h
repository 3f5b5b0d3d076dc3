/* Taking a C2C message back (server-api §3.5, §7.5). */
#ifndef CORE_MESSAGE_WITHDRAW_H
#define CORE_MESSAGE_WITHDRAW_H

#include "core/shard.h"

#define WITHDRAW_WINDOW_S 120u

/* openim.msgwithdraw: one's own message within WITHDRAW_WINDOW_S; admin_msgwithdraw: any message
   that is still there. */
struct withdraw_req {
    struct span from;
    struct span to;
    struct message_key key;
};
enum im_err message_withdraw(struct shard *shard, struct request *req);

#endif
