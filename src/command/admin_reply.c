/* Replies of the admin API: result objects, and problem details (RFC 9457). */
#include "base/log.h"
#include "command/admin_route.h"
#include "core/app/app.h"

/* What an error is as HTTP, and as a word for programs. */
struct problem {
    uint16_t status;
    const char *code;
};

static struct problem problem_of(enum im_err err)
{
    switch ((int)err) {
    case IM_ERR_TOKEN:
        return (struct problem){401, "unauthorized"};
    case IM_ERR_ROLE:
    case IM_ERR_ADMIN_REQUIRED:
        return (struct problem){403, "forbidden"};
    case IM_ERR_NOT_FOUND:
    case IM_ERR_APP_NOT_FOUND:
    case IM_ERR_ACCOUNT_MISSING:
    case IM_ERR_GROUP_NOT_FOUND:
        return (struct problem){404, "not_found"};
    case IM_ERR_EXISTS:
        return (struct problem){409, "exists"};
    case IM_ERR_CONFLICT:
        return (struct problem){409, "conflict"};
    case IM_ERR_FULL:
        return (struct problem){409, "full"};
    case IM_ERR_KEY_REUSED:
        return (struct problem){422, "key_reused"};
    case IM_ERR_CALL_RATE:
    case IM_ERR_APP_CALL_RATE:
    case IM_ERR_SIG_LOCKED:
        return (struct problem){429, "too_many_requests"};
    case IM_ERR_UNKNOWN_OUTCOME:
        return (struct problem){503, "outcome_unknown"};
    case IM_ERR_OVERLOADED:
    case IM_ERR_TIMEOUT:
    case IM_ERR_IO:
        return (struct problem){503, "unavailable"};
    case IM_ERR_CORRUPT:
    case IM_ERR_OPENIM_INTERNAL:
        return (struct problem){500, "internal"};
    case IM_ERR_OVERFLOW:
        return (struct problem){400, "too_large"};
    default:
        return (struct problem){400, "invalid"};
    }
}

const char *admin_status_text(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *text;
    } texts[] = {{200, "OK"},
                 {201, "Created"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {409, "Conflict"},
                 {413, "Content Too Large"},
                 {422, "Unprocessable Content"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {500, "Internal Server Error"}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].status == status)
            return texts[i].text;
    }
    return "Service Unavailable";
}

uint16_t admin_status(const struct request *req)
{
    return req->err ? problem_of(req->err).status : req->operation->admin->status;
}

void admin_problem(uint16_t status, const char *code, struct span detail, struct buf *into)
{
    BUF_LIT(into, "{\"type\":\"about:blank\",\"title\":");
    json_put_string(into, span_of(admin_status_text(status)));
    buf_printf(into, ",\"status\":%u,\"detail\":", status);
    json_put_string(into, detail);
    BUF_LIT(into, ",\"code\":");
    json_put_string(into, span_of(code));
    BUF_LIT(into, "}");
}

static void put_problem(const struct request *req, struct buf *into)
{
    const struct operator_refusal *refusal = req->result;
    struct problem problem = problem_of(req->err);

    admin_problem(problem.status, problem.code,
                  refusal ? refusal->detail : span_of(err_text(req->err)), into);
}

void admin_encode(struct request *req, struct buf *into)
{
    size_t begin = into->n;

    if (req->err) {
        put_problem(req, into);
        return;
    }
    if (req->admin && req->admin->replayed)
        buf_add_span(into, req->admin->reply);
    else
        req->operation->admin->object(req, into);
    if (!into->overflow)
        return;
    log_error("%s: the reply is over %zu bytes", req->operation->admin->name, into->max);
    into->n = begin;
    into->overflow = false;
    req->err = IM_ERR_OPENIM_INTERNAL;
    req->result = NULL;
    put_problem(req, into);
}
