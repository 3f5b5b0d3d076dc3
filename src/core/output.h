/*
 * What a shard says to a gateway: replies, pushes and closes, one FIFO a gateway. An item may
 * leave when the journal is durable up to its position: reads and refusals included.
 */
#ifndef CORE_OUTPUT_H
#define CORE_OUTPUT_H

#include "core/request.h"

enum output_kind {
    OUTPUT_REPLY, /* encode req's reply for its socket */
    OUTPUT_PUSH,  /* encode `push` for the socket */
    OUTPUT_CLOSE, /* close the socket after what was written before */
};

enum push_kind {
    PUSH_MESSAGE,      /* struct push_message: a C2C message (Event 9) */
    PUSH_KICKED,       /* struct push_kicked (Event 10, KickoutMsgNotify) */
    PUSH_READ_SYNC,    /* struct push_read: to the reader's other terminals (Event 10) */
    PUSH_READ_RECEIPT, /* struct push_read: to the sender (Event 10, C2cReadedReceipt) */
    PUSH_WITHDRAWN,    /* struct push_withdrawn (Event 10) */
    PUSH_PROFILE,      /* struct push_profile (Event 8) */
    PUSH_STATUS,       /* struct push_status (UserStatusList) */
    PUSH_CONTACT,      /* struct push_contact (Event 17): deleted or pinned elsewhere */
};

/* All spans and pointers live in the arena of the request that made the push. */
struct push_message {
    struct span from, to;      /* account names */
    struct span nick, face;    /* of the sender, may be empty */
    struct account_no from_no; /* for TinyId */
    struct message_key key;
    uint32_t client_time;
    uint16_t flags;          /* enum message_flag */
    bool online_only;        /* MsgLifeTime 0 */
    struct span body, cloud; /* JSON texts */
};

struct push_kicked {
    uint8_t kick_type; /* 1 another terminal, 2 another of a limited kind, 3 REST */
    uint8_t new_platform;
    uint32_t new_instance;
};

struct push_read {
    struct span account; /* the reader */
    struct span peer;    /* whose messages were read */
    uint32_t read_s;
};

struct push_withdrawn {
    struct span from, to, by;
    struct account_no from_no;
    struct message_key key;
    uint32_t client_time;
};

struct push_profile_item {
    uint16_t tag;
    struct span value;
    uint32_t number;
};
struct push_profile {
    struct span account;
    const struct push_profile_item *items;
    uint32_t count;
};

struct push_status {
    struct span account;
    uint8_t status; /* 1 online, 2 offline */
};

struct push_contact {
    uint8_t change; /* 1 deleted, 2 pinned, 3 unpinned */
    struct span peer;
};

struct output {
    uint64_t position;
    uint64_t notice_seq; /* pushes: boot << 32 | counter */
    struct request *req; /* one reference */
    const void *push;
    struct address to;
    uint8_t kind;      /* enum output_kind */
    uint8_t push_kind; /* enum push_kind */
    bool need_ack;     /* the client is asked to say that it has received up to `position` */
};

#endif
