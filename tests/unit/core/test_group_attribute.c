/* Attributes of groups. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/room_fixture.h"

#define SERVICE "group_open_http_svc."
#define SET SERVICE "set_group_attr"
#define MODIFY SERVICE "modify_group_attr"
#define DELETE SERVICE "delete_group_attr"
#define CLEAR SERVICE "clear_group_attr"
#define GET "group_open_attr_http_svc.get_group_attr"

static struct shard_fixture *with_group(void)
{
    struct shard_fixture *f = room_fixture();

    fixture_admin(f, SERVICE "create_group",
                  "{\"Type\":\"Public\",\"Name\":\"G\",\"GroupId\":\"g\",\"Owner_Account\":"
                  "\"olga\",\"MemberList\":[{\"Member_Account\":\"anna\"}]}");
    assert_int_equal(f->err, IM_OK);
    return f;
}

#define WRITE "{\"GroupId\":\"g\",\"GroupAttr\":[%s]%s}"

/* Each write in a second of its own. */
static enum im_err write(struct shard_fixture *f, int terminal, const char *command,
                         const char *list, const char *more)
{
    fixture_advance(f, 1);
    if (terminal < 0)
        fixture_admin(f, command, WRITE, list, more);
    else
        fixture_user(f, terminal, command, WRITE, list, more);
    return f->err;
}

