#include "server/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* RFC 6890 and what was registered since; multicast and the reserved fourth part behind it. */
static const struct {
    uint8_t net[4];
    uint8_t bits;
} special[] = {{{0}, 8},
               {{10}, 8},
               {{100, 64}, 10},
               {{127}, 8},
               {{169, 254}, 16},
               {{172, 16}, 12},
               {{192, 0, 0}, 24},
               {{192, 0, 2}, 24},
               {{192, 88, 99}, 24},
               {{192, 168}, 16},
               {{198, 18}, 15},
               {{198, 51, 100}, 24},
               {{203, 0, 113}, 24},
               {{224}, 3}};

static bool starts_with(const uint8_t *address, const uint8_t *net, unsigned bits)
{
    unsigned rest = bits % 8, mask = 0xff00u >> rest & 0xffu;

    return memcmp(address, net, bits / 8) == 0 &&
           (!rest || ((address[bits / 8] ^ net[bits / 8]) & mask) == 0);
}

static bool ipv4_is_public(const uint8_t address[4])
{
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (starts_with(address, special[i].net, special[i].bits))
            return false;
    }
    return true;
}

static bool ipv6_is_public(const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t unicast[] = {0x20};
    static const uint8_t protocols[] = {0x20, 0x01, 0x00}; /* Teredo and others */
    static const uint8_t documents[] = {0x20, 0x01, 0x0d, 0xb8};
    static const uint8_t more_documents[] = {0x3f, 0xff, 0x00};
    static const uint8_t six_to_four[] = {0x20, 0x02};

    if (starts_with(address, mapped, 96) || starts_with(address, nat64, 96))
        return ipv4_is_public(address + 12);
    return starts_with(address, unicast, 3) && !starts_with(address, protocols, 23) &&
           !starts_with(address, documents, 32) && !starts_with(address, more_documents, 20) &&
           !starts_with(address, six_to_four, 16);
}

bool address_is_public(const struct sockaddr *address)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof(in));
        return ipv4_is_public((const uint8_t *)&in.sin_addr);
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&in6, address, sizeof(in6));
    return ipv6_is_public(in6.sin6_addr.s6_addr);
}
