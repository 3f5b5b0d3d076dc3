#include "cli/price_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/billing/shipped.h"

bool price_complain(const char *about, const char *what)
{
    fprintf(stderr, "magpie price: %s%s%s\n", about, *about ? ": " : "", what);
    return false;
}

/* A file of at most max_bytes + 1, so that its parser sees one that is too large. */
static bool read_file(const char *path, size_t max_bytes, struct buf *into)
{
    FILE *file = fopen(path, "re");
    size_t n;
    bool failed;

    if (!file)
        return price_complain(path, strerrordesc_np(errno));
    buf_reserve(into, max_bytes + 1);
    n = fread(into->p, 1, max_bytes + 1, file);
    into->n = n;
    failed = ferror(file) != 0;
    fclose(file);
    return !failed || price_complain(path, "cannot be read");
}

bool price_is_path(const char *plan)
{
    size_t n = strlen(plan);

    return strchr(plan, '/') || (n > 5 && strcmp(plan + n - 5, ".json") == 0);
}

bool price_plan(const char *name, struct plan *ret_plan)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct span shipped;
    struct buf file;
    bool loaded = true;

    buf_init(&file, PLAN_MAX_BYTES + 1);
    if (price_is_path(name)) {
        loaded = read_file(name, PLAN_MAX_BYTES, &file);
        shipped = buf_span(&file);
    } else if (!shipped_plan_find(span_of(name), &shipped)) {
        loaded = price_complain(name, "no such plan is shipped; a plan file is named by its path");
    }
    if (loaded && plan_parse(shipped, ret_plan, problem))
        loaded = price_complain(name, problem);
    buf_release(&file);
    return loaded;
}

bool price_contract(const char *path, const struct plan *plan, struct contract *ret_contract)
{
    char problem[PLAN_PROBLEM_BYTES];
    struct buf file;
    bool loaded;

    buf_init(&file, CONTRACT_MAX_BYTES + 1);
    loaded = read_file(path, CONTRACT_MAX_BYTES, &file);
    if (loaded && (contract_parse(buf_span(&file), ret_contract, problem) ||
                   !contract_fits(ret_contract, plan, problem)))
        loaded = price_complain(path, problem);
    buf_release(&file);
    return loaded;
}
