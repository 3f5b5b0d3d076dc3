/* Method and path find a command; path, query and body become its members; the document says so. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "command/admin_route.h"
#include "command/admin_schema.h"
#include "core/admin/token.h"
#include "core/app/app.h"

static char allow_text[128];

static const char *find(const char *method, const char *path)
{
    struct buf allow = {.p = allow_text, .room = sizeof(allow_text), .max = sizeof(allow_text) - 1};
    const struct command *command = admin_route_find(span_of(method), span_of(path), &allow);

    allow_text[allow.n] = 0;
    return command ? command->name : "";
}

TEST(a_method_and_a_path_find_a_command)
{
    assert_string_equal(find("GET", "/admin/v1/apps"), "app_list");
    assert_string_equal(find("POST", "/admin/v1/apps"), "app_create");
    assert_string_equal(find("GET", "/admin/v1/apps/1400000001"), "app_show");
    assert_string_equal(find("PUT", "/admin/v1/apps/1/group-fields/group/k"), "group_field_set");
    assert_string_equal(find("DELETE", "/admin/v1/customers/1/tokens/2"), "token_revoke");
}

TEST(a_literal_segment_comes_before_a_member)
{
    assert_string_equal(find("GET", "/admin/v1/apps/1/limits/history"), "limit_history");
    assert_string_equal(find("PUT", "/admin/v1/apps/1/limits/push"), "limit_set");
    assert_string_equal(find("PUT", "/admin/v1/apps/1/limits/history"), "limit_set");
}

TEST(what_is_no_path_has_no_methods)
{
    static const char *const none[] = {"",
                                       "/",
                                       "/admin/v1",
                                       "/admin/v1/",
                                       "/admin/v1/nothing",
                                       "/admin/v1/apps/",
                                       "/admin/v1/apps//limits",
                                       "/admin/v1/apps/1/limits/push/more",
                                       "/admin/v2/apps",
                                       "/v4/openim/sendmsg",
                                       "/admin/v1apps",
                                       "//admin/v1/apps"};

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_string_equal(find("GET", none[i]), "");
        assert_string_equal(allow_text, "");
    }
}

TEST(a_path_tells_its_methods)
{
    assert_string_equal(find("PATCH", "/admin/v1/apps"), "");
    assert_string_equal(allow_text, "POST, GET");
    assert_string_equal(find("get", "/admin/v1/apps"), "");
    assert_string_equal(find("", "/admin/v1/apps"), "");
}

/* ---- decoding ---- */

struct decoded {
    struct request *req;
    enum im_err err;
    char detail[300], audit[600];
};

static void decoded_release(struct decoded *d)
{
    request_unref(d->req);
}

static struct decoded decode(const char *method, const char *path, const char *query,
                             const char *body)
{
    struct decoded d = {.req = request_new()};
    struct buf allow = {.p = allow_text, .room = sizeof(allow_text), .max = sizeof(allow_text)};
    const struct command *command = admin_route_find(span_of(method), span_of(path), &allow);
    struct operator_refusal *refusal;

    assert_non_null(command);
    d.req->caller = CALLER_OPERATOR;
    d.err = admin_decode(command, d.req, span_of(path), span_of(query), span_of(body));
    refusal = d.err ? d.req->result : NULL;
    assert_true(!d.err || refusal);
    if (refusal)
        snprintf(d.detail, sizeof(d.detail), "%.*s", SPAN_FMT(refusal->detail));
    if (!d.err)
        snprintf(d.audit, sizeof(d.audit), "%.*s", SPAN_FMT(d.req->admin->audit));
    return d;
}

TEST(path_query_and_body_become_members)
{
    struct decoded d = decode("PUT", "/admin/v1/apps/1400000001/group-fields/group/a%20b%2fc", "",
                              "{ \"read\" : \"anyone\", \"write\":\"owner\" }");

    assert_int_equal(d.err, IM_OK);
    assert_true(d.req->admin->names_app);
    assert_int_equal(d.req->admin->app, 1400000001);
    assert_string_equal(d.audit, "{\"app\":1400000001,\"level\":\"group\",\"key\":\"a b/c\","
                                 "\"read\":\"anyone\",\"write\":\"owner\"}");
    decoded_release(&d);
    d = decode("GET", "/admin/v1/customers/3/tokens", "limit=7&cursor=9", "");
    assert_int_equal(d.err, IM_OK);
    assert_int_equal(((const struct token_list_req *)d.req->body)->customer, 3);
    assert_int_equal(((const struct token_list_req *)d.req->body)->limit, 7);
    assert_int_equal(((const struct token_list_req *)d.req->body)->before, 9);
    assert_true(d.req->admin->names_customer);
    decoded_release(&d);
}

