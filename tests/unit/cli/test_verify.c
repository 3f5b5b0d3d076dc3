/* Ledger files that somebody changed: each is found, and named by its line. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ledger.h"
#include "support/ledger_file.h"

#define CACHE (8u << 20)
#define DAY 86400u

static struct ledger_lines whole; /* of a month with all kinds of lines */
static char end_hash[65];

/* One account is above the last tier of the plan, so that a contract decides. */
static const struct plan_edit small_tiers[] = {{"id", "\"small\""},       {"dau.tiers.0.to", "1"},
                                               {"dau.tiers.1.from", "1"}, {"dau.tiers.1.to", "2"},
                                               {"dau.tiers.2.from", "2"}, {NULL, NULL}};

static void settle(struct shard_fixture *f)
{
    for (int i = 0; i < 8; i++)
        fixture_advance(f, 1);
}

static void logins(struct shard_fixture *f, int from, int to)
{
    char name[16];

    for (int i = from; i < to; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        fixture_account(f, name);
        fixture_login(f, name, PLATFORM_WEB);
    }
}

static int make_file(void **state)
{
    struct shard_fixture *f = fixture_new_plan(CACHE, small_tiers);

    (void)state;
    fixture_limit(f, "call_rate", 1000);
    logins(f, 0, 5);
    fixture_admin(f, "group_open_http_svc.create_group",
                  "{\"Type\":\"Public\",\"Name\":\"g\",\"Owner_Account\":\"user1\"}");
    fixture_advance(f, DAY);
    logins(f, 3, 10);
    fixture_limit(f, "recents", 500);
    fixture_operator(f, "admin.contract_file",
                     "{\"app\":%u,\"file\":{\"format\":1,\"id\":\"big-2020\",\"currency\":\"CNY\","
                     "\"cycle\":\"calendar_month\",\"from\":\"2020-09\",\"to\":null,"
                     "\"total_fen\":12345600,\"limits\":{}}}",
                     f->app.v);
    fixture_advance(f, 17 * DAY);
    settle(f);
    fixture_operator(f, "admin.bill_note",
                     "{\"app\":%u,\"month\":\"2020-09\",\"kind\":\"payment\",\"amount_fen\":600,"
                     "\"reference\":\"bank 1\",\"reason\":\"paid\"}",
                     f->app.v);
    fixture_operator(f, "admin.bill_note",
                     "{\"app\":%u,\"month\":\"2020-09\",\"kind\":\"credit_note\",\"amount_fen\":5,"
                     "\"reference\":\"cn\",\"reason\":\"an outage\"}",
                     f->app.v);
    ledger_lines_export(f, "2020-09", &whole);
    fixture_free(f);
    memcpy(end_hash, strstr(whole.of[whole.count - 1], "\"hash\":\"") + 8, 64);
    return 0;
}

static int drop_file(void **state)
{
    (void)state;
    ledger_lines_release(&whole);
    return 0;
}

static char problem[LEDGER_PROBLEM_BYTES];

/* The problem of lines that were changed; "" if only numbers differ. Everything holds: fails. */
static const char *problem_of(const struct ledger_lines *lines)
{
    struct ledger_verifier *verifier = ledger_lines_verify(lines);
    struct ledger_finding finding = ledger_finding(verifier);

    snprintf(problem, sizeof(problem), "%s", finding.problem);
    assert_true(problem[0] || finding.differing);
    ledger_verifier_free(verifier);
    return problem;
}

/* ---- the chain ---- */

TEST(the_file_holds_as_it_is)
{
    ledger_lines_hold(&whole);
    ledger_lines_find(&whole, "\"kind\":\"contract_part\"");
    ledger_lines_find(&whole, "\"kind\":\"document\"");
}

TEST(no_byte_of_any_line_can_be_changed)
{
    uint32_t tried = 0;

    for (uint32_t i = 0; i < whole.count; i++) {
        size_t n = strlen(whole.of[i]);

        /* Each byte of short lines and of the ends of long ones. */
        for (size_t at = 0; at<n; at += n> 1000 && at > 100 && at < n - 100 ? 97 : 1) {
            static const char others[] = {1, 2, 4, 16, 32};
            char before = whole.of[i][at];

            whole.of[i][at] = (char)(before ^ others[tried++ % sizeof(others)]);
            assert_string_not_equal(problem_of(&whole), "");
            whole.of[i][at] = before;
        }
    }
    assert_true(tried > 5000);
}

TEST(a_changed_line_is_named)
{
    struct ledger_lines lines;
    uint32_t day = ledger_lines_find(&whole, "\"day\":\"20200914\",\"dau\":");
    char expected[128];

    ledger_lines_copy(&whole, &lines);
    ledger_lines_replace(&lines, day, "\"dau\":7", "\"dau\":6");
    snprintf(expected, sizeof(expected),
             "line %u (day 20200914): its hash does not fit: the line was changed", day + 1);
    assert_string_equal(problem_of(&lines), expected);
    ledger_lines_release(&lines);
}

