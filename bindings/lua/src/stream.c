/* Buffered streams: what files of io offer, over a socket. libsock/api.lua has lines() and the
 * formats of read(). */
#include "binding.h"

/* stream(socket [, capacity]): reads and writes of the socket through buffers */
int stream_new(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t capacity = lua_isnoneornil(L, 2) ? 0 : check_size(L, 2);
    struct object *object = new_object(L, STREAM);
    return opened(L, object, sock_stream_new(s, capacity));
}

/* read_some(size): the bytes that are there, nil at the end */
static int read_some(lua_State *L)
{
    sock_stream_t st = check_handle(L, 1, STREAM);
    size_t len = check_size(L, 2);
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    int64_t result;
    WAITING(L, result, sock_stream_read(st, data, len));
    if (result < 0)
        return fail(L, result);
    if (result == 0 && len > 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, data, (size_t)result);
    return 1;
}

/* read_exact(size): all of the bytes; an error has those that came, in `partial` */
static int read_exact(lua_State *L)
{
    sock_stream_t st = check_handle(L, 1, STREAM);
    size_t len = check_size(L, 2), got = 0;
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    int code;
    WAITING(L, code, sock_stream_read_exact(st, data, len, &got));
    if (code == 0) {
        lua_pushlstring(L, data, len);
        return 1;
    }
    fail(L, code);
    lua_pushlstring(L, data, got);
    lua_setfield(L, -2, "partial");
    return 2;
}

/* readline([limit]): a line with its newline, nil at the end; a longer line comes in parts */
static int read_line(lua_State *L)
{
    sock_stream_t st = check_handle(L, 1, STREAM);
    size_t len = lua_isnoneornil(L, 2) ? 65536 : check_size(L, 2);
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    int64_t result;
    WAITING(L, result, sock_stream_readline(st, data, len));
    if (result < 0)
        return fail(L, result);
    if (result == 0 && len > 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, data, (size_t)result);
    return 1;
}

/* read_until(mark [, limit]): up to and including the mark, nil at the end */
static int read_until(lua_State *L)
{
    sock_stream_t st = check_handle(L, 1, STREAM);
    size_t mark_len, len = lua_isnoneornil(L, 3) ? 65536 : check_size(L, 3);
    const char *mark = luaL_checklstring(L, 2, &mark_len);
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    int64_t result;
    WAITING(L, result, sock_stream_read_until(st, mark, mark_len, data, len));
    if (result < 0)
        return fail(L, result);
    if (result == 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, data, (size_t)result);
    return 1;
}

/* write(...): strings and numbers; the stream itself, so that calls can be chained. An error has the
 * number of bytes of the last string that were taken, in `written`. */
static int do_write(lua_State *L)
{
    sock_stream_t st = check_handle(L, 1, STREAM);
    int top = lua_gettop(L);
    for (int at = 2; at <= top; at++) {
        size_t len, written = 0;
        const char *data = luaL_checklstring(L, at, &len);
        int code;
        WAITING(L, code, sock_stream_write(st, data, len, &written));
        if (code < 0) {
            fail(L, code);
            push_int(L, (int64_t)written);
            lua_setfield(L, -2, "written");
            return 2;
        }
    }
    lua_pushvalue(L, 1);
    return 1;
}

static int do_flush(lua_State *L)
{
    sock_stream_t st = check_handle(L, 1, STREAM);
    int code;
    WAITING(L, code, sock_stream_flush(st));
    return done(L, code);
}

/* buffered(direction): bytes received and not read ("read"), or written and not sent ("write") */
static int buffered(lua_State *L)
{
    sock_stream_t st = check_handle(L, 1, STREAM);
    return count(L, sock_stream_buffered(st, opt_direction(L, 2)));
}

const luaL_Reg stream_methods[] = {
    {"close", object_close},    {"handle", object_handle},  {"read_some", read_some},
    {"read_exact", read_exact}, {"readline", read_line},    {"read_until", read_until},
    {"write", do_write},        {"flush", do_flush},        {"buffered", buffered},
    {NULL, NULL},
};
