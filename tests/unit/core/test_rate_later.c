/* The worked examples and vectors of the market's plans from 2018-09 on (server-api §10.3 to
   §10.6a), each rated by the shipped plan of its era. */
#include "support/test.h"

#include "core/billing/bill_print.h"
#include "core/billing/rate.h"
#include "support/plan_edit.h"

#define YUAN(amount) ((int64_t)(amount)*100)

static const char *const all_pro_2018_2019[] = {"pro-2018-09", "pro-2018-12", "pro-2019-02",
                                                "pro-2019-05", "pro-2019-11", NULL};

/* A month of an app that has what the plan includes. */
static struct month_usage quiet_month(const struct plan *plan, uint64_t peak_dau)
{
    struct month_usage usage = {.peak_dau = peak_dau};

    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        usage.limits[i] = plan_included(plan, (enum limit)i);
    return usage;
}

static struct bill rated(const struct plan *plan, const struct month_usage *usage)
{
    struct bill bill;
    int64_t total = 0;

    assert_int_equal(bill_rate(plan, NULL, usage, &bill), IM_OK);
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        total += bill.lines[i].amount_fen;
    assert_int_equal(total, bill.total_fen);
    assert_false(bill.by_contract);
    return bill;
}

static uint32_t pack_bit(const struct plan *plan, const char *id)
{
    uint32_t pack;

    if (!plan_find_pack(plan, span_of(id), &pack))
        fail_msg("%s does not sell %s", plan->id, id);
    return 1u << pack;
}

static int64_t dau_fee(const char *plan_id, uint64_t dau)
{
    struct plan plan = plan_shipped_as(plan_id);
    struct month_usage usage = quiet_month(&plan, dau);

    return rated(&plan, &usage).lines[BILL_DAU].amount_fen;
}

static int64_t group_fee(const char *plan_id, uint64_t at_end, uint64_t peak)
{
    struct plan plan = plan_shipped_as(plan_id);
    struct month_usage usage = quiet_month(&plan, 0);

    usage.groups_at_end = at_end;
    usage.peak_groups = peak;
    return rated(&plan, &usage).lines[BILL_GROUPS_TOTAL].amount_fen;
}

static int64_t roaming_fee(const char *plan_id, uint64_t dau, uint64_t months)
{
    struct plan plan = plan_shipped_as(plan_id);
    struct month_usage usage = quiet_month(&plan, dau);

    usage.limits[LIMIT_ROAMING] = months;
    return rated(&plan, &usage).lines[BILL_ROAMING].amount_fen;
}

/* ---- what is paid in advance ---- */

TEST(the_editions_cost_0_and_999_and_2999_a_month)
{
    static const struct {
        const char *plan, *edition;
        int64_t yuan;
    } rows[] = {{"trial-2018-09", "trial", 0},         {"pro-2018-09", "professional", 999},
                {"pro-2018-12", "professional", 999},  {"pro-2019-02", "professional", 999},
                {"pro-2019-05", "professional", 999},  {"pro-2019-11", "professional", 999},
                {"trial-2020-01", "trial", 0},         {"pro-2020-01", "professional", 999},
                {"flagship-2020-01", "flagship", 2999}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct plan plan = plan_shipped_as(rows[i].plan);
        struct month_usage usage = quiet_month(&plan, 100);
        struct bill bill = rated(&plan, &usage);

        assert_string_equal(plan.edition.name, rows[i].edition);
        assert_int_equal(bill.lines[BILL_PLAN].amount_fen, YUAN(rows[i].yuan));
        assert_int_equal(bill.total_fen, YUAN(rows[i].yuan));
        assert_int_equal(bill_prepaid_fen(&bill), bill.total_fen);
    }
}

