#include "support/test.h"

#include <stdio.h>

#include "core/billing/plan.h"
#include "core/billing/shipped.h"
#include "support/plan_edit.h"

TEST(every_shipped_plan_is_valid_and_named_after_its_id)
{
    size_t count = 0;

    for (const struct shipped_plan *shipped = shipped_plans; shipped->id; shipped++, count++) {
        char problem[PLAN_PROBLEM_BYTES] = "";
        struct plan plan;
        enum im_err err = plan_parse(span_make(shipped->bytes, shipped->n), &plan, problem);

        assert_string_equal(problem, "");
        assert_int_equal(err, IM_OK);
        assert_string_equal(plan.id, shipped->id);
    }
    assert_true(count >= 1);
}

TEST(the_embedded_plan_is_the_file_byte_for_byte)
{
    FILE *file = fopen(MAGPIE_SOURCE_DIR "/plans/cloud-2018.json", "r");
    char bytes[PLAN_MAX_BYTES];
    struct span shipped;

    assert_non_null(file);
    assert_true(shipped_plan_find(SPAN_LIT("cloud-2018"), &shipped));
    assert_true(span_eq(shipped, span_make(bytes, fread(bytes, 1, sizeof(bytes), file))));
    fclose(file);
    assert_false(shipped_plan_find(SPAN_LIT("cloud-2017"), &shipped));
}

TEST(cloud_2018_says_what_the_price_table_says)
{
    struct plan plan = plan_shipped();

    assert_string_equal(plan.id, "cloud-2018");
    assert_string_equal(plan.time_zone, "Asia/Shanghai");
    assert_int_equal(plan.dau.tier_count, 3);
    assert_int_equal(plan.dau.tiers[0].last, 99999);
    assert_int_equal(plan.dau.tiers[1].first, 100000);
    assert_int_equal(plan.dau.tiers[1].last, 800000);
    assert_int_equal(plan.dau.tiers[1].unit_price_fen, 1000000);
    assert_int_equal(plan.dau.tiers[2].charge, PLAN_TIER_CONTRACT);
    assert_true(plan.dau.tiers[2].last == UINT64_MAX);
    assert_int_equal(plan.caps.members_of_private, 200);
    assert_int_equal(plan.caps.members_of_public, 2000);
    assert_int_equal(plan.caps.members_of_chat_room, 10000);
    assert_int_equal(plan.caps.b_chat_rooms, 5);
    assert_int_equal(plan.caps.friends_per_account, 1000);
    assert_true(plan.caps.av_chat_rooms == PLAN_UNLIMITED);
    assert_true(plan.caps.accounts == PLAN_UNLIMITED);
    assert_true(plan.services.group_counters && plan.services.room_bans &&
                plan.services.room_broadcasts && plan.services.all_member_push);
}

TEST(a_new_app_starts_with_what_the_plan_includes)
{
    static const uint64_t included[LIMIT_COUNT] = {
        [LIMIT_PUSH] = 100,           [LIMIT_CALL_RATE] = 100,
        [LIMIT_GROUPS_PER_DAY] = 500, [LIMIT_GROUPS_TOTAL] = 100000,
        [LIMIT_RECENTS] = 50,         [LIMIT_GROUP_MESSAGES] = 40};
    struct plan plan = plan_shipped();

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        assert_int_equal(plan_included(&plan, (enum limit)i), included[i]);
}

TEST(what_is_granted_is_at_least_what_is_included_and_whole_steps)
{
    static const struct {
        enum limit limit;
        uint64_t wanted, granted;
    } rows[] = {
        {LIMIT_CALL_RATE, 1, 100},
        {LIMIT_CALL_RATE, 150, 200},
        {LIMIT_CALL_RATE, 200, 200},
        {LIMIT_GROUPS_PER_DAY, 501, 1000},
        {LIMIT_GROUPS_TOTAL, 999999, 1000000},
        {LIMIT_RECENTS, 51, 100},
        {LIMIT_ROAMING, 0, 0},
        {LIMIT_ROAMING, 4, 4},
        {LIMIT_MULTI_TERMINAL, 2, 2},
        {LIMIT_PUSH, 150, 150},
        {LIMIT_PUSH, 20, 100},
    };
    struct plan plan = plan_shipped();
    uint64_t granted = 7;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(plan_grant(&plan, rows[i].limit, rows[i].wanted, &granted), IM_OK);
        assert_int_equal(granted, rows[i].granted);
    }
    granted = 7;
    assert_int_equal(plan_grant(&plan, LIMIT_CALL_RATE, UINT64_MAX, &granted), IM_ERR_OVERFLOW);
    assert_int_equal(granted, 7);
}

