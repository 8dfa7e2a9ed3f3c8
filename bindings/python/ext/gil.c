/* The interpreter's lock, and signals.
 *
 * Every call that may wait runs without the lock. When a signal interrupts the wait, libsock calls the interrupt hook.
 * The hook takes the lock and runs Python's handlers; then the call continues with the remaining time, or ends if a
 * handler raised (PEP 475). */
#include "binding.h"

#include <pthread.h>

#if PY_VERSION_HEX >= 0x030D0000
/* No longer in a header, but still exported. */
PyAPI_FUNC(int) _PyOS_IsMainThread(void);
#endif

/* The thread state while this thread has released the lock; NULL while it holds the lock. */
static __thread PyThreadState *dropped;
/* Whether this thread's hook is settled. */
static __thread char settled;

static int run_handlers(void *unused)
{
    PyThreadState *mine = dropped;

    (void)unused;
    /* A thread that takes the lock during finalization is ended by CPython, which must not happen inside libsock. */
    if (mine == NULL || Py_IsFinalizing())
        return 0; /* another user of libsock in this thread, such as a C library, is waiting */
    dropped = NULL;
    PyEval_RestoreThread(mine);
    int raised = PyErr_CheckSignals() != 0;
    dropped = PyEval_SaveThread();
    return raised ? RAISED : 0;
}

/* Sets the hook of the main thread. Python's handlers run nowhere else, so other threads need none, and a signal in
 * one of them never takes the lock in the middle of a call of libsock. */
static void settle(void)
{
    if (_PyOS_IsMainThread())
        settled = sock_set_interrupt(run_handlers, NULL) == 0;
    else
        /* In a subinterpreter no thread is the main thread. */
        settled = PyThreadState_Get()->interp == PyInterpreterState_Main();
}

/* The forking thread becomes the main thread of the child. */
static void unsettle(void)
{
    settled = 0;
}

static int registered;

static void register_once(void)
{
    registered = pthread_atfork(NULL, NULL, unsettle);
}

int gil_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, register_once);
    if (registered == 0)
        return 0;
    errno = registered;
    error_errno();
    return -1;
}

void gil_drop(struct section *section)
{
    if (!settled)
        settle();
    section->outer = dropped;
    dropped = PyEval_SaveThread();
}

void gil_take(struct section *section)
{
    PyThreadState *mine = dropped;

    dropped = section->outer;
    PyEval_RestoreThread(mine);
}

int gil_is_unwanted(const struct state *state)
{
    return PyThreadState_Next(PyInterpreterState_ThreadHead(state->interpreter)) == NULL;
}
