/* What the files of tickets share. */
#ifndef CORE_TICKET_TICKET_INTERNAL_H
#define CORE_TICKET_TICKET_INTERNAL_H

#include "core/ticket/ticket.h"

/* Handlers: a ticket with all that was said. IM_AGAIN; refused with a sentence if there is none. */
enum im_err ticket_read(struct shard *shard, struct request *req, struct app_id app,
                        uint32_t ticket, struct ticket_view **ret_view);

/* Handlers: what another value of a limit costs. IM_AGAIN; refused with a sentence. */
enum im_err ticket_price_of(struct shard *shard, struct request *req, struct app_id app,
                            struct span limit, uint64_t value, bool has_value,
                            struct ticket_price *ret_price);

#endif
