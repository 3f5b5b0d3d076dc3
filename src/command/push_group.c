/* Pushes about groups. Every element has GroupInfo.GroupId: without it the SDK lists a group that
   is none (websocket-behaviour §0.4). */
#include "command/push_group.h"

#include "base/check.h"
#include "command/command.h"
#include "command/group_item.h"

enum {
    EVENT_GROUP_MESSAGE = 3,
    EVENT_GROUP_TIP = 4,
    EVENT_GROUP_NOTICE = 5,
    EVENT_GROUP_WEAK_TIP = 6,
    EVENT_GROUP_AT = 12,
    EVENT_ALL_READ = 14,
    EVENT_BROADCAST = 17,
    /* The SDK looks for the key GroupMsgModNotifys under any number (§7); this one means nothing
       else to it. */
    EVENT_GROUP_EDITED = 19,
};

enum { REPORT_RECALLED = 14, REPORT_READ = 15, REPORT_RECEIPT = 16 };

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

/* The parts of a message's ID in the SDK (§0.3). */
static void put_id(struct buf *into, struct account_no from, uint32_t client_time, uint32_t random,
                   uint32_t seq)
{
    BUF_LIT(into, "\"TinyId\":\"");
    tinyid_put(into, from);
    put_number(into, "\",\"MsgClientTime\":", client_time);
    put_number(into, ",\"MsgRandom\":", random);
    put_number(into, ",\"MsgSeq\":", seq);
}

static void put_revoker(struct buf *into, const struct push_group_recall *push)
{
    put_text(into, ",\"RevokerInfo\":{\"Revoker_Account\":", push->by);
    put_text(into, ",\"Reason\":", push->reason);
    BUF_LIT(into, "}");
}

/* ---- messages: §5 ---- */

static void put_message(struct buf *into, const struct push_group_message *push,
                        uint64_t notice_seq, unsigned event)
{
    bool tip = push->flags & GROUP_MESSAGE_TIP;

    if (tip)
        event = push->weak ? EVENT_GROUP_WEAK_TIP : EVENT_GROUP_TIP;
    put_number(into, "{\"Event\":", event);
    buf_add_span(into, tip ? SPAN_LIT(",\"GroupTips\":[") : SPAN_LIT(",\"GroupMsgArray\":["));
    group_message_put(into, push, notice_seq, NULL);
    BUF_LIT(into, "]}");
}

/* §7: without the parts of its ID the SDK does not find the message. */
static void put_edited(struct buf *into, const struct push_group_message *push, uint64_t notice_seq)
{
    put_number(into, "{\"Event\":", EVENT_GROUP_EDITED);
    put_text(into, ",\"GroupMsgModNotifys\":[{\"GroupId\":", push->group.id);
    put_text(into, ",\"From_Account\":", push->from);
    put_number(into, ",\"NoticeSeq\":", notice_seq);
    BUF_LIT(into, ",");
    put_id(into, push->from_no, push->client_time ? push->client_time : push->time, push->random,
           push->seq);
    put_number(into, ",\"MsgTime\":", push->time);
    put_number(into, ",\"MsgVersion\":", push->version);
    BUF_LIT(into, ",\"MsgBody\":");
    buf_add_span(into, push->body.n ? push->body : SPAN_LIT("[]"));
    BUF_LIT(into, ",\"CloudCustomData\":");
    buf_add_span(into, push->cloud.n ? push->cloud : SPAN_LIT("\"\""));
    BUF_LIT(into, ",");
    group_info_put(into, &push->group);
    BUF_LIT(into, "}]}");
}

/* ---- Events 5 and 6: one object of GroupTips ---- */

/* Up to the value of MsgBody. */
static void open_tips(struct buf *into, unsigned event, const struct push_group *group,
                      uint64_t notice_seq)
{
    put_number(into, "{\"Event\":", event);
    put_text(into, ",\"GroupTips\":[{\"ToGroupId\":", group->id);
    put_text(into, ",\"GroupId\":", group->id);
    put_number(into, ",\"NoticeSeq\":", notice_seq);
    BUF_LIT(into, ",");
    group_info_put(into, group);
    BUF_LIT(into, ",\"MsgBody\":");
}

static void close_tips(struct buf *into)
{
    BUF_LIT(into, "}]}");
}

