/*
 * The thread that posts warnings to webhooks (core/warning/outbox.h). It asks the shard for what is
 * due over a link of its own and says how each went; targets that hang or fail cost nobody else
 * anything.
 */
#ifndef SERVER_OUTBOX_H
#define SERVER_OUTBOX_H

#include "bus/bus.h"
#include "journal/journal.h"

struct outbox;

/* `index`: the link's number among the shard host's; outputs carry it as their gateway. */
struct outbox *outbox_new(uint16_t index);
/* For shard_host_link: the shard has something to say. Any thread. */
void outbox_wake(void *arg);

/* The link and the journal are borrowed. private_too: targets need not be public addresses
   (server/public_address.h). */
void outbox_start(struct outbox *outbox, struct bus_link *link, const struct journal *journal,
                  bool private_too);

/* Ends the thread; what is being posted is broken off and posted again after the next start. */
void outbox_free(struct outbox *outbox);

#endif