TEST(every_pack_of_every_era_has_the_price_of_its_table)
{
    static const struct {
        const char *plan, *pack;
        int64_t yuan;
    } rows[] = {
        {"pro-2018-09", "av-chat-rooms", 1000},
        {"pro-2018-09", "members-2000", 500},
        {"pro-2018-12", "members-6000", 1000},
        {"pro-2019-05", "members-10000", 2000},
        {"pro-2019-02", "groups-per-account-400", 500},
        {"pro-2019-05", "groups-per-account-700", 900},
        {"pro-2019-11", "groups-per-account-1000", 1100},
        {"pro-2020-01", "av-chat-rooms", 1000},
        {"pro-2020-01", "members-2000", 500},
        {"pro-2020-01", "groups-per-account-1000", 1100},
        {"pro-2020-01", "history-30", 500},
        {"pro-2020-01", "history-90", 1000},
        {"pro-2020-01", "history-180", 1500},
        {"pro-2020-01", "history-360", 2500},
        {"flagship-2020-01", "members-6000", 500},
        {"flagship-2020-01", "groups-per-account-3000", 900},
        {"flagship-2020-01", "history-90", 500},
        {"flagship-2020-01", "history-180", 1000},
        {"flagship-2020-01", "history-360", 2000},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct plan plan = plan_shipped_as(rows[i].plan);
        struct month_usage usage = quiet_month(&plan, 0);
        struct bill bill;

        usage.packs = pack_bit(&plan, rows[i].pack);
        bill = rated(&plan, &usage);
        assert_int_equal(bill.lines[BILL_PACKS].quantity, 1);
        assert_int_equal(bill.lines[BILL_PACKS].amount_fen, YUAN(rows[i].yuan));
        assert_int_equal(bill.total_fen, plan.edition.fee_fen + YUAN(rows[i].yuan));
    }
}

TEST(the_10000_member_pack_is_of_ten_groups_and_gone_in_late_2019)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    uint32_t pack;

    assert_true(plan_find_pack(&plan, SPAN_LIT("members-10000"), &pack));
    assert_int_equal(plan.packs[pack].groups, 10);
    plan = plan_shipped_as("pro-2019-11");
    assert_false(plan_find_pack(&plan, SPAN_LIT("members-10000"), &pack));
}

TEST(trial_apps_buy_no_packs)
{
    assert_int_equal(plan_shipped_as("trial-2018-09").pack_count, 0);
    assert_int_equal(plan_shipped_as("trial-2020-01").pack_count, 0);
}

TEST(a_history_pack_of_n_days_keeps_messages_n_days)
{
    struct plan plan = plan_shipped_as("pro-2020-01");
    uint64_t months = 0;

    assert_int_equal(plan_roaming_days(&plan, 0), 7);
    assert_true(plan_packs_give(&plan, pack_bit(&plan, "history-360"), LIMIT_ROAMING, &months));
    assert_int_equal(plan_roaming_days(&plan, months), 360);
    assert_int_equal(roaming_fee("pro-2020-01", 200000, months), 0);
    plan = plan_shipped_as("flagship-2020-01");
    assert_int_equal(plan_roaming_days(&plan, 0), 30);
    assert_true(plan_packs_give(&plan, pack_bit(&plan, "history-90"), LIMIT_ROAMING, &months));
    assert_int_equal(plan_roaming_days(&plan, months), 90);
}

/* ---- vectors: DAU ---- */

TEST(v2_to_v5_a_peak_of_150000_is_10000_yuan)
{
    for (const char *const *plan = all_pro_2018_2019; *plan; plan++)
        assert_int_equal(dau_fee(*plan, 150000), YUAN(10000));
}

TEST(v2_to_v5_a_peak_of_exactly_100000_is_free_and_one_more_is_not)
{
    for (const char *const *plan = all_pro_2018_2019; *plan; plan++) {
        assert_int_equal(dau_fee(*plan, 99999), 0);
        assert_int_equal(dau_fee(*plan, 100000), 0);
        assert_int_equal(dau_fee(*plan, 100001), YUAN(10000));
        assert_int_equal(dau_fee(*plan, 200000), YUAN(10000));
        assert_int_equal(dau_fee(*plan, 200001), YUAN(20000));
    }
}

TEST(v6_dau_is_1000_yuan_for_each_10000_above_10000)
{
    static const char *const plans[] = {"pro-2020-01", "flagship-2020-01"};

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(dau_fee(plans[i], 10000), 0);
        assert_int_equal(dau_fee(plans[i], 10001), YUAN(1000));
        assert_int_equal(dau_fee(plans[i], 20000), YUAN(1000));
        assert_int_equal(dau_fee(plans[i], 23001), YUAN(2000));
    }
}

