/* Pushes about groups, byte by byte: the SDK passes over, or breaks at, anything else. */
#include "support/test.h"

#include "base/buf.h"
#include "command/command.h"
#include "command/group_item.h"
#include "core/group/notice.h"
#include "core/group/tip.h"
#include "core/output.h"

#define TIME 1600000000

static void encodes(enum push_kind kind, const void *push, const char *expected)
{
    struct output output = {
        .kind = OUTPUT_PUSH, .push_kind = (uint8_t)kind, .push = push, .notice_seq = 9};
    struct json parsed;
    struct buf buf;

    buf_init(&buf, 1 << 16);
    push_encode(&output, &buf);
    assert_true(json_parse(buf_span(&buf), &parsed));
    buf_add_char(&buf, '\0');
    assert_string_equal(buf.p, expected);
    buf_release(&buf);
}

#define GROUP                                                                   \
    {                                                                           \
        .id = SPAN_LIT("g1"), .name = SPAN_LIT("G \"1\""), .type = GROUP_PUBLIC \
    }
#define INFO \
    "\"GroupInfo\":{\"GroupId\":\"g1\",\"GroupName\":\"G \\\"1\\\"\",\"GroupType\":\"Public\""
#define BODY "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]"
#define TINY "\"TinyId\":\"144115188075855879\""

static struct push_group_message message(void)
{
    return (struct push_group_message){.group = GROUP,
                                       .from = SPAN_LIT("carol"),
                                       .nick = SPAN_LIT("Carol"),
                                       .face = SPAN_LIT("http://x/c.png"),
                                       .from_no = {7},
                                       .seq = 11,
                                       .time = TIME,
                                       .random = 12,
                                       .client_time = TIME - 1,
                                       .priority = PRIORITY_NORMAL,
                                       .body = SPAN_LIT(BODY)};
}

#define HEAD                                                                               \
    "{\"From_Account\":\"carol\",\"ToGroupId\":\"g1\",\"MsgSeq\":11,\"MsgRandom\":12,"     \
    "\"MsgTimeStamp\":1600000000,\"MsgClientTime\":1599999999," TINY ",\"MsgPriority\":2," \
    "\"NeedReadReceipt\":"
#define TAIL                                                                           \
    ",\"From_AccountNick\":\"Carol\",\"From_AccountHeadurl\":\"http://x/c.png\"," INFO \
    ",\"From_AccountNick\":\"Carol\",\"From_AccountHeadurl\":\"http://x/c.png\"}}"

TEST(a_message_has_its_group_and_all_that_makes_its_id)
{
    struct push_group_message push = message();

    encodes(PUSH_GROUP_MESSAGE, &push,
            "{\"EventArray\":[{\"Event\":3,\"GroupMsgArray\":[" HEAD
            "0,\"NoticeSeq\":9,\"MsgBody\":" BODY ",\"CloudCustomData\":\"\"" TAIL "]}]}");
    encodes(PUSH_BROADCAST, &push,
            "{\"EventArray\":[{\"Event\":17,\"GroupMsgArray\":[" HEAD
            "0,\"NoticeSeq\":9,\"MsgBody\":" BODY ",\"CloudCustomData\":\"\"" TAIL "]}]}");
}

TEST(a_message_has_what_its_sender_asked_for)
{
    struct push_group_message push = message();

    push.flags = GROUP_MESSAGE_NEED_RECEIPT | GROUP_MESSAGE_NO_UNREAD | GROUP_MESSAGE_BY_REST;
    push.cloud = SPAN_LIT("\"c\"");
    push.at = SPAN_LIT("[{\"GroupAtAllFlag\":0,\"GroupAt_Account\":\"bob\"}]");
    push.online_only = true;
    push.version = 2;
    encodes(PUSH_GROUP_MESSAGE, &push,
            "{\"EventArray\":[{\"Event\":3,\"GroupMsgArray\":[" HEAD
            "1,\"MsgVersion\":2,\"NoticeSeq\":9,\"MsgBody\":" BODY ",\"CloudCustomData\":\"c\","
            "\"GroupAtInfo\":[{\"GroupAtAllFlag\":0,\"GroupAt_Account\":\"bob\"}],"
            "\"MsgLifeTime\":0,\"OnlineOnlyFlag\":1,\"SendMsgControl\":{\"NoUnread\":1,"
            "\"NoLastMsg\":0}" TAIL "]}]}");
}

