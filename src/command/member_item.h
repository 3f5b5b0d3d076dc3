/* Members of groups in replies, and the filters that say what of them is wanted. */
#ifndef COMMAND_MEMBER_ITEM_H
#define COMMAND_MEMBER_ITEM_H

#include "command/command.h"
#include "core/group/member_list.h"

/* MemberInfoFilter, MemberRoleFilter and AppDefinedDataFilter_GroupMember, each an array of
   strings or absent: then everything. IM_ERR_GROUP_PARAM. */
enum im_err member_filter_decode(struct request *req, struct json info, struct json roles,
                                 struct json keys, struct member_filter *ret);

/* "MemberList":[...] */
void member_list_put(struct buf *into, const struct member_list *list, uint32_t parts);

#endif
