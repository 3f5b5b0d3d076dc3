/* The two sides of a C2C conversation: recent contacts, read marks, cleared marks. */
#ifndef CORE_RECENT_CONTACT_H
#define CORE_RECENT_CONTACT_H

#include "core/shard.h"

/* Handler, before a message between a and b is emitted: asks for both contact rows. */
void contact_need(struct shard *shard, struct app_id app, struct account_no a, struct account_no b);

/* Apply, from apply_message: the message becomes the last one of both sides (unless flags say
   otherwise), listed again if it was deleted. */
void contact_on_message(struct shard *shard, const struct fact_message *message, uint64_t number);

enum state_found contact_find(struct shard *shard, struct app_id app, struct account_no account,
                              struct account_no peer, const struct contact_row **ret_row);

#endif
