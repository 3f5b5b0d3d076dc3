/* Which addresses a webhook of a customer may lead to. */
#include "support/test.h"

#include <arpa/inet.h>

#include "server/public_address.h"

static bool is_public(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return address_is_public((const struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return address_is_public((const struct sockaddr *)&in6);
}

TEST(addresses_of_the_open_internet_are_public)
{
    static const char *const good[] = {
        "1.1.1.1",         "9.255.255.255",     "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",     "126.255.255.255",   "128.0.0.0",      "169.253.255.255",
        "169.255.0.0",     "172.15.255.255",    "172.32.0.0",     "192.167.255.255",
        "192.169.0.0",     "198.17.255.255",    "198.20.0.0",     "223.255.255.255",
        "2606:4700::1111", "2400:3200::1",      "::ffff:8.8.8.8", "64:ff9b::808:808",
        "2001:200::1",     "2a00:1450:4001::1", "2003::1"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!is_public(good[i]))
            fail_msg("%s", good[i]);
    }
}

TEST(addresses_that_only_the_operator_reaches_are_not)
{
    static const char *const bad[] = {
        "0.0.0.0",     "0.1.2.3",        "10.0.0.1",         "100.64.0.1",
        "127.0.0.1",   "127.255.0.1",    "169.254.169.254",  "172.16.0.1",
        "172.31.0.1",  "192.0.0.1",      "192.0.2.1",        "192.168.1.1",
        "198.18.0.1",  "198.19.255.255", "198.51.100.1",     "203.0.113.1",
        "224.0.0.1",   "239.1.1.1",      "255.255.255.255",  "::",
        "::1",         "::127.0.0.1",    "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "fe80::1",     "fc00::1",        "fd00:ec2::254",    "ff02::1",
        "2001:db8::1", "2001::1",        "2002:7f00:1::",    "64:ff9b::7f00:1",
        "3fff::1",     "fec0::1",        "64:ff9b:1::a00:1"};
    struct sockaddr other = {.sa_family = AF_UNIX};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (is_public(bad[i]))
            fail_msg("%s", bad[i]);
    }
    assert_false(address_is_public(&other));
}

int main(void)
{
    return RUN_TESTS(T(addresses_of_the_open_internet_are_public),
                     T(addresses_that_only_the_operator_reaches_are_not));
}