TEST(what_is_wrong_is_refused_by_its_name)
{
    static const struct {
        const char *method, *path, *query, *body, *detail;
    } wrong[] = {
        {"POST", "/apps", "", "{\"nam\":\"x\"}", "nam is no member of this request"},
        {"POST", "/apps", "colour=1", "{\"name\":\"x\"}", "colour is no member of this request"},
        {"POST", "/apps", "", "{\"name\":7}", "name is not a string, or too long"},
        {"POST", "/apps", "", "{\"name\":\"x\",\"customer\":\"1\"}",
         "customer is not a whole number"},
        {"POST", "/apps", "", "{\"name\":\"x\",\"customer\":4294967296}", "customer is too large"},
        {"POST", "/apps", "", "{\"name\":\"x\",\"customer\":-1}", "customer is not a whole number"},
        {"POST", "/apps", "", "[]", "the body is not a JSON object"},
        {"POST", "/apps", "", "{\"name\":\"x\"", "the body is not a JSON object"},
        {"POST", "/apps", "", "{\"name\":\"x\",\"name\":\"y\"}",
         "name stands twice: in the body and in the body"},
        {"POST", "/apps", "name=x", "{\"name\":\"y\"}",
         "name stands twice: in the query and in the body"},
        {"PUT", "/apps/1/customer", "", "{\"customer\":1,\"app\":2}",
         "app stands twice: in the path and in the body"},
        {"PUT", "/apps/1/customer", "app=2", "{\"customer\":1}",
         "app stands twice: in the path and in the query"},
        {"GET", "/apps/one", "", "", "app is not a whole number"},
        {"GET", "/apps/%31x", "", "", "app is not a whole number"},
        {"GET", "/apps/4294967296", "", "", "app is too large"},
        {"GET", "/apps/99999999999999999999", "", "", "app is not a whole number"},
        {"GET", "/apps", "limit=-1", "", "limit is not a whole number"},
        {"GET", "/apps", "limit=1&limit=2", "",
         "limit stands twice: in the query and in the query"},
        {"GET", "/apps", "cursor=%ff", "", "cursor is not UTF-8"},
        {"GET", "/apps", "%ff=1", "", "a member of the query is unknown"},
        {"GET", "/apps", "cursor=next", "", "cursor is none of a page before"},
        {"GET", "/apps", "", "{}", "a GET has no body"},
        {"POST", "/apps/1/contracts", "file=x", "{}", "file cannot stand in the query"},
        {"POST", "/apps/1/contracts", "", "{\"file\":[]}", "file is not an object"},
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char path[128];
        struct decoded d;

        snprintf(path, sizeof(path), ADMIN_PREFIX "%s", wrong[i].path);
        d = decode(wrong[i].method, path, wrong[i].query, wrong[i].body);
        assert_true(d.err == IM_ERR_INVALID || d.err == IM_ERR_JSON);
        assert_string_equal(d.detail, wrong[i].detail);
        decoded_release(&d);
    }
}

TEST(the_audit_keeps_512_bytes_in_whole_characters)
{
    char body[2048] = "{\"name\":\"x", *at = body + strlen(body);
    struct decoded d;

    for (int i = 0; i < 300; i++, at += 3)
        memcpy(at, "\xe4\xb8\xad", 3);
    memcpy(at, "\"}", 3);
    d = decode("POST", "/admin/v1/customers", "", body);
    assert_int_equal(d.err, IM_OK);
    assert_in_range(d.req->admin->audit.n, 510, 512);
    assert_true(utf8_valid(d.req->admin->audit));
    decoded_release(&d);
}

/* ---- replies ---- */

TEST(a_problem_says_what_and_why)
{
    struct buf text;
    struct json json;

    buf_init(&text, 1024);
    admin_problem(422, "key_reused", SPAN_LIT("a \"quoted\" word"), &text);
    assert_true(json_parse(buf_span(&text), &json));
    assert_true(span_is(json_member(json, "type").text, "\"about:blank\""));
    assert_true(span_is(json_member(json, "title").text, "\"Unprocessable Content\""));
    assert_true(span_is(json_member(json, "status").text, "422"));
    assert_true(span_is(json_member(json, "detail").text, "\"a \\\"quoted\\\" word\""));
    assert_true(span_is(json_member(json, "code").text, "\"key_reused\""));
    buf_release(&text);
}

TEST(every_status_has_a_title)
{
    static const enum im_err errors[] = {IM_ERR_TOKEN,     IM_ERR_ROLE,     IM_ERR_NOT_FOUND,
                                         IM_ERR_EXISTS,    IM_ERR_CONFLICT, IM_ERR_KEY_REUSED,
                                         IM_ERR_CALL_RATE, IM_ERR_CORRUPT,  IM_ERR_OVERLOADED,
                                         IM_ERR_INVALID,   IM_ERR_OVERFLOW};
    static const uint16_t statuses[] = {401, 403, 404, 409, 409, 422, 429, 500, 503, 400, 400};

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct decoded d = decode("GET", "/admin/v1/apps", "", "");
        struct buf text;
        struct json json;
        uint64_t status;

        buf_init(&text, 1024);
        d.req->err = errors[i];
        d.req->result = NULL;
        assert_int_equal(admin_status(d.req), statuses[i]);
        admin_encode(d.req, &text);
        assert_true(json_parse(buf_span(&text), &json));
        assert_true(json_to_u64(json_member(json, "status"), &status));
        assert_int_equal(status, statuses[i]);
        if (statuses[i] != 503)
            assert_false(span_is(json_member(json, "title").text, "\"Service Unavailable\""));
        buf_release(&text);
        decoded_release(&d);
    }
}

