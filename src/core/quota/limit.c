#include "core/quota/limit.h"

#include "base/check.h"

/* NULL: no such app. */
static const struct limit_value *value_of(struct shard *shard, struct app_id app, enum limit limit)
{
    struct row_key key;
    const void *value;

    CHECK((unsigned)limit < LIMIT_COUNT);
    if (row_find(shard, row_key_app(&key, app), &value, NULL) != STATE_HIT)
        return NULL;
    return &((const struct app_row *)value)->limits[limit];
}

uint64_t limit_of(struct shard *shard, struct app_id app, enum limit limit)
{
    const struct limit_value *value = value_of(shard, app, limit);

    /* An app that does not exist may do nothing. */
    return value ? limit_in_force(limit, value->value) : 0;
}

struct roaming_kept roaming_kept_of(const struct limit_value *value)
{
    struct roaming_kept kept = {.months = limit_in_force(LIMIT_ROAMING, value->value)};

    kept.before = kept.months;
    if (value->kept > kept.months) {
        kept.before = value->kept;
        kept.until_s = (uint32_t)(value->since_us / 1000000) + ROAMING_KEPT_S;
    }
    return kept;
}

struct roaming_kept roaming_kept(struct shard *shard, struct app_id app)
{
    const struct limit_value *value = value_of(shard, app, LIMIT_ROAMING);

    return value ? roaming_kept_of(value) : (struct roaming_kept){0};
}
