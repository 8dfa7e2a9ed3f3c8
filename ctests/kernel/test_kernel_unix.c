/* unix(7), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

static void put(int peer, const char *text)
{
    CHECK_EQ(send(peer, text, strlen(text), MSG_NOSIGNAL), (long long)strlen(text));
}

static void done(struct side *k, end e, int peer)
{
    shut(k, e);
    CHECK_SYS(close(peer));
}

/* The longest path: 108 bytes, with no room for a NUL. */
static struct sock_addr full_path(char last)
{
    char path[108];
    memset(path, 'p', sizeof path);
    path[107] = last;
    return name_of(path, sizeof path);
}

/* "Three types of address are distinguished": pathname, unnamed, abstract, each with its length. */
SCENARIO(names)
{
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        struct sock_addr all[] = {path_of("path"),         name_of("short", 5), name_of("with\0more", 9),
                                  name_of("\0abstract", 9), name_of("\0a\0b\0", 5), full_path('q'), of_family(AF_UNIX, 2)};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            end e = make(k, AF_UNIX, type, 0);
            name(k, e);
            do_bind(k, e, all[i]);
            name(k, e);
            peer_name(k, e);
            do_bind(k, e, path_of("another"));
            shut(k, e);
            e = make(k, AF_UNIX, type, 0);
            if (all[i].len > 2)
                do_bind(k, e, all[i]);
            shut(k, e);
        }
        unlink("path");
        unlink("short");
        unlink("with");
        struct sock_addr full = full_path('q');
        char text[109] = {0};
        memcpy(text, (char *)full.native + 2, 108);
        CHECK_SYS(unlink(text));
    }
}

/* "Binding to a socket with a filename creates a socket in the filesystem": EADDRINUSE, ENOENT, ENOTDIR. */
SCENARIO(files)
{
    struct stat about;
    end e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, e, path_of("nowhere/socket"));
    do_bind(k, e, path_of("."));
    mode_t before = umask(027);
    do_bind(k, e, path_of("socket"));
    umask(before);
    CHECK_SYS(stat("socket", &about));
    note(k, "\nmode %o", about.st_mode);
    end other = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, other, path_of("socket"));
    do_bind(k, other, path_of("socket/below"));
    shut(k, other);
    shut(k, e);
    note(k, "\nleft: %d", stat("socket", &about));
}

/* BUGS: "if 108 non-null bytes are supplied when a socket is bound, then the addition of the null terminator takes the
 * length of the pathname beyond sizeof(sun_path)". Every address that the kernel gave is taken back. */
SCENARIO(longest_paths)
{
    char data[8];
    struct sock_addr there = full_path('a'), here = full_path('b');
    int peer = peer_at(SOCK_DGRAM, there, -1);
    end e = make(k, AF_UNIX, SOCK_DGRAM, 0);
    do_bind(k, e, here);
    name(k, e);
    CHECK_EQ(sendto(peer, "hello", 5, 0, native(&here), here.len), 5);
    do_recvfrom(k, e, 8, MSG_PEEK);
    do_recvmsg(k, e, 8, 0, 0);
    /* Back to the name as it was given: 111 bytes, of which the system's own calls take 110. */
    struct sock_addr given = there;
    if (k->kind != RAW) {
        CHECK_EQ(sendto(peer, "hello", 5, 0, native(&here), here.len), 5);
        CHECK_EQ(sock_recvfrom(e, data, sizeof data, 0, &given), 5);
        CHECK_EQ(given.len, 111);
    }
    struct sock_iovec piece = {(void *)(uintptr_t)"message", 7};
    struct sock_msg message = {.addr = &given, .iov = &piece, .iov_count = 1};
    do_sendto(k, e, "answer", 0, given);
    note(k, "\narrived: %zd", recv(peer, data, sizeof data, MSG_DONTWAIT));
    do_sendmsg(k, e, "message", 1, 0, &given, NULL, 0);
    note(k, "\narrived: %zd", recv(peer, data, sizeof data, MSG_DONTWAIT));
    if (k->kind != RAW) {
        CHECK_EQ(sock_sendmsg(e, &message, 0), 7);
        CHECK_EQ(recv(peer, data, sizeof data, MSG_DONTWAIT), 7);
        CHECK_EQ(sock_send_fds(e, "fds", 3, &peer, 1, 0, &given), 3);
        CHECK_EQ(recv(peer, data, sizeof data, MSG_DONTWAIT), 3);
    }
    do_connect(k, e, given);
    peer_name(k, e);
    shut(k, e);
    CHECK_SYS(close(peer));
    /* A listener with such a name, and a client: by the name that accept or getpeername gave. */
    struct sock_addr third = full_path('c');
    peer = peer_at(SOCK_STREAM, third, 4);
    e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_connect(k, e, third);
    given = third;
    if (k->kind != RAW)
        CHECK_OK(sock_getpeername(e, &given));
    end second = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_connect(k, second, given);
    shut(k, second);
    done(k, e, peer);
    char text[109] = {0};
    memcpy(text, (char *)third.native + 2, 108);
    CHECK_SYS(unlink(text));
    e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, e, given);
    shut(k, e);
}

