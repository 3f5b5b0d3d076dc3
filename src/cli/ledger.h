/* What `magpie usage export` and `magpie bill verify` are. */
#ifndef CLI_LEDGER_H
#define CLI_LEDGER_H

int cli_usage_export(int argc, char **argv); /* ledger_export.c */
int cli_bill_verify(int argc, char **argv);  /* ledger_verify.c */

#endif
