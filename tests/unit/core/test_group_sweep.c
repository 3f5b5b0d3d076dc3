/* The end of a group: destroy_group, and the sweep behind it. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/lifecycle.h"
#include "core/group/usage.h"
#include "core/shard_internal.h"
#include "support/member_fixture.h"

static enum im_err dissolve(struct shard_fixture *f, int terminal, const char *id)
{
    if (terminal < 0)
        fixture_admin(f, GROUPS "destroy_group", "{\"GroupId\":\"%s\"}", id);
    else
        fixture_user(f, terminal, GROUPS "destroy_group", "{\"GroupId\":\"%s\"}", id);
    return f->err;
}

struct counting {
    uint32_t of[256];
};

static void count_row(void *arg, struct span key, const void *value, size_t n)
{
    struct counting *counting = arg;

    (void)value, (void)n;
    counting->of[(uint8_t)key.p[0]]++;
}

static uint32_t rows(struct shard_fixture *f, enum row_table table)
{
    struct counting counting = {{0}};

    assert_int_equal(state_dump(shard_state(f->shard), count_row, &counting), IM_OK);
    return counting.of[table];
}

/* One idle turn of the shard. */
static void turn(struct shard_fixture *f)
{
    fixture_advance(f, 1);
}

static void finish(struct shard_fixture *f)
{
    for (unsigned i = 0; f->shard->timer_count; i++) {
        assert_true(i < 1000);
        turn(f);
    }
}

static void big_group(struct shard_fixture *f, const char *id, uint32_t members)
{
    char *list, *json = malloc(65536);

    list = members_many("{\"Member_Account\":\"", "\"}", 0, members);
    snprintf(json, 65536, ",\"MemberList\":[%s]", list);
    members_create(f, id, "Public", json);
    free(list);
    free(json);
}

static uint64_t joined(struct shard_fixture *f, const char *account)
{
    fixture_admin(f, GROUPS "get_joined_group_list", "{\"Member_Account\":\"%s\"}", account);
    assert_int_equal(f->err, IM_OK);
    return fixture_number(f, "TotalCount");
}

TEST(a_dissolved_group_is_gone_for_everybody_at_once)
{
    struct shard_fixture *f = members_fixture();
    int anna;

    members_accounts(f, 300);
    big_group(f, "g", 300);
    anna = fixture_login(f, "u299", PLATFORM_WEB);
    assert_int_equal(joined(f, "u299"), 1);
    assert_int_equal(dissolve(f, -1, "g"), IM_OK);
    /* Nothing was swept yet. */
    assert_int_equal(rows(f, ROW_MEMBER), 301);
    assert_int_equal(joined(f, "u299"), 0);
    fixture_user(f, anna, GROUPS "get_group_self_member_info", "{\"GroupIdList\":[\"g\"]}");
    assert_int_equal(fixture_number(f, "GroupInfo.0.ErrorCode"), 10010);
    fixture_user(f, anna, "recentcontact.page_get", "{}");
    assert_int_equal(fixture_count(f, "SessionItem"), 0);
    fixture_admin(f, GROUPS "get_appid_group_list", "{}");
    assert_int_equal(fixture_number(f, "TotalCount"), 0);
    assert_int_equal(fixture_count(f, "GroupIdList"), 0);
    assert_int_equal(dissolve(f, -1, "g"), IM_ERR_GROUP_NOT_FOUND);
    finish(f);
    assert_int_equal(rows(f, ROW_MEMBER), 0);
    assert_int_equal(rows(f, ROW_JOINED), 0);
    assert_int_equal(rows(f, ROW_GROUP), 0);
    assert_int_equal(rows(f, ROW_GROUP_HEAD), 0);
    assert_int_equal(rows(f, ROW_GROUP_ID), 0);
    members_same_after_restart(f);
    assert_int_equal(f->shard->timer_count, 0);
    fixture_free(f);
}

TEST(every_member_hears_once_that_its_group_is_dissolved)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna, carl;

    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\"},{\"Member_Account\":\"ben\"}]");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    carl = fixture_login(f, "carl", PLATFORM_WEB);
    fixture_forget(f);
    assert_int_equal(dissolve(f, olga, "g"), IM_OK);
    finish(f);
    assert_int_equal(fixture_pushed(f, anna, "\"ReportType\":5,"), 1);
    assert_int_equal(fixture_pushed(f, carl, "\"ReportType\":5,"), 0);
    fixture_forget(f);
    turn(f);
    assert_int_equal(f->pushes, 0);
    fixture_free(f);
}

