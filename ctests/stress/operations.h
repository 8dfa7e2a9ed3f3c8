/* What a thread of the stress does, one at a time: each with handles of the table that others use too. */
#ifndef SOCK_STRESS_OPERATIONS_H
#define SOCK_STRESS_OPERATIONS_H

#include "table.h"

static void limit(int64_t handle)
{
    /* Without a limit only closes, tokens, hooks and the peer end a call: the reaper goes on closing. */
    DO(sock_settimeout(handle, in_child || me == &workers[THREADS] ? MS(1) : draw(8) ? MS(draw(6)) : SOCK_FOREVER));
}

static void make_pair(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    sock_t pair[2];
    unsigned char letter = new_letter();
    if (DO(sock_socketpair(AF_UNIX, types[draw(3)], 0, pair)) < 0)
        return;
    limit(pair[0]);
    limit(pair[1]);
    put(pair[0], SOCKET, letter);
    put(pair[1], SOCKET, letter);
}

static void make_listener(void)
{
    sock_t s = DO(sock_create_server("127.0.0.1", "0", NULL));
    if (s < 0)
        return;
    limit(s);
    put(s, LISTENER, new_letter());
}

static void make_token(void)
{
    put(DO(sock_cancel_new()), TOKEN, 0);
}

static void make_stream(void)
{
    struct entry e = any();
    put(DO(sock_stream_new(e.handle, draw(2) ? 0 : 16)), STREAM, e.letter);
}

static void copy_it(void)
{
    struct entry e = any();
    if (e.kind == SOCKET || e.kind == LISTENER)
        put(DO(sock_dup(e.handle)), e.kind, e.letter);
}

static void give_away_and_adopt(void)
{
    struct entry e = any();
    if (e.kind != SOCKET || draw(4))
        return;
    int fd = (int)DO(sock_detach(e.handle));
    if (fd < 0)
        return;
    sock_t s = DO(sock_from_fd(fd, -1, -1, -1));
    if (s < 0)
        close(fd);
    else
        limit(s);
    put(s, SOCKET, e.letter);
}

static void close_it(void)
{
    struct entry e = any();
    DO(sock_close(e.handle));
}

/* What comes is the connection's own letter, which its two ends alone send. */
static void check_letters(const struct entry *e, const unsigned char *buf, int64_t len, const char *how)
{
    for (int64_t i = 0; i < len; i++)
        if (buf[i] != e->letter) {
            finding("%s: a letter %u of another connection, expected %u", how, buf[i], e->letter);
            return;
        }
}

static void send_it(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    size_t count;
    memset(buf, e.letter, sizeof buf);
    if (e.kind != SOCKET)
        return;
    if (draw(3))
        DO(sock_send(e.handle, buf, 1 + draw(CHUNK), 0));
    else
        DO(sock_sendall(e.handle, buf, 1 + draw(CHUNK), 0, &count));
}

static void receive_it(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    size_t count = 0;
    struct sock_addr from;
    int64_t len;
    if (e.kind != SOCKET)
        return;
    switch (draw(4)) {
    case 0:
        DO(sock_recv_exact(e.handle, buf, sizeof buf, 0, &count));
        check_letters(&e, buf, (int64_t)count, "sock_recv_exact");
        return;
    case 1:
        len = DO(sock_recvfrom(e.handle, buf, sizeof buf, 0, &from));
        check_letters(&e, buf, len, "sock_recvfrom");
        return;
    case 2:
        len = DO(sock_recv(e.handle, buf, sizeof buf, MSG_WAITALL));
        check_letters(&e, buf, len, "sock_recv, MSG_WAITALL");
        return;
    default:
        len = DO(sock_recv(e.handle, buf, sizeof buf, draw(4) ? 0 : MSG_PEEK));
        check_letters(&e, buf, len, "sock_recv");
        return;
    }
}

static void messages(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    int fds[4], flags;
    size_t count = 0;
    if (e.kind != SOCKET)
        return;
    memset(buf, e.letter, sizeof buf);
    if (draw(2)) {
        DO(sock_send_fds(e.handle, buf, 1 + draw(CHUNK), &some_file, 1, 0, NULL));
        return;
    }
    int64_t len = DO(sock_recv_fds(e.handle, buf, sizeof buf, fds, 4, &count, 0, NULL, &flags));
    if (len < 0)
        return;
    check_letters(&e, buf, len, "sock_recv_fds");
    for (size_t i = 0; i < count; i++)
        if (close(fds[i]) != 0)
            finding("sock_recv_fds: descriptor %d is not open", fds[i]);
}