/* Without it each terminal would take its own clock and form another ID. */
TEST(a_message_without_client_time_has_its_own_time_and_the_card_is_in_the_group_info)
{
    struct push_group_message push = message();

    push.client_time = 0;
    push.card = SPAN_LIT("the boss");
    push.nick = push.face = (struct span){0};
    encodes(PUSH_GROUP_MESSAGE, &push,
            "{\"EventArray\":[{\"Event\":3,\"GroupMsgArray\":[{\"From_Account\":\"carol\","
            "\"ToGroupId\":\"g1\",\"MsgSeq\":11,\"MsgRandom\":12,\"MsgTimeStamp\":1600000000,"
            "\"MsgClientTime\":1600000000," TINY ",\"MsgPriority\":2,\"NeedReadReceipt\":0,"
            "\"NoticeSeq\":9,\"MsgBody\":" BODY
            ",\"CloudCustomData\":\"\",\"From_AccountNick\":\"\","
            "\"From_AccountHeadurl\":\"\"," INFO ",\"From_AccountNick\":\"\","
            "\"From_AccountHeadurl\":\"\",\"MsgFrom_AccountExtraInfo\":{\"NameCard\":\"the boss\"}"
            "}}]}]}");
}

/* ---- elements of history ---- */

static void item_is(const struct push_group_message *item, const struct group_recall_info *recall,
                    const char *expected)
{
    struct json parsed;
    struct buf buf;

    buf_init(&buf, 1 << 16);
    group_message_put(&buf, item, 0, recall);
    assert_true(json_parse(buf_span(&buf), &parsed));
    buf_add_char(&buf, '\0');
    assert_string_equal(buf.p, expected);
    buf_release(&buf);
}

TEST(in_history_a_message_says_whether_it_is_still_one)
{
    struct push_group_message item = message();
    struct group_recall_info recall = {SPAN_LIT("bob"), SPAN_LIT("rude")};

    item_is(&item, NULL,
            HEAD "0,\"Event\":3,\"IsPlaceMsg\":0,\"MsgBody\":" BODY
                 ",\"CloudCustomData\":\"\"" TAIL);
    item.flags = GROUP_MESSAGE_WITHDRAWN;
    item_is(&item, &recall,
            HEAD "0,\"Event\":3,\"IsPlaceMsg\":2,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
                 "\"MsgContent\":{\"Text\":\"\"}}],\"CloudCustomData\":\"\",\"RevokerInfo\":{"
                 "\"Revoker_Account\":\"bob\",\"Reason\":\"rude\"}" TAIL);
    item.flags = GROUP_MESSAGE_DELETED;
    item_is(&item, NULL,
            HEAD "0,\"Event\":3,\"IsPlaceMsg\":1,\"MsgBody\":[],\"CloudCustomData\":\"\"" TAIL);
}

/* ---- tips ---- */

#define TIP_HEAD "\"GroupTips\":[{\"From_Account\":\"@TIM#SYSTEM\",\"ToGroupId\":\"g1\",\"MsgSeq\":"
#define TIP_TIMES ",\"MsgRandom\":12,\"MsgTimeStamp\":1600000000,\"MsgClientTime\":1600000000,"

static struct arena arena;

static struct push_group_message tip_message(const struct group_tip *tip)
{
    return (struct push_group_message){.group = GROUP,
                                       .seq = 3,
                                       .time = TIME,
                                       .random = 12,
                                       .flags = GROUP_MESSAGE_TIP,
                                       .body = tip_encode(&arena, tip)};
}

static struct tip_member zed = {SPAN_LIT("zed"), SPAN_LIT("Zed"), SPAN_LIT("f"), 60};

static void tip_says(const struct group_tip *tip, const char *expected)
{
    struct buf buf;

    buf_init(&buf, 1 << 16);
    group_tip_put(&buf, tip_encode(&arena, tip));
    buf_add_char(&buf, '\0');
    assert_string_equal(buf.p, expected);
    buf_release(&buf);
}

#define OPERATOR                                                                       \
    "\"Operator_Account\":\"amy\",\"MsgOperatorMemberExtraInfo\":{\"UserId\":\"amy\"," \
    "\"NickName\":\"Amy\",\"ImageUrl\":\"\"}"
#define ZED                                                                                \
    "\"List_Account\":[\"zed\"],\"MsgMemberExtraInfo\":[{\"UserId\":\"zed\",\"NickName\":" \
    "\"Zed\",\"ImageUrl\":\"f\"}]"

static struct group_tip tip_of(enum tip_kind kind)
{
    return (struct group_tip){.kind = (uint8_t)kind,
                              .operator_name = SPAN_LIT("amy"),
                              .operator_nick = SPAN_LIT("Amy"),
                              .member_num = 4,
                              .members = &zed,
                              .member_count = 1};
}

