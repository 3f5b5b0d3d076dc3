/*
 * Any bytes as a ledger file: refused with a sentence that names a line, or checked to the end.
 * With a first byte of 1 the hashes are made anew over the lines that have the form of one, so that
 * what stands behind the chain is reached too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "core/ledger/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_finding(const struct ledger_verifier *verifier, enum im_err err)
{
    struct ledger_finding finding = ledger_finding(verifier);

    CHECK((err == IM_OK) == !finding.problem[0]);
    CHECK(strlen(finding.problem) < LEDGER_PROBLEM_BYTES);
    CHECK(finding.check_count <= LEDGER_MAX_CHECKS);
    for (const char *c = finding.problem; *c; c++)
        CHECK((unsigned char)*c >= 0x20);
    for (uint32_t i = 0; i < finding.check_count; i++)
        CHECK(finding.checks[i].item[0]);
}

/* A line whose hash fits, if it is one. */
static size_t mend(struct ledger_chain *chain, struct span text, char into[LEDGER_MAX_LINE])
{
    static struct ledger_frame frame;
    size_t n;

    if (text.n > LEDGER_MAX_LINE || !ledger_frame_read(text, &frame)) {
        n = text.n < LEDGER_MAX_LINE ? text.n : LEDGER_MAX_LINE;
        memcpy(into, text.p, n);
        return n;
    }
    ledger_hash(chain->hash, (struct span){frame.bytes, frame.byte_count}, chain->hash);
    memcpy(into, text.p, text.n);
    for (size_t i = 0; i < 32; i++) {
        char hex[3];

        snprintf(hex, sizeof(hex), "%02x", chain->hash[i]);
        memcpy(into + text.n - 66 + 2 * i, hex, 2);
    }
    return text.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ledger_verifier *verifier = ledger_verifier_new();
    struct span rest = {(const char *)data, n};
    static char line[LEDGER_MAX_LINE];
    struct ledger_chain chain;
    enum im_err err = IM_OK;
    bool mends = n && data[0] == 1;

    ledger_chain_start(&chain);
    if (mends)
        rest = (struct span){rest.p + 1, rest.n - 1};
    while (rest.n) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t bytes = end ? (size_t)(end - rest.p) : rest.n;
        struct span text = {rest.p, bytes};

        if (!end)
            break;
        if (mends)
            text = (struct span){line, mend(&chain, text, line)};
        ledger_verify_line(verifier, text);
        rest = (struct span){end + 1, rest.n - bytes - 1};
    }
    err = ledger_verify_end(verifier, rest.n == 0);
    check_finding(verifier, err);
    ledger_verifier_free(verifier);
    return 0;
}
