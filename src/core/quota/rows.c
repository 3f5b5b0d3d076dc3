#include "core/quota/rows.h"

#include "core/row_key.h"

_Static_assert(sizeof(struct grant_row) == 24, "no padding");
_Static_assert(sizeof(struct grant_change_row) == 64, "no padding");

struct span row_key_grant(struct row_key *key, struct app_id app, uint8_t entitlement)
{
    return key_end(key_add8(key_add32(key_start(key, ROW_GRANT), app.v), entitlement));
}

struct span row_prefix_grant_changes(struct row_key *key, struct app_id app, uint32_t month)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_GRANT_CHANGE), app.v), month));
}

struct span row_key_grant_change(struct row_key *key, struct app_id app, uint32_t month,
                                 uint64_t record, uint8_t entitlement)
{
    struct span prefix = row_prefix_grant_changes(key, app, month);

    return key_end(key_add8(key_add64((struct key_builder){key, prefix.n}, record), entitlement));
}