static void put_read(struct buf *into, const struct push_group_read *push, uint64_t notice_seq)
{
    open_tips(into, EVENT_GROUP_NOTICE, &push->group, notice_seq);
    put_number(into, "{\"ReportType\":", REPORT_READ);
    put_text(into, ",\"GroupReadInfoArray\":[{\"GroupId\":", push->group.id);
    put_number(into, ",\"LastReadMsgSeq\":", push->read_seq);
    BUF_LIT(into, "}]}");
    close_tips(into);
}

static void put_recall(struct buf *into, const struct push_group_recall *push, uint64_t notice_seq)
{
    open_tips(into, EVENT_GROUP_NOTICE, &push->group, notice_seq);
    put_number(into, "{\"ReportType\":", REPORT_RECALLED);
    BUF_LIT(into, ",\"GroupWithdrawInfoArray\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        const struct push_recalled *item = &push->items[i];

        put_text(into, i ? ",{\"GroupId\":" : "{\"GroupId\":", push->group.id);
        BUF_LIT(into, ",");
        put_id(into, item->from_no, item->client_time, item->random, item->seq);
        put_revoker(into, push);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]}");
    /* The SDK takes the reason from here. */
    put_revoker(into, push);
    close_tips(into);
}

/* §7 */
static void put_receipt(struct buf *into, const struct push_group_receipt *push,
                        uint64_t notice_seq)
{
    open_tips(into, EVENT_GROUP_NOTICE, &push->group, notice_seq);
    put_number(into, "{\"ReportType\":", REPORT_RECEIPT);
    BUF_LIT(into, ",\"GroupMsgReceiptList\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        const struct push_receipt *item = &push->items[i];

        buf_add_span(into, i ? SPAN_LIT(",{") : SPAN_LIT("{"));
        put_id(into, item->from_no, item->client_time, item->random, item->seq);
        put_number(into, ",\"ReadNum\":", item->read);
        put_number(into, ",\"UnreadNum\":", item->unread);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]}");
    close_tips(into);
}

/* §5: the inner OpType decides. */
static void put_attributes(struct buf *into, const struct push_group_values *push,
                           uint64_t notice_seq)
{
    open_tips(into, EVENT_GROUP_WEAK_TIP, &push->group, notice_seq);
    BUF_LIT(into, "{\"OpType\":6,\"MsgGroupNewInfo\":{\"GroupAttrOption\":{");
    put_number(into, "\"OpType\":", push->op);
    put_number(into, ",\"GroupAttrSeq\":", push->seq);
    BUF_LIT(into, ",\"PushChangedAttrValFlag\":1,\"GroupAttrInfo\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        put_text(into, i ? ",{\"key\":" : "{\"key\":", push->items[i].key);
        put_text(into, ",\"value\":", push->items[i].value);
        put_number(into, ",\"seq\":", push->items[i].seq);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "],\"BytesChangedKeys\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        json_put_string(into, push->items[i].key);
    }
    BUF_LIT(into, "]}}}");
    close_tips(into);
}

static void put_counters(struct buf *into, const struct push_group_values *push,
                         uint64_t notice_seq)
{
    open_tips(into, EVENT_GROUP_WEAK_TIP, &push->group, notice_seq);
    BUF_LIT(into, "{\"OpType\":6,\"MsgGroupNewInfo\":{},\"GroupCounterInfo\":[{");
    put_number(into, "\"Type\":", push->op == 3 || push->op == 4); /* 0 new values, 1 deleted */
    put_number(into, ",\"GroupCounterSeq\":", push->seq);
    BUF_LIT(into, ",\"GroupCounter\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        put_text(into, i ? ",{\"Key\":" : "{\"Key\":", push->items[i].key);
        BUF_LIT(into, ",\"Value\":");
        buf_add_i64(into, push->items[i].number);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]}]}");
    close_tips(into);
}

/* ---- notices to persons ---- */

