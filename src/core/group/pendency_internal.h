/* Rows of pendencies, for the commands that decide on them and list them. */
#ifndef CORE_GROUP_PENDENCY_INTERNAL_H
#define CORE_GROUP_PENDENCY_INTERNAL_H

#include "core/group/member.h"
#include "core/group/pendency.h"

enum state_found pendency_find(struct shard *shard, const struct group *group,
                               struct account_no applicant, uint8_t kind,
                               const struct pendency_row **ret_row);

/* It will fall out with the next one of its group; until then it is as if it had. */
bool pendency_too_old(const struct shard *shard, const struct pendency_row *row);

static inline struct span pendency_authentication(const struct pendency_row *row)
{
    return (struct span){row->texts, row->authentication_bytes};
}
static inline struct span pendency_words_of(const struct pendency_row *row)
{
    return (struct span){row->texts + row->authentication_bytes, row->words_bytes};
}
static inline struct span pendency_user_field(const struct pendency_row *row)
{
    return (struct span){row->texts + row->authentication_bytes + row->words_bytes,
                         row->user_bytes};
}

#endif
