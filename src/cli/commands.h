/* `magpie commands`: prints the documentation of all commands. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* argv[0] is "commands". Returns the exit status. */
int cli_commands(int argc, char **argv);

#endif
