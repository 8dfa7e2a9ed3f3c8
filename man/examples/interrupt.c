/* Example of sock_set_interrupt. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sock.h>

static void on_alarm(int number)
{
    (void)number;
}

/* Ends the wait with a code of the program's own choice. */
static int hook(void *arg)
{
    *(int *)arg += 1;
    return SOCK_ECANCELED;
}

int main(void)
{
    sock_t pair[2];
    char byte;
    int calls = 0;
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval soon = {.it_value = {0, 20000}};

    if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || sock_set_interrupt(hook, &calls) < 0)
        return 1;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    int64_t n = sock_recv(pair[0], &byte, 1, 0);
    printf("%s after %d call of the hook\n", sock_err_name(n), calls);
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * SOCK_ECANCELED after 1 call of the hook
 */
