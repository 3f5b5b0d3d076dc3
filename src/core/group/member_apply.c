/* Apply functions of changes to members: roles, cards, options, fields, mutes, owners. */
#include "base/check.h"
#include "core/group/apply.h"
#include "core/group/member.h"

#define TAIL_MAX (GROUP_CARD_MAX + MEMBER_FIELDS_MAX * (2 + FIELD_KEY_MAX + MEMBER_FIELD_VALUE_MAX))

static void count_admin(struct shard *shard, struct app_id app, struct group_no group,
                        uint8_t before, uint8_t after)
{
    struct row_key key;
    struct group_head_row *head;

    if ((before == ROLE_ADMIN) == (after == ROLE_ADMIN))
        return;
    head = row_put(shard, row_key_group_head(&key, app, group), sizeof(*head));
    if (after == ROLE_ADMIN)
        head->admins++;
    else
        head->admins--;
}

/* Card and fields as they will be. Returns their bytes. */
static size_t new_tail(const struct member_row *row, const struct fact_member_changed *fact,
                       char *into)
{
    const char *parts = (const char *)(fact + 1);
    struct span card =
        fact->mask & MEMBER_CARD ? span_make(parts, fact->card_bytes) : member_card(row);
    struct span fields = fact->mask & MEMBER_FIELDS
                             ? span_make(parts + fact->card_bytes, fact->field_bytes)
                             : member_fields(row);

    CHECK(card.n + fields.n <= TAIL_MAX);
    if (card.n)
        memcpy(into, card.p, card.n);
    if (fields.n)
        memcpy(into + card.n, fields.p, fields.n);
    return card.n + fields.n;
}

static void change_member(struct shard *shard, const struct fact_member_changed *fact,
                          struct span name)
{
    const struct member_row *before = row_get(shard, name, NULL);
    struct member_row *row;
    char tail[TAIL_MAX];
    size_t n;

    CHECK(before);
    n = new_tail(before, fact, tail);
    row = row_put(shard, name, sizeof(*row) + n);
    memcpy(row->tail, tail, n);
    if (fact->mask & MEMBER_CARD)
        row->card_bytes = fact->card_bytes;
    if (fact->mask & MEMBER_FIELDS)
        row->field_bytes = (uint16_t)fact->field_bytes;
    if (fact->mask & MEMBER_ROLE) {
        count_admin(shard, (struct app_id){fact->app}, (struct group_no){fact->group}, row->role,
                    fact->role);
        row->role = fact->role;
    }
}

void apply_member_changed(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_member_changed *fact = payload;
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct account_no account = {fact->account};
    struct row_key key;
    struct joined_row *joined;

    (void)n, (void)number;
    if (fact->mask & (MEMBER_ROLE | MEMBER_CARD | MEMBER_FIELDS))
        change_member(shard, fact, row_key_of_group(&key, ROW_MEMBER, app, group, account));
    if (!(fact->mask & (MEMBER_ROLE | MEMBER_OPTION)))
        return;
    joined = row_put(shard, row_key_joined(&key, app, account, group), sizeof(*joined));
    if (fact->mask & MEMBER_ROLE)
        joined->role = fact->role;
    if (fact->mask & MEMBER_OPTION)
        joined->option = fact->option;
}

/* ---- owners ---- */

static void set_role(struct shard *shard, struct app_id app, struct group_no group,
                     struct account_no account, uint8_t role)
{
    struct row_key key;
    struct span name = row_key_of_group(&key, ROW_MEMBER, app, group, account);
    struct member_row *row;
    struct joined_row *joined;
    size_t n;

    if (!row_get(shard, name, &n))
        return;
    row = row_put(shard, name, n);
    count_admin(shard, app, group, row->role, role);
    row->role = role;
    joined = row_put(shard, row_key_joined(&key, app, account, group), sizeof(*joined));
    joined->role = role;
}

void apply_group_owner(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_group_owner *fact = payload;
    struct app_id app = {fact->app};
    struct group_no group = {fact->group};
    struct row_key key;
    struct span name = row_key_group(&key, app, group);
    struct group_row *row;
    size_t bytes;

    (void)n, (void)number;
    CHECK(row_get(shard, name, &bytes));
    row = row_put(shard, name, bytes);
    row->owner = fact->to;
    row->info_seq++;
    row->last_info_s = shard_now_s(shard);
    if (fact->from)
        set_role(shard, app, group, (struct account_no){fact->from}, ROLE_MEMBER);
    if (fact->to)
        set_role(shard, app, group, (struct account_no){fact->to}, ROLE_OWNER);
}

/* ---- mutes ---- */

void apply_member_muted(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_member_muted *fact = payload;
    const uint32_t *accounts = (const uint32_t *)(fact + 1);
    struct row_key key;

    (void)n, (void)number;
    for (uint32_t i = 0; i < fact->count; i++) {
        struct span name =
            row_key_of_group(&key, ROW_MUTED, (struct app_id){fact->app},
                             (struct group_no){fact->group}, (struct account_no){accounts[i]});
        struct muted_row *row;

        if (fact->until_s) {
            row = row_put(shard, name, sizeof(*row));
            row->until_s = fact->until_s;
        } else if (row_get(shard, name, NULL)) {
            row_delete(shard, name);
        }
    }
}
