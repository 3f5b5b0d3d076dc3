#include "support/shard_fixture.h"
#include "support/test.h"

#define CACHE_BYTES ((uint64_t)8 << 20)

static struct shard_fixture *begin(void)
{
    struct shard_fixture *f = fixture_new(CACHE_BYTES);

    fixture_account(f, "ann");
    fixture_account(f, "bob");
    return f;
}

static void import(struct shard_fixture *f, int sync, const char *from, const char *to,
                   unsigned random, unsigned time, const char *text)
{
    fixture_admin(f, "openim.importmsg",
                  "{\"SyncFromOldSystem\":%d,\"From_Account\":\"%s\",\"To_Account\":\"%s\","
                  "\"MsgSeq\":7,\"MsgRandom\":%u,\"MsgTimeStamp\":%u,\"MsgBody\":[{\"MsgType\":"
                  "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]}",
                  sync, from, to, random, time, text);
}

static size_t history(struct shard_fixture *f)
{
    fixture_admin(f, "openim.admin_getroammsg",
                  "{\"From_Account\":\"ann\",\"To_Account\":\"bob\",\"MaxCnt\":100,\"MinTime\":0,"
                  "\"MaxTime\":%u}",
                  fixture_now(f) + 10);
    assert_int_equal(f->err, IM_OK);
    return fixture_count(f, "MsgList");
}

static uint64_t unread(struct shard_fixture *f)
{
    fixture_admin(f, "openim.get_c2c_unread_msg_num", "{\"To_Account\":\"bob\"}");
    return fixture_number(f, "AllC2CUnreadMsgNum");
}

TEST(an_import_is_history_and_unread_only_if_it_mirrors_a_live_message)
{
    struct shard_fixture *f = begin();
    int bob = fixture_login(f, "bob", PLATFORM_WEB);

    import(f, 2, "ann", "bob", 1, fixture_now(f) - 3600, "old");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(unread(f), 0);
    import(f, 1, "ann", "bob", 2, fixture_now(f) - 60, "mirrored");
    assert_int_equal(unread(f), 1);
    assert_int_equal(history(f), 2);
    assert_string_equal(fixture_text(f, "MsgList.0.MsgBody.0.MsgContent.Text"), "old");
    assert_int_equal(fixture_pushed(f, bob, "C2cMsgArray"), 0);
    fixture_user(f, bob, "openim.getmsg", "{\"Cookie\":\"\",\"SyncFlag\":0}");
    assert_int_equal(fixture_count(f, "MsgList"), 0);
    fixture_free(f);
}

TEST(the_first_import_of_a_triple_wins_for_ever_in_both_directions)
{
    struct shard_fixture *f = begin();
    unsigned time = fixture_now(f) - 3600;

    import(f, 2, "ann", "bob", 1, time, "first");
    fixture_advance(f, 86400);
    fixture_restart(f);
    import(f, 2, "ann", "bob", 1, time, "second");
    assert_int_equal(f->err, IM_OK);
    import(f, 2, "bob", "ann", 1, time, "third");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(history(f), 1);
    assert_string_equal(fixture_text(f, "MsgList.0.MsgBody.0.MsgContent.Text"), "first");
    fixture_free(f);
}

TEST(imports_expire_by_their_own_time_and_the_future_is_now)
{
    struct shard_fixture *f = begin();

    import(f, 2, "ann", "bob", 1, fixture_now(f) - 604800, "expired");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(history(f), 0);
    import(f, 2, "ann", "bob", 2, fixture_now(f) - 604800 + 100, "nearly");
    import(f, 2, "ann", "bob", 3, fixture_now(f) + 5000, "future");
    assert_int_equal(history(f), 2);
    assert_int_equal(fixture_number(f, "MsgList.1.MsgTimeStamp"), fixture_now(f));
    fixture_advance(f, 200);
    assert_int_equal(history(f), 1);
    fixture_free(f);
}

TEST(imports_are_not_counted_as_sent)
{
    struct shard_fixture *f = begin();

    import(f, 1, "ann", "bob", 1, fixture_now(f) - 60, "one");
    fixture_admin(f, "openconfigsvr.getappinfo", "{\"RequestField\":[\"C2CUpMsgNum\"]}");
    assert_string_equal(fixture_text(f, "Result.0.C2CUpMsgNum"), "0");
    fixture_free(f);
}

TEST(bad_imports_have_their_codes)
{
    struct shard_fixture *f = begin();

    import(f, 3, "ann", "bob", 1, fixture_now(f), "x");
    assert_int_equal(f->err, IM_ERR_OPENIM_OLD_SYSTEM);
    import(f, 1, "ghost", "bob", 1, fixture_now(f), "x");
    assert_int_equal(f->err, IM_ERR_OPENIM_FROM_MISSING);
    import(f, 1, "ann", "ghost", 1, fixture_now(f), "x");
    assert_int_equal(f->err, IM_ERR_OPENIM_TO_MISSING);
    import(f, 1, "ann", "ann", 1, fixture_now(f), "x");
    assert_int_equal(f->err, IM_ERR_OPENIM_TO);
    fixture_admin(f, "openim.importmsg",
                  "{\"SyncFromOldSystem\":1,\"From_Account\":\"ann\",\"To_Account\":\"bob\","
                  "\"MsgBody\":[]}");
    assert_int_equal(f->err, IM_ERR_OPENIM_RANDOM);
    assert_int_equal(history(f), 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(an_import_is_history_and_unread_only_if_it_mirrors_a_live_message),
                     T(the_first_import_of_a_triple_wins_for_ever_in_both_directions),
                     T(imports_expire_by_their_own_time_and_the_future_is_now),
                     T(imports_are_not_counted_as_sent), T(bad_imports_have_their_codes));
}
