#include "support/test.h"

#include "command/command.h"
#include "core/account/profile.h"
#include "core/output.h"

static void encodes(enum push_kind kind, const void *push, const char *expected)
{
    struct output output = {
        .kind = OUTPUT_PUSH,
        .push_kind = (uint8_t)kind,
        .push = push,
        .notice_seq = UINT64_C(3) << 32 | 9,
    };
    struct json parsed;
    struct buf buf;

    buf_init(&buf, 4096);
    push_encode(&output, &buf);
    assert_true(json_parse(buf_span(&buf), &parsed));
    buf_add_char(&buf, '\0');
    assert_string_equal(buf.p, expected);
    buf_release(&buf);
}

static const struct message_key key = {.time = 1546300800, .seq = 11, .random = 12};

static struct push_message message(void)
{
    return (struct push_message){
        .from = SPAN_LIT("carol"),
        .to = SPAN_LIT("bob \"b\""),
        .nick = SPAN_LIT("Carol"),
        .face = SPAN_LIT("http://x/c.png"),
        .from_no = {7},
        .key = key,
        .client_time = 1546300799,
        .body = SPAN_LIT("[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]"),
        .cloud = SPAN_LIT("\"c\\n\""),
    };
}

#define MESSAGE_HEAD                                                              \
    "{\"EventArray\":[{\"Event\":9,\"C2cMsgArray\":[{\"From_Account\":\"carol\"," \
    "\"To_Account\":\"bob \\\"b\\\"\",\"MsgSeq\":11,\"MsgRandom\":12,"            \
    "\"MsgTimeStamp\":1546300800,\"TinyId\":\"144115188075855879\",\"MsgClientTime\":"
#define MESSAGE_BODY                                                                 \
    ",\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"hi\"}}]," \
    "\"CloudCustomData\":"
#define MESSAGE_NICK                                                              \
    ",\"From_AccountNick\":\"Carol\",\"From_AccountHeadurl\":\"http://x/c.png\"," \
    "\"NoticeSeq\":12884901897"

TEST(a_message_has_all_that_makes_its_id)
{
    struct push_message push = message();

    encodes(PUSH_MESSAGE, &push,
            MESSAGE_HEAD "1546300799" MESSAGE_BODY "\"c\\n\"" MESSAGE_NICK "}]}]}");
}

/* Without it each terminal would take its own clock and form another ID. */
TEST(a_message_without_client_time_has_its_own_time)
{
    struct push_message push = message();

    push.client_time = 0;
    push.cloud = (struct span){NULL, 0};
    encodes(PUSH_MESSAGE, &push,
            MESSAGE_HEAD "1546300800" MESSAGE_BODY "\"\"" MESSAGE_NICK "}]}]}");
}

TEST(an_online_only_message_has_no_lifetime)
{
    struct push_message push = message();

    push.online_only = true;
    encodes(PUSH_MESSAGE, &push,
            MESSAGE_HEAD "1546300799" MESSAGE_BODY "\"c\\n\"" MESSAGE_NICK
                         ",\"MsgLifeTime\":0}]}]}");
}

TEST(send_control_is_an_object)
{
    struct push_message push = message();

    push.flags = MESSAGE_NO_UNREAD | MESSAGE_NO_LAST | MESSAGE_NEED_RECEIPT;
    encodes(PUSH_MESSAGE, &push,
            MESSAGE_HEAD "1546300799" MESSAGE_BODY "\"c\\n\"" MESSAGE_NICK
                         ",\"IsNeedReadReceipt\":1,"
                         "\"SendMsgControl\":{\"NoUnread\":1,\"NoLastMsg\":1}}]}]}");
    push.flags = MESSAGE_NO_LAST;
    encodes(PUSH_MESSAGE, &push,
            MESSAGE_HEAD "1546300799" MESSAGE_BODY "\"c\\n\"" MESSAGE_NICK
                         ",\"SendMsgControl\":{\"NoLastMsg\":1}}]}]}");
    push.flags = MESSAGE_NO_UNREAD;
    encodes(PUSH_MESSAGE, &push,
            MESSAGE_HEAD "1546300799" MESSAGE_BODY "\"c\\n\"" MESSAGE_NICK
                         ",\"SendMsgControl\":{\"NoUnread\":1}}]}]}");
}

TEST(a_push_that_asks_for_an_ack_says_what_the_ack_repeats)
{
    struct push_status status = {SPAN_LIT("carol"), 2};
    struct output output = {
        .push_kind = PUSH_STATUS, .push = &status, .position = 77, .need_ack = true};
    struct json parsed;
    struct buf buf;

    buf_init(&buf, 4096);
    push_encode(&output, &buf);
    assert_true(json_parse(buf_span(&buf), &parsed));
    assert_true(span_is(json_member(parsed, "NeedAck").text, "1"));
    assert_true(span_is(json_member(parsed, "SessionData").text, "\"77\""));
    buf_release(&buf);
}

#define NOTICE "{\"EventArray\":[{\"Event\":10,\"C2cNotifyMsgArray\":[{\"NoticeSeq\":12884901897,"

