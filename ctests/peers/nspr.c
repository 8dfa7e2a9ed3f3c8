/* NSPR. */
#include <linux/netlink.h>
#include <nspr.h>
#include <private/pprio.h>
#include <string.h>

#include "peer.h"

static void start(void)
{
    PR_Init(PR_USER_THREAD, PR_PRIORITY_NORMAL, 0);
}

static void *adopt(int fd)
{
    return PR_ImportTCPSocket(fd);
}

static long own_send(void *s, const void *buf, size_t len)
{
    return PR_Send(s, buf, (PRInt32)len, 0, PR_INTERVAL_NO_TIMEOUT);
}

static long own_recv(void *s, void *buf, size_t len)
{
    return PR_Recv(s, buf, (PRInt32)len, 0, PR_INTERVAL_NO_TIMEOUT);
}

static void own_close(void *s)
{
    PR_Close(s);
}

static int dial(const char *host, uint16_t port, int limit_ms)
{
    PRAddrInfo *list = PR_GetAddrInfoByName(host, PR_AF_UNSPEC, PR_AI_ADDRCONFIG);
    PRNetAddr addr;
    void *at = NULL;
    while (list && (at = PR_EnumerateAddrInfo(at, list, port, &addr)) != NULL) {
        PRFileDesc *s = PR_OpenTCPSocket(PR_NetAddrFamily(&addr));
        if (PR_Connect(s, &addr, PR_MillisecondsToInterval((PRUint32)limit_ms)) == PR_SUCCESS)
            return 0;
        PR_Close(s);
    }
    return -1;
}

static PRThread *dialling;
static int wait_ms;

static void interrupt(void *unused)
{
    (void)unused;
    PR_Sleep(PR_MillisecondsToInterval((PRUint32)wait_ms));
    PR_Interrupt(dialling);
}

static int dial_cancel(const char *host, uint16_t port, int limit_ms)
{
    dialling = PR_GetCurrentThread();
    wait_ms = limit_ms;
    PR_CreateThread(PR_USER_THREAD, interrupt, NULL, PR_PRIORITY_NORMAL, PR_GLOBAL_THREAD,
                    PR_UNJOINABLE_THREAD, 0);
    return dial(host, port, 60000);
}

static int netlink(void)
{
    return PR_Socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) ? 0 : -1;
}

const struct peer peer = {
    .name = "NSPR",
    .start = start,
    .adopt = adopt,
    .send = own_send,
    .recv = own_recv,
    .close = own_close,
    .dial = dial,
    .dial_cancel = dial_cancel,
    .netlink = netlink,
};
