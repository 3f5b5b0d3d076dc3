#include "core/quota/limit.h"

#include "base/check.h"
#include "core/apply.h"
#include "core/usage/usage.h"

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

void apply_limit_set(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_limit_set *fact = payload;
    struct app_id app = {fact->app};
    struct row_key key;
    struct app_row *row;

    (void)n, (void)number;
    CHECK(fact->limit < LIMIT_COUNT);
    usage_limit(shard, app, fact->limit, fact->value);
    row = row_put(shard, row_key_app(&key, app), sizeof(*row));
    row->limits[fact->limit] = (struct limit_value){
        .value = fact->value, .since_us = shard_now_us(shard), .source = fact->source};
}
