/*
 * The one way that C tests include cmocka. A test file defines static functions named as
 * sentences and lists them in main() with RUN_TESTS.
 *
 *     TEST(a_torn_tail_is_cut_whole) { ... }
 *     int main(void) { return RUN_TESTS(T(a_torn_tail_is_cut_whole)); }
 */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(name) static void name(void **test_state __attribute__((unused)))
#define T(name) cmocka_unit_test(name)
#define RUN_TESTS(...)                                    \
    ({                                                    \
        const struct CMUnitTest tests_[] = {__VA_ARGS__}; \
        cmocka_run_group_tests(tests_, NULL, NULL);       \
    })

#endif