TEST(tips_name_who_did_what_to_whom)
{
    struct group_tip tip = tip_of(TIP_JOINED);
    struct push_group_message push;

    arena_init(&arena);
    push = tip_message(&tip);
    encodes(PUSH_GROUP_MESSAGE, &push,
            "{\"EventArray\":[{\"Event\":4," TIP_HEAD "3" TIP_TIMES "\"NoticeSeq\":9," INFO
            "},\"MsgBody\":{\"OpType\":1," OPERATOR "," ZED ",\"MemberNum\":4}}]}]}");
    tip.kind = TIP_ADMIN_SET;
    tip_says(&tip, "{\"OpType\":4," OPERATOR "," ZED "}");
    tip.kind = TIP_MEMBER_MUTED;
    tip_says(&tip, "{\"OpType\":7," OPERATOR "," ZED
                   ",\"MsgMemberInfo\":[{\"User_Account\":\"zed\",\"ShutupTime\":60}]}");
    item_is(&push, NULL,
            "{\"From_Account\":\"@TIM#SYSTEM\",\"ToGroupId\":\"g1\",\"MsgSeq\":3" TIP_TIMES
            "\"Event\":4,\"IsPlaceMsg\":0," INFO "},\"MsgBody\":{\"OpType\":1," OPERATOR "," ZED
            ",\"MemberNum\":4}}");
    arena_release(&arena);
}

TEST(a_weak_tip_has_a_number_of_its_own)
{
    struct group_tip tip = tip_of(TIP_QUIT);
    struct push_group_message push;

    arena_init(&arena);
    push = tip_message(&tip);
    push.seq = 0;
    push.weak = true;
    encodes(PUSH_GROUP_MESSAGE, &push,
            "{\"EventArray\":[{\"Event\":6," TIP_HEAD "12" TIP_TIMES "\"NoticeSeq\":9," INFO
            "},\"MsgBody\":{\"OpType\":2," OPERATOR "," ZED ",\"MemberNum\":4}}]}]}");
    arena_release(&arena);
}

/* The SDK looks at the first member, and into MsgGroupNewInfo, without asking. */
TEST(the_parts_that_the_sdk_takes_for_granted_are_always_there)
{
    struct group_tip tip = tip_of(TIP_KICKED);

    arena_init(&arena);
    tip.member_count = 0;
    tip_says(&tip, "{\"OpType\":3," OPERATOR ",\"List_Account\":[],\"MsgMemberExtraInfo\":["
                   "{\"UserId\":\"amy\",\"NickName\":\"Amy\",\"ImageUrl\":\"\"}],"
                   "\"MemberNum\":4}");
    tip.kind = TIP_INFO;
    tip_says(&tip, "{\"OpType\":6," OPERATOR ",\"MsgGroupNewInfo\":{}}");
    arena_release(&arena);
}

TEST(a_change_of_the_group_names_what_is_new)
{
    struct group_tip tip = tip_of(TIP_INFO);
    struct buf fields;

    arena_init(&arena);
    buf_init(&fields, 1024);
    tip_field_put(&fields, SPAN_LIT("level"), SPAN_LIT("7"));
    tip_field_put(&fields, SPAN_LIT("town"), SPAN_LIT(""));
    tip.changed = CHANGE_NAME | CHANGE_FACE | CHANGE_INTRODUCTION | CHANGE_NOTIFICATION |
                  CHANGE_OWNER | CHANGE_JOIN_OPTION | CHANGE_MUTED_ALL | CHANGE_FIELDS;
    tip.name = SPAN_LIT("N");
    tip.face = SPAN_LIT("F");
    tip.introduction = SPAN_LIT("I");
    tip.notification = SPAN_LIT("O");
    tip.owner = SPAN_LIT("zed");
    tip.join_option = JOIN_FREE;
    tip.muted_all = 1;
    tip.fields = buf_span(&fields);
    tip_says(&tip, "{\"OpType\":6," OPERATOR
                   ",\"MsgGroupNewInfo\":{\"GroupName\":\"N\",\"GroupFaceUrl\":\"F\","
                   "\"GroupIntroduction\":\"I\",\"GroupNotification\":\"O\","
                   "\"Owner_Account\":\"zed\",\"GroupApplyJoinOption\":\"FreeAccess\","
                   "\"ShutupAll\":1,\"MsgAppDefinedData\":[{\"Key\":\"level\",\"Value\":\"7\"},"
                   "{\"Key\":\"town\",\"Value\":\"\"}]}}");
    tip.changed = CHANGE_MUTED_ALL;
    tip.muted_all = 0;
    tip_says(&tip, "{\"OpType\":6," OPERATOR ",\"MsgGroupNewInfo\":{\"ShutupAll\":0}}");
    buf_release(&fields);
    arena_release(&arena);
}

