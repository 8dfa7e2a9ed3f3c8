/* Example of sock_constant_find, sock_constant_at, sock_constant_count, sock_version. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    int64_t value;

    if (sock_constant_find("AF_INET6", &value) < 0)
        return 1;
    printf("AF_INET6 is %s\n", value == AF_INET6 ? "as in the C headers" : "wrong");
    return sock_version_number() == SOCK_VERSION_NUMBER ? 0 : 1;
}
/* Prints:
 * AF_INET6 is as in the C headers
 */
