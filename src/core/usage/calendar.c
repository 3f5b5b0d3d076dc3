#include "core/usage/calendar.h"

#include <stdio.h>

/* Years that begin in March put the leap day last, so that a day's place in the year is a linear
   formula; an era is the 400 years after which the Gregorian calendar repeats. */
#define DAYS_PER_ERA 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

struct date {
    uint32_t year;
    uint32_t month; /* 1 to 12 */
    uint32_t day;   /* 1 to 31 */
};

static struct date date_of_day(uint32_t day)
{
    uint64_t z = (uint64_t)day + DAYS_TO_1970;
    uint32_t era = (uint32_t)(z / DAYS_PER_ERA);
    uint32_t in_era = (uint32_t)(z % DAYS_PER_ERA);
    uint32_t year_in_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    uint32_t in_year = in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
    uint32_t month_from_march = (5 * in_year + 2) / 153;
    uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    return (struct date){
        .year = era * 400 + year_in_era + (month <= 2),
        .month = month,
        .day = in_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

static uint64_t day_of_date(struct date date)
{
    uint32_t year = date.year - (date.month <= 2);
    uint32_t era = year / 400;
    uint32_t year_in_era = year % 400;
    uint32_t month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
    uint32_t in_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    uint32_t in_era = year_in_era * 365 + year_in_era / 4 - year_in_era / 100 + in_year;

    return (uint64_t)era * DAYS_PER_ERA + in_era - DAYS_TO_1970;
}

static uint32_t days_in_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

uint32_t month_of_day(uint32_t day)
{
    struct date date = date_of_day(day);

    return date.year * 12 + date.month - 1;
}

uint32_t month_first_day(uint32_t month)
{
    return (uint32_t)day_of_date((struct date){month / 12, month % 12 + 1, 1});
}

uint32_t month_last_day(uint32_t month)
{
    return month_first_day(month) + days_in_month(month / 12, month % 12 + 1) - 1;
}

uint32_t day_in_month(uint32_t day)
{
    return date_of_day(day).day;
}

uint32_t zone_month(const struct zone *zone, uint64_t us)
{
    return month_of_day(zone_day(zone, us));
}

static bool parse_digits(struct span text, size_t at, size_t n, uint32_t *ret_value)
{
    uint64_t value;

    if (!span_to_u64(span_make(text.p + at, n), &value))
        return false;
    *ret_value = (uint32_t)value;
    return true;
}

static bool date_valid(struct date date)
{
    return date.year >= 1970 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= days_in_month(date.year, date.month);
}

bool day_parse(struct span text, uint32_t *ret_day)
{
    struct date date;

    if (text.n != 8 || !parse_digits(text, 0, 4, &date.year) ||
        !parse_digits(text, 4, 2, &date.month) || !parse_digits(text, 6, 2, &date.day) ||
        !date_valid(date))
        return false;
    *ret_day = (uint32_t)day_of_date(date);
    return true;
}

bool month_parse(struct span text, uint32_t *ret_month)
{
    struct date date = {.day = 1};

    if (text.n != 7 || text.p[4] != '-' || !parse_digits(text, 0, 4, &date.year) ||
        !parse_digits(text, 5, 2, &date.month) || !date_valid(date))
        return false;
    *ret_month = date.year * 12 + date.month - 1;
    return true;
}

const char *day_format(uint32_t day, char into[CALENDAR_TEXT_BYTES])
{
    struct date date = date_of_day(day);

    snprintf(into, CALENDAR_TEXT_BYTES, "%04u%02u%02u", date.year, date.month, date.day);
    return into;
}

const char *month_format(uint32_t month, char into[CALENDAR_TEXT_BYTES])
{
    snprintf(into, CALENDAR_TEXT_BYTES, "%04u-%02u", month / 12, month % 12 + 1);
    return into;
}