TEST(no_dau_is_beyond_the_later_plans)
{
    assert_int_equal(dau_fee("pro-2019-05", 100000000), YUAN(9990000));
}

/* ---- vectors: groups ---- */

TEST(v2_1000000_groups_are_5400_yuan)
{
    assert_int_equal(group_fee("pro-2018-09", 1000000, 0), YUAN(5400));
}

TEST(v2_groups_cost_at_least_2000_yuan_and_v3_have_no_minimum)
{
    assert_int_equal(group_fee("pro-2018-09", 100000, 0), 0);
    assert_int_equal(group_fee("pro-2018-09", 100001, 0), YUAN(2000));
    assert_int_equal(group_fee("pro-2018-09", 400000, 0), YUAN(2000));
    assert_int_equal(group_fee("pro-2018-09", 400001, 0), YUAN(2400));
    assert_int_equal(group_fee("pro-2018-12", 100001, 0), YUAN(600));
    assert_int_equal(group_fee("pro-2018-12", 1000000, 0), YUAN(5400));
}

TEST(v3b_and_v4_1000000_groups_are_9000_yuan)
{
    assert_int_equal(group_fee("pro-2019-02", 1000000, 0), YUAN(9000));
    assert_int_equal(group_fee("pro-2019-05", 1000000, 0), YUAN(9000));
    assert_int_equal(group_fee("pro-2019-11", 1000000, 0), YUAN(9000));
}

TEST(v4_130000_groups_on_the_1st_are_1000_yuan)
{
    assert_int_equal(group_fee("pro-2019-05", 130000, 0), YUAN(1000));
    assert_int_equal(group_fee("pro-2019-05", 100000, 0), 0);
}

TEST(v4_counts_the_groups_of_the_1st_and_v6_the_most_of_the_month)
{
    assert_int_equal(group_fee("pro-2019-05", 90000, 900000), 0);
    assert_int_equal(group_fee("pro-2020-01", 90000, 100000), 0);
    assert_int_equal(group_fee("pro-2020-01", 90000, 100001), YUAN(1000));
    assert_int_equal(group_fee("pro-2020-01", 1000000, 90000), 0);
}

TEST(groups_that_are_charged_by_count_are_limited_by_the_cap_alone)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    uint64_t granted = 0;

    assert_true(plan_counts_groups(&plan));
    assert_int_equal(plan_included(&plan, LIMIT_GROUPS_TOTAL), 100000000);
    assert_int_equal(plan_grant(&plan, LIMIT_GROUPS_TOTAL, 5, &granted), IM_OK);
    assert_int_equal(granted, 100000000);
    plan = plan_shipped();
    assert_false(plan_counts_groups(&plan));
}

/* ---- vectors: bandwidth ---- */

TEST(v2_to_v5_three_days_of_300_and_500_and_200_mbps_are_2000_yuan)
{
    static const uint64_t orders[][3] = {{300, 500, 200}, {200, 300, 500}, {500, 200, 300}};

    for (const char *const *id = all_pro_2018_2019; *id; id++) {
        struct plan plan = plan_shipped_as(*id);

        for (size_t order = 0; order < 3; order++) {
            struct month_usage usage = quiet_month(&plan, 0);

            for (size_t day = 0; day < 3; day++)
                assert_int_equal(month_add_bandwidth(&usage.mbps_days, orders[order][day]), IM_OK);
            assert_int_equal(rated(&plan, &usage).lines[BILL_BANDWIDTH].amount_fen, YUAN(2000));
        }
    }
}

TEST(v6_bandwidth_abroad_costs_4_yuan_and_before_it_is_by_contract)
{
    struct plan plan = plan_shipped_as("pro-2020-01");
    struct month_usage usage = quiet_month(&plan, 0);
    struct bill bill;

    usage.mbps_days = 10;
    usage.mbps_days_abroad = 100;
    bill = rated(&plan, &usage);
    assert_int_equal(bill.lines[BILL_BANDWIDTH].amount_fen, YUAN(20));
    assert_int_equal(bill.lines[BILL_BANDWIDTH_ABROAD].amount_fen, YUAN(400));
    plan = plan_shipped_as("pro-2019-05");
    bill = rated(&plan, &usage);
    assert_int_equal(bill.status, BILL_NEEDS_CONTRACT);
    assert_int_equal(bill.total_fen, 0);
    usage.mbps_days_abroad = 0;
    assert_int_equal(rated(&plan, &usage).status, BILL_OK);
}