TEST(a_kick_says_why_and_by_whom)
{
    struct push_kicked push = {.kick_type = 1, .new_platform = PLATFORM_WEB, .new_instance = 9};

    encodes(PUSH_KICKED, &push,
            NOTICE "\"SubMsgType\":96,\"KickoutMsgNotify\":{\"KickType\":1,"
                   "\"NewInstInfo\":{\"InstType\":\"Web\",\"Instid\":9}}}]}]}");
}

TEST(a_read_sync_has_the_peer_in_from_account)
{
    struct push_read push = {SPAN_LIT("bob"), SPAN_LIT("carol"), 1546300800};

    encodes(PUSH_READ_SYNC, &push,
            NOTICE "\"ReadC2cMsgNotify\":{\"UinPairReadArray\":[{\"From_Account\":\"carol\","
                   "\"To_Account\":\"bob\",\"LastReadTime\":1546300800}]}}]}]}");
}

TEST(a_read_receipt_has_the_reader_in_to_account)
{
    struct push_read push = {SPAN_LIT("bob"), SPAN_LIT("carol"), 1546300800};

    encodes(PUSH_READ_RECEIPT, &push,
            NOTICE "\"C2cReadedReceipt\":{\"To_Account\":\"bob\","
                   "\"UinPairReadArray\":[{\"LastReadTime\":1546300800}]}}]}]}");
}

TEST(a_withdrawal_names_the_message_and_who_withdrew_it)
{
    struct push_withdrawn push = {
        .from = SPAN_LIT("carol"),
        .to = SPAN_LIT("bob"),
        .by = SPAN_LIT("administrator"),
        .from_no = {7},
        .key = key,
        .client_time = 1546300799,
    };

    encodes(PUSH_WITHDRAWN, &push,
            NOTICE "\"WithdrawC2cMsgNotify\":{\"C2cWithdrawInfoArray\":[{"
                   "\"From_Account\":\"carol\",\"To_Account\":\"bob\",\"MsgSeq\":11,"
                   "\"MsgRandom\":12,\"TinyId\":\"144115188075855879\","
                   "\"MsgClientTime\":1546300799,\"RevokerInfo\":{"
                   "\"Revoker_Account\":\"administrator\",\"Reason\":\"\"}}]}}]}]}");
}

TEST(a_profile_has_texts_as_bytes_and_numbers_as_numbers)
{
    static const struct push_profile_item items[] = {
        {.tag = PROFILE_NICK, .value = SPAN_LIT("C")},
        {.tag = PROFILE_BIRTHDAY, .number = 19900101},
    };
    struct push_profile push = {SPAN_LIT("carol"), items, 2};

    encodes(PUSH_PROFILE, &push,
            "{\"EventArray\":[{\"Event\":8,\"ProfileDataMod\":[{\"PushType\":1,"
            "\"NoticeSeq\":12884901897,\"Profile_Account\":\"carol\",\"ProfileList\":["
            "{\"Tag\":\"Tag_Profile_IM_Nick\",\"ValueBytes\":\"C\"},"
            "{\"Tag\":\"Tag_Profile_IM_BirthDay\",\"ValueNum\":19900101}]}]}]}");
}

TEST(a_status_is_found_by_its_key)
{
    struct push_status push = {SPAN_LIT("carol"), 2};

    encodes(PUSH_STATUS, &push,
            "{\"EventArray\":[{\"Event\":18,\"UserStatusList\":[{\"To_Account\":\"carol\","
            "\"Status\":2,\"CustomStatus\":\"\"}]}]}");
}

#define CONTACT "{\"EventArray\":[{\"Event\":17,\"RecentContactMod\":[{\"PushType\":"

TEST(a_contact_change_has_the_peer_in_user_id)
{
    struct push_contact push = {.change = 1, .peer = SPAN_LIT("fay")};

    encodes(PUSH_CONTACT, &push,
            CONTACT "1,\"NoticeSeq\":12884901897,\"RecentContactDeleteItem\":"
                    "{\"RecentContactList\":[{\"Type\":1,\"UserId\":\"fay\"}]}}]}]}");
    push.change = 2;
    encodes(PUSH_CONTACT, &push,
            CONTACT "2,\"NoticeSeq\":12884901897,\"RecentContactTopItem\":"
                    "{\"RecentContactList\":[{\"Type\":1,\"UserId\":\"fay\"}]}}]}]}");
    push.change = 3;
    encodes(PUSH_CONTACT, &push,
            CONTACT "3,\"NoticeSeq\":12884901897,\"RecentContactTopItem\":"
                    "{\"RecentContactList\":[{\"Type\":1,\"UserId\":\"fay\"}]}}]}]}");
}

int main(void)
{
    return RUN_TESTS(
        T(a_message_has_all_that_makes_its_id), T(a_message_without_client_time_has_its_own_time),
        T(an_online_only_message_has_no_lifetime), T(send_control_is_an_object),
        T(a_push_that_asks_for_an_ack_says_what_the_ack_repeats), T(a_kick_says_why_and_by_whom),
        T(a_read_sync_has_the_peer_in_from_account), T(a_read_receipt_has_the_reader_in_to_account),
        T(a_withdrawal_names_the_message_and_who_withdrew_it),
        T(a_profile_has_texts_as_bytes_and_numbers_as_numbers), T(a_status_is_found_by_its_key),
        T(a_contact_change_has_the_peer_in_user_id));
}
