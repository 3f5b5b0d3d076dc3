#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/usage/calendar.h"

#define US 1000000ull
#define TZIF_BYTES 512

static struct zone *zone_of(const char *name)
{
    struct zone *zone = NULL;

    assert_int_equal(zone_open(name, &zone), IM_OK);
    assert_string_equal(zone_name(zone), name);
    return zone;
}

static uint64_t utc_us(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};

    return (uint64_t)timegm(&tm) * US;
}

static uint32_t day_named(const char *text)
{
    uint32_t day = 0;

    assert_true(day_parse(span_of(text), &day));
    return day;
}

static void assert_day(const struct zone *zone, uint64_t us, const char *expected)
{
    char text[CALENDAR_TEXT_BYTES];

    assert_string_equal(day_format(zone_day(zone, us), text), expected);
}

TEST(a_day_in_shanghai_begins_at_16_hours_utc_to_the_microsecond)
{
    struct zone *zone = zone_of(ZONE_DEFAULT);
    uint64_t midnight = utc_us(2018, 8, 31, 16, 0, 0);
    char text[CALENDAR_TEXT_BYTES];

    assert_day(zone, midnight - 1, "20180831");
    assert_day(zone, midnight, "20180901");
    assert_string_equal(month_format(zone_month(zone, midnight - 1), text), "2018-08");
    assert_string_equal(month_format(zone_month(zone, midnight), text), "2018-09");
    assert_int_equal(zone_day_start_us(zone, day_named("20180901")), midnight);
    zone_free(zone);
}

TEST(shanghai_had_summer_time_in_1988)
{
    struct zone *zone = zone_of("Asia/Shanghai");

    assert_int_equal(zone_day_start_us(zone, day_named("19880701")), utc_us(1988, 6, 30, 15, 0, 0));
    assert_int_equal(zone_day_start_us(zone, day_named("19881201")),
                     utc_us(1988, 11, 30, 16, 0, 0));
    zone_free(zone);
}

TEST(kathmandu_is_five_hours_and_45_minutes_ahead)
{
    struct zone *zone = zone_of("Asia/Kathmandu");

    assert_int_equal(zone_day_start_us(zone, day_named("20240301")),
                     utc_us(2024, 2, 29, 18, 15, 0));
    assert_day(zone, utc_us(2024, 2, 29, 18, 14, 59), "20240229");
    zone_free(zone);
}

TEST(days_of_new_york_have_23_24_and_25_hours)
{
    struct zone *zone = zone_of("America/New_York");
    uint32_t spring = day_named("20240310");
    uint32_t autumn = day_named("20241103");

    assert_int_equal(zone_day_start_us(zone, spring + 1) - zone_day_start_us(zone, spring),
                     23 * 3600 * US);
    assert_int_equal(zone_day_start_us(zone, autumn + 1) - zone_day_start_us(zone, autumn),
                     25 * 3600 * US);
    assert_int_equal(zone_day_start_us(zone, autumn), utc_us(2024, 11, 3, 4, 0, 0));
    assert_int_equal(zone_day_start_us(zone, autumn + 1), utc_us(2024, 11, 4, 5, 0, 0));
    zone_free(zone);
}

TEST(the_rule_for_later_years_holds_long_after_the_last_known_change)
{
    struct zone *new_york = zone_of("America/New_York");
    struct zone *sydney = zone_of("Australia/Sydney");
    /* 400 years repeat dates and weekdays. */
    uint64_t era_us = 146097ull * 86400 * US;

    assert_int_equal(zone_day_start_us(new_york, day_named("21500701")),
                     utc_us(2150, 7, 1, 4, 0, 0));
    assert_int_equal(zone_day_start_us(new_york, day_named("21500101")),
                     utc_us(2150, 1, 1, 5, 0, 0));
    assert_int_equal(zone_day_start_us(sydney, day_named("21500101")),
                     utc_us(2149, 12, 31, 13, 0, 0));
    assert_int_equal(zone_day_start_us(sydney, day_named("21500701")),
                     utc_us(2150, 6, 30, 14, 0, 0));
    for (uint32_t eras = 1; eras <= 20; eras++) {
        uint64_t at = utc_us(2150, 3, 13, 4, 30, 0);

        for (uint32_t step = 0; step < 400; step++, at += 86400 * US)
            assert_int_equal(zone_day(new_york, at + eras * era_us),
                             zone_day(new_york, at) + eras * 146097);
    }
    zone_free(new_york);
    zone_free(sydney);
}

