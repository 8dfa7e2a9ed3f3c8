/* What the files of LuaSocket's core share.
 *
 * An object of LuaSocket has a socket of libsock in non-blocking mode, as LuaSocket's own are: a call
 * tries first, and waits with sock_wait() for as long as its timeouts allow. */
#ifndef LIBSOCK_LUA_LUASOCKET_H
#define LIBSOCK_LUA_LUASOCKET_H

#include "binding.h"

enum transport { TCP, UDP, UNIX_STREAM, UNIX_DGRAM };
enum role { MASTER, CLIENT, SERVER, UNCONNECTED, CONNECTED, ANY };

/* LuaSocket's sizes: of the read buffer of a stream, and of a datagram. */
#define BUFFER 8192

struct ls {
    const char *tag; /* as in struct object */
    sock_t s; /* 0: none yet, or closed */
    enum transport transport;
    enum role role;
    int family;          /* AF_UNSPEC until the first address decides */
    double block, total; /* the two timeouts in seconds; negative: none */
    char *buffer;        /* received and not yet read: [first, last) */
    size_t first, last;
    double received, sent;
    int64_t birthday;
};

/* luasocket.c. Upvalues of every method: all metatables, and the transport of its class. */
LOCAL struct ls *ls_check(lua_State *L, enum role role);
extern LOCAL const char ls_tag;

static inline struct ls *to_ls(lua_State *L, int at)
{
    struct ls *o = lua_touserdata(L, at);
    return o != NULL && lua_rawlen(L, at) == sizeof(*o) && o->tag == &ls_tag ? o : NULL;
}

/* As ls_check(), for methods that only transports with this role have. */
static inline struct ls *ls_check_role(lua_State *L, enum role role)
{
    struct ls *o = to_ls(L, 1);
    return o != NULL && o->role == role ? o : ls_check(L, role);
}

LOCAL struct ls *ls_new(lua_State *L, enum transport transport, enum role role, int family);
LOCAL void ls_set_role(lua_State *L, int at, enum role role);
LOCAL int64_t ls_own(struct ls *o, sock_t s); /* takes a new socket, in non-blocking mode */
LOCAL int64_t ls_create(struct ls *o, int family);
LOCAL void ls_close(struct ls *o);
LOCAL int ls_fail(lua_State *L, const struct ls *o, int64_t code); /* nil and LuaSocket's text */
LOCAL int ls_done(lua_State *L, const struct ls *o, int64_t code); /* 1, or nil and the text */
LOCAL const char *ls_text(const struct ls *o, int64_t code);
extern LOCAL bool ls_debug; /* LUASOCKET_DEBUG is set: results end with the time that a call took */

/* Waiting. `start` is when the operation began; 0 if it has no limit. */
LOCAL int64_t ls_start(const struct ls *o);
LOCAL int64_t ls_left(const struct ls *o, int64_t start);
LOCAL int64_t ls_wait(lua_State *L, const struct ls *o, int direction, int64_t start);
/* Waits for room and makes `again` worth calling; for sends that returned -EAGAIN. */
LOCAL int64_t ls_wait_for_room(lua_State *L, const struct ls *o, bool addressed, int64_t start);

static inline bool ls_is_zero(const struct ls *o)
{
    return o->block == 0 || o->total == 0;
}

/* ls_stream.c, ls_name.c, ls_datagram.c, ls_option.c, ls_select.c */
LOCAL int ls_send(lua_State *L), ls_receive(lua_State *L), ls_dirty(lua_State *L);
LOCAL int ls_getstats(lua_State *L), ls_setstats(lua_State *L);
LOCAL int ls_bind(lua_State *L), ls_connect(lua_State *L), ls_accept(lua_State *L);
LOCAL int ls_listen(lua_State *L), ls_shutdown(lua_State *L), ls_global_connect(lua_State *L);
LOCAL int ls_getsockname(lua_State *L), ls_getpeername(lua_State *L), ls_getfamily(lua_State *L);
LOCAL int ls_unix_bind(lua_State *L), ls_unix_connect(lua_State *L), ls_unix_getsockname(lua_State *L);
LOCAL int ls_setpeername(lua_State *L), ls_setsockname(lua_State *L);
LOCAL int ls_send_datagram(lua_State *L), ls_receive_datagram(lua_State *L);
LOCAL int ls_sendto(lua_State *L), ls_receivefrom(lua_State *L);
LOCAL int ls_setoption(lua_State *L), ls_getoption(lua_State *L);
LOCAL int ls_select(lua_State *L), ls_sleep(lua_State *L), ls_gettime(lua_State *L);

#endif