/* "If a bind(2) call specifies addrlen as sizeof(sa_family_t), or the SO_PASSCRED socket option was specified for a
 * socket that was not explicitly bound to an address, then the socket is autobound to an abstract address." */
SCENARIO(named_by_the_kernel)
{
    int peer = peer_at(SOCK_DGRAM, path_of("peer"), -1);
    end e = make(k, AF_UNIX, SOCK_DGRAM, 0);
    do_bind(k, e, of_family(AF_UNIX, 2));
    name(k, e);
    shut(k, e);
    e = make(k, AF_UNIX, SOCK_DGRAM, 0);
    set_int(k, e, SOL_SOCKET, SO_PASSCRED, 1);
    do_sendto(k, e, "hello", 0, path_of("peer"));
    name(k, e);
    done(k, e, peer);
}

/* "UNIX domain datagram sockets are always reliable and don't reorder datagrams": a full queue makes the sender wait. */
SCENARIO(reliable)
{
    int peer = peer_at(SOCK_DGRAM, path_of("peer"), -1);
    end e = make(k, AF_UNIX, SOCK_DGRAM, 0);
    struct sock_addr to = path_of("peer");
    while (sendto(number_of(k, e), "fill", 4, MSG_DONTWAIT, native(&to), to.len) == 4)
        ;
    do_sendto(k, e, "data", 0, to);
    do_sendto(k, e, "data", MSG_DONTWAIT, to);
    set_span(k, e, SO_SNDTIMEO, 0, 50000);
    k->patience = 2000;
    do_sendto(k, e, "data", 0, to);
    TOOK(k, 50, 1000);
    do_connect(k, e, to);
    send_text(k, e, "data", 0);
    TOOK(k, 50, 1000);
    CHECK_SYS(close(peer));
    send_text(k, e, "data", 0);
    shut(k, e);
}

/* "UNIX domain sockets do not support the transmission of out-of-band data" (streams do since Linux 5.15). */
SCENARIO(out_of_band)
{
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
        if (type == SOCK_RAW || type == SOCK_RDM)
            continue;
        int peer;
        end e = make_pair(k, type, &peer);
        send_text(k, e, "data", MSG_OOB);
        do_recv(k, e, 8, MSG_OOB);
        if (type == SOCK_STREAM && send(peer, "ab!", 3, MSG_OOB) == 3) {
            put(peer, "after");
            do_recv(k, e, 1, MSG_OOB | MSG_PEEK);
            do_recv(k, e, 8, 0);
            do_recv(k, e, 1, MSG_OOB);
            do_recv(k, e, 8, 0);
            do_recv(k, e, 8, MSG_DONTWAIT);
        }
        done(k, e, peer);
    }
}

/* "For datagram sockets, the SO_SNDBUF value imposes an upper limit on the size of outgoing datagrams. This limit is
 * calculated as the doubled option value less 32 bytes used for overhead." */
SCENARIO(datagram_sizes)
{
    int peer;
    char *data = calloc(1, 16384);
    CHECK(data != NULL);
    end e = make_pair(k, SOCK_DGRAM, &peer);
    set_int(k, e, SOL_SOCKET, SO_SNDBUF, 4096);
    get_int(k, e, SOL_SOCKET, SO_SNDBUF);
    for (size_t len = 8192 - 34; len < 8192 - 30; len++)
        do_send(k, e, data, len, MSG_DONTWAIT);
    done(k, e, peer);
    free(data);
}

