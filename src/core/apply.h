/*
 * Apply functions: the only code that changes rows. One a fact kind, called for a live command
 * after its handler returned IM_OK and for every record in recovery, in order. They cannot fail,
 * read no clock and no chance, and touch only rows that the handler had loaded.
 */
#ifndef CORE_APPLY_H
#define CORE_APPLY_H

#include "core/facts.h"
#include "core/shard.h"

/* `number` is the record's; shard_now_us is the record's time, live and in recovery. */
typedef void (*apply_fn)(struct shard *shard, const void *payload, size_t n, uint64_t number);

void apply_app_created(struct shard *, const void *, size_t, uint64_t);     /* app/app.c */
void apply_plan_stored(struct shard *, const void *, size_t, uint64_t);     /* app/app.c */
void apply_limit_set(struct shard *, const void *, size_t, uint64_t);       /* quota/change.c */
void apply_entitlement_set(struct shard *, const void *, size_t, uint64_t); /* quota/change.c */
void apply_call(struct shard *, const void *, size_t, uint64_t);            /* usage/usage.c */
void apply_calls_refused(struct shard *, const void *, size_t, uint64_t);   /* usage/usage.c */
void apply_account_created(struct shard *, const void *, size_t, uint64_t); /* account/account.c */
void apply_profile_set(struct shard *, const void *, size_t, uint64_t);     /* account/profile.c */
void apply_logged_in(struct shard *, const void *, size_t, uint64_t);       /* session/login.c */
void apply_logged_out(struct shard *, const void *, size_t, uint64_t);
void apply_kicked(struct shard *, const void *, size_t, uint64_t);
void apply_online_peak(struct shard *, const void *, size_t, uint64_t);
void apply_terminals_used(struct shard *, const void *, size_t, uint64_t);
void apply_active(struct shard *, const void *, size_t, uint64_t);
void apply_message(struct shard *, const void *, size_t, uint64_t);         /* message/message.c */
void apply_withdrawn(struct shard *, const void *, size_t, uint64_t);       /* message/withdraw.c */
void apply_read(struct shard *, const void *, size_t, uint64_t);            /* recent/read.c */
void apply_contact_changed(struct shard *, const void *, size_t, uint64_t); /* recent/contact.c */
void apply_offline_taken(struct shard *, const void *, size_t, uint64_t);   /* message/sync.c */
void apply_messages_hidden(struct shard *, const void *, size_t, uint64_t); /* history/history.c */

/* core/billing: close.c, bill.c, contracts.c */
void apply_month_closed(struct shard *, const void *, size_t, uint64_t);
void apply_close_state(struct shard *, const void *, size_t, uint64_t);
void apply_bill_state(struct shard *, const void *, size_t, uint64_t);
void apply_bill_note(struct shard *, const void *, size_t, uint64_t);
void apply_contract(struct shard *, const void *, size_t, uint64_t);

/* core/ticket: ticket.c, policy.c */
void apply_ticket_opened(struct shard *, const void *, size_t, uint64_t);
void apply_ticket_message(struct shard *, const void *, size_t, uint64_t);
void apply_ticket_decided(struct shard *, const void *, size_t, uint64_t);
void apply_policy(struct shard *, const void *, size_t, uint64_t);

/* core/warning: warning.c, hook.c, outbox.c */
void apply_warning(struct shard *, const void *, size_t, uint64_t);
void apply_warning_setting(struct shard *, const void *, size_t, uint64_t);
void apply_delivered(struct shard *, const void *, size_t, uint64_t);

#endif
