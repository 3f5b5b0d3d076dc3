/*
 * Pushes, in the shapes with which the official SDK raises its events: a push of another shape
 * is ignored by it or breaks its receive path (websocket-behaviour §0 and §9), so each builder
 * names its paragraph and the integration tests drive each with that SDK.
 */
#include "base/check.h"
#include "command/command.h"
#include "command/push_group.h"
#include "core/account/profile.h"
#include "core/output.h"
#include "core/session/login.h"

enum {
    EVENT_PROFILE = 8,
    EVENT_C2C_MESSAGE = 9,
    EVENT_C2C_NOTICE = 10,
    EVENT_RECENT_CONTACT = 17,
    /* The SDK looks for the key UserStatusList under any number (§6); this one means nothing
       else to it. */
    EVENT_USER_STATUS = 18,
};

static void put_text(struct buf *into, const char *member, struct span text)
{
    buf_add_span(into, span_of(member));
    json_put_string(into, text);
}

static void put_number(struct buf *into, const char *member, uint64_t number)
{
    buf_add_span(into, span_of(member));
    buf_add_u64(into, number);
}

/*
 * Part of a message's ID in the SDK: TinyId, MsgClientTime and MsgRandom (§0.3). For a message
 * that came without a client time, the receiver would take its own clock: another ID in each
 * terminal. Then it is the message's time, here and in the history.
 */
static void put_id(struct buf *into, struct account_no from, uint32_t client_time,
                   struct message_key key)
{
    BUF_LIT(into, ",\"TinyId\":\"");
    tinyid_put(into, from);
    put_number(into, "\",\"MsgClientTime\":", client_time ? client_time : key.time);
}

/* An object, although the request has a list of names (§1). */
static void put_control(struct buf *into, uint16_t flags)
{
    bool no_unread = flags & MESSAGE_NO_UNREAD;
    bool no_last = flags & MESSAGE_NO_LAST;

    if (!no_unread && !no_last)
        return;
    BUF_LIT(into, ",\"SendMsgControl\":{");
    if (no_unread)
        BUF_LIT(into, "\"NoUnread\":1");
    if (no_unread && no_last)
        BUF_LIT(into, ",");
    if (no_last)
        BUF_LIT(into, "\"NoLastMsg\":1");
    BUF_LIT(into, "}");
}

/* §1 */
static void put_message(struct buf *into, const struct push_message *push, uint64_t notice_seq)
{
    BUF_LIT(into, "\"C2cMsgArray\":[{");
    put_text(into, "\"From_Account\":", push->from);
    put_text(into, ",\"To_Account\":", push->to);
    put_number(into, ",\"MsgSeq\":", push->key.seq);
    put_number(into, ",\"MsgRandom\":", push->key.random);
    put_number(into, ",\"MsgTimeStamp\":", push->key.time);
    put_id(into, push->from_no, push->client_time, push->key);
    BUF_LIT(into, ",\"MsgBody\":");
    buf_add_span(into, push->body);
    BUF_LIT(into, ",\"CloudCustomData\":");
    buf_add_span(into, push->cloud.n ? push->cloud : SPAN_LIT("\"\""));
    put_text(into, ",\"From_AccountNick\":", push->nick);
    put_text(into, ",\"From_AccountHeadurl\":", push->face);
    put_number(into, ",\"NoticeSeq\":", notice_seq);
    if (push->online_only)
        BUF_LIT(into, ",\"MsgLifeTime\":0");
    if (push->flags & MESSAGE_NEED_RECEIPT)
        BUF_LIT(into, ",\"IsNeedReadReceipt\":1");
    put_control(into, push->flags);
    BUF_LIT(into, "}]");
}

/* §3 */
static void put_kicked(struct buf *into, const struct push_kicked *push)
{
    put_number(into, ",\"SubMsgType\":96,\"KickoutMsgNotify\":{\"KickType\":", push->kick_type);
    put_text(into, ",\"NewInstInfo\":{\"InstType\":", span_of(platform_name(push->new_platform)));
    put_number(into, ",\"Instid\":", push->new_instance);
    BUF_LIT(into, "}}");
}

/* §1: the peer stands in From_Account, the time in LastReadTime; other names do nothing. */
static void put_read_sync(struct buf *into, const struct push_read *push)
{
    put_text(into, ",\"ReadC2cMsgNotify\":{\"UinPairReadArray\":[{\"From_Account\":", push->peer);
    put_text(into, ",\"To_Account\":", push->account);
    put_number(into, ",\"LastReadTime\":", push->read_s);
    BUF_LIT(into, "}]}");
}

/* §1 */
static void put_read_receipt(struct buf *into, const struct push_read *push)
{
    put_text(into, ",\"C2cReadedReceipt\":{\"To_Account\":", push->account);
    put_number(into, ",\"UinPairReadArray\":[{\"LastReadTime\":", push->read_s);
    BUF_LIT(into, "}]}");
}

/* §5 */
static void put_withdrawn(struct buf *into, const struct push_withdrawn *push)
{
    put_text(into,
             ",\"WithdrawC2cMsgNotify\":{\"C2cWithdrawInfoArray\":[{\"From_Account\":", push->from);
    put_text(into, ",\"To_Account\":", push->to);
    put_number(into, ",\"MsgSeq\":", push->key.seq);
    put_number(into, ",\"MsgRandom\":", push->key.random);
    put_id(into, push->from_no, push->client_time, push->key);
    put_text(into, ",\"RevokerInfo\":{\"Revoker_Account\":", push->by);
    BUF_LIT(into, ",\"Reason\":\"\"}}]}");
}

