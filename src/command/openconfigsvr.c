/* Metrics of the last 30 days (server-api §3.9, §6.6). */
#include "command/services.h"
#include "core/usage/calendar.h"
#include "core/usage/report.h"

/* The documented fields in their documented order. Those without an offset count things that this
   service does not offer yet (groups, friends, offline pushes, webhooks, SMS): truly 0. */
struct metric {
    const char *name;
    uint16_t offset; /* in struct day_row, of a uint64_t */
    bool counted;
    bool after_the_day; /* known only once the day is over */
};

#define METRIC(name, member)                                \
    {                                                       \
        name, offsetof(struct day_row, member), true, false \
    }
#define METRIC_NONE(name)     \
    {                         \
        name, 0, false, false \
    }

static const struct metric metrics[] = {
    METRIC("ActiveUserNum", active_users),
    METRIC("RegistUserNumOneDay", registered),
    METRIC("RegistUserNumTotal", accounts_total),
    METRIC("LoginTimes", logins),
    METRIC("LoginUserNum", login_users),
    /* C2C is all there is. */
    METRIC("UpMsgNum", c2c_up),
    METRIC("DownMsgNum", c2c_down),
    METRIC("SendMsgUserNum", c2c_senders),
    METRIC_NONE("APNSMsgNum"),
    METRIC("C2CUpMsgNum", c2c_up),
    METRIC("C2CDownMsgNum", c2c_down),
    METRIC("C2CSendMsgUserNum", c2c_senders),
    METRIC_NONE("C2CAPNSMsgNum"),
    {"MaxOnlineNum", offsetof(struct day_row, online_peak), true, true},
    METRIC_NONE("ChainIncrease"),
    METRIC_NONE("ChainDecrease"),
    METRIC_NONE("GroupUpMsgNum"),
    METRIC_NONE("GroupDownMsgNum"),
    METRIC_NONE("GroupSendMsgUserNum"),
    METRIC_NONE("GroupAPNSMsgNum"),
    METRIC_NONE("GroupSendMsgGroupNum"),
    METRIC_NONE("GroupJoinGroupTimes"),
    METRIC_NONE("GroupQuitGroupTimes"),
    METRIC_NONE("GroupNewGroupNum"),
    METRIC_NONE("GroupAllGroupNum"),
    METRIC_NONE("GroupDestroyGroupNum"),
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
            uint64_t value = 0;

            if (!fields->wanted[j])
                continue;
            if (metrics[j].counted && !(metrics[j].after_the_day && i == 0))
                memcpy(&value, (const char *)&day->row + metrics[j].offset, sizeof(value));
            buf_printf(into, ",\"%s\":\"%llu\"", metrics[j].name, (unsigned long long)value);
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
