#include "wire/usersig.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <zlib.h>

#include "support/test.h"
#include "wire/base64.h"
#include "wire/inflate.h"
#include "wire/json.h"

#define APP 1400000000u
#define MADE_S 1546300800u
#define VALID_S 15552000u
#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* The vectors of server-api §2.1. */
#define VECTOR                                                                                  \
    "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwokpuZl5mcUlRYkl*UVQBcUp2YkFBZkpSlaGJgZQAJFJrSjIL" \
    "EoFipuamhrBRUsyc8FiJmbGBgYWMNHizHSg*e4REVWJJV6O*hl57pGlBSamhgZpRUZ5qQYmge7JHgHamTn5eVUBZv" \
    "kpIY62SrUARxg0mA__"
#define VECTOR_SIG "GXXzatJA/hnGYup4510fr2ne04QGcHP+ilonzP6odTA="
#define VECTOR_SIG_USERBUF "Gjl7LhnaoyNVAMCiRSyW7JIo+phhfcpeikcbKzoTheE="
#define ADMIN SPAN_LIT("administrator")

#define NUMBERS "\"TLS.sdkappid\":1400000000,\"TLS.expire\":15552000,\"TLS.time\":1546300800,"
#define VECTOR_SIG_MEMBER "\"TLS.sig\":\"" VECTOR_SIG "\"}"

static struct usersig_key vector_key(void)
{
    struct usersig_key key;

    usersig_key_init(&key, SPAN_LIT(SECRET));
    return key;
}

static enum im_err verify_at(struct span text, uint64_t now_s)
{
    struct usersig_key key = vector_key();
    struct usersig_claims claims;

    return usersig_verify(&key, APP, ADMIN, text, now_s, &claims);
}

/* ---- documents of our own making ---- */

static size_t pack(struct span json, int level, char *into, size_t room)
{
    unsigned char packed[8192];
    uLongf n = sizeof(packed);

    assert_int_equal(compress2(packed, &n, (const Bytef *)json.p, json.n, level), Z_OK);
    assert_true(base64_text_bytes(n) <= room);
    return base64_encode(BASE64_USERSIG, span_make(packed, n), into);
}

static enum im_err verify_json(const char *json)
{
    char text[8192];

    return verify_at((struct span){text, pack(span_of(json), 6, text, sizeof(text))}, MADE_S);
}

/* A document in which everything is right but what the argument says. */
static enum im_err verify_signed(const char *identifier, const char *sdkappid, const char *time,
                                 const char *expire, const char *userbuf)
{
    char lines[512], json[1024];
    unsigned char mac[32];
    char sig[45] = "";
    unsigned mac_bytes;
    int n = snprintf(lines, sizeof(lines),
                     "TLS.identifier:%s\nTLS.sdkappid:%s\nTLS.time:%s\nTLS.expire:%s\n", identifier,
                     sdkappid, time, expire);

    if (userbuf)
        n += snprintf(lines + n, sizeof(lines) - (size_t)n, "TLS.userbuf:%s\n", userbuf);
    HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), (const unsigned char *)lines, (size_t)n, mac,
         &mac_bytes);
    base64_encode(BASE64_STANDARD, span_make(mac, 32), sig);
    snprintf(json, sizeof(json),
             "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"%s\",\"TLS.sdkappid\":\"%s\",\"TLS.time\":"
             "\"%s\",\"TLS.expire\":\"%s\",%s%s%s\"TLS.sig\":\"%s\"}",
             identifier, sdkappid, time, expire, userbuf ? "\"TLS.userbuf\":\"" : "",
             userbuf ? userbuf : "", userbuf ? "\"," : "", sig);
    return verify_json(json);
}

/* ---- the vectors ---- */

TEST(the_given_usersig_is_accepted)
{
    struct usersig_key key = vector_key();
    struct usersig_claims claims = {0};

    assert_int_equal(usersig_verify(&key, APP, ADMIN, SPAN_LIT(VECTOR), MADE_S, &claims), IM_OK);
    assert_string_equal(claims.identifier, "administrator");
    assert_int_equal(claims.sdkappid, APP);
    assert_int_equal(claims.time_s, MADE_S);
    assert_int_equal(claims.expire_s, VALID_S);
}

