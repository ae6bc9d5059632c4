/* Texts that have broken programs: valid ones, which must come back byte for byte, and broken ones,
 * which must be refused. */
#ifndef TESTS_NAUGHTY_H
#define TESTS_NAUGHTY_H

extern const char *const naughty_texts[];
extern const int naughty_count;
/* No UTF-8. */
extern const char *const broken_texts[];
extern const int broken_count;
/* `unit`, `times` over, in memory of its own; the caller frees it. */
char *naughty_repeat(const char *unit, int times);
/* `text` as a JSON string with its quotes; the caller frees it. */
char *naughty_json(const char *text);

#endif
