/* Members of groups: rows, joining and leaving, and who of them is online. */
#ifndef CORE_GROUP_MEMBER_H
#define CORE_GROUP_MEMBER_H

#include "core/group/group.h"

/* STATE_HIT sets *ret_row and *ret_n. */
enum state_found member_find(struct shard *shard, const struct group *group,
                             struct account_no account, const struct member_row **ret_row);
enum state_found joined_find(struct shard *shard, struct app_id app, struct account_no account,
                             struct group_no group, const struct joined_row **ret_row);
static inline struct span member_card(const struct member_row *row)
{
    return (struct span){row->tail, row->card_bytes};
}
static inline struct span member_fields(const struct member_row *row)
{
    return (struct span){row->tail + row->card_bytes, row->field_bytes};
}
/* The next custom field of `fields`, taken off it; false: none is left. */
bool member_field_next(struct span *fields, struct span *ret_key, struct span *ret_value);

/* Until when the account is muted in the group; 0: not. STATE_UNKNOWN. */
enum state_found member_muted_until(struct shard *shard, const struct group *group,
                                    struct account_no account, uint32_t *ret_until_s);

/* ---- joining and leaving: facts ---- */

/* What a handler knows of one who is to join. */
struct newcomer {
    struct account_no account;
    uint8_t role;       /* ROLE_MEMBER, ROLE_ADMIN, ROLE_OWNER */
    uint32_t join_s;    /* 0: now */
    uint32_t unread;    /* imports: UnreadMsgNum */
    struct span fields; /* encoded custom fields, as in struct member_row */
};

/* Asks for every row that members_join or members_leave of this account touches. */
void member_need(struct shard *shard, const struct group *group, struct account_no account);

/* How many groups the account is in (rooms are not counted): for the plan's cap (10037). */
enum state_found member_groups_of(struct shard *shard, struct app_id app, struct account_no account,
                                  uint32_t *ret_count);

/*
 * Emits that these, who are no members, join: read mark and visible history by type (a ChatRoom
 * or Community shows old messages, others do not), MsgFlag by type. Up to MEMBERS_A_RECORD in the
 * running record; callers with more call fact_commit between.
 */
void members_join(struct shard *shard, const struct group *group, const struct newcomer *newcomers,
                  uint32_t count, bool imported);
void members_leave(struct shard *shard, const struct group *group,
                   const struct account_no *accounts, uint32_t count, bool kicked);

/* ---- who is there: core/group/roster.c ---- */

/*
 * All members of a group in the order of their account numbers, from memory: read once from the
 * member rows when first needed, kept up to date by the apply functions, dropped when long
 * unused (64 MB for all). Good until the next roster_find, group_audience or fact_commit.
 * STATE_UNKNOWN: being loaded, return IM_AGAIN.
 */
enum state_found roster_find(struct shard *shard, const struct group *group,
                             const uint32_t **ret_accounts, uint32_t *ret_count);

struct roster_table;
struct roster_table *roster_table_new(void);
void roster_table_free(struct roster_table *table);

/* The online terminals of a group's members (or of those in a room). */
struct audience {
    struct session **sessions; /* in the request's arena */
    uint32_t count;
    uint32_t accounts; /* how many accounts they are of, the sender `except` not counted */
};

/* STATE_UNKNOWN: return IM_AGAIN. `except` 0: nobody is left out of the count. */
enum state_found group_audience(struct shard *shard, struct request *req, const struct group *group,
                                struct account_no except, struct audience *ret);

#endif
