/*
 * Tickets: how an app gets more. A customer asks for another value of a limit or for prices by
 * contract and sees what the month would cost; the operator, or a policy, decides; what was
 * granted holds for the very next command. Each ticket carries the conversation about it.
 */
#ifndef CORE_TICKET_TICKET_H
#define CORE_TICKET_TICKET_H

#include "core/quota/entitlement.h"
#include "core/ticket/rows.h"

#define TICKETS_OPEN_MAX 100u /* of an app */

/* "limit", "contract"; "open", "confirmed", ...; "opened", "reply", "decision". */
const char *ticket_kind_name(unsigned kind);
const char *ticket_state_name(unsigned state);
const char *ticket_message_kind_name(unsigned kind);

/* ---- what it would cost ---- */

/* The running month as it stands, and with another value of a limit. */
struct ticket_price {
    struct app_id app;
    uint8_t entitlement;
    uint64_t before, wanted, granted;
    int64_t line_before_fen, line_after_fen;   /* of the bill's line of the limit; 0: it has none */
    int64_t month_before_fen, month_after_fen; /* -1: by contract */
};

/* Result: struct ticket_price. */
struct ticket_price_req {
    struct app_id app;
    struct span limit;
    uint64_t value;
    bool has_value;
};
enum im_err ticket_price(struct shard *shard, struct request *req);

/* ---- one ticket ---- */

struct ticket_message {
    uint32_t number;
    struct ticket_message_row row;
    struct span text;
};

struct ticket_view {
    struct app_id app;
    uint32_t number;
    struct ticket_row row;
    struct ticket_message *messages; /* NULL in lists */
    uint32_t message_count;
};

/* Opens one; if a policy covers it, it is confirmed at once. Result: struct ticket_view. Refused
   with a sentence: an unknown limit, nothing asked for, too many open ones. */
struct ticket_open_req {
    struct app_id app;
    struct span kind;  /* "limit" if absent, or "contract" */
    struct span limit; /* of kind limit */
    uint64_t value;
    bool has_value;
    struct span text; /* 1 to TICKET_TEXT_MAX bytes */
};
enum im_err ticket_open(struct shard *shard, struct request *req);

struct ticket_req {
    struct app_id app;
    uint32_t ticket;
};
enum im_err ticket_get(struct shard *shard, struct request *req);

/* Says something. Result: struct ticket_view. */
struct ticket_reply_req {
    struct app_id app;
    uint32_t ticket;
    struct span text;
};
enum im_err ticket_reply(struct shard *shard, struct request *req);

/* Ends an open one, with a reason. IM_ERR_EXISTS with a sentence: it has ended already. Result:
   struct ticket_view. */
struct ticket_decide_req {
    struct app_id app;
    uint32_t ticket;
    struct span reason;
    uint64_t value; /* confirm: another value than was asked for */
    bool has_value;
    uint32_t contract; /* confirm: the contract that was agreed on; a contract ticket needs it */
};
enum im_err ticket_confirm(struct shard *shard, struct request *req);
enum im_err ticket_refuse(struct shard *shard, struct request *req);
enum im_err ticket_cancel(struct shard *shard, struct request *req);

/* ---- lists ---- */

/* Of one app, newest first; state 0: all. Result: struct ticket_list_result. */
struct ticket_list_req {
    struct app_id app;
    struct span state;
    uint32_t before; /* numbers below this one; 0: from the newest */
    uint32_t limit;
};
/* What waits in all apps, by app and number. */
struct ticket_waiting_req {
    struct app_id after_app; /* behind this ticket; 0: from the first */
    uint32_t after_ticket;
    uint32_t limit;
};
struct ticket_list_result {
    struct ticket_view *tickets;
    uint32_t count;
    bool more;
    uint32_t next; /* ticket_list, if there is more: `before` of the next page; pages may be shorter
                      than asked for. Of ticket_waiting that begins behind the last one. */
};
enum im_err ticket_list(struct shard *shard, struct request *req);
enum im_err ticket_waiting(struct shard *shard, struct request *req);

#endif
