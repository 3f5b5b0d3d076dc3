/*
 * Group tips (server-api §5.4, §5.6): "joined", "kicked", "name changed". A strong one is a
 * message of the group with a seq; a weak one is only pushed to who is online. Stored and pushed
 * as bytes, so that a history shows the names and cards of its time.
 */
#ifndef CORE_GROUP_TIP_H
#define CORE_GROUP_TIP_H

#include "core/group/message.h"

enum tip_kind {
    TIP_JOINED = 1,
    TIP_QUIT = 2,
    TIP_KICKED = 3,
    TIP_ADMIN_SET = 4,
    TIP_ADMIN_UNSET = 5,
    TIP_INFO = 6,
    TIP_MEMBER_MUTED = 7,
};

#define TIP_MAX_MEMBERS 16u /* named in one tip */

struct tip_member {
    struct span name, nick, face;
    uint32_t mute_s; /* TIP_MEMBER_MUTED: remaining seconds */
};

struct group_tip {
    uint8_t kind; /* enum tip_kind */
    struct span operator_name, operator_nick, operator_face;
    uint32_t member_num; /* MemberNum after it: TIP_JOINED, TIP_QUIT, TIP_KICKED */
    struct tip_member *members;
    uint32_t member_count;
    /* TIP_INFO: what is in the mask (enum group_change, CHANGE_OWNER) */
    uint32_t changed;
    struct span name, face, introduction, notification, owner;
    uint8_t join_option;
    uint8_t muted_all;
    struct span fields; /* custom fields that changed: tip_field_put */
};
#define CHANGE_OWNER (1u << 16)

/* Fields of a tip: one behind the others; the next one taken off; false: none is left. */
struct buf;
void tip_field_put(struct buf *into, struct span key, struct span value);
bool tip_field_next(struct span *fields, struct span *ret_key, struct span *ret_value);

/* Bytes of a tip, in the arena; at most 4 KB times TIP_MAX_MEMBERS / 4. */
struct span tip_encode(struct arena *arena, const struct group_tip *tip);
/* False: not a tip. Spans point into `bytes`, members into the arena. */
bool tip_decode(struct arena *arena, struct span bytes, struct group_tip *ret);

/* True if a tip of this kind is made in this group at all: not in an inactive Private group, not
   of changes of members in a ChatRoom, none in a BChatRoom. */
bool tip_wanted(const struct group *group, enum tip_kind kind);

/* Before any fact: asks for what tip_send needs. Nothing if the tip is not wanted. */
void tip_need(struct shard *shard, struct request *req, const struct group *group,
              enum tip_kind kind);

/*
 * Emits a strong tip as the group's next message in the running record (a record has one
 * message: fact_commit between several, and group_get again for the next seq), and pushes it, or
 * pushes a weak one. `audience` NULL: the members as they are in the roster now, those that leave
 * in this command included, those that join not; else these. Does nothing if it is not wanted.
 */
void tip_send(struct shard *shard, struct request *req, const struct group *group,
              const struct group_tip *tip, const struct audience *audience);

/* Name, nick and face of an account for a tip; loads rows. */
enum state_found tip_member_find(struct shard *shard, struct request *req, struct account_no no,
                                 struct tip_member *ret);

#endif
