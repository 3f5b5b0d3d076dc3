/* Custom fields of members (server-api §5.3): the app says which there are, and who of a group may
   read and write each. */
#ifndef CORE_GROUP_MEMBER_FIELD_H
#define CORE_GROUP_MEMBER_FIELD_H

#include "core/group/member.h"

struct member_field {
    struct span key, value; /* an empty value takes the field away */
};

/*
 * The fields `old` (encoded as in struct member_row) with these changes, encoded in the arena.
 * IM_AGAIN. IM_ERR_GROUP_PARAM: no field of the app, or a value that is too long.
 * IM_ERR_GROUP_RIGHT: the actor may not write it.
 */
enum im_err member_fields_merge(struct shard *shard, struct request *req,
                                const struct group_actor *actor, struct span old,
                                const struct member_field *changes, uint32_t count,
                                struct span *ret_fields);

/* Asks for what member_field_readable needs. */
void member_fields_need(struct shard *shard, struct app_id app);
/* Whether the actor may read the field of others; after member_fields_need. */
bool member_field_readable(struct shard *shard, struct app_id app, const struct group_actor *actor,
                           struct span key);

#endif
