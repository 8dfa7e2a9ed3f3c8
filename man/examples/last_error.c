/* Example of sock_last_error, sock_strerror_copy. */
#include <stdio.h>
#include <sock.h>

int main(void)
{
    struct sock_addr addr;
    char text[320];
    int code;

    if (sock_addr_ip("127.0.0.1", 70000, &addr) < 0) {
        sock_last_error(&code, text, sizeof text);
        printf("%s: %s\n", sock_err_name(code), text);
    }
    return 0;
}
/* Prints:
 * EINVAL: port: 70000 is not within 0 to 65535
 */
