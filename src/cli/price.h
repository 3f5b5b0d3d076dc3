/* `magpie price`: what a month would cost. */
#ifndef CLI_PRICE_H
#define CLI_PRICE_H

/* argv[0] is "price". Returns the exit status: 0, 1 if writing failed, 2 for a bad command line or
   plan, with one line on stderr. */
int cli_price(int argc, char **argv);

/* With --from-usage: what a month of an app would have cost under another plan, asked of a running
   server. */
int cli_price_usage(int argc, char **argv);

#endif