TEST(a_sum_of_bandwidth_that_does_not_fit_is_refused)
{
    uint64_t sum = UINT64_MAX - 1;

    assert_int_equal(month_add_bandwidth(&sum, 2), IM_ERR_OVERFLOW);
    assert_true(sum == UINT64_MAX - 1);
    assert_int_equal(month_add_bandwidth(&sum, 1), IM_OK);
}

/* ---- vectors: roaming, push ---- */

TEST(v2_to_v5_roaming_of_200000_dau_for_2_months_is_2000_yuan)
{
    for (const char *const *plan = all_pro_2018_2019; *plan; plan++)
        assert_int_equal(roaming_fee(*plan, 200000, 2), YUAN(2000));
}

TEST(v2_to_v5_roaming_counts_the_whole_dau_rounded_up)
{
    for (const char *const *plan = all_pro_2018_2019; *plan; plan++) {
        assert_int_equal(roaming_fee(*plan, 0, 2), 0);
        assert_int_equal(roaming_fee(*plan, 1, 1), YUAN(500));
        assert_int_equal(roaming_fee(*plan, 100001, 1), YUAN(1000));
        assert_int_equal(roaming_fee(*plan, 100001, 0), 0);
    }
}

TEST(a_push_to_9999_is_free_and_one_to_12000_is_2000_yuan)
{
    for (const char *const *id = all_pro_2018_2019; *id; id++) {
        struct plan plan = plan_shipped_as(*id);
        struct month_usage usage = quiet_month(&plan, 0);

        usage.largest_push = 9999;
        usage.most_pushes = 5;
        assert_int_equal(rated(&plan, &usage).lines[BILL_PUSH].amount_fen, 0);
        usage.largest_push = 12000;
        assert_int_equal(rated(&plan, &usage).lines[BILL_PUSH].amount_fen, YUAN(2000));
    }
}

TEST(push_to_all_is_a_service_of_the_flagship_alone_in_v6)
{
    assert_true(plan_shipped_as("pro-2019-11").services.all_member_push);
    assert_false(plan_shipped_as("pro-2020-01").services.all_member_push);
    assert_true(plan_shipped_as("flagship-2020-01").services.all_member_push);
}

/* ---- walk-throughs (server-api §10.6a) ---- */

TEST(walk_through_a_professional_in_may_2019_is_27999_yuan)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    struct month_usage usage = quiet_month(&plan, 250000);
    struct bill bill;

    usage.packs = pack_bit(&plan, "av-chat-rooms") | pack_bit(&plan, "members-2000");
    assert_int_equal(month_add_bandwidth(&usage.mbps_days, 100), IM_OK);
    assert_int_equal(month_add_bandwidth(&usage.mbps_days, 400), IM_OK);
    usage.limits[LIMIT_ROAMING] = 1;
    usage.groups_at_end = 310500;
    bill = rated(&plan, &usage);
    assert_int_equal(bill.lines[BILL_PLAN].amount_fen, YUAN(999));
    assert_int_equal(bill.lines[BILL_PACKS].amount_fen, YUAN(1500));
    assert_int_equal(bill.lines[BILL_PACKS].quantity, 2);
    assert_int_equal(bill.lines[BILL_DAU].amount_fen, YUAN(20000));
    assert_int_equal(bill.lines[BILL_BANDWIDTH].amount_fen, YUAN(1000));
    assert_int_equal(bill.lines[BILL_ROAMING].amount_fen, YUAN(1500));
    assert_int_equal(bill.lines[BILL_GROUPS_TOTAL].amount_fen, YUAN(3000));
    assert_int_equal(bill.total_fen - bill_prepaid_fen(&bill), YUAN(25500));
    assert_int_equal(bill.total_fen, YUAN(27999));
}

