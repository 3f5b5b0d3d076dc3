#include "core/group/rows.h"

#include "base/check.h"

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

struct builder {
    struct row_key *key;
    size_t n;
};

static struct builder start(struct row_key *key, enum row_table table, uint32_t app)
{
    key->bytes[0] = (uint8_t)table;
    put_be32(key->bytes + 1, app);
    return (struct builder){key, 5};
}

static struct builder add32(struct builder b, uint32_t v)
{
    put_be32(b.key->bytes + b.n, v);
    b.n += 4;
    return b;
}

static struct builder add8(struct builder b, uint8_t v)
{
    b.key->bytes[b.n++] = v;
    return b;
}

static struct builder add_text(struct builder b, struct span text)
{
    CHECK(text.n <= sizeof(b.key->bytes) - b.n);
    if (text.n)
        memcpy(b.key->bytes + b.n, text.p, text.n);
    b.n += text.n;
    return b;
}

static struct span end(struct builder b)
{
    return span_make(b.key->bytes, b.n);
}

struct span row_key_app_groups(struct row_key *key, struct app_id app)
{
    return end(start(key, ROW_APP_GROUPS, app.v));
}

struct span row_key_group_id(struct row_key *key, struct app_id app, struct span id)
{
    return end(add_text(start(key, ROW_GROUP_ID, app.v), id));
}

struct span row_key_group(struct row_key *key, struct app_id app, struct group_no group)
{
    return end(add32(start(key, ROW_GROUP, app.v), group.v));
}

struct span row_key_group_head(struct row_key *key, struct app_id app, struct group_no group)
{
    return end(add32(start(key, ROW_GROUP_HEAD, app.v), group.v));
}

struct span row_key_group_list(struct row_key *key, struct app_id app, struct group_no group)
{
    return end(add32(start(key, ROW_GROUP_LIST, app.v), group.v / GROUP_LIST_CHUNK));
}

struct span row_key_group_page(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq)
{
    CHECK(seq);
    return end(add32(add32(start(key, ROW_GROUP_PAGE, app.v), group.v), group_page_of(seq)));
}

static struct builder field(struct row_key *key, struct app_id app, struct group_no group,
                            enum group_field_scope scope)
{
    return add8(add32(start(key, ROW_GROUP_FIELD, app.v), group.v), (uint8_t)scope);
}

struct span row_prefix_group_field(struct row_key *key, struct app_id app, struct group_no group,
                                   enum group_field_scope scope)
{
    return end(field(key, app, group, scope));
}

struct span row_key_group_field(struct row_key *key, struct app_id app, struct group_no group,
                                enum group_field_scope scope, struct span name)
{
    return end(add_text(field(key, app, group, scope), name));
}

struct span row_prefix_of_group(struct row_key *key, enum row_table table, struct app_id app,
                                struct group_no group)
{
    return end(add32(start(key, table, app.v), group.v));
}

struct span row_key_of_group(struct row_key *key, enum row_table table, struct app_id app,
                             struct group_no group, struct account_no account)
{
    return end(add32(add32(start(key, table, app.v), group.v), account.v));
}

struct span row_prefix_joined(struct row_key *key, struct app_id app, struct account_no account)
{
    return end(add32(start(key, ROW_JOINED, app.v), account.v));
}

struct span row_key_joined(struct row_key *key, struct app_id app, struct account_no account,
                           struct group_no group)
{
    return end(add32(add32(start(key, ROW_JOINED, app.v), account.v), group.v));
}

struct span row_prefix_pendency(struct row_key *key, struct app_id app, struct group_no group)
{
    return row_prefix_of_group(key, ROW_PENDENCY, app, group);
}

struct span row_key_pendency(struct row_key *key, struct app_id app, struct group_no group,
                             struct account_no applicant, uint8_t kind)
{
    return end(add8(add32(add32(start(key, ROW_PENDENCY, app.v), group.v), applicant.v), kind));
}

struct span row_prefix_notice(struct row_key *key, struct app_id app, struct account_no account)
{
    return end(add32(start(key, ROW_NOTICE, app.v), account.v));
}

struct span row_key_notice(struct row_key *key, struct app_id app, struct account_no account,
                           uint64_t notice)
{
    struct builder b = add32(start(key, ROW_NOTICE, app.v), account.v);

    return end(add32(add32(b, (uint32_t)(notice >> 32)), (uint32_t)notice));
}

struct span row_prefix_hidden(struct row_key *key, struct app_id app, struct group_no group,
                              struct account_no account)
{
    return row_key_of_group(key, ROW_GROUP_HIDDEN, app, group, account);
}

struct span row_key_hidden(struct row_key *key, struct app_id app, struct group_no group,
                           struct account_no account, uint32_t seq)
{
    struct builder b = add32(start(key, ROW_GROUP_HIDDEN, app.v), group.v);

    return end(add32(add32(b, account.v), group_page_of(seq)));
}

struct span row_prefix_receipt(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq)
{
    return end(add32(add32(start(key, ROW_RECEIPT, app.v), group.v), seq));
}

struct span row_key_receipt(struct row_key *key, struct app_id app, struct group_no group,
                            uint32_t seq, struct account_no account)
{
    struct builder b = add32(start(key, ROW_RECEIPT, app.v), group.v);

    return end(add32(add32(b, seq), account.v));
}

struct span row_key_group_edit(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq)
{
    return end(add32(add32(start(key, ROW_GROUP_EDIT, app.v), group.v), seq));
}

struct span row_key_day_groups(struct row_key *key, struct app_id app, uint32_t day)
{
    return end(add32(start(key, ROW_DAY_GROUPS, app.v), day));
}

struct span row_prefix_app_field(struct row_key *key, struct app_id app)
{
    return end(start(key, ROW_APP_FIELD, app.v));
}

struct span row_key_app_field(struct row_key *key, struct app_id app, enum field_level level,
                              struct span name)
{
    return end(add_text(add8(start(key, ROW_APP_FIELD, app.v), (uint8_t)level), name));
}

struct span row_key_rooms(struct row_key *key, struct app_id app, struct account_no account)
{
    return end(add32(start(key, ROW_ROOMS, app.v), account.v));
}
