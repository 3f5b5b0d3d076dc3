/*
 * Groups moved from an older system: import_group, import_group_msg, import_group_member, in this
 * order (server-api §3.6). Nobody is told, nothing is counted as sent or joined; the group itself
 * counts as made.
 */
#ifndef CORE_GROUP_IMPORT_H
#define CORE_GROUP_IMPORT_H

#include "core/group/member.h"

#define IMPORT_MAX_MESSAGES 20u
#define IMPORT_MAX_MEMBERS 500u

struct import_messages_req {
    struct span group;
    struct import_message {
        struct span from;
        uint32_t time;
        uint32_t random;
        bool has_random;
        enum im_err err; /* found by the decoder: too long, not a body */
        struct span body, cloud;
    } * items;
    uint32_t count;
};

struct import_messages_result {
    struct import_outcome {
        enum im_err err;
        uint32_t seq, time;
    } * items; /* one a message */
    uint32_t count;
};

/*
 * Appends the messages in their order, each with its own time: later than the group's creation,
 * before now, none earlier than the one before it. One that is there already (same sender, time
 * and random number) keeps its seq. Everything counts as read for all members afterwards.
 */
enum im_err group_import_messages(struct shard *shard, struct request *req);

struct import_members_req {
    struct span group;
    struct import_member {
        struct span name;
        bool admin;
        uint32_t join_s; /* 0: now */
        uint32_t unread; /* cut to the group's messages */
    } * items;
    uint32_t count;
};

struct import_members_result {
    uint8_t *results; /* 0 no such account, or no room for it; 1 joined; 2 was a member */
    uint32_t count;
};

/* JoinTime lies between the group's creation and now: IM_ERR_GROUP_PARAM, and nobody joins. */
enum im_err group_import_members(struct shard *shard, struct request *req);

#endif
