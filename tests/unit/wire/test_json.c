#include "wire/json.h"

#include <stdio.h>

#include "support/test.h"

static struct json parse(const char *text)
{
    struct json value = {0};

    if (!json_parse(span_of(text), &value))
        fail_msg("refused: %s", text);
    return value;
}

/* ---- validation ---- */

static bool nested(unsigned depth, const char *open, const char *close)
{
    char text[512];
    size_t n = 0;
    struct json value;

    for (unsigned i = 0; i < depth; i++, n += strlen(open))
        memcpy(text + n, open, strlen(open));
    text[n++] = '1';
    for (unsigned i = 0; i < depth; i++, n += strlen(close))
        memcpy(text + n, close, strlen(close));
    return json_parse((struct span){text, n}, &value);
}

TEST(depth_32_is_accepted_and_33_is_not)
{
    assert_true(nested(JSON_MAX_DEPTH, "[", "]"));
    assert_false(nested(JSON_MAX_DEPTH + 1, "[", "]"));
    assert_true(nested(JSON_MAX_DEPTH, "{\"a\":", "}"));
    assert_false(nested(JSON_MAX_DEPTH + 1, "{\"a\":", "}"));
}

TEST(the_value_is_given_without_the_white_space_around_it)
{
    struct json value = parse(" \t\r\n{\"a\" : 1 }\n ");

    assert_int_equal(value.type, JSON_OBJECT);
    assert_true(span_is(value.text, "{\"a\" : 1 }"));
}

TEST(a_refused_document_leaves_the_output_untouched)
{
    struct json value = {.type = JSON_TRUE};

    assert_false(json_parse(SPAN_LIT("[1,"), &value));
    assert_false(json_parse((struct span){0}, &value));
    assert_int_equal(value.type, JSON_TRUE);
}

TEST(a_nul_byte_is_refused_everywhere)
{
    static const struct span texts[] = {
        {"1\0", 2},
        {"\0"
         "1",
         2},
        {"\"a\0b\"", 5},
        {"\"\\\0\"", 4},
        {"[\0]", 3},
        {"\0", 1},
    };
    struct json value;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(json_parse(texts[i], &value));
}

/* ---- walking ---- */

TEST(members_come_in_order_with_their_whole_text)
{
    struct json object = parse("{\"s\":\"a}]\\\"{\" , \"o\":{\"x\":[1,{\"y\":\"]\"}]},\"n\":-1.5e3,"
                               "\"e\":{},\"l\":[ ],\"t\":true,\"f\":false,\"z\":null}");
    static const struct {
        const char *key;
        enum json_type type;
        const char *text;
    } expected[] = {
        {"s", JSON_STRING, "\"a}]\\\"{\""}, {"o", JSON_OBJECT, "{\"x\":[1,{\"y\":\"]\"}]}"},
        {"n", JSON_NUMBER, "-1.5e3"},       {"e", JSON_OBJECT, "{}"},
        {"l", JSON_ARRAY, "[ ]"},           {"t", JSON_TRUE, "true"},
        {"f", JSON_FALSE, "false"},         {"z", JSON_NULL, "null"},
    };
    struct json_iter it = json_iter(object);
    struct json value;
    struct span key;

    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(json_next(&it, &key, &value));
        assert_true(span_is(key, expected[i].key));
        assert_int_equal(value.type, expected[i].type);
        assert_true(span_is(value.text, expected[i].text));
        assert_int_equal(value.escaped, i == 0);
    }
    assert_false(json_next(&it, &key, &value));
    assert_false(json_next(&it, &key, &value));
    assert_int_equal(json_count(object), 8);
}

TEST(elements_of_an_array_have_empty_keys)
{
    struct json_iter it = json_iter(parse("[ 1 ,\"b\" ]"));
    struct json value;
    struct span key;

    assert_true(json_next(&it, &key, &value));
    assert_int_equal(key.n, 0);
    assert_true(span_is(value.text, "1"));
    assert_true(json_next(&it, &key, &value));
    assert_true(span_is(value.text, "\"b\""));
    assert_false(json_next(&it, &key, &value));
}

TEST(a_scalar_and_an_absent_value_have_nothing_to_walk)
{
    struct json none = {0};

    assert_int_equal(json_count(parse("\"[1,2]\"")), 0);
    assert_int_equal(json_count(parse("12")), 0);
    assert_int_equal(json_count(none), 0);
    assert_int_equal(json_member(none, "a").type, JSON_NONE);
    assert_int_equal(json_member(parse("[1]"), "").type, JSON_NONE);
}

TEST(a_member_that_may_be_left_out_may_be_null)
{
    struct json object = parse("{\"a\":null,\"b\":0,\"b\":null,\"c\":null,\"c\":0}");

    assert_int_equal(json_option(object, "a").type, JSON_NONE);
    assert_int_equal(json_option(object, "b").type, JSON_NONE);
    assert_int_equal(json_option(object, "c").type, JSON_NUMBER);
    assert_int_equal(json_option(object, "d").type, JSON_NONE);
}

