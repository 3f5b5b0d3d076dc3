#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/price.h"

#define MAX_WORDS 32

/* What one run of `magpie price` printed. */
static struct {
    int status;
    char out[16384];
    char err[4096];
} run;

static void read_back(FILE *file, char *into, size_t room)
{
    rewind(file);
    into[fread(into, 1, room - 1, file)] = '\0';
    fclose(file);
}

static void price(const char *words)
{
    char line[512];
    char *argv[MAX_WORDS] = {(char[]){"price"}};
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    int old_out = dup(STDOUT_FILENO);
    int old_err = dup(STDERR_FILENO);
    int argc = 1;
    char *rest = NULL;

    snprintf(line, sizeof(line), "%s", words);
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    fflush(stdout);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    run.status = cli_price(argc, argv);
    fflush(stdout);
    dup2(old_out, STDOUT_FILENO);
    dup2(old_err, STDERR_FILENO);
    close(old_out);
    close(old_err);
    read_back(out, run.out, sizeof(run.out));
    read_back(err, run.err, sizeof(run.err));
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

TEST(the_whole_bill_is_62000_yuan_in_the_table_and_in_json)
{
    price("--dau 200000 --roaming-months 12 --multi-terminal --push-targets 12000 "
          "--calls-per-second 1000 --groups-per-day 10000 --groups 1000000 --recents 500");
    assert_int_equal(run.status, 0);
    assert_string_equal(run.err, "");
    assert_non_null(strstr(run.out, " 62,000.00\n"));
    price("--dau 200000 --roaming-months 12 --multi-terminal --push-targets 12000 "
          "--calls-per-second 1000 --groups-per-day 10000 --groups 1000000 --recents 500 --json");
    assert_int_equal(run.status, 0);
    assert_true(starts(run.out, "{\"total_fen\":6200000,\"status\":\"ok\","));
    assert_string_equal(run.out + strlen(run.out) - 3, "]}\n");
}

TEST(quantities_between_steps_are_rounded_up_and_included_ones_are_free)
{
    static const struct {
        const char *words, *total;
    } rows[] = {
        {"--json", "{\"total_fen\":0,"},
        {"--dau 0 --json", "{\"total_fen\":0,"},
        {"--json --dau=99999 --calls-per-second=100 --recents 50", "{\"total_fen\":0,"},
        {"--json --calls-per-second 150", "{\"total_fen\":200000,"},
        {"--json --calls-per-second 301", "{\"total_fen\":240000,"},
        {"--json --pushes-per-day 100", "{\"total_fen\":0,"},
        {"--json --pushes-per-day 101", "{\"total_fen\":200000,"},
        {"--json --push-targets 9999", "{\"total_fen\":0,"},
        {"--json --push-targets 10000", "{\"total_fen\":200000,"},
        {"--json --roaming-months 0", "{\"total_fen\":0,"},
        {"--json --roaming-months 4", "{\"total_fen\":200000,"},
        {"--json --dau 800001", "{\"total_fen\":null,\"status\":\"needs_contract\","},
        {"--json --plan cloud-2018 --groups 100001", "{\"total_fen\":200000,"},
        {"--json --plan " MAGPIE_SOURCE_DIR "/plans/cloud-2018.json --groups-per-day 501",
         "{\"total_fen\":200000,"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        price(rows[i].words);
        assert_int_equal(run.status, 0);
        if (!starts(run.out, rows[i].total))
            fail_msg("%s: %s", rows[i].words, run.out);
    }
}

TEST(later_plans_take_packs_bandwidth_and_counts_of_groups)
{
    static const struct {
        const char *words, *total;
    } rows[] = {
        {"--plan pro-2019-05 --dau 250000 --packs av-chat-rooms,members-2000 --bandwidth 100,400 "
         "--roaming-months 1 --groups 310500",
         " 27,999.00\n"},
        {"--plan pro-2019-05 --dau 40000 --groups 5000", " 999.00\n"},
        {"--plan flagship-2020-01 --dau 23001 --peak-groups 100001", " 5,999.00\n"},
        {"--plan pro-2019-05 --groups 900000 --groups-at-end 130000", " 1,999.00\n"},
        {"--plan pro-2020-01 --bandwidth 10 --bandwidth-abroad 1,2", " 1,031.00\n"},
        {"--plan pro-2020-01 --packs history-90", " 90 days, no charge "},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        price(rows[i].words);
        assert_int_equal(run.status, 0);
        if (!strstr(run.out, rows[i].total))
            fail_msg("%s: %s", rows[i].words, run.out);
    }
}

TEST(a_contract_prices_what_the_plan_does_not)
{
    price("--json --dau 800001 --contract " MAGPIE_SOURCE_DIR
          "/tests/fuzz/corpus/contract/total.json");
    assert_true(starts(run.out, "{\"total_fen\":12000000,\"status\":\"ok\","));
    price("--json --dau 800000 --contract " MAGPIE_SOURCE_DIR
          "/tests/fuzz/corpus/contract/total.json");
    assert_true(starts(run.out, "{\"total_fen\":8000000,\"status\":\"ok\","));
}

TEST(the_plans_are_listed_with_their_packs)
{
    price("--plans");
    assert_int_equal(run.status, 0);
    assert_non_null(strstr(run.out, "cloud-2018 "));
    assert_non_null(strstr(run.out, "flagship-2020-01    flagship            2,999.00\n"));
    assert_non_null(strstr(run.out, "    members-2000 "));
}

TEST(a_bad_command_line_or_plan_is_one_line_on_stderr_and_status_2)
{
    static const struct {
        const char *words, *err;
    } rows[] = {
        {"--dau", "--dau: needs a value"},
        {"--dau x", "--dau x: not a whole number from 0 to 18446744073709551615"},
        {"--dau -1", "--dau -1: not a whole number from 0 to 18446744073709551615"},
        {"--dau 1.5", "--dau 1.5: not a whole number from 0 to 18446744073709551615"},
        {"--recents 18446744073709551616",
         "--recents 18446744073709551616: not a whole number from 0 to 18446744073709551615"},
        {"--recents 18446744073709551615", "recents: the number is too large for whole steps"},
        {"--groups 18000000000000000000", "the amount is too large for a bill"},
        {"--frob", "--frob: unknown option; see magpie price --help"},
        {"-qd", "-q: unknown option; see magpie price --help"},
        {"200000", "200000: unexpected; see magpie price --help"},
        {"--bandwidth 5,,7",
         "--bandwidth: must be whole numbers of Mbps with commas between the days"},
        {"--bandwidth 18446744073709551615,1", "--bandwidth: the sum of the days is too large"},
        {"--packs av-chat-rooms",
         "--packs av-chat-rooms: no such pack in this plan; see magpie price --plans"},
        {"--plan pro-2019-05 --packs members-2000,members-6000",
         "--packs: two packs of one kind exclude one another"},
        {"--contract ./none.json", "./none.json: No such file or directory"},
        {"--contract " MAGPIE_SOURCE_DIR "/tests/fuzz/corpus/contract/unit-zero.json",
         MAGPIE_SOURCE_DIR "/tests/fuzz/corpus/contract/unit-zero.json: lines.dau.unit: must be a "
                           "whole number from 1 to 1000000000000"},
        {"--contract " MAGPIE_SOURCE_DIR "/tests/fuzz/corpus/contract/later-lines.json",
         MAGPIE_SOURCE_DIR "/tests/fuzz/corpus/contract/later-lines.json: lines.plan: is no line "
                           "of the bills of plan cloud-2018"},
        {"--plan gold", "gold: no such plan is shipped; a plan file is named by its path"},
        {"--plan ./none.json", "./none.json: No such file or directory"},
        {"--plan " MAGPIE_SOURCE_DIR "/tests/fuzz/corpus/plan/gap.json", MAGPIE_SOURCE_DIR
         "/tests/fuzz/corpus/plan/gap.json: dau.tiers[1]: leaves a gap: no tier holds 100000"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char expected[512];

        price(rows[i].words);
        snprintf(expected, sizeof(expected), "magpie price: %s\n", rows[i].err);
        assert_string_equal(run.err, expected);
        assert_string_equal(run.out, "");
        assert_int_equal(run.status, 2);
    }
}

TEST(help_names_every_option)
{
    static const char *const names[] = {"--plan",
                                        "--dau",
                                        "--roaming-months",
                                        "--multi-terminal",
                                        "--push-targets",
                                        "--pushes-per-day",
                                        "--calls-per-second",
                                        "--groups-per-day",
                                        "--groups ",
                                        "--recents",
                                        "--groups-at-end",
                                        "--peak-groups",
                                        "--packs",
                                        "--bandwidth ",
                                        "--bandwidth-abroad",
                                        "--contract",
                                        "--plans",
                                        "--json"};

    price("--help");
    assert_int_equal(run.status, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_non_null(strstr(run.out, names[i]));
}

int main(void)
{
    return RUN_TESTS(T(the_whole_bill_is_62000_yuan_in_the_table_and_in_json),
                     T(quantities_between_steps_are_rounded_up_and_included_ones_are_free),
                     T(later_plans_take_packs_bandwidth_and_counts_of_groups),
                     T(a_contract_prices_what_the_plan_does_not),
                     T(the_plans_are_listed_with_their_packs),
                     T(a_bad_command_line_or_plan_is_one_line_on_stderr_and_status_2),
                     T(help_names_every_option));
}
