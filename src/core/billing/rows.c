#include "core/billing/rows.h"

#include "core/row_key.h"

_Static_assert(sizeof(struct close_row) == 72, "no padding");
_Static_assert(sizeof(struct frozen_usage) == 80 + LIMIT_COUNT * 8, "no padding");
_Static_assert(sizeof(struct limit_evidence) == 24, "no padding");
_Static_assert(sizeof(struct stored_line) == 32, "no padding");
_Static_assert(sizeof(struct bill_row) ==
                   128 + sizeof(struct frozen_usage) + LIMIT_COUNT * 24 + BILL_MAX_LINES * 32,
               "no padding");
_Static_assert(sizeof(struct bill_document_row) == 56, "no padding");
_Static_assert(sizeof(struct contract_row) == 120, "no padding");

struct span row_key_close(struct row_key *key)
{
    return key_end(key_start(key, ROW_CLOSE));
}

struct span row_prefix_bills(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_BILL), app.v));
}

struct span row_key_bill(struct row_key *key, struct app_id app, uint32_t month)
{
    return key_end(key_add32(key_add32(key_start(key, ROW_BILL), app.v), month));
}

static struct key_builder documents(struct row_key *key, struct app_id app, uint32_t month)
{
    return key_add32(key_add32(key_start(key, ROW_BILL_DOCUMENT), app.v), month);
}

struct span row_prefix_bill_documents(struct row_key *key, struct app_id app, uint32_t month)
{
    return key_end(documents(key, app, month));
}

struct span row_key_bill_document(struct row_key *key, struct app_id app, uint32_t month,
                                  uint32_t number)
{
    return key_end(key_add32(documents(key, app, month), number));
}

struct span row_prefix_contracts(struct row_key *key, struct app_id app)
{
    return key_end(key_add32(key_start(key, ROW_CONTRACT), app.v));
}

struct span row_key_contract(struct row_key *key, struct app_id app, uint32_t number, uint16_t part)
{
    struct span prefix = row_prefix_contracts(key, app);

    return key_end(key_add16(key_add32((struct key_builder){key, prefix.n}, number), part));
}