TEST(call_limits_follow_the_call_rate)
{
    static const struct {
        const char *command;
        uint64_t rate, calls;
    } rows[] = {
        {"openim.sendmsg", 100, 100},
        {"openim.sendmsg", 1000, 1000},
        {"im_open_login_svc.account_import", 100, 1000},
        {"im_open_login_svc.kick", 200, 2000},
        {"im_open_login_svc.multiaccount_import", 100, 10},
        {"im_open_login_svc.multiaccount_import", 5, 1},
        {"openim.sendmsg", 0, 1},
        {"im_open_login_svc.kick", UINT64_MAX, UINT64_MAX},
    };
    struct plan plan = plan_shipped();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_true(plan_calls_of_command(&plan, span_of(rows[i].command), rows[i].rate) ==
                    rows[i].calls);
    assert_int_equal(plan_calls_of_app(&plan, 100), 1000);
}

TEST(an_extension_of_n_months_keeps_messages_n_times_31_days)
{
    struct plan plan = plan_shipped();

    assert_int_equal(plan_roaming_days(&plan, 0), 7);
    assert_int_equal(plan_roaming_days(&plan, 1), 31);
    assert_int_equal(plan_roaming_days(&plan, 12), 372);
    assert_true(plan_roaming_days(&plan, UINT64_MAX) == UINT64_MAX);
}

TEST(a_blank_more_changes_the_sum_and_nothing_else)
{
    struct span file;
    struct plan plan;
    struct plan again;
    char problem[PLAN_PROBLEM_BYTES];
    char longer[PLAN_MAX_BYTES];

    assert_true(shipped_plan_find(span_of(PLAN_DEFAULT), &file));
    memcpy(longer, file.p, file.n);
    longer[file.n] = ' ';
    assert_int_equal(plan_parse(file, &plan, problem), IM_OK);
    assert_int_equal(plan_parse(span_make(longer, file.n + 1), &again, problem), IM_OK);
    assert_memory_not_equal(plan.sha256, again.sha256, sizeof(plan.sha256));
    assert_string_equal(plan.id, again.id);
    assert_memory_equal(&plan.caps, &again.caps, sizeof(plan.caps));
}

TEST(the_sum_is_sha_256)
{
    /* Of cloud-2018: changes only when the shipped file does. */
    FILE *pipe = popen("sha256sum " MAGPIE_SOURCE_DIR "/plans/cloud-2018.json", "r");
    struct plan plan = plan_shipped();
    char expected[65] = "";
    char hex[65] = "";

    assert_non_null(pipe);
    assert_non_null(fgets(expected, sizeof(expected), pipe));
    pclose(pipe);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + i * 2, 3, "%02x", plan.sha256[i]);
    assert_string_equal(hex, expected);
}

#define TIER(from, from_closed, to, to_closed)                                                  \
    "{\"from\":" from ",\"from_closed\":" from_closed ",\"to\":" to ",\"to_closed\":" to_closed \
    ",\"charge\":\"free\"}"

