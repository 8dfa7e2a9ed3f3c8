/* NSPR in the scene of bench/pair.h. */
#include "pair.h"

#include <nspr.h>

#include <private/pprio.h>

static PRIntervalTime timeout = PR_INTERVAL_NO_TIMEOUT;

static void *take(int fd)
{
    PRFileDesc *socket = PR_ImportTCPSocket(fd);
    timeout = PR_INTERVAL_NO_TIMEOUT;
    NEED(socket != NULL);
    return socket;
}

static void send_all(void *socket, const void *data, size_t len)
{
    NEED(PR_Send(socket, data, (PRInt32)len, 0, timeout) == (PRInt32)len);
}

static void receive(void *socket, void *data, size_t len)
{
    NEED(PR_Recv(socket, data, (PRInt32)len, 0, timeout) == (PRInt32)len);
}

static void set_timeout(void *socket, int seconds)
{
    (void)socket;
    timeout = PR_SecondsToInterval((PRUint32)seconds);
}

int main(void)
{
    pair_main(&(struct pair){"NSPR", take, send_all, receive, set_timeout});
    return 0;
}
