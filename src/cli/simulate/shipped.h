/* The scenarios that are built into the program: those of scenarios/. Static memory. */
#ifndef CLI_SIMULATE_SHIPPED_H
#define CLI_SIMULATE_SHIPPED_H

#include <stddef.h>

/* A file; its name without .json is the scenario's id. */
struct shipped_scenario {
    const char *id;
    const unsigned char *bytes;
    size_t n;
};

/* Made from the files by cmake/embed.cmake, in the order of their names; ends with an id of NULL.
 */
extern const struct shipped_scenario shipped_scenarios[];

#endif