static size_t put_fds(char *control, const int *fds, size_t count)
{
    struct msghdr header = {.msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof *fds)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
                          .cmsg_len = CMSG_LEN(count * sizeof *fds)};
    memcpy(CMSG_DATA(c), fds, count * sizeof *fds);
    return header.msg_controllen;
}

static void put_with_fds(int peer, const char *text, size_t count)
{
    _Alignas(size_t) char control[256] = {0};
    int fds[8];
    struct iovec piece = {(void *)(uintptr_t)text, strlen(text)};
    for (size_t i = 0; i < count; i++)
        fds[i] = peer;
    struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control,
                       .msg_controllen = put_fds(control, fds, count)};
    CHECK_EQ(sendmsg(peer, &m, MSG_NOSIGNAL), (long long)strlen(text));
}

/* "When receiving from a stream socket, ancillary data forms a kind of barrier for the received data": the example of
 * unix(7), with and without MSG_WAITALL. */
SCENARIO(barrier)
{
    static const int flags[] = {0, MSG_WAITALL, MSG_PEEK};
    for (int i = 0; i < 3; i++) {
        int peer;
        end e = make_pair(k, SOCK_STREAM, &peer);
        put(peer, "four");
        put_with_fds(peer, "1", 1);
        put(peer, "more");
        do_recvmsg(k, e, 20, flags[i], 256);
        do_recvmsg(k, e, 20, flags[i] & ~MSG_WAITALL, 256);
        do_recv(k, e, 20, MSG_DONTWAIT);
        done(k, e, peer);
        /* Nobody asks for the descriptors. */
        e = make_pair(k, SOCK_STREAM, &peer);
        put(peer, "four");
        put_with_fds(peer, "1", 1);
        put(peer, "more");
        do_recv(k, e, 20, flags[i]);
        do_recv(k, e, 20, MSG_DONTWAIT);
        done(k, e, peer);
    }
}

/* "If the buffer used to receive the ancillary data containing file descriptors is too small (or is absent), then the
 * ancillary data is truncated (or discarded) and the excess file descriptors are automatically closed". */
SCENARIO(truncated_control)
{
    static const size_t rooms[] = {0, 8, CMSG_LEN(0), CMSG_LEN(4), CMSG_LEN(8), CMSG_SPACE(12), 256};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
            int peer;
            end e = make_pair(k, type, &peer);
            put_with_fds(peer, "three", 3);
            put(peer, "next");
            do_recvmsg(k, e, 20, 0, rooms[i]);
            do_recvmsg(k, e, 20, 0, rooms[i]);
            done(k, e, peer);
        }
}

/* "Attempting to send an array larger than this limit causes sendmsg(2) to fail with the error EINVAL"; a descriptor
 * that is not open: EBADF; credentials of others: EPERM, ESRCH; nothing to go with a descriptor. */
SCENARIO(control_sent)
{
    static char control[CMSG_SPACE(254 * sizeof(int))] __attribute__((aligned(8)));
    static int fds[254];
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        int peer, bad = 9999;
        end e = make_pair(k, type, &peer);
        do_sendmsg(k, e, "bad", 1, 0, NULL, control, put_fds(control, &bad, 1));
        memset(fds, 0, sizeof fds);
        do_sendmsg(k, e, "too many", 1, 0, NULL, control, put_fds(control, fds, 254));
        do_sendmsg(k, e, "many", 1, 0, NULL, control, put_fds(control, fds, 253));
        if (type == SOCK_DGRAM)
            do_sendmsg(k, e, "", 1, 0, NULL, control, put_fds(control, fds, 1));
        struct ucred who = {.pid = getpid(), .uid = getuid(), .gid = getgid()};
        struct msghdr header = {.msg_control = control, .msg_controllen = CMSG_SPACE(sizeof who)};
        struct cmsghdr *c = CMSG_FIRSTHDR(&header);
        *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS,
                              .cmsg_len = CMSG_LEN(sizeof who)};
        for (int i = 0; i < 3; i++) {
            if (i == 1)
                who.pid = 0x3fffffff;
            c->cmsg_len = i == 2 ? CMSG_LEN(4) : CMSG_LEN(sizeof who);
            memcpy(CMSG_DATA(c), &who, sizeof who);
            do_sendmsg(k, e, "who", 1, 0, NULL, control, header.msg_controllen);
        }
        done(k, e, peer);
    }
}

