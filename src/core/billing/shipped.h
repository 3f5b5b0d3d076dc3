/* The plan files that are built into the program: those of plans/. Static memory, any thread. */
#ifndef CORE_BILLING_SHIPPED_H
#define CORE_BILLING_SHIPPED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define PLAN_DEFAULT "cloud-2018"

/* A plan file; its name without .json is the plan's id. */
struct shipped_plan {
    const char *id;
    const unsigned char *bytes;
    size_t n;
};

/* Made from the files by cmake/embed.cmake; ends with an id of NULL. */
extern const struct shipped_plan shipped_plans[];

/* The bytes of the plan file. False: none of this id is shipped. */
bool shipped_plan_find(struct span id, struct span *ret_file);

#endif