/* Makes one and takes its TLS.sig out, by zlib and base64 alone. */
static void makes_sig(struct span userbuf, const char *expected, const char *expected_userbuf)
{
    struct usersig_key key = vector_key();
    unsigned char packed[2048], json[2048];
    uLongf json_bytes = sizeof(json);
    struct json root;
    struct buf made;
    size_t n;

    buf_init(&made, 4096);
    assert_int_equal(usersig_make(&key, APP, ADMIN, MADE_S, VALID_S, userbuf, &made), IM_OK);
    assert_true(base64_decode(BASE64_USERSIG, buf_span(&made), packed, &n));
    assert_int_equal(uncompress(json, &json_bytes, packed, n), Z_OK);
    assert_true(json_parse(span_make(json, json_bytes), &root));
    assert_true(span_is(json_member(root, "TLS.sig").text, expected));
    if (expected_userbuf)
        assert_true(span_is(json_member(root, "TLS.userbuf").text, expected_userbuf));
    else
        assert_int_equal(json_member(root, "TLS.userbuf").type, JSON_NONE);
    assert_int_equal(verify_at(buf_span(&made), MADE_S), IM_OK);
    buf_release(&made);
}

TEST(the_signatures_made_are_those_of_the_vectors)
{
    makes_sig((struct span){0}, "\"" VECTOR_SIG "\"", NULL);
    makes_sig(SPAN_LIT("abc"), "\"" VECTOR_SIG_USERBUF "\"", "\"YWJj\"");
}

TEST(hmac_is_that_of_openssl_for_all_lengths_of_key_and_content)
{
    char secret[200], content[300];

    for (size_t i = 0; i < sizeof(secret); i++)
        secret[i] = (char)(i * 7 + 1);
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (char)(i * 13 + 5);
    for (size_t k = 0; k <= sizeof(secret); k += k % 5 + 1) {
        for (size_t n = 0; n <= sizeof(content); n += n % 3 + 1) {
            struct usersig_key key;
            unsigned char ours[32], theirs[32];
            unsigned length = 0;

            usersig_key_init(&key, (struct span){secret, k});
            usersig_hmac(&key, (struct span){content, n}, ours);
            assert_non_null(HMAC(EVP_sha256(), secret, (int)k, (const unsigned char *)content, n,
                                 theirs, &length));
            assert_int_equal(length, 32);
            assert_memory_equal(ours, theirs, 32);
        }
    }
}

/* ---- what decoding takes ---- */

TEST(order_white_space_and_escapes_of_the_document_do_not_matter)
{
    assert_int_equal(verify_json("{\n \"TLS.sig\" : \"" VECTOR_SIG "\",\n" NUMBERS
                                 "\"TLS\\u002eidentifier\":\"\\u0061dministrator\", "
                                 "\"x\":[{}], \"TLS.ver\":\"2.0\"}"),
                     IM_OK);
    /* As PHP writes slashes. */
    assert_int_equal(
        verify_json("{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\"," NUMBERS
                    "\"TLS.sig\":\"GXXzatJA\\/hnGYup4510fr2ne04QGcHP+ilonzP6odTA=\"}"),
        IM_OK);
}

TEST(every_compression_level_is_read)
{
    static const char json[] =
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\"," NUMBERS VECTOR_SIG_MEMBER;
    char text[1024];

    for (int level = 0; level <= 9; level++) {
        size_t n = pack(SPAN_LIT(json), level, text, sizeof(text));

        assert_int_equal(verify_at((struct span){text, n}, MADE_S), IM_OK);
    }
}

TEST(numbers_may_be_quoted)
{
    assert_int_equal(verify_signed("administrator", "1400000000", "1546300800", "15552000", NULL),
                     IM_OK);
    assert_int_equal(verify_signed("administrator", "1400000000", "1546300800", "0", "YWJj"),
                     IM_OK);
}

