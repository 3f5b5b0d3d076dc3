/* Metrics of the last 30 days (server-api §3.9, §6.6). */
#include "command/services.h"
#include "core/usage/calendar.h"
#include "core/usage/report.h"

/* The documented fields in their documented order. Those that count nothing are of things that
   this service does not offer yet (friends, offline pushes, webhooks, SMS): truly 0. */
enum metric_of {
    OF_NOTHING,
    OF_DAY,       /* a member of struct day_row */
    OF_GROUPS,    /* of struct day_groups_row */
    OF_BOTH,      /* their sum */
    OF_SENDERS,   /* accounts that sent anything */
    OF_DAY_AFTER, /* of struct day_row, known only once the day is over */
};

struct metric {
    const char *name;
    uint8_t of;                 /* enum metric_of */
    uint16_t in_day, in_groups; /* offsets of an uint64_t */
};

#define DAY(member) offsetof(struct day_row, member)
#define GROUPS(member) offsetof(struct day_groups_row, member)
#define METRIC(name, member)         \
    {                                \
        name, OF_DAY, DAY(member), 0 \
    }
#define METRIC_GROUPS(name, member)        \
    {                                      \
        name, OF_GROUPS, 0, GROUPS(member) \
    }
#define METRIC_NONE(name)      \
    {                          \
        name, OF_NOTHING, 0, 0 \
    }

static const struct metric metrics[] = {
    METRIC("ActiveUserNum", active_users),
    METRIC("RegistUserNumOneDay", registered),
    METRIC("RegistUserNumTotal", accounts_total),
    METRIC("LoginTimes", logins),
    METRIC("LoginUserNum", login_users),
    {"UpMsgNum", OF_BOTH, DAY(c2c_up), GROUPS(up)},
    {"DownMsgNum", OF_BOTH, DAY(c2c_down), GROUPS(down)},
    {"SendMsgUserNum", OF_SENDERS, 0, 0},
    METRIC_NONE("APNSMsgNum"),
    METRIC("C2CUpMsgNum", c2c_up),
    METRIC("C2CDownMsgNum", c2c_down),
    METRIC("C2CSendMsgUserNum", c2c_senders),
    METRIC_NONE("C2CAPNSMsgNum"),
    {"MaxOnlineNum", OF_DAY_AFTER, DAY(online_peak), 0},
    METRIC_NONE("ChainIncrease"),
    METRIC_NONE("ChainDecrease"),
    METRIC_GROUPS("GroupUpMsgNum", up),
    METRIC_GROUPS("GroupDownMsgNum", down),
    METRIC_GROUPS("GroupSendMsgUserNum", senders),
    METRIC_NONE("GroupAPNSMsgNum"),
    METRIC_GROUPS("GroupSendMsgGroupNum", active),
    METRIC_GROUPS("GroupJoinGroupTimes", joins),
    METRIC_GROUPS("GroupQuitGroupTimes", quits),
    METRIC_GROUPS("GroupNewGroupNum", made),
    METRIC_GROUPS("GroupAllGroupNum", total),
    METRIC_GROUPS("GroupDestroyGroupNum", dissolved),
    METRIC_NONE("TextMsgInNum"),
    METRIC_NONE("TextMsgOutNum"),
    METRIC_NONE("VoiceMsgInNum"),
    METRIC_NONE("VoiceMsgOutNum"),
    METRIC_NONE("CallBackReq"),
    METRIC_NONE("CallBackRsp"),
};
#define METRIC_COUNT (sizeof(metrics) / sizeof(metrics[0]))

enum text_field { TEXT_APP_NAME, TEXT_APP_ID, TEXT_COMPANY, TEXT_DATE, TEXT_COUNT };
static const char *const text_names[TEXT_COUNT] = {"AppName", "AppId", "Company", "Date"};

struct metrics_fields {
    struct account_list names;
    bool texts[TEXT_COUNT];
    bool wanted[METRIC_COUNT];
};

static const struct field metrics_fields[] = {
    {.name = "RequestField",
     .type = FIELD_STRINGS,
     .offset = FIELD_AT(struct metrics_fields, names),
     .max = 64,
     .max_count = 2 * (METRIC_COUNT + TEXT_COUNT),
     .bad = IM_ERR_CONFIG_FIELD,
     .too_many = IM_ERR_CONFIG_FIELD},
};

