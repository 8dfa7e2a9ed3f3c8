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
/* Winsock lacks these; libsock takes them, with the numbers of sock_constant_find. */
#define MSG_DONTWAIT 0x02000000
#define MSG_NOSIGNAL 0x04000000
#define SHUT_RD SD_RECEIVE
#define SHUT_WR SD_SEND
#define SHUT_RDWR SD_BOTH
#ifndef AF_UNIX
#define AF_UNIX 1
#endif

#endif
