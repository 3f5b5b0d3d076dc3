#include "state/engine.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/mem.h"
#include "state/state.h"

bool engine_prefix_end(struct span prefix, char *ret_end, size_t *ret_n)
{
    size_t n = prefix.n;

    CHECK(n <= STATE_MAX_KEY);
    while (n > 0 && (unsigned char)prefix.p[n - 1] == 0xff)
        n--;
    if (n == 0)
        return false;
    memcpy(ret_end, prefix.p, n);
    ret_end[n - 1]++;
    *ret_n = n;
    return true;
}

/* Eight bytes of the key stand beside the pointer: most comparisons end there. */
struct sorted {
    uint64_t head;
    const struct state_change *change;
};

static int compare_sorted(const void *a, const void *b)
{
    const struct sorted *x = a;
    const struct sorted *y = b;
    int order;

    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    order = span_compare(x->change->key, y->change->key);
    if (order)
        return order;
    return (x->change > y->change) - (x->change < y->change);
}

/* Of several changes of one key the last counts. */
static bool is_superseded(const struct sorted *sorted, size_t i, size_t n)
{
    return i + 1 < n && sorted[i].head == sorted[i + 1].head &&
           span_eq(sorted[i].change->key, sorted[i + 1].change->key);
}

const struct state_change **engine_sort_changes(const struct state_change *changes, size_t n,
                                                size_t *ret_n)
{
    struct sorted *sorted = mem_alloc((n + 1) * sizeof(*sorted));
    const struct state_change **result = mem_alloc((n + 1) * sizeof(*result));
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        char head[8] = {0};

        memcpy(head, changes[i].key.p, changes[i].key.n < 8 ? changes[i].key.n : 8);
        sorted[i] = (struct sorted){get_be64(head), &changes[i]};
    }
    qsort(sorted, n, sizeof(*sorted), compare_sorted);
    for (size_t i = 0; i < n; i++) {
        if (!is_superseded(sorted, i, n))
            result[count++] = sorted[i].change;
    }
    free(sorted);
    *ret_n = count;
    return result;
}
