/* What the tests need and Lua lacks: threads, each with a Lua state of its own; processes; signals
 * whose handler sets a debug hook, as lua.c and luaposix do. Only for tests. */
#include <errno.h>
#include <dirent.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Threads: thread(code, ...) runs code in a new state with these arguments, strings and numbers;
 * join() returns its result as a string, or nil and its error. ------------------------------------ */

struct thread {
    pthread_t id;
    lua_State *L;
    int status;
    int joined;
};

static void *run(void *argument)
{
    struct thread *thread = argument;
    thread->status = lua_pcall(thread->L, lua_gettop(thread->L) - 1, 1, 0);
    return NULL;
}

static void copy_path(lua_State *L, lua_State *to, const char *name)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, name);
    lua_getglobal(to, "package");
    lua_pushstring(to, lua_tostring(L, -1));
    lua_setfield(to, -2, name);
    lua_pop(to, 1);
    lua_pop(L, 2);
}

static int start(lua_State *L)
{
    struct thread *thread = lua_newuserdata(L, sizeof(*thread));
    memset(thread, 0, sizeof(*thread));
    thread->joined = 1;
    luaL_getmetatable(L, "helper.thread");
    lua_setmetatable(L, -2);
    thread->L = luaL_newstate();
    luaL_openlibs(thread->L);
    copy_path(L, thread->L, "path");
    copy_path(L, thread->L, "cpath");
    if (luaL_loadstring(thread->L, luaL_checkstring(L, 1)) != 0)
        return luaL_error(L, "%s", lua_tostring(thread->L, -1));
    for (int at = 2; at < lua_gettop(L); at++) {
        if (lua_type(L, at) == LUA_TNUMBER)
            lua_pushnumber(thread->L, lua_tonumber(L, at));
        else
            lua_pushstring(thread->L, luaL_checkstring(L, at));
    }
    if (pthread_create(&thread->id, NULL, run, thread) != 0)
        return luaL_error(L, "pthread_create");
    thread->joined = 0;
    return 1;
}

static int join(lua_State *L)
{
    struct thread *thread = luaL_checkudata(L, 1, "helper.thread");
    if (thread->joined)
        return luaL_error(L, "joined before");
    pthread_join(thread->id, NULL);
    thread->joined = 1;
    size_t len = 0;
    const char *text = lua_tolstring(thread->L, -1, &len);
    if (thread->status != 0)
        lua_pushnil(L);
    if (text == NULL)
        lua_pushnil(L);
    else
        lua_pushlstring(L, text, len);
    lua_close(thread->L);
    thread->L = NULL;
    return thread->status != 0 ? 2 : 1;
}

/* Sends SIGUSR1 to a thread. */
static int signal_thread(lua_State *L)
{
    struct thread *thread = luaL_checkudata(L, 1, "helper.thread");
    pthread_kill(thread->id, SIGUSR1);
    return 0;
}

static int thread_gc(lua_State *L)
{
    struct thread *thread = luaL_checkudata(L, 1, "helper.thread");
    if (!thread->joined) {
        pthread_join(thread->id, NULL);
        lua_close(thread->L);
    }
    return 0;
}

/* Signals ------------------------------------------------------------------------------------------ */

static lua_State *volatile signalled;

static void hook(lua_State *L, lua_Debug *where)
{
    (void)where;
    lua_sethook(L, NULL, 0, 0);
    lua_getglobal(L, "on_signal");
    lua_call(L, 0, 0);
}

static void handler(int number)
{
    (void)number;
    lua_sethook(signalled, hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

/* on SIGUSR1, the global function on_signal of this state runs. */
static int catch_signal(lua_State *L)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    signalled = L;
    sigaction(SIGUSR1, &action, NULL);
    return 0;
}

/* alarm_thread(seconds): sends SIGUSR1 to the calling thread after a while; join() it. */
struct alarm {
    pthread_t target;
    double seconds;
};

static void *ring(void *argument)
{
    struct alarm alarm = *(struct alarm *)argument;
    free(argument);
    struct timespec time = {(time_t)alarm.seconds, (long)((alarm.seconds - (time_t)alarm.seconds) * 1e9)};
    nanosleep(&time, NULL);
    pthread_kill(alarm.target, SIGUSR1);
    return NULL;
}

static int alarm_thread(lua_State *L)
{
    struct alarm *alarm = malloc(sizeof(*alarm));
    alarm->target = pthread_self();
    alarm->seconds = luaL_checknumber(L, 1);
    pthread_t id;
    if (pthread_create(&id, NULL, ring, alarm) != 0)
        return luaL_error(L, "pthread_create");
    pthread_detach(id);
    return 0;
}

/* Processes and descriptors ------------------------------------------------------------------------ */

static int do_fork(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)fork());
    return 1;
}

