/*
 * Days and months of a time zone. A day is the number of days since 1970-01-01, a month is
 * year * 12 + month - 1; both are plain numbers that order and subtract.
 *
 * A zone is read once from the system's time zone database (TZif, RFC 8536) and never changes, so
 * any thread may use it; the process's own TZ is neither read nor set. A day begins at the first
 * instant at which the local date is that day or later: days follow one another without overlap
 * even where a clock is set back over midnight, and a date that a zone skipped is an empty day.
 */
#ifndef CORE_USAGE_CALENDAR_H
#define CORE_USAGE_CALENDAR_H

#include "base/err.h"
#include "base/span.h"

#define ZONE_DEFAULT "Asia/Shanghai"
#define ZONE_NAME_MAX 63

/* Room for the text of a day or month of any time that 64 bits of microseconds can hold. */
#define CALENDAR_TEXT_BYTES 16

struct zone;

/* A name that can stand in a plan or setting: "Area/City" in letters, digits, _ + - and slashes.
   Says nothing about whether the zone exists. */
bool zone_name_valid(struct span name);

/*
 * Reads a zone by its name, e.g. "Asia/Shanghai". IM_ERR_INVALID: not a zone name, or it counts
 * leap seconds; IM_ERR_NOT_FOUND: the database has no such zone; IM_ERR_CORRUPT: its file cannot
 * be understood.
 */
enum im_err zone_open(const char *name, struct zone **ret_zone);
void zone_free(struct zone *zone);
const char *zone_name(const struct zone *zone);

/* The same from the bytes of a TZif file; zone_open without the database. */
enum im_err zone_decode(struct span file, struct zone **ret_zone);

/* Times are microseconds since 1970 UTC. Local dates before 1970 are taken as day 0. */
uint32_t zone_day(const struct zone *zone, uint64_t us);
uint32_t zone_month(const struct zone *zone, uint64_t us);
/* The day's first microsecond; UINT64_MAX if it lies beyond 64 bits. */
uint64_t zone_day_start_us(const struct zone *zone, uint32_t day);

/* Days from 1970-01-01 and months from 1970-01 on. */
uint32_t month_of_day(uint32_t day);
uint32_t month_first_day(uint32_t month);
uint32_t month_last_day(uint32_t month);
/* Day of the month, 1 to 31. */
uint32_t day_in_month(uint32_t day);

/* "YYYYMMDD" and "YYYY-MM", exactly, years 1970 to 9999; false: not such a date. */
bool day_parse(struct span text, uint32_t *ret_day);
bool month_parse(struct span text, uint32_t *ret_month);
/* Both return `into`. */
const char *day_format(uint32_t day, char into[CALENDAR_TEXT_BYTES]);
const char *month_format(uint32_t month, char into[CALENDAR_TEXT_BYTES]);

#endif
