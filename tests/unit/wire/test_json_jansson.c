/* The scanner against another implementation, on the same texts. */
#include "support/test.h"
#include "unit/wire/jansson_compare.h"
#include "unit/wire/random.h"

#define MUTATIONS 300000
#define TEXT_ROOM 1024

static const char *const seeds[] = {
    "{\"SyncOtherMachine\":1,\"From_Account\":\"lumotuwe1\",\"To_Account\":\"lumotuwe2\","
    "\"MsgSeq\":93847636,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":"
    "\"hi, beauty\"}}],\"OfflinePushInfo\":{\"PushFlag\":0,\"Ext\":\"\"}}",
    "[1,-1,0,-0,1.5,1e3,1E+3,25e-1,1234567890123456789,9223372036854775807,1.0]",
    "{\"\":\"\",\"a\":null,\"b\":[true,false],\"a\":{},\"c\":[[],{}]}",
    "[\"\\u00e9\\u4f60\\ud83d\\ude00\\n\\t\\\\\\/\\\"\\b\\f\\r\",\"\\u0000\"]",
    "{\"\\u0061\":1,\"text\":\"\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 \xc3\xa9\"}",
    "  [ 1 , 2 ,\t{ \"k\" :\r\n[ ] } ]  ",
    "\"just a string of more than sixteen bytes, for the long steps\"",
    "-12.25e-2",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
};

static const char *const edges[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "[1,]",
    "[,1]",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{'a':1}",
    "[1 2]",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "tru",
    "truex",
    "nul",
    "null ",
    "True",
    "01",
    "-01",
    "00",
    "-",
    "+1",
    ".5",
    "1.",
    "1.e1",
    "1e",
    "1e+",
    "1e-",
    "0x1",
    "1a",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1e-400",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "\"",
    "\"\\",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\ud800\"",
    "\"\\ud800x\"",
    "\"\\ud800\\n\"",
    "\"\\ud800\\ud800\"",
    "\"\\udc00\"",
    "\"\\udc00\\ud800\"",
    "\"\\uD83D\\uDE00\"",
    "\"\x01\"",
    "\"\n\"",
    "\"\t\"",
    "\"\x7f\"",
    "\"\x80\"",
    "\"\xc0\x80\"",
    "\"\xc1\xbf\"",
    "\"\xc2\"",
    "\"\xc2\x80\"",
    "\"\xe0\x80\x80\"",
    "\"\xe0\x9f\xbf\"",
    "\"\xe0\xa0\x80\"",
    "\"\xed\x9f\xbf\"",
    "\"\xed\xa0\x80\"",
    "\"\xed\xbf\xbf\"",
    "\"\xee\x80\x80\"",
    "\"\xef\xbf\xbf\"",
    "\"\xf0\x80\x80\x80\"",
    "\"\xf0\x8f\xbf\xbf\"",
    "\"\xf0\x90\x80\x80\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xf5\x80\x80\x80\"",
    "\"\xff\"",
    "\"\xf0\x9f\x98\"",
    "\"\xe4\xbd\"",
    "\xef\xbb\xbf{}",
    "{}{}",
    "[] []",
    "1 1",
    "// x\n1",
    "/**/1",
    "[1]//",
    "\f1",
    "\v1",
    "{\"a\":1,\"a\":2}",
    "{\"\\u0061\":1,\"a\":2}",
    "\"\\/\"",
    "[\"\\u0000\"]",
    "{\"\\u0000\":1}",
    "[1.0,1e3,10e-1,1e0,-0.0,-0]",
    "[\"a\",]",
    "[]]",
    "{}}",
};

TEST(edge_cases_are_read_as_jansson_reads_them)
{
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        if (!compare_text(span_of(edges[i])))
            fail_msg("disagreement on %s", edges[i]);
    }
}

/* Each prefix lies in memory of its own size, so that a sanitizer sees reads behind it. */
TEST(every_prefix_of_a_document_is_judged_alike)
{
    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        for (size_t n = 0; n <= strlen(seeds[i]); n++) {
            char *copy = malloc(n + 1);

            memcpy(copy, seeds[i], n);
            copy = realloc(copy, n ? n : 1);
            assert_true(compare_text((struct span){copy, n}));
            free(copy);
        }
    }
}

static size_t mutate(struct random *random, char *text, size_t n)
{
    static const char tokens[] = "{}[]:,\"\\ue0123456789-+.tfn \n\x80\xe4\xbd\xa0\xf0\xff";
    size_t at = random_below(random, n + 1);
    size_t span = random_below(random, 8) + 1;

    switch (random_below(random, 4)) {
    case 0: /* change */
        if (at < n)
            text[at] = tokens[random_below(random, sizeof(tokens))];
        return n;
    case 1: /* insert */
        if (n == TEXT_ROOM)
            return n;
        memmove(text + at + 1, text + at, n - at);
        text[at] = tokens[random_below(random, sizeof(tokens))];
        return n + 1;
    case 2: /* cut out */
        if (span > n - at)
            return n;
        memmove(text + at, text + at + span, n - at - span);
        return n - span;
    default: /* double */
        if (span > n - at || n + span > TEXT_ROOM)
            return n;
        memmove(text + at + span, text + at, n - at);
        return n + span;
    }
}

TEST(mutated_documents_are_read_as_jansson_reads_them)
{
    struct random random = {20240607};
    char text[TEXT_ROOM];

    for (unsigned i = 0; i < MUTATIONS; i++) {
        const char *seed = seeds[i % (sizeof(seeds) / sizeof(seeds[0]))];
        size_t n = strlen(seed);
        size_t steps = random_below(&random, 4) + 1;

        memcpy(text, seed, n);
        while (steps--)
            n = mutate(&random, text, n);
        if (!compare_text((struct span){text, n}))
            fail_msg("disagreement on %.*s", (int)n, text);
    }
}

int main(void)
{
    return RUN_TESTS(T(edge_cases_are_read_as_jansson_reads_them),
                     T(every_prefix_of_a_document_is_judged_alike),
                     T(mutated_documents_are_read_as_jansson_reads_them));
}
