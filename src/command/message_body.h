/* Message bodies as they come from callers: checked once, kept as text (server-api §4.1). */
#ifndef COMMAND_MESSAGE_BODY_H
#define COMMAND_MESSAGE_BODY_H

#include "base/err.h"
#include "wire/json.h"

/* IM_ERR_OPENIM_BODY_ARRAY: not an array; IM_ERR_OPENIM_BODY: an element without MsgType or
   MsgContent, or none at all, or more than one custom element; IM_ERR_OPENIM_ELEMENT: unknown
   type, or content that does not have the form of its type. */
enum im_err message_body_check(struct json body);

#endif
