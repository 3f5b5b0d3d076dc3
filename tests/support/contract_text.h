/* Contract files for tests. */
#ifndef TESTS_SUPPORT_CONTRACT_TEXT_H
#define TESTS_SUPPORT_CONTRACT_TEXT_H

/* A total a month, 2026-11 to 2027-10. */
extern const char contract_by_total[];

/* A price for each of the eight lines, of both shapes, from 2026-11 on. */
extern const char contract_by_line[];

#endif
