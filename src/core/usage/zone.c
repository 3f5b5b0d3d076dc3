/*
 * The happy path: the second block of a TZif file (RFC 8536 §3.2) gives the shifts of the zone's
 * clock that are known; its footer gives the rule for all time after them. Both become one sorted
 * table: the rule is written out for the 400 years after which the calendar repeats, and later
 * times are folded back into it. Each shift keeps the latest local date reached before it, so
 * that a clock set back over midnight does not return to the day before.
 *
 * What cannot be understood is IM_ERR_CORRUPT; nothing is guessed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/usage/calendar.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define MAX_FILE_BYTES (64 << 10)
#define MAX_SHIFTS_IN_FILE 4096
#define MAX_TYPES 256
#define MAX_NAME_BYTES 4096
#define HEADER_BYTES 44
#define TYPE_BYTES 6
#define DAY_S 86400
#define MAX_OFFSET_S (26 * 3600)
#define LAST_SHIFT_S ((int64_t)1 << 36) /* the year 4147: no real table goes further */
#define ERA_YEARS 400
#define ERA_DAYS 146097
#define ERA_S ((int64_t)ERA_DAYS * DAY_S)

/* From at_s on, local time is UTC + offset_s. */
struct shift {
    int64_t at_s;
    int64_t offset_s;
    int64_t first_day; /* the local date is never less after this shift */
};

struct zone {
    char name[ZONE_NAME_MAX + 1];
    struct shift *shifts; /* by time; the first is at 0, as times before 1970 do not occur */
    size_t count;
    int64_t fold_s; /* times from here on repeat those of an era before */
};

/* ---- the rule in the footer: POSIX TZ, e.g. "EST5EDT,M3.2.0,M11.1.0" ---- */

enum rule_form { RULE_JULIAN, RULE_DAY_OF_YEAR, RULE_WEEKDAY };

struct rule_date {
    enum rule_form form;
    uint32_t day; /* of the year, or of the week from Sunday = 0 */
    uint32_t week;
    uint32_t month;
    int64_t time_s;
};

struct rule {
    int64_t standard_s;
    int64_t summer_s;
    bool has_summer;
    struct rule_date begin; /* of summer time, in standard time */
    struct rule_date end;   /* in summer time */
};

static bool take(struct span *text, char c)
{
    if (text->n == 0 || *text->p != c)
        return false;
    text->p++;
    text->n--;
    return true;
}