static bool field_find(struct metrics_fields *fields, struct span name)
{
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        if (span_is(name, text_names[i]))
            return fields->texts[i] = true;
    }
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if (span_is(name, metrics[i].name))
            return fields->wanted[i] = true;
    }
    return false;
}

static enum im_err metrics_decode(struct request *req, struct json body)
{
    struct metrics_fields *fields = req->body;

    (void)body;
    if (!fields->names.count) {
        memset(fields->texts, true, sizeof(fields->texts));
        memset(fields->wanted, true, sizeof(fields->wanted));
    }
    for (uint32_t i = 0; i < fields->names.count; i++) {
        if (!field_find(fields, fields->names.items[i]))
            return IM_ERR_CONFIG_FIELD;
    }
    fields->texts[TEXT_DATE] = true;
    return IM_OK;
}

static void put_texts(const struct metrics_fields *fields, const struct request *req,
                      const struct usage_day *day, struct buf *into)
{
    const struct metrics_result *result = req->result;
    char date[CALENDAR_TEXT_BYTES];

    buf_printf(into, "{\"Date\":\"%s\"", day_format(day->day, date));
    if (fields->texts[TEXT_APP_NAME]) {
        BUF_LIT(into, ",\"AppName\":");
        json_put_string(into, result->app_name);
    }
    if (fields->texts[TEXT_APP_ID])
        buf_printf(into, ",\"AppId\":\"%u\"", req->app.v);
    if (fields->texts[TEXT_COMPANY])
        BUF_LIT(into, ",\"Company\":\"\"");
}

static uint64_t at(const void *row, uint16_t offset)
{
    uint64_t value;

    memcpy(&value, (const char *)row + offset, sizeof(value));
    return value;
}

static uint64_t metric_value(const struct metric *metric, const struct usage_day *day, bool is_over)
{
    switch ((enum metric_of)metric->of) {
    case OF_NOTHING:
        return 0;
    case OF_DAY:
        return at(&day->row, metric->in_day);
    case OF_GROUPS:
        return at(&day->groups, metric->in_groups);
    case OF_BOTH:
        return at(&day->row, metric->in_day) + at(&day->groups, metric->in_groups);
    case OF_SENDERS:
        return day->row.c2c_senders + day->groups.senders - day->groups.both;
    case OF_DAY_AFTER:
        return is_over ? at(&day->row, metric->in_day) : 0;
    }
    return 0;
}

static void metrics_encode(struct request *req, struct buf *into)
{
    const struct metrics_fields *fields = req->body;
    const struct metrics_result *result = req->result;

    BUF_LIT(into, ",\"Result\":[");
    for (size_t i = 0; i < METRICS_DAYS; i++) {
        const struct usage_day *day = &result->days[i];

        if (i)
            BUF_LIT(into, ",");
        put_texts(fields, req, day, into);
        for (size_t j = 0; j < METRIC_COUNT; j++) {
            if (fields->wanted[j])
                buf_printf(into, ",\"%s\":\"%llu\"", metrics[j].name,
                           (unsigned long long)metric_value(&metrics[j], day, i != 0));
        }
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

static const struct command getappinfo = {
    .operation = {.number = 20, .rate = RATE_STANDARD, .run = metrics_read},
    .service = "openconfigsvr",
    .name = "getappinfo",
    .callers = BY_ADMIN,
    .envelope = ENVELOPE_CONFIG,
    .bad_json = IM_ERR_CONFIG_JSON,
    .not_admin = IM_ERR_ADMIN_REQUIRED,
    .fields = metrics_fields,
    .field_count = sizeof(metrics_fields) / sizeof(metrics_fields[0]),
    .request_bytes = sizeof(struct metrics_fields),
    .decode = metrics_decode,
    .encode = metrics_encode,
    .reads = "app, its days",
    .about = "The app's metrics of today and the 29 days before, today first; every value is a "
             "string.",
};

const struct command *const commands_config[] = {&getappinfo, NULL};