static const struct {
    struct plan_edit edits[3];
    const char *problem;
} bad_plans[] = {
    /* missing, unknown, wrong type */
    {{{"id", NULL}}, "id: is missing"},
    {{{"services", NULL}}, "services: is missing"},
    {{{"dau.tiers", NULL}}, "dau.tiers: is missing"},
    {{{"call_rate.minimum_fen", NULL}}, "call_rate.minimum_fen: is missing"},
    {{{"dau.tiers.1.unit_price_fen", NULL}}, "dau.tiers[1].unit_price_fen: is missing"},
    {{{"calls.exceptions.2.times", NULL}}, "calls.exceptions[2].times: is missing"},
    {{{"metering.refused", NULL}}, "metering.refused: is missing"},
    {{{"prices", "1"}}, "prices: is not a known field"},
    {{{"dau.untis", "1"}}, "dau.untis: is not a known field"},
    {{{"dau.tiers.0.unit_price_fen", "5"}}, "dau.tiers[0].unit_price_fen: is not a known field"},
    {{{"dau", "[]"}}, "dau: must be an object"},
    {{{"dau.tiers.2", "7"}}, "dau.tiers[2]: must be an object"},
    {{{"dau.tiers", "{}"}}, "dau.tiers: must be an array of 1 to 8 tiers"},
    {{{"dau.tiers", "[]"}}, "dau.tiers: must be an array of 1 to 8 tiers"},
    {{{"calls.exceptions", "null"}}, "calls.exceptions: must be an array of at most 32 objects"},
    {{{"services.room_bans", "1"}}, "services.room_bans: must be true or false"},
    {{{"dau.tiers.0.from_closed", "\"yes\""}}, "dau.tiers[0].from_closed: must be true or false"},
    /* numbers */
    {{{"dau.unit", "0"}}, "dau.unit: must be a whole number from 1 to 1000000000000"},
    {{{"dau.unit", "-1"}}, "dau.unit: must be a whole number from 1 to 1000000000000"},
    {{{"dau.unit", "1.5"}}, "dau.unit: must be a whole number from 1 to 1000000000000"},
    {{{"dau.unit", "1e5"}}, "dau.unit: must be a whole number from 1 to 1000000000000"},
    {{{"dau.unit", "\"100000\""}}, "dau.unit: must be a whole number from 1 to 1000000000000"},
    {{{"dau.unit", "null"}}, "dau.unit: must be a whole number from 1 to 1000000000000"},
    {{{"dau.unit", "1000000000001"}}, "dau.unit: must be a whole number from 1 to 1000000000000"},
    {{{"recents.step", "0"}}, "recents.step: must be a whole number from 1 to 1000000000000"},
    {{{"push.fee_fen", "-5"}}, "push.fee_fen: must be a whole number from 0 to 1000000000000"},
    {{{"push.fee_fen", "9223372036854775807"}},
     "push.fee_fen: must be a whole number from 0 to 1000000000000"},
    {{{"caps.groups", "-1"}},
     "caps.groups: must be a whole number from 0 to 1000000000000, or null"},
    {{{"roaming.days_per_month", "32"}},
     "roaming.days_per_month: must be a whole number from 28 to 31"},
    {{{"calls.app.divided_by", "0"}},
     "calls.app.divided_by: must be a whole number from 1 to 1000"},
    /* texts */
    {{{"format", "3"}}, "format: must be 1 or 2, the formats that this version reads"},
    {{{"id", "\"\""}}, "id: must be 1 to 32 characters a-z, 0-9 and -"},
    {{{"id", "\"Cloud 2018\""}}, "id: must be 1 to 32 characters a-z, 0-9 and -"},
    {{{"id", "\"abcdefghijklmnopqrstuvwxyz0123456\""}},
     "id: must be 1 to 32 characters a-z, 0-9 and -"},
    {{{"id", "2018"}}, "id: must be 1 to 32 characters a-z, 0-9 and -"},
    {{{"time_zone", "\"../etc/passwd\""}},
     "time_zone: must be a zone name such as \"Asia/Shanghai\""},
    {{{"time_zone", "8"}}, "time_zone: must be a zone name such as \"Asia/Shanghai\""},
    {{{"currency", "\"USD\""}}, "currency: must be \"CNY\""},
    {{{"cycle", "\"week\""}}, "cycle: must be \"calendar_month\""},
    {{{"metering.dau_of_month", "\"average\""}}, "metering.dau_of_month: must be \"highest_day\""},
    {{{"dau.part_of_unit", "\"nearest\""}}, "dau.part_of_unit: must be \"up\" or \"down\""},
    {{{"dau.tiers.0.charge", "\"gratis\""}},
     "dau.tiers[0].charge: must be \"free\" or \"per_unit\" or \"contract\""},
    {{{"recents.charged_quantity", "7"}},
     "recents.charged_quantity: must be \"whole\" or \"above_included\""},
    {{{"calls.exceptions.0.command", "\"kick\""}},
     "calls.exceptions[0].command: must be a command such as \"openim.sendmsg\""},
    {{{"calls.exceptions.0.command", "\"a.b.c\""}},
     "calls.exceptions[0].command: must be a command such as \"openim.sendmsg\""},
    {{{"calls.exceptions.0.command", "\".kick\""}},
     "calls.exceptions[0].command: must be a command such as \"openim.sendmsg\""},
    {{{"calls.exceptions.2.command", "\"im_open_login_svc.kick\""}},
     "calls.exceptions[2]: names im_open_login_svc.kick a second time"},
    /* tiers */
    {{{"dau.tiers.1.from", "100001"}}, "dau.tiers[1]: leaves a gap: no tier holds 100000"},
    {{{"dau.tiers.1.from_closed", "false"}}, "dau.tiers[1]: leaves a gap: no tier holds 100000"},
    {{{"dau.tiers.0.to_closed", "true"}},
     "dau.tiers[1]: overlaps the tier before it: both hold 100000"},
    {{{"dau.tiers.2.from", "500000"}},
     "dau.tiers[2]: overlaps the tier before it: both hold 500001"},
    {{{"dau.tiers.2.from_closed", "true"}},
     "dau.tiers[2]: overlaps the tier before it: both hold 800000"},
    {{{"dau.tiers.1.to", "50000"}}, "dau.tiers[1]: holds no number"},
    {{{"dau.tiers.0.to", "0"}}, "dau.tiers[0]: holds no number"},
    {{{"dau.tiers.0.from", "1"}}, "dau.tiers[0]: is the first tier and must hold 0"},
    {{{"dau.tiers.0.from_closed", "false"}}, "dau.tiers[0]: is the first tier and must hold 0"},
    {{{"dau.tiers.2.to", "900000"}}, "dau.tiers[2]: is the last tier, so its \"to\" must be null"},
    {{{"dau.tiers.2", NULL}}, "dau.tiers[1]: is the last tier, so its \"to\" must be null"},
    {{{"dau.tiers.1.to", "null"}, {"dau.tiers.1.to_closed", "false"}},
     "dau.tiers[2]: overlaps the tier before it: both hold 800001"},
    {{{"dau.tiers.2.to_closed", "true"}}, "dau.tiers[2]: has no end, so to_closed must be false"},
    {{{"dau.tiers",
       "[" TIER("0", "true", "9", "true") "," TIER("10", "true", "null", "false") "," TIER(
           "10", "true", "null", "false") "]"}},
     "dau.tiers[2]: overlaps the tier before it: both hold 10"},
};