TEST(of_members_with_one_name_the_last_one_counts)
{
    struct json object = parse("{\"a\":1,\"b\":2,\"\\u0061\":3}");
    const char *const names[] = {"a", "b", "c"};
    struct json values[3];

    assert_true(span_is(json_member(object, "a").text, "3"));
    json_members(object, names, values, 3);
    assert_true(span_is(values[0].text, "3"));
    assert_true(span_is(values[1].text, "2"));
    assert_int_equal(values[2].type, JSON_NONE);
}

TEST(more_names_than_are_looked_for_at_once_are_all_found)
{
    char text[1024], pool[70][8];
    const char *names[70];
    struct json values[70];
    size_t n = 0;

    for (int i = 0; i < 70; i++) {
        snprintf(pool[i], sizeof(pool[i]), "k%d", i);
        names[i] = pool[i];
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"k%d\":%d", i ? "," : "{", i, i);
    }
    snprintf(text + n, sizeof(text) - n, "}");
    json_members(parse(text), names, values, 70);
    for (int i = 0; i < 70; i++) {
        uint64_t value;

        assert_true(json_to_u64(values[i], &value));
        assert_int_equal(value, i);
    }
}

TEST(a_name_is_compared_with_its_escapes_decoded)
{
    assert_true(json_key_is(SPAN_LIT("To_\\u0041ccount"), "To_Account"));
    assert_true(json_key_is(SPAN_LIT("\\u4f60\\ud83d\\ude00"), "\xe4\xbd\xa0\xf0\x9f\x98\x80"));
    assert_true(json_key_is(SPAN_LIT("a\\/b"), "a/b"));
    assert_true(json_key_is(SPAN_LIT(""), ""));
    assert_false(json_key_is(SPAN_LIT("ab"), "a"));
    assert_false(json_key_is(SPAN_LIT("a"), "ab"));
    assert_false(json_key_is(SPAN_LIT("a\\u0000b"), "a"));
}

/* ---- numbers ---- */

static void is_u64(const char *text, uint64_t expected)
{
    uint64_t value = 77;

    if (!json_to_u64(parse(text), &value) || value != expected)
        fail_msg("%s", text);
}

static void is_i64(const char *text, int64_t expected)
{
    int64_t value = 77;

    if (!json_to_i64(parse(text), &value) || value != expected)
        fail_msg("%s", text);
}

TEST(integers_are_read_to_their_last_unit)
{
    is_u64("0", 0);
    is_u64("-0", 0);
    is_u64("1.0", 1);
    is_u64("1e3", 1000);
    is_u64("1E+3", 1000);
    is_u64("100e-2", 1);
    is_u64("1.50e1", 15);
    is_u64("0.0005e4", 5);
    is_u64("0e999999999999", 0);
    is_u64("0.000", 0);
    is_u64("999999999999999999", 999999999999999999u);
    is_u64("1000000000000000000", 1000000000000000000u);
    is_u64("18446744073709551615", UINT64_MAX);
    is_u64("1844674407370955161.5e1", UINT64_MAX);
    is_u64("1000000000000000000000e-3", 1000000000000000000u);
    is_i64("9223372036854775807", INT64_MAX);
    is_i64("-9223372036854775808", INT64_MIN);
    is_i64("-1.0", -1);
    is_i64("-0", 0);
    is_i64("-12e1", -120);
}

TEST(what_is_no_integer_or_out_of_range_is_refused)
{
    static const char *const refused[] = {
        "1.5",
        "15e-1",
        "1e-1",
        "-1",
        "18446744073709551616",
        "1e20",
        "1e99999999999999999999",
        "\"1\"",
        "true",
        "null",
        "[1]",
        "1e-99999999999999999999",
    };
    uint64_t wide = 77;
    uint32_t narrow = 77;
    int64_t value = 77;

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_false(json_to_u64(parse(refused[i]), &wide));
    assert_false(json_to_u32(parse("4294967296"), &narrow));
    assert_false(json_to_i64(parse("9223372036854775808"), &value));
    assert_false(json_to_i64(parse("-9223372036854775809"), &value));
    assert_true(wide == 77 && narrow == 77 && value == 77);
}

/* ---- strings ---- */

static struct span decode(struct arena *arena, const char *text)
{
    struct span decoded = {0};

    assert_true(json_to_string(parse(text), arena, &decoded));
    return decoded;
}

TEST(a_string_without_escapes_is_borrowed_from_the_document)
{
    const char *text = "\"plain \xe4\xbd\xa0\"";
    struct arena arena;

    arena_init(&arena);
    assert_ptr_equal(decode(&arena, text).p, text + 1);
    assert_null(arena.blocks);
    assert_false(json_to_string(parse("1"), &arena, &(struct span){0}));
    arena_release(&arena);
}

