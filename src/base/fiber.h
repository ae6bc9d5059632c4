/* Functions on stacks of their own, which can be left in the middle and entered again. */
#ifndef QC_BASE_FIBER_H
#define QC_BASE_FIBER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QC_ASAN 1
#elif __has_feature(thread_sanitizer)
#define QC_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define QC_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define QC_TSAN 1
#endif

/* A place to go on at. swapcontext saves the signal mask too, which is a system call; jumping
 * between contexts that have begun does not, but sanitizers and shadow stacks do not know it. */
#if defined(QC_ASAN) || defined(QC_TSAN) || defined(__CET__)
#define QC_FIBER_SWAPS 1
typedef ucontext_t qc_fiber_place;
#else
typedef sigjmp_buf qc_fiber_place;
#endif

typedef struct qc_fiber {
    char *memory; /* a page that nobody may touch, then the stack */
    size_t size;  /* of the stack */
    void (*fn)(void *data);
    void *data;
    bool running; /* has begun and not returned */
    qc_fiber_place inside, outside;
    const void *outer_stack; /* for the sanitizers */
    size_t outer_size;
    void *inside_state, *outside_state;
} qc_fiber;

/* Makes the stack; false when memory is out. */
bool qc_fiber_init(qc_fiber *fiber);
void qc_fiber_free(qc_fiber *fiber);
/* Calls fn(data); comes back when it leaves or returns, which fiber->running tells. */
void qc_fiber_begin(qc_fiber *fiber, void (*fn)(void *data), void *data);
/* Goes on with a fiber that has left. In the thread that began it. */
void qc_fiber_enter(qc_fiber *fiber);
/* Inside of it: goes back to who entered. */
void qc_fiber_leave(qc_fiber *fiber);

#endif
