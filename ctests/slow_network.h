/* A network that is slow enough to block a sender.
 *
 * A UDP or AF_PACKET send waits only while the socket's own packets fill its send buffer, and loopback
 * takes them at once. slow_network_enter() moves the program into its own network namespace, whose
 * loopback passes 1,000 bytes per second (a token bucket of 8 kbit/s with a burst of 2 kB) and queues
 * the rest. The program cannot leave it again, so tests that need it run last. When it ends, even by SIGKILL, the
 * interface is taken down.
 *
 * Needs no privilege if users may create namespaces. Skips the test otherwise.
 */
#ifndef SOCK_SLOW_NETWORK_H
#define SOCK_SLOW_NETWORK_H

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOW_BYTES_PER_SECOND = 1000, SLOW_BURST = 2048, SLOW_LIMIT = 64 << 20, LOOPBACK = 1 };

struct slow_request {
    struct nlmsghdr head;
    struct tcmsg tc;
    char attributes[256];
};

/* Appends an attribute to a request; returns it, so that the length of a nest can be set later. */
static inline struct rtattr *slow_attribute(struct slow_request *r, unsigned short type, const void *data,
                                            size_t len)
{
    struct rtattr *a = (struct rtattr *)(void *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));
    a->rta_type = type;
    a->rta_len = (unsigned short)RTA_LENGTH(len);
    if (len)
        memcpy(RTA_DATA(a), data, len);
    r->head.nlmsg_len = (unsigned)(NLMSG_ALIGN(r->head.nlmsg_len) + RTA_ALIGN(a->rta_len));
    return a;
}

/* Puts the token bucket on the loopback interface; returns 0 or the errno. */
static inline int slow_queue(int netlink)
{
    struct tc_tbf_qopt options = {
        .rate = {.linklayer = TC_LINKLAYER_ETHERNET, .rate = SLOW_BYTES_PER_SECOND},
        .limit = SLOW_LIMIT, /* a sender whose packets are dropped never waits */
    };
    uint32_t burst = SLOW_BURST;
    struct slow_request request = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
                 .nlmsg_type = RTM_NEWQDISC,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE},
        .tc = {.tcm_family = AF_UNSPEC, .tcm_ifindex = LOOPBACK, .tcm_parent = TC_H_ROOT},
    };
    slow_attribute(&request, TCA_KIND, "tbf", 4);
    struct rtattr *nest = slow_attribute(&request, TCA_OPTIONS, NULL, 0);
    slow_attribute(&request, TCA_TBF_PARMS, &options, sizeof options);
    slow_attribute(&request, TCA_TBF_BURST, &burst, sizeof burst);
    nest->rta_len = (unsigned short)((char *)&request + request.head.nlmsg_len - (char *)nest);

    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        char more[1024];
    } answer;
    if (send(netlink, &request, request.head.nlmsg_len, 0) < 0 || recv(netlink, &answer, sizeof answer, 0) < 0)
        return errno;
    return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
}

/* Queues so much data first that no packet of a test leaves while the test runs. */
static inline void slow_plug(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof to;
    char packet[1400] = {0};
    int sink = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    int plug = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(bind(sink, (struct sockaddr *)&to, sizeof to));
    CHECK_SYS(getsockname(sink, (struct sockaddr *)&to, &len));
    for (int i = 0; i < 80; i++) /* takes 112 seconds */
        sendto(plug, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&to, len);
    close(plug);
    close(sink);
}

/* The end of the pipe that the guard looks at, once there is one. */
static int slow_network_alive = -1;

/* Drops what is queued. The packets would keep the namespace for as long as they last, minutes; and ICMP errors
 * among them use up the kernel's room for such errors, which all namespaces share. */
static void slow_network_leave(void)
{
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = 0};
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0 || ioctl(control, SIOCSIFFLAGS, &loopback) != 0)
        fprintf(stderr, "# the slow loopback interface stays up: %s\n", strerror(errno));
    if (control >= 0)
        close(control);
    if (slow_network_alive >= 0)
        close(slow_network_alive);
}

/* A process that does the same when the program has ended, however it did: it holds the other end of a pipe open, and
 * has none of the program's other descriptors. */
static inline void slow_network_guard(void)
{
    int alive[2];
    CHECK_SYS(pipe2(alive, O_CLOEXEC));
    fflush(NULL);
    pid_t guard = CHECK_SYS(fork());
    if (guard == 0) {
        char none;
        setsid(); /* what is sent to the group of the test does not end it */
        CHECK_SYS(dup2(alive[0], 0));
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, 1);
        dup2(quiet, 2);
        if (fork() == 0) { /* a grandchild: the test never has to wait for it */
            while (read(0, &none, 1) < 0 && errno == EINTR)
                ;
            slow_network_leave();
        }
        _exit(0);
    }
    CHECK_SYS(close(alive[0]));
    CHECK_SYS(waitpid(guard, NULL, 0));
    /* Closed at the latest when the last process that has it ends: children of the program have it too. */
    slow_network_alive = alive[1];
}

static inline void slow_network_enter(void)
{
    static bool inside;
    if (inside)
        return;
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        SKIP("cannot create a network namespace: %s", strerror(errno));
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int control = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    int netlink = (int)CHECK_SYS(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    int up = ioctl(control, SIOCSIFFLAGS, &loopback) == 0 ? 0 : errno;
    int queue = up ? up : slow_queue(netlink);
    close(netlink);
    close(control);
    if (queue)
        SKIP("cannot put a slow queue on loopback: %s", strerror(queue));
    atexit(slow_network_leave);
    slow_network_guard();
    slow_plug();
    inside = true;
}

#endif
