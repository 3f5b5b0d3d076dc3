#include <stdio.h>

#include "support/test.h"

#include "command/command.h"

struct sample_req {
    struct span from, to, text;
    struct account_list peers, words;
    struct opt_u32 count;
    struct opt_u64 time;
    struct json items, object, any;
    bool decoded;
};

#define SAMPLE(member) FIELD_AT(struct sample_req, member)

static const struct field sample_fields[] = {
    {"From_Account", FIELD_ACCOUNT, FIELD_SELF, SAMPLE(from), .bad = IM_ERR_OPENIM_FROM},
    {"To_Account", FIELD_ACCOUNT, FIELD_REQUIRED, SAMPLE(to), .missing = IM_ERR_OPENIM_TO,
     .bad = IM_ERR_MSG_ACCOUNT},
    {"Text", FIELD_STRING, 0, SAMPLE(text), .max = 8, .bad = IM_ERR_OPENIM_BODY},
    {"Peers", FIELD_ACCOUNTS, 0, SAMPLE(peers), .max_count = 3, .bad = IM_ERR_RECENT_ACCOUNT,
     .too_many = IM_ERR_OPENIM_TOO_MANY},
    {"Words", FIELD_STRINGS, FIELD_REQUIRED, SAMPLE(words), .max = 4, .max_count = 2,
     .missing = IM_ERR_OPENIM_ELEMENT, .bad = IM_ERR_PROFILE_VALUE,
     .too_many = IM_ERR_GROUP_TOO_MANY_ACCOUNTS},
    {"Count", FIELD_U32, 0, SAMPLE(count), .max = 100, .bad = IM_ERR_OPENIM_RANDOM},
    {"Time", FIELD_U64, 0, SAMPLE(time), .bad = IM_ERR_OPENIM_TIME},
    {"Items", FIELD_ARRAY, 0, SAMPLE(items), .max = 2, .bad = IM_ERR_OPENIM_BODY_ARRAY},
    {"Object", FIELD_OBJECT, 0, SAMPLE(object), .bad = IM_ERR_OPENIM_PUSH_INFO},
    {"Any", FIELD_ANY, 0, SAMPLE(any), .bad = IM_ERR_OPENIM_SYNC},
};

static enum im_err sample_decode(struct request *req, struct json body)
{
    struct sample_req *sample = req->body;

    sample->decoded = true;
    return json_member(body, "Refuse").type == JSON_TRUE ? IM_ERR_OPENIM_KEY : IM_OK;
}

static void sample_encode(struct request *req, struct buf *into)
{
    buf_printf(into, ",\"Err\":%d", (int)req->err);
}

static const char *sample_status(const struct request *req)
{
    return req->tag ? "SomeError" : NULL;
}

static const struct command sample = {
    .service = "sample",
    .name = "run",
    .callers = BY_ADMIN | BY_USER,
    .bad_json = IM_ERR_OPENIM_JSON,
    .fields = sample_fields,
    .field_count = sizeof(sample_fields) / sizeof(sample_fields[0]),
    .request_bytes = sizeof(struct sample_req),
    .decode = sample_decode,
    .encode = sample_encode,
};

static struct request *asked_by(enum caller_kind caller, const char *text, enum im_err *ret_err)
{
    struct request *req = request_new();

    req->caller = caller;
    req->identifier = SPAN_LIT("me");
    *ret_err = command_decode(&sample, req, arena_copy(&req->arena, span_of(text)));
    return req;
}

static void refused(const char *text, enum im_err expected)
{
    enum im_err err;

    request_unref(asked_by(CALLER_ADMIN, text, &err));
    assert_int_equal(err, expected);
}

/* Each with the two required members before it. */
static struct request *accepted(const char *rest)
{
    char text[512];
    enum im_err err;
    struct request *req;