TEST(a_missing_doubled_or_moved_line_is_named)
{
    char expected[128];

    for (uint32_t i = 1; i + 1 < whole.count; i++) {
        struct ledger_lines lines;
        char *kept;

        ledger_lines_copy(&whole, &lines);
        ledger_lines_remove(&lines, i);
        snprintf(expected, sizeof(expected), "line %u is missing: behind line %u stands line %u",
                 i + 1, i, i + 2);
        assert_string_equal(problem_of(&lines), expected);
        ledger_lines_insert(&lines, i, whole.of[i]);
        ledger_lines_insert(&lines, i, whole.of[i]);
        snprintf(expected, sizeof(expected),
                 "line %u: line %u stands there again: it was doubled or moved", i + 2, i + 1);
        assert_string_equal(problem_of(&lines), expected);
        ledger_lines_remove(&lines, i);
        kept = lines.of[i];
        lines.of[i] = lines.of[i + 1];
        lines.of[i + 1] = kept;
        snprintf(expected, sizeof(expected), "lines %u and %u: they stand in the wrong order",
                 i + 1, i + 2);
        assert_string_equal(problem_of(&lines), expected);
        ledger_lines_release(&lines);
    }
}

TEST(two_missing_lines_and_another_number_are_named)
{
    struct ledger_lines lines;

    ledger_lines_copy(&whole, &lines);
    ledger_lines_remove(&lines, 5);
    ledger_lines_remove(&lines, 5);
    assert_string_equal(problem_of(&lines),
                        "lines 6 to 7 are missing: behind line 5 stands line 8");
    ledger_lines_release(&lines);
    ledger_lines_copy(&whole, &lines);
    ledger_lines_replace(&lines, 5, "\"n\":6", "\"n\":96");
    assert_string_equal(problem_of(&lines),
                        "line 6: it has another number than its own: the line was changed");
    ledger_lines_release(&lines);
}

TEST(a_file_that_ends_too_soon_or_too_late_is_named)
{
    char expected[128];

    for (uint32_t count = 0; count < whole.count; count++) {
        struct ledger_lines lines;

        ledger_lines_copy(&whole, &lines);
        while (lines.count > count)
            ledger_lines_remove(&lines, lines.count - 1);
        snprintf(expected, sizeof(expected), "line %u: the file %s", count + 1,
                 count ? "ends before it: it was cut off" : "is empty");
        assert_string_equal(problem_of(&lines), expected);
        ledger_lines_release(&lines);
    }
    {
        struct ledger_lines lines;

        ledger_lines_copy(&whole, &lines);
        ledger_lines_insert(&lines, lines.count, whole.of[3]);
        snprintf(expected, sizeof(expected), "line %u: it stands behind the end", whole.count + 1);
        assert_string_equal(problem_of(&lines), expected);
        ledger_lines_release(&lines);
    }
}

/* ---- with hashes made again ---- */

/* One change, with numbers and hashes as if it had always been so. */
static void forged(const char *line, const char *part, const char *with)
{
    struct ledger_lines lines;

    ledger_lines_copy(&whole, &lines);
    ledger_lines_replace(&lines, ledger_lines_find(&lines, line), part, with);
    ledger_lines_chain(&lines);
    problem_of(&lines);
    ledger_lines_release(&lines);
}

TEST(the_chain_made_again_over_the_same_lines_is_the_same)
{
    struct ledger_lines lines;

    ledger_lines_copy(&whole, &lines);
    ledger_lines_chain(&lines);
    assert_true(ledger_lines_equal(&whole, &lines, whole.count));
    ledger_lines_release(&lines);
}

