/*
 * A call of the admin API: the first line is "METHOD target" (the target below /admin/v1, or
 * whole), the rest is the body. A route is found or the path has none; a call is refused with a
 * sentence, or decoded within the bounds of its row, what the audit keeps is short and valid, and
 * all of it is twice the same. Then the line is read as a token's text, too.
 */
#include "base/check.h"
#include "command/admin_route.h"
#include "core/admin/token.h"
#include "core/app/app.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct call {
    struct span method, path, query, body;
};

static void check_reply(struct request *req)
{
    struct buf text;
    struct json json;
    uint64_t status;

    buf_init(&text, 1 << 16);
    admin_encode(req, &text);
    CHECK(!text.overflow && json_parse(buf_span(&text), &json));
    CHECK(json_to_u64(json_member(json, "status"), &status) && status == admin_status(req));
    CHECK(status >= 400 && status < 500);
    buf_release(&text);
}

static void check_audit(const struct request *req)
{
    CHECK(req->admin->audit.n <= ADMIN_MAX_AUDIT_TEXT && utf8_valid(req->admin->audit));
}

static enum im_err decode(const struct command *command, const struct call *call, char audit[513])
{
    struct request *req = request_new();
    struct arena *arena = &req->arena;
    enum im_err err;

    req->caller = CALLER_TOKEN;
    err = admin_decode(command, req, arena_copy(arena, call->path), arena_copy(arena, call->query),
                       arena_copy(arena, call->body));
    audit[0] = 0;
    if (err) {
        const struct operator_refusal *refusal = req->result;

        CHECK(refusal && refusal->detail.n && utf8_valid(refusal->detail));
        req->err = err;
        check_reply(req);
    } else {
        check_audit(req);
        memcpy(audit, req->admin->audit.p, req->admin->audit.n);
        audit[req->admin->audit.n] = 0;
    }
    request_unref(req);
    return err;
}

static bool split(struct span input, struct call *ret)
{
    const char *end = input.n ? memchr(input.p, '\n', input.n) : NULL, *space, *mark;

    if (!end)
        return false;
    *ret = (struct call){.body = {end + 1, input.n - (size_t)(end + 1 - input.p)}};
    space = memchr(input.p, ' ', (size_t)(end - input.p));
    if (!space)
        return false;
    ret->method = (struct span){input.p, (size_t)(space - input.p)};
    ret->path = (struct span){space + 1, (size_t)(end - space - 1)};
    mark = ret->path.n ? memchr(ret->path.p, '?', ret->path.n) : NULL;
    if (mark) {
        ret->query = (struct span){mark + 1, (size_t)(end - mark - 1)};
        ret->path.n = (size_t)(mark - ret->path.p);
    }
    return true;
}

static void check_token(struct span text)
{
    struct token_claims claims = {0};
    uint8_t secret[TOKEN_SECRET_BYTES];

    if (token_parse(text, &claims, secret))
        CHECK(claims.token && text.n <= TOKEN_TEXT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_make(data, size);
    char text[128], first[513], second[513], whole[4096];
    struct buf allow = {.p = text, .room = sizeof(text), .max = sizeof(text)};
    const struct command *command;
    struct call call;
    enum im_err err;

    check_token(input);
    if (!split(input, &call) || call.path.n > sizeof(whole) / 2)
        return 0;
    if (!span_starts(call.path, SPAN_LIT(ADMIN_PREFIX))) {
        memcpy(whole, ADMIN_PREFIX, sizeof(ADMIN_PREFIX) - 1);
        if (call.path.n)
            memcpy(whole + sizeof(ADMIN_PREFIX) - 1, call.path.p, call.path.n);
        call.path = span_make(whole, sizeof(ADMIN_PREFIX) - 1 + call.path.n);
    }
    command = admin_route_find(call.method, call.path, &allow);
    CHECK(!allow.overflow && (!command || allow.n));
    if (!command)
        return 0;
    err = decode(command, &call, first);
    CHECK(decode(command, &call, second) == err && strcmp(first, second) == 0);
    return 0;
}
