/* For tests that are written for POSIX: Winsock's headers under the POSIX name. */
#ifndef SOCK_TEST_SYS_SOCKET_H
#define SOCK_TEST_SYS_SOCKET_H

#include <winsock2.h>
#include <ws2tcpip.h>
/* windows.h has macros of these names. */
#undef near
#undef far
#undef ERROR
#undef interface
#ifndef AF_UNIX
#define AF_UNIX 1
#endif

#endif