TEST(a_number_that_was_changed_with_all_hashes_does_not_add_up)
{
    forged("\"day\":\"20200914\",\"dau\"", "\"dau\":7", "\"dau\":8");
    forged("\"day\":\"20200914\",\"chunk\"", "\"count\":7", "\"count\":8");
    forged("\"day\":\"20200914\",\"chunk\"", "\"chunk\":0", "\"chunk\":268435455");
    forged("\"day\":\"20200914\",\"chunk\"", "\"day\":\"20200914\"", "\"day\":\"20200915\"");
    forged("\"day\":\"20200913\",\"dau\"", "\"groups_made\":1", "\"groups_made\":2");
    forged("\"day\":\"20200913\",\"dau\"", "\"groups_peak\":1", "\"groups_peak\":2");
    forged("\"kind\":\"month\"", "\"groups_at_start\":0", "\"groups_at_start\":1");
    forged("\"kind\":\"month\"", "\"groups_at_end\":1", "\"groups_at_end\":0");
    forged("\"kind\":\"month\"", "\"two_terminals\":false", "\"two_terminals\":true");
    forged("\"kind\":\"month\"", "\"largest_push\":0", "\"largest_push\":20000");
    forged("\"kind\":\"limit\",\"limit\":\"call_rate\"", "\"value\":100", "\"value\":2000");
    forged("\"kind\":\"change\"", "\"before\":100", "\"before\":101");
    forged("\"kind\":\"change\"", "\"value\":1000", "\"value\":2000");
    forged("\"kind\":\"change\"", "\"source\":\"operator\"", "\"source\":\"ticket\"");
    forged("\"kind\":\"change\"", "\"record\":", "\"record\":9");
    forged("\"kind\":\"header\"", "\"month\":\"2020-09\"", "\"month\":\"2020-10\"");
    forged("\"kind\":\"header\"", "\"final\":true", "\"final\":false");
    forged("\"kind\":\"header\"", "\"plan\":\"small\"", "\"plan\":\"large\"");
    forged("\"kind\":\"plan\",\"part\":1", "\"base64\":\"e", "\"base64\":\"f");
    forged("\"kind\":\"contract_part\"", "\"base64\":\"e", "\"base64\":\"f");
    forged("\"kind\":\"contract\"", "\"contract\":1", "\"contract\":2");
}

TEST(a_bill_that_was_changed_with_all_hashes_does_not_add_up)
{
    static const char bill[] = "\"kind\":\"bill\"";

    forged(bill, "\"total_fen\":12345600", "\"total_fen\":12345601");
    forged(bill, "\"peak_dau\":7", "\"peak_dau\":6");
    forged(bill, "\"peak_day\":\"20200914\"", "\"peak_day\":\"20200913\"");
    forged(bill, "\"peak_groups\":1", "\"peak_groups\":2");
    forged(bill, "\"packs\":0", "\"packs\":1");
    forged(bill, "\"limit\":\"call_rate\",\"value\":1000", "\"limit\":\"call_rate\",\"value\":900");
    forged(bill, "\"item\":\"dau\",\"quantity\":7", "\"item\":\"dau\",\"quantity\":6");
    forged(bill, "\"units\":1", "\"units\":2");
    forged(bill, "\"contract\":1", "\"contract\":null");
    forged(bill, "\"plan\":\"small\"", "\"plan\":\"large\"");
    forged("\"document\":\"payment\"", "\"amount_fen\":600", "\"amount_fen\":700");
    forged("\"document\":\"payment\"", "\"document\":\"payment\"", "\"document\":\"adjustment\"");
    forged("\"kind\":\"status\"", "\"paid_fen\":600", "\"paid_fen\":12345600");
    forged("\"kind\":\"status\"", "\"state\":\"issued\"", "\"state\":\"paid\"");
}

TEST(a_line_that_was_taken_or_put_with_all_hashes_does_not_add_up)
{
    uint32_t end_of_chain = ledger_lines_find(&whole, "\"kind\":\"status\"");

    for (uint32_t i = 0; i < whole.count; i++) {
        struct ledger_lines lines;

        ledger_lines_copy(&whole, &lines);
        ledger_lines_remove(&lines, i);
        if (i < whole.count - 1) {
            char was[48], is[48];

            snprintf(was, sizeof(was), "\"lines\":%u", whole.count);
            snprintf(is, sizeof(is), "\"lines\":%u", whole.count - 1);
            ledger_lines_replace(&lines, lines.count - 1, was, is);
        }
        ledger_lines_chain(&lines);
        problem_of(&lines);
        ledger_lines_release(&lines);
        ledger_lines_copy(&whole, &lines);
        ledger_lines_insert(&lines, i < end_of_chain ? end_of_chain : 1, whole.of[i]);
        ledger_lines_chain(&lines);
        problem_of(&lines);
        ledger_lines_release(&lines);
    }
}

/* What a server does not write cannot stand in a line, whatever its hash. */
TEST(members_that_nobody_looks_at_are_refused)
{
    static const char note[] = "it is not written as a server writes it";
    static const char *const changes[][2] = {
        {"\"dau\":7", "\"dau\":7,\"dau\":7"},   {"\"dau\":7", "\"dau\": 7"},
        {"\"dau\":7", "\"dau\":7.0"},           {"\"dau\":7", "\"dau\":\"7\""},
        {"\"dau\":7", "\"other\":1,\"dau\":7"}, {"\"dau\":7", "\"dau\":null"},
        {"\"20200914\"", "\"20200931\""},       {"\"dau\":7", "\"d\\u0061u\":7"}};

    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        struct ledger_lines lines;

        ledger_lines_copy(&whole, &lines);
        ledger_lines_replace(&lines, ledger_lines_find(&lines, "\"day\":\"20200914\",\"dau\""),
                             changes[i][0], changes[i][1]);
        ledger_lines_chain(&lines);
        assert_non_null(strstr(problem_of(&lines), note));
        ledger_lines_release(&lines);
    }
}