#define PACK(id, kind, groups, gives)                                           \
    "{\"id\":\"" id "\",\"kind\":\"" kind "\",\"fee_fen\":5,\"groups\":" groups \
    ",\"gives\":" gives "}"

/* Of pro-2019-05: what only format 2 has. */
static const struct {
    struct plan_edit edits[3];
    const char *problem;
} bad_later_plans[] = {
    {{{"format", "1"}}, "edition: is not a known field"},
    {{{"format", "\"2\""}}, "format: must be 1 or 2, the formats that this version reads"},
    {{{"edition", NULL}}, "edition: is missing"},
    {{{"packs", NULL}}, "packs: is missing"},
    {{{"bandwidth", NULL}}, "bandwidth: is missing"},
    {{{"groups_total.counted", NULL}}, "groups_total.counted: is missing"},
    {{{"groups_total.counted", "\"average\""}},
     "groups_total.counted: must be \"granted_limit\" or \"month_end\" or \"peak\""},
    {{{"recents.counted", "\"peak\""}}, "recents.counted: is not a known field"},
    {{{"roaming.conversations", "\"groups\""}},
     "roaming.conversations: must be \"c2c\" or \"c2c_and_groups\""},
    {{{"edition", "null"}}, "edition: must be an object"},
    {{{"edition.name", "\"\""}}, "edition.name: must be 1 to 32 characters a-z, 0-9 and -"},
    {{{"edition.paid", "\"later\""}}, "edition.paid: must be \"in_advance\""},
    {{{"edition.fee_fen", "-1"}},
     "edition.fee_fen: must be a whole number from 0 to 1000000000000"},
    {{{"packs", "{}"}}, "packs: must be an array of at most 24 packs"},
    {{{"packs.0.fee_fen", NULL}}, "packs[0].fee_fen: is missing"},
    {{{"packs.0.fee_fen", "1000000000001"}},
     "packs[0].fee_fen: must be a whole number from 0 to 1000000000000"},
    {{{"packs.0.color", "1"}}, "packs[0].color: is not a known field"},
    {{{"packs.0.gives", "{}"}}, "packs[0]: gives nothing"},
    {{{"packs.0.gives", "{\"dau\": 5}"}}, "packs[0].gives.dau: is not a known field"},
    {{{"packs.0.gives", "{\"roaming\": null}"}},
     "packs[0].gives.roaming: must be a whole number from 1 to 1000000000000"},
    {{{"packs.0.gives", "{\"accounts\": 0}"}},
     "packs[0].gives.accounts: must be a whole number from 1 to 1000000000000, or null"},
    {{{"packs.0.groups", "0"}},
     "packs[0].groups: must be a whole number from 1 to 1000000000000, or null"},
    {{{"packs.0.kind", "7"}}, "packs[0].kind: must be 1 to 32 characters a-z, 0-9 and -"},
    {{{"packs",
       "[" PACK("a", "k", "null", "{\"groups\":1}") "," PACK("a", "m", "3", "{\"groups\":2}") "]"}},
     "packs[1]: has the id a a second time"},
    {{{"bandwidth", "[]"}}, "bandwidth: must be an object"},
    {{{"bandwidth.unit_price_fen", "null"}},
     "bandwidth.unit_price_fen: must be a whole number from 0 to 1000000000000"},
    {{{"bandwidth.abroad_unit_price_fen", "-2"}},
     "bandwidth.abroad_unit_price_fen: must be a whole number from 0 to 1000000000000, or null"},
    {{{"bandwidth.measured", "\"p95\""}}, "bandwidth.measured: must be \"daily_peak_mbps\""},
};

