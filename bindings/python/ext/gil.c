/* The lock of the interpreter, and signals.
 *
 * Every call that may wait runs without the lock. A signal that interrupts the wait calls the interrupt hook, which
 * takes the lock, runs Python's handlers, and lets the call go on with what is left of its time, or ends it when a
 * handler has raised (PEP 475). */
#include "binding.h"

/* The state of this thread while it has dropped the lock; NULL while it holds it. */
static __thread PyThreadState *dropped;
static __thread char has_hook;

static int run_handlers(void *unused)
{
    PyThreadState *mine = dropped;

    (void)unused;
    if (mine == NULL)
        return 0; /* somebody else's call in this thread: C code that uses libsock by itself */
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
