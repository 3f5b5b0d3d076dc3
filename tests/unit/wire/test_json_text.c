/* The 16-byte searches find what the portable ones find. */
#include "wire/json_text.h"

#include "support/test.h"
#include "unit/wire/random.h"

#define ROUNDS 20000
#define ROOM 80

static const char alphabet[] = "abc xyz{}[]\"\\\x1f\x20\x21\x01\x7f\x80\xff\xe4\xbd\xfb\xdd";

static size_t fill(struct random *random, char *text)
{
    size_t n = random_below(random, ROOM + 1);
    size_t letters = random_below(random, sizeof(alphabet)) + 1;

    for (size_t i = 0; i < n; i++)
        text[i] = alphabet[random_below(random, 8) ? 0 : random_below(random, letters)];
    return n;
}

TEST(the_searches_agree_with_their_portable_forms)
{
    struct random random = {7};
    char text[ROOM];

    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t n = fill(&random, text);

        assert_ptr_equal(json_plain_end(text, text + n), json_plain_end_portable(text, text + n));
        assert_ptr_equal(json_ascii_end(text, text + n), json_ascii_end_portable(text, text + n));
        assert_ptr_equal(json_structure(text, text + n), json_structure_portable(text, text + n));
    }
}

TEST(every_byte_at_every_place_is_judged_by_its_value_alone)
{
    char text[40];

    for (unsigned c = 0; c < 256; c++) {
        bool special = c == '"' || c == '\\' || c < 0x20;
        bool structure = c == '"' || c == '{' || c == '}' || c == '[' || c == ']';

        for (size_t at = 0; at < sizeof(text); at++) {
            const char *end = text + sizeof(text), *found = text + at;

            memset(text, 'a', sizeof(text));
            text[at] = (char)c;
            assert_ptr_equal(json_plain_end(text, end), special ? found : end);
            assert_ptr_equal(json_plain_end_portable(text, end), special ? found : end);
            assert_ptr_equal(json_ascii_end(text, end), special || c >= 0x80 ? found : end);
            assert_ptr_equal(json_ascii_end_portable(text, end),
                             special || c >= 0x80 ? found : end);
            assert_ptr_equal(json_structure(text, end), structure ? found : end);
        }
    }
}

int main(void)
{
    return RUN_TESTS(T(the_searches_agree_with_their_portable_forms),
                     T(every_byte_at_every_place_is_judged_by_its_value_alone));
}
