/* Members of the JSON replies of operators' commands. */
#include "command/admin.h"
#include "core/app/app.h"
#include "core/usage/calendar.h"

const struct field admin_no_fields[0] = {};

void put_detail(const struct request *req, struct buf *into)
{
    const struct operator_refusal *refusal = req->result;

    if (!refusal)
        return;
    BUF_LIT(into, ",\"Detail\":");
    json_put_string(into, refusal->detail);
}

void put_name(struct buf *into, const char *name)
{
    if (into->n && into->p[into->n - 1] != '{')
        BUF_LIT(into, ",");
    buf_printf(into, "\"%s\":", name);
}

void put_u64(struct buf *into, const char *name, uint64_t value)
{
    put_name(into, name);
    buf_add_u64(into, value);
}

void put_i64(struct buf *into, const char *name, int64_t value)
{
    put_name(into, name);
    buf_add_i64(into, value);
}

void put_bool(struct buf *into, const char *name, bool value)
{
    put_name(into, name);
    buf_add_span(into, value ? SPAN_LIT("true") : SPAN_LIT("false"));
}

void put_text(struct buf *into, const char *name, struct span text)
{
    put_name(into, name);
    json_put_string(into, text);
}

void put_null(struct buf *into, const char *name)
{
    put_name(into, name);
    BUF_LIT(into, "null");
}

void put_hash(struct buf *into, const char *name, const uint8_t hash[32])
{
    static const char digits[] = "0123456789abcdef";
    char text[64];

    for (size_t i = 0; i < 32; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    put_text(into, name, (struct span){text, sizeof(text)});
}

/* "2026-11-22T15:10:00Z" */
void put_time(struct buf *into, const char *name, uint64_t us)
{
    uint64_t s = us / 1000000;
    unsigned of_day = (unsigned)(s % 86400);
    char day[CALENDAR_TEXT_BYTES], text[32];
    struct buf time = {.p = text, .room = sizeof(text), .max = sizeof(text)};

    day_format((uint32_t)(s / 86400), day);
    buf_printf(&time, "%.4s-%.2s-%.2sT%02u:%02u:%02uZ", day, day + 4, day + 6, of_day / 3600,
               of_day / 60 % 60, of_day % 60);
    put_text(into, name, buf_span(&time));
}

void put_next(struct buf *into, uint64_t cursor)
{
    put_name(into, "next");
    if (cursor)
        buf_printf(into, "\"%llu\"", (unsigned long long)cursor);
    else
        BUF_LIT(into, "null");
}

void put_day(struct buf *into, const char *name, uint32_t day)
{
    char text[CALENDAR_TEXT_BYTES];

    put_text(into, name, span_of(day_format(day, text)));
}

void put_month(struct buf *into, const char *name, uint32_t month)
{
    char text[CALENDAR_TEXT_BYTES];

    put_text(into, name, span_of(month_format(month, text)));
}