TEST(numbers_of_other_forms_are_malformed)
{
    static const char *const refused[] = {"",   "-1", "+1",          "1.0", "1e3", "0x1",
                                          " 1", "1 ", "12345678901", "a",   "1\\n"};

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(verify_signed("administrator", refused[i], "1", "1", NULL),
                         IM_ERR_SIG_MALFORMED);
        assert_int_equal(verify_signed("administrator", "1400000000", refused[i], "1", NULL),
                         IM_ERR_SIG_MALFORMED);
        assert_int_equal(
            verify_signed("administrator", "1400000000", "1546300800", refused[i], NULL),
            IM_ERR_SIG_MALFORMED);
    }
    assert_int_equal(
        verify_json(
            "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\",\"TLS.sdkappid\":"
            "1400000000.0,\"TLS.expire\":15552000,\"TLS.time\":1546300800," VECTOR_SIG_MEMBER),
        IM_ERR_SIG_MALFORMED);
}

TEST(identifiers_and_userbufs_outside_their_bounds_are_malformed)
{
    assert_int_equal(verify_signed("", "1400000000", "1546300800", "1", NULL),
                     IM_ERR_SIG_MALFORMED);
    assert_int_equal(
        verify_signed("123456789012345678901234567890123", "1400000000", "1546300800", "1", NULL),
        IM_ERR_SIG_MALFORMED);
    /* A line end would let one line of what is signed pass for two. */
    assert_int_equal(verify_signed("a\\nTLS.sdkappid:1", "1400000000", "1546300800", "1", NULL),
                     IM_ERR_SIG_MALFORMED);
    assert_int_equal(verify_signed("\xc3\xa9", "1400000000", "1546300800", "1", NULL),
                     IM_ERR_SIG_MALFORMED);
    assert_int_equal(verify_signed("administrator", "1400000000", "1546300800", "1", "YWJ"),
                     IM_ERR_SIG_MALFORMED);
    assert_int_equal(verify_signed("administrator", "1400000000", "1546300800", "1", "YW*j"),
                     IM_ERR_SIG_MALFORMED);
}

TEST(a_document_that_lacks_something_is_malformed)
{
    static const char *const refused[] = {
        "[]",
        "{}",
        "\"TLS.ver\"",
        "{\"TLS.ver\":\"2.0\"",
        "{\"TLS.identifier\":\"administrator\"," NUMBERS VECTOR_SIG_MEMBER,
        "{\"TLS.ver\":2.0,\"TLS.identifier\":\"administrator\"," NUMBERS VECTOR_SIG_MEMBER,
        "{\"TLS.ver\":\"2.1\",\"TLS.identifier\":\"administrator\"," NUMBERS VECTOR_SIG_MEMBER,
        "{\"TLS.ver\":\"2.0\"," NUMBERS VECTOR_SIG_MEMBER,
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":1," NUMBERS VECTOR_SIG_MEMBER,
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\"," NUMBERS "\"TLS.sig\":\"\"}",
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\"," NUMBERS
        "\"TLS.sig\":\"GXXzatJA\"}",
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\"," NUMBERS "\"TLS.sig\":null}",
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\"," NUMBERS
        "\"TLS.userbuf\":1," VECTOR_SIG_MEMBER,
    };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_int_equal(verify_json(refused[i]), IM_ERR_SIG_MALFORMED);
}

TEST(a_version_1_document_is_told_apart)
{
    assert_int_equal(
        verify_json(
            "{\"TLS.account_type\":\"0\",\"TLS.appid_at_3rd\":\"0\",\"TLS.expire_after\":"
            "\"86400\",\"TLS.identifier\":\"administrator\",\"TLS.sdk_appid\":\"1400000000\","
            "\"TLS.sig\":\"MEUCIQ==\",\"TLS.time\":\"1546300800\",\"TLS.version\":"
            "\"201512300000\"}"),
        IM_ERR_SIG_V1);
    assert_int_equal(verify_json("{\"TLS.version\":\"201512300000\"}"), IM_ERR_SIG_V1);
}

