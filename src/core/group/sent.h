/*
 * Which messages groups accepted in the last five minutes, with what was answered, so that a
 * resend gets the same answer (server-api §15.1). Memory only: after a restart the apply functions
 * of recovery fill it, and the group's newest pages (send.c). Marks are keyed 64-bit hashes, so
 * two messages with one mark are as good as impossible. Six generations of a minute, each in parts,
 * so that no growth is long. Shard thread only.
 */
#ifndef CORE_GROUP_SENT_H
#define CORE_GROUP_SENT_H

#include "core/group/rows.h"

#define GROUP_SENT_WINDOW_S 300u

struct group_sent;
struct group_sent *group_sent_new(void);
void group_sent_free(struct group_sent *sent);

struct group_sent_key {
    uint32_t time, seq;
};

uint64_t group_sent_mark(struct app_id app, struct group_no group, struct account_no from,
                         uint32_t random);
/* A message of `key.time`; the first one with this mark stays. */
void group_sent_add(struct group_sent *sent, uint32_t now_s, uint64_t mark,
                    struct group_sent_key key);
/* False: none within the window. */
bool group_sent_find(struct group_sent *sent, uint32_t now_s, uint64_t mark,
                     struct group_sent_key *ret_key);

/* Whether the group's history was read back in this boot: asked once within the window. */
bool group_sent_is_warm(struct group_sent *sent, uint32_t now_s, struct app_id app,
                        struct group_no group);
void group_sent_warmed(struct group_sent *sent, uint32_t now_s, struct app_id app,
                       struct group_no group);

#endif
