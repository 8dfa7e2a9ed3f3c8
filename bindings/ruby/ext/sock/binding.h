/* What the files of the extension share. All functions here run with the GVL, unless they say otherwise. */
#ifndef LIBSOCK_RUBY_BINDING_H
#define LIBSOCK_RUBY_BINDING_H

#include <errno.h>
#include <stdbool.h>

#include <ruby.h>
#include <ruby/encoding.h>
#include <ruby/io.h>
#include <ruby/thread.h>

#include <sys/socket.h>

#include <sock.h>

/* The library's handle is in non-blocking mode all the time: calls are made with the GVL, and only waits without it.
 * So an exception from elsewhere (Thread#raise, Timeout) ends a wait, never a transfer, and no byte is lost.
 */
struct rsock {
    sock_t handle;     /* stays after the close, when every call returns -EBADF */
    bool closed;
    bool no_reverse;   /* do_not_reverse_lookup */
    int moving;        /* calls of move.c that have the handle in timeout mode */
    bool keep_fd;      /* autoclose = false: the descriptor outlives the object */
    int64_t timeout;   /* ns of each operation; SOCK_FOREVER for none */
    int64_t until[3];  /* deadlines, by SOCK_READ and SOCK_WRITE, for fibers */
    VALUE buffer;      /* what was received and not read */
    VALUE io;          /* what to_io has returned, or nil */
    VALUE token;       /* the cancel token, or nil: it must live as long as the socket */
    VALUE waits;       /* of fibers, or nil */
};

extern const rb_data_type_t rsock_type;
extern VALUE mSock, cBasicSocket, cToken, mError;

/* The struct of a socket object; raises IOError if it was never initialized. */
struct rsock *rsock_get(VALUE self);
/* A socket object of class `klass` that owns a handle. */
VALUE rsock_wrap(VALUE klass, sock_t handle);
void rsock_own(VALUE self, sock_t handle);

/* error.c */
struct failure {
    int64_t code;
    char text[328]; /* of sock_last_error, from the thread of the call */
};
void failure_take(struct failure *f, int64_t code); /* without the GVL too */
VALUE error_new(const struct failure *f, const char *what);
NORETURN(void fail_with(const struct failure *f, const char *what));
NORETURN(void fail_code(int64_t code, const char *what));
NORETURN(void fail_would_block(int direction, const char *what));
/* Returns a result >= 0; raises otherwise. */
static inline int64_t checked(int64_t code, const char *what)
{
    if (RB_UNLIKELY(code < 0))
        fail_code(code, what);
    return code;
}

/* wait.c */
#define RSOCK_INTERRUPTED (-EINTR) /* of the interrupt hook */
int rsock_hook(void *unused);
/* Waits until the socket is ready or raises. `end`: 0 before the first wait of an operation; then when it must end.
 * `addressed` is for sends with an address.
 */
void rsock_wait(VALUE self, struct rsock *s, int direction, int64_t *end, int addressed, const char *what);
void rsock_wake(struct rsock *s);
/* Waits for the descriptor of an operation. */
void wait_operation(sock_op_t op);
void *sock_close_nogvl(void *handle);

/* value.c */
int64_t to_ns(VALUE seconds);          /* nil: SOCK_FOREVER; never rounded down */
VALUE from_ns(int64_t ns);             /* SOCK_FOREVER: nil */
void to_addr(VALUE v, struct sock_addr *out); /* a packed string, an Addrinfo, or a Sock::Address */
VALUE from_addr(const struct sock_addr *a);   /* a packed string */
const char *to_text(VALUE v, const char *what); /* nil: NULL; a NUL inside raises */

void init_error(void);
void init_wait(void);
void init_value(void);
void init_socket(void);
void init_transfer(void);
void init_message(void);
void init_batch(void);
void init_lookup(void);
void init_move(void);
void init_netdb(void);
void init_poller(void);

#endif
