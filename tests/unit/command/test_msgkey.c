#include "support/test.h"

#include "command/command.h"

static void msgkey_is(struct message_key key, const char *text)
{
    struct message_key back;
    struct buf buf;

    buf_init(&buf, 50);
    msgkey_put(&buf, key);
    assert_true(span_is(buf_span(&buf), text));
    assert_true(msgkey_parse(buf_span(&buf), &back));
    assert_int_equal(message_key_compare(key, back), 0);
    buf_release(&buf);
}

TEST(a_message_key_is_seq_random_time)
{
    msgkey_is((struct message_key){.time = 1557387418, .seq = 4852, .random = 1287657},
              "4852_1287657_1557387418");
    msgkey_is((struct message_key){0}, "0_0_0");
    msgkey_is((struct message_key){UINT32_MAX, UINT32_MAX, UINT32_MAX},
              "4294967295_4294967295_4294967295");
}

TEST(a_message_key_of_another_form_is_refused)
{
    static const char *const bad[] = {
        "",
        "_",
        "__",
        "1_2",
        "1_2_",
        "_1_2",
        "1__2",
        "1_2_3_",
        "1_2_3_4",
        "+1_2_3",
        "-1_2_3",
        " 1_2_3",
        "1_2_3 ",
        "01_2_3",
        "1_02_3",
        "1_2_00",
        "1_2_0x3",
        "4294967296_2_3",
        "1_2_3\n",
        "1.0_2_3",
        "1_4294967296_3",
        "1_2_99999999999999999999",
        "a_b_c",
    };
    struct message_key key = {.seq = 77};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(msgkey_parse(span_of(bad[i]), &key));
    assert_false(msgkey_parse(span_make("1_2_3\0", 6), &key));
    assert_int_equal(key.seq, 77);
}

static void tinyid_is(uint32_t no, const char *text)
{
    struct account_no back;
    struct buf buf;

    buf_init(&buf, 20);
    tinyid_put(&buf, (struct account_no){no});
    assert_true(span_is(buf_span(&buf), text));
    assert_true(tinyid_parse(buf_span(&buf), &back));
    assert_int_equal(back.v, no);
    buf_release(&buf);
}

TEST(a_tinyid_is_the_account_number_above_two_to_the_57th)
{
    tinyid_is(1, "144115188075855873");
    tinyid_is(UINT32_MAX, "144115192370823167");
}

TEST(a_tinyid_of_no_account_is_refused)
{
    static const char *const bad[] = {
        "",
        "1",
        "144115188075855872",
        "144115192370823168",
        "0144115188075855873",
        "14411518807585587",
        "+44115188075855873",
        "244115188075855873",
    };
    struct account_no no = {9};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(tinyid_parse(span_of(bad[i]), &no));
    assert_int_equal(no.v, 9);
}

int main(void)
{
    return RUN_TESTS(T(a_message_key_is_seq_random_time),
                     T(a_message_key_of_another_form_is_refused),
                     T(a_tinyid_is_the_account_number_above_two_to_the_57th),
                     T(a_tinyid_of_no_account_is_refused));
}
