/* Example of sock_sendmany, sock_recvmany. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    char room[3][16];
    struct sock_datagram out[3], in[3];

    if (sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
        return 1;
    memset(out, 0, sizeof out);
    memset(in, 0, sizeof in);
    for (int i = 0; i < 3; i++) {
        out[i].buf = &"onetwosix"[3 * i];
        out[i].len = 3;
        in[i].buf = room[i];
        in[i].len = sizeof room[i];
    }
    int64_t sent = sock_sendmany(pair[0], out, 3, 0);
    int64_t came = sock_recvmany(pair[1], in, 3, 0);
    printf("%d sent, %d came:", (int)sent, (int)came);
    for (int i = 0; i < came; i++)
        printf(" %.*s", (int)in[i].count, room[i]);
    printf("\n");
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * 3 sent, 3 came: one two six
 */