TEST(a_bad_plan_of_format_2_is_refused_with_one_sentence_that_names_the_place)
{
    for (size_t i = 0; i < sizeof(bad_later_plans) / sizeof(*bad_later_plans); i++) {
        char problem[PLAN_PROBLEM_BYTES] = "";
        struct plan plan;
        struct buf text;

        buf_init(&text, PLAN_MAX_BYTES);
        plan_edit_text_of("pro-2019-05", bad_later_plans[i].edits, &text);
        assert_int_equal(plan_parse(buf_span(&text), &plan, problem), IM_ERR_INVALID);
        assert_string_equal(problem, bad_later_plans[i].problem);
        buf_release(&text);
    }
}

TEST(more_packs_than_there_is_room_for_are_refused)
{
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct plan plan;
    struct buf packs;

    for (unsigned count = PLAN_MAX_PACKS; count <= PLAN_MAX_PACKS + 1; count++) {
        struct buf text;

        buf_init(&text, PLAN_MAX_BYTES);
        buf_init(&packs, PLAN_MAX_BYTES);
        for (unsigned i = 0; i < count; i++)
            buf_printf(&packs,
                       "%s{\"id\":\"p%u\",\"kind\":\"k\",\"fee_fen\":1,\"groups\":null,"
                       "\"gives\":{\"groups\":null}}",
                       i ? "," : "[", i);
        buf_add(&packs, "]", 2);
        plan_edit_text_of("pro-2019-05", (struct plan_edit[]){{"packs", packs.p}, {0}}, &text);
        assert_int_equal(plan_parse(buf_span(&text), &plan, problem),
                         count > PLAN_MAX_PACKS ? IM_ERR_INVALID : IM_OK);
        buf_release(&text);
        buf_release(&packs);
    }
    assert_string_equal(problem, "packs: must be an array of at most 24 packs");
}

TEST(a_plan_of_format_1_has_no_edition_no_packs_and_no_bandwidth)
{
    struct plan plan = plan_shipped();

    assert_int_equal(plan.format, 1);
    assert_string_equal(plan.edition.name, "");
    assert_int_equal(plan.pack_count, 0);
    assert_false(plan.bandwidth.sold);
    assert_int_equal(plan.groups_total.counted, PLAN_COUNTED_GRANTED);
    assert_int_equal(plan.roaming.conversations, PLAN_C2C);
}

TEST(the_bytes_of_cloud_2018_are_those_that_servers_have_stored)
{
    static const uint8_t stored[32] = {0xb8, 0xde, 0xd1, 0xa6, 0x17, 0x48, 0xec, 0x7e,
                                       0x3f, 0xad, 0x48, 0x25, 0xdf, 0xf5, 0xd1, 0x17,
                                       0xdd, 0xaa, 0x2b, 0xd5, 0x6d, 0x48, 0x08, 0x4d,
                                       0xd9, 0x0b, 0x26, 0xf3, 0xf7, 0xf2, 0xd2, 0x45};
    struct plan plan = plan_shipped();

    assert_memory_equal(plan.sha256, stored, sizeof(stored));
}

