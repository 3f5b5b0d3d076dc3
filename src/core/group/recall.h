/* Recalling group messages, and telling who was away (server-api §3.6 group_msg_recall, §7.5;
   websocket-behaviour §2). */
#ifndef CORE_GROUP_RECALL_H
#define CORE_GROUP_RECALL_H

#include "core/group/page.h"

#define GROUP_RECALL_MAX 10u
#define GROUP_RECALL_REASON_MAX 256u

struct group_recall_req {
    struct span group;
    uint32_t *seqs;
    uint32_t count;
    struct span reason;
};

struct group_recall_result {
    const uint32_t *seqs;
    enum im_err *errs; /* of each: IM_OK or why it stays */
    uint32_t count;
};

/* IM_OK also when nothing was recalled: the result says it of each. */
enum im_err group_recall(struct shard *shard, struct request *req);

#define GROUP_RECALLS_GROUPS_MAX 1000u
#define GROUP_RECALLS_MAX 20u /* of a group in a reply */

/* batch_get_group_notify: what was recalled in these groups since the caller last knew. */
struct group_recalls_req {
    struct group_recalls_of {
        struct span group;
        uint64_t since_us;
    } * groups;
    uint32_t count;
};

/* Groups in which the caller is no member, and those that do not exist, have no items. The time
   of a recall is in its record: req->bodies[first + i], for the encoder to compare. */
struct group_recalls_result {
    struct group_recalls {
        struct span group;
        uint64_t since_us;
        struct group_recalled {
            uint32_t seq, random;
        } * items; /* newest first */
        uint32_t count;
        uint32_t first;
    } * groups;
    uint32_t count;
};
enum im_err group_recalls(struct shard *shard, struct request *req);

#endif