static size_t get(struct shard_fixture *f)
{
    fixture_admin(f, GET, "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    return fixture_count(f, "GroupAttrAry");
}

static void same_after_restart(struct shard_fixture *f)
{
    uint64_t digest = fixture_digest(f);

    fixture_restart(f);
    assert_int_equal(fixture_digest(f), digest);
}

TEST(attributes_are_set_modified_deleted_and_cleared)
{
    struct shard_fixture *f = with_group();

    assert_int_equal(
        write(f, -1, SET, "{\"key\":\"b\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"\"}", ""),
        IM_OK);
    assert_int_equal(fixture_number(f, "AttrMainSeq"), 1);
    assert_int_equal(fixture_number(f, "GroupAttrAry.0.seq"), 1);
    assert_int_equal(get(f), 2);
    assert_string_equal(fixture_text(f, "GroupAttrAry.0.key"), "a");
    assert_string_equal(fixture_text(f, "GroupAttrAry.1.value"), "1");
    assert_int_equal(write(f, -1, MODIFY, "{\"key\":\"b\",\"value\":\"2\"}", ""), IM_OK);
    assert_int_equal(fixture_number(f, "GroupAttrAry.0.seq"), 2);
    assert_int_equal(get(f), 2);
    assert_int_equal(write(f, -1, SET, "{\"key\":\"c\",\"value\":\"3\"}", ""), IM_OK);
    assert_int_equal(get(f), 1);
    assert_int_equal(fixture_number(f, "AttrMainSeq"), 3);
    assert_int_equal(write(f, -1, MODIFY, "{\"key\":\"d\",\"value\":\"4\"}", ""), IM_OK);
    assert_int_equal(write(f, -1, DELETE, "{\"key\":\"c\"},{\"key\":\"none\"}", ""), IM_OK);
    assert_int_equal(get(f), 1);
    fixture_admin(f, CLEAR, "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    assert_int_equal(get(f), 0);
    assert_int_equal(fixture_number(f, "AttrMainSeq"), 6);
    same_after_restart(f);
    fixture_free(f);
}

TEST(members_write_and_others_hear_of_it)
{
    struct shard_fixture *f = with_group();
    int olga = fixture_login(f, "olga", PLATFORM_WEB),
        anna = fixture_login(f, "anna", PLATFORM_WEB);
    int ben = fixture_login(f, "ben", PLATFORM_WEB);

    fixture_forget(f);
    assert_int_equal(write(f, anna, SET, "{\"key\":\"k\",\"value\":\"v\"}", ""), IM_OK);
    assert_int_equal(fixture_pushed(f, olga, "\"GroupAttrSeq\":1"), 1);
    assert_int_equal(fixture_pushed(f, olga, "\"BytesChangedKeys\":[\"k\"]"), 1);
    assert_int_equal(fixture_pushed(f, anna, "GroupAttrSeq"), 0);
    assert_int_equal(write(f, ben, SET, "{\"key\":\"k\",\"value\":\"v\"}", ""), IM_ERR_GROUP_RIGHT);
    fixture_user(f, ben, GET, "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    fixture_free(f);
}

TEST(in_a_room_whoever_is_there_writes)
{
    struct shard_fixture *f = with_group();
    int anna = fixture_login(f, "anna", PLATFORM_WEB);

    fixture_user(f, anna, SET,
                 "{\"GroupId\":\"" ROOM_ID "\",\"GroupAttr\":[{\"key\":\"k\",\"value\":\"v\"}]}");
    assert_int_equal(f->err, IM_ERR_GROUP_RIGHT);
    room_enter(f, anna);
    fixture_user(f, anna, SET,
                 "{\"GroupId\":\"" ROOM_ID "\",\"GroupAttr\":[{\"key\":\"k\",\"value\":\"v\"}]}");
    assert_int_equal(f->err, IM_OK);
    same_after_restart(f);
    fixture_free(f);
}

TEST(who_asks_for_it_overwrites_nothing_that_it_has_not_seen)
{
    struct shard_fixture *f = with_group();
    char more[96];

    assert_int_equal(write(f, -1, SET, "{\"key\":\"a\",\"value\":\"1\"}", ""), IM_OK);
    snprintf(more, sizeof(more), ",\"AttrControl\":[\"RaceConflict\"],\"AttrMainSeq\":%u", 0);
    assert_int_equal(write(f, -1, SET, "{\"key\":\"a\",\"value\":\"2\"}", more),
                     IM_ERR_GROUP_ATTRIBUTE_CONFLICT);
    snprintf(more, sizeof(more), ",\"AttrControl\":[\"RaceConflict\"],\"AttrMainSeq\":%u", 1);
    assert_int_equal(write(f, -1, SET, "{\"key\":\"a\",\"value\":\"2\"}", more), IM_OK);
    assert_int_equal(write(f, -1, MODIFY, "{\"key\":\"a\",\"value\":\"3\",\"seq\":1}", more),
                     IM_ERR_GROUP_ATTRIBUTE_CONFLICT);
    assert_int_equal(write(f, -1, MODIFY, "{\"key\":\"a\",\"value\":\"3\",\"seq\":2}", more),
                     IM_OK);
    assert_int_equal(write(f, -1, MODIFY, "{\"key\":\"b\",\"value\":\"1\",\"seq\":0}", more),
                     IM_OK);
    assert_int_equal(write(f, -1, DELETE, "{\"key\":\"b\",\"seq\":7}", more),
                     IM_ERR_GROUP_ATTRIBUTE_CONFLICT);
    fixture_admin(f, CLEAR,
                  "{\"GroupId\":\"g\",\"AttrControl\":[\"RaceConflict\"],\"AttrMainSeq\":1}");
    assert_int_equal(f->err, IM_ERR_GROUP_ATTRIBUTE_CONFLICT);
    same_after_restart(f);
    fixture_free(f);
}

static char *attribute(size_t key_bytes, size_t value_bytes, char key)
{
    char *text = malloc(key_bytes + value_bytes + 64), *at = text;

    at += sprintf(at, "{\"key\":\"");
    memset(at, key, key_bytes);
    at += key_bytes;
    at += sprintf(at, "\",\"value\":\"");
    memset(at, 'v', value_bytes);
    at += value_bytes;
    sprintf(at, "\"}");
    return text;
}

static enum im_err write_one(struct shard_fixture *f, const char *command, size_t key_bytes,
                             size_t value_bytes, char key)
{
    char *text = attribute(key_bytes, value_bytes, key);
    enum im_err err = write(f, -1, command, text, "");

    free(text);
    return err;
}

TEST(keys_and_values_have_limits)
{
    struct shard_fixture *f = with_group();

    assert_int_equal(write_one(f, SET, 32, 1, 'k'), IM_OK);
    assert_int_equal(write_one(f, SET, 33, 1, 'k'), IM_ERR_GROUP_ATTRIBUTE_KEY);
    assert_int_equal(write_one(f, SET, 0, 1, 'k'), IM_ERR_GROUP_ATTRIBUTE_KEY);
    assert_int_equal(write_one(f, SET, 1, 4000, 'k'), IM_OK);
    assert_int_equal(write_one(f, SET, 1, 4001, 'k'), IM_ERR_GROUP_ATTRIBUTE_VALUE);
    assert_int_equal(write(f, -1, SET, "", ""), IM_ERR_GROUP_PARAM);
    assert_int_equal(write(f, -1, SET, "{\"key\":\"a\"}", ""), IM_ERR_GROUP_PARAM);
    assert_int_equal(
        write(f, -1, SET, "{\"key\":\"a\",\"value\":\"\"},{\"key\":\"a\",\"value\":\"\"}", ""),
        IM_ERR_GROUP_PARAM);
    fixture_free(f);
}

TEST(a_group_has_sixteen_attributes_of_16000_bytes)
{
    struct shard_fixture *f = with_group();

    for (int i = 0; i < 16; i++)
        assert_int_equal(write_one(f, MODIFY, 1, i < 3 ? 4000 : 100, (char)('a' + i)), IM_OK);
    assert_int_equal(write_one(f, MODIFY, 1, 1, 'z'), IM_ERR_GROUP_ATTRIBUTE_COUNT);
    assert_int_equal(write_one(f, MODIFY, 1, 1, 'a'), IM_OK);
    assert_int_equal(write_one(f, MODIFY, 1, 4000, 'a'), IM_OK);
    /* 16 keys of one byte, 12000 and 12 times 100: 2784 and the 100 that go are left. */
    assert_int_equal(write_one(f, MODIFY, 1, 2885, 'p'), IM_ERR_GROUP_ATTRIBUTE_TOTAL);
    assert_int_equal(write_one(f, MODIFY, 1, 2784, 'p'), IM_OK);
    assert_int_equal(write_one(f, MODIFY, 1, 2785, 'p'), IM_ERR_GROUP_ATTRIBUTE_TOTAL);
    same_after_restart(f);
    fixture_free(f);
}

TEST(a_group_takes_five_writes_a_second)
{
    struct shard_fixture *f = with_group();
    const char *json = "{\"GroupId\":\"g\",\"GroupAttr\":[{\"key\":\"k\",\"value\":\"v\"}]}";
    int anna = fixture_login(f, "anna", PLATFORM_WEB);

    for (int i = 0; i < 5; i++) {
        fixture_user(f, anna, SET, "%s", json);
        assert_int_equal(f->err, IM_OK);
    }
    fixture_user(f, anna, SET, "%s", json);
    assert_int_equal(f->err, IM_ERR_GROUP_ATTRIBUTE_RATE);
    fixture_advance(f, 1);
    fixture_user(f, anna, SET, "%s", json);
    assert_int_equal(f->err, IM_OK);
    fixture_free(f);
}

TEST(attributes_go_with_their_group)
{
    struct shard_fixture *f = with_group();

    write(f, -1, SET, "{\"key\":\"a\",\"value\":\"1\"}", "");
    fixture_admin(f, SERVICE "destroy_group", "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_OK);
    fixture_advance(f, 1);
    fixture_admin(f, GET, "{\"GroupId\":\"g\"}");
    assert_int_equal(f->err, IM_ERR_GROUP_NOT_FOUND);
    same_after_restart(f);
    fixture_free(f);
}

int main(void)
{
    return RUN_TESTS(T(attributes_are_set_modified_deleted_and_cleared),
                     T(members_write_and_others_hear_of_it), T(in_a_room_whoever_is_there_writes),
                     T(who_asks_for_it_overwrites_nothing_that_it_has_not_seen),
                     T(keys_and_values_have_limits),
                     T(a_group_has_sixteen_attributes_of_16000_bytes),
                     T(a_group_takes_five_writes_a_second), T(attributes_go_with_their_group));
}