TEST(escapes_are_decoded)
{
    struct arena arena;

    arena_init(&arena);
    assert_true(span_is(decode(&arena, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\/\b\f\n\r\t"));
    assert_true(span_is(decode(&arena, "\"a\\u0041\\u00e9\\u4F60\\ud83d\\ude00z\""),
                        "aA\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80z"));
    assert_true(span_eq(decode(&arena, "\"a\\u0000b\""), SPAN_LIT("a\0b")));
    assert_true(span_is(decode(&arena, "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\""),
                        "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"));
    assert_true(span_is(decode(&arena, "\"\\udbff\\udfff\""), "\xf4\x8f\xbf\xbf"));
    arena_release(&arena);
}

static void is_written(struct span text, const char *expected)
{
    struct buf buf;

    buf_init(&buf, 1000);
    json_put_string(&buf, text);
    assert_true(span_is(buf_span(&buf), expected));
    buf_release(&buf);
}

TEST(a_written_string_escapes_what_must_be_and_nothing_else)
{
    is_written(SPAN_LIT(""), "\"\"");
    is_written((struct span){0}, "\"\"");
    is_written(SPAN_LIT("a/b\x7f \xe4\xbd\xa0"), "\"a/b\x7f \xe4\xbd\xa0\"");
    is_written(SPAN_LIT("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    is_written(SPAN_LIT("\0\x01\x1f"), "\"\\u0000\\u0001\\u001f\"");
}

TEST(a_written_string_that_does_not_fit_is_dropped_whole)
{
    struct buf buf;

    buf_init(&buf, 10);
    BUF_LIT(&buf, "[");
    json_put_string(&buf, SPAN_LIT("abc\nabc\n"));
    assert_true(buf.overflow);
    assert_true(span_is(buf_span(&buf), "["));
    buf_release(&buf);
}

/* ---- UTF-8 ---- */

/* RFC 3629 §4, written down a second time, from code points instead of from bytes. */
static bool utf8_by_definition(const unsigned char *p, size_t n)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t at = 0;

    while (at < n) {
        size_t length = p[at] < 0x80       ? 1
                        : p[at] >> 5 == 6  ? 2
                        : p[at] >> 4 == 14 ? 3
                        : p[at] >> 3 == 30 ? 4
                                           : 0;
        unsigned point = length > 1 ? p[at] & (0xffu >> (length + 1)) : p[at];

        if (length == 0 || at + length > n)
            return false;
        for (size_t i = 1; i < length; i++) {
            if (p[at + i] >> 6 != 2)
                return false;
            point = point << 6 | (p[at + i] & 63);
        }
        if (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
        at += length;
    }
    return true;
}

TEST(utf8_is_judged_by_its_definition_for_all_first_three_bytes)
{
    unsigned char text[4] = {0, 0, 0, 0x80};

    for (unsigned bytes = 0; bytes < 1u << 24; bytes += bytes % 7 + 1) {
        text[0] = (unsigned char)(bytes >> 16);
        text[1] = (unsigned char)(bytes >> 8);
        text[2] = (unsigned char)bytes;
        for (size_t n = 3; n <= 4; n++) {
            if (utf8_valid(span_make(text, n)) != utf8_by_definition(text, n))
                fail_msg("%06x, %zu bytes", bytes, n);
        }
    }
}

TEST(utf8_is_checked_behind_long_ascii_runs)
{
    assert_true(utf8_valid(SPAN_LIT("")));
    assert_true(utf8_valid((struct span){0}));
    assert_true(utf8_valid(SPAN_LIT("0123456789abcdef0123456789\xc3\xa9 0123456789")));
    assert_false(utf8_valid(SPAN_LIT("0123456789abcdef0123456789\xc3")));
    assert_false(utf8_valid(SPAN_LIT("0123456789abcdef\xed\xa0\x80 0123456789")));
}

int main(void)
{
    return RUN_TESTS(
        T(depth_32_is_accepted_and_33_is_not),
        T(the_value_is_given_without_the_white_space_around_it),
        T(a_refused_document_leaves_the_output_untouched), T(a_nul_byte_is_refused_everywhere),
        T(members_come_in_order_with_their_whole_text), T(elements_of_an_array_have_empty_keys),
        T(a_scalar_and_an_absent_value_have_nothing_to_walk),
        T(a_member_that_may_be_left_out_may_be_null),
        T(of_members_with_one_name_the_last_one_counts),
        T(more_names_than_are_looked_for_at_once_are_all_found),
        T(a_name_is_compared_with_its_escapes_decoded), T(integers_are_read_to_their_last_unit),
        T(what_is_no_integer_or_out_of_range_is_refused),
        T(a_string_without_escapes_is_borrowed_from_the_document), T(escapes_are_decoded),
        T(a_written_string_escapes_what_must_be_and_nothing_else),
        T(a_written_string_that_does_not_fit_is_dropped_whole),
        T(utf8_is_judged_by_its_definition_for_all_first_three_bytes),
        T(utf8_is_checked_behind_long_ascii_runs));
}
