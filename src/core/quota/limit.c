#include "core/quota/limit.h"

#include "base/check.h"

uint64_t limit_of(struct shard *shard, struct app_id app, enum limit limit)
{
    struct row_key key;
    const void *value;

    CHECK((unsigned)limit < LIMIT_COUNT);
    /* An app that does not exist may do nothing. */
    if (row_find(shard, row_key_app(&key, app), &value, NULL) != STATE_HIT)
        return 0;
    return limit_in_force(limit, ((const struct app_row *)value)->limits[limit].value);
}