static const char *notice_operator(struct shard_fixture *f, int terminal)
{
    fixture_user(f, terminal, "openim.getmsg", "{\"Cookie\":\"\",\"SyncFlag\":0}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_number(f, "EventArray.0.GroupTips.0.MsgBody.ReportType"), 5);
    return fixture_text(f, "EventArray.0.GroupTips.0.MsgBody.Operator_Account");
}

TEST(the_notice_of_a_dissolve_names_its_owner_and_no_administrator)
{
    struct shard_fixture *f = members_fixture();
    int olga = fixture_login(f, "olga", PLATFORM_WEB), ben;

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    members_create(f, "h", "Public", ",\"MemberList\":[{\"Member_Account\":\"ben\"}]");
    assert_int_equal(dissolve(f, olga, "g"), IM_OK);
    assert_int_equal(dissolve(f, -1, "h"), IM_OK);
    /* Its owner is also known to a sweep that begins after a crash. */
    members_same_after_restart(f);
    finish(f);
    assert_string_equal(notice_operator(f, fixture_login(f, "anna", PLATFORM_WEB)), "olga");
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    assert_string_equal(notice_operator(f, ben), "");
    fixture_free(f);
}

/* As in journals that were written before the owner was named. */
static enum im_err run_old_dissolve(struct shard *shard, struct request *req)
{
    struct fact_group_dissolved *fact;
    struct group group;
    struct row_key key;
    const void *value;

    if (group_find(shard, req->app, SPAN_LIT("g"), &group) == IM_AGAIN)
        return IM_AGAIN;
    usage_group_need(shard, req->app, (struct account_no){0});
    row_find(shard, row_key_group_list(&key, req->app, group.no), &value, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_GROUP_DISSOLVED, offsetof(struct fact_group_dissolved, by_owner));
    fact->app = req->app.v;
    fact->group = group.no.v;
    return IM_OK;
}

TEST(a_dissolve_written_without_its_owner_is_one_of_an_administrator)
{
    static const struct operation old_dissolve = {.run = run_old_dissolve};
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    assert_true(shard_at(f->shard, shard_now_us(f->shard), &old_dissolve, f->app, 0));
    turn(f);
    members_same_after_restart(f);
    finish(f);
    assert_int_equal(rows(f, ROW_GROUP), 0);
    assert_string_equal(notice_operator(f, fixture_login(f, "anna", PLATFORM_WEB)), "");
    fixture_free(f);
}

TEST(a_sweep_cut_short_goes_on_after_a_crash_and_tells_nobody_twice)
{
    struct shard_fixture *f = members_fixture();
    uint32_t notices;

    members_accounts(f, 400);
    big_group(f, "g", 400);
    fixture_checkpoint(f);
    notices = rows(f, ROW_NOTICE);
    assert_int_equal(dissolve(f, -1, "g"), IM_OK);
    /* Crashes behind each turn: nothing swept, a part, nearly all. */
    for (unsigned i = 0; rows(f, ROW_GROUP); i++) {
        assert_true(i < 100);
        members_same_after_restart(f);
        assert_int_equal(joined(f, "u399"), 0);
        if (i % 2)
            fixture_checkpoint(f);
        turn(f);
        turn(f);
    }
    assert_int_equal(rows(f, ROW_MEMBER), 0);
    assert_int_equal(rows(f, ROW_JOINED), 0);
    /* The 400 members' and the owner's, beside those of their invitation. */
    assert_int_equal(rows(f, ROW_NOTICE), notices + 401);
    fixture_free(f);
}

TEST(many_sweeps_at_once_all_end_after_a_crash)
{
    struct shard_fixture *f = members_fixture();
    char id[8];

    for (unsigned i = 0; i < 30; i++) {
        snprintf(id, sizeof(id), "g%u", i);
        members_create(f, id, i % 2 ? "ChatRoom" : "Private",
                       ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    }
    for (unsigned i = 0; i < 30; i += i % 3 ? 1 : 2) {
        snprintf(id, sizeof(id), "g%u", i);
        assert_int_equal(dissolve(f, -1, id), IM_OK);
    }
    members_same_after_restart(f);
    finish(f);
    assert_int_equal(rows(f, ROW_GROUP), 10);
    assert_int_equal(rows(f, ROW_MEMBER), 20);
    assert_int_equal(rows(f, ROW_JOINED), 20);
    members_same_after_restart(f);
    assert_int_equal(f->shard->timer_count, 0);
    fixture_free(f);
}

TEST(mutes_and_custom_fields_go_with_their_group)
{
    struct shard_fixture *f = members_fixture();

    fixture_operator(f, "admin.group_field_set",
                     "{\"app\":%u,\"level\":\"group\",\"key\":\"k\",\"read\":\"anyone\","
                     "\"write\":\"owner\"}",
                     f->app.v);
    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\"}],"
                   "\"AppDefinedData\":[{\"Key\":\"k\",\"Value\":\"v\"}]");
    assert_int_equal(members_mute(f, "g", "\"anna\"", "600"), IM_OK);
    assert_int_equal(rows(f, ROW_MUTED), 1);
    assert_int_equal(rows(f, ROW_GROUP_FIELD), 1);
    assert_int_equal(dissolve(f, -1, "g"), IM_OK);
    finish(f);
    assert_int_equal(rows(f, ROW_MUTED), 0);
    assert_int_equal(rows(f, ROW_GROUP_FIELD), 0);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(an_id_is_free_again_while_the_old_group_is_being_swept)
{
    struct shard_fixture *f = members_fixture();

    members_accounts(f, 200);
    big_group(f, "g", 200);
    assert_int_equal(dissolve(f, -1, "g"), IM_OK);
    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"u7\"}]");
    assert_int_equal(members_count(f, "g"), 2);
    assert_int_equal(joined(f, "u7"), 1);
    assert_int_equal(joined(f, "u8"), 0);
    finish(f);
    assert_int_equal(members_count(f, "g"), 2);
    assert_int_equal(rows(f, ROW_MEMBER), 2);
    members_same_after_restart(f);
    fixture_free(f);
}

TEST(only_whom_the_type_lets_dissolve_does)
{
    struct shard_fixture *f = members_fixture();
    int olga, anna, carl;

    members_create(f, "p", "Private", "");
    members_create(f, "g", "Public",
                   ",\"MemberList\":[{\"Member_Account\":\"anna\",\"Role\":\"Admin\"}]");
    members_create(f, "r", "AVChatRoom", "");
    members_create(f, "b", "BChatRoom", "");
    olga = fixture_login(f, "olga", PLATFORM_WEB);
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    carl = fixture_login(f, "carl", PLATFORM_WEB);
    assert_int_equal(dissolve(f, olga, "p"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(dissolve(f, olga, "b"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(dissolve(f, anna, "g"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(dissolve(f, carl, "g"), IM_ERR_GROUP_RIGHT);
    assert_int_equal(dissolve(f, olga, "g"), IM_OK);
    assert_int_equal(dissolve(f, olga, "r"), IM_OK);
    assert_int_equal(dissolve(f, -1, "p"), IM_OK);
    assert_int_equal(dissolve(f, -1, "b"), IM_OK);
    assert_int_equal(dissolve(f, -1, "nowhere"), IM_ERR_GROUP_NOT_FOUND);
    fixture_admin(f, GROUPS "destroy_group", "{}");
    assert_int_equal(f->err, IM_ERR_GROUP_PARAM);
    finish(f);
    assert_int_equal(rows(f, ROW_GROUP), 0);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_dissolved_group_is_gone_for_everybody_at_once),
                     T(every_member_hears_once_that_its_group_is_dissolved),
                     T(the_notice_of_a_dissolve_names_its_owner_and_no_administrator),
                     T(a_dissolve_written_without_its_owner_is_one_of_an_administrator),
                     T(a_sweep_cut_short_goes_on_after_a_crash_and_tells_nobody_twice),
                     T(many_sweeps_at_once_all_end_after_a_crash),
                     T(mutes_and_custom_fields_go_with_their_group),
                     T(an_id_is_free_again_while_the_old_group_is_being_swept),
                     T(only_whom_the_type_lets_dissolve_does));
}
