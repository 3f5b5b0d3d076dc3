/* Counters of groups. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/room_fixture.h"

#define SERVICE "group_open_http_svc."
#define UPDATE SERVICE "update_group_counter"
#define GET SERVICE "get_group_counter"
#define DELETE SERVICE "delete_group_counter"

static enum im_err update(struct shard_fixture *f, const char *mode, const char *list)
{
    fixture_admin(f, UPDATE, "{\"GroupId\":\"" ROOM_ID "\",\"Mode\":\"%s\",\"GroupCounter\":[%s]}",
                  mode, list);
    return f->err;
}

static const char *value(struct shard_fixture *f, const char *path)
{
    static char text[32];

    snprintf(text, sizeof(text), "%.*s", SPAN_FMT(fixture_at(f, path).text));
    return text;
}

static void same_after_restart(struct shard_fixture *f)
{
    uint64_t digest = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
}

TEST(counters_are_set_raised_and_lowered)
{
    struct shard_fixture *f = room_fixture();

    assert_int_equal(update(f, "Set", "{\"Key\":\"a\",\"Value\":5}"), IM_OK);
    assert_string_equal(value(f, "GroupCounter.0.Value"), "5");
    assert_int_equal(
        update(f, "Increase", "{\"Key\":\"a\",\"Value\":2},{\"Key\":\"b\",\"Value\":1}"), IM_OK);
    assert_string_equal(value(f, "GroupCounter.0.Value"), "7");
    assert_string_equal(value(f, "GroupCounter.1.Value"), "1");
    assert_int_equal(update(f, "Decrease", "{\"Key\":\"a\",\"Value\":10}"), IM_OK);
    assert_string_equal(value(f, "GroupCounter.0.Value"), "-3");
    fixture_admin(f, GET, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "GroupCounter"), 2);
    fixture_admin(f, GET, "{\"GroupId\":\"" ROOM_ID "\",\"GroupCounterKeys\":[\"b\",\"none\"]}");
    assert_int_equal(fixture_count(f, "GroupCounter"), 1);
    assert_string_equal(fixture_text(f, "GroupCounter.0.Key"), "b");
    fixture_admin(f, DELETE, "{\"GroupId\":\"" ROOM_ID "\",\"GroupCounterKeys\":[\"a\",\"x\"]}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, GET, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "GroupCounter"), 1);
    fixture_admin(f, DELETE, "{\"GroupId\":\"" ROOM_ID "\",\"GroupCounterKeys\":[\"b\"]}");
    fixture_admin(f, DELETE, "{\"GroupId\":\"" ROOM_ID "\",\"GroupCounterKeys\":[\"b\"]}");
    assert_int_equal(f->err, IM_OK);
    fixture_admin(f, GET, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "GroupCounter"), 0);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_number_beyond_64_bits_is_refused_with_all_that_came_with_it)
{
    struct shard_fixture *f = room_fixture();

    assert_int_equal(update(f, "Set", "{\"Key\":\"a\",\"Value\":9223372036854775807}"), IM_OK);
    assert_int_equal(
        update(f, "Increase", "{\"Key\":\"b\",\"Value\":1},{\"Key\":\"a\",\"Value\":1}"),
        IM_ERR_GROUP_PARAM);
    assert_int_equal(update(f, "Set", "{\"Key\":\"a\",\"Value\":-9223372036854775808}"), IM_OK);
    assert_int_equal(update(f, "Decrease", "{\"Key\":\"a\",\"Value\":1}"), IM_ERR_GROUP_PARAM);
    assert_int_equal(update(f, "Set", "{\"Key\":\"a\",\"Value\":9223372036854775808}"),
                     IM_ERR_GROUP_PARAM);
    fixture_admin(f, GET, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "GroupCounter"), 1);
    fixture_free(f);
}

TEST(a_group_has_twenty_counters)
{
    struct shard_fixture *f = room_fixture();
    char list[8192] = "", key[129];
    size_t n = 0;

    memset(key, 'k', 128);
    key[128] = 0;
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s{\"Key\":\"%c%s\",\"Value\":%d}",
                              i ? "," : "", 'a' + i, key + 1, i);
    assert_int_equal(update(f, "Set", list), IM_OK);
    assert_int_equal(update(f, "Increase", "{\"Key\":\"more\",\"Value\":1}"),
                     IM_ERR_GROUP_COUNTERS);
    snprintf(list + n, sizeof(list) - n, ",{\"Key\":\"more\",\"Value\":1}");
    assert_int_equal(update(f, "Set", list), IM_ERR_GROUP_COUNTERS);
    snprintf(list, sizeof(list), "{\"Key\":\"%sk\",\"Value\":1}", key);
    assert_int_equal(update(f, "Set", list), IM_ERR_GROUP_PARAM);
    assert_int_equal(update(f, "Set", "{\"Key\":\"\",\"Value\":1}"), IM_ERR_GROUP_PARAM);
    assert_int_equal(update(f, "Set", ""), IM_ERR_GROUP_PARAM);
    assert_int_equal(update(f, "Raise", "{\"Key\":\"a\",\"Value\":1}"), IM_ERR_GROUP_PARAM);
    fixture_checkpoint(f);
    fixture_restart(f);
    fixture_admin(f, GET, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(fixture_count(f, "GroupCounter"), 20);
    fixture_free(f);
}

TEST(who_is_in_the_room_counts_and_others_hear_of_it)
{
    struct shard_fixture *f = room_fixture();
    int anna = fixture_login(f, "anna", PLATFORM_WEB), ben = fixture_login(f, "ben", PLATFORM_WEB);
    const char *json = "{\"GroupId\":\"" ROOM_ID "\",\"Mode\":\"Increase\",\"GroupCounter\":[{"
                       "\"Key\":\"likes\",\"Value\":1}]}";

    room_enter(f, anna);
    fixture_user(f, ben, UPDATE, "%s", json);
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_user(f, ben, GET, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    room_enter(f, ben);
    fixture_forget(f);
    fixture_user(f, ben, UPDATE, "%s", json);
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(fixture_pushed(f, anna, "\"GroupCounterSeq\":1"), 1);
    assert_int_equal(fixture_pushed(f, anna, "\"Key\":\"likes\",\"Value\":1"), 1);
    assert_int_equal(fixture_pushed(f, ben, "GroupCounterSeq"), 0);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_plan_may_be_without_counters)
{
    static const struct plan_edit edits[] = {
        {"id", "\"plain\""}, {"services.group_counters", "false"}, {NULL, NULL}};
    struct shard_fixture *f = fixture_new_plan(1 << 20, edits);

    fixture_account(f, "olga");
    fixture_admin(f, SERVICE "create_group",
                  "{\"Type\":\"AVChatRoom\",\"Name\":\"L\",\"GroupId\":\"" ROOM_ID
                  "\",\"Owner_Account\":\"olga\"}");
    assert_int_equal(update(f, "Set", "{\"Key\":\"a\",\"Value\":5}"), IM_ERR_GROUP_PLAN);
    fixture_free(f);
}

TEST(counters_in_any_order_of_loads_add_up)
{
    struct shard_fixture *f = room_fixture();

    fixture_checkpoint(f);
    fixture_restart(f);
    f->shuffle = true;
    for (int i = 0; i < 8; i++)
        fixture_post(f, -1, UPDATE,
                     "{\"GroupId\":\"" ROOM_ID "\",\"Mode\":\"Increase\",\"GroupCounter\":[{"
                     "\"Key\":\"a\",\"Value\":%d}]}",
                     i + 1);
    fixture_drain(f);
    f->shuffle = false;
    fixture_admin(f, GET, "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_string_equal(value(f, "GroupCounter.0.Value"), "36");
    same_after_restart(f);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(counters_are_set_raised_and_lowered),
                     T(a_number_beyond_64_bits_is_refused_with_all_that_came_with_it),
                     T(a_group_has_twenty_counters),
                     T(who_is_in_the_room_counts_and_others_hear_of_it),
                     T(a_plan_may_be_without_counters), T(counters_in_any_order_of_loads_add_up));
}
