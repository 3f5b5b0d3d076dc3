/* Customers and their tokens, and the audit. */
#include <stdio.h>

#include "cli/admin_command.h"

#define LIMIT                                         \
    {                                                 \
        "--limit", "limit", OPTION_NUMBER, false, 500 \
    }
#define CURSOR                                      \
    {                                               \
        "--cursor", "cursor", OPTION_TEXT, false, 0 \
    }

/* ---- customers ---- */

static const char customer_help[] =
    "usage: magpie customer create --name NAME [--json]\n"
    "       magpie customer list [--limit N] [--cursor C] [--json]\n"
    "       magpie customer show --customer N [--json]\n"
    "\n"
    "Who owns apps. `magpie token create` makes the tokens with which a customer's programs and\n"
    "people use the admin API, `magpie app assign` gives it an app.\n"
    "\n"
    "  --name NAME   the customer's name, at most 64 bytes\n"
    "  --customer N  its number\n"
    "  --limit N     so many, 50 if nothing is said\n"
    "  --cursor C    where a list goes on\n" ADMIN_COMMON_HELP;

static void print_customer(struct json customer)
{
    printf("customer  %s\n", admin_text(customer, "customer"));
    printf("name      %s\n", admin_text(customer, "name"));
    printf("made      %s\n", admin_text(customer, "created"));
}

static int customer_create(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "customer",
        .help = customer_help,
        .operation = "customer_create",
        .options = {{"--name", "name", OPTION_TEXT, true, 0}},
        .print = print_customer};

    return admin_command_run(&command, argc, argv);
}

static void print_customers(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json customer;
    struct span key;

    printf("%8s  %-10s %s\n", "customer", "made", "name");
    while (json_next(&it, &key, &customer)) {
        printf("%8s", admin_text(customer, "customer"));
        printf("  %-10.10s", admin_text(customer, "created"));
        printf(" %s\n", admin_text(customer, "name"));
    }
    admin_print_next(result);
}

static int customer_list(int argc, char **argv)
{
    static const struct admin_command command = {.group = "customer",
                                                 .help = customer_help,
                                                 .operation = "customer_list",
                                                 .options = {LIMIT, CURSOR},
                                                 .print = print_customers};

    return admin_command_run(&command, argc, argv);
}

static int customer_show(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "customer",
        .help = customer_help,
        .operation = "customer_show",
        .options = {{"--customer", "customer", OPTION_NUMBER, true, 0}},
        .print = print_customer};

    return admin_command_run(&command, argc, argv);
}

int cli_customer(int argc, char **argv)
{
    static const struct cli_action actions[] = {
        {"create", customer_create}, {"list", customer_list}, {"show", customer_show}};

    return cli_dispatch("magpie customer", customer_help, actions,
                        sizeof(actions) / sizeof(actions[0]), argc, argv);
}

/* ---- tokens ---- */

static const char token_help[] =
    "usage: magpie token create --customer N --role ROLE --name NAME [--days N] [--json]\n"
    "       magpie token list --customer N [--limit N] [--cursor C] [--json]\n"
    "       magpie token revoke --customer N --token N [--json]\n"
    "\n"
    "Tokens of the admin API. A token's text is printed once, when it is made; the server keeps\n"
    "a hash of it. Customer 0 is the operator: its tokens have the role operator and may do\n"
    "everything.\n"
    "\n"
    "  owner      all of the customer: apps, tokens, tickets, bills\n"
    "  developer  apps, limits, usage, tickets; no bills\n"
    "  finance    bills, contracts, usage, prices; no keys of apps\n"
    "  viewer     reads, but neither keys nor secrets\n"
    "\n"
    "  --customer N  whose token\n"
    "  --role ROLE   operator, owner, developer, finance or viewer\n"
    "  --name NAME   what it is for, at most 64 bytes\n"
    "  --days N      it ends after so many days; never if nothing is said\n"
    "  --token N     its number\n"
    "  --limit N     so many, 50 if nothing is said\n"
    "  --cursor C    where a list goes on\n" ADMIN_COMMON_HELP;

