/* Example of sock_create_server, sock_create_connection, sock_create_connection_attempts. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    struct sock_addr addr;
    struct sock_attempt attempts[4];
    size_t count = 0;
    char port[8];

    sock_t server = sock_create_server("127.0.0.1", "0", NULL);
    if (server < 0 || sock_getsockname(server, &addr) < 0)
        return 1;
    int64_t number = 0;
    sock_addr_get_ip(&addr, NULL, 0, &number, NULL, NULL);
    snprintf(port, sizeof port, "%" PRId64, number);

    /* Two seconds for lookup and all addresses together. */
    struct sock_connect_options options = {
        .size = sizeof options,
        .timeout_ns = INT64_C(2000000000),
        .attempts = attempts,
        .attempts_cap = 4,
        .attempts_count = &count,
    };
    sock_t client = sock_create_connection("127.0.0.1", port, &options);
    if (client < 0) {
        fprintf(stderr, "%s\n", sock_strerror(client));
        return 1;
    }
    printf("connected after %zu attempt\n", count);
    sock_close(client);
    sock_close(server);
    return 0;
}
/* Prints:
 * connected after 1 attempt
 */
