/* `magpie serve`: the server. argv[0] is "serve". Returns the exit status. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

int serve_main(int argc, char **argv);

#endif
