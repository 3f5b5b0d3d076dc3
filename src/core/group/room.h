/*
 * Live rooms (AVChatRoom, BChatRoom): who is in them, and what is said there. Both are memory of
 * this boot: terminals in the order in which they came, and the last messages. What must outlive a
 * dropped socket or a restart is a row of the account (ROW_ROOMS): which of its terminals are in
 * which rooms; a terminal that comes back by its a2 is in them again without asking, one that logs
 * in anew is not. Guests are not in the room: they read by polling, and are counted.
 *
 * Who comes or goes is told by weak tips (AVChatRoom). In a room of 100 terminals or more these
 * would be more than all that is said, so at most three a second are sent and the others left out:
 * each carries the number of who is there (OnlineMemberInfo), which is what clients show.
 */
#ifndef CORE_GROUP_ROOM_H
#define CORE_GROUP_ROOM_H

#include "core/group/join.h"
#include "core/group/member.h"

#define ROOM_RING 256u /* things said that are kept of a room */

struct room_table;
struct room_table *room_table_new(void);
void room_table_free(struct room_table *table);

/* A terminal's place in a room, in its session. */
struct room_seat {
    uint32_t group;
    uint32_t at;    /* among the room's sessions */
    uint32_t marks; /* bits of modify_user_info */
};

/* ---- coming and going ---- */

/* What room_join, room_quit and room_put_out of this account touch. */
void room_need(struct shard *shard, struct app_id app, struct account_no account);

/*
 * apply_join_group of a user's terminal. IM_ERR_GROUP_MEMBER_ALREADY is no error here: a client
 * that joins twice is in the room. IM_ERR_GROUP_RIGHT: banned. IM_ERR_GROUP_JOINED_MAX: ROOMS_MAX
 * rooms.
 */
enum im_err room_join(struct shard *shard, struct request *req, const struct group *group);
/* quit_group; IM_OK also for who is not in it. */
enum im_err room_quit(struct shard *shard, struct request *req, const struct group *group);
/* An account's terminals are put out of the room (a ban), those that are offline now, too. */
void room_put_out(struct shard *shard, struct request *req, const struct group *group,
                  struct account_no account, struct span reason);

/* Everybody in the room hears that it is no more, and is out of it. */
void room_dissolved(struct shard *shard, struct request *req, const struct group *group);

/* ---- sessions: called by core/session ---- */

/* Before a session is made anew for a terminal that comes back, or its place is taken away: what
   its account's row says of rooms. STATE_UNKNOWN: IM_AGAIN. */
enum state_found room_session_need(struct shard *shard, struct app_id app,
                                   struct account_no account, const struct account_row *row,
                                   uint32_t instance);
void room_session_back(struct shard *shard, struct session *session);
void room_session_ended(struct shard *shard, struct session *session);
/* The terminal's place is taken away for ever: emits that it is in no room any more. Instance 0:
   all terminals. */
void room_terminal_gone(struct shard *shard, struct app_id app, struct account_no account,
                        const struct account_row *row, uint32_t instance);

/* ---- what is said ---- */

/* Keeps the message for those who poll and pushes it to everybody in the room. `message` and what
   it points to live in the arena of req. */
void room_message(struct shard *shard, struct request *req, const struct group *group,
                  const struct push_group_message *message);

/* Attributes or counters that were pushed: kept for those who poll. */
void room_values(struct shard *shard, const struct group *group, enum push_kind kind,
                 const struct push_group_values *push);

/* The last messages that are kept, at most `max`, oldest first; copied into the arena. */
void room_history(struct shard *shard, struct arena *arena, const struct group *group, uint32_t max,
                  struct push_group_message **ret_items, uint32_t *ret_count);

/* Takes a message out of what is kept and tells everybody. IM_ERR_GROUP_NO_MESSAGE: it is not
   there. IM_ERR_GROUP_RECALL_WINDOW: it is older than `oldest_s`. */
struct room_recall {
    struct account_no sender; /* only of this account; 0: of any */
    uint32_t oldest_s;
    struct span by, reason; /* in the arena of the request */
};
enum im_err room_recall(struct shard *shard, struct request *req, const struct group *group,
                        uint32_t seq, const struct room_recall *recall);

/* ---- who is there ---- */

/* What group_audience answers for a room; good until somebody comes or goes. */
enum state_found room_audience(struct shard *shard, struct request *req, const struct group *group,
                               struct account_no except, struct audience *ret);

/* Who is in the room now, at most `max` of them, the first comers first, in the arena; MemberNum.
   Guests are counted, not listed. */
struct room_member {
    struct account_no account;
    uint32_t join_s;
    uint32_t marks;
};
enum state_found room_members(struct shard *shard, struct request *req, const struct group *group,
                              uint32_t max, struct room_member **ret_members, uint32_t *ret_count,
                              uint32_t *ret_total);

/* Whether this terminal is in the room. NULL: not. */
bool room_has_session(const struct session *session, struct group_no group);

/* Accounts in the room and guests that poll. */
uint32_t room_online(struct shard *shard, const struct group *group);

#endif