/* SO_PASSCRED "causes receipt of the credentials of the sending process in an SCM_CREDENTIALS ancillary message in each
 * subsequently received message." */
SCENARIO(credentials)
{
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        int peer;
        end e = make_pair(k, type, &peer);
        set_int(k, e, SOL_SOCKET, SO_PASSCRED, 1);
        put(peer, "one");
        put(peer, "two");
        do_recvmsg(k, e, 20, 0, 256);
        do_recvmsg(k, e, 20, MSG_DONTWAIT, 256);
        put_with_fds(peer, "both", 2);
        do_recvmsg(k, e, 20, 0, 256);
        put(peer, "tight");
        do_recvmsg(k, e, 20, 0, CMSG_LEN(4));
        done(k, e, peer);
    }
}

/* "At least one byte of real data should be sent": the send(2) MSG_MORE flag is not supported, and bytes of several
 * writers, of closed peers, of peers that read half. */
SCENARIO(pairs)
{
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
        if (type == SOCK_RAW || type == SOCK_RDM)
            continue;
        int peer;
        end e = make_pair(k, type, &peer);
        name(k, e);
        peer_name(k, e);
        send_text(k, e, "one", MSG_MORE);
        send_text(k, e, "two", 0);
        char data[8];
        note(k, "\npeer: %zd", recv(peer, data, sizeof data, 0));
        do_recvmsg(k, e, 0, MSG_DONTWAIT, 0);
        put(peer, "left");
        CHECK_SYS(close(peer));
        do_recv(k, e, 2, 0);
        do_recv(k, e, 8, type == SOCK_DGRAM ? MSG_DONTWAIT : 0);
        do_recv(k, e, 8, MSG_DONTWAIT);
        send_text(k, e, "data", 0);
        peer_name(k, e);
        shut(k, e);
    }
}

/* A descriptor received by a handle with another label than its true family is close-on-exec as ever. */
static void test_true_family(void)
{
    int fds[2], got = -1;
    size_t count = 0;
    char data[8];
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    sock_t s = CHECK_OK(sock_from_fd(fds[0], AF_INET, SOCK_DGRAM, -1));
    CHECK_EQ(sock_family(s), AF_INET);
    CHECK_EQ(sock_type(s), SOCK_DGRAM);
    for (int twin = 0; twin < 2; twin++) {
        sock_t t = twin ? (sock_t)CHECK_OK(sock_dup(s)) : s;
        CHECK_EQ(sock_family(t), AF_INET);
        put_with_fds(fds[1], "x", 1);
        CHECK_EQ(sock_recv_fds(t, data, sizeof data, &got, 1, &count, 0, NULL, NULL), 1);
        CHECK_EQ(count, 1);
        CHECK_EQ(CHECK_SYS(fcntl(got, F_GETFD)) & FD_CLOEXEC, FD_CLOEXEC);
        CHECK_SYS(close(got));
        /* A stream, whatever it is called: the descriptors can be sent, and MSG_WAITALL waits for all. */
        CHECK_EQ(sock_send_fds(t, "y", 1, &fds[1], 1, 0, NULL), 1);
        struct later later;
        put(fds[1], "12");
        later_send(&later, 20, fds[1], "34", 0);
        CHECK_EQ(sock_recv(t, data, 4, MSG_WAITALL), 4);
        later_done(&later);
        if (twin)
            CHECK_OK(sock_close(t));
    }
    CHECK_OK(sock_close(s));
    CHECK_SYS(close(fds[1]));
}

TEST_MAIN(test_names, test_files, test_longest_paths, test_named_by_the_kernel, test_reliable, test_out_of_band,
          test_datagram_sizes, test_barrier, test_truncated_control, test_control_sent, test_credentials,
          test_pairs, test_true_family)
