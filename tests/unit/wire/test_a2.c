#include "support/test.h"

#include "wire/a2.h"

static const struct a2_token token = {
    .app = 1400000001,
    .account = 7,
    .instance = 4294967295u,
    .generation = 3,
    .issued_s = 1546300800,
    .name = "administrator",
};

static struct usersig_key key_of(const char *secret)
{
    struct usersig_key key;

    usersig_key_init(&key, span_of(secret));
    return key;
}

static struct span made(struct buf *buf, const struct usersig_key *key, struct a2_token claims)
{
    buf_init(buf, A2_MAX_TEXT);
    a2_make(key, &claims, buf);
    assert_false(buf->overflow);
    return buf_span(buf);
}

TEST(a_made_value_says_what_it_was_made_of)
{
    struct usersig_key key = key_of("server key");
    struct a2_token back;
    struct buf buf;

    assert_true(a2_verify(&key, made(&buf, &key, token), &back));
    assert_int_equal(back.app, token.app);
    assert_int_equal(back.account, token.account);
    assert_int_equal(back.instance, token.instance);
    assert_int_equal(back.generation, token.generation);
    assert_true(back.issued_s == token.issued_s);
    assert_string_equal(back.name, token.name);
    buf_release(&buf);
}

TEST(names_of_every_length_fit)
{
    struct usersig_key key = key_of("server key");

    for (size_t n = 0; n <= IDENTIFIER_MAX; n++) {
        struct a2_token claims = token, back;
        struct buf buf;

        memset(claims.name, 0, sizeof(claims.name));
        memset(claims.name, 'x', n);
        assert_true(a2_verify(&key, made(&buf, &key, claims), &back));
        assert_string_equal(back.name, claims.name);
        buf_release(&buf);
    }
}

TEST(a_value_made_with_another_key_is_refused)
{
    struct usersig_key key = key_of("server key");
    struct usersig_key other = key_of("server kez");
    struct a2_token back;
    struct buf buf;

    assert_false(a2_verify(&other, made(&buf, &key, token), &back));
    buf_release(&buf);
}

/* Every character carries bits of the claims or of their proof. */
TEST(a_value_with_any_character_changed_is_refused)
{
    struct usersig_key key = key_of("server key");
    struct a2_token back;
    struct buf buf;
    struct span text = made(&buf, &key, token);

    for (size_t i = 0; i < text.n; i++) {
        char before = buf.p[i];

        buf.p[i] = before == 'A' ? 'B' : 'A';
        assert_false(a2_verify(&key, text, &back));
        buf.p[i] = before;
    }
    assert_true(a2_verify(&key, text, &back));
    buf_release(&buf);
}

TEST(a_value_shortened_or_lengthened_is_refused)
{
    struct usersig_key key = key_of("server key");
    struct a2_token back;
    struct buf buf;
    struct span text = made(&buf, &key, token);
    char longer[A2_MAX_TEXT + 1];

    for (size_t n = 0; n < text.n; n++)
        assert_false(a2_verify(&key, span_make(text.p, n), &back));
    memcpy(longer, text.p, text.n);
    for (const char *extra = "A=\n "; *extra; extra++) {
        longer[text.n] = *extra;
        assert_false(a2_verify(&key, span_make(longer, text.n + 1), &back));
    }
    assert_false(a2_verify(&key, span_make(NULL, 0), &back));
    buf_release(&buf);
}

/* '+' and '/' are the same bits in standard base64: a second spelling of a value. */
TEST(a_value_in_another_alphabet_is_refused)
{
    struct usersig_key key = key_of("server key");
    struct a2_token claims = token, back;
    bool tried = false;

    for (uint32_t account = 1; account < 20; account++) {
        struct buf buf;
        struct span text;

        claims.account = account;
        text = made(&buf, &key, claims);
        for (size_t i = 0; i < text.n; i++) {
            assert_true(text.p[i] != '+' && text.p[i] != '/' && text.p[i] != '=');
            if (text.p[i] != '-' && text.p[i] != '_')
                continue;
            buf.p[i] = text.p[i] == '-' ? '+' : '/';
            assert_false(a2_verify(&key, text, &back));
            tried = true;
            break;
        }
        buf_release(&buf);
    }
    assert_true(tried);
}

TEST(a_refused_value_leaves_the_result_untouched)
{
    struct usersig_key key = key_of("server key");
    struct a2_token back = {.app = 5};

    assert_false(a2_verify(&key, SPAN_LIT("not an a2"), &back));
    assert_int_equal(back.app, 5);
}

int main(void)
{
    return RUN_TESTS(T(a_made_value_says_what_it_was_made_of), T(names_of_every_length_fit),
                     T(a_value_made_with_another_key_is_refused),
                     T(a_value_with_any_character_changed_is_refused),
                     T(a_value_shortened_or_lengthened_is_refused),
                     T(a_value_in_another_alphabet_is_refused),
                     T(a_refused_value_leaves_the_result_untouched));
}
