/* Any bytes: jansson and the scanner accept the same documents and read the same values. */
#include "../unit/wire/jansson_compare.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make(data, size);
    struct arena arena;

    CHECK(compare_text(text));
    if (utf8_valid(text)) {
        arena_init(&arena);
        CHECK(compare_rewritten(text, &arena));
        arena_release(&arena);
    }
    return 0;
}
