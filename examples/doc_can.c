/* The CAN program of the Python documentation: prints each received frame, sends it back, and sends one of
 * its own.
 *
 *     doc_can INTERFACE [COUNT]     a CAN interface (can0, vcan0); default: runs for ever
 *
 * Create a virtual interface with: ip link add vcan0 type vcan && ip link set vcan0 up
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

static void print_frame(const struct can_frame *frame)
{
    printf("Received: can_id=%" PRIx32 ", can_dlc=%x, data=", frame->can_id, frame->can_dlc);
    for (int i = 0; i < frame->can_dlc && i < CAN_MAX_DLEN; i++)
        printf("%02x", frame->data[i]);
    printf("\n");
}

static void send_frame(sock_t s, const struct can_frame *frame)
{
    if (sock_send(s, frame, sizeof *frame, 0) < 0)
        printf("Error sending CAN frame\n");
}

int main(int argc, char **argv)
{
    struct sock_addr addr;
    struct can_frame frame, own = {.can_id = 1, .can_dlc = 3, .data = {1, 2, 3}};
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : -1;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (argc < 2) {
        printf("Provide CAN device name (can0, slcan0 etc.)\n");
        return 0;
    }

    check("address", sock_addr_can(argv[1], &addr));
    sock_t s = check("socket", sock_socket(AF_CAN, SOCK_RAW, CAN_RAW));
    check("bind", sock_bind(s, &addr));
    printf("Listening on %s\n", argv[1]);
    for (; count != 0; count--) {
        memset(&frame, 0, sizeof frame);
        check("recvfrom", sock_recvfrom(s, &frame, sizeof frame, 0, &addr));
        print_frame(&frame);
        send_frame(s, &frame);
        send_frame(s, &own);
    }
    check("close", sock_close(s));
    return 0;
}
