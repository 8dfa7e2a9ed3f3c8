/* Faults of the program's own, which the harness must find: each scenario does one thing wrong when a system
 * call or an allocation of its own fails. `faults --planted` runs them; ctests/runner/faults.py says what must be
 * found. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "scenario.h"

static int pair_that_leaks(void)
{
    int first = socket(AF_UNIX, SOCK_STREAM, 0);
    int second = socket(AF_UNIX, SOCK_STREAM, 0);
    if (first < 0 || second < 0)
        return -errno; /* and the other one? */
    close(first);
    close(second);
    return 0;
}

static void leaks_a_descriptor(void)
{
    DO(pair_that_leaks());
}

static int two_blocks(void)
{
    void *volatile first = malloc(10);
    void *volatile second = malloc(10);
    if (!first || !second)
        return -ENOMEM;
    free(first);
    free(second);
    return 0;
}

static void leaks_memory(void)
{
    DO(two_blocks());
}

static int socket_at_last(void)
{
    int fd;
    while ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0)
        while (errno == EACCES)
            pause();
    close(fd);
    return 0;
}

static void hangs(void)
{
    DO(socket_at_last());
}

static int block_for_sure(void)
{
    void *volatile block = malloc(10);
    if (!block)
        abort();
    free(block);
    return 0;
}

static void aborts(void)
{
    DO(block_for_sure());
}

static int socket_with_a_wrong_code(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return -EINVAL;
    close(fd);
    return 0;
}

static void answers_a_wrong_code(void)
{
    DO(socket_with_a_wrong_code());
}

static int listen_unheard(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return -errno;
    struct sockaddr a = {.sa_family = AF_UNIX};
    bind(fd, &a, sizeof a.sa_family);
    listen(fd, 1);
    close(fd);
    return 0;
}

static void ignores_a_failure(void)
{
    DO(listen_unheard());
}

static bool broken;

static int breaks(void)
{
    int fd = broken ? -1 : socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) {
        broken = true;
        return -errno;
    }
    close(fd);
    return 0;
}

static void works_no_more(void)
{
    DO(breaks());
}

/* A fault-free control: the harness must find nothing. */
static int sound_pair(void)
{
    int first = socket(AF_UNIX, SOCK_STREAM, 0);
    if (first < 0)
        return -errno;
    int second = socket(AF_UNIX, SOCK_STREAM, 0), error = errno;
    close(first);
    if (second < 0)
        return -error;
    close(second);
    return 0;
}

static void is_sound(void)
{
    DO(sound_pair());
}

const struct scenario planted_scenarios[] = {
    {"leaks_a_descriptor", leaks_a_descriptor},
    {"leaks_memory", leaks_memory},
    {"hangs", hangs},
    {"aborts", aborts},
    {"answers_a_wrong_code", answers_a_wrong_code},
    {"ignores_a_failure", ignores_a_failure},
    {"works_no_more", works_no_more},
    {"is_sound", is_sound},
    {NULL, NULL},
};
