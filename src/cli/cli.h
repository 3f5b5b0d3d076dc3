/* The `magpie` program: subcommands. All but `serve` and `price` talk to a running server. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* Exit status: 0, 1 for a failure, 2 for wrong usage. */
int cli_main(int argc, char **argv);

#endif
