/* The roster in memory is always what the member rows say, and pushes go to whom it names. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/member.h"
#include "core/group/roster.h"
#include "support/member_fixture.h"

#define TERMINALS 24

/* ---- a look from inside ---- */

struct look {
    const char *group;
    uint32_t rows, roster, head;
    bool same;
};

struct collected {
    uint32_t accounts[4096];
    uint32_t count;
};

static void collect(void *arg, struct span key, const void *value, size_t n)
{
    struct collected *rows = arg;

    (void)value, (void)n;
    rows->accounts[rows->count++] = get_be32(key.p + 9);
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static enum im_err run_look(struct shard *shard, struct request *req)
{
    static struct collected rows;
    struct look *look = req->body;
    struct group group;
    struct row_key key;
    struct span prefix;
    const uint32_t *accounts;
    enum im_err err = group_find(shard, req->app, span_of(look->group), &group);

    if (err)
        return err;
    prefix = row_prefix_of_group(&key, ROW_MEMBER, group.app, group.no);
    row_need_collection(shard, prefix);
    if (roster_find(shard, &group, &accounts, &look->roster) == STATE_UNKNOWN ||
        shard_missing(shard))
        return IM_AGAIN;
    rows.count = 0;
    state_scan(shard_state(shard), prefix, collect, &rows);
    qsort(rows.accounts, rows.count, sizeof(rows.accounts[0]), by_number);
    look->rows = rows.count;
    look->head = group.head.members;
    look->same = rows.count == look->roster &&
                 memcmp(rows.accounts, accounts, rows.count * sizeof(accounts[0])) == 0;
    return IM_OK;
}

/* Members; fails if roster, rows and head are not of one mind. */
static uint32_t count_members(struct shard_fixture *f, const char *id)
{
    static const struct command command = {.operation = {.run = run_look}};
    struct look look = {.group = id};
    struct request *req = request_new();

    req->operation = &command.operation;
    req->caller = CALLER_SYSTEM;
    req->app = f->app;
    req->from = (struct address){.slot = FIXTURE_TERMINALS, .generation = 1};
    req->body = &look;
    f->waiting++;
    shard_begin(f->shard, f->now_us);
    shard_run(f->shard, req);
    fixture_drain(f);
    assert_true(look.same);
    assert_int_equal(look.rows, look.head);
    return look.roster;
}

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % below;
}

/* ---- tests ---- */

TEST(a_roster_follows_joins_and_leaves)
{
    struct shard_fixture *f = members_fixture();

    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"dora\"}]");
    assert_int_equal(count_members(f, "g"), 2);
    assert_int_equal(members_add(f, -1, "g", "carl anna"), IM_OK);
    assert_int_equal(count_members(f, "g"), 4);
    assert_int_equal(members_kick(f, -1, "g", "\"dora\"", ""), IM_OK);
    assert_int_equal(count_members(f, "g"), 3);
    fixture_restart(f);
    assert_int_equal(count_members(f, "g"), 3);
    fixture_free(f);
}

