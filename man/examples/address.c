/* Example of sock_addr_parse, sock_addr_format, sock_addr_get_ip, sock_addr_family, sock_addr_equal. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    static const char *const forms[] = {"192.0.2.1:80", "[2001:db8::1]:443", "unix:/run/service"};
    char text[400];

    for (int i = 0; i < 3; i++) {
        struct sock_addr addr;
        if (sock_addr_parse(forms[i], &addr) < 0)
            return 1;
        sock_addr_format(&addr, text, sizeof text);
        printf("%s%s\n", text, sock_addr_family(&addr) == AF_INET6 ? " is IPv6" : "");
    }
    return 0;
}
/* Prints:
 * 192.0.2.1:80
 * [2001:db8::1]:443 is IPv6
 * unix:/run/service
 */
