/* The name of a message: time, sequence number and random number, unique in its conversation. */
#include "support/test.h"

#include <stdio.h>

#include "support/shard_fixture.h"

/* A REST caller that gives the same numbers and the same past second to message after message. */
TEST(a_key_that_is_taken_moves_on_and_is_refused_before_it_would_cover_another)
{
    struct shard_fixture *f = fixture_new(16 << 20);
    char members[96], text[16];
    unsigned accepted = 0, sent = 0;
    bool refused = false;

    fixture_account(f, "alice");
    fixture_account(f, "bob");
    snprintf(members, sizeof(members), "\"MsgSeq\":7,\"MsgRandom\":9,\"MsgTimeStamp\":%u",
             fixture_now(f) - 100);
    for (; sent < 90; sent++) {
        fixture_advance(f, 1);
        snprintf(text, sizeof(text), "%u", sent);
        fixture_admin(f, "openim.sendmsg",
                      "{\"From_Account\":\"alice\",\"To_Account\":\"bob\",%s,\"MsgBody\":[{"
                      "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]}",
                      members, text);
        accepted += f->err == IM_OK;
        assert_true(f->err == IM_OK || f->err == IM_ERR_OPENIM_TIME);
        /* Once there is no key left it stays so. */
        assert_false(refused && f->err == IM_OK);
        refused |= f->err != IM_OK;
    }
    assert_true(refused);
    fixture_admin(f, "openim.admin_getroammsg",
                  "{\"From_Account\":\"alice\",\"To_Account\":\"bob\",\"MaxCnt\":100,\"MinTime\":0,"
                  "\"MaxTime\":4294967295}");
    assert_int_equal(fixture_count(f, "MsgList"), accepted);
    for (unsigned i = 0; i < accepted; i++) {
        char path[64];

        snprintf(path, sizeof(path), "MsgList.%u.MsgBody.0.MsgContent.Text", i);
        snprintf(text, sizeof(text), "%u", i);
        assert_string_equal(fixture_text(f, path), text);
    }
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_key_that_is_taken_moves_on_and_is_refused_before_it_would_cover_another));
}
