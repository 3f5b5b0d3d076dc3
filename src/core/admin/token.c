#include "core/admin/token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "base/check.h"
#include "core/admin/apply.h"
#include "core/admin/customer.h"
#include "core/app/app.h"

#define DAY_US 86400000000ull

/* ---- texts ---- */

static const struct {
    uint8_t role;
    const char *name;
} role_names[] = {{ADMIN_OPERATOR, "operator"},
                  {ADMIN_OWNER, "owner"},
                  {ADMIN_DEVELOPER, "developer"},
                  {ADMIN_FINANCE, "finance"},
                  {ADMIN_VIEWER, "viewer"}};

#define ROLE_COUNT (sizeof(role_names) / sizeof(role_names[0]))

const char *admin_role_name(uint8_t role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (role_names[i].role == role)
            return role_names[i].name;
    }
    return NULL;
}

bool admin_role_find(struct span name, uint8_t *ret_role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (span_is(name, role_names[i].name)) {
            *ret_role = role_names[i].role;
            return true;
        }
    }
    return false;
}

/* The decimal number up to the next '_', which is stepped over; one way to write each. */
static bool take_number(struct span *text, uint32_t *ret_number)
{
    const char *end = text->n ? memchr(text->p, '_', text->n) : NULL;
    struct span digits = {text->p, end ? (size_t)(end - text->p) : 0};
    uint64_t number;

    if (!digits.n || (digits.n > 1 && digits.p[0] == '0') || !span_to_u64(digits, &number) ||
        number > UINT32_MAX)
        return false;
    *ret_number = (uint32_t)number;
    text->p = end + 1;
    text->n -= digits.n + 1;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool token_parse(struct span text, struct token_claims *ret_claims, uint8_t *ret_secret)
{
    struct span prefix = SPAN_LIT("mgp_");
    struct token_claims claims;
    uint8_t secret[TOKEN_SECRET_BYTES];

    if (!span_starts(text, prefix))
        return false;
    text = (struct span){text.p + prefix.n, text.n - prefix.n};
    if (!take_number(&text, &claims.customer) || !take_number(&text, &claims.token) ||
        !claims.token || text.n != 2 * sizeof(secret))
        return false;
    for (size_t i = 0; i < sizeof(secret); i++) {
        int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        secret[i] = (uint8_t)(high << 4 | low);
    }
    SHA256(secret, sizeof(secret), claims.secret_sha256);
    if (ret_secret)
        memcpy(ret_secret, secret, sizeof(secret));
    OPENSSL_cleanse(secret, sizeof(secret));
    *ret_claims = claims;
    return true;
}

static struct span text_make(struct arena *arena, uint32_t customer, uint32_t token,
                             const uint8_t secret[TOKEN_SECRET_BYTES])
{
    char text[TOKEN_TEXT_MAX];
    int n = snprintf(text, sizeof(text), "mgp_%u_%u_", customer, token);
    struct span made;

    for (size_t i = 0; i < TOKEN_SECRET_BYTES; i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%02x", secret[i]);
    made = arena_copy(arena, span_make(text, (size_t)n));
    OPENSSL_cleanse(text, sizeof(text));
    return made;
}

/* ---- who calls ---- */

static const struct token_row *row_of(struct shard *shard, uint32_t customer, uint32_t token)
{
    struct row_key key;
    const void *row = NULL;

    if (row_find(shard, row_key_token(&key, customer, token), &row, NULL) != STATE_HIT)
        return NULL;
    return row;
}

static bool token_holds(struct shard *shard, const struct token_row *row,
                        const uint8_t secret_sha256[32])
{
    static const struct token_row nobody;
    bool same = CRYPTO_memcmp((row ? row : &nobody)->secret_sha256, secret_sha256, 32) == 0;

    return row && same && !row->revoked_us &&
           (!row->expires_us || shard_now_us(shard) < row->expires_us);
}

enum im_err token_resolve(struct shard *shard, struct request *req, struct admin_actor *ret_actor)
{
    const struct admin_call *call = req->admin;
    const struct token_claims *claims = &call->claims;
    const struct token_row *row;

    if (req->caller == CALLER_OPERATOR || req->caller == CALLER_SYSTEM) {
        *ret_actor = *admin_actor(req);
        return IM_OK;
    }
    row = req->caller == CALLER_TOKEN && call->has_token
              ? row_of(shard, claims->customer, claims->token)
              : NULL;
    if (!token_holds(shard, row, claims->secret_sha256))
        return operator_refuse(req, IM_ERR_TOKEN, "a valid token is needed");
    *ret_actor = (struct admin_actor){
        .role = row->role, .customer = claims->customer, .token = claims->token};
    snprintf(ret_actor->text, sizeof(ret_actor->text), "token %u_%u", claims->customer,
             claims->token);
    return IM_OK;
}

/* ---- making ---- */

static enum im_err create_check(struct request *req, const struct token_create_req *create,
                                uint8_t *ret_role)
{
    if (!name_valid(create->name, TOKEN_NAME_MAX))
        return operator_refuse(req, IM_ERR_INVALID,
                               "a token's name is 1 to %d bytes without control characters",
                               TOKEN_NAME_MAX);
    if (!admin_role_find(create->role, ret_role))
        return operator_refuse(req, IM_ERR_INVALID,
                               "role is operator, owner, developer, finance or viewer");
    if ((*ret_role == ADMIN_OPERATOR) != (create->customer == 0))
        return operator_refuse(req, IM_ERR_INVALID,
                               "the operator's tokens are those of customer 0, and no others");
    if (create->days > TOKEN_MAX_DAYS)
        return operator_refuse(req, IM_ERR_INVALID, "days is at most %u", TOKEN_MAX_DAYS);
    return IM_OK;
}

static void emit(struct shard *shard, const struct token_info *info, const uint8_t *secret)
{
    struct fact_token *fact = fact_emit(shard, FACT_TOKEN, sizeof(*fact) + info->name.n);

    fact->customer = info->customer;
    fact->token = info->token;
    fact->expires_us = info->expires_us;
    fact->role = info->role;
    fact->name_bytes = (uint8_t)info->name.n;
    SHA256(secret, TOKEN_SECRET_BYTES, fact->secret_sha256);
    memcpy(fact + 1, info->name.p, info->name.n);
}

enum im_err token_create(struct shard *shard, struct request *req)
{
    const struct token_create_req *create = req->body;
    struct token_info *info;
    uint8_t secret[TOKEN_SECRET_BYTES], role;
    const struct customer_row *customer = NULL;
    enum im_err err = create_check(req, create, &role);

    if (!err)
        err = customer_named(shard, req, create->customer, &customer);
    if (err)
        return err;
    if (customer && customer->last_token >= TOKENS_A_CUSTOMER)
        return operator_refuse(req, IM_ERR_FULL, "a customer has at most %u tokens",
                               TOKENS_A_CUSTOMER);
    info = ARENA_NEW(&req->arena, struct token_info);
    *info = (struct token_info){.customer = create->customer,
                                .token = customer ? customer->last_token + 1 : 1,
                                .role = role,
                                .name = create->name,
                                .created_us = shard_now_us(shard),
                                .expires_us =
                                    create->days ? shard_now_us(shard) + create->days * DAY_US : 0};
    shard_random(shard, secret, sizeof(secret));
    emit(shard, info, secret);
    info->text = text_make(&req->arena, info->customer, info->token, secret);
    OPENSSL_cleanse(secret, sizeof(secret));
    req->result = info;
    return IM_OK;
}

void apply_token(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_token *fact = payload;
    struct row_key key;
    struct customer_row *customer;
    struct token_row *row;

    (void)n, (void)number;
    if (fact->revoked) {
        row = row_put(shard, row_key_token(&key, fact->customer, fact->token), sizeof(*row));
        row->revoked_us = shard_now_us(shard);
        return;
    }
    customer = row_put(shard, row_key_customer(&key, fact->customer), sizeof(*customer));
    customer->last_token = fact->token;
    row_declare_absent(shard, row_key_token(&key, fact->customer, fact->token));
    row = row_put(shard, row_key_token(&key, fact->customer, fact->token), sizeof(*row));
    row->created_us = shard_now_us(shard);
    row->expires_us = fact->expires_us;
    row->role = fact->role;
    row->name_bytes = fact->name_bytes;
    memcpy(row->secret_sha256, fact->secret_sha256, sizeof(row->secret_sha256));
    memcpy(row->name, fact + 1, fact->name_bytes);
}

/* ---- listing, revoking ---- */

static void info_fill(struct request *req, uint32_t customer, uint32_t token,
                      const struct token_row *row, struct token_info *ret)
{
    *ret =
        (struct token_info){.customer = customer,
                            .token = token,
                            .role = row->role,
                            .name = arena_copy(&req->arena, span_make(row->name, row->name_bytes)),
                            .created_us = row->created_us,
                            .expires_us = row->expires_us,
                            .revoked_us = row->revoked_us};
}

/* Tokens are numbered without gaps, so a page is its numbers. */
enum im_err token_list(struct shard *shard, struct request *req)
{
    const struct token_list_req *list = req->body;
    uint32_t limit = admin_limit(list->limit), from;
    struct token_list_result *result;
    const struct customer_row *customer;
    enum im_err err = customer_named(shard, req, list->customer, &customer);

    if (err)
        return err;
    from = customer ? customer->last_token : 0;
    if (list->before && list->before <= from)
        from = list->before - 1;
    for (uint32_t i = 0; i < limit && i < from; i++)
        row_of(shard, list->customer, from - i);
    if (shard_missing(shard))
        return IM_AGAIN;
    result = ARENA_NEW(&req->arena, struct token_list_result);
    result->count = from < limit ? from : limit;
    result->items = ARENA_ARRAY(&req->arena, struct token_info, result->count);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct token_row *row = row_of(shard, list->customer, from - i);

        CHECK(row);
        info_fill(req, list->customer, from - i, row, &result->items[i]);
    }
    result->next = from > limit ? from - limit + 1 : 0;
    req->result = result;
    return IM_OK;
}

enum im_err token_revoke(struct shard *shard, struct request *req)
{
    const struct token_revoke_req *revoke = req->body;
    const struct token_row *row = row_of(shard, revoke->customer, revoke->token);
    struct token_info *info;
    struct fact_token *fact;

    if (shard_missing(shard))
        return IM_AGAIN;
    if (!row)
        return operator_refuse(req, IM_ERR_NOT_FOUND, "there is no token %u_%u", revoke->customer,
                               revoke->token);
    info = ARENA_NEW(&req->arena, struct token_info);
    info_fill(req, revoke->customer, revoke->token, row, info);
    req->result = info;
    if (row->revoked_us)
        return IM_OK;
    info->revoked_us = shard_now_us(shard);
    fact = fact_emit(shard, FACT_TOKEN, sizeof(*fact));
    fact->customer = revoke->customer;
    fact->token = revoke->token;
    fact->revoked = 1;
    return IM_OK;
}