TEST(a_bad_plan_is_refused_with_one_sentence_that_names_the_place)
{
    for (size_t i = 0; i < sizeof(bad_plans) / sizeof(*bad_plans); i++) {
        char problem[PLAN_PROBLEM_BYTES] = "";
        struct plan plan;
        struct plan untouched;
        struct buf text;

        memset(&plan, 0x5a, sizeof(plan));
        memcpy(&untouched, &plan, sizeof(plan));
        buf_init(&text, PLAN_MAX_BYTES);
        plan_edit_text(bad_plans[i].edits, &text);
        assert_int_equal(plan_parse(buf_span(&text), &plan, problem), IM_ERR_INVALID);
        assert_string_equal(problem, bad_plans[i].problem);
        assert_memory_equal(&plan, &untouched, sizeof(plan));
        buf_release(&text);
    }
}

TEST(text_that_is_no_json_is_refused_with_its_line)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"", "line 1, column 0: '[' or '{' expected near end of file"},
        {"[]", "the file: must be an object"},
        {"{\n\"id\": 1,\n\"id\": 2}", "line 3, column 4: duplicate object key near '\"id\"'"},
        {"{\n\"id\": 99999999999999999999}",
         "line 2, column 26: too big integer near '99999999999999999999'"},
        {"{} x", "line 1, column 4: end of file expected near 'x'"},
        {"{\"\xff\": 1}", "line 1, column 2: unable to decode byte 0xff near '\"'"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char problem[PLAN_PROBLEM_BYTES] = "";
        struct plan plan;

        assert_int_equal(plan_parse(span_of(rows[i].text), &plan, problem), IM_ERR_INVALID);
        assert_string_equal(problem, rows[i].problem);
    }
}

TEST(names_from_the_file_cannot_break_the_line_of_the_problem)
{
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct plan plan;

    assert_int_equal(plan_parse(SPAN_LIT("{\"a\\n\\u001b[31mb\xc3\xa9\": 1}"), &plan, problem),
                     IM_ERR_INVALID);
    assert_string_equal(problem, "a??[31mb??: is not a known field");
}

TEST(a_plan_may_be_64_kilobytes_and_no_more)
{
    static char text[PLAN_MAX_BYTES + 1];
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct span file;
    struct plan plan;

    assert_true(shipped_plan_find(span_of(PLAN_DEFAULT), &file));
    memset(text, ' ', sizeof(text));
    memcpy(text, file.p, file.n);
    assert_int_equal(plan_parse(span_make(text, PLAN_MAX_BYTES), &plan, problem), IM_OK);
    assert_int_equal(plan_parse(span_make(text, PLAN_MAX_BYTES + 1), &plan, problem),
                     IM_ERR_INVALID);
    assert_string_equal(problem, "the file: is larger than 65536 bytes");
}

int main(void)
{
    return RUN_TESTS(T(every_shipped_plan_is_valid_and_named_after_its_id),
                     T(the_embedded_plan_is_the_file_byte_for_byte),
                     T(cloud_2018_says_what_the_price_table_says),
                     T(a_new_app_starts_with_what_the_plan_includes),
                     T(what_is_granted_is_at_least_what_is_included_and_whole_steps),
                     T(call_limits_follow_the_call_rate),
                     T(an_extension_of_n_months_keeps_messages_n_times_31_days),
                     T(a_blank_more_changes_the_sum_and_nothing_else), T(the_sum_is_sha_256),
                     T(a_bad_plan_is_refused_with_one_sentence_that_names_the_place),
                     T(a_bad_plan_of_format_2_is_refused_with_one_sentence_that_names_the_place),
                     T(more_packs_than_there_is_room_for_are_refused),
                     T(a_plan_of_format_1_has_no_edition_no_packs_and_no_bandwidth),
                     T(the_bytes_of_cloud_2018_are_those_that_servers_have_stored),
                     T(text_that_is_no_json_is_refused_with_its_line),
                     T(names_from_the_file_cannot_break_the_line_of_the_problem),
                     T(a_plan_may_be_64_kilobytes_and_no_more));
}
