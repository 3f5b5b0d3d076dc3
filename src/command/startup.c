/*
 * What the gateway answers by itself, without the core. Apart from the heartbeat and the client's
 * reports about itself, this is the list of commands that the official client SDK asks at its
 * start for parts that this server does not have: they hold nothing, so an empty answer is the
 * truth, with exactly the members without which the SDK asks for ever or breaks
 * (websocket-behaviour §9, websocket-protocol "Start-up calls"). A command that would have to
 * store something is never here: it is unknown, and the caller is told so.
 */
#include "command/services.h"

struct startup_command {
    struct command command;
    const char *members; /* behind the envelope, starting with a comma */
};

static void put_members(struct request *req, struct buf *into)
{
    const struct startup_command *row = (const void *)command_of(req);

    buf_add_span(into, span_of(row->members));
}

/* Seconds until the SDK asks again; with 0 it asks every second. */
#define EXPIRES_S 3600

static void put_config(struct request *req, struct buf *into)
{
    buf_printf(into,
               ",\"int32_error_code\":0,\"str_error_message\":\"\",\"str_json_config\":\"{}\","
               "\"uint32_expired_time\":%d,\"uint32_sdkappid\":%u,\"uint64_version\":1",
               EXPIRES_S, req->app.v);
}

/* Bits 2 history of live rooms, 3 communities, 6 who is in a live room, 7 user status, 11 bans, 15
   counters; what a plan leaves out of these the server refuses. Every other switched feature is
   refused by the SDK itself, at once. */
struct span command_purchase_bits(void)
{
    return SPAN_LIT("1000100011001100");
}

static void put_purchase_bits(struct request *req, struct buf *into)
{
    (void)req;
    buf_printf(into,
               ",\"int32_error_code\":0,\"str_error_message\":\"\",\"str_purchase_bits\":\"%.*s\","
               "\"uint32_expired_time\":%d",
               SPAN_FMT(command_purchase_bits()), EXPIRES_S);
}

#define ROW(service_, name_, callers_, envelope_, encode_, members_, about_) \
    (&(const struct startup_command){.command = {.service = (service_),      \
                                                 .name = (name_),            \
                                                 .callers = (callers_),      \
                                                 .envelope = (envelope_),    \
                                                 .bad_json = IM_ERR_JSON,    \
                                                 .encode = (encode_),        \
                                                 .placeholder = true,        \
                                                 .about = (about_)},         \
                                     .members = (members_)}                  \
          .command)
#define ALWAYS(service, name, about) \
    ROW(service, name, BY_USER | BY_ANYONE, ENVELOPE_PLAIN, NULL, "", about)
#define COMPUTED(service, name, encode, about) \
    ROW(service, name, BY_USER, ENVELOPE_PLAIN, encode, "", about)
#define EMPTY(service, name, members, about) \
    ROW(service, name, BY_USER, ENVELOPE_PLAIN, put_members, members, about)
#define EMPTY_DISPLAY(service, name, members, about) \
    ROW(service, name, BY_USER, ENVELOPE_DISPLAY, put_members, members, about)

const struct command *const commands_startup[] = {
    ALWAYS("heartbeat", "alive",
           "Keeps the socket; always answered with success, before a login too."),
    ALWAYS("imopenstat", "tim_web_report_v2", "The client's reports about itself are not kept."),

    COMPUTED("im_sdk_config_mgr", "fetch_config", put_config,
             "No setting of the client is changed."),
    COMPUTED("im_sdk_config_mgr", "fetch_imsdk_purchase_bitsv2", put_purchase_bits,
             "The switched features that are there."),

    EMPTY_DISPLAY("sns", "black_list_get",
                  ",\"BlackListItem\":[],\"StartIndex\":0,\"CurruentSequence\":0",
                  "There are no blacklists."),
    EMPTY_DISPLAY("sns", "friend_get",
                  ",\"UserDataItem\":[],\"StandardSequence\":0,\"CustomSequence\":0,"
                  "\"FriendNum\":0,\"CompleteFlag\":1,\"NextStartIndex\":0",
                  "There are no friends."),
    EMPTY_DISPLAY("sns", "group_get", ",\"ResultItem\":[],\"CurrentSequence\":0",
                  "There are no friend groups."),
    EMPTY_DISPLAY("sns", "pendency_get",
                  ",\"PendencyItem\":[],\"UnreadPendencyCount\":0,\"StartTime\":0,"
                  "\"CurrentSequence\":0",
                  "There are no friend applications."),

    EMPTY_DISPLAY("recentcontact", "get_contact_group",
                  ",\"CompleteFlag\":1,\"NextStartIndex\":0,\"GroupItem\":[],\"ContactItem\":[]",
                  "There are no conversation groups."),
    EMPTY_DISPLAY("recentcontact", "search_contact_group",
                  ",\"GroupItem\":[],\"ContactResultItem\":[]",
                  "No conversation has a mark or a group."),
    EMPTY("openim", "get_c2c_peer_mute_notifications", ",\"MuteNotificationsList\":[]",
          "No peer is muted."),
    EMPTY("im_msg_db_logic", "ws_get_do_not_disturb",
          ",\"Level\":0,\"StartTime\":0,\"EndTime\":0,\"IsRepeated\":0", "No quiet hours are set."),
    EMPTY("im_msg_audit_mgr", "get_local_words",
          ",\"msg_cmd_error_code\":{\"uint32_code\":0,\"str_err_msg\":\"\"},"
          "\"msg_scene_ctl_config\":{},\"rpt_msg_dirty_word\":[],\"uint64_complete_flag\":1,"
          "\"uint64_next_start_index\":0,\"uint64_version\":1,\"uint64_expired_time\":3600",
          "There are no words that the client should filter."),
    NULL,
};