static void batches(void)
{
    struct entry e = any();
    unsigned char buf[4][CHUNK];
    struct sock_datagram v[4];
    if (e.kind != SOCKET)
        return;
    memset(buf, e.letter, sizeof buf);
    for (size_t i = 0; i < 4; i++)
        v[i] = (struct sock_datagram){.buf = buf[i], .len = 1 + draw(CHUNK), .segment = draw(4) ? 0 : 16};
    if (draw(2)) {
        DO(sock_sendmany(e.handle, v, draw(5), 0));
        return;
    }
    int64_t came = DO(sock_recvmany(e.handle, v, draw(5), 0));
    for (int64_t i = 0; i < came; i++)
        check_letters(&e, v[i].buf, v[i].count < v[i].len ? (int64_t)v[i].count : (int64_t)v[i].len, "sock_recvmany");
}

static void change_mode(void)
{
    struct entry e = any();
    switch (draw(6)) {
    case 0: DO(sock_setblocking(e.handle, 0)); break;
    case 1: DO(sock_setdeadline(e.handle, SOCK_READ | SOCK_WRITE, sock_now() + MS(draw(5)))); break;
    case 2: DO(sock_setdeadline(e.handle, SOCK_READ | SOCK_WRITE, SOCK_FOREVER)); break;
    case 3: DO(sock_shutdown(e.handle, SHUT_RDWR)); break;
    case 4: DO(sock_fileno(e.handle)); break;
    default: limit(e.handle);
    }
}

static void tokens(void)
{
    struct entry e = any(), t = any();
    if (t.kind != TOKEN)
        return;
    if (draw(3))
        DO(sock_setcancel(e.handle, t.handle));
    else
        DO(sock_cancel_fire(t.handle));
}

static void accept_it(void)
{
    struct entry e = any();
    struct sock_addr at;
    if (e.kind != LISTENER)
        return;
    if (draw(2)) {
        sock_t s = DO(sock_accept(e.handle, &at));
        if (s >= 0)
            limit(s);
        put(s, SOCKET, e.letter);
        return;
    }
    /* Its port may be another listener's by now, so what comes is not known: only the connection is made. */
    if (DO(sock_getsockname(e.handle, &at)) < 0)
        return;
    sock_t s = DO(sock_socket(AF_INET, SOCK_STREAM, 0));
    if (s < 0)
        return;
    limit(s);
    DO(sock_connect(s, &at));
    DO(sock_close(s));
}

static void streams(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    size_t count = 0;
    if (e.kind != STREAM)
        return;
    memset(buf, e.letter, sizeof buf);
    switch (draw(5)) {
    case 0: DO(sock_stream_write(e.handle, buf, 1 + draw(CHUNK), &count)); break;
    case 1: DO(sock_stream_flush(e.handle)); break;
    case 2: check_letters(&e, buf, DO(sock_stream_read(e.handle, buf, sizeof buf)), "sock_stream_read"); break;
    case 3:
        DO(sock_stream_read_exact(e.handle, buf, CHUNK / 2, &count));
        check_letters(&e, buf, (int64_t)count, "sock_stream_read_exact");
        break;
    default: check_letters(&e, buf, DO(sock_stream_readline(e.handle, buf, sizeof buf)), "sock_stream_readline");
    }
}

static void send_a_file(void)
{
    struct entry e = any();
    int64_t sent;
    if (e.kind == SOCKET)
        DO(sock_sendfile(e.handle, some_file, e.letter * CHUNK, 1 + (int64_t)draw(CHUNK), &sent));
}

static void dial(void)
{
    struct sock_connect_options opt = {.size = sizeof opt, .timeout_ns = MS(1 + draw(50))};
    switch (draw(3)) {
    case 0: put(DO(sock_create_connection_start("127.0.0.1", echo_port, &opt)), OPERATION, 0); break;
    case 1: {
        sock_t s = DO(sock_create_connection("127.0.0.1", echo_port, &opt));
        if (s < 0)
            return;
        limit(s);
        put(s, SOCKET, new_letter());
        break;
    }
    default: {
        struct entry e = any();
        sock_t s = e.kind == OPERATION ? DO(sock_create_connection_step(e.handle)) : 0;
        if (s > 0)
            put(s, SOCKET, new_letter());
    }
    }
}

static void look_up(void)
{
    struct sock_addr at;
    struct sock_addrinfo_options opt = {.size = sizeof opt, .timeout_ns = MS(draw(20))};
    sock_addrinfo_list_t list;
    switch (names ? draw(8) : 7) {
    case 0: DO(sock_resolve("localhost", "80", AF_INET, MS(draw(20)), &at)); break;
    case 1: put(DO(sock_getaddrinfo_start("localhost", "80", &opt)), OPERATION, 0); break;
    default:
        list = DO(sock_getaddrinfo("127.0.0.1", "80", &opt));
        if (list >= 0)
            DO(sock_close(list));
    }
}

