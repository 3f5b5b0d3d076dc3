#include "core/ticket/rows.h"

#include "core/row_key.h"

_Static_assert(sizeof(struct ticket_row) == 136, "no padding");
_Static_assert(sizeof(struct ticket_message_row) == 48, "no padding");
_Static_assert(sizeof(struct policy_row) == 64, "no padding");

struct span row_key_ticket(struct row_key *key, struct app_id app, uint32_t ticket)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_TICKET), app.v), ticket));
}

static struct key_builder messages(struct row_key *key, struct app_id app, uint32_t ticket)
{
    return key_add32(key_add32(key_start(key, ROW_TICKET_MESSAGE), app.v), ticket);
}

struct span row_prefix_ticket_messages(struct row_key *key, struct app_id app, uint32_t ticket)
{
    return key_end(messages(key, app, ticket));
}

struct span row_key_ticket_message(struct row_key *key, struct app_id app, uint32_t ticket,
                                   uint32_t number)
{
    return key_end(key_add32(messages(key, app, ticket), number));
}

struct span row_prefix_tickets_open(struct row_key *key)
{
    return key_end(key_start(key, ROW_TICKET_OPEN));
}

struct span row_key_ticket_open(struct row_key *key, struct app_id app, uint32_t ticket)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_TICKET_OPEN), app.v), ticket));
}

struct span row_prefix_policies(struct row_key *key)
{
    return key_end(key_start(key, ROW_POLICY));
}

struct span row_key_policy(struct row_key *key, uint32_t policy)
{
    return key_end(key_add32(key_start(key, ROW_POLICY), policy));
}
