/* Groups shown: get_group_info, get_group_self_member_info, get_group_public_info, and the list of
   an app's groups (server-api §3.6, websocket-behaviour §5). */
#ifndef CORE_GROUP_INFO_H
#define CORE_GROUP_INFO_H

#include "core/group/joined_list.h"
#include "core/group/member_list.h"

#define GROUP_INFO_MAX 50u
/* Of a reply; a longer one is refused (10018). */
#define GROUP_INFO_BYTES ((size_t)1 << 20)
#define GROUP_LIST_MAX 10000u

enum group_info_kind {
    INFO_FULL,   /* for members and administrators of the app */
    INFO_SELF,   /* and what the caller is in it: for members */
    INFO_PUBLIC, /* for everybody, but of Private groups */
};

struct group_info_req {
    uint8_t kind; /* enum group_info_kind */
    struct span *ids;
    uint32_t count; /* up to GROUP_INFO_MAX */
    uint32_t base;  /* enum joined_base */
    uint32_t self;  /* enum joined_self; INFO_SELF */
    bool with_members;
    struct member_filter members;
    /* AppDefinedDataFilter_Group: only these custom fields; else all that may be read. */
    struct span *keys;
    uint32_t key_count;
};

/* Of each id in order. `err`: this one is not shown, and nothing but `id` is set. */
struct group_info_result {
    struct group_info_item {
        enum im_err err;
        struct span id;
        struct joined_item item;
        bool has_members;
        struct member_list members;
    } * items;
    uint32_t count;
};

/* IM_ERR_GROUP_ANSWER_TOO_LONG; everything else is said of the single groups. */
enum im_err group_info(struct shard *shard, struct request *req);

/* get_appid_group_list: in the order in which they were made. */
struct group_list_req {
    uint8_t type; /* 0: all */
    uint32_t limit;
    uint32_t next; /* behind this group number */
};
struct group_list_result {
    uint64_t total; /* of this type */
    uint32_t next;  /* 0: that was all */
    struct span *ids;
    uint32_t count;
};
enum im_err group_list(struct shard *shard, struct request *req);

#endif
