#include "wire/base64.h"

#include "support/test.h"
#include "unit/wire/random.h"

/* RFC 4648 §10. */
static const struct {
    const char *bytes, *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static bool decodes(enum base64_alphabet alphabet, const char *text)
{
    uint8_t bytes[64];
    size_t n;

    return base64_decode(alphabet, span_of(text), bytes, &n);
}

TEST(the_vectors_of_rfc_4648_hold_both_ways)
{
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        char text[16], bytes[16];
        size_t n = base64_encode(BASE64_STANDARD, span_of(vectors[i].bytes), text);

        assert_int_equal(n, base64_text_bytes(strlen(vectors[i].bytes)));
        assert_true(span_is((struct span){text, n}, vectors[i].text));
        assert_true(base64_decode(BASE64_STANDARD, (struct span){text, n}, bytes, &n));
        assert_true(span_is((struct span){bytes, n}, vectors[i].bytes));
    }
}

TEST(the_usersig_alphabet_differs_in_three_characters)
{
    char text[8];

    base64_encode(BASE64_STANDARD, SPAN_LIT("\xfb\xff\xbf\xff"), text);
    assert_memory_equal(text, "+/+//w==", 8);
    base64_encode(BASE64_USERSIG, SPAN_LIT("\xfb\xff\xbf\xff"), text);
    assert_memory_equal(text, "*-*--w__", 8);
    assert_true(decodes(BASE64_USERSIG, "*-*--w__"));
    assert_false(decodes(BASE64_USERSIG, "+/+//w=="));
    assert_false(decodes(BASE64_STANDARD, "*-*--w__"));
}

TEST(anything_but_the_one_text_of_some_bytes_is_refused)
{
    static const char *const refused[] = {
        "Z",     "Zg",   "Zg=",   "Zm9vZ",    "Zg===",   "====", "Z===",
        "Zg=a",  "Z=g=", "=Zg=",  "Zg==Zg==", "Zh==",    "Zm9=", "Zm8=\n",
        " Zg==", "Zm 9", "Zm9\n", "Zm9\x80",  "Zm9\xff", "Zm9_", "Zm9-",
    };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (decodes(BASE64_STANDARD, refused[i]))
            fail_msg("accepted: %s", refused[i]);
    }
}

TEST(a_changed_character_gives_other_bytes_or_is_refused)
{
    struct random random = {3};

    for (unsigned i = 0; i < 20000; i++) {
        uint8_t bytes[32], back[33];
        char text[44];
        size_t n = random_below(&random, sizeof(bytes)) + 1, text_bytes, back_bytes, at;

        for (size_t k = 0; k < n; k++)
            bytes[k] = (uint8_t)random_next(&random);
        text_bytes = base64_encode(BASE64_USERSIG, span_make(bytes, n), text);
        assert_true(
            base64_decode(BASE64_USERSIG, (struct span){text, text_bytes}, back, &back_bytes));
        assert_int_equal(back_bytes, n);
        assert_memory_equal(back, bytes, n);
        at = random_below(&random, text_bytes);
        text[at] = (char)(text[at] ^ (1 + random_below(&random, 255)));
        if (base64_decode(BASE64_USERSIG, (struct span){text, text_bytes}, back, &back_bytes))
            assert_true(back_bytes != n || memcmp(back, bytes, n) != 0);
    }
}

int main(void)
{
    return RUN_TESTS(T(the_vectors_of_rfc_4648_hold_both_ways),
                     T(the_usersig_alphabet_differs_in_three_characters),
                     T(anything_but_the_one_text_of_some_bytes_is_refused),
                     T(a_changed_character_gives_other_bytes_or_is_refused));
}