TEST(texts_that_are_no_packed_document_are_malformed)
{
    char text[sizeof(VECTOR) + 8];
    size_t n = sizeof(VECTOR) - 1;

    assert_int_equal(verify_at(SPAN_LIT(""), MADE_S), IM_ERR_SIG_EMPTY);
    assert_int_equal(verify_at(SPAN_LIT("a"), MADE_S), IM_ERR_SIG_MALFORMED);
    assert_int_equal(verify_at(SPAN_LIT("abcd"), MADE_S), IM_ERR_SIG_MALFORMED);
    for (size_t i = 1; i < n; i++)
        assert_int_equal(verify_at((struct span){VECTOR, i}, MADE_S), IM_ERR_SIG_MALFORMED);
    for (size_t i = 0; i < n; i++) {
        memcpy(text, VECTOR, n);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(verify_at((struct span){text, n}, MADE_S), IM_OK);
    }
    /* Bytes behind the zlib stream. */
    memcpy(text, VECTOR, n - 4);
    memcpy(text + n - 4, "mAAAAAAA", 8);
    assert_int_equal(verify_at((struct span){text, n + 4}, MADE_S), IM_ERR_SIG_MALFORMED);
}

/* ---- bounds ---- */

static bool unpacks(size_t json_bytes, size_t room)
{
    static char json[70000], into[70000];
    unsigned char packed[1024];
    uLongf n = sizeof(packed);
    size_t got = 0;

    memset(json, 'a', json_bytes);
    assert_int_equal(compress2(packed, &n, (const Bytef *)json, json_bytes, 9), Z_OK);
    into[room] = 'x';
    if (!inflate_bounded(span_make(packed, n), into, room, &got))
        return false;
    assert_int_equal(got, json_bytes);
    assert_memory_equal(into, json, json_bytes);
    assert_int_equal(into[room], 'x');
    return true;
}

TEST(inflating_stops_at_its_room)
{
    assert_true(unpacks(4095, 4096));
    assert_true(unpacks(4096, 4096));
    assert_false(unpacks(4097, 4096));
    assert_false(unpacks(65536, 4096));
    assert_true(unpacks(65536, 65536));
    assert_true(unpacks(1, 4096));
}

TEST(a_text_over_2048_bytes_is_malformed_unread)
{
    static const char json[] =
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\"," NUMBERS VECTOR_SIG_MEMBER;
    char padded[3000], text[4096];
    size_t n;

    memset(padded, ' ', sizeof(padded));
    memcpy(padded, json, sizeof(json) - 1);
    n = pack((struct span){padded, 1525}, 0, text, sizeof(text));
    assert_int_equal(n, USERSIG_MAX_TEXT);
    assert_int_equal(verify_at((struct span){text, n}, MADE_S), IM_OK);
    n = pack((struct span){padded, 1528}, 0, text, sizeof(text));
    assert_int_equal(n, USERSIG_MAX_TEXT + 4);
    assert_int_equal(verify_at((struct span){text, n}, MADE_S), IM_ERR_SIG_MALFORMED);
}

TEST(what_cannot_be_verified_is_not_made)
{
    static const char bytes[USERSIG_MAX_JSON];
    struct usersig_key key = vector_key();
    struct buf made;

    buf_init(&made, 8192);
    assert_int_equal(usersig_make(&key, APP, SPAN_LIT(""), 1, 1, (struct span){0}, &made),
                     IM_ERR_INVALID);
    assert_int_equal(usersig_make(&key, APP, SPAN_LIT("a\n"), 1, 1, (struct span){0}, &made),
                     IM_ERR_INVALID);
    assert_int_equal(usersig_make(&key, APP, ADMIN, 10000000000, 1, (struct span){0}, &made),
                     IM_ERR_INVALID);
    assert_int_equal(usersig_make(&key, APP, ADMIN, 1, 10000000000, (struct span){0}, &made),
                     IM_ERR_INVALID);
    assert_int_equal(
        usersig_make(&key, APP, ADMIN, 1, 1, (struct span){bytes, sizeof(bytes)}, &made),
        IM_ERR_INVALID);
    assert_int_equal(made.n, 0);
    assert_int_equal(
        usersig_make(&key, APP, ADMIN, MADE_S, 9999999999, (struct span){bytes, 2048}, &made),
        IM_OK);
    assert_int_equal(verify_at(buf_span(&made), MADE_S), IM_OK);
    buf_release(&made);
}

/* ---- the checks, in their order ---- */

