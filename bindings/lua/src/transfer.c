/* Sending and receiving bytes. Data is strings of Lua. */
#include "binding.h"

#include <stdio.h>
#include <sys/socket.h>

/* Pushes what was received: nil at the end of a stream, "" for an empty datagram. */
static int received(lua_State *L, sock_t s, size_t room, const void *data, int64_t result)
{
    if (result < 0)
        return fail(L, result);
    if (result == 0 && room > 0 && sock_type(s) == SOCK_STREAM) {
        lua_pushnil(L);
        return 1;
    }
    /* With MSG_TRUNC, the result is the length that the datagram had. */
    lua_pushlstring(L, data, (size_t)result < room ? (size_t)result : room);
    return 1;
}

/* recv(size [, flags]): up to `size` bytes, nil at the end of the stream */
static int do_recv(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len = check_size(L, 2);
    int flags = opt_flags(L, 3);
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    int64_t result;
    WAITING(L, result, sock_recv(s, data, len, flags));
    return received(L, s, len, data, result);
}

/* recvfrom(size [, flags]): the data, and the address of its sender */
static int do_recvfrom(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len = check_size(L, 2);
    int flags = opt_flags(L, 3);
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    struct sock_addr from;
    int64_t result;
    WAITING(L, result, sock_recvfrom(s, data, len, flags, &from));
    int pushed = received(L, s, len, data, result);
    if (result < 0)
        return pushed;
    push_address(L, &from);
    return 2;
}

/* recv_exact(size [, flags]): all of the bytes. An error has those that came, in `partial`. */
static int recv_exact(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len = check_size(L, 2), got = 0;
    int flags = opt_flags(L, 3);
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    int code;
    WAITING(L, code, sock_recv_exact(s, data, len, flags, &got));
    if (code < 0) {
        fail(L, code);
        lua_pushlstring(L, data, got);
        lua_setfield(L, -2, "partial");
        return 2;
    }
    lua_pushlstring(L, data, len);
    return 1;
}

/* send(data [, flags]): the number of bytes taken */
static int do_send(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len;
    const char *data = luaL_checklstring(L, 2, &len);
    int flags = opt_flags(L, 3);
    int64_t result;
    WAITING(L, result, sock_send(s, data, len, flags));
    return count(L, result);
}

