/* LuaSocket's streams: send, receive with its patterns, counts. */
#include "luasocket.h"

#include <errno.h>
#include <stdlib.h>

/* Appends the time that the operation took, as LuaSocket built with LUASOCKET_DEBUG does. */
static int with_time(lua_State *L, int results, int64_t start)
{
    if (!ls_debug)
        return results;
    lua_pushnumber(L, (lua_Number)((double)(sock_now() - start) / 1e9));
    return results + 1;
}

/* send(data [, i [, j]]): the index of the last byte sent; or nil, the error and that index */
int ls_send(lua_State *L)
{
    struct ls *o = ls_check_role(L, CLIENT);
    size_t size;
    const char *data = luaL_checklstring(L, 2, &size);
    int64_t from = (int64_t)luaL_optnumber(L, 3, 1), to = (int64_t)luaL_optnumber(L, 4, -1);
    int64_t start = ls_start(o), code = 0;
    if (from < 0)
        from += (int64_t)size + 1;
    if (to < 0)
        to += (int64_t)size + 1;
    if (from < 1)
        from = 1;
    if (to > (int64_t)size)
        to = (int64_t)size;
    int64_t done = from - 1;
    while (done < to) {
        int64_t sent = sock_send(o->s, data + done, (size_t)(to - done), 0);
        if (sent >= 0) {
            done += sent;
            o->sent += (double)sent;
        } else if (sent != -EAGAIN || (code = ls_wait(L, o, SOCK_WRITE, start)) < 0) {
            code = sent != -EAGAIN ? sent : code;
            break;
        }
    }
    if (code < 0) {
        ls_fail(L, o, code);
        push_int(L, done);
    } else {
        push_int(L, done);
        lua_pushnil(L);
        lua_pushnil(L);
    }
    return with_time(L, 3, start);
}

/* Fills the empty buffer. Returns how many bytes there are; 0 at the end; or a code. */
static int64_t fill(lua_State *L, struct ls *o, int64_t start)
{
    if (o->buffer == NULL && (o->buffer = malloc(BUFFER)) == NULL)
        return -ENOMEM;
    for (;;) {
        int64_t got = sock_recv(o->s, o->buffer, BUFFER, 0);
        if (got >= 0) {
            o->first = 0;
            o->last = (size_t)got;
            return got;
        }
        int64_t code = got == -EAGAIN ? ls_wait(L, o, SOCK_READ, start) : got;
        if (code < 0)
            return code;
    }
}

/* What a receive looks for, and the pieces that it has so far: at first the prefix of the call. */
struct wanted {
    enum { LINE, ALL, COUNT } what;
    size_t count;   /* COUNT: bytes still missing */
    int pieces;     /* strings on the stack */
    bool begun;     /* ALL: something was received */
};

static void add_piece(lua_State *L, struct wanted *want, const char *data, size_t len)
{
    if (want->pieces == 1) /* pieces halve in length: there are never more than 64 */
        luaL_checkstack(L, 80, "receive");
    lua_pushlstring(L, data, len);
    /* Few pieces on the stack: join them whenever the newest is no longer much shorter. */
    for (want->pieces++; want->pieces >= 2 && lua_rawlen(L, -1) * 2 >= lua_rawlen(L, -2); want->pieces--)
        lua_concat(L, 2);
}

/* A line without its newline and without any carriage return. */
static void add_line_piece(lua_State *L, struct wanted *want, char *data, size_t len)
{
    size_t kept = len;
    char *cr = memchr(data, '\r', len);
    if (cr != NULL) { /* squeezes them out, in the buffer */
        kept = (size_t)(cr - data);
        for (size_t i = kept; i < len; i++)
            if (data[i] != '\r')
                data[kept++] = data[i];
    }
    if (kept > 0 || want->pieces == 0)
        add_piece(L, want, data, kept);
}

