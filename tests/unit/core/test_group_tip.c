/* Tips: their stored form, and in which groups there are any. */
#include "support/test.h"

#include "base/buf.h"
#include "core/group/tip.h"

static struct tip_member members[TIP_MAX_MEMBERS];

static struct group_tip whole_tip(void)
{
    for (uint32_t i = 0; i < TIP_MAX_MEMBERS; i++)
        members[i] = (struct tip_member){SPAN_LIT("zed"), SPAN_LIT("Zed"), SPAN_LIT("f"), i};
    return (struct group_tip){.kind = TIP_INFO,
                              .operator_name = SPAN_LIT("amy"),
                              .operator_nick = SPAN_LIT("Amy"),
                              .operator_face = SPAN_LIT("http://x"),
                              .member_num = 70000,
                              .members = members,
                              .member_count = TIP_MAX_MEMBERS,
                              .changed = CHANGE_OWNER | CHANGE_NAME,
                              .name = SPAN_LIT("name"),
                              .face = SPAN_LIT("face"),
                              .introduction = SPAN_LIT("introduction"),
                              .notification = SPAN_LIT("notification"),
                              .owner = SPAN_LIT("owner"),
                              .join_option = 2,
                              .muted_all = 1,
                              .fields = SPAN_LIT("\1\0k\1\0v")};
}

static void spans_equal(struct span a, struct span b)
{
    assert_true(span_eq(a, b));
}

TEST(a_tip_is_read_as_it_was_written)
{
    struct group_tip tip = whole_tip(), read;
    struct arena arena;

    arena_init(&arena);
    assert_true(tip_decode(&arena, tip_encode(&arena, &tip), &read));
    assert_int_equal(read.kind, TIP_INFO);
    assert_int_equal(read.member_num, 70000);
    assert_int_equal(read.member_count, TIP_MAX_MEMBERS);
    assert_int_equal(read.changed, CHANGE_OWNER | CHANGE_NAME);
    assert_int_equal(read.join_option, 2);
    assert_int_equal(read.muted_all, 1);
    spans_equal(read.operator_name, tip.operator_name);
    spans_equal(read.operator_nick, tip.operator_nick);
    spans_equal(read.operator_face, tip.operator_face);
    spans_equal(read.name, tip.name);
    spans_equal(read.face, tip.face);
    spans_equal(read.introduction, tip.introduction);
    spans_equal(read.notification, tip.notification);
    spans_equal(read.owner, tip.owner);
    spans_equal(read.fields, tip.fields);
    for (uint32_t i = 0; i < TIP_MAX_MEMBERS; i++) {
        spans_equal(read.members[i].name, members[i].name);
        spans_equal(read.members[i].nick, members[i].nick);
        spans_equal(read.members[i].face, members[i].face);
        assert_int_equal(read.members[i].mute_s, i);
    }
    arena_release(&arena);
}

TEST(a_tip_that_is_cut_or_longer_is_none)
{
    struct group_tip tip = whole_tip(), read;
    struct span bytes;
    struct arena arena;
    char more[4096];

    arena_init(&arena);
    bytes = tip_encode(&arena, &tip);
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(tip_decode(&arena, span_make(bytes.p, n), &read));
    assert_true(bytes.n < sizeof(more));
    memcpy(more, bytes.p, bytes.n);
    more[bytes.n] = 0;
    assert_false(tip_decode(&arena, span_make(more, bytes.n + 1), &read));
    more[1] = 0; /* no kind */
    assert_false(tip_decode(&arena, span_make(more, bytes.n), &read));
    more[1] = TIP_MEMBER_MUTED + 1;
    assert_false(tip_decode(&arena, span_make(more, bytes.n), &read));
    more[1] = TIP_INFO;
    more[12] = TIP_MAX_MEMBERS + 1;
    assert_false(tip_decode(&arena, span_make(more, bytes.n), &read));
    more[12] = TIP_MAX_MEMBERS;
    assert_true(tip_decode(&arena, span_make(more, bytes.n), &read));
    more[0] = 9; /* of a later version */
    assert_false(tip_decode(&arena, span_make(more, bytes.n), &read));
    arena_release(&arena);
}

TEST(fields_of_a_tip_are_taken_one_by_one)
{
    struct buf buf;
    struct span rest, key, value;

    buf_init(&buf, 4096);
    tip_field_put(&buf, SPAN_LIT("k"), SPAN_LIT("v"));
    tip_field_put(&buf, SPAN_LIT("other"), SPAN_LIT(""));
    rest = buf_span(&buf);
    assert_true(tip_field_next(&rest, &key, &value));
    assert_true(span_is(key, "k") && span_is(value, "v"));
    assert_true(tip_field_next(&rest, &key, &value));
    assert_true(span_is(key, "other") && value.n == 0);
    assert_false(tip_field_next(&rest, &key, &value));
    buf_release(&buf);
}

static bool wanted(enum group_type type, uint16_t flags, enum tip_kind kind)
{
    struct group group = {.info = {.type = (uint8_t)type, .flags = flags}};

    return tip_wanted(&group, kind);
}

TEST(each_type_of_group_has_its_tips)
{
    static const struct {
        enum group_type type;
        bool of_members, of_the_group;
    } styles[] = {
        {GROUP_PRIVATE, true, true},       {GROUP_PUBLIC, true, true},
        {GROUP_CHAT_ROOM, false, true},    {GROUP_AV_CHAT_ROOM, true, true},
        {GROUP_B_CHAT_ROOM, false, false}, {GROUP_COMMUNITY, true, true},
    };

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        for (unsigned kind = TIP_JOINED; kind <= TIP_MEMBER_MUTED; kind++)
            assert_int_equal(wanted(styles[i].type, GROUP_ACTIVE, (enum tip_kind)kind),
                             kind <= TIP_KICKED ? styles[i].of_members : styles[i].of_the_group);
    }
}

TEST(a_private_group_has_no_tips_before_its_first_message)
{
    for (unsigned kind = TIP_JOINED; kind <= TIP_MEMBER_MUTED; kind++) {
        assert_false(wanted(GROUP_PRIVATE, 0, (enum tip_kind)kind));
        assert_true(wanted(GROUP_PUBLIC, 0, (enum tip_kind)kind));
    }
}

int main(void)
{
    return RUN_TESTS(T(a_tip_is_read_as_it_was_written), T(a_tip_that_is_cut_or_longer_is_none),
                     T(fields_of_a_tip_are_taken_one_by_one), T(each_type_of_group_has_its_tips),
                     T(a_private_group_has_no_tips_before_its_first_message));
}