static int wait_for(lua_State *L)
{
    int status = -1;
    while (waitpid((pid_t)luaL_checknumber(L, 1), &status, 0) < 0 && errno == EINTR)
        ;
    lua_pushnumber(L, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 1;
}

static int leave(lua_State *L)
{
    _exit((int)luaL_checknumber(L, 1));
}

static int do_pipe(lua_State *L)
{
    int fds[2];
    if (pipe(fds) != 0)
        return luaL_error(L, "pipe");
    lua_pushnumber(L, fds[0]);
    lua_pushnumber(L, fds[1]);
    return 2;
}

static int do_write(lua_State *L)
{
    size_t len;
    const char *data = luaL_checklstring(L, 2, &len);
    lua_pushnumber(L, (lua_Number)write((int)luaL_checknumber(L, 1), data, len));
    return 1;
}

static int do_read(lua_State *L)
{
    char data[4096];
    ssize_t got = read((int)luaL_checknumber(L, 1), data, sizeof(data));
    lua_pushlstring(L, data, got > 0 ? (size_t)got : 0);
    return 1;
}

static int do_close(lua_State *L)
{
    lua_pushboolean(L, close((int)luaL_checknumber(L, 1)) == 0);
    return 1;
}

static int do_dup(lua_State *L)
{
    lua_pushnumber(L, dup((int)luaL_checknumber(L, 1)));
    return 1;
}

static int close_on_exec(lua_State *L)
{
    int fd = (int)luaL_checknumber(L, 1);
    char path[64], line[64];
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(path, "r");
    long flags = 0;
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "flags:", 6) == 0)
            flags = strtol(line + 6, NULL, 8);
    if (file != NULL)
        fclose(file);
    lua_pushboolean(L, (flags & 02000000) != 0);
    return 1;
}

static int descriptors(lua_State *L)
{
    DIR *directory = opendir("/proc/self/fd");
    int n = -3; /* ".", ".." and the directory itself */
    while (directory != NULL && readdir(directory) != NULL)
        n++;
    if (directory != NULL)
        closedir(directory);
    lua_pushnumber(L, n);
    return 1;
}

static int do_sleep(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    struct timespec time = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        ;
    return 0;
}

/* Kilobytes of memory of this process. */
static int memory(lua_State *L)
{
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%ld %ld", &total, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    lua_pushnumber(L, (lua_Number)(resident * 4));
    return 1;
}

int luaopen_helper(lua_State *L)
{
    static const struct {
        const char *name;
        lua_CFunction function;
    } all[] = {
        {"thread", start},       {"fork", do_fork},   {"wait_for", wait_for}, {"exit", leave},
        {"pipe", do_pipe},       {"write", do_write}, {"read", do_read},      {"close", do_close},
        {"dup", do_dup},         {"sleep", do_sleep}, {"memory", memory},     {"descriptors", descriptors},
        {"close_on_exec", close_on_exec}, {"catch_signal", catch_signal}, {"alarm_thread", alarm_thread},
    };
    luaL_newmetatable(L, "helper.thread");
    lua_newtable(L);
    lua_pushcfunction(L, join);
    lua_setfield(L, -2, "join");
    lua_pushcfunction(L, signal_thread);
    lua_setfield(L, -2, "signal");
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, thread_gc);
    lua_setfield(L, -2, "__gc");
    lua_newtable(L);
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        lua_pushcfunction(L, all[i].function);
        lua_setfield(L, -2, all[i].name);
    }
    return 1;
}
