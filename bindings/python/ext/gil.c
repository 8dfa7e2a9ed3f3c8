/* The interpreter's lock, and signals.
 *
 * Every call that may wait runs without the lock. When a signal interrupts the wait, libsock calls the interrupt hook.
 * The hook takes the lock and runs Python's handlers; then the call continues with the remaining time, or ends if a
 * handler raised (PEP 475). */
#include "binding.h"

/* The thread state while this thread has released the lock; NULL while it holds the lock. */
static __thread PyThreadState *dropped;
static __thread char has_hook;

static int run_handlers(void *unused)
{
    PyThreadState *mine = dropped;

    (void)unused;
    if (mine == NULL)
        return 0; /* another user of libsock in this thread, such as a C library, is waiting */
    dropped = NULL;
    PyEval_RestoreThread(mine);
    int raised = PyErr_CheckSignals() != 0;
    dropped = PyEval_SaveThread();
    return raised ? RAISED : 0;
}

void gil_drop(struct section *section)
{
    if (!has_hook)
        has_hook = sock_set_interrupt(run_handlers, NULL) == 0;
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