    assert_true(snprintf(text, sizeof(text), "{\"To_Account\":\"bob\",\"Words\":[\"a\"]%s}", rest) <
                (int)sizeof(text));
    req = asked_by(CALLER_ADMIN, text, &err);
    assert_int_equal(err, IM_OK);
    return req;
}

static void refused_rest(const char *rest, enum im_err expected)
{
    char text[512];

    assert_true(snprintf(text, sizeof(text), "{\"To_Account\":\"bob\",\"Words\":[\"a\"]%s}", rest) <
                (int)sizeof(text));
    refused(text, expected);
}

TEST(members_reach_the_request_in_any_order)
{
    enum im_err err;
    struct request *req = asked_by(
        CALLER_ADMIN,
        " {\"Any\":true,\"Object\":{\"a\":1},\"Items\":[1,[2]],\"Time\":18446744073709551615,"
        "\"Unknown\":{\"To_Account\":7},\"Count\":100,\"Words\":[\"\",\"four\"],"
        "\"Peers\":[\"a\",\"b\",\"c\"],\"Text\":\"a\\n\\u00e9\",\"To_Account\":\"bob\","
        "\"From_Account\":\"carol\"} ",
        &err);
    const struct sample_req *got = req->body;

    assert_int_equal(err, IM_OK);
    assert_ptr_equal(command_of(req), &sample);
    assert_true(span_is(got->from, "carol"));
    assert_true(span_is(got->to, "bob"));
    assert_true(span_is(got->text, "a\n\xc3\xa9"));
    assert_int_equal(got->peers.count, 3);
    assert_true(span_is(got->peers.items[2], "c"));
    assert_int_equal(got->words.count, 2);
    assert_true(span_is(got->words.items[1], "four"));
    assert_true(got->count.set && got->count.v == 100);
    assert_true(got->time.set && got->time.v == UINT64_MAX);
    assert_true(span_is(got->items.text, "[1,[2]]"));
    assert_true(span_is(got->object.text, "{\"a\":1}"));
    assert_int_equal(got->any.type, JSON_TRUE);
    assert_true(got->decoded);
    request_unref(req);
}

TEST(absent_optional_members_stay_zero)
{
    struct request *req = accepted("");
    const struct sample_req *got = req->body;

    assert_int_equal(got->from.n, 0);
    assert_int_equal(got->peers.count, 0);
    assert_false(got->count.set);
    assert_false(got->time.set);
    assert_int_equal(got->items.type, JSON_NONE);
    request_unref(req);
}

TEST(null_in_an_optional_member_is_absent)
{
    struct request *req = accepted(",\"From_Account\":null,\"Text\":null,\"Peers\":null,"
                                   "\"Count\":7,\"Count\":null,\"Time\":null,\"Items\":null,"
                                   "\"Object\":null,\"Any\":null");
    const struct sample_req *got = req->body;

    assert_int_equal(got->from.n, 0);
    assert_int_equal(got->text.n, 0);
    assert_int_equal(got->peers.count, 0);
    assert_false(got->count.set);
    assert_false(got->time.set);
    assert_int_equal(got->items.type, JSON_NONE);
    assert_int_equal(got->object.type, JSON_NONE);
    assert_int_equal(got->any.type, JSON_NONE);
    request_unref(req);
    refused_rest(",\"Words\":null", IM_ERR_PROFILE_VALUE);
    refused_rest(",\"Peers\":[null]", IM_ERR_RECENT_ACCOUNT);
}

/* Its document says where null may stand, and there it is a value. */
TEST(null_to_the_admin_api_is_a_value)
{
    static const struct admin_route route = {.method = "POST"};
    struct command admin = sample;
    struct request *req = request_new();
    struct span text = SPAN_LIT("{\"To_Account\":\"bob\",\"Words\":[\"a\"],\"Any\":null}");

    admin.operation.admin = &route;
    req->caller = CALLER_OPERATOR;
    assert_int_equal(command_decode(&admin, req, arena_copy(&req->arena, text)), IM_OK);
    assert_int_equal(((struct sample_req *)req->body)->any.type, JSON_NULL);
    text = SPAN_LIT("{\"To_Account\":\"bob\",\"Words\":[\"a\"],\"Count\":null}");
    assert_int_equal(command_decode(&admin, req, arena_copy(&req->arena, text)),
                     IM_ERR_OPENIM_RANDOM);
    request_unref(req);
}

