/* One thread a call. Who comes second, the end of the call or the one who gives up waiting for it,
 * cleans up. */
#include "base/aside.h"

#include "base/wait.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum state { RUNS, ENDED, ABANDONED };

typedef struct errand {
    void (*call)(void *data);
    void (*abandon)(void *data);
    void *data;
    atomic_int state;
    qc_parking ended;
    pthread_t thread; /* for who waits */
} errand;

static void free_errand(errand *errand)
{
    qc_park_destroy(&errand->ended);
    free(errand);
}

static bool finish(errand *errand, enum state as)
{
    int expected = RUNS;
    return atomic_compare_exchange_strong(&errand->state, &expected, as);
}

static void *run(void *argument)
{
    errand *errand = argument;
    errand->call(errand->data);
    if (finish(errand, ENDED)) {
        qc_unpark(&errand->ended);
    } else {
        errand->abandon(errand->data);
        free_errand(errand);
    }
    return NULL;
}

/* Signals are for the program's own threads. */
static bool start_thread(errand *errand)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&errand->thread, NULL, run, errand) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static errand *start(void (*call)(void *data), void (*abandon)(void *data), void *data)
{
    errand *made = malloc(sizeof(*made));
    if (!made)
        return NULL;
    made->call = call;
    made->abandon = abandon;
    made->data = data;
    atomic_init(&made->state, RUNS);
    if (!qc_park_init(&made->ended)) {
        free(made);
        return NULL;
    }
    if (start_thread(made))
        return made;
    free_errand(made);
    return NULL;
}

qc_aside_end qc_aside(void (*call)(void *data), void (*abandon)(void *data), void *data,
                      int64_t deadline)
{
    errand *errand = start(call, abandon, data);
    if (!errand) {
        abandon(data);
        return QC_ASIDE_NOT_STARTED;
    }
    const pthread_t thread = errand->thread;
    if (!qc_park(&errand->ended, deadline)) {
        if (finish(errand, ABANDONED)) {
            pthread_detach(thread);
            return QC_ASIDE_LATE;
        }
        qc_park(&errand->ended, 0);
    }
    pthread_join(thread, NULL); /* what libraries keep for it is gone too */
    free_errand(errand);
    return QC_ASIDE_DONE;
}
