/* The subcommands, a file each. argv[0] is the subcommand's name; the exit status is returned. */
#ifndef CLI_SUBCOMMANDS_H
#define CLI_SUBCOMMANDS_H

#include <stddef.h>

int cli_app(int argc, char **argv);         /* app.c: create, list, show, assign */
int cli_customer(int argc, char **argv);    /* customer.c: create, list, show */
int cli_token(int argc, char **argv);       /* customer.c: create, list, revoke */
int cli_audit(int argc, char **argv);       /* customer.c */
int cli_usersig(int argc, char **argv);     /* usersig.c */
int cli_limit(int argc, char **argv);       /* limit.c: list, set, reset, history */
int cli_usage(int argc, char **argv);       /* usage.c */
int cli_bill(int argc, char **argv);        /* bill.c: show, list, issue, void, pay ... */
int cli_contract(int argc, char **argv);    /* contract.c: file, list, show */
int cli_months(int argc, char **argv);      /* month.c: status, accept */
int cli_ticket(int argc, char **argv);      /* ticket.c: price, open, list, confirm ... */
int cli_policy(int argc, char **argv);      /* policy.c: add, list, remove */
int cli_warning(int argc, char **argv);     /* warning.c: list, webhook, show, remove */
int cli_simulate(int argc, char **argv);    /* simulate/: bills of a year in minutes */
int cli_group_field(int argc, char **argv); /* group_field.c: set, list */

/* A subcommand of a subcommand, and how to find it. */
struct cli_action {
    const char *name;
    int (*run)(int argc, char **argv);
};
int cli_dispatch(const char *group, const char *help, const struct cli_action *actions,
                 size_t count, int argc, char **argv);

#endif
