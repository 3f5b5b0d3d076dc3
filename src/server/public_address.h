/*
 * Which addresses lead out of the operator's own network. Customers choose where their warnings are
 * posted; without this look a customer could have the server knock at what only the server reaches:
 * its own sockets, its neighbours, a cloud's metadata.
 */
#ifndef SERVER_PUBLIC_ADDRESS_H
#define SERVER_PUBLIC_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Global unicast of IPv4 or IPv6 (RFC 6890); an IPv4 address within an IPv6 one counts as itself.
   False of every other family. */
bool address_is_public(const struct sockaddr *address);

#endif
