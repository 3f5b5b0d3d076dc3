/* Apply functions of core/admin/facts.h; rules in core/apply.h. */
#ifndef CORE_ADMIN_APPLY_H
#define CORE_ADMIN_APPLY_H

#include "core/admin/facts.h"
#include "core/shard.h"

void apply_customer(struct shard *, const void *, size_t, uint64_t);     /* customer.c */
void apply_app_customer(struct shard *, const void *, size_t, uint64_t); /* customer.c */
void apply_token(struct shard *, const void *, size_t, uint64_t);        /* token.c */
void apply_audit(struct shard *, const void *, size_t, uint64_t);        /* audit.c */
void apply_idempotent(struct shard *, const void *, size_t, uint64_t);   /* idempotent.c */

#endif