/* ---- the subcommand ---- */

static struct {
    int status;
    char out[32768];
} run;

static void verify(const char *path, const char *option, const char *value)
{
    char name[] = "verify";
    char *words[5] = {name, NULL};
    char copies[3][512];
    int argc = 1, old = dup(STDOUT_FILENO);
    FILE *out = tmpfile();
    const char *given[] = {path, option, value};

    for (int i = 0; i < 3 && given[i]; i++) {
        snprintf(copies[i], sizeof(copies[i]), "%s", given[i]);
        words[argc++] = copies[i];
    }
    fflush(stdout);
    dup2(fileno(out), STDOUT_FILENO);
    run.status = cli_bill_verify(argc, words);
    fflush(stdout);
    dup2(old, STDOUT_FILENO);
    close(old);
    rewind(out);
    run.out[fread(run.out, 1, sizeof(run.out) - 1, out)] = 0;
    fclose(out);
}

static void write_file(char path[64], const char *behind_last)
{
    FILE *out;

    snprintf(path, 64, "/tmp/magpie-verify-XXXXXX");
    out = fdopen(mkstemp(path), "w");
    for (uint32_t i = 0; i < whole.count; i++)
        fprintf(out, "%s%s", whole.of[i], i + 1 < whole.count ? "\n" : behind_last);
    fclose(out);
}

TEST(the_subcommand_says_that_everything_holds_and_prints_the_end_hash)
{
    char path[64];

    write_file(path, "\n");
    verify(path, NULL, NULL);
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, "everything holds"));
    assert_non_null(strstr(run.out, end_hash));
    assert_null(strstr(run.out, "DIFFERS"));
    verify(path, "--expect-hash", end_hash);
    assert_int_equal(run.status, 0);
    verify(path, "--expect-hash",
           "0000000000000000000000000000000000000000000000000000000000000000");
    assert_int_equal(run.status, 1);
    assert_non_null(strstr(run.out, "not the expected one"));
    verify(path, "--json", NULL);
    assert_non_null(strstr(run.out, "{\"holds\":true,"));
    unlink(path);
}

TEST(the_subcommand_finds_a_file_that_was_cut_or_is_none)
{
    char path[64];

    write_file(path, "");
    verify(path, NULL, NULL);
    assert_int_equal(run.status, 1);
    assert_non_null(strstr(run.out, "cut off"));
    unlink(path);
    verify("/proc/self/maps", NULL, NULL);
    assert_int_equal(run.status, 1);
    assert_non_null(strstr(run.out, "not the first line of a ledger"));
    verify("/dev/null", NULL, NULL);
    assert_int_equal(run.status, 1);
    verify("/nowhere/at/all", NULL, NULL);
    assert_int_equal(run.status, 1);
}

TEST(the_subcommand_shows_what_differs)
{
    char path[64];
    struct ledger_lines kept;

    ledger_lines_copy(&whole, &kept);
    ledger_lines_replace(&whole, ledger_lines_find(&whole, "\"kind\":\"bill\""),
                         "\"total_fen\":12345600", "\"total_fen\":12345500");
    ledger_lines_chain(&whole);
    write_file(path, "\n");
    verify(path, NULL, NULL);
    assert_int_equal(run.status, 1);
    assert_non_null(strstr(run.out, "123,455.00"));
    assert_non_null(strstr(run.out, "DIFFERS"));
    unlink(path);
    ledger_lines_release(&whole);
    whole = kept;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_file_holds_as_it_is),
        T(no_byte_of_any_line_can_be_changed),
        T(a_changed_line_is_named),
        T(a_missing_doubled_or_moved_line_is_named),
        T(two_missing_lines_and_another_number_are_named),
        T(a_file_that_ends_too_soon_or_too_late_is_named),
        T(the_chain_made_again_over_the_same_lines_is_the_same),
        T(a_number_that_was_changed_with_all_hashes_does_not_add_up),
        T(a_bill_that_was_changed_with_all_hashes_does_not_add_up),
        T(a_line_that_was_taken_or_put_with_all_hashes_does_not_add_up),
        T(members_that_nobody_looks_at_are_refused),
        T(the_subcommand_says_that_everything_holds_and_prints_the_end_hash),
        T(the_subcommand_finds_a_file_that_was_cut_or_is_none),
        T(the_subcommand_shows_what_differs),
    };

    return cmocka_run_group_tests(tests, make_file, drop_file);
}
