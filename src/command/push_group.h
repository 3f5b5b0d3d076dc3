/* Elements of EventArray about groups, in pushes and in the reply of openim.getmsg
   (websocket-behaviour §5). */
#ifndef COMMAND_PUSH_GROUP_H
#define COMMAND_PUSH_GROUP_H

#include "base/buf.h"
#include "core/group/notice.h"
#include "core/output.h"

/* True for the kinds that push_group_put writes. */
bool push_is_group(enum push_kind kind);

/* One whole element of EventArray: {"Event":...}. */
void push_group_put(struct buf *into, const struct output *output);

/* One whole element: {"Event":5,"GroupTips":[{...}]}, of NOTICE_AT {"Event":12,...}. `to` is the
   account that gets it. */
void group_notice_put(struct buf *into, const struct notice *notice, struct span to,
                      uint64_t notice_seq);

#endif
