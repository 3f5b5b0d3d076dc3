/* Stored messages as elements of replies: MsgList of admin_getroammsg, getroammsg and getmsg,
   LastMsg of recent contacts (server-api §3.5, websocket-behaviour §0.3, §4, §7). */
#ifndef COMMAND_MESSAGE_ITEM_H
#define COMMAND_MESSAGE_ITEM_H

#include "base/buf.h"
#include "core/history/history.h"

/* MsgFlagBits and LastMsgFlags of a withdrawn message. */
#define MESSAGE_FLAG_BITS_WITHDRAWN 8

/* One object. A withdrawn message shows nothing of its body. */
void message_item_put(struct buf *into, const struct history_message *message,
                      const struct message_body *body);

/* "MsgBody":[...],"CloudCustomData":"..." and of a withdrawn message "RevokerInfo". */
void message_content_put(struct buf *into, const struct page_entry *entry, struct span from,
                         const struct message_body *body);

#endif