TEST(another_key_is_noticed_before_anything_else)
{
    struct usersig_key key;
    struct usersig_claims claims = {.sdkappid = 7};

    usersig_key_init(&key, SPAN_LIT("another"));
    assert_int_equal(
        usersig_verify(&key, 1, SPAN_LIT("bob"), SPAN_LIT(VECTOR), MADE_S + VALID_S + 1, &claims),
        IM_ERR_SIG_WRONG);
    assert_int_equal(claims.sdkappid, 7);
}

TEST(another_identifier_or_app_is_refused)
{
    struct usersig_key key = vector_key();
    struct usersig_claims claims;

    assert_int_equal(usersig_verify(&key, 1, SPAN_LIT("bob"), SPAN_LIT(VECTOR), MADE_S, &claims),
                     IM_ERR_SIG_IDENTIFIER);
    assert_int_equal(
        usersig_verify(&key, APP, SPAN_LIT("administrato"), SPAN_LIT(VECTOR), MADE_S, &claims),
        IM_ERR_SIG_IDENTIFIER);
    assert_int_equal(
        usersig_verify(&key, 1, ADMIN, SPAN_LIT(VECTOR), MADE_S + VALID_S + 1, &claims),
        IM_ERR_SIG_APP);
    /* An app number of ten digits that is this one modulo 2^32. */
    assert_int_equal(verify_signed("administrator", "5694967296", "1546300800", "1", NULL),
                     IM_ERR_SIG_APP);
}

TEST(a_usersig_is_valid_to_its_last_second)
{
    assert_int_equal(verify_at(SPAN_LIT(VECTOR), MADE_S + VALID_S), IM_OK);
    assert_int_equal(verify_at(SPAN_LIT(VECTOR), MADE_S + VALID_S + 1), IM_ERR_SIG_EXPIRED);
    /* The sum of the largest numbers does not wrap. */
    assert_int_equal(verify_signed("administrator", "1400000000", "1546300800", "9999999999", NULL),
                     IM_OK);
}

TEST(a_usersig_from_more_than_300_seconds_ahead_is_refused)
{
    assert_int_equal(verify_at(SPAN_LIT(VECTOR), MADE_S - 300), IM_OK);
    assert_int_equal(verify_at(SPAN_LIT(VECTOR), MADE_S - 301), IM_ERR_SIG_WRONG);
}

TEST(identifiers_are_1_to_32_printable_bytes)
{
    assert_true(identifier_valid(SPAN_LIT(" ~")));
    assert_true(identifier_valid(SPAN_LIT("12345678901234567890123456789012")));
    assert_false(identifier_valid(SPAN_LIT("123456789012345678901234567890123")));
    assert_false(identifier_valid(SPAN_LIT("")));
    assert_false(identifier_valid(SPAN_LIT("a\x1f")));
    assert_false(identifier_valid(SPAN_LIT("a\x7f")));
    assert_false(identifier_valid(SPAN_LIT("\xc3\xa9")));
    assert_false(identifier_valid(SPAN_LIT("a\0")));
}

int main(void)
{
    return RUN_TESTS(
        T(the_given_usersig_is_accepted), T(the_signatures_made_are_those_of_the_vectors),
        T(hmac_is_that_of_openssl_for_all_lengths_of_key_and_content),
        T(order_white_space_and_escapes_of_the_document_do_not_matter),
        T(every_compression_level_is_read), T(numbers_may_be_quoted),
        T(numbers_of_other_forms_are_malformed),
        T(identifiers_and_userbufs_outside_their_bounds_are_malformed),
        T(a_document_that_lacks_something_is_malformed), T(a_version_1_document_is_told_apart),
        T(texts_that_are_no_packed_document_are_malformed), T(inflating_stops_at_its_room),
        T(a_text_over_2048_bytes_is_malformed_unread), T(what_cannot_be_verified_is_not_made),
        T(another_key_is_noticed_before_anything_else), T(another_identifier_or_app_is_refused),
        T(a_usersig_is_valid_to_its_last_second),
        T(a_usersig_from_more_than_300_seconds_ahead_is_refused),
        T(identifiers_are_1_to_32_printable_bytes));
}
