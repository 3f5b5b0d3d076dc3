/* Command line options: "--name value", "--name=value" and flags. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_USAGE = 2 };

/* One option: takes a value into *value, or sets *flag. */
struct cli_option {
    const char *name; /* with its dashes */
    const char **value;
    bool *flag;
};

/* Of these, in help texts. */
#define ADMIN_COMMON_HELP                                                         \
    "  --data DIR    the data directory of the running server (default ./data)\n" \
    "  --server URL  http://HOST:PORT of an admin API instead, with a token:\n"   \
    "  --token T     better in the environment, as MAGPIE_TOKEN\n"                \
    "  --json        print JSON\n"

/* What every subcommand that asks the server takes. */
struct cli_common {
    const char *data; /* for admin_call: the data directory, or the URL of --server */
    bool json;
};

/*
 * Reads argv[1..] into the options, --data and --json. Returns -1 to go on; else the exit status:
 * 0 after --help (prints `help`), EXIT_USAGE after a complaint on stderr.
 */
int cli_options(int argc, char **argv, const char *help, const struct cli_option *options,
                size_t count, struct cli_common *common);

/* Complains about a missing option on stderr; always EXIT_USAGE. */
int cli_missing(const char *subcommand, const char *option);

/* "1400000001" and the like; false after a complaint on stderr. */
bool cli_number(const char *option, const char *text, uint64_t max, uint64_t *ret_value);
/* "2026-11"; false after a complaint on stderr. */
bool cli_month(const char *option, const char *text);

#endif
