/* Groups moved from elsewhere (server-api §3.6): who gets in, and what an import leaves readable.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/group_fixture.h"
#include "support/member_fixture.h"

#define DAY_S 86400u

static struct shard_fixture *imported(uint32_t days)
{
    struct shard_fixture *f = members_fixture();

    fixture_admin(f, GROUPS "import_group",
                  "{\"Type\":\"Public\",\"Name\":\"Old\",\"GroupId\":\"g\","
                  "\"Owner_Account\":\"olga\",\"MaxMemberCount\":3,\"CreateTime\":%u}",
                  fixture_now(f) - days * DAY_S);
    if (f->err)
        fail_msg("%s", f->text);
    return f;
}

/* A message of `ago` seconds ago. */
static void import_one(struct shard_fixture *f, uint32_t ago, uint32_t random)
{
    fixture_admin(f, GROUPS "import_group_msg",
                  "{\"GroupId\":\"g\",\"MsgList\":[{\"From_Account\":\"olga\",\"SendTime\":%u,"
                  "\"Random\":%u,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":"
                  "{\"Text\":\"old\"}}]}]}",
                  fixture_now(f) - ago, random);
    if (f->err)
        fail_msg("%s", f->text);
    assert_int_equal(fixture_number(f, "ImportMsgResult.0.Result"), 0);
}

/* How often a member finds the text, from the newest message to where its client stops reading. */
static uint32_t found_by_reading(struct shard_fixture *f, int terminal, const char *text)
{
    uint32_t found = 0;
    uint64_t next = 0;
    char from[32] = "";

    do {
        fixture_user(f, terminal, GROUPS "group_msg_get",
                     "{\"GroupId\":\"g\",\"ReqMsgNumber\":20%s}", from);
        if (f->err)
            fail_msg("%s", f->text);
        for (const char *at = f->text; (at = strstr(at, text)); at++)
            found++;
        next = fixture_number(f, "NextReqMsgSeq");
        snprintf(from, sizeof(from), ",\"ReqMsgSeq\":%llu", (unsigned long long)next);
    } while (next);
    return found;
}

TEST(who_is_named_twice_and_finds_no_room_is_no_member)
{
    struct shard_fixture *f = imported(1);

    fixture_admin(f, GROUPS "import_group_member",
                  "{\"GroupId\":\"g\",\"MemberList\":[{\"Member_Account\":\"anna\"},"
                  "{\"Member_Account\":\"anna\"},{\"Member_Account\":\"ben\"},"
                  "{\"Member_Account\":\"carl\"},{\"Member_Account\":\"carl\"},"
                  "{\"Member_Account\":\"ghost\"},{\"Member_Account\":\"ghost\"}]}");
    assert_int_equal(f->err, IM_OK);
    assert_string_equal(members_results(f), "1210000");
    assert_int_equal(members_count(f, "g"), 3);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(messages_of_long_ago_hide_none_of_today)
{
    struct shard_fixture *f = imported(30);
    int olga = fixture_login(f, "olga", PLATFORM_WEB);

    for (uint32_t i = 0; i < 3; i++)
        group_say(f, "g", "olga", "today");
    for (uint32_t i = 0; i < 40; i++)
        import_one(f, 20 * DAY_S - i, i);
    assert_int_equal(found_by_reading(f, olga, "\"today\""), 3);
    fixture_compact(f);
    members_same_after_restart(f);
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    assert_int_equal(found_by_reading(f, olga, "\"today\""), 3);
    fixture_advance(f, 7 * DAY_S);
    assert_int_equal(found_by_reading(f, olga, "\"MsgSeq\""), 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(who_is_named_twice_and_finds_no_room_is_no_member),
                     T(messages_of_long_ago_hide_none_of_today));
}