/* sendall(data [, flags]): true when all was taken. An error has the number of bytes, in `sent`. */
static int send_all(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len, sent = 0;
    const char *data = luaL_checklstring(L, 2, &len);
    int flags = opt_flags(L, 3);
    int code;
    WAITING(L, code, sock_sendall(s, data, len, flags, &sent));
    if (code < 0) {
        fail(L, code);
        push_int(L, (int64_t)sent);
        lua_setfield(L, -2, "sent");
        return 2;
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* sendto(data, address [, flags]): the number of bytes taken */
static int do_sendto(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len;
    const char *data = luaL_checklstring(L, 2, &len);
    struct sock_addr to;
    int code = get_address(L, 3, &to);
    if (code < 0)
        return fail(L, code);
    int flags = opt_flags(L, 4);
    int64_t result;
    WAITING(L, result, sock_sendto(s, data, len, flags, &to));
    return count(L, result);
}

/* wait(direction [, seconds]): whether the socket became ready, "read" or "write" */
static int do_wait(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    int direction = opt_direction(L, 2);
    int64_t limit = opt_time(L, 3);
    int result;
    WAITING(L, result, sock_wait(s, direction, limit));
    return flag(L, result);
}

static int send_pollable(lua_State *L)
{
    return flag(L, sock_send_pollable(check_socket(L, 1), lua_toboolean(L, 2)));
}

const luaL_Reg transfer_methods[] = {
    {"recv", do_recv},     {"recvfrom", do_recvfrom}, {"recv_exact", recv_exact},
    {"send", do_send},     {"sendall", send_all},     {"sendto", do_sendto},
    {"wait", do_wait},     {"send_pollable", send_pollable}, {NULL, NULL},
};

/* Moving bytes that Lua does not see */

static int moved(lua_State *L, int64_t result, const char *name, int64_t number)
{
    if (result >= 0)
        return count(L, result);
    fail(L, result);
    push_int(L, number);
    lua_setfield(L, -2, name);
    return 2;
}

/* sendfile(file [, offset [, count]]): a file of io, or a descriptor. By default from its position
 * to its end; the position moves. An error has the number of bytes, in `sent`. */
static int do_sendfile(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    int64_t start = 0, sent = 0, result;
    int fd = check_fd(L, 2);
    FILE **file = lua_isuserdata(L, 2) ? lua_touserdata(L, 2) : NULL;
    if (lua_isnoneornil(L, 3) && file != NULL)
        start = ftell(*file) < 0 ? 0 : ftell(*file);
    int64_t offset = opt_int(L, 3, start), limit = opt_int(L, 4, -1);
    struct thread *thread = enter(L);
    result = sock_sendfile(s, fd, offset, limit, &sent);
    /* The position of the FILE follows that of the descriptor. */
    if (file != NULL && sent > 0)
        fseek(*file, (long)(offset + sent), SEEK_SET);
    leave(L, thread);
    return moved(L, result, "sent", sent);
}

/* splice(to [, count]): from this socket to another one */
static int splice(lua_State *L)
{
    sock_t from = check_socket(L, 1), to = check_socket(L, 2);
    int64_t limit = opt_int(L, 3, -1), received_bytes = 0, sent = 0, result;
    WAITING(L, result, sock_splice(from, to, limit, &received_bytes, &sent));
    return moved(L, result, "sent", sent);
}

/* splice_to_fd(fd [, count [, offset]]): from this socket to a file or pipe */
static int splice_to_fd(lua_State *L)
{
    sock_t from = check_socket(L, 1);
    int fd = check_fd(L, 2);
    int64_t limit = opt_int(L, 3, -1), offset = opt_int(L, 4, -1), got = 0, written = 0, result;
    WAITING(L, result, sock_splice_to_fd(from, fd, offset, limit, &got, &written));
    return moved(L, result, "written", written);
}

/* splice_from_fd(fd [, count [, offset]]): from a file or pipe to this socket */
static int splice_from_fd(lua_State *L)
{
    sock_t to = check_socket(L, 1);
    int fd = check_fd(L, 2);
    int64_t limit = opt_int(L, 3, -1), offset = opt_int(L, 4, -1), sent = 0, result;
    WAITING(L, result, sock_splice_from_fd(fd, offset, to, limit, &sent));
    return moved(L, result, "sent", sent);
}

/* relay(other [, idle]): two connections as one until both directions have ended. Returns a table
 * of counts; an error has it in `counts`. */
static int relay(lua_State *L)
{
    sock_t a = check_socket(L, 1), b = check_socket(L, 2);
    int64_t idle = opt_time(L, 3);
    struct sock_relay_counts counts;
    memset(&counts, 0, sizeof(counts));
    int code;
    WAITING(L, code, sock_relay(a, b, idle, &counts));
    if (code < 0)
        fail(L, code);
    lua_createtable(L, 0, 4);
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {{"sent", counts.a_to_b}, {"received", counts.b_to_a}, {"sent_lost", counts.a_lost},
               {"received_lost", counts.b_lost}};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        push_int(L, (int64_t)all[i].value);
        lua_setfield(L, -2, all[i].name);
    }
    if (code == 0)
        return 1;
    lua_setfield(L, -2, "counts");
    return 2;
}

const luaL_Reg copy_methods[] = {
    {"sendfile", do_sendfile},         {"splice", splice}, {"splice_to_fd", splice_to_fd},
    {"splice_from_fd", splice_from_fd}, {"relay", relay},   {NULL, NULL},
};
