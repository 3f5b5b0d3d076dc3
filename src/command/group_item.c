#include "command/group_item.h"

#include "command/command.h"
#include "core/group/rows.h"
#include "core/group/tip.h"

#define SYSTEM_NAME "@TIM#SYSTEM"

/* A tip's bytes are bounded, and so are its members: one block serves. */
#define TIP_SCRATCH_BYTES 4096

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

/* How long a client takes the number of who is in a room from the last tip, seconds. In large
   rooms not every tip is sent. */
#define ONLINE_EXPIRES_S 15

/* ---- what every element has ---- */

void group_info_put(struct buf *into, const struct push_group *group)
{
    const char *type = group_type_name(group->type);

    put_text(into, "\"GroupInfo\":{\"GroupId\":", group->id);
    put_text(into, ",\"GroupName\":", group->name);
    if (type)
        put_text(into, ",\"GroupType\":", span_of(type));
    BUF_LIT(into, "}");
}

/* The sender's card stands in it, too. */
static void put_sender_info(struct buf *into, const struct push_group_message *message)
{
    BUF_LIT(into, ",");
    group_info_put(into, &message->group);
    into->n -= !into->overflow; /* its closing brace */
    put_text(into, ",\"From_AccountNick\":", message->nick);
    put_text(into, ",\"From_AccountHeadurl\":", message->face);
    if (message->card.n) {
        put_text(into, ",\"MsgFrom_AccountExtraInfo\":{\"NameCard\":", message->card);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "}");
}

/* The client forms the message's ID of TinyId, MsgClientTime and MsgRandom; without a client time
   it would take its own clock. */
static void put_numbers(struct buf *into, const struct push_group_message *message)
{
    put_number(into, ",\"MsgRandom\":", message->random);
    put_number(into, ",\"MsgTimeStamp\":", message->time);
    put_number(into,
               ",\"MsgClientTime\":", message->client_time ? message->client_time : message->time);
}

/* An object, although requests have a list of names. */
static void put_control(struct buf *into, uint16_t flags)
{
    bool no_unread = flags & GROUP_MESSAGE_NO_UNREAD;
    bool no_last = flags & GROUP_MESSAGE_NO_LAST;

    if (no_unread || no_last)
        buf_printf(into, ",\"SendMsgControl\":{\"NoUnread\":%d,\"NoLastMsg\":%d}", no_unread,
                   no_last);
}

/* ---- tips ---- */

static void put_extra(struct buf *into, const struct tip_member *member)
{
    put_text(into, "{\"UserId\":", member->name);
    put_text(into, ",\"NickName\":", member->nick);
    put_text(into, ",\"ImageUrl\":", member->face);
    BUF_LIT(into, "}");
}

static void put_operator(struct buf *into, const struct group_tip *tip)
{
    const struct tip_member operator= {
        .name = tip->operator_name, .nick = tip->operator_nick, .face = tip->operator_face};

    put_text(into, ",\"Operator_Account\":", tip->operator_name);
    BUF_LIT(into, ",\"MsgOperatorMemberExtraInfo\":");
    put_extra(into, &operator);
}

/* The client looks at the first one without asking whether there is one. */
static void put_extras(struct buf *into, const struct group_tip *tip)
{
    const struct tip_member operator= {
        .name = tip->operator_name, .nick = tip->operator_nick, .face = tip->operator_face};

    BUF_LIT(into, ",\"MsgMemberExtraInfo\":[");
    if (!tip->member_count)
        put_extra(into, &operator);
    for (uint32_t i = 0; i < tip->member_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_extra(into, &tip->members[i]);
    }
    BUF_LIT(into, "]");
}

static void put_list(struct buf *into, const struct group_tip *tip)
{
    BUF_LIT(into, ",\"List_Account\":[");
    for (uint32_t i = 0; i < tip->member_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        json_put_string(into, tip->members[i].name);
    }
    BUF_LIT(into, "]");
}

