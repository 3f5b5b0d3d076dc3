#include "gateway/rest.h"

#include "command/command.h"
#include "gateway/gateway_internal.h"

/* What the query string says; spans into `scratch`. */
struct rest_query {
    struct span sdkappid, identifier, usersig;
    bool has_sdkappid, has_identifier, has_usersig;
    char scratch[HTTP_MAX_HEAD_BYTES];
};

static bool is_group_service(struct span service)
{
    return span_starts(service, SPAN_LIT("group_open_")) ||
           span_starts(service, SPAN_LIT("million_group_open_"));
}

/* The group services have a code of their own for what they do not know (server-api §1.1). */
static enum im_err route(struct span path, const struct command **ret)
{
    struct span prefix = SPAN_LIT("/v4/"), service;
    const struct command *command;
    const char *slash;

    if (!span_starts(path, prefix))
        return IM_ERR_UNKNOWN_COMMAND;
    path.p += prefix.n;
    path.n -= prefix.n;
    slash = memchr(path.p, '/', path.n);
    if (!slash)
        return IM_ERR_UNKNOWN_COMMAND;
    service = (struct span){path.p, (size_t)(slash - path.p)};
    command = command_find(service, (struct span){slash + 1, path.n - service.n - 1});
    if (command && command->callers & BY_ADMIN && !command->placeholder) {
        *ret = command;
        return IM_OK;
    }
    return is_group_service(service) ? IM_ERR_GROUP_COMMAND : IM_ERR_UNKNOWN_COMMAND;
}

/* Names and values are case-sensitive; what is not named here is ignored. */
static void read_query(struct span text, struct rest_query *ret)
{
    struct span name, value;
    size_t used = 0;

    ret->has_sdkappid = ret->has_identifier = ret->has_usersig = false;
    while (http_query_next(&text, ret->scratch, &used, &name, &value)) {
        if (span_is(name, "sdkappid")) {
            ret->sdkappid = value;
            ret->has_sdkappid = true;
        } else if (span_is(name, "identifier")) {
            ret->identifier = value;
            ret->has_identifier = true;
        } else if (span_is(name, "usersig")) {
            ret->usersig = value;
            ret->has_usersig = true;
        }
    }
}

static bool is_admin(const struct app_entry *app, struct span identifier)
{
    for (uint8_t i = 0; i < app->admin_count; i++) {
        if (span_is(identifier, app->admins[i]))
            return true;
    }
    return false;
}

static enum im_err verify(struct conn *conn, const struct app_entry *app, struct span identifier,
                          struct span usersig, struct usersig_claims *ret_claims)
{
    struct sig_lock *locks = conn->gateway->config.locks;
    const struct source_address *source = http_source(conn);
    uint64_t now_s = gateway_wall_s();
    enum im_err err;

    if (sig_lock_closed(locks, app->app, identifier, source, now_s)) {
        gateway_count_sig(conn->gateway, IM_ERR_SIG_LOCKED);
        return IM_ERR_SIG_LOCKED;
    }
    err = usersig_verify(&app->key, app->app.v, identifier, usersig, now_s, ret_claims);
    gateway_count_sig(conn->gateway, err);
    /* An expired signature was once a right one: no guess. */
    if (err && err != IM_ERR_SIG_EXPIRED && err != IM_ERR_SIG_EMPTY)
        sig_lock_failed(locks, app->app, identifier, source, now_s);
    return err;
}

/* Who calls, in the order of server-api §1.1 to §1.7. */
static enum im_err authenticate(struct conn *conn, struct span text, struct request *req)
{
    struct usersig_claims claims;
    struct rest_query query;
    struct app_entry app;
    uint64_t number;
    enum im_err err;

    read_query(text, &query);
    if (!query.has_sdkappid)
        return IM_ERR_APP_MISSING;
    if (!span_to_u64(query.sdkappid, &number) || number == 0 || number > UINT32_MAX ||
        !app_registry_find(conn->gateway->services.registry, (struct app_id){(uint32_t)number},
                           &app))
        return IM_ERR_APP_INVALID;
    if (!query.has_identifier || !query.has_usersig || !query.identifier.n)
        return IM_ERR_SIGNATURE;
    err = verify(conn, &app, query.identifier, query.usersig, &claims);
    if (err)
        return err;
    if (!is_admin(&app, query.identifier))
        return IM_ERR_ADMIN_REQUIRED;
    req->caller = CALLER_ADMIN;
    req->app = app.app;
    req->identifier = arena_copy(&req->arena, query.identifier);
    req->sig_time_s = claims.time_s;
    return IM_OK;
}

static void handle_command(const struct http_call *call, const struct command *command)
{
    struct request *req = request_new();
    enum im_err err = authenticate(call->conn, call->head->query, req);

    if (!err)
        err = command_decode(command, req, arena_copy(&req->arena, call->body));
    if (err) {
        request_unref(req);
        http_reply_error(call->conn, call->number, command->envelope, err);
        return;
    }
    req->tag = call->number;
    gateway_post(call->conn->gateway, call->conn, req);
}

void rest_handle(const struct http_call *call)
{
    const struct command *command;
    enum im_err err;

    if (call->head->method == HTTP_GET && span_is(call->head->path, "/healthz")) {
        http_reply_health(call);
        return;
    }
    if (call->head->method != HTTP_POST) {
        http_reply_error(call->conn, call->number, ENVELOPE_PLAIN, IM_ERR_HTTP);
        return;
    }
    err = route(call->head->path, &command);
    if (err)
        http_reply_error(call->conn, call->number, ENVELOPE_PLAIN, err);
    else
        handle_command(call, command);
}
