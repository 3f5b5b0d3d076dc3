/* What attribute.c and counter.c share. */
#ifndef CORE_GROUP_VALUE_INTERNAL_H
#define CORE_GROUP_VALUE_INTERNAL_H

#include "core/group/member.h"
#include "core/group/value.h"

/* The group, and whether the caller may write (or read) its values. */
enum im_err value_group_find(struct shard *shard, const struct request *req, struct span id,
                             bool write, struct group *ret);

/* A value row of the group written, or taken away if `value` has no bytes. */
void value_emit(struct shard *shard, const struct group *group, enum group_field_scope scope,
                struct span key, struct span value);
void value_seqs_emit(struct shard *shard, const struct group *group, uint32_t attribute_seq,
                     uint32_t counter_seq);

/* To everybody online in the group; `push` is in the arena but for its group. */
void value_push(struct shard *shard, struct request *req, const struct group *group,
                const struct audience *audience, enum push_kind kind,
                struct push_group_values *push);

#endif