TEST(bytes_that_are_no_tip_are_an_empty_object)
{
    struct buf buf;

    buf_init(&buf, 100);
    group_tip_put(&buf, SPAN_LIT("[]"));
    assert_true(span_is(buf_span(&buf), "{}"));
    buf_release(&buf);
}

/* ---- notices and their kin ---- */

#define TIPS5                                                                                \
    "{\"EventArray\":[{\"Event\":5,\"GroupTips\":[{\"ToGroupId\":\"g1\",\"GroupId\":\"g1\"," \
    "\"NoticeSeq\":9," INFO "},\"MsgBody\":"
#define TIPS6                                                                                \
    "{\"EventArray\":[{\"Event\":6,\"GroupTips\":[{\"ToGroupId\":\"g1\",\"GroupId\":\"g1\"," \
    "\"NoticeSeq\":9," INFO "},\"MsgBody\":"

TEST(a_notice_has_its_receiver_in_the_group_info)
{
    struct notice notice = {.kind = NOTICE_JOIN_REQUEST,
                            .group_id = SPAN_LIT("g1"),
                            .group_name = SPAN_LIT("G \"1\""),
                            .group_type = GROUP_PUBLIC,
                            .operator_name = SPAN_LIT("zed"),
                            .remark = SPAN_LIT("let me in"),
                            .authentication = SPAN_LIT("au"),
                            .msg_key = 1234567,
                            .time = TIME,
                            .seq = 5};
    struct push_group_notice push = {&notice, SPAN_LIT("bob")};

    encodes(PUSH_GROUP_NOTICE, &push,
            "{\"EventArray\":[{\"Event\":5,\"GroupTips\":[{\"From_Account\":\"@TIM#SYSTEM\","
            "\"ToGroupId\":\"g1\",\"MsgSeq\":5,\"MsgRandom\":5,\"ClientSeq\":5,"
            "\"MsgTimeStamp\":1600000000,\"MsgClientTime\":1600000000,\"NoticeSeq\":9," INFO
            ",\"To_Account\":\"bob\"},\"MsgBody\":{\"ReportType\":1,\"Operator_Account\":\"zed\","
            "\"RemarkInfo\":\"let me in\",\"MsgKey\":1234567,\"Authentication\":\"au\","
            "\"UserDefinedField\":\"\"}}]}]}");
    notice.kind = NOTICE_AT;
    notice.at_type = 1;
    encodes(PUSH_GROUP_NOTICE, &push,
            "{\"EventArray\":[{\"Event\":12,\"GroupTips\":[{\"ToGroupId\":\"g1\",\"ClientSeq\":5,"
            "\"MsgRandom\":5," INFO "},\"GroupAtTips\":{\"GroupId\":\"g1\","
            "\"From_Account\":\"zed\",\"MsgSeq\":5,\"GroupAtType\":[1]}}]}]}");
}

TEST(read_marks_of_groups_are_absolute)
{
    static const struct span ids[] = {{"g1", 2}, {"g2", 2}};
    static const uint32_t seqs[] = {5, 6};
    struct push_group_read read = {GROUP, 10};
    struct push_all_read all = {ids, seqs, 2, true};

    encodes(PUSH_GROUP_READ, &read,
            TIPS5 "{\"ReportType\":15,\"GroupReadInfoArray\":[{\"GroupId\":\"g1\","
                  "\"LastReadMsgSeq\":10}]}}]}]}");
    encodes(PUSH_ALL_READ, &all,
            "{\"EventArray\":[{\"Event\":14,\"C2CReadAllMsg\":1,\"GroupReadInfoArray\":["
            "{\"GroupId\":\"g1\",\"LastReadMsgSeq\":5},{\"GroupId\":\"g2\",\"LastReadMsgSeq\":6}"
            "]}]}");
}

TEST(a_recall_names_each_message_and_who_recalled_it)
{
    struct push_recalled items[] = {{10, 71, TIME, {7}}, {11, 72, TIME, {7}}};
    struct push_group_recall push = {GROUP, SPAN_LIT("carol"), SPAN_LIT("typo"), items, 2};

#define REVOKER "\"RevokerInfo\":{\"Revoker_Account\":\"carol\",\"Reason\":\"typo\"}"
    encodes(PUSH_GROUP_RECALL, &push,
            TIPS5 "{\"ReportType\":14,\"GroupWithdrawInfoArray\":[{\"GroupId\":\"g1\"," TINY
                  ",\"MsgClientTime\":1600000000,\"MsgRandom\":71,\"MsgSeq\":10," REVOKER
                  "},{\"GroupId\":\"g1\"," TINY
                  ",\"MsgClientTime\":1600000000,\"MsgRandom\":72,\"MsgSeq\":11," REVOKER
                  "}]}," REVOKER "}]}]}");
}

