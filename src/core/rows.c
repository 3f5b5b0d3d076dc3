#include "core/rows.h"

#include "core/row_key.h"

_Static_assert(sizeof(struct terminal) == 16, "no padding");
_Static_assert(sizeof(struct account_row) == 64 + ACCOUNT_MAX_TERMINALS * 16, "no padding");
_Static_assert(sizeof(struct page_entry) == 32, "no padding");
_Static_assert(sizeof(struct page_row) + PAGE_ENTRIES * sizeof(struct page_entry) <= 4096,
               "row size");
_Static_assert(sizeof(struct contact_row) == 56, "no padding");
_Static_assert(sizeof(struct limit_value) == 24, "no padding");
_Static_assert(sizeof(struct app_row) == 184 + LIMIT_COUNT * 24 + APP_MAX_ADMINS * 32,
               "no padding");
_Static_assert(sizeof(struct month_row) == 8 + LIMIT_COUNT * 8 + 16, "no padding");

uint8_t row_collection_prefix(uint8_t table)
{
    switch ((enum row_table)table) {
    case ROW_PROFILE:
    case ROW_CONTACT:
    case ROW_DAY_CALLS:
    case ROW_GRANT_CHANGE:
    case ROW_TICKET_MESSAGE:
    case ROW_BILL_DOCUMENT:
    case ROW_WARNING:
        return 9;
    case ROW_MEMBER:
    case ROW_JOINED:
    case ROW_MUTED:
    case ROW_BANNED:
    case ROW_PENDENCY:
    case ROW_NOTICE:
        return 9;
    case ROW_APP_FIELD:
    case ROW_GRANT:
    case ROW_TOKEN:
    case ROW_AUDIT:
    case ROW_IDEMPOTENT:
    case ROW_TICKET:
    case ROW_BILL:
    case ROW_CONTRACT:
        return 5;
    case ROW_DAY_SET:
    case ROW_GROUP_FIELD:
        return 10;
    case ROW_GROUP_HIDDEN:
    case ROW_RECEIPT:
        return 13;
    case ROW_PLAN:
        return 33;
    case ROW_APP_LIST:
    case ROW_CUSTOMER_LIST:
    case ROW_POLICY:
    case ROW_TICKET_OPEN:
    case ROW_OUTBOX:
    case ROW_HOOK:
        return 1;
    case ROW_POSITION:
    case ROW_META:
    case ROW_APP:
    case ROW_NAME:
    case ROW_ACCOUNT:
    case ROW_CONVERSATION:
    case ROW_PAGE:
    case ROW_DAY:
    case ROW_MONTH:
    case ROW_CONTACTS:
    case ROW_APP_GROUPS:
    case ROW_GROUP_ID:
    case ROW_GROUP:
    case ROW_GROUP_HEAD:
    case ROW_GROUP_PAGE:
    case ROW_DAY_GROUPS:
    case ROW_ROOMS:
    case ROW_GROUP_LIST:
    case ROW_GROUP_EDIT:
    case ROW_APP_GRANTS:
    case ROW_CUSTOMER:
    case ROW_CLOSE:
    case ROW_WARNED:
        return 0;
    }
    return 0;
}

struct span row_key_meta(struct row_key *key)
{
    return key_end(key_start(key, ROW_META));
}

struct span row_key_app(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_APP), app.v));
}

struct span row_key_app_grants(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_APP_GRANTS), app.v));
}

struct span row_key_name(struct row_key *key, struct app_id app, struct span name)
{
    return key_end(key_add_bytes(key_add32(key_start(key, ROW_NAME), app.v), name));
}

struct span row_key_account(struct row_key *key, struct app_id app, struct account_no no)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_ACCOUNT), app.v), no.v));
}

struct span row_prefix_profile(struct row_key *key, struct app_id app, struct account_no no)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_PROFILE), app.v), no.v));
}

struct span row_key_profile(struct row_key *key, struct app_id app, struct account_no no,
                            uint16_t tag)
{
    return key_end(key_add16(key_add32(key_add32(key_start(key, ROW_PROFILE), app.v), no.v), tag));
}

struct span row_prefix_contact(struct row_key *key, struct app_id app, struct account_no no)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_CONTACT), app.v), no.v));
}

struct span row_key_contact(struct row_key *key, struct app_id app, struct account_no no,
                            struct account_no peer)
{
    return key_end(
        key_add32(key_add32(key_add32(key_start(key, ROW_CONTACT), app.v), no.v), peer.v));
}

struct span row_key_contacts(struct row_key *key, struct app_id app, struct account_no no)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_CONTACTS), app.v), no.v));
}

struct span row_key_day(struct row_key *key, struct app_id app, uint32_t day)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_DAY), app.v), day));
}

struct span row_prefix_day_calls(struct row_key *key, struct app_id app, uint32_t day)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_DAY_CALLS), app.v), day));
}

struct span row_key_day_calls(struct row_key *key, struct app_id app, uint32_t day,
                              uint16_t command)
{
    return key_end(
        key_add16(key_add32(key_add32(key_start(key, ROW_DAY_CALLS), app.v), day), command));
}

struct span row_prefix_day_set(struct row_key *key, struct app_id app, uint32_t day, uint8_t kind)
{
    return key_end(key_add8(key_add32(key_add32(key_start(key, ROW_DAY_SET), app.v), day), kind));
}

struct span row_key_day_set(struct row_key *key, struct app_id app, uint32_t day, uint8_t kind,
                            uint32_t chunk)
{
    struct span prefix = row_prefix_day_set(key, app, day, kind);

    return key_end(key_add32((struct key_builder){key, prefix.n}, chunk));
}

struct span row_key_month(struct row_key *key, struct app_id app, uint32_t month)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_MONTH), app.v), month));
}

struct span row_prefix_plan(struct row_key *key, struct span plan_id)
{
    static const char zeros[32];

    CHECK(plan_id.n <= sizeof(zeros));
    return key_end(key_add_bytes(key_add_bytes(key_start(key, ROW_PLAN), plan_id),
                                 span_make(zeros, sizeof(zeros) - plan_id.n)));
}

struct span row_key_plan(struct row_key *key, struct span plan_id, uint16_t part)
{
    struct span prefix = row_prefix_plan(key, plan_id);

    return key_end(key_add16((struct key_builder){key, prefix.n}, part));
}

struct span row_prefix_app_list(struct row_key *key)
{
    return key_end(key_start(key, ROW_APP_LIST));
}

struct span row_key_app_list(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_APP_LIST), app.v));
}

static struct key_builder add_pair(struct key_builder at, struct app_id app, struct account_no a,
                                   struct account_no b)
{
    at = key_add32(at, app.v);
    at = key_add32(at, a.v < b.v ? a.v : b.v);
    return key_add32(at, a.v < b.v ? b.v : a.v);
}

struct span row_key_conversation(struct row_key *key, struct app_id app, struct account_no a,
                                 struct account_no b)
{
    return key_end(add_pair(key_start(key, ROW_CONVERSATION), app, a, b));
}

struct span row_prefix_pages(struct row_key *key, struct app_id app, struct account_no a,
                             struct account_no b)
{
    return key_end(add_pair(key_start(key, ROW_PAGE), app, a, b));
}

struct span row_key_page(struct row_key *key, struct app_id app, struct account_no a,
                         struct account_no b, struct message_key at_key)
{
    struct key_builder at = add_pair(key_start(key, ROW_PAGE), app, a, b);

    at = key_add32(at, at_key.time);
    at = key_add32(at, at_key.seq);
    return key_end(key_add32(at, at_key.random));
}
