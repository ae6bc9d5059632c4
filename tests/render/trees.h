/* What PostgreSQL's parser reads in a text. */
#ifndef TESTS_RENDER_TREES_H
#define TESTS_RENDER_TREES_H

/* The tree as JSON without the places of its parts in the text, or the parser's complaint behind
 * "error: ". The caller frees it. */
char *tree_of(const char *sql);

#endif
