/*
 * Read receipts of group messages that were sent with NeedReadReceipt (websocket-behaviour §7): a
 * member reports what it has read, the sender sees how many, and who. Counted against the members
 * of now: unread are those who could see it and have not reported it, without the sender.
 */
#ifndef CORE_GROUP_RECEIPT_H
#define CORE_GROUP_RECEIPT_H

#include "core/group/page.h"

#define GROUP_RECEIPT_MAX 30u
#define GROUP_RECEIPT_NAMES_MAX 100u

struct group_receipt_req {
    struct span group;
    uint32_t *seqs;
    uint32_t count;
};

/* group_msg_receipt: the caller has read these. Those that need no receipt, its own, and those
   that it does not see are passed over. The senders who are online are told. */
enum im_err group_receipt_report(struct shard *shard, struct request *req);

/* get_group_msg_receipt: IM_ERR_GROUP_RIGHT for messages of others, IM_ERR_GROUP_NO_MESSAGE for
   those that are gone or need no receipt. */
struct group_receipt_result {
    struct group_receipt {
        uint32_t seq, read, unread;
        enum im_err err;
    } * items;
    uint32_t count;
};
enum im_err group_receipt_counts(struct shard *shard, struct request *req);

/* get_group_msg_receipt_detail: names, by account number. */
struct group_receipt_detail_req {
    struct span group;
    uint32_t seq;
    bool unread;    /* those who have not read it */
    uint32_t after; /* account number behind which to go on */
    uint32_t max;   /* 1 to GROUP_RECEIPT_NAMES_MAX */
};
struct group_receipt_detail {
    struct span *names;
    uint32_t count;
    bool unread;
    uint32_t last; /* account number for `after`; 0: that was all */
};
enum im_err group_receipt_detail(struct shard *shard, struct request *req);

#endif
