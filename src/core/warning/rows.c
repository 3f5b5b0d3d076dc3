#include "core/warning/rows.h"

#include "core/row_key.h"

_Static_assert(sizeof(struct hook_row) == 88, "no padding");
_Static_assert(sizeof(struct warning_row) == 48, "no padding");
_Static_assert(sizeof(struct warned_row) == 8 + 2 * ENTITLEMENT_END, "no padding");
_Static_assert(sizeof(struct outbox_row) == 16, "no padding");

struct span row_prefix_hooks(struct row_key *key)
{
    return key_end(key_start(key, ROW_HOOK));
}

struct span row_key_hook(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_HOOK), app.v));
}

struct span row_key_warned(struct row_key *key, struct app_id app, uint32_t month)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_WARNED), app.v), month));
}

struct span row_prefix_warnings(struct row_key *key, struct app_id app, uint32_t month)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_WARNING), app.v), month));
}

struct span row_key_warning(struct row_key *key, struct app_id app, uint32_t month, uint32_t number)
{
    struct span prefix = row_prefix_warnings(key, app, month);

    return key_end(key_add32((struct key_builder){key, prefix.n}, number));
}

struct span row_prefix_outbox(struct row_key *key)
{
    return key_end(key_start(key, ROW_OUTBOX));
}

struct span row_key_outbox(struct row_key *key, struct app_id app, uint32_t month, uint32_t number)
{
    return key_end(
        key_add32(key_add32(key_add32(key_start(key, ROW_OUTBOX), app.v), month), number));
}
