/*
 * What a shard says to a gateway: replies, pushes and closes, one FIFO a gateway. An item may
 * leave when the journal is durable up to its position: reads and refusals included.
 *
 * Except a read of nothing but rows (struct operation, `shows_rows`) whose caller is a user: it may
 * leave when the newest record is durable that changed a row it has looked at, found or not. What
 * was put before it may then still wait, for its own socket too; replies are told apart by their
 * seq, and a push that waits shows what the reply does not. It never overtakes an output of a
 * record that it may show (bus/bus.h).
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
    PUSH_ALL_READ,     /* struct push_all_read (Event 14): to the reader's other terminals */
    /* Groups; shapes in command/push_group.c. */
    PUSH_GROUP_MESSAGE,    /* struct push_group_message (Event 3; a tip: 4, a weak one: 6) */
    PUSH_GROUP_NOTICE,     /* struct push_group_notice (Event 5; NOTICE_AT: 12) */
    PUSH_GROUP_READ,       /* struct push_group_read (Event 5, ReportType 15) */
    PUSH_GROUP_RECALL,     /* struct push_group_recall (Event 5, ReportType 14; a room: 20) */
    PUSH_GROUP_EDITED,     /* struct push_group_message (GroupMsgModNotifys) */
    PUSH_GROUP_RECEIPT,    /* struct push_group_receipt (Event 5, ReportType 16) */
    PUSH_GROUP_ATTRIBUTES, /* struct push_group_values (Event 6) */
    PUSH_GROUP_COUNTERS,   /* struct push_group_values (Event 6) */
    PUSH_BROADCAST,        /* struct push_group_message (Event 17 of rooms) */
    PUSH_KIND_END
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
    bool group;     /* `peer` is a GroupId */
    struct span peer;
};

/* Everything C2C, and these groups up to a seq. */
struct push_all_read {
    const struct span *groups;
    const uint32_t *read_seqs;
    uint32_t count;
    bool c2c;
};

/* What each group push names. */
struct push_group {
    struct span id, name;
    uint8_t type;
};

struct push_group_message {
    struct push_group group;
    struct span from; /* empty: the system */
    struct span nick, face, card;
    struct account_no from_no;
    uint32_t seq, time, random, client_time;
    uint16_t flags;   /* enum group_message_flag */
    uint16_t version; /* PUSH_GROUP_EDITED */
    uint8_t priority;
    bool online_only;
    bool weak;                   /* a tip without seq */
    uint32_t online;             /* of a weak tip in a room: who is there now; 0: not told */
    struct span body, cloud, at; /* JSON; of a tip: its bytes */
};

struct notice; /* core/group/notice.h */
struct push_group_notice {
    const struct notice *notice;
    struct span to; /* the account */
};

struct push_group_read {
    struct push_group group;
    uint32_t read_seq;
};

struct push_group_recall {
    struct push_group group;
    struct span by, reason;
    struct push_recalled {
        uint32_t seq, random, client_time;
        struct account_no from_no;
    } * items;
    uint32_t count;
};

struct push_group_receipt {
    struct push_group group;
    struct push_receipt {
        uint32_t seq, random, client_time;
        struct account_no from_no; /* the sender */
        uint32_t read, unread;
    } * items;
    uint32_t count;
};

/* Attributes (op 1 replaced all, 2 changed, 3 cleared, 4 deleted) or counters. */
struct push_group_values {
    struct push_group group;
    uint8_t op;
    uint32_t seq; /* AttrMainSeq or the counters' */
    struct push_group_value {
        struct span key, value;
        uint32_t seq;
        int64_t number; /* of a counter */
    } * items;
    uint32_t count;
};

struct output {
    uint64_t position;   /* leaves when the journal is durable up to it */
    uint64_t shows;      /* a reply that may leave at once if this is durable; 0: it may not */
    uint64_t notice_seq; /* pushes: boot << 32 | counter */
    struct request *req; /* one reference */
    const void *push;
    struct address to;          /* with `many` only its gateway counts */
    const struct address *many; /* a push to so many sockets, in req's arena; NULL: to `to` */
    uint32_t many_count;
    uint8_t kind;      /* enum output_kind */
    uint8_t push_kind; /* enum push_kind */
    bool relaxed;      /* a push that may wait a moment to leave with others (rooms) */
    bool need_ack;     /* the client is asked to say that it has received up to `position` */
};

#endif