static void print_token(struct json token)
{
    printf("token    %s", admin_text(token, "token"));
    printf(" of customer %s\n", admin_text(token, "customer"));
    printf("name     %s\n", admin_text(token, "name"));
    printf("role     %s\n", admin_text(token, "role"));
    if (json_member(token, "expires").type == JSON_STRING)
        printf("expires  %s\n", admin_text(token, "expires"));
    if (json_member(token, "revoked").type == JSON_STRING)
        printf("revoked  %s\n", admin_text(token, "revoked"));
    if (json_member(token, "secret").type == JSON_STRING)
        printf("secret   %s\n", admin_text(token, "secret"));
}

static int token_create(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "token",
        .help = token_help,
        .operation = "token_create",
        .options = {{"--customer", "customer", OPTION_NUMBER, true, 0},
                    {"--role", "role", OPTION_TEXT, true, 0},
                    {"--name", "name", OPTION_TEXT, true, 0},
                    {"--days", "days", OPTION_NUMBER, false, 0}},
        .print = print_token};

    return admin_command_run(&command, argc, argv);
}

static void print_tokens(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json token;
    struct span key;

    printf("%6s  %-9s  %-10s %-10s %-10s %s\n", "token", "role", "made", "expires", "revoked",
           "name");
    while (json_next(&it, &key, &token)) {
        printf("%6s", admin_text(token, "token"));
        printf("  %-9s", admin_text(token, "role"));
        printf("  %-10.10s", admin_text(token, "created"));
        printf(" %-10.10s", admin_text(token, "expires"));
        printf(" %-10.10s", admin_text(token, "revoked"));
        printf(" %s\n", admin_text(token, "name"));
    }
    admin_print_next(result);
}

static int token_list(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "token",
        .help = token_help,
        .operation = "token_list",
        .options = {{"--customer", "customer", OPTION_NUMBER, true, 0}, LIMIT, CURSOR},
        .print = print_tokens};

    return admin_command_run(&command, argc, argv);
}

static int token_revoke(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "token",
        .help = token_help,
        .operation = "token_revoke",
        .options = {{"--customer", "customer", OPTION_NUMBER, true, 0},
                    {"--token", "token", OPTION_NUMBER, true, 0}},
        .print = print_token};

    return admin_command_run(&command, argc, argv);
}

int cli_token(int argc, char **argv)
{
    static const struct cli_action actions[] = {
        {"create", token_create}, {"list", token_list}, {"revoke", token_revoke}};

    return cli_dispatch("magpie token", token_help, actions, sizeof(actions) / sizeof(actions[0]),
                        argc, argv);
}

/* ---- the audit ---- */

static const char audit_help[] =
    "usage: magpie audit [--app ID] [--customer N] [--limit N] [--cursor C] [--json]\n"
    "\n"
    "Who did what by the admin API and the admin socket, the newest first.\n"
    "\n"
    "  --app ID      about this app alone\n"
    "  --customer N  about what is this customer's alone\n"
    "  --limit N     so many, 50 if nothing is said\n"
    "  --cursor C    where the list goes on\n" ADMIN_COMMON_HELP;

static void print_audit(struct json result)
{
    struct json_iter it = json_iter(json_member(result, "items"));
    struct json entry;
    struct span key;

    while (json_next(&it, &key, &entry)) {
        printf("%s", admin_text(entry, "time"));
        printf("  %-10s", admin_text(entry, "actor"));
        printf("  %-16s", admin_text(entry, "operation"));
        printf(" %s\n", admin_text(entry, "request"));
    }
    admin_print_next(result);
}

int cli_audit(int argc, char **argv)
{
    static const struct admin_command command = {
        .group = "audit",
        .help = audit_help,
        .operation = "audit",
        .options = {{"--app", "app", OPTION_NUMBER, false, 0},
                    {"--customer", "customer", OPTION_NUMBER, false, 0},
                    LIMIT,
                    CURSOR},
        .print = print_audit};

    return admin_command_run(&command, argc, argv);
}
