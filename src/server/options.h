/* The command line of `magpie serve`. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

#define MAX_GATEWAYS 64u

/* Texts are borrowed from argv. */
struct serve_options {
    const char *data;
    const char *listen;
    const char *tls_listen, *tls_cert, *tls_key;
    const char *admin_listen; /* NULL: none */
    const char *ready_file;
    const char *zone;
    const char *plan;
    uint32_t gateways;
    uint32_t cache_mb;
    enum log_level log_level;
    bool private_webhooks; /* else warnings are posted to public addresses only */
};

/* False: the usage or the reason was printed to stderr; *ret_status is the exit status. */
bool options_parse(int argc, char **argv, struct serve_options *ret_options, int *ret_status);

#endif
