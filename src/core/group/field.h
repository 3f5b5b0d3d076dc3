/*
 * Custom fields of groups and of members (server-api §5.3). An app's operator defines their keys
 * and who may read and write each; a value for a key that is not defined is refused. A group's
 * values are rows of their own, a member's lie in its member row.
 */
#ifndef CORE_GROUP_FIELD_H
#define CORE_GROUP_FIELD_H

#include "core/group/group.h"

struct field_value {
    struct span key, value; /* any bytes; no value: the field is taken away */
};

/* 1 to 16 characters of A-Z a-z 0-9 _ */
bool field_key_valid(struct span key);

/* What the actor counts as for the access rules. */
enum field_access field_access_of(const struct group_actor *actor);

/*
 * Whether an actor of this access may write all of these. IM_AGAIN. IM_ERR_GROUP_PARAM: a key that
 * is not defined or comes twice, a value that is too long; IM_ERR_GROUP_RIGHT: no access.
 */
enum im_err fields_check(struct shard *shard, struct app_id app, enum field_level level,
                         const struct field_value *values, uint32_t count,
                         enum field_access access);
/* Whether an actor of this access may read the field. STATE_ABSENT: it is not defined. */
enum state_found field_readable(struct shard *shard, struct app_id app, enum field_level level,
                                struct span key, enum field_access access, bool *ret_readable);

/* Handler: emits these values of the group; info_seq rises by FACT_GROUP_CHANGED. Their rows were
   asked for by group_fields_need. */
void group_fields_need(struct shard *shard, struct app_id app, struct group_no group,
                       const struct field_value *values, uint32_t count);
void group_fields_emit(struct shard *shard, struct app_id app, struct group_no group,
                       const struct field_value *values, uint32_t count);

/* All values of a group that the access allows to read, in the order of their keys, in the arena.
   STATE_UNKNOWN: return IM_AGAIN. */
enum state_found group_fields_list(struct shard *shard, struct request *req,
                                   const struct group *group, enum field_access access,
                                   struct field_value **ret_values, uint32_t *ret_count);

/* A member's encoded fields with these changes, in the arena (core/group/member.h). */
struct span member_fields_merge(struct arena *arena, struct span before,
                                const struct field_value *values, uint32_t count);

/* The operator's group_field_set: defines a field or changes its access. Result: none. */
struct field_define_req {
    struct app_id app;
    struct span level; /* "group", "member" */
    struct span key;
    struct span read, write; /* "anyone", "member", "admin", "owner", "app_admin" */
};
enum im_err field_define(struct shard *shard, struct request *req);

/* group_field_list, of a struct app_req. */
struct field_list_result {
    struct field_definition {
        uint8_t level, read, write;
        struct span key;
    } * items; /* by level, then key */
    uint32_t count;
};
enum im_err field_list(struct shard *shard, struct request *req);

const char *field_access_name(uint8_t access);

#endif
