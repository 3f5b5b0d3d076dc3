/* C2C messages: admission, keys, duplicates, facts, delivery (server-api §3.5, §15.1). */
#ifndef CORE_MESSAGE_MESSAGE_H
#define CORE_MESSAGE_MESSAGE_H

#include "core/shard.h"

#define MESSAGE_MAX_BODY_BYTES 8192
#define MESSAGE_MAX_LIFETIME_S 604800u
#define BATCH_MAX_RECEIVERS 500

/* Decoded request of openim.sendmsg and openim.batchsendmsg (one receiver or several). */
struct message_send_req {
    struct span from;       /* empty: the caller */
    struct span to;         /* sendmsg */
    struct span *receivers; /* batchsendmsg */
    uint32_t receiver_count;
    bool has_seq;
    uint32_t seq;
    uint32_t random;
    bool has_time;
    uint32_t time; /* REST only */
    uint32_t client_time;
    uint32_t lifetime_s; /* MESSAGE_MAX_LIFETIME_S when absent */
    uint8_t sync_other;  /* 0 absent, 1, 2 */
    bool no_unread, no_last, need_receipt;
    struct span body;  /* the MsgBody array as it came, validated */
    struct span cloud; /* a JSON string with quotes, or empty */
    struct span push;  /* OfflinePushInfo object, or empty */
};

struct message_send_result {
    struct message_key key;
    /* batchsendmsg */
    uint32_t failed_count;
    struct message_send_failure {
        struct span to;
        enum im_err err;
    } * failed;
};

enum im_err message_send(struct shard *shard, struct request *req);
enum im_err message_send_batch(struct shard *shard, struct request *req);

#endif
