#include <stdio.h>

#include "support/test.h"

#include "command/command.h"

TEST(every_row_is_found_by_its_name_and_by_its_number)
{
    assert_true(command_count() > 20);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);

        assert_ptr_equal(command_find(span_of(command->service), span_of(command->name)), command);
        if (command->operation.number)
            assert_ptr_equal(command_by_number(command->operation.number), command);
    }
}

TEST(other_names_are_not_found)
{
    assert_null(command_find(SPAN_LIT("openim"), SPAN_LIT("no_such")));
    assert_null(command_find(SPAN_LIT("openim"), SPAN_LIT("")));
    assert_null(command_find(SPAN_LIT(""), SPAN_LIT("")));
    assert_null(command_find(SPAN_LIT("heartbeat.al"), SPAN_LIT("ive")));
    assert_null(command_find(SPAN_LIT("heartbeat"), SPAN_LIT("Alive")));
    assert_null(command_by_number(0));
    assert_null(command_by_number(UINT16_MAX));
}

/* What has to be stored is unknown until it is there. */
TEST(only_reading_commands_are_answered_without_the_core)
{
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);

        if (!command->placeholder || strcmp(command->service, "imopenstat") == 0 ||
            strcmp(command->service, "heartbeat") == 0)
            continue;
        assert_true(strstr(command->name, "get") || strncmp(command->name, "fetch_", 6) == 0 ||
                    strncmp(command->name, "search_", 7) == 0);
    }
}

static void reply_of(const struct command *command, struct buf *buf)
{
    struct request *req = request_new();

    req->caller = CALLER_USER;
    req->identifier = SPAN_LIT("me");
    req->app.v = 1400000001;
    assert_int_equal(command_decode(command, req, arena_copy(&req->arena, SPAN_LIT("{}"))), IM_OK);
    command_encode(req, buf);
    assert_false(buf->overflow);
    request_unref(req);
}

TEST(every_answer_without_the_core_is_a_success_in_json)
{
    struct buf buf;

    buf_init(&buf, 4096);
    for (size_t i = 0; i < command_count(); i++) {
        struct json reply;

        if (!command_at(i)->placeholder)
            continue;
        buf_reset(&buf);
        reply_of(command_at(i), &buf);
        assert_true(json_parse(buf_span(&buf), &reply));
        assert_true(span_is(json_member(reply, "ActionStatus").text, "\"OK\""));
        assert_true(span_is(json_member(reply, "ErrorCode").text, "0"));
    }
    buf_release(&buf);
}

/* websocket-behaviour §9: what is missing or another value makes the SDK ask for ever. */
TEST(answers_at_the_start_end_every_paging)
{
    static const struct {
        const char *service, *name, *member, *value;
    } ends[] = {
        {"sns", "black_list_get", "StartIndex", "0"},
        {"sns", "friend_get", "CompleteFlag", "1"},
        {"recentcontact", "get_contact_group", "CompleteFlag", "1"},
        {"im_sdk_config_mgr", "fetch_config", "uint32_expired_time", "3600"},
        {"im_sdk_config_mgr", "fetch_config", "uint32_sdkappid", "1400000001"},
        {"im_sdk_config_mgr", "fetch_imsdk_purchase_bitsv2", "uint32_expired_time", "3600"},
    };
    struct buf buf;

    buf_init(&buf, 4096);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const struct command *command =
            command_find(span_of(ends[i].service), span_of(ends[i].name));
        struct json reply;

        assert_non_null(command);
        buf_reset(&buf);
        reply_of(command, &buf);
        assert_true(json_parse(buf_span(&buf), &reply));
        assert_true(span_is(json_member(reply, ends[i].member).text, ends[i].value));
    }
    buf_release(&buf);
}

TEST(purchase_bits_are_text_of_zeros_and_ones)
{
    struct span bits = command_purchase_bits();

    assert_in_range(bits.n, 1, 64);
    for (size_t i = 0; i < bits.n; i++)
        assert_true(bits.p[i] == '0' || bits.p[i] == '1');
}

/* A value that the field's decoding takes. */
static void put_value(struct buf *buf, const struct field *field)
{
    switch ((enum field_type)field->type) {
    case FIELD_STRING:
    case FIELD_ACCOUNT:
        BUF_LIT(buf, "\"x\"");
        return;
    case FIELD_ACCOUNTS:
    case FIELD_STRINGS:
        BUF_LIT(buf, "[\"x\"]");
        return;
    case FIELD_U32:
    case FIELD_U64:
        BUF_LIT(buf, "1");
        return;
    case FIELD_ARRAY:
        BUF_LIT(buf, "[]");
        return;
    case FIELD_OBJECT:
    case FIELD_ANY:
        BUF_LIT(buf, "{}");
        return;
    }
}

static void put_request_in_another_s_name(struct buf *buf, const struct command *command)
{
    BUF_LIT(buf, "{");
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];

        buf_printf(buf, "%s\"%s\":", i ? "," : "", field->name);
        if (field->flags & FIELD_SELF)
            BUF_LIT(buf, "\"someone_else\"");
        else
            put_value(buf, field);
    }
    BUF_LIT(buf, "}");
}

/* Whatever the row's own decoding makes of the rest, it starts from the caller's own name. */
TEST(no_user_command_can_be_called_in_another_s_name)
{
    struct buf buf;

    buf_init(&buf, 65536);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);
        struct request *req;

        if (!(command->callers & (BY_USER | BY_ANYONE)))
            continue;
        req = request_new();
        req->caller = CALLER_USER;
        req->identifier = SPAN_LIT("me");
        buf_reset(&buf);
        put_request_in_another_s_name(&buf, command);
        command_decode(command, req, arena_copy(&req->arena, buf_span(&buf)));
        for (size_t j = 0; j < command->field_count; j++) {
            const struct field *field = &command->fields[j];

            if (field->flags & FIELD_SELF)
                assert_true(
                    span_is(*(struct span *)(void *)((char *)req->body + field->offset), "me"));
        }
        request_unref(req);
    }
    buf_release(&buf);
}

/* A user's request names its own account in From_Account: taking it as told would let everybody
   speak for everybody. */
TEST(a_from_account_of_a_user_command_is_always_its_own)
{
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);

        if (!(command->callers & (BY_USER | BY_ANYONE)))
            continue;
        for (size_t j = 0; j < command->field_count; j++) {
            if (strcmp(command->fields[j].name, "From_Account") == 0)
                assert_true(command->fields[j].flags & FIELD_SELF);
        }
    }
}

TEST(the_documents_name_every_command)
{
    struct buf buf;
    char name[256];

    buf_init(&buf, 1 << 20);
    command_docs(&buf);
    assert_false(buf.overflow);
    buf_add_char(&buf, '\0');
    for (size_t i = 0; i < command_count(); i++) {
        snprintf(name, sizeof(name), "%s.%s", command_at(i)->service, command_at(i)->name);
        assert_non_null(strstr(buf.p, name));
    }
    buf_release(&buf);
}

int main(void)
{
    return RUN_TESTS(
        T(every_row_is_found_by_its_name_and_by_its_number), T(other_names_are_not_found),
        T(only_reading_commands_are_answered_without_the_core),
        T(every_answer_without_the_core_is_a_success_in_json),
        T(answers_at_the_start_end_every_paging), T(purchase_bits_are_text_of_zeros_and_ones),
        T(no_user_command_can_be_called_in_another_s_name),
        T(a_from_account_of_a_user_command_is_always_its_own), T(the_documents_name_every_command));
}