TEST(a_clock_set_back_over_midnight_does_not_return_to_the_day_before)
{
    /* Until 2011 St. John's set its clocks back at 00:01 to 23:01 of the day before. */
    struct zone *zone = zone_of("America/St_Johns");
    uint64_t first_midnight = utc_us(2009, 11, 1, 2, 30, 0);

    assert_day(zone, first_midnight - 1, "20091031");
    assert_day(zone, first_midnight, "20091101");
    assert_day(zone, first_midnight + 61 * US, "20091101");
    assert_day(zone, first_midnight + 3000 * US, "20091101");
    assert_int_equal(zone_day_start_us(zone, day_named("20091101")), first_midnight);
    zone_free(zone);
}

TEST(a_date_that_a_zone_skipped_is_an_empty_day)
{
    /* Samoa had no 30 December 2011. */
    struct zone *zone = zone_of("Pacific/Apia");
    uint32_t skipped = day_named("20111230");

    assert_int_equal(zone_day_start_us(zone, skipped), zone_day_start_us(zone, skipped + 1));
    assert_int_equal(zone_day_start_us(zone, skipped), utc_us(2011, 12, 30, 10, 0, 0));
    assert_day(zone, utc_us(2011, 12, 30, 10, 0, 0) - 1, "20111229");
    assert_day(zone, utc_us(2011, 12, 30, 10, 0, 0), "20111231");
    zone_free(zone);
}

/* The C library reads the same files by its own code; tests of one thread may set TZ. */
TEST(every_hour_of_forty_years_agrees_with_the_c_library)
{
    static const char *const names[] = {
        "Asia/Shanghai",     "Asia/Kathmandu",      "Europe/Berlin", "America/New_York",
        "America/Havana",    "Asia/Gaza",           "Europe/Dublin", "Asia/Tehran",
        "Africa/Casablanca", "Australia/Lord_Howe", "UTC",           "America/Sao_Paulo"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct zone *zone = zone_of(names[i]);
        uint32_t latest = 0;

        setenv("TZ", names[i], 1);
        tzset();
        for (time_t t = 1000000000; t < 1000000000 + (time_t)40 * 366 * 86400; t += 3600) {
            struct tm tm;
            char text[32];
            uint32_t day;

            localtime_r(&t, &tm);
            strftime(text, sizeof(text), "%Y%m%d", &tm);
            day = day_named(text);
            if (day > latest)
                latest = day;
            assert_int_equal(zone_day(zone, (uint64_t)t * US), latest);
        }
        unsetenv("TZ");
        tzset();
        zone_free(zone);
    }
}

TEST(the_start_of_every_day_is_the_first_microsecond_of_that_day)
{
    struct zone *zone = zone_of("America/Sao_Paulo"); /* its summer time began at midnight */
    uint32_t last = day_named("20201231");

    for (uint32_t day = day_named("19800101"); day <= last; day++) {
        uint64_t start = zone_day_start_us(zone, day);

        assert_int_equal(zone_day(zone, start), day);
        assert_int_equal(zone_day(zone, start - 1), day - 1);
    }
    zone_free(zone);
}

TEST(west_of_greenwich_1970_begins_late_and_nothing_is_before_day_0)
{
    struct zone *zone = zone_of("America/New_York");

    assert_int_equal(zone_day(zone, 0), 0);
    assert_int_equal(zone_day_start_us(zone, 0), 0);
    assert_int_equal(zone_day(zone, 5 * 3600 * US), 0);
    assert_int_equal(zone_day(zone, 29 * 3600 * US), 1);
    zone_free(zone);
}