static void put_muted(struct buf *into, const struct group_tip *tip)
{
    BUF_LIT(into, ",\"MsgMemberInfo\":[");
    for (uint32_t i = 0; i < tip->member_count; i++) {
        put_text(into, i ? ",{\"User_Account\":" : "{\"User_Account\":", tip->members[i].name);
        put_number(into, ",\"ShutupTime\":", tip->members[i].mute_s);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

static void put_fields(struct buf *into, struct span fields)
{
    struct span key, value;
    bool more = false;

    BUF_LIT(into, ",\"MsgAppDefinedData\":[");
    while (tip_field_next(&fields, &key, &value)) {
        put_text(into, more ? ",{\"Key\":" : "{\"Key\":", key);
        put_text(into, ",\"Value\":", value);
        BUF_LIT(into, "}");
        more = true;
    }
    BUF_LIT(into, "]");
}

/* Each member with its comma in front; the first one's is taken away. */
static void put_new_info(struct buf *into, const struct group_tip *tip)
{
    size_t start;

    BUF_LIT(into, ",\"MsgGroupNewInfo\":{");
    start = into->n;
    if (tip->changed & CHANGE_NAME)
        put_text(into, ",\"GroupName\":", tip->name);
    if (tip->changed & CHANGE_FACE)
        put_text(into, ",\"GroupFaceUrl\":", tip->face);
    if (tip->changed & CHANGE_INTRODUCTION)
        put_text(into, ",\"GroupIntroduction\":", tip->introduction);
    if (tip->changed & CHANGE_NOTIFICATION)
        put_text(into, ",\"GroupNotification\":", tip->notification);
    if (tip->changed & CHANGE_OWNER)
        put_text(into, ",\"Owner_Account\":", tip->owner);
    if (tip->changed & CHANGE_JOIN_OPTION)
        put_text(into,
                 ",\"GroupApplyJoinOption\":", span_of(group_join_option_name(tip->join_option)));
    if (tip->changed & CHANGE_MUTED_ALL)
        put_number(into, ",\"ShutupAll\":", tip->muted_all);
    if (tip->changed & CHANGE_FIELDS)
        put_fields(into, tip->fields);
    if (into->n > start && !into->overflow) {
        memmove(into->p + start, into->p + start + 1, into->n - start - 1);
        into->n--;
    }
    BUF_LIT(into, "}");
}

void group_tip_put(struct buf *into, struct span bytes)
{
    uint64_t scratch[TIP_SCRATCH_BYTES / sizeof(uint64_t)];
    struct group_tip tip;
    struct arena arena;

    arena_init_with(&arena, scratch, sizeof(scratch));
    if (!tip_decode(&arena, bytes, &tip)) {
        BUF_LIT(into, "{}");
        arena_release(&arena);
        return;
    }
    put_number(into, "{\"OpType\":", tip.kind);
    put_operator(into, &tip);
    if (tip.kind == TIP_INFO) {
        put_new_info(into, &tip);
    } else {
        put_list(into, &tip);
        put_extras(into, &tip);
    }
    if (tip.kind == TIP_JOINED || tip.kind == TIP_QUIT || tip.kind == TIP_KICKED)
        put_number(into, ",\"MemberNum\":", tip.member_num);
    if (tip.kind == TIP_MEMBER_MUTED)
        put_muted(into, &tip);
    BUF_LIT(into, "}");
    arena_release(&arena);
}

/*
 * A weak tip has no seq of the group; but a client in a live room passes over what has a MsgSeq
 * that it has seen, so it gets a number of its own.
 */
static void put_tip(struct buf *into, const struct push_group_message *message, uint64_t notice_seq)
{
    BUF_LIT(into, "{\"From_Account\":\"" SYSTEM_NAME "\"");
    put_text(into, ",\"ToGroupId\":", message->group.id);
    put_number(into, ",\"MsgSeq\":", message->seq ? message->seq : message->random);
    put_numbers(into, message);
    if (notice_seq)
        put_number(into, ",\"NoticeSeq\":", notice_seq);
    else
        buf_printf(into, ",\"Event\":%d,\"IsPlaceMsg\":0", message->weak ? 6 : 4);
    BUF_LIT(into, ",");
    group_info_put(into, &message->group);
    BUF_LIT(into, ",\"MsgBody\":");
    group_tip_put(into, message->body);
    if (message->online) {
        into->n -= !into->overflow; /* its closing brace */
        buf_printf(into, ",\"OnlineMemberInfo\":{\"OnlineMemberNum\":%u,\"ExpireTime\":%d}}",
                   message->online, ONLINE_EXPIRES_S);
    }
    BUF_LIT(into, "}");
}

/* ---- messages ---- */

static void put_content(struct buf *into, const struct push_group_message *message,
                        const struct group_recall_info *recall)
{
    if (message->flags & GROUP_MESSAGE_WITHDRAWN) {
        /* One element, empty: the SDK leaves out messages that have none. */
        BUF_LIT(into, ",\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\"}}],"
                      "\"CloudCustomData\":\"\"");
        put_text(into,
                 ",\"RevokerInfo\":{\"Revoker_Account\":", recall ? recall->by : (struct span){0});
        put_text(into, ",\"Reason\":", recall ? recall->reason : (struct span){0});
        BUF_LIT(into, "}");
        return;
    }
    if (message->flags & GROUP_MESSAGE_DELETED) {
        BUF_LIT(into, ",\"MsgBody\":[],\"CloudCustomData\":\"\"");
        return;
    }
    BUF_LIT(into, ",\"MsgBody\":");
    buf_add_span(into, message->body.n ? message->body : SPAN_LIT("[]"));
    BUF_LIT(into, ",\"CloudCustomData\":");
    buf_add_span(into, message->cloud.n ? message->cloud : SPAN_LIT("\"\""));
    if (message->at.n) {
        BUF_LIT(into, ",\"GroupAtInfo\":");
        buf_add_span(into, message->at);
    }
}

static int place_of(uint16_t flags)
{
    if (flags & GROUP_MESSAGE_WITHDRAWN)
        return 2;
    return flags & GROUP_MESSAGE_DELETED ? 1 : 0;
}

static void put_message(struct buf *into, const struct push_group_message *message,
                        uint64_t notice_seq, const struct group_recall_info *recall)
{
    put_text(into, "{\"From_Account\":", message->from.n ? message->from : SPAN_LIT(SYSTEM_NAME));
    put_text(into, ",\"ToGroupId\":", message->group.id);
    put_number(into, ",\"MsgSeq\":", message->seq);
    put_numbers(into, message);
    BUF_LIT(into, ",\"TinyId\":\"");
    tinyid_put(into, message->from_no);
    put_number(into, "\",\"MsgPriority\":", message->priority);
    put_number(into, ",\"NeedReadReceipt\":", !!(message->flags & GROUP_MESSAGE_NEED_RECEIPT));
    if (message->version)
        put_number(into, ",\"MsgVersion\":", message->version);
    if (notice_seq)
        put_number(into, ",\"NoticeSeq\":", notice_seq);
    else
        buf_printf(into, ",\"Event\":3,\"IsPlaceMsg\":%d", place_of(message->flags));
    put_content(into, message, recall);
    if (message->online_only)
        BUF_LIT(into, ",\"MsgLifeTime\":0,\"OnlineOnlyFlag\":1");
    put_control(into, message->flags);
    put_text(into, ",\"From_AccountNick\":", message->nick);
    put_text(into, ",\"From_AccountHeadurl\":", message->face);
    put_sender_info(into, message);
    BUF_LIT(into, "}");
}

void group_message_put(struct buf *into, const struct push_group_message *message,
                       uint64_t notice_seq, const struct group_recall_info *recall)
{
    if ((message->flags & GROUP_MESSAGE_TIP) && !place_of(message->flags))
        put_tip(into, message, notice_seq);
    else
        put_message(into, message, notice_seq, recall);
}
