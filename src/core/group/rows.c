#include "core/group/rows.h"

#include "base/check.h"
#include "core/row_key.h"

_Static_assert(sizeof(struct app_groups_row) == 16 + (GROUP_TYPE_END + 1) * 8, "no padding");
_Static_assert(sizeof(struct group_row) == 48, "no padding");
_Static_assert(sizeof(struct group_row) + GROUP_TEXTS_MAX <= 4096, "row size");
_Static_assert(sizeof(struct group_entry) == 32, "no padding");
_Static_assert(sizeof(struct group_page_row) + GROUP_PAGE_ENTRIES * sizeof(struct group_entry) <=
                   4096,
               "row size");
_Static_assert(sizeof(struct group_head_row) == 64, "no padding");
_Static_assert(sizeof(struct member_row) == 16, "no padding");
_Static_assert(sizeof(struct joined_row) == 32, "no padding");
_Static_assert(sizeof(struct rooms_row) == 8 + ROOMS_MAX * 16, "no padding");

struct span row_key_app_groups(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_APP_GROUPS), app.v));
}

struct span row_key_group_id(struct row_key *key, struct app_id app, struct span id)
{
    return key_end(key_add_bytes(key_add32(key_start(key, ROW_GROUP_ID), app.v), id));
}

struct span row_key_group(struct row_key *key, struct app_id app, struct group_no group)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_GROUP), app.v), group.v));
}

struct span row_key_group_head(struct row_key *key, struct app_id app, struct group_no group)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_GROUP_HEAD), app.v), group.v));
}

struct span row_key_group_list(struct row_key *key, struct app_id app, struct group_no group)
{
    return key_end(
        key_add32(key_add32(key_start(key, ROW_GROUP_LIST), app.v), group.v / GROUP_LIST_CHUNK));
}

struct span row_key_group_page(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq)
{
    CHECK(seq);
    return key_end(key_add32(key_add32(key_add32(key_start(key, ROW_GROUP_PAGE), app.v), group.v),
                             group_page_of(seq)));
}

static struct key_builder field(struct row_key *key, struct app_id app, struct group_no group,
                                enum group_field_scope scope)
{
    return key_add8(key_add32(key_add32(key_start(key, ROW_GROUP_FIELD), app.v), group.v),
                    (uint8_t)scope);
}

struct span row_prefix_group_field(struct row_key *key, struct app_id app, struct group_no group,
                                   enum group_field_scope scope)
{
    return key_end(field(key, app, group, scope));
}

struct span row_key_group_field(struct row_key *key, struct app_id app, struct group_no group,
                                enum group_field_scope scope, struct span name)
{
    return key_end(key_add_bytes(field(key, app, group, scope), name));
}

struct span row_prefix_of_group(struct row_key *key, enum row_table table, struct app_id app,
                                struct group_no group)
{
    return key_end(key_add32(key_add32(key_start(key, table), app.v), group.v));
}

struct span row_key_of_group(struct row_key *key, enum row_table table, struct app_id app,
                             struct group_no group, struct account_no account)
{
    return key_end(
        key_add32(key_add32(key_add32(key_start(key, table), app.v), group.v), account.v));
}

struct span row_prefix_joined(struct row_key *key, struct app_id app, struct account_no account)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_JOINED), app.v), account.v));
}

struct span row_key_joined(struct row_key *key, struct app_id app, struct account_no account,
                           struct group_no group)
{
    return key_end(
        key_add32(key_add32(key_add32(key_start(key, ROW_JOINED), app.v), account.v), group.v));
}

struct span row_prefix_pendency(struct row_key *key, struct app_id app, struct group_no group)
{
    return row_prefix_of_group(key, ROW_PENDENCY, app, group);
}

struct span row_key_pendency(struct row_key *key, struct app_id app, struct group_no group,
                             struct account_no applicant, uint8_t kind)
{
    return key_end(key_add8(
        key_add32(key_add32(key_add32(key_start(key, ROW_PENDENCY), app.v), group.v), applicant.v),
        kind));
}

struct span row_prefix_notice(struct row_key *key, struct app_id app, struct account_no account)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_NOTICE), app.v), account.v));
}

struct span row_key_notice(struct row_key *key, struct app_id app, struct account_no account,
                           uint64_t notice)
{
    struct key_builder b = key_add32(key_add32(key_start(key, ROW_NOTICE), app.v), account.v);

    return key_end(key_add32(key_add32(b, (uint32_t)(notice >> 32)), (uint32_t)notice));
}

struct span row_prefix_hidden(struct row_key *key, struct app_id app, struct group_no group,
                              struct account_no account)
{
    return row_key_of_group(key, ROW_GROUP_HIDDEN, app, group, account);
}

struct span row_key_hidden(struct row_key *key, struct app_id app, struct group_no group,
                           struct account_no account, uint32_t seq)
{
    struct key_builder b = key_add32(key_add32(key_start(key, ROW_GROUP_HIDDEN), app.v), group.v);

    return key_end(key_add32(key_add32(b, account.v), group_page_of(seq)));
}

struct span row_prefix_receipt(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq)
{
    return key_end(
        key_add32(key_add32(key_add32(key_start(key, ROW_RECEIPT), app.v), group.v), seq));
}

struct span row_key_receipt(struct row_key *key, struct app_id app, struct group_no group,
                            uint32_t seq, struct account_no account)
{
    struct key_builder b = key_add32(key_add32(key_start(key, ROW_RECEIPT), app.v), group.v);

    return key_end(key_add32(key_add32(b, seq), account.v));
}

struct span row_key_group_edit(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq)
{
    return key_end(
        key_add32(key_add32(key_add32(key_start(key, ROW_GROUP_EDIT), app.v), group.v), seq));
}

struct span row_key_day_groups(struct row_key *key, struct app_id app, uint32_t day)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_DAY_GROUPS), app.v), day));
}

struct span row_prefix_app_field(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_APP_FIELD), app.v));
}

struct span row_key_app_field(struct row_key *key, struct app_id app, enum field_level level,
                              struct span name)
{
    return key_end(key_add_bytes(
        key_add8(key_add32(key_start(key, ROW_APP_FIELD), app.v), (uint8_t)level), name));
}

struct span row_key_rooms(struct row_key *key, struct app_id app, struct account_no account)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_ROOMS), app.v), account.v));
}
