/* Group messages and tips as elements of pushes and of history (websocket-behaviour §5, §4). */
#ifndef COMMAND_GROUP_ITEM_H
#define COMMAND_GROUP_ITEM_H

#include "base/buf.h"
#include "core/output.h"

/* MsgFlagBits and LastMsgFlags of a recalled group message. */
#define GROUP_FLAG_BITS_WITHDRAWN 2

/*
 * One object: a message (Event 3), or with GROUP_MESSAGE_TIP a tip (Event 4, or 6 if weak) from
 * the bytes in `body`. notice_seq is a push's; 0: an element of history, which then has "Event"
 * and IsPlaceMsg. In history a deleted message (IsPlaceMsg 1) has no body, and neither has a
 * recalled one (IsPlaceMsg 2), whose `recall` says by whom.
 */
struct group_recall_info {
    struct span by, reason;
};
void group_message_put(struct buf *into, const struct push_group_message *message,
                       uint64_t notice_seq, const struct group_recall_info *recall);

/* "GroupInfo":{"GroupId","GroupName","GroupType"}, without what else a push has in it. */
void group_info_put(struct buf *into, const struct push_group *group);

/* The object of a tip's MsgBody from its bytes; {} if they are none. */
void group_tip_put(struct buf *into, struct span bytes);

#endif