TEST(walk_through_b_an_idle_professional_is_999_yuan_in_advance)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    struct month_usage usage = quiet_month(&plan, 40000);
    struct bill bill;

    usage.groups_at_end = 5000;
    bill = rated(&plan, &usage);
    assert_int_equal(bill.total_fen, YUAN(999));
    assert_int_equal(bill_prepaid_fen(&bill), YUAN(999));
}

TEST(walk_through_c_of_the_free_era_has_eight_lines_and_is_38000_yuan)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = quiet_month(&plan, 200000);
    struct bill bill;

    usage.limits[LIMIT_ROAMING] = 12;
    usage.limits[LIMIT_CALL_RATE] = 1000;
    usage.two_terminals = true;
    usage.largest_push = 12000;
    /* Facts that this plan does not sell change nothing. */
    usage.groups_at_end = usage.peak_groups = 900000;
    usage.mbps_days = usage.mbps_days_abroad = 1000;
    bill = rated(&plan, &usage);
    assert_int_equal(bill.total_fen, YUAN(38000));
    assert_int_equal(bill_prepaid_fen(&bill), 0);
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++)
        assert_int_equal(bill_has_line(&plan, (enum bill_item)i), i < 8);
}

TEST(walk_through_d_a_flagship_of_2020_is_5999_yuan)
{
    struct plan plan = plan_shipped_as("flagship-2020-01");
    struct month_usage usage = quiet_month(&plan, 23001);

    usage.peak_groups = 100001;
    assert_int_equal(rated(&plan, &usage).total_fen, YUAN(5999));
}

/* ---- packs ---- */

TEST(of_one_kind_an_app_holds_one_pack)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    uint32_t small = pack_bit(&plan, "members-2000");
    uint32_t large = pack_bit(&plan, "members-6000");
    uint32_t rooms = pack_bit(&plan, "av-chat-rooms");

    assert_true(plan_packs_valid(&plan, 0));
    assert_true(plan_packs_valid(&plan, small | rooms));
    assert_false(plan_packs_valid(&plan, small | large));
    assert_false(plan_packs_valid(&plan, 1u << plan.pack_count));
}

TEST(packs_that_were_both_held_in_a_month_are_both_charged)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    struct month_usage usage = quiet_month(&plan, 0);

    usage.packs = pack_bit(&plan, "members-2000") | pack_bit(&plan, "members-6000");
    assert_int_equal(rated(&plan, &usage).lines[BILL_PACKS].amount_fen, YUAN(1500));
}

TEST(a_pack_that_the_plan_does_not_sell_cannot_be_rated)
{
    struct plan plan = plan_shipped();
    struct month_usage usage = quiet_month(&plan, 0);
    struct bill bill = {.total_fen = 42};

    usage.packs = 1;
    assert_int_equal(bill_rate(&plan, NULL, &usage, &bill), IM_ERR_INVALID);
    assert_int_equal(bill.total_fen, 42);
}

TEST(the_caps_of_the_editions_are_those_of_their_tables)
{
    struct plan trial = plan_shipped_as("trial-2018-09"), pro = plan_shipped_as("pro-2018-12");
    struct plan flagship = plan_shipped_as("flagship-2020-01");

    assert_int_equal(trial.caps.accounts, 100);
    assert_int_equal(trial.caps.members_of_chat_room, 20);
    assert_int_equal(trial.caps.friends_per_account, 20);
    assert_int_equal(trial.caps.groups_per_account, 50);
    assert_int_equal(trial.caps.av_chat_rooms, 10);
    assert_true(pro.caps.accounts == PLAN_UNLIMITED);
    assert_int_equal(pro.caps.members_of_public, 200);
    assert_int_equal(pro.caps.friends_per_account, 1000);
    assert_int_equal(pro.caps.groups_per_account, 200);
    assert_int_equal(pro.caps.av_chat_rooms, 50);
    assert_int_equal(plan_shipped_as("pro-2019-05").caps.friends_per_account, 3000);
    assert_int_equal(plan_shipped_as("pro-2020-01").caps.groups_per_account, 500);
    assert_int_equal(plan_shipped_as("trial-2020-01").caps.groups, 100);
    assert_int_equal(flagship.caps.members_of_private, 2000);
    assert_int_equal(flagship.caps.groups_per_account, 1000);
    assert_true(flagship.caps.av_chat_rooms == PLAN_UNLIMITED);
    assert_int_equal(flagship.recents.included, 500);
    assert_int_equal(flagship.groups_per_day.included, 10000);
}

