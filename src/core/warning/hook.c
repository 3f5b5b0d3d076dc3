/* Where an app's warnings go. */
#include <openssl/crypto.h>

#include "core/admin/actor.h"
#include "core/apply.h"
#include "core/warning/facts.h"
#include "core/warning/warning.h"

void apply_warning_setting(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_warning_setting *fact = payload;
    size_t bytes = sizeof(fact->hook) + fact->hook.url_bytes;
    struct row_key key;
    struct span row = row_key_hook(&key, (struct app_id){fact->app});

    (void)n, (void)number;
    if (fact->gone)
        row_delete(shard, row);
    else
        memcpy(row_put(shard, row, bytes), &fact->hook, bytes);
}

/* NULL: none, or shard_missing(). */
static const struct hook_row *hook_find(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *row;

    return row_find(shard, row_key_hook(&key, app), &row, NULL) == STATE_HIT ? row : NULL;
}

/* "http://host..." or "https://host...", printable, without a user. */
static bool url_valid(struct span url)
{
    struct span plain = SPAN_LIT("http://"), tls = SPAN_LIT("https://");
    size_t at = span_starts(url, tls) ? tls.n : span_starts(url, plain) ? plain.n : 0;

    if (!at || url.n == at || url.n > HOOK_URL_MAX || url.p[at] == '/')
        return false;
    for (size_t i = 0; i < url.n; i++) {
        if (url.p[i] <= 0x20 || url.p[i] == 0x7f || (unsigned char)url.p[i] >= 0x80 ||
            url.p[i] == '@')
            return false;
    }
    return true;
}

static struct hook_result *result_new(struct request *req, struct app_id app,
                                      const struct hook_row *row, struct span url)
{
    struct hook_result *result = ARENA_NEW(&req->arena, struct hook_result);

    result->app = app;
    result->row = *row;
    result->url = arena_copy(&req->arena, url);
    req->result = result;
    return result;
}

static void emit(struct shard *shard, struct app_id app, const struct hook_row *row,
                 struct span url, bool gone)
{
    struct fact_warning_setting *fact =
        fact_emit(shard, FACT_WARNING_SETTING, sizeof(*fact) + url.n);

    fact->app = app.v;
    fact->gone = gone;
    fact->hook = *row;
    if (url.n)
        memcpy(fact + 1, url.p, url.n);
}

enum im_err hook_set(struct shard *shard, struct request *req)
{
    const struct hook_set_req *ask = req->body;
    const struct hook_row *old;
    struct hook_row row = {.set_us = shard_now_us(shard), .url_bytes = (uint16_t)ask->url.n};
    const struct app_row *app;
    struct hook_result *result;
    bool makes_secret;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    if (ask->url.n && !url_valid(ask->url))
        return operator_refuse(req, IM_ERR_INVALID,
                               "url is http:// or https:// and a host, at most %d bytes of ASCII",
                               HOOK_URL_MAX);
    if (!ask->url.n && !ask->amount_fen)
        return operator_refuse(req, IM_ERR_INVALID, "a url or an amount_fen is needed");
    if (ask->amount_fen > INT64_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "amount_fen is too large");
    old = hook_find(shard, ask->app);
    if (shard_missing(shard))
        return IM_AGAIN;
    row.amount_fen = (int64_t)ask->amount_fen;
    makes_secret = !old || ask->new_secret;
    if (makes_secret)
        shard_random(shard, row.secret, sizeof(row.secret));
    else
        memcpy(row.secret, old->secret, sizeof(row.secret));
    memcpy(row.by, admin_actor(req)->text, sizeof(row.by));
    emit(shard, ask->app, &row, ask->url, false);
    result = result_new(req, ask->app, &row, ask->url);
    result->shows_secret = makes_secret;
    warning_price_soon(shard, ask->app);
    OPENSSL_cleanse(&row, sizeof(row));
    return IM_OK;
}

void hook_drop(struct shard *shard, struct app_id app, bool emits)
{
    const struct hook_row *row = hook_find(shard, app);

    if (row && emits)
        emit(shard, app, row, (struct span){0}, true);
}

static enum im_err hook_named(struct shard *shard, struct request *req, struct app_id app,
                              const struct hook_row **ret_row, struct span *ret_url)
{
    const struct app_row *app_row;
    enum im_err err = app_named(shard, req, app, &app_row);

    if (err)
        return err;
    *ret_row = hook_find(shard, app);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (!*ret_row)
        return operator_refuse(req, IM_ERR_NOT_FOUND, "app %u has no webhook for warnings", app.v);
    *ret_url = (struct span){(const char *)(*ret_row + 1), (*ret_row)->url_bytes};
    return IM_OK;
}

enum im_err hook_get(struct shard *shard, struct request *req)
{
    const struct app_req *ask = req->body;
    const struct hook_row *row;
    struct span url;
    enum im_err err = hook_named(shard, req, ask->app, &row, &url);

    if (!err)
        result_new(req, ask->app, row, url);
    return err;
}

enum im_err hook_remove(struct shard *shard, struct request *req)
{
    const struct app_req *ask = req->body;
    const struct hook_row *row;
    struct span url;
    enum im_err err = hook_named(shard, req, ask->app, &row, &url);

    if (err)
        return err;
    emit(shard, ask->app, row, (struct span){0}, true);
    result_new(req, ask->app, row, url);
    return IM_OK;
}
