/* A TCP proxy: relays every connection to another address until both sides have ended.
 *
 *     tcp_proxy 127.0.0.1:0 HOST PORT [CONNECTIONS]     ends after so many connections, or never
 *
 * A thread for each connection: it dials, and sock_relay does the rest. Ends are handed on one by one, so a client
 * that has finished sending still gets its answer; a reset of one side resets the other.
 */
#include "sock.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static const char *host, *port;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fewer = PTHREAD_COND_INITIALIZER;
static long running;

static const int64_t IDLE = 300 * INT64_C(1000000000); /* five minutes */

static int64_t need(int64_t result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, sock_strerror(result));
        exit(1);
    }
    return result;
}

static void relay(sock_t client, sock_t server)
{
    struct sock_relay_counts counts;
    int ended = sock_relay(client, server, IDLE, &counts);
    if (ended < 0) {
        /* A broken connection must not look like a complete one to the other side. */
        sock_set_linger(client, 1, 0);
        sock_set_linger(server, 1, 0);
        char why[256] = "";
        sock_last_error(NULL, why, sizeof why);
        printf("failed: %s (%s)\n", why, sock_strerror(ended));
    }
    printf("relayed %" PRIu64 " bytes to the server, %" PRIu64 " back\n", counts.a_to_b, counts.b_to_a);
    fflush(stdout);
}

static void *serve(void *arg)
{
    sock_t client = *(sock_t *)arg;
    free(arg);
    sock_t server = sock_create_connection(host, port, NULL);
    if (server < 0) {
        printf("%s port %s: %s\n", host, port, sock_strerror(server));
        sock_set_linger(client, 1, 0);
    } else {
        relay(client, server);
        sock_close(server);
    }
    sock_close(client);
    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&fewer);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sock_addr at;
    char text[256];
    if (argc < 4) {
        fprintf(stderr, "usage: %s ADDRESS:PORT HOST PORT [CONNECTIONS]\n", argv[0]);
        return 2;
    }
    host = argv[2], port = argv[3];
    long most = argc > 4 ? atol(argv[4]) : -1;
    char *colon = strrchr(argv[1], ':');
    if (!colon) {
        fprintf(stderr, "%s: no port\n", argv[1]);
        return 2;
    }
    *colon = '\0';
    sock_t listener = need(sock_create_server(argv[1], colon + 1, NULL), "listen");
    need(sock_getsockname(listener, &at), "name");
    need(sock_addr_format(&at, text, sizeof text), "name");
    printf("listening on %s\n", text);
    fflush(stdout);
    for (long made = 0; made != most; made++) {
        sock_t client = sock_accept(listener, NULL);
        if (client < 0) {
            printf("accept: %s\n", sock_strerror(client));
            nanosleep(&(struct timespec){0, 100000000}, NULL); /* no descriptor was left, for example */
            continue;
        }
        pthread_t thread;
        sock_t *arg = malloc(sizeof *arg);
        pthread_mutex_lock(&lock);
        running++;
        pthread_mutex_unlock(&lock);
        if (!arg || (*arg = client, pthread_create(&thread, NULL, serve, arg)) != 0) {
            fprintf(stderr, "no thread for a connection\n");
            return 1;
        }
        pthread_detach(thread);
    }
    pthread_mutex_lock(&lock);
    while (running > 0)
        pthread_cond_wait(&fewer, &lock);
    pthread_mutex_unlock(&lock);
    need(sock_close(listener), "close");
    return 0;
}
