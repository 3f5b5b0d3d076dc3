/* Apply functions of group facts; rules in core/apply.h. */
#ifndef CORE_GROUP_APPLY_H
#define CORE_GROUP_APPLY_H

#include "core/group/facts.h"
#include "core/shard.h"

void apply_group_created(struct shard *, const void *, size_t, uint64_t); /* lifecycle.c */
void apply_group_changed(struct shard *, const void *, size_t, uint64_t);
void apply_group_dissolved(struct shard *, const void *, size_t, uint64_t);
void apply_group_swept(struct shard *, const void *, size_t, uint64_t);
void apply_group_field(struct shard *, const void *, size_t, uint64_t); /* field.c */
void apply_app_field(struct shard *, const void *, size_t, uint64_t);
void apply_members_joined(struct shard *, const void *, size_t, uint64_t); /* member.c */
void apply_members_left(struct shard *, const void *, size_t, uint64_t);
void apply_member_changed(struct shard *, const void *, size_t, uint64_t);
void apply_group_owner(struct shard *, const void *, size_t, uint64_t);
void apply_member_muted(struct shard *, const void *, size_t, uint64_t);
void apply_group_message(struct shard *, const void *, size_t, uint64_t); /* message.c */
void apply_group_refused(struct shard *, const void *, size_t, uint64_t); /* send.c */
void apply_group_edited(struct shard *, const void *, size_t, uint64_t);  /* edit.c */
void apply_group_withdrawn(struct shard *, const void *, size_t, uint64_t);
void apply_group_deleted(struct shard *, const void *, size_t, uint64_t);
void apply_group_hidden(struct shard *, const void *, size_t, uint64_t);
void apply_receipt(struct shard *, const void *, size_t, uint64_t);
void apply_group_read(struct shard *, const void *, size_t, uint64_t); /* read.c */
void apply_group_recent(struct shard *, const void *, size_t, uint64_t);
void apply_notice(struct shard *, const void *, size_t, uint64_t); /* notice.c */
void apply_notices_deleted(struct shard *, const void *, size_t, uint64_t);
void apply_pendency(struct shard *, const void *, size_t, uint64_t); /* pendency.c */
void apply_pendency_handled(struct shard *, const void *, size_t, uint64_t);
void apply_room_joined(struct shard *, const void *, size_t, uint64_t); /* room.c */
void apply_room_left(struct shard *, const void *, size_t, uint64_t);
void apply_member_banned(struct shard *, const void *, size_t, uint64_t); /* ban.c */
void apply_group_values(struct shard *, const void *, size_t, uint64_t);  /* value.c */

#endif
