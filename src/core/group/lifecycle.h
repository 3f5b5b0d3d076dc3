/* Groups made, changed and dissolved: the handlers of create_group, import_group,
   modify_group_base_info and destroy_group (server-api §3.6, §5). */
#ifndef CORE_GROUP_LIFECYCLE_H
#define CORE_GROUP_LIFECYCLE_H

#include "core/group/field.h"
#include "core/group/member.h"

#define GROUP_CREATE_MAX_MEMBERS 500u

struct group_create_req {
    struct span owner; /* empty: none */
    uint8_t type;
    struct span id; /* empty: the server makes one */
    struct span name, face, introduction, notification;
    uint32_t max_members;               /* 0: as many as type and plan allow */
    uint8_t join_option, invite_option; /* 0: the type's */
    struct field_value *fields;
    uint32_t field_count;
    struct create_member {
        struct span name;
        bool admin;
        struct field_value *fields;
        uint32_t field_count;
    } * members;
    uint32_t member_count;
    bool import;        /* nobody is told, the owner's joining is not counted */
    uint32_t created_s; /* imports: CreateTime; 0: now */
};

struct group_create_result {
    struct span id;
    struct span *over_limit; /* members left out: in as many groups as the plan allows */
    uint32_t over_limit_count;
};

/*
 * Makes the group with its first members, or nothing. IM_ERR_GROUP_RIGHT, IM_ERR_GROUP_ACCOUNT,
 * IM_ERR_GROUP_ID_TAKEN, IM_ERR_GROUP_ID_OWN; limits: IM_ERR_GROUP_RATE (of the day, in total),
 * IM_ERR_GROUP_ROOMS, IM_ERR_GROUP_JOINED_MAX (the owner's), IM_ERR_GROUP_FULL,
 * IM_ERR_GROUP_MEMBERS_PLAN, IM_ERR_GROUP_TRIAL. A crash may leave later members out, sixteen at
 * a time: nobody was told of the group by then.
 */
enum im_err group_create(struct shard *shard, struct request *req);

struct group_modify_req {
    struct span group;
    uint32_t mask; /* enum group_change: what else counts */
    struct span name, face, introduction, notification;
    uint8_t join_option, invite_option;
    bool muted_all;
    uint32_t max_members;
    struct field_value *fields; /* CHANGE_FIELDS; an empty value takes the field away */
    uint32_t field_count;
};
enum im_err group_modify(struct shard *shard, struct request *req);

/*
 * The group is gone for everybody at once, whatever its size. Its members' rows are swept behind,
 * some at a time, each member with its notice; a sweep that a crash cut short goes on at the next
 * start (group_sweeps_resume).
 */
struct group_dissolve_req {
    struct span group;
};
enum im_err group_dissolve(struct shard *shard, struct request *req);

/* While the shard opens, for each app. */
void group_sweeps_resume(struct shard *shard, struct app_id app);

#endif