TEST(messages_go_to_the_terminals_of_members_alone)
{
    struct shard_fixture *f = members_fixture();
    int anna, ben, phone;

    fixture_limit(f, "multi_terminal", 1);
    members_create(f, "g", "ChatRoom", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    anna = fixture_login(f, "anna", PLATFORM_WEB);
    phone = fixture_login(f, "anna", PLATFORM_ANDROID);
    ben = fixture_login(f, "ben", PLATFORM_WEB);
    fixture_forget(f);
    members_say(f, "g");
    assert_int_equal(fixture_pushed(f, anna, "\"MsgSeq\":1,"), 1);
    assert_int_equal(fixture_pushed(f, phone, "\"MsgSeq\":1,"), 1);
    assert_int_equal(fixture_pushed(f, ben, ""), 0);
    assert_int_equal(members_add(f, -1, "g", "ben"), IM_OK);
    assert_int_equal(members_kick(f, -1, "g", "\"anna\"", ""), IM_OK);
    fixture_forget(f);
    members_say(f, "g");
    assert_int_equal(fixture_pushed(f, anna, "\"MsgSeq\":2,"), 0);
    assert_int_equal(fixture_pushed(f, ben, "\"MsgSeq\":2,"), 1);
    fixture_free(f);
}

/* What each account is in each group, as answered; the shard must agree at the end. */
static void churn(struct shard_fixture *f, const int *terminals, uint64_t seed)
{
    static const char *const groups[] = {"g0", "g1", "g2"};

    for (int i = 0; i < 1500; i++) {
        const char *group = groups[draw(&seed, 3)];
        uint32_t who = (uint32_t)draw(&seed, TERMINALS);

        switch (draw(&seed, 4)) {
        case 0:
            fixture_post(f, -1, GROUPS "add_group_member",
                         "{\"GroupId\":\"%s\",\"MemberList\":[{\"Member_Account\":\"u%u\"},"
                         "{\"Member_Account\":\"u%u\"}]}",
                         group, who, (uint32_t)draw(&seed, TERMINALS));
            break;
        case 1:
            fixture_post(f, -1, GROUPS "delete_group_member",
                         "{\"GroupId\":\"%s\",\"MemberToDel_Account\":[\"u%u\"]}", group, who);
            break;
        case 2:
            fixture_post(f, terminals[who], GROUPS "apply_join_group", "{\"GroupId\":\"%s\"}",
                         group);
            break;
        default:
            fixture_post(f, terminals[who], GROUPS "quit_group", "{\"GroupId\":\"%s\"}", group);
            break;
        }
        if (i % 16 == 15) {
            fixture_drain(f);
            fixture_forget(f);
            f->now_us += 1000000;
        }
        if (i % 400 == 399)
            fixture_checkpoint(f);
    }
    fixture_drain(f);
    fixture_forget(f);
}

TEST(thousands_of_joins_and_quits_in_any_order_leave_rows_and_rosters_equal)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct shard_fixture *f = members_fixture();
        int terminals[TERMINALS];
        uint32_t before[3];

        members_accounts(f, TERMINALS);
        for (int i = 0; i < 3; i++) {
            char id[16];

            snprintf(id, sizeof(id), "g%d", i);
            members_create(f, id, i == 0 ? "Public" : "ChatRoom",
                           ",\"ApplyJoinOption\":\"FreeAccess\"");
        }
        for (uint32_t i = 0; i < TERMINALS; i++) {
            char name[16];

            snprintf(name, sizeof(name), "u%u", i);
            terminals[i] = fixture_login(f, name, PLATFORM_WEB);
        }
        fixture_checkpoint(f);
        f->shuffle = true;
        f->chance = seed * 104729;
        churn(f, terminals, seed);
        f->shuffle = false;
        for (int i = 0; i < 3; i++) {
            char id[16];

            snprintf(id, sizeof(id), "g%d", i);
            before[i] = count_members(f, id);
            assert_true(before[i] > 1 && before[i] <= TERMINALS + 1);
        }
        members_same_after_restart(f);
        for (int i = 0; i < 3; i++) {
            char id[16];

            snprintf(id, sizeof(id), "g%d", i);
            assert_int_equal(count_members(f, id), before[i]);
        }
        fixture_free(f);
    }
}

TEST(rosters_over_the_bound_go_and_come_back_right)
{
    struct shard_fixture *f = members_fixture();

    members_accounts(f, 40);
    for (int i = 0; i < 300; i++) {
        char id[16];

        snprintf(id, sizeof(id), "g%d", i);
        members_create(f, id, "ChatRoom", "");
        assert_int_equal(count_members(f, id), 1);
        if (i % 50 == 49)
            fixture_advance(f, 1); /* calls a second, groups a day */
    }
    assert_int_equal(roster_kept(f->shard), 300);
    roster_set_bound(f->shard, 1);
    assert_int_equal(members_add(f, -1, "g7", "u1 u2 u3 u4 u5 u6 u7 u8 u9"), IM_OK);
    assert_int_equal(count_members(f, "g7"), 10);
    members_create(f, "last", "ChatRoom", "");
    assert_int_equal(count_members(f, "last"), 1);
    assert_int_equal(roster_kept(f->shard), 1);
    assert_int_equal(members_kick(f, -1, "g7", "\"u3\"", ""), IM_OK);
    assert_int_equal(count_members(f, "g7"), 9);
    assert_int_equal(roster_kept(f->shard), 1);
    roster_set_bound(f->shard, ROSTERS_MAX_BYTES);
    assert_int_equal(count_members(f, "last"), 1);
    assert_int_equal(roster_kept(f->shard), 2);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(a_roster_follows_joins_and_leaves),
                     T(rosters_over_the_bound_go_and_come_back_right),
                     T(messages_go_to_the_terminals_of_members_alone),
                     T(thousands_of_joins_and_quits_in_any_order_leave_rows_and_rosters_equal));
}
