/* What the files of the C module share: objects, errors, arguments, waiting.
 *
 * One source serves Lua 5.1 to 5.4 and LuaJIT. Every function of the module is a closure whose
 * upvalues are the metatables below, so that making an object needs no lookup in the registry. */
#ifndef LIBSOCK_LUA_BINDING_H
#define LIBSOCK_LUA_BINDING_H

#include <lauxlib.h>
#include <lua.h>
#include <sock.h>
#include <stdbool.h>
#include <string.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

#define LOCAL __attribute__((visibility("hidden")))

/* The upvalues of every function: the metatable of each kind of object, and that of errors. */
enum kind { SOCKET = 1, TOKEN, OPERATION, STREAM, POLLER, TIMER, ERRORS, UPVALUES = ERRORS };

struct object {
    const char *tag; /* the kind: an address that no other userdata begins with */
    sock_t handle;
    bool owned;  /* Collecting the object closes the handle. */
    bool closed; /* close() was called on this object. */
};

/* object.c: objects and their life */
LOCAL struct object *new_object(lua_State *L, enum kind kind);
LOCAL struct object *check_object(lua_State *L, int at, enum kind kind);
LOCAL struct object *opt_object(lua_State *L, int at, enum kind kind); /* nil: NULL */
LOCAL int object_close(lua_State *L);
LOCAL int object_gc(lua_State *L);
LOCAL int object_handle(lua_State *L);
LOCAL int object_tostring(lua_State *L);
LOCAL int adopt(lua_State *L);

extern LOCAL const char object_tags[];

/* The object if it is of the kind, else NULL. Faster than comparing metatables, which costs as much as
 * the rest of a send. */
static inline struct object *to_object(lua_State *L, int at, enum kind kind)
{
    struct object *object = lua_touserdata(L, at);
    if (object == NULL || lua_rawlen(L, at) != sizeof(*object) || object->tag != &object_tags[kind])
        return NULL;
    return object;
}

static inline sock_t check_handle(lua_State *L, int at, enum kind kind)
{
    struct object *object = to_object(L, at, kind);
    return object != NULL ? object->handle : check_object(L, at, kind)->handle;
}

static inline sock_t check_socket(lua_State *L, int at)
{
    return check_handle(L, at, SOCKET);
}

/* Fills a new object: leaves it on the stack, or replaces it by nil and the error. */
LOCAL int opened(lua_State *L, struct object *object, sock_t handle);

/* error.c: results as Lua values */
LOCAL int fail(lua_State *L, int64_t code); /* pushes nil and an error object; returns 2 */
LOCAL int done(lua_State *L, int64_t code); /* true, or nil and the error */
LOCAL int count(lua_State *L, int64_t result);
LOCAL int flag(lua_State *L, int64_t result); /* a boolean, or nil and the error */
LOCAL int describe(lua_State *L);             /* makes an error object of a code */
LOCAL void push_int(lua_State *L, int64_t value);

/* argument.c: Lua values as arguments */
LOCAL int64_t check_int(lua_State *L, int at);
LOCAL int64_t opt_int(lua_State *L, int at, int64_t otherwise);
LOCAL int check_number_of_c(lua_State *L, int at); /* an int of C */
LOCAL int opt_flags(lua_State *L, int at);
LOCAL size_t check_size(lua_State *L, int at);
LOCAL const char *check_text(lua_State *L, int at); /* no NUL inside */
LOCAL const char *opt_text(lua_State *L, int at);   /* nil: NULL */
LOCAL const char *opt_port(lua_State *L, int at, char buf[32]);
LOCAL int64_t opt_time(lua_State *L, int at);        /* seconds; nil: SOCK_FOREVER */
LOCAL int64_t time_or(lua_State *L, int at, int64_t otherwise);
LOCAL void push_time(lua_State *L, int64_t ns);      /* seconds; SOCK_FOREVER: nil */
LOCAL int opt_direction(lua_State *L, int at);       /* "read", "write", "both" */
LOCAL int check_fd(lua_State *L, int at);            /* a number or a file of io */
LOCAL bool field(lua_State *L, int table, const char *name); /* pushes it unless nil */
LOCAL int64_t int_field(lua_State *L, int table, const char *name, int64_t otherwise);
LOCAL int64_t time_field(lua_State *L, int table, const char *name, int64_t otherwise);
LOCAL bool bool_field(lua_State *L, int table, const char *name);

/* address.c: addresses in their text form */
LOCAL int get_address(lua_State *L, int at, struct sock_addr *out); /* 0 or a code */
LOCAL void push_address(lua_State *L, const struct sock_addr *address);

/* Memory for results of up to `len` bytes: on the stack if they are few, else Lua's, which collects
 * it also when an error unwinds the call. */
#define ROOM 8192
#define MEMORY(L, len, room) ((len) <= sizeof(room) ? (void *)(room) : lua_newuserdata((L), (len)))

/* A text that a function of libsock copies out (see "STRINGS" in sock.h): `call` is an expression
 * with `buf` and `cap`. */
#define PUSH_TEXT(L, call)                                       \
    do {                                                         \
        char room_[1100], *buf = room_;                          \
        size_t cap = sizeof(room_);                              \
        int64_t length_ = (call);                                \
        if (length_ < 0)                                         \
            return fail((L), length_);                           \
        if ((size_t)length_ >= cap) {                            \
            cap = (size_t)length_ + 1;                           \
            buf = lua_newuserdata((L), cap);                     \
            length_ = (call);                                    \
            if (length_ < 0)                                     \
                return fail((L), length_);                       \
        }                                                        \
        lua_pushlstring((L), buf, (size_t)length_);              \
    } while (0)

/* interrupt.c: calls that wait. Between enter() and leave(), a signal that came runs the debug hook
 * that its handler has set, as lua.c and luaposix do; leave() raises the error of that hook. */
struct thread {
    lua_State *L;
    int raised; /* a reference to the error, or LUA_NOREF */
    bool hooked;
};
LOCAL struct thread *enter(lua_State *L);
LOCAL void run_hook(lua_State *L); /* outside libsock's calls; may raise an error */
LOCAL void raise_error(lua_State *L, struct thread *thread);

static inline void leave(lua_State *L, struct thread *thread)
{
    thread->L = NULL;
    if (thread->raised != LUA_NOREF)
        raise_error(L, thread);
}

/* Evaluates a waiting call into `result`. */
#define WAITING(L, result, call)            \
    do {                                    \
        struct thread *thread_ = enter(L);  \
        (result) = (call);                  \
        leave((L), thread_);                \
    } while (0)

/* module.c: `upvalues` are on top of the stack, below them the table; pops them */
LOCAL void set_functions(lua_State *L, const luaL_Reg *list, int upvalues);

/* Each file adds its functions and methods. */
extern LOCAL const luaL_Reg socket_methods[], transfer_methods[], message_methods[],
    batch_methods[], copy_methods[], option_methods[], family_methods[], token_methods[],
    operation_methods[], stream_methods[], poller_methods[], timer_methods[];
extern LOCAL const luaL_Reg socket_functions[], token_functions[], address_functions[],
    connection_functions[], lookup_functions[], netdb_functions[], constant_functions[],
    message_functions[], error_functions[];
LOCAL void open_luasocket(lua_State *L); /* luasocket.c */

#endif