/* Takes bytes out of the buffer; returns whether the receive is complete. */
static bool take(lua_State *L, struct ls *o, struct wanted *want)
{
    char *data = o->buffer + o->first;
    size_t there = o->last - o->first, used = there;
    bool complete = false;
    if (want->what == LINE) {
        char *newline = memchr(data, '\n', there);
        size_t len = newline == NULL ? there : (size_t)(newline - data);
        complete = newline != NULL;
        used = complete ? len + 1 : len;
        add_line_piece(L, want, data, len);
    } else {
        if (want->what == COUNT && used > want->count)
            used = want->count;
        if (used > 0 || want->pieces == 0)
            add_piece(L, want, data, used);
        want->begun = want->begun || used > 0;
        want->count -= want->what == COUNT ? used : 0;
        complete = want->what == COUNT && want->count == 0;
    }
    o->first += used;
    o->received += (double)used;
    return complete;
}

/* receive([pattern [, prefix]]): "*l" (the default), "*a" or a number of bytes; or nil, the error and
 * what was received */
int ls_receive(lua_State *L)
{
    struct ls *o = ls_check_role(L, CLIENT);
    struct wanted want = {LINE, 0, 0, false};
    size_t prefix_len;
    const char *prefix = luaL_optlstring(L, 3, "", &prefix_len);
    int64_t start = ls_start(o), code = 0;
    bool complete = false;
    if (lua_isnumber(L, 2)) {
        double n = lua_tonumber(L, 2);
        luaL_argcheck(L, n >= 0 && n < 9e15, 2, "invalid receive pattern");
        want.what = COUNT;
        want.count = (size_t)n > prefix_len ? (size_t)n - prefix_len : 0;
        complete = want.count == 0 && prefix_len > 0;
    } else if (!lua_isnoneornil(L, 2)) {
        const char *pattern = luaL_checkstring(L, 2);
        luaL_argcheck(L, pattern[0] == '*' && (pattern[1] == 'l' || pattern[1] == 'a'), 2,
                      "invalid receive pattern");
        want.what = pattern[1] == 'a' ? ALL : LINE;
    }
    lua_settop(L, 3);
    if (prefix_len > 0) {
        lua_pushlstring(L, prefix, prefix_len);
        want.pieces = 1;
    }
    while (!complete && code == 0) {
        int64_t there = o->first < o->last ? 1 : fill(L, o, start);
        if (there > 0)
            complete = take(L, o, &want);
        else
            code = there == 0 ? SOCK_EEOF : there;
    }
    if (want.pieces == 0)
        lua_pushliteral(L, "");
    else if (want.pieces > 1)
        lua_concat(L, want.pieces);
    if (code == 0 || (code == SOCK_EEOF && want.what == ALL && want.begun)) {
        lua_pushnil(L);
        lua_pushnil(L);
    } else {
        lua_pushnil(L);
        lua_pushstring(L, code == SOCK_EEOF ? "closed" : ls_text(o, code));
        lua_pushvalue(L, -3);
        lua_remove(L, -4);
    }
    return with_time(L, 3, start);
}

int ls_dirty(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    lua_pushboolean(L, o->first < o->last);
    return 1;
}

/* getstats(): bytes received, bytes sent, age in seconds */
int ls_getstats(lua_State *L)
{
    struct ls *o = ls_check_role(L, CLIENT);
    lua_pushnumber(L, o->received);
    lua_pushnumber(L, o->sent);
    lua_pushnumber(L, (lua_Number)((double)(sock_now() - o->birthday) / 1e9));
    return 3;
}

int ls_setstats(lua_State *L)
{
    struct ls *o = ls_check_role(L, CLIENT);
    o->received = luaL_optnumber(L, 2, o->received);
    o->sent = luaL_optnumber(L, 3, o->sent);
    if (lua_isnumber(L, 4))
        o->birthday = sock_now() - (int64_t)(lua_tonumber(L, 4) * 1e9);
    push_int(L, 1);
    return 1;
}
