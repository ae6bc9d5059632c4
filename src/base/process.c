/* Which process this is: connections and engines belong to the one that opened them. */
#include "base/base.h"

#include <pthread.h>

volatile sig_atomic_t qc_process;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool watches;

static void count_fork(void)
{
    qc_process++;
}

static void watch(void)
{
    watches = pthread_atfork(NULL, NULL, count_fork) == 0;
}

bool qc_watch_forks(void)
{
    pthread_once(&once, watch);
    return watches;
}
