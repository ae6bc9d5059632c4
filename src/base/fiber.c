/* Stack switching. The stacks grow downwards, towards a page that stops them. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#endif
#undef _FORTIFY_SOURCE /* its longjmp takes another stack for an overflow */
#include "base/fiber.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(QC_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(QC_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

/* Without optimization, or with a sanitizer, frames are several times as large. */
#if defined(QC_ASAN) || defined(QC_TSAN) || !defined(__OPTIMIZE__)
enum { STACK_SIZE = 2048 * 1024 };
#else
enum { STACK_SIZE = 256 * 1024 };
#endif

/* ---- What the sanitizers want to know. ---- */

#if defined(QC_ASAN)
static void tell_made(qc_fiber *fiber)
{
    (void)fiber;
}

static void tell_freed(qc_fiber *fiber, char *stack)
{
    __asan_unpoison_memory_region(stack, fiber->size);
}

static void tell_entering(qc_fiber *fiber, char *stack)
{
    __sanitizer_start_switch_fiber(&fiber->outside_state, stack, fiber->size);
}

static void tell_entered(qc_fiber *fiber)
{
    __sanitizer_finish_switch_fiber(fiber->inside_state, &fiber->outer_stack, &fiber->outer_size);
}

static void tell_leaving(qc_fiber *fiber)
{
    __sanitizer_start_switch_fiber(fiber->running ? &fiber->inside_state : NULL, fiber->outer_stack,
                                   fiber->outer_size);
}

static void tell_left(qc_fiber *fiber)
{
    __sanitizer_finish_switch_fiber(fiber->outside_state, NULL, NULL);
    if (!fiber->running)
        fiber->inside_state = NULL;
}
#elif defined(QC_TSAN)
static void tell_made(qc_fiber *fiber)
{
    fiber->inside_state = __tsan_create_fiber(0);
}

static void tell_freed(qc_fiber *fiber, char *stack)
{
    (void)stack;
    __tsan_destroy_fiber(fiber->inside_state);
}

static void tell_entering(qc_fiber *fiber, char *stack)
{
    (void)stack;
    fiber->outside_state = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber->inside_state, 0);
}

static void tell_leaving(qc_fiber *fiber)
{
    __tsan_switch_to_fiber(fiber->outside_state, 0);
}

static void tell_entered(qc_fiber *fiber)
{
    (void)fiber;
}

static void tell_left(qc_fiber *fiber)
{
    (void)fiber;
}
#else
static void tell_made(qc_fiber *fiber)
{
    (void)fiber;
}

static void tell_freed(qc_fiber *fiber, char *stack)
{
    (void)fiber;
    (void)stack;
}

static void tell_entering(qc_fiber *fiber, char *stack)
{
    (void)fiber;
    (void)stack;
}

static void tell_entered(qc_fiber *fiber)
{
    (void)fiber;
}

static void tell_leaving(qc_fiber *fiber)
{
    (void)fiber;
}

static void tell_left(qc_fiber *fiber)
{
    (void)fiber;
}
#endif

/* ---- Stacks. ---- */

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static char *stack_of(const qc_fiber *fiber)
{
    return fiber->memory + page_size();
}

bool qc_fiber_init(qc_fiber *fiber)
{
    *fiber = (qc_fiber){.size = STACK_SIZE};
    char *memory = mmap(NULL, page_size() + STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    if (mprotect(memory, page_size(), PROT_NONE) != 0) {
        munmap(memory, page_size() + STACK_SIZE);
        return false;
    }
    fiber->memory = memory;
    tell_made(fiber);
    return true;
}

void qc_fiber_free(qc_fiber *fiber)
{
    tell_freed(fiber, stack_of(fiber));
    munmap(fiber->memory, page_size() + fiber->size);
    fiber->memory = NULL;
}

/* ---- Switching. ---- */

static void run(unsigned high, unsigned low)
{
    qc_fiber *fiber = (qc_fiber *)(((uintptr_t)high << 16 << 16) | low);
    tell_entered(fiber);
    fiber->fn(fiber->data);
    fiber->running = false;
    qc_fiber_leave(fiber);
}

static void make_context(ucontext_t *context, qc_fiber *fiber)
{
    const uintptr_t pointer = (uintptr_t)fiber;
    getcontext(context);
    context->uc_stack.ss_sp = stack_of(fiber);
    context->uc_stack.ss_size = fiber->size;
    context->uc_link = NULL;
    makecontext(context, (void (*)(void))run, 2, (unsigned)(pointer >> 16 >> 16),
                (unsigned)pointer);
}

#if defined(QC_FIBER_SWAPS)
static void jump(qc_fiber_place *from, qc_fiber_place *to)
{
    swapcontext(from, to);
}

static void jump_first(qc_fiber *fiber)
{
    make_context(&fiber->inside, fiber);
    swapcontext(&fiber->outside, &fiber->inside);
}
#else
static void jump(qc_fiber_place *from, qc_fiber_place *to)
{
    if (sigsetjmp(*from, 0) == 0)
        siglongjmp(*to, 1);
}

static void jump_first(qc_fiber *fiber)
{
    ucontext_t first;
    make_context(&first, fiber);
    if (sigsetjmp(fiber->outside, 0) == 0)
        setcontext(&first);
}
#endif

void qc_fiber_begin(qc_fiber *fiber, void (*fn)(void *data), void *data)
{
    fiber->fn = fn;
    fiber->data = data;
    fiber->running = true;
    tell_entering(fiber, stack_of(fiber));
    jump_first(fiber);
    tell_left(fiber);
}

void qc_fiber_enter(qc_fiber *fiber)
{
    tell_entering(fiber, stack_of(fiber));
    jump(&fiber->outside, &fiber->inside);
    tell_left(fiber);
}

void qc_fiber_leave(qc_fiber *fiber)
{
    tell_leaving(fiber);
    jump(&fiber->inside, &fiber->outside);
    tell_entered(fiber);
}
