/* `magpie bill verify`: a bill, worked out anew from a ledger file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/ledger.h"
#include "cli/options.h"
#include "core/ledger/verify.h"
#include "core/usage/calendar.h"
#include "wire/json.h"

static const char help[] =
    "usage: magpie bill verify FILE [--expect-hash H] [--json]\n"
    "\n"
    "Reads what `magpie usage export` wrote, without a server: finds every changed, missing,\n"
    "doubled or moved line, counts the logins of each day anew, works the bill out from the plan\n"
    "and compares it line by line. Exit status 0 only if everything holds.\n"
    "\n"
    "  --expect-hash H  the end hash must be this one, noted when the file was made\n"
    "  --json           print JSON\n";

enum { EXIT_DIFFERS = 1 };

/* Every line of the file, and whether the last one is whole; false after a complaint. */
static bool read_lines(struct ledger_verifier *verifier, FILE *in, const char *path)
{
    char *line = mem_alloc(LEDGER_MAX_LINE + 2);
    size_t n = 0;
    int c;

    while ((c = getc_unlocked(in)) != EOF) {
        if (c == '\n') {
            if (ledger_verify_line(verifier, (struct span){line, n}) != IM_OK)
                break;
            n = 0;
            continue;
        }
        /* One byte too many is enough to be refused. */
        if (n <= LEDGER_MAX_LINE)
            line[n++] = (char)c;
    }
    free(line);
    if (ferror(in)) {
        fprintf(stderr, "magpie: cannot read %s: %s\n", path, strerror(errno));
        return false;
    }
    if (c == EOF)
        ledger_verify_end(verifier, n == 0);
    return true;
}

/* ---- what was found ---- */

static void hash_text(const uint8_t hash[32], char into[65])
{
    for (size_t i = 0; i < 32; i++)
        snprintf(into + 2 * i, 3, "%02x", hash[i]);
}

static void print_table(const struct ledger_finding *finding)
{
    printf("%-28s %28s %28s\n", "item", "in the file", "recomputed");
    for (uint32_t i = 0; i < finding->check_count; i++) {
        const struct ledger_check *check = &finding->checks[i];

        printf("%-28s %28s %28s  %s\n", check->item, check->file, check->found,
               check->fits ? "ok" : "DIFFERS");
    }
}

static void put_member(struct buf *into, const char *name, const char *text)
{
    buf_printf(into, ",\"%s\":", name);
    json_put_string(into, span_of(text));
}

static void print_json(const struct ledger_finding *finding, const char *problem, const char *hash)
{
    struct buf text;

    buf_init(&text, 256 << 10);
    buf_printf(&text, "{\"holds\":%s", problem[0] || finding->differing ? "false" : "true");
    if (problem[0])
        put_member(&text, "problem", problem);
    buf_printf(&text, ",\"sdkappid\":%u,\"final\":%s,\"lines\":%llu", finding->app.v,
               finding->is_final ? "true" : "false", (unsigned long long)finding->lines);
    put_member(&text, "end_hash", hash);
    BUF_LIT(&text, ",\"checks\":[");
    for (uint32_t i = 0; i < finding->check_count; i++) {
        const struct ledger_check *check = &finding->checks[i];

        buf_add_span(&text, i ? SPAN_LIT(",{") : SPAN_LIT("{"));
        buf_printf(&text, "\"holds\":%s", check->fits ? "true" : "false");
        put_member(&text, "item", check->item);
        put_member(&text, "file", check->file);
        put_member(&text, "recomputed", check->found);
        BUF_LIT(&text, "}");
    }
    BUF_LIT(&text, "]}\n");
    fwrite(text.p, 1, text.n, stdout);
    buf_release(&text);
}

static void print_text(const struct ledger_finding *finding, const char *problem, const char *hash,
                       const char *path)
{
    char month[CALENDAR_TEXT_BYTES];

    if (finding->app.v)
        printf("app %u, month %s%s\n\n", finding->app.v, month_format(finding->month, month),
               finding->is_final ? "" : ": not closed, up to the last day that was over");
    if (finding->check_count)
        print_table(finding);
    if (problem[0]) {
        printf("\nDOES NOT HOLD: %s\n", problem);
        return;
    }
    printf("\n%llu lines, end hash %s\n", (unsigned long long)finding->lines, hash);
    if (finding->differing)
        printf("DOES NOT HOLD: %u of the items above differ in %s\n", finding->differing, path);
    else
        printf("everything holds\n");
}

static int report(const struct ledger_verifier *verifier, const char *expected, bool json,
                  const char *path)
{
    struct ledger_finding finding = ledger_finding(verifier);
    char hash[65], problem[LEDGER_PROBLEM_BYTES];

    hash_text(finding.end_hash, hash);
    snprintf(problem, sizeof(problem), "%s", finding.problem);
    if (!problem[0] && expected && strcmp(expected, hash) != 0)
        snprintf(problem, sizeof(problem), "the end hash is %s, not the expected one", hash);
    if (json)
        print_json(&finding, problem, hash);
    else
        print_text(&finding, problem, hash, path);
    return problem[0] || finding.differing ? EXIT_DIFFERS : 0;
}

int cli_bill_verify(int argc, char **argv)
{
    const char *path = NULL, *expected = NULL;
    const struct cli_option options[] = {{"--expect-hash", &expected, NULL}};
    struct ledger_verifier *verifier;
    struct cli_common common;
    uint8_t hash[32];
    int status;
    FILE *in;

    /* The file stands in front of the options. */
    if (argc > 1 && argv[1][0] != '-') {
        path = argv[1];
        argv++;
        argc--;
    }
    status = cli_options(argc, argv, help, options, 1, &common);
    if (status >= 0)
        return status;
    if (!path)
        return cli_missing("bill verify", "FILE");
    if (expected && !ledger_hash_parse(span_of(expected), hash)) {
        fprintf(stderr, "magpie: --expect-hash takes 64 hexadecimal digits\n");
        return EXIT_USAGE;
    }
    in = fopen(path, "re");
    if (!in) {
        fprintf(stderr, "magpie: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_DIFFERS;
    }
    verifier = ledger_verifier_new();
    status = read_lines(verifier, in, path) ? report(verifier, expected, common.json, path)
                                            : EXIT_DIFFERS;
    ledger_verifier_free(verifier);
    fclose(in);
    return status;
}
