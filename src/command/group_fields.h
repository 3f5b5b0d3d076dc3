/* AppDefinedData and AppMemberDefinedData: [{"Key","Value"}] both ways (server-api §5.3). */
#ifndef COMMAND_GROUP_FIELDS_H
#define COMMAND_GROUP_FIELDS_H

#include "base/buf.h"
#include "core/group/field.h"
#include "wire/json.h"

/* Absent: none. IM_ERR_GROUP_PARAM: not such an array, or more than max elements. */
enum im_err group_fields_decode(struct request *req, struct json list, uint32_t max,
                                struct field_value **ret_values, uint32_t *ret_count);

/* {"Key","Value"}, with a comma before it if it is not the first. */
void group_field_put(struct buf *into, struct span key, struct span value, bool first);

#endif