static int hook(void *arg)
{
    struct worker *w = arg;
    struct entry e;
    char byte;
    if (++w->hooks % 7 == 0)
        return -EINTR;
    if (w->hooks % 5 == 0 && !in_child) {
        /* A call inside a call. */
        e = look(w->hooks % ENTRIES);
        if (e.kind == SOCKET)
            expect("sock_recv in a hook", sock_recv(e.handle, &byte, 1, MSG_DONTWAIT | MSG_PEEK));
    }
    return 0;
}

/* Makes a child that uses what it has inherited, and something of its own. */
static void fork_it(void)
{
    static void (*const short_ones[])(void) = {make_pair, close_it, send_it, receive_it, change_mode, copy_it, tokens};
    int status;
    if (__atomic_sub_fetch(&forks, 1, __ATOMIC_SEQ_CST) < 0)
        return;
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        return;
    __atomic_add_fetch(&children, 1, __ATOMIC_SEQ_CST);
    if (pid == 0) {
        in_child = true;
        /* Before the parent's own time is over. */
        alarm((unsigned)(hang_s * test_scale() * 0.6));
        /* Nobody closes here while a call waits. */
        for (size_t i = 0; i < ENTRIES; i++)
            limit(look(i).handle);
        for (int i = 0; i < 12; i++)
            short_ones[draw(sizeof short_ones / sizeof *short_ones)]();
        sock_t pair[2];
        char byte = 0;
        if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || sock_send(pair[0], "c", 1, 0) != 1 ||
            sock_recv(pair[1], &byte, 1, 0) != 1 || byte != 'c' || sock_close(pair[0]) || sock_close(pair[1]))
            finding("a pair does not work in a child: %s", why());
        _exit(found ? 1 : 0);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) {
            finding("waitpid: %s", strerror(errno));
            return;
        }
    if (WIFSIGNALED(status))
        finding("a child was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        finding("a child ended with %d", WEXITSTATUS(status));
}

/* What must be found, where it is planted. */
static void do_wrong(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    if (strcmp(plant, "theft") == 0 && e.kind == SOCKET) {
        int fd = sock_fileno(e.handle);
        sleep_ms(1); /* the number may be another connection's by now */
        check_letters(&e, buf, recv(fd, buf, sizeof buf, MSG_DONTWAIT), "recv of a number");
    } else if (strcmp(plant, "hang") == 0 && me->count > 200) {
        while (!found)
            sleep_ms(100);
    } else if (strcmp(plant, "leak") == 0 && me->count % 500 == 0) {
        CHECK_SYS(socket(AF_UNIX, SOCK_STREAM, 0));
    } else if (strcmp(plant, "race") == 0) {
        static long unguarded; /* for ThreadSanitizer */
        unguarded++;
    } else if (strcmp(plant, "code") == 0 && e.kind == SOCKET) {
        DO(sock_recv(e.handle, NULL, 1, 0));
    }
}

static const struct operation {
    const char *name;
    void (*run)(void);
    unsigned weight;
} operations[] = {
    {"make_pair", make_pair, 6}, {"make_listener", make_listener, 2}, {"make_token", make_token, 2},
    {"make_stream", make_stream, 2}, {"copy_it", copy_it, 2}, {"adopt", give_away_and_adopt, 2},
    {"close_it", close_it, 5}, {"send_it", send_it, 16}, {"receive_it", receive_it, 16},
    {"messages", messages, 6}, {"batches", batches, 6}, {"change_mode", change_mode, 5},
    {"tokens", tokens, 4}, {"accept_it", accept_it, 4}, {"streams", streams, 6},
    {"send_a_file", send_a_file, 1}, {"dial", dial, 3}, {"look_up", look_up, 3},
    {"fork_it", fork_it, 1}, {"do_wrong", do_wrong, 2},
};

static void one_operation(void)
{
    unsigned total = 0;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        total += operations[i].weight;
    unsigned chosen = (unsigned)draw(total);
    const struct operation *o = operations;
    while (chosen >= o->weight)
        chosen -= o++->weight;
    __atomic_store_n(&me->doing, o->name, __ATOMIC_SEQ_CST);
    __atomic_store_n(&me->since, now_ns(), __ATOMIC_SEQ_CST);
    o->run();
    __atomic_store_n(&me->since, 0, __ATOMIC_SEQ_CST);
    me->count++;
}

#endif