/* The elements that share Event 10: one object each, its NoticeSeq first. */
static void put_notice(struct buf *into, const struct output *output)
{
    put_number(into, "\"C2cNotifyMsgArray\":[{\"NoticeSeq\":", output->notice_seq);
    if (output->push_kind == PUSH_KICKED)
        put_kicked(into, output->push);
    else if (output->push_kind == PUSH_READ_SYNC)
        put_read_sync(into, output->push);
    else if (output->push_kind == PUSH_READ_RECEIPT)
        put_read_receipt(into, output->push);
    else
        put_withdrawn(into, output->push);
    BUF_LIT(into, "}]");
}

/* §6 */
static void put_profile(struct buf *into, const struct push_profile *push, uint64_t notice_seq)
{
    put_number(into, "\"ProfileDataMod\":[{\"PushType\":1,\"NoticeSeq\":", notice_seq);
    put_text(into, ",\"Profile_Account\":", push->account);
    BUF_LIT(into, ",\"ProfileList\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        const struct push_profile_item *item = &push->items[i];
        bool is_number = false;
        const char *name = profile_tag_name(item->tag, &is_number);

        CHECK(name);
        put_text(into, i ? ",{\"Tag\":" : "{\"Tag\":", span_of(name));
        if (is_number)
            put_number(into, ",\"ValueNum\":", item->number);
        else
            put_text(into, ",\"ValueBytes\":", item->value);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]}]");
}

/* §6: CustomStatus would be base64 here. */
static void put_status(struct buf *into, const struct push_status *push)
{
    put_text(into, "\"UserStatusList\":[{\"To_Account\":", push->account);
    put_number(into, ",\"Status\":", push->status);
    BUF_LIT(into, ",\"CustomStatus\":\"\"}]");
}

/* §4: in pushes the peer's key is UserId, a group's GroupId. PushType 1 deletes, 2 pins, 3 unpins,
 * as in `change`. */
static void put_contact(struct buf *into, const struct push_contact *push, uint64_t notice_seq)
{
    put_number(into, "\"RecentContactMod\":[{\"PushType\":", push->change);
    put_number(into, ",\"NoticeSeq\":", notice_seq);
    if (push->change == 1)
        BUF_LIT(into, ",\"RecentContactDeleteItem\":");
    else
        BUF_LIT(into, ",\"RecentContactTopItem\":");
    BUF_LIT(into, "{\"RecentContactList\":[");
    put_text(into,
             push->group ? "{\"Type\":2,\"GroupId\":" : "{\"Type\":1,\"UserId\":", push->peer);
    BUF_LIT(into, "}]}}]");
}

static unsigned event_number(enum push_kind kind)
{
    switch (kind) {
    case PUSH_MESSAGE:
        return EVENT_C2C_MESSAGE;
    case PUSH_KICKED:
    case PUSH_READ_SYNC:
    case PUSH_READ_RECEIPT:
    case PUSH_WITHDRAWN:
        return EVENT_C2C_NOTICE;
    case PUSH_PROFILE:
        return EVENT_PROFILE;
    case PUSH_STATUS:
        return EVENT_USER_STATUS;
    case PUSH_CONTACT:
        return EVENT_RECENT_CONTACT;
    case PUSH_ALL_READ:
    case PUSH_GROUP_MESSAGE:
    case PUSH_GROUP_NOTICE:
    case PUSH_GROUP_READ:
    case PUSH_GROUP_RECALL:
    case PUSH_GROUP_EDITED:
    case PUSH_GROUP_RECEIPT:
    case PUSH_GROUP_ATTRIBUTES:
    case PUSH_GROUP_COUNTERS:
    case PUSH_BROADCAST:
    case PUSH_KIND_END:
        break;
    }
    CHECK(false);
    return 0;
}

static void put_element(struct buf *into, const struct output *output, unsigned event)
{
    put_number(into, "{\"Event\":", event);
    BUF_LIT(into, ",");
    if (event == EVENT_C2C_MESSAGE)
        put_message(into, output->push, output->notice_seq);
    else if (event == EVENT_C2C_NOTICE)
        put_notice(into, output);
    else if (event == EVENT_PROFILE)
        put_profile(into, output->push, output->notice_seq);
    else if (event == EVENT_USER_STATUS)
        put_status(into, output->push);
    else
        put_contact(into, output->push, output->notice_seq);
    BUF_LIT(into, "}");
}

void push_encode(const struct output *output, struct buf *into)
{
    enum push_kind kind = (enum push_kind)output->push_kind;

    BUF_LIT(into, "{\"EventArray\":[");
    if (push_is_group(kind))
        push_group_put(into, output);
    else
        put_element(into, output, event_number(kind));
    BUF_LIT(into, "]");
    if (output->need_ack) {
        put_number(into, ",\"NeedAck\":1,\"SessionData\":\"", output->position);
        BUF_LIT(into, "\"");
    }
    BUF_LIT(into, "}");
}
