/* What a busy machine may add to a wait, in milliseconds. Upper bounds of time in tests tell a wait
 * that ended from one that did not; how fast it was is for the benchmarks. */
#ifndef TESTS_BUSY_H
#define TESTS_BUSY_H

enum { BUSY_MS = 5000 };

#endif
