/* What a group is, and what it is to one account, in replies; and the filters that say which of it
   is wanted (server-api §3.6, websocket-behaviour §5). */
#ifndef COMMAND_GROUP_ITEM_INFO_H
#define COMMAND_GROUP_ITEM_INFO_H

#include "command/command.h"
#include "core/group/joined_list.h"

/* GroupBaseInfoFilter and SelfInfoFilter: adds the bits of what they name. Absent: none. Names that
   mean nothing here are passed over. False: not an array of strings. */
bool group_base_filter_read(struct request *req, struct json list, uint32_t *ret_base);
bool group_self_filter_read(struct request *req, struct json list, uint32_t *ret_self);

/* Members behind the GroupId, each starting with a comma. */
void group_item_put_base(struct buf *into, const struct joined_item *item, uint32_t base);
/* ,"SelfInfo":{...} */
void group_item_put_self(struct buf *into, const struct joined_item *item, uint32_t self);

#endif