/* ---- printing ---- */

TEST(a_bill_of_a_later_plan_says_what_is_paid_in_advance)
{
    struct plan plan = plan_shipped_as("pro-2019-05");
    struct month_usage usage = quiet_month(&plan, 150000);
    struct bill bill;
    struct rated_bill all = {.plan = &plan, .usage = &usage, .bill = &bill};
    struct buf text;

    usage.packs = pack_bit(&plan, "av-chat-rooms") | pack_bit(&plan, "members-2000");
    bill = rated(&plan, &usage);
    buf_init(&text, 16384);
    bill_write_json(&text, &all);
    buf_add_char(&text, '\0');
    assert_non_null(strstr(
        text.p, "{\"item\":\"packs\",\"quantity\":2,\"units\":2,\"amount_fen\":150000,"
                "\"unit\":\"packs\",\"rule\":\"av-chat-rooms 1,000.00 + members-2000 500.00\"}"));
    assert_non_null(strstr(text.p, "],\"prepaid_fen\":249900,\"postpaid_fen\":1000000}"));
    buf_reset(&text);
    bill_write_table(&text, &all);
    buf_add_char(&text, '\0');
    assert_non_null(strstr(text.p, "1 x 100,000 DAU x 10,000.00, above 100,000"));
    assert_non_null(strstr(text.p, " 2,499.00\n"));
    assert_non_null(strstr(text.p, "post-paid "));
    buf_release(&text);
}

int main(void)
{
    return RUN_TESTS(
        T(the_editions_cost_0_and_999_and_2999_a_month),
        T(every_pack_of_every_era_has_the_price_of_its_table),
        T(the_10000_member_pack_is_of_ten_groups_and_gone_in_late_2019), T(trial_apps_buy_no_packs),
        T(a_history_pack_of_n_days_keeps_messages_n_days),
        T(v2_to_v5_a_peak_of_150000_is_10000_yuan),
        T(v2_to_v5_a_peak_of_exactly_100000_is_free_and_one_more_is_not),
        T(v6_dau_is_1000_yuan_for_each_10000_above_10000), T(no_dau_is_beyond_the_later_plans),
        T(v2_1000000_groups_are_5400_yuan),
        T(v2_groups_cost_at_least_2000_yuan_and_v3_have_no_minimum),
        T(v3b_and_v4_1000000_groups_are_9000_yuan), T(v4_130000_groups_on_the_1st_are_1000_yuan),
        T(v4_counts_the_groups_of_the_1st_and_v6_the_most_of_the_month),
        T(groups_that_are_charged_by_count_are_limited_by_the_cap_alone),
        T(v2_to_v5_three_days_of_300_and_500_and_200_mbps_are_2000_yuan),
        T(v6_bandwidth_abroad_costs_4_yuan_and_before_it_is_by_contract),
        T(a_sum_of_bandwidth_that_does_not_fit_is_refused),
        T(v2_to_v5_roaming_of_200000_dau_for_2_months_is_2000_yuan),
        T(v2_to_v5_roaming_counts_the_whole_dau_rounded_up),
        T(a_push_to_9999_is_free_and_one_to_12000_is_2000_yuan),
        T(push_to_all_is_a_service_of_the_flagship_alone_in_v6),
        T(walk_through_a_professional_in_may_2019_is_27999_yuan),
        T(walk_through_b_an_idle_professional_is_999_yuan_in_advance),
        T(walk_through_c_of_the_free_era_has_eight_lines_and_is_38000_yuan),
        T(walk_through_d_a_flagship_of_2020_is_5999_yuan), T(of_one_kind_an_app_holds_one_pack),
        T(packs_that_were_both_held_in_a_month_are_both_charged),
        T(a_pack_that_the_plan_does_not_sell_cannot_be_rated),
        T(the_caps_of_the_editions_are_those_of_their_tables),
        T(a_bill_of_a_later_plan_says_what_is_paid_in_advance));
}