TEST(the_end_of_time_is_a_day_too)
{
    struct zone *zone = zone_of("Europe/Berlin");
    uint32_t last = zone_day(zone, UINT64_MAX);

    assert_int_equal(zone_day(zone, zone_day_start_us(zone, last)), last);
    assert_true(zone_day_start_us(zone, UINT32_MAX) == UINT64_MAX);
    zone_free(zone);
}

TEST(months_have_their_days_and_leap_years_their_29th)
{
    static const struct {
        const char *month, *first, *last;
    } rows[] = {
        {"2018-01", "20180101", "20180131"}, {"2018-02", "20180201", "20180228"},
        {"2020-02", "20200201", "20200229"}, {"2000-02", "20000201", "20000229"},
        {"2100-02", "21000201", "21000228"}, {"2018-09", "20180901", "20180930"},
        {"2018-12", "20181201", "20181231"}, {"1970-01", "19700101", "19700131"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[CALENDAR_TEXT_BYTES];
        uint32_t month;

        assert_true(month_parse(span_of(rows[i].month), &month));
        assert_string_equal(month_format(month, text), rows[i].month);
        assert_string_equal(day_format(month_first_day(month), text), rows[i].first);
        assert_string_equal(day_format(month_last_day(month), text), rows[i].last);
        assert_int_equal(month_of_day(month_first_day(month)), month);
        assert_int_equal(month_of_day(month_last_day(month)), month);
        assert_int_equal(month_of_day(month_last_day(month) + 1), month + 1);
    }
}

TEST(every_day_of_600_years_survives_its_text)
{
    uint32_t expected_in_month = 1;

    for (uint32_t day = 0; day < 600 * 365; day++) {
        char text[CALENDAR_TEXT_BYTES];

        assert_int_equal(day_named(day_format(day, text)), day);
        assert_int_equal(day_in_month(day), expected_in_month);
        expected_in_month = day == month_last_day(month_of_day(day)) ? 1 : expected_in_month + 1;
    }
}

TEST(dates_that_do_not_exist_are_refused)
{
    static const char *const days[] = {"",         "2018090",  "201809011", "20180931", "20180229",
                                       "20181301", "20180001", "20180100",  "2018-9-1", "20180a01",
                                       "19691231", "+2018090", " 2018090"};
    static const char *const months[] = {"",       "2018-13",  "2018-00", "201809",  "2018/09",
                                         "2018-9", "2018-091", "1969-12", "-018-09", "2018- 9"};
    uint32_t value = 7;

    for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
        assert_false(day_parse(span_of(days[i]), &value));
    for (size_t i = 0; i < sizeof(months) / sizeof(*months); i++)
        assert_false(month_parse(span_of(months[i]), &value));
    assert_int_equal(value, 7);
}

TEST(names_that_could_leave_the_database_are_refused)
{
    static const char *const names[] = {"",      "/etc/passwd",    "../passwd",     "Asia/../UTC",
                                        "Asia/", "Asia//Shanghai", "Asia Shanghai", "zone.tab"};
    struct zone *zone = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_int_equal(zone_open(names[i], &zone), IM_ERR_INVALID);
    assert_int_equal(zone_open("Asia/Atlantis", &zone), IM_ERR_NOT_FOUND);
    assert_int_equal(zone_open("Asia", &zone), IM_ERR_NOT_FOUND);
    assert_null(zone);
}

/* A file with one type and no shifts: UTC + offset, and a footer. */
static size_t make_tzif(char *into, int32_t offset_s, const char *footer)
{
    size_t n = 0;

    for (int block = 0; block < 2; block++) {
        char type[6] = {(char)(offset_s >> 24), (char)(offset_s >> 16), (char)(offset_s >> 8),
                        (char)offset_s};

        memset(into + n, 0, 44);
        memcpy(into + n, "TZif2", 5);
        into[n + 39] = 1;
        into[n + 43] = 4;
        memcpy(into + n + 44, type, 6);
        memcpy(into + n + 50, "ABC", 4);
        n += 54;
    }
    return n + (size_t)snprintf(into + n, TZIF_BYTES - n, "\n%s\n", footer);
}

TEST(broken_zone_files_are_refused_at_every_length)
{
    char bytes[TZIF_BYTES];
    struct zone *zone = NULL;
    size_t n = make_tzif(bytes, -18000, "EST5EDT,M3.2.0,M11.1.0");

    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(zone_decode(span_make(bytes, cut), &zone), IM_ERR_CORRUPT);
    assert_int_equal(zone_decode(span_make(bytes, n), &zone), IM_OK);
    assert_int_equal(zone_day_start_us(zone, day_named("20240701")), utc_us(2024, 7, 1, 4, 0, 0));
    zone_free(zone);
}

TEST(footers_in_every_form_are_understood_and_bad_ones_refused)
{
    static const struct {
        const char *footer;
        int summer_hour; /* of UTC at which 2024-07-01 begins there, -1: refused */
    } rows[] = {
        {"EST5EDT,M3.2.0,M11.1.0", 4},
        {"EST5EDT,J60/0,J300/0", 4},
        {"EST5EDT,59/0,299/-1", 4},
        {"<-05>5<-04>,M3.2.0/2,M11.1.0/2", 4},
        {"EST5EDT4:00:00,M3.2.0,M11.1.0", 4},
        {"EST5EDT,0/0,J365/25", 4},
        {"EST5", 5},
        {"", 5},
        {"EST5EDT", -1},
        {"EST5EDT,M3.2.0", -1},
        {"EST5EDT,M13.2.0,M11.1.0", -1},
        {"EST5EDT,M3.6.0,M11.1.0", -1},
        {"EST5EDT,M3.2.7,M11.1.0", -1},
        {"EST5EDT,J0,J300", -1},
        {"EST5EDT,M3.2.0,M11.1.0x", -1},
        {"E5", -1},
        {"<-055<-04>,M3.2.0,M11.1.0", -1},
        {"EST99", -1},
        {"EST5EDT,M3.2.0/200,M11.1.0", -1},
        {"EST", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char bytes[TZIF_BYTES];
        struct zone *zone = NULL;
        size_t n = make_tzif(bytes, -18000, rows[i].footer);
        enum im_err err = zone_decode(span_make(bytes, n), &zone);

        assert_int_equal(err, rows[i].summer_hour < 0 ? IM_ERR_CORRUPT : IM_OK);
        if (!err)
            assert_int_equal(zone_day_start_us(zone, day_named("20240701")),
                             utc_us(2024, 7, 1, rows[i].summer_hour, 0, 0));
        zone_free(zone);
    }
}

int main(void)
{
    return RUN_TESTS(
        T(a_day_in_shanghai_begins_at_16_hours_utc_to_the_microsecond),
        T(shanghai_had_summer_time_in_1988), T(kathmandu_is_five_hours_and_45_minutes_ahead),
        T(days_of_new_york_have_23_24_and_25_hours),
        T(the_rule_for_later_years_holds_long_after_the_last_known_change),
        T(a_clock_set_back_over_midnight_does_not_return_to_the_day_before),
        T(a_date_that_a_zone_skipped_is_an_empty_day),
        T(every_hour_of_forty_years_agrees_with_the_c_library),
        T(the_start_of_every_day_is_the_first_microsecond_of_that_day),
        T(west_of_greenwich_1970_begins_late_and_nothing_is_before_day_0),
        T(the_end_of_time_is_a_day_too), T(months_have_their_days_and_leap_years_their_29th),
        T(every_day_of_600_years_survives_its_text), T(dates_that_do_not_exist_are_refused),
        T(names_that_could_leave_the_database_are_refused),
        T(broken_zone_files_are_refused_at_every_length),
        T(footers_in_every_form_are_understood_and_bad_ones_refused));
}
