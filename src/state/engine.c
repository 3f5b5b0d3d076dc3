#include "state/engine.h"

#include "base/check.h"
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
