/* Sends one CAN frame and prints the frames that arrive, until none arrives for a second.
 *
 *     can_send INTERFACE ID DATA     ID and DATA in hex: can_send vcan0 123 deadbeef
 */
#include <inttypes.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sock.h"

/* Returns the result, or exits with an error message. */
static int64_t check(const char *what, int64_t result)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, sock_strerror(result));
        exit(1);
    }
    return result;
}

/* Parses hex bytes into a frame; returns whether they fit. */
static int put_data(struct can_frame *frame, const char *hex)
{
    for (; frame->can_dlc < CAN_MAX_DLEN && *hex; hex += 2)
        if (sscanf(hex, "%2hhx", &frame->data[frame->can_dlc++]) != 1 || !hex[1])
            return 0;
    return !*hex;
}

int main(int argc, char **argv)
{
    struct sock_addr addr;
    struct can_frame frame;
    int64_t count;
    memset(&frame, 0, sizeof frame);
    if (argc != 4 || sscanf(argv[2], "%" SCNx32, &frame.can_id) != 1 || !put_data(&frame, argv[3])) {
        fprintf(stderr, "usage: can_send INTERFACE ID DATA, with ID and up to 8 bytes of DATA in hex\n");
        return 2;
    }

    check("address", sock_addr_can(argv[1], &addr));
    sock_t s = check("socket", sock_socket(AF_CAN, SOCK_RAW, CAN_RAW));
    check("bind", sock_bind(s, &addr));
    check("send", sock_send(s, &frame, sizeof frame, 0));
    check("settimeout", sock_settimeout(s, INT64_C(1000000000)));
    while ((count = sock_recvfrom(s, &frame, sizeof frame, 0, &addr)) >= 0) {
        char from[400];
        check("format", sock_addr_format(&addr, from, sizeof from));
        printf("%s %03" PRIx32 " [%d]", from, frame.can_id & CAN_EFF_MASK, frame.can_dlc);
        for (int i = 0; i < frame.can_dlc && i < CAN_MAX_DLEN; i++)
            printf(" %02x", frame.data[i]);
        printf("\n");
    }
    if (count != SOCK_ETIMEDOUT)
        check("recvfrom", count);
    check("close", sock_close(s));
    return 0;
}
