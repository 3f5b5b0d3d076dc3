#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p, size_t size)
{
    if (!p) {
        fprintf(stderr, "magpie: out of memory, %zu bytes asked for\n", size);
        abort();
    }
    return p;
}

void *mem_alloc(size_t size)
{
    return checked(malloc(size ? size : 1), size);
}

void *mem_zalloc(size_t size)
{
    return checked(calloc(1, size ? size : 1), size);
}

void *mem_realloc(void *p, size_t size)
{
    return checked(realloc(p, size ? size : 1), size);
}

char *mem_strdup(const char *text)
{
    return checked(strdup(text), strlen(text));
}
