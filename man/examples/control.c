/* Example of sock_control_next, sock_control_put, sock_control_space, sock_control_put_ttl,
 * sock_control_get_ttl. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    char control[128];
    size_t len = 0, pos = 0;
    struct sock_control_item item;

    /* Control data for sock_sendmsg: the packet's TTL. */
    if (sock_control_put_ttl(control, sizeof control, &len, AF_INET, 5) < 0)
        return 1;
    while (sock_control_next(control, len, &pos, &item) == 1)
        printf("%zu bytes of data\n", item.len);
    return 0;
}
/* Prints:
 * 4 bytes of data
 */
