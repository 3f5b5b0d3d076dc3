/*
 * Live rooms (AVChatRoom, BChatRoom): who is in them, and what is said there. Both are memory of
 * this boot: terminals in the order in which they came, and a ring of the last messages. What must
 * outlive a dropped socket or a restart is a row of the account (ROW_ROOMS): which of its terminals
 * are in which rooms; a terminal that comes back by its a2 is in them again without asking, one
 * that logs in anew is not. Guests are not in the room: they read the ring by polling.
 */
#ifndef CORE_GROUP_ROOM_H
#define CORE_GROUP_ROOM_H

#include "core/group/join.h"
#include "core/group/member.h"

#define ROOM_RING 256u /* messages kept of a room */

struct room_table;
struct room_table *room_table_new(void);
void room_table_free(struct room_table *table);

/* ---- coming and going ---- */

/*
 * apply_join_group of a user's terminal. IM_ERR_GROUP_MEMBER_ALREADY is no error here: a client
 * that joins twice is in the room. IM_ERR_GROUP_RIGHT: banned.
 */
enum im_err room_join(struct shard *shard, struct request *req, const struct group *group);
/* quit_group; IM_OK also for who is not in it. */
enum im_err room_quit(struct shard *shard, struct request *req, const struct group *group);
/* An account's terminals are put out of the room (a ban), those that are offline now, too.
   room_need before. */
void room_put_out(struct shard *shard, struct request *req, const struct group *group,
                  struct account_no account, struct span reason);
void room_need(struct shard *shard, struct app_id app, struct account_no account);

/* Everybody in the room hears that it is no more, and is out of it. */
void room_dissolved(struct shard *shard, struct request *req, const struct group *group);

/* ---- sessions: called by core/session ---- */

/* Before a session is made anew for a terminal that comes back: its account's row.
   STATE_UNKNOWN: IM_AGAIN. */
enum state_found room_session_need(struct shard *shard, struct app_id app,
                                   struct account_no account);
void room_session_back(struct shard *shard, struct session *session);
void room_session_ended(struct shard *shard, struct session *session);

/* ---- what is said ---- */

/* Keeps the message for those who poll and pushes it to everybody in the room. `message` and what
   it points to live in the arena of req. */
void room_message(struct shard *shard, struct request *req, const struct group *group,
                  const struct push_group_message *message);

/* The last messages that are kept, oldest first, from seq `from` on; copied into the arena. */
void room_messages(struct shard *shard, struct arena *arena, const struct group *group,
                   uint32_t from, uint32_t max, struct push_group_message **ret_items,
                   uint32_t *ret_count);

/* Takes a message out of the ring and tells everybody (recall); false: it is not there. `by` and
   `reason` live in the arena of req. With `sender` not 0 only that account's. */
bool room_recall(struct shard *shard, struct request *req, const struct group *group, uint32_t seq,
                 struct account_no sender, struct span by, struct span reason);

/* ---- who is there ---- */

/* What group_audience answers for a room; good until somebody comes or goes. */
enum state_found room_audience(struct shard *shard, struct request *req, const struct group *group,
                               struct account_no except, struct audience *ret);

/* Who is in the room now, at most `max` of them, the first comers first, in the arena; MemberNum.
   Guests are counted, not listed. */
struct room_member {
    struct account_no account;
    uint32_t join_s;
};
enum state_found room_members(struct shard *shard, struct request *req, const struct group *group,
                              uint32_t max, struct room_member **ret_members, uint32_t *ret_count,
                              uint32_t *ret_total);

/* Whether this terminal is in the room. */
bool room_has_session(const struct session *session, struct group_no group);

/* Accounts in the room and guests that poll. */
uint32_t room_online(struct shard *shard, const struct group *group);

#endif
