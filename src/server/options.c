#include "server/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "core/usage/calendar.h"

#define ADMIN_LISTEN_DEFAULT "127.0.0.1:8501"

static const char usage[] =
    "usage: magpie serve --data DIR --listen ADDR:PORT [options]\n"
    "  --data DIR               where everything is kept; created if it does not exist\n"
    "  --listen ADDR:PORT       HTTP and WebSocket; port 0 picks one\n"
    "  --tls-listen ADDR:PORT   HTTPS and WebSocket over TLS\n"
    "  --tls-cert FILE          PEM chain, with --tls-listen\n"
    "  --tls-key FILE           PEM key, with --tls-listen\n"
    "  --admin-listen ADDR:PORT the admin API, or none (default: " ADMIN_LISTEN_DEFAULT ")\n"
    "  --ready-file FILE        written with the addresses once connections are accepted\n"
    "  --gateways N             threads that serve clients, 1 to 64 (default: half the cores)\n"
    "  --zone NAME              days and months of usage and bills (default: Asia/Shanghai)\n"
    "  --plan FILE              price plan of new apps (default: the one built in)\n"
    "  --cache-mb N             rows kept in memory, 16 to 65536 (default: 256)\n"
    "  --webhooks WHERE         where warnings are posted: public addresses, or any (default: "
    "public)\n"
    "  --log-level LEVEL        debug, info, warn or error (default: info)\n";

static bool refuse(const char *option, const char *why, int *ret_status)
{
    fprintf(stderr, "magpie serve: %s %s\n", option, why);
    *ret_status = 2;
    return false;
}

static bool to_number(const char *text, uint32_t least, uint32_t most, uint32_t *ret)
{
    uint64_t number;

    if (!span_to_u64(span_of(text), &number) || number < least || number > most)
        return false;
    *ret = (uint32_t)number;
    return true;
}

static bool to_level(const char *text, enum log_level *ret)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};

    for (int i = 0; i < 4; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static bool to_webhooks(const char *text, bool *ret_private)
{
    *ret_private = strcmp(text, "any") == 0;
    return *ret_private || strcmp(text, "public") == 0;
}

static const char **text_option(struct serve_options *options, const char *name)
{
    const struct {
        const char *name;
        const char **value;
    } texts[] = {
        {"--data", &options->data},
        {"--listen", &options->listen},
        {"--tls-listen", &options->tls_listen},
        {"--tls-cert", &options->tls_cert},
        {"--tls-key", &options->tls_key},
        {"--admin-listen", &options->admin_listen},
        {"--ready-file", &options->ready_file},
        {"--zone", &options->zone},
        {"--plan", &options->plan},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(name, texts[i].name) == 0)
            return texts[i].value;
    }
    return NULL;
}

static bool take_option(struct serve_options *options, const char *name, const char *value,
                        int *ret_status)
{
    const char **text = text_option(options, name);

    if (text) {
        *text = value;
        return true;
    }
    if (strcmp(name, "--gateways") == 0)
        return to_number(value, 1, MAX_GATEWAYS, &options->gateways) ||
               refuse(name, "takes a number from 1 to 64", ret_status);
    if (strcmp(name, "--cache-mb") == 0)
        return to_number(value, 16, 65536, &options->cache_mb) ||
               refuse(name, "takes a number from 16 to 65536", ret_status);
    if (strcmp(name, "--log-level") == 0)
        return to_level(value, &options->log_level) ||
               refuse(name, "takes debug, info, warn or error", ret_status);
    if (strcmp(name, "--webhooks") == 0)
        return to_webhooks(value, &options->private_webhooks) ||
               refuse(name, "takes public or any", ret_status);
    return refuse(name, "is no option; see magpie serve --help", ret_status);
}

bool options_parse(int argc, char **argv, struct serve_options *ret_options, int *ret_status)
{
    struct serve_options options = {.admin_listen = ADMIN_LISTEN_DEFAULT,
                                    .zone = ZONE_DEFAULT,
                                    .cache_mb = 256,
                                    .log_level = LOG_INFO};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    options.gateways = cores < 4 ? 1 : cores > 128 ? MAX_GATEWAYS : (uint32_t)cores / 2;
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            *ret_status = 0;
            return false;
        }
        if (i + 1 == argc)
            return refuse(argv[i], "needs a value", ret_status);
        if (!take_option(&options, argv[i], argv[i + 1], ret_status))
            return false;
    }
    if (!options.data || (!options.listen && !options.tls_listen))
        return refuse("--data and --listen", "are needed; see magpie serve --help", ret_status);
    if (options.tls_listen && (!options.tls_cert || !options.tls_key))
        return refuse("--tls-listen", "needs --tls-cert and --tls-key", ret_status);
    if (strcmp(options.admin_listen, "none") == 0)
        options.admin_listen = NULL;
    *ret_options = options;
    return true;
}
