#include "server/exposition.h"

#include "support/test.h"

#define MAX ((size_t)64 << 10)

static void assert_text(struct buf *text, const char *expected)
{
    buf_add_char(text, '\0');
    assert_string_equal(text->p, expected);
    buf_reset(text);
}

TEST(a_metric_has_its_help_and_its_type_before_its_samples)
{
    const struct label labels[] = {{"gateway", SPAN_LIT("0")}, {"kind", SPAN_LIT("ws")}};
    struct buf text;

    buf_init(&text, MAX);
    exposition_head(&text, "magpie_connections", METRIC_GAUGE, "Connections.");
    exposition_number(&text, "magpie_connections", labels, 2, 18446744073709551615u);
    exposition_number(&text, "magpie_connections", NULL, 0, 0);
    assert_text(&text, "# HELP magpie_connections Connections.\n"
                       "# TYPE magpie_connections gauge\n"
                       "magpie_connections{gateway=\"0\",kind=\"ws\"} 18446744073709551615\n"
                       "magpie_connections 0\n");
    buf_release(&text);
}

TEST(a_label_escapes_quotes_backslashes_and_new_lines_and_a_help_no_quotes)
{
    const struct label label = {"name", SPAN_LIT("a\"b\\c\nd\xe5\x90\x8d\\\"")};
    struct buf text;

    buf_init(&text, MAX);
    exposition_number(&text, "m", &label, 1, 1);
    assert_text(&text, "m{name=\"a\\\"b\\\\c\\nd\xe5\x90\x8d\\\\\\\"\"} 1\n");
    exposition_head(&text, "m", METRIC_COUNTER, "a \"b\" \\ c\nd");
    assert_text(&text, "# HELP m a \"b\" \\\\ c\\nd\n# TYPE m counter\n");
    buf_release(&text);
}

TEST(seconds_have_no_more_digits_than_they_need)
{
    static const struct {
        uint64_t us;
        const char *text;
    } cases[] = {{0, "m 0\n"},           {1, "m 0.000001\n"},
                 {50, "m 0.00005\n"},    {1000000, "m 1\n"},
                 {10500000, "m 10.5\n"}, {1795435707933467, "m 1795435707.933467\n"}};
    struct buf text;

    buf_init(&text, MAX);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        exposition_seconds(&text, "m", NULL, 0, cases[i].us);
        assert_text(&text, cases[i].text);
    }
    buf_release(&text);
}

TEST(buckets_are_cumulative_and_the_last_is_the_count)
{
    const struct label label = {"gateway", SPAN_LIT("1")};
    struct durations durations = {0};
    struct durations_read read;
    struct buf text;

    durations_add(&durations, 0);
    durations_add(&durations, 50);
    durations_add(&durations, 51);
    durations_add(&durations, 5000000);
    durations_add(&durations, 5000001);
    durations_read(&durations, &read);
    buf_init(&text, MAX);
    exposition_histogram(&text, "m", &label, 1, &read);
    assert_text(&text, "m_bucket{gateway=\"1\",le=\"0.00005\"} 2\n"
                       "m_bucket{gateway=\"1\",le=\"0.0001\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.00025\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.0005\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.001\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.0025\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.005\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.01\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.025\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.05\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.1\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"0.25\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"1\"} 3\n"
                       "m_bucket{gateway=\"1\",le=\"5\"} 4\n"
                       "m_bucket{gateway=\"1\",le=\"+Inf\"} 5\n"
                       "m_sum{gateway=\"1\"} 10.000102\n"
                       "m_count{gateway=\"1\"} 5\n");
    exposition_histogram(&text, "m", NULL, 0, &read);
    assert_non_null(
        memmem(text.p, text.n, "m_bucket{le=\"+Inf\"} 5\nm_sum 10.000102\nm_count 5\n", 48));
    buf_release(&text);
}

int main(void)
{
    return RUN_TESTS(T(a_metric_has_its_help_and_its_type_before_its_samples),
                     T(a_label_escapes_quotes_backslashes_and_new_lines_and_a_help_no_quotes),
                     T(seconds_have_no_more_digits_than_they_need),
                     T(buckets_are_cumulative_and_the_last_is_the_count));
}