TEST(an_edit_has_the_whole_new_message)
{
    struct push_group_message push = message();

    push.version = 2;
    encodes(PUSH_GROUP_EDITED, &push,
            "{\"EventArray\":[{\"Event\":19,\"GroupMsgModNotifys\":[{\"GroupId\":\"g1\","
            "\"From_Account\":\"carol\",\"NoticeSeq\":9," TINY
            ",\"MsgClientTime\":1599999999,\"MsgRandom\":12,\"MsgSeq\":11,\"MsgTime\":1600000000,"
            "\"MsgVersion\":2,\"MsgBody\":" BODY ",\"CloudCustomData\":\"\"," INFO "}}]}]}");
}

TEST(a_receipt_counts_who_has_read)
{
    struct push_receipt item = {4, 29, TIME, {7}, 2, 1};
    struct push_group_receipt push = {GROUP, &item, 1};

    encodes(PUSH_GROUP_RECEIPT, &push,
            TIPS5 "{\"ReportType\":16,\"GroupMsgReceiptList\":[{" TINY
                  ",\"MsgClientTime\":1600000000,\"MsgRandom\":29,\"MsgSeq\":4,\"ReadNum\":2,"
                  "\"UnreadNum\":1}]}}]}]}");
}

TEST(attributes_and_counters_say_what_changed)
{
    struct push_group_value item = {SPAN_LIT("a"), SPAN_LIT("9"), 3, -12};
    struct push_group_values push = {GROUP, 2, 6, &item, 1};

    encodes(PUSH_GROUP_ATTRIBUTES, &push,
            TIPS6 "{\"OpType\":6,\"MsgGroupNewInfo\":{\"GroupAttrOption\":{\"OpType\":2,"
                  "\"GroupAttrSeq\":6,\"PushChangedAttrValFlag\":1,\"GroupAttrInfo\":["
                  "{\"key\":\"a\",\"value\":\"9\",\"seq\":3}],\"BytesChangedKeys\":[\"a\"]}}}}]}"
                  "]}");
    encodes(PUSH_GROUP_COUNTERS, &push,
            TIPS6 "{\"OpType\":6,\"MsgGroupNewInfo\":{},\"GroupCounterInfo\":[{\"Type\":0,"
                  "\"GroupCounterSeq\":6,\"GroupCounter\":[{\"Key\":\"a\",\"Value\":-12}]}]}}]}"
                  "]}");
    push.op = 4;
    encodes(PUSH_GROUP_COUNTERS, &push,
            TIPS6 "{\"OpType\":6,\"MsgGroupNewInfo\":{},\"GroupCounterInfo\":[{\"Type\":1,"
                  "\"GroupCounterSeq\":6,\"GroupCounter\":[{\"Key\":\"a\",\"Value\":-12}]}]}}]}"
                  "]}");
}

TEST(a_group_among_the_contacts_is_named_by_group_id)
{
    struct push_contact push = {.change = 2, .group = true, .peer = SPAN_LIT("g1")};

    encodes(PUSH_CONTACT, &push,
            "{\"EventArray\":[{\"Event\":17,\"RecentContactMod\":[{\"PushType\":2,\"NoticeSeq\":9,"
            "\"RecentContactTopItem\":{\"RecentContactList\":[{\"Type\":2,\"GroupId\":\"g1\"}]}}"
            "]}]}");
}

int main(void)
{
    return RUN_TESTS(
        T(a_message_has_its_group_and_all_that_makes_its_id),
        T(a_message_has_what_its_sender_asked_for),
        T(a_message_without_client_time_has_its_own_time_and_the_card_is_in_the_group_info),
        T(in_history_a_message_says_whether_it_is_still_one), T(tips_name_who_did_what_to_whom),
        T(a_weak_tip_has_a_number_of_its_own),
        T(the_parts_that_the_sdk_takes_for_granted_are_always_there),
        T(a_change_of_the_group_names_what_is_new), T(bytes_that_are_no_tip_are_an_empty_object),
        T(a_notice_has_its_receiver_in_the_group_info), T(read_marks_of_groups_are_absolute),
        T(a_recall_names_each_message_and_who_recalled_it), T(an_edit_has_the_whole_new_message),
        T(a_receipt_counts_who_has_read), T(attributes_and_counters_say_what_changed),
        T(a_group_among_the_contacts_is_named_by_group_id));
}
