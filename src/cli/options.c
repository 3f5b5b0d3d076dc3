#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/admin_client.h"
#include "core/usage/calendar.h"

static const struct cli_option *find(const struct cli_option *options, size_t count,
                                     struct span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is(name, options[i].name))
            return &options[i];
    }
    return NULL;
}

/* Takes the option at argv[*at] and its value; false after a complaint. */
static bool take(int argc, char **argv, int *at, const struct cli_option *options, size_t count,
                 const struct cli_option *own, size_t own_count)
{
    const char *text = argv[*at];
    const char *equals = strchr(text, '=');
    struct span name = {text, equals ? (size_t)(equals - text) : strlen(text)};
    const struct cli_option *option = find(options, count, name);

    if (!option)
        option = find(own, own_count, name);
    if (!option) {
        fprintf(stderr, "magpie: unknown option %.*s, see --help\n", SPAN_FMT(name));
        return false;
    }
    if (option->flag) {
        if (equals) {
            fprintf(stderr, "magpie: %s takes no value\n", option->name);
            return false;
        }
        *option->flag = true;
        return true;
    }
    if (!equals && *at + 1 >= argc) {
        fprintf(stderr, "magpie: %s needs a value\n", option->name);
        return false;
    }
    *option->value = equals ? equals + 1 : argv[++*at];
    return true;
}

int cli_options(int argc, char **argv, const char *help, const struct cli_option *options,
                size_t count, struct cli_common *common)
{
    bool wants_help = false;
    const char *server = NULL, *token = NULL;
    const struct cli_option own[] = {
        {"--data", &common->data, NULL}, {"--server", &server, NULL},   {"--token", &token, NULL},
        {"--json", NULL, &common->json}, {"--help", NULL, &wants_help}, {"-h", NULL, &wants_help},
    };

    *common = (struct cli_common){.data = "./data"};
    for (int at = 1; at < argc; at++) {
        if (argv[at][0] != '-') {
            fprintf(stderr, "magpie: unexpected \"%s\", see --help\n", argv[at]);
            return EXIT_USAGE;
        }
        if (!take(argc, argv, &at, options, count, own, sizeof(own) / sizeof(own[0])))
            return EXIT_USAGE;
        if (wants_help) {
            fputs(help, stdout);
            return 0;
        }
    }
    if (server)
        common->data = server;
    /* Where admin_call looks; scripts set it themselves, so that it is in no list of processes. */
    if (token)
        setenv(ADMIN_TOKEN_ENV, token, 1);
    if (server && strncmp(server, "http://", 7) != 0) {
        fprintf(stderr, "magpie: --server takes http://HOST:PORT, not \"%s\"\n", server);
        return EXIT_USAGE;
    }
    return -1;
}

int cli_missing(const char *subcommand, const char *option)
{
    fprintf(stderr, "magpie: %s needs %s, see `magpie %s --help`\n", subcommand, option,
            subcommand);
    return EXIT_USAGE;
}

bool cli_number(const char *option, const char *text, uint64_t max, uint64_t *ret_value)
{
    uint64_t value;

    if (!span_to_u64(span_of(text), &value) || value > max) {
        fprintf(stderr, "magpie: %s takes a whole number of at most %llu, not \"%s\"\n", option,
                (unsigned long long)max, text);
        return false;
    }
    *ret_value = value;
    return true;
}

bool cli_month(const char *option, const char *text)
{
    uint32_t month;

    if (month_parse(span_of(text), &month))
        return true;
    fprintf(stderr, "magpie: %s takes a month as YYYY-MM, not \"%s\"\n", option, text);
    return false;
}
