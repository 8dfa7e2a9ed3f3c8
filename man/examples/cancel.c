/* Example of sock_cancel_new, sock_cancel_fire, sock_setcancel, sock_is_canceled. */
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <sock.h>

static void *fire_soon(void *token)
{
    struct timespec soon = {0, 20000000};
    nanosleep(&soon, NULL);
    sock_cancel_fire(*(sock_cancel_t *)token);
    return NULL;
}

int main(void)
{
    sock_t pair[2];
    pthread_t thread;
    char byte;
    sock_cancel_t token = sock_cancel_new();

    if (token < 0 || sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    sock_setcancel(pair[0], token);
    if (pthread_create(&thread, NULL, fire_soon, &token) != 0)
        return 1;
    /* Without the token this would wait for ever. */
    int64_t n = sock_recv(pair[0], &byte, 1, 0);
    printf("%s\n", sock_err_name(n));
    pthread_join(thread, NULL);
    sock_close(token);
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * SOCK_ECANCELED
 */
