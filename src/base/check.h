/* Assertions for the programmer's errors, always on. Input never reaches one. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

void check_failed(const char *what, const char *file, int line) __attribute__((noreturn));

#define CHECK(condition)                                  \
    do {                                                  \
        if (__builtin_expect(!(condition), 0))            \
            check_failed(#condition, __FILE__, __LINE__); \
    } while (0)

#endif