static bool take_number(struct span *text, uint32_t max, uint32_t *ret_value)
{
    uint32_t value = 0;
    size_t n = 0;

    while (n < text->n && n < 3 && text->p[n] >= '0' && text->p[n] <= '9')
        value = value * 10 + (uint32_t)(text->p[n++] - '0');
    if (n == 0 || value > max)
        return false;
    text->p += n;
    text->n -= n;
    *ret_value = value;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_abbreviation(struct span *text)
{
    bool quoted = take(text, '<');
    size_t n = 0;

    while (n < text->n && (is_letter(text->p[n]) ||
                           (quoted && (is_digit(text->p[n]) || strchr("+-", text->p[n])))))
        n++;
    text->p += n;
    text->n -= n;
    return n >= 3 && (!quoted || take(text, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct span *text, uint32_t max_hours, int64_t *ret_s)
{
    bool negative = take(text, '-');
    uint32_t hours;
    uint32_t minutes = 0;
    uint32_t seconds = 0;
    int64_t s;

    if (!negative)
        take(text, '+');
    if (!take_number(text, max_hours, &hours))
        return false;
    if (take(text, ':')) {
        if (!take_number(text, 59, &minutes))
            return false;
        if (take(text, ':') && !take_number(text, 59, &seconds))
            return false;
    }
    s = (int64_t)hours * 3600 + minutes * 60 + seconds;
    *ret_s = negative ? -s : s;
    return true;
}

static bool take_rule_date(struct span *text, struct rule_date *date)
{
    *date = (struct rule_date){.time_s = 2 * 3600};
    if (!take(text, ','))
        return false;
    if (take(text, 'M')) {
        date->form = RULE_WEEKDAY;
        if (!take_number(text, 12, &date->month) || date->month == 0 || !take(text, '.') ||
            !take_number(text, 5, &date->week) || date->week == 0 || !take(text, '.') ||
            !take_number(text, 6, &date->day))
            return false;
    } else if (take(text, 'J')) {
        date->form = RULE_JULIAN;
        if (!take_number(text, 365, &date->day) || date->day == 0)
            return false;
    } else {
        date->form = RULE_DAY_OF_YEAR;
        if (!take_number(text, 365, &date->day))
            return false;
    }
    return !take(text, '/') || take_time(text, 167, &date->time_s);
}

static bool rule_parse(struct span text, struct rule *ret_rule)
{
    struct rule rule = {0};

    if (!take_abbreviation(&text) || !take_time(&text, 24, &rule.standard_s))
        return false;
    rule.standard_s = -rule.standard_s; /* POSIX counts westwards */
    if (text.n) {
        rule.has_summer = true;
        rule.summer_s = -(rule.standard_s + 3600);
        if (!take_abbreviation(&text) ||
            (text.n && *text.p != ',' && !take_time(&text, 24, &rule.summer_s)) ||
            !take_rule_date(&text, &rule.begin) || !take_rule_date(&text, &rule.end) || text.n)
            return false;
        rule.summer_s = -rule.summer_s;
    }
    *ret_rule = rule;
    return true;
}

/* Local seconds since 1970 at which the date comes round in that year. */
static int64_t rule_date_s(const struct rule_date *date, uint32_t year)
{
    int64_t new_year = month_first_day(year * 12);
    bool leap = month_last_day(year * 12 + 1) - month_first_day(year * 12 + 1) == 28;
    int64_t day;

    if (date->form == RULE_JULIAN) {
        day = new_year + date->day - 1 + (leap && date->day >= 60);
    } else if (date->form == RULE_DAY_OF_YEAR) {
        day = new_year + date->day;
    } else {
        int64_t first = month_first_day(year * 12 + date->month - 1);
        int64_t last = month_last_day(year * 12 + date->month - 1);
        int64_t weekday = (first + 4) % 7; /* 1970-01-01 was a Thursday */

        day = first + (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
        if (day > last)
            day -= 7;
    }
    return day * DAY_S + date->time_s;
}

/* ---- the table of shifts ---- */

static int64_t floor_day(int64_t local_s)
{
    return local_s >= 0 ? local_s / DAY_S : (local_s + 1) / DAY_S - 1;
}

static void add_shift(struct zone *zone, int64_t at_s, int64_t offset_s)
{
    struct shift *last = &zone->shifts[zone->count - 1];
    struct shift shift = {at_s, offset_s, 0};
    int64_t reached;

    /* A rule for the year of the last known shift repeats what the table has already said. */
    if (at_s <= last->at_s) {
        if (at_s == last->at_s)
            last->offset_s = offset_s;
        return;
    }
    reached = floor_day(at_s - 1 + last->offset_s);
    shift.first_day = reached > last->first_day ? reached : last->first_day;
    zone->shifts[zone->count++] = shift;
}

static void add_rule(struct zone *zone, const struct rule *rule)
{
    int64_t known_until = zone->shifts[zone->count - 1].at_s;
    uint32_t first_year = month_of_day((uint32_t)(known_until / DAY_S)) / 12;

    for (uint32_t year = first_year; year <= first_year + ERA_YEARS + 1; year++) {
        int64_t begin = rule_date_s(&rule->begin, year) - rule->standard_s;
        int64_t end = rule_date_s(&rule->end, year) - rule->summer_s;

        if (begin < end && begin > known_until)
            add_shift(zone, begin, rule->summer_s);
        if (end > known_until)
            add_shift(zone, end, rule->standard_s);
        if (begin >= end && begin > known_until)
            add_shift(zone, begin, rule->summer_s);
    }
    zone->fold_s = (int64_t)month_first_day((first_year + ERA_YEARS + 1) * 12) * DAY_S;
}

/* ---- the file ---- */

struct tzif_block {
    uint32_t times, types, names, leaps, standards, utcs;
};

static bool block_read(struct span file, char *ret_version, struct tzif_block *ret_block)
{
    if (file.n < HEADER_BYTES || !span_starts(file, SPAN_LIT("TZif")))
        return false;
    *ret_version = file.p[4];
    *ret_block = (struct tzif_block){
        .utcs = get_be32(file.p + 20),
        .standards = get_be32(file.p + 24),
        .leaps = get_be32(file.p + 28),
        .times = get_be32(file.p + 32),
        .types = get_be32(file.p + 36),
        .names = get_be32(file.p + 40),
    };
    return ret_block->utcs <= MAX_TYPES && ret_block->standards <= MAX_TYPES &&
           ret_block->leaps <= MAX_TYPES && ret_block->times <= MAX_SHIFTS_IN_FILE &&
           ret_block->types >= 1 && ret_block->types <= MAX_TYPES &&
           ret_block->names <= MAX_NAME_BYTES;
}

static size_t block_bytes(const struct tzif_block *block, size_t time_bytes)
{
    return block->times * (time_bytes + 1) + block->types * TYPE_BYTES + block->names +
           block->leaps * (time_bytes + 4) + block->standards + block->utcs;
}

static bool skip(struct span *file, size_t n)
{
    if (file->n < n)
        return false;
    file->p += n;
    file->n -= n;
    return true;
}

static bool add_known_shifts(struct zone *zone, const char *data, const struct tzif_block *block)
{
    const char *indexes = data + block->times * 8;
    const char *types = indexes + block->times;
    int64_t before = INT64_MIN;

    zone->shifts[zone->count++] = (struct shift){0, (int32_t)get_be32(types), 0};
    for (uint32_t i = 0; i < block->types; i++) {
        int32_t offset_s = (int32_t)get_be32(types + i * TYPE_BYTES);

        if (offset_s < -MAX_OFFSET_S || offset_s > MAX_OFFSET_S)
            return false;
    }
    for (uint32_t i = 0; i < block->times; i++) {
        int64_t at_s = (int64_t)get_be64(data + i * 8);
        uint8_t type = (uint8_t)indexes[i];

        if (at_s <= before || at_s > LAST_SHIFT_S || type >= block->types)
            return false;
        before = at_s;
        add_shift(zone, at_s > 0 ? at_s : 0, (int32_t)get_be32(types + type * TYPE_BYTES));
    }
    return true;
}

static bool add_footer(struct zone *zone, struct span footer)
{
    struct rule rule;
    const char *end;

    if (!take(&footer, '\n'))
        return false;
    end = memchr(footer.p, '\n', footer.n);
    if (!end)
        return false;
    footer.n = (size_t)(end - footer.p);
    if (footer.n == 0)
        return true;
    if (!rule_parse(footer, &rule))
        return false;
    if (rule.has_summer)
        add_rule(zone, &rule);
    return true;
}

static enum im_err decode(struct zone *zone, struct span file)
{
    struct tzif_block block;
    char version;
    const char *data;

    if (!block_read(file, &version, &block) || version < '2' ||
        !skip(&file, HEADER_BYTES + block_bytes(&block, 4)) ||
        !block_read(file, &version, &block) || !skip(&file, HEADER_BYTES))
        return IM_ERR_CORRUPT;
    if (block.leaps)
        return IM_ERR_INVALID;
    data = file.p;
    if (!skip(&file, block_bytes(&block, 8)))
        return IM_ERR_CORRUPT;
    zone->shifts =
        mem_alloc(sizeof(*zone->shifts) * (block.times + 1 + 2 * (size_t)(ERA_YEARS + 2)));
    if (!add_known_shifts(zone, data, &block) || !add_footer(zone, file))
        return IM_ERR_CORRUPT;
    return IM_OK;
}

enum im_err zone_decode(struct span file, struct zone **ret_zone)
{
    struct zone *zone = mem_zalloc(sizeof(*zone));
    enum im_err err;

    zone->fold_s = INT64_MAX;
    err = decode(zone, file);
    if (err) {
        zone_free(zone);
        return err;
    }
    *ret_zone = zone;
    return IM_OK;
}

bool zone_name_valid(struct span name)
{
    char before = '/';

    if (name.n > ZONE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (c == '/' ? before == '/' : !is_letter(c) && !is_digit(c) && !memchr("_+-", c, 3))
            return false;
        before = c;
    }
    return before != '/';
}

/* The whole file, at most MAX_FILE_BYTES of it, into `into`. */
static enum im_err read_file(const char *path, char *into, size_t *ret_n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got = 0;
    int error = errno;

    if (fd >= 0) {
        while (n < MAX_FILE_BYTES && (got = read(fd, into + n, MAX_FILE_BYTES - n)) > 0)
            n += (size_t)got;
        error = errno;
        close(fd);
        if (got >= 0) {
            *ret_n = n;
            return IM_OK;
        }
    }
    if (error == ENOENT || error == ENOTDIR || error == EISDIR)
        return IM_ERR_NOT_FOUND;
    log_error("cannot read %s: %s", path, strerrordesc_np(error));
    return IM_ERR_IO;
}

enum im_err zone_open(const char *name, struct zone **ret_zone)
{
    char path[sizeof(ZONE_DIRECTORY) + ZONE_NAME_MAX];
    char *bytes;
    size_t n = 0;
    enum im_err err;

    if (!zone_name_valid(span_of(name)))
        return IM_ERR_INVALID;
    snprintf(path, sizeof(path), ZONE_DIRECTORY "%s", name);
    bytes = mem_alloc(MAX_FILE_BYTES);
    err = read_file(path, bytes, &n);
    if (!err)
        err = zone_decode(span_make(bytes, n), ret_zone);
    free(bytes);
    if (!err)
        snprintf((*ret_zone)->name, sizeof((*ret_zone)->name), "%s", name);
    return err;
}

void zone_free(struct zone *zone)
{
    if (!zone)
        return;
    free(zone->shifts);
    free(zone);
}

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

/* ---- days ---- */

static uint32_t day_at(const struct zone *zone, int64_t s)
{
    int64_t eras = s >= zone->fold_s ? (s - zone->fold_s) / ERA_S + 1 : 0;
    size_t low = 0;
    size_t high = zone->count;
    int64_t day;

    s -= eras * ERA_S;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (zone->shifts[middle].at_s <= s)
            low = middle;
        else
            high = middle;
    }
    day = floor_day(s + zone->shifts[low].offset_s);
    if (day < zone->shifts[low].first_day)
        day = zone->shifts[low].first_day;
    return (uint32_t)(day + eras * ERA_DAYS);
}

uint32_t zone_day(const struct zone *zone, uint64_t us)
{
    return day_at(zone, (int64_t)(us / 1000000));
}

uint64_t zone_day_start_us(const struct zone *zone, uint32_t day)
{
    /* A day's start lies within two days of its start in UTC, and days never go backwards. */
    int64_t low = ((int64_t)day - 2) * DAY_S;
    int64_t high = ((int64_t)day + 2) * DAY_S;
    uint64_t us;

    if (low < 0)
        low = 0;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;

        if (day_at(zone, middle) >= day)
            high = middle;
        else
            low = middle + 1;
    }
    return __builtin_mul_overflow((uint64_t)low, 1000000, &us) ? UINT64_MAX : us;
}
