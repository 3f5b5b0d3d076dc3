#include "support/ledger_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/test.h"

uint32_t ledger_lines_export(struct shard_fixture *f, const char *month,
                             struct ledger_lines *ret_lines)
{
    char cursor[LEDGER_MAX_LINE] = "";
    uint32_t pages = 0;

    ret_lines->count = 0;
    do {
        size_t count;

        fixture_operator(f, "admin.usage_export", "{\"app\":%u,\"month\":\"%s\",\"cursor\":\"%s\"}",
                         f->app.v, month, cursor);
        count = fixture_count(f, "Result.lines");
        for (size_t i = 0; i < count; i++) {
            char path[48];

            snprintf(path, sizeof(path), "Result.lines.%zu", i);
            assert_true(ret_lines->count < LEDGER_FILE_LINES);
            ret_lines->of[ret_lines->count++] = mem_strdup(fixture_text(f, path));
        }
        cursor[0] = 0;
        if (fixture_at(f, "Result.next").type == JSON_STRING)
            snprintf(cursor, sizeof(cursor), "%s", fixture_text(f, "Result.next"));
        pages++;
    } while (cursor[0]);
    return pages;
}

void ledger_lines_release(struct ledger_lines *lines)
{
    while (lines->count)
        free(lines->of[--lines->count]);
}

void ledger_lines_copy(const struct ledger_lines *lines, struct ledger_lines *ret_copy)
{
    ret_copy->count = lines->count;
    for (uint32_t i = 0; i < lines->count; i++)
        ret_copy->of[i] = mem_strdup(lines->of[i]);
}

bool ledger_lines_equal(const struct ledger_lines *a, const struct ledger_lines *b, uint32_t count)
{
    if (a->count < count || b->count < count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(a->of[i], b->of[i]) != 0)
            return false;
    }
    return true;
}

uint32_t ledger_lines_find(const struct ledger_lines *lines, const char *part)
{
    for (uint32_t i = 0; i < lines->count; i++) {
        if (strstr(lines->of[i], part))
            return i;
    }
    fail_msg("no line has %s", part);
    return 0;
}

void ledger_lines_replace(struct ledger_lines *lines, uint32_t line, const char *part,
                          const char *with)
{
    char *at = strstr(lines->of[line], part), *text;
    size_t room = strlen(lines->of[line]) + strlen(with) + 1;

    if (!at)
        fail_msg("%s is not in %s", part, lines->of[line]);
    text = mem_alloc(room);
    snprintf(text, room, "%.*s%s%s", (int)(at - lines->of[line]), lines->of[line], with,
             at + strlen(part));
    free(lines->of[line]);
    lines->of[line] = text;
}

void ledger_lines_remove(struct ledger_lines *lines, uint32_t line)
{
    free(lines->of[line]);
    lines->count--;
    memmove(&lines->of[line], &lines->of[line + 1], (lines->count - line) * sizeof(char *));
}

void ledger_lines_insert(struct ledger_lines *lines, uint32_t at, const char *text)
{
    assert_true(lines->count < LEDGER_FILE_LINES);
    memmove(&lines->of[at + 1], &lines->of[at], (lines->count - at) * sizeof(char *));
    lines->of[at] = mem_strdup(text);
    lines->count++;
}

void ledger_lines_chain(struct ledger_lines *lines)
{
    struct ledger_chain chain;

    ledger_chain_start(&chain);
    for (uint32_t i = 0; i < lines->count; i++) {
        const char *behind_n = strchr(lines->of[i], ',');
        const char *hash = strstr(lines->of[i], ",\"hash\":\"");
        char *text = mem_alloc(LEDGER_MAX_LINE + 128);
        int n;

        assert_true(behind_n && hash);
        n = snprintf(text, LEDGER_MAX_LINE, "{\"n\":%u%.*s}", i + 1, (int)(hash - behind_n),
                     behind_n);
        ledger_hash(chain.hash, (struct span){text, (size_t)n}, chain.hash);
        n--;
        n += snprintf(text + n, 16, ",\"hash\":\"");
        for (int byte = 0; byte < 32; byte++)
            n += snprintf(text + n, 4, "%02x", chain.hash[byte]);
        snprintf(text + n, 4, "\"}");
        free(lines->of[i]);
        lines->of[i] = text;
    }
}

struct ledger_verifier *ledger_lines_verify(const struct ledger_lines *lines)
{
    struct ledger_verifier *verifier = ledger_verifier_new();

    for (uint32_t i = 0; i < lines->count; i++)
        ledger_verify_line(verifier, span_of(lines->of[i]));
    ledger_verify_end(verifier, true);
    return verifier;
}

void ledger_lines_hold(const struct ledger_lines *lines)
{
    struct ledger_verifier *verifier = ledger_lines_verify(lines);
    struct ledger_finding finding = ledger_finding(verifier);

    for (uint32_t i = 0; i < finding.check_count; i++) {
        if (!finding.checks[i].fits)
            print_error("%s: %s in the file, %s found\n", finding.checks[i].item,
                        finding.checks[i].file, finding.checks[i].found);
    }
    assert_string_equal(finding.problem, "");
    assert_int_equal(finding.differing, 0);
    assert_true(finding.check_count > 0);
    ledger_verifier_free(verifier);
}

uint32_t ledger_lines_differ(const struct ledger_lines *lines)
{
    struct ledger_verifier *verifier = ledger_lines_verify(lines);
    struct ledger_finding finding = ledger_finding(verifier);
    uint32_t differing = finding.differing;

    assert_string_equal(finding.problem, "");
    ledger_verifier_free(verifier);
    return differing;
}
