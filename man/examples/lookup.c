/* Example of sock_getaddrinfo, sock_addrinfo_list_count, sock_addrinfo_list_at, sock_resolve. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    struct sock_addrinfo_options options = {
        .size = sizeof options,
        .type = SOCK_STREAM,
        .timeout_ns = INT64_C(5000000000),
    };
    sock_addrinfo_list_t list = sock_getaddrinfo("127.0.0.1", "443", &options);
    if (list < 0) {
        fprintf(stderr, "%s\n", sock_strerror(list));
        return 1;
    }
    for (int64_t i = 0; i < sock_addrinfo_list_count(list); i++) {
        struct sock_addrinfo info;
        char text[400];
        if (sock_addrinfo_list_at(list, i, &info) < 0)
            return 1;
        sock_addr_format(&info.address, text, sizeof text);
        printf("%s\n", text);
    }
    sock_close(list);
    return 0;
}
/* Prints:
 * 127.0.0.1:443
 */