TEST(a_body_that_is_no_json_object_has_the_row_s_code)
{
    static const char *const bad[] = {
        "", " ", "[]", "null", "7", "\"{}\"", "{", "{}{}", "{\"a\":}", "{\"a\":1,}", "\xff",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(bad[i], IM_ERR_OPENIM_JSON);
}

TEST(a_missing_required_member_has_its_own_code)
{
    refused("{}", IM_ERR_OPENIM_TO);
    refused("{\"To_Account\":\"bob\"}", IM_ERR_OPENIM_ELEMENT);
    refused("{\"To_Account\":\"bob\",\"Words\":[]}", IM_ERR_OPENIM_ELEMENT);
}

TEST(an_account_is_1_to_32_printable_bytes)
{
    refused_rest(",\"To_Account\":\"\"", IM_ERR_MSG_ACCOUNT);
    refused_rest(",\"To_Account\":7", IM_ERR_MSG_ACCOUNT);
    refused_rest(",\"To_Account\":null", IM_ERR_MSG_ACCOUNT);
    refused_rest(",\"To_Account\":\"123456789012345678901234567890123\"", IM_ERR_MSG_ACCOUNT);
    refused_rest(",\"To_Account\":\"a\\u0000\"", IM_ERR_MSG_ACCOUNT);
    refused_rest(",\"To_Account\":\"a\\u007f\"", IM_ERR_MSG_ACCOUNT);
    refused_rest(",\"To_Account\":\"\\u00e9\"", IM_ERR_MSG_ACCOUNT);
    request_unref(accepted(",\"To_Account\":\"12345678901234567890123456789012\""));
}

/* The SDK writes From_Account:"" where it leaves the account to the server. */
TEST(an_empty_optional_account_is_absent)
{
    struct request *req = accepted(",\"From_Account\":\"\"");

    assert_int_equal(((struct sample_req *)req->body)->from.n, 0);
    request_unref(req);
}

TEST(strings_and_lists_are_bounded)
{
    refused_rest(",\"Text\":\"123456789\"", IM_ERR_OPENIM_BODY);
    refused_rest(",\"Text\":8", IM_ERR_OPENIM_BODY);
    refused_rest(",\"Words\":[\"12345\"]", IM_ERR_PROFILE_VALUE);
    refused_rest(",\"Words\":[1]", IM_ERR_PROFILE_VALUE);
    refused_rest(",\"Words\":\"a\"", IM_ERR_PROFILE_VALUE);
    refused_rest(",\"Words\":[\"a\",\"b\",\"c\"]", IM_ERR_GROUP_TOO_MANY_ACCOUNTS);
    refused_rest(",\"Peers\":[\"a\",\"b\",\"c\",\"d\"]", IM_ERR_OPENIM_TOO_MANY);
    refused_rest(",\"Peers\":[\"a\",\"\"]", IM_ERR_RECENT_ACCOUNT);
    refused_rest(",\"Peers\":{}", IM_ERR_RECENT_ACCOUNT);
    refused_rest(",\"Items\":[1,2,3]", IM_ERR_OPENIM_BODY_ARRAY);
    refused_rest(",\"Items\":{}", IM_ERR_OPENIM_BODY_ARRAY);
    refused_rest(",\"Object\":[]", IM_ERR_OPENIM_PUSH_INFO);
}

TEST(numbers_are_integers_in_their_range)
{
    struct request *req;

    refused_rest(",\"Count\":101", IM_ERR_OPENIM_RANDOM);
    refused_rest(",\"Count\":4294967297", IM_ERR_OPENIM_RANDOM);
    refused_rest(",\"Count\":-1", IM_ERR_OPENIM_RANDOM);
    refused_rest(",\"Count\":1.5", IM_ERR_OPENIM_RANDOM);
    refused_rest(",\"Count\":\"1\"", IM_ERR_OPENIM_RANDOM);
    refused_rest(",\"Time\":18446744073709551616", IM_ERR_OPENIM_TIME);
    refused_rest(",\"Time\":true", IM_ERR_OPENIM_TIME);
    req = accepted(",\"Count\":0");
    assert_true(((struct sample_req *)req->body)->count.set);
    request_unref(req);
}

TEST(of_two_members_with_one_name_the_last_counts)
{
    struct request *req = accepted(",\"Count\":1,\"Count\":2");

    assert_int_equal(((struct sample_req *)req->body)->count.v, 2);
    request_unref(req);
}

TEST(a_name_written_with_escapes_is_the_same_name)
{
    struct request *req = accepted(",\"C\\u006funt\":3");

    assert_int_equal(((struct sample_req *)req->body)->count.v, 3);
    request_unref(req);
}

TEST(a_user_cannot_speak_in_another_s_name)
{
    static const char *const names[] = {
        "\"From_Account\":\"carol\",",
        "\"From_\\u0041ccount\":\"carol\",",
        "",
        "\"From_Account\":\"\",",
        "\"From_Account\":7,",
        "\"From_Account\":\"carol\",\"From_Account\":\"dave\",",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[256];
        enum im_err err;
        struct request *req;

        assert_true(snprintf(text, sizeof(text), "{%s\"To_Account\":\"bob\",\"Words\":[\"a\"]}",
                             names[i]) < (int)sizeof(text));
        req = asked_by(CALLER_USER, text, &err);
        assert_int_equal(err, IM_OK);
        assert_true(span_is(((struct sample_req *)req->body)->from, "me"));
        assert_true(span_is(((struct sample_req *)req->body)->to, "bob"));
        request_unref(req);
    }
}

TEST(the_row_s_own_decoding_runs_last)
{
    refused_rest(",\"Refuse\":true", IM_ERR_OPENIM_KEY);
    refused("{\"Refuse\":true}", IM_ERR_OPENIM_TO);
}

static void encodes(struct command command, enum im_err err, uint64_t tag, const char *expected)
{
    struct request *req = request_new();
    struct json parsed;
    struct buf buf;

    req->operation = &command.operation;
    req->err = err;
    req->tag = tag;
    buf_init(&buf, 4096);
    command_encode(req, &buf);
    assert_true(json_parse(buf_span(&buf), &parsed));
    buf_add_char(&buf, '\0');
    assert_string_equal(buf.p, expected);
    buf_release(&buf);
    request_unref(req);
}

TEST(a_reply_is_its_envelope_and_its_members)
{
    struct command command = sample;

    encodes(command, IM_OK, 0,
            "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0,\"Err\":0}");
    encodes(command, IM_ERR_MSG_MUTED, 0,
            "{\"ActionStatus\":\"FAIL\",\"ErrorInfo\":\"the sender is muted\","
            "\"ErrorCode\":20012}");
    command.encode = NULL;
    encodes(command, IM_OK, 0, "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0}");
}

TEST(a_row_may_add_members_to_errors)
{
    struct command command = sample;

    command.encode_errors = true;
    encodes(command, IM_ERR_MSG_MUTED, 0,
            "{\"ActionStatus\":\"FAIL\",\"ErrorInfo\":\"the sender is muted\","
            "\"ErrorCode\":20012,\"Err\":20012}");
}

TEST(envelopes_of_some_services_differ)
{
    struct command command = sample;

    command.encode = NULL;
    command.envelope = ENVELOPE_DISPLAY;
    encodes(command, IM_OK, 0,
            "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0,\"ErrorDisplay\":\"\"}");
    command.envelope = ENVELOPE_CONFIG;
    encodes(command, IM_OK, 0, "{\"ErrorInfo\":\"OK\",\"ErrorCode\":0}");
    encodes(command, IM_ERR_MSG_MUTED, 0,
            "{\"ErrorInfo\":\"the sender is muted\",\"ErrorCode\":20012}");
}

TEST(a_row_may_name_a_partial_success)
{
    struct command command = sample;

    command.action_status = sample_status;
    encodes(command, IM_OK, 1,
            "{\"ActionStatus\":\"SomeError\",\"ErrorInfo\":\"\",\"ErrorCode\":0,\"Err\":0}");
    encodes(command, IM_OK, 0,
            "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0,\"Err\":0}");
    encodes(command, IM_ERR_MSG_MUTED, 1,
            "{\"ActionStatus\":\"FAIL\",\"ErrorInfo\":\"the sender is muted\","
            "\"ErrorCode\":20012}");
}

TEST(the_server_s_own_errors_have_a_public_code)
{
    struct command command = sample;

    command.encode = NULL;
    encodes(command, IM_ERR_FULL, 0,
            "{\"ActionStatus\":\"FAIL\",\"ErrorInfo\":\"no room left\",\"ErrorCode\":60018}");
}

TEST(a_refusal_before_decoding_is_an_envelope_alone)
{
    struct buf buf;

    buf_init(&buf, 4096);
    command_encode_error(ENVELOPE_PLAIN, IM_ERR_MSG_MUTED, &buf);
    buf_add_char(&buf, '\0');
    assert_string_equal(buf.p, "{\"ActionStatus\":\"FAIL\",\"ErrorInfo\":\"the sender is muted\","
                               "\"ErrorCode\":20012}");
    buf_release(&buf);
}

static void large_encode(struct request *req, struct buf *into)
{
    (void)req;
    for (int i = 0; i < 100; i++)
        BUF_LIT(into, ",\"Member\":\"value\"");
}

TEST(a_reply_that_does_not_fit_is_an_error_and_not_half_of_it)
{
    static const struct command large = {
        .service = "sample", .name = "large", .encode = large_encode};
    struct request *req = request_new();
    struct json reply;
    struct buf text;

    req->operation = &large.operation;
    buf_init(&text, 500);
    BUF_LIT(&text, "before");
    command_encode(req, &text);
    assert_false(text.overflow);
    assert_true(span_starts(buf_span(&text), SPAN_LIT("before{")));
    assert_true(json_parse(span_make(text.p + 6, text.n - 6), &reply));
    assert_true(span_is(json_member(reply, "ActionStatus").text, "\"FAIL\""));
    buf_release(&text);
    request_unref(req);
}

int main(void)
{
    return RUN_TESTS(
        T(members_reach_the_request_in_any_order), T(absent_optional_members_stay_zero),
        T(null_in_an_optional_member_is_absent), T(null_to_the_admin_api_is_a_value),
        T(a_body_that_is_no_json_object_has_the_row_s_code),
        T(a_missing_required_member_has_its_own_code), T(an_account_is_1_to_32_printable_bytes),
        T(an_empty_optional_account_is_absent), T(strings_and_lists_are_bounded),
        T(numbers_are_integers_in_their_range), T(of_two_members_with_one_name_the_last_counts),
        T(a_name_written_with_escapes_is_the_same_name), T(a_user_cannot_speak_in_another_s_name),
        T(the_row_s_own_decoding_runs_last), T(a_reply_is_its_envelope_and_its_members),
        T(a_row_may_add_members_to_errors), T(envelopes_of_some_services_differ),
        T(a_row_may_name_a_partial_success), T(the_server_s_own_errors_have_a_public_code),
        T(a_refusal_before_decoding_is_an_envelope_alone),
        T(a_reply_that_does_not_fit_is_an_error_and_not_half_of_it));
}