/* ---- the table and the document ---- */

static bool has_field(const struct command *command, struct span name)
{
    for (size_t i = 0; i < command->field_count; i++) {
        if (span_is(name, command->fields[i].name))
            return true;
    }
    return false;
}

TEST(every_route_is_one_of_its_own_and_names_fields)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

    for (size_t i = 0; i < command_count(); i++) {
        const struct admin_route *route = command_at(i)->operation.admin;
        struct span path, segment, name;
        bool known = false;

        assert_int_equal(route != NULL, (command_at(i)->callers & BY_OPERATOR) != 0);
        if (!route)
            continue;
        assert_string_equal(route->name, command_at(i)->name);
        for (size_t m = 0; m < 5; m++)
            known |= strcmp(route->method, methods[m]) == 0;
        assert_true(known);
        assert_true(route->status == 200 || route->status == 201);
        path = span_of(route->path);
        while (admin_segment_next(&path, &segment)) {
            assert_true(segment.n > 0);
            if (admin_segment_name(segment, &name))
                assert_true(has_field(command_at(i), name));
            else
                assert_null(memchr(segment.p, '{', segment.n));
        }
        assert_int_equal(path.n, 0);
        for (size_t j = 0; j < i; j++) {
            const struct admin_route *other = command_at(j)->operation.admin;

            if (other)
                assert_false(strcmp(other->path, route->path) == 0 &&
                             strcmp(other->method, route->method) == 0);
        }
    }
}

/* The door looks at what the path names; these alone name nothing, and filter themselves. */
TEST(what_customers_may_call_names_whose_it_is)
{
    static const char *const filtering[] = {"app_create", "app_list", "customer_list", "audit",
                                            "ping"};

    for (size_t i = 0; i < command_count(); i++) {
        const struct admin_route *route = command_at(i)->operation.admin;
        bool may = false;

        if (!route || !route->roles)
            continue;
        for (size_t j = 0; j < sizeof(filtering) / sizeof(filtering[0]); j++)
            may |= strcmp(route->name, filtering[j]) == 0;
        may |= strstr(route->path, "{app}") || strstr(route->path, "{customer}");
        if (!may)
            fail_msg("%s answers every customer: does it tell whose what is?", route->name);
    }
}

/* A lower-case method. */
static void lower(const char *method, char into[8])
{
    size_t n = strlen(method);

    assert_true(n < 8);
    for (size_t i = 0; i <= n; i++)
        into[i] = (char)(method[i] ? method[i] | 0x20 : 0);
}

TEST(the_document_holds_every_command_once)
{
    struct buf text;
    struct json json, paths, methods, operation;
    struct json_iter at_path, at_method;
    struct span path, method;
    size_t in_document = 0, in_table = 0;

    buf_init(&text, 1 << 22);
    admin_openapi(&text);
    assert_false(text.overflow);
    assert_true(json_parse(buf_span(&text), &json));
    paths = json_member(json, "paths");
    for (at_path = json_iter(paths); json_next(&at_path, &path, &methods);) {
        for (at_method = json_iter(methods); json_next(&at_method, &method, &operation);) {
            struct span id = json_member(operation, "operationId").text;
            const struct command *command =
                command_find(SPAN_LIT("admin"), (struct span){id.p + 1, id.n - 2});
            char want[8];

            assert_non_null(command);
            lower(command->operation.admin->method, want);
            assert_true(span_is(method, want));
            assert_true(span_is(path, command->operation.admin->path));
            in_document++;
        }
    }
    for (size_t i = 0; i < command_count(); i++)
        in_table += command_at(i)->operation.admin != NULL;
    assert_int_equal(in_document, in_table);
    buf_release(&text);
}

TEST(every_schema_is_a_commands)
{
    const char *name;

    for (size_t i = 0; (name = admin_schema_command(i)); i++) {
        const struct command *command = command_find(SPAN_LIT("admin"), span_of(name));
        struct buf text;
        struct json json;

        assert_non_null(command);
        assert_non_null(command->operation.admin);
        buf_init(&text, 1 << 16);
        admin_schema_put(command, &text);
        assert_true(json_parse(buf_span(&text), &json));
        assert_true(json_count(json_member(json, "properties")) > 0);
        buf_release(&text);
    }
}

int main(void)
{
    return RUN_TESTS(
        T(a_method_and_a_path_find_a_command), T(a_literal_segment_comes_before_a_member),
        T(what_is_no_path_has_no_methods), T(a_path_tells_its_methods),
        T(path_query_and_body_become_members), T(what_is_wrong_is_refused_by_its_name),
        T(the_audit_keeps_512_bytes_in_whole_characters), T(a_problem_says_what_and_why),
        T(every_status_has_a_title), T(every_route_is_one_of_its_own_and_names_fields),
        T(what_customers_may_call_names_whose_it_is), T(the_document_holds_every_command_once),
        T(every_schema_is_a_commands));
}