static void put_at(struct buf *into, const struct notice *notice, const struct push_group *group)
{
    put_number(into, "{\"Event\":", EVENT_GROUP_AT);
    put_text(into, ",\"GroupTips\":[{\"ToGroupId\":", notice->group_id);
    put_number(into, ",\"ClientSeq\":", notice->seq);
    put_number(into, ",\"MsgRandom\":", notice->seq);
    BUF_LIT(into, ",");
    group_info_put(into, group);
    put_text(into, ",\"GroupAtTips\":{\"GroupId\":", notice->group_id);
    put_text(into, ",\"From_Account\":", notice->operator_name);
    put_number(into, ",\"MsgSeq\":", notice->seq);
    put_number(into, ",\"GroupAtType\":[", notice->at_type);
    BUF_LIT(into, "]}}]}");
}

void group_notice_put(struct buf *into, const struct notice *notice, struct span to,
                      uint64_t notice_seq)
{
    const struct push_group group = {notice->group_id, notice->group_name, notice->group_type};

    if (notice->kind == NOTICE_AT) {
        put_at(into, notice, &group);
        return;
    }
    put_number(into, "{\"Event\":", EVENT_GROUP_NOTICE);
    BUF_LIT(into, ",\"GroupTips\":[{\"From_Account\":\"@TIM#SYSTEM\"");
    put_text(into, ",\"ToGroupId\":", notice->group_id);
    put_number(into, ",\"MsgSeq\":", notice->seq);
    put_number(into, ",\"MsgRandom\":", notice->seq);
    put_number(into, ",\"ClientSeq\":", notice->seq);
    put_number(into, ",\"MsgTimeStamp\":", notice->time);
    put_number(into, ",\"MsgClientTime\":", notice->time);
    put_number(into, ",\"NoticeSeq\":", notice_seq);
    BUF_LIT(into, ",");
    group_info_put(into, &group);
    into->n -= !into->overflow; /* its closing brace */
    put_text(into, ",\"To_Account\":", to);
    put_number(into, "},\"MsgBody\":{\"ReportType\":", notice->kind);
    put_text(into, ",\"Operator_Account\":", notice->operator_name);
    put_text(into, ",\"RemarkInfo\":", notice->remark);
    put_number(into, ",\"MsgKey\":", notice->msg_key);
    put_text(into, ",\"Authentication\":", notice->authentication);
    put_text(into, ",\"UserDefinedField\":", notice->user_field);
    BUF_LIT(into, "}}]}");
}

/* §1, §4 */
static void put_all_read(struct buf *into, const struct push_all_read *push)
{
    put_number(into, "{\"Event\":", EVENT_ALL_READ);
    put_number(into, ",\"C2CReadAllMsg\":", push->c2c);
    BUF_LIT(into, ",\"GroupReadInfoArray\":[");
    for (uint32_t i = 0; i < push->count; i++) {
        put_text(into, i ? ",{\"GroupId\":" : "{\"GroupId\":", push->groups[i]);
        put_number(into, ",\"LastReadMsgSeq\":", push->read_seqs[i]);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]}");
}

/* ---- all of them ---- */

bool push_is_group(enum push_kind kind)
{
    return kind >= PUSH_ALL_READ && kind < PUSH_KIND_END;
}

void push_group_put(struct buf *into, const struct output *output)
{
    enum push_kind kind = (enum push_kind)output->push_kind;

    CHECK(push_is_group(kind));
    if (kind == PUSH_GROUP_NOTICE) {
        const struct push_group_notice *push = output->push;

        group_notice_put(into, push->notice, push->to, output->notice_seq);
    } else if (kind == PUSH_GROUP_MESSAGE) {
        put_message(into, output->push, output->notice_seq, EVENT_GROUP_MESSAGE);
    } else if (kind == PUSH_BROADCAST) {
        put_message(into, output->push, output->notice_seq, EVENT_BROADCAST);
    } else if (kind == PUSH_GROUP_READ) {
        put_read(into, output->push, output->notice_seq);
    } else if (kind == PUSH_GROUP_RECALL) {
        put_recall(into, output->push, output->notice_seq);
    } else if (kind == PUSH_GROUP_EDITED) {
        put_edited(into, output->push, output->notice_seq);
    } else if (kind == PUSH_GROUP_RECEIPT) {
        put_receipt(into, output->push, output->notice_seq);
    } else if (kind == PUSH_GROUP_ATTRIBUTES) {
        put_attributes(into, output->push, output->notice_seq);
    } else if (kind == PUSH_GROUP_COUNTERS) {
        put_counters(into, output->push, output->notice_seq);
    } else {
        put_all_read(into, output->push);
    }
}
